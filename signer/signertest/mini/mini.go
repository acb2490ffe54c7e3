// Package mini compiles the smallest PKCS#11 module that signs: one slot, one
// RSA key, one certificate, and no library behind it. It stands in for a
// vendor's module where SoftHSM2 is not to be had, above all on Windows.
package mini

import (
	"crypto/rsa"
	_ "embed"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"trinhky/signer/signertest/pki"
)

// Label and Serial are how the token of the module is called.
const (
	Label  = "Mini"
	Serial = "0007"
)

//go:embed source/mini.c
var source []byte

// ErrNoCompiler says that the module cannot be built on this machine.
var ErrNoCompiler = errors.New("the C compiler is not installed")

// Build compiles the module with a compiler ("gcc",
// "x86_64-w64-mingw32-gcc") into dir and returns its path.
func Build(dir, compiler, pin string, id pki.Identity) (string, error) {
	if _, err := exec.LookPath(compiler); err != nil {
		return "", fmt.Errorf("%w: %s", ErrNoCompiler, compiler)
	}
	headers, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/miekg/pkcs11").Output()
	if err != nil {
		return "", fmt.Errorf("find the PKCS#11 headers: %w", err)
	}
	token, err := header(pin, id)
	if err != nil {
		return "", err
	}
	for name, data := range map[string][]byte{"mini.c": source, "token.h": token} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return "", err
		}
	}
	out, args := filepath.Join(dir, "mini.so"), []string{"-fPIC"}
	if strings.Contains(compiler, "mingw") {
		out, args = filepath.Join(dir, "mini.dll"), nil
	}
	args = append(args, "-shared", "-O2", "-w", "-I", dir, "-I", strings.TrimSpace(string(headers)),
		"-o", out, filepath.Join(dir, "mini.c"))
	if msg, err := exec.Command(compiler, args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", compiler, err, msg)
	}
	return out, nil
}

// header writes the key as words of 32 bits, the least significant first, with
// what Montgomery's multiplication needs.
func header(pin string, id pki.Identity) ([]byte, error) {
	key, ok := id.Key.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("the mini module knows RSA only")
	}
	limbs := key.Size() / 4
	word := new(big.Int).Lsh(big.NewInt(1), 32)
	r := new(big.Int).Lsh(big.NewInt(1), uint(32*limbs)) //nolint:gosec // a key's size
	inverse := new(big.Int).ModInverse(key.N, word)
	inverse.Sub(word, inverse)
	squared := new(big.Int).Mod(new(big.Int).Mul(r, r), key.N)
	var b strings.Builder
	fmt.Fprintf(&b, "#define PIN %q\nenum { LIMBS = %d };\nstatic const uint32_t MODULUS_INVERSE = %du;\n", pin, limbs, inverse)
	for name, v := range map[string]*big.Int{"MODULUS": key.N, "EXPONENT": key.D, "R_SQUARED": squared} {
		fmt.Fprintf(&b, "static const uint32_t %s[LIMBS] = {", name)
		for rest, i := new(big.Int).Set(v), 0; i < limbs; i++ {
			fmt.Fprintf(&b, "%du,", new(big.Int).Mod(rest, word))
			rest.Rsh(rest, 32)
		}
		b.WriteString("};\n")
	}
	b.WriteString("static const unsigned char CERTIFICATE[] = {")
	for _, c := range id.Certificate.Raw {
		fmt.Fprintf(&b, "%d,", c)
	}
	b.WriteString("};\n")
	return []byte(b.String()), nil
}

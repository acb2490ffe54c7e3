// Package shim is a PKCS#11 module that stands in front of SoftHSM2, counts
// what reaches it and misbehaves on request: slow, small, locked, pulled out,
// hanging, crashing. It is compiled with gcc when a test needs it.
package shim

import (
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"trinhky/signer/signertest/softhsm"
)

// source says in its first comment which faults there are.
//
//go:embed source/shim.c
var source []byte

// ErrNoCompiler says that the shim cannot be built on this machine.
var ErrNoCompiler = errors.New("gcc is not installed")

var build = sync.OnceValues(func() (string, error) {
	if _, err := exec.LookPath("gcc"); err != nil {
		return "", ErrNoCompiler
	}
	headers, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/miekg/pkcs11").Output()
	if err != nil {
		return "", fmt.Errorf("find the PKCS#11 headers: %w", err)
	}
	dir, err := os.MkdirTemp("", "trinhky-shim")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file, module := filepath.Join(dir, "shim.c"), filepath.Join(dir, "shim.so")
	if err := os.WriteFile(file, source, 0o600); err != nil {
		return "", err
	}
	out, err := exec.Command("gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Wno-unused-result",
		"-I", strings.TrimSpace(string(headers)), "-o", module, file, "-ldl", "-lpthread").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build the shim: %w: %s", err, out)
	}
	return keep(module)
})

// keep moves the module to a place named after its source, so that test
// processes leave no heap of copies behind. A library that is in use is not
// written to: it is replaced by a rename.
func keep(module string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "trinhky-test")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	data, err := os.ReadFile(module)
	if err != nil {
		return "", err
	}
	tmp, err := os.CreateTemp(dir, "new")
	if err != nil {
		return "", err
	}
	_, err = tmp.Write(data)
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	kept := filepath.Join(dir, fmt.Sprintf("shim-%x.so", sha256.Sum256(source)))
	if err == nil {
		err = os.Rename(tmp.Name(), kept)
	}
	return kept, err
}

// Shim is the module in front of one token.
type Shim struct {
	Module string
	dir    string // holds faults, calls, removed, wrong
	token  *softhsm.Token
}

// New puts a shim in front of a token; dir is empty and belongs to it.
func New(dir string, token *softhsm.Token) (*Shim, error) {
	module, err := build()
	if err != nil {
		return nil, err
	}
	return &Shim{Module: module, dir: dir, token: token}, nil
}

// Environment is what a helper needs.
func (s *Shim) Environment() map[string]string {
	env := s.token.Environment()
	env["SHIM_DIR"], env["SHIM_MODULE"] = s.dir, s.token.Module
	return env
}

// SetFaults replaces the faults, one a line, from the next call on.
func (s *Shim) SetFaults(faults ...string) error {
	// A rename, so that a running helper never reads half a file.
	tmp := filepath.Join(s.dir, "faults.new")
	if err := os.WriteFile(tmp, []byte(strings.Join(faults, "\n")+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(tmp, filepath.Join(s.dir, "faults"))
}

// SetPresent pulls the token out or puts it back.
func (s *Shim) SetPresent(present bool) error {
	path := filepath.Join(s.dir, "removed")
	if !present {
		return os.WriteFile(path, nil, 0o600)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// Calls counts the calls of a kind that reached the token: "login user",
// "login context", "logout", "open", "close", "sign", "finalize".
func (s *Shim) Calls(kind string) int {
	data, err := os.ReadFile(filepath.Join(s.dir, "calls"))
	if err != nil {
		return 0
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		if strings.TrimSpace(line) == kind {
			n++
		}
	}
	return n
}

// SetWrongPINs sets how many wrong PINs the token was given before; it counts
// with the fault "tries".
func (s *Shim) SetWrongPINs(n int) error {
	return os.WriteFile(filepath.Join(s.dir, "wrong"), fmt.Appendln(nil, n), 0o600)
}

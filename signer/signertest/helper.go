package signertest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

var errNoCompiler = errors.New("the token helper needs gcc, which is not installed")

// built is the helper that this test process built, once.
var built = sync.OnceValues(func() (string, error) {
	if dir := os.Getenv("TRINHKY_BIN"); dir != "" {
		if path := filepath.Join(dir, "trinhky-token"); executable(path) {
			return path, nil
		}
	}
	if _, err := exec.LookPath("gcc"); err != nil {
		return "", errNoCompiler
	}
	dir, err := os.MkdirTemp("", "trinhky-token")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "trinhky-token")
	cmd := exec.Command("go", "build", "-o", path, "trinhky/cmd/trinhky-token")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the token helper: %w: %s", err, out)
	}
	return keep(path)
})

// keep moves a program to a place named after its content, so that test
// processes share it and leave no heap of copies behind.
func keep(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	dir := filepath.Join(cache, "trinhky-test")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	kept := filepath.Join(dir, fmt.Sprintf("trinhky-token-%x", sha256.Sum256(data)))
	if executable(kept) {
		return kept, nil
	}
	// Written beside and renamed: another test process may be doing the same.
	tmp, err := os.CreateTemp(dir, "new")
	if err != nil {
		return "", err
	}
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Chmod(0o700)
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), kept)
	}
	return kept, err
}

func executable(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0
}

// Helper is the path of trinhky-token: from TRINHKY_BIN, else built here. The
// test is skipped where there is no compiler.
func Helper(t testing.TB) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the helper is tested under Wine by its own tests")
	}
	path, err := built()
	if errors.Is(err, errNoCompiler) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// SelfSigned makes a certificate that belongs to no token.
func SelfSigned(name string) (*x509.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

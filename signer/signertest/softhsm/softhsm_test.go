package softhsm_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/softhsm"
)

func TestNewToken(t *testing.T) {
	p, err := pki.New(pki.Options{Keys: pki.P256})
	if err != nil {
		t.Fatal(err)
	}
	rsa, err := pki.GenerateKey(pki.RSA2048)
	if err != nil {
		t.Fatal(err)
	}
	tok, err := softhsm.NewToken(t.TempDir(), "Lãnh đạo", "123456",
		softhsm.Object{ID: []byte{1}, Label: "leader", Key: p.Leader.Key, Certificate: p.Leader.Certificate},
		softhsm.Object{ID: []byte{2}, Label: "always", Key: rsa, AlwaysAuth: true},
		softhsm.Object{Label: "ca", Certificate: p.Intermediate.Certificate},
	)
	if errors.Is(err, softhsm.ErrNotInstalled) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := softhsm.NewToken(filepath.Join(t.TempDir(), "a#b"), "x", "123456"); err == nil || !strings.Contains(err.Error(), "comment") {
		t.Errorf("a folder with #: %v", err)
	}
	cmd := exec.Command("pkcs11-tool", "--module", tok.Module, "--token-label", tok.Label, "--login", "--pin", tok.PIN, "-O")
	cmd.Env = append(os.Environ(), "SOFTHSM2_CONF="+tok.Conf)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"Private Key Object; EC", "Private Key Object; RSA", "always authenticate", "label:      ca"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	if got, want := tok.URI([]byte{1}), "pkcs11:token=L%C3%A3nh%20%C4%91%E1%BA%A1o;id=%01?module-path="; !strings.HasPrefix(got, want) {
		t.Errorf("URI is %s", got)
	}
}

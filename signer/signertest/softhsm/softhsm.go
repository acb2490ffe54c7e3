// Package softhsm makes SoftHSM2 tokens for the sandbox and for tests: a real
// PKCS#11 module with keys and certificates of ours, each folder of tokens
// with its own configuration, nothing of the machine's own touched.
//
// It drives softhsm2-util (package softhsm2) and pkcs11-tool (package opensc)
// and needs no cgo.
package softhsm

import (
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrNotInstalled says that SoftHSM2 or the tool that fills its tokens is
// missing on this machine.
var ErrNotInstalled = errors.New("SoftHSM2 or pkcs11-tool is not installed")

// Object is what NewToken puts on a token: a key, a certificate, or both under
// one ID.
type Object struct {
	ID          []byte // CKA_ID; empty: none is set
	Label       string
	Key         crypto.Signer // nil: a certificate alone
	Certificate *x509.Certificate
	AlwaysAuth  bool // CKA_ALWAYS_AUTHENTICATE
}

// Token is a SoftHSM2 token.
type Token struct {
	Module string // path of libsofthsm2.so
	Conf   string // what SOFTHSM2_CONF has to be
	Label  string
	PIN    string
}

// Environment is what a process needs to see the token.
func (t *Token) Environment() map[string]string { return map[string]string{"SOFTHSM2_CONF": t.Conf} }

// URI names an object of the token as RFC 7512 says.
func (t *Token) URI(id []byte) string {
	u := "pkcs11:token=" + url.PathEscape(t.Label)
	if len(id) > 0 {
		u += ";id="
		for _, b := range id {
			u += fmt.Sprintf("%%%02X", b)
		}
	}
	return u + "?module-path=" + t.Module
}

// Module is the path of SoftHSM2's library, or ErrNotInstalled.
func Module() (string, error) {
	for _, path := range []string{
		os.Getenv("SOFTHSM2_MODULE"),
		"/usr/lib/softhsm/libsofthsm2.so",
		"/usr/lib64/pkcs11/libsofthsm2.so",
		"/usr/lib64/softhsm/libsofthsm2.so",
		"/usr/local/lib/softhsm/libsofthsm2.so",
	} {
		if path == "" {
			continue
		}
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", ErrNotInstalled
}

// securityOfficer is the SO PIN of every token made here.
const securityOfficer = "87654321"

// NewToken makes a token in dir and fills it. Several tokens may share a dir:
// they are then seen through the same configuration.
func NewToken(dir, label, pin string, objects ...Object) (*Token, error) {
	module, err := Module()
	if err != nil {
		return nil, err
	}
	for _, tool := range []string{"softhsm2-util", "pkcs11-tool"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("%w: %s", ErrNotInstalled, tool)
		}
	}
	t := &Token{Module: module, Conf: filepath.Join(dir, "softhsm2.conf"), Label: label, PIN: pin}
	tokens := filepath.Join(dir, "tokens")
	if err := os.MkdirAll(tokens, 0o700); err != nil {
		return nil, err
	}
	if err := t.configure(tokens); err != nil {
		return nil, err
	}
	err = t.run("softhsm2-util", "--init-token", "--free", "--label", label, "--so-pin", securityOfficer, "--pin", pin)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		if err := t.put(o); err != nil {
			return nil, fmt.Errorf("object %s: %w", o.Label, err)
		}
	}
	return t, nil
}

// Copy makes a copy of the token in dir, with a configuration of its own: much
// quicker than filling a new one.
func (t *Token) Copy(dir string) (*Token, error) {
	c := &Token{Module: t.Module, Conf: filepath.Join(dir, "softhsm2.conf"), Label: t.Label, PIN: t.PIN}
	tokens := filepath.Join(dir, "tokens")
	if err := os.CopyFS(tokens, os.DirFS(filepath.Join(filepath.Dir(t.Conf), "tokens"))); err != nil {
		return nil, err
	}
	return c, c.configure(tokens)
}

func (t *Token) configure(tokens string) error {
	if strings.Contains(tokens, "#") {
		return fmt.Errorf("the folder %s: in SoftHSM's configuration # begins a comment; take a folder without it", tokens)
	}
	conf := "directories.tokendir = " + tokens + "\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = true\n"
	return os.WriteFile(t.Conf, []byte(conf), 0o600)
}

func (t *Token) put(o Object) error {
	if o.Key != nil {
		der, err := x509.MarshalPKCS8PrivateKey(o.Key)
		if err != nil {
			return err
		}
		extra := []string{"--usage-sign"}
		if o.AlwaysAuth {
			extra = append(extra, "--always-auth")
		}
		block := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
		if err := t.write("privkey", o, block, extra...); err != nil {
			return err
		}
	}
	if o.Certificate == nil {
		return nil
	}
	return t.write("cert", o, o.Certificate.Raw)
}

func (t *Token) write(kind string, o Object, data []byte, extra ...string) error {
	f, err := os.CreateTemp(filepath.Dir(t.Conf), "object")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if _, err = f.Write(data); err == nil {
		err = f.Close()
	}
	if err != nil {
		return err
	}
	args := []string{
		"--module", t.Module, "--token-label", t.Label, "--login", "--pin", t.PIN,
		"--write-object", f.Name(), "--type", kind, "--label", o.Label,
	}
	if len(o.ID) > 0 {
		args = append(args, "--id", hex.EncodeToString(o.ID))
	}
	return t.run("pkcs11-tool", append(args, extra...)...)
}

func (t *Token) run(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "SOFTHSM2_CONF="+t.Conf)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}

package pkcs11_test

import (
	"bufio"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/signer/pkcs11"
	"trinhky/signer/signertest"
)

// p11kit finds a library of p11-kit; the test is skipped where it is missing.
func p11kit(t *testing.T, name string) string {
	t.Helper()
	for _, dir := range []string{"/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"} {
		if path := filepath.Join(dir, name); exists(path) {
			return path
		}
	}
	t.Skipf("%s of p11-kit is not installed", name)
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Modules that are configured for the whole machine are reached through
// p11-kit's proxy.
func TestP11KitProxy(t *testing.T) {
	proxy := p11kit(t, "p11-kit-proxy.so")
	p := ca(t)
	tok := hsm(t, object(1, p.Leader))
	home := t.TempDir()
	modules := filepath.Join(home, ".config", "pkcs11", "modules")
	if err := os.MkdirAll(modules, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(modules, "softhsm.module"), []byte("module: "+tok.Module+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := tok.Environment()
	env["HOME"], env["XDG_CONFIG_HOME"] = home, filepath.Join(home, ".config")
	signertest.Suite(t, func(t *testing.T) signertest.Fixture {
		return signertest.Fixture{
			Source: source(t, pkcs11.Config{Modules: []string{proxy}, Environment: env}), Label: tok.Label, PIN: pin,
			Signers: []*x509.Certificate{p.Leader.Certificate}, SlotState: true, PSS: true,
		}
	})
}

// A token on another machine, through p11-kit's server.
func TestP11KitRemote(t *testing.T) {
	client := p11kit(t, "pkcs11/p11-kit-client.so")
	if _, err := exec.LookPath("p11-kit"); err != nil {
		t.Skip("p11-kit is not installed")
	}
	p := ca(t)
	tok := hsm(t, object(1, p.Leader))
	cmd := exec.Command("p11-kit", "server", "--foreground", "--sh", "--name", filepath.Join(t.TempDir(), "socket"),
		"--provider", tok.Module, "pkcs11:")
	cmd.Env = append(os.Environ(), "SOFTHSM2_CONF="+tok.Conf)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	env := map[string]string{}
	for lines := bufio.NewScanner(out); env["P11_KIT_SERVER_ADDRESS"] == "" && lines.Scan(); {
		assignment, _, _ := strings.Cut(lines.Text(), ";")
		if name, value, ok := strings.Cut(assignment, "="); ok {
			env[name] = value
		}
	}
	if env["P11_KIT_SERVER_ADDRESS"] == "" {
		t.Skip("p11-kit server tells no address here")
	}
	signertest.Suite(t, func(t *testing.T) signertest.Fixture {
		return signertest.Fixture{
			Source: source(t, pkcs11.Config{Modules: []string{client}, Environment: env}), Label: tok.Label, PIN: pin,
			Signers: []*x509.Certificate{p.Leader.Certificate}, SlotState: true, PSS: true,
		}
	})
}

package localcert_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"trinhky/submit/dms/localcert"
)

func made(t *testing.T) (*localcert.Pair, string) {
	t.Helper()
	dir := t.TempDir()
	p, err := localcert.Make(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return p, dir
}

func TestMakeAndLoad(t *testing.T) {
	p, dir := made(t)
	got, err := localcert.Load(dir)
	if err != nil || !got.Leaf.Equal(p.Leaf) || !got.Root.Equal(p.Root) || got.KeyHash() != p.KeyHash() {
		t.Fatalf("%v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "bridge.key")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("key: %v %v", info.Mode(), err)
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 3 { // above all: no key of the root
		t.Errorf("%v", files)
	}
	if p.Due(time.Now()) || !p.Due(time.Now().Add(localcert.Life-localcert.Renew+time.Hour)) {
		t.Error("due at the wrong time")
	}
	if err := errors.Join(localcert.Delete(dir), localcert.Delete(dir)); err != nil {
		t.Error(err)
	}
	if _, err := localcert.Load(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after Delete: %v", err)
	}
}

func TestLoadMixed(t *testing.T) {
	_, dir := made(t)
	_, other := made(t)
	if err := os.Rename(filepath.Join(other, "bridge.key"), filepath.Join(dir, "bridge.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := localcert.Load(dir); err == nil {
		t.Error("a foreign key was taken")
	}
}

// The names of this computer are vouched for, and no others.
func TestNames(t *testing.T) {
	p, _ := made(t)
	roots := x509.NewCertPool()
	roots.AddCert(p.Root)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{*p.Certificate()}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.(*tls.Conn).Handshake()
			_ = c.Close()
		}
	}()
	for name, good := range map[string]bool{"127.0.0.1": true, "localhost": true, "::1": true, "example.gov.vn": false, "127.0.0.2": false} {
		c, err := tls.DialWithDialer(&net.Dialer{}, "tcp", l.Addr().String(), &tls.Config{RootCAs: roots, ServerName: name})
		if (err == nil) != good {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			_ = c.Close()
		}
	}
	if !p.Root.PermittedDNSDomainsCritical || len(p.Root.PermittedIPRanges) != 2 {
		t.Errorf("constraints: %v %v", p.Root.PermittedDNSDomains, p.Root.PermittedIPRanges)
	}
}

// Put into the browsers' store and taken out again, renewals too.
func TestTrust(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("looks at Linux's stores")
	}
	if _, err := exec.LookPath("certutil"); err != nil {
		t.Skip("certutil is not here")
	}
	t.Setenv("HOME", t.TempDir())
	if err := localcert.Uninstall(t.Context()); err != nil {
		t.Errorf("nothing to take out: %v", err)
	}
	old, _ := made(t)
	p, _ := made(t)
	for _, q := range []*localcert.Pair{old, p, p} {
		if err := q.Install(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if ok, err := p.Installed(t.Context()); !ok || err != nil {
		t.Errorf("installed: %v %v", ok, err)
	}
	if ok, _ := old.Installed(t.Context()); ok {
		t.Error("the old root is still trusted")
	}
	if err := localcert.Uninstall(t.Context()); err != nil {
		t.Fatal(err)
	}
	if ok, err := p.Installed(t.Context()); ok || err != nil {
		t.Errorf("after Uninstall: %v %v", ok, err)
	}
}

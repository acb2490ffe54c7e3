package wire

import (
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/assets"
	"trinhky/signer"
	"trinhky/signer/signertest/pki"

	"software.sslmate.com/src/go-pkcs12"
)

func authority(t *testing.T) *pki.PKI {
	t.Helper()
	p, err := pki.New(pki.Options{Keys: pki.P256})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func graphAt(t *testing.T, home string) *Graph {
	t.Helper()
	g, err := Open(Options{Home: home})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.Close() })
	return g
}

// The known fingerprints are well formed and say where they come from.
func TestPins(t *testing.T) {
	pins, err := review.ParsePins(assets.Anchors)
	if err != nil || len(pins) < 6 {
		t.Fatalf("%d pins, %v", len(pins), err)
	}
	for name, bad := range map[string]string{
		"no source":   `{"pins":[{"name":"x","sha256":"` + strings.Repeat("00", 32) + `"}]}`,
		"half a hash": `{"pins":[{"name":"x","source":"y","sha256":"0011"}]}`,
		"no JSON":     `[`,
	} {
		if _, err := review.ParsePins([]byte(bad)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// An imported root is an anchor at once, an intermediate completes chains; what
// holds no certificate changes nothing.
func TestImportAnchors(t *testing.T) {
	p, home := authority(t), t.TempDir()
	g := graphAt(t, home)
	leaf := signer.Certificate{X509: p.Leader.Certificate}
	if err := g.path(leaf); err == nil {
		t.Fatal("a path without an anchor")
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	var data []byte
	for _, c := range p.Chain() {
		data = append(data, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})...)
	}
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := g.ReadAnchors(file); err != nil || len(list) != 2 || !list[0].Root || list[1].Root || list[0].Pin != nil {
		t.Fatalf("%+v, %v", list, err)
	}
	if list, err := g.Anchors(); err != nil || len(list) != 0 {
		t.Fatalf("looking already trusts: %v, %v", list, err)
	}
	for range 2 { // twice is as good as once
		if _, err := g.ImportAnchors(file); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := g.Anchors(); err != nil || len(list) != 2 {
		t.Errorf("%d anchors, %v", len(list), err)
	}
	if err := g.path(leaf); err != nil {
		t.Errorf("after the import: %v", err)
	}
	empty := filepath.Join(t.TempDir(), "x.pem")
	if err := os.WriteFile(empty, []byte("-----BEGIN NOTHING-----\n-----END NOTHING-----\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := g.ImportAnchors(empty); err == nil {
		t.Error("a file without a certificate was imported")
	}
}

// What is not proven is a warning, and with the policy a refusal.
func TestPolicy(t *testing.T) {
	p := authority(t)
	g := graphAt(t, t.TempDir())
	c := signer.Certificate{X509: p.Leader.Certificate}
	found, err := g.MaySign(t.Context(), c)
	if err != nil || len(found) != 2 || found[0].Code != review.ChainUnknown || found[1].Code != review.RevocationAbsent {
		t.Fatalf("%+v, %v", found, err)
	}
	s := g.Settings
	s.Signing.RefuseUnproven = true
	if _, err := g.MaySignWith(t.Context(), s, c); !isFault(err, signer.CertificateUnproven) {
		t.Errorf("with the policy: %v", err)
	}
}

// A token that holds its certificate alone, and a trust folder that holds the root
// alone: the issuer is fetched, so that a revoked certificate does not sign.
func TestRevokedWithoutIssuer(t *testing.T) {
	p, err := pki.Start(pki.Options{Keys: pki.P256})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	g := graphAt(t, t.TempDir())
	root := filepath.Join(t.TempDir(), "root.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.Root.Certificate.Raw})
	if err := os.WriteFile(root, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := g.ImportAnchors(root); err != nil {
		t.Fatal(err)
	}
	if found, err := g.MaySign(t.Context(), signer.Certificate{X509: p.Leader.Certificate}); err != nil || len(found) != 0 {
		t.Errorf("a good one: %+v, %v", found, err)
	}
	if _, err := g.MaySign(t.Context(), signer.Certificate{X509: p.RevokedLeaf.Certificate}); !isFault(err, signer.CertificateRevoked) {
		t.Errorf("a revoked one: %v", err)
	}
}

// A key file is offered as a token of one certificate, after the settings too.
func TestKeyFiles(t *testing.T) {
	p, home := authority(t), t.TempDir()
	data, err := pkcs12.Modern.Encode(p.Leader.Key, p.Leader.Certificate, p.Chain(), "mật khẩu")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, "lãnh đạo.p12")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	g := graphAt(t, home)
	k := g.KeyFiles(nil)
	if _, err := k.Add(t.Context(), path, signer.PIN("sai")); err == nil {
		t.Fatal("a wrong password was taken")
	}
	f, err := k.Add(t.Context(), path, signer.PIN("mật khẩu"))
	if err != nil {
		t.Fatal(err)
	}
	s := g.Settings
	s.Signing.KeyFiles = []settings.KeyFile{f}
	if err := settings.Save(home, s); err != nil {
		t.Fatal(err)
	}
	again := graphAt(t, home).KeyFiles(nil) // the next start
	slots, err := again.Slots(t.Context())
	if err != nil || len(slots) != 1 || slots[0].Token.Serial == "" {
		t.Fatalf("%v, %v", slots, err)
	}
	token, err := again.Open(slots[0])
	if err != nil {
		t.Fatal(err)
	}
	list, err := token.Certificates(t.Context())
	if err != nil || len(list) != 1 || !list[0].X509.Equal(p.Leader.Certificate) {
		t.Fatalf("%v, %v", list, err)
	}
	if _, err := token.Unlock(t.Context(), list[0], signer.PIN("sai")); err == nil {
		t.Error("a wrong password unlocked it")
	}
	key, err := token.Unlock(t.Context(), list[0], signer.PIN("mật khẩu"))
	if err != nil {
		t.Fatal(err)
	}
	_ = key.Close()
	other := signer.Certificate{X509: p.Agency.Certificate}
	if _, err := token.Unlock(t.Context(), other, signer.PIN("mật khẩu")); err == nil {
		t.Error("another certificate was accepted")
	}
	again.Remove(path)
	if slots, _ := again.Slots(t.Context()); len(slots) != 0 {
		t.Error("a removed file is still offered")
	}
}

func isFault(err error, want signer.CertificateFault) bool {
	var e *signer.CertificateError
	return errors.As(err, &e) && e.Fault == want
}

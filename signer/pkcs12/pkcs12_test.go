package pkcs12_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	gopkcs12 "software.sslmate.com/src/go-pkcs12"

	"trinhky/signer"
	"trinhky/signer/pkcs12"
	"trinhky/signer/signertest/pki"
)

var authority = sync.OnceValues(func() (*pki.PKI, error) { return pki.New(pki.Options{}) })

func ca(t testing.TB) *pki.PKI {
	t.Helper()
	p, err := authority()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const password = "mật khẩu 1"

func encode(t testing.TB, enc *gopkcs12.Encoder, id pki.Identity, chain []*x509.Certificate) []byte {
	t.Helper()
	data, err := enc.Encode(id.Key, id.Certificate, chain, password)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestOpenAndSign(t *testing.T) {
	p := ca(t)
	ec, err := p.Issue(pki.Template{Subject: pki.Person("Phạm Thị Bình", "Văn thư", "Sở Nội vụ"), Algorithm: pki.P256})
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("nội dung"))
	for name, enc := range map[string]*gopkcs12.Encoder{
		"modern": gopkcs12.Modern, "3DES": gopkcs12.LegacyDES, "RC2": gopkcs12.LegacyRC2,
	} {
		for kind, id := range map[string]pki.Identity{"RSA": p.Leader, "EC": ec} {
			t.Run(name+" "+kind, func(t *testing.T) {
				k, err := pkcs12.Open(t.Context(), write(t, "k.p12", encode(t, enc, id, p.Chain())), signer.PIN(password))
				if err != nil {
					t.Fatal(err)
				}
				c := k.Certificate()
				if !c.X509.Equal(id.Certificate) || len(c.Chain) != 2 {
					t.Errorf("certificate %v, chain of %d", c.X509.Subject, len(c.Chain))
				}
				sig, err := k.Sign(nil, digest[:], crypto.SHA256)
				if err != nil {
					t.Fatal(err)
				}
				switch pub := k.Public().(type) {
				case *rsa.PublicKey:
					err = rsa.VerifyPKCS1v15(pub, crypto.SHA256, digest[:], sig)
				case *ecdsa.PublicKey:
					if !ecdsa.VerifyASN1(pub, digest[:], sig) {
						err = errors.New("does not verify")
					}
				}
				if err != nil {
					t.Error(err)
				}
				if err := k.Close(); err != nil {
					t.Error(err)
				}
				if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.Is(err, pkcs12.ErrClosed) {
					t.Errorf("a closed key signs: %v", err)
				}
			})
		}
	}
}

func TestPSS(t *testing.T) {
	p := ca(t)
	k, err := pkcs12.Open(t.Context(), write(t, "k.p12", encode(t, gopkcs12.Modern, p.Leader, nil)), signer.PIN(password))
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("x"))
	opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
	sig, err := k.Sign(rand.Reader, digest[:], opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := rsa.VerifyPSS(k.Public().(*rsa.PublicKey), crypto.SHA256, digest[:], sig, opts); err != nil {
		t.Error(err)
	}
}

// Some files hold the chain before the leaf.
func TestLeafLast(t *testing.T) {
	p := ca(t)
	wrong := pki.Identity{Key: p.Leader.Key, Certificate: p.Intermediate.Certificate}
	data := encode(t, gopkcs12.Modern.WithIterations(2), wrong, []*x509.Certificate{p.Root.Certificate, p.Leader.Certificate})
	k, err := pkcs12.Open(t.Context(), write(t, "k.p12", data), signer.PIN(password))
	if err != nil {
		t.Fatal(err)
	}
	if c := k.Certificate(); !c.X509.Equal(p.Leader.Certificate) || len(c.Chain) != 2 {
		t.Errorf("took %s with a chain of %d", c.X509.Subject, len(c.Chain))
	}
}

func TestOpenSSLFiles(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		t.Skip("openssl is not installed")
	}
	p := ca(t)
	dir := t.TempDir()
	if err := p.Save(dir, "x"); err != nil {
		t.Fatal(err)
	}
	for name, extra := range map[string][]string{"default": nil, "legacy": {"-legacy"}, "no iterations": {"-nomaciter", "-noiter"}} {
		out := filepath.Join(dir, "o.p12")
		args := append([]string{
			"pkcs12", "-export", "-inkey", dir + "/leader.key.pem", "-in", dir + "/leader.pem",
			"-certfile", dir + "/intermediate.pem", "-passout", "pass:abc", "-out", out,
		}, extra...)
		if msg, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", name, err, msg)
		}
		k, err := pkcs12.Open(t.Context(), out, signer.PIN("abc"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(k.Certificate().Chain) != 1 {
			t.Errorf("%s: chain of %d", name, len(k.Certificate().Chain))
		}
	}
}

func TestWrongPassword(t *testing.T) {
	p := ca(t)
	for name, enc := range map[string]*gopkcs12.Encoder{"modern": gopkcs12.Modern, "legacy": gopkcs12.LegacyRC2} {
		path := write(t, "k.p12", encode(t, enc, p.Leader, nil))
		for _, pw := range []string{"", "sai", password + " ", "mật khẩu"} {
			_, err := pkcs12.Open(t.Context(), path, signer.PIN(pw))
			var pin *signer.PINError
			if !errors.As(err, &pin) || pin.Signature {
				t.Errorf("%s: password %q: %v", name, pw, err)
			}
		}
	}
}

func TestOtherFiles(t *testing.T) {
	p := ca(t)
	good := encode(t, gopkcs12.Modern, p.Leader, nil)
	mismatch := pki.Identity{Key: p.Leader.Key, Certificate: p.Agency.Certificate}
	for name, c := range map[string]struct {
		data  []byte
		looks string
	}{
		"empty":       {nil, "an empty file"},
		"pem":         {[]byte("-----BEGIN CERTIFICATE-----\n"), "a PEM file"},
		"dll":         {[]byte("MZ\x90\x00\x03"), "a Windows program or library"},
		"elf":         {[]byte("\x7fELF\x02\x01"), "a program or library"},
		"pdf":         {[]byte("%PDF-1.7\n"), "a PDF document"},
		"certificate": {p.Leader.Certificate.Raw, "a certificate without a key"},
		"cut":         {good[:len(good)/2], ""},
		"noise":       {[]byte{0x30, 0x03, 0x02, 0x01, 0x03}, ""},
		"ber noise":   {[]byte{0x30, 0x80, 0x02, 0x01, 0x03, 0, 0}, ""},
		"not its key": {encode(t, gopkcs12.Modern, mismatch, nil), ""},
		"huge":        {make([]byte, 5<<20), ""},
	} {
		_, err := pkcs12.Open(t.Context(), write(t, "k.p12", c.data), signer.PIN(password))
		var format *pkcs12.FormatError
		if !errors.As(err, &format) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if format.Looks != c.looks {
			t.Errorf("%s: looks like %q, want %q", name, format.Looks, c.looks)
		}
	}
	if _, err := pkcs12.Open(t.Context(), filepath.Join(t.TempDir(), "none.p12"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

// A hostile iteration count must neither hang nor be waited for.
func TestIterations(t *testing.T) {
	data := encode(t, gopkcs12.Modern, ca(t).Leader, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var p struct {
		Version int
		Auth    asn1.RawValue
		MAC     struct {
			Digest     asn1.RawValue
			Salt       []byte
			Iterations int
		}
	}
	if _, err := asn1.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	encoded := func(iterations int) string {
		p.MAC.Iterations = iterations
		data, err := asn1.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return write(t, "k.p12", data)
	}
	var format *pkcs12.FormatError
	if _, err := pkcs12.Open(t.Context(), encoded(0x7fffffff), signer.PIN(password)); !errors.As(err, &format) {
		t.Errorf("2^31 iterations: %v", err)
	}
	if _, err := pkcs12.Open(ctx, encoded(9_999_999), signer.PIN(password)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	p := ca(f)
	f.Add(encode(f, gopkcs12.Modern.WithIterations(1), p.Leader, p.Chain()))
	f.Add(encode(f, gopkcs12.LegacyDES.WithIterations(1), p.Leader, nil))
	f.Add([]byte{0x30, 0x80, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := pkcs12.Open(t.Context(), write(t, "k.p12", data), signer.PIN(password))
		if err == nil && k.Certificate().X509 == nil {
			t.Error("a key without a certificate")
		}
	})
}

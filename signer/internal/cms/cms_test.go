package cms

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/smallstep/pkcs7"
)

// signerKey is a throw-away certificate with its key and issuer.
type signerKey struct {
	key        crypto.Signer
	cert, root *x509.Certificate
}

func newSigner(t testing.TB, key crypto.Signer) signerKey {
	t.Helper()
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Gốc thử nghiệm"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	root := certify(t, ca, ca, rootKey.Public(), rootKey)
	leaf := certify(t, &x509.Certificate{
		SerialNumber: big.NewInt(0x1234567890), Subject: pkix.Name{CommonName: "Nguyễn Văn Đạt"},
		NotBefore: ca.NotBefore, NotAfter: ca.NotAfter,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}, SubjectKeyId: []byte("leaf"),
	}, root, key.Public(), rootKey)
	return signerKey{key, leaf, root}
}

func certify(t testing.TB, c, parent *x509.Certificate, pub crypto.PublicKey, key crypto.Signer) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, parent, pub, key)
	if err != nil {
		t.Fatal(err)
	}
	out, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func rsaKey(t testing.TB) crypto.Signer {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func ecKey(t testing.TB, c elliptic.Curve) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sign makes a CMS over content.
func sign(t testing.TB, s signerKey, spec Spec, content, timestamp []byte) []byte {
	t.Helper()
	spec.Certificate = s.cert
	digest, err := DigestOf(content)(spec.Hash)
	if err != nil {
		t.Fatal(err)
	}
	w, err := spec.ToSign(digest)
	if err != nil {
		t.Fatal(err)
	}
	value, err := s.key.Sign(rand.Reader, w.Digest(), spec.Opts())
	if err != nil {
		t.Fatal(err)
	}
	sig, err := w.Accept(value)
	if err != nil {
		t.Fatal(err)
	}
	out := sig.Encode(timestamp)
	if size, err := spec.Size(len(timestamp)); err != nil || size < len(out) || size > len(out)+12 {
		t.Fatalf("Size says %d (%v), the CMS has %d bytes", size, err, len(out))
	}
	return out
}

var content = []byte("Nội dung được ký")

func TestBuildAndVerify(t *testing.T) {
	rsa2048, p256, p384 := newSigner(t, rsaKey(t)), newSigner(t, ecKey(t, elliptic.P256())), newSigner(t, ecKey(t, elliptic.P384()))
	for _, c := range []struct {
		name      string
		key       signerKey
		hash      crypto.Hash
		pss       bool
		algorithm string
	}{
		{"RSA SHA-256", rsa2048, crypto.SHA256, false, "RSA-2048"},
		{"RSA SHA-384", rsa2048, crypto.SHA384, false, "RSA-2048"},
		{"RSA SHA-512", rsa2048, crypto.SHA512, false, "RSA-2048"},
		{"PSS SHA-256", rsa2048, crypto.SHA256, true, "RSA-PSS-2048"},
		{"PSS SHA-512", rsa2048, crypto.SHA512, true, "RSA-PSS-2048"},
		{"P-256", p256, crypto.SHA256, false, "ECDSA-P-256"},
		{"P-384", p384, crypto.SHA384, false, "ECDSA-P-384"},
		{"P-384 SHA-512", p384, crypto.SHA512, false, "ECDSA-P-384"},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := Spec{Hash: c.hash, PSS: c.pss, Chain: []*x509.Certificate{c.key.root}}
			raw := sign(t, c.key, spec, content, nil)
			d, err := Parse(append(raw, 0, 0, 0))
			if err != nil {
				t.Fatal(err)
			}
			if d.Length != len(raw) || len(d.Certificates) != 2 || d.Content != nil {
				t.Errorf("length %d of %d, %d certificates", d.Length, len(raw), len(d.Certificates))
			}
			v, err := d.Signers[0].Verify(DigestOf(content))
			if err != nil {
				t.Fatal(err)
			}
			if !v.Bound || v.NotDER || v.Plain || !v.SigningTime.IsZero() || v.Algorithm != c.algorithm || v.Digest != c.hash {
				t.Errorf("verified as %+v", v)
			}
			if _, err := d.Signers[0].Verify(DigestOf([]byte("khác"))); !errors.Is(err, ErrDigest) {
				t.Errorf("other content: %v", err)
			}
			openssl(t, raw, c.key.root)
			if !c.pss { // smallstep/pkcs7 does not know PSS
				secondOpinion(t, raw)
			}
		})
	}
}

func secondOpinion(t *testing.T, raw []byte) {
	t.Helper()
	p7, err := pkcs7.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	p7.Content = content
	if err := p7.Verify(); err != nil {
		t.Errorf("smallstep/pkcs7: %v", err)
	}
}

func openssl(t *testing.T, raw []byte, root *x509.Certificate) {
	t.Helper()
	tool, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	out, err := exec.Command(tool, "cms", "-verify", "-binary", "-cades", "-purpose", "any", "-inform", "DER",
		"-in", write("s.der", raw), "-content", write("c", content), "-out", os.DevNull,
		"-CAfile", write("r.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Raw}))).CombinedOutput()
	if err != nil {
		t.Errorf("openssl: %v\n%s", err, out)
	}
}

func TestWrongKeyIsNotAccepted(t *testing.T) {
	s, other := newSigner(t, ecKey(t, elliptic.P256())), ecKey(t, elliptic.P256())
	spec := Spec{Certificate: s.cert, Hash: crypto.SHA256}
	w, err := spec.ToSign(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	value, err := other.Sign(rand.Reader, w.Digest(), crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Accept(value); !errors.Is(err, ErrSignature) {
		t.Errorf("a foreign signature: %v", err)
	}
}

func TestSpecCheck(t *testing.T) {
	_, edKey, _ := ed25519.GenerateKey(rand.Reader)
	ec, ed := newSigner(t, ecKey(t, elliptic.P256())), newSigner(t, edKey)
	for _, s := range []Spec{
		{Certificate: ec.cert, Hash: crypto.SHA1},
		{Certificate: ec.cert, Hash: crypto.SHA256, PSS: true},
		{Certificate: ed.cert, Hash: crypto.SHA512},
	} {
		if err := s.Check(); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("%v: %v", s.Hash, err)
		}
	}
}

// flip changes one byte inside the given part of the CMS.
func flip(t *testing.T, raw, part []byte) []byte {
	t.Helper()
	at := bytes.Index(raw, part)
	if at < 0 {
		t.Fatal("part not found")
	}
	out := bytes.Clone(raw)
	out[at+len(part)/2] ^= 1
	return out
}

func TestNamedBadSignatures(t *testing.T) {
	s, other := newSigner(t, rsaKey(t)), newSigner(t, rsaKey(t))
	raw := sign(t, s, Spec{Hash: crypto.SHA256}, content, nil)
	good, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	digest, _ := DigestOf(content)(crypto.SHA256)
	sha256OID := der256()
	for _, c := range []struct {
		name string
		raw  []byte
		want error
	}{
		{"signature value flipped", flip(t, raw, good.Signers[0].Value), ErrSignature},
		{"message digest flipped", flip(t, raw, digest), ErrDigest},
		{"leaf exchanged", bytes.Replace(raw, s.cert.Raw, s.root.Raw, 1), nil},
		{"digest algorithm SHA-512", bytes.ReplaceAll(raw, sha256OID, der512()), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := Parse(c.raw)
			if err == nil {
				_, err = d.Signers[0].Verify(DigestOf(content))
			}
			if err == nil || (c.want != nil && !errors.Is(err, c.want)) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	// The binding: the same name and serial number, another key.
	d, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	d.Signers[0].certificates = nil
	twin := *s.cert
	twin.Raw, twin.PublicKey = other.cert.Raw, other.cert.PublicKey
	if _, err := d.Signers[0].Verify(DigestOf(content), &twin); !errors.Is(err, ErrBinding) {
		t.Errorf("exchanged certificate: %v", err)
	}
	if _, err := d.Signers[0].Verify(DigestOf(content)); !errors.Is(err, ErrNoCertificate) {
		t.Errorf("no certificate: %v", err)
	}
}

func der256() []byte { return []byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01} }
func der512() []byte { return []byte{0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03} }

func TestTimestampIsKept(t *testing.T) {
	s := newSigner(t, ecKey(t, elliptic.P256()))
	token := encode(tagSequence, []byte{tagInteger, 1, 42})
	d, err := Parse(sign(t, s, Spec{Hash: crypto.SHA256}, content, token))
	if err != nil {
		t.Fatal(err)
	}
	got := d.Signers[0].Timestamps()
	if len(got) != 1 || !bytes.Equal(got[0], token) {
		t.Errorf("timestamps %x", got)
	}
}

// TestOpenSSLVariants reads what openssl writes: indefinite lengths, no signed
// attributes, subject key identifiers, old digests.
func TestOpenSSLVariants(t *testing.T) {
	tool, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	s := newSigner(t, rsaKey(t))
	dir := t.TempDir()
	key, _ := x509.MarshalPKCS8PrivateKey(s.key)
	write := func(name, kind string, b []byte) string {
		p := filepath.Join(dir, name)
		if kind != "" {
			b = pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b})
		}
		if err := os.WriteFile(p, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	certPath, keyPath := write("c.pem", "CERTIFICATE", s.cert.Raw), write("k.pem", "PRIVATE KEY", key)
	in := write("in", "", content)
	for _, c := range []struct {
		name  string
		args  []string
		plain bool
		bound bool
	}{
		{"detached", nil, false, false},
		{"BER, encapsulated", []string{"-stream", "-nodetach"}, false, false},
		{"BER, detached", []string{"-stream"}, false, false},
		{"no attributes", []string{"-noattr"}, true, false},
		{"key identifier", []string{"-keyid"}, false, false},
		{"SHA-1", []string{"-md", "sha1"}, false, false},
		{"PSS", []string{"-keyopt", "rsa_padding_mode:pss"}, false, false},
		{"CAdES", []string{"-cades"}, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := append([]string{
				"cms", "-sign", "-binary", "-outform", "DER", "-in", in, "-signer", certPath, "-inkey", keyPath,
			}, c.args...)
			raw, err := exec.Command(tool, args...).Output()
			if err != nil {
				t.Fatal(err)
			}
			d, err := Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			v, err := d.Signers[0].Verify(DigestOf(content), s.cert)
			if err != nil {
				t.Fatal(err)
			}
			if v.Plain != c.plain || v.Bound != c.bound {
				t.Errorf("verified as %+v", v)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	s := newSigner(f, ecKey(f, elliptic.P256()))
	f.Add(sign(f, s, Spec{Hash: crypto.SHA256}, content, nil))
	f.Add(sign(f, s, Spec{Hash: crypto.SHA256, Chain: []*x509.Certificate{s.root}}, content, []byte{0x30, 0}))
	f.Add([]byte{0x30, 0x80, 0x06, 0x00, 0x00, 0x00})
	f.Add(bytes.Repeat([]byte{0x30, 0x80}, 1000))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := Parse(raw)
		if err != nil {
			return
		}
		for i := range d.Signers {
			// The seed's content: a mutation must not turn into a panic.
			if v, err := d.Signers[i].Verify(DigestOf(content), s.cert); err == nil && v.Certificate == nil {
				t.Error("verified without a certificate")
			}
			for _, token := range d.Signers[i].Timestamps() {
				_, _ = ParseTimestamp(token)
			}
		}
	})
}

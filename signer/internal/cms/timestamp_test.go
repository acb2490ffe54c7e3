package cms_test

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"

	"trinhky/signer/internal/cms"
	"trinhky/signer/signertest/pki"
)

// stamp has the test authority stamp data.
func stamp(t testing.TB, p *pki.PKI, data []byte, f pki.Fault) []byte {
	t.Helper()
	type algorithm struct {
		OID  asn1.ObjectIdentifier
		Null asn1.RawValue
	}
	type imprint struct {
		Algorithm algorithm
		Digest    []byte
	}
	digest := sha256.Sum256(data)
	query, err := asn1.Marshal(struct {
		Version int
		Imprint imprint
		Nonce   *big.Int
		CertReq bool
	}{1, imprint{algorithm{cms.HashOID(crypto.SHA256), asn1.NullRawValue}, digest[:]}, big.NewInt(42), true})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := (&pki.Services{PKI: p}).Stamp(query, f)
	if err != nil {
		t.Fatal(err)
	}
	var response struct {
		Status asn1.RawValue
		Token  asn1.RawValue
	}
	if _, err := asn1.Unmarshal(answer, &response); err != nil {
		t.Fatal(err)
	}
	return response.Token.FullBytes
}

func TestTimestamp(t *testing.T) {
	p, err := pki.New(pki.Options{Keys: pki.P256})
	if err != nil {
		t.Fatal(err)
	}
	data := []byte("được đóng dấu thời gian")
	ts, err := cms.ParseTimestamp(stamp(t, p, data, pki.FaultNone))
	if err != nil {
		t.Fatal(err)
	}
	if ts.Info.Nonce.Cmp(big.NewInt(42)) != 0 || !ts.Info.Policy.Equal(pki.Policy) || ts.Info.Time.IsZero() {
		t.Errorf("%+v", ts.Info)
	}
	v, err := ts.Verify(cms.DigestOf(data))
	if err != nil || !v.Certificate.Equal(p.TSA.Certificate) {
		t.Fatalf("%+v, %v", v, err)
	}
	if _, err := ts.Verify(cms.DigestOf([]byte("khác"))); !errors.Is(err, cms.ErrDigest) {
		t.Errorf("other data: %v", err)
	}
	if ts, err = cms.ParseTimestamp(stamp(t, p, data, pki.FaultNoCertificate)); err != nil {
		t.Fatal(err)
	}
	if _, err := ts.Verify(cms.DigestOf(data)); !errors.Is(err, cms.ErrNoCertificate) {
		t.Errorf("no certificate: %v", err)
	}
	if _, err := ts.Verify(cms.DigestOf(data), p.TSA.Certificate); err != nil {
		t.Errorf("its certificate from elsewhere: %v", err)
	}
	// The same key, but a certificate for documents.
	leaf, err := p.Issue(pki.Template{Key: p.TSA.Key})
	if err != nil {
		t.Fatal(err)
	}
	twin := *p.TSA.Certificate
	twin.ExtKeyUsage = append([]x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}, leaf.Certificate.ExtKeyUsage...)
	if _, err := ts.Verify(cms.DigestOf(data), &twin); !errors.Is(err, cms.ErrUsage) {
		t.Errorf("a certificate for other things: %v", err)
	}
}

func FuzzParseTimestamp(f *testing.F) {
	p, err := pki.New(pki.Options{Keys: pki.P256})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(stamp(f, p, []byte("x"), pki.FaultNone))
	f.Add(stamp(f, p, []byte("x"), pki.FaultNoCertificate))
	f.Fuzz(func(t *testing.T, token []byte) {
		ts, err := cms.ParseTimestamp(token)
		if err != nil {
			return
		}
		if v, err := ts.Verify(cms.DigestOf([]byte("x")), p.TSA.Certificate); err == nil && v.Certificate == nil {
			t.Error("verified without a certificate")
		}
	})
}

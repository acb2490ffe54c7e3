package evidence

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"
)

// canned answers every request with the same bytes.
type canned []byte

func (c canned) RoundTrip(q *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(c)), Request: q}, nil
}

// FuzzAnswers gives any bytes as OCSP answer, CRL and issuer's certificate. No
// bytes but those that the authority signed may prove anything.
func FuzzAnswers(f *testing.F) {
	now := time.Now()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "CA"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	certify := func(parent *x509.Certificate) *x509.Certificate {
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), key)
		if err != nil {
			f.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			f.Fatal(err)
		}
		return c
	}
	root := certify(template)
	const nobody = "http://127.0.0.1:1/"
	template = &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "leaf"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		OCSPServer: []string{nobody}, CRLDistributionPoints: []string{nobody}, IssuingCertificateURL: []string{nobody},
	}
	leaf := certify(root)
	good, err := ocsp.CreateResponse(root, root, ocsp.Response{
		Status: ocsp.Good, SerialNumber: leaf.SerialNumber, ThisUpdate: now.Add(-time.Minute), NextUpdate: now.Add(time.Hour),
	}, key)
	if err != nil {
		f.Fatal(err)
	}
	list, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number: big.NewInt(1), ThisUpdate: now.Add(-time.Minute), NextUpdate: now.Add(time.Hour),
	}, root, key)
	if err != nil {
		f.Fatal(err)
	}
	point, _ := asn1.Marshal(issuingDistributionPoint{OnlyUser: true})
	genuine := [][]byte{good, list, root.Raw}
	for _, seed := range append(genuine, point, good[:len(good)/2], list[:len(list)/2], nil) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, g := range genuine {
			if bytes.HasPrefix(data, g) { // also with bytes behind, which the parsers refuse or cut off
				return
			}
		}
		s := New(Config{Transport: canned(data)})
		if _, _, err := s.Status(t.Context(), leaf, root, now); err == nil {
			t.Error("bytes that nobody signed prove something")
		}
		if path, err := s.Complete(t.Context(), []*x509.Certificate{leaf}); err == nil || len(path) != 1 {
			t.Error("a certificate that nobody issued completes the path")
		}
	})
}

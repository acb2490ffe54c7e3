package evidence_test

import (
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"trinhky/signer"
	"trinhky/signer/evidence"
	"trinhky/signer/signertest/pki"
)

func chain(s *pki.Server, leaf *x509.Certificate) [][]*x509.Certificate {
	return [][]*x509.Certificate{{leaf, s.Intermediate.Certificate, s.Root.Certificate}}
}

func TestCollect(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		name        string
		ocsp, crl   pki.Fault
		ocsps, crls int
		fail        bool
	}{
		{"OCSP", pki.FaultNone, pki.FaultNone, 2, 0, false},
		{"CRL alone", pki.FaultDown, pki.FaultNone, 0, 2, false},
		{"garbage, then CRL", pki.FaultGarbage, pki.FaultNone, 0, 2, false},
		{"unknown, then CRL", pki.FaultUnknown, pki.FaultNone, 0, 2, false},
		{"nothing", pki.FaultDown, pki.FaultStale, 0, 0, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			s.Services.SetFault(pki.ServiceOCSP, c.ocsp)
			s.Services.SetFault(pki.ServiceCRL, c.crl)
			source := evidence.New(evidence.Config{})
			e, err := source.Collect(t.Context(), chain(s, s.Leader.Certificate))
			if c.fail {
				if err == nil {
					t.Error("no error")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if len(e.OCSPs) != c.ocsps || len(e.CRLs) != c.crls || len(e.Certificates) < 3 {
				t.Errorf("%d OCSP answers, %d CRLs, %d certificates", len(e.OCSPs), len(e.CRLs), len(e.Certificates))
			}
		})
	}
}

func TestCollectRevoked(t *testing.T) {
	s := start(t)
	for _, f := range []pki.Fault{pki.FaultNone, pki.FaultDown} {
		s.Services.SetFault(pki.ServiceOCSP, f)
		_, err := evidence.New(evidence.Config{}).Collect(t.Context(), chain(s, s.RevokedLeaf.Certificate))
		var e *signer.CertificateError
		if !errors.As(err, &e) || e.Fault != signer.CertificateRevoked {
			t.Errorf("OCSP %q: %v", f, err)
		}
	}
}

// TestCollectIsCached: a batch asks once.
func TestCollectIsCached(t *testing.T) {
	s := start(t)
	source := evidence.New(evidence.Config{})
	for range 5 {
		if _, err := source.Collect(t.Context(), chain(s, s.Leader.Certificate)); err != nil {
			t.Fatal(err)
		}
	}
	if o, c := s.Services.Requests(pki.ServiceOCSP), s.Services.Requests(pki.ServiceCRL); o != 2 || c != 0 {
		t.Errorf("OCSP asked %d times, CRL %d times", o, c)
	}
}

// TestComplete finds issuers among the known and at the addresses of the
// certificates.
func TestComplete(t *testing.T) {
	s := start(t)
	leaf := []*x509.Certificate{s.Leader.Certificate}
	known := evidence.New(evidence.Config{Known: s.Chain()})
	path, err := known.Complete(t.Context(), leaf)
	if err != nil || len(path) != 3 {
		t.Fatalf("%d certificates, %v", len(path), err)
	}
	fetched := evidence.New(evidence.Config{Known: []*x509.Certificate{s.Root.Certificate}})
	if path, err = fetched.Complete(t.Context(), leaf); err != nil || len(path) != 3 {
		t.Fatalf("%d certificates, %v", len(path), err)
	}
	asked := s.Services.Requests(pki.ServiceCA)
	s.Services.SetFault(pki.ServiceCA, pki.FaultPortal)
	if path, err = fetched.Complete(t.Context(), leaf); err != nil || len(path) != 3 {
		t.Errorf("an issuer that was found is forgotten: %d certificates, %v", len(path), err)
	}
	lost := evidence.New(evidence.Config{})
	for range 3 {
		if path, err = lost.Complete(t.Context(), leaf); err == nil || len(path) != 1 {
			t.Errorf("%d certificates, %v", len(path), err)
		}
	}
	if n := s.Services.Requests(pki.ServiceCA) - asked; n != 1 {
		t.Errorf("a server without an answer was asked %d times", n)
	}
	if path, err = lost.Complete(t.Context(), leaf, s.Chain()...); err != nil || len(path) != 3 {
		t.Errorf("issuers beside the certificate: %d certificates, %v", len(path), err)
	}
}

// TestCRLScope serves lists whose silence proves nothing.
func TestCRLScope(t *testing.T) {
	s := start(t)
	s.Services.SetFault(pki.ServiceOCSP, pki.FaultDown)
	type point struct {
		OnlyUser bool `asn1:"optional,tag:1"`
		OnlyCA   bool `asn1:"optional,tag:2"`
		Indirect bool `asn1:"optional,tag:4"`
	}
	extension := func(id asn1.ObjectIdentifier, v any) pkix.Extension {
		der, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return pkix.Extension{Id: id, Critical: true, Value: der}
	}
	scope := asn1.ObjectIdentifier{2, 5, 29, 28}
	for _, c := range []struct {
		name string
		e    pkix.Extension
		ok   bool
	}{
		{"users", extension(scope, point{OnlyUser: true}), true},
		{"authorities", extension(scope, point{OnlyCA: true}), false},
		{"indirect", extension(scope, point{Indirect: true}), false},
		{"delta", extension(asn1.ObjectIdentifier{2, 5, 29, 27}, 1), false},
		{"unknown and critical", extension(asn1.ObjectIdentifier{1, 2, 3}, 1), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
				Number: big.NewInt(7), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour),
				ExtraExtensions: []pkix.Extension{c.e},
			}, s.Intermediate.Certificate, s.Intermediate.Key)
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(der) }))
			defer server.Close()
			leaf := *s.Leader.Certificate
			leaf.CRLDistributionPoints = []string{server.URL}
			_, _, err = evidence.New(evidence.Config{}).Status(t.Context(), &leaf, s.Intermediate.Certificate, time.Now())
			if (err == nil) != c.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

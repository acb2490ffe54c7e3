package evidence_test

import (
	"crypto/rand"
	"crypto/x509"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"

	"trinhky/signer/evidence"
	"trinhky/signer/signertest/pki"
)

// TestHostileServices: redirects without end and lists without end cost little
// time and little memory.
func TestHostileServices(t *testing.T) {
	s := start(t)
	for _, c := range []struct {
		name  string
		serve func(w http.ResponseWriter, r *http.Request)
	}{
		{"redirect to itself", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }},
		{"redirect loop", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path+"x", http.StatusTemporaryRedirect)
		}},
		{"redirect to a file", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}},
		{"50 MB", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.CopyN(w, rand.Reader, 50<<20) }},
		{"nothing", func(http.ResponseWriter, *http.Request) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked++
				c.serve(w, r)
			}))
			defer server.Close()
			leaf := *s.Leader.Certificate
			leaf.OCSPServer, leaf.CRLDistributionPoints = []string{server.URL + "/ocsp"}, []string{server.URL + "/crl"}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := evidence.New(evidence.Config{}).Collect(t.Context(), [][]*x509.Certificate{{&leaf, s.Intermediate.Certificate, s.Root.Certificate}})
			runtime.ReadMemStats(&after)
			if err == nil {
				t.Error("no error")
			}
			if asked > 30 || after.TotalAlloc-before.TotalAlloc > 256<<20 {
				t.Errorf("%d requests, %d MB", asked, (after.TotalAlloc-before.TotalAlloc)>>20)
			}
		})
	}
}

// TestLargeList: a true list that is larger than may be embedded still proves,
// but is not put into a document.
func TestLargeList(t *testing.T) {
	s := start(t)
	s.Services.SetFault(pki.ServiceOCSP, pki.FaultDown)
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: time.Now().Add(time.Hour)}
	for i := range int64(4000) {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: new(big.Int).Lsh(big.NewInt(i+1), 80), RevocationTime: time.Now().Add(-time.Minute),
		})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, s.Intermediate.Certificate, s.Intermediate.Key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(der) }))
	defer server.Close()
	leaf := *s.Leader.Certificate
	leaf.CRLDistributionPoints = []string{server.URL}
	for limit, ok := range map[int]bool{len(der): true, len(der) - 1: false} {
		source := evidence.New(evidence.Config{MaxCRL: limit})
		_, err := source.Collect(t.Context(), [][]*x509.Certificate{{&leaf, s.Intermediate.Certificate, s.Root.Certificate}})
		if (err == nil) != ok {
			t.Errorf("a list of %d bytes, limit %d: %v", len(der), limit, err)
		}
		if _, _, err := source.Status(t.Context(), &leaf, s.Intermediate.Certificate, time.Now()); err != nil {
			t.Errorf("its state is not read: %v", err)
		}
	}
}

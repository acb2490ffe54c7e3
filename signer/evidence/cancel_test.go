package evidence_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"trinhky/signer/evidence"
)

// TestCancelled: who gives up while a service keeps silent is free at once, and
// is told that, not that the service failed.
func TestCancelled(t *testing.T) {
	s := start(t)
	for _, path := range []string{"/ocsp", "/crl"} {
		t.Run(path, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			asked := 0
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				asked++
				_, _ = io.Copy(io.Discard, r.Body) // the server sees the end of a connection only behind the question
				cancel()
				<-r.Context().Done()
			}))
			defer server.Close()
			leaf := *s.Leader.Certificate
			leaf.OCSPServer, leaf.CRLDistributionPoints = nil, nil
			if path == "/ocsp" {
				leaf.OCSPServer = []string{server.URL + path}
			} else {
				leaf.CRLDistributionPoints = []string{server.URL + path}
			}
			_, err := evidence.New(evidence.Config{}).Collect(ctx, [][]*x509.Certificate{{&leaf, s.Intermediate.Certificate, s.Root.Certificate}})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			if asked != 1 {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

package pki

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"
)

// The paths of the services below BaseURL.
const (
	PathOCSP = "/ocsp"
	PathTSA  = "/tsa"
	PathCA   = "/ca/"
	PathCRL  = "/crl/"
)

// Service names one of the services.
type Service int

// The services.
const (
	ServiceOCSP Service = iota
	ServiceTSA
	ServiceCA
	ServiceCRL
	services // how many
)

// Fault is what a service does wrong on request.
type Fault string

// The faults. Those of the second and third group make sense only for the TSA
// and for OCSP.
const (
	FaultNone     Fault = ""
	FaultDown     Fault = "down"     // the connection is cut without an answer
	FaultSlow     Fault = "slow"     // answers after Services.Delay
	FaultHTML     Fault = "html"     // 500 with a page of HTML
	FaultPortal   Fault = "portal"   // 200 with a page of HTML
	FaultGarbage  Fault = "garbage"  // 200, right content type, random bytes
	FaultHuge     Fault = "huge"     // 200, right content type, 64 MB
	FaultTooMany  Fault = "too-many" // 429 with Retry-After
	FaultCutShort Fault = "cut"      // the right answer, cut in the middle

	FaultWrongNonce    Fault = "wrong-nonce"
	FaultNoNonce       Fault = "no-nonce"
	FaultWrongImprint  Fault = "wrong-imprint"
	FaultWrongTime     Fault = "wrong-time" // three days ahead
	FaultWrongPolicy   Fault = "wrong-policy"
	FaultBadSignature  Fault = "bad-signature" // also OCSP
	FaultNoCertificate Fault = "no-certificate"
	FaultWrongESSCert  Fault = "wrong-ess-cert"
	FaultRejected      Fault = "rejected" // PKIStatus 2

	FaultUnknown     Fault = "unknown"  // certStatus unknown
	FaultTryLater    Fault = "tryLater" // responseStatus 3
	FaultStale       Fault = "stale"    // nextUpdate in the past; also CRL
	FaultWrongSerial Fault = "wrong-serial"
	FaultWrongSigner Fault = "wrong-signer" // signed by a leaf that may not
)

// Services answers for a PKI over HTTP. Its fields are set before serving.
type Services struct {
	PKI *PKI
	// Now is the clock of the services; nil: time.Now.
	Now func() time.Time
	// Delay is how long FaultSlow waits.
	Delay time.Duration

	mu     sync.Mutex
	faults [services]Fault
	seen   [services]int
	serial int64
}

// SetFault makes a service behave wrongly from the next request on.
func (s *Services) SetFault(which Service, f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[which] = f
}

// Requests counts what reached a service.
func (s *Services) Requests(which Service) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[which]
}

func (s *Services) enter(which Service) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[which]++
	return s.faults[which]
}

func (s *Services) now() time.Time {
	if s.Now != nil {
		return s.Now().UTC()
	}
	return time.Now().UTC()
}

// ServeHTTP implements http.Handler for all services together.
func (s *Services) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == PathTSA:
		s.guard(w, r, ServiceTSA, s.serveTSA)
	case r.URL.Path == PathOCSP, strings.HasPrefix(r.URL.Path, PathOCSP+"/"):
		s.guard(w, r, ServiceOCSP, s.serveOCSP)
	case strings.HasPrefix(r.URL.Path, PathCA):
		s.guard(w, r, ServiceCA, s.serveCA)
	case strings.HasPrefix(r.URL.Path, PathCRL):
		s.guard(w, r, ServiceCRL, s.serveCRL)
	default:
		http.NotFound(w, r)
	}
}

var contentTypes = [services]string{
	ServiceOCSP: "application/ocsp-response", ServiceTSA: "application/timestamp-reply",
	ServiceCA: "application/pkix-cert", ServiceCRL: "application/pkix-crl",
}

// guard plays the faults of the transport; the others reach serve.
func (s *Services) guard(w http.ResponseWriter, r *http.Request, which Service,
	serve func(http.ResponseWriter, *http.Request, Fault),
) {
	fault := s.enter(which)
	const page = "<!DOCTYPE html><html><body><h1>Lỗi máy chủ</h1></body></html>"
	switch fault {
	case FaultDown:
		panic(http.ErrAbortHandler)
	case FaultSlow:
		select {
		case <-time.After(s.Delay):
		case <-r.Context().Done():
			return
		}
		serve(w, r, FaultNone)
	case FaultHTML, FaultPortal:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if fault == FaultHTML {
			w.WriteHeader(http.StatusInternalServerError)
		}
		_, _ = io.WriteString(w, page)
	case FaultTooMany:
		w.Header().Set("Retry-After", "86400")
		http.Error(w, "quota", http.StatusTooManyRequests)
	case FaultGarbage, FaultHuge:
		w.Header().Set("Content-Type", contentTypes[which])
		n := int64(700)
		if fault == FaultHuge {
			n = 64 << 20
		}
		_, _ = io.CopyN(w, rand.Reader, n)
	case FaultCutShort:
		rec := httptest.NewRecorder()
		serve(rec, r, FaultNone)
		w.Header().Set("Content-Type", contentTypes[which])
		_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
	default:
		serve(w, r, fault)
	}
}

func (s *Services) serveCA(w http.ResponseWriter, r *http.Request, _ Fault) {
	var c *x509.Certificate
	switch strings.TrimPrefix(r.URL.Path, PathCA) {
	case "root.crt":
		c = s.PKI.Root.Certificate
	case "intermediate.crt":
		c = s.PKI.Intermediate.Certificate
	default:
		http.NotFound(w, r)
		return
	}
	reply(w, ServiceCA, c.Raw)
}

func (s *Services) serveCRL(w http.ResponseWriter, r *http.Request, f Fault) {
	var issuer Identity
	switch strings.TrimPrefix(r.URL.Path, PathCRL) {
	case "root.crl":
		issuer = s.PKI.Root
	case "intermediate.crl":
		issuer = s.PKI.Intermediate
	default:
		http.NotFound(w, r)
		return
	}
	thisUpdate := s.now().Add(-time.Hour)
	if f == FaultStale {
		thisUpdate = thisUpdate.Add(-30 * 24 * time.Hour)
	}
	der, err := s.PKI.CRL(issuer, thisUpdate, thisUpdate.Add(7*24*time.Hour))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(w, ServiceCRL, der)
}

// CRL makes the list of issuer, which is the root or the intermediate.
func (p *PKI) CRL(issuer Identity, thisUpdate, nextUpdate time.Time) ([]byte, error) {
	list := &x509.RevocationList{Number: big.NewInt(thisUpdate.Unix()), ThisUpdate: thisUpdate, NextUpdate: nextUpdate}
	if issuer.Certificate.Equal(p.Intermediate.Certificate) {
		p.mu.Lock()
		for serial, r := range p.revoked {
			n, ok := new(big.Int).SetString(serial, 10)
			if !ok {
				continue
			}
			list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
				x509.RevocationListEntry{SerialNumber: n, RevocationTime: r.At, ReasonCode: r.Reason})
		}
		p.mu.Unlock()
	}
	return x509.CreateRevocationList(rand.Reader, list, issuer.Certificate, issuer.Key)
}

func (s *Services) serveOCSP(w http.ResponseWriter, r *http.Request, f Fault) {
	body, err := ocspRequest(r)
	if err != nil {
		reply(w, ServiceOCSP, ocsp.MalformedRequestErrorResponse)
		return
	}
	req, err := ocsp.ParseRequest(body)
	if err != nil {
		reply(w, ServiceOCSP, ocsp.MalformedRequestErrorResponse)
		return
	}
	if f == FaultTryLater {
		reply(w, ServiceOCSP, ocsp.TryLaterErrorResponse)
		return
	}
	der, err := s.ocspAnswer(req, f)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if f == FaultBadSignature {
		der = flipSignature(der, s.PKI.OCSP.Certificate)
	}
	reply(w, ServiceOCSP, der)
}

// flipSignature damages the signature value, which lies right before the
// embedded responder certificate.
func flipSignature(der []byte, embedded *x509.Certificate) []byte {
	if at := strings.Index(string(der), string(embedded.Raw)); at > 20 {
		der[at-20] ^= 0xff
	}
	return der
}

func ocspRequest(r *http.Request) ([]byte, error) {
	if r.Method == http.MethodPost {
		return io.ReadAll(io.LimitReader(r.Body, 64<<10))
	}
	// RFC 6960, appendix A.1: GET {url}/{url-encoding of base-64 encoding of the DER}.
	text, err := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), PathOCSP+"/"))
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(text)
}

func (s *Services) ocspAnswer(req *ocsp.Request, f Fault) ([]byte, error) {
	now := s.now().Truncate(time.Minute)
	t := ocsp.Response{
		Status: ocsp.Unknown, SerialNumber: req.SerialNumber, IssuerHash: req.HashAlgorithm,
		ThisUpdate: now.Add(-time.Minute), NextUpdate: now.Add(24 * time.Hour),
	}
	issuer, responder := s.PKI.Intermediate, s.PKI.OCSP
	if matches(req, s.PKI.Root.Certificate) {
		issuer, responder = s.PKI.Root, s.PKI.Root
		t.Status = ocsp.Good
	} else if matches(req, s.PKI.Intermediate.Certificate) {
		t.Status = ocsp.Good
		if r, ok := s.PKI.revocation(req.SerialNumber); ok {
			t.Status, t.RevokedAt, t.RevocationReason = ocsp.Revoked, r.At, r.Reason
		}
	} else {
		return ocsp.UnauthorizedErrorResponse, nil
	}
	switch f { //nolint:exhaustive // the other faults are not about the answer
	case FaultUnknown:
		t.Status = ocsp.Unknown
	case FaultStale:
		t.ThisUpdate, t.NextUpdate = now.Add(-72*time.Hour), now.Add(-48*time.Hour)
	case FaultWrongSerial:
		t.SerialNumber = new(big.Int).Add(req.SerialNumber, big.NewInt(1))
	case FaultWrongSigner:
		responder = s.PKI.Agency
	}
	if !responder.Certificate.Equal(issuer.Certificate) {
		t.Certificate = responder.Certificate
	}
	return ocsp.CreateResponse(issuer.Certificate, responder.Certificate, t, responder.Key)
}

// matches tells whether a request asks about certificates of issuer.
func matches(req *ocsp.Request, issuer *x509.Certificate) bool {
	if !req.HashAlgorithm.Available() {
		return false
	}
	probe, err := ocsp.CreateRequest(&x509.Certificate{SerialNumber: req.SerialNumber}, issuer,
		&ocsp.RequestOptions{Hash: req.HashAlgorithm})
	if err != nil {
		return false
	}
	want, err := ocsp.ParseRequest(probe)
	return err == nil && string(want.IssuerKeyHash) == string(req.IssuerKeyHash) &&
		string(want.IssuerNameHash) == string(req.IssuerNameHash)
}

func reply(w http.ResponseWriter, which Service, body []byte) {
	w.Header().Set("Content-Type", contentTypes[which])
	w.Header().Set("Content-Length", fmt.Sprint(len(body)))
	_, _ = w.Write(body)
}

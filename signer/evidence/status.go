// Package evidence asks the services of a certificate's issuer whether it was
// revoked: OCSP (RFC 6960) first, then the CRL (RFC 5280, 5). Source.Status
// tells, Source.Collect gathers the proofs for a document (B-LT).
//
// Certificates come from documents, so whoever wrote the document chooses the
// addresses: only HTTP is spoken, answers and waiting are bounded, and an
// answer counts only when the issuer, or whom it delegated to, signed it for
// this certificate and this time.
package evidence

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/crypto/ocsp"

	"trinhky/signer/verify"
)

// Limits of one answer, and of the addresses of one certificate that are tried.
const (
	maxOCSP      = 256 << 10
	maxCRL       = 32 << 20
	maxAddresses = 3
	skew         = 5 * time.Minute
	// maxAge is how old an answer may be that names no next update.
	maxAge = 24 * time.Hour
)

// ErrNoService: the certificate names no service that can be asked.
var ErrNoService = errors.New("the certificate names no OCSP responder and no CRL")

// Config says how to ask. The zero value works.
type Config struct {
	Timeout   time.Duration     // of one request; 0: 8 s
	Transport http.RoundTripper // nil: the proxies of the environment
	Now       func() time.Time  // nil: time.Now
	// Known are certificates of issuers, beside those at hand (Collect).
	Known []*x509.Certificate
	// MaxCRL is the largest list that Collect embeds; 0: 4 MB. Status reads
	// larger ones.
	MaxCRL int
}

// Source asks, and keeps the answers for as long as they are valid. It is safe
// for concurrent use.
type Source struct {
	c    Config
	http *http.Client

	mu       sync.Mutex
	crls     map[string]*x509.RevocationList // by address
	answered map[[32]byte]*ocsp.Response     // by the certificate; see collect.go
	issuers  map[[32]byte]found              // by the certificate; see collect.go
}

var _ verify.StatusSource = (*Source)(nil)

// New makes a Source. It contacts nobody.
func New(c Config) *Source {
	if c.Timeout <= 0 {
		c.Timeout = 8 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Source{
		c: c, http: &http.Client{Transport: c.Transport, Timeout: c.Timeout}, crls: map[string]*x509.RevocationList{},
		answered: map[[32]byte]*ocsp.Response{}, issuers: map[[32]byte]found{},
	}
}

// Status tells whether cert was revoked at the time at, and since when. An
// error means that nobody gave an answer that counts.
func (s *Source) Status(ctx context.Context, cert, issuer *x509.Certificate, at time.Time) (verify.Revocation, time.Time, error) {
	var failures []error
	for _, ask := range []func(context.Context, *x509.Certificate, *x509.Certificate) (answer, error){s.ocsp, s.crl} {
		a, err := ask(ctx, cert, issuer)
		if ctx.Err() != nil {
			return verify.RevocationUnknown, time.Time{}, ctx.Err()
		}
		if err == nil {
			return a.at(at)
		}
		failures = append(failures, err)
	}
	return verify.RevocationUnknown, time.Time{}, errors.Join(failures...)
}

// answer is what a service said.
type answer struct {
	revoked bool
	since   time.Time
}

// at is the answer for a time: before its revocation a certificate was good.
func (a answer) at(when time.Time) (verify.Revocation, time.Time, error) {
	if a.revoked && !when.Before(a.since) {
		return verify.RevocationRevoked, a.since, nil
	}
	return verify.RevocationGood, time.Time{}, nil
}

// ocsp asks the responders whether cert was revoked.
func (s *Source) ocsp(ctx context.Context, cert, issuer *x509.Certificate) (answer, error) {
	r, err := s.respond(ctx, cert, issuer)
	if err != nil {
		return answer{}, err
	}
	return answer{revoked: r.Status == ocsp.Revoked, since: r.RevokedAt}, nil
}

// respond asks the responders in their order.
func (s *Source) respond(ctx context.Context, cert, issuer *x509.Certificate) (*ocsp.Response, error) {
	query, err := ocsp.CreateRequest(cert, issuer, &ocsp.RequestOptions{Hash: crypto.SHA1}) // what every responder knows
	if err != nil {
		return nil, fmt.Errorf("OCSP request: %w", err)
	}
	failures := []error{ErrNoService}
	for _, address := range first(cert.OCSPServer) {
		r, err := s.askOCSP(ctx, address, query, cert, issuer)
		if err != nil {
			failures = append(failures, fmt.Errorf("OCSP %s: %w", address, err))
			continue
		}
		return r, nil
	}
	return nil, errors.Join(failures...)
}

func (s *Source) askOCSP(ctx context.Context, address string, query []byte, cert, issuer *x509.Certificate) (*ocsp.Response, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(query))
	if err != nil {
		return nil, err
	}
	q.Header.Set("Content-Type", "application/ocsp-request")
	der, err := s.fetch(q, maxOCSP)
	if err != nil {
		return nil, err
	}
	r, err := ocsp.ParseResponseForCert(der, cert, issuer)
	if err != nil {
		return nil, err
	}
	if c := r.Certificate; c != nil && !c.Equal(issuer) && !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning) {
		return nil, errors.New("signed by a certificate that may not answer")
	}
	if r.Status == ocsp.Unknown {
		return nil, errors.New("the responder does not know the certificate")
	}
	return r, s.current(r.ThisUpdate, r.NextUpdate)
}

// current says whether an answer of that period counts now.
func (s *Source) current(this, next time.Time) error {
	now := s.c.Now()
	switch {
	case this.After(now.Add(skew)):
		return fmt.Errorf("an answer of the future (%s)", this)
	case next.IsZero() && now.Sub(this) > maxAge, !next.IsZero() && now.After(next.Add(skew)):
		return fmt.Errorf("an answer of the past (%s)", this)
	}
	return nil
}

// crl looks cert up in the lists of its issuer.
func (s *Source) crl(ctx context.Context, cert, issuer *x509.Certificate) (answer, error) {
	list, err := s.listOf(ctx, cert, issuer)
	if err != nil {
		return answer{}, err
	}
	for _, e := range list.RevokedCertificateEntries {
		if e.SerialNumber.Cmp(cert.SerialNumber) == 0 {
			return answer{revoked: true, since: e.RevocationTime}, nil
		}
	}
	return answer{}, nil
}

// listOf reads the first list that can be had.
func (s *Source) listOf(ctx context.Context, cert, issuer *x509.Certificate) (*x509.RevocationList, error) {
	failures := []error{ErrNoService}
	for _, address := range first(cert.CRLDistributionPoints) {
		list, err := s.list(ctx, address, issuer)
		if err == nil {
			err = covers(list, cert)
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("CRL %s: %w", address, err))
			continue
		}
		return list, nil
	}
	return nil, errors.Join(failures...)
}

func (s *Source) list(ctx context.Context, address string, issuer *x509.Certificate) (*x509.RevocationList, error) {
	s.mu.Lock()
	kept := s.crls[address]
	s.mu.Unlock()
	if kept != nil && s.current(kept.ThisUpdate, kept.NextUpdate) == nil && kept.CheckSignatureFrom(issuer) == nil {
		return kept, nil
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	der, err := s.fetch(q, maxCRL)
	if err != nil {
		return nil, err
	}
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, err
	}
	if err := list.CheckSignatureFrom(issuer); err != nil {
		return nil, err
	}
	if err := s.current(list.ThisUpdate, list.NextUpdate); err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.crls[address] = list
	s.mu.Unlock()
	return list, nil
}

// fetch does a request and returns the bounded body of a 200.
func (s *Source) fetch(q *http.Request, limit int64) ([]byte, error) {
	r, err := s.http.Do(q)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Body.Close() }()
	if r.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP %s", r.Status)
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("larger than %d bytes", limit)
	}
	return data, nil
}

// first are the addresses that may be asked, not too many of them.
func first(addresses []string) []string {
	var out []string
	for _, a := range addresses {
		u, err := url.Parse(a)
		if err == nil && (u.Scheme == "http" || u.Scheme == "https") && len(out) < maxAddresses {
			out = append(out, a)
		}
	}
	return out
}

package evidence

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"

	"trinhky/signer"
)

// Limits of what is collected for one document.
const (
	defaultMaxCRL   = 4 << 20
	maxCertificates = 64
	maxIssuer       = 64 << 10 // bytes of a certificate fetched by AIA
)

var (
	_ signer.EvidenceSource = (*Source)(nil)
	_ signer.IssuerSource   = (*Source)(nil)
)

// oidNoCheck is id-pkix-ocsp-nocheck (RFC 6960, 4.2.2.2.1): the responder's
// certificate needs no proof of its own.
var oidNoCheck = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}

// Collect gathers what proves that the certificates of the chains are good:
// for each one but the root an OCSP answer, else a CRL, and the same for the
// certificates of the responders. Answers are used again, for as long as they
// are valid, by all documents of a batch.
//
// A certificate that is revoked is a *signer.CertificateError.
func (s *Source) Collect(ctx context.Context, chains [][]*x509.Certificate) (signer.Evidence, error) {
	c := &collection{s: s, ctx: ctx, seen: map[[32]byte]bool{}}
	for _, chain := range chains {
		if err := c.chain(chain); err != nil {
			if ctx.Err() != nil {
				return signer.Evidence{}, ctx.Err()
			}
			return signer.Evidence{}, err
		}
	}
	return c.out, nil
}

// collection is what one Collect has gathered.
type collection struct {
	s    *Source
	ctx  context.Context // of the one call
	out  signer.Evidence
	seen map[[32]byte]bool // certificates
}

// chain proves every certificate of a path, whose missing end is completed.
func (c *collection) chain(chain []*x509.Certificate) error {
	for i := 0; ; i++ {
		if i >= maxCertificates {
			return errors.New("the chain does not end")
		}
		cert := chain[i]
		if cert.CheckSignatureFrom(cert) == nil {
			c.add(cert) // a root proves itself to whoever trusts it
			return nil
		}
		if i+1 == len(chain) {
			issuer, err := c.s.issuer(c.ctx, cert)
			if err != nil {
				return err
			}
			chain = append(slices.Clip(chain), issuer)
		}
		if err := c.prove(cert, chain[i+1]); err != nil {
			return err
		}
	}
}

// add keeps a certificate; it says whether it is a new one.
func (c *collection) add(cert *x509.Certificate) bool {
	sum := sha256.Sum256(cert.Raw)
	if c.seen[sum] {
		return false
	}
	c.seen[sum] = true
	c.out.Certificates = append(c.out.Certificates, cert)
	return true
}

// prove finds the proof for one certificate.
func (c *collection) prove(cert, issuer *x509.Certificate) error {
	if !c.add(cert) {
		return nil
	}
	if len(c.seen) > maxCertificates {
		return errors.New("too many certificates")
	}
	r, ocspErr := c.s.cached(c.ctx, cert, issuer)
	if ocspErr == nil {
		if r.Status == ocsp.Revoked {
			return revoked(cert)
		}
		if !slices.ContainsFunc(c.out.OCSPs, func(o []byte) bool { return bytes.Equal(o, r.Raw) }) {
			c.out.OCSPs = append(c.out.OCSPs, r.Raw)
		}
		return c.responder(r, issuer)
	}
	list, err := c.s.listOf(c.ctx, cert, issuer)
	if err != nil {
		return fmt.Errorf("no proof for %q: %w", cert.Subject.CommonName, errors.Join(ocspErr, err))
	}
	if slices.ContainsFunc(list.RevokedCertificateEntries, func(e x509.RevocationListEntry) bool {
		return e.SerialNumber.Cmp(cert.SerialNumber) == 0
	}) {
		return revoked(cert)
	}
	limit := c.s.c.MaxCRL
	if limit == 0 {
		limit = defaultMaxCRL
	}
	if len(list.Raw) > limit {
		return fmt.Errorf("the CRL for %q has %d bytes", cert.Subject.CommonName, len(list.Raw))
	}
	if !slices.ContainsFunc(c.out.CRLs, func(o []byte) bool { return bytes.Equal(o, list.Raw) }) {
		c.out.CRLs = append(c.out.CRLs, list.Raw)
	}
	return nil
}

func revoked(cert *x509.Certificate) error {
	return &signer.CertificateError{Fault: signer.CertificateRevoked, Subject: cert.Subject.CommonName}
}

// responder keeps the certificate of a delegated responder, with its own proof
// unless it says that it needs none.
func (c *collection) responder(r *ocsp.Response, issuer *x509.Certificate) error {
	d := r.Certificate
	if d == nil || d.Equal(issuer) {
		return nil
	}
	if slices.ContainsFunc(d.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidNoCheck) }) {
		c.add(d)
		return nil
	}
	return c.prove(d, issuer)
}

// cached asks the responder, or gives an answer that still counts.
func (s *Source) cached(ctx context.Context, cert, issuer *x509.Certificate) (*ocsp.Response, error) {
	key := sha256.Sum256(cert.Raw)
	s.mu.Lock()
	kept := s.answered[key]
	s.mu.Unlock()
	if kept != nil && s.current(kept.ThisUpdate, kept.NextUpdate) == nil {
		return kept, nil
	}
	r, err := s.respond(ctx, cert, issuer)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.answered[key] = r
	s.mu.Unlock()
	return r, nil
}

// issuer finds who issued cert: among the known, else at the addresses of the
// certificate (caIssuers, RFC 5280, 4.2.2.1).
func (s *Source) issuer(ctx context.Context, cert *x509.Certificate) (*x509.Certificate, error) {
	if k := issuerAmong(cert, s.c.Known); k != nil {
		return k, nil
	}
	failures := []error{fmt.Errorf("the issuer of %q is not at hand", cert.Subject.CommonName)}
	for _, address := range first(cert.IssuingCertificateURL) {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		der, err := s.fetch(q, maxIssuer)
		if err != nil {
			failures = append(failures, fmt.Errorf("issuer %s: %w", address, err))
			continue
		}
		issuer, err := x509.ParseCertificate(der)
		if err == nil {
			err = cert.CheckSignatureFrom(issuer)
		}
		if err == nil {
			return issuer, nil
		}
		failures = append(failures, fmt.Errorf("issuer %s: %w", address, err))
	}
	return nil, errors.Join(failures...)
}

// Complete lengthens a path by the issuers that lie beside it, are known or can
// be fetched, up to a self-signed certificate. It returns as far as it came, with
// the reason why it stopped early: a signature embeds what there is. Where an
// issuer could not be fetched, nobody is asked again for a while: a batch does
// not wait for a dead server at every document.
func (s *Source) Complete(ctx context.Context, path []*x509.Certificate, beside ...*x509.Certificate) ([]*x509.Certificate, error) {
	path = slices.Clone(path)
	for len(path) > 0 && len(path) < maxCertificates {
		last := path[len(path)-1]
		if last.CheckSignatureFrom(last) == nil {
			return path, nil
		}
		next := issuerAmong(last, beside)
		if next == nil {
			var err error
			if next, err = s.remembered(ctx, last); err != nil {
				return path, err
			}
		}
		path = append(path, next)
	}
	return path, nil
}

// issuerAmong finds who issued cert among certificates; nil where nobody did.
func issuerAmong(cert *x509.Certificate, among []*x509.Certificate) *x509.Certificate {
	for _, k := range among {
		if bytes.Equal(k.RawSubject, cert.RawIssuer) && cert.CheckSignatureFrom(k) == nil {
			return k
		}
	}
	return nil
}

// found is what a search for an issuer came to.
type found struct {
	issuer *x509.Certificate
	err    error
	until  time.Time // of err
}

// remembered is issuer, asked once: an issuer stays who it is, a failure counts
// for a minute.
func (s *Source) remembered(ctx context.Context, cert *x509.Certificate) (*x509.Certificate, error) {
	key := sha256.Sum256(cert.Raw)
	s.mu.Lock()
	f, ok := s.issuers[key]
	s.mu.Unlock()
	if ok && (f.err == nil || s.c.Now().Before(f.until)) {
		return f.issuer, f.err
	}
	f.issuer, f.err = s.issuer(ctx, cert)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	f.until = s.c.Now().Add(time.Minute)
	s.mu.Lock()
	s.issuers[key] = f
	s.mu.Unlock()
	return f.issuer, f.err
}

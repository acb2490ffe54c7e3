package verify

import (
	"bytes"
	"crypto/x509"
	"slices"
	"time"
)

// chained is where a certificate leads at a certain time.
type chained struct {
	state ChainState
	path  []*x509.Certificate // from the certificate to the anchor; as far as known
	weak  bool                // a certificate of the path is signed with SHA-1
}

// chain builds the way from cert to an anchor and says how it stands at the
// given time.
func (x *examination) chain(cert *x509.Certificate, at time.Time, usage x509.ExtKeyUsage) chained {
	roots := x.options.Roots
	if roots == nil {
		roots = x509.NewCertPool() // nil would mean the system's
	}
	b := &pathBuilder{roots: roots, known: x.known.certificates, pool: x.known.pool(), usage: usage}
	if path, weak := b.build(cert, at); path != nil {
		return chained{ChainTrusted, path, weak}
	}
	for _, t := range []time.Time{cert.NotAfter.Add(-time.Second), cert.NotBefore.Add(time.Second)} {
		if path, weak := b.build(cert, t); path != nil {
			if at.Before(cert.NotBefore) {
				return chained{ChainNotYetValid, path, weak}
			}
			return chained{ChainExpired, path, weak}
		}
	}
	path := climb(cert, x.known.certificates)
	if top := path[len(path)-1]; bytes.Equal(top.RawIssuer, top.RawSubject) {
		return chained{ChainUntrusted, path, false}
	}
	return chained{ChainIncomplete, path, false}
}

// pool is the known certificates as crypto/x509 wants them.
func (m *material) pool() *x509.CertPool {
	if m.known == nil {
		m.known = x509.NewCertPool()
		for _, c := range m.certificates {
			m.known.AddCert(c)
		}
	}
	return m.known
}

// pathBuilder finds certification paths (RFC 5280, 6.1). crypto/x509 refuses
// signatures with SHA-1, which old but honest documents have: where it finds no
// path, one is built here, and reported as weak.
type pathBuilder struct {
	roots *x509.CertPool
	pool  *x509.CertPool
	known []*x509.Certificate
	usage x509.ExtKeyUsage
	steps int
}

// build returns a path from cert to an anchor, nil where there is none.
func (b *pathBuilder) build(cert *x509.Certificate, at time.Time) (path []*x509.Certificate, weak bool) {
	chains, err := cert.Verify(x509.VerifyOptions{
		Roots: b.roots, Intermediates: b.pool, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{b.usage},
	})
	if err == nil {
		return chains[0], false
	}
	if b.usage != x509.ExtKeyUsageAny && !slices.Contains(cert.ExtKeyUsage, b.usage) {
		return nil, false
	}
	b.steps = 0
	return b.climb([]*x509.Certificate{cert}, at), true
}

// maxPathSteps bounds the search: hostile documents embed loops of authorities.
const (
	maxPathSteps  = 256
	maxPathLength = 10
)

// climb lengthens the path until its end is an anchor.
func (b *pathBuilder) climb(path []*x509.Certificate, at time.Time) []*x509.Certificate {
	top := path[len(path)-1]
	if b.steps++; b.steps > maxPathSteps || at.Before(top.NotBefore) || at.After(top.NotAfter) || len(top.UnhandledCriticalExtensions) > 0 {
		return nil
	}
	if b.anchor(top) {
		return path
	}
	if len(path) >= maxPathLength {
		return nil
	}
	for _, c := range b.known {
		if !bytes.Equal(c.RawSubject, top.RawIssuer) || slices.ContainsFunc(path, c.Equal) || !mayIssue(c, len(path)-1) {
			continue
		}
		if c.CheckSignature(top.SignatureAlgorithm, top.RawTBSCertificate, top.Signature) != nil {
			continue
		}
		if found := b.climb(append(slices.Clone(path), c), at); found != nil {
			return found
		}
	}
	return nil
}

// anchor says whether c itself is trusted.
func (b *pathBuilder) anchor(c *x509.Certificate) bool {
	chains, err := c.Verify(x509.VerifyOptions{
		Roots: b.roots, CurrentTime: c.NotBefore.Add(time.Second), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err == nil && slices.ContainsFunc(chains, func(chain []*x509.Certificate) bool { return len(chain) == 1 })
}

// mayIssue says whether an authority may issue certificates with below
// authorities under it. Name constraints are left to crypto/x509.
func mayIssue(c *x509.Certificate, below int) bool {
	constrained := len(c.PermittedDNSDomains)+len(c.ExcludedDNSDomains)+len(c.PermittedEmailAddresses)+len(c.ExcludedEmailAddresses)+
		len(c.PermittedIPRanges)+len(c.ExcludedIPRanges)+len(c.PermittedURIDomains)+len(c.ExcludedURIDomains) > 0
	switch {
	case constrained, !c.BasicConstraintsValid || !c.IsCA,
		c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0,
		(c.MaxPathLen > 0 || c.MaxPathLenZero) && below > c.MaxPathLen:
		return false
	}
	return true
}

// climb follows the issuers as far as they are known.
func climb(cert *x509.Certificate, known []*x509.Certificate) []*x509.Certificate {
	path := []*x509.Certificate{cert}
	for len(path) < maxPathLength {
		top := path[len(path)-1]
		if bytes.Equal(top.RawIssuer, top.RawSubject) {
			return path
		}
		next := issuerOf(top, known)
		if next == nil {
			return path
		}
		path = append(path, next)
	}
	return path
}

func issuerOf(cert *x509.Certificate, known []*x509.Certificate) *x509.Certificate {
	for _, c := range known {
		if bytes.Equal(c.RawSubject, cert.RawIssuer) && c.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature) == nil {
			return c
		}
	}
	return nil
}

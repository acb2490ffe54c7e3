package verify

import (
	"bytes"
	"crypto/x509"
	"time"
)

// chained is where a certificate leads at a certain time.
type chained struct {
	state ChainState
	path  []*x509.Certificate // from the certificate to the anchor; as far as known
}

// chain builds the way from cert to an anchor and says how it stands at the
// given time.
func (x *examination) chain(cert *x509.Certificate, at time.Time, usage x509.ExtKeyUsage) chained {
	roots := x.options.Roots
	if roots == nil {
		roots = x509.NewCertPool() // nil would mean the system's
	}
	pool := x509.NewCertPool()
	for _, c := range x.known.certificates {
		pool.AddCert(c)
	}
	try := func(t time.Time) ([]*x509.Certificate, bool) {
		chains, err := cert.Verify(x509.VerifyOptions{
			Roots: roots, Intermediates: pool, CurrentTime: t, KeyUsages: []x509.ExtKeyUsage{usage},
		})
		if err != nil {
			return nil, false
		}
		return chains[0], true
	}
	if path, ok := try(at); ok {
		return chained{ChainTrusted, path}
	}
	for _, t := range []time.Time{cert.NotAfter.Add(-time.Second), cert.NotBefore.Add(time.Second)} {
		if path, ok := try(t); ok {
			if at.Before(cert.NotBefore) {
				return chained{ChainNotYetValid, path}
			}
			return chained{ChainExpired, path}
		}
	}
	path := climb(cert, x.known.certificates)
	if top := path[len(path)-1]; bytes.Equal(top.RawIssuer, top.RawSubject) {
		return chained{ChainUntrusted, path}
	}
	return chained{ChainIncomplete, path}
}

// climb follows the issuers as far as they are known.
func climb(cert *x509.Certificate, known []*x509.Certificate) []*x509.Certificate {
	path := []*x509.Certificate{cert}
	for len(path) < 10 {
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
		if bytes.Equal(c.RawSubject, cert.RawIssuer) && cert.CheckSignatureFrom(c) == nil {
			return c
		}
	}
	return nil
}

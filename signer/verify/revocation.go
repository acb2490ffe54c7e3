package verify

import (
	"crypto/x509"
	"slices"
	"time"

	"golang.org/x/crypto/ocsp"
)

// standing is what is known of one certificate's revocation.
type standing struct {
	state Revocation
	at    time.Time // of the revocation
	dss   bool      // settled from the DSS alone
}

// clockSkew is how far clocks may differ.
const clockSkew = 5 * time.Minute

// status settles whether cert was revoked, from the file first, then from
// ask (nil: nobody). at is the proven time of the signature, or the time of
// checking where nothing proves one.
func (x *examination) status(cert, issuer *x509.Certificate, at time.Time, ask StatusSource) standing {
	if issuer == nil {
		return standing{state: RevocationUnknown}
	}
	best := standing{state: RevocationUnchecked}
	for _, s := range append(x.fromOCSP(cert, issuer, at), x.fromCRL(cert, issuer, at)...) {
		switch {
		case s.state == RevocationRevoked:
			return s
		case s.state == RevocationGood && (best.state != RevocationGood || s.dss):
			best = s
		}
	}
	if best.state == RevocationGood || ask == nil {
		return best
	}
	state, when, err := ask.Status(x.ctx, cert, issuer, at)
	if err != nil || state == RevocationUnchecked {
		state = RevocationUnknown
	}
	return standing{state: state, at: when}
}

// fromOCSP reads the OCSP answers of the file that are about cert and count at
// that time: made after it, or valid at it.
func (x *examination) fromOCSP(cert, issuer *x509.Certificate, at time.Time) []standing {
	var out []standing
	for i, p := range x.known.ocsps {
		if i >= maxProofs {
			break
		}
		r, err := ocsp.ParseResponseForCert(p.der, cert, issuer)
		if err != nil || !mayAnswer(r, issuer) || !covers(r.ThisUpdate, r.NextUpdate, at) {
			continue
		}
		switch r.Status {
		case ocsp.Good:
			out = append(out, standing{RevocationGood, time.Time{}, p.dss})
		case ocsp.Revoked:
			out = append(out, standing{RevocationRevoked, r.RevokedAt, p.dss})
		}
	}
	return out
}

// mayAnswer: the answer is signed by the issuer itself or by whom it
// delegated to (RFC 6960, 4.2.2.2).
func mayAnswer(r *ocsp.Response, issuer *x509.Certificate) bool {
	c := r.Certificate
	return c == nil || c.Equal(issuer) || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning)
}

// covers says whether status information of that period answers for the time at.
func covers(this, next, at time.Time) bool {
	if !this.Before(at) {
		return true
	}
	return !next.IsZero() && at.Before(next.Add(clockSkew))
}

func (x *examination) fromCRL(cert, issuer *x509.Certificate, at time.Time) []standing {
	var out []standing
	for i, p := range x.known.crls {
		if i >= maxProofs {
			break
		}
		l := x.known.crl(p.der)
		if l == nil || l.CheckSignatureFrom(issuer) != nil || !covers(l.ThisUpdate, l.NextUpdate, at) {
			continue
		}
		s := standing{RevocationGood, time.Time{}, p.dss}
		for _, e := range l.RevokedCertificateEntries {
			if e.SerialNumber.Cmp(cert.SerialNumber) == 0 {
				s = standing{RevocationRevoked, e.RevocationTime, p.dss}
			}
		}
		out = append(out, s)
	}
	return out
}

// crl parses a CRL once; nil where it is none.
func (m *material) crl(der []byte) *x509.RevocationList {
	key := string(der)
	if l, ok := m.parsedCRLs[key]; ok {
		return l
	}
	l, err := x509.ParseRevocationList(der)
	if err != nil {
		l = nil
	}
	m.parsedCRLs[key] = l
	return l
}

// pathStatus settles the leaf of a path; a revoked authority revokes it too.
func (x *examination) pathStatus(path []*x509.Certificate, at time.Time, ask StatusSource) standing {
	if len(path) < 2 {
		return standing{state: RevocationUnknown}
	}
	leaf := x.status(path[0], path[1], at, ask)
	for i := 1; i+1 < len(path); i++ {
		s := x.status(path[i], path[i+1], at, ask)
		if s.state == RevocationRevoked && leaf.state != RevocationRevoked {
			leaf = s
		}
		leaf.dss = leaf.dss && s.dss
	}
	return leaf
}

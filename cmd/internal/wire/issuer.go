package wire

import (
	"bytes"
	"crypto/x509"
	"slices"

	"trinhky/signer"
)

// issuerOf finds the certificate that issued c, beside it or in the trust
// folder; nil where there is none.
func issuerOf(c signer.Certificate, g *Graph) *x509.Certificate {
	_, known, err := g.Trust()
	if err != nil {
		return nil
	}
	g.mu.Lock()
	var all []*x509.Certificate
	if g.anchor != nil {
		all = g.anchor.all
	}
	g.mu.Unlock()
	for _, candidate := range slices.Concat(c.Chain, known, all) {
		if bytes.Equal(candidate.RawSubject, c.X509.RawIssuer) && c.X509.CheckSignatureFrom(candidate) == nil {
			return candidate
		}
	}
	return nil
}

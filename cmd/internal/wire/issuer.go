package wire

import (
	"bytes"
	"context"
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

// withIssuers is c with the issuers that do not lie beside it, as far as they are
// known or can be fetched: many tokens hold the person's certificate alone, and
// without its issuer nobody can be asked whether it is revoked.
func (g *Graph) withIssuers(ctx context.Context, c signer.Certificate) signer.Certificate {
	path, err := g.evidence().Complete(ctx, []*x509.Certificate{c.X509}, c.Chain...)
	if err != nil {
		g.Log.Debug("issuers", "error", err)
	}
	c.Chain = slices.Clone(c.Chain)
	for _, i := range path[1:] {
		if !slices.ContainsFunc(c.Chain, i.Equal) {
			c.Chain = append(c.Chain, i)
		}
	}
	return c
}

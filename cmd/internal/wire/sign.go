package wire

import (
	"context"
	"errors"
	"time"

	"trinhky/app/review"
	"trinhky/signer"
	"trinhky/signer/verify"
)

// Signer signs; signer.Pipeline satisfies it.
type Signer interface {
	Sign(ctx context.Context, r signer.Request, k signer.Key, on func(signer.Stage)) (signer.Signed, error)
}

// Pipeline makes signatures with the time-stamping servers of tsa, tried in
// their order.
func (g *Graph) Pipeline(tsa []string) (Signer, error) {
	return &signer.Pipeline{}, nil
}

// Tokens finds tokens over the modules named, or with none over those of the
// settings and those that are installed. Modules run in a helper process.
func (g *Graph) Tokens(modules []string) (signer.TokenSource, error) {
	return nil, errors.New("not built yet")
}

// Status asks OCSP responders and CRLs whether a certificate is revoked.
func (g *Graph) Status() verify.StatusSource { return nil }

// MaySign refuses a certificate that may not sign (exit code 13). A revoked
// one is refused; a status that cannot be fetched is a warning.
func (g *Graph) MaySign(ctx context.Context, c signer.Certificate) ([]verify.Finding, error) {
	if err := MaySign(c.X509, time.Now()); err != nil {
		return nil, err
	}
	source := g.Status()
	if source == nil {
		return nil, nil
	}
	unknown := []verify.Finding{{Code: review.RevocationAbsent, Severity: verify.Warning}}
	issuer := issuerOf(c, g)
	if issuer == nil {
		return unknown, nil
	}
	state, _, err := source.Status(ctx, c.X509, issuer, time.Now())
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil && state == verify.RevocationRevoked:
		return nil, &signer.CertificateError{Fault: signer.CertificateRevoked, Subject: c.X509.Subject.CommonName}
	case err == nil && state == verify.RevocationGood:
		return nil, nil
	case err != nil:
		unknown[0].Detail = err.Error()
	}
	return unknown, nil
}

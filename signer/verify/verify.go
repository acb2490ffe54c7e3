package verify

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"trinhky/signer"
)

// Options say what verification may rely on.
type Options struct {
	Roots         *x509.CertPool      // trust anchors; nil: nothing is trusted
	Intermediates []*x509.Certificate // known issuing CAs, beside what the file embeds
	At            time.Time           // zero: now
	Password      signer.PIN          // opens an encrypted document
	// Status asks for the revocation state of a certificate; nil: offline.
	Status StatusSource
}

// StatusSource tells whether a certificate is revoked (OCSP, CRL).
type StatusSource interface {
	Status(ctx context.Context, cert, issuer *x509.Certificate, at time.Time) (Revocation, time.Time, error)
}

// File verifies the file at path. An error means that the file could not be
// examined at all (*signer.UnreadableError, signer.ErrPassword …).
func File(ctx context.Context, path string, o Options) (*Report, error) {
	return nil, errors.New("not built yet")
}

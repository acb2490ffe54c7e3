package wire

import (
	"context"
	"crypto/x509"
	"errors"
	"strings"
	"time"

	"trinhky/signer"
	"trinhky/signer/pkcs12"
	"trinhky/signer/wincert"
)

// Chosen is a key that was asked for, still locked.
type Chosen struct {
	// Certificate says who signs. X509 is nil before Unlock for a PKCS#12 file:
	// everything in it is encrypted.
	Certificate signer.Certificate
	// Token describes the token; its zero value means that there is none.
	Token signer.TokenInfo
	Name  string // what a person would call it
	// OwnDialog: without a PIN the key's provider asks for it by itself.
	OwnDialog bool
	unlock    func(ctx context.Context, pins PINs) (signer.Key, signer.Certificate, error)
}

// PINs are what a person typed. Signature is for tokens that have a separate
// PIN for signatures, else nil. Their owner wipes them.
type PINs struct{ Login, Signature signer.PIN }

// Unlock unlocks the key with one try. The caller keeps ownership of the PINs.
func (c Chosen) Unlock(ctx context.Context, pins PINs) (signer.Key, signer.Certificate, error) {
	return c.unlock(ctx, pins)
}

// AmbiguousError: several certificates can sign, and nobody chose.
type AmbiguousError struct{ Candidates []string }

func (e *AmbiguousError) Error() string {
	return "several certificates can sign: " + strings.Join(e.Candidates, ", ")
}

// Key finds the key of a URI, or with an empty one the only signing
// certificate of the only token. It never asks for a PIN.
func (g *Graph) Key(ctx context.Context, uri string) (Chosen, error) {
	var k KeyURI
	if uri != "" {
		var err error
		if k, err = ParseKeyURI(uri); err != nil {
			return Chosen{}, keyError(err)
		}
	}
	switch k.Scheme {
	case "pkcs12":
		return fileKey(k.File), nil
	case "wincert":
		return storeKey(ctx, k.File)
	}
	return g.tokenKey(ctx, k)
}

func fileKey(path string) Chosen {
	return Chosen{Name: path, unlock: func(ctx context.Context, pins PINs) (signer.Key, signer.Certificate, error) {
		key, err := pkcs12.Open(ctx, path, pins.Login)
		if err != nil {
			return nil, signer.Certificate{}, keyError(err)
		}
		return key, key.Certificate(), nil
	}}
}

// storeKey is a key of the Windows certificate store.
func storeKey(ctx context.Context, thumbprint string) (Chosen, error) {
	store := wincert.New()
	c, err := store.Find(ctx, thumbprint)
	if err != nil {
		return Chosen{}, keyError(err)
	}
	c.Unusable = keyError(c.Unusable)
	return Chosen{
		Certificate: c.Certificate, Name: c.Label, OwnDialog: true,
		unlock: func(ctx context.Context, pins PINs) (signer.Key, signer.Certificate, error) {
			key, err := store.Unlock(ctx, c, pins.Login)
			if err != nil {
				return nil, c.Certificate, keyError(err)
			}
			return withWords(key), c.Certificate, nil
		},
	}, nil
}

// tokenKey looks at every token that k speaks of.
func (g *Graph) tokenKey(ctx context.Context, k KeyURI) (Chosen, error) {
	var modules []string
	if k.Module != "" {
		modules = []string{k.Module}
	}
	source, err := g.Tokens(modules)
	if err != nil {
		return Chosen{}, err
	}
	slots, err := source.Slots(ctx)
	if len(slots) == 0 {
		return Chosen{}, errors.Join(signer.ErrNoToken, err)
	}
	var usable, other []Chosen
	var problem error
	for _, s := range slots {
		if !k.OnToken(s.Token) {
			continue
		}
		found, err := onToken(ctx, source, s, k)
		if err != nil {
			problem = err
			continue
		}
		for _, c := range found {
			if c.Certificate.X509 == nil || mayStand(c.Certificate) {
				usable = append(usable, c)
			} else {
				other = append(other, c)
			}
		}
	}
	return choose(usable, other, problem)
}

// onToken lists the certificates of one token that k speaks of.
func onToken(ctx context.Context, source signer.TokenSource, s signer.Slot, k KeyURI) ([]Chosen, error) {
	token, err := source.Open(s)
	if err != nil {
		return nil, err
	}
	certificates, err := token.Certificates(ctx)
	if err != nil {
		return nil, err
	}
	if len(certificates) == 0 && k.Scheme != "" {
		return hidden(s, token, k), nil
	}
	var out []Chosen
	for _, c := range certificates {
		if !k.Names(c) || c.X509 == nil {
			continue
		}
		out = append(out, Chosen{
			Certificate: c, Token: s.Token, Name: c.X509.Subject.CommonName + " = " + TokenURI(s, c),
			unlock: func(ctx context.Context, pins PINs) (signer.Key, signer.Certificate, error) {
				key, err := unlock(ctx, token, c, pins)
				return key, c, err
			},
		})
	}
	return out, nil
}

// hidden is the key of a token that was named and shows no certificate before
// the login: which one signs is known after the PIN.
func hidden(s signer.Slot, t signer.Token, k KeyURI) []Chosen {
	with, ok := t.(revealer)
	if !ok {
		return nil
	}
	return []Chosen{{Token: s.Token, Name: s.Token.Label, unlock: func(ctx context.Context, pins PINs) (signer.Key, signer.Certificate, error) {
		list, err := with.Reveal(ctx, pins.Login)
		if err != nil {
			return nil, signer.Certificate{}, err
		}
		var usable, other []Chosen
		for _, c := range list {
			switch {
			case c.X509 == nil || !k.Names(c):
			case mayStand(c):
				usable = append(usable, Chosen{Certificate: c, Name: c.X509.Subject.CommonName})
			default:
				other = append(other, Chosen{Certificate: c})
			}
		}
		one, err := choose(usable, other, nil)
		if err != nil {
			return nil, signer.Certificate{}, err
		}
		key, err := unlock(ctx, t, one.Certificate, pins)
		return key, one.Certificate, err
	}}}
}

func unlock(ctx context.Context, t signer.Token, c signer.Certificate, pins PINs) (signer.Key, error) {
	with, ok := t.(interface {
		UnlockWith(ctx context.Context, c signer.Certificate, pin, signature signer.PIN) (signer.Key, error)
	})
	if ok && len(pins.Signature) > 0 {
		return with.UnlockWith(ctx, c, pins.Login, pins.Signature)
	}
	return t.Unlock(ctx, c, pins.Login)
}

// mayStand says whether a certificate could sign at all: CA certificates and
// expired ones that lie on a token do not make the choice ambiguous.
func mayStand(c signer.Certificate) bool {
	return c.Unusable == nil && !c.X509.IsCA && time.Now().Before(c.X509.NotAfter)
}

// choose takes the only candidate; one that may not sign is taken where it is
// the only one, so that its own fault is told.
func choose(usable, other []Chosen, problem error) (Chosen, error) {
	var own []Chosen // without CA certificates
	for _, c := range other {
		if !c.Certificate.X509.IsCA {
			own = append(own, c)
		}
	}
	switch {
	case len(usable) == 1:
		return usable[0], nil
	case len(usable) > 1:
		e := &AmbiguousError{}
		for _, c := range usable {
			e.Candidates = append(e.Candidates, c.Name)
		}
		return Chosen{}, e
	case len(own) > 0:
		return own[0], nil
	case problem != nil:
		return Chosen{}, problem
	}
	return Chosen{}, signer.ErrNoToken
}

// MaySign says whether a certificate may sign at now: its validity and its key
// usage (exit code 13). A certificate without a key usage extension may.
func MaySign(c *x509.Certificate, now time.Time) error {
	name := c.Subject.CommonName
	switch {
	case now.After(c.NotAfter):
		return &signer.CertificateError{Fault: signer.CertificateExpired, Subject: name}
	case now.Before(c.NotBefore):
		return &signer.CertificateError{Fault: signer.CertificateNotYetValid, Subject: name}
	case c.KeyUsage != 0 && c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0:
		return &signer.CertificateError{Fault: signer.CertificateKeyUsage, Subject: name}
	}
	return nil
}

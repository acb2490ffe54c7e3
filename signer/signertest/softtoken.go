// Package signertest holds what tests of signing need: a software token
// (SoftToken), a suite that every kind of token passes (Suite), the token
// helper built from source (Helper), and in its folders a throw-away PKI,
// SoftHSM2 tokens, sample documents and independent validators.
package signertest

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"trinhky/signer"
	"trinhky/signer/signertest/pki"
)

// SoftToken is a token in memory: a signer.TokenSource with one slot, the
// token in it and its keys. It counts what reaches it and misbehaves on
// request. It is safe for concurrent use.
type SoftToken struct {
	label, serial string
	pin           string
	identities    []pki.Identity
	chain         []*x509.Certificate
	changed       chan struct{}

	mu         sync.Mutex
	removed    bool
	wrong      int // wrong PINs in a row
	logins     int
	signatures int
	open       *softKey
	delay      time.Duration
	fail       error
}

// tries is how many wrong PINs in a row lock a SoftToken.
const tries = 3

// NewSoftToken makes a token that holds the identities and the chain beside
// them.
func NewSoftToken(label, pin string, chain []*x509.Certificate, identities ...pki.Identity) *SoftToken {
	return &SoftToken{
		label: label, serial: "SOFT0001", pin: pin, identities: identities, chain: chain,
		changed: make(chan struct{}, 1),
	}
}

// Logins counts the PINs that were presented.
func (t *SoftToken) Logins() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.logins
}

// Signatures counts the signatures made.
func (t *SoftToken) Signatures() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.signatures
}

// SetDelay makes every signature take some time.
func (t *SoftToken) SetDelay(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.delay = d
}

// SetFailure makes every signature fail with err until it is set to nil.
func (t *SoftToken) SetFailure(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fail = err
}

// SetPresent inserts or removes the token. Removing it logs out.
func (t *SoftToken) SetPresent(present bool) {
	t.mu.Lock()
	t.removed = !present
	if t.removed {
		t.open = nil
	}
	t.mu.Unlock()
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

func (t *SoftToken) state() signer.PINState {
	switch {
	case t.wrong >= tries:
		return signer.PINLocked
	case t.wrong == tries-1:
		return signer.PINFinalTry
	case t.wrong > 0:
		return signer.PINCountLow
	}
	return signer.PINReady
}

// Slots implements signer.TokenSource.
func (t *SoftToken) Slots(ctx context.Context) ([]signer.Slot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.removed {
		return nil, nil
	}
	return []signer.Slot{{
		Reader: "Software reader",
		Token: signer.TokenInfo{
			Label: t.label, Serial: t.serial, Manufacturer: "Trình Ký", Model: "SoftToken",
			PIN: t.state(), MinPIN: 4, MaxPIN: 64,
		},
	}}, nil
}

// Open implements signer.TokenSource.
func (t *SoftToken) Open(s signer.Slot) (signer.Token, error) {
	if s.Token.Serial != t.serial {
		return nil, fmt.Errorf("%w: serial number %s", signer.ErrNoToken, s.Token.Serial)
	}
	return t, nil
}

// Changed implements signer.TokenSource.
func (t *SoftToken) Changed() <-chan struct{} { return t.changed }

var errRemoved = &signer.TokenError{Fault: signer.TokenRemoved, Err: errors.New("the software token was removed")}

// Certificates implements signer.Token.
func (t *SoftToken) Certificates(ctx context.Context) ([]signer.Certificate, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.removed {
		return nil, errRemoved
	}
	var list []signer.Certificate
	for i, id := range t.identities {
		list = append(list, signer.Certificate{
			X509: id.Certificate, Chain: slices.Clone(t.chain), ID: []byte{byte(i + 1)}, Label: id.Certificate.Subject.CommonName,
		})
	}
	return list, nil
}

// Unlock implements signer.Token.
func (t *SoftToken) Unlock(ctx context.Context, c signer.Certificate, pin signer.PIN) (signer.Key, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.removed:
		return nil, errRemoved
	case t.state() == signer.PINLocked:
		return nil, &signer.TokenError{Fault: signer.TokenLocked, Err: errors.New("too many wrong PINs")}
	}
	i := slices.IndexFunc(t.identities, func(id pki.Identity) bool { return id.Certificate.Equal(c.X509) })
	if i < 0 {
		return nil, fmt.Errorf("%w: the certificate is not on the token", signer.ErrNoToken)
	}
	t.logins++
	if string(pin) != t.pin {
		t.wrong++
		return nil, &signer.PINError{State: t.state()}
	}
	t.wrong = 0
	k := &softKey{token: t, key: t.identities[i].Key}
	t.open = k
	return k, nil
}

type softKey struct {
	token *SoftToken
	key   crypto.Signer
}

func (k *softKey) Public() crypto.PublicKey { return k.key.Public() }

func (k *softKey) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	t := k.token
	t.mu.Lock()
	delay := t.delay
	t.mu.Unlock()
	time.Sleep(delay) // a token is slow; this is no synchronisation
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.removed:
		return nil, errRemoved
	case t.open != k:
		return nil, &signer.TokenError{Fault: signer.TokenFailed, Err: errors.New("the key is locked")}
	case t.fail != nil:
		return nil, t.fail
	case len(digest) != opts.HashFunc().Size():
		return nil, fmt.Errorf("digest of %d bytes", len(digest))
	}
	t.signatures++
	return k.key.Sign(rand.Reader, digest, opts)
}

func (k *softKey) Close() error {
	t := k.token
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == k {
		t.open = nil
	}
	return nil
}

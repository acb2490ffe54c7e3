package pkcs11

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"trinhky/signer"
	"trinhky/signer/pkcs11/internal/wire"
)

// Why a certificate of a token cannot sign.
var (
	// ErrAuthority: it is the certificate of an authority, kept as chain.
	ErrAuthority = errors.New("certificate of an authority")
	// ErrKeyMissing: the token holds no private key for it. Tokens show that only
	// after the login, so it is Unlock that says it.
	ErrKeyMissing = wire.ErrKeyMissing
	// ErrKeyKind: neither RSA nor ECDSA.
	ErrKeyKind = errors.New("keys of this kind are not supported")
)

// Token is one token in a slot. It is safe for concurrent use; its module
// answers one request at a time.
type Token struct {
	module *module
	slot   signer.Slot
}

func (t *Token) request(op wire.Op) wire.Request {
	return wire.Request{Op: op, Slot: t.slot.ID, Label: t.slot.Token.Label, Serial: t.slot.Token.Serial}
}

// Certificates implements signer.Token. Those that can sign come
// first, then the others, each in the order of their IDs.
func (t *Token) Certificates(ctx context.Context) ([]signer.Certificate, error) {
	r, err := t.module.call(ctx, asking{request: t.request(wire.OpCertificates), limit: t.module.source.config.Limits.List})
	if err != nil {
		return nil, err
	}
	if len(r.Certificates) == 0 {
		r.Certificates = t.revealed()
	}
	return sorted(r.Certificates), nil
}

// name is what a token is known by: never its slot.
func (t *Token) name() [2]string { return [2]string{t.slot.Token.Label, t.slot.Token.Serial} }

// revealed are the certificates that the token showed after an earlier login.
func (t *Token) revealed() []wire.Certificate {
	t.module.mu.Lock()
	defer t.module.mu.Unlock()
	return t.module.revealed[t.name()]
}

// Reveal logs in once and lists what the token hides before the login; it logs
// out again. Certificates knows it from then on. Refusals are those of Unlock.
func (t *Token) Reveal(ctx context.Context, pin signer.PIN) ([]signer.Certificate, error) {
	limits := t.module.source.config.Limits
	a := asking{request: t.request(wire.OpReveal), limit: limits.Unlock}
	if t.slot.Token.PINPad {
		a.request.PINPad, a.limit = true, max(limits.Unlock, 3*time.Minute)
	} else {
		a.request.PINs = []int{len(pin)}
		a.secret = append(a.secret, pin...)
	}
	defer clear(a.secret)
	r, err := t.module.call(ctx, a)
	if err != nil {
		return nil, err
	}
	m := t.module
	m.mu.Lock()
	if m.revealed == nil {
		m.revealed = map[[2]string][]wire.Certificate{}
	}
	m.revealed[t.name()] = r.Certificates
	m.mu.Unlock()
	return sorted(r.Certificates), nil
}

// sorted describes certificates and puts them in order.
func sorted(all []wire.Certificate) []signer.Certificate {
	var usable, others []signer.Certificate
	var authorities []*x509.Certificate
	for _, c := range all {
		out := describe(c)
		if errors.Is(out.Unusable, ErrAuthority) {
			authorities = append(authorities, out.X509)
		}
		if out.Unusable == nil {
			usable = append(usable, out)
		} else {
			others = append(others, out)
		}
	}
	// Modules list objects in any order; people want to find theirs again.
	byID := func(a, b signer.Certificate) int {
		return cmp.Or(bytes.Compare(a.ID, b.ID), cmp.Compare(a.Label, b.Label), bytes.Compare(a.X509.Raw, b.X509.Raw))
	}
	slices.SortFunc(usable, byID)
	slices.SortFunc(others, byID)
	list := append(usable, others...)
	for i := range list {
		for _, a := range authorities {
			if !a.Equal(list[i].X509) {
				list[i].Chain = append(list[i].Chain, a)
			}
		}
	}
	return list
}

func describe(c wire.Certificate) signer.Certificate {
	out := signer.Certificate{ID: c.ID, Label: c.Label}
	var err error
	if out.X509, err = x509.ParseCertificate(c.DER); err != nil {
		out.X509 = &x509.Certificate{Raw: c.DER}
		out.Unusable = fmt.Errorf("unreadable certificate: %w", err)
		return out
	}
	const signing = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
	switch {
	case out.X509.IsCA:
		out.Unusable = ErrAuthority
	case !supported(out.X509.PublicKey):
		out.Unusable = ErrKeyKind
	case out.X509.KeyUsage != 0 && out.X509.KeyUsage&signing == 0:
		out.Unusable = &signer.CertificateError{Fault: signer.CertificateKeyUsage, Subject: out.X509.Subject.CommonName}
	}
	return out
}

func supported(public any) bool {
	switch public.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
		return true
	}
	return false
}

// Unlock implements signer.Token. On a token with a PIN pad pin is not used.
func (t *Token) Unlock(ctx context.Context, c signer.Certificate, pin signer.PIN) (signer.Key, error) {
	return t.UnlockWith(ctx, c, pin, nil)
}

// UnlockWith is Unlock for a token with a separate PIN for signatures
// (CKA_ALWAYS_AUTHENTICATE): signature is presented at every signature. The
// caller keeps ownership of both and wipes them after the call.
func (t *Token) UnlockWith(ctx context.Context, c signer.Certificate, pin, signature signer.PIN) (signer.Key, error) {
	if c.X509 == nil || !supported(c.X509.PublicKey) {
		return nil, ErrKeyKind
	}
	limits := t.module.source.config.Limits
	a := asking{request: t.request(wire.OpUnlock), limit: limits.Unlock}
	a.request.Certificate = c.X509.Raw
	a.request.Revealed = slices.ContainsFunc(t.revealed(), func(w wire.Certificate) bool { return bytes.Equal(w.DER, c.X509.Raw) })
	if t.slot.Token.PINPad {
		a.request.PINPad, a.limit = true, max(limits.Unlock, 3*time.Minute)
	} else {
		a.request.PINs = []int{len(pin)}
		a.secret = append(a.secret, pin...)
	}
	if len(signature) > 0 && !t.slot.Token.PINPad {
		a.request.PINs = append(a.request.PINs, len(signature))
		joined := append(a.secret[:len(a.secret):len(a.secret)], signature...)
		clear(a.secret)
		a.secret = joined
	}
	defer clear(a.secret)
	p, err := t.module.running(ctx)
	if err != nil {
		return nil, err
	}
	lock := func(number uint64) { // may wait: the key is of no use to anybody
		_, _ = p.call(context.Background(), asking{request: wire.Request{Op: wire.OpLock, Key: number}, limit: limits.List})
	}
	a.late = func(r wire.Response) { go lock(r.Key) }
	r, err := p.call(ctx, a)
	if err != nil {
		return nil, err
	}
	return &Key{process: p, number: r.Key, always: r.AlwaysAuth, public: c.X509.PublicKey, limit: limits.Sign, lock: lock}, nil
}

// Key is the private key of an unlocked token.
type Key struct {
	process *process
	number  uint64
	always  bool
	public  crypto.PublicKey
	limit   time.Duration
	lock    func(uint64)
	once    sync.Once
}

// AsksEachTime says that the token wants its PIN at every signature
// (CKA_ALWAYS_AUTHENTICATE): the helper holds it until Close and presents it
// again for this key alone. A pile asks the person first.
func (k *Key) AsksEachTime() bool { return k.always }

// TakesAhead says that a second digest may be handed over while the first is
// being signed: it waits in the helper, where the token does not wait for it. A
// key that asks for its PIN each time takes one after the other.
func (k *Key) TakesAhead() bool { return !k.always }

// Public implements crypto.Signer: the key of the chosen certificate.
func (k *Key) Public() crypto.PublicKey { return k.public }

// Sign implements crypto.Signer. RSA signs with PKCS#1 v1.5, or with PSS where
// opts is *rsa.PSSOptions (an automatic salt is as long as the hash). The answer
// is the token's, as it is: signer.Pipeline checks every one with the certificate.
func (k *Key) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return k.SignContext(context.Background(), digest, opts)
}

// SignContext is Sign that stops waiting when ctx ends; the token cannot be
// stopped, its answer is thrown away.
func (k *Key) SignContext(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	hash := opts.HashFunc()
	r := wire.Request{Op: wire.OpSign, Key: k.number, Hash: uint(hash), Digest: digest}
	if o, ok := opts.(*rsa.PSSOptions); ok {
		r.PSS, r.Salt = true, o.SaltLength
		if r.Salt <= 0 { // automatic, or as long as the hash
			r.Salt = hash.Size()
		}
	}
	a, err := k.process.call(ctx, asking{request: r, limit: k.limit, ahead: k.TakesAhead()})
	if err != nil {
		return nil, err
	}
	return a.Signature, nil
}

// Close logs out and has the helper forget the PIN.
func (k *Key) Close() error {
	k.once.Do(func() {
		if k.process.alive() {
			k.lock(k.number)
		}
	})
	return nil
}

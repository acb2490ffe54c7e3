// Package wincert signs with keys of the Windows certificate store (CNG): the
// store "MY" of the person, whose keys may lie on a smart card.
//
// PKCS#11 is preferred for tokens (package pkcs11): some key providers ignore
// the PIN that a program gives and show a dialog of their own at every
// signature. With a PIN a key is used silently, so that such a provider is
// found out (ErrDialog) and not waited for.
//
// A PIN is handed to the provider once and looked at by the card at the first
// signature; when the card refuses it the key is dead: nothing is sent again.
//
// On other systems every call returns ErrUnsupported.
package wincert

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the thumbprint of Windows, no signature
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"sync"

	"trinhky/signer"
)

// ErrUnsupported says that this system has no such store.
var ErrUnsupported = errors.New("the Windows certificate store is not on this system")

// ErrDialog says that the key's provider wants to show a dialog of its own at
// each signature: it ignores a PIN that a program gives.
var ErrDialog = errors.New("the key's provider asks for the PIN by itself")

// ErrKeyMissing: the store has the certificate without a private key.
var ErrKeyMissing = errors.New("the store holds no private key for this certificate")

// entry is a certificate of the store.
type entry struct {
	der      []byte
	provider string // of its key; "" without one
}

// store is the system's part of this package.
type store interface {
	entries() ([]entry, error)
	// acquire finds the private key of a certificate; with silent its provider
	// never opens a window.
	acquire(der []byte, silent bool) (handle, error)
}

// handle is an open private key. Its calls may take as long as a person.
type handle interface {
	// setPIN hands over the PIN; it is not looked at yet.
	setPIN(pin []byte) error
	// sign gives PKCS#1 or PSS signatures, or r||s for EC keys. With silent it
	// never opens a window.
	sign(digest []byte, p padding, silent bool) ([]byte, error)
	close()
}

// padding is how RSA keys pad; the zero value is for EC keys.
type padding struct {
	hash crypto.Hash
	rsa  bool
	pss  bool
	salt int // bytes
}

// Store is the person's own certificate store.
type Store struct{ sys store }

// New gives the store of this system.
func New() *Store { return &Store{sys: system()} }

// Thumbprint is what Windows shows of a certificate: SHA-1 in hex.
func Thumbprint(c *x509.Certificate) string {
	sum := sha1.Sum(c.Raw) //nolint:gosec // no signature
	return hex.EncodeToString(sum[:])
}

// Certificate is a certificate of the store with the name of its key provider.
type Certificate struct {
	signer.Certificate
	Provider string
}

// Certificates lists the store, with the reason of those that cannot sign. It
// asks for nothing and touches no card.
func (s *Store) Certificates(ctx context.Context) ([]Certificate, error) {
	entries, err := s.sys.entries()
	if err != nil {
		return nil, fmt.Errorf("certificate store: %w", err)
	}
	var list []Certificate
	for _, e := range entries {
		c := Certificate{Provider: e.provider}
		if c.X509, err = x509.ParseCertificate(e.der); err != nil {
			c.X509, c.Unusable = &x509.Certificate{Raw: e.der}, fmt.Errorf("unreadable certificate: %w", err)
			list = append(list, c)
			continue
		}
		c.Label = c.X509.Subject.CommonName
		const signing = x509.KeyUsageDigitalSignature | x509.KeyUsageContentCommitment
		switch {
		case e.provider == "":
			c.Unusable = ErrKeyMissing
		case c.X509.KeyUsage != 0 && c.X509.KeyUsage&signing == 0:
			c.Unusable = &signer.CertificateError{Fault: signer.CertificateKeyUsage, Subject: c.Label}
		}
		list = append(list, c)
	}
	return list, ctx.Err()
}

// Find gives the certificate with a thumbprint, in hex of any case, with or
// without blanks or colons as Windows shows it.
func (s *Store) Find(ctx context.Context, thumbprint string) (Certificate, error) {
	want := strings.ToLower(strings.NewReplacer(" ", "", ":", "", "\u200e", "").Replace(thumbprint))
	list, err := s.Certificates(ctx)
	if err != nil {
		return Certificate{}, err
	}
	for _, c := range list {
		if Thumbprint(c.X509) == want {
			return c, nil
		}
	}
	return Certificate{}, fmt.Errorf("%w: no certificate with the thumbprint %s", signer.ErrNoToken, thumbprint)
}

// Unlock opens the key of c. With a PIN the provider gets it now and is never
// allowed to show a window (ErrDialog tells where it insists); without one it
// may ask by itself. The caller keeps ownership of pin.
func (s *Store) Unlock(ctx context.Context, c Certificate, pin signer.PIN) (signer.Key, error) {
	if c.Unusable != nil {
		return nil, c.Unusable
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h, err := s.sys.acquire(c.X509.Raw, len(pin) > 0)
	if err != nil {
		return nil, classify(err)
	}
	if len(pin) > 0 {
		if err := h.setPIN(pin); err != nil {
			h.close()
			return nil, classify(err)
		}
	}
	return &key{handle: h, public: c.X509.PublicKey, silent: len(pin) > 0}, nil
}

// key signs, one signature at a time.
type key struct {
	public crypto.PublicKey
	silent bool

	mu     sync.Mutex
	handle handle
	dead   error
}

func (k *key) Public() crypto.PublicKey { return k.public }

func (k *key) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.dead != nil {
		return nil, k.dead
	}
	p, err := k.padding(digest, opts)
	if err != nil {
		return nil, err
	}
	sig, err := k.handle.sign(digest, p, k.silent)
	if err != nil {
		err = classify(err)
		var pin *signer.PINError
		if errors.As(err, &pin) {
			// The handle would send the same PIN again.
			k.end(err)
		}
		return nil, err
	}
	if !p.rsa {
		if sig, err = derSignature(sig); err != nil {
			return nil, &signer.TokenError{Fault: signer.TokenFailed, Err: err}
		}
	}
	if err := check(k.public, digest, sig, p); err != nil {
		return nil, &signer.TokenError{Fault: signer.TokenFailed, Err: fmt.Errorf("the key's signature is wrong: %w", err)}
	}
	return sig, nil
}

func (k *key) padding(digest []byte, opts crypto.SignerOpts) (padding, error) {
	hash := opts.HashFunc()
	switch hash { //nolint:exhaustive // the three of the baseline profiles
	case crypto.SHA256, crypto.SHA384, crypto.SHA512:
	default:
		return padding{}, fmt.Errorf("hash %s is not used for signatures", hash)
	}
	if len(digest) != hash.Size() {
		return padding{}, fmt.Errorf("digest of %d bytes", len(digest))
	}
	o, pss := opts.(*rsa.PSSOptions)
	switch k.public.(type) {
	case *rsa.PublicKey:
		p := padding{hash: hash, rsa: true, pss: pss}
		if pss {
			if p.salt = o.SaltLength; p.salt <= 0 { // automatic, or as long as the hash
				p.salt = hash.Size()
			}
		}
		return p, nil
	case *ecdsa.PublicKey:
		if pss {
			return padding{}, errors.New("PSS with an EC key")
		}
		return padding{hash: hash}, nil
	}
	return padding{}, fmt.Errorf("keys of the kind %T are not supported", k.public)
}

// derSignature turns r||s into Ecdsa-Sig-Value.
func derSignature(raw []byte) ([]byte, error) {
	if len(raw) == 0 || len(raw)%2 != 0 {
		return nil, fmt.Errorf("ECDSA signature of %d bytes", len(raw))
	}
	half := len(raw) / 2
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:half]), new(big.Int).SetBytes(raw[half:])})
}

func check(public crypto.PublicKey, digest, sig []byte, p padding) error {
	switch pub := public.(type) {
	case *rsa.PublicKey:
		if p.pss {
			return rsa.VerifyPSS(pub, p.hash, digest, sig, &rsa.PSSOptions{SaltLength: p.salt})
		}
		return rsa.VerifyPKCS1v15(pub, p.hash, digest, sig)
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(pub, digest, sig) {
			return nil
		}
	}
	return errors.New("it does not verify")
}

func (k *key) end(err error) {
	if k.dead == nil {
		k.handle.close()
		k.dead = err
	}
}

// Close gives the key back.
func (k *key) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.end(&signer.TokenError{Fault: signer.TokenFailed, Err: errors.New("the key is closed")})
	return nil
}

// status is an error code of Windows (SECURITY_STATUS, HRESULT).
type status uint32

// The codes that are acted upon (winerror.h).
const (
	nteSilentContext  status = 0x80090022
	nteUserCancelled  status = 0x80090036
	nteBadKeyset      status = 0x80090016
	nteNoKey          status = 0x8009000D
	scardNoSmartcard  status = 0x8010000C
	scardNoReader     status = 0x8010002E
	scardRemoved      status = 0x80100069
	scardWrongCHV     status = 0x8010006B
	scardBlocked      status = 0x8010006C
	scardCancelled    status = 0x8010006E
	scardInvalidCHV   status = 0x8010002A
	scardReset        status = 0x80100068
	cryptENoKeyProp   status = 0x8009200B
	errorCancelled    status = 0x800704C7
	scardNotAuthentic status = 0x8010006F
)

func (s status) Error() string { return fmt.Sprintf("Windows error %#08x", uint32(s)) }

// classify gives the codes of Windows the types that the program acts on.
func classify(err error) error {
	var code status
	if !errors.As(err, &code) {
		return err
	}
	switch code {
	case scardWrongCHV, scardInvalidCHV:
		return &signer.PINError{State: signer.PINCountLow}
	case scardBlocked:
		return &signer.TokenError{Fault: signer.TokenLocked, Err: err}
	case scardNoSmartcard, scardNoReader, scardRemoved, scardReset:
		return &signer.TokenError{Fault: signer.TokenRemoved, Err: err}
	case nteUserCancelled, scardCancelled, errorCancelled:
		return context.Canceled
	case nteSilentContext, scardNotAuthentic:
		// A fault of the key, not of a document: a pile stops at it.
		return &signer.TokenError{Fault: signer.TokenFailed, Err: fmt.Errorf("%w (%w)", ErrDialog, err)}
	case nteBadKeyset, nteNoKey, cryptENoKeyProp:
		return fmt.Errorf("%w: %w (%w)", signer.ErrNoToken, ErrKeyMissing, err)
	}
	return &signer.TokenError{Fault: signer.TokenFailed, Err: err}
}

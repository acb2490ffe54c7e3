package signer

import (
	"context"
	"crypto"
	"crypto/x509"
	"io"
)

// PINState is what a token says about its own PIN before anyone types one
// (PKCS#11 v2.40, CK_TOKEN_INFO flags).
type PINState int

// The states of a PIN; the zero value is the harmless one.
const (
	PINReady      PINState = iota
	PINCountLow            // CKF_USER_PIN_COUNT_LOW: a wrong PIN was given before
	PINFinalTry            // CKF_USER_PIN_FINAL_TRY: one more wrong PIN locks it
	PINLocked              // CKF_USER_PIN_LOCKED
	PINMustChange          // CKF_USER_PIN_TO_BE_CHANGED
	PINUnset               // CKF_USER_PIN_INITIALIZED is missing
)

// String is the word of the command line's JSON.
func (s PINState) String() string {
	switch s {
	case PINReady:
		return "ready"
	case PINCountLow:
		return "count-low"
	case PINFinalTry:
		return "final-try"
	case PINLocked:
		return "locked"
	case PINMustChange:
		return "must-change"
	case PINUnset:
		return "unset"
	}
	return "unknown"
}

// TokenInfo describes a token. Label and Serial are trimmed.
type TokenInfo struct {
	Label, Serial, Manufacturer, Model string
	PIN                                PINState
	PINPad                             bool // CKF_PROTECTED_AUTHENTICATION_PATH: no PIN is typed here
	MinPIN, MaxPIN                     int  // bytes
}

// Slot is one reader position with a token in it.
type Slot struct {
	ID     uint
	Reader string
	Module string // path of the PKCS#11 module, or "" where there is none
	Token  TokenInfo
}

// Certificate is a certificate that a token, file or store offers for signing.
type Certificate struct {
	X509  *x509.Certificate
	Chain []*x509.Certificate // further certificates found beside it, in no order
	ID    []byte              // CKA_ID, or nil
	Label string
	// Unusable says why it cannot sign (no private key, key usage …); such
	// certificates are shown greyed with the reason, never hidden.
	Unusable error
}

// TokenSource finds tokens.
type TokenSource interface {
	// Slots lists slots that hold a token. It never asks for a PIN.
	Slots(ctx context.Context) ([]Slot, error)
	Open(s Slot) (Token, error)
	// Changed ticks when the set of tokens may have changed.
	Changed() <-chan struct{}
}

// Token is one token, locked.
type Token interface {
	// Certificates lists what is on the token. It never asks for a PIN.
	Certificates(ctx context.Context) ([]Certificate, error)
	// Unlock opens a session, logs in once with pin and returns the key for c.
	// It never retries: a wrong PIN is a *PINError and the caller decides.
	// The caller keeps ownership of pin and wipes it after the call.
	Unlock(ctx context.Context, c Certificate, pin PIN) (Key, error)
}

// Key is the private key of an unlocked token. Close logs out.
//
// Sign takes a digest and crypto.SignerOpts as crypto.Signer says. A running
// signature of a token cannot be cancelled: cancel means stop waiting.
type Key interface {
	crypto.Signer
	io.Closer
}

// ContextKey is a Key that can be left alone by itself: SignContext returns when
// ctx ends, or so soon that nobody would want to cancel it. Such a key is asked on
// the pipeline's own goroutine; any other on one that is left behind.
type ContextKey interface {
	Key
	SignContext(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error)
}

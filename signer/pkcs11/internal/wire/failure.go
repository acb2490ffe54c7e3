package wire

import (
	"context"
	"errors"
	"fmt"

	"trinhky/signer"
)

// Kind is the type of an error on its way through the pipe.
type Kind string

// The kinds.
const (
	KindPIN       Kind = "pin"
	KindPINLength Kind = "pin-length"
	KindToken     Kind = "token"
	KindModule    Kind = "module"
	KindNoToken   Kind = "no-token"
	KindNoKey     Kind = "no-key"
	KindCanceled  Kind = "canceled"
	KindOther     Kind = "other"
)

// Failure is an error on its way through the pipe. Its text never holds a PIN.
type Failure struct {
	Kind      Kind   `json:"kind"`
	Text      string `json:"text,omitempty"`
	State     int    `json:"state,omitempty"` // signer.PINState
	Signature bool   `json:"signature,omitempty"`
	Fault     int    `json:"fault,omitempty"` // signer.TokenFault or signer.ModuleFault
	Path      string `json:"path,omitempty"`
	Min       int    `json:"min,omitempty"`
	Max       int    `json:"max,omitempty"`
}

// PINLengthError says that a PIN is shorter or longer than the token allows.
// It was not presented to the token. It is a *signer.PINError too.
type PINLengthError struct {
	Min, Max int // bytes
	State    signer.PINState
}

func (e *PINLengthError) Error() string {
	return fmt.Sprintf("the token's PIN has %d to %d characters; nothing was tried", e.Min, e.Max)
}

// Unwrap makes it a *signer.PINError.
func (e *PINLengthError) Unwrap() error { return &signer.PINError{State: e.State} }

// ErrKeyMissing says that the token has no private key for a certificate. It is
// signer.ErrNoToken too.
var ErrKeyMissing = fmt.Errorf("%w: the token holds no private key for this certificate", signer.ErrNoToken)

// FailureOf turns an error into what is sent.
func FailureOf(err error) *Failure {
	if err == nil {
		return nil
	}
	var (
		length *PINLengthError
		pin    *signer.PINError
		token  *signer.TokenError
		module *signer.ModuleError
	)
	switch {
	case errors.As(err, &length):
		return &Failure{Kind: KindPINLength, State: int(length.State), Min: length.Min, Max: length.Max}
	case errors.As(err, &pin):
		return &Failure{Kind: KindPIN, State: int(pin.State), Signature: pin.Signature}
	case errors.As(err, &token):
		return &Failure{Kind: KindToken, Fault: int(token.Fault), Text: token.Err.Error()}
	case errors.As(err, &module):
		return &Failure{Kind: KindModule, Path: module.Path, Fault: int(module.Fault), Text: module.Err.Error()}
	case errors.Is(err, ErrKeyMissing):
		return &Failure{Kind: KindNoKey}
	case errors.Is(err, signer.ErrNoToken):
		return &Failure{Kind: KindNoToken, Text: err.Error()}
	case errors.Is(err, context.Canceled):
		return &Failure{Kind: KindCanceled}
	}
	return &Failure{Kind: KindOther, Text: err.Error()}
}

// Err turns what was received into the error that it was.
func (f *Failure) Err() error {
	if f == nil {
		return nil
	}
	switch f.Kind {
	case KindPIN:
		return &signer.PINError{State: signer.PINState(f.State), Signature: f.Signature}
	case KindPINLength:
		return &PINLengthError{Min: f.Min, Max: f.Max, State: signer.PINState(f.State)}
	case KindToken:
		return &signer.TokenError{Fault: signer.TokenFault(f.Fault), Err: errors.New(f.Text)}
	case KindModule:
		return &signer.ModuleError{Path: f.Path, Fault: signer.ModuleFault(f.Fault), Err: errors.New(f.Text)}
	case KindNoToken:
		return fmt.Errorf("%w: %s", signer.ErrNoToken, f.Text)
	case KindNoKey:
		return ErrKeyMissing
	case KindCanceled:
		return context.Canceled
	case KindOther:
	}
	return errors.New(f.Text)
}

package wire

import (
	"context"
	"crypto"
	"errors"
	"io"
	"path/filepath"
	"strconv"

	"trinhky/app/message"
	"trinhky/signer"
	"trinhky/signer/pkcs11"
	"trinhky/signer/pkcs12"
	"trinhky/signer/wincert"
)

// keyError gives the errors of the key adapters their words; errors of the
// signer's own vocabulary have theirs already.
func keyError(err error) error {
	var format *pkcs12.FormatError
	var uri *KeyURIError
	var length *pkcs11.PINLengthError
	coded := func(code string, args map[string]string) error {
		return &message.Coded{Code: code, Args: args, Err: err}
	}
	switch {
	case err == nil:
		return nil
	case errors.As(err, &format):
		return coded("error.key-file", map[string]string{"file": filepath.Base(format.Path)})
	case errors.As(err, &uri):
		return coded("error.key-uri", map[string]string{"uri": uri.URI})
	case errors.As(err, &length):
		return coded("error.pin-length", map[string]string{
			"min": strconv.Itoa(length.Min), "max": strconv.Itoa(length.Max),
		})
	case errors.Is(err, wincert.ErrUnsupported):
		return coded("error.key-unsupported", nil)
	case errors.Is(err, pkcs11.ErrAuthority):
		return coded("error.unusable.authority", nil)
	case errors.Is(err, pkcs11.ErrKeyMissing), errors.Is(err, wincert.ErrKeyMissing):
		return coded("error.unusable.no-key", nil)
	case errors.Is(err, wincert.ErrDialog):
		return coded("error.own-dialog", nil)
	case errors.Is(err, pkcs11.ErrKeyKind):
		return coded("error.unusable.key-kind", nil)
	}
	return err
}

// worded is a key whose errors have words.
type worded struct{ signer.Key }

func (w worded) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	signature, err := w.Key.Sign(rand, digest, opts)
	return signature, keyError(err)
}

// wordedContext is worded for a key that can be left alone by itself.
type wordedContext struct {
	worded
	key signer.ContextKey
}

func (w wordedContext) SignContext(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	signature, err := w.key.SignContext(ctx, digest, opts)
	return signature, keyError(err)
}

// withWords gives the errors of a key their words.
func withWords(k signer.Key) signer.Key {
	if own, ok := k.(signer.ContextKey); ok {
		return wordedContext{worded{k}, own}
	}
	return worded{k}
}

// source is a token source whose errors have words.
type source struct{ *pkcs11.Source }

func (s source) Slots(ctx context.Context) ([]signer.Slot, error) {
	list, err := s.Source.Slots(ctx)
	return list, keyError(err)
}

func (s source) Open(slot signer.Slot) (signer.Token, error) {
	t, err := s.Source.Open(slot)
	if err != nil {
		return nil, keyError(err)
	}
	return token{t}, nil
}

// token is a token whose errors have words.
type token struct{ signer.Token }

func (t token) Certificates(ctx context.Context) ([]signer.Certificate, error) {
	list, err := t.Token.Certificates(ctx)
	for i := range list {
		list[i].Unusable = keyError(list[i].Unusable)
	}
	return list, keyError(err)
}

func (t token) Unlock(ctx context.Context, c signer.Certificate, pin signer.PIN) (signer.Key, error) {
	key, err := t.Token.Unlock(ctx, c, pin)
	return key, keyError(err)
}

// Reveal lists what a token hides before the login.
func (t token) Reveal(ctx context.Context, pin signer.PIN) ([]signer.Certificate, error) {
	with, ok := t.Token.(revealer)
	if !ok {
		return t.Certificates(ctx)
	}
	list, err := with.Reveal(ctx, pin)
	for i := range list {
		list[i].Unusable = keyError(list[i].Unusable)
	}
	return list, keyError(err)
}

// revealer is a token that may hide its certificates before the login.
type revealer interface {
	Reveal(ctx context.Context, pin signer.PIN) ([]signer.Certificate, error)
}

// UnlockWith is Unlock with a separate PIN for signatures.
func (t token) UnlockWith(ctx context.Context, c signer.Certificate, pin, signature signer.PIN) (signer.Key, error) {
	with, ok := t.Token.(interface {
		UnlockWith(ctx context.Context, c signer.Certificate, pin, signature signer.PIN) (signer.Key, error)
	})
	if !ok {
		return t.Unlock(ctx, c, pin)
	}
	key, err := with.UnlockWith(ctx, c, pin, signature)
	return key, keyError(err)
}

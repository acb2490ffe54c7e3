package flow

import (
	"context"
	"errors"

	"trinhky/signer"
)

// errNothingHidden says that a token has no certificates to reveal.
var errNothingHidden = errors.New("the token cannot show more than it does")

// Reveal logs in to a token that hides its certificates before the login, once,
// so that they can be chosen from then on. pin is wiped.
func (f *Flow) Reveal(s signer.Slot, pin signer.PIN, done func(error)) {
	aside(f, func(ctx context.Context) (struct{}, error) {
		defer pin.Wipe()
		t, err := f.c.Tokens.Open(s)
		if err != nil {
			return struct{}{}, err
		}
		hiding, ok := t.(interface {
			Reveal(ctx context.Context, pin signer.PIN) ([]signer.Certificate, error)
		})
		if !ok {
			return struct{}{}, errNothingHidden
		}
		_, err = hiding.Reveal(ctx, pin)
		return struct{}{}, err
	}, func(_ struct{}, err error) {
		f.TokensChanged()
		done(err)
	})
}

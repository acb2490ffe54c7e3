package signer

import (
	"errors"
	"fmt"
	"io"
)

// PIN is what a person typed to unlock a token, or the password of a PKCS#12
// file or of an encrypted document. Whoever typed it wipes it. It prints and
// logs as "PIN(redacted)" and refuses to be marshalled.
type PIN []byte

// Wipe overwrites the bytes.
func (p PIN) Wipe() { clear(p) }

// String hides the PIN.
func (p PIN) String() string { return "PIN(redacted)" }

// GoString hides the PIN from %#v.
func (p PIN) GoString() string { return p.String() }

// Format hides the PIN from every verb, %x and %s included.
func (p PIN) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.String()) }

// MarshalText refuses: a PIN is never stored.
func (p PIN) MarshalText() ([]byte, error) { return nil, errors.New("a PIN is never written") }

// MarshalJSON refuses: a PIN is never stored.
func (p PIN) MarshalJSON() ([]byte, error) { return p.MarshalText() }

package signertest

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"errors"
	"slices"
	"testing"

	"trinhky/signer"
)

// Fixture is a fresh token for one test of the suite.
type Fixture struct {
	Source signer.TokenSource
	Label  string // of the token that is tested
	PIN    string
	// Signers are the certificates that must be offered and can sign.
	Signers []*x509.Certificate
	// Chain says that the token holds the authorities' certificates too.
	Chain []*x509.Certificate
	// Logins counts the PINs that reached the token; nil where nobody can.
	Logins func() int
	// SlotState says that the token's PIN state shows after a wrong PIN.
	SlotState bool
	// PSS says that RSA keys can sign with PSS.
	PSS bool
}

// Suite runs the tests that every kind of token passes. fresh is called once
// for each of them.
func Suite(t *testing.T, fresh func(t *testing.T) Fixture) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Fixture){
		"lists without a PIN":        testList,
		"signs":                      testSign,
		"signs with PSS":             testPSS,
		"a wrong PIN is one attempt": testWrongPIN,
		"close locks":                testClose,
		"close twice":                testCloseTwice,
		"another certificate":        testForeignCertificate,
		"cancelled":                  testCancelled,
		"one key after the other":    testSequence,
		"the PIN stays the caller's": testPINOwnership,
		"a digest of a wrong length": testDigestLength,
	} {
		t.Run(name, func(t *testing.T) { test(t, fresh(t)) })
	}
}

// slot finds the fixture's token.
func (f Fixture) slot(t *testing.T) signer.Slot {
	t.Helper()
	slots, err := f.Source.Slots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(slots, func(s signer.Slot) bool { return s.Token.Label == f.Label })
	if i < 0 {
		t.Fatalf("token %q is not among %d slots", f.Label, len(slots))
	}
	return slots[i]
}

func (f Fixture) token(t *testing.T) signer.Token {
	t.Helper()
	tok, err := f.Source.Open(f.slot(t))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// offered lists the certificates that can sign.
func (f Fixture) offered(t *testing.T, tok signer.Token) []signer.Certificate {
	t.Helper()
	all, err := tok.Certificates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(c signer.Certificate) bool { return c.Unusable != nil })
}

func (f Fixture) unlock(t *testing.T, tok signer.Token, c signer.Certificate) signer.Key {
	t.Helper()
	k, err := tok.Unlock(t.Context(), c, signer.PIN(f.PIN))
	if err != nil {
		t.Fatalf("unlock: %v", err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

func (f Fixture) logins() int {
	if f.Logins == nil {
		return -1
	}
	return f.Logins()
}

// expectLogins checks how many PINs reached the token since before.
func (f Fixture) expectLogins(t *testing.T, before, want int) {
	t.Helper()
	if f.Logins == nil {
		return
	}
	if got := f.Logins() - before; got != want {
		t.Errorf("%d PINs reached the token, want %d", got, want)
	}
}

func testList(t *testing.T, f Fixture) {
	before := f.logins()
	slot := f.slot(t)
	if slot.Token.Serial == "" || slot.Token.PIN != signer.PINReady {
		t.Errorf("token %+v", slot.Token)
	}
	offered := f.offered(t, f.token(t))
	if len(offered) != len(f.Signers) {
		t.Errorf("%d certificates can sign, want %d", len(offered), len(f.Signers))
	}
	for _, want := range f.Signers {
		i := slices.IndexFunc(offered, func(c signer.Certificate) bool { return c.X509.Equal(want) })
		if i < 0 {
			t.Errorf("%s is not offered", want.Subject.CommonName)
			continue
		}
		for _, a := range f.Chain {
			if !slices.ContainsFunc(offered[i].Chain, a.Equal) {
				t.Errorf("%s lacks %s", want.Subject.CommonName, a.Subject.CommonName)
			}
		}
	}
	f.expectLogins(t, before, 0)
}

func testSign(t *testing.T, f Fixture) {
	tok := f.token(t)
	for _, c := range f.offered(t, tok) {
		k := f.unlock(t, tok, c)
		if pub, ok := k.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !pub.Equal(c.X509.PublicKey) {
			t.Errorf("%s: the key is not the certificate's", c.Label)
		}
		for _, hash := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			h := hash.New()
			h.Write([]byte("Ủy ban nhân dân"))
			digest := h.Sum(nil)
			sig, err := k.Sign(nil, digest, hash)
			if err != nil {
				t.Errorf("%s, %s: %v", c.Label, hash, err)
				continue
			}
			if err := verify(c.X509.PublicKey, digest, sig, hash); err != nil {
				t.Errorf("%s, %s: %v", c.Label, hash, err)
			}
		}
		if err := k.Close(); err != nil {
			t.Error(err)
		}
	}
}

func verify(public any, digest, sig []byte, hash crypto.Hash) error {
	switch pub := public.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(pub, hash, digest, sig)
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(pub, digest, sig) {
			return nil
		}
		return errors.New("ECDSA signature does not verify")
	}
	return errors.New("unknown key")
}

func testPSS(t *testing.T, f Fixture) {
	if !f.PSS {
		t.Skip("this token knows no PSS")
	}
	tok := f.token(t)
	digest := sha512.Sum384([]byte("PSS"))
	opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA384}
	for _, c := range f.offered(t, tok) {
		pub, ok := c.X509.PublicKey.(*rsa.PublicKey)
		if !ok {
			continue
		}
		sig, err := f.unlock(t, tok, c).Sign(nil, digest[:], opts)
		if err != nil {
			t.Fatal(err)
		}
		if err := rsa.VerifyPSS(pub, crypto.SHA384, digest[:], sig, opts); err != nil {
			t.Error(err)
		}
	}
}

func testWrongPIN(t *testing.T, f Fixture) {
	tok := f.token(t)
	c := f.offered(t, tok)[0]
	before := f.logins()
	k, err := tok.Unlock(t.Context(), c, signer.PIN(f.PIN+"9"))
	var refused *signer.PINError
	if k != nil || !errors.As(err, &refused) || refused.Signature {
		t.Fatalf("wrong PIN: %v, %v", k, err)
	}
	f.expectLogins(t, before, 1)
	if f.SlotState {
		if s := f.slot(t); s.Token.PIN != signer.PINCountLow || refused.State != signer.PINCountLow {
			t.Errorf("the slot says %s, the error %s", s.Token.PIN, refused.State)
		}
	}
	f.unlock(t, tok, c)
	f.expectLogins(t, before, 2)
}

func testClose(t *testing.T, f Fixture) {
	tok := f.token(t)
	k := f.unlock(t, tok, f.offered(t, tok)[0])
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("x"))
	if sig, err := k.Sign(nil, digest[:], crypto.SHA256); err == nil {
		t.Errorf("a closed key made a signature of %d bytes", len(sig))
	}
}

func testCloseTwice(t *testing.T, f Fixture) {
	tok := f.token(t)
	c := f.offered(t, tok)[0]
	first := f.unlock(t, tok, c)
	_ = first.Close()
	second := f.unlock(t, tok, c)
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	digest := sha256.Sum256([]byte("x"))
	if _, err := second.Sign(nil, digest[:], crypto.SHA256); err != nil {
		t.Errorf("closing an old key again locked the new one: %v", err)
	}
}

// A PIN is never tried on a token that does not hold the certificate.
func testForeignCertificate(t *testing.T, f Fixture) {
	foreign, err := SelfSigned("Người lạ")
	if err != nil {
		t.Fatal(err)
	}
	before := f.logins()
	_, err = f.token(t).Unlock(t.Context(), signer.Certificate{X509: foreign}, signer.PIN(f.PIN))
	if !errors.Is(err, signer.ErrNoToken) {
		t.Errorf("foreign certificate: %v", err)
	}
	f.expectLogins(t, before, 0)
}

func testCancelled(t *testing.T, f Fixture) {
	tok := f.token(t)
	c := f.offered(t, tok)[0]
	before := f.logins()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Source.Slots(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("slots: %v", err)
	}
	if _, err := tok.Certificates(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("certificates: %v", err)
	}
	if _, err := tok.Unlock(ctx, c, signer.PIN(f.PIN)); !errors.Is(err, context.Canceled) {
		t.Errorf("unlock: %v", err)
	}
	f.expectLogins(t, before, 0)
}

func testSequence(t *testing.T, f Fixture) {
	tok := f.token(t)
	c := f.offered(t, tok)[0]
	for i := range 3 {
		k := f.unlock(t, tok, c)
		digest := sha256.Sum256([]byte{byte(i)})
		for range 3 {
			if _, err := k.Sign(nil, digest[:], crypto.SHA256); err != nil {
				t.Fatal(err)
			}
		}
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func testPINOwnership(t *testing.T, f Fixture) {
	tok := f.token(t)
	pin := signer.PIN(f.PIN)
	k, err := tok.Unlock(t.Context(), f.offered(t, tok)[0], pin)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = k.Close() }()
	if !bytes.Equal(pin, []byte(f.PIN)) {
		t.Error("the caller's PIN was changed")
	}
	pin.Wipe()
	digest := sha256.Sum256([]byte("x"))
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); err != nil {
		t.Errorf("after the caller wiped the PIN: %v", err)
	}
}

func testDigestLength(t *testing.T, f Fixture) {
	tok := f.token(t)
	k := f.unlock(t, tok, f.offered(t, tok)[0])
	if _, err := k.Sign(nil, make([]byte, 20), crypto.SHA256); err == nil {
		t.Error("a digest of 20 bytes was signed as SHA-256")
	}
}

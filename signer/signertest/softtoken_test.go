package signertest_test

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"testing"

	"trinhky/signer"
	"trinhky/signer/signertest"
	"trinhky/signer/signertest/pki"
)

func TestSoftToken(t *testing.T) {
	p, err := pki.New(pki.Options{})
	if err != nil {
		t.Fatal(err)
	}
	signertest.Suite(t, func(*testing.T) signertest.Fixture {
		tok := signertest.NewSoftToken("Mềm", "123456", p.Chain(), p.Leader, p.Agency)
		return signertest.Fixture{
			Source: tok, Label: "Mềm", PIN: "123456", Chain: p.Chain(), PSS: true,
			Signers: []*x509.Certificate{p.Leader.Certificate, p.Agency.Certificate},
			Logins:  tok.Logins, SlotState: true,
		}
	})
}

func TestSoftTokenFaults(t *testing.T) {
	p, err := pki.New(pki.Options{Keys: pki.P256})
	if err != nil {
		t.Fatal(err)
	}
	tok := signertest.NewSoftToken("Mềm", "123456", nil, p.Leader)
	c := signer.Certificate{X509: p.Leader.Certificate}
	k, err := tok.Unlock(t.Context(), c, signer.PIN("123456"))
	if err != nil {
		t.Fatal(err)
	}
	tok.SetPresent(false)
	digest := sha256.Sum256(nil)
	var fault *signer.TokenError
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); !errors.As(err, &fault) || fault.Fault != signer.TokenRemoved {
		t.Errorf("removed: %v", err)
	}
	tok.SetPresent(true)
	if _, err := k.Sign(nil, digest[:], crypto.SHA256); err == nil {
		t.Error("the old key signs after the token came back")
	}
	for range 3 {
		_, err = tok.Unlock(t.Context(), c, signer.PIN("000000"))
	}
	var refused *signer.PINError
	if !errors.As(err, &refused) || refused.State != signer.PINLocked {
		t.Errorf("third wrong PIN: %v", err)
	}
	if _, err = tok.Unlock(t.Context(), c, signer.PIN("123456")); !errors.As(err, &fault) || fault.Fault != signer.TokenLocked {
		t.Errorf("locked: %v", err)
	}
}

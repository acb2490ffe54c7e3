package pkcs11_test

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"trinhky/signer/pkcs11"
	"trinhky/signer/signertest"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/softhsm"
)

// authority has one leaf of every kind of key.
type authority struct {
	*pki.PKI
	leaves map[pki.Algorithm]pki.Identity
}

var shared = sync.OnceValues(func() (authority, error) {
	p, err := pki.New(pki.Options{})
	if err != nil {
		return authority{}, err
	}
	a := authority{PKI: p, leaves: map[pki.Algorithm]pki.Identity{pki.RSA2048: p.Leader}}
	algorithms := []pki.Algorithm{pki.P256, pki.P384, pki.RSA3072}
	if os.Getenv("TRINHKY_SOAK") != "" { // takes seconds to make
		algorithms = append(algorithms, pki.RSA4096)
	}
	for _, alg := range algorithms {
		a.leaves[alg], err = p.Issue(pki.Template{Subject: pki.Person("Hoàng Thị Mai", "Giám đốc", "Sở Tài chính"), Algorithm: alg})
		if err != nil {
			return authority{}, err
		}
	}
	return a, nil
})

func ca(t testing.TB) authority {
	t.Helper()
	a, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

const pin = "123456"

// hsm makes a SoftHSM2 token; the test is skipped where SoftHSM2 is missing.
func hsm(t testing.TB, objects ...softhsm.Object) *softhsm.Token {
	t.Helper()
	tok, err := softhsm.NewToken(t.TempDir(), "Lãnh đạo", pin, objects...)
	if errors.Is(err, softhsm.ErrNotInstalled) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func source(t testing.TB, c pkcs11.Config) *pkcs11.Source {
	t.Helper()
	c.Helper = signertest.Helper(t)
	s := pkcs11.New(c)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func object(id byte, who pki.Identity) softhsm.Object {
	return softhsm.Object{ID: []byte{id}, Label: who.Certificate.Subject.CommonName, Key: who.Key, Certificate: who.Certificate}
}

func authorities(p *pki.PKI) []softhsm.Object {
	return []softhsm.Object{
		{Label: "intermediate", Certificate: p.Intermediate.Certificate},
		{Label: "root", Certificate: p.Root.Certificate},
	}
}

func TestSoftHSM(t *testing.T) {
	p := ca(t)
	for alg, id := range p.leaves {
		if alg == pki.RSA2048 {
			continue
		}
		t.Run(fmt.Sprintf("algorithm %d", alg), func(t *testing.T) {
			suite(t, hsm(t, object(1, id)), []*x509.Certificate{id.Certificate}, nil)
		})
	}
	for name, c := range map[string]struct {
		objects []softhsm.Object
		signers []*x509.Certificate
		chain   []*x509.Certificate
	}{
		"RSA-2048 with chain": {
			append(authorities(p.PKI), object(1, p.Leader)),
			[]*x509.Certificate{p.Leader.Certificate},
			p.Chain(),
		},
		"several certificates": {
			[]softhsm.Object{object(1, p.Leader), object(2, p.leaves[pki.P256]), object(3, p.Agency)},
			[]*x509.Certificate{p.Leader.Certificate, p.leaves[pki.P256].Certificate, p.Agency.Certificate},
			nil,
		},
		"always authenticate": {
			[]softhsm.Object{{ID: []byte{1}, Label: "x", Key: p.Leader.Key, Certificate: p.Leader.Certificate, AlwaysAuth: true}},
			[]*x509.Certificate{p.Leader.Certificate},
			nil,
		},
		"no ID": {
			[]softhsm.Object{{Label: "a", Key: p.Leader.Key}, {Label: "b", Certificate: p.Leader.Certificate}, {Label: "c", Key: p.Agency.Key}},
			[]*x509.Certificate{p.Leader.Certificate},
			nil,
		},
		"IDs swapped": {
			[]softhsm.Object{
				{ID: []byte{1}, Label: "a", Key: p.Leader.Key, Certificate: p.Agency.Certificate},
				{ID: []byte{2}, Label: "b", Key: p.Agency.Key, Certificate: p.Leader.Certificate},
			},
			[]*x509.Certificate{p.Leader.Certificate, p.Agency.Certificate},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			suite(t, hsm(t, c.objects...), c.signers, c.chain)
		})
	}
}

func suite(t *testing.T, tok *softhsm.Token, signers, chain []*x509.Certificate) {
	t.Helper()
	signertest.Suite(t, func(t *testing.T) signertest.Fixture {
		return signertest.Fixture{
			Source: source(t, pkcs11.Config{Modules: []string{tok.Module}, Environment: tok.Environment()}),
			Label:  tok.Label, PIN: pin, Signers: signers, Chain: chain, SlotState: true, PSS: true,
		}
	})
}

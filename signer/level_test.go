package signer_test

import (
	"context"
	"crypto"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/validators"
	"trinhky/signer/tsa"
)

// online is a bench whose authority answers on loopback.
func online(t testing.TB, o pki.Options) (*bench, *pki.Server, *tsa.Client) {
	t.Helper()
	s, err := pki.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	k, err := tsa.New(tsa.Config{Servers: []tsa.Server{{URL: s.TSAURL()}}, Roots: s.Roots()})
	if err != nil {
		t.Fatal(err)
	}
	return benchOf(t, s.PKI), s, k
}

func TestLevelT(t *testing.T) {
	b, s, authority := online(t, pki.Options{})
	in, _ := b.document(t, 0)
	r := b.request(in, "t.pdf")
	r.Level = signer.LevelT
	p := &signer.Pipeline{TSA: authority}
	got, err := p.Sign(t.Context(), r, b.key(), nil)
	if err != nil || got.Level != signer.LevelT || got.Downgrade != nil {
		t.Fatalf("%+v, %v", got, err)
	}
	validators.Check(t, r.Output, validators.Expect{Signatures: 1, Roots: b.roots})

	s.Services.SetFault(pki.ServiceTSA, pki.FaultTooMany)
	r.Output = filepath.Join(b.dir, "failed.pdf")
	if _, err := p.Sign(t.Context(), r, b.key(), nil); !errors.Is(err, signer.ErrLevel) {
		t.Errorf("a failing TSA: %v", err)
	}
	absent(t, r.Output)

	r.DowngradeAllowed = true
	got, err = p.Sign(t.Context(), r, b.key(), nil)
	var fault *tsa.Error
	if err != nil || got.Level != signer.LevelB || !errors.Is(got.Downgrade, signer.ErrLevel) ||
		!errors.As(got.Downgrade, &fault) || fault.Fault != tsa.Quota {
		t.Fatalf("%+v, %v", got, err)
	}
	validators.Check(t, r.Output, validators.Expect{Signatures: 1, Roots: b.roots})
}

// fatTSA gives more than it announced.
type fatTSA struct{ size int }

func (f fatTSA) TokenSize() int { return 100 }

func (f fatTSA) Timestamp(context.Context, crypto.Hash, []byte) ([]byte, error) {
	return make([]byte, f.size), nil
}

func TestTokenThatDoesNotFit(t *testing.T) {
	b := newBench(t, pki.Options{Keys: pki.P256})
	in, _ := b.document(t, 0)
	r := b.request(in, "fat.pdf")
	r.Level = signer.LevelT
	if _, err := (&signer.Pipeline{TSA: fatTSA{5000}}).Sign(t.Context(), r, b.key(), nil); !errors.Is(err, signer.ErrLevel) {
		t.Errorf("got %v", err)
	}
	absent(t, r.Output)
	if _, err := os.Stat(in); err != nil {
		t.Error(err)
	}
}

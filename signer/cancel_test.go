package signer_test

import (
	"context"
	"crypto"
	"errors"
	"io"
	"path/filepath"
	"testing"

	"trinhky/signer"
	"trinhky/signer/signertest/pki"
)

// silentKey is a token that never answers.
type silentKey struct {
	*softKey
	asked chan struct{}
	done  chan struct{}
}

func (k *silentKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	close(k.asked)
	<-k.done
	return nil, errors.New("the test is over")
}

// patientKey stops waiting by itself.
type patientKey struct{ *silentKey }

func (k patientKey) SignContext(ctx context.Context, _ []byte, _ crypto.SignerOpts) ([]byte, error) {
	close(k.asked)
	<-ctx.Done()
	return nil, ctx.Err()
}

// lateKey answers although nobody waits any more.
type lateKey struct{ *silentKey }

func (k lateKey) SignContext(ctx context.Context, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	close(k.asked)
	<-ctx.Done()
	return k.softKey.Sign(nil, digest, o)
}

// TestCancelledAtTheToken gives up while the token signs: whatever the key does
// with that, there is no signed file.
func TestCancelledAtTheToken(t *testing.T) {
	b := newBench(t, pki.P256)
	in, _ := b.document(t, 0)
	for name, of := range map[string]func(*silentKey) signer.Key{
		"left behind":      func(k *silentKey) signer.Key { return k },
		"stops by itself":  func(k *silentKey) signer.Key { return patientKey{k} },
		"answers too late": func(k *silentKey) signer.Key { return lateKey{k} },
	} {
		stuck := &silentKey{softKey: b.key(), asked: make(chan struct{}), done: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-stuck.asked
			cancel()
		}()
		r := b.request(in, "out.pdf")
		if _, err := (&signer.Pipeline{}).Sign(ctx, r, of(stuck), nil); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		close(stuck.done)
		absent(t, filepath.Join(b.dir, "out.pdf"))
	}
}

// TestFinishOntoItself: the document is not replaced by its own signed version,
// under whatever name it is reached.
func TestFinishOntoItself(t *testing.T) {
	b := newBench(t, pki.P256)
	in, _ := b.document(t, 0)
	r := b.request(in, "out.pdf")
	r.Overwrite = true
	d, err := (&signer.Pipeline{}).Prepare(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	before := sum(t, in)
	d.Output = in
	if _, err := (&signer.Pipeline{}).Finish(t.Context(), d, b.key()); !errors.Is(err, signer.ErrExists) || sum(t, in) != before {
		t.Errorf("got %v, or the document changed", err)
	}
}

package batch

import (
	"crypto"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"trinhky/signer"
)

// aheadKey takes a second digest while the first is being signed.
type aheadKey struct {
	*tokenKey
	inside, most atomic.Int64
	both         chan struct{} // closed when two are there
	once         sync.Once
}

func (k *aheadKey) TakesAhead() bool { return true }

func (k *aheadKey) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	n := k.inside.Add(1)
	defer k.inside.Add(-1)
	for m := k.most.Load(); n > m && !k.most.CompareAndSwap(m, n); m = k.most.Load() {
	}
	if n == 2 {
		k.once.Do(func() { close(k.both) })
	}
	<-k.both // the first waits until the next is handed over
	return k.tokenKey.Sign(r, digest, o)
}

// A key that takes digests ahead gets two at once and never more; after a fault
// nobody but the one behind it comes to the key.
func TestOneWaitsAtTheKey(t *testing.T) {
	d := newDesk(t, 9)
	k := &aheadKey{tokenKey: d.key, both: make(chan struct{})}
	d.key.fail = func(n int64) error {
		if n > 5 {
			return &signer.TokenError{Fault: signer.TokenRemoved, Err: errors.New("pulled out")}
		}
		return nil
	}
	s := Run(t.Context(), &signer.Pipeline{}, k, d.items, Options{}, nil)
	done, aside, rest := count(s)
	if done != 5 || aside != 0 || rest != 4 || k.most.Load() != 2 || d.key.signed.Load() > 7 {
		t.Errorf("done %d, aside %d, not reached %d; %d at once, %d asked", done, aside, rest, k.most.Load(), d.key.signed.Load())
	}
	if s.TokenBusy <= 0 || s.TokenBusy > s.Elapsed {
		t.Errorf("busy for %v of %v", s.TokenBusy, s.Elapsed)
	}
}

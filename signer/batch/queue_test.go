package batch

import (
	"context"
	"crypto"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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

// slowKey answers when it is let go.
type slowKey struct {
	*tokenKey
	asked, release chan struct{}
}

func (k *slowKey) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	k.asked <- struct{}{}
	<-k.release
	return k.tokenKey.Sign(r, digest, o)
}

// TestCancelledInTheQueue: when the person gives up, whoever is at the key is left
// alone, who waits behind it never comes to it, and the key is free once it answers.
func TestCancelledInTheQueue(t *testing.T) {
	d := newDesk(t, 0)
	k := &slowKey{tokenKey: d.key, asked: make(chan struct{}, 1), release: make(chan struct{})}
	q := newQueue(k)
	digest := make([]byte, 32)
	ctx, cancel := context.WithCancel(t.Context())
	errs := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := q.SignContext(ctx, digest, crypto.SHA256)
			errs <- err
		}()
	}
	<-k.asked
	cancel()
	for range 2 {
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Errorf("given up: %v", err)
		}
	}
	if _, err := q.SignContext(ctx, digest, crypto.SHA256); !errors.Is(err, context.Canceled) {
		t.Errorf("given up before: %v", err)
	}
	close(k.release)
	if _, err := q.Sign(nil, digest, crypto.SHA256); err != nil {
		t.Error(err)
	}
	if n := d.key.signed.Load(); n != 2 {
		t.Errorf("%d signatures, not the one that was begun and the last", n)
	}
}

// A pile whose time is over is like one that was given up: what waited is not
// set aside. A service that was too slow is a fault of its document.
func TestTimeOver(t *testing.T) {
	for _, own := range []bool{true, false} {
		d := newDesk(t, 1)
		d.items[0].Request = func(ctx context.Context) (signer.Request, error) {
			if own {
				<-ctx.Done()
			}
			return signer.Request{}, context.DeadlineExceeded
		}
		ctx, cancel := t.Context(), func() {}
		if own {
			ctx, cancel = context.WithTimeout(ctx, 10*time.Millisecond)
		}
		s := Run(ctx, &signer.Pipeline{}, d.key, d.items, Options{Journal: d.open(t)}, nil)
		cancel()
		if got := s.Results[0].Outcome; (got == NotReached) != own || (got == SetAside) == own {
			t.Errorf("the pile's own time %v: %v", own, got)
		}
	}
}

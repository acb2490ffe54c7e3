package batch

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"io"
	"sync"
	"time"

	"trinhky/signer"
)

// errStopped is what a document gets that comes to the token too late.
var errStopped = errors.New("the pile has stopped")

// takesAhead is a key whose token need not wait for the program: a second digest
// waits behind the one being signed, and is not tried where that one fails.
type takesAhead interface{ TakesAhead() bool }

// queue lets one document at a time to the key, or has one more wait at a key
// that takes it ahead, and, after a fault of the token, none.
type queue struct {
	key signer.Key

	turn  chan struct{} // one for every document at the key
	state sync.Mutex    // guards what follows
	fault error
	used  time.Duration
	at    int       // documents at the key
	since time.Time // up to when used is counted
}

func newQueue(k signer.Key) *queue {
	room := 1
	if a, ok := k.(takesAhead); ok && a.TakesAhead() {
		room = 2
	}
	return &queue{key: k, turn: make(chan struct{}, room)}
}

func (q *queue) Public() crypto.PublicKey { return q.key.Public() }

// Close does nothing: the key belongs to the caller of Run.
func (q *queue) Close() error { return nil }

func (q *queue) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return q.SignContext(context.Background(), digest, opts)
}

// SignContext implements signer.ContextKey: a document that waits for its turn
// when the person gives up never comes to the token.
func (q *queue) SignContext(ctx context.Context, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	select {
	case q.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	switch {
	case ctx.Err() != nil:
		<-q.turn
		return nil, ctx.Err()
	case q.stopped() != nil:
		<-q.turn
		return nil, errStopped
	}
	q.count(1)
	return q.ask(ctx, digest, opts)
}

// ask has the key sign and gives the turn back. A key that cannot be left alone by
// itself keeps its turn until it answers, though nobody waits for that any more.
func (q *queue) ask(ctx context.Context, digest []byte, opts crypto.SignerOpts) (signature []byte, err error) {
	ended := func(err error) {
		q.count(-1)
		q.stop(err)
		<-q.turn
	}
	if own, ok := q.key.(signer.ContextKey); ok {
		defer func() { ended(err) }() // also where the key panics
		return own.SignContext(ctx, digest, opts)
	}
	type answer struct {
		signature []byte
		err       error
	}
	answers := make(chan answer, 1)
	go func() {
		value, err := q.key.Sign(rand.Reader, digest, opts)
		ended(err)
		answers <- answer{value, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case a := <-answers:
		return a.signature, a.err
	}
}

// count keeps the time during which at least one document is at the key.
func (q *queue) count(n int) {
	q.state.Lock()
	defer q.state.Unlock()
	now := time.Now()
	if q.at > 0 {
		q.used += now.Sub(q.since)
	}
	q.at += n
	q.since = now
}

// stop notes err if it belongs to the token, the PIN or the certificate rather
// than to one document, and says whether it does.
func (q *queue) stop(err error) bool {
	var (
		pin         *signer.PINError
		token       *signer.TokenError
		module      *signer.ModuleError
		certificate *signer.CertificateError
	)
	if !errors.As(err, &pin) && !errors.As(err, &token) && !errors.As(err, &module) &&
		!errors.As(err, &certificate) && !errors.Is(err, signer.ErrNoToken) {
		return false
	}
	q.state.Lock()
	defer q.state.Unlock()
	if q.fault == nil {
		q.fault = err
	}
	return true
}

func (q *queue) stopped() error {
	q.state.Lock()
	defer q.state.Unlock()
	return q.fault
}

func (q *queue) busy() time.Duration {
	q.state.Lock()
	defer q.state.Unlock()
	return q.used
}

package batch

import (
	"crypto"
	"errors"
	"io"
	"sync"
	"time"

	"trinhky/signer"
)

// errStopped is what a document gets that comes to the token too late.
var errStopped = errors.New("the pile has stopped")

// queue lets one document at a time to the key and, after a fault of the
// token, none.
type queue struct {
	key signer.Key

	turn  sync.Mutex // held while the key signs
	state sync.Mutex // guards what follows
	fault error
	used  time.Duration
}

func newQueue(k signer.Key) *queue { return &queue{key: k} }

func (q *queue) Public() crypto.PublicKey { return q.key.Public() }

// Close does nothing: the key belongs to the caller of Run.
func (q *queue) Close() error { return nil }

func (q *queue) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	q.turn.Lock()
	defer q.turn.Unlock()
	if q.stopped() != nil {
		return nil, errStopped
	}
	began := time.Now()
	signature, err := q.key.Sign(rand, digest, opts)
	q.state.Lock()
	q.used += time.Since(began)
	q.state.Unlock()
	q.stop(err)
	return signature, err
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

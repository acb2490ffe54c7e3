// Package batch signs many documents with one unlocked key: it prepares ahead,
// keeps the token busy, and finishes behind.
//
// A fault of one file sets that file aside and the pile goes on; a fault of
// the token, the PIN or the certificate stops the pile. Certificate and token
// are frozen for the pile. With a journal, a pile that was cut off goes on
// where it was and signs nothing twice.
package batch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"trinhky/signer"
)

// Item is one document of the pile.
type Item struct {
	Input, Output string
	// Request is called once, ahead of the token, on a goroutine of the pile. Its
	// Input and Output are replaced by those of the item. An error sets the
	// document aside.
	Request func(ctx context.Context) (signer.Request, error)
}

// Outcome is what became of an item.
type Outcome int

// The outcomes; the zero value is the harmless one.
const (
	NotReached Outcome = iota // the pile stopped before it
	Done
	SetAside // a fault of this file; the reason is in Err
)

// Result is the news of one item.
type Result struct {
	Index   int
	Outcome Outcome
	Resumed bool // done by an earlier run; not signed again
	Signed  signer.Signed
	Err     error
}

// Options say how a pile is worked off. The zero value works.
type Options struct {
	Workers int      // documents in hand at once; 0: 4
	Journal *Journal // remembers what is done; nil: none. The caller closes it
}

// Signer does the whole way of one signature; signer.Pipeline satisfies it. It
// tells Request.Read, and does not use the key where that fails.
type Signer interface {
	Sign(ctx context.Context, r signer.Request, k signer.Key, on func(signer.Stage)) (signer.Signed, error)
}

// Summary is what came of the pile. Results has one entry an item, in order.
type Summary struct {
	Results   []Result
	Stopped   error         // why the pile stopped early, nil if it did not
	TokenBusy time.Duration // time during which the key was signing
	Elapsed   time.Duration
}

// pile is one run.
type pile struct {
	pipeline Signer
	items    []Item
	key      *queue
	journal  *Journal
	report   func(Result)

	mu      sync.Mutex // guards results and the calls of report
	results []Result
}

// Run works the pile off. on, which may be nil, is told of each item when it
// is decided, one call at a time. What happened to the documents is in the
// Summary. The caller keeps the key and closes it.
func Run(ctx context.Context, p Signer, k signer.Key, items []Item, o Options, on func(Result)) Summary {
	if on == nil {
		on = func(Result) {}
	}
	if o.Journal == nil {
		o.Journal = &Journal{}
	}
	began := time.Now()
	r := &pile{pipeline: p, items: items, key: newQueue(k), journal: o.Journal, report: on, results: make([]Result, len(items))}
	for i := range items {
		r.results[i].Index = i
	}
	r.work(ctx, o.Workers)
	stopped := r.key.stopped()
	if stopped == nil {
		stopped = ctx.Err()
	}
	return Summary{Results: r.results, Stopped: stopped, TokenBusy: r.key.busy(), Elapsed: time.Since(began)}
}

// work hands the items out in their order.
func (r *pile) work(ctx context.Context, workers int) {
	if workers <= 0 {
		workers = 4
	}
	next := make(chan int)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range next {
				r.decide(r.one(ctx, i))
			}
		})
	}
	for i := range r.items {
		if ctx.Err() != nil || r.key.stopped() != nil {
			break
		}
		next <- i
	}
	close(next)
	wg.Wait()
}

// decide keeps the result and tells the caller, unless the pile stopped before
// the item.
func (r *pile) decide(result Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results[result.Index] = result
	if result.Outcome != NotReached {
		r.report(result)
	}
}

// one does one document, whole or not at all.
func (r *pile) one(ctx context.Context, i int) (result Result) {
	result.Index = i
	defer func() { // a fault of ours in one document does not take the others along
		if v := recover(); v != nil {
			result.Outcome, result.Err = SetAside, fmt.Errorf("%s: panic: %v", r.items[i].Input, v)
		}
	}()
	item := r.items[i]
	source, asked, err := r.journal.sum(ctx, item.Input)
	if err != nil {
		return r.failed(ctx, result, err)
	}
	var known *[32]byte
	if asked { // there is a line about it: an earlier run may have signed it
		known = &source
		if done, err := r.journal.resume(ctx, item, source); err != nil || done != nil {
			if err != nil {
				return r.failed(ctx, result, err)
			}
			result.Outcome, result.Resumed, result.Signed = Done, true, *done
			return result
		}
	}
	signed, err := r.sign(ctx, item, known)
	if err != nil {
		return r.failed(ctx, result, err)
	}
	result.Outcome, result.Signed = Done, signed
	return result
}

// sign reads the document once: it is hashed while it is copied, and the
// journal knows the hash before the key is used.
func (r *pile) sign(ctx context.Context, item Item, known *[32]byte) (signer.Signed, error) {
	request, err := item.Request(ctx)
	if err != nil {
		return signer.Signed{}, err
	}
	request.Input, request.Output = item.Input, item.Output
	if request.Source == nil { // approved as some bytes: else as those hashed before
		request.Source = known
	}
	var source [32]byte
	request.Read = func(sum [32]byte) error {
		source = sum
		return r.journal.begin(item, sum)
	}
	signed, err := r.pipeline.Sign(ctx, request, r.key, nil)
	if err != nil {
		return signer.Signed{}, err
	}
	return signed, r.journal.done(item, source, signed)
}

// failed sorts an error: what belongs to the pile leaves the item not reached.
func (r *pile) failed(ctx context.Context, result Result, err error) Result {
	result.Err = err
	result.Outcome = SetAside
	late := ctx.Err() != nil && errors.Is(err, context.DeadlineExceeded) // the pile's time, not that of a service
	if late || errors.Is(err, errStopped) || errors.Is(err, context.Canceled) || r.key.stop(err) {
		result.Outcome = NotReached
	}
	return result
}

// FreeName returns the path of an output that is neither taken in used nor
// there already: "a.pdf", else "a (2).pdf" … A journal of an earlier run knows
// its own names: ask it first through Planned.
func FreeName(path string, used map[string]bool) string {
	ext := extension(path)
	stem := path[:len(path)-len(ext)]
	for n := 1; ; n++ {
		candidate := path
		if n > 1 {
			candidate = fmt.Sprintf("%s (%d)%s", stem, n, ext)
		}
		if _, err := os.Lstat(candidate); !used[candidate] && errors.Is(err, os.ErrNotExist) {
			return candidate
		}
	}
}

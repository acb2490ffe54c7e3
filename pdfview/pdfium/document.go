package pdfium

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"sync/atomic"
	"time"

	pdfium "github.com/klippa-app/go-pdfium"

	"trinhky/pdfview"
)

// An instance that took more than this is worth telling the operating system.
const notableMemory = 64 << 20

// A call that runs longer than callLimit, or abandonAfter longer than its ctx,
// has lost its way in a hostile document, which goes on in a new instance. Only
// few calls may be left behind like that, as each keeps a processor and memory.
const maxAbandoned = 2

// ErrSlow says that a page took longer than any page that is meant to be read.
var ErrSlow = errors.New("pdfium: the document takes too long")

// document is one open document. Calls wait for each other in turn; a call
// whose ctx ends goes away at once, whether it waits or runs.
type document struct {
	engine   *Engine
	pool     pdfium.Pool
	data     []byte
	password []byte
	pages    int
	closed   atomic.Bool
	inForm   atomic.Bool // PDFium is reading the form
	formless atomic.Bool // it was lost there once

	turn chan struct{} // holds one token: whoever took it owns s
	s    *session      // nil until it is needed, and after a fault
}

var _ pdfview.Document = (*document)(nil)

func newDocument(e *Engine, p pdfium.Pool, data, password []byte) *document {
	d := &document{engine: e, pool: p, data: data, password: bytes.Clone(password), turn: make(chan struct{}, 1)}
	d.turn <- struct{}{}
	return d
}

// open loads the document for the first time.
func (d *document) open(ctx context.Context) error {
	n, err := do(ctx, d, func(s *session) (int, error) { return s.pages, nil })
	d.pages = n
	return err
}

// Pages is the number of pages.
func (d *document) Pages() int { return d.pages }

// Close waits for the call that is running and gives everything back.
func (d *document) Close() error {
	if d.closed.Swap(true) {
		return nil
	}
	<-d.turn
	var err error
	if d.engine.enter() { // otherwise the instance ended with the engine
		if d.s != nil {
			err = d.s.close()
		}
		d.engine.calls.Done()
	}
	d.s = nil
	clear(d.password)
	d.data = nil
	d.turn <- struct{}{}
	return err
}

// release ends a call that the engine counted.
func (d *document) release() {
	d.engine.calls.Done()
	d.turn <- struct{}{}
}

// outcome is what a call came to, and the session it left.
type outcome[T any] struct {
	value T
	err   error
	s     *session // nil where it could not be made
}

// do runs f on the session when it is this call's turn. If ctx ends first, it
// returns at once; the turn passes on when f has ended, or is left behind.
func do[T any](ctx context.Context, d *document, f func(*session) (T, error)) (T, error) {
	var none T
	select {
	case <-d.turn:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	if d.closed.Load() || ctx.Err() != nil || !d.engine.enter() {
		d.turn <- struct{}{}
		return none, cmp.Or(ctx.Err(), ErrClosed)
	}
	ended := make(chan outcome[T], 1)
	old := d.s
	go func() { ended <- run(ctx, d, old, f) }()
	limit := time.NewTimer(d.engine.callLimit)
	defer limit.Stop()
	select {
	case o := <-ended:
		settle(d, o)
		return o.value, o.err
	case <-ctx.Done():
		go wait(d, ended, d.engine.abandonAfter)
		return none, ctx.Err()
	case <-limit.C:
		go wait(d, ended, d.engine.abandonAfter)
		return none, ErrSlow
	}
}

// run calls f, making the session first where there is none.
func run[T any](ctx context.Context, d *document, s *session, f func(*session) (T, error)) (o outcome[T]) {
	if o.s = s; s == nil {
		m, err := newModule(ctx, d.pool)
		if err == nil {
			o.s, err = newSession(m, d)
		}
		if o.err = err; err != nil {
			return o
		}
	}
	o.s.deadline = time.Now().Add(d.engine.callLimit)
	o.value, o.err = f(o.s)
	return o
}

// settle ends a turn. A fault inside the sandbox ends the session; the next
// call starts a new one, so that one bad page does not take the others along.
func settle[T any](d *document, o outcome[T]) {
	d.s = o.s
	var t *trap
	if errors.As(o.err, &t) && d.s != nil {
		_ = d.s.close() // the fault is what matters
		d.s = nil
	}
	d.release()
}

// wait ends the turn of a call that nobody waits for any more. After patience
// the call is left behind: the document goes on with a new session, and without
// its form where that is what the call was lost in.
func wait[T any](d *document, ended <-chan outcome[T], patience time.Duration) {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case o := <-ended:
		settle(d, o)
		return
	case <-late.C:
	}
	e := d.engine
	if e.abandoned.Add(1) > maxAbandoned {
		e.abandoned.Add(-1)
		settle(d, <-ended)
		return
	}
	if d.inForm.Load() {
		d.formless.Store(true)
		e.cfg.Warn(errors.New("pdfium: the form of the document cannot be read; its fields are not shown"))
	}
	d.s = nil
	d.turn <- struct{}{} // the lost call stays counted
	if o := <-ended; o.s != nil {
		_ = o.s.close() // nobody is left to hear of it
	}
	e.abandoned.Add(-1)
	e.calls.Done()
}

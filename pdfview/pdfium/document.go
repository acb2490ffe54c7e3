package pdfium

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"time"

	pdfium "github.com/klippa-app/go-pdfium"

	"trinhky/pdfview"
)

// An instance that took more than this is worth telling the operating system.
const notableMemory = 64 << 20

// A call that still runs so long after its ctx ended has lost its way in a
// hostile page: the document goes on in a new instance. Only few calls may be
// left behind like that, as each keeps a processor and its memory.
const (
	abandonAfter = 5 * time.Second
	maxAbandoned = 2
)

// document is one open document. Calls wait for each other in turn; a call
// whose ctx ends goes away at once, whether it waits or runs.
type document struct {
	engine   *Engine
	pool     pdfium.Pool
	data     []byte
	password []byte
	pages    int
	closed   atomic.Bool

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
	defer d.release()
	var err error
	if d.s != nil {
		err = d.s.close()
		d.s = nil
	}
	clear(d.password)
	d.data = nil
	return err
}

func (d *document) release() { d.turn <- struct{}{} }

// outcome is what a call came to.
type outcome[T any] struct {
	value T
	err   error
}

// do runs f on the session when it is this call's turn. If ctx ends first, it
// returns at once and the turn passes on when f has ended, or when the time of
// abandonAfter is over.
func do[T any](ctx context.Context, d *document, f func(*session) (T, error)) (T, error) {
	var none T
	select {
	case <-d.turn:
	case <-ctx.Done():
		return none, ctx.Err()
	}
	if err := d.ready(ctx); err != nil {
		d.release()
		return none, err
	}
	ended := make(chan outcome[T], 1)
	s := d.s
	go func() {
		v, err := f(s)
		ended <- outcome[T]{v, err}
	}()
	select {
	case o := <-ended:
		d.settle(o.err)
		return o.value, o.err
	case <-ctx.Done():
		go wait(d, ended)
		return none, ctx.Err()
	}
}

// ready sees to it that there is a session.
func (d *document) ready(ctx context.Context) error {
	if d.closed.Load() {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil || d.s != nil {
		return err
	}
	m, err := newModule(ctx, d.pool)
	if err != nil {
		return err
	}
	d.s, err = newSession(m, d.data, d.password)
	return err
}

// settle ends a turn. A fault inside the sandbox ends the session; the next
// call starts a new one, so that one bad page does not take the others along.
func (d *document) settle(err error) {
	var t *trap
	if errors.As(err, &t) && d.s != nil {
		_ = d.s.close() // the fault is what matters
		d.s = nil
	}
	d.release()
}

// wait ends the turn of a call that nobody waits for any more.
func wait[T any](d *document, ended <-chan outcome[T]) {
	late := time.NewTimer(abandonAfter)
	defer late.Stop()
	select {
	case o := <-ended:
		d.settle(o.err)
		return
	case <-late.C:
	}
	e := d.engine
	if e.abandoned.Add(1) > maxAbandoned {
		e.abandoned.Add(-1)
		o := <-ended
		d.settle(o.err)
		return
	}
	s := d.s
	d.s = nil
	d.release()
	<-ended
	_ = s.close() // nobody is left to hear of it
	e.abandoned.Add(-1)
}

// Package pdfium is the engine of pdfview: PDFium, compiled to WebAssembly and
// run inside the process by wazero. The sandbox has no files, no network, no
// clock of its own and no JavaScript; a document that breaks it breaks only
// its own instance, which is replaced.
//
// The module and the functions that it imports come from go-pdfium. Its typed
// interface costs several calls into the sandbox a value, so this package
// calls the exported functions itself (module.go) and takes only the instances
// from go-pdfium.
package pdfium

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	pdfium "github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/experimental"

	"trinhky/pdfview"
)

// ErrClosed says that the engine or the document was closed.
var ErrClosed = errors.New("pdfium: closed")

// Memory of one instance: the module can address 4 GiB; a document that wants
// more than this is refused instead of taking the machine with it.
const memoryPages = 2 << 30 / 65536

// Two workers make the compilation a third shorter on two cores.
const compilationWorkers = 2

// closeWait is how long Close waits for a call that runs.
const closeWait = 5 * time.Second

// Config says how the engine is made.
type Config struct {
	// CacheDir holds the compiled module (about 20 MB), so that the next start
	// takes 0.1 s instead of 3 s. It is machine code: it must be writable by
	// this user only. Empty means no cache; DefaultCacheDir gives the usual place.
	CacheDir string
	// Warn is told what was healed or degraded; nil means nobody is.
	Warn func(error)
}

// Engine opens documents. Making one costs nothing: PDFium starts with Warm or
// with the first Open. It is safe for concurrent use.
type Engine struct {
	cfg Config

	mu      sync.Mutex
	start   *start
	closed  bool
	booting sync.WaitGroup // starts that are running; Close waits for them
	calls   sync.WaitGroup // whatever uses an instance; see enter

	// abandoned counts instances whose call did not end; see document.do.
	abandoned    atomic.Int32
	abandonAfter time.Duration
	callLimit    time.Duration
}

// start is one attempt to start PDFium; done is closed when it ended.
type start struct {
	done chan struct{}
	pool pdfium.Pool
	err  error
}

var _ pdfview.Engine = (*Engine)(nil)

// New returns an engine that has not started yet.
func New(cfg Config) *Engine {
	if cfg.Warn == nil {
		cfg.Warn = func(error) {}
	}
	return &Engine{cfg: cfg, abandonAfter: 5 * time.Second, callLimit: time.Minute}
}

// Warm starts PDFium, compiling it if it must, and returns when it is ready or
// ctx ends; the start itself goes on in that case.
func (e *Engine) Warm(ctx context.Context) error {
	_, err := e.pool(ctx)
	return err
}

// Open opens the document in data with an instance of its own.
func (e *Engine) Open(ctx context.Context, data, password []byte) (pdfview.Document, error) {
	p, err := e.pool(ctx)
	if err != nil {
		return nil, err
	}
	d := newDocument(e, p, data, password)
	if err := d.open(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Close ends PDFium and every document that is still open. It waits for the
// calls that run. Code that still runs in a call lost in a hostile document
// cannot be taken from under it: then PDFium is left to the end of the process.
func (e *Engine) Close() error {
	e.mu.Lock()
	s, was := e.start, e.closed
	e.closed = true
	e.mu.Unlock()
	e.booting.Wait()
	if was || s == nil || s.pool == nil {
		return nil
	}
	ended := make(chan struct{})
	go func() {
		e.calls.Wait()
		close(ended)
	}()
	late := time.NewTimer(closeWait)
	defer late.Stop()
	select {
	case <-ended:
		return s.pool.Close()
	case <-late.C:
		e.cfg.Warn(errors.New("pdfium: a page is still being read; its memory is kept until the program ends"))
		return nil
	}
}

// enter counts a use of an instance, which ends with calls.Done. It says false
// once the engine is closed.
func (e *Engine) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.calls.Add(1)
	return true
}

// pool returns the started module. Whoever comes first starts it; a failed
// start is tried again by the next caller.
func (e *Engine) pool(ctx context.Context) (pdfium.Pool, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return nil, ErrClosed
	}
	s := e.start
	if s == nil {
		s = &start{done: make(chan struct{})}
		e.start = s
		e.booting.Go(func() { e.boot(s) })
	}
	e.mu.Unlock()
	select {
	case <-s.done:
		return s.pool, s.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (e *Engine) boot(s *start) {
	defer close(s.done)
	s.pool, s.err = withCache(e.cfg, load)
	if s.err != nil {
		e.mu.Lock()
		e.start = nil
		e.mu.Unlock()
	}
}

// load compiles the module, or takes it from cache (nil: no cache).
func load(cache wazero.CompilationCache) (p pdfium.Pool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("pdfium: start: %v", r)
		}
	}()
	rc := wazero.NewRuntimeConfig().WithMemoryLimitPages(memoryPages)
	if cache != nil {
		rc = rc.WithCompilationCache(cache)
	}
	return webassembly.Init(webassembly.Config{
		Context:       experimental.WithCompilationWorkers(context.Background(), compilationWorkers),
		MaxTotal:      -1, // as many documents as are open
		RuntimeConfig: rc,
		FSConfig:      wazero.NewFSConfig(), // the default would mount the disk
		Stdout:        io.Discard,           // a Windows program without a console has none
		Stderr:        io.Discard,
	})
}

// Package task is the one way off the thread of the user interface and back.
//
// Rule: nothing that can wait (disk, rendering, token, network) runs on the
// thread of the user interface, and nothing touches a widget anywhere else.
// fyne.Do stands in this file only; fyne.DoAndWait is not used at all.
package task

import (
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"fyne.io/fyne/v2"
)

// Runner starts work in goroutines and brings what it returns back to the
// thread of the user interface. It is safe for concurrent use.
type Runner struct {
	// Panicked is told of a panic in the work, with its stack; the rest of the
	// program goes on. nil: the panic goes on too.
	Panicked func(err error)

	mu     sync.Mutex
	closed bool
	wg     sync.WaitGroup
}

// Go runs work in a goroutine and the function it returns, if any, on the
// thread of the user interface. After Close nothing is started and nothing
// comes back.
func (r *Runner) Go(work func() (back func())) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return
	}
	r.wg.Add(1)
	r.mu.Unlock()
	go func() {
		defer r.wg.Done()
		defer r.rescue()
		if back := work(); back != nil {
			r.Post(back)
		}
	}()
}

// Post runs f on the thread of the user interface, in the order of posting.
func (r *Runner) Post(f func()) {
	r.mu.Lock()
	closed := r.closed
	r.mu.Unlock()
	if !closed {
		fyne.Do(f)
	}
}

// Close drops what comes back from now on and waits for the work that runs, but
// no longer than patience: a token that hangs must not keep the program. It
// says whether everything ended. The work's own contexts are cancelled by those
// who started it.
func (r *Runner) Close(patience time.Duration) bool {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		r.wg.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return true
	case <-time.After(patience):
		return false
	}
}

func (r *Runner) rescue() {
	if r.Panicked == nil {
		return
	}
	if p := recover(); p != nil {
		r.Panicked(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
	}
}

// Plain does everything at once in the caller's goroutine, for tests.
type Plain struct{}

// Go runs work and then what it returns.
func (Plain) Go(work func() (back func())) {
	if back := work(); back != nil {
		back()
	}
}

// Post runs f.
func (Plain) Post(f func()) { f() }

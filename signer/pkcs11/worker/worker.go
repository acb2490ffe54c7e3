// Package worker is the inside of the token helper process: it loads one
// PKCS#11 module and answers the requests of package pkcs11 over two pipes.
//
// One goroutine, on one system thread, talks to the module: one session, one
// queue. A PIN is presented to the module once for each time that a person
// gave it; it is wiped right after, except for a key that asks for a login at
// every signature (CKA_ALWAYS_AUTHENTICATE), where it is held until the key is
// locked and forgotten at the first refusal.
package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"trinhky/signer"
	"trinhky/signer/pkcs11/internal/cryptoki"
	"trinhky/signer/pkcs11/internal/library"
	"trinhky/signer/pkcs11/internal/wire"
)

// How long the module may take to say goodbye (some take 15 s to unload).
const farewell = 2 * time.Second

// How often the reader is looked at while somebody listens and nothing else is
// going on.
const pollEvery = time.Second

// ErrAbandoned says that a call of the module was still running at the end;
// the process has to exit.
var ErrAbandoned = errors.New("a call of the module is still running")

// Options say how the helper works. The zero value is what people use.
type Options struct {
	// Delay is added to every signature, as a slow token would: benchmarks of
	// what happens beside a token need one.
	Delay time.Duration
}

// Serve answers requests from in on out until in ends or ctx is done.
func Serve(ctx context.Context, in io.Reader, out io.Writer, o Options) error {
	return serve(ctx, in, out, &server{open: load, poll: pollEvery, delay: o.Delay})
}

func load(path string) (cryptoki.Module, error) {
	p, err := library.Inspect(path)
	if err != nil {
		return nil, err
	}
	if this := library.This(); p != this {
		return nil, &library.ArchitectureError{Library: p.String(), Program: this.String()}
	}
	return cryptoki.Open(path)
}

type message struct {
	request wire.Request
	secret  []byte
}

type server struct {
	open func(path string) (cryptoki.Module, error)
	poll time.Duration
	out  io.Writer
	// delay is added to every signature.
	delay time.Duration

	module   cryptoki.Module
	key      *unlocked
	keys     uint64 // how many were unlocked: numbers them
	watching bool
	present  []uint // slots at the last look
	refusals refusals
	failed   uint64 // the latest signature that the module was asked for and did not make
	why      error  // of that failure
}

func serve(ctx context.Context, in io.Reader, out io.Writer, s *server) error {
	s.out = out
	requests := make(chan message)
	readErr := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer close(requests)
		for {
			var m message
			var err error
			if m.secret, err = wire.ReadFrame(in, &m.request); err != nil {
				readErr <- err
				return
			}
			select {
			case requests <- m:
			case <-ctx.Done():
				clear(m.secret)
				return
			}
		}
	}()
	done := make(chan error, 1)
	go func() { done <- s.run(ctx, requests) }()
	select {
	case err := <-done: // the answers cannot be written
		return err
	case err := <-readErr:
		cancel()
		return s.goodbye(done, readError(err))
	case <-ctx.Done():
		return s.goodbye(done, ctx.Err())
	}
}

func readError(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// goodbye waits a little for the module to end its business.
func (s *server) goodbye(done <-chan error, err error) error {
	select {
	case <-done:
		return err
	case <-time.After(farewell):
		return ErrAbandoned
	}
}

// run is the one goroutine that talks to the module.
func (s *server) run(ctx context.Context, requests <-chan message) error {
	runtime.LockOSThread()
	defer s.close()
	idle := time.NewTimer(s.poll)
	defer idle.Stop()
	for {
		idle.Reset(s.poll)
		select {
		case <-ctx.Done():
			return nil
		case m, ok := <-requests:
			if !ok {
				return nil
			}
			answer := s.answer(m.request, m.secret)
			clear(m.secret)
			answer.ID = m.request.ID
			if err := wire.WriteFrame(s.out, answer, nil); err != nil {
				return err
			}
		case <-idle.C:
			if err := s.look(); err != nil {
				return err
			}
		}
	}
}

// close logs out and leaves the module.
func (s *server) close() {
	s.lock()
	if s.module != nil {
		_ = s.module.Finalize()
	}
}

// look reports whether the set of slots with tokens changed.
func (s *server) look() error {
	if !s.watching || s.module == nil {
		return nil
	}
	now, err := s.module.Slots()
	if err != nil || slices.Equal(now, s.present) {
		return nil //nolint:nilerr // asked again in a second
	}
	s.present = now
	return wire.WriteFrame(s.out, wire.Response{Changed: true}, nil)
}

func (s *server) answer(r wire.Request, secret []byte) wire.Response {
	var (
		a   wire.Response
		err error
	)
	if r.Op != wire.OpLoad && s.module == nil {
		err = errors.New("no module is loaded")
		return wire.Response{Failure: wire.FailureOf(err)}
	}
	switch r.Op {
	case wire.OpLoad:
		a.Info, err = s.load(r)
	case wire.OpSlots:
		a.Slots, err = s.slots()
	case wire.OpCertificates:
		a.Certificates, err = s.certificates(r)
	case wire.OpReveal:
		a.Certificates, err = s.reveal(r, secret)
	case wire.OpUnlock:
		a.Key, a.AlwaysAuth, err = s.unlock(r, secret)
	case wire.OpSign:
		a.Signature, err = s.sign(r)
	case wire.OpLock:
		if s.key != nil && s.key.number == r.Key {
			s.lock()
		}
	case wire.OpWatch:
		s.watching = r.Watch
		s.present, err = s.module.Slots()
	default:
		err = fmt.Errorf("unknown request %q", r.Op)
	}
	a.Failure = wire.FailureOf(classify(err))
	return a
}

func (s *server) load(r wire.Request) (*wire.Info, error) {
	if r.Version != wire.Version {
		return nil, &signer.ModuleError{Path: r.Path, Err: fmt.Errorf("the token helper speaks version %d, the program %d", wire.Version, r.Version)}
	}
	if s.module != nil {
		return nil, errors.New("a module is loaded already")
	}
	m, err := s.open(r.Path)
	if err != nil {
		return nil, &signer.ModuleError{Path: r.Path, Fault: library.Fault(err), Err: err}
	}
	s.module = m
	i, err := m.Info()
	if err != nil {
		return nil, &signer.ModuleError{Path: r.Path, Err: fmt.Errorf("C_GetInfo: %w", err)}
	}
	return &wire.Info{Manufacturer: i.Manufacturer, Description: i.Description, Version: i.Version}, nil
}

// classify gives the module's errors the types that the program acts on.
func classify(err error) error {
	var code cryptoki.Error
	if !errors.As(err, &code) {
		return err
	}
	var module *signer.ModuleError
	var pin *signer.PINError
	if errors.As(err, &module) || errors.As(err, &pin) {
		return err
	}
	fault := signer.TokenFailed
	switch code { //nolint:exhaustive // all others are failures
	case cryptoki.ErrDeviceRemoved, cryptoki.ErrTokenNotPresent, cryptoki.ErrTokenNotRecognized,
		cryptoki.ErrSlotIDInvalid, cryptoki.ErrSessionHandleInvalid, cryptoki.ErrSessionClosed:
		fault = signer.TokenRemoved
	case cryptoki.ErrSessionCount:
		fault = signer.TokenBusy
	case cryptoki.ErrPINLocked:
		fault = signer.TokenLocked
	case cryptoki.ErrFunctionCanceled:
		return context.Canceled
	}
	return &signer.TokenError{Fault: fault, Err: err}
}

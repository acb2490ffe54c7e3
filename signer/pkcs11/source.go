package pkcs11

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"trinhky/signer"
	"trinhky/signer/pkcs11/internal/library"
	"trinhky/signer/pkcs11/internal/wire"
)

// Reasons of a *signer.ModuleError, for errors.Is and errors.As.
var (
	ErrNotLibrary     = library.ErrNotLibrary
	ErrNoFunctionList = library.ErrNoFunctionList
)

// ArchitectureError says that a module is for another kind of program, such as
// 32-bit where this program has 64.
type ArchitectureError = library.ArchitectureError

// PINLengthError says that a PIN is shorter or longer than the token allows;
// nothing was presented. It is a *signer.PINError too.
type PINLengthError = wire.PINLengthError

// Limits are the hard limits after which a helper is killed. Zero fields get
// the defaults.
type Limits struct {
	Load   time.Duration // 30 s
	List   time.Duration // 15 s: slots, certificates
	Unlock time.Duration // 60 s; 3 minutes where the token has a PIN pad
	Sign   time.Duration // 60 s
	Close  time.Duration // 3 s
}

func (l Limits) withDefaults() Limits {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&l.Load, 30*time.Second)
	set(&l.List, 15*time.Second)
	set(&l.Unlock, time.Minute)
	set(&l.Sign, time.Minute)
	set(&l.Close, 3*time.Second)
	return l
}

// Config says where things are. It is not modified after New.
type Config struct {
	// Helper is the path of trinhky-token for this platform.
	Helper string
	// Others are helpers for modules of other platforms, such as
	// "windows/386": 32-bit modules on 64-bit Windows.
	Others map[string]string
	// Modules are the paths of the modules, the preferred ones first.
	Modules []string
	// Environment is added to what helpers inherit (SOFTHSM2_CONF …).
	Environment map[string]string
	Limits      Limits
	// Stderr gets what modules print; nil: nothing is kept.
	Stderr io.Writer
}

// Source finds tokens in the modules of its Config. It is safe for concurrent
// use; Close ends its helpers.
type Source struct {
	config  Config
	modules []*module
	ticks   chan struct{}

	mu       sync.Mutex
	watching bool
	closed   bool
}

// New makes a Source. Nothing is started or loaded yet.
func New(c Config) *Source {
	c.Limits = c.Limits.withDefaults()
	s := &Source{config: c, ticks: make(chan struct{}, 1)}
	seen := map[string]bool{}
	for _, path := range c.Modules {
		if !seen[path] {
			seen[path] = true
			s.modules = append(s.modules, &module{source: s, path: path})
		}
	}
	return s
}

// module is one PKCS#11 module, loaded or not.
type module struct {
	source *Source
	path   string

	starting sync.Mutex // held while a helper starts
	mu       sync.Mutex
	proc     *process
	info     wire.Info
	err      error // of the last try to load or list
	// revealed holds the certificates that tokens showed only after a login, by
	// label and serial number. They are public.
	revealed map[[2]string][]wire.Certificate
}

// State is what is known of one module, for lists and the doctor.
type State struct {
	Path                               string
	Manufacturer, Description, Version string
	Err                                error // why it cannot be used; nil where it can, or was not tried
	Loaded                             bool
}

// States tells what is known of the modules after the last Slots.
func (s *Source) States() []State {
	list := make([]State, 0, len(s.modules))
	for _, m := range s.modules {
		m.mu.Lock()
		list = append(list, State{
			Path: m.path, Manufacturer: m.info.Manufacturer, Description: m.info.Description, Version: m.info.Version,
			Err: m.err, Loaded: m.proc != nil && m.proc.alive(),
		})
		m.mu.Unlock()
	}
	return list
}

// running gives the module's live helper, starting one where needed.
func (m *module) running(ctx context.Context) (*process, error) {
	m.starting.Lock()
	defer m.starting.Unlock()
	m.mu.Lock()
	p := m.proc
	m.mu.Unlock()
	if p != nil && p.alive() {
		return p, nil
	}
	m.source.mu.Lock()
	closed, watching := m.source.closed, m.source.watching
	m.source.mu.Unlock()
	if closed {
		return nil, errClosed
	}
	p, info, err := m.start(ctx)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	m.proc, m.info = p, info
	m.mu.Unlock()
	if watching {
		m.source.watch(p)
	}
	return p, nil
}

func (m *module) start(ctx context.Context) (*process, wire.Info, error) {
	s := m.source
	helper, err := s.helperFor(m.path)
	if err != nil {
		return nil, wire.Info{}, &signer.ModuleError{Path: m.path, Fault: library.Fault(err), Err: err}
	}
	p, err := start(helper, s.config.Environment, s.config.Stderr, s.tick)
	if err != nil {
		return nil, wire.Info{}, err
	}
	r, err := p.call(ctx, asking{
		request: wire.Request{Op: wire.OpLoad, Version: wire.Version, Path: m.path}, limit: s.config.Limits.Load,
	})
	if err == nil && r.Info != nil {
		return p, *r.Info, nil
	}
	if ctx.Err() != nil { // nobody waits for a slow module to say goodbye
		p.kill(errClosed)
		return nil, wire.Info{}, err
	}
	p.close(s.config.Limits.Close)
	var token *signer.TokenError
	if errors.As(err, &token) { // it crashed or hung while loading
		err = &signer.ModuleError{Path: m.path, Fault: signer.ModuleCrashed, Err: err}
	}
	return nil, wire.Info{}, err
}

// helperFor reads the header of a module and picks the helper that can load it.
func (s *Source) helperFor(path string) (string, error) {
	p, err := library.Inspect(path)
	if err != nil {
		return "", err
	}
	if p == library.This() {
		return s.config.Helper, nil
	}
	if h := s.config.Others[p.String()]; h != "" {
		return h, nil
	}
	return "", &library.ArchitectureError{Library: p.String(), Program: library.This().String()}
}

// Slots implements signer.TokenSource. Modules that fail do not hide the
// tokens of others (see States); when all fail, their errors are returned.
// A token that several modules show is listed once, from the preferred module.
func (s *Source) Slots(ctx context.Context) ([]signer.Slot, error) {
	type found struct {
		slots []signer.Slot
		err   error
	}
	results := make([]found, len(s.modules))
	var wg sync.WaitGroup
	for i, m := range s.modules {
		wg.Go(func() { results[i].slots, results[i].err = m.slots(ctx) })
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var slots []signer.Slot
	var failed []error
	seen := map[[2]string]bool{}
	for _, r := range results {
		if r.err != nil {
			failed = append(failed, r.err)
		}
		for _, slot := range r.slots {
			name := [2]string{slot.Token.Label, slot.Token.Serial}
			if slot.Token.Serial != "" && seen[name] {
				continue
			}
			seen[name] = true
			slots = append(slots, slot)
		}
	}
	if len(failed) > 0 && len(failed) == len(s.modules) {
		return nil, errors.Join(failed...)
	}
	return slots, nil
}

func (m *module) slots(ctx context.Context) ([]signer.Slot, error) {
	r, err := m.call(ctx, asking{request: wire.Request{Op: wire.OpSlots}, limit: m.source.config.Limits.List})
	m.mu.Lock()
	if ctx.Err() == nil {
		m.err = err
	}
	m.mu.Unlock()
	if err != nil {
		return nil, err
	}
	list := make([]signer.Slot, 0, len(r.Slots))
	for _, t := range r.Slots {
		list = append(list, signer.Slot{
			ID: t.ID, Reader: t.Reader, Module: m.path,
			Token: signer.TokenInfo{
				Label: t.Label, Serial: t.Serial, Manufacturer: t.Manufacturer, Model: t.Model,
				PIN: signer.PINState(t.PIN), PINPad: t.PINPad, MinPIN: t.MinPIN, MaxPIN: t.MaxPIN,
			},
		})
	}
	return list, nil
}

func (m *module) call(ctx context.Context, a asking) (wire.Response, error) {
	p, err := m.running(ctx)
	if err != nil {
		return wire.Response{}, err
	}
	return p.call(ctx, a)
}

// Open implements signer.TokenSource. It touches nothing yet.
func (s *Source) Open(slot signer.Slot) (signer.Token, error) {
	for _, m := range s.modules {
		if m.path == slot.Module {
			return &Token{module: m, slot: slot}, nil
		}
	}
	return nil, fmt.Errorf("%w: no module %s", signer.ErrNoToken, slot.Module)
}

// Changed implements signer.TokenSource. Readers are looked at about once a
// second from the first call on, in the helpers that are running.
func (s *Source) Changed() <-chan struct{} {
	s.mu.Lock()
	first := !s.watching
	s.watching = true
	s.mu.Unlock()
	if first {
		for _, m := range s.modules {
			m.mu.Lock()
			p := m.proc
			m.mu.Unlock()
			if p != nil && p.alive() {
				s.watch(p)
			}
		}
	}
	return s.ticks
}

// watch has a helper report changes; it does not wait for its turn.
func (s *Source) watch(p *process) {
	go func() {
		_, _ = p.call(context.Background(), asking{
			request: wire.Request{Op: wire.OpWatch, Watch: true}, limit: s.config.Limits.List,
		})
	}()
}

func (s *Source) tick() {
	s.mu.Lock()
	on := s.watching && !s.closed
	s.mu.Unlock()
	if !on {
		return
	}
	select {
	case s.ticks <- struct{}{}:
	default: // one is waiting to be read already
	}
}

// Close logs out everywhere and ends the helpers.
func (s *Source) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	var wg sync.WaitGroup
	for _, m := range s.modules {
		m.mu.Lock()
		p := m.proc
		m.mu.Unlock()
		if p != nil {
			wg.Go(func() { p.close(s.config.Limits.Close) })
		}
	}
	wg.Wait()
	return nil
}

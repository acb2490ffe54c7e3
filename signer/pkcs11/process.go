package pkcs11

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"trinhky/signer"
	"trinhky/signer/pkcs11/internal/wire"
)

// places are how many requests are in a helper at once: a signature may take one
// and have the next wait behind it, every other request takes all.
const places = 2

// process is one running helper with one module. Its module answers one
// request at a time.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	room  *semaphore.Weighted // the places in the helper, first come, first served

	sending sync.Mutex // requests go out in the order of their numbers
	mu      sync.Mutex // guards what follows
	next    uint64
	failed  uint64 // the latest request of whose failure we have heard
	waiting map[uint64]chan wire.Response
	err     error         // why it ended
	ended   chan struct{} // closed when it ended
	changed func()
}

// errClosed ends a process that we closed ourselves.
var errClosed = errors.New("the token helper was closed")

// withheld are the prefixes of environment variables that hold secrets.
var withheld = []string{"TRINHKY_PIN", "TRINHKY_SIGN_PIN", "TRINHKY_PASSWORD"}

// environment is what a helper inherits, without secrets, with the settings'
// own variables.
func environment(inherited []string, extra map[string]string) []string {
	env := slices.Clone(inherited)
	for name, value := range extra {
		env = append(env, name+"="+value)
	}
	return slices.DeleteFunc(env, func(v string) bool {
		return slices.ContainsFunc(withheld, func(p string) bool { return strings.HasPrefix(strings.ToUpper(v), p) })
	})
}

// start runs a helper. changed is called, on its own goroutine, when the
// helper says that the set of tokens changed, or ends while nobody waits.
func start(helper string, env map[string]string, stderr io.Writer, changed func()) (*process, error) {
	cmd := exec.Command(helper)
	cmd.Env = environment(os.Environ(), env)
	cmd.Stderr = stderr
	hide(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the token helper: %w", err)
	}
	p := &process{
		cmd: cmd, stdin: stdin, room: semaphore.NewWeighted(places), waiting: map[uint64]chan wire.Response{},
		ended: make(chan struct{}), changed: changed,
	}
	go p.read(stdout)
	return p, nil
}

// read hands answers to those who wait for them until the helper ends.
func (p *process) read(stdout io.Reader) {
	for {
		var r wire.Response
		secret, err := wire.ReadFrame(stdout, &r)
		clear(secret)
		if err != nil {
			break
		}
		if r.ID == 0 {
			if r.Changed {
				p.changed()
			}
			continue
		}
		p.mu.Lock()
		c := p.waiting[r.ID]
		if r.Failure != nil {
			p.failed = max(p.failed, r.ID)
		}
		delete(p.waiting, r.ID)
		p.mu.Unlock()
		if c != nil {
			c <- r
		}
	}
	_ = p.cmd.Process.Kill() // it may still be there after a malformed frame
	err := p.cmd.Wait()
	if err == nil {
		err = errors.New("it ended by itself")
	}
	p.end(&signer.TokenError{Fault: signer.TokenFailed, Err: fmt.Errorf("the token helper ended: %w", err)})
	p.mu.Lock()
	alone := len(p.waiting) == 0 && !errors.Is(p.err, errClosed)
	p.mu.Unlock()
	close(p.ended)
	if alone {
		p.changed()
	}
}

// end notes the first reason of the end.
func (p *process) end(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err == nil {
		p.err = err
	}
}

func (p *process) cause() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *process) alive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return p.cause() == nil
	}
}

// kill ends the helper for a reason.
func (p *process) kill(err error) {
	p.end(err)
	_ = p.cmd.Process.Kill()
}

// close asks the helper to end and kills it where it does not.
func (p *process) close(patience time.Duration) {
	p.end(errClosed)
	_ = p.stdin.Close()
	select {
	case <-p.ended:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
}

// asking is one request with its limits.
type asking struct {
	request wire.Request
	secret  []byte // wiped by its owner, not here
	limit   time.Duration
	// ahead: it may wait in the helper behind another such request.
	ahead bool
	// late gets the answer that came after the caller had stopped waiting.
	late func(wire.Response)
}

// call sends a request and waits for its answer. When ctx ends, call returns
// at once; the helper works on and the answer goes to late. When the limit
// passes, the helper is killed.
func (p *process) call(ctx context.Context, a asking) (wire.Response, error) {
	weight := int64(places)
	if a.ahead {
		weight = 1
	}
	if err := p.room.Acquire(ctx, weight); err != nil {
		return wire.Response{}, err
	}
	if err := ctx.Err(); err != nil {
		p.room.Release(weight)
		return wire.Response{}, err
	}
	c, limit, err := p.send(a)
	if err != nil {
		p.room.Release(weight)
		<-p.ended // the pipe broke: the reason follows
		return wire.Response{}, p.cause()
	}
	w := waiting{answer: c, limit: limit, over: time.NewTimer(limit)}
	r, err := p.await(ctx, w)
	if !errors.Is(err, errLeft) {
		w.over.Stop()
		p.room.Release(weight)
		return r, err
	}
	// The helper works on: its room is free when it has answered.
	go func() {
		defer w.over.Stop()
		r, err := p.await(context.Background(), w)
		p.room.Release(weight)
		if err == nil && a.late != nil {
			a.late(r)
		}
	}()
	return wire.Response{}, ctx.Err()
}

// errLeft says that the caller stopped waiting: the answer is still to come.
var errLeft = errors.New("nobody waits for the answer")

// waiting is an answer that is to come before its time is over.
type waiting struct {
	answer <-chan wire.Response
	limit  time.Duration
	over   *time.Timer
}

// send numbers a request and writes it. The limit of an answer counts from when
// the helper can begin with it: what is in front has its own.
func (p *process) send(a asking) (<-chan wire.Response, time.Duration, error) {
	p.sending.Lock()
	defer p.sending.Unlock()
	c := make(chan wire.Response, 1)
	p.mu.Lock()
	p.next++
	a.request.ID, a.request.Known = p.next, p.failed
	limit := a.limit * time.Duration(1+len(p.waiting))
	p.waiting[p.next] = c
	p.mu.Unlock()
	return c, limit, wire.WriteFrame(p.stdin, a.request, a.secret)
}

// await waits for one answer, and kills a helper that is too late with it;
// errLeft when ctx ends first.
func (p *process) await(ctx context.Context, w waiting) (wire.Response, error) {
	select {
	case r := <-w.answer:
		return r, r.Failure.Err()
	case <-ctx.Done():
		return wire.Response{}, errLeft
	case <-p.ended:
		select {
		case r := <-w.answer: // its last words
			return r, r.Failure.Err()
		default:
			return wire.Response{}, p.cause()
		}
	case <-w.over.C:
		p.kill(&signer.TokenError{Fault: signer.TokenHung, Err: fmt.Errorf("no answer within %v", w.limit)})
		<-p.ended
		return wire.Response{}, p.cause()
	}
}

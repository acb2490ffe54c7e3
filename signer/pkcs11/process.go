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

	"trinhky/signer"
	"trinhky/signer/pkcs11/internal/wire"
)

// process is one running helper with one module. Its module answers one
// request at a time.
type process struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	turn  chan struct{} // holds one token: whose request is being worked on

	mu      sync.Mutex
	next    uint64
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
		cmd: cmd, stdin: stdin, turn: make(chan struct{}, 1), waiting: map[uint64]chan wire.Response{},
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
	// late gets the answer that came after the caller had stopped waiting.
	late func(wire.Response)
}

// call sends a request and waits for its answer. When ctx ends, call returns
// at once; the helper works on and the answer goes to late. When the limit
// passes, the helper is killed.
func (p *process) call(ctx context.Context, a asking) (wire.Response, error) {
	select {
	case p.turn <- struct{}{}:
	case <-p.ended:
		return wire.Response{}, p.cause()
	case <-ctx.Done():
		return wire.Response{}, ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		<-p.turn
		return wire.Response{}, err
	}
	c := make(chan wire.Response, 1)
	p.mu.Lock()
	p.next++
	a.request.ID = p.next
	p.waiting[p.next] = c
	p.mu.Unlock()
	if err := wire.WriteFrame(p.stdin, a.request, a.secret); err != nil {
		<-p.turn
		<-p.ended // the pipe broke: the reason follows
		return wire.Response{}, p.cause()
	}
	type result struct {
		response wire.Response
		err      error
	}
	done := make(chan result) // no buffer: the answer goes here or to late, never nowhere
	abandoned := make(chan struct{})
	go func() {
		r, err := p.await(c, a.limit)
		<-p.turn
		select {
		case <-abandoned:
			if err == nil && a.late != nil {
				a.late(r)
			}
		case done <- result{r, err}:
		}
	}()
	select {
	case r := <-done:
		return r.response, r.err
	case <-ctx.Done():
		close(abandoned)
		return wire.Response{}, ctx.Err()
	}
}

func (p *process) await(c <-chan wire.Response, limit time.Duration) (wire.Response, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case r := <-c:
		return r, r.Failure.Err()
	case <-p.ended:
		select {
		case r := <-c: // its last words
			return r, r.Failure.Err()
		default:
			return wire.Response{}, p.cause()
		}
	case <-timer.C:
		p.kill(&signer.TokenError{Fault: signer.TokenHung, Err: fmt.Errorf("no answer within %v", limit)})
		<-p.ended
		return wire.Response{}, p.cause()
	}
}

package submittest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/store"
	"trinhky/submit/submittest"
)

// The child of these tests is this very program: it queues one document and
// delivers it to an axis over HTTP, and is killed on the way.

const (
	childJob = "TRINHKY_TEST_CHILD"
	systemID = "demo.sys.01"
	secret   = "demo-secret"
)

// job is what a child does.
type job struct {
	Home, Endpoint, Document string
	// KillAt ends the child as a power cut would at that step; 0 never.
	KillAt int
	// Again adds the document once more, as a person who sends again; without
	// it the child only runs the outbox.
	Again bool
}

func TestMain(m *testing.M) {
	if text := os.Getenv(childJob); text != "" {
		if err := runChild(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func runChild(text string) error {
	var j job
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return err
	}
	ctx := context.Background()
	s, err := store.Open(ctx, j.Home)
	if err != nil {
		return err
	}
	client, err := axis.New(axis.Config{Endpoint: j.Endpoint, SystemID: systemID, Secret: secret, Dir: j.Home})
	if err != nil {
		return err
	}
	steps := &steps{killAt: j.KillAt}
	o := submit.NewOutbox(submit.Config{
		Journal: killingJournal{s, steps}, Schedule: submittest.Schedule(),
		Connectors: map[string]submit.Connector{submittest.Name: killingConnector{client, steps}},
	})
	if j.Again {
		r, err := o.Add(ctx, document(j.Document))
		if err != nil {
			return err
		}
		if _, err := o.Deliver(ctx, r.Envelope.ID); err != nil {
			return err
		}
	} else if err := o.RunUntilIdle(ctx); err != nil {
		return err
	}
	return s.Close()
}

func document(path string) submit.Envelope {
	return submit.Envelope{
		Connector: submittest.Name, Files: []submit.File{{Path: path}},
		From: submit.Party{Code: "H99.97", Name: "Sở Thử nghiệm tỉnh Mẫu"},
		To: []submit.Party{
			{Code: "H99.98", Name: "Sở Nhận văn bản tỉnh Mẫu"}, {Code: "G99", Name: "Cơ quan Mẫu trung ương"},
		},
		Document: submit.Metadata{
			Number: "125", Notation: "SG-VP", Place: "Tỉnh Mẫu", Date: "2026-11-20", Type: "Công văn",
			Subject: "V/v thử nghiệm ngắt giữa chừng", Signer: "Nguyễn Văn Thử",
		},
	}
}

// steps counts what is done and ends the program at one of them.
type steps struct{ done, killAt int }

func (s *steps) step() {
	if s.done++; s.done == s.killAt {
		p, err := os.FindProcess(os.Getpid())
		if err == nil {
			_ = p.Kill()
		}
		select {} // the signal is on its way
	}
}

// killingJournal has a step before and after everything that it writes.
type killingJournal struct {
	submit.Journal
	steps *steps
}

func (k killingJournal) Add(ctx context.Context, e submit.Envelope) (submit.Record, error) {
	k.steps.step()
	defer k.steps.step()
	return k.Journal.Add(ctx, e)
}

func (k killingJournal) Update(ctx context.Context, id string, change func(*submit.Record) error) (submit.Record, error) {
	k.steps.step()
	defer k.steps.step()
	return k.Journal.Update(ctx, id, change)
}

func (k killingJournal) Claim(ctx context.Context, id string) (func(), error) {
	k.steps.step()
	release, err := k.Journal.Claim(ctx, id)
	k.steps.step()
	if err != nil {
		return nil, err
	}
	return func() {
		k.steps.step()
		release()
		k.steps.step()
	}, nil
}

type killingConnector struct {
	submit.Connector
	steps *steps
}

func (k killingConnector) Submit(ctx context.Context, e submit.Envelope) (submit.Receipt, error) {
	k.steps.step()
	defer k.steps.step()
	return k.Connector.Submit(ctx, e)
}

func (k killingConnector) Lookup(ctx context.Context, e submit.Envelope) ([]submit.Receipt, error) {
	k.steps.step()
	defer k.steps.step()
	return k.Connector.Lookup(ctx, e)
}

// world is an axis and a home for children.
type world struct {
	server   *sandbox.Server
	endpoint string
	job      job
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s, err := sandbox.New(sandbox.Config{SystemID: systemID, Systems: map[string]string{systemID: secret}})
	if err != nil {
		t.Fatal(err)
	}
	h := serve(s)
	t.Cleanup(func() {
		h.Close()
		_ = s.Close()
	})
	path := filepath.Join(t.TempDir(), "Công văn 125.pdf")
	if err := os.WriteFile(path, []byte("%PDF-1.4\n%%EOF\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return &world{s, h.URL, job{Home: t.TempDir(), Endpoint: h.URL, Document: path}}
}

// start starts a child; its errors are in the buffer when it has ended.
func (w *world) start(t *testing.T, j job) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	text, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, exe)
	var stderr bytes.Buffer
	c.Env, c.Stderr = append(os.Environ(), childJob+"="+string(text)), &stderr
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, &stderr
}

// run runs a child to its end and says whether it was killed.
func (w *world) run(t *testing.T, j job) (killed bool) {
	t.Helper()
	c, stderr := w.start(t, j)
	err := c.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return false
	case errors.As(err, &exit) && stderr.Len() == 0:
		return true
	default:
		t.Fatalf("child: %v: %s", err, stderr)
		return false
	}
}

// check wants the document there once, and the journal to know it.
func (w *world) check(t *testing.T, what string) {
	t.Helper()
	if got := w.server.State().Documents; len(got) != 1 {
		t.Errorf("%s: %d documents arrived", what, len(got))
	}
	s, err := store.Open(t.Context(), w.job.Home)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all, err := s.List(t.Context(), submit.Filter{})
	if err != nil || len(all) != 1 || all[0].Status != submit.Delivered && all[0].Recipients[0].Status == submit.Queued {
		t.Errorf("%s: the journal holds %d envelopes, %v", what, len(all), err)
	}
}

// TestKilledAtEveryStep kills the child at its first step, its second, … until
// it lives through them all. What comes after sends again, or only runs the
// outbox; in both cases exactly one document is there.
func TestKilledAtEveryStep(t *testing.T) {
	for _, again := range []bool{true, false} {
		for n := 1; ; n++ {
			w := newWorld(t)
			first := w.job
			first.KillAt, first.Again = n, true
			killed := w.run(t, first)
			if killed && !again && !w.queued(t) {
				continue // nothing was promised yet
			}
			second := w.job
			second.Again = again
			w.run(t, second)
			w.check(t, fmt.Sprintf("killed at step %d, then again=%v", n, again))
			if !killed {
				if n < 12 {
					t.Errorf("only %d steps: the child is not followed", n)
				}
				break
			}
		}
	}
}

func (w *world) queued(t *testing.T) bool {
	t.Helper()
	s, err := store.Open(t.Context(), w.job.Home)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all, err := s.List(t.Context(), submit.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return len(all) > 0
}

// TestKilledTwice kills the recovery too.
func TestKilledTwice(t *testing.T) {
	for _, n := range []int{9, 10, 11} { // before, in and after the send
		for m := 1; ; m++ {
			w := newWorld(t)
			first, second, third := w.job, w.job, w.job
			first.KillAt, first.Again = n, true
			second.KillAt, second.Again = m, true
			third.Again = true
			w.run(t, first)
			killed := w.run(t, second)
			w.run(t, third)
			w.check(t, fmt.Sprintf("killed at step %d, then at step %d", n, m))
			if !killed || testing.Short() {
				break
			}
		}
	}
}

// TestKilledAnytime kills children at any moment. The seed is printed.
func TestKilledAnytime(t *testing.T) {
	kills := 40
	switch {
	case os.Getenv("TRINHKY_SOAK") != "":
		kills = 200
	case testing.Short():
		kills = 8
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	for i := range kills {
		w := newWorld(t)
		j := w.job
		j.Again = true
		began := time.Now()
		c, _ := w.start(t, j)
		limit := 150 * time.Millisecond
		timer := time.AfterFunc(time.Duration(dice.Int64N(int64(limit))), func() { _ = c.Process.Kill() })
		_ = c.Wait() // killed or done: both are right
		timer.Stop()
		w.run(t, j)
		w.check(t, fmt.Sprintf("kill %d after %v", i, time.Since(began)))
	}
}

// TestTwoPrograms: several programs with the same document and the same home
// send it once.
func TestTwoPrograms(t *testing.T) {
	w := newWorld(t)
	j := w.job
	j.Again = true
	type child struct {
		c      *exec.Cmd
		stderr *bytes.Buffer
	}
	var all []child
	for range 4 {
		c, stderr := w.start(t, j)
		all = append(all, child{c, stderr})
	}
	for _, c := range all {
		if err := c.c.Wait(); err != nil {
			t.Errorf("%v: %s", err, c.stderr)
		}
	}
	w.check(t, "four programs")
}

package flow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/signer"
	"trinhky/signer/batch"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// PINs are what a person typed: the PIN of the token and, where the token has
// one of its own for signatures, that one. They are wiped by who gets them.
type PINs struct{ Login, Signature signer.PIN }

// Wipe forgets them.
func (p PINs) Wipe() {
	p.Login.Wipe()
	p.Signature.Wipe()
}

// unlock logs in once, with the PIN of signatures where there is one.
func unlock(ctx context.Context, t signer.Token, c signer.Certificate, p PINs) (signer.Key, error) {
	with, ok := t.(interface {
		UnlockWith(ctx context.Context, c signer.Certificate, pin, signature signer.PIN) (signer.Key, error)
	})
	if ok && len(p.Signature) > 0 {
		return with.UnlockWith(ctx, c, p.Login, p.Signature)
	}
	return t.Unlock(ctx, c, p.Login)
}

// asksEachTime says whether a key wants its PIN at every signature
// (CKA_ALWAYS_AUTHENTICATE).
func asksEachTime(k signer.Key) bool {
	a, ok := k.(interface{ AsksEachTime() bool })
	return ok && a.AsksEachTime()
}

// todo is one document of a run, as it was when the run began.
type todo struct {
	row    *BatchRow
	index  int
	doc    *review.Document
	place  review.Placement
	fixed  *review.Placement
	role   stamp.Role
	output string
	level  signer.Level
}

// job is everything that a run needs; certificate and token are frozen in it.
type job struct {
	settings settings.Settings
	choice   Choice
	list     []todo
	size     int64
}

// pileToSign are the documents that were agreed to and belong to one
// certificate: that of the first of them.
func (f *Flow) pileToSign() (job, bool) {
	j := job{settings: f.c.Settings}
	found := false
	for i, r := range f.pile.now.Rows {
		if r.State != RowAgreed || r.Signer == nil || r.Signer.Certificate.Unusable != nil {
			continue
		}
		if found && !equalChoice(r.Signer, &j.choice) {
			continue
		}
		j.choice, found = *r.Signer, true
		j.size += r.doc.Size
		j.list = append(j.list, todo{r, i, r.doc, r.Place, r.fixed, r.Role, r.Output, r.Asked})
	}
	return j, found
}

// Signing counts the documents that BatchSign would sign now.
func (f *Flow) Signing() int {
	j, _ := f.pileToSign()
	return len(j.list)
}

// BatchSign is the button «Ký N văn bản đã xem»: what can fail without the
// token is tried first, then the PIN is asked for, once.
func (f *Flow) BatchSign() {
	p := &f.pile.now
	j, ok := f.pileToSign()
	if p.Stage != BatchIdle || !ok || f.c.Tokens == nil || f.pile.journal == nil {
		return
	}
	f.leaveReview()
	choice := j.choice
	p.Stage, p.Problem, p.Signer, p.Signature, p.Warnings = BatchChecking, nil, &choice, false, nil
	turn, ctx := f.beginTurn()
	f.tellBatch(AllRows)
	f.c.Runner.Go(func() func() {
		warnings, state, err := f.beforePile(ctx, j)
		return func() {
			if turn != f.pile.turn {
				return
			}
			p.Stage, p.PIN, p.Warnings = BatchAskPIN, state, warnings
			if err != nil {
				p.Stage = BatchIdle
				f.stoppedBy(err, j.choice)
			}
			f.tellBatch(AllRows)
		}
	})
}

// beginTurn cancels what runs for the pile and starts anew.
func (f *Flow) beginTurn() (int, context.Context) {
	if f.pile.cancel != nil {
		f.pile.cancel()
	}
	f.pile.turn++
	ctx, cancel := context.WithCancel(f.ctx)
	f.pile.cancel = cancel
	return f.pile.turn, ctx
}

// beforePile tries what can fail without the token: the outputs, the disk, the
// time-stamping server, the certificate, the state of the PIN.
func (f *Flow) beforePile(ctx context.Context, j job) ([]verify.Finding, signer.PINState, error) {
	for i, t := range j.list {
		if i == 0 || filepath.Dir(t.output) != filepath.Dir(j.list[i-1].output) {
			if err := os.MkdirAll(filepath.Dir(t.output), 0o755); err != nil {
				return nil, 0, &review.RuleError{Rule: review.RuleNoFolder, Args: map[string]string{"path": filepath.Dir(t.output)}, Err: err}
			}
		}
	}
	first := j.list[0]
	r := request(Desk{Doc: first.doc, Place: first.place, Signer: &j.choice, Level: first.level, Output: first.output})
	if f.c.Preflight != nil {
		whole := *first.doc
		whole.Size = j.size // the disk has to hold all of them
		if err := f.c.Preflight(ctx, j.settings, &whole, r); err != nil && !errors.Is(err, signer.ErrExists) {
			return nil, 0, err
		}
	}
	warnings, err := f.maySign(ctx, j.choice)
	if err != nil {
		return nil, 0, err
	}
	state, err := f.pinState(ctx, j.choice)
	return warnings, state, err
}

// maySign asks whether the certificate may sign: validity, path, revocation.
func (f *Flow) maySign(ctx context.Context, c Choice) ([]verify.Finding, error) {
	if f.c.MaySign == nil {
		return nil, nil
	}
	return f.c.MaySign(ctx, f.c.Settings, c.Certificate)
}

// stoppedBy notes why a run ended. The pile goes on by itself, as far as the
// PIN, when a token that was pulled out comes back.
func (f *Flow) stoppedBy(err error, c Choice) {
	p := &f.pile.now
	var token *signer.TokenError
	if errors.As(err, &token) && token.Fault == signer.TokenRemoved {
		f.pile.resume = &c
	}
	if !errors.Is(err, context.Canceled) {
		p.Problem = err
	}
}

// BatchPIN signs the pile. lastTry says that the person knows that a wrong PIN
// would lock the token. The PINs are wiped.
func (f *Flow) BatchPIN(pins PINs, lastTry bool) {
	p := &f.pile.now
	j, ok := f.pileToSign()
	if p.Stage != BatchAskPIN || !ok || p.PIN == signer.PINFinalTry && !lastTry || !equalChoice(&j.choice, p.Signer) {
		pins.Wipe()
		return
	}
	p.Stage, p.Problem, p.Done, p.Todo, p.Left = BatchRunning, nil, 0, len(j.list), 0
	f.pile.resume, f.pile.decide = nil, make(chan bool, 1)
	for _, t := range j.list {
		t.row.State, t.row.Err = RowWaiting, nil
	}
	turn, ctx := f.beginTurn()
	f.pile.began = f.c.Now()
	r := &running{flow: f, job: j, turn: turn, journal: f.pile.journal, decide: f.pile.decide}
	f.tellBatch(AllRows)
	f.c.Runner.Go(func() func() {
		err := r.run(ctx, pins)
		clock, measured := r.tool.measure(ctx, f.c.Reader)
		return func() {
			if measured {
				f.lists.Clock = clock
				f.tellLists()
			}
			f.ranOut(r, err)
		}
	})
}

// running is one run of the pile, off the thread.
type running struct {
	flow    *Flow
	job     job
	turn    int
	journal *batch.Journal
	decide  <-chan bool // the person's answer about the PIN
	tool    *timed      // nil: it could not be made

	mu     sync.Mutex
	stamps map[stamp.Role]stamp.Input
}

// run unlocks once, signs and locks again. It may take as long as it takes.
func (r *running) run(ctx context.Context, pins PINs) error {
	f, c := r.flow, r.job.choice
	defer pins.Wipe()
	tool, err := f.c.Signer(r.job.settings)
	if err != nil {
		return err
	}
	r.tool = &timed{Signer: tool, now: f.c.Now}
	token, err := f.c.Tokens.Open(c.Slot)
	if err != nil {
		return err
	}
	key, err := unlock(ctx, token, c.Certificate, pins)
	pins.Wipe()
	if err != nil {
		return err
	}
	defer func() {
		if err := key.Close(); err != nil {
			f.c.Log.Warn("log out of the token", "err", err)
		}
	}()
	if err := r.consent(ctx, key); err != nil {
		return err
	}
	var items []batch.Item
	for i, t := range r.job.list {
		items = append(items, batch.Item{Input: t.doc.Path, Output: t.output, Request: func(ctx context.Context) (signer.Request, error) {
			return r.request(ctx, r.job.list[i])
		}})
	}
	sum := batch.Run(ctx, r.tool, key, items, batch.Options{Journal: r.journal}, func(res batch.Result) {
		f.c.Runner.Post(func() { f.decided(r, res) })
	})
	f.c.Log.Info("pile", "documents", len(items), "took", sum.Elapsed, "token", sum.TokenBusy)
	return sum.Stopped
}

// consent asks whether the PIN may be given to the token again for every
// document, where the token wants that. The answer holds for this run alone.
func (r *running) consent(ctx context.Context, key signer.Key) error {
	if len(r.job.list) < 2 || !asksEachTime(key) {
		return nil
	}
	f := r.flow
	f.c.Runner.Post(func() {
		if r.turn == f.pile.turn {
			f.pile.now.Stage = BatchConsent
			f.tellBatch(AllRows)
		}
	})
	select {
	case yes := <-r.decide:
		if !yes {
			return context.Canceled
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// BatchMay is the person's answer: whether the PIN may be given to the token
// for every document of this run.
func (f *Flow) BatchMay(yes bool) {
	if f.pile.now.Stage != BatchConsent {
		return
	}
	f.pile.now.Stage = BatchRunning
	f.pile.decide <- yes
	f.tellBatch(AllRows)
}

// request lays the stamp out once more, because some show the time: at the
// very place that was agreed to.
func (r *running) request(ctx context.Context, t todo) (signer.Request, error) {
	in, err := r.stamp(ctx, t)
	if err != nil {
		return signer.Request{}, err
	}
	ask := review.Ask{Stamp: in}
	if t.fixed != nil {
		ask.How, ask.Page, ask.Shown = review.Fixed, t.fixed.Page, t.fixed.Shown
	}
	p, err := t.doc.Place(ctx, ask)
	if err == nil && t.fixed == nil {
		p, err = t.doc.Corrected(ctx, r.flow.Templates(), ask, p)
	}
	if missing := (*review.RuleError)(nil); errors.As(err, &missing) && missing.Rule == review.RuleNoPlace {
		p, err = r.flow.anyPlace(ctx, t.doc, in)
	}
	if err != nil {
		return signer.Request{}, err
	}
	if p.Page != t.place.Page || p.Shown != t.place.Shown || p.Field != t.place.Field {
		return signer.Request{}, &review.RuleError{Rule: review.RuleUnsure, Args: map[string]string{"page": fmt.Sprint(t.place.Page + 1)}}
	}
	return request(Desk{Doc: t.doc, Place: p, Signer: &r.job.choice, Level: t.level, Output: t.output}), nil
}

// stamp reads what the stamp of a role carries, once for a run.
func (r *running) stamp(ctx context.Context, t todo) (stamp.Input, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	in, ok := r.stamps[t.role]
	if !ok {
		d := Desk{Doc: t.doc, Role: t.role, Rules: rulesOf(r.job.settings)}
		cert := r.job.choice.Certificate.X509
		if err := r.flow.readStamp(ctx, r.job.settings, &d, layAsk{role: t.role}, cert); err != nil {
			return in, err
		}
		in = d.stamp
		if r.stamps == nil {
			r.stamps = map[stamp.Role]stamp.Input{}
		}
		r.stamps[t.role] = in
	}
	if !in.Time.IsZero() {
		in.Time = r.flow.c.Now()
	}
	return in, nil
}

// decided is the news of one document.
func (f *Flow) decided(r *running, res batch.Result) {
	t := r.job.list[res.Index]
	row := t.row
	switch res.Outcome {
	case batch.Done:
		row.State, row.Signed, row.Err = RowDone, res.Signed, nil
	case batch.SetAside:
		row.State, row.Err = RowSetAside, res.Err
	case batch.NotReached:
		return
	}
	p := &f.pile.now
	if r.turn == f.pile.turn {
		p.Done++
		spent := f.c.Now().Sub(f.pile.began)
		p.Left = spent / time.Duration(p.Done) * time.Duration(p.Todo-p.Done)
	}
	f.tellBatch(f.rowOf(row))
}

// ranOut is the end of a run.
func (f *Flow) ranOut(r *running, err error) {
	for _, t := range r.job.list {
		if t.row.State == RowWaiting {
			t.row.State = RowAgreed // not reached: it is signed when the pile goes on
		}
	}
	if r.turn != f.pile.turn {
		return
	}
	p := &f.pile.now
	p.Stage, p.Left = BatchIdle, 0
	var pin *signer.PINError
	switch {
	case errors.As(err, &pin) && pin.State != signer.PINLocked:
		p.Stage, p.PIN, p.Problem = BatchAskPIN, pin.State, err
		p.Signature = p.Signature || pin.Signature
	case err != nil:
		f.stoppedBy(err, r.job.choice)
	}
	f.LookAround()
	f.tellBatch(AllRows)
}

// BatchStop ends the run or takes the question for the PIN away. A signature
// that the token makes just now cannot be stopped; it is dropped.
func (f *Flow) BatchStop() {
	p := &f.pile.now
	switch p.Stage {
	case BatchRunning, BatchConsent:
		f.pile.cancel() // ranOut says the rest
	case BatchChecking, BatchAskPIN:
		f.beginTurn()
		p.Stage = BatchIdle
		f.tellBatch(AllRows)
	case BatchIdle:
	}
}

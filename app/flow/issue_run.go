package flow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/submit"
)

// RunIssue numbers and seals the chosen document and its attachments with one
// PIN. Either all of it is there afterwards and stands in the register, or none
// of it and the number is given back. pin is wiped.
func (f *Flow) RunIssue(pin signer.PIN, lastTry bool) {
	i := f.lists.Issue
	if i.Doc == nil || i.Leader != nil || i.Seal == nil || i.Working != IssueResting || i.PIN == signer.PINFinalTry && !lastTry {
		pin.Wipe()
		return
	}
	f.lists.Issue.Working, f.lists.Issue.Problem = IssueChecking, nil
	f.tellLists()
	job := &issueJob{
		f: f, s: f.c.Settings, i: i, step: func(s IssueStep) { f.c.Runner.Post(func() { f.issueStep(s) }) },
		outputs: map[string]bool{},
	}
	var clock Clock
	var measured bool
	aside(f, func(ctx context.Context) (Issued, error) {
		defer pin.Wipe()
		d, err := job.run(ctx, pin)
		if err == nil {
			clock, measured = job.tool.measure(ctx, f.c.Reader)
		}
		return d, err
	}, func(d Issued, err error) {
		if measured {
			f.lists.Clock = clock
		}
		now := &f.lists.Issue
		now.Working, now.Problem = IssueResting, err
		var wrong *signer.PINError
		if errors.As(err, &wrong) {
			now.PIN = wrong.State
		}
		if err == nil {
			f.c.Log.Info("issued", "file", d.Path, "number", d.Number)
			now.Done = &d
			f.readSeries(now.Path, now.Form)
		}
		f.LookAround()
		f.tellLists()
	})
}

func (f *Flow) issueStep(s IssueStep) {
	if f.lists.Issue.Working != IssueResting {
		f.lists.Issue.Working = s
		f.tellLists()
	}
}

// issueJob is one document that is being issued; it runs off the thread.
type issueJob struct {
	f       *Flow
	s       settings.Settings
	i       Issuing
	step    func(IssueStep)
	tool    *timed
	line    *submit.Line    // reserved, nil where the number is printed
	outputs map[string]bool // what was written, to be taken away after a failure
}

func (j *issueJob) run(ctx context.Context, pin signer.PIN) (d Issued, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, j.undo(ctx))
		}
	}()
	if d.Number, err = j.begin(ctx); err != nil {
		return d, err
	}
	j.step(IssueNumbering)
	numbered, err := j.number(ctx, d.Number, pin)
	if err != nil {
		return d, err
	}
	j.step(IssueSealing)
	key, err := j.unlock(ctx, *j.i.Seal, pin)
	if err != nil {
		return d, err
	}
	defer func() {
		if cerr := key.Close(); cerr != nil {
			j.f.c.Log.Warn("log out of the token", "err", cerr)
		}
	}()
	if d.Path, err = j.seal(ctx, numbered, key); err != nil {
		return d, err
	}
	j.step(IssueAttaching)
	for _, path := range j.i.Form.Attachments {
		out, err := j.attach(ctx, path, d.Number, key)
		if err != nil {
			return d, fmt.Errorf("attachment %s: %w", filepath.Base(path), err)
		}
		d.Attachments = append(d.Attachments, out)
	}
	j.step(IssueRecording)
	d.Registered = j.line != nil
	return d, j.record(ctx)
}

// begin checks what can fail without the token and takes the number.
func (j *issueJob) begin(ctx context.Context) (number string, err error) {
	tool, err := j.f.c.Signer(j.s)
	if err != nil {
		return "", err
	}
	j.tool = &timed{Signer: tool, now: j.f.c.Now}
	if err := j.i.Doc.LeaderSigned(j.i.Seal.Certificate.X509); err != nil {
		return "", err
	}
	if j.f.c.MaySign != nil { // before the number is taken and the PIN is used
		for _, c := range []*Choice{j.i.Number, j.i.Seal} {
			if _, err := j.f.c.MaySign(ctx, j.s, c.Certificate); err != nil {
				return "", err
			}
		}
	}
	if err := os.MkdirAll(filepath.Dir(j.f.outputFor(j.s, j.i.Path)), 0o755); err != nil {
		return "", err
	}
	if j.i.Printed != "" {
		return j.i.Printed, j.takePrinted(ctx)
	}
	form := j.i.Form
	if form.Notation == "" {
		return "", &submit.FieldError{Field: "notation", Reason: "missing"}
	}
	l, err := j.f.c.Register.Reserve(ctx, submit.Series{Agency: j.s.Agency.Code, Year: form.Date.Year(), Book: form.Book})
	if err != nil {
		return "", err
	}
	j.line = &l
	return numberText(l.Number, form.Notation), nil
}

// takePrinted enters a number that the document carries already into the
// register where it is the one that the register would give; another one was
// given elsewhere, and the register stays as it is.
func (j *issueJob) takePrinted(ctx context.Context) error {
	number, notation, _ := strings.Cut(j.i.Printed, "/")
	printed, err := strconv.Atoi(number)
	if err != nil || printed != j.i.Next {
		return nil //nolint:nilerr // "12a" is no number of a register
	}
	l, err := j.f.c.Register.Reserve(ctx, submit.Series{Agency: j.s.Agency.Code, Year: j.i.Form.Date.Year(), Book: j.i.Form.Book})
	if err != nil {
		return err
	}
	if l.Number != printed { // somebody else was quicker
		return j.f.c.Register.Release(ctx, l.Series, l.Number)
	}
	j.line, j.i.Form.Notation = &l, notation
	return nil
}

// number puts number and date in; the document that carries them already stays
// as it is.
func (j *issueJob) number(ctx context.Context, number string, pin signer.PIN) (path string, err error) {
	if j.i.Printed != "" {
		return j.i.Path, nil
	}
	key, err := j.unlock(ctx, *j.i.Number, pin)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, key.Close()) }()
	if path, err = scratch(j.f.outputFor(j.s, j.i.Path)); err != nil {
		return "", err
	}
	return path, j.sign(ctx, signing{
		role: stamp.Number, doc: j.i.Doc, who: *j.i.Number, out: path, key: key,
		fill: func(in *stamp.Input) { in.Number, in.Town, in.Issued = number, j.i.Form.Town, j.i.Form.Date },
	})
}

// seal puts the agency's seal over a third of the leader's signature.
func (j *issueJob) seal(ctx context.Context, numbered string, key signer.Key) (path string, err error) {
	doc := j.i.Doc
	if numbered != j.i.Path {
		if doc, err = j.f.c.Reader.Open(ctx, numbered, nil); err != nil {
			return "", err
		}
		defer func() { err = errors.Join(err, doc.Close(), os.Remove(numbered)) }()
	}
	if err := doc.LeaderSigned(j.i.Seal.Certificate.X509); err != nil {
		return "", err
	}
	path = j.f.outputFor(j.s, j.i.Path)
	return path, j.sign(ctx, signing{role: stamp.Seal, doc: doc, who: *j.i.Seal, out: path, key: key})
}

// attach puts number and time at the top right of an attachment.
func (j *issueJob) attach(ctx context.Context, path, number string, key signer.Key) (out string, err error) {
	doc, err := j.f.c.Reader.Open(ctx, path, nil)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, doc.Close()) }()
	out = j.f.outputFor(j.s, path)
	return out, j.sign(ctx, signing{
		role: stamp.Attachment, doc: doc, who: *j.i.Seal, out: out, key: key,
		fill: func(in *stamp.Input) { in.Number = number },
	})
}

// signing is one signature of the job.
type signing struct {
	role stamp.Role
	doc  *review.Document
	who  Choice
	out  string
	key  signer.Key
	fill func(*stamp.Input)
}

func (j *issueJob) sign(ctx context.Context, g signing) error {
	cert := g.who.Certificate
	in, wrong, err := j.f.c.Stamp(ctx, j.s, g.role, cert.X509)
	if err != nil {
		return err
	}
	in.Role, in.Rules = g.role, rulesOf(j.s)
	if g.fill != nil {
		g.fill(&in)
	}
	d := Desk{Doc: g.doc, Role: g.role, Rules: in.Rules, Signer: &g.who, Level: levelOf(j.s), Output: g.out, Findings: wrong, stamp: in}
	if d.Place, err = g.doc.Place(ctx, review.Ask{Stamp: in}); err != nil {
		return err
	}
	if d.Blocked() {
		return &review.RuleError{Rule: review.RuleNoPlace, Err: fmt.Errorf("the picture of the stamp: %v", wrong)}
	}
	r := request(d)
	if j.f.c.Preflight != nil {
		if err := j.f.c.Preflight(ctx, j.s, g.doc, r); err != nil {
			return err
		}
	}
	if _, err := j.tool.Sign(ctx, r, g.key, func(signer.Stage) {}); err != nil {
		return err
	}
	j.outputs[g.out] = true
	return nil
}

// unlock enters the PIN. Pipelines that were refused once are not tried again.
func (j *issueJob) unlock(ctx context.Context, c Choice, pin signer.PIN) (signer.Key, error) {
	token, err := j.f.c.Tokens.Open(c.Slot)
	if err != nil {
		return nil, err
	}
	again := append(signer.PIN(nil), pin...) // a token may wipe what it gets
	defer again.Wipe()
	return token.Unlock(ctx, c.Certificate, again)
}

// record writes the line of the register.
func (j *issueJob) record(ctx context.Context) error {
	if j.line == nil {
		return nil
	}
	m, form := j.i.Doc.Metadata(), j.i.Form
	l := *j.line
	l.Notation, l.Type, l.Subject, l.Signer = form.Notation, m.Type, m.Subject, m.Signer
	l.Date = submit.Date(form.Date.Format(time.DateOnly))
	m.Number, m.Notation, m.Date = submit.FormatNumber(l.Number), l.Notation, l.Date
	l.DocumentID = submit.ComposeDocumentID(sender(j.s.Agency), m.Metadata)
	l.Copies = 1
	return j.f.c.Register.Issue(ctx, l)
}

// undo takes everything back after a failure, whatever became of ctx.
func (j *issueJob) undo(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	var errs []error
	for path := range j.outputs {
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if j.line != nil {
		errs = append(errs, j.f.c.Register.Release(ctx, j.line.Series, j.line.Number))
	}
	return errors.Join(errs...)
}

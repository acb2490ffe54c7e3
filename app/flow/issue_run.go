package flow

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/app/template"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/submit"
)

// RunIssue does the next step with the PIN of Issuing.Asks: number and date,
// then the seal and the attachments; both at once where one token holds both
// keys. Afterwards all of it is there and stands in the register, or number and
// date are in and the seal's token is asked for, or nothing is there and the
// number is given back. pin is wiped.
func (f *Flow) RunIssue(pin signer.PIN, lastTry bool) {
	i := f.lists.Issue
	if i.Doc == nil || i.Leader != nil || i.Asks() == nil || i.Done != nil || i.Working != IssueResting || i.PIN == signer.PINFinalTry && !lastTry {
		pin.Wipe()
		return
	}
	f.lists.Issue.Working, f.lists.Issue.Problem = IssueChecking, nil
	f.tellLists()
	job := &issueJob{
		f: f, s: f.c.Settings, i: i, line: i.Taken, together: i.Together(), known: f.Templates(),
		step:    func(s IssueStep) { f.c.Runner.Post(func() { f.issueStep(s) }) },
		outputs: map[string][32]byte{},
	}
	var clock Clock
	var measured bool
	aside(f, func(ctx context.Context) (*Issued, error) {
		defer pin.Wipe()
		d, err := job.run(ctx, pin)
		if err == nil {
			clock, measured = job.tool.measure(ctx, f.c.Reader)
		}
		return d, err
	}, func(d *Issued, err error) {
		if measured {
			f.lists.Clock = clock
		}
		f.issueEnds(job.line, d, err)
	})
}

// issueEnds takes what became of a step.
func (f *Flow) issueEnds(line *submit.Line, d *Issued, err error) {
	now := &f.lists.Issue
	now.Working, now.Taken, now.Done = IssueResting, line, d
	now.setKeys(f.lists.Tokens, f.c.Settings.Agency.Name)
	now.Problem = err
	var wrong *signer.PINError
	if errors.As(err, &wrong) {
		now.PIN = wrong.State
	}
	if d != nil {
		f.c.Log.Info("issued", "file", d.Path, "number", d.Number)
	}
	f.readSeries(now.Path, now.Form)
	f.LookAround()
	f.tellLists()
}

func (f *Flow) issueStep(s IssueStep) {
	if f.lists.Issue.Working != IssueResting {
		f.lists.Issue.Working = s
		f.tellLists()
	}
}

// issueJob is one document that is being issued; it runs off the thread.
type issueJob struct {
	f        *Flow
	s        settings.Settings
	i        Issuing
	step     func(IssueStep)
	known    template.List // corrections of places
	together bool          // one PIN for number and seal
	tool     *timed
	line     *submit.Line        // reserved, nil where the number was given elsewhere
	outputs  map[string][32]byte // what was written, to be taken away after a failure
}

func (j *issueJob) run(ctx context.Context, pin signer.PIN) (d *Issued, err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, j.fail(ctx, err))
		}
	}()
	number, err := j.begin(ctx)
	if err != nil {
		return nil, err
	}
	if !j.i.sealOnly() {
		j.step(IssueNumbering)
		if err := j.number(ctx, number, pin); err != nil || !j.together {
			return nil, err
		}
	}
	d = &Issued{Number: number, Registered: j.line != nil}
	j.step(IssueSealing)
	key, err := j.unlock(ctx, *j.i.Seal, pin)
	if err != nil {
		return nil, err
	}
	defer func() {
		if cerr := key.Close(); cerr != nil {
			j.f.c.Log.Warn("log out of the token", "err", cerr)
		}
	}()
	if d.Path, err = j.seal(ctx, key); err != nil {
		return nil, err
	}
	j.step(IssueAttaching)
	for _, path := range j.i.Form.Attachments {
		out, err := j.attach(ctx, path, number, key)
		if err != nil {
			return nil, fmt.Errorf("attachment %s: %w", filepath.Base(path), err)
		}
		d.Attachments = append(d.Attachments, out)
	}
	j.step(IssueRecording)
	if err := j.record(ctx); err != nil {
		return nil, err
	}
	j.dropDraft()
	return d, nil
}

// begin checks what can fail without the token and takes the number.
func (j *issueJob) begin(ctx context.Context) (number string, err error) {
	tool, err := j.f.c.Signer(j.s)
	if err != nil {
		return "", err
	}
	j.tool = &timed{Signer: tool, now: j.f.c.Now}
	if err := j.check(ctx); err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(j.f.outputFor(j.s, j.i.Path)), 0o755); err != nil {
		return "", err
	}
	if j.i.Printed != "" {
		number, err = j.i.Printed, j.takePrinted(ctx)
	} else {
		number, err = j.take(ctx)
	}
	if err != nil {
		return "", err
	}
	return number, j.note(ctx, submit.ActionIssueBegan, "")
}

// check is what forbids signing with the keys of this step, before the number
// is taken and a PIN is used.
func (j *issueJob) check(ctx context.Context) error {
	keys := []*Choice{j.i.Asks()}
	var seal *x509.Certificate
	if j.i.Seal != nil {
		seal = j.i.Seal.Certificate.X509
		if j.together {
			keys = append(keys, j.i.Seal)
		}
	}
	if err := j.i.Doc.LeaderSigned(seal); err != nil {
		return err
	}
	if j.f.c.MaySign == nil {
		return nil
	}
	for _, c := range keys {
		if _, err := j.f.c.MaySign(ctx, j.s, c.Certificate); err != nil {
			return err
		}
	}
	return nil
}

// take reserves the number, or goes on with the one that this document has. The
// register knows what it is for before anything is signed.
func (j *issueJob) take(ctx context.Context) (string, error) {
	form := j.i.Form
	if form.Notation == "" {
		return "", &submit.FieldError{Field: "notation", Reason: "missing"}
	}
	if j.line == nil {
		l, err := j.f.c.Register.Reserve(ctx, submit.Series{Agency: j.s.Agency.Code, Year: form.Date.Year(), Book: form.Book})
		if err != nil {
			return "", err
		}
		j.line = &l
	}
	if j.i.sealOnly() {
		return numberText(j.line.Number, j.line.Notation), nil
	}
	l := *j.line
	l.Notation, l.Date = form.Notation, submit.Date(form.Date.Format(time.DateOnly))
	l.Draft = &submit.Draft{
		Source: j.i.Path, SHA256: j.i.Doc.SHA256, Numbered: j.f.draftPath(l), Town: form.Town, Attachments: form.Attachments,
	}
	if err := j.f.c.Register.Hold(ctx, l); err != nil {
		return "", err
	}
	j.line = &l
	return numberText(l.Number, l.Notation), nil
}

// takePrinted enters a number that the document carries already into the
// register where it is the one that the register would give; another one was
// given elsewhere, and the register stays as it is.
func (j *issueJob) takePrinted(ctx context.Context) error {
	number, notation, _ := strings.Cut(j.i.Printed, "/")
	j.i.Form.Notation = notation
	printed, err := strconv.Atoi(number)
	if j.line != nil && j.line.Number == printed {
		return nil
	}
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
	j.line = &l
	l.Notation, l.Date = notation, submit.Date(j.i.Form.Date.Format(time.DateOnly))
	l.Draft = &submit.Draft{Source: j.i.Path, SHA256: j.i.Doc.SHA256, Attachments: j.i.Form.Attachments}
	return j.f.c.Register.Hold(ctx, l)
}

// number puts number and date in and tells the register that they are in.
func (j *issueJob) number(ctx context.Context, number string, pin signer.PIN) (err error) {
	key, err := j.unlock(ctx, *j.i.Number, pin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, key.Close()) }()
	l := *j.line
	draft := *l.Draft
	if err := os.MkdirAll(filepath.Dir(draft.Numbered), 0o700); err != nil {
		return err
	}
	if err := os.Remove(draft.Numbered); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err // what a killed program left
	}
	draft.Sum, err = j.sign(ctx, signing{
		role: stamp.Number, doc: j.i.Doc, who: *j.i.Number, out: draft.Numbered, key: key,
		fill: func(in *stamp.Input) { in.Number, in.Town, in.Issued = number, j.i.Form.Town, j.i.Form.Date },
	})
	if err != nil {
		return err
	}
	l.Draft = &draft
	if err := j.f.c.Register.Hold(ctx, l); err != nil {
		return err
	}
	j.line = &l
	delete(j.outputs, draft.Numbered) // it stays until the number is issued or given up
	return nil
}

// seal puts the agency's seal over a third of the leader's signature.
func (j *issueJob) seal(ctx context.Context, key signer.Key) (path string, err error) {
	doc := j.i.Doc
	if j.line != nil && j.line.Waits() {
		draft := *j.line.Draft
		if doc, err = j.f.c.Reader.Open(ctx, draft.Numbered, nil); err != nil {
			return "", err
		}
		defer func() { err = errors.Join(err, doc.Close()) }()
		if doc.SHA256 != draft.Sum {
			return "", signer.ErrSourceChanged
		}
	}
	if err := doc.LeaderSigned(j.i.Seal.Certificate.X509); err != nil {
		return "", err
	}
	path = j.f.outputFor(j.s, j.i.Path)
	_, err = j.sign(ctx, signing{role: stamp.Seal, doc: doc, who: *j.i.Seal, out: path, key: key})
	return path, err
}

// attach puts number and time at the top right of an attachment.
func (j *issueJob) attach(ctx context.Context, path, number string, key signer.Key) (out string, err error) {
	doc, err := j.f.c.Reader.Open(ctx, path, nil)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, doc.Close()) }()
	out = j.f.outputFor(j.s, path)
	_, err = j.sign(ctx, signing{
		role: stamp.Attachment, doc: doc, who: *j.i.Seal, out: out, key: key,
		fill: func(in *stamp.Input) { in.Number = number },
	})
	return out, err
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

func (j *issueJob) sign(ctx context.Context, g signing) (sum [32]byte, err error) {
	cert := g.who.Certificate
	in, wrong, err := j.f.c.Stamp(ctx, j.s, g.role, cert.X509)
	if err != nil {
		return sum, err
	}
	in.Role, in.Rules = g.role, rulesOf(j.s)
	if g.fill != nil {
		g.fill(&in)
	}
	d := Desk{Doc: g.doc, Role: g.role, Rules: in.Rules, Signer: &g.who, Level: levelOf(j.s), Output: g.out, Findings: wrong, stamp: in}
	ask := review.Ask{Stamp: in}
	if d.Place, err = g.doc.Place(ctx, ask); err != nil {
		return sum, err
	}
	if d.Place, err = g.doc.Corrected(ctx, j.known, ask, d.Place); err != nil {
		return sum, err
	}
	if d.Blocked() {
		return sum, &review.RuleError{Rule: review.RuleNoPlace, Err: fmt.Errorf("the picture of the stamp: %v", wrong)}
	}
	r := request(d)
	if j.f.c.Preflight != nil {
		if err := j.f.c.Preflight(ctx, j.s, g.doc, r); err != nil {
			return sum, err
		}
	}
	signed, err := j.tool.Sign(ctx, r, g.key, func(signer.Stage) {})
	if err != nil {
		return sum, err
	}
	j.outputs[g.out] = signed.SHA256
	return signed.SHA256, nil
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

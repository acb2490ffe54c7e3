package flow

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/submit"
)

// Issuing is one document on its way out of the agency: signed by its leader,
// given number and date, sealed, sent (Decree 30/2020, Art. 14). It lies beside
// the document that is open, in Lists. The zero value: none is chosen.
type Issuing struct {
	Path    string           // the chosen file, "" where none is
	Opening bool             // it is being read
	Doc     *review.Document // nil until it is
	// Leader is why the document must not be sealed, nil where its leader signed.
	Leader error
	// Printed is the number that the document carries already, "" where the
	// register gives one.
	Printed string
	Next    int           // the number that the register would give now
	Held    []submit.Line // numbers that are reserved and not issued
	// Taken is the line of the register that is reserved for this document; nil:
	// none yet. Where it Waits, number and date are in and the seal is missing.
	Taken *submit.Line
	// Seal is the agency's certificate, Number that of who puts number and date
	// in. Each may lie on a token of its own, and they may come one after the
	// other; nil: its token is not there (yet).
	Seal, Number *Choice
	// PIN is the state of the PIN that is asked now.
	PIN     signer.PINState
	Form    IssueForm
	Working IssueStep
	Problem error // why the last try ended
	Done    *Issued

	keys issueKeys // the person's own choice
}

// IssueForm is what the secretary decides.
type IssueForm struct {
	Book        string // the kind of documents that share a series
	Notation    string
	Town        string
	Date        time.Time
	Attachments []string // files that get the text at their top right
}

// IssueStep is what is being done.
type IssueStep int

// The steps in their order.
const (
	IssueResting IssueStep = iota
	IssueChecking
	IssueNumbering
	IssueSealing
	IssueAttaching
	IssueRecording
)

// Issued is a document that was issued.
type Issued struct {
	Path        string
	Number      string // "15/QĐ-UBND"
	Registered  bool   // the number stands in the register of this home
	Attachments []string
}

// Close lets go of the document.
func (i Issuing) Close() error {
	if i.Doc == nil {
		return nil
	}
	return i.Doc.Close()
}

// CanIssue says whether there is a register.
func (f *Flow) CanIssue() bool { return f.c.Register != nil && f.c.Tokens != nil }

// ChooseIssue reads the document that is to be issued.
func (f *Flow) ChooseIssue(path string) {
	if !f.CanIssue() || f.lists.Issue.Working != IssueResting {
		return
	}
	f.LeaveIssue()
	f.lists.Issue.Path, f.lists.Issue.Opening = path, true
	f.tellLists()
	s, tokens := f.c.Settings, f.lists.Tokens
	aside(f, func(ctx context.Context) (Issuing, error) {
		return f.readIssue(ctx, s, tokens, path)
	}, func(i Issuing, err error) {
		if f.lists.Issue.Path != path || !f.lists.Issue.Opening {
			f.letGo(i)
			return
		}
		i.Path, i.Problem = path, err
		f.lists.Issue = i
		f.tellLists()
	})
}

// LeaveIssue lets go of the chosen document.
func (f *Flow) LeaveIssue() {
	if f.lists.Issue.Working != IssueResting {
		return
	}
	f.letGo(f.lists.Issue)
	f.lists.Issue = Issuing{}
	f.tellLists()
}

func (f *Flow) letGo(i Issuing) {
	if i.Doc == nil {
		return
	}
	f.c.Runner.Go(func() func() {
		if err := i.Close(); err != nil {
			f.c.Log.Warn("close document", "err", err)
		}
		return nil
	})
}

// readIssue looks at everything that issuing the document at path needs.
func (f *Flow) readIssue(ctx context.Context, s settings.Settings, tokens []TokenRow, path string) (Issuing, error) {
	doc, err := f.c.Reader.Open(ctx, path, nil)
	if err != nil {
		return Issuing{}, err
	}
	m := doc.Metadata()
	i := Issuing{Path: path, Doc: doc, Leader: doc.LeaderSigned(nil), Form: IssueForm{
		Book: m.Type, Notation: m.Notation, Town: s.Agency.Place, Date: f.today(),
	}}
	if secret := doc.Secret(); secret != nil {
		i.Leader = secret
	}
	if m.Number != "" {
		i.Printed = m.Code()
	}
	if t, err := m.Date.Time(); err == nil {
		i.Form.Date = t
	}
	if m.Place != "" {
		i.Form.Town = m.Place
	}
	if i.Next, i.Held, err = f.series(ctx, s, i.Form); err != nil {
		return i, err
	}
	if err = i.resume(ctx); err != nil {
		return i, err
	}
	i.setKeys(tokens, s.Agency.Name)
	return i, nil
}

// today is midnight of this day in Vietnam.
func (f *Flow) today() time.Time {
	t := f.c.Now().In(submit.WireZone())
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, submit.WireZone())
}

// series is the next number of the form's series and what is held in it. The
// register decides when it gives the number; until then this is a forecast.
func (f *Flow) series(ctx context.Context, s settings.Settings, form IssueForm) (next int, held []submit.Line, err error) {
	lines, err := f.c.Register.Lines(ctx, s.Agency.Code, form.Date.Year())
	if err != nil {
		return 0, nil, err
	}
	next, first, taken := 1, 0, map[int]bool{}
	// What was held on the last days of December waits in January too.
	before, err := f.c.Register.Lines(ctx, s.Agency.Code, form.Date.Year()-1)
	if err != nil {
		return 0, nil, err
	}
	for _, l := range slices.Concat(before, lines) {
		if l.State == submit.NumberReserved {
			held = append(held, l)
		}
	}
	for _, l := range lines {
		if l.Series.Book == form.Book {
			taken[l.Number] = true
			next = max(next, l.Number+1)
			if first == 0 || l.Number < first {
				first = l.Number
			}
		}
	}
	for n := max(first, 1); n < next; n++ { // a released number is given out first
		if !taken[n] {
			return n, held, nil
		}
	}
	return next, held, nil
}

// EditIssue takes a changed form; the number of another series is looked up.
func (f *Flow) EditIssue(form IssueForm) {
	i := f.lists.Issue
	if i.Doc == nil || i.Working != IssueResting || i.Taken != nil {
		return
	}
	old := i.Form
	f.lists.Issue.Form = form
	if old.Book == form.Book && old.Date.Year() == form.Date.Year() {
		return
	}
	f.readSeries(i.Path, form)
}

// ReadNumbers looks up which numbers are held.
func (f *Flow) ReadNumbers() {
	if f.c.Register != nil && f.lists.Issue.Path == "" {
		f.readSeries("", IssueForm{Date: f.today()})
	}
}

func (f *Flow) readSeries(path string, form IssueForm) {
	s := f.c.Settings
	type row struct {
		next int
		held []submit.Line
	}
	aside(f, func(ctx context.Context) (row, error) {
		next, held, err := f.series(ctx, s, form)
		return row{next, held}, err
	}, func(r row, err error) {
		if f.lists.Issue.Path != path {
			return
		}
		if err == nil {
			f.lists.Issue.Next, f.lists.Issue.Held = r.next, r.held
		} else {
			f.lists.Issue.Problem = err
		}
		f.tellLists()
	})
}

// AddAttachment puts files beside the document that is issued.
func (f *Flow) AddAttachment(paths ...string) {
	i := &f.lists.Issue
	if i.Doc == nil || i.Working != IssueResting || i.Done != nil {
		return
	}
	for _, p := range paths {
		if isPDF(p) && p != i.Path {
			i.Form.Attachments = append(without(i.Form.Attachments, p), p)
		}
	}
	f.tellLists()
}

// DropAttachment takes one away again.
func (f *Flow) DropAttachment(path string) {
	f.lists.Issue.Form.Attachments = without(f.lists.Issue.Form.Attachments, path)
	f.tellLists()
}

func without(all []string, one string) []string {
	var out []string
	for _, p := range all {
		if p != one {
			out = append(out, p)
		}
	}
	return out
}

// SendIssued opens the form of the message for what was issued, with its
// attachments.
func (f *Flow) SendIssued() {
	d := f.lists.Issue.Done
	if d == nil {
		return
	}
	f.LeaveIssue()
	f.composeFiles(d.Path, d.Attachments)
}

// numberText is number and notation as the document will show them.
func numberText(n int, notation string) string {
	return stamp.NumberText(strconv.Itoa(n) + "/" + strings.TrimSpace(notation))
}

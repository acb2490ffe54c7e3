package flow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"trinhky/app/review"
	"trinhky/submit"
)

// Arriving is what other agencies sent.
type Arriving struct {
	Rows []submit.Incoming // what Find asks for, the newest first, as far as it was read
	Find Finding
	// More: there are older ones than Rows. Waiting counts what waits for a
	// decision, at most mostWaiting, whatever Find says.
	More     bool
	Waiting  int
	Fetching bool
	// Trouble is why the destinations could not be asked, nil when they could.
	Trouble error
	Asked   time.Time // when they last answered; zero: not yet
	// Open is the message that is looked at, "" where none is. Checked is what
	// its check says, nil until it is made; CheckErr why it could not be.
	Open     string
	Looked   submit.Incoming // as it was when it was opened
	Checked  *review.Arrival
	CheckErr error
	// Answering: an answer is on its way. Problem is why the last one failed.
	Answering bool
	Problem   error
}

// Finding is what the list is asked for. The zero value is everything.
type Finding struct {
	Text string // accents do not matter
	Only bool   // what waits for a decision
}

// Row is the message that is looked at.
func (a Arriving) Row() (submit.Incoming, bool) {
	for _, in := range append(slices.Clone(a.Rows), a.Looked) {
		if in.ID == a.Open && a.Open != "" {
			return in, true
		}
	}
	return submit.Incoming{}, false
}

// Waits says whether a message waits for a decision of the person.
func Waits(in submit.Incoming) bool {
	switch in.Status {
	case submit.Refused, submit.Recalled, submit.Completed:
		return false
	case submit.Received, submit.Assigned, submit.Processing:
		return false
	case submit.Queued, submit.Sending, submit.Unconfirmed, submit.Delivered, submit.Arrived,
		submit.RecallAsked, submit.Failed, submit.Cancelled:
	}
	return in.Problem == ""
}

// A page of the list, and how many waiting messages and agreed recalls are
// looked at. The database finds; what is read is a page.
const (
	pageIncoming = 200
	mostWaiting  = 1000
)

// waitingStatuses are those that Waits agrees to.
func waitingStatuses() []submit.Status {
	return []submit.Status{
		submit.Queued, submit.Sending, submit.Unconfirmed, submit.Delivered, submit.Arrived,
		submit.RecallAsked, submit.Failed, submit.Cancelled,
	}
}

func (w Finding) filter() submit.Filter {
	f := submit.Filter{Text: w.Text, Limit: pageIncoming}
	if w.Only {
		f.Statuses = waitingStatuses()
	}
	return f
}

// CanReceive says whether there is an inbox.
func (f *Flow) CanReceive() bool { return f.c.Inbox != nil }

// FetchInbox asks the destinations for what waits there.
func (f *Flow) FetchInbox() {
	if f.c.Inbox == nil || f.lists.Inbox.Fetching {
		return
	}
	f.lists.Inbox.Fetching = true
	f.tellLists()
	aside(f, f.c.Inbox.Fetch, func(_ int, err error) {
		f.lists.Inbox.Fetching, f.lists.Inbox.Trouble = false, err
		if err == nil {
			f.lists.Inbox.Asked = f.c.Now()
		}
		f.ReadInbox()
	})
}

// arrivals is a page of the list and what is counted beside it.
type arrivals struct {
	rows    []submit.Incoming
	more    bool
	waiting int
}

// readArrivals reads the page behind a message, "" the first. The recalls that
// we agreed to are read too: they say which documents are no longer waited for.
func (f *Flow) readArrivals(ctx context.Context, w Finding, behind string) (a arrivals, err error) {
	gone, err := f.c.Inbox.List(ctx, submit.Filter{Statuses: []submit.Status{submit.Recalled}, Limit: mostWaiting})
	if err != nil {
		return a, err
	}
	waiting, err := f.c.Inbox.List(ctx, submit.Filter{Statuses: waitingStatuses(), Limit: mostWaiting})
	if err != nil {
		return a, err
	}
	for _, in := range withdrawn(waiting, gone) {
		if Waits(in) {
			a.waiting++
		}
	}
	ask := w.filter()
	ask.Behind = behind
	if a.rows, err = f.c.Inbox.List(ctx, ask); err != nil {
		return a, err
	}
	a.more = len(a.rows) == ask.Limit
	a.rows = withdrawn(a.rows, gone)
	return a, nil
}

// ReadInbox reads the newest rows anew; older ones that were read stay.
func (f *Flow) ReadInbox() {
	if f.c.Inbox == nil {
		return
	}
	want := f.lists.Inbox.Find
	aside(f, func(ctx context.Context) (arrivals, error) {
		return f.readArrivals(ctx, want, "")
	}, func(a arrivals, err error) {
		v := &f.lists.Inbox
		switch {
		case err != nil:
			v.Trouble = err
		case want != v.Find: // something else is asked for by now
			return
		default:
			v.Waiting = a.waiting
			if len(v.Rows) <= len(a.rows) || len(a.rows) < pageIncoming {
				v.Rows, v.More = a.rows, a.more
				break
			}
			v.Rows = append(a.rows, olderThan(v.Rows, a.rows)...)
		}
		f.tellLists()
	})
}

// olderThan is what follows in all behind the last of the newest page.
func olderThan(all, newest []submit.Incoming) []submit.Incoming {
	last := newest[len(newest)-1].ID
	if i := slices.IndexFunc(all, func(in submit.Incoming) bool { return in.ID == last }); i >= 0 {
		return all[i+1:]
	}
	return nil
}

// FindIncoming asks for other rows.
func (f *Flow) FindIncoming(w Finding) {
	if f.lists.Inbox.Find == w {
		return
	}
	f.lists.Inbox.Find = w
	f.ReadInbox()
}

// MoreIncoming reads the next page.
func (f *Flow) MoreIncoming() {
	v := &f.lists.Inbox
	if f.c.Inbox == nil || !v.More || len(v.Rows) == 0 {
		return
	}
	v.More = false // it is under way
	want, behind := v.Find, v.Rows[len(v.Rows)-1].ID
	aside(f, func(ctx context.Context) (arrivals, error) {
		return f.readArrivals(ctx, want, behind)
	}, func(a arrivals, err error) {
		v := &f.lists.Inbox
		if err != nil || want != v.Find || len(v.Rows) == 0 || v.Rows[len(v.Rows)-1].ID != behind {
			if err != nil {
				v.Trouble = err
				f.tellLists()
			}
			return
		}
		v.Rows, v.More = append(v.Rows, a.rows...), a.more
		f.tellLists()
	})
}

// withdrawn marks the documents whose recall we agreed to (15): nothing is
// decided about them any more. Only the sender of a document can recall it.
func withdrawn(rows, recalls []submit.Incoming) []submit.Incoming {
	gone := map[[2]string]bool{}
	for _, in := range slices.Concat(rows, recalls) {
		if in.Business.Kind == submit.Recall && in.Status == submit.Recalled {
			gone[[2]string{in.From.Code, in.Business.About}] = true
		}
	}
	if len(gone) == 0 {
		return rows
	}
	rows = slices.Clone(rows)
	for i := range rows {
		in := &rows[i]
		if in.Business.Kind != submit.Recall && in.Problem == "" && gone[[2]string{in.From.Code, in.DocumentID}] {
			in.Status = submit.Recalled
		}
	}
	return rows
}

// Look opens a message of the inbox and checks its files.
func (f *Flow) Look(id string) {
	a := &f.lists.Inbox
	a.Open, a.Checked, a.CheckErr, a.Problem = id, nil, nil, nil
	in, ok := a.Row()
	a.Looked = in
	f.tellLists()
	if !ok || f.c.Arrivals == nil || in.Problem != "" {
		return
	}
	aside(f, func(ctx context.Context) (review.Arrival, error) {
		return f.c.Arrivals.Arrived(ctx, in)
	}, func(r review.Arrival, err error) {
		if f.lists.Inbox.Open != id {
			return
		}
		f.lists.Inbox.Checked, f.lists.Inbox.CheckErr = &r, err
		if err != nil {
			f.lists.Inbox.Checked = nil
		}
		f.tellLists()
	})
}

// LookAway closes the message.
func (f *Flow) LookAway() {
	a := &f.lists.Inbox
	a.Open, a.Checked, a.CheckErr, a.Problem = "", nil, nil, nil
	f.tellLists()
}

// Answer gives a status about the message that is looked at. What did not pass
// its check is accepted only with a reason, which goes to the sender with it
// (Decree 30/2020, Art. 21(2)).
func (f *Flow) Answer(a submit.Answer) {
	v := &f.lists.Inbox
	in, ok := v.Row()
	if !ok || v.Answering {
		return
	}
	if a.Code == "03" && in.Business.Kind != submit.Recall && strings.TrimSpace(a.Note) == "" && (v.Checked == nil || !v.Checked.Clean()) {
		v.Problem = &review.RuleError{Rule: review.RuleUnchecked}
		f.tellLists()
		return
	}
	f.tellSender(func(ctx context.Context) (submit.Incoming, error) { return f.c.Inbox.Answer(ctx, in.ID, a) })
}

// JudgeSender looks again whether the message that is looked at is its sender's.
func (f *Flow) JudgeSender() {
	if in, ok := f.lists.Inbox.Row(); ok && !f.lists.Inbox.Answering {
		f.tellSender(func(ctx context.Context) (submit.Incoming, error) { return f.c.Inbox.Judge(ctx, in.ID) })
	}
}

// tellSender does what changes the message that is looked at, and may tell its
// sender.
func (f *Flow) tellSender(work func(context.Context) (submit.Incoming, error)) {
	v := &f.lists.Inbox
	v.Answering, v.Problem = true, nil
	f.tellLists()
	aside(f, work, func(now submit.Incoming, err error) {
		v := &f.lists.Inbox
		v.Answering, v.Problem = false, err
		var field *submit.FieldError
		if err != nil && !errors.As(err, &field) {
			v.Trouble, v.Problem = err, nil // it is kept, and sent later
		}
		for i := range v.Rows {
			if v.Rows[i].ID == now.ID {
				v.Rows[i] = now
			}
		}
		if v.Looked.ID == now.ID {
			v.Looked = now // it may not be in the list any more
		}
		f.ReadInbox()
	})
}

// ShowIncoming opens a file of a message: a copy under its own name, as the
// kept one is never touched.
func (f *Flow) ShowIncoming(id string, n int) {
	var file submit.File
	for _, in := range append(slices.Clone(f.lists.Inbox.Rows), f.lists.Inbox.Looked) { // it may not be in the list any more
		if in.ID == id && n < len(in.Files) {
			file = in.Files[n]
		}
	}
	if file.Path == "" {
		return
	}
	dir := filepath.Join(f.c.Home, "received", id)
	// Names that differ in accents only become one: the place tells them apart.
	target := filepath.Join(dir, fmt.Sprintf("%02d-%s", n+1, safeName(file)))
	aside(f, func(context.Context) (struct{}, error) {
		return struct{}{}, copyOnce(file.Path, target)
	}, func(_ struct{}, err error) {
		if err != nil {
			f.lists.Inbox.Problem = err
			f.tellLists()
			return
		}
		f.Show(target)
	})
}

// safeName is a file name of ours for a file of somebody else.
func safeName(f submit.File) string {
	name := f.Original
	if name == "" {
		name = f.Name
	}
	return submit.AcceptableName(filepath.Base(filepath.ToSlash(name)))
}

// copyOnce copies source to target, unless it is there: all of it or nothing.
func copyOnce(source, target string) (err error) {
	if _, err := os.Stat(target); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	out, err := os.CreateTemp(filepath.Dir(target), ".copy-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = out.Close()
			_ = os.Remove(out.Name())
		}
	}()
	if _, err = io.Copy(out, in); err != nil {
		return fmt.Errorf("copy %s: %w", filepath.Base(target), err)
	}
	if err = out.Close(); err != nil {
		return err
	}
	return os.Rename(out.Name(), target)
}

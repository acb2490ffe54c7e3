package flowtest

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"trinhky/app/review"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// Inbox holds messages of others.
type Inbox struct {
	Rows     []submit.Incoming
	FetchErr error
	SendErr  error // answers are kept and cannot be sent
	Fetched  int
	Asked    []submit.Filter // of List
	Judged   submit.Stranger // what Judge finds
}

// Fetch implements flow.Inbox.
func (b *Inbox) Fetch(context.Context) (int, error) {
	b.Fetched++
	return 0, b.FetchErr
}

// List implements flow.Inbox.
func (b *Inbox) List(_ context.Context, f submit.Filter) ([]submit.Incoming, error) {
	b.Asked = append(b.Asked, f)
	var out []submit.Incoming
	behind := f.Behind == ""
	for _, in := range b.Rows {
		text := submit.Folded(in.Document.Code() + " " + in.Document.Subject + " " + in.From.Name)
		fits := len(f.Statuses) == 0 || slices.Contains(f.Statuses, in.Status)
		if behind && fits && strings.Contains(text, submit.Folded(f.Text)) && len(out) < max(f.Limit, 1) {
			out = append(out, in)
		}
		behind = behind || in.ID == f.Behind
	}
	return out, nil
}

// Answer implements flow.Inbox: it keeps the answer and moves the status.
func (b *Inbox) Answer(_ context.Context, id string, a submit.Answer) (submit.Incoming, error) {
	for i := range b.Rows {
		in := &b.Rows[i]
		if in.ID != id {
			continue
		}
		if (a.Code == "02" || a.Code == "16") && a.Note == "" {
			return *in, &submit.FieldError{Field: "reason", Reason: "missing"}
		}
		a.At = Now
		if b.SendErr == nil {
			a.Sent = Now
		}
		in.Answers = append(slices.Clone(in.Answers), a)
		in.Status, _ = submit.StatusOf(a.Code)
		if a.Code == "16" {
			in.Status = submit.Refused
		}
		return *in, b.SendErr
	}
	return submit.Incoming{}, submit.ErrNotFound
}

// Judge implements flow.Inbox.
func (b *Inbox) Judge(_ context.Context, id string) (submit.Incoming, error) {
	for i := range b.Rows {
		if in := &b.Rows[i]; in.ID == id {
			in.Stranger = b.Judged
			return *in, nil
		}
	}
	return submit.Incoming{}, submit.ErrNotFound
}

// Incoming is a message with one file in a folder of t.
func Incoming(t testing.TB, id string, kind submit.Kind) submit.Incoming {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cong-van-"+id+".pdf")
	body := []byte("%PDF-1.7 " + id)
	if err := os.WriteFile(path, body, 0o600); err != nil {
		t.Fatal(err)
	}
	in := submit.Incoming{
		ID: id, Connector: "truc", DocID: "d" + id, DocumentID: "H99.98,2026/11/20," + id + "/SNV-VP", From: Agencies[0],
		Document: submit.Metadata{
			Number: id, Notation: "SNV-VP", Type: "Công văn", Date: "2026-11-20", Signer: "Trần Thị Gửi", Position: "PHÓ GIÁM ĐỐC",
			Subject: "V/v mời dự họp triển khai việc gửi, nhận văn bản điện tử có ký số giữa các cơ quan trong tỉnh", Pages: 2,
		},
		Business: submit.Business{Kind: kind}, Received: Now, Status: submit.Arrived,
		Answers: []submit.Answer{{Code: "01", At: Now, Sent: Now}},
		Files: []submit.File{{
			Path: path, Name: filepath.Base(path), Original: "Công văn số " + id + ".pdf", SHA256: sha256.Sum256(body), Size: int64(len(body)),
		}},
	}
	if kind != submit.New {
		in.Business.Reason, in.Business.About = "Văn bản gửi nhầm đơn vị nhận", "H99.98,2026/11/18,77/SNV-VP"
	}
	if kind == submit.Recall {
		in.Files = nil
	}
	return in
}

// Arrived implements flow.Arrivals.
func (w *World) Arrived(_ context.Context, in submit.Incoming) (review.Arrival, error) {
	a := review.Arrival{Verdict: w.ArrivedVerdict}
	for _, f := range in.Files {
		r := &verify.Report{Verdict: w.ArrivedVerdict}
		if w.ArrivedVerdict != verify.None {
			a.Persons = 1
			r.Signatures = []verify.Signature{{N: 1, Certificate: w.Token.Certificate, Verdict: w.ArrivedVerdict, Claimed: Now}}
		}
		a.Files = append(a.Files, review.ArrivedFile{File: f, Report: r})
	}
	return a, w.ArrivedErr
}

// Register is a register in memory.
type Register struct {
	mu    sync.Mutex
	All   []submit.Line
	Fails error // of Issue
	// HoldFails is what Hold answers.
	HoldFails error
}

// Reserve implements submit.Register.
func (r *Register) Reserve(_ context.Context, s submit.Series) (submit.Line, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	next, free := 1, -1
	for i, l := range r.All {
		if l.Series == s {
			next = max(next, l.Number+1)
			if l.State == submit.NumberReleased && (free < 0 || l.Number < r.All[free].Number) {
				free = i
			}
		}
	}
	if free >= 0 {
		r.All[free].State = submit.NumberReserved
		return r.All[free], nil
	}
	l := submit.Line{Series: s, Number: next, State: submit.NumberReserved, Reserved: Now, By: "van-thu"}
	r.All = append(r.All, l)
	return l, nil
}

// Hold implements submit.Register.
func (r *Register) Hold(_ context.Context, l submit.Line) error {
	if r.HoldFails != nil {
		return r.HoldFails
	}
	l.State = submit.NumberReserved
	return r.put(l)
}

// Issue implements submit.Register.
func (r *Register) Issue(_ context.Context, l submit.Line) error {
	if err := l.Check(); err != nil {
		return err
	}
	if r.Fails != nil {
		return r.Fails
	}
	l.State, l.Draft = submit.NumberIssued, nil
	return r.put(l)
}

// Release implements submit.Register.
func (r *Register) Release(_ context.Context, s submit.Series, n int) error {
	return r.put(submit.Line{Series: s, Number: n, State: submit.NumberReleased})
}

func (r *Register) put(l submit.Line) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, old := range r.All {
		if old.Series == l.Series && old.Number == l.Number && old.State == submit.NumberReserved {
			r.All[i] = l
			return nil
		}
	}
	return submit.ErrNumberTaken
}

// Lines implements submit.Register.
func (r *Register) Lines(_ context.Context, agency string, year int) ([]submit.Line, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []submit.Line
	for _, l := range r.All {
		if l.Series.Agency == agency && l.Series.Year == year && l.State != submit.NumberReleased {
			out = append(out, l)
		}
	}
	return out, nil
}

// SetFirst implements submit.Register.
func (r *Register) SetFirst(context.Context, submit.Series, int) error { return nil }

// Audit is an audit log in memory.
type Audit struct {
	All    []submit.Entry
	Broken error
}

// Append implements submit.AuditLog.
func (a *Audit) Append(_ context.Context, e submit.Entry) (submit.Entry, error) {
	e.N, e.At = int64(len(a.All)+1), Now.Add(time.Duration(len(a.All))*time.Minute)
	a.All = append(a.All, e)
	return e, nil
}

// Entries implements submit.AuditLog.
func (a *Audit) Entries(_ context.Context, first int64, limit int) ([]submit.Entry, error) {
	from := min(int(first)-1, len(a.All))
	return a.All[from:min(from+limit, len(a.All))], nil
}

// CheckAudit implements submit.AuditLog.
func (a *Audit) CheckAudit(context.Context) (int64, error) { return int64(len(a.All)), a.Broken }

// Get implements flow.Corrector.
func (o *Outbox) Get(_ context.Context, id string) (submit.Record, error) {
	for _, r := range o.Records {
		if r.Envelope.ID == id {
			return r, nil
		}
	}
	return submit.Record{}, submit.ErrNotFound
}

// Current implements flow.Corrector.
func (o *Outbox) Current(ctx context.Context, id string) (submit.Envelope, error) {
	r, err := o.Get(ctx, id)
	return r.Envelope, err
}

// Recall implements flow.Corrector.
func (o *Outbox) Recall(ctx context.Context, id, reason string, to ...submit.Party) (submit.Record, error) {
	return o.corrected(ctx, id, submit.Business{Kind: submit.Recall, Reason: reason}, to)
}

// Update implements flow.Corrector.
func (o *Outbox) Update(ctx context.Context, id string, c submit.Change) ([]submit.Record, error) {
	r, err := o.corrected(ctx, id, submit.Business{Kind: submit.Update, Reason: c.Reason}, nil)
	return []submit.Record{r}, err
}

// Replace implements flow.Corrector.
func (o *Outbox) Replace(ctx context.Context, e submit.Envelope, reason string, _ ...string) (submit.Record, error) {
	e.Business.Kind, e.Business.Reason = submit.Replace, reason
	return o.Add(ctx, e)
}

func (o *Outbox) corrected(ctx context.Context, id string, b submit.Business, to []submit.Party) (submit.Record, error) {
	if b.Reason == "" {
		return submit.Record{}, &submit.FieldError{Field: "reason", Reason: "missing"}
	}
	r, err := o.Get(ctx, id)
	if err != nil {
		return r, err
	}
	e := r.Envelope
	if e.Business = b; len(to) > 0 {
		e.To = to
	}
	return o.Add(ctx, e)
}

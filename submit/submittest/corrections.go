package submittest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"trinhky/submit"
)

// sent delivers a document and lets the agencies answer it.
func sentDocument(t *testing.T, d Destination, o *submit.Outbox, number int, to ...submit.Party) submit.Record {
	t.Helper()
	from, _, _, _ := d.Agencies()
	r, err := o.Add(t.Context(), Envelope(t, number, from, to...))
	if err != nil {
		t.Fatal(err)
	}
	return settled(t, d, o, r)
}

// settled delivers r and takes in what is said about it.
func settled(t *testing.T, d Destination, o *submit.Outbox, r submit.Record) submit.Record {
	t.Helper()
	r, err := o.Deliver(t.Context(), r.Envelope.ID)
	if err != nil || r.Status != submit.Delivered {
		t.Fatalf("%v %s, %v", r.Status, r.Problem, err)
	}
	d.Advance(t)
	if _, err := o.Track(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r, err = o.Get(t.Context(), r.Envelope.ID); err != nil {
		t.Fatal(err)
	}
	return r
}

func wantStatuses(t *testing.T, what string, r submit.Record, want ...submit.Status) {
	t.Helper()
	for i, p := range r.Recipients {
		if i >= len(want) || p.Status != want[i] {
			t.Errorf("%s: %s is %v, want %v", what, p.Party.Name, p.Status, want)
		}
	}
}

// recall: asked of all receivers, agreed to by one, refused by one, not
// answered by one; the document shows it.
func recall(t *testing.T, open func(t *testing.T) Destination) {
	d := open(t)
	o := Outbox(t, d)
	_, answers, refuses, silent := d.Agencies()
	r := sentDocument(t, d, o, 21, answers, refuses, silent)
	var field *submit.FieldError
	if _, err := o.Recall(t.Context(), r.Envelope.ID, " "); !errors.As(err, &field) || field.Field != "reason" {
		t.Errorf("without a reason: %v", err)
	}
	asked, err := o.Recall(t.Context(), r.Envelope.ID, "ban hành nhầm phụ lục")
	if err != nil {
		t.Fatal(err)
	}
	if asked.Envelope.DocumentID != r.Envelope.DocumentID || len(asked.Envelope.Files) != 0 {
		t.Errorf("%+v", asked.Envelope)
	}
	if _, err := o.Deliver(t.Context(), asked.Envelope.ID); err != nil {
		t.Fatal(err)
	}
	if r, err = o.Get(t.Context(), r.Envelope.ID); err != nil {
		t.Fatal(err)
	}
	wantStatuses(t, "asked", r, submit.RecallAsked, submit.RecallAsked, submit.RecallAsked)
	asked = settled(t, d, o, asked)
	wantStatuses(t, "the recall", asked, submit.Recalled, submit.Refused, submit.Delivered)
	if asked.Recipients[1].Note == "" {
		t.Error("the refused recall has no reason")
	}
	if r, err = o.Get(t.Context(), r.Envelope.ID); err != nil {
		t.Fatal(err)
	}
	wantStatuses(t, "the document", r, submit.Recalled, submit.Refused, submit.RecallAsked)
	if n, err := o.Track(t.Context()); n != 0 || err != nil {
		t.Errorf("answers are left: %d, %v", n, err)
	}
}

// update: a corrected file for those that stay and for a new one, a recall for
// the one that is removed.
func update(t *testing.T, open func(t *testing.T) Destination) {
	d := open(t)
	o := Outbox(t, d)
	_, answers, refuses, silent := d.Agencies()
	r := sentDocument(t, d, o, 22, answers, silent)
	file := filepath.Join(t.TempDir(), "Bản sửa.pdf")
	if err := os.WriteFile(file, []byte("%PDF-1.4\n% sửa\n%%EOF\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	renumbered := r.Envelope.Document
	renumbered.Number = "23"
	var field *submit.FieldError
	if _, err := o.Update(t.Context(), r.Envelope.ID, submit.Change{Reason: "x", Document: &renumbered}); !errors.As(err, &field) {
		t.Errorf("another number: %v", err)
	}
	changed := r.Envelope.Document
	changed.Subject += " (đính chính)"
	all, err := o.Update(t.Context(), r.Envelope.ID, submit.Change{
		Reason: "đính chính trích yếu", Document: &changed, Files: []submit.File{{Path: file}},
		Removed: []submit.Party{silent}, Added: []submit.Party{refuses},
	})
	if err != nil || len(all) != 2 {
		t.Fatalf("%d records, %v", len(all), err)
	}
	updated, recalled := settled(t, d, o, all[0]), settled(t, d, o, all[1])
	wantStatuses(t, "the update", updated, submit.Completed, submit.Refused)
	wantStatuses(t, "the recall of the removed", recalled, submit.Delivered)
	if recalled.Envelope.Business.Kind != submit.Recall || updated.Envelope.DocumentID != r.Envelope.DocumentID {
		t.Errorf("%+v %+v", updated.Envelope, recalled.Envelope)
	}
	// What comes next starts from the update: it undoes nothing of it, and goes
	// to whom that added, not to whom it removed.
	next, err := o.Update(t.Context(), r.Envelope.ID, submit.Change{Reason: "thêm tệp", Files: []submit.File{{Path: file, Original: "Bản sửa 2.pdf"}}})
	if err != nil || len(next) != 1 {
		t.Fatalf("%d records, %v", len(next), err)
	}
	again, err := o.Recall(t.Context(), r.Envelope.ID, "ban hành nhầm")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []submit.Envelope{next[0].Envelope, again.Envelope} {
		if len(e.To) != 2 || !e.To[0].Is(answers.Code) || !e.To[1].Is(refuses.Code) || e.Document.Subject != changed.Subject {
			t.Errorf("%v: %q to %+v", e.Business.Kind, e.Document.Subject, e.To)
		}
	}
}

// replace: a new document with a number of its own names the older one.
func replace(t *testing.T, open func(t *testing.T) Destination) {
	d := open(t)
	o := Outbox(t, d)
	from, answers, refuses, silent := d.Agencies()
	r := sentDocument(t, d, o, 24, answers, silent)
	var field *submit.FieldError
	if _, err := o.Replace(t.Context(), Envelope(t, 25, from, refuses), "sai thẩm quyền", r.Envelope.ID); !errors.As(err, &field) || field.Field != "to" {
		t.Errorf("for nobody who had it: %v", err)
	}
	next, err := o.Replace(t.Context(), Envelope(t, 25, from, answers, silent), "sai thẩm quyền", r.Envelope.ID)
	if err != nil {
		t.Fatal(err)
	}
	next = settled(t, d, o, next)
	wantStatuses(t, "the new document", next, submit.Completed, submit.Delivered)
	if b := next.Envelope.Business.Replaces; len(b) != 1 || b[0].DocumentID != r.Envelope.DocumentID || len(b[0].Receivers) != 2 {
		t.Errorf("%+v", b)
	}
}

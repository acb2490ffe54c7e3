package submit_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"trinhky/submit"
	"trinhky/submit/submittest"
)

// Two documents that a list cannot tell apart: the receipt of one is never
// taken for the other's.
func TestReceiptOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, slow())
		from, to, refuses, _ := f.fake.Agencies()
		one, err := f.Add(t.Context(), submittest.Envelope(t, 1, from, to))
		if err != nil {
			t.Fatal(err)
		}
		e := submittest.Envelope(t, 1, from, to, refuses)
		e.Business = submit.Business{Kind: submit.Update, Reason: "thêm nơi nhận", About: one.Envelope.DocumentID, Added: []submit.Party{refuses}}
		other, err := f.Add(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		f.deliverFor(t, one.Envelope.ID, time.Hour)
		f.fake.Break(t, submittest.AtSend, submittest.FaultCut, 1)
		r := f.deliverFor(t, other.Envelope.ID, time.Hour)
		if r.Status != submit.Delivered || r.Receipt.FoundByLookup || len(f.fake.Documents(t)) != 2 {
			t.Errorf("%v %+v, arrived %v", r.Status, r.Receipt, f.fake.Documents(t))
		}
	})
}

// Add again of the very same is no second document; another one of the same
// number is refused.
func TestDuplicates(t *testing.T) {
	f := newFixture(t, submittest.Schedule())
	from, to, refuses, _ := f.fake.Agencies()
	e := submittest.Envelope(t, 1, from, to)
	first, err := f.Add(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.Add(t.Context(), e)
	if err != nil || second.Envelope.ID != first.Envelope.ID {
		t.Errorf("the very same: %s, %v; want %s", second.Envelope.ID, err, first.Envelope.ID)
	}
	changed := e
	changed.Document.Subject = "V/v khác"
	var duplicate *submit.DuplicateError
	if _, err := f.Add(t.Context(), changed); !errors.As(err, &duplicate) || duplicate.ID != first.Envelope.ID {
		t.Errorf("another of that number: %v", err)
	}
	elsewhere := e
	elsewhere.To = []submit.Party{refuses}
	if _, err := f.Add(t.Context(), elsewhere); err != nil {
		t.Errorf("to another receiver: %v", err)
	}
	if err := f.Cancel(t.Context(), first.Envelope.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Add(t.Context(), changed); err != nil {
		t.Errorf("after the first was cancelled: %v", err)
	}
}

// Once the directory is known, a code that it does not have is refused before
// anything is queued.
func TestUnknownReceiver(t *testing.T) {
	f := newFixture(t, submittest.Schedule())
	from, to, refuses, silent := f.fake.Agencies()
	if err := f.journal.SetAgencies(t.Context(), submittest.Name, []submit.Party{to, silent}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Add(t.Context(), submittest.Envelope(t, 1, from, to)); err != nil {
		t.Errorf("a known one: %v", err)
	}
	var field *submit.FieldError
	if _, err := f.Add(t.Context(), submittest.Envelope(t, 2, from, to, refuses)); !errors.As(err, &field) || field.Field != "to" {
		t.Errorf("an unknown one: %v", err)
	}
	e := submittest.Envelope(t, 3, from, to)
	e.Connector = "khác"
	if _, err := f.Add(t.Context(), e); !errors.Is(err, submit.ErrNoConnector) {
		t.Errorf("an unknown connector: %v", err)
	}
}

// A number of the year that another document carries is noticed, however many
// were sent since and however the number is written; the same document to
// further receivers, another year, notation or agency is not.
func TestNumberUsed(t *testing.T) {
	f := newFixture(t, submittest.Schedule())
	from, to, refuses, _ := f.fake.Agencies()
	e := submittest.Envelope(t, 7, from, to)
	if _, err := f.Add(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		from   submit.Party
		change func(*submit.Metadata)
		want   int
	}{
		"the same document":  {from, func(*submit.Metadata) {}, 0},
		"another subject":    {from, func(m *submit.Metadata) { m.Subject = "V/v khác" }, 1},
		"another day":        {from, func(m *submit.Metadata) { m.Date = "2026-12-01" }, 1},
		"with a nought":      {from, func(m *submit.Metadata) { m.Number, m.Subject = "07", "V/v khác" }, 1},
		"by the old code":    {submit.Party{OldCode: from.OldCode}, func(m *submit.Metadata) { m.Subject = "V/v khác" }, 1},
		"another year":       {from, func(m *submit.Metadata) { m.Date = "2027-01-04" }, 0},
		"another notation":   {from, func(m *submit.Metadata) { m.Notation, m.Subject = "SG-TC", "V/v khác" }, 0},
		"of another agency":  {refuses, func(m *submit.Metadata) { m.Subject = "V/v khác" }, 0},
		"without a real day": {from, func(m *submit.Metadata) { m.Date = "" }, 0},
	} {
		m := e.Document
		c.change(&m)
		if got, err := f.NumberUsed(t.Context(), c.from, m); err != nil || len(got) != c.want {
			t.Errorf("%s: %d, %v; want %d", name, len(got), err, c.want)
		}
	}
}

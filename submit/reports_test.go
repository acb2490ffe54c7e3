package submit_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"trinhky/submit"
	"trinhky/submit/submittest"
)

// Reports come in any order and more than once; receivers only move forward,
// and a refusal keeps its reason.
func TestReportsInAnyOrder(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 20, 9, minute, 0, 0, time.UTC) }
	type word struct {
		code   string
		minute int
	}
	for name, c := range map[string]struct {
		words []word
		want  submit.Status
	}{
		"in order":                 {[]word{{"01", 1}, {"03", 2}, {"04", 3}, {"05", 4}, {"06", 5}}, submit.Completed},
		"backwards":                {[]word{{"06", 5}, {"05", 4}, {"03", 2}, {"01", 1}}, submit.Completed},
		"same minute":              {[]word{{"03", 1}, {"01", 1}}, submit.Received},
		"refused":                  {[]word{{"01", 1}, {"02", 2}}, submit.Refused},
		"refused, 01 comes late":   {[]word{{"02", 2}, {"01", 1}}, submit.Refused},
		"refused, then taken in":   {[]word{{"02", 2}, {"03", 9}}, submit.Received},
		"taken in, then refused":   {[]word{{"03", 2}, {"02", 9}}, submit.Refused},
		"an old refusal":           {[]word{{"03", 9}, {"02", 2}}, submit.Received},
		"codes nobody explained":   {[]word{{"03", 1}, {"07", 2}, {"14", 3}}, submit.Received},
		"given back":               {[]word{{"03", 1}, {"15", 2}, {"05", 3}}, submit.Recalled},
		"does not give back":       {[]word{{"03", 1}, {"16", 2}}, submit.Received},
		"an answer that asks back": {[]word{{"03", 1}, {"13", 2}}, submit.Received},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, submittest.Schedule())
			id := f.add(t, 1)
			f.deliverFor(t, id, time.Hour)
			e := f.get(t, id).Envelope
			for i, w := range c.words {
				f.fake.Report(submit.Report{
					ID: fmt.Sprint(i), DocumentID: e.DocumentID, From: e.To[0], Code: w.code, At: at(w.minute), Note: "vì " + w.code,
				})
			}
			if n, err := f.Track(t.Context()); n != len(c.words) || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			r := f.get(t, id)
			if got := r.Recipients[0]; got.Status != c.want || got.Status == submit.Refused && got.Note != "vì 02" {
				t.Errorf("%v %q, want %v", got.Status, got.Note, c.want)
			}
			if len(r.Reports) != len(c.words) {
				t.Errorf("%d reports in the history", len(r.Reports))
			}
		})
	}
}

// A report finds its document also by sender, number and date, and one about a
// document that is not ours is kept and acknowledged.
func TestReportsMatch(t *testing.T) {
	f := newFixture(t, submittest.Schedule())
	id := f.add(t, 1)
	f.deliverFor(t, id, time.Hour)
	e := f.get(t, id).Envelope
	old := submit.Party{OldCode: e.To[0].OldCode}
	f.fake.Report(submit.Report{ID: "a", DocumentID: "uuid", Sender: e.From.OldCode, DocumentCode: "1/SG-VP", DocumentDate: "2026-11-20", From: old, Code: "03", At: time.Now()})
	f.fake.Report(submit.Report{ID: "b", DocumentID: "uuid", Sender: "H01", DocumentCode: "1/SG-VP", DocumentDate: "2026-11-20", From: old, Code: "02", At: time.Now()})
	f.fake.Report(submit.Report{ID: "c", DocumentID: e.DocumentID, From: submit.Party{Code: "H01"}, Code: "02", At: time.Now()})
	f.fake.Report(submit.Report{ID: "d", Problem: "not XML", Raw: []byte("x"), At: time.Now()})
	if n, err := f.Track(t.Context()); n != 4 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	r := f.get(t, id)
	if r.Recipients[0].Status != submit.Received || len(r.Reports) != 2 || r.Reports[0].ID != "a" ||
		r.Reports[1].ID != "c" || r.Reports[1].Stranger != submit.NotReceiver {
		t.Errorf("%v %+v", r.Recipients[0].Status, r.Reports)
	}
	if n, err := f.Track(t.Context()); n != 0 || err != nil {
		t.Errorf("not acknowledged: %d, %v", n, err)
	}
}

// A receiver's word is as good as a look-up.
func TestReportConfirms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, slow())
		id := f.add(t, 1)
		f.fake.Break(t, submittest.AtSend, submittest.FaultLost, 1)
		f.fake.Break(t, submittest.AtLookup, submittest.FaultDown, 99)
		f.deliverFor(t, id, time.Minute)
		f.fake.Advance(t)
		if _, err := f.Track(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := f.get(t, id); r.Status != submit.Delivered || r.Recipients[0].Status != submit.Completed {
			t.Errorf("%v %v", r.Status, r.Recipients[0].Status)
		}
	})
}

// News never makes the outbox wait; what was left out is said.
func TestEventsDoNotBlock(t *testing.T) {
	f := newFixture(t, submittest.Schedule())
	id := f.add(t, 1)
	for range 500 {
		if err := f.Retry(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	for range 200 {
		<-f.Events()
	}
	if err := f.Retry(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	missed := false
	for len(f.Events()) > 0 {
		if _, ok := (<-f.Events()).(submit.Missed); ok {
			missed = true
		}
	}
	if !missed {
		t.Error("events were left out and nobody said so")
	}
}

package flow_test

import (
	"fmt"
	"testing"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/submit"
)

// TestSentPages: the list goes as far back as the person does, a search looks at
// everything, and what the other pages count does not depend on either.
func TestSentPages(t *testing.T) {
	w := flowtest.New(t)
	for i := range 130 {
		subject := "V/v thử nghiệm"
		if i%40 == 39 {
			subject = "V/v ngân sách năm 2026"
		}
		w.Out.Records = append(w.Out.Records, submit.Record{Envelope: submit.Envelope{
			ID: fmt.Sprint("r", i), Document: submit.Metadata{Number: fmt.Sprint(500 - i), Subject: subject},
		}})
	}
	f := flow.New(w.Config(flowtest.At{}))
	t.Cleanup(f.Close)
	f.ReadOutbox()
	for _, step := range []struct {
		do   func()
		rows int
		more bool
	}{
		{func() {}, 50, true},
		{f.MoreSent, 100, true},
		{f.MoreSent, 130, false},
		{f.MoreSent, 130, false},                // there is no more
		{func() { f.ReadOutbox() }, 130, false}, // news does not fold it up
		{func() { f.FindSent("ngan sach") }, 3, false},
		{func() { f.FindSent("khong co") }, 0, false},
		{func() { f.FindSent("") }, 50, true},
	} {
		step.do()
		l := f.Lists()
		if len(l.Sent.Rows) != step.rows || l.Sent.More != step.more || len(l.Records) != 130 {
			t.Fatalf("%d rows, more %v, %d records; want %d, %v", len(l.Sent.Rows), l.Sent.More, len(l.Records), step.rows, step.more)
		}
	}
}

// TestSentLate: what a search brings after another was typed is dropped.
func TestSentLate(t *testing.T) {
	w := flowtest.New(t)
	w.Out.Records = []submit.Record{{Envelope: submit.Envelope{ID: "a", Document: submit.Metadata{Subject: "một"}}}}
	held := &flowtest.Held{}
	f := flow.New(w.Config(held))
	t.Cleanup(f.Close)
	f.FindSent("hai")
	f.FindSent("một")
	held.Release(1)
	held.Release(0)
	if l := f.Lists(); len(l.Sent.Rows) != 1 {
		t.Errorf("%+v", l.Sent)
	}
}

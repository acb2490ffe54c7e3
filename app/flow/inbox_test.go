package flow_test

import (
	"fmt"
	"testing"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/submit"
)

// The list is read page by page, searched by the database, and what waits is
// counted whatever is searched for.
func TestInboxPages(t *testing.T) {
	w := flowtest.New(t)
	for i := range 450 {
		in := submit.Incoming{ID: fmt.Sprint(i), Document: submit.Metadata{Number: fmt.Sprint(i), Notation: "SN-VP", Subject: "Kế hoạch"}, Status: submit.Received}
		if i%90 == 0 {
			in.Status, in.Document.Subject = submit.Arrived, "Giấy mời"
		}
		w.In.Rows = append(w.In.Rows, in)
	}
	f := flow.New(w.Config(flowtest.At{}))
	t.Cleanup(f.Close)
	f.Start()
	if a := f.Lists().Inbox; len(a.Rows) != 200 || !a.More || a.Waiting != 5 {
		t.Fatalf("%d rows, more %v, %d wait", len(a.Rows), a.More, a.Waiting)
	}
	if _, open := f.Lists().Inbox.Row(); open {
		t.Error("a message is open that nobody opened")
	}
	f.MoreIncoming()
	f.MoreIncoming()
	f.MoreIncoming()
	if a := f.Lists().Inbox; len(a.Rows) != 450 || a.More || a.Rows[449].ID != "449" {
		t.Errorf("%d rows, more %v", len(a.Rows), a.More)
	}
	f.ReadInbox() // news: what was read stays
	if a := f.Lists().Inbox; len(a.Rows) != 450 {
		t.Errorf("%d rows after news", len(a.Rows))
	}
	f.FindIncoming(flow.Finding{Text: "giay moi", Only: true})
	if a := f.Lists().Inbox; len(a.Rows) != 5 || a.More || a.Waiting != 5 {
		t.Errorf("found %d, more %v, %d wait", len(a.Rows), a.More, a.Waiting)
	}
	f.Look("90")
	f.FindIncoming(flow.Finding{Text: "không có"})
	if in, ok := f.Lists().Inbox.Row(); !ok || in.ID != "90" || len(f.Lists().Inbox.Rows) != 0 {
		t.Errorf("what is looked at is gone: %v %+v", ok, in)
	}
	f.LookAway()
	f.FindIncoming(flow.Finding{})
	if a := f.Lists().Inbox; len(a.Rows) != 200 || !a.More {
		t.Errorf("%d rows, more %v", len(a.Rows), a.More)
	}
}

// A message that left the list with its answer is still looked at: its files
// open, and its sender is judged again.
func TestInboxLooked(t *testing.T) {
	w := flowtest.New(t)
	in := flowtest.Incoming(t, "301", submit.New)
	w.In.Rows = []submit.Incoming{in}
	f := flow.New(w.Config(flowtest.At{}))
	t.Cleanup(f.Close)
	f.Start()
	f.FindIncoming(flow.Finding{Only: true})
	f.Look("301")
	f.Answer(submit.Answer{Code: "02", Note: "Không thuộc thẩm quyền"})
	if a := f.Lists().Inbox; len(a.Rows) != 0 || a.Looked.Status != submit.Refused {
		t.Fatalf("%d rows, %v", len(a.Rows), a.Looked.Status)
	}
	f.ShowIncoming("301", 0)
	if _, nothing := f.State().(flow.Idle); nothing {
		t.Errorf("the file is not opened: %v", f.Lists().Inbox.Problem)
	}
	w.In.Rows[0].Stranger, w.In.Judged = submit.OtherSender, ""
	f.JudgeSender()
	if now, ok := f.Lists().Inbox.Row(); !ok || now.Stranger != "" || f.Lists().Inbox.Answering {
		t.Errorf("judged: %q, %v", now.Stranger, ok)
	}
}

package axis_test

import (
	"bytes"
	"testing"
	"time"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/edxml"
	"trinhky/submit/submittest"
)

// A status 13 asks for a document that was sent to us: it waits in the inbox as a
// recall does, agreeing to it settles the document, and one of somebody else is
// about nothing of the sender's.
func TestInboxAskedBack(t *testing.T) {
	o := newOffice(t)
	box := submittest.OutboxOver(t, o.journal, o.destination)
	o.send(t, sandbox.Incoming{Number: "312", PDF: []byte("%PDF-1.4\n%%EOF\n")})
	letter := o.fetch(t, 1)[0]
	self, sender, stranger, _ := o.Agencies()
	for i, from := range []submit.Party{stranger, sender} {
		var b bytes.Buffer
		err := edxml.Write(&b, &edxml.Status{
			From: edxml.Organ{ID: from.Code, Name: from.Name}, Code: "13", Description: "nhầm phụ lục", At: time.Now(),
			ResponseFor: edxml.ResponseFor{
				OrganID: self.Code, Code: letter.Document.Code(), DocumentID: letter.DocumentID, Date: letter.Document.Date,
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.server.SendRaw(from.Code, self.Code, "status", b.Bytes()); err != nil {
			t.Fatal(err)
		}
		if n, err := box.Track(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		all, err := o.List(t.Context(), submit.Filter{})
		if err != nil || len(all) != 2+i {
			t.Fatalf("%d messages, %v", len(all), err)
		}
		asked := all[0]
		if asked.Business.Kind != submit.Recall || asked.Business.Reason != "nhầm phụ lục" || asked.Status != submit.Arrived {
			t.Errorf("%+v", asked)
		}
		if known := asked.Document.Subject == letter.Document.Subject; known != (i == 1) {
			t.Errorf("asked by %s about %q", from.Code, asked.Document.Subject)
		}
		if _, err := o.Answer(t.Context(), asked.ID, submit.Answer{Code: "15"}); err != nil && i == 1 {
			t.Error(err)
		}
		now, err := o.Get(t.Context(), letter.ID)
		if err != nil || (now.Status == submit.Recalled) != (i == 1) {
			t.Errorf("after %s the letter is %v, %v", from.Code, now.Status, err)
		}
	}
	if got := o.said(); got[len(got)-1] != "15" {
		t.Errorf("said %v", got)
	}
}

// A message that names other receivers is kept and shown; nothing is reported
// about it. Units below the agency are the agency's.
func TestInboxElsewhere(t *testing.T) {
	self, sender, stranger, _ := newOffice(t).Agencies()
	for name, c := range map[string]struct {
		to   submit.Party
		want int
	}{
		"us":            {self, 1},
		"our old code":  {submit.Party{OldCode: self.OldCode, Name: "Ta"}, 1},
		"a unit of us":  {submit.Party{Code: self.Code + ".01", Name: "Phòng"}, 1},
		"somebody else": {stranger, 0},
	} {
		o := newOffice(t)
		o.bring(t, submittest.Envelope(t, 5, sender, c.to), sender)
		in := o.fetch(t, 1)[0]
		if in.Status != submit.Arrived || len(in.Answers) != c.want || in.Addressed(self) != (c.want == 1) {
			t.Errorf("%s: %+v", name, in)
		}
	}
}

package axis_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/edxml"
	"trinhky/submit/submittest"
)

// A status counts only where the agency that it names sent it and is a receiver.
func TestStrangers(t *testing.T) {
	d := openWith(t, sandbox.Config{})
	submittest.Strangers(t, d, true, func(t testing.TB, by submit.Party, message []byte) {
		t.Helper()
		if _, err := d.server.SendRaw(by.OrganID(), "H99.97", "status", message); err != nil {
			t.Fatal(err)
		}
	})
}

// A recall, an update or a replacement counts only where the agency that it names
// sent it, and the document is that agency's. Others are kept, shown and logged;
// they are not answered by themselves and never agreed to. The true sender still
// has its say, also under its other code.
func TestInboxStrangers(t *testing.T) {
	o := newOffice(t)
	self, sender, other, _ := o.Agencies()
	old := sender
	old.Code, old.OldCode = old.OldCode, ""
	o.send(t, sandbox.Incoming{Number: "312", PDF: []byte("%PDF-1.4\n%%EOF\n")})
	letter := o.fetch(t, 1)[0]
	// The directory pairs the codes of both systems.
	if err := o.journal.SetAgencies(t.Context(), submittest.Name, []submit.Party{self, sender, other}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		by, named submit.Party
		kind      submit.Kind
		want      submit.Stranger
	}{
		"recall in another name":      {other, sender, submit.Recall, submit.OtherSender},
		"update in another name":      {other, sender, submit.Update, submit.OtherSender},
		"replacement in another name": {other, sender, submit.Replace, submit.OtherSender},
		"recall of another's":         {other, other, submit.Recall, submit.NotSender},
		"update of another's":         {other, other, submit.Update, submit.NotSender},
		"replacement of another's":    {other, other, submit.Replace, submit.NotSender},
		"update by the sender":        {old, sender, submit.Update, ""},
		"replacement by the sender":   {sender, sender, submit.Replace, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in := o.correction(t, letter, c.by, c.named, c.kind, name)
			asks := c.kind != submit.Replace
			if in.Stranger != c.want || len(in.Answers) > 0 == (asks && c.want != "") || !c.by.Is(in.Carried) && (c.want != "" || !sender.Is(in.Carried)) {
				t.Errorf("%q, carried by %q, %d answers", in.Stranger, in.Carried, len(in.Answers))
			}
			_, err := o.Answer(t.Context(), in.ID, submit.Answer{Code: map[bool]string{true: "15", false: "03"}[asks]})
			var field *submit.FieldError
			if refused := errors.As(err, &field); refused != (asks && c.want != "") || err != nil && !refused {
				t.Errorf("agreed: %v", err)
			}
			if asks && c.want == submit.NotSender {
				if _, err := o.Answer(t.Context(), in.ID, submit.Answer{Code: "16", Note: "không phải văn bản của quý cơ quan"}); err != nil {
					t.Errorf("refused: %v", err)
				}
			}
			if now, err := o.Get(t.Context(), letter.ID); err != nil || now.Status != letter.Status {
				t.Errorf("the letter is %v, %v", now.Status, err)
			}
		})
	}
	entries, err := o.journal.Entries(t.Context(), 1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	logged := 0
	for _, e := range entries {
		if e.Action == submit.ActionReceived && strings.HasPrefix(e.Result, "stranger (") {
			logged++
		}
	}
	if logged != 6 {
		t.Errorf("%d strangers in the audit log", logged)
	}
	in := o.correction(t, letter, sender, old, submit.Recall, "nhầm phụ lục")
	if _, err := o.Answer(t.Context(), in.ID, submit.Answer{Code: "15"}); err != nil {
		t.Fatal(err)
	}
	if now, err := o.Get(t.Context(), letter.ID); err != nil || now.Status != submit.Recalled {
		t.Errorf("recalled by its sender the letter is %v, %v", now.Status, err)
	}
}

// A recall that came before the directory knew the code that the axis has for its
// sender is judged again: then it is receipted and can be answered.
func TestJudgeAgain(t *testing.T) {
	o := newOffice(t)
	self, sender, other, _ := o.Agencies()
	o.send(t, sandbox.Incoming{Number: "312", PDF: []byte("%PDF-1.4\n%%EOF\n")})
	letter := o.fetch(t, 1)[0]
	if err := o.journal.SetAgencies(t.Context(), submittest.Name, []submit.Party{self, sender}); err != nil {
		t.Fatal(err)
	}
	in := o.correction(t, letter, other, sender, submit.Recall, "nhầm phụ lục")
	for range 2 { // the directory is as it was
		now, err := o.Judge(t.Context(), in.ID)
		if err != nil || now.Stranger != submit.OtherSender || !now.Judgeable() || len(now.Answers) > 0 {
			t.Fatalf("%q, %d answers, %v", now.Stranger, len(now.Answers), err)
		}
	}
	sender.OldCode = other.OrganID()
	if err := o.journal.SetAgencies(t.Context(), submittest.Name, []submit.Party{self, sender}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		now, err := o.Judge(t.Context(), in.ID)
		if err != nil || now.Stranger != "" || len(now.Answers) != 1 || now.Answers[0].Code != "01" || now.Answers[0].Sent.IsZero() {
			t.Fatalf("%q, %+v, %v", now.Stranger, now.Answers, err)
		}
	}
	if now, err := o.Answer(t.Context(), in.ID, submit.Answer{Code: "15"}); err != nil || now.Status != submit.Recalled {
		t.Errorf("%v, %v", now.Status, err)
	}
}

// bring has the axis hold the message of e for us, sent by an agency that its
// letter need not name.
func (o *office) bring(t *testing.T, e submit.Envelope, by submit.Party) {
	t.Helper()
	self, _, _, _ := o.Agencies()
	e, err := submit.Complete(e)
	if err != nil {
		t.Fatal(err)
	}
	d, err := edxml.FromEnvelope(submittest.Kept(t, e))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := edxml.Write(&b, d); err != nil {
		t.Fatal(err)
	}
	if _, err := o.server.SendRaw(by.OrganID(), self.Code, "edoc", b.Bytes()); err != nil {
		t.Fatal(err)
	}
}

// correction sends what changes a letter, by one agency in the name of another.
func (o *office) correction(t *testing.T, letter submit.Incoming, by, named submit.Party, kind submit.Kind, reason string) submit.Incoming {
	t.Helper()
	self, _, _, _ := o.Agencies()
	e := submittest.Envelope(t, 400+len(reason), named, self)
	e.Business = submit.Business{Kind: kind, Reason: reason, About: letter.DocumentID}
	if kind == submit.Replace {
		e.Business.About, e.Business.Replaces = "", []submit.Replacement{{DocumentID: letter.DocumentID, Receivers: []string{self.Code}}}
	}
	o.bring(t, e, by)
	for _, in := range o.fetch(t, 1) {
		if in.Business.Reason == reason {
			return in
		}
	}
	t.Fatalf("%s did not come", reason)
	return submit.Incoming{}
}

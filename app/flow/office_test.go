package flow_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/review"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// office is a flow whose first document is signed by its leader and has room
// for a number.
func office(t *testing.T) (*flowtest.World, *flow.Flow) {
	t.Helper()
	w := flowtest.New(t)
	w.Token = flowtest.NewToken(t, "Sở Thử nghiệm tỉnh Mẫu", "12345678")
	d := signedDraft(t, w)
	f := flow.New(w.Config(flowtest.At{}))
	t.Cleanup(f.Close)
	f.Start()
	// What the pipeline writes is read back as the same document.
	w.Reopen = d
	f.ChooseIssue(w.Waiting())
	if i := f.Lists().Issue; i.Doc == nil || i.Leader != nil || i.Problem != nil || i.Seal == nil {
		t.Fatalf("%+v", i)
	}
	return w, f
}

// signedDraft is a document that its leader signed and that has no number.
func signedDraft(t *testing.T, w *flowtest.World) *review.Document {
	t.Helper()
	d := flowtest.Document(w.Waiting())
	d.Parts.Number.Text = ""
	d.Parts.Number.Rect = geom.Rect{X0: 100, Y0: 700, X1: 140, Y1: 712}
	leader := flowtest.NewToken(t, "Nguyễn Văn Thử", "1")
	d.Report.Verdict = verify.Valid
	d.Report.Signatures = []verify.Signature{{N: 1, Certificate: leader.Certificate, Verdict: verify.Valid, Page: 2, Rect: flowtest.Band}}
	w.Documents[w.Waiting()] = d
	return d
}

// The number is taken, put in, sealed over, and stands in the register; the
// attachments carry it.
func TestIssue(t *testing.T) {
	w, f := office(t)
	attachment := filepath.Join(filepath.Dir(w.Waiting()), "to-trinh-18.pdf")
	f.AddAttachment(attachment, w.Waiting(), attachment)
	if got := f.Lists().Issue.Next; got != 1 {
		t.Errorf("the next number is %d", got)
	}
	f.RunIssue(signer.PIN("12345678"), false)
	i := f.Lists().Issue
	if i.Problem != nil || i.Done == nil || i.Working != flow.IssueResting {
		t.Fatalf("%v %+v", i.Problem, i)
	}
	if i.Done.Number != "01/STN-VP" || len(i.Done.Attachments) != 1 {
		t.Errorf("%+v", i.Done)
	}
	var roles []string
	for _, r := range w.Requests {
		roles = append(roles, r.Field.Name+"|"+r.Reason)
	}
	if len(roles) != 3 || !strings.Contains(roles[0], "Số: 01/STN-VP") || strings.Contains(roles[1], "Số:") {
		t.Errorf("signed %q", roles)
	}
	if l := w.Book.All; len(l) != 1 || l[0].State != submit.NumberIssued || l[0].Date != "2026-11-20" || l[0].Signer != "Nguyễn Văn Thử" || l[0].DocumentID != "H99.97,2026/11/20,01/STN-VP" {
		t.Errorf("%+v", l)
	}
	left, err := filepath.Glob(filepath.Join(w.Home, "issuing", "*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
	if w.Token.Unlocked != 0 {
		t.Error("the token stays open")
	}
	f.SendIssued()
	c, ok := f.State().(flow.Composing)
	if !ok || len(c.Attachments) != 1 {
		t.Errorf("%T %+v", f.State(), c.Attachments)
	}
}

// Whatever fails, nothing is left and the number is free again.
func TestIssueFails(t *testing.T) {
	for name, spoil := range map[string]func(w *flowtest.World) (pin string){
		"wrong PIN": func(*flowtest.World) string { return "1" },
		"token":     func(w *flowtest.World) string { w.SignErr = errors.New("the token fell out"); return "12345678" },
		"server":    func(w *flowtest.World) string { w.PreflightErr = signer.ErrLevel; return "12345678" },
		"register":  func(w *flowtest.World) string { w.Book.Fails = errors.New("disk"); return "12345678" },
		"attachment": func(w *flowtest.World) string {
			w.SignErrAt = 3
			return "12345678"
		},
		"seal": func(w *flowtest.World) string { w.SignErrAt = 2; return "12345678" },
	} {
		t.Run(name, func(t *testing.T) {
			w, f := office(t)
			f.AddAttachment(filepath.Join(filepath.Dir(w.Waiting()), "to-trinh-18.pdf"))
			f.RunIssue(signer.PIN(spoil(w)), false)
			i := f.Lists().Issue
			if i.Problem == nil || i.Done != nil {
				t.Fatalf("%+v", i)
			}
			if l := w.Book.All; len(l) != 1 || l[0].State != submit.NumberReleased {
				t.Errorf("%+v", l)
			}
			for _, dir := range []string{"signed", "issuing"} {
				if out, err := filepath.Glob(filepath.Join(w.Home, dir, "*")); err != nil || len(out) != 0 {
					t.Errorf("left behind: %v %v", out, err)
				}
			}
			told(t, w)
			if w.Token.Unlocked != 0 {
				t.Error("the token stays open")
			}
			// The next try gets the same number.
			w.SignErr, w.SignErrAt, w.PreflightErr, w.Book.Fails = nil, 0, nil, nil
			f.RunIssue(signer.PIN("12345678"), true)
			if d := f.Lists().Issue.Done; d == nil || d.Number != "01/STN-VP" {
				t.Errorf("%+v %v", d, f.Lists().Issue.Problem)
			}
		})
	}
}

// A printed number is kept; it enters the register where it is the next one.
func TestIssuePrinted(t *testing.T) {
	for printed, registered := range map[string]bool{"01": true, "1": true, "125": false, "12a": false} {
		w, f := office(t)
		f.LeaveIssue()
		w.Documents[w.Waiting()].Parts.Number.Text = printed
		f.ChooseIssue(w.Waiting())
		f.RunIssue(signer.PIN("12345678"), false)
		d := f.Lists().Issue.Done
		if d == nil || d.Number != printed+"/STN-VP" || d.Registered != registered || len(w.Requests) != 1 {
			t.Errorf("%s: %+v, %d signatures, %v", printed, d, len(w.Requests), f.Lists().Issue.Problem)
		}
		if n := len(w.Book.All); (n == 1) != registered || n == 1 && w.Book.All[0].State != submit.NumberIssued {
			t.Errorf("%s: %+v", printed, w.Book.All)
		}
	}
}

// Without the leader's signature nothing is numbered, and no PIN is used.
func TestIssueNoLeader(t *testing.T) {
	w := flowtest.New(t)
	f := flow.New(w.Config(flowtest.At{}))
	t.Cleanup(f.Close)
	f.Start()
	f.ChooseIssue(w.Waiting())
	var rule *review.RuleError
	if i := f.Lists().Issue; !errors.As(i.Leader, &rule) || rule.Rule != review.RuleNoLeader {
		t.Fatalf("%+v", i)
	}
	f.RunIssue(signer.PIN("12345678"), false)
	if len(w.Token.Entered) != 0 || len(w.Book.All) != 0 {
		t.Error("it went on")
	}
}

// The last try of a PIN is not used without a word.
func TestIssueFinalTry(t *testing.T) {
	w, f := office(t)
	f.LeaveIssue()
	w.Token.PIN = signer.PINFinalTry
	f.TokensChanged()
	f.ChooseIssue(w.Waiting())
	f.RunIssue(signer.PIN("12345678"), false)
	if len(w.Token.Entered) != 0 {
		t.Error("the PIN was used")
	}
}

// A number that is held can be given back; what was released is next.
func TestHeldNumber(t *testing.T) {
	w, f := office(t)
	s := submit.Series{Agency: "H99.97", Year: 2026, Book: "Công văn"}
	for range 3 {
		if _, err := w.Book.Reserve(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	f.LeaveIssue()
	f.ReadNumbers()
	if n := len(f.Lists().Issue.Held); n != 3 {
		t.Fatalf("%d are held", n)
	}
	f.ReleaseNumber(f.Lists().Issue.Held[1])
	f.ChooseIssue(w.Waiting())
	if i := f.Lists().Issue; len(i.Held) != 2 || i.Next != 2 {
		t.Errorf("%d are held, next is %d", len(i.Held), i.Next)
	}
}

// What did not pass its check is accepted only with a reason.
func TestInboxAccept(t *testing.T) {
	for _, c := range []struct {
		name    string
		verdict verify.Verdict
		note    string
		sent    bool
	}{
		{"valid", verify.Valid, "", true},
		{"indeterminate", verify.Indeterminate, "", true},
		{"invalid", verify.Invalid, "", false},
		{"unsigned", verify.None, " ", false},
		{"invalid with a reason", verify.Invalid, "Bản giấy đã kiểm tra", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := flowtest.New(t)
			w.ArrivedVerdict = c.verdict
			w.In.Rows = []submit.Incoming{flowtest.Incoming(t, "7", submit.New)}
			f := flow.New(w.Config(flowtest.At{}))
			t.Cleanup(f.Close)
			f.Start()
			f.Look("7")
			f.Answer(submit.Answer{Code: "03", Note: c.note})
			if got := len(w.In.Rows[0].Answers) == 2; got != c.sent {
				t.Errorf("answered: %v, %v", got, f.Lists().Inbox.Problem)
			}
		})
	}
}

// An answer that cannot be sent now is kept; the page says that it is offline.
func TestInboxOffline(t *testing.T) {
	w := flowtest.New(t)
	w.In.Rows = []submit.Incoming{flowtest.Incoming(t, "7", submit.Recall)}
	w.In.FetchErr, w.In.SendErr = errors.New("no route"), errors.New("no route")
	f := flow.New(w.Config(flowtest.At{}))
	t.Cleanup(f.Close)
	f.Start()
	if a := f.Lists().Inbox; a.Trouble == nil || len(a.Rows) != 1 || !a.Asked.IsZero() {
		t.Fatalf("%+v", a)
	}
	f.Look("7")
	f.Answer(submit.Answer{Code: "16"})
	var field *submit.FieldError
	if p := f.Lists().Inbox.Problem; !errors.As(p, &field) {
		t.Errorf("without a reason: %v", p)
	}
	f.Answer(submit.Answer{Code: "16", Note: "Đã xử lý xong"})
	a := f.Lists().Inbox
	if in, ok := a.Row(); !ok || in.Status != submit.Refused || a.Problem != nil || a.Trouble == nil {
		t.Errorf("%+v", a)
	}
}

// A file of others is opened as a copy under a safe name.
func TestShowIncoming(t *testing.T) {
	w := flowtest.New(t)
	in := flowtest.Incoming(t, "7", submit.New)
	in.Files[0].Original = `..\..\văn bản.pdf`
	w.In.Rows = []submit.Incoming{in}
	f := flow.New(w.Config(flowtest.At{}))
	t.Cleanup(f.Close)
	f.Start()
	f.ShowIncoming("7", 0)
	s, ok := f.State().(flow.Signed)
	if !ok || filepath.Dir(s.Doc.Path) != filepath.Join(w.Home, "received", "7") {
		t.Fatalf("%T %+v", f.State(), s)
	}
	f.ShowIncoming("7", 5)
	f.ShowIncoming("8", 0)
}

// Every format of every register is written whole; an unknown one leaves nothing.
func TestExport(t *testing.T) {
	w := flowtest.New(t)
	w.In.Rows = []submit.Incoming{flowtest.Incoming(t, "7", submit.New)}
	w.Log.All = []submit.Entry{{N: 1, Action: submit.ActionSigned}}
	f := flow.New(w.Config(flowtest.At{}))
	t.Cleanup(f.Close)
	dir := t.TempDir()
	for _, b := range []flow.Book{flow.BookOutgoing, flow.BookIncoming, flow.BookAudit} {
		for _, ending := range []string{"csv", "xlsx", "PDF"} {
			path := filepath.Join(dir, "book."+ending)
			f.Export(flow.Extract{Book: b, Year: 2026}, path, func(err error) {
				if err != nil {
					t.Error(err)
				}
			})
			if info, err := os.Stat(path); err != nil || info.Size() < 50 {
				t.Errorf("%v: %v", path, err)
			}
		}
	}
	f.Export(flow.Extract{Book: flow.BookOutgoing, Year: 2026}, filepath.Join(dir, "x.doc"), func(err error) {
		if err == nil {
			t.Error("an unknown format")
		}
	})
	if all, err := os.ReadDir(dir); err != nil || len(all) != 3 {
		t.Errorf("%v %v", all, err)
	}
}

// The policy refuses what is not sealed; without it, what is missing is named.
func TestRequireSeal(t *testing.T) {
	w := flowtest.New(t)
	f := flow.New(w.Config(flowtest.At{}))
	t.Cleanup(f.Close)
	path := filepath.Join(w.Home, "signed", "x.pdf")
	f.ComposeFile(path)
	c, ok := f.State().(flow.Composing)
	if !ok || c.Problem != nil || len(c.Missing) != 1 || c.Missing[0] != flow.MissingSeal {
		t.Fatalf("%+v", c)
	}
	s := f.Settings()
	s.Sending.RequireSeal = true
	f.Change(s, func(error) {})
	form := c.Form
	form.To = flowtest.Agencies[:1]
	f.Send(form)
	var rule *review.RuleError
	if c, ok := f.State().(flow.Composing); !ok || !errors.As(c.Problem, &rule) || rule.Rule != review.RuleUnsealed || len(w.Out.Added) != 0 {
		t.Errorf("%T %v", f.State(), c.Problem)
	}
}

// Recall and replacement need their reason; groups are kept.
func TestCorrections(t *testing.T) {
	w := flowtest.New(t)
	f := flow.New(w.Config(flowtest.At{}))
	t.Cleanup(f.Close)
	e := submit.Envelope{ID: "x", To: flowtest.Agencies[:2], Document: submit.Metadata{Number: "1"}}
	w.Out.Records = []submit.Record{{Envelope: e, Status: submit.Delivered}}
	f.Start()
	var err error
	f.RecallSent("x", "", nil, func(e error) { err = e })
	if err == nil {
		t.Error("a recall without a reason")
	}
	f.RecallSent("x", "gửi nhầm", flowtest.Agencies[:1], func(e error) { err = e })
	if err != nil || len(w.Out.Added) != 1 || w.Out.Added[0].Business.Kind != submit.Recall || len(w.Out.Added[0].To) != 1 {
		t.Errorf("%v %+v", err, w.Out.Added)
	}
	f.ReplaceSent(w.Out.Records[0], "", "", func(e error) { err = e })
	if err == nil {
		t.Error("a replacement without a reason")
	}
	f.ReplaceSent(w.Out.Records[0], "sai nội dung", filepath.Join(w.Home, "signed", "x.pdf"), func(e error) { err = e })
	c, ok := f.State().(flow.Composing)
	if !ok || c.Kind != submit.Replace || c.Original.ID != "x" || len(c.To) != 2 || err != nil {
		t.Fatalf("%T %+v %v", f.State(), c.Form, err)
	}
	f.Send(c.Form)
	if n := len(w.Out.Added); n != 2 || w.Out.Added[1].Business.Kind != submit.Replace || w.Out.Added[1].Business.Reason != "sai nội dung" {
		t.Errorf("%+v", w.Out.Added)
	}
	f.ComposeFile(filepath.Join(w.Home, "signed", "y.pdf"))
	if c := f.State().(flow.Composing); c.Kind != submit.New {
		t.Error("the next document replaces too")
	}
	f.SaveGroup("Các sở", flowtest.Agencies, func(e error) { err = e })
	if g := f.Groups(); err != nil || len(g) != 1 || len(g[0].Receivers) != 3 {
		t.Errorf("%+v %v", g, err)
	}
	f.SaveGroup("Các sở", nil, func(error) {})
	if len(f.Groups()) != 0 {
		t.Error("the group is still there")
	}
}

package flow_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/submit"
)

// trace is a flow with the names of its states, as they came.
type trace struct {
	*flow.Flow
	world  *flowtest.World
	states []string
}

func start(t *testing.T, w *flowtest.World, r flow.Runner) *trace {
	t.Helper()
	tr := &trace{world: w}
	c := w.Config(r)
	c.OnChange = func(s flow.State) { tr.states = append(tr.states, strings.TrimPrefix(fmt.Sprintf("%T", s), "flow.")) }
	tr.Flow = flow.New(c)
	t.Cleanup(tr.Close)
	return tr
}

func (tr *trace) want(t *testing.T, names ...string) {
	t.Helper()
	if d := cmp.Diff(names, tr.states); d != "" {
		t.Errorf("states (-want +got):\n%s", d)
	}
}

func (tr *trace) toPIN(t *testing.T) {
	t.Helper()
	tr.Start()
	tr.Open(tr.world.Waiting())
	tr.Sign()
	if _, ok := tr.State().(flow.AskPIN); !ok {
		t.Fatalf("state %T: %+v", tr.State(), tr.State())
	}
}

func TestTheWholeWay(t *testing.T) {
	w := flowtest.New(t)
	tr := start(t, w, flowtest.At{})
	tr.toPIN(t)
	pin := signer.PIN("12345678")
	tr.EnterPIN(pin, false)
	if pin[0] != 0 || pin[7] != 0 {
		t.Error("the PIN was not wiped")
	}
	signed, ok := tr.State().(flow.Signed)
	if !ok {
		t.Fatalf("state %T: %+v", tr.State(), tr.State())
	}
	if signed.Next != 2 {
		t.Errorf("%d documents wait, want 2", signed.Next)
	}
	tr.Compose()
	form := tr.State().(flow.Composing).Form
	if diff := cmp.Diff([]string{"subject"}, form.Guessed); diff != "" {
		t.Error("guessed:", diff)
	}
	form.To = flowtest.Agencies[:1]
	tr.Send(form)
	tr.want(t, "Opening", "Placing", "Checking", "AskPIN", "Signing", "Signing", "Signing", "Signed", "Composing", "Queued")
	e := w.Out.Added[0]
	if e.From.Code != "H99.97" || e.To[0].Code != "H99.98" || e.Document.Number != "125" || e.Files[0].Path != signed.Result.Path {
		t.Errorf("envelope %+v", e)
	}
	if e.Files[0].SHA256 != signed.Doc.SHA256 {
		t.Error("the envelope is not bound to the bytes that were shown")
	}
	if w.Token.Unlocked != 0 {
		t.Error("the token was left unlocked")
	}
}

func TestRequest(t *testing.T) {
	w := flowtest.New(t)
	tr := start(t, w, flowtest.At{})
	tr.toPIN(t)
	shown := tr.State().(flow.AskPIN)
	tr.EnterPIN(signer.PIN("12345678"), false)
	r := w.Requests[0]
	if r.Source == nil || *r.Source != shown.Doc.SHA256 {
		t.Error("signing is not bound to the bytes that were shown")
	}
	if r.Input == r.Output || r.Overwrite || r.Output != filepath.Join(w.Home, "signed", "cong-van-125.pdf") {
		t.Errorf("input %s, output %s, overwrite %v", r.Input, r.Output, r.Overwrite)
	}
	if r.Field.Page != 1 || !r.Field.Rect.Inset(0.01).Empty() && !flowtest.Band.Inset(-1).Contains(r.Field.Rect) {
		t.Errorf("field %+v is not in the band %+v", r.Field, flowtest.Band)
	}
	if r.Appearance == nil || r.Certificate != w.Token.Certificate {
		t.Error("appearance or certificate is missing")
	}
}

func TestWrongPIN(t *testing.T) {
	w := flowtest.New(t)
	tr := start(t, w, flowtest.At{})
	tr.toPIN(t)
	tr.EnterPIN(signer.PIN("wrong"), false)
	ask, ok := tr.State().(flow.AskPIN)
	if !ok || ask.PIN != signer.PINCountLow {
		t.Fatalf("state %T %+v", tr.State(), tr.State())
	}
	var pin *signer.PINError
	if !errors.As(ask.Problem, &pin) {
		t.Errorf("problem %v", ask.Problem)
	}
	tr.EnterPIN(signer.PIN("wrong"), false)
	if s := tr.State().(flow.AskPIN).PIN; s != signer.PINFinalTry {
		t.Fatalf("PIN state %s", s)
	}
	unconfirmed := signer.PIN("12345678")
	tr.EnterPIN(unconfirmed, false)
	if diff := cmp.Diff([]string{"wrong", "wrong"}, w.Token.Entered); diff != "" {
		t.Error("an unconfirmed last try reached the token:", diff)
	}
	if unconfirmed[0] != 0 {
		t.Error("the PIN was not wiped")
	}
	tr.EnterPIN(signer.PIN("wrong"), true)
	p, ok := tr.State().(flow.Placing)
	if !ok || p.Problem == nil {
		t.Fatalf("a locked token leads to %T", tr.State())
	}
	if len(w.Requests) != 0 {
		t.Error("the pipeline was reached without a key")
	}
	if _, err := os.Stat(filepath.Join(w.Home, "signed", "cong-van-125.pdf")); err == nil {
		t.Error("there is an output")
	}
}

func TestNothingIsAskedInVain(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(w *flowtest.World)
		is    error
	}{
		"no room":      {func(w *flowtest.World) { w.PreflightErr = &review.SpaceError{Dir: "x"} }, nil},
		"no timestamp": {func(w *flowtest.World) { w.PreflightErr = signer.ErrLevel }, signer.ErrLevel},
		"token gone":   {func(w *flowtest.World) { w.Token.Absent = true }, nil},
		"token locked": {func(w *flowtest.World) { w.Token.PIN = signer.PINLocked }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := flowtest.New(t)
			tr := start(t, w, flowtest.At{})
			tr.Start()
			tr.Open(w.Waiting())
			c.spoil(w)
			tr.Sign()
			tr.want(t, "Opening", "Placing", "Checking", "Placing")
			p := tr.State().(flow.Placing)
			if p.Problem == nil || c.is != nil && !errors.Is(p.Problem, c.is) {
				t.Errorf("problem %v", p.Problem)
			}
		})
	}
}

func TestSigningFails(t *testing.T) {
	w := flowtest.New(t)
	w.SignErr = signer.ErrSourceChanged
	tr := start(t, w, flowtest.At{})
	tr.toPIN(t)
	tr.EnterPIN(signer.PIN("12345678"), false)
	p, ok := tr.State().(flow.Placing)
	if !ok || !errors.Is(p.Problem, signer.ErrSourceChanged) {
		t.Fatalf("state %T %+v", tr.State(), tr.State())
	}
	if w.Token.Unlocked != 0 {
		t.Error("the token was left unlocked")
	}
}

func TestOldResultsAreDropped(t *testing.T) {
	w := flowtest.New(t)
	first, second := flowtest.Document("/a.pdf"), flowtest.Document("/b.pdf")
	w.Documents["/a.pdf"], w.Documents["/b.pdf"] = first, second
	r := &flowtest.Held{}
	tr := start(t, w, r)
	tr.Open("/a.pdf")
	tr.Open("/b.pdf")
	r.Release(0) // the first document comes late
	if !first.View.(*flowtest.View).Closed() {
		t.Error("the document that nobody wants was not closed")
	}
	tr.want(t, "Opening", "Opening")
	r.Release(0)
	tr.want(t, "Opening", "Opening", "Placing")
	if got := tr.State().(flow.Placing).Doc; got != second {
		t.Errorf("shown %s", got.Path)
	}
	tr.Leave()
	for r.Waiting() > 0 {
		r.Release(0)
	}
	if !second.View.(*flowtest.View).Closed() {
		t.Error("the document that was left was not closed")
	}
}

func TestStopWaiting(t *testing.T) {
	w := flowtest.New(t)
	r := &flowtest.Held{}
	tr := start(t, w, r)
	all := func() {
		for r.Waiting() > 0 {
			r.Release(0)
		}
	}
	tr.Start()
	all()
	tr.Open(w.Waiting())
	all()
	tr.Sign()
	all()
	tr.EnterPIN(signer.PIN("12345678"), false)
	tr.StopWaiting()
	placing := tr.State().(flow.Placing)
	all()
	if now, ok := tr.State().(flow.Placing); !ok || now.Doc != placing.Doc {
		t.Errorf("a late signature changed the state to %T", tr.State())
	}
	if w.Token.Unlocked != 0 {
		t.Error("the token was left unlocked")
	}
}

func TestMoveAndReset(t *testing.T) {
	w := flowtest.New(t)
	tr := start(t, w, flowtest.At{})
	tr.Start()
	tr.Open(w.Waiting())
	first := tr.State().(flow.Placing)
	if !first.Place.Sure() || first.Guide == nil {
		t.Fatalf("place %+v", first.Place)
	}
	to := first.Place.Shown.Move(-30, 10)
	tr.Move(1, to)
	moved := tr.State().(flow.Placing)
	if moved.Place.How != review.Fixed || moved.Place.Shown != to || moved.Proposed.Shown != first.Place.Shown {
		t.Errorf("moved to %+v, proposed %+v", moved.Place, moved.Proposed)
	}
	tr.ResetPlace()
	if back := tr.State().(flow.Placing); back.Place.Shown != first.Place.Shown || back.Place.How != review.Auto {
		t.Errorf("put back to %+v", back.Place)
	}
}

func TestNoPlaceFound(t *testing.T) {
	w := flowtest.New(t)
	d := flowtest.Document("/scan.pdf")
	d.Parts = layout.Parts{}
	w.Documents["/scan.pdf"] = d
	tr := start(t, w, flowtest.At{})
	tr.Start()
	tr.Open("/scan.pdf")
	p := tr.State().(flow.Placing)
	if p.PlaceErr != nil || p.Place.Confidence != 0 || p.Place.Page != 1 || p.Place.Sure() {
		t.Errorf("place %+v, %v", p.Place, p.PlaceErr)
	}
	if !(geom.Rect{X1: geom.A4.W, Y1: geom.A4.H}).Contains(p.Place.Shown) {
		t.Errorf("the stamp stands at %+v", p.Place.Shown)
	}
}

func TestSealNeedsTheLeader(t *testing.T) {
	w := flowtest.New(t)
	tr := start(t, w, flowtest.At{})
	tr.Start()
	tr.Open(w.Waiting())
	tr.SetRole(stamp.Seal)
	if p := tr.State().(flow.Placing); p.PlaceErr == nil || p.Ready() {
		t.Error("a document that nobody signed can be sealed")
	}
}

// What was signed is shown as signed; the next stamp is the agency's.
func TestShowAndSignMore(t *testing.T) {
	w := flowtest.New(t)
	second := flowtest.NewToken(t, "Sở Thử nghiệm tỉnh Mẫu", "12345678").Certificate
	w.Token.More = []signer.Certificate{{X509: second}}
	tr := start(t, w, flowtest.At{})
	s := tr.Settings()
	s.Signing.Seal = "seal.png"
	tr.Change(s, func(error) {})
	tr.Start()
	path := filepath.Join(w.Home, "signed", "cong-van-125.pdf")
	tr.Show(path)
	if got, ok := tr.State().(flow.Signed); !ok || got.Result.Path != path {
		t.Fatalf("state %T %+v", tr.State(), tr.State())
	}
	doc := tr.State().(flow.Signed).Doc
	tr.SignMore()
	p, ok := tr.State().(flow.Placing)
	if !ok || p.Doc != doc || p.Role != stamp.Seal {
		t.Fatalf("state %T, role %s", tr.State(), p.Role)
	}
	if !p.Signer.Certificate.X509.Equal(second) {
		t.Errorf("the seal would be made by %s, who signed already", p.Signer.Certificate.X509.Subject)
	}
	if doc.View.(*flowtest.View).Closed() {
		t.Error("the shown document was closed")
	}
	tr.SetRole(stamp.Leader)
	if p := tr.State().(flow.Placing); !p.Signer.Certificate.X509.Equal(w.Token.Certificate) {
		t.Errorf("the person's stamp would be made by %s", p.Signer.Certificate.X509.Subject)
	}
	tr.want(t, "Opening", "Signed", "Placing", "Placing")
}

func TestTokenComesAndGoes(t *testing.T) {
	w := flowtest.New(t)
	w.Token.Absent = true
	tr := start(t, w, flowtest.At{})
	tr.Start()
	tr.Open(w.Waiting())
	if p := tr.State().(flow.Placing); p.Signer != nil || p.Ready() {
		t.Fatalf("signer %+v without a token", p.Signer)
	}
	w.Token.Absent = false
	tr.TokensChanged()
	if p := tr.State().(flow.Placing); p.Signer == nil || !p.Ready() {
		t.Error("the token that came was not taken")
	}
	w.Token.Absent = true
	tr.TokensChanged()
	if p := tr.State().(flow.Placing); p.Signer != nil {
		t.Error("the token that went is still there")
	}
}

func TestSecretIsNotSent(t *testing.T) {
	w := flowtest.New(t)
	path := filepath.Join(w.Home, "signed", "mat.pdf")
	d := flowtest.Document(path)
	d.Parts.Secrecy = layout.Part{Text: "MẬT", Confidence: 1}
	w.Documents[path] = d
	tr := start(t, w, flowtest.At{})
	tr.ComposeFile(path)
	c := tr.State().(flow.Composing)
	if c.Problem == nil {
		t.Error("nothing is said of the secrecy mark")
	}
	c.Form.To = flowtest.Agencies[:1]
	tr.Send(c.Form)
	if len(w.Out.Added) != 0 {
		t.Fatal("a secret document was queued")
	}
}

func TestRefusedForm(t *testing.T) {
	w := flowtest.New(t)
	w.Out.AddErr = &submit.FieldError{Field: "number", Reason: "missing"}
	tr := start(t, w, flowtest.At{})
	tr.ComposeFile(filepath.Join(w.Home, "signed", "x.pdf"))
	form := tr.State().(flow.Composing).Form
	form.Document.Subject = "typed"
	tr.Send(form)
	c, ok := tr.State().(flow.Composing)
	if !ok || !errors.Is(c.Problem, w.Out.AddErr) || c.Document.Subject != "typed" {
		t.Errorf("state %T, problem %v, subject %q", tr.State(), c.Problem, c.Document.Subject)
	}
}

func TestLists(t *testing.T) {
	w := flowtest.New(t)
	tr := start(t, w, flowtest.At{})
	tr.Start()
	if n := len(tr.Lists().Waiting); n != 3 {
		t.Fatalf("%d documents wait", n)
	}
	tr.toPIN(t)
	tr.EnterPIN(signer.PIN("12345678"), false)
	l := tr.Lists()
	if len(l.Waiting) != 2 || len(l.Signed) != 1 {
		t.Errorf("waiting %v, signed %v", l.Waiting, l.Signed)
	}
	elsewhere := filepath.Join(t.TempDir(), "khac.pdf")
	if err := os.WriteFile(elsewhere, []byte("%PDF"), 0o600); err != nil {
		t.Fatal(err)
	}
	tr.Add(elsewhere, filepath.Join(w.Home, "not-a-pdf.txt"))
	if l = tr.Lists(); len(l.Waiting) != 3 || !l.Waiting[2].Opened {
		t.Errorf("waiting %v", l.Waiting)
	}
	if p := tr.State().(flow.Placing); p.Doc.Path != elsewhere {
		t.Errorf("open %s", p.Doc.Path)
	}
}

func TestOutputIsNeverThereAlready(t *testing.T) {
	for name, c := range map[string]struct{ signed, source, want string }{
		"in a folder":    {"signed", "documents/cong-van-125.pdf", "signed/cong-van-125 (2).pdf"},
		"beside":         {"", "documents/cong-van-125.pdf", "documents/cong-van-125-da-ky (2).pdf"},
		"its own folder": {"documents", "documents/cong-van-125.pdf", "documents/cong-van-125 (2).pdf"},
	} {
		t.Run(name, func(t *testing.T) {
			w := flowtest.New(t)
			config := w.Config(flowtest.At{})
			config.Settings.Signing.Signed = c.signed
			f := flow.New(config)
			t.Cleanup(f.Close)
			first := strings.Replace(c.want, " (2)", "", 1)
			if err := os.MkdirAll(filepath.Dir(filepath.Join(w.Home, first)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(w.Home, first), []byte("there"), 0o600); err != nil {
				t.Fatal(err)
			}
			f.Open(filepath.Join(w.Home, c.source))
			if got := f.State().(flow.Placing).Output; got != filepath.Join(w.Home, c.want) {
				t.Errorf("output %s", got)
			}
		})
	}
}

func TestOpenFails(t *testing.T) {
	w := flowtest.New(t)
	tr := start(t, w, flowtest.At{})
	w.OpenErr = &signer.UnreadableError{File: "x", Err: errors.New("no")}
	w.RepairErr = errors.New("hopeless")
	tr.Open("/x.pdf")
	w.OpenErr = signer.ErrPassword
	tr.Open("/x.pdf")
	if s := tr.State().(flow.Locked); s.Wrong {
		t.Error("a password that nobody typed was wrong")
	}
	tr.OpenWith("/x.pdf", signer.PIN("secret"))
	if s := tr.State().(flow.Locked); !s.Wrong {
		t.Error("a wrong password is not told")
	}
	tr.want(t, "Opening", "OpenFailed", "Opening", "Locked", "Opening", "Locked")
}

func TestSettingsReachTheDesk(t *testing.T) {
	w := flowtest.New(t)
	tr := start(t, w, flowtest.At{})
	tr.Start()
	tr.Open(w.Waiting())
	s := tr.Settings()
	s.Signing.Rules, s.Signing.Level = "nd30", "T"
	tr.Change(s, func(err error) {
		if err != nil {
			t.Error(err)
		}
	})
	if p := tr.State().(flow.Placing); p.Rules != stamp.ND30 || p.Level != signer.LevelT {
		t.Errorf("rules %s, level %s", p.Rules, p.Level)
	}
	failing := w.Config(flowtest.At{})
	failing.Save = func(settings.Settings) error { return errors.New("disk") }
	f := flow.New(failing)
	t.Cleanup(f.Close)
	f.Change(s, func(err error) {
		if err == nil {
			t.Error("a failure to save was not told")
		}
	})
	if f.Settings().Signing.Rules == "nd30" {
		t.Error("settings that could not be kept count")
	}
}

func TestOutboxNews(t *testing.T) {
	w := flowtest.New(t)
	var lists flow.Lists
	c := w.Config(flowtest.At{})
	c.OnLists = func(l flow.Lists) { lists = l }
	f := flow.New(c)
	t.Cleanup(f.Close)
	f.OutboxNews(submit.Trouble{Err: context.DeadlineExceeded})
	if lists.Trouble == nil {
		t.Error("the trouble is not told")
	}
	w.Out.Records = []submit.Record{{Status: submit.Delivered}}
	f.OutboxNews(submit.Changed{Record: w.Out.Records[0]})
	if lists.Trouble != nil || len(lists.Records) != 1 {
		t.Errorf("lists %+v", lists)
	}
	f.Retry("e1")
	if diff := cmp.Diff([]string{"e1"}, w.Out.Retried); diff != "" {
		t.Error(diff)
	}
}

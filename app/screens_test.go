package app_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app"
	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/message"
	"trinhky/app/page"
	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/app/widget"
	"trinhky/assets"
	"trinhky/pdfview/layout"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// room is a window that has to do: what is left of 1366 × 768 pixels below the
// title, above the task bar and without the menu.
type room struct {
	name     string
	scale    float32
	language string
}

var rooms = []room{{"100", 1, "vi"}, {"150", 1.5, "vi"}}

// english is the narrowest room in the other language.
var english = room{"150-en", 1.5, "en"}

// stage is a frame on a world, in a window without a display.
type stage struct {
	t     *testing.T
	world *flowtest.World
	held  *flowtest.Held // nil: everything is done at once
	flow  *flow.Flow
	frame *page.Frame
	kit   *page.Kit
	win   fyne.Window
	words page.Words
}

type noSecrets struct{}

func (noSecrets) Delete(string) error                        { return nil }
func (noSecrets) Lies(string) (settings.Where, error)        { return settings.InFile, nil }
func (noSecrets) Set(string, string) (settings.Where, error) { return settings.InFile, nil }

func words(t *testing.T, language string) page.Words {
	t.Helper()
	data, err := assets.Locale.ReadFile("locale/window." + language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	w, err := page.ParseWords(data)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func newStage(t *testing.T, r room, dark bool, hold bool) *stage {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(app.Theme(dark))
	icons, err := fs.Sub(assets.Icons, "icons")
	if err != nil {
		t.Fatal(err)
	}
	images, _, err := app.LoadIcons(icons)
	if err != nil {
		t.Fatal(err)
	}
	table, err := assets.Locale.ReadFile("locale/message." + r.language + ".json")
	if err != nil {
		t.Fatal(err)
	}
	messages, err := message.Parse(table)
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, world: flowtest.New(t), words: words(t, r.language)}
	if err := app.TranslateToolkit(s.words); err != nil {
		t.Fatal(err)
	}
	var runner flow.Runner = flowtest.At{}
	if hold {
		s.held = &flowtest.Held{}
		runner = s.held
	}
	s.win = test.NewTempWindow(t, fynewidget.NewLabel(""))
	s.win.SetPadded(false)
	s.kit = &page.Kit{
		Words: s.words, Messages: messages, Runner: flowtest.At{}, Window: s.win, Icons: images, Secrets: noSecrets{},
		Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return flowtest.Now },
		Preview: func(_ context.Context, _ *signer.Appearance, w, h int) (image.Image, error) {
			return image.NewNRGBA(image.Rect(0, 0, w, h)), nil
		},
	}
	c := s.world.Config(runner)
	c.OnChange = func(st flow.State) { s.frame.OnState(st) }
	c.OnLists = func(l flow.Lists) { s.frame.OnLists(l) }
	c.OnSite = func(w flow.SiteWork) { s.frame.OnSite(w) }
	c.OnBatch = func(b flow.Batch, row int) { s.frame.OnBatch(b, row) }
	c.Paint = s.kit.Preview
	s.flow = flow.New(c)
	t.Cleanup(s.flow.Close)
	s.kit.Flow = s.flow
	s.frame = page.NewFrame(s.kit)
	s.win.SetContent(s.frame.Object())
	if sc, ok := s.win.Canvas().(interface{ SetScale(float32) }); ok {
		sc.SetScale(r.scale)
	}
	s.win.Resize(fyne.NewSize(1340/r.scale, 655/r.scale))
	return s
}

func (s *stage) doAll() {
	for s.held != nil && s.held.Waiting() > 0 {
		s.held.Release(0)
	}
}

func (s *stage) open() {
	s.flow.Start()
	s.doAll()
	s.flow.Open(s.world.Waiting())
	s.doAll()
}

func (s *stage) ask() {
	s.open()
	s.flow.Sign()
	s.doAll()
}

func (s *stage) sign() {
	s.ask()
	s.flow.EnterPIN(signer.PIN("12345678"), true)
	s.doAll()
}

// screen is one screen of the program and how to get there.
type screen struct {
	name  string
	hold  bool
	reach func(s *stage)
}

func screens() []screen {
	return slices.Concat(documentScreens(), otherScreens(), batchScreens(), officeScreens(), correctionScreens(), prepareScreens(), verifyScreens(), siteScreens())
}

func documentScreens() []screen {
	return []screen{
		{"placing", false, func(s *stage) { s.open() }},
		{"placing-unsure", false, func(s *stage) {
			d := flowtest.Document(s.world.Waiting())
			d.Parts.Signers = nil
			s.world.Documents[s.world.Waiting()] = d
			s.open()
		}},
		{"placing-no-token", false, func(s *stage) { s.world.Token.Absent = true; s.open() }},
		{"placing-findings", false, func(s *stage) {
			d := flowtest.Document(s.world.Waiting())
			d.Parts.Secrecy = layout.Part{Text: "TỐI MẬT", Confidence: 1}
			d.Findings = []verify.Finding{{Code: "secrecy-mark", Severity: verify.Error, Page: 1, Args: map[string]string{"mark": "TỐI MẬT"}}, {Code: "page-not-a4", Severity: verify.Warning, Page: 1, Args: map[string]string{"page": "1", "size": "216 × 279"}}}
			d.Report.Signatures = []verify.Signature{
				{N: 1, Certificate: s.world.Token.Certificate, Verdict: verify.Valid, Claimed: flowtest.Now},
				{N: 2, Verdict: verify.Invalid},
				{N: 3, Certificate: s.world.Token.Certificate, Verdict: verify.Indeterminate, Claimed: flowtest.Now},
			}
			s.world.Documents[s.world.Waiting()] = d
			s.open()
		}},
		{"placing-seal", false, func(s *stage) {
			c := s.flow.Settings()
			c.Signing.Seal = "seal.png"
			s.flow.Change(c, func(error) {})
			s.open()
			s.flow.SetRole(stamp.Seal)
		}},
		{"placing-problem", false, func(s *stage) {
			s.world.PreflightErr = signer.ErrLevel
			s.open()
			s.flow.Sign()
		}},
		{"pin", false, func(s *stage) { s.ask() }},
		{"pin-wrong", false, func(s *stage) { s.ask(); s.flow.EnterPIN(signer.PIN("x"), false) }},
		{"pin-final", false, func(s *stage) {
			s.world.Token.PIN = signer.PINFinalTry
			s.ask()
			f := s.kit.Part("pin.field").(*widget.PINField)
			f.TypedRune('Ở')
		}},
		{"checking", true, func(s *stage) { s.open(); s.flow.Sign() }},
		{"signing", true, func(s *stage) { s.ask(); s.flow.EnterPIN(signer.PIN("12345678"), false) }},
		{"signed", false, func(s *stage) { s.sign() }},
		{"signed-chain-gap", false, func(s *stage) { s.world.ChainGap = "nobody answers"; s.sign() }},
		{"placing-certified", false, func(s *stage) {
			d := flowtest.Document(s.world.Waiting())
			d.Findings = []verify.Finding{{Code: review.CertifiedField, Severity: verify.Warning, Page: 2}}
			s.world.Documents[s.world.Waiting()] = d
			s.open()
		}},
		{"opening", true, func(s *stage) { s.flow.Start(); s.doAll(); s.flow.Open(s.world.Waiting()) }},
		{"open-failed", false, func(s *stage) {
			s.world.OpenErr = &signer.UnreadableError{File: s.world.Waiting(), Err: errors.New("startxref")}
			s.world.RepairErr = errors.New("hopeless")
			s.open()
		}},
		{"damaged", false, func(s *stage) {
			s.world.Lost = []flow.Lost{{Part: "pages", Lost: 1, Of: 12}, {Part: "outline", Lost: 1, Of: 1}}
			d := flowtest.Document(s.world.Waiting())
			d.Permissions.Repairable = true
			s.world.Documents[s.world.Waiting()] = d
			s.open()
		}},
		{"locked", false, func(s *stage) {
			s.world.OpenErr = signer.ErrPassword
			s.open()
			s.flow.OpenWith(s.world.Waiting(), signer.PIN("x"))
		}},
	}
}

func otherScreens() []screen {
	return []screen{
		{"waiting", false, func(s *stage) { s.flow.Start() }},
		{"waiting-empty", false, func(*stage) {}},
		{"signed-list", false, func(s *stage) { s.sign(); s.frame.Go(page.SignedList) }},
		{"compose", false, func(s *stage) { s.sign(); s.flow.Compose() }},
		{"compose-refused", false, func(s *stage) {
			s.sign()
			s.flow.Compose()
			s.world.Out.AddErr = &submit.FieldError{Field: "number", Reason: "missing"}
			f := s.flow.State().(flow.Composing).Form
			f.To = flowtest.Agencies[:2]
			s.flow.Send(f)
		}},
		{"sending", false, func(s *stage) { s.world.Out.Records = records(); s.flow.Start(); s.frame.Go(page.Sending) }},
		{"sending-trouble", false, func(s *stage) {
			s.world.Out.Records = records()[:1]
			s.flow.Start()
			s.flow.OutboxNews(submit.Trouble{Connector: "truc", Err: context.DeadlineExceeded})
			s.frame.Go(page.Sending)
		}},
		{"sending-empty", false, func(s *stage) { s.flow.Start(); s.frame.Go(page.Sending) }},
		{"settings", false, func(s *stage) { s.settings(page.TabGeneral) }},
		{"settings-devices", false, func(s *stage) { s.settings(page.TabDevices) }},
		{"settings-trust-empty", false, func(s *stage) { s.settings(page.TabTrust) }},
		{"settings-stamps", false, func(s *stage) { s.settings(page.TabStamps) }},
		{"settings-sending", false, func(s *stage) { s.settings(page.TabSending) }},
		{"settings-bridge", false, func(s *stage) { s.settings(page.TabBridge) }},
	}
}

// officeScreens are the secretary's.
func officeScreens() []screen {
	return []screen{
		{"settings-connector", false, func(s *stage) {
			s.settings(page.TabSending)
			test.Tap(s.kit.Part("settings.connector.0").(*fynewidget.Button))
		}},
		{"studio-empty", false, func(s *stage) { s.studio("settings.image.studio", "") }},
		{"studio-signature", false, func(s *stage) { s.studio("settings.image.studio", studioPhoto(s.t)) }},
		{"studio-seal-no-ink", false, func(s *stage) { s.studio("settings.seal.studio", studioPhoto(s.t)) }},
		{"settings-audit", false, func(s *stage) {
			for _, a := range []submit.Action{submit.ActionSigned, submit.ActionIssued, submit.ActionDelivered} {
				s.world.Log.All = append(s.world.Log.All, submit.Entry{N: int64(len(s.world.Log.All) + 1), At: flowtest.Now, Actor: "van-thu", Action: a, Document: "15/QĐ-STN"})
			}
			s.settings(page.TabAudit)
			s.flow.ReadAudit(true)
		}},
		{"find", false, func(s *stage) {
			s.open()
			s.frame.Find()
			s.kit.Part("find.entry").(fyne.Focusable).TypedRune('x')
		}},
		{"compose-preview", false, func(s *stage) {
			s.composeTo()
			test.Tap(s.kit.Part("compose.preview").(*fynewidget.Button))
		}},
		{"compose-missing", false, func(s *stage) { s.composeTo() }},
		{"compose-policy", false, func(s *stage) {
			c := s.flow.Settings()
			c.Sending.RequireSeal = true
			s.flow.Change(c, func(error) {})
			s.composeTo()
		}},
		{"sending-detail", false, func(s *stage) {
			r := records()[2]
			r.Attempts = []submit.Attempt{{N: 1, Started: flowtest.Now, Outcome: submit.OutcomeUnknown}}
			r.Receipt = submit.Receipt{At: flowtest.Now, FoundByLookup: true}
			r.Reports = []submit.Report{
				{From: flowtest.Agencies[0], Code: "03", Status: submit.Received, At: flowtest.Now},
				{From: flowtest.Agencies[1], Code: "02", Status: submit.Refused, At: flowtest.Now, Note: "Không thuộc thẩm quyền"},
			}
			s.world.Out.Records = []submit.Record{r}
			s.flow.Start()
			s.frame.Go(page.Sending)
			s.flow.ShowMessage(r.Envelope.ID)
		}},
		{"sending-found", false, func(s *stage) {
			s.world.Out.Records = records()
			s.flow.Start()
			s.frame.Go(page.Sending)
			s.kit.Part("send.search").(*fynewidget.Entry).SetText("so nhan van ban")
		}},
		{"sending-not-found", false, func(s *stage) {
			s.world.Out.Records = records()
			s.flow.Start()
			s.frame.Go(page.Sending)
			s.kit.Part("send.search").(*fynewidget.Entry).SetText("quyết toán")
		}},
		{"sending-long", false, func(s *stage) {
			for range 9 {
				s.world.Out.Records = append(s.world.Out.Records, records()...)
			}
			s.flow.Start()
			s.frame.Go(page.Sending)
		}},
		{"sending-late", false, func(s *stage) {
			r := records()[:3]
			r[0].Envelope.Queued = flowtest.Now.Add(-120 * time.Hour)
			r[2].Receipt.At = flowtest.Now.Add(-48 * time.Hour)
			r[2].Recipients[0].Status, r[2].Recipients[1].Status = submit.Delivered, submit.Delivered
			s.world.Out.Records = r
			s.flow.Start()
			s.frame.Go(page.Sending)
		}},
		{"issue", false, func(s *stage) { s.holdNumber(); s.flow.Start(); s.frame.Go(page.IssuePage) }},
		{"issue-book-written", false, func(s *stage) {
			s.frame.Go(page.IssuePage)
			s.kit.PickSave = func(name string, chosen func(string)) { chosen(filepath.Join(s.t.TempDir(), name)) }
			test.Tap(s.kit.Part("issue.book.xlsx").(*fynewidget.Button))
		}},
		{"issue-empty", false, func(s *stage) { s.frame.Go(page.IssuePage) }},
		{"issue-number", false, func(s *stage) { s.chooseIssue("", true) }},
		{"issue-printed", false, func(s *stage) { s.chooseIssue("125", true) }},
		{"issue-no-leader", false, func(s *stage) { s.chooseIssue("", false) }},
		{"issue-working", true, func(s *stage) {
			s.chooseIssue("", true)
			s.flow.RunIssue(signer.PIN("12345678"), false)
		}},
		{"issue-wrong-pin", false, func(s *stage) {
			s.chooseIssue("", true)
			s.flow.RunIssue(signer.PIN("1"), false)
		}},
		{"issue-done", false, func(s *stage) {
			s.chooseIssue("125", true)
			s.flow.RunIssue(signer.PIN("12345678"), false)
		}},
		{"inbox", false, func(s *stage) { s.receive(); s.frame.Go(page.InboxPage) }},
		{"inbox-empty", false, func(s *stage) { s.flow.Start(); s.frame.Go(page.InboxPage) }},
		{"inbox-offline", false, func(s *stage) {
			s.world.In.FetchErr = context.DeadlineExceeded
			s.receive()
			s.frame.Go(page.InboxPage)
		}},
		{"inbox-message", false, func(s *stage) { s.receive(); s.frame.Go(page.InboxPage); s.flow.Look("301") }},
		{"inbox-invalid", false, func(s *stage) {
			s.world.ArrivedVerdict = verify.Invalid
			s.receive()
			s.frame.Go(page.InboxPage)
			s.flow.Look("301")
			s.flow.Answer(submit.Answer{Code: "03"})
		}},
		{"inbox-stranger", false, func(s *stage) {
			s.receive()
			s.strangeUpdate()
			s.flow.Look("303")
		}},
		{"inbox-strangers", false, func(s *stage) { s.receive(); s.strangeUpdate() }},
		{"inbox-judged", false, func(s *stage) {
			s.receive()
			s.strangeUpdate()
			s.flow.Look("303")
			test.Tap(s.kit.Part("inbox.judge").(*fynewidget.Button))
			if _, ok := s.kit.Part("inbox.answer.15").(*fynewidget.Button); !ok {
				s.t.Error("the update of its sender cannot be agreed to")
			}
		}},
		{"inbox-stranger-recall", false, func(s *stage) {
			s.receive()
			s.world.In.Rows[1].Stranger = submit.NotSender
			s.flow.ReadInbox()
			s.frame.Go(page.InboxPage)
			s.flow.Look("302")
		}},
		{"inbox-recall", false, func(s *stage) {
			s.receive()
			s.frame.Go(page.InboxPage)
			s.flow.Look("302")
			s.flow.Answer(submit.Answer{Code: "16"})
		}},
		{"inbox-accepted", false, func(s *stage) {
			s.receive()
			s.frame.Go(page.InboxPage)
			s.flow.Look("301")
			s.flow.Answer(submit.Answer{Code: "03"})
		}},
		{"inbox-unreadable", false, func(s *stage) { s.receive(); s.frame.Go(page.InboxPage); s.flow.Look("304") }},
	}
}

// settings goes to a group of the settings, by the keyboard.
func (s *stage) settings(tab page.SettingsTab) {
	s.flow.Start()
	s.frame.Go(page.SettingsPage)
	item := s.kit.Part(string(tab)).(*widget.TabItem)
	s.win.Canvas().Focus(item)
	item.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	s.win.Canvas().Unfocus()
}

func (s *stage) composeTo() {
	s.sign()
	s.flow.Compose()
	f := s.flow.State().(flow.Composing).Form
	f.To = flowtest.Agencies[:2]
	f.SHA256 = sha256.Sum256([]byte("%PDF-1.7 signed"))
	s.frame.OnState(flow.Composing{Form: f, Doc: s.flow.State().(flow.Composing).Doc, Problem: s.flow.State().(flow.Composing).Problem})
}

func (s *stage) holdNumber() {
	s.world.Book.All = []submit.Line{{
		Series: submit.Series{Agency: "H99.97", Year: 2026, Book: "Quyết định"}, Number: 14, State: submit.NumberReserved,
		By: "van-thu", Reserved: flowtest.Now,
	}}
}

// chooseIssue opens a document for issue: with a number printed or without,
// signed by its leader or not.
func (s *stage) chooseIssue(number string, signed bool) {
	d := flowtest.Document(s.world.Waiting())
	d.Parts.Number.Text = number
	if signed {
		other := flowtest.NewToken(s.t, "Nguyễn Văn Thử", "1")
		d.Report.Signatures = []verify.Signature{{N: 1, Certificate: other.Certificate, Verdict: verify.Valid, Claimed: flowtest.Now, Page: 2, Rect: flowtest.Band}}
		d.Report.Verdict = verify.Valid
	}
	s.world.Documents[s.world.Waiting()] = d
	s.flow.Start()
	s.doAll()
	s.frame.Go(page.IssuePage)
	s.doAll()
	s.flow.ChooseIssue(s.world.Waiting())
	s.doAll()
}

// receive fills the inbox.
func (s *stage) receive() {
	for i, k := range []submit.Kind{submit.New, submit.Recall, submit.Update, submit.New} {
		in := flowtest.Incoming(s.t, fmt.Sprint(301+i), k)
		if i == 3 {
			in = submit.Incoming{ID: in.ID, Received: in.Received, Problem: "element OrganId is missing", From: in.From}
		}
		s.world.In.Rows = append(s.world.In.Rows, in)
	}
	s.flow.Start()
}

// strangeUpdate lets the update in the inbox come from another agency than it names.
func (s *stage) strangeUpdate() {
	in := &s.world.In.Rows[2]
	in.Stranger, in.Carried, in.Message.Path = submit.OtherSender, "H99.12", "303.edxml"
	s.flow.ReadInbox()
	s.frame.Go(page.InboxPage)
}

// records are messages in every state.
func records() []submit.Record {
	var out []submit.Record
	for i, status := range []submit.Status{
		submit.Queued, submit.Unconfirmed, submit.Delivered, submit.Refused, submit.Failed, submit.Cancelled,
	} {
		r := submit.Record{Status: status, Tries: i, Updated: flowtest.Now.Add(-48 * time.Hour)}
		r.Envelope = submit.Envelope{
			ID: fmt.Sprint(i), Queued: flowtest.Now, To: flowtest.Agencies[:2],
			Document: submit.Metadata{
				Number: fmt.Sprint(120 + i), Notation: "STN-VP", Type: "Công văn", Signer: "Nguyễn Văn Thử",
				Subject: "V/v thử nghiệm gửi, nhận văn bản điện tử có ký số qua Trục liên thông văn bản quốc gia",
			},
		}
		r.Recipients = []submit.Recipient{
			{Party: flowtest.Agencies[0], Status: submit.Processing, At: flowtest.Now},
			{Party: flowtest.Agencies[1], Status: submit.Refused, At: flowtest.Now, Note: "Văn bản không thuộc thẩm quyền giải quyết của Ủy ban nhân dân xã"},
		}
		if status != submit.Delivered {
			r.Recipients = []submit.Recipient{{Party: flowtest.Agencies[0], Status: status}}
			r.Problem = "connection refused"
		}
		out = append(out, r)
	}
	return out
}

// Every screen fits its window: nothing outside, no words cut off, nothing
// English in the Vietnamese interface. With TRINHKY_SHOTS the pictures are kept.
func TestScreens(t *testing.T) { lookAt(t, screens(), rooms...) }

// The secretary's screens fit in English too, and speak no Vietnamese.
func TestEnglishScreens(t *testing.T) {
	lookAt(t, slices.Concat(officeScreens(), correctionScreens(), siteScreens()), english)
}

func lookAt(t *testing.T, all []screen, rooms ...room) {
	t.Helper()
	for _, r := range rooms {
		foreign := notIn(t, r.language)
		for _, sc := range all {
			t.Run(sc.name+"@"+r.name, func(t *testing.T) {
				s := newStage(t, r, false, sc.hold)
				sc.reach(s)
				settle(s.win.Content())
				keepShot(t, s.win, sc.name+"@"+r.name)
				look := &looker{t: t, window: s.win.Canvas().Size(), words: s.words, foreign: foreign}
				look.at(s.win.Content(), fyne.Position{}, nil)
				if look.texts < 5 {
					t.Errorf("only %d texts are shown", look.texts)
				}
			})
		}
	}
}

// The dark look is drawn with other colours and the same places.
func TestDark(t *testing.T) {
	for _, name := range []string{"placing", "sending", "compose", "pin-final", "issue-number", "inbox-message", "sending-detail", "compose-preview"} {
		i := slices.IndexFunc(screens(), func(s screen) bool { return s.name == name })
		s := newStage(t, rooms[0], true, false)
		screens()[i].reach(s)
		settle(s.win.Content())
		img := shoot(t, s.win, name+"-dark")
		if r, g, b, _ := img.At(300, 640).RGBA(); r > 0x6000 || g > 0x6000 || b > 0x6000 {
			t.Errorf("%s: the ground is %x %x %x", name, r, g, b)
		}
	}
}

// settle lays everything out anew, as the driver does before a frame when the
// least size of something changed.
func settle(o fyne.CanvasObject) {
	for range 3 {
		layOut(o)
	}
}

func layOut(o fyne.CanvasObject) {
	switch o := o.(type) {
	case *fyne.Container:
		if o.Layout != nil {
			o.Layout.Layout(o.Objects, o.Size())
		}
		for _, c := range o.Objects {
			layOut(c)
		}
	case fyne.Widget:
		r := test.WidgetRenderer(o)
		r.Layout(o.Size())
		for _, c := range r.Objects() {
			layOut(c)
		}
	}
}

// keepShot keeps a picture of the window with TRINHKY_SHOTS; painting it without
// that would take as long as everything else, for nobody to see.
func keepShot(t *testing.T, w fyne.Window, name string) {
	t.Helper()
	if os.Getenv("TRINHKY_SHOTS") != "" {
		shoot(t, w, name)
	}
}

// shoot paints the window, and keeps the picture with TRINHKY_SHOTS.
func shoot(t *testing.T, w fyne.Window, name string) image.Image {
	t.Helper()
	img := w.Canvas().Capture()
	dir := os.Getenv("TRINHKY_SHOTS")
	if dir == "" {
		return img
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	return img
}

// notIn are the words of the other language that no entry of this one has.
func notIn(t *testing.T, language string) map[string]bool {
	t.Helper()
	other := map[string]string{"vi": "en", "en": "vi"}[language]
	own := map[string]bool{}
	for _, text := range words(t, language) {
		own[text] = true
	}
	out := map[string]bool{}
	for _, text := range words(t, other) {
		if !own[text] {
			out[text] = true
		}
	}
	return out
}

// looker walks over everything that a window shows.
type looker struct {
	t       *testing.T
	window  fyne.Size
	words   page.Words
	foreign map[string]bool
	texts   int
}

// at looks at o, whose parent lies at origin; clip is what scrolls around it.
func (l *looker) at(o fyne.CanvasObject, origin fyne.Position, scroll fyne.CanvasObject) {
	if o == nil || !o.Visible() {
		return
	}
	at := origin.Add(o.Position())
	size := o.Size()
	if scroll == nil && (at.X < -1 || at.Y < -1 || at.X+size.Width > l.window.Width+1 || at.Y+size.Height > l.window.Height+1) {
		l.t.Errorf("%s leaves the window: at %v, size %v, window %v", describe(o), at, size, l.window)
	}
	switch o := o.(type) {
	case *canvas.Text:
		l.text(o)
	case *widget.PageView: // a picture of pages, scrolled
	case *container.Scroll:
		l.at(o.Content, at, o)
	case *fynewidget.Entry, *fynewidget.Icon, *fynewidget.ProgressBarInfinite: // text scrolls, icons and bars shrink
	case *fyne.Container:
		l.fits(o.Layout, o.Objects, size, o)
		for _, c := range o.Objects {
			l.at(c, at, scroll)
		}
	case fyne.Widget:
		l.fitsWidget(o, scroll)
		for _, c := range test.WidgetRenderer(o).Objects() {
			l.at(c, at, scroll)
		}
	}
}

func (l *looker) text(o *canvas.Text) {
	if o.Text == "" {
		return
	}
	l.texts++
	if l.foreign[o.Text] {
		l.t.Errorf("words of the other language: %q", o.Text)
	}
	if _, missing := l.words[o.Text]; missing {
		l.t.Errorf("a key instead of words: %q", o.Text)
	}
	if strings.HasSuffix(o.Text, "…") && !l.known(o.Text) {
		l.t.Errorf("cut off: %q", o.Text)
	}
	if need := fyne.MeasureText(o.Text, o.TextSize, o.TextStyle); o.Size().Width > 0 && need.Width > o.Size().Width+1.5 {
		l.t.Errorf("%q needs %v and has %v", o.Text, need.Width, o.Size().Width)
	}
}

// known says whether a text ends with an ellipsis of its own, or is a long
// subject or a name beside which the whole one stands.
func (l *looker) known(text string) bool {
	for _, w := range l.words {
		if strings.HasSuffix(w, text) { // the last line of a longer one
			return true
		}
	}
	cut := strings.TrimSuffix(text, "…")
	return strings.Contains(text, "STN-VP · ") || strings.HasPrefix("Văn bản không thuộc", cut) || strings.HasPrefix("V/v thử nghiệm gửi, nhận văn bản", cut) || strings.HasPrefix("Nguyễn Văn Thử · Token thử", cut)
}

// fits sees that a container is not smaller than what its layout needs.
func (l *looker) fits(_ fyne.Layout, _ []fyne.CanvasObject, size fyne.Size, o *fyne.Container) {
	if need := o.MinSize(); need.Width > size.Width+1.5 && size.Width > 0 {
		l.t.Errorf("a container of %d needs the width %v and has %v: %s", len(o.Objects), need.Width, size.Width, inside(o))
	}
}

func (l *looker) fitsWidget(o fyne.Widget, scroll fyne.CanvasObject) {
	need, size := o.MinSize(), o.Size()
	if need.Width > size.Width+1.5 || scroll == nil && need.Height > size.Height+1.5 {
		l.t.Errorf("%s needs %v and has %v", describe(o), need, size)
	}
}

func describe(o fyne.CanvasObject) string {
	switch o := o.(type) {
	case *canvas.Text:
		return fmt.Sprintf("text %q", o.Text)
	case *fynewidget.Label:
		return fmt.Sprintf("label %q", o.Text)
	case *fynewidget.Button:
		return fmt.Sprintf("button %q", o.Text)
	case *fyne.Container:
		return "container of " + inside(o)
	}
	return fmt.Sprintf("%T", o)
}

func inside(o *fyne.Container) string {
	var parts []string
	for _, c := range o.Objects {
		if _, ok := c.(*fyne.Container); ok {
			parts = append(parts, "container")
		} else {
			parts = append(parts, describe(c))
		}
	}
	return strings.Join(parts, ", ")
}

// Both languages have the same words, and every word that is asked for is there.
func TestWordsAreComplete(t *testing.T) {
	vi, en := words(t, "vi"), words(t, "en")
	for key := range vi {
		if _, ok := en[key]; !ok {
			t.Errorf("%q is missing in English", key)
		}
	}
	for key, text := range en {
		if _, ok := vi[key]; !ok {
			t.Errorf("%q is missing in Vietnamese", key)
		}
		if strings.TrimSpace(text) == "" || strings.TrimSpace(vi[key]) == "" {
			t.Errorf("%q has no words", key)
		}
		if a, b := placeholders(text), placeholders(vi[key]); !slices.Equal(a, b) {
			t.Errorf("%q has the arguments %v in English and %v in Vietnamese", key, a, b)
		}
	}
}

func placeholders(text string) []string {
	var out []string
	for {
		_, after, ok := strings.Cut(text, "{")
		if !ok {
			slices.Sort(out)
			return slices.Compact(out)
		}
		name, rest, _ := strings.Cut(after, "}")
		out, text = append(out, name), rest
	}
}

// The toolkit speaks Vietnamese: every string of its own has its translation.
func TestToolkitWords(t *testing.T) {
	vi := words(t, "vi")
	for _, own := range []string{"Cancel", "Copy", "Cut", "Paste", "Select all", "Open", "Save", "Undo", "Redo", "Yes", "No", "OK", "Quit"} {
		if vi[app.OwnWords+own] == "" || vi[app.OwnWords+own] == own {
			t.Errorf("%q is not translated", own)
		}
	}
	var raw map[string]string
	data, err := assets.Locale.ReadFile("locale/window.vi.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
}

package app_test

import (
	"errors"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/page"
	"trinhky/app/review"
	"trinhky/assets"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// pile goes to «Ký loạt»; agreed is how many documents were agreed to.
func (s *stage) pile(agreed int) {
	s.flow.Start()
	s.doAll()
	s.frame.Go(page.BatchPage)
	for i := range agreed {
		s.flow.BatchOpen(i)
		s.flow.BatchSaw(0, 1)
		s.flow.BatchAgree()
	}
	s.flow.BatchClose()
}

func batchScreens() []screen {
	bad := func(s *stage) {
		d := flowtest.Document(s.world.Waiting())
		d.Findings = []verify.Finding{{Code: "secrecy-mark", Severity: verify.Error, Page: 1, Args: map[string]string{"mark": "TỐI MẬT"}}}
		s.world.Documents[s.world.Waiting()] = d
	}
	pin := func(s *stage) { s.pile(2); s.flow.BatchSign() }
	return []screen{
		{"batch", false, func(s *stage) { bad(s); s.pile(0) }},
		{"batch-empty", false, func(s *stage) { s.frame.Go(page.BatchPage) }},
		{"batch-agreed", false, func(s *stage) { s.pile(2); s.frame.OnKey(&fyne.KeyEvent{Name: fyne.KeyEnd}) }},
		{"batch-review", false, func(s *stage) { s.pile(0); s.flow.BatchOpen(0) }},
		{"batch-review-seen", false, func(s *stage) { s.pile(0); s.flow.BatchOpen(0); s.flow.BatchSaw(0, 1) }},
		{"batch-review-unsure", false, func(s *stage) {
			d := flowtest.Document(s.world.Waiting())
			d.Parts.Signers[0].Band.Confidence = 0.6
			s.world.Documents[s.world.Waiting()] = d
			s.pile(0)
			s.flow.BatchOpen(0)
		}},
		{"batch-remark", false, func(s *stage) {
			s.pile(0)
			s.flow.BatchOpen(0)
			tap(s, "batch.return")
		}},
		{"batch-pin", false, pin},
		{"batch-pin-wrong", false, func(s *stage) { pin(s); s.flow.BatchPIN(flow.PINs{Login: signer.PIN("0000")}, false) }},
		{"batch-pin-final", false, func(s *stage) { s.world.Token.PIN = signer.PINFinalTry; pin(s) }},
		{"batch-pin-signature", false, func(s *stage) {
			s.world.SignErr = &signer.PINError{Signature: true}
			pin(s)
			s.flow.BatchPIN(flow.PINs{Login: signer.PIN("12345678")}, false)
		}},
		{"batch-done", false, func(s *stage) {
			pin(s)
			s.flow.BatchPIN(flow.PINs{Login: signer.PIN("12345678")}, false)
			s.flow.BatchReturn(2, "Sửa ngày ban hành")
		}},
		{"batch-aside", false, func(s *stage) {
			s.world.SignErr = &signer.UnreadableError{File: "a.pdf", Err: errors.New("xref")}
			pin(s)
			s.flow.BatchPIN(flow.PINs{Login: signer.PIN("12345678")}, false)
			s.kit.Part("batch.grid").(fyne.Focusable).TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		}},
		{"batch-stopped", false, func(s *stage) {
			s.world.SignErr = &signer.TokenError{Fault: signer.TokenRemoved, Err: errors.New("CKR_DEVICE_REMOVED")}
			pin(s)
			s.flow.BatchPIN(flow.PINs{Login: signer.PIN("12345678")}, false)
		}},
		{"batch-consent", false, func(s *stage) {
			s.pile(2)
			b := s.flow.Batch()
			b.Stage, b.Todo = flow.BatchConsent, 2
			s.frame.OnBatch(b, flow.AllRows)
		}},
		{"batch-running", true, func(s *stage) { s.halfway() }},
	}
}

func tap(s *stage, part string) { s.kit.Part(part).(fyne.Tappable).Tapped(nil) }

// halfway brings the pile as far as its run, and leaves it there.
func (s *stage) halfway() {
	s.flow.Start()
	s.doAll()
	s.frame.Go(page.BatchPage)
	s.doAll()
	for i := range 2 {
		s.flow.BatchOpen(i)
		s.doAll()
		s.flow.BatchSaw(0, 1)
		s.flow.BatchAgree()
		s.doAll()
	}
	s.flow.BatchClose()
	s.flow.BatchSign()
	s.doAll()
	s.flow.BatchPIN(flow.PINs{Login: signer.PIN("12345678")}, false)
}

// The pile by keyboard: arrows and Enter open, Space turns pages until all were
// on the screen, Enter agrees, and the next document comes up.
func TestBatchByKeyboard(t *testing.T) {
	s := newStage(t, rooms[0], false, false)
	s.pile(0)
	settle(s.win.Content())
	grid := s.kit.Part("batch.grid").(fyne.Focusable)
	grid.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	settle(s.win.Content())
	if s.flow.Batch().Review == nil {
		t.Fatal("Enter opens nothing")
	}
	press := func(name fyne.KeyName) { s.frame.OnKey(&fyne.KeyEvent{Name: name}) }
	press(fyne.KeyReturn)
	if n := s.flow.Batch().Agreed(); n != 0 {
		t.Fatal("agreed to a document of which only the top was on the screen")
	}
	presses := 0
	for ; presses < 40 && !s.flow.Batch().CanAgree(); presses++ {
		press(fyne.KeySpace)
	}
	row := s.flow.Batch().Rows[0]
	if row.Unseen() != 0 || presses < 2 {
		t.Fatalf("after %d screens %d pages are unseen", presses, row.Unseen())
	}
	press(fyne.KeyReturn)
	if b := s.flow.Batch(); b.Agreed() != 1 || b.Review == nil || b.Review.Index != 1 {
		t.Fatalf("%d agreed, review %+v", b.Agreed(), b.Review)
	}
	press(fyne.KeyEscape)
	if s.flow.Batch().Review != nil || row.Role != stamp.Leader {
		t.Error("Escape does not go back")
	}
}

// trusting is a trust store with a known root and an unknown authority.
type trusting struct{ list []review.Anchor }

func (s trusting) Anchors() ([]review.Anchor, error)             { return s.list, nil }
func (s trusting) ReadAnchors(string) ([]review.Anchor, error)   { return s.list, nil }
func (s trusting) ImportAnchors(string) ([]review.Anchor, error) { return s.list, nil }
func (s trusting) Pins() []review.Pin {
	pins, _ := review.ParsePins(assets.Anchors)
	return pins
}

// The settings show every anchor with its fingerprint, every token with what
// cannot sign and why, and ask before an import is trusted.
func TestTrustAndDevices(t *testing.T) {
	for _, r := range rooms {
		s := newStage(t, r, false, false)
		c := s.world.Token.Certificate
		s.kit.Trust = trusting{[]review.Anchor{{Certificate: c, Root: true, Pin: &review.Pin{Name: "Gốc thử", Source: "thử"}}, {Certificate: c}}}
		s.kit.PickFile = func(_ string, _ []string, chosen func(string)) { chosen("ca.pem") }
		s.world.Token.More = []signer.Certificate{{X509: c, Unusable: &signer.CertificateError{Fault: signer.CertificateKeyUsage, Subject: "x"}}}
		s.frame = page.NewFrame(s.kit) // with the trust store
		s.win.SetContent(s.frame.Object())
		var texts []string
		s.settings(page.TabDevices)
		settle(s.win.Content())
		everyText(s.win.Content(), &texts)
		s.settings(page.TabTrust)
		tap(s, "settings.anchor")
		settle(s.win.Content())
		everyText(s.win.Content(), &texts)
		all := strings.Join(texts, " ")
		for _, want := range []string{"Khớp dấu vân tay đã biết", "Không có trong danh sách đã biết", "không ký được", "Tệp có 2 chứng thư", "Tin cậy"} {
			if !strings.Contains(all, want) {
				t.Errorf("%s: %q is not shown", r.name, want)
			}
		}
		keepShot(t, s.win, "settings-trust@"+r.name)
		tap(s, "settings.anchor.yes")
	}
}

// everyText gathers what stands on a screen, also below the fold.
func everyText(o fyne.CanvasObject, out *[]string) {
	switch o := o.(type) {
	case *canvas.Text:
		*out = append(*out, o.Text)
	case *container.Scroll:
		everyText(o.Content, out)
	case *fyne.Container:
		for _, c := range o.Objects {
			everyText(c, out)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			everyText(c, out)
		}
	}
}

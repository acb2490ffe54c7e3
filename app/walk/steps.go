package walk

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/review"
	"trinhky/app/widget"
	"trinhky/pdfview/geom"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// steps are the whole way in its order.
func (w *walker) steps() []step {
	steps := []step{
		{"walk.start", w.seeWaiting},
		{"walk.open", w.open},
		{"walk.place", w.place},
		{"walk.pin", w.askPIN},
		{"walk.sign", w.sign},
		{"walk.find", w.find},
		{"walk.compose", w.compose},
		{"walk.receiver", w.receiver},
		{"walk.send", w.send},
		{"walk.received", w.received},
	}
	if w.Draft != "" {
		steps = append(steps, step{"walk.draft", w.signDraft}, step{"walk.issue", w.issue}, step{"walk.issued", w.sendIssued})
	}
	if w.Arrive != "" {
		steps = append(steps, step{"walk.arrive", w.arrive}, step{"walk.answer", w.answer})
	}
	return append(steps, step{"walk.rest", w.rest})
}

// seeWaiting waits for the documents and the token.
func (w *walker) seeWaiting() error {
	err := w.until("documents and token", func() (bool, error) {
		l := w.Flow.Lists()
		return len(l.Waiting) > 0 && len(l.Tokens) > 0 && len(l.Tokens[0].Certificates) > 0, l.TokenErr
	})
	if err != nil {
		return err
	}
	if err := w.until("the list on the screen", func() (bool, error) {
		_, err := w.part("waiting.0")
		return err == nil, nil
	}); err != nil {
		return err
	}
	return w.shoot("cho-ky")
}

// open opens the first document and waits until its page and its stamp are
// painted.
func (w *walker) open() error {
	if err := w.tap("waiting.0"); err != nil {
		return err
	}
	p, err := untilState[flow.Placing](w)
	if err != nil {
		return err
	}
	if !p.Ready() {
		return fmt.Errorf("not ready to sign: %d findings, signer %v", len(p.Findings), p.Signer != nil)
	}
	if err := w.atRest(); err != nil {
		return err
	}
	return w.shoot("dat-dau")
}

// find looks for words without their accents, and leaves the search.
func (w *walker) find() error {
	if err := w.tap("document.find"); err != nil {
		return err
	}
	if err := w.typed([]byte("van ban")); err != nil {
		return err
	}
	if err := w.until("what was found", func() (bool, error) {
		said, ok := w.Kit.Part("find.said").(*fynewidget.Label)
		return ok && said.Text != "", nil
	}); err != nil {
		return err
	}
	if err := w.atRest(); err != nil {
		return err
	}
	if err := w.shoot("tim-trong-van-ban"); err != nil {
		return err
	}
	return w.key(fyne.KeyEscape)
}

// atRest waits until every visible tile and the stamp are painted.
func (w *walker) atRest() error {
	return w.until("the page", func() (bool, error) {
		pages, ok := w.Kit.Part("document.pages").(*widget.PageView)
		if !ok || !pages.AtRest() {
			return false, nil
		}
		s, ok := w.Kit.Part("document.stamp").(*widget.Stamp)
		return !ok || s.Painted(), nil
	})
}

// place moves the stamp with the keyboard and puts it back.
func (w *walker) place() error {
	before, err := untilState[flow.Placing](w)
	if err != nil {
		return err
	}
	if !before.Place.Sure() {
		return fmt.Errorf("the place is not sure (%.2f)", before.Place.Confidence)
	}
	if err := w.focus("document.stamp"); err != nil {
		return err
	}
	for range 3 {
		if err := w.key(fyne.KeyDown); err != nil {
			return err
		}
	}
	want := before.Place.Shown.Y0 + geom.MM(3)
	if err := w.until("the stamp 3 mm lower", func() (bool, error) {
		p, ok := w.Flow.State().(flow.Placing)
		return ok && near(p.Place.Shown.Y0, want), nil
	}); err != nil {
		return err
	}
	if err := w.atRest(); err != nil {
		return err
	}
	if err := w.shoot("doi-dau"); err != nil {
		return err
	}
	if err := w.tap("document.reset"); err != nil {
		return err
	}
	return w.until("the stamp back", func() (bool, error) {
		p, ok := w.Flow.State().(flow.Placing)
		return ok && near(p.Place.Shown.Y0, before.Place.Shown.Y0), nil
	})
}

func near(a, b float64) bool { return a-b < 0.5 && b-a < 0.5 }

func (w *walker) askPIN() error {
	if err := w.askPINOnly(); err != nil {
		return err
	}
	return w.shoot("nhap-pin")
}

func (w *walker) askPINOnly() error {
	if err := w.tap("document.sign"); err != nil {
		return err
	}
	if _, err := untilState[flow.AskPIN](w); err != nil {
		return err
	}
	if err := w.focus("pin.field"); err != nil {
		return err
	}
	return w.typed(w.pin)
}

// sign signs and keeps the file and what verification says of it.
func (w *walker) sign() error {
	if err := w.tap("pin.sign"); err != nil {
		return err
	}
	if err := w.flash("dang-ky"); err != nil {
		return err
	}
	s, err := untilState[flow.Signed](w)
	if err != nil {
		return err
	}
	if err := w.atRest(); err != nil {
		return err
	}
	if err := w.shoot("da-ky"); err != nil {
		return err
	}
	if v := s.Doc.Report.Verdict; v != verify.Valid && v != verify.Indeterminate {
		return fmt.Errorf("the signed file is %s", v)
	}
	return w.keepSigned(s)
}

func (w *walker) keepSigned(s flow.Signed) error {
	data, err := os.ReadFile(s.Result.Path)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(w.Out, "signed.pdf"), data, 0o644); err != nil {
		return err
	}
	say := func(f verify.Finding) string { return w.Kit.Messages.Finding(f).String() }
	report, err := json.MarshalIndent(review.Verified(s.Doc.Report, say), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.Out, "verification.json"), report, 0o644)
}

func (w *walker) compose() error {
	if err := w.tap("done.send"); err != nil {
		return err
	}
	c, err := untilState[flow.Composing](w)
	if err != nil {
		return err
	}
	if m := c.Document; m.Number == "" || m.Notation == "" || m.Subject == "" {
		return fmt.Errorf("the form is not filled: %q %q %q", m.Number, m.Notation, m.Subject)
	}
	return w.shoot("gui-di")
}

// receiver finds a receiver by its name without accents.
func (w *walker) receiver() error {
	if err := w.chooseReceiver(); err != nil {
		return err
	}
	return w.shoot("noi-nhan")
}

func (w *walker) chooseReceiver() error {
	if err := w.focus("compose.search"); err != nil {
		return err
	}
	// The directory of agencies comes in the background: type until it is there.
	if err := w.typed([]byte(w.Receiver)); err != nil {
		return err
	}
	if err := w.until("agencies", func() (bool, error) {
		return w.Kit.Part("compose.results.0") != nil, nil // set when what is typed was looked up
	}); err != nil {
		return err
	}
	if err := w.key(fyne.KeyReturn); err != nil {
		return err
	}
	return w.until("a receiver", func() (bool, error) {
		_, err := w.part("compose.to.0")
		return err == nil, nil
	})
}

func (w *walker) send() error {
	if err := w.tap("compose.send"); err != nil {
		return err
	}
	if _, err := untilState[flow.Queued](w); err != nil {
		return err
	}
	return w.shoot("da-vao-hang-gui")
}

// received waits for the receiver's word.
func (w *walker) received() error {
	if err := w.until("the receiver's word", func() (bool, error) {
		rows := w.Flow.Lists().Records
		if len(rows) == 0 || len(rows[0].Recipients) == 0 {
			return false, nil
		}
		switch rows[0].Recipients[0].Status {
		case submit.Received, submit.Assigned, submit.Processing, submit.Completed:
			return true, nil
		case submit.Refused, submit.Failed:
			return false, errors.New("refused: " + rows[0].Recipients[0].Note)
		}
		return false, nil
	}); err != nil {
		return err
	}
	return w.shoot("da-nhan")
}

// rest shows the other pages.
func (w *walker) rest() error {
	for _, p := range []struct{ part, shot string }{
		{"nav.signed", "danh-sach-da-ky"},
		{"nav.send", "danh-sach-gui-di"},
		{"nav.settings", "cai-dat"},
		{"nav.waiting", "con-lai"},
	} {
		if err := w.tap(p.part); err != nil {
			return err
		}
		if err := w.shoot(p.shot); err != nil {
			return err
		}
	}
	return nil
}

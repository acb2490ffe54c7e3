package page

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
	"trinhky/signer"
)

// batchPIN is the sheet on which the PIN of a pile is typed, once.
type batchPIN struct {
	page      *batchPage
	field     *widget.PINField
	signature *widget.PINField // nil: the token has no PIN of its own for signatures
	warning   *fyne.Container
	confirm   *fynewidget.Check // nil: it is not the last try
	sign      *fynewidget.Button
	pad       bool
}

// pinSheet says what the token says of its PIN before anything is typed. The
// field is nil where the PIN is typed on the reader.
func (p *batchPage) pinSheet() (body, foot fyne.CanvasObject, field fyne.Focusable) {
	k, b := p.kit, p.now
	s := &batchPIN{page: p, field: widget.NewPINField(), warning: container.NewVBox(), pad: b.Signer.Slot.Token.PINPad}
	box := container.NewVBox(widget.NewSection(k.say("batch.pin.title", "n", strconv.Itoa(k.Flow.Signing()))))
	box.Add(widget.NewColumn(-12,
		widget.NewStrong(b.Signer.Certificate.X509.Subject.CommonName),
		widget.NewCaption(k.say("pin.token", "name", b.Signer.Slot.Token.Label))))
	if b.Problem == nil {
		k.pinState(box, b.PIN, nil)
	}
	for _, w := range b.Warnings {
		m := k.Messages.Finding(w)
		box.Add(widget.Notice{Tone: widget.Warning, Title: m.Title, Text: m.Text, Next: m.Next}.Object())
	}
	s.fields(box)
	if b.Problem != nil { // it is long: the field stays in sight above it
		k.pinState(box, b.PIN, b.Problem)
	}
	foot = s.foot()
	s.check()
	if s.pad {
		return box, foot, nil
	}
	return box, foot, s.field
}

// pinState says why the last PIN did not do, or what the token says of it.
func (k *Kit) pinState(box *fyne.Container, state signer.PINState, problem error) {
	if problem != nil {
		if n := k.problem(problem); n != nil {
			n.Cause = "" // the state of the PIN is all there is
			box.Add(n.Object())
		}
		return
	}
	if word, tone := k.pinWord(state); tone > widget.Plain {
		box.Add(widget.Notice{Tone: tone, Text: word}.Object())
	}
}

func (s *batchPIN) fields(box *fyne.Container) {
	k := s.page.kit
	if s.pad {
		box.Add(line(widget.Info, k.say("pin.pad"), nil))
		return
	}
	s.field.Hint = k.say("pin.hint")
	name(k, "batch.pin", s.field)
	s.field.OnChanged, s.field.OnSubmit, s.field.OnCancel = s.check, s.submit, k.Flow.BatchStop
	box.Add(s.field)
	if s.page.now.Signature {
		s.signature = name(k, "batch.pin.signature", widget.NewPINField())
		s.signature.Hint = k.say("batch.pin.signature")
		s.signature.OnChanged, s.signature.OnSubmit, s.signature.OnCancel = s.check, s.submit, k.Flow.BatchStop
		box.Add(s.signature)
	}
	box.Add(s.warning)
	box.Add(widget.NewCaption(k.say("batch.pin.text")))
}

func (s *batchPIN) foot() fyne.CanvasObject {
	k := s.page.kit
	s.sign = name(k, "batch.pin.sign", fynewidget.NewButton(k.say("pin.sign"), s.submit))
	s.sign.Importance = fynewidget.HighImportance
	cancel := name(k, "batch.pin.cancel", fynewidget.NewButton(k.say("pin.cancel"), k.Flow.BatchStop))
	foot := widget.NewColumn(6)
	if s.page.now.PIN == signer.PINFinalTry {
		s.confirm = name(k, "batch.pin.confirm", fynewidget.NewCheck(k.say("pin.confirm"), func(bool) { s.check() }))
		foot.Add(s.confirm)
	}
	foot.Add(container.New(layout.NewGridLayoutWithColumns(2), tall(cancel), tall(s.sign)))
	return foot
}

// check warns while typing.
func (s *batchPIN) check() {
	k := s.page.kit
	s.warning.Objects = nil
	if s.field.Foreign() {
		s.warning.Add(widget.Notice{Tone: widget.Warning, Text: k.say("pin.foreign")}.Object())
	}
	if s.field.CapsLock() {
		s.warning.Add(widget.Notice{Tone: widget.Warning, Text: k.say("pin.caps")}.Object())
	}
	s.warning.Refresh()
	typed := s.pad || !s.field.Empty() && (s.signature == nil || !s.signature.Empty())
	enable(s.sign, typed && (s.confirm == nil || s.confirm.Checked))
}

func (s *batchPIN) submit() {
	if s.sign.Disabled() {
		return
	}
	pins := flow.PINs{Login: signer.PIN(s.field.Take())}
	if s.signature != nil {
		pins.Signature = signer.PIN(s.signature.Take())
	}
	s.page.kit.Flow.BatchPIN(pins, s.confirm != nil && s.confirm.Checked)
}

// consent asks whether the PIN may be given to the token for every document.
func (p *batchPage) consent() (body, foot fyne.CanvasObject) {
	k := p.kit
	box := container.NewVBox(widget.NewSection(k.say("batch.consent.title")),
		widget.NewText(k.say("batch.consent.text", "n", strconv.Itoa(p.now.Todo))), widget.NewCaption(k.say("batch.consent.session")))
	yes := name(k, "batch.consent.yes", fynewidget.NewButton(k.say("batch.consent.yes"), func() { k.Flow.BatchMay(true) }))
	yes.Importance = fynewidget.HighImportance
	no := name(k, "batch.consent.no", fynewidget.NewButton(k.say("batch.consent.no"), func() { k.Flow.BatchMay(false) }))
	return box, container.New(layout.NewGridLayoutWithColumns(2), tall(no), tall(yes))
}

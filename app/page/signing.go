package page

import (
	"errors"
	"path/filepath"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/review"
	"trinhky/app/widget"
	"trinhky/signer"
	"trinhky/signer/verify"
)

// pinSheet is the sheet on which the PIN is typed.
type pinSheet struct {
	field   *widget.PINField
	second  *widget.PINField // the PIN of signatures; nil: there is none
	warning *fyne.Container
	confirm *fynewidget.Check
	sign    *fynewidget.Button
	pad     bool // the PIN is typed on the reader
}

// drawPIN rises over the panel; the page stays in view.
func (d *documentPage) drawPIN(s flow.AskPIN) {
	k := d.kit
	p := &pinSheet{field: widget.NewPINField(), warning: container.NewVBox()}
	d.pin = p
	p.field.Hint = k.say("pin.hint")
	name(k, "pin.field", p.field)
	who := s.Asks()
	p.sign = fynewidget.NewButton(k.say("pin.sign"), func() { d.submitPIN(s) })
	p.sign.Importance = fynewidget.HighImportance
	name(k, "pin.sign", p.sign)
	cancel := name(k, "pin.cancel", fynewidget.NewButton(k.say("pin.cancel"), k.Flow.StopWaiting))
	body := container.NewVBox(widget.NewSection(k.say("pin.title")))
	words := d.pinWords(s)
	body.Objects = append(body.Objects, words.top...)
	body.Add(widget.NewColumn(-12,
		widget.NewStrong(who.Certificate.X509.Subject.CommonName),
		widget.NewCaption(k.say("pin.token", "name", who.Slot.Token.Label))))
	d.whosePIN(body, s)
	body.Objects = append(body.Objects, words.before...)
	p.pad = who.Slot.Token.PINPad
	if p.pad {
		body.Add(line(widget.Info, k.say("pin.pad"), nil))
	} else {
		body.Add(p.field)
		if s.Signature {
			d.secondPIN(p, body, s)
		}
		body.Add(p.warning)
	}
	body.Objects = append(body.Objects, words.below...)
	foot := widget.NewColumn(6)
	if s.PIN == signer.PINFinalTry {
		p.confirm = name(k, "pin.confirm", fynewidget.NewCheck(k.say("pin.confirm"), func(bool) { d.checkPIN(s) }))
		foot.Add(p.confirm)
	}
	foot.Add(container.New(layout.NewGridLayoutWithColumns(2), tall(cancel), tall(p.sign)))
	p.field.OnChanged = func() { d.checkPIN(s) }
	p.field.OnSubmit = func() { d.submitPIN(s) }
	p.field.OnCancel = k.Flow.StopWaiting
	d.checkPIN(s)
	d.setPanel(body, foot)
	if !p.pad {
		k.Window.Canvas().Focus(p.field)
	}
}

// pinWords are what stands around the field of the PIN.
type pinWords struct{ top, before, below []fyne.CanvasObject }

// pinWords say who asks and what is wrong. After a wrong PIN that is much: it
// stands below the field, so that this is in sight on a small screen.
func (d *documentPage) pinWords(s flow.AskPIN) pinWords {
	said := container.NewVBox()
	d.pinLines(said, s)
	job := s.ForSite()
	switch {
	case job == nil && s.Problem != nil:
		return pinWords{below: said.Objects}
	case job == nil:
		return pinWords{before: said.Objects}
	}
	asks := siteNotice(d.kit.say("site.asks", "origin", job.Origin), "")
	details := siteNotice("", d.siteDetails(job))
	if s.Problem != nil {
		return pinWords{below: append(said.Objects, asks, details)}
	}
	return pinWords{top: []fyne.CanvasObject{asks}, before: said.Objects, below: []fyne.CanvasObject{details}}
}

// whosePIN says, where number and seal have a token each, which one's turn it is.
func (d *documentPage) whosePIN(body *fyne.Container, s flow.AskPIN) {
	if !s.TwoTokens() {
		return
	}
	key := "issue.pin.number"
	if s.Sealing() {
		key = "issue.pin.seal"
	}
	text := widget.NewText(d.kit.say(key, "token", s.Asks().Slot.Token.Label))
	text.TextStyle.Bold = true
	body.Add(text)
}

// secondPIN takes the PIN that the token has for signatures alone.
func (d *documentPage) secondPIN(p *pinSheet, body *fyne.Container, s flow.AskPIN) {
	p.second = name(d.kit, "pin.signature", widget.NewPINField())
	p.second.Hint = d.kit.say("batch.pin.signature")
	p.second.OnChanged = func() { d.checkPIN(s) }
	p.second.OnSubmit, p.second.OnCancel = func() { d.submitPIN(s) }, d.kit.Flow.StopWaiting
	body.Add(p.second)
}

// pinLines says why the last PIN did not do, and what the token says.
func (d *documentPage) pinLines(body *fyne.Container, s flow.AskPIN) {
	k := d.kit
	if s.Problem != nil {
		if n := k.problem(s.Problem); n != nil {
			n.Cause = "" // the state of the PIN is all there is
			body.Add(n.Object())
		}
		return
	}
	if word, tone := k.pinWord(s.PIN); tone > widget.Plain {
		body.Add(widget.Notice{Tone: tone, Text: word}.Object())
	}
	for _, w := range s.Warnings {
		m := k.Messages.Finding(w)
		body.Add(widget.Notice{Tone: widget.Warning, Title: m.Title, Text: m.Text, Next: m.Next}.Object())
	}
}

// checkPIN warns while typing.
func (d *documentPage) checkPIN(s flow.AskPIN) {
	p, k := d.pin, d.kit
	p.warning.Objects = nil
	if p.field.Foreign() {
		p.warning.Add(widget.Notice{Tone: widget.Warning, Text: k.say("pin.foreign")}.Object())
	}
	if p.field.CapsLock() {
		p.warning.Add(widget.Notice{Tone: widget.Warning, Text: k.say("pin.caps")}.Object())
	}
	p.warning.Refresh()
	if !p.pad && (p.field.Empty() || p.second != nil && p.second.Empty()) || s.PIN == signer.PINFinalTry && (p.confirm == nil || !p.confirm.Checked) {
		p.sign.Icon = widget.Tint(k.icon(IconSign), theme.ColorNameDisabled)
		p.sign.Disable()
	} else {
		p.sign.Icon = widget.Tint(k.icon(IconSign), theme.ColorNameForegroundOnPrimary)
		p.sign.Enable()
	}
	p.sign.Refresh()
}

func (d *documentPage) submitPIN(s flow.AskPIN) {
	if d.pin.sign.Disabled() {
		return
	}
	last := s.PIN == signer.PINFinalTry && d.pin.confirm.Checked
	pins := flow.PINs{Login: signer.PIN(d.pin.field.Take())}
	if d.pin.second != nil {
		pins.Signature = signer.PIN(d.pin.second.Take())
	}
	d.kit.Flow.EnterPINs(pins, last)
}

// stages are the steps of the progress line for a level.
func stages(l signer.Level) []signer.Stage {
	out := []signer.Stage{signer.StagePrepare, signer.StageToken}
	if l >= signer.LevelT {
		out = append(out, signer.StageTimestamp)
	}
	if l >= signer.LevelLT {
		out = append(out, signer.StageEvidence)
	}
	return append(out, signer.StageWrite)
}

// drawProgress is the quiet line while something works; at is nil while the
// checks before the PIN run.
func (d *documentPage) drawProgress(s flow.Desk, at *signer.Stage) {
	k := d.kit
	body := container.NewVBox(widget.NewSection(k.say("progress.title")), slim(fynewidget.NewProgressBarInfinite()))
	if at == nil {
		body.Add(line(widget.Info, k.say("progress.check"), nil))
	} else {
		for _, st := range stages(s.Level) {
			body.Add(stageLine(k.say("stage."+strconv.Itoa(int(st))), st, *at))
		}
	}
	stop := name(k, "progress.stop", fynewidget.NewButton(k.say("progress.stop"), k.Flow.StopWaiting))
	d.setPanel(body, widget.NewColumn(0, widget.NewCaption(k.say("progress.stop.text")), stop))
}

// slim draws a progress bar as a line.
func slim(bar fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(4, 8, 8, 8), container.New(&exactly{6}, bar))
}

// exactly is a layout of one object with a height of its own.
type exactly struct{ height float32 }

func (e *exactly) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(o[0].MinSize().Width, e.height)
}

func (e *exactly) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.Position{})
	o[0].Resize(fyne.NewSize(size.Width, e.height))
}

// stageLine is one step: done, under way, or still to come.
func stageLine(text string, st, at signer.Stage) fyne.CanvasObject {
	label := widget.NewText(text)
	var mark fyne.Resource = theme.NewDisabledResource(theme.RadioButtonIcon())
	switch {
	case st < at:
		mark = theme.NewColoredResource(theme.ConfirmIcon(), theme.ColorNameSuccess)
	case st == at:
		label.TextStyle.Bold = true
		mark = theme.NewColoredResource(theme.RadioButtonCheckedIcon(), theme.ColorNamePrimary)
	default:
		label.Importance = fynewidget.LowImportance
	}
	return container.NewBorder(nil, nil, fynewidget.NewIcon(mark), nil, label)
}

// drawDone is the green line and what comes next.
func (d *documentPage) drawDone(s flow.Signed) {
	k := d.kit
	body := container.NewVBox(d.doneNotice(s))
	d.siteEnded(body)
	if s.Result.Downgrade != nil {
		n := widget.Notice{
			Tone: widget.Warning, Title: k.say("done.downgrade"), Text: k.say("done.downgrade.text", "level", s.Result.Level.String()),
			Cause: s.Result.Downgrade.Error(), CauseLabel: k.say("notice.cause"),
		}
		body.Add(n.Object())
	}
	if s.Result.ChainGap != "" {
		m := k.Messages.Finding(verify.Finding{Code: review.ChainIncomplete, Severity: verify.Warning})
		body.Add(widget.Notice{
			Tone: widget.Warning, Title: m.Title, Text: m.Text, Next: m.Next, Cause: s.Result.ChainGap, CauseLabel: k.say("notice.cause"),
		}.Object())
	}
	d.earlierLines(body, s.Doc)
	body.Add(widget.NewCard(widget.NewColumn(-6,
		fact(k.say("done.file"), filepath.Base(s.Result.Path)),
		fact(k.say("done.folder.name"), filepath.Dir(s.Result.Path)))))
	d.setPanel(body, d.doneFooter(s))
}

func (d *documentPage) doneNotice(s flow.Signed) fyne.CanvasObject {
	k := d.kit
	valid := 0
	for _, g := range s.Doc.Report.Signatures {
		if g.Verdict == verify.Valid {
			valid++
		}
	}
	all := len(s.Doc.Report.Signatures)
	text := k.say("done.valid", "n", strconv.Itoa(valid))
	if valid < all {
		text = k.say("done.some", "n", strconv.Itoa(valid), "of", strconv.Itoa(all))
	}
	return widget.Notice{
		Tone: widget.Success, Title: k.say("done.title", "level", s.Result.Level.String()), Text: text,
	}.Object()
}

func (d *documentPage) doneFooter(s flow.Signed) fyne.CanvasObject {
	k := d.kit
	send := fynewidget.NewButtonWithIcon(k.say("done.send"), widget.Tint(k.icon(IconSend), theme.ColorNameForegroundOnPrimary), k.Flow.Compose)
	send.Importance = fynewidget.HighImportance
	name(k, "done.send", send)
	folder := name(k, "done.folder", fynewidget.NewButtonWithIcon(k.say("done.folder"), theme.FolderOpenIcon(), func() { k.ShowFolder(s.Result.Path) }))
	col := widget.NewColumn(6)
	if k.Flow.CanSend() {
		col.Add(tall(send))
	}
	more := name(k, "done.more", fynewidget.NewButtonWithIcon(k.say("done.more"), widget.Tint(k.icon(IconSign), theme.ColorNameForeground), k.Flow.SignMore))
	col.Add(container.New(layout.NewGridLayoutWithColumns(2), folder, more))
	if s.Next > 0 {
		next := fynewidget.NewButton(k.say("done.next", "n", strconv.Itoa(s.Next)), k.Flow.Next)
		col.Add(name(k, "done.next", next))
	}
	return col
}

// failed says why a document could not be opened.
func (d *documentPage) failed(s flow.OpenFailed) {
	k := d.kit
	d.title.SetText(filepath.Base(s.Path))
	n := k.problem(s.Err)
	if n == nil {
		k.Flow.Leave()
		return
	}
	n.Action, n.OnAction = k.say("document.back"), k.Flow.Leave
	d.put(centred(n.Object()))
	d.bare(true)
}

// centred holds a notice in the middle, not too wide.
func centred(o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewCenter(container.New(&least{fyne.NewSize(400, 0)}, o))
}

// locked asks for the password of a document.
func (d *documentPage) locked(s flow.Locked) {
	k := d.kit
	d.title.SetText(filepath.Base(s.Path))
	field := name(k, "password.field", widget.NewPINField())
	field.Hint = k.say("password.hint")
	open := func() {
		if !field.Empty() {
			k.Flow.OpenWith(s.Path, signer.PIN(field.Take()))
		}
	}
	field.OnSubmit, field.OnCancel = open, k.Flow.Leave
	button := name(k, "password.open", fynewidget.NewButton(k.say("password.open"), open))
	button.Importance = fynewidget.HighImportance
	box := container.NewVBox(widget.NewSection(k.say("password.title")), widget.NewText(k.say("password.text")))
	if s.Wrong {
		box.Add(widget.Notice{Tone: widget.Danger, Text: k.say("password.wrong")}.Object())
	}
	box.Add(field)
	box.Add(container.NewHBox(layout.NewSpacer(), fynewidget.NewButton(k.say("document.back"), k.Flow.Leave), button))
	d.put(centred(widget.NewCard(box)))
	d.bare(true)
	k.Window.Canvas().Focus(field)
}

// tokens is told of the tokens: the panel follows through the flow, which lays
// the desk out anew; only a document without a certificate is drawn here.
func (d *documentPage) tokens(flow.Lists) {
	if s, ok := d.kit.Flow.State().(flow.Placing); ok && s.Doc == d.doc {
		var refused *signer.TokenError
		if s.Signer == nil || errors.As(s.Problem, &refused) {
			d.drawPlacing(s)
		}
	}
}

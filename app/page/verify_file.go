package page

import (
	"path/filepath"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/review"
	"trinhky/app/widget"
	"trinhky/signer/verify"
)

func (p *verifyPage) finding(f verify.Finding) string { return p.kit.Messages.Finding(f).String() }

func (p *verifyPage) reason(r *verify.Report) string {
	return review.Reason(r, p.kit.Messages.Say, p.finding)
}

// drawFile says everything of the file that is looked at.
func (p *verifyPage) drawFile() {
	k, v := p.kit, p.now
	o := v.Rows[v.Chosen]
	p.detail.Objects = nil
	back := fynewidget.NewButtonWithIcon(k.say("verify.back"), theme.NavigateBackIcon(), k.Flow.LookAwayVerified)
	back.Importance = fynewidget.LowImportance
	p.detail.Add(container.NewBorder(nil, nil, name(k, "verify.back", back), p.pickers("one")))
	title := widget.NewStrong(filepath.Base(o.File))
	p.detail.Add(title)
	if r := v.Row(); r != nil {
		p.verdict(r)
		p.changes()
		p.exports(r)
		p.later()
		for i := range r.Signatures {
			p.detail.Add(p.signatureCard(&r.Signatures[i]))
		}
		p.fileFindings(r)
		p.timeline(r)
	} else if v.Locked {
		p.unlock()
	} else if n := k.problem(o.Err); n != nil {
		p.detail.Add(n.Object())
	}
	p.detail.Refresh()
}

// verdict is one sentence in large type, and why.
func (p *verifyPage) verdict(r *verify.Report) {
	k := p.kit
	tone := verdictTone(r.Verdict)
	word := fynewidget.NewLabelWithStyle(k.Messages.Verdict(r.Verdict), fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	word.SizeName = theme.SizeNameHeadingText
	word.Importance = toneImportance(tone)
	name(k, "verify.verdict", word)
	icon := container.New(layout.NewGridWrapLayout(fyne.NewSquareSize(34)), fynewidget.NewIcon(tone.Icon()))
	p.detail.Add(container.NewHBox(container.NewCenter(icon), word))
	p.detail.Add(widget.NewText(p.reason(r)))
}

func toneImportance(t widget.Tone) fynewidget.Importance {
	switch t {
	case widget.Success:
		return fynewidget.SuccessImportance
	case widget.Danger:
		return fynewidget.DangerImportance
	}
	return fynewidget.WarningImportance
}

// changes says what the comparison of the pages saw.
func (p *verifyPage) changes() {
	k, v := p.kit, p.now
	if v.Comparing {
		p.detail.Add(widget.NewCaption(k.say("verify.comparing")))
	}
	for _, err := range []error{v.ViewErr, v.SeenErr, v.NoteErr} {
		if n := k.problem(err); err != nil && n != nil {
			p.detail.Add(n.Object())
		}
	}
	if v.Note != "" && v.NoteErr == nil {
		p.detail.Add(widget.Notice{Tone: widget.Success, Text: k.say(v.Note)}.Object())
	}
	if v.Seen == nil {
		return
	}
	pages, forbidden := "", false
	for _, d := range v.Seen.Differences {
		if pages != "" {
			pages += ", "
		}
		pages += strconv.Itoa(d.Page + 1)
		for _, ok := range d.Allowed {
			forbidden = forbidden || !ok
		}
	}
	switch {
	case forbidden:
		p.detail.Add(widget.Notice{Tone: widget.Danger, Text: k.say("verify.differs", "pages", pages)}.Object())
	case pages != "":
		p.detail.Add(widget.Notice{Tone: widget.Success, Text: k.say("verify.differs.allowed", "pages", pages)}.Object())
	default:
		p.detail.Add(widget.NewCaption(k.say("verify.same")))
	}
	if n := v.Seen.Skipped; n > 0 {
		p.detail.Add(widget.NewCaption(k.say("verify.skipped", "n", strconv.Itoa(n))))
	}
}

// exports are the buttons for what can be had of the file.
func (p *verifyPage) exports(r *verify.Report) {
	k := p.kit
	button := func(key string, tapped func()) fyne.CanvasObject {
		return name(k, key, fynewidget.NewButton(k.say(key), tapped))
	}
	save := func(suffix string, then func(string)) func() {
		return func() {
			if k.PickSave != nil {
				k.PickSave(p.now.VerifiedName(suffix), then)
			}
		}
	}
	pdf := button("verify.pdf", save("-kiem-tra.pdf", func(path string) {
		k.Flow.SaveVerified(path, review.Paper{Words: k.Messages.Say, Finding: p.finding, Verdict: k.Messages.Verdict})
	}))
	json := button("verify.json", save("-kiem-tra.json", func(path string) { k.Flow.SaveVerifiedJSON(path, p.finding) }))
	evidence := button("verify.keep", k.Flow.KeepVerified)
	if n := len(p.now.Evidence.Files); n > 0 {
		evidence = button("verify.delete", k.Flow.DeleteVerified)
	}
	p.detail.Add(container.NewHBox(pdf, json, evidence))
	if p.now.Signed > 0 {
		p.detail.Add(container.NewHBox(button("verify.current", func() { k.Flow.ShowVerified(0) })))
	}
}

// signatureCard is one signature: who, when, how it is, and how to see what was
// signed.
func (p *verifyPage) signatureCard(s *verify.Signature) fyne.CanvasObject {
	k := p.kit
	n := strconv.Itoa(s.N)
	kind := k.say("verify.signature", "n", n, "kind", k.Messages.Say("kind."+s.Kind.String()))
	chip := widget.NewChip(verdictTone(s.Verdict), k.Messages.Verdict(s.Verdict))
	box := widget.NewColumn(-6, container.NewBorder(nil, nil, nil, container.NewCenter(chip), widget.NewStrong(kind)))
	if s.Verdict != verify.Valid {
		box.Add(widget.NewText(review.SignatureReason(s, k.Messages.Say, p.finding)))
	}
	for _, f := range review.Facts(s, k.Messages.Say) {
		box.Add(factLine(f))
	}
	for _, f := range s.Findings {
		if f.Severity != verify.Error || s.Verdict == verify.Valid {
			box.Add(widget.NewCaption("• " + p.finding(f)))
		} else {
			box.Add(widget.NewText("• " + p.finding(f)))
		}
	}
	if s.Coverage >= verify.CoverageRevision {
		see := fynewidget.NewButton(k.say("verify.see"), func() { k.Flow.ShowVerified(s.N) })
		save := fynewidget.NewButton(k.say("verify.save"), func() {
			if k.PickSave != nil {
				k.PickSave(p.now.VerifiedName("-chu-ky-"+n+".pdf"), func(path string) { k.Flow.SaveSigned(path, s.N) })
			}
		})
		if p.now.Signed == s.N {
			see.Disable()
		}
		box.Add(container.NewHBox(name(k, "verify.see."+n, see), name(k, "verify.save."+n, save)))
	}
	card := widget.NewCard(box)
	card.Inset = 8
	return container.New(layout.NewCustomPaddedLayout(3, 3, 0, 4), card)
}

// factLine is a label with its value beside it.
func factLine(f review.Fact) fyne.CanvasObject {
	label := fynewidget.NewLabel(f.Label)
	label.Wrapping = fyne.TextWrapWord
	label.Importance = fynewidget.LowImportance
	label.SizeName = theme.SizeNameCaptionText
	value := widget.NewText(f.Value)
	value.SizeName = theme.SizeNameCaptionText
	return container.New(&factColumns{}, label, value)
}

// factColumns gives the label a third of the width.
type factColumns struct{}

func (factColumns) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(200, max(o[0].MinSize().Height, o[1].MinSize().Height))
}

func (factColumns) Layout(o []fyne.CanvasObject, size fyne.Size) {
	w := size.Width * 0.34
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSize(w, size.Height))
	o[1].Move(fyne.NewPos(w, 0))
	o[1].Resize(fyne.NewSize(size.Width-w, size.Height))
}

// fileFindings are the findings of the file, and what the law asks for.
func (p *verifyPage) fileFindings(r *verify.Report) {
	for _, f := range r.Findings {
		p.detail.Add(widget.Notice{Tone: severityTone(f.Severity), Text: p.finding(f)}.Object())
	}
	law := review.Law(r)
	if len(law) == 0 {
		return
	}
	p.detail.Add(widget.NewSection(p.kit.say("verify.law")))
	for _, f := range law {
		tone := severityTone(f.Severity)
		if f.Code == review.LawComplete {
			tone = widget.Success
		}
		p.detail.Add(line(tone, p.finding(f), nil))
	}
}

// timeline tells what happened to the file.
func (p *verifyPage) timeline(r *verify.Report) {
	k := p.kit
	p.detail.Add(widget.NewSection(k.say("verify.timeline")))
	for _, e := range review.Timeline(r, k.Messages.Say) {
		when := k.say("verify.notime")
		if !e.Time.IsZero() {
			when = moment(e.Time)
			if !e.Proven {
				when = k.say("verify.claimed", "time", when)
			}
		}
		tone := widget.Plain
		if e.Signature > 0 {
			tone = verdictTone(r.Signatures[e.Signature-1].Verdict)
		}
		p.detail.Add(line(tone, k.say("verify.event", "n", strconv.Itoa(e.Revision), "text", e.Text, "time", when), nil))
	}
}

// unlock asks for the password of the document.
func (p *verifyPage) unlock() {
	k := p.kit
	tone, text := widget.Info, k.say("verify.locked")
	if p.now.Wrong {
		tone, text = widget.Danger, k.say("verify.locked.wrong")
	}
	p.detail.Add(widget.Notice{Tone: tone, Text: text}.Object())
	field := name(k, "verify.password", widget.NewPINField())
	open := func() { k.Flow.UnlockVerified(field.Take()) }
	field.OnSubmit = open
	p.detail.Add(field)
	p.detail.Add(container.NewHBox(name(k, "verify.unlock", fynewidget.NewButton(k.say("verify.unlock"), open))))
}

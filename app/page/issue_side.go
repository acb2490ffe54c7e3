package page

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
	"trinhky/signer"
)

// side is what is to be done now: the PIN, what is under way, or what comes
// after it.
func (p *issuePage) side(i flow.Issuing) fyne.CanvasObject {
	switch {
	case i.Done != nil:
		return widget.NewCard(p.done(*i.Done))
	case i.Working != flow.IssueResting:
		return widget.NewCard(p.progress(i))
	}
	return widget.NewCard(p.seal(i))
}

// seal is who puts the number in, who seals, and the PIN of whose turn it is.
func (p *issuePage) seal(i flow.Issuing) fyne.CanvasObject {
	k := p.kit
	col := widget.NewColumn(2, widget.NewSection(k.say("issue.seal")))
	if i.Printed == "" && (i.Taken == nil || !i.Taken.Waits()) {
		p.numberKey(col, i)
	}
	p.sealKey(col, i)
	if i.Leader == nil && i.Asks() != nil {
		p.askPIN(col, i)
	}
	if i.Taken != nil {
		giveUp := fynewidget.NewButton(k.say("issue.giveup"), k.Flow.GiveUpIssue)
		giveUp.Importance = fynewidget.LowImportance
		col.Add(name(k, "issue.giveup", giveUp))
	}
	if k.Flow.Settings().Signing.Seal == "" {
		col.Add(line(widget.Warning, k.say("issue.noseal"), nil))
	}
	return col
}

// numberKey is who puts number and date in.
func (p *issuePage) numberKey(col *fyne.Container, i flow.Issuing) {
	k := p.kit
	if i.Number == nil {
		col.Add(line(widget.Warning, k.say("issue.nokey"), nil))
		return
	}
	col.Add(k.keyChoice("issue.number.by", i.IssueChoices(k.Flow.Lists().Tokens), i.Number, "", func(c *flow.Choice) {
		if c != nil {
			k.Flow.ChooseNumberKey(*c)
		}
	}))
}

// sealKey is who seals; its token may come after the number is in.
func (p *issuePage) sealKey(col *fyne.Container, i flow.Issuing) {
	k := p.kit
	waits := i.Taken != nil && i.Taken.Waits()
	all := i.IssueChoices(k.Flow.Lists().Tokens)
	if i.Seal != nil && !slices.ContainsFunc(all, func(c flow.Choice) bool { return c.Certificate.X509.Equal(i.Seal.Certificate.X509) }) {
		all = append(all, *i.Seal)
	}
	later := ""
	if i.Printed == "" && !waits {
		later = k.say("issue.later")
	}
	if len(all) > 0 {
		col.Add(k.keyChoice("issue.seal.by", all, i.Seal, later, k.Flow.ChooseSealKey))
	}
	switch {
	case i.Seal != nil:
	case waits || i.Printed != "":
		col.Add(widget.Notice{Tone: widget.Info, Text: k.say("issue.seal.swap")}.Object())
	case i.Number != nil:
		col.Add(widget.NewCaption(k.say("issue.seal.none")))
	}
}

// keyChoice is a certificate with the token that it lies on, to be chosen where
// there is more than one; later is the words for none yet.
func (k *Kit) keyChoice(key string, all []flow.Choice, now *flow.Choice, later string, set func(*flow.Choice)) fyne.CanvasObject {
	var words []string
	chosen := later
	for _, c := range all {
		word := k.say("issue.key", "name", c.Certificate.X509.Subject.CommonName, "token", c.Slot.Token.Label)
		words = append(words, word)
		if now != nil && c.Certificate.X509.Equal(now.Certificate.X509) {
			chosen = word
		}
	}
	if later != "" {
		words = append(words, later)
	}
	if len(words) == 1 && chosen != "" {
		return fact(k.say(key), chosen)
	}
	pick := fynewidget.NewSelect(words, nil)
	pick.PlaceHolder = k.say("issue.key.choose")
	pick.Selected = chosen
	pick.OnChanged = func(word string) {
		if n := slices.Index(words, word); n >= 0 && n < len(all) {
			set(&all[n])
		} else {
			set(nil)
		}
	}
	return widget.NewColumn(-4, widget.NewCaption(k.say(key)), name(k, key, pick))
}

// askPIN is the one button and what it needs.
func (p *issuePage) askPIN(col *fyne.Container, i flow.Issuing) {
	k := p.kit
	var wrong *signer.PINError
	if word, tone := k.pinWord(i.PIN); tone > widget.Plain && !errors.As(i.Problem, &wrong) {
		col.Add(widget.Notice{Tone: tone, Text: word}.Object())
	}
	ask, key := "issue.pin.number", "issue.run.number"
	switch {
	case i.Together():
		ask, key = "issue.pin.both", "issue.run"
	case i.Sealing():
		ask, key = "issue.pin.seal", "issue.run.seal"
	}
	p.pin, p.warn, p.last = widget.NewPINField(), container.NewVBox(), nil
	p.pin.Hint = k.say("pin.hint")
	name(k, "issue.pin", p.pin)
	whose := widget.NewText(k.say(ask, "token", i.Asks().Slot.Token.Label))
	whose.TextStyle.Bold = true
	col.Add(whose)
	col.Add(p.pin)
	col.Add(p.warn)
	if i.PIN == signer.PINFinalTry {
		p.last = fynewidget.NewCheck(k.say("pin.confirm"), func(bool) { p.checkPIN() })
		col.Add(p.last)
	}
	p.run = fynewidget.NewButton(k.say(key), p.submit)
	p.run.Importance = fynewidget.HighImportance
	col.Add(tall(name(k, "issue.run", p.run)))
	p.pin.OnChanged, p.pin.OnSubmit = p.checkPIN, p.submit
	p.checkPIN()
}

// checkPIN warns while typing.
func (p *issuePage) checkPIN() {
	k := p.kit
	p.warn.Objects = nil
	if p.pin.Foreign() {
		p.warn.Add(widget.Notice{Tone: widget.Warning, Text: k.say("pin.foreign")}.Object())
	}
	if p.pin.CapsLock() {
		p.warn.Add(widget.Notice{Tone: widget.Warning, Text: k.say("pin.caps")}.Object())
	}
	p.warn.Refresh()
	if p.pin.Empty() || p.last != nil && !p.last.Checked {
		p.run.Disable()
	} else {
		p.run.Enable()
	}
}

func (p *issuePage) submit() {
	if p.run.Disabled() {
		return
	}
	p.kit.Flow.RunIssue(signer.PIN(p.pin.Take()), p.last != nil && p.last.Checked)
}

// progress lists the steps while they are done.
func (p *issuePage) progress(i flow.Issuing) fyne.CanvasObject {
	k := p.kit
	col := widget.NewColumn(2, widget.NewSection(k.say("issue.working")), slim(fynewidget.NewProgressBarInfinite()))
	for _, s := range []struct {
		step flow.IssueStep
		key  string
	}{
		{flow.IssueChecking, "issue.doing.check"},
		{flow.IssueNumbering, "issue.doing.number"},
		{flow.IssueSealing, "issue.doing.seal"},
		{flow.IssueAttaching, "issue.doing.attach"},
		{flow.IssueRecording, "issue.doing.record"},
	} {
		tone := widget.Plain
		switch {
		case s.step < i.Working:
			tone = widget.Success
		case s.step == i.Working:
			tone = widget.Info
		}
		col.Add(line(tone, k.say(s.key), nil))
	}
	return col
}

// done is what was issued and what comes next.
func (p *issuePage) done(d flow.Issued) fyne.CanvasObject {
	k := p.kit
	said := "issue.done.text"
	if !d.Registered {
		said = "issue.done.printed"
	}
	col := widget.NewColumn(4, widget.NewSection(k.say("issue.done")),
		widget.Notice{Tone: widget.Success, Text: k.say(said, "number", d.Number)}.Object(),
		fact(k.say("issue.file"), filepath.Base(d.Path)))
	if len(d.Attachments) > 0 {
		var names []string
		for _, a := range d.Attachments {
			names = append(names, filepath.Base(a))
		}
		col.Add(fact(k.say("issue.attachments"), strings.Join(names, ", ")))
	}
	if k.Flow.CanSend() {
		send := fynewidget.NewButtonWithIcon(k.say("done.send"), widget.Tint(k.icon(IconSend), theme.ColorNameForegroundOnPrimary), k.Flow.SendIssued)
		send.Importance = fynewidget.HighImportance
		col.Add(tall(name(k, "issue.send", send)))
	}
	view := fynewidget.NewButton(k.say("signed.view"), func() { k.Flow.Show(d.Path) })
	folder := fynewidget.NewButton(k.say("signed.folder"), func() { k.ShowFolder(d.Path) })
	next := fynewidget.NewButton(k.say("issue.another"), k.Flow.LeaveIssue)
	col.Add(container.NewGridWithColumns(2, name(k, "issue.view", view), folder))
	col.Add(next)
	return col
}

package page

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/widget"
	"trinhky/submit"
)

// more is everything about one message: its timeline, and what can still be
// done with it. r has its reports.
func (p *sendingPage) more(r submit.Record) fyne.CanvasObject {
	col := widget.NewColumn(0, widget.NewSection(p.kit.say("send.timeline")))
	for _, e := range p.timeline(r) {
		col.Add(line(e.tone, e.text, nil))
		if e.note != "" {
			col.Add(widget.NewCaption(p.kit.say("send.note", "note", e.note)))
		}
	}
	p.related(col, p.about)
	if p.kit.Flow.CanCorrect(r) {
		col.Add(p.corrections(r))
	}
	return col
}

// related are the recalls, updates and replacements of a document with what
// their receivers answered.
func (p *sendingPage) related(col *fyne.Container, all []submit.Record) {
	k := p.kit
	if len(all) == 0 {
		return
	}
	col.Add(widget.NewSection(k.say("send.related")))
	for _, r := range all {
		kind := r.Envelope.Business.Kind
		tone := statusTone(r.Status)
		if r.Status == submit.Delivered {
			tone = widget.Info
		}
		col.Add(line(tone, k.say("send.related.line", "time", moment(r.Envelope.Queued), "kind", k.say(kindKey(kind)),
			"status", k.Messages.Status(r.Status), "reason", r.Envelope.Business.Reason), nil))
		for _, to := range r.Recipients {
			col.Add(widget.NewCaption(k.say("send.related.answer", "name", to.Party.Name, "answer", k.answer(kind, r, to))))
		}
	}
}

// answer is what a receiver answered to a correction: 15 agrees, 16 does not.
func (k *Kit) answer(kind submit.Kind, r submit.Record, to submit.Recipient) string {
	agreed := kind == submit.Recall && to.Status == submit.Recalled || kind == submit.Update && to.Status == submit.Completed
	switch {
	case kind == submit.Replace:
		return k.Messages.Status(to.Status)
	case agreed:
		return k.say("send.agreed", "code", to.Code, "time", moment(to.At), "note", to.Note)
	case to.Status == submit.Refused:
		return k.say("send.denied", "code", to.Code, "time", moment(to.At), "note", to.Note)
	case r.Status != submit.Delivered:
		return k.Messages.Status(r.Status)
	}
	return k.say("send.unanswered")
}

// happened is one line of a timeline.
type happened struct {
	at         time.Time
	tone       widget.Tone
	text, note string
}

// timeline is what happened to a message, the oldest first.
func (p *sendingPage) timeline(r submit.Record) []happened {
	k := p.kit
	stamp := func(at time.Time, text string) string { return moment(at) + " · " + text }
	out := []happened{{r.Envelope.Queued, widget.Plain, stamp(r.Envelope.Queued, k.say("send.line.queued")), ""}}
	for _, a := range r.Attempts {
		tone, key := outcomeLine(a.Outcome)
		text := k.say("send.line.try", "n", strconv.Itoa(a.N), "outcome", k.say(key))
		out = append(out, happened{a.Started, tone, stamp(a.Started, text), ""})
	}
	if r.Receipt.FoundByLookup {
		out = append(out, happened{r.Receipt.At, widget.Success, stamp(r.Receipt.At, k.say("send.line.lookup")), ""})
	}
	for _, s := range r.Reports {
		if s.Problem != "" {
			continue
		}
		who, text := cmp.Or(s.From.Name, s.From.OrganID()), ""
		if s.Stranger != "" {
			text = k.say("send.line.stranger."+string(s.Stranger), "name", who, "code", s.Code, "by", s.Carried)
			out = append(out, happened{s.At, widget.Warning, stamp(s.At, text), s.Note})
			continue
		}
		if _, known := submit.StatusOf(s.Code); known {
			text = k.say("send.line.report", "name", who, "status", k.Messages.Status(s.Status))
		} else {
			text = k.say("send.line.other", "name", who, "code", s.Code)
		}
		out = append(out, happened{s.At, statusTone(s.Status), stamp(s.At, text), s.Note})
	}
	slices.SortStableFunc(out, func(a, b happened) int { return a.at.Compare(b.at) })
	return out
}

func outcomeLine(o submit.Outcome) (widget.Tone, string) {
	switch o {
	case submit.OutcomeAccepted:
		return widget.Success, "send.line.accepted"
	case submit.OutcomeRefused:
		return widget.Danger, "send.line.refused"
	case submit.OutcomeUnknown:
		return widget.Warning, "send.line.unknown"
	case submit.OutcomeNotArrived:
		return widget.Warning, "send.line.notarrived"
	case submit.OutcomeInvalid:
		return widget.Danger, "send.line.invalid"
	case submit.OutcomeRunning:
	}
	return widget.Info, "send.line.running"
}

// corrections are recall, update and replacement. What is corrected is seen in
// full and confirmed before it leaves.
func (p *sendingPage) corrections(r submit.Record) fyne.CanvasObject {
	k := p.kit
	if p.below == nil || p.belowOf != r.Envelope.ID { // what is being typed outlives news
		p.below, p.belowOf = container.NewVBox(), r.Envelope.ID
	}
	below := p.below
	put := func(o fyne.CanvasObject) {
		below.Objects = []fyne.CanvasObject{o}
		below.Refresh()
		p.reveal(below)
	}
	recall := fynewidget.NewButton(k.say("send.recall"), func() { put(p.recall(r, put)) })
	update := fynewidget.NewButton(k.say("send.update"), func() { k.Flow.UpdateSent(r) })
	replace := fynewidget.NewButton(k.say("send.replace"), func() { put(p.replace(r)) })
	return widget.NewColumn(4, widget.NewSection(k.say("send.correct")), widget.NewCaption(k.say("send.correct.text")),
		container.NewGridWithColumns(3, name(k, "send.recall", recall), name(k, "send.update", update), name(k, "send.replace", replace)), below)
}

// reveal scrolls down to the end of what was put below the buttons, which may
// stand at the lower edge of the window.
func (p *sendingPage) reveal(o fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	end := driver.AbsolutePositionForObject(o).Y + o.MinSize().Height
	edge := driver.AbsolutePositionForObject(p.scroll).Y + p.scroll.Size().Height
	if end > edge {
		p.scroll.ScrollToOffset(p.scroll.Offset.AddXY(0, end-edge))
	}
}

// recall asks for receivers and reason, says what will leave, and sends it.
func (p *sendingPage) recall(r submit.Record, put func(fyne.CanvasObject)) fyne.CanvasObject {
	k, e := p.kit, r.Envelope
	said := container.NewVBox()
	show := func(o ...fyne.CanvasObject) {
		said.Objects = o
		said.Refresh()
	}
	form := widget.NewColumn(4)
	reason := p.reasonEntry()
	which := fynewidget.NewCheckGroup(nil, nil)
	for _, to := range e.To {
		which.Append(k.say("send.to", "name", to.Name, "code", to.OrganID()))
	}
	which.SetSelected(slices.Clone(which.Options))
	chosen := func() (to []submit.Party, names []string) {
		for i, option := range which.Options {
			if slices.Contains(which.Selected, option) {
				to, names = append(to, e.To[i]), append(names, e.To[i].Name)
			}
		}
		return to, names
	}
	send := func() {
		to, _ := chosen()
		k.Flow.RecallSent(e.ID, strings.TrimSpace(reason.Text), to, func(err error) {
			if n := k.problem(err); n != nil {
				put(form)
				show(n.Object())
				return
			}
			k.Flow.ShowMessage(e.ID)
			put(widget.Notice{Tone: widget.Success, Text: k.say("send.done.recall")}.Object())
		})
	}
	ask := fynewidget.NewButton(k.say("send.recall.ask"), func() {
		to, names := chosen()
		switch {
		case strings.TrimSpace(reason.Text) == "":
			show(k.problem(&submit.FieldError{Field: "reason", Reason: "missing"}).Object())
		case len(to) == 0:
			show(k.problem(&submit.FieldError{Field: "to", Reason: "missing"}).Object())
		default:
			yes := fynewidget.NewButton(k.say("send.recall.send"), send)
			yes.Importance = fynewidget.HighImportance
			no := fynewidget.NewButton(k.say("send.no"), func() { put(form) })
			show()
			put(widget.NewColumn(4, widget.Notice{Tone: widget.Warning, Text: k.say("send.recall.confirm", "code", e.Document.Code(), "names", strings.Join(names, ", "), "reason", strings.TrimSpace(reason.Text))}.Object(),
				container.NewHBox(name(k, "send.recall.yes", yes), no)))
		}
	})
	form.Objects = []fyne.CanvasObject{reason, widget.NewCaption(k.say("send.which")), which, said, container.NewHBox(name(k, "send.recall.ask", ask))}
	return form
}

// replace asks for the reason and the document that takes the place.
func (p *sendingPage) replace(r submit.Record) fyne.CanvasObject {
	k := p.kit
	said := container.NewVBox()
	reason := p.reasonEntry()
	pick := fynewidget.NewButton(k.say("send.replace.pick"), func() {
		tell := func(err error) {
			said.Objects = nil
			if n := k.problem(err); n != nil {
				said.Add(n.Object())
			}
			said.Refresh()
		}
		why := strings.TrimSpace(reason.Text)
		if why == "" {
			k.Flow.ReplaceSent(r, why, "", tell)
			return
		}
		k.PickPDF(func(path string) { k.Flow.ReplaceSent(r, why, path, tell) })
	})
	return widget.NewColumn(4, reason, container.NewHBox(name(k, "send.replace.pick", pick)), said)
}

func (p *sendingPage) reasonEntry() *fynewidget.Entry {
	reason := fynewidget.NewEntry()
	reason.SetPlaceHolder(p.kit.say("send.why"))
	return name(p.kit, "send.why", reason)
}

// warnings are what the calendar says of a message: deadlines and silence.
// Refusals stand beside their receivers.
func (p *sendingPage) warnings(r submit.Record) []fyne.CanvasObject {
	k := p.kit
	var out []fyne.CanvasObject
	for _, w := range k.Flow.Warnings(r) {
		switch w.Kind {
		case submit.WarningOverdue:
			out = append(out, line(widget.Warning, k.say("send.warn.overdue", "time", moment(w.Since)), nil))
		case submit.WarningSilent:
			out = append(out, line(widget.Warning, k.say("send.warn.silent", "name", w.Party.Name, "time", moment(w.Since)), nil))
		case submit.WarningUnconfirmed, submit.WarningRefused, submit.WarningFailed:
		}
	}
	return out
}

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
	if p.kit.Flow.CanCorrect(r) {
		col.Add(p.corrections(r))
	}
	return col
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

// corrections are recall, update and replacement; each needs its reason.
func (p *sendingPage) corrections(r submit.Record) fyne.CanvasObject {
	k, e := p.kit, r.Envelope
	col := widget.NewColumn(4, widget.NewSection(k.say("send.correct")))
	said := container.NewVBox()
	reason := fynewidget.NewEntry()
	reason.SetPlaceHolder(k.say("send.why"))
	name(k, "send.why", reason)
	subject := fynewidget.NewEntry()
	subject.SetText(e.Document.Subject)
	which := fynewidget.NewCheckGroup(nil, nil)
	for _, to := range e.To {
		which.Append(k.say("send.to", "name", to.Name, "code", to.OrganID()))
	}
	which.SetSelected(slices.Clone(which.Options))
	tell := func(key string) func(error) {
		return func(err error) {
			said.Objects = nil
			if n := k.problem(err); n != nil {
				said.Add(n.Object())
			} else if key != "" {
				said.Add(widget.Notice{Tone: widget.Success, Text: k.say(key)}.Object())
			}
			said.Refresh()
		}
	}
	recall := fynewidget.NewButton(k.say("send.recall"), func() {
		var to []submit.Party
		for i, option := range which.Options {
			if slices.Contains(which.Selected, option) {
				to = append(to, e.To[i])
			}
		}
		if len(to) > 0 {
			k.Flow.RecallSent(e.ID, strings.TrimSpace(reason.Text), to, tell("send.done.recall"))
		}
	})
	update := fynewidget.NewButton(k.say("send.update"), func() {
		d := e.Document
		d.Subject = strings.TrimSpace(subject.Text)
		k.Flow.UpdateSent(e.ID, submit.Change{Reason: strings.TrimSpace(reason.Text), Document: &d}, tell("send.done.update"))
	})
	replace := fynewidget.NewButton(k.say("send.replace"), func() {
		if why := strings.TrimSpace(reason.Text); why == "" {
			k.Flow.ReplaceSent(r, why, "", tell(""))
		} else {
			k.PickPDF(func(path string) { k.Flow.ReplaceSent(r, why, path, tell("")) })
		}
	})
	caption := func(key string) fyne.CanvasObject { return widget.NewCaption(k.say(key)) }
	for _, o := range []fyne.CanvasObject{
		reason, caption("send.which"), which, caption("send.correct.subject"), subject, said,
		container.NewGridWithColumns(3, name(k, "send.recall", recall), name(k, "send.update", update), name(k, "send.replace", replace)),
	} {
		col.Add(o)
	}
	return col
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

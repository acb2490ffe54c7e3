package page

import (
	"encoding/hex"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/review"
	"trinhky/app/widget"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// asked is what a recall, an update or a replacement asks for.
func (p *inboxPage) asked(in submit.Incoming) fyne.CanvasObject {
	k, b := p.kit, in.Business
	col := widget.NewColumn(4)
	key := kindKey(b.Kind)
	if key == "" {
		return col
	}
	about := b.About
	for _, r := range b.Replaces {
		about = r.DocumentID
	}
	tone := widget.Warning
	if b.Kind == submit.Replace {
		tone = widget.Info
	}
	col.Add(widget.Notice{
		Tone: tone, Title: k.say(key), Text: k.say(key+".text", "from", in.From.Name, "document", about),
		Next: k.say("inbox.reason", "reason", b.Reason),
	}.Object())
	return col
}

// facts are the fields of the message.
func (p *inboxPage) facts(in submit.Incoming) fyne.CanvasObject {
	k, d := p.kit, in.Document
	col := widget.NewColumn(-6, widget.NewSection(k.say("inbox.facts")))
	add := func(key, value string) {
		if value != "" {
			col.Add(fact(k.say(key), value))
		}
	}
	add("inbox.from", k.say("send.to", "name", in.From.Name, "code", in.From.OrganID()))
	add("field.date", shownDate(d.Date))
	add("field.type", d.Type)
	add("field.subject", d.Subject)
	add("field.signer", d.Signer)
	add("field.position", d.Position)
	add("field.priority", k.say("priority."+strconv.Itoa(max(0, min(d.Priority, 4)))))
	add("field.due_date", shownDate(d.DueDate))
	add("inbox.staff", strings.TrimSpace(in.Business.Staff.Name+" "+in.Business.Staff.Mobile))
	return widget.NewCard(col)
}

// files are the files and what their check says.
func (p *inboxPage) files(a flow.Arriving, in submit.Incoming) fyne.CanvasObject {
	k := p.kit
	col := widget.NewColumn(0, widget.NewSection(k.say("inbox.files")))
	switch {
	case a.CheckErr != nil:
		if n := k.problem(a.CheckErr); n != nil {
			col.Add(n.Object())
		}
	case a.Checked == nil && len(in.Files) > 0:
		col.Add(line(widget.Info, k.say("inbox.checking"), nil))
	case a.Checked != nil && len(in.Files) > 0:
		tone, key := verdictLine(*a.Checked)
		col.Add(name(k, "inbox.verdict", fyne.CanvasObject(line(tone, k.say(key), nil))))
	}
	for i, f := range in.Files {
		open := fynewidget.NewButton(k.say("inbox.open"), func() { k.Flow.ShowIncoming(in.ID, i) })
		name(k, "inbox.open."+strconv.Itoa(i), open)
		if !(review.ArrivedFile{File: f}).PDF() {
			open.Disable()
		}
		title := f.Original
		if title == "" {
			title = f.Name
		}
		col.Add(container.NewBorder(nil, nil, nil, container.NewCenter(open), widget.NewColumn(-12,
			widget.NewLine(title), caption(k.say("inbox.file", "size", k.size(f.Size), "hash", hex.EncodeToString(f.SHA256[:6]))))))
		if a.Checked != nil && i < len(a.Checked.Files) {
			p.fileLines(col, a.Checked.Files[i])
		}
	}
	if len(in.Files) == 0 {
		col.Add(widget.NewCaption(k.say("inbox.nofiles")))
	}
	return widget.NewCard(col)
}

// fileLines says what the check of one file found.
func (p *inboxPage) fileLines(col *fyne.Container, f review.ArrivedFile) {
	k := p.kit
	switch {
	case f.Changed:
		col.Add(line(widget.Danger, k.say("inbox.changed"), nil))
		return
	case f.Err != nil:
		if n := k.problem(f.Err); n != nil {
			col.Add(n.Object())
		}
		return
	case f.Report == nil:
		return
	}
	for _, s := range f.Report.Signatures {
		col.Add(earlierLine(k, s))
	}
	if len(f.Report.Signatures) == 0 && f.Role == submit.RoleMain {
		col.Add(line(widget.Warning, k.say("inbox.unsigned"), nil))
	}
}

// verdictLine is the check in one sentence.
func verdictLine(a review.Arrival) (widget.Tone, string) {
	for _, f := range a.Files {
		if f.Changed {
			return widget.Danger, "inbox.verdict.changed"
		}
		if f.Err != nil {
			return widget.Danger, "inbox.verdict.unreadable"
		}
	}
	switch {
	case a.Verdict == verify.Invalid:
		return widget.Danger, "inbox.verdict.invalid"
	case a.Verdict == verify.None:
		return widget.Warning, "inbox.verdict.none"
	case a.Persons > 0 && a.Agencies > 0 && a.Verdict == verify.Valid:
		return widget.Success, "inbox.verdict.complete"
	case a.Verdict == verify.Indeterminate:
		return widget.Warning, "inbox.verdict.indeterminate"
	case a.Agencies == 0:
		return widget.Warning, "inbox.verdict.noseal"
	}
	return widget.Warning, "inbox.verdict.noleader"
}

// next are the statuses that a person may give about a message now.
func next(in submit.Incoming) []string {
	switch {
	case in.Problem != "", in.Usurped() && in.Stranger == submit.OtherSender:
		return nil
	case in.Usurped() && flow.Waits(in):
		return []string{"16"}
	}
	if k := in.Business.Kind; k == submit.Recall || k == submit.Update {
		if flow.Waits(in) {
			return []string{"15", "16"}
		}
		return nil
	}
	switch in.Status {
	case submit.Arrived, submit.Delivered, submit.Queued:
		return []string{"03", "02"}
	case submit.Received:
		return []string{"04", "05", "06"}
	case submit.Assigned:
		return []string{"05", "06"}
	case submit.Processing:
		return []string{"06"}
	case submit.Sending, submit.Unconfirmed, submit.Refused, submit.Completed, submit.RecallAsked,
		submit.Recalled, submit.Failed, submit.Cancelled:
	}
	return nil
}

// answer is what can be told to the sender.
func (p *inboxPage) answer(a flow.Arriving, in submit.Incoming) fyne.CanvasObject {
	k := p.kit
	col := widget.NewColumn(4, widget.NewSection(k.say("inbox.answer")))
	if n := k.problem(a.Problem); n != nil {
		col.Add(n.Object())
	}
	codes := next(in)
	if len(codes) == 0 {
		p.unanswerable(col, a, in)
		return widget.NewCard(col)
	}
	kept := ""
	if p.note != nil && a.Problem != nil {
		kept = p.note.Text
	}
	p.note = fynewidget.NewMultiLineEntry()
	p.note.Wrapping = fyne.TextWrapWord
	p.note.SetMinRowsVisible(2)
	p.note.SetPlaceHolder(k.say("inbox.note"))
	p.note.SetText(kept)
	p.unit = fynewidget.NewEntry()
	p.unit.SetPlaceHolder(k.say("inbox.unit"))
	col.Add(name(k, "inbox.note", p.note))
	if codes[0] == "04" {
		col.Add(name(k, "inbox.unit", p.unit))
	}
	for i, code := range codes {
		b := fynewidget.NewButton(k.say("answer."+code), func() {
			k.Flow.Answer(submit.Answer{Code: code, Note: p.note.Text, Staff: submit.Staff{Department: p.unit.Text}})
		})
		if i == 0 {
			b.Importance = fynewidget.HighImportance
		}
		if a.Answering {
			b.Disable()
		}
		col.Add(name(k, "inbox.answer."+code, b))
	}
	return widget.NewCard(col)
}

// unanswerable says why nothing can be told to the sender.
func (p *inboxPage) unanswerable(col *fyne.Container, a flow.Arriving, in submit.Incoming) {
	k := p.kit
	if !in.Usurped() || !flow.Waits(in) {
		col.Add(widget.NewCaption(k.say("inbox.settled")))
		return
	}
	col.Add(widget.NewText(k.say("inbox.stranger.noanswer")))
	if !in.Judgeable() {
		return
	}
	again := name(k, "inbox.judge", fynewidget.NewButton(k.say("inbox.judge"), k.Flow.JudgeSender))
	enable(again, !a.Answering)
	col.Add(widget.NewCaption(k.say("inbox.judge.text")))
	col.Add(again)
}

// history is what we told the sender.
func (p *inboxPage) history(in submit.Incoming) fyne.CanvasObject {
	k := p.kit
	col := widget.NewColumn(-2, widget.NewSection(k.say("inbox.history")))
	col.Add(line(widget.Plain, k.say("inbox.came", "time", moment(in.Received)), nil))
	for _, a := range in.Answers {
		tone, key := widget.Success, "inbox.told"
		if a.Sent.IsZero() {
			tone, key = widget.Warning, "inbox.totell"
		} else if a.Problem != "" {
			tone, key = widget.Danger, "inbox.toldbad"
		}
		col.Add(line(tone, k.say(key, "status", k.say("answer."+a.Code), "time", moment(a.At)), nil))
		if a.Note != "" {
			col.Add(widget.NewCaption(k.say("inbox.reason", "reason", a.Note)))
		}
	}
	return widget.NewCard(col)
}

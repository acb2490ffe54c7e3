package page

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/review"
	"trinhky/app/widget"
	"trinhky/submit"
)

// notices say what the document lacks, and what it stands in place of.
func (p *composePage) notices(col *fyne.Container, problem error) {
	k, f := p.kit, p.form
	var refused *review.RuleError
	if len(f.Missing) > 0 && !errors.As(problem, &refused) {
		key := "compose.missing.both"
		switch {
		case !slices.Contains(f.Missing, flow.MissingLeader):
			key = "compose.missing.seal"
		case !slices.Contains(f.Missing, flow.MissingSeal):
			key = "compose.missing.leader"
		}
		col.Add(widget.Notice{Tone: widget.Warning, Text: k.say(key)}.Object())
	}
	switch f.Kind {
	case submit.Update:
		col.Add(widget.Notice{Tone: widget.Info, Text: k.say("compose.updates")}.Object())
	case submit.Replace:
		col.Add(widget.Notice{Tone: widget.Info, Text: k.say("compose.replaces", "code", f.Original.Document.Code())}.Object())
	case submit.New, submit.Recall:
	}
	if len(f.Guessed) > 0 && problem == nil {
		col.Add(line(widget.Info, k.say("compose.guessed"), nil))
	}
}

// attachments are the files that go with the document.
func (p *composePage) attachments() fyne.CanvasObject {
	k := p.kit
	list := container.NewVBox()
	var fill func()
	fill = func() {
		list.Objects = nil
		for _, path := range p.form.Attachments {
			remove := fynewidget.NewButtonWithIcon("", theme.CancelIcon(), func() {
				p.form.Attachments = slices.DeleteFunc(slices.Clone(p.form.Attachments), func(a string) bool { return a == path })
				fill()
			})
			remove.Importance = fynewidget.LowImportance
			list.Add(container.NewBorder(nil, nil, nil, remove, widget.NewLine(p.form.FileName(path))))
		}
		list.Refresh()
	}
	p.attach = func(paths ...string) {
		for _, path := range paths {
			if path != p.form.Path && !slices.Contains(p.form.Attachments, path) {
				p.form.Attachments = append(slices.Clone(p.form.Attachments), path)
			}
		}
		fill()
	}
	fill()
	add := fynewidget.NewButtonWithIcon(k.say("compose.attach"), theme.ContentAddIcon(), func() {
		k.PickPDF(func(path string) { p.attach(path) })
	})
	add.Importance = fynewidget.LowImportance
	return container.NewVBox(container.NewHBox(name(k, "compose.attach", add)), list)
}

// drop takes files as attachments.
func (p *composePage) drop(paths []string) bool {
	if p.attach == nil {
		return false
	}
	p.attach(paths...)
	return true
}

// composeKey is the key of the words for what is done.
func composeKey(key string, kind submit.Kind) string {
	switch kind {
	case submit.Update:
		return key + ".update"
	case submit.Replace:
		return key + ".replace"
	case submit.New, submit.Recall:
	}
	return key
}

// why is the reason of a correction, which goes to the receivers.
func (p *composePage) why(wrong string) fyne.CanvasObject {
	k := p.kit
	p.reason = fynewidget.NewEntry()
	p.reason.SetPlaceHolder(k.say("send.why"))
	p.reason.SetText(p.form.Reason)
	name(k, "compose.reason", p.reason)
	label := widget.NewLine(k.say("send.why"))
	label.SizeName = theme.SizeNameCaptionText
	var head fyne.CanvasObject = label
	if wrong == "reason" {
		head = container.NewBorder(nil, nil, nil, container.NewCenter(widget.NewChip(widget.Danger, k.say("compose.wrong"))), label)
	}
	return widget.NewColumn(-4, head, p.reason)
}

// preview shows exactly what would be sent, in place of the form.
func (p *composePage) preview() {
	k := p.kit
	form := slices.Clone(p.object.Objects)
	p.form = p.read()
	k.Flow.PreviewSend(p.form, func(v flow.Preview, err error) {
		back := name(k, "preview.back", fynewidget.NewButtonWithIcon(k.say("preview.back"), theme.NavigateBackIcon(), func() {
			p.object.Objects = form
			p.object.Refresh()
		}))
		var confirm fyne.CanvasObject
		if p.form.Kind != submit.New && err == nil {
			send := fynewidget.NewButtonWithIcon(k.say(composeKey("preview.confirm", p.form.Kind)), widget.Tint(k.icon(IconSend), theme.ColorNameForegroundOnPrimary), p.send)
			send.Importance = fynewidget.HighImportance
			confirm = container.NewCenter(name(k, "preview.confirm", send))
		}
		head := container.NewBorder(nil, nil, container.NewCenter(back), confirm, widget.NewHeading(k.say("compose.preview")))
		var body fyne.CanvasObject
		if n := k.problem(err); n != nil {
			body = container.NewVBox(n.Object())
		} else {
			body = p.packet(v)
		}
		p.object.Objects = []fyne.CanvasObject{container.New(layout.NewCustomPaddedLayout(12, 8, 18, 18), container.NewBorder(head, nil, nil, nil, body))}
		p.object.Refresh()
	})
}

// packet is a message: what people read, and the message itself.
func (p *composePage) packet(v flow.Preview) fyne.CanvasObject {
	k, e := p.kit, v.Envelope
	col := widget.NewColumn(-6)
	p.changes(col, v)
	col.Add(widget.NewSection(k.say("preview.message")))
	col.Add(fact(k.say("preview.id"), e.DocumentID))
	col.Add(fact(k.say("preview.from"), k.say("send.to", "name", e.From.Name, "code", codes(e.From))))
	for _, to := range e.To {
		col.Add(fact(k.say("preview.to"), k.say("send.to", "name", to.Name, "code", codes(to))))
	}
	for _, row := range formRows() {
		for _, f := range row {
			value := *f.at(&e.Document)
			if f.name == "date" || f.name == "due_date" {
				value = shownDate(submit.Date(value))
			}
			if value != "" {
				col.Add(fact(k.say("field."+f.name), value))
			}
		}
	}
	for _, f := range e.Files {
		col.Add(fact(k.say("preview.file"), k.say("preview.file.text", "name", f.Name, "real", f.Original, "size", k.size(f.Size))))
		if f.SHA256 != [32]byte{} {
			col.Add(fact(k.say("preview.hash"), hex.EncodeToString(f.SHA256[:16])+" "+hex.EncodeToString(f.SHA256[16:])))
		}
	}
	xml := fynewidget.NewLabel(indented(v.XML)) // a font of equal widths tears Vietnamese letters apart
	xml.Selectable = true
	raw := container.NewBorder(widget.NewSection(k.say("preview.raw")), nil, nil, nil, container.NewScroll(xml))
	left := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 8, 0, 10), widget.NewCard(col)))
	return container.New(&halves{}, left, widget.NewCard(raw))
}

// changes are what a correction changes, and what else leaves with it.
func (p *composePage) changes(col *fyne.Container, v flow.Preview) {
	k, e := p.kit, v.Envelope
	if e.Business.Kind == submit.New {
		return
	}
	col.Add(widget.NewSection(k.say("preview.changes")))
	col.Add(fact(k.say("preview.reason"), e.Business.Reason))
	for _, r := range e.Business.Replaces {
		col.Add(fact(k.say("preview.replaces"), r.DocumentID))
	}
	for _, c := range v.Changes {
		was, now := c.Old, c.New
		switch c.Field {
		case "priority":
			was, now = k.say(was), k.say(now)
		case "date", "due_date":
			was, now = shownDate(submit.Date(was)), shownDate(submit.Date(now))
		}
		if was == "" {
			was = k.say("preview.empty")
		}
		if now == "" {
			now = k.say("preview.empty")
		}
		col.Add(fact(k.say(changeKey(c.Field)), k.say("preview.change", "old", was, "new", now)))
	}
	for _, m := range v.More {
		var names []string
		for _, to := range m.To {
			names = append(names, to.Name)
		}
		col.Add(line(widget.Warning, k.say("preview.more.recall", "names", strings.Join(names, ", ")), nil))
	}
}

// changeKey is the key of the name of what was changed.
func changeKey(field string) string {
	switch field {
	case "to":
		return "preview.to"
	case "files":
		return "preview.file"
	}
	return "field." + field
}

// codes are an agency's codes in both systems.
func codes(p submit.Party) string {
	return strings.Trim(p.Code+" / "+p.OldCode, "/ ")
}

// indented puts every element of a message onto a line of its own, for the eye;
// the message has none of these line breaks.
func indented(xml string) string {
	var b strings.Builder
	depth := 0
	for _, part := range strings.SplitAfter(xml, ">") {
		trimmed := strings.TrimSpace(part)
		if trimmed == "" {
			continue
		}
		i := strings.LastIndexByte(trimmed, '<')
		text, tag := "", trimmed
		if i > 0 {
			text, tag = trimmed[:i], trimmed[i:]
		}
		closing := strings.HasPrefix(tag, "</")
		if closing {
			depth--
		}
		if closing && text == "" || !closing {
			b.WriteString("\n" + strings.Repeat("  ", max(depth, 0)))
		}
		b.WriteString(text + tag)
		if !closing && !strings.HasSuffix(tag, "/>") && !strings.HasPrefix(tag, "<?") {
			depth++
		}
	}
	return strings.TrimSpace(b.String())
}

package page

import (
	"encoding/hex"
	"errors"
	"path/filepath"
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
	if f.Replaces != "" {
		col.Add(widget.Notice{Tone: widget.Info, Text: k.say("compose.replaces", "reason", f.Reason)}.Object())
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
			list.Add(container.NewBorder(nil, nil, nil, remove, widget.NewLine(filepath.Base(path))))
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
		head := container.NewBorder(nil, nil, container.NewCenter(back), nil, widget.NewHeading(k.say("compose.preview")))
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
	col := widget.NewColumn(-6, widget.NewSection(k.say("preview.message")))
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
	xml := fynewidget.NewTextGridFromString(indented(v.XML))
	raw := container.NewBorder(widget.NewSection(k.say("preview.raw")), nil, nil, nil, container.NewScroll(xml))
	left := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 8, 0, 10), widget.NewCard(col)))
	return container.New(&halves{}, left, widget.NewCard(raw))
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

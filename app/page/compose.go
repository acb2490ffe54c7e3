package page

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
	"trinhky/submit"
)

// composePage is the form of the message, filled from the document.
type composePage struct {
	kit    *Kit
	object *fyne.Container
	form   flow.Form
	fields map[string]*fynewidget.Entry
	prio   *fynewidget.Select
	reason *fynewidget.Entry // of a correction
	to     *recipientPick
	attach func(paths ...string)
}

func newCompose(k *Kit) *composePage { return &composePage{kit: k, object: container.NewStack()} }

// formField is one field of the form: the name is the one of the JSON of
// submit.Metadata, which errors and guesses use too.
type formField struct {
	name string
	at   func(*submit.Metadata) *string
	rows int
}

// formRows are the fields in the order of the page; one or two a row.
func formRows() [][]formField {
	return [][]formField{
		{
			{"number", func(m *submit.Metadata) *string { return &m.Number }, 1},
			{"notation", func(m *submit.Metadata) *string { return &m.Notation }, 1},
			{"date", func(m *submit.Metadata) *string { return (*string)(&m.Date) }, 1},
		},
		{{"type", func(m *submit.Metadata) *string { return &m.Type }, 1}, {"place", func(m *submit.Metadata) *string { return &m.Place }, 1}},
		{{"subject", func(m *submit.Metadata) *string { return &m.Subject }, 2}},
		{{"authority", func(m *submit.Metadata) *string { return &m.Authority }, 1}, {"position", func(m *submit.Metadata) *string { return &m.Position }, 1}},
		{{"signer", func(m *submit.Metadata) *string { return &m.Signer }, 1}, {"due_date", func(m *submit.Metadata) *string { return (*string)(&m.DueDate) }, 1}},
	}
}

// Object is the page.
func (p *composePage) Object() fyne.CanvasObject { return p.object }

// draw fills the form. The same document keeps what was typed.
func (p *composePage) draw(s flow.Composing) {
	p.form = s.Form
	k := p.kit
	p.fields = map[string]*fynewidget.Entry{}
	wrong := wrongField(s.Problem)
	left := widget.NewColumn(2)
	if n := k.problem(s.Problem); n != nil {
		left.Add(n.Object())
	}
	p.notices(left, s.Problem)
	if p.reason = nil; s.Kind != submit.New {
		left.Add(p.why(wrong))
	}
	for _, row := range formRows() {
		cells := container.New(layout.NewGridLayoutWithColumns(len(row)))
		for _, f := range row {
			cells.Add(p.cell(f, wrong))
		}
		left.Add(cells)
	}
	left.Add(p.priority())
	left.Add(p.attachments())
	p.to = newRecipientPick(k, s.Connector, s.To)
	right := container.NewBorder(nil, p.footer(), nil, nil, p.to.object)
	split := container.New(&halves{},
		container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 8, 0, 14), left)), right)
	head := widget.NewColumn(-10, widget.NewHeading(k.say(composeKey("compose.title", s.Kind))),
		caption(k.say("compose.file", "name", s.FileName(s.Path), "pages", strconv.Itoa(s.Document.Pages))))
	cancel := name(k, "compose.cancel", fynewidget.NewButton(k.say("compose.cancel"), k.Flow.Leave))
	buttons := container.NewHBox(cancel)
	if s.Kind == submit.Update {
		swap := fynewidget.NewButton(k.say("compose.swap"), func() {
			k.PickPDF(func(path string) { k.Flow.ChangeMain(p.read(), path) })
		})
		buttons.Objects = append([]fyne.CanvasObject{name(k, "compose.swap", swap)}, buttons.Objects...)
	}
	top := container.NewBorder(nil, nil, nil, container.NewCenter(buttons), head)
	p.object.Objects = []fyne.CanvasObject{container.New(layout.NewCustomPaddedLayout(12, 8, 18, 18), container.NewBorder(top, nil, nil, nil, split))}
	p.object.Refresh()
}

// focus puts the keyboard where the first thing is missing.
func (p *composePage) focus() { p.kit.Window.Canvas().Focus(p.to.search) }

func caption(text string) *fynewidget.Label {
	l := widget.NewLine(text)
	l.Importance = fynewidget.LowImportance
	return l
}

// wrongField is the field that an error names, "" where it names none.
func wrongField(err error) string {
	var f *submit.FieldError
	if errors.As(err, &f) {
		return f.Field
	}
	return ""
}

// cell is a field with its name; a guess and a fault are said beside it.
func (p *composePage) cell(f formField, wrong string) fyne.CanvasObject {
	k := p.kit
	e := fynewidget.NewEntry()
	if f.rows > 1 {
		e = fynewidget.NewMultiLineEntry()
		e.Wrapping = fyne.TextWrapWord
		e.SetMinRowsVisible(f.rows)
	}
	value := *f.at(&p.form.Document)
	if f.name == "date" || f.name == "due_date" {
		value = shownDate(submit.Date(value))
		e.PlaceHolder = k.say("compose.date")
	}
	e.SetText(value)
	if p.form.Kind == submit.Update && (f.name == "number" || f.name == "notation" || f.name == "date") {
		e.Disable() // receivers know the document by them
	}
	p.fields[f.name] = name(k, "compose."+f.name, e)
	label := widget.NewLine(k.say("field." + f.name))
	label.SizeName = theme.SizeNameCaptionText
	var head fyne.CanvasObject = label
	switch {
	case f.name == wrong:
		head = container.NewBorder(nil, nil, nil, container.NewCenter(widget.NewChip(widget.Danger, k.say("compose.wrong"))), label)
	case slices.Contains(p.form.Guessed, f.name):
		head = container.NewBorder(nil, nil, nil, container.NewCenter(widget.NewChip(widget.Warning, k.say("compose.guess"))), label)
	}
	return widget.NewColumn(-4, head, e)
}

// priority chooses the urgency.
func (p *composePage) priority() fyne.CanvasObject {
	k := p.kit
	words := make([]string, 5)
	for i := range words {
		words[i] = k.say("priority." + strconv.Itoa(i))
	}
	p.prio = name(k, "compose.priority", fynewidget.NewSelect(words, nil))
	p.prio.SetSelectedIndex(max(0, min(p.form.Document.Priority, len(words)-1)))
	label := widget.NewLine(k.say("field.priority"))
	label.SizeName = theme.SizeNameCaptionText
	return container.New(layout.NewGridLayoutWithColumns(2), widget.NewColumn(-4, label, boxed(p.prio)))
}

// boxed gives a select the border that an entry has.
func boxed(s *fynewidget.Select) fyne.CanvasObject {
	box := widget.NewSurface("", 1, s)
	box.Stroke, box.Radius = theme.ColorNameInputBorder, theme.Size(theme.SizeNameInputRadius)
	return box
}

// footer is the button.
func (p *composePage) footer() fyne.CanvasObject {
	k := p.kit
	act := p.send
	if p.form.Kind != submit.New {
		act = p.preview // a correction is confirmed where all of it is seen
	}
	send := fynewidget.NewButtonWithIcon(k.say(composeKey("compose.send", p.form.Kind)), widget.Tint(k.icon(IconSend), theme.ColorNameForegroundOnPrimary), act)
	send.Importance = fynewidget.HighImportance
	if p.form.Kind != submit.New {
		return container.New(layout.NewCustomPaddedLayout(6, 4, 0, 0), tall(name(k, "compose.send", send)))
	}
	look := fynewidget.NewButtonWithIcon(k.say("compose.preview"), theme.VisibilityIcon(), p.preview)
	row := container.NewBorder(nil, nil, name(k, "compose.preview", look), nil, tall(name(k, "compose.send", send)))
	return container.New(layout.NewCustomPaddedLayout(6, 4, 0, 0), row)
}

// send reads the form and hands it over.
func (p *composePage) send() { p.kit.Flow.Send(p.read()) }

// read is the form as it stands on the screen.
func (p *composePage) read() flow.Form {
	f := p.form
	for _, row := range formRows() {
		for _, field := range row {
			text := strings.TrimSpace(p.fields[field.name].Text)
			if field.name == "date" || field.name == "due_date" {
				text = keptDate(text)
			}
			*field.at(&f.Document) = text
		}
	}
	f.Document.Priority = p.prio.SelectedIndex()
	f.To = slices.Clone(p.to.chosen)
	if p.reason != nil {
		f.Reason = strings.TrimSpace(p.reason.Text)
	}
	return f
}

// shownDate is a date as offices here write it.
func shownDate(d submit.Date) string {
	if t, err := time.Parse(time.DateOnly, string(d)); err == nil {
		return t.Format("02/01/2006")
	}
	return string(d)
}

// keptDate takes what somebody typed to yyyy-mm-dd; what is no date stays as it
// is, and is refused with the field's name.
func keptDate(text string) string {
	for _, form := range []string{"2/1/2006", "2-1-2006", "2.1.2006", time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	return text
}

// halves puts the form beside the receivers.
type halves struct{}

func (halves) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(640, max(o[0].MinSize().Height, o[1].MinSize().Height))
}

func (halves) Layout(o []fyne.CanvasObject, size fyne.Size) {
	left := min(size.Width*0.56, 660)
	o[0].Move(fyne.Position{})
	o[0].Resize(fyne.NewSize(left, size.Height))
	o[1].Move(fyne.NewPos(left+12, 0))
	o[1].Resize(fyne.NewSize(size.Width-left-12, size.Height))
}

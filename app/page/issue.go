package page

import (
	"errors"
	"path/filepath"
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
	"trinhky/signer"
	"trinhky/submit"
)

// IssuePage is the secretary's: number and date, seal, send.
const IssuePage Place = "nav.issue"

// issuePage chooses a document and leads it through the order of issue.
type issuePage struct {
	kit    *Kit
	object *fyne.Container

	files  *fileList
	held   *fyne.Container
	choose fyne.CanvasObject

	drawn  issueSeen
	number *fynewidget.Label
	pin    *widget.PINField
	last   *fynewidget.Check
	run    *fynewidget.Button
	warn   *fyne.Container
}

// issueSeen is what makes the page be drawn anew; what is typed does not.
type issueSeen struct {
	path        string
	opening     bool
	read        bool
	leader      string
	attachments string
	working     flow.IssueStep
	problem     string
	pin         signer.PINState
	done        *flow.Issued
	// keys is whose PIN is asked and what can be chosen: what was typed for one
	// token is never there for another.
	keys  string
	taken bool
	waits bool
}

func newIssue(k *Kit) *issuePage {
	p := &issuePage{kit: k, object: container.NewStack(), held: container.NewVBox()}
	choose := func(f flow.File) { k.Flow.ChooseIssue(f.Path) }
	p.files = newFileList(k, "issue", IconIssue, func(_ int, f flow.File) fileRow {
		return fileRow{widget.Tint(k.icon(IconDocument), theme.ColorNamePrimary), []widget.RowButton{
			{Text: k.say("issue.choose"), Primary: true, Tapped: func() { choose(f) }},
		}}
	}, choose)
	pick := fynewidget.NewButtonWithIcon(k.say("issue.pick"), theme.FolderOpenIcon(), func() { k.PickPDF(k.Flow.ChooseIssue) })
	body := container.NewBorder(p.held, exportRow(k, "issue.book", flow.BookOutgoing), nil, nil, p.files.body)
	p.choose = listPage(k.say("nav.issue"), p.files.count, pick, body)
	p.object.Objects = []fyne.CanvasObject{p.choose}
	return p
}

// Object is the page.
func (p *issuePage) Object() fyne.CanvasObject { return p.object }

func (p *issuePage) shown() { p.kit.Flow.ReadNumbers() }

// drop takes the document, or what goes with it.
func (p *issuePage) drop(paths []string) bool {
	if p.kit.Flow.Lists().Issue.Doc != nil {
		p.kit.Flow.AddAttachment(paths...)
	} else if len(paths) > 0 {
		p.kit.Flow.ChooseIssue(paths[0])
	}
	return true
}

func (p *issuePage) draw(l flow.Lists) {
	p.files.show(slices.Concat(l.Waiting, l.Signed))
	i := l.Issue
	p.drawHeld(i.Held)
	if p.number != nil {
		p.number.SetText(p.nextText(i))
	}
	seen := issueSeen{
		path: i.Path, opening: i.Opening, read: i.Doc != nil, attachments: strings.Join(i.Form.Attachments, "\n"),
		working: i.Working, problem: errorText(i.Problem), leader: errorText(i.Leader), pin: i.PIN, done: i.Done,
		keys: p.keys(i, l.Tokens), taken: i.Taken != nil, waits: i.Taken != nil && i.Taken.Waits(),
	}
	if seen == p.drawn {
		return
	}
	p.drawn, p.number, p.pin = seen, nil, nil
	p.object.Objects = []fyne.CanvasObject{p.content(i)}
	p.object.Refresh()
	var wrong *signer.PINError
	if errors.As(i.Problem, &wrong) && i.Working == flow.IssueResting && p.pin != nil {
		p.kit.Window.Canvas().Focus(p.pin) // the next thing to type, with the page made anew
	}
}

// keys tells the certificates on their tokens, and who is chosen.
func (p *issuePage) keys(i flow.Issuing, tokens []flow.TokenRow) string {
	if i.Doc == nil {
		return ""
	}
	var b strings.Builder
	put := func(c *flow.Choice) {
		if c != nil {
			b.WriteString(c.Slot.Token.Serial + "/" + c.Slot.Token.Label + "/" + c.Certificate.X509.SerialNumber.String())
		}
		b.WriteString("\n")
	}
	put(i.Number)
	put(i.Seal)
	for _, c := range i.IssueChoices(tokens) {
		put(&c)
	}
	return b.String()
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (p *issuePage) content(i flow.Issuing) fyne.CanvasObject {
	switch {
	case i.Path == "":
		return p.choose
	case i.Opening:
		return p.around(i, loading(p.kit.say("document.opening")))
	case i.Doc == nil:
		box := container.NewVBox()
		if n := p.kit.problem(i.Problem); n != nil {
			box.Add(n.Object())
		}
		return p.around(i, box)
	}
	left := widget.NewColumn(2)
	if n := p.kit.problem(i.Problem); n != nil && i.Working == flow.IssueResting {
		left.Add(n.Object())
	}
	left.Add(p.leader(i))
	left.Add(p.numbering(i))
	if i.Done == nil { // then they stand beside what was issued
		left.Add(p.attachments(i))
	}
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 8, 0, 10), left))
	return p.around(i, container.New(&halves{}, scroll, container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, 4), container.NewVBox(p.side(i))))))
}

// around is the heading with the order of issue.
func (p *issuePage) around(i flow.Issuing, body fyne.CanvasObject) fyne.CanvasObject {
	k := p.kit
	back := fynewidget.NewButtonWithIcon(k.say("issue.back"), theme.NavigateBackIcon(), k.Flow.LeaveIssue)
	name(k, "issue.back", back)
	title := widget.NewStrong(filepath.Base(i.Path))
	title.SizeName = theme.SizeNameSubHeadingText
	head := container.NewBorder(nil, nil, container.NewCenter(back), nil, title)
	top := widget.NewColumn(4, head, p.steps(i))
	return container.New(layout.NewCustomPaddedLayout(8, 8, 14, 14), container.NewBorder(top, nil, nil, nil, body))
}

// steps are the order of Decree 30/2020, Art. 14, and how far it has come.
func (p *issuePage) steps(i flow.Issuing) fyne.CanvasObject {
	k := p.kit
	row := container.NewHBox()
	at := 0 // the step that is next
	switch {
	case i.Done != nil:
		at = 3
	case i.Working >= flow.IssueSealing:
		at = 2
	case i.Doc != nil && i.Leader == nil && (i.Printed != "" || i.Taken != nil && i.Taken.Waits()):
		at = 2
	case i.Doc != nil && i.Leader == nil:
		at = 1
	}
	for n, key := range []string{"issue.step.leader", "issue.step.number", "issue.step.seal", "issue.step.send"} {
		tone := widget.Plain
		switch {
		case n < at:
			tone = widget.Success
		case n == at && n == 0 && i.Doc != nil:
			tone = widget.Danger
		case n == at:
			tone = widget.Info
		}
		row.Add(widget.NewChip(tone, k.say(key)))
	}
	return row
}

// leader says whether the competent person's signature is there and holds.
func (p *issuePage) leader(i flow.Issuing) fyne.CanvasObject {
	k := p.kit
	col := widget.NewColumn(0, widget.NewSection(k.say("issue.leader")))
	if n := k.problem(i.Leader); n != nil {
		col.Add(n.Object())
	}
	for _, s := range i.Doc.Report.Signatures {
		col.Add(earlierLine(k, s))
	}
	return widget.NewCard(col)
}

// numbering is number and date, or what the document carries already.
func (p *issuePage) numbering(i flow.Issuing) fyne.CanvasObject {
	k := p.kit
	col := widget.NewColumn(0, widget.NewSection(k.say("issue.number")))
	if i.Done != nil {
		col.Add(fact(k.say("field.number"), i.Done.Number))
		return widget.NewCard(col)
	}
	if i.Printed != "" {
		col.Add(line(widget.Info, k.say("issue.printed", "number", i.Printed), nil))
		return widget.NewCard(col)
	}
	if i.Taken != nil {
		said, number := "issue.kept", submit.FormatNumber(i.Taken.Number)+"/"+i.Form.Notation
		if i.Taken.Waits() {
			said = "issue.waits"
		}
		col.Add(line(widget.Info, k.say(said, "number", number), nil))
		col.Add(fact(k.say("field.type"), i.Form.Book))
		col.Add(fact(k.say("field.date"), i.Form.Date.Format("02/01/2006")))
		return widget.NewCard(col)
	}
	p.number = widget.NewStrong(p.nextText(i))
	p.number.Wrapping = fyne.TextWrapWord
	col.Add(name(k, "issue.next", p.number))
	col.Add(p.series(i.Form))
	return widget.NewCard(col)
}

// series is the form of what decides the number.
func (p *issuePage) series(form flow.IssueForm) fyne.CanvasObject {
	k := p.kit
	types := submit.TypeNames()
	book := fynewidget.NewSelectEntry(types)
	book.SetText(form.Book)
	notation, town, date := fynewidget.NewEntry(), fynewidget.NewEntry(), fynewidget.NewEntry()
	notation.SetText(form.Notation)
	town.SetText(form.Town)
	date.SetText(form.Date.Format("02/01/2006"))
	changed := func(string) {
		now := k.Flow.Lists().Issue.Form
		now.Book, now.Notation, now.Town = strings.TrimSpace(book.Text), strings.TrimSpace(notation.Text), strings.TrimSpace(town.Text)
		if t, err := time.ParseInLocation(time.DateOnly, keptDate(strings.TrimSpace(date.Text)), submit.WireZone()); err == nil {
			now.Date = t
		}
		k.Flow.EditIssue(now)
		p.number.SetText(p.nextText(k.Flow.Lists().Issue))
	}
	for as, e := range map[string]*fynewidget.Entry{"notation": notation, "town": town, "date": date} {
		e.OnChanged = changed
		name(k, "issue."+as, e)
	}
	book.OnChanged = changed
	cells := container.New(layout.NewGridLayoutWithColumns(2))
	for _, c := range []struct {
		key   string
		entry fyne.CanvasObject
	}{{"field.type", book}, {"field.notation", notation}, {"field.place", town}, {"field.date", date}} {
		label := widget.NewLine(k.say(c.key))
		label.SizeName = theme.SizeNameCaptionText
		cells.Add(widget.NewColumn(-4, label, c.entry))
	}
	return cells
}

// nextText is the number that the register would give.
func (p *issuePage) nextText(i flow.Issuing) string {
	return p.kit.say("issue.next", "number", submit.FormatNumber(max(i.Next, 1))+"/"+i.Form.Notation,
		"book", i.Form.Book, "year", strconv.Itoa(i.Form.Date.Year()))
}

// attachments get their text at the top right in one go.
func (p *issuePage) attachments(i flow.Issuing) fyne.CanvasObject {
	k := p.kit
	add := fynewidget.NewButtonWithIcon(k.say("issue.attach"), theme.ContentAddIcon(), func() {
		k.PickPDF(func(path string) { k.Flow.AddAttachment(path) })
	})
	add.Importance = fynewidget.LowImportance
	col := widget.NewColumn(0, container.NewBorder(nil, nil, nil, add, widget.NewSection(k.say("issue.attachments"))),
		widget.NewCaption(k.say("issue.attachments.text")))
	for _, path := range i.Form.Attachments {
		remove := fynewidget.NewButtonWithIcon("", theme.CancelIcon(), func() { k.Flow.DropAttachment(path) })
		remove.Importance = fynewidget.LowImportance
		col.Add(container.NewBorder(nil, nil, nil, remove, widget.NewLine(filepath.Base(path))))
	}
	return widget.NewCard(col)
}

// drawHeld lists the numbers that are reserved and not issued; one that stands
// in a document already is gone on with.
func (p *issuePage) drawHeld(lines []submit.Line) {
	k := p.kit
	p.held.Objects = nil
	for n, l := range lines {
		number := submit.FormatNumber(l.Number)
		if l.Notation != "" {
			number += "/" + l.Notation
		}
		release := fynewidget.NewButton(k.say("issue.release"), func() { k.Flow.ReleaseNumber(l) })
		buttons := container.NewHBox(name(k, "issue.release."+strconv.Itoa(n), release))
		text := k.say("issue.held", "number", number, "book", l.Series.Book, "by", l.By, "time", moment(l.Reserved))
		if l.Draft != nil {
			text = k.say("issue.held.draft", "number", number, "book", l.Series.Book, "file", filepath.Base(l.Draft.Source), "time", moment(l.Reserved))
			on := fynewidget.NewButton(k.say("issue.go.on"), func() { k.Flow.ChooseIssue(l.Draft.Source) })
			on.Importance = fynewidget.HighImportance
			buttons.Objects = append([]fyne.CanvasObject{name(k, "issue.on."+strconv.Itoa(n), on)}, buttons.Objects...)
		}
		p.held.Add(container.NewBorder(nil, nil, nil, container.NewCenter(buttons), line(widget.Warning, text, nil)))
	}
	p.held.Refresh()
}

package page

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/settings"
	"trinhky/app/widget"
	"trinhky/submit"
)

// recipientPick finds receivers by name without accents or by code, and keeps
// the chosen ones.
type recipientPick struct {
	kit       *Kit
	connector string
	chosen    []submit.Party
	found     []submit.Party
	foundFor  string // the text that found belongs to
	hurried   bool   // Enter came before the answer: take the first of it
	search    *searchEntry
	results   *fynewidget.List
	picked    *fyne.Container
	room      *container.Scroll // of the chosen ones
	none      *fynewidget.Label
	object    fyne.CanvasObject
}

// searchEntry is an entry that goes on to the results with the arrow key and
// takes the first of them with Enter.
type searchEntry struct {
	fynewidget.Entry
	down func()
}

func newSearchEntry(hint string) *searchEntry {
	e := &searchEntry{}
	e.PlaceHolder = hint
	e.ExtendBaseWidget(e)
	return e
}

// TypedKey goes on to the results.
func (e *searchEntry) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyDown && e.down != nil {
		e.down()
		return
	}
	e.Entry.TypedKey(k)
}

func newRecipientPick(k *Kit, connector string, chosen []submit.Party) *recipientPick {
	p := &recipientPick{kit: k, connector: connector, chosen: slices.Clone(chosen), picked: container.NewVBox()}
	p.search = name(k, "compose.search", newSearchEntry(k.say("compose.search")))
	p.search.OnChanged = func(text string) {
		p.hurried = false
		k.Flow.FindAgencies(connector, text, p.show)
	}
	p.search.OnSubmitted = func(string) { p.submit() }
	p.results = fynewidget.NewList(
		func() int { return len(p.found) },
		func() fyne.CanvasObject { return newAgencyLine() },
		func(i int, o fyne.CanvasObject) { p.fill(i, o.(*agencyLine)) },
	)
	name(k, "compose.results", p.results)
	p.results.OnSelected = func(i int) {
		p.results.Unselect(i)
		p.take(i)
	}
	p.search.down = func() { k.Window.Canvas().Focus(p.results) }
	p.none = caption("")
	p.room = container.NewVScroll(p.picked)
	head := container.NewVBox(container.NewBorder(nil, nil, nil, p.groups(), widget.NewSection(k.say("compose.to"))), p.room, p.search, p.none)
	card := widget.NewCard(container.NewBorder(head, nil, nil, nil, p.results))
	p.object = card
	p.drawPicked()
	k.Flow.FindAgencies(connector, "", p.show)
	return p
}

// agencyLine is an agency with its code.
type agencyLine struct {
	fynewidget.BaseWidget
	name, code *fynewidget.Label
	whole      *fyne.Container
}

func newAgencyLine() *agencyLine {
	a := &agencyLine{name: widget.NewLine(""), code: fynewidget.NewLabel("")}
	a.code.Importance, a.code.SizeName = fynewidget.LowImportance, theme.SizeNameCaptionText
	a.whole = container.NewBorder(nil, nil, nil, a.code, a.name)
	a.ExtendBaseWidget(a)
	return a
}

func (a *agencyLine) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(a.whole)
}

func (p *recipientPick) fill(i int, a *agencyLine) {
	if i < len(p.found) {
		a.name.SetText(p.found[i].Name)
		a.code.SetText(p.found[i].OrganID())
	}
}

// show lists what was found for a text, unless something else is typed by now.
func (p *recipientPick) show(text string, list []submit.Party) {
	if text != p.search.Text {
		return
	}
	p.foundFor = text
	p.found = slices.DeleteFunc(slices.Clone(list), func(a submit.Party) bool { return p.has(a) || p.own(a) })
	setVisible(p.results, len(p.found) > 0)
	p.none.SetText(p.kit.say("compose.found", "n", strconv.Itoa(len(p.found))))
	asked := strings.TrimSpace(text) != ""
	setVisible(p.none, asked || len(p.found) > 0)
	if len(p.found) == 0 && asked {
		p.none.SetText(p.kit.say("compose.none"))
	}
	if !p.results.Size().IsZero() { // a list that was never drawn cannot scroll
		p.results.ScrollToTop()
	}
	p.results.Refresh()
	p.kit.forget("compose.results.0")
	if len(p.found) > 0 && strings.TrimSpace(text) != "" {
		name(p.kit, "compose.results.0", p.results)
	}
	if p.hurried {
		p.hurried = false
		p.take(0)
	}
}

// submit takes the first result, but never one of a text that is not there any
// more.
func (p *recipientPick) submit() {
	switch {
	case strings.TrimSpace(p.search.Text) == "":
	case p.foundFor == p.search.Text:
		p.take(0)
	default:
		p.hurried = true
	}
}

// own says whether a is the sender itself.
func (p *recipientPick) own(a submit.Party) bool {
	me := p.kit.Flow.Settings().Agency
	return a.Is(me.Code) || a.Is(me.OldCode)
}

func (p *recipientPick) has(a submit.Party) bool {
	return slices.ContainsFunc(p.chosen, func(c submit.Party) bool { return c.OrganID() == a.OrganID() })
}

// take chooses the ith result.
func (p *recipientPick) take(i int) {
	if i < 0 || i >= len(p.found) {
		return
	}
	p.chosen = append(p.chosen, p.found[i])
	p.drawPicked()
	p.search.SetText("")
	p.kit.Flow.FindAgencies(p.connector, "", p.show)
	p.kit.Window.Canvas().Focus(p.search)
}

func (p *recipientPick) drop(code string) {
	p.chosen = slices.DeleteFunc(p.chosen, func(c submit.Party) bool { return c.OrganID() == code })
	p.drawPicked()
	p.kit.Flow.FindAgencies(p.connector, p.search.Text, p.show)
}

func (p *recipientPick) drawPicked() {
	p.picked.Objects = nil
	for i, c := range p.chosen {
		remove := fynewidget.NewButtonWithIcon("", theme.CancelIcon(), func() { p.drop(c.OrganID()) })
		remove.Importance = fynewidget.LowImportance
		text := widget.NewText(p.kit.say("send.to", "name", c.Name, "code", c.OrganID()))
		text.SizeName = theme.SizeNameCaptionText // most names in one line, also in a small window
		row := widget.NewSurface(widget.ColorInfoSoft, 0, container.NewBorder(nil, nil, nil, remove, text))
		row.Radius = 6
		p.picked.Add(name(p.kit, "compose.to."+strconv.Itoa(i), row))
	}
	setVisible(p.room, len(p.chosen) > 0)
	p.room.SetMinSize(fyne.NewSize(0, min(p.picked.MinSize().Height, pickedHeight)))
	p.room.ScrollToBottom()
	p.object.Refresh()
}

// pickedHeight is the room of the chosen receivers before they scroll.
const pickedHeight float32 = 92

// groups opens what can be done with the saved groups of receivers.
func (p *recipientPick) groups() fyne.CanvasObject {
	k := p.kit
	var b *fynewidget.Button
	b = fynewidget.NewButtonWithIcon(k.say("group.title"), theme.MenuDropDownIcon(), func() {
		var items []*fyne.MenuItem
		for _, g := range k.Flow.Groups() {
			items = append(items, fyne.NewMenuItem(k.say("group.take", "name", g.Name, "n", strconv.Itoa(len(g.Receivers))), func() { p.takeGroup(g) }))
		}
		if len(items) > 0 {
			items = append(items, fyne.NewMenuItemSeparator())
		}
		save := fyne.NewMenuItem(k.say("group.save"), p.saveGroup)
		save.Disabled = len(p.chosen) == 0
		items = append(items, save)
		for _, g := range k.Flow.Groups() {
			items = append(items, fyne.NewMenuItem(k.say("group.drop", "name", g.Name), func() { p.keepGroup(g.Name, nil) }))
		}
		at := fyne.CurrentApp().Driver().AbsolutePositionForObject(b).AddXY(0, b.Size().Height)
		fynewidget.ShowPopUpMenuAtPosition(fyne.NewMenu("", items...), k.Window.Canvas(), at)
	})
	b.Importance = fynewidget.LowImportance
	return name(k, "compose.groups", b)
}

func (p *recipientPick) takeGroup(g settings.Group) {
	for _, r := range g.Receivers {
		a := submit.Party{Code: r.Code, OldCode: r.OldCode, Name: r.Name}
		if !p.has(a) && !p.own(a) {
			p.chosen = append(p.chosen, a)
		}
	}
	p.drawPicked()
	p.kit.Flow.FindAgencies(p.connector, p.search.Text, p.show)
}

// saveGroup asks for the name of a group on the line of the search.
func (p *recipientPick) saveGroup() {
	k := p.kit
	entry := fynewidget.NewEntry()
	entry.PlaceHolder = k.say("group.name")
	row := container.NewBorder(nil, nil, nil, fynewidget.NewButton(k.say("group.keep"), func() { entry.OnSubmitted(entry.Text) }), entry)
	p.picked.Add(row)
	entry.OnSubmitted = func(text string) {
		p.picked.Remove(row)
		p.drawPicked()
		if text = strings.TrimSpace(text); text != "" {
			p.keepGroup(text, p.chosen)
		}
	}
	p.room.SetMinSize(fyne.NewSize(0, min(p.picked.MinSize().Height, pickedHeight)))
	p.room.ScrollToBottom()
	k.Window.Canvas().Focus(entry)
}

func (p *recipientPick) keepGroup(as string, to []submit.Party) {
	p.kit.Flow.SaveGroup(as, to, func(err error) {
		text := p.kit.say("group.saved", "name", as)
		if len(to) == 0 {
			text = p.kit.say("group.gone", "name", as)
		}
		if m := p.kit.Messages.Of(err); !m.Silent() {
			text = m.Title
		}
		p.none.SetText(text)
	})
}

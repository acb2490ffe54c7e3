package page

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
)

// signedPage lists the signed documents.
type signedPage struct {
	kit    *Kit
	files  []flow.File
	list   *fynewidget.List
	count  *fynewidget.Label
	empty  fyne.CanvasObject
	object fyne.CanvasObject
}

func newSigned(k *Kit) *signedPage {
	p := &signedPage{kit: k, count: widget.NewLine("")}
	p.count.Importance = fynewidget.LowImportance
	p.list = fynewidget.NewList(
		func() int { return len(p.files) },
		func() fyne.CanvasObject { return widget.NewRow() },
		func(i int, o fyne.CanvasObject) { p.fill(i, o.(*widget.Row)) },
	)
	p.list.HideSeparators = true
	p.list.OnSelected = func(i int) {
		p.list.Unselect(i)
		k.Flow.Show(p.files[i].Path)
	}
	p.empty = emptyState(k.icon(IconSigned), k.say("signed.empty"), k.say("signed.empty.hint"))
	p.object = listPage(k.say("nav.signed"), p.count, nil, container.NewStack(p.list, p.empty))
	return p
}

// Object is the page.
func (p *signedPage) Object() fyne.CanvasObject { return p.object }

func (p *signedPage) draw(l flow.Lists) {
	p.files = l.Signed
	p.count.SetText(p.kit.say("signed.count", "n", strconv.Itoa(len(p.files))))
	setVisible(p.empty, len(p.files) == 0)
	setVisible(p.list, len(p.files) > 0)
	p.list.Refresh()
}

func (p *signedPage) fill(i int, r *widget.Row) {
	if i >= len(p.files) {
		return
	}
	f, k := p.files[i], p.kit
	detail := k.say("file.detail", "size", k.size(f.Size), "time", moment(time.Unix(f.Time, 0)))
	buttons := []widget.RowButton{
		{Text: k.say("signed.folder"), Tapped: func() { k.ShowFolder(f.Path) }},
		{Text: k.say("signed.view"), Tapped: func() { k.Flow.Show(f.Path) }},
	}
	if k.Flow.CanSend() {
		buttons = append(buttons, widget.RowButton{
			Text: k.say("done.send"), Primary: true, Tapped: func() { k.Flow.ComposeFile(f.Path) },
		})
	}
	r.Fill(widget.Tint(k.icon(IconSigned), theme.ColorNameSuccess), f.Name, detail, buttons...)
}

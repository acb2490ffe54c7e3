package page

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
)

// waitingPage lists the documents that wait for a signature.
type waitingPage struct {
	kit    *Kit
	files  []flow.File
	list   *fynewidget.List
	count  *fynewidget.Label
	batch  *fynewidget.Button // several documents in one go
	empty  fyne.CanvasObject
	object fyne.CanvasObject
}

func newWaiting(k *Kit) *waitingPage {
	p := &waitingPage{kit: k, count: widget.NewLine("")}
	p.count.Importance = fynewidget.LowImportance
	p.list = fynewidget.NewList(
		func() int { return len(p.files) },
		func() fyne.CanvasObject { return widget.NewRow() },
		func(i int, o fyne.CanvasObject) { p.fill(i, o.(*widget.Row)) },
	)
	p.list.HideSeparators = true
	p.list.OnSelected = func(i int) {
		p.list.Unselect(i)
		p.open(i)
	}
	open := fynewidget.NewButtonWithIcon(k.say("waiting.open"), theme.FolderOpenIcon(), func() { k.PickPDF(func(path string) { k.Flow.Add(path) }) })
	name(k, "waiting.open", open)
	p.empty = emptyState(k.icon(IconDocument), k.say("waiting.empty"), k.say("waiting.empty.hint"))
	p.batch = name(k, "waiting.batch", fynewidget.NewButtonWithIcon("", widget.Tint(k.icon(IconBatch), theme.ColorNameForeground), func() { k.Go(BatchPage) }))
	p.batch.Hide()
	p.object = listPage(k.say("nav.waiting"), p.count, container.NewHBox(p.batch, open), container.NewStack(p.list, p.empty))
	return p
}

// Object is the page.
func (p *waitingPage) Object() fyne.CanvasObject { return p.object }

func (p *waitingPage) badge(l flow.Lists) int { return len(l.Waiting) }

// listPage is a heading with a count, a button at the right, and a list.
func listPage(title string, count *fynewidget.Label, action, list fyne.CanvasObject) fyne.CanvasObject {
	head := container.NewVBox(widget.NewColumn(-10, widget.NewHeading(title), count))
	top := container.NewBorder(nil, nil, nil, nil, head)
	if action != nil {
		top = container.NewBorder(nil, nil, nil, container.NewCenter(action), head)
	}
	return container.New(layout.NewCustomPaddedLayout(12, 8, 18, 18), container.NewBorder(top, nil, nil, nil, list))
}

// emptyState says what an empty page is for.
func emptyState(icon fyne.Resource, title, hint string) fyne.CanvasObject {
	pic := fynewidget.NewIcon(widget.Tint(icon, theme.ColorNameDisabled))
	square := container.New(layout.NewGridWrapLayout(fyne.NewSquareSize(64)), pic)
	head := fynewidget.NewLabelWithStyle(title, fyne.TextAlignCenter, fyne.TextStyle{Bold: true})
	head.SizeName = theme.SizeNameSubHeadingText
	text := fynewidget.NewLabelWithStyle(hint, fyne.TextAlignCenter, fyne.TextStyle{})
	text.Importance = fynewidget.LowImportance
	return container.NewCenter(container.NewVBox(container.NewCenter(square), head, text))
}

func (p *waitingPage) draw(l flow.Lists) {
	p.files = l.Waiting
	p.count.SetText(p.kit.say("waiting.count", "n", strconv.Itoa(len(p.files))))
	p.batch.SetText(p.kit.say("waiting.batch", "n", strconv.Itoa(len(p.files))))
	setVisible(p.batch, len(p.files) > 1)
	setVisible(p.empty, len(p.files) == 0)
	setVisible(p.list, len(p.files) > 0)
	p.list.Refresh()
}

func setVisible(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}

func (p *waitingPage) fill(i int, r *widget.Row) {
	if i >= len(p.files) {
		return
	}
	f, k := p.files[i], p.kit
	detail := k.say("file.detail", "size", k.size(f.Size), "time", moment(time.Unix(f.Time, 0)))
	r.Fill(widget.Tint(k.icon(IconDocument), theme.ColorNamePrimary), f.Name, detail,
		widget.RowButton{Text: k.say("waiting.sign"), Icon: nil, Primary: true, Tapped: func() { p.open(i) }})
	name(k, "waiting."+strconv.Itoa(i), r.Button(0))
}

func (p *waitingPage) open(i int) {
	if i < len(p.files) {
		p.kit.Flow.Open(p.files[i].Path)
	}
}

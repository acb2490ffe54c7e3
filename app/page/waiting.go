package page

import (
	"strconv"

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
	files  *fileList
	batch  *fynewidget.Button // several documents in one go
	object fyne.CanvasObject
}

func newWaiting(k *Kit) *waitingPage {
	p := &waitingPage{kit: k}
	sign := func(f flow.File) { k.Flow.Open(f.Path) }
	p.files = newFileList(k, "waiting", IconDocument, func(_ int, f flow.File) fileRow {
		return fileRow{widget.Tint(k.icon(IconDocument), theme.ColorNamePrimary), []widget.RowButton{
			{Text: k.say("waiting.sign"), Primary: true, Tapped: func() { sign(f) }},
		}}
	}, sign)
	open := fynewidget.NewButtonWithIcon(k.say("waiting.open"), theme.FolderOpenIcon(), func() { k.PickPDF(func(path string) { k.Flow.Add(path) }) })
	name(k, "waiting.open", open)
	p.batch = name(k, "waiting.batch", fynewidget.NewButtonWithIcon("", widget.Tint(k.icon(IconBatch), theme.ColorNameForeground), func() { k.Go(BatchPage) }))
	p.batch.Hide()
	p.object = listPage(k.say("nav.waiting"), p.files.count, container.NewHBox(p.batch, open), p.files.body)
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
	p.files.show(l.Waiting)
	p.batch.SetText(p.kit.say("waiting.batch", "n", strconv.Itoa(len(l.Waiting))))
	setVisible(p.batch, len(l.Waiting) > 1)
}

func setVisible(o fyne.CanvasObject, on bool) {
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}

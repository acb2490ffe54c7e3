package page

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"trinhky/app/flow"
	"trinhky/app/widget"
)

// signedPage lists the signed documents.
type signedPage struct {
	kit    *Kit
	files  *fileList
	object fyne.CanvasObject
}

func newSigned(k *Kit) *signedPage {
	p := &signedPage{kit: k}
	p.files = newFileList(k, "signed", IconSigned, p.row, func(f flow.File) { k.Flow.Show(f.Path) })
	p.object = listPage(k.say("nav.signed"), p.files.count, nil, p.files.body)
	return p
}

// Object is the page.
func (p *signedPage) Object() fyne.CanvasObject { return p.object }

func (p *signedPage) draw(l flow.Lists) { p.files.show(l.Signed) }

func (p *signedPage) row(_ int, f flow.File) fileRow {
	k := p.kit
	buttons := []widget.RowButton{
		{Text: k.say("signed.folder"), Tapped: func() { k.ShowFolder(f.Path) }},
		{Text: k.say("signed.view"), Tapped: func() { k.Flow.Show(f.Path) }},
	}
	if k.Flow.CanSend() {
		buttons = append(buttons, widget.RowButton{
			Text: k.say("done.send"), Primary: true, Tapped: func() { k.Flow.ComposeFile(f.Path) },
		})
	}
	return fileRow{widget.Tint(k.icon(IconSigned), theme.ColorNameSuccess), buttons}
}

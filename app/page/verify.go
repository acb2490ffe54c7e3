package page

import (
	"image/color"
	"path/filepath"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
	"trinhky/pdfview/geom"
	"trinhky/signer/verify"
)

// VerifyPage is the place of «Kiểm tra».
const VerifyPage Place = "nav.verify"

// verifyPage says what files are worth: a table where there are several, and
// one file with its sentence, its signatures, its timeline and its pages.
type verifyPage struct {
	kit    *Kit
	now    flow.Verifying
	object *fyne.Container

	table  *verifyTable
	pages  *widget.PageView
	detail *fyne.Container
	one    fyne.CanvasObject // a file
	empty  fyne.CanvasObject

	bar   *fynewidget.ProgressBar
	doing *fynewidget.Label
	stop  *fynewidget.Button
	busy  fyne.CanvasObject

	shown  any // the view that is displayed
	framed any // what its frames are of
}

func newVerify(k *Kit) *verifyPage {
	p := &verifyPage{kit: k, object: container.NewStack(), pages: widget.NewPageView(k.Runner), detail: container.NewVBox()}
	p.now.Chosen = -1
	name(k, "verify.pages", p.pages)
	p.bar, p.doing = fynewidget.NewProgressBar(), widget.NewLine("")

	p.stop = name(k, "verify.stop", fynewidget.NewButton(k.say("verify.stop"), k.Flow.StopVerifying))
	p.busy = container.NewBorder(nil, nil, nil, p.stop, container.NewVBox(p.doing, p.bar))
	p.table = newVerifyTable(p)
	hint := emptyState(k.icon(IconVerify), k.say("verify.empty"), k.say("verify.empty.hint"))
	p.empty = container.NewBorder(nil, container.New(layout.NewCustomPaddedLayout(0, 40, 0, 0), container.NewCenter(p.pickers("empty"))), nil, nil, hint)
	p.one = p.file()
	p.draw(flow.Lists{Verify: p.now})
	return p
}

// Object is the page.
func (p *verifyPage) Object() fyne.CanvasObject { return p.object }

// drop verifies what is dropped: files and folders.
func (p *verifyPage) drop(paths []string) bool {
	p.kit.Flow.Verify(paths...)
	return p.kit.Flow.CanVerify()
}

// pickers are the buttons that ask for a file and a folder.
func (p *verifyPage) pickers(as string) fyne.CanvasObject {
	k := p.kit
	file := fynewidget.NewButtonWithIcon(k.say("verify.file"), theme.FileIcon(), func() {
		if k.PickPDF != nil {
			k.PickPDF(func(path string) { k.Flow.Verify(path) })
		}
	})
	folder := fynewidget.NewButtonWithIcon(k.say("verify.folder"), theme.FolderOpenIcon(), func() {
		if k.PickFolder != nil {
			k.PickFolder(func(path string) { k.Flow.Verify(path) })
		}
	})
	return container.NewHBox(name(k, "verify.file."+as, file), name(k, "verify.folder."+as, folder))
}

// file is the page of one file: what is said of it on the left, its pages on
// the right.
func (p *verifyPage) file() fyne.CanvasObject {
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(8, 12, 14, 14), p.detail))
	side := widget.NewSurface(widget.ColorSurface, 0, scroll)
	side.Stroke = widget.ColorBorder
	desk := widget.NewSurface(widget.ColorDesk, 0, p.pages)
	return container.New(&verifyColumns{}, side, desk)
}

// verifyColumns gives what is said about half of the width, but no more than is
// comfortable to read.
type verifyColumns struct{}

func (verifyColumns) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(560, 240) }

func (verifyColumns) Layout(o []fyne.CanvasObject, size fyne.Size) {
	side := min(max(size.Width*0.46, 432), 520)
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSize(side, size.Height))
	o[1].Move(fyne.NewPos(side, 0))
	o[1].Resize(fyne.NewSize(size.Width-side, size.Height))
}

func (p *verifyPage) draw(l flow.Lists) {
	old := p.now
	p.now = l.Verify
	p.progress()
	switch v := p.now; {
	case v.Chosen >= 0 && v.Chosen < len(v.Rows):
		if !sameFile(old, v) {
			p.drawFile()
		}
		p.display()
		p.put(p.one)
	case len(v.Rows) > 0 || v.Running || v.Problem != nil:
		p.table.update()
		p.put(p.table.object)
	default:
		p.put(p.empty)
	}
}

// sameFile says whether what is said of the file is the same.
func sameFile(a, b flow.Verifying) bool {
	return a.Chosen == b.Chosen && a.Row() == b.Row() && a.Signed == b.Signed && a.Seen == b.Seen && a.Comparing == b.Comparing &&
		a.Note == b.Note && len(a.Evidence.Files) == len(b.Evidence.Files) && a.ViewErr == b.ViewErr && a.NoteErr == b.NoteErr &&
		a.SeenErr == b.SeenErr && a.Locked == b.Locked && a.Later == b.Later && len(a.Rows) == len(b.Rows)
}

func (p *verifyPage) put(o fyne.CanvasObject) {
	if len(p.object.Objects) == 1 && p.object.Objects[0] == o {
		return
	}
	p.object.Objects = []fyne.CanvasObject{o}
	p.object.Refresh()
}

// progress says how far the verification is.
func (p *verifyPage) progress() {
	v, k := p.now, p.kit
	setVisible(p.busy, v.Running)
	if !v.Running {
		return
	}
	p.doing.SetText(k.say("verify.running", "done", strconv.Itoa(v.Done), "all", strconv.Itoa(v.All)))
	if v.All > 0 {
		p.bar.SetValue(float64(v.Done) / float64(v.All))
	}
}

// display shows the pages with the frames of what changed.
func (p *verifyPage) display() {
	v := p.now
	if p.shown != any(v.View) {
		p.shown, p.framed = v.View, nil
		if v.View == nil {
			p.pages.Display(nil, nil)
			return
		}
		sizes := make([]geom.Size, len(v.Pages))
		for i, g := range v.Pages {
			sizes[i] = g.ShownSize()
		}
		p.pages.Display(v.View, sizes)
		p.mark()
		return
	}
	if v.View != nil && p.framed != any(v.Seen) {
		p.mark()
	}
}

// The colours of the frames.
var (
	changedTint = color.NRGBA{R: 0xd0, G: 0x1f, B: 0x1f, A: 0xff}
	allowedTint = color.NRGBA{R: 0x1f, G: 0x8a, B: 0x3f, A: 0xff}
)

// mark frames the signatures and the places that differ from what was signed.
func (p *verifyPage) mark() {
	v := p.now
	p.framed = v.Seen
	p.pages.ClearMarks()
	r := v.Row()
	if r == nil {
		return
	}
	for _, s := range r.Signatures {
		if s.Page > 0 && s.Page <= len(v.Pages) && !s.Rect.Empty() && (v.Signed == 0 || s.N <= v.Signed) {
			p.pages.Mark(s.Page-1, v.Pages[s.Page-1].RectToShown(s.Rect), signatureTint(s.Verdict))
		}
	}
	if v.Seen == nil {
		return
	}
	first := true
	for _, d := range v.Seen.Differences {
		if d.Page >= len(v.Pages) {
			continue
		}
		for i, place := range d.Places {
			tint := changedTint
			if d.Allowed[i] {
				tint = allowedTint
			}
			p.pages.Mark(d.Page, place, tint)
			if first && !d.Allowed[i] {
				p.pages.Reveal(d.Page, place)
				first = false
			}
		}
	}
}

// verifyTable is the table of several files.
type verifyTable struct {
	page   *verifyPage
	list   *fynewidget.List
	count  *fynewidget.Label
	notice *fyne.Container
	export *fynewidget.Button
	object fyne.CanvasObject
}

func newVerifyTable(p *verifyPage) *verifyTable {
	k := p.kit
	t := &verifyTable{page: p, count: caption(""), notice: container.NewVBox()}
	t.list = fynewidget.NewList(
		func() int { return len(p.now.Rows) },
		func() fyne.CanvasObject { return widget.NewRow() },
		func(i int, o fyne.CanvasObject) { t.fill(i, o.(*widget.Row)) },
	)
	t.list.HideSeparators = true
	t.list.OnSelected = func(i int) {
		t.list.Unselect(i)
		k.Flow.LookVerified(i)
	}
	t.export = name(k, "verify.csv", fynewidget.NewButtonWithIcon(k.say("verify.csv"), theme.DocumentSaveIcon(), func() {
		if k.PickSave != nil {
			k.PickSave("kiem-tra.csv", func(path string) {
				k.Flow.SaveVerifiedTable(path, func(err error) string { return k.Messages.Of(err).String() })
			})
		}
	}))
	head := container.NewBorder(nil, nil, nil, container.NewCenter(container.NewHBox(t.export, p.pickers("table"))),
		widget.NewHeading(k.say("nav.verify")))
	top := container.NewVBox(widget.NewColumn(-6, head, t.count), p.busy, t.notice)
	t.object = container.New(layout.NewCustomPaddedLayout(12, 8, 18, 18), container.NewBorder(top, nil, nil, nil, t.list))
	return t
}

func (t *verifyTable) update() {
	v, k := t.page.now, t.page.kit
	count := map[verify.Verdict]int{}
	for _, o := range v.Rows {
		if o.Report != nil {
			count[o.Report.Verdict]++
		}
	}
	t.count.SetText(k.say("verify.count", "all", strconv.Itoa(len(v.Rows)), "valid", strconv.Itoa(count[verify.Valid]),
		"invalid", strconv.Itoa(count[verify.Invalid]), "open", strconv.Itoa(count[verify.Indeterminate]), "none", strconv.Itoa(count[verify.None])))
	t.notice.Objects = nil
	for _, err := range []error{v.Problem, v.NoteErr} {
		if n := k.problem(err); err != nil && n != nil {
			t.notice.Add(n.Object())
		}
	}
	if v.Note != "" && v.NoteErr == nil {
		t.notice.Add(widget.Notice{Tone: widget.Success, Text: k.say(v.Note)}.Object())
	}
	setVisible(t.export, len(v.Rows) > 0 && !v.Running)
	t.notice.Refresh()
	t.list.Refresh()
}

func (t *verifyTable) fill(i int, r *widget.Row) {
	p := t.page
	if i >= len(p.now.Rows) {
		return
	}
	o, k := p.now.Rows[i], p.kit
	look := widget.RowButton{Text: k.say("verify.look"), Tapped: func() { k.Flow.LookVerified(i) }}
	if o.Err != nil {
		r.Fill(widget.Danger.Icon(), filepath.Base(o.File), k.Messages.Of(o.Err).Title, look)
		return
	}
	tone := verdictTone(o.Report.Verdict)
	detail := k.Messages.Verdict(o.Report.Verdict)
	switch {
	case o.Report.Verdict == verify.Invalid:
		detail = k.say("verify.row.why", "verdict", detail, "why", p.reason(o.Report))
	case len(o.Report.Signatures) > 0:
		detail = k.say("verify.row", "verdict", detail, "n", strconv.Itoa(len(o.Report.Signatures)))
	}
	r.Fill(tone.Icon(), filepath.Base(o.File), detail, look)
}

func verdictTone(v verify.Verdict) widget.Tone {
	switch v {
	case verify.Valid:
		return widget.Success
	case verify.Invalid:
		return widget.Danger
	case verify.Indeterminate, verify.None:
	}
	return widget.Warning
}

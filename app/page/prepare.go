package page

import (
	"context"
	"image"
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
	"trinhky/app/review"
	"trinhky/app/widget"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/stamp"
)

// PreparePage is the secretary's: empty fields for the people to come.
const PreparePage Place = "nav.prepare"

// preparePage chooses a document, puts the fields onto its pages, and saves.
type preparePage struct {
	kit    *Kit
	object *fyne.Container
	choose fyne.CanvasObject
	files  []flow.File
	list   *fynewidget.List
	count  *fynewidget.Label
	empty  fyne.CanvasObject

	pages  *widget.PageView
	thumbs *widget.Thumbs
	panel  *fyne.Container
	desk   fyne.CanvasObject
	title  *fynewidget.Label
	doc    *review.Document
	stamps map[string]*widget.Stamp
	drawn  flow.Preparing
}

func newPrepare(k *Kit) *preparePage {
	p := &preparePage{
		kit: k, object: container.NewStack(), count: caption(""), panel: container.NewStack(),
		pages: widget.NewPageView(k.Runner), thumbs: widget.NewThumbs(k.Runner), title: widget.NewStrong(""),
		stamps: map[string]*widget.Stamp{},
	}
	name(k, "prepare.pages", p.pages)
	p.pages.OnPage = p.thumbs.SetCurrent
	p.pages.OnZoom = func(float64, bool) { p.paint() }
	p.thumbs.OnPage = p.pages.GoTo
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
	pick := fynewidget.NewButtonWithIcon(k.say("issue.pick"), theme.FolderOpenIcon(), func() { k.PickPDF(k.Flow.ChoosePrepare) })
	p.empty = emptyState(k.icon(IconPrepare), k.say("prepare.empty"), k.say("prepare.empty.hint"))
	p.choose = listPage(k.say(string(PreparePage)), p.count, pick, container.NewStack(p.list, p.empty))
	p.desk = p.build()
	p.object.Objects = []fyne.CanvasObject{p.choose}
	return p
}

// build is the document with its panel.
func (p *preparePage) build() fyne.CanvasObject {
	k := p.kit
	back := fynewidget.NewButtonWithIcon(k.say("issue.back"), theme.NavigateBackIcon(), k.Flow.LeavePrepare)
	back.Importance = fynewidget.LowImportance
	name(k, "prepare.back", back)
	bar := container.NewBorder(nil, nil, back, nil, p.title)
	top := widget.NewSurface(widget.ColorSurface, 0, container.New(layout.NewCustomPaddedLayout(2, 2, 6, 6), bar))
	top.Stroke = widget.ColorBorder
	panel := widget.NewSurface(widget.ColorSurface, 0, p.panel)
	panel.Stroke = widget.ColorBorder
	middle := widget.NewSurface(widget.ColorDesk, 0, p.pages)
	return newFlush(top, nil, nil, container.New(&columns{pages: p.pages.Pages}, p.thumbs, middle, panel))
}

// Object is the page.
func (p *preparePage) Object() fyne.CanvasObject { return p.object }

// drop takes the first document.
func (p *preparePage) drop(paths []string) bool {
	if len(paths) == 0 || !strings.EqualFold(filepath.Ext(paths[0]), ".pdf") {
		return false
	}
	p.kit.Flow.ChoosePrepare(paths[0])
	return true
}

func (p *preparePage) fill(i int, r *widget.Row) {
	if i >= len(p.files) {
		return
	}
	f, k := p.files[i], p.kit
	detail := k.say("file.detail", "size", k.size(f.Size), "time", moment(time.Unix(f.Time, 0)))
	r.Fill(widget.Tint(k.icon(IconDocument), theme.ColorNamePrimary), f.Name, detail,
		widget.RowButton{Text: k.say("prepare.choose"), Primary: true, Tapped: func() { p.open(i) }})
	name(k, "prepare."+strconv.Itoa(i), r.Button(0))
}

func (p *preparePage) open(i int) {
	if i < len(p.files) {
		p.kit.Flow.ChoosePrepare(p.files[i].Path)
	}
}

func (p *preparePage) draw(l flow.Lists) {
	p.files = l.Waiting
	p.count.SetText(p.kit.say("issue.count", "n", strconv.Itoa(len(p.files))))
	setVisible(p.empty, len(p.files) == 0)
	setVisible(p.list, len(p.files) > 0)
	p.list.Refresh()
	now := l.Prepare
	if samePreparing(now, p.drawn) {
		return
	}
	p.drawn = now
	p.show(now.Doc)
	p.object.Objects = []fyne.CanvasObject{p.content(now)}
	p.object.Refresh()
	p.place(now)
}

// samePreparing says whether nothing changed that is drawn.
func samePreparing(a, b flow.Preparing) bool {
	return a.Path == b.Path && a.Opening == b.Opening && a.Saving == b.Saving && a.Doc == b.Doc && a.Lock == b.Lock &&
		a.Done == b.Done && errorText(a.Problem) == errorText(b.Problem) && slices.Equal(a.Slots, b.Slots)
}

func (p *preparePage) content(now flow.Preparing) fyne.CanvasObject {
	switch {
	case now.Path == "":
		return p.choose
	case now.Opening:
		return loading(p.kit.say("document.opening"))
	}
	p.title.SetText(filepath.Base(now.Path))
	p.drawPanel(now)
	return p.desk
}

// show opens a document in the view.
func (p *preparePage) show(doc *review.Document) {
	if doc == p.doc {
		return
	}
	p.doc, p.stamps = doc, map[string]*widget.Stamp{}
	if doc == nil {
		p.pages.Display(nil, nil)
		p.thumbs.Display(nil, nil)
		return
	}
	sizes := make([]geom.Size, len(doc.Pages))
	for i, g := range doc.Pages {
		sizes[i] = g.ShownSize()
	}
	p.pages.Display(doc.View, sizes)
	p.thumbs.Display(doc.View, sizes)
}

// place puts every field where it belongs; a new one comes into view.
func (p *preparePage) place(now flow.Preparing) {
	if now.Doc == nil {
		return
	}
	var all []*widget.Stamp
	var marked []int
	var fresh *flow.PreparedSlot
	kept := map[string]*widget.Stamp{}
	for i, s := range now.Slots {
		w := p.stamps[s.Name]
		if w == nil {
			w = widget.NewStamp(s.Page, s.Shown)
			w.OnDone = func(page int, r geom.Rect) { p.kit.Flow.MoveSlot(s.Name, page, r) }
			fresh = &now.Slots[i]
		}
		name(p.kit, "prepare.field."+s.Name, w)
		w.Locked, w.Unsure = now.Saving || now.Done != "", !s.Sure()
		w.Place(s.Page, s.Shown)
		kept[s.Name] = w
		all, marked = append(all, w), append(marked, s.Page)
	}
	p.stamps = kept
	p.pages.SetStamps(all)
	p.thumbs.SetMarked(marked...)
	if fresh != nil {
		p.pages.Reveal(fresh.Page, fresh.Shown)
	}
	p.paint()
}

// paint writes into every field on the screen whom it is for.
func (p *preparePage) paint() {
	k := p.kit
	if p.doc == nil || p.drawn.Font == nil || k.Preview == nil {
		return
	}
	for _, s := range p.drawn.Slots {
		target := p.stamps[s.Name]
		if target == nil {
			continue
		}
		look := p.look(s.Slot)
		w, h := target.Pixels()
		if w == 0 || h == 0 {
			continue
		}
		k.Runner.Go(func() func() {
			img, err := k.Preview(context.Background(), &look, w, h)
			return func() { p.painted(s.Name, target, img, err) }
		})
	}
}

func (p *preparePage) painted(field string, target *widget.Stamp, img image.Image, err error) {
	switch {
	case p.stamps[field] != target:
	case err != nil: // the frame still shows where the field is
		p.kit.Log.Warn("paint the field", "err", err)
	default:
		target.SetPicture(img)
	}
}

// look is the name of a field's role in its middle.
func (p *preparePage) look(s review.Slot) signer.Appearance {
	font, words := p.drawn.Font, p.role(s.Role)
	a := signer.Appearance{Size: s.Shown.Size()}
	size := min(12, a.Size.H*0.4)
	if w := font.Width(words, size); w > a.Size.W*0.92 {
		size *= a.Size.W * 0.92 / w
	}
	a.Items = append(a.Items, signer.Text{
		At:   geom.Point{X: (a.Size.W - font.Width(words, size)) / 2, Y: a.Size.H/2 + size*0.3},
		Size: size, Color: signer.Color{R: 0x1d, G: 0x4e, B: 0x9e}, Font: font, Text: words,
	})
	return a
}

func (p *preparePage) role(r stamp.Role) string { return p.kit.say("prepare.role." + r.String()) }

// drawPanel lists the fields and what can be done.
func (p *preparePage) drawPanel(now flow.Preparing) {
	k := p.kit
	body := widget.NewColumn(4, widget.NewSection(k.say("prepare.title")))
	if n := k.problem(now.Problem); n != nil {
		body.Add(n.Object())
	}
	if now.Done != "" {
		p.setPanel(body, p.done(body, now))
		return
	}
	if now.Doc == nil {
		p.setPanel(body, nil)
		return
	}
	body.Add(widget.NewCaption(k.say("prepare.text")))
	for _, s := range now.Slots {
		body.Add(p.slotLine(s))
	}
	add := container.New(layout.NewGridLayoutWithColumns(2))
	for _, r := range []stamp.Role{stamp.Leader, stamp.Seal, stamp.Initials, stamp.Number} {
		b := fynewidget.NewButton(k.say("prepare.add."+r.String()), func() { k.Flow.AddSlot(r, p.pages.Page()) })
		add.Add(name(k, "prepare.add."+r.String(), b))
	}
	body.Add(widget.NewCaption(k.say("prepare.add")))
	body.Add(add)
	lock := fynewidget.NewCheck(k.say("prepare.lock"), nil)
	lock.Checked = now.Lock
	lock.OnChanged = k.Flow.LockSlots
	body.Add(name(k, "prepare.lock", lock))
	save := fynewidget.NewButtonWithIcon(k.say("prepare.save"), theme.DocumentSaveIcon(), func() { k.Flow.SavePrepared(p.tooltip) })
	save.Importance = fynewidget.HighImportance
	if now.Saving || len(now.Slots) == 0 {
		save.Disable()
	}
	p.setPanel(body, tall(name(k, "prepare.save", save)))
}

// slotLine is one field: for whom, where, and how sure that is.
func (p *preparePage) slotLine(s flow.PreparedSlot) fyne.CanvasObject {
	k := p.kit
	tone, key := widget.Success, "prepare.sure"
	if !s.Sure() {
		tone, key = widget.Warning, "prepare.check"
	}
	if s.Moved {
		tone, key = widget.Info, "prepare.moved"
	}
	remove := fynewidget.NewButtonWithIcon("", theme.CancelIcon(), func() { k.Flow.DropSlot(s.Name) })
	remove.Importance = fynewidget.LowImportance
	name(k, "prepare.drop."+s.Name, remove)
	who := p.role(s.Role)
	if s.Person != "" {
		who += ": " + s.Person
	}
	text := k.say(key, "who", who, "page", strconv.Itoa(s.Page+1))
	return container.NewBorder(nil, nil, nil, container.NewVBox(remove), line(tone, text, nil))
}

// done says where the file is, and what comes next.
func (p *preparePage) done(body *fyne.Container, now flow.Preparing) fyne.CanvasObject {
	k := p.kit
	body.Add(widget.Notice{Tone: widget.Success, Title: k.say("prepare.done"), Text: filepath.Base(now.Done), Next: k.say("prepare.done.next")}.Object())
	folder := fynewidget.NewButtonWithIcon(k.say("prepare.folder"), theme.FolderOpenIcon(), func() { k.ShowFolder(now.Done) })
	other := fynewidget.NewButton(k.say("prepare.other"), k.Flow.LeavePrepare)
	other.Importance = fynewidget.HighImportance
	return widget.NewColumn(4, name(k, "prepare.folder", folder), tall(name(k, "prepare.other", other)))
}

// tooltip is what other readers show and speak of a field.
func (p *preparePage) tooltip(s review.Slot) string {
	words := p.kit.Messages.Say("field." + s.Role.String())
	if s.Person != "" {
		words += ": " + s.Person
	}
	return words + " (" + s.Role.String() + ")"
}

// setPanel shows content, which scrolls, above a footer, which does not.
func (p *preparePage) setPanel(content, footer fyne.CanvasObject) {
	var object fyne.CanvasObject = container.NewVScroll(container.New(layout.NewCustomPaddedLayout(8, 8, 10, 14), content))
	if footer != nil {
		foot := container.New(layout.NewCustomPaddedLayout(8, 12, 14, 14), footer)
		object = newFlush(nil, widget.NewColumn(0, fynewidget.NewSeparator(), foot), nil, object)
	}
	p.panel.Objects = []fyne.CanvasObject{object}
	p.panel.Refresh()
}

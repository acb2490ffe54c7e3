package page

import (
	"path/filepath"
	"slices"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/review"
	"trinhky/app/widget"
	"trinhky/pdfview/geom"
	"trinhky/signer/verify"
)

// batchReview shows a document of the pile, page by page, and knows which
// pages were on the screen.
type batchReview struct {
	kit    *Kit
	pages  *widget.PageView
	thumbs *widget.Thumbs
	title  *fynewidget.Label
	where  *fynewidget.Label
	panel  *fyne.Container
	stage  *fyne.Container
	object fyne.CanvasObject

	now     flow.Batch
	shown   *flow.BatchReview
	sight   flow.Sight
	stamp   *stamped
	remark  *fynewidget.Entry
	sending bool // the remark is being written
}

func newBatchReview(k *Kit) *batchReview {
	r := &batchReview{kit: k, pages: widget.NewPageView(k.Runner), thumbs: widget.NewThumbs(k.Runner)}
	name(k, "batch.review.pages", r.pages)
	r.title, r.where = widget.NewStrong(""), fynewidget.NewLabel("")
	r.where.Importance = fynewidget.LowImportance
	r.pages.OnLook = r.looked
	r.pages.OnPage = func(page int) { r.thumbs.SetCurrent(page) }
	r.stamp = &stamped{kit: k, pages: r.pages, thumbs: r.thumbs, part: "batch.stamp", moved: k.Flow.BatchMove}
	r.pages.OnZoom = func(float64, bool) { r.stamp.paint() }
	r.thumbs.OnPage = r.pages.GoTo
	r.panel, r.stage = container.NewStack(), container.NewStack(r.pages)
	back := fynewidget.NewButtonWithIcon(k.say("batch.back"), theme.NavigateBackIcon(), k.Flow.BatchClose)
	back.Importance = fynewidget.LowImportance
	name(k, "batch.back", back)
	bar := widget.NewSurface(widget.ColorSurface, 0,
		container.New(layout.NewCustomPaddedLayout(2, 2, 6, 6), container.NewBorder(nil, nil, back, r.where, r.title)))
	bar.Stroke = widget.ColorBorder
	panel := widget.NewSurface(widget.ColorSurface, 0, r.panel)
	panel.Stroke = widget.ColorBorder
	desk := widget.NewSurface(widget.ColorDesk, 0, r.stage)
	r.object = newFlush(bar, nil, nil, container.New(&columns{pages: r.pages.Pages, spare: true}, r.thumbs, desk, panel))
	return r
}

// update follows the pile.
func (r *batchReview) update(b flow.Batch) {
	r.now = b
	switch {
	case b.Review == nil && b.Opening < 0:
		r.close()
	case b.Review == nil:
		r.close()
		r.title.SetText(filepath.Base(b.Rows[b.Opening].Path))
		r.stage.Objects = []fyne.CanvasObject{loading(r.kit.say("document.opening"))}
		r.stage.Refresh()
	case b.Review != r.shown:
		r.open(b.Review)
	default:
		r.stamp.show(r.shown.Desk, false)
		r.draw()
	}
}

func (r *batchReview) close() {
	if r.shown == nil {
		return
	}
	r.stamp.forget()
	r.shown, r.sending = nil, false
	r.pages.Display(nil, nil)
	r.thumbs.Display(nil, nil)
}

func (r *batchReview) open(v *flow.BatchReview) {
	r.close()
	r.shown, r.sight = v, flow.Sight{}
	sizes := make([]geom.Size, len(v.Doc.Pages))
	for i, p := range v.Doc.Pages {
		sizes[i] = p.ShownSize()
	}
	r.title.SetText(v.Doc.Name())
	r.stage.Objects = []fyne.CanvasObject{r.pages}
	r.stage.Refresh()
	r.pages.Display(v.Doc.View, sizes)
	r.thumbs.Display(v.Doc.View, sizes)
	r.stamp.show(r.shown.Desk, false)
	r.draw()
	r.kit.Window.Canvas().Unfocus() // the keys turn pages
}

// looked adds what can be seen to what was on the screen, where it is large
// enough to be read.
func (r *batchReview) looked() {
	scale := float64(r.kit.Window.Canvas().Scale())
	if r.shown == nil || r.pages.Zoom()*scale < leastReadable {
		return
	}
	var whole []int
	for _, g := range r.pages.Glimpses() {
		if r.sight.Look(g.Page, g.Top, g.Bottom) {
			whole = append(whole, g.Page)
		}
	}
	if len(whole) > 0 {
		r.kit.Flow.BatchSaw(whole...)
	}
}

// leastReadable is the zoom, in pixels of the screen, below which a page on it is
// not read: where everything is drawn larger, a page of fewer units is as sharp.
const leastReadable = widget.TrueSize * 0.45

// draw is the panel: what the document is, what was seen of it, the decision.
func (r *batchReview) draw() {
	k, v := r.kit, r.shown
	row := r.now.Rows[v.Index]
	seen := len(row.Seen) - row.Unseen()
	r.where.SetText(k.say("batch.where", "n", strconv.Itoa(v.Index+1), "of", strconv.Itoa(len(r.now.Rows))))
	if r.sending {
		return // what is typed must stay
	}
	body := container.NewVBox(widget.NewSection(r.heading(row)))
	if row.Subject != "" {
		body.Add(widget.NewText(row.Subject))
	}
	if row.Err != nil {
		if n := k.problem(row.Err); n != nil {
			body.Add(n.Object())
		}
	}
	r.placeLine(body)
	tone, text := widget.Info, k.say("batch.seen", "n", strconv.Itoa(seen), "of", strconv.Itoa(len(row.Seen)))
	if row.Unseen() == 0 {
		tone, text = widget.Success, k.say("batch.seen.all", "n", strconv.Itoa(len(row.Seen)))
	}
	body.Add(line(tone, text, nil))
	for _, s := range v.Doc.Report.Signatures {
		t, text := k.signature(s)
		body.Add(line(t, text, nil))
	}
	for _, f := range v.Desk.Findings {
		if f.Severity == verify.Info || f.Code == review.PlaceUnsure {
			continue
		}
		m := k.Messages.Finding(f)
		body.Add(widget.Notice{Tone: severityTone(f.Severity), Title: m.Title, Text: m.Text, Next: m.Next}.Object())
	}
	r.put(body, r.buttons(row))
}

func (r *batchReview) heading(row *flow.BatchRow) string {
	if row.Number != "" {
		return row.Number
	}
	return filepath.Base(row.Path)
}

func (r *batchReview) placeLine(body *fyne.Container) {
	k, p := r.kit, r.shown.Desk.Place
	switch {
	case p.Appearance == nil:
	case !p.Sure():
		body.Add(widget.Notice{Tone: widget.Warning, Title: k.say("place.check"), Text: k.say("place.check.text")}.Object())
	default:
		where := fynewidget.NewButton(k.say("batch.tostamp"), func() { r.pages.Reveal(p.Page, p.Shown) })
		where.Importance = fynewidget.LowImportance
		body.Add(line(widget.Success, k.say("batch.stampon", "n", strconv.Itoa(p.Page+1)), where))
	}
}

func (r *batchReview) put(body, foot fyne.CanvasObject) {
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(8, 8, 10, 14), body))
	under := container.New(layout.NewCustomPaddedLayout(8, 12, 14, 14), foot)
	r.panel.Objects = []fyne.CanvasObject{newFlush(nil, widget.NewColumn(0, fynewidget.NewSeparator(), under), nil, scroll)}
	r.panel.Refresh()
}

// buttons are the decision: agree, skip, send back.
func (r *batchReview) buttons(row *flow.BatchRow) fyne.CanvasObject {
	k := r.kit
	agree := fynewidget.NewButtonWithIcon(k.say("batch.agree"), theme.ConfirmIcon(), k.Flow.BatchAgree)
	agree.Importance = fynewidget.HighImportance
	enable(name(k, "batch.agree", agree), r.now.CanAgree())
	skip := name(k, "batch.skip", fynewidget.NewButton(k.say("batch.skip"), k.Flow.BatchSkip))
	back := name(k, "batch.return", fynewidget.NewButton(k.say("batch.return"), r.askRemark))
	col := widget.NewColumn(6)
	key := "batch.keys"
	if row.State == flow.RowReady && row.Unseen() > 0 {
		key = "batch.keys.unseen"
	}
	if row.State == flow.RowAgreed {
		key = "batch.keys.agreed"
	}
	col.Add(widget.NewCaption(k.say(key)))
	col.Add(tall(agree))
	col.Add(container.New(layout.NewGridLayoutWithColumns(2), back, skip))
	return col
}

// askRemark asks what is to be changed before the document is sent back.
func (r *batchReview) askRemark() {
	k, v := r.kit, r.shown
	r.sending = true
	r.remark = name(k, "batch.remark", fynewidget.NewMultiLineEntry())
	r.remark.Wrapping = fyne.TextWrapWord
	r.remark.SetMinRowsVisible(4)
	r.remark.PlaceHolder = k.say("batch.remark.hint")
	send := fynewidget.NewButton(k.say("batch.return"), func() {
		r.sending = false
		if !k.Flow.BatchReturn(v.Index, r.remark.Text) {
			r.sending = true
		}
	})
	send.Importance = fynewidget.HighImportance
	send.Disable()
	r.remark.OnChanged = func(text string) { enable(send, text != "") }
	cancel := fynewidget.NewButton(k.say("pin.cancel"), func() {
		r.sending = false
		r.draw()
	})
	name(k, "batch.remark.send", send)
	body := container.NewVBox(widget.NewSection(k.say("batch.remark.title")), widget.NewText(k.say("batch.remark.text")), r.remark)
	r.put(body, container.New(layout.NewGridLayoutWithColumns(2), tall(cancel), tall(send)))
	k.Window.Canvas().Focus(r.remark)
}

// onward turns on; at the end it goes back to a page that was passed over before
// it was painted, as nothing can be agreed to until that was seen.
func (r *batchReview) onward() {
	if r.pages.ScrollBy(0.9) {
		return
	}
	if i := slices.Index(r.now.Rows[r.shown.Index].Seen, false); i >= 0 {
		r.pages.GoTo(i)
	}
}

// key turns pages and decides.
func (r *batchReview) key(e *fyne.KeyEvent) {
	if r.shown == nil || r.sending {
		return
	}
	switch e.Name {
	case fyne.KeySpace, fyne.KeyRight, fyne.KeyPageDown:
		r.onward()
	case fyne.KeyLeft, fyne.KeyPageUp:
		r.pages.ScrollBy(-0.9)
	case fyne.KeyDown:
		r.pages.ScrollBy(0.12)
	case fyne.KeyUp:
		r.pages.ScrollBy(-0.12)
	case fyne.KeyHome:
		r.pages.GoTo(0)
	case fyne.KeyEnd:
		r.pages.GoTo(r.pages.Pages() - 1)
	case fyne.KeyReturn, fyne.KeyEnter:
		r.kit.Flow.BatchAgree() // nothing happens while pages are unseen
	case fyne.KeyEscape:
		r.kit.Flow.BatchClose()
	}
}

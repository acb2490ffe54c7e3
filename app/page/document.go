package page

import (
	"image/color"
	"math"
	"path/filepath"
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
)

// documentPage shows a document: thumbnails, the page, and one panel with what
// is to be done.
type documentPage struct {
	kit     *Kit
	pages   *widget.PageView
	thumbs  *widget.Thumbs
	title   *fynewidget.Label
	where   *fynewidget.Label
	zoom    *fynewidget.Button
	panel   *fyne.Container
	stage   *fyne.Container // the page, or what stands in its place
	columns *fyne.Container
	tools   *fyne.Container
	object  fyne.CanvasObject
	doc     *review.Document
	stamp   *stamped
	pin     *pinSheet
	finder  *finder
	typed   siteDraft
}

func newDocument(k *Kit) *documentPage {
	d := &documentPage{kit: k, pages: widget.NewPageView(k.Runner), thumbs: widget.NewThumbs(k.Runner)}
	name(k, "document.pages", d.pages)
	name(k, "document.thumbs", d.thumbs)
	d.title, d.where = widget.NewStrong(""), fynewidget.NewLabel("")
	d.where.Importance = fynewidget.LowImportance
	d.stamp = &stamped{kit: k, pages: d.pages, thumbs: d.thumbs, part: "document.stamp", moved: k.Flow.Move}
	d.pages.OnPage = func(page int) { d.thumbs.SetCurrent(page); d.tellPage() }
	d.pages.OnZoom = func(float64, bool) { d.tellZoom(); d.stamp.paint() }
	d.pages.OnLook = d.looked
	d.thumbs.OnPage = d.pages.GoTo
	d.panel = container.NewStack()
	d.stage = container.NewStack()
	desk := widget.NewSurface(widget.ColorDesk, 0, d.stage)
	panel := widget.NewSurface(widget.ColorSurface, 0, d.panel)
	panel.Stroke = widget.ColorBorder
	d.columns = container.New(&columns{pages: d.pages.Pages}, d.thumbs, desk, panel)
	d.finder = newFinder(d)
	d.object = newFlush(widget.NewColumn(0, d.toolbar(), d.finder.object), nil, nil, d.columns)
	return d
}

// Object is the page.
func (d *documentPage) Object() fyne.CanvasObject { return d.object }

// toolbar is one quiet line above the page.
func (d *documentPage) toolbar() fyne.CanvasObject {
	k := d.kit
	tool := func(as string, icon fyne.Resource, tapped func()) *fynewidget.Button {
		b := fynewidget.NewButtonWithIcon("", icon, tapped)
		b.Importance = fynewidget.LowImportance
		return name(k, as, b)
	}
	back := fynewidget.NewButtonWithIcon(k.say("document.back"), theme.NavigateBackIcon(), k.Flow.Leave)
	back.Importance = fynewidget.LowImportance
	name(k, "document.back", back)
	d.zoom = fynewidget.NewButton("100 %", func() { d.pages.SetZoom(widget.TrueSize) })
	d.zoom.Importance = fynewidget.LowImportance
	d.tools = container.NewHBox(
		d.where, tool("document.find", theme.SearchIcon(), d.finder.open), d.finder.hand,
		tool("document.zoomout", theme.ZoomOutIcon(), d.pages.ZoomOut), d.zoom,
		tool("document.zoomin", theme.ZoomInIcon(), d.pages.ZoomIn),
		tool("document.fit", widget.Tint(k.icon(IconFit), theme.ColorNameForeground), d.pages.FitWidth),
	)
	bar := container.NewBorder(nil, nil, back, d.tools, d.title)
	s := widget.NewSurface(widget.ColorSurface, 0, container.New(layout.NewCustomPaddedLayout(2, 2, 6, 6), bar))
	s.Stroke = widget.ColorBorder
	return s
}

// columns gives the page what the thumbnails and the panel leave; where there
// is little room, the thumbnail of a single page goes.
type columns struct {
	pages func() int
	bare  bool // only the middle
	spare bool // no thumbnails where the room is small: the page has to be read
}

const (
	panelWidth  float32 = 316
	panelNarrow float32 = 288
	thumbsWidth float32 = 116
	narrow      float32 = 900
)

func (c *columns) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(panelNarrow+260, 240) }

func (c *columns) Layout(o []fyne.CanvasObject, size fyne.Size) {
	thumbs, panel := thumbsWidth, panelWidth
	if c.bare {
		size.Width += panel // the panel lies outside
		thumbs = 0
	} else if size.Width < narrow {
		panel = panelNarrow
		if c.spare || c.pages() < 2 {
			thumbs = 0 // the room is better used for the page
		}
	}
	setVisible(o[0], thumbs > 0)
	setVisible(o[2], !c.bare)
	o[0].Move(fyne.NewPos(0, 0))
	o[0].Resize(fyne.NewSize(thumbs, size.Height))
	o[1].Move(fyne.NewPos(thumbs, 0))
	o[1].Resize(fyne.NewSize(size.Width-thumbs-panel, size.Height))
	o[2].Move(fyne.NewPos(size.Width-panel, 0))
	o[2].Resize(fyne.NewSize(panel, size.Height))
}

// draw shows a state that belongs to a document.
func (d *documentPage) draw(s flow.State) {
	switch s := s.(type) {
	case flow.Opening:
		d.title.SetText(filepath.Base(s.Path))
		d.close()
		d.put(loading(d.kit.say("document.opening")))
		d.bare(true)
	case flow.OpenFailed:
		d.close()
		d.failed(s)
	case flow.Locked:
		d.close()
		d.locked(s)
	case flow.Damaged:
		d.close()
		d.damaged(s)
	case flow.Placing:
		d.show(s.Doc)
		d.place(s.Desk, true)
		d.drawPlacing(s)
	case flow.Checking:
		d.place(s.Desk, false)
		d.drawProgress(s.Desk, nil)
	case flow.AskPIN:
		d.place(s.Desk, false)
		d.drawPIN(s)
	case flow.Signing:
		d.place(s.Desk, false)
		d.drawProgress(s.Desk, &s.Stage)
	case flow.Signed:
		d.show(s.Doc)
		d.place(flow.Desk{Doc: s.Doc}, false)
		d.drawDone(s)
	case flow.Idle, flow.Composing, flow.Queued:
	}
}

// clear forgets the document.
func (d *documentPage) clear() { d.close() }

func (d *documentPage) close() {
	if d.doc == nil {
		return
	}
	d.doc = nil
	d.stamp.forget()
	d.finder.forget()
	d.pages.Display(nil, nil)
	d.thumbs.Display(nil, nil)
	d.where.SetText("")
}

// show opens a document in the view and goes to where there is something to do.
func (d *documentPage) show(doc *review.Document) {
	if doc == d.doc {
		return
	}
	d.close()
	d.doc = doc
	sizes := make([]geom.Size, len(doc.Pages))
	for i, p := range doc.Pages {
		sizes[i] = p.ShownSize()
	}
	d.title.SetText(doc.Name())
	d.put(d.pages)
	d.pages.Display(doc.View, sizes)
	d.thumbs.Display(doc.View, sizes)
	d.bare(false)
	for _, s := range doc.Report.Signatures {
		if s.Page > 0 && s.Page <= len(doc.Pages) && !s.Rect.Empty() {
			d.pages.Mark(s.Page-1, doc.Pages[s.Page-1].RectToShown(s.Rect), signatureTint(s.Verdict))
		}
	}
	if n := len(doc.Report.Signatures); n > 0 {
		if s := doc.Report.Signatures[n-1]; s.Page > 0 && s.Page <= len(doc.Pages) {
			d.pages.Reveal(s.Page-1, doc.Pages[s.Page-1].RectToShown(s.Rect))
		}
	}
	d.tellPage()
	d.tellZoom()
}

func (d *documentPage) put(o fyne.CanvasObject) {
	d.stage.Objects = []fyne.CanvasObject{o}
	d.stage.Refresh()
}

// bare leaves only the middle, while there is no document beside which
// something could stand.
func (d *documentPage) bare(on bool) {
	d.columns.Layout.(*columns).bare = on
	d.columns.Layout.Layout(d.columns.Objects, d.columns.Size())
	setVisible(d.tools, !on)
}

// loading is what stands in the place of a page that is still read.
func loading(text string) fyne.CanvasObject {
	bar := fynewidget.NewProgressBarInfinite()
	label := fynewidget.NewLabelWithStyle(text, fyne.TextAlignCenter, fyne.TextStyle{})
	return container.NewCenter(container.NewVBox(label, container.New(&least{fyne.NewSize(240, 0)}, slim(bar))))
}

// place shows the stamp of a desk; free says that it can be moved.
func (d *documentPage) place(desk flow.Desk, free bool) {
	if d.stamp.show(desk, !free) {
		d.pages.Reveal(desk.Place.Page, desk.Place.Shown)
	}
}

func (d *documentPage) tellPage() {
	if n := d.pages.Pages(); n > 0 {
		d.where.SetText(d.kit.say("document.page", "n", strconv.Itoa(d.pages.Page()+1), "of", strconv.Itoa(n)))
	}
}

func (d *documentPage) tellZoom() {
	percent := int(math.Round(d.pages.Zoom() / widget.TrueSize * 100))
	d.zoom.SetText(strconv.Itoa(percent) + " %")
}

// key handles the keys that nothing else took.
func (d *documentPage) key(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyPageDown, fyne.KeySpace:
		d.pages.ScrollBy(0.9)
	case fyne.KeyPageUp:
		d.pages.ScrollBy(-0.9)
	case fyne.KeyDown:
		d.pages.ScrollBy(0.12)
	case fyne.KeyUp:
		d.pages.ScrollBy(-0.12)
	case fyne.KeyHome:
		d.pages.GoTo(0)
	case fyne.KeyEnd:
		d.pages.GoTo(d.pages.Pages() - 1)
	}
}

func signatureTint(v interface{ String() string }) color.Color {
	switch v.String() {
	case "valid":
		return theme.Color(theme.ColorNameSuccess)
	case "invalid":
		return theme.Color(theme.ColorNameError)
	}
	return theme.Color(theme.ColorNameWarning)
}

package widget

import (
	"context"
	"image"
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"trinhky/pdfview/geom"
)

// The limits of the zoom, in Fyne units per shown point, and the step of one
// turn of the wheel. 96/72 shows a page at its true size on an ordinary screen.
const (
	minZoom  = 0.15
	maxZoom  = 8.0
	zoomStep = 1.15
	TrueSize = 96.0 / 72
)

// PageView shows the pages of a document one below the other: tiles rendered
// at the pixels of the screen, as many as can be seen, dropped when they come
// too late.
type PageView struct {
	widget.BaseWidget

	// OnPage is told of the page in the middle of the view (from 0).
	OnPage func(page int)
	// OnZoom is told of the zoom, in Fyne units per point.
	OnZoom func(zoom float64, fit bool)

	runner  Runner
	painter Painter
	sizes   []geom.Size
	cancel  context.CancelFunc
	ctx     context.Context

	zoom    float64
	fit     bool // fit width
	sheet   sheet
	scroll  *pane
	plane   *plane
	papers  []*canvas.Rectangle
	shadows []*canvas.Rectangle
	shown   map[tile]*canvas.Image
	stale   map[tile]*canvas.Image // of the scale before: stretched until replaced
	queue   []tile
	busy    bool
	page    int
	extent  fyne.Size
	pixel   float32 // device pixels per Fyne unit
	stamp   *Stamp
	more    []*Stamp // beside it
	marks   []mark
	seek    func() // a jump that waits for the first layout
	resting bool   // Idle was told
	// OnSelect, when set, is told of a drag over the pages from one point of a
	// page to another, shown space; else a drag moves the pages.
	OnSelect func(page int, from, to geom.Point)
	selected *selection
	// OnIdle is told when every visible tile is there.
	OnIdle func()
	// OnLook is told whenever the view has come to rest with all of it painted:
	// Glimpses says what is seen.
	OnLook func()
}

// mark is a frame around a place of a page.
type mark struct {
	page int
	rect geom.Rect
	box  *canvas.Rectangle
	over bool // painted over, not framed
}

// NewPageView makes an empty view.
func NewPageView(r Runner) *PageView {
	v := &PageView{runner: r, fit: true, zoom: TrueSize}
	v.plane = &plane{view: v}
	v.plane.ExtendBaseWidget(v.plane)
	v.scroll = newPane(v.plane)
	v.scroll.wheel = v.wheel
	v.scroll.OnScrolled = func(fyne.Position) { v.look() }
	v.shown, v.stale = map[tile]*canvas.Image{}, map[tile]*canvas.Image{}
	v.ExtendBaseWidget(v)
	return v
}

// Display shows the pages of p, whose shown sizes are given; nil shows nothing.
// What was asked of the document before is cancelled and dropped.
func (v *PageView) Display(p Painter, sizes []geom.Size) {
	if v.cancel != nil {
		v.cancel()
	}
	v.ctx, v.cancel = context.WithCancel(context.Background())
	v.painter, v.sizes = p, sizes
	v.shown, v.stale = map[tile]*canvas.Image{}, map[tile]*canvas.Image{}
	v.queue, v.busy, v.page, v.stamp, v.more, v.marks, v.seek = nil, false, 0, nil, nil, nil, nil
	v.papers, v.shadows = nil, nil
	for range sizes {
		paper := canvas.NewRectangle(color.White)
		shadow := canvas.NewRectangle(color.NRGBA{A: 28})
		v.papers, v.shadows = append(v.papers, paper), append(v.shadows, shadow)
	}
	v.scroll.Offset = fyne.Position{}
	v.relayout()
}

// Zoom is the zoom in Fyne units per shown point.
func (v *PageView) Zoom() float64 { return v.zoom }

// SetZoom sets the zoom and keeps the middle of the view where it is.
func (v *PageView) SetZoom(zoom float64) {
	v.fit = false
	v.zoomAt(zoom, fyne.NewPos(v.scroll.Size().Width/2, v.scroll.Size().Height/2))
}

// ZoomIn and ZoomOut change the zoom by one step.
func (v *PageView) ZoomIn() { v.SetZoom(v.zoom * zoomStep) }

// ZoomOut makes the page smaller by one step.
func (v *PageView) ZoomOut() { v.SetZoom(v.zoom / zoomStep) }

// FitWidth makes the widest page as wide as the view, and keeps it so.
func (v *PageView) FitWidth() {
	v.fit = true
	v.zoomAt(v.fitZoom(), fyne.NewPos(v.scroll.Size().Width/2, 0))
}

// Page is the page in the middle of the view, from 0.
func (v *PageView) Page() int { return v.page }

// Pages is the number of pages.
func (v *PageView) Pages() int { return len(v.sizes) }

// GoTo shows the top of a page.
func (v *PageView) GoTo(page int) {
	v.whenLaidOut(func() {
		if page < 0 || page >= len(v.sheet.pages) {
			return
		}
		top := float32(v.sheet.pages[page].Min.Y-v.sheet.gap) / v.pixel
		v.scrollTo(fyne.NewPos(v.scroll.Offset.X, top))
	})
}

// Reveal brings r of a page (shown space) into the middle of the view.
func (v *PageView) Reveal(page int, r geom.Rect) {
	v.whenLaidOut(func() {
		if page < 0 || page >= len(v.sheet.pages) {
			return
		}
		x, y, w, h := v.sheet.toSheet(page, r)
		size := v.scroll.Size()
		mid := fyne.NewPos(float32(x+w/2)/v.pixel, float32(y+h/2)/v.pixel)
		v.scrollTo(fyne.NewPos(mid.X-size.Width/2, mid.Y-size.Height/2))
	})
}

// ScrollBy moves the view by a part of its height; false: it was at the end.
func (v *PageView) ScrollBy(part float32) bool {
	from := v.scroll.Offset
	v.scrollTo(from.AddXY(0, part*v.scroll.Size().Height))
	return v.scroll.Offset != from
}

// SetStamp puts the stamp that is dragged onto the pages; nil removes it.
func (v *PageView) SetStamp(s *Stamp) {
	v.stamp = s
	if s != nil {
		s.view = v
	}
	v.arrange()
}

// SetStamps puts several stamps onto the pages, in place of all there were.
func (v *PageView) SetStamps(all []*Stamp) {
	v.stamp, v.more = nil, all
	for _, s := range all {
		s.view = v
	}
	v.arrange()
}

// stamps are all stamps that stand on a page.
func (v *PageView) stamps() []*Stamp {
	var out []*Stamp
	for _, s := range append([]*Stamp{v.stamp}, v.more...) {
		if s != nil && s.Page < len(v.sheet.pages) {
			out = append(out, s)
		}
	}
	return out
}

// Mark frames places of a page, e.g. what was signed before.
func (v *PageView) Mark(page int, r geom.Rect, c color.Color) {
	box := canvas.NewRectangle(color.Transparent)
	box.StrokeColor, box.StrokeWidth, box.CornerRadius = c, 1.5, 3
	v.marks = append(v.marks, mark{page: page, rect: r, box: box})
	v.arrange()
}

// ClearMarks removes the frames.
func (v *PageView) ClearMarks() {
	v.marks = nil
	v.arrange()
}

// AtRest says whether every tile that can be seen is painted.
func (v *PageView) AtRest() bool { return v.resting && !v.busy && len(v.queue) == 0 }

func (v *PageView) whenLaidOut(f func()) {
	if len(v.sheet.pages) > 0 && v.extent.Width > 0 {
		f()
		return
	}
	v.seek = f
}

func (v *PageView) scrollTo(p fyne.Position) {
	size, all := v.scroll.Size(), v.plane.MinSize()
	p.X = max(0, min(p.X, all.Width-size.Width))
	p.Y = max(0, min(p.Y, all.Height-size.Height))
	v.scroll.Offset = p
	v.scroll.Refresh()
	v.look()
}

func (v *PageView) fitZoom() float64 {
	widest := 0.0
	for _, s := range v.sizes {
		widest = math.Max(widest, s.W)
	}
	room := float64(v.extent.Width) - 2*gapUnits - float64(theme.ScrollBarSize())
	if widest == 0 || room <= 0 {
		return TrueSize
	}
	return clampZoom(room / widest)
}

func clampZoom(z float64) float64 { return math.Max(minZoom, math.Min(maxZoom, z)) }

// zoomAt changes the zoom and keeps the point under at (in the view) still.
func (v *PageView) zoomAt(zoom float64, at fyne.Position) {
	old := v.zoom
	v.zoom = clampZoom(zoom)
	before := v.scroll.Offset.Add(at)
	k, sheet, pixel := float32(v.zoom/old), v.sheet, v.pixel
	v.relayout()
	v.scrollTo(fyne.NewPos(before.X*k-at.X, v.sheet.follow(sheet, before.Y*pixel)/v.pixel-at.Y))
}

// relayout lays the pages out anew and says so.
func (v *PageView) relayout() {
	v.pixel = v.canvasScale()
	if v.fit && len(v.sizes) > 0 {
		v.zoom = v.fitZoom()
	}
	scale := v.zoom * float64(v.pixel)
	if scale != v.sheet.scale {
		v.outdate()
	}
	// One pixel less than there is: rounding must not make the sheet wider than
	// its view.
	v.sheet = newSheet(v.sizes, scale, int(v.extent.Width*v.pixel)-1, int(gapUnits*v.pixel))
	if v.extent.Width > 0 && v.seek != nil {
		f := v.seek
		v.seek = nil
		defer f()
	}
	v.arrange()
	if v.OnZoom != nil {
		v.OnZoom(v.zoom, v.fit)
	}
}

// outdate keeps the tiles of the scale before, stretched, until new ones come.
func (v *PageView) outdate() {
	for t, img := range v.shown {
		if len(v.stale) >= 64 {
			break
		}
		img.ScaleMode = canvas.ImageScaleFastest
		v.stale[t] = img
	}
	v.shown, v.queue = map[tile]*canvas.Image{}, nil
}

func (v *PageView) canvasScale() float32 {
	if c := fyne.CurrentApp().Driver().CanvasForObject(v); c != nil {
		return c.Scale()
	}
	return 1
}

// arrange puts every object where it belongs.
func (v *PageView) arrange() {
	objects := make([]fyne.CanvasObject, 0, 2*len(v.papers)+len(v.shown)+len(v.stale)+len(v.marks)+1)
	for n, p := range v.sheet.pages {
		v.put(v.shadows[n], p.Add(image.Pt(0, max(1, int(2*v.pixel)))))
		v.put(v.papers[n], p)
		objects = append(objects, v.shadows[n], v.papers[n])
	}
	for t, img := range v.stale {
		k := v.sheet.scale / t.scale
		o := v.sheet.pages[t.page].Min
		v.putFloat(img, float64(o.X)+float64(t.clip.Min.X)*k, float64(o.Y)+float64(t.clip.Min.Y)*k,
			float64(t.clip.Dx())*k, float64(t.clip.Dy())*k)
		objects = append(objects, img)
	}
	for t, img := range v.shown {
		v.put(img, t.clip.Add(v.sheet.pages[t.page].Min))
		objects = append(objects, img)
	}
	for _, m := range v.marks {
		if m.page < len(v.sheet.pages) {
			x, y, w, h := v.sheet.toSheet(m.page, m.rect)
			v.putFloat(m.box, x, y, w, h)
			objects = append(objects, m.box)
		}
	}
	for _, s := range v.stamps() {
		x, y, w, h := v.sheet.toSheet(s.Page, s.Rect)
		g := float64(grip * v.pixel)
		v.putFloat(s, x-g, y-g, w+2*g, h+2*g)
		objects = append(objects, s.guides...)
		objects = append(objects, s)
	}
	v.plane.objects = objects
	v.scroll.Refresh()
	v.repaint()
	v.look()
}

// repaint asks for a new frame without throwing any texture away.
func (v *PageView) repaint() {
	if c, ok := fyne.CurrentApp().Driver().CanvasForObject(v).(interface{ SetDirty() }); ok {
		c.SetDirty()
	}
}

func (v *PageView) put(o fyne.CanvasObject, r image.Rectangle) {
	v.putFloat(o, float64(r.Min.X), float64(r.Min.Y), float64(r.Dx()), float64(r.Dy()))
}

// putFloat places o at pixels of the sheet.
func (v *PageView) putFloat(o fyne.CanvasObject, x, y, w, h float64) {
	k := float64(v.pixel)
	o.Move(fyne.NewPos(float32(x/k), float32(y/k)))
	o.Resize(fyne.NewSize(float32(w/k), float32(h/k)))
}

// Resize follows the window; a fitted page stays fitted.
func (v *PageView) Resize(s fyne.Size) {
	v.BaseWidget.Resize(s)
	if s == v.extent && v.pixel == v.canvasScale() {
		return
	}
	old := v.zoom
	v.extent = s
	v.scroll.Resize(s)
	off, sheet, pixel := v.scroll.Offset, v.sheet, v.pixel
	v.relayout()
	if k := float32(v.zoom / old); k != 1 && v.seek == nil {
		v.scrollTo(fyne.NewPos(off.X*k, v.sheet.follow(sheet, off.Y*pixel)/v.pixel))
	}
}

// MinSize is small: the page takes what room there is.
func (v *PageView) MinSize() fyne.Size { return fyne.NewSize(160, 120) }

// CreateRenderer makes the background and the scroller.
func (v *PageView) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(v.scroll)
}

// wheel is the wheel over a page: with Ctrl it zooms at the pointer.
func (v *PageView) wheel(e *fyne.ScrollEvent) (taken bool) {
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok &&
		d.CurrentKeyModifiers()&fyne.KeyModifierControl != 0 {
		k := zoomStep
		if e.Scrolled.DY < 0 {
			k = 1 / zoomStep
		}
		v.fit = false
		v.zoomAt(v.zoom*k, e.Position)
		return true
	}
	return false
}

package widget

import (
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// plane is what the page view scrolls: papers, tiles and the stamp, each where
// the view put it. Dragging it moves the pages, as a hand does.
type plane struct {
	widget.BaseWidget
	view     *PageView
	objects  []fyne.CanvasObject
	grabbing bool
}

// insert adds a tile below the marks and the stamp.
func (p *plane) insert(o fyne.CanvasObject) {
	v := p.view
	above := len(v.marks)
	for _, s := range v.stamps() {
		above += 1 + len(s.guides)
	}
	at := max(0, len(p.objects)-above)
	p.objects = append(p.objects, nil)
	copy(p.objects[at+1:], p.objects[at:])
	p.objects[at] = o
	p.view.repaint()
}

func (p *plane) MinSize() fyne.Size {
	k := p.view.pixel
	if k == 0 {
		return fyne.Size{}
	}
	s := p.view.sheet.size
	return fyne.NewSize(float32(s.X)/k, float32(s.Y)/k)
}

func (p *plane) CreateRenderer() fyne.WidgetRenderer { return &planeRenderer{p} }

// pane is the scroller around the plane: with Ctrl the wheel zooms. The plane
// itself must not take the wheel: what does counts as a clip of its own size.
type pane struct {
	container.Scroll
	wheel func(e *fyne.ScrollEvent) (taken bool)
}

func newPane(content fyne.CanvasObject) *pane {
	p := &pane{}
	p.Direction, p.Content = container.ScrollBoth, content
	p.ExtendBaseWidget(p)
	return p
}

// Scrolled is the wheel over the pages.
func (p *pane) Scrolled(e *fyne.ScrollEvent) {
	if p.wheel == nil || !p.wheel(e) {
		p.Scroll.Scrolled(e)
	}
}

// Tapped takes the focus away from the stamp, so that keys move the page.
func (p *plane) Tapped(*fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(p); c != nil {
		c.Unfocus()
	}
}

// Dragged moves the pages.
func (p *plane) Dragged(e *fyne.DragEvent) {
	if p.view.selects(e) {
		return
	}
	p.grabbing = true
	p.view.scrollTo(p.view.scroll.Offset.SubtractXY(e.Dragged.DX, e.Dragged.DY))
}

// DragEnd lets go.
func (p *plane) DragEnd() { p.grabbing, p.view.selected = false, nil }

// Cursor is the arrow, or that of text where a drag selects it.
func (p *plane) Cursor() desktop.Cursor {
	if p.view.OnSelect != nil {
		return desktop.TextCursor
	}
	return desktop.DefaultCursor
}

type planeRenderer struct{ p *plane }

func (r *planeRenderer) Layout(fyne.Size)             {}
func (r *planeRenderer) MinSize() fyne.Size           { return r.p.MinSize() }
func (r *planeRenderer) Refresh()                     {}
func (r *planeRenderer) Objects() []fyne.CanvasObject { return r.p.objects }
func (r *planeRenderer) Destroy()                     {}

func sortStable(t []tile, less func(a, b tile) bool) {
	sort.SliceStable(t, func(i, j int) bool { return less(t[i], t[j]) })
}

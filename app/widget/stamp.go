package widget

import (
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

// grip is the room around the stamp for its corners, in Fyne units.
const grip float32 = 7

// snapPoints is how near the middle of a stamp must come to a guide.
const snapPoints = 2 * geom.PointsPerMM

// leastSide is the shortest side a stamp may be made, in points.
const leastSide = 5 * geom.PointsPerMM

// Stamp is the stamp that stands on a page and is dragged, resized with its
// ratio, and moved by the arrow keys. Rect is in shown space of Page.
type Stamp struct {
	widget.BaseWidget

	Page int
	Rect geom.Rect
	// Snap is a point of Page that the middle is drawn to; nil: none.
	Snap *geom.Point
	// Fixed forbids resizing (a seal keeps its true size).
	Fixed bool
	// Unsure outlines the stamp: its place has to be looked at.
	Unsure bool
	// Locked forbids moving: the place is given, or the token works.
	Locked bool
	// OnDone is told of the new place when the person let go of it.
	OnDone func(page int, r geom.Rect)

	view    *PageView
	picture *canvas.Image
	frame   *canvas.Rectangle
	grips   [4]*canvas.Rectangle
	guides  []fyne.CanvasObject
	focused bool
	hovered bool
	corner  int // the corner that is dragged, or -1
	drag    bool
	free    geom.Point // the middle without snapping, while dragged
}

// NewStamp makes a stamp; Rect must have the shape of what is shown in it.
func NewStamp(page int, r geom.Rect) *Stamp {
	s := &Stamp{Page: page, Rect: r, corner: -1}
	s.picture = &canvas.Image{FillMode: canvas.ImageFillStretch, ScaleMode: canvas.ImageScaleFastest}
	s.frame = canvas.NewRectangle(color.Transparent)
	s.frame.CornerRadius = 3
	for i := range s.grips {
		s.grips[i] = canvas.NewRectangle(color.White)
		s.grips[i].CornerRadius = 2
		s.grips[i].StrokeWidth = 1.5
	}
	vertical, horizontal := canvas.NewRectangle(nil), canvas.NewRectangle(nil)
	vertical.Hide()
	horizontal.Hide()
	s.guides = []fyne.CanvasObject{vertical, horizontal}
	s.ExtendBaseWidget(s)
	return s
}

// SetPicture shows the appearance, rendered at the pixels of the screen.
func (s *Stamp) SetPicture(img image.Image) {
	s.picture.Image = img
	canvas.Refresh(s.picture)
	s.Refresh()
}

// Painted says whether the appearance is shown.
func (s *Stamp) Painted() bool { return s.picture.Image != nil }

// Pixels is the size of the stamp on the screen, in device pixels.
func (s *Stamp) Pixels() (w, h int) {
	if s.view == nil {
		return 0, 0
	}
	k := s.view.sheet.scale
	return int(math.Round(s.Rect.W() * k)), int(math.Round(s.Rect.H() * k))
}

// Place puts the stamp at r of a page; nobody is told. While it is dragged,
// the hand decides.
func (s *Stamp) Place(page int, r geom.Rect) {
	if !s.drag {
		s.moveTo(page, r)
	}
}

// moveTo is Place, kept on the page.
func (s *Stamp) moveTo(page int, r geom.Rect) {
	s.Page, s.Rect = page, s.keepOnPage(page, r)
	if s.view != nil {
		s.view.arrange()
		s.Refresh()
	}
}

// step moves the stamp by keys and tells.
func (s *Stamp) step(dx, dy float64) {
	if s.Locked {
		return
	}
	s.moveTo(s.Page, s.Rect.Move(dx, dy))
	s.done()
}

func (s *Stamp) done() {
	if s.OnDone != nil {
		s.OnDone(s.Page, s.Rect)
	}
}

func (s *Stamp) keepOnPage(page int, r geom.Rect) geom.Rect {
	if s.view == nil || page >= len(s.view.sizes) {
		return r
	}
	p := s.view.sizes[page]
	dx := math.Max(-r.X0, 0) + math.Min(p.W-r.X1, 0)
	dy := math.Max(-r.Y0, 0) + math.Min(p.H-r.Y1, 0)
	return r.Move(dx, dy)
}

// TypedKey moves the stamp by 1 mm; with Shift by 5 mm.
func (s *Stamp) TypedKey(e *fyne.KeyEvent) {
	step := geom.MM(1)
	if d, ok := fyne.CurrentApp().Driver().(desktop.Driver); ok &&
		d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0 {
		step = geom.MM(5)
	}
	switch e.Name {
	case fyne.KeyLeft:
		s.step(-step, 0)
	case fyne.KeyRight:
		s.step(step, 0)
	case fyne.KeyUp:
		s.step(0, -step)
	case fyne.KeyDown:
		s.step(0, step)
	case fyne.KeyPageUp:
		s.view.ScrollBy(-0.9)
	case fyne.KeyPageDown:
		s.view.ScrollBy(0.9)
	case fyne.KeyEscape:
		if c := fyne.CurrentApp().Driver().CanvasForObject(s); c != nil {
			c.Unfocus()
		}
	}
}

// TypedRune does nothing: letters mean nothing to a stamp.
func (s *Stamp) TypedRune(rune) {}

// FocusGained shows the corners.
func (s *Stamp) FocusGained() { s.focused = true; s.Refresh() }

// FocusLost hides them.
func (s *Stamp) FocusLost() { s.focused = false; s.Refresh() }

// Tapped takes the focus, so that the arrow keys move the stamp.
func (s *Stamp) Tapped(*fyne.PointEvent) { s.focus() }

func (s *Stamp) focus() {
	if c := fyne.CurrentApp().Driver().CanvasForObject(s); c != nil {
		c.Focus(s)
	}
}

// MouseIn, MouseMoved and MouseOut show that it can be dragged.
func (s *Stamp) MouseIn(*desktop.MouseEvent) { s.hovered = true; s.Refresh() }

// MouseMoved remembers which corner is under the pointer.
func (s *Stamp) MouseMoved(e *desktop.MouseEvent) {
	if !s.drag {
		s.corner = s.cornerAt(e.Position)
	}
}

// MouseOut hides what MouseIn showed.
func (s *Stamp) MouseOut() { s.hovered = false; s.Refresh() }

// Cursor says what a drag would do.
func (s *Stamp) Cursor() desktop.Cursor {
	switch s.corner {
	case 0, 3:
		return desktop.NWSEResizeCursor
	case 1, 2:
		return desktop.NESWResizeCursor
	}
	return desktop.PointerCursor
}

// cornerAt is the corner under p, 0 to 3 as read, or -1.
func (s *Stamp) cornerAt(p fyne.Position) int {
	if s.Fixed || s.Locked {
		return -1
	}
	size := s.Size()
	for i := range 4 {
		x, y := float32(i%2)*size.Width, float32(i/2)*size.Height
		if abs32(p.X-x) < 2*grip+1 && abs32(p.Y-y) < 2*grip+1 {
			return i
		}
	}
	return -1
}

func abs32(f float32) float32 { return max(f, -f) }

// Dragged moves or resizes.
func (s *Stamp) Dragged(e *fyne.DragEvent) {
	if s.view == nil || s.Locked {
		return
	}
	if !s.drag {
		s.drag = true
		s.free = s.Rect.Center()
		start := e.Position.Subtract(e.Dragged)
		s.corner = s.cornerAt(start)
		s.focus()
	}
	dx, dy := float64(e.Dragged.DX)/s.view.zoom, float64(e.Dragged.DY)/s.view.zoom
	if s.corner >= 0 {
		s.moveTo(s.Page, s.resized(dx, dy))
		return
	}
	s.free.X, s.free.Y = s.free.X+dx, s.free.Y+dy
	page := s.changePage()
	s.moveTo(page, s.snapped(geom.CenterOn(s.free, s.Rect.Size())))
}

// changePage follows the pointer to the page before or after.
func (s *Stamp) changePage() int {
	v, page := s.view, s.Page
	y := v.sheet.pages[page].Min.Y + int(s.free.Y*v.sheet.scale)
	x := v.sheet.pages[page].Min.X + int(s.free.X*v.sheet.scale)
	to := v.sheet.pageAt(y)
	if to != page {
		o := v.sheet.pages[to].Min
		s.free = geom.Point{X: float64(x-o.X) / v.sheet.scale, Y: float64(y-o.Y) / v.sheet.scale}
	}
	return to
}

// snapped draws the middle to the guide where it is near.
func (s *Stamp) snapped(r geom.Rect) geom.Rect {
	vertical, horizontal := s.guides[0], s.guides[1]
	vertical.Hide()
	horizontal.Hide()
	if s.Snap == nil {
		return r
	}
	c := r.Center()
	if math.Abs(c.X-s.Snap.X) < snapPoints {
		r = r.Move(s.Snap.X-c.X, 0)
		s.showGuide(vertical, geom.Rect{X0: s.Snap.X, X1: s.Snap.X, Y0: r.Y0 - 60, Y1: r.Y1 + 60})
	}
	if math.Abs(c.Y-s.Snap.Y) < snapPoints {
		r = r.Move(0, s.Snap.Y-c.Y)
		s.showGuide(horizontal, geom.Rect{X0: r.X0 - 60, X1: r.X1 + 60, Y0: s.Snap.Y, Y1: s.Snap.Y})
	}
	return r
}

func (s *Stamp) showGuide(o fyne.CanvasObject, r geom.Rect) {
	line := o.(*canvas.Rectangle)
	line.FillColor = theme.Color(theme.ColorNamePrimary)
	x, y, w, h := s.view.sheet.toSheet(s.Page, r)
	s.view.putFloat(line, x, y, math.Max(w, 1), math.Max(h, 1))
	line.Show()
}

// resized pulls a corner and keeps the opposite one and the ratio.
func (s *Stamp) resized(dx, dy float64) geom.Rect {
	r := s.Rect
	if s.corner%2 == 0 {
		dx = -dx
	}
	if s.corner/2 == 0 {
		dy = -dy
	}
	k := math.Max((r.W()+dx)/r.W(), (r.H()+dy)/r.H())
	k = math.Max(k, leastSide/math.Min(r.W(), r.H()))
	w, h := r.W()*k, r.H()*k
	if s.corner%2 == 0 {
		r.X0 = r.X1 - w
	} else {
		r.X1 = r.X0 + w
	}
	if s.corner/2 == 0 {
		r.Y0 = r.Y1 - h
	} else {
		r.Y1 = r.Y0 + h
	}
	return r
}

// DragEnd lets go.
func (s *Stamp) DragEnd() {
	if !s.drag {
		return
	}
	s.drag, s.corner = false, -1
	for _, g := range s.guides {
		g.Hide()
	}
	s.Refresh()
	s.done()
}

// CreateRenderer makes the parts.
func (s *Stamp) CreateRenderer() fyne.WidgetRenderer {
	objects := []fyne.CanvasObject{s.picture, s.frame}
	for _, g := range s.grips {
		objects = append(objects, g)
	}
	r := &stampRenderer{s, objects}
	r.paint()
	return r
}

type stampRenderer struct {
	s       *Stamp
	objects []fyne.CanvasObject
}

func (r *stampRenderer) Layout(size fyne.Size) {
	inner := size.SubtractWidthHeight(2*grip, 2*grip)
	at := fyne.NewPos(grip, grip)
	r.s.picture.Move(at)
	r.s.picture.Resize(inner)
	r.s.frame.Move(at.SubtractXY(1, 1))
	r.s.frame.Resize(inner.AddWidthHeight(2, 2))
	const side = 9
	for i, g := range r.s.grips {
		g.Resize(fyne.NewSquareSize(side))
		x := grip + float32(i%2)*inner.Width - side/2.0
		y := grip + float32(i/2)*inner.Height - side/2.0
		g.Move(fyne.NewPos(x, y))
	}
}

func (r *stampRenderer) paint() {
	s := r.s
	tint := theme.Color(theme.ColorNamePrimary)
	if s.Unsure {
		tint = theme.Color(theme.ColorNameWarning)
	}
	s.frame.StrokeColor, s.frame.StrokeWidth = tint, 1.5
	s.frame.FillColor = color.Transparent
	switch {
	case s.focused, s.drag:
		s.frame.StrokeWidth = 2
	case !s.hovered && !s.Unsure:
		s.frame.StrokeColor = fade(tint, 0x70)
	}
	if s.Unsure {
		s.frame.FillColor = fade(tint, 0x18)
	}
	for _, g := range s.grips {
		g.StrokeColor = tint
		g.Hidden = s.Fixed || s.Locked || !s.focused && !s.hovered
	}
}

// fade is c with another alpha.
func fade(c color.Color, alpha uint8) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = alpha
	return n
}

func (r *stampRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(2 * grip) }

func (r *stampRenderer) Refresh() {
	r.paint()
	r.Layout(r.s.Size())
	if r.s.view != nil {
		r.s.view.repaint()
	}
}
func (r *stampRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *stampRenderer) Destroy()                     {}

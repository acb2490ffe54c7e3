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
)

// Spot is a place in a picture: (0, 0) is its top left corner, (1, 1) the
// opposite one.
type Spot struct{ X, Y float64 }

// Corners shows a picture with the corners of a sheet, and two marks of a
// ruler where something is measured. They are dragged, or chosen with the
// space bar and moved by the arrow keys.
type Corners struct {
	widget.BaseWidget

	// OnDone is told when the person let go of a corner, OnRuler of a mark.
	OnDone  func(corners [4]Spot)
	OnRuler func(a, b Spot)

	picture *canvas.Image
	lines   [5]*canvas.Line // the sides, the ruler
	knobs   [6]*canvas.Circle
	spots   [6]Spot // four corners, two marks
	ruler   bool
	shown   bool
	held    int // the knob that is dragged, or -1
	chosen  int // the knob that the keys move
	focused bool
}

// knobSize is the size of a corner on the screen; a finger finds twice that.
const knobSize float32 = 15

// NewCorners makes an empty view.
func NewCorners() *Corners {
	c := &Corners{held: -1, picture: &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleSmooth}}
	for i := range c.lines {
		c.lines[i] = canvas.NewLine(theme.Color(theme.ColorNamePrimary))
		c.lines[i].StrokeWidth = 2
	}
	for i := range c.knobs {
		c.knobs[i] = canvas.NewCircle(color.NRGBA{255, 255, 255, 200})
		c.knobs[i].StrokeWidth = 2
	}
	c.ExtendBaseWidget(c)
	return c
}

// SetPhoto puts a picture and its corners there; nil takes them away.
func (c *Corners) SetPhoto(img image.Image, corners [4]Spot) {
	if c.picture.Image != img {
		c.picture.Image = img
		c.picture.Refresh()
	}
	c.shown = img != nil
	if c.held < 0 {
		copy(c.spots[:4], corners[:])
	}
	c.Refresh()
}

// SetRuler shows the marks of a ruler, or takes them away.
func (c *Corners) SetRuler(on bool, a, b Spot) {
	c.ruler = on
	if c.held < 0 {
		c.spots[4], c.spots[5] = a, b
	}
	c.Refresh()
}

// Ruler are the marks of the ruler.
func (c *Corners) Ruler() (a, b Spot) { return c.spots[4], c.spots[5] }

// area is where the picture is painted.
func (c *Corners) area() (origin fyne.Position, size fyne.Size) {
	whole := c.Size()
	if c.picture.Image == nil {
		return fyne.Position{}, whole
	}
	b := c.picture.Image.Bounds()
	k := min(whole.Width/float32(max(b.Dx(), 1)), whole.Height/float32(max(b.Dy(), 1)))
	size = fyne.NewSize(float32(b.Dx())*k, float32(b.Dy())*k)
	return fyne.NewPos((whole.Width-size.Width)/2, (whole.Height-size.Height)/2), size
}

func (c *Corners) position(s Spot) fyne.Position {
	at, size := c.area()
	return fyne.NewPos(at.X+float32(s.X)*size.Width, at.Y+float32(s.Y)*size.Height)
}

func (c *Corners) spot(p fyne.Position) Spot {
	at, size := c.area()
	unit := func(v float32) float64 { return min(max(float64(v), 0), 1) }
	return Spot{unit((p.X - at.X) / max(size.Width, 1)), unit((p.Y - at.Y) / max(size.Height, 1))}
}

func (c *Corners) knobsShown() int {
	switch {
	case !c.shown:
		return 0
	case c.ruler:
		return 6
	}
	return 4
}

// Dragged moves the nearest knob.
func (c *Corners) Dragged(e *fyne.DragEvent) {
	if c.held < 0 {
		start := e.Position.SubtractXY(e.Dragged.DX, e.Dragged.DY)
		best := float32(2 * knobSize)
		for i := range c.knobsShown() {
			p := c.position(c.spots[i])
			if d := float32(math.Hypot(float64(p.X-start.X), float64(p.Y-start.Y))); d < best {
				best, c.held = d, i
			}
		}
	}
	if c.held >= 0 {
		c.chosen = c.held
		c.spots[c.held] = c.spot(e.Position)
		c.Refresh()
	}
}

// DragEnd tells.
func (c *Corners) DragEnd() {
	held := c.held
	c.held = -1
	c.done(held)
}

func (c *Corners) done(knob int) {
	switch {
	case knob >= 4 && c.OnRuler != nil:
		c.OnRuler(c.spots[4], c.spots[5])
	case knob >= 0 && knob < 4 && c.OnDone != nil:
		c.OnDone([4]Spot(c.spots[:4]))
	}
}

// TypedKey moves the chosen knob by two thousandths of the picture.
func (c *Corners) TypedKey(e *fyne.KeyEvent) {
	n := c.knobsShown()
	if n == 0 {
		return
	}
	const step = 0.002
	s := &c.spots[c.chosen]
	switch e.Name {
	case fyne.KeySpace:
		c.chosen = (c.chosen + 1) % n
		c.Refresh()
		return
	case fyne.KeyLeft:
		s.X -= step
	case fyne.KeyRight:
		s.X += step
	case fyne.KeyUp:
		s.Y -= step
	case fyne.KeyDown:
		s.Y += step
	default:
		return
	}
	s.X, s.Y = min(max(s.X, 0), 1), min(max(s.Y, 0), 1)
	c.Refresh()
	c.done(c.chosen)
}

// TypedRune implements fyne.Focusable.
func (c *Corners) TypedRune(rune) {}

// FocusGained and FocusLost implement fyne.Focusable.
func (c *Corners) FocusGained() { c.focused = true; c.Refresh() }

// FocusLost implements fyne.Focusable.
func (c *Corners) FocusLost() { c.focused = false; c.Refresh() }

// Tapped takes the keyboard.
func (c *Corners) Tapped(*fyne.PointEvent) {
	if v := fyne.CurrentApp().Driver().CanvasForObject(c); v != nil {
		v.Focus(c)
	}
}

// Cursor implements desktop.Cursorable.
func (c *Corners) Cursor() desktop.Cursor { return desktop.CrosshairCursor }

// CreateRenderer implements fyne.Widget.
func (c *Corners) CreateRenderer() fyne.WidgetRenderer { return &cornersRenderer{c} }

type cornersRenderer struct{ c *Corners }

func (r *cornersRenderer) MinSize() fyne.Size { return fyne.NewSize(120, 90) }

func (r *cornersRenderer) Layout(size fyne.Size) {
	r.c.picture.Resize(size)
	r.place()
}

func (r *cornersRenderer) Refresh() {
	r.place()
	canvas.Refresh(r.c)
}

func (r *cornersRenderer) place() {
	c := r.c
	n := c.knobsShown()
	for i, k := range c.knobs {
		k.Hidden = i >= n
		k.StrokeColor = theme.Color(theme.ColorNamePrimary)
		if i >= 4 {
			k.StrokeColor = theme.Color(theme.ColorNameWarning)
		}
		k.FillColor = color.NRGBA{255, 255, 255, 170}
		if c.focused && i == c.chosen {
			k.FillColor = k.StrokeColor
		}
		p := c.position(c.spots[i])
		k.Position1 = p.SubtractXY(knobSize/2, knobSize/2)
		k.Position2 = p.AddXY(knobSize/2, knobSize/2)
	}
	for i, l := range c.lines {
		a, b := i, (i+1)%4
		l.StrokeColor = theme.Color(theme.ColorNamePrimary)
		if i == 4 {
			a, b = 4, 5
			l.StrokeColor = theme.Color(theme.ColorNameWarning)
		}
		l.Hidden = b >= n || a >= n
		l.Position1, l.Position2 = c.position(c.spots[a]), c.position(c.spots[b])
	}
}

func (r *cornersRenderer) Objects() []fyne.CanvasObject {
	out := []fyne.CanvasObject{r.c.picture}
	for _, l := range r.c.lines {
		out = append(out, l)
	}
	for _, k := range r.c.knobs {
		out = append(out, k)
	}
	return out
}

func (r *cornersRenderer) Destroy() {}

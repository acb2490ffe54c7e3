package geom

// Page is the geometry of one page. The zero value of UserUnit means 1.
type Page struct {
	MediaBox Rect    // user space
	CropBox  Rect    // user space; empty means the media box
	Rotate   int     // degrees clockwise, any multiple of 90
	UserUnit float64 // points in one unit of user space (/UserUnit)
}

// A4 is the size of an A4 page in points.
var A4 = Size{MM(210), MM(297)}

// Visible is the part of user space that is shown: the crop box clipped to the
// media box (ISO 32000-1, 14.11.2).
func (p Page) Visible() Rect {
	if p.CropBox.Empty() {
		return p.MediaBox
	}
	if c := p.CropBox.Intersect(p.MediaBox); !c.Empty() {
		return c
	}
	return p.MediaBox
}

// Turn is Rotate as 0, 90, 180 or 270.
func (p Page) Turn() int { return ((p.Rotate%360 + 360) % 360) / 90 * 90 }

// Unit is UserUnit, never zero.
func (p Page) Unit() float64 {
	if p.UserUnit > 0 {
		return p.UserUnit
	}
	return 1
}

// ShownSize is the size of the page as it is seen, in points.
func (p Page) ShownSize() Size {
	s := p.Visible().Size().Scale(p.Unit())
	if p.Turn()%180 == 90 {
		return Size{s.H, s.W}
	}
	return s
}

// ToShown takes a point of user space to shown space.
func (p Page) ToShown(u Point) Point {
	v, k := p.Visible(), p.Unit()
	x, y := (u.X-v.X0)*k, (u.Y-v.Y0)*k
	w, h := v.W()*k, v.H()*k
	switch p.Turn() {
	case 90:
		return Point{y, x}
	case 180:
		return Point{w - x, y}
	case 270:
		return Point{h - y, w - x}
	default:
		return Point{x, h - y}
	}
}

// ToUser takes a point of shown space to user space.
func (p Page) ToUser(s Point) Point {
	v, k := p.Visible(), p.Unit()
	w, h := v.W()*k, v.H()*k
	var x, y float64
	switch p.Turn() {
	case 90:
		x, y = s.Y, s.X
	case 180:
		x, y = w-s.X, s.Y
	case 270:
		x, y = w-s.Y, h-s.X
	default:
		x, y = s.X, h-s.Y
	}
	return Point{v.X0 + x/k, v.Y0 + y/k}
}

// RectToShown takes a rectangle of user space to shown space.
func (p Page) RectToShown(r Rect) Rect {
	return RectOf(p.ToShown(Point{r.X0, r.Y0}), p.ToShown(Point{r.X1, r.Y1}))
}

// RectToUser takes a rectangle of shown space to user space.
func (p Page) RectToUser(r Rect) Rect {
	return RectOf(p.ToUser(Point{r.X0, r.Y0}), p.ToUser(Point{r.X1, r.Y1}))
}

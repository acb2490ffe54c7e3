// Package geom holds the geometry of PDF pages: points, millimetres,
// rectangles, rotation, crop box and user unit. It is a leaf: it imports
// nothing of ours, and both the signing and the viewing side stand on it.
//
// Two spaces are in use, and every function says which one it takes:
//
//   - user space: the default user space of a page (ISO 32000-1, 8.3.2.3),
//     the space of /MediaBox and of an annotation's /Rect; y goes up;
//   - shown space: the page as the reader sees it, after crop box, /Rotate and
//     /UserUnit, in points of 1/72 inch from the top left corner; y goes down.
package geom

import "math"

// PointsPerMM is the number of points (1/72 inch) in a millimetre.
const PointsPerMM = 72 / 25.4

// MM converts millimetres to points.
func MM(mm float64) float64 { return mm * PointsPerMM }

// ToMM converts points to millimetres.
func ToMM(points float64) float64 { return points / PointsPerMM }

// Point is a place in user or shown space.
type Point struct{ X, Y float64 }

// Size is a width and a height in points.
type Size struct{ W, H float64 }

// Rect is a rectangle with X0 ≤ X1 and Y0 ≤ Y1.
type Rect struct{ X0, Y0, X1, Y1 float64 }

// RectOf returns the rectangle spanned by any two opposite corners.
func RectOf(a, b Point) Rect {
	return Rect{math.Min(a.X, b.X), math.Min(a.Y, b.Y), math.Max(a.X, b.X), math.Max(a.Y, b.Y)}
}

// At returns the rectangle of size s whose least corner is p.
func At(p Point, s Size) Rect { return Rect{p.X, p.Y, p.X + s.W, p.Y + s.H} }

// W is the width.
func (r Rect) W() float64 { return r.X1 - r.X0 }

// H is the height.
func (r Rect) H() float64 { return r.Y1 - r.Y0 }

// Size is the width and height.
func (r Rect) Size() Size { return Size{r.W(), r.H()} }

// Center is the middle.
func (r Rect) Center() Point { return Point{(r.X0 + r.X1) / 2, (r.Y0 + r.Y1) / 2} }

// Empty says whether the rectangle has no area.
func (r Rect) Empty() bool { return !(r.X1 > r.X0 && r.Y1 > r.Y0) }

// Move returns the rectangle shifted by dx and dy.
func (r Rect) Move(dx, dy float64) Rect { return Rect{r.X0 + dx, r.Y0 + dy, r.X1 + dx, r.Y1 + dy} }

// Inset returns the rectangle made smaller by d on every side (larger if d < 0).
func (r Rect) Inset(d float64) Rect { return Rect{r.X0 + d, r.Y0 + d, r.X1 - d, r.Y1 - d} }

// Union is the smallest rectangle that holds both; an empty one counts for nothing.
func (r Rect) Union(s Rect) Rect {
	if r.Empty() {
		return s
	}
	if s.Empty() {
		return r
	}
	return Rect{math.Min(r.X0, s.X0), math.Min(r.Y0, s.Y0), math.Max(r.X1, s.X1), math.Max(r.Y1, s.Y1)}
}

// Intersect is the common part, or the zero rectangle.
func (r Rect) Intersect(s Rect) Rect {
	c := Rect{math.Max(r.X0, s.X0), math.Max(r.Y0, s.Y0), math.Min(r.X1, s.X1), math.Min(r.Y1, s.Y1)}
	if c.Empty() {
		return Rect{}
	}
	return c
}

// Contains says whether s lies inside r.
func (r Rect) Contains(s Rect) bool {
	return s.X0 >= r.X0 && s.Y0 >= r.Y0 && s.X1 <= r.X1 && s.Y1 <= r.Y1
}

// CenterOn returns a rectangle of size s with the middle p.
func CenterOn(p Point, s Size) Rect {
	return Rect{p.X - s.W/2, p.Y - s.H/2, p.X + s.W/2, p.Y + s.H/2}
}

// Fit returns the largest size of the shape of s that fits into box, but never
// larger than s itself.
func (s Size) Fit(box Size) Size {
	if s.W <= 0 || s.H <= 0 {
		return Size{}
	}
	k := math.Min(1, math.Min(box.W/s.W, box.H/s.H))
	return Size{s.W * k, s.H * k}
}

// Scale multiplies both sides by k.
func (s Size) Scale(k float64) Size { return Size{s.W * k, s.H * k} }

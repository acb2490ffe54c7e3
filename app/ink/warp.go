package ink

import (
	"image"
	"math"
)

// Point is a place in a picture, in pixels; pixel (0, 0) reaches from 0 to 1.
type Point struct{ X, Y float64 }

// Quad is the sheet in a photo: its corners clockwise from the top left one.
type Quad [4]Point

// Whole is the quad of a picture that shows nothing but the sheet.
func Whole(b image.Rectangle) Quad {
	w, h := float64(b.Dx()), float64(b.Dy())
	return Quad{{0, 0}, {w, 0}, {w, h}, {0, h}}
}

// Convex says whether q can be a sheet: corners clockwise, no angle over 180°.
func (q Quad) Convex() bool {
	for i := range q {
		a, b, c := q[i], q[(i+1)%4], q[(i+2)%4]
		if cross(a, b, c) <= 1e-6 {
			return false
		}
	}
	return true
}

func cross(a, b, c Point) float64 { return (b.X-a.X)*(c.Y-b.Y) - (b.Y-a.Y)*(c.X-b.X) }

// Turned is the sheet after the person turned it back by quarters to the left,
// as it is read: a sheet that lies turned to the right has its top on the right.
func (q Quad) Turned(quarters int) Quad {
	var out Quad
	for i := range q {
		out[i] = q[((i+quarters)%4+4)%4]
	}
	return out
}

// Wide says whether the sheet lies with its longer side from left to right.
func (q Quad) Wide() bool {
	return distance(q[0], q[1])+distance(q[3], q[2]) > distance(q[0], q[3])+distance(q[1], q[2])
}

// Area is the area in square pixels.
func (q Quad) Area() float64 {
	sum := 0.0
	for i, a := range q {
		b := q[(i+1)%4]
		sum += a.X*b.Y - b.X*a.Y
	}
	return sum / 2
}

func distance(a, b Point) float64 { return math.Hypot(a.X-b.X, a.Y-b.Y) }

// homography takes the unit square to a quad; row by row, the last entry is 1.
type homography [9]float64

// newHomography is Heckbert's mapping of the unit square to a quadrilateral.
func newHomography(q Quad) homography {
	dx1, dy1 := q[1].X-q[2].X, q[1].Y-q[2].Y
	dx2, dy2 := q[3].X-q[2].X, q[3].Y-q[2].Y
	sx, sy := q[0].X-q[1].X+q[2].X-q[3].X, q[0].Y-q[1].Y+q[2].Y-q[3].Y
	det := dx1*dy2 - dx2*dy1
	var g, h float64
	if det != 0 {
		g, h = (sx*dy2-dx2*sy)/det, (dx1*sy-sx*dy1)/det
	}
	return homography{
		q[1].X - q[0].X + g*q[1].X, q[3].X - q[0].X + h*q[3].X, q[0].X,
		q[1].Y - q[0].Y + g*q[1].Y, q[3].Y - q[0].Y + h*q[3].Y, q[0].Y,
		g, h, 1,
	}
}

// at takes a point of the unit square into the quad.
func (m *homography) at(u, v float64) Point {
	w := m[6]*u + m[7]*v + m[8]
	return Point{(m[0]*u + m[1]*v + m[2]) / w, (m[3]*u + m[4]*v + m[5]) / w}
}

// size is the width and height of the sheet in pixels of the photo where it is
// largest. Their ratio is that of the sheet itself: it follows from the
// vanishing points when the camera looks through the middle of the picture
// (Zhang and He, Whiteboard scanning and image enhancement, 2007). focal is
// the camera's own in pixels, where it is known.
func (q Quad) size(b image.Rectangle, focal float64) (w, h float64) {
	w = max(distance(q[0], q[1]), distance(q[3], q[2]))
	h = max(distance(q[0], q[3]), distance(q[1], q[2]))
	ratio, ok := q.ratio(b, focal)
	if !ok {
		ratio = (distance(q[0], q[1]) + distance(q[3], q[2])) / (distance(q[0], q[3]) + distance(q[1], q[2]))
	}
	area := w * h
	return math.Sqrt(area * ratio), math.Sqrt(area / ratio)
}

// usualFocal is the focal length of a phone's main camera over the longer side
// of its picture.
const usualFocal = 0.8

// ratio is width over height from the vanishing points.
func (q Quad) ratio(b image.Rectangle, focal float64) (float64, bool) {
	cx, cy := float64(b.Dx())/2, float64(b.Dy())/2
	var m [4][3]float64 // the corners as rays; 0, 1 the upper ones, 2, 3 the lower ones
	for i, p := range []Point{q[0], q[1], q[3], q[2]} {
		m[i] = [3]float64{p.X - cx, p.Y - cy, 1}
	}
	k2 := dot3(cross3(m[0], m[3]), m[2]) / dot3(cross3(m[1], m[3]), m[2])
	k3 := dot3(cross3(m[0], m[3]), m[1]) / dot3(cross3(m[2], m[3]), m[1])
	n2 := [3]float64{k2*m[1][0] - m[0][0], k2*m[1][1] - m[0][1], k2 - 1}
	n3 := [3]float64{k3*m[2][0] - m[0][0], k3*m[2][1] - m[0][1], k3 - 1}
	side := float64(max(b.Dx(), b.Dy()))
	f2 := focal * focal
	if focal <= 0 {
		f2 = usualFocal * usualFocal * side * side
		const parallel = 0.06 // less perspective than this says nothing of the camera
		if math.Abs(n2[2]) > parallel && math.Abs(n3[2]) > parallel {
			own := -(n2[0]*n3[0] + n2[1]*n3[1]) / (n2[2] * n3[2])
			if own > 0.2*side*side && own < 16*side*side { // a lens of a phone
				f2 = own
			}
		}
	}
	length := func(n [3]float64) float64 { return math.Sqrt((n[0]*n[0]+n[1]*n[1])/f2 + n[2]*n[2]) }
	r := length(n2) / length(n3)
	return r, r > 0.05 && r < 20 // also false for what is no number
}

func cross3(a, b [3]float64) [3]float64 {
	return [3]float64{a[1]*b[2] - a[2]*b[1], a[2]*b[0] - a[0]*b[2], a[0]*b[1] - a[1]*b[0]}
}

func dot3(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// Part is a part of the sheet: the unit square is all of it.
type Part struct{ X0, Y0, X1, Y1 float64 }

// All is the whole sheet.
func All() Part { return Part{0, 0, 1, 1} }

// Sheet is a straightened part of a sheet.
type Sheet struct {
	img  *image.RGBA
	part Part
	w, h float64 // of the whole sheet, in pixels of img
}

// Image is the straightened picture; it must not be changed.
func (s *Sheet) Image() *image.RGBA { return s.img }

// Size is the size of the whole sheet in pixels of Image.
func (s *Sheet) Size() (w, h float64) { return s.w, s.h }

// Straighten takes the part of the sheet q out of a photo, at the scale of the
// photo and with no more than pixels pixels. aspect is the width of the sheet
// over its height where it is known (A4: 210/297), else 0.
func Straighten(p *Photo, q Quad, part Part, aspect float64, pixels int) *Sheet {
	w, h := p.sizeOf(Order{Sheet: q, Aspect: aspect})
	pw, ph := w*(part.X1-part.X0), h*(part.Y1-part.Y0)
	scale := min(1, math.Sqrt(float64(pixels)/max(pw*ph, 1)))
	ow, oh := max(1, int(math.Round(pw*scale))), max(1, int(math.Round(ph*scale)))
	s := &Sheet{img: image.NewRGBA(image.Rect(0, 0, ow, oh)), part: part, w: w * scale, h: h * scale}
	m := newHomography(q)
	n := int(math.Ceil(1/scale - 0.2)) // samples a side for a pixel
	step := 1 / float64(n)
	for y := range oh {
		for x := range ow {
			var sum [3]float64
			for j := range n {
				for i := range n {
					u := part.X0 + (float64(x)+(float64(i)+0.5)*step)/s.w
					v := part.Y0 + (float64(y)+(float64(j)+0.5)*step)/s.h
					p.sample(m.at(u, v), &sum)
				}
			}
			k := s.img.Pix[y*s.img.Stride+4*x:]
			for c := range 3 {
				k[c] = uint8(sum[c]*step*step + 0.5)
			}
			k[3] = 0xFF
		}
	}
	return s
}

// sample adds the colour at a point, between the pixels around it; outside,
// the edge goes on.
func (p *Photo) sample(at Point, sum *[3]float64) {
	w, h := p.img.Rect.Dx(), p.img.Rect.Dy()
	x := min(max(at.X-0.5, 0), float64(w-1))
	y := min(max(at.Y-0.5, 0), float64(h-1))
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, w-1), min(y0+1, h-1)
	fx, fy := x-float64(x0), y-float64(y0)
	a, b := p.img.Pix[y0*p.img.Stride+4*x0:], p.img.Pix[y0*p.img.Stride+4*x1:]
	c, d := p.img.Pix[y1*p.img.Stride+4*x0:], p.img.Pix[y1*p.img.Stride+4*x1:]
	for i := range 3 {
		top := float64(a[i])*(1-fx) + float64(b[i])*fx
		low := float64(c[i])*(1-fx) + float64(d[i])*fx
		sum[i] += top*(1-fy) + low*fy
	}
}

// ToPhoto takes a point of the straightened picture back into the photo's quad.
func (s *Sheet) ToPhoto(q Quad, x, y float64) Point {
	m := newHomography(q)
	return m.at(s.part.X0+x/s.w, s.part.Y0+y/s.h)
}

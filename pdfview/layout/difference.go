package layout

import "image"

// difference is by how much two pictures of a page differ: in each pixel, the
// largest step of a colour.
type difference struct {
	rect image.Rectangle
	step []uint8
}

func newDifference(a, b *image.RGBA) *difference {
	d := &difference{rect: a.Rect, step: make([]uint8, a.Rect.Dx()*a.Rect.Dy())}
	for i := range d.step {
		p, q := a.Pix[4*i:4*i+3:4*i+3], b.Pix[4*i:4*i+3:4*i+3]
		d.step[i] = max(stepBetween(p[0], q[0]), stepBetween(p[1], q[1]), stepBetween(p[2], q[2]))
	}
	return d
}

func stepBetween(a, b uint8) uint8 {
	if a > b {
		return a - b
	}
	return b - a
}

// shows says whether a good part of the height and the width of a box differs
// by step or more.
func (d *difference) shows(box image.Rectangle, step uint8) bool {
	box = box.Intersect(d.rect)
	if box.Empty() {
		return false
	}
	found := d.reach(box, step)
	enough := func(n, of int) bool { return float64(n) >= leastShown*float64(of) }
	return enough(found.Dx(), box.Dx()) && enough(found.Dy(), box.Dy())
}

// reach is the rectangle around the pixels of box that differ by step or more.
func (d *difference) reach(box image.Rectangle, step uint8) image.Rectangle {
	out := image.Rectangle{Min: box.Max, Max: box.Min}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := d.step[y*d.rect.Dx():]
		for x := box.Min.X; x < box.Max.X; x++ {
			if row[x] >= step {
				out.Min.X, out.Min.Y = min(out.Min.X, x), min(out.Min.Y, y)
				out.Max.X, out.Max.Y = max(out.Max.X, x+1), max(out.Max.Y, y+1)
			}
		}
	}
	if out.Empty() {
		return image.Rectangle{}
	}
	return out
}

// span is the span of the lightness of a picture in a box.
func span(img *image.RGBA, box image.Rectangle) int {
	box = box.Intersect(img.Rect)
	low, high := 255, 0
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			v := luma(img, x, y)
			low, high = min(low, v), max(high, v)
		}
	}
	return high - low
}

package ink

import (
	"image"
	"image/color"
)

// Kind is what was put on the paper.
type Kind int

// The kinds.
const (
	Signature Kind = iota // becomes blue
	Seal                  // becomes red; other ink on the sheet is left behind
)

// Colour is what the ink becomes.
func (k Kind) Colour() color.NRGBA {
	if k == Seal {
		return color.NRGBA{R: 0xD8, G: 0x1E, B: 0x26, A: 0xFF}
	}
	return color.NRGBA{R: 0x1A, G: 0x3F, B: 0xA6, A: 0xFF}
}

// Lifted is ink without paper: one value a pixel of the sheet it was taken
// from, 0 nothing, 1 all ink.
type Lifted struct {
	W, H  int
	Alpha []float32
	Kind  Kind
	rules rules // that were taken away
}

// Lift takes ink of kind off a straightened sheet. ErrNoInk: there is none.
func Lift(s *Sheet, kind Kind) (*Lifted, error) { return lift(s, kind, nil) }

// lift knows the ruled lines where only a part of the sheet is looked at.
func lift(s *Sheet, kind Kind, known *rules) (*Lifted, error) {
	k := newCovered(s)
	all, ok := k.inks(kind)
	if !ok {
		return nil, ErrNoInk
	}
	l := &Lifted{W: k.w, H: k.h, Kind: kind}
	var other []float32
	l.Alpha, other = k.unmix(all)
	l.across(other)
	noise := k.noise / max(length(all[0]), 0.1)
	l.rules = l.unrule(noise, s.part, known)
	l.quiet(noise)
	l.nearCore()
	l.keepInk(all)
	if l.bounds(inkEdge).Empty() {
		return nil, ErrNoInk
	}
	return l, nil
}

// Thresholds of what is ink, as alpha.
const (
	inkEdge   = 0.08 // below it nothing is seen
	inkCore   = 0.42 // every stroke is as dark as that somewhere
	inkStroke = 0.3  // and nowhere far from what is as dark as that
	inkTouch  = 0.12 // of a side of the sheet: what lies along it is no ink
)

// quiet takes the noise of bare paper away and lets faint edges begin softly.
func (l *Lifted) quiet(noise float32) {
	low := max(3.2*noise, 0.03)
	high := 2 * low
	for i, a := range l.Alpha {
		switch {
		case a <= low:
			l.Alpha[i] = 0
		case a < high:
			t := (a - low) / (high - low)
			l.Alpha[i] = a * t * t * (3 - 2*t)
		}
	}
}

// nearCore keeps what is faint only close to what is dark: the edge of a stroke
// belongs to it, the rest of a ruled line or of the other ink does not.
func (l *Lifted) nearCore() {
	reach := 2 + max(l.W, l.H)/400
	far := make([]uint8, len(l.Alpha)) // steps from the next core, at most reach+1
	var queue []int
	for i, a := range l.Alpha {
		far[i] = uint8(reach + 1)
		if a >= inkStroke {
			far[i] = 0
			queue = append(queue, i)
		}
	}
	for at := 0; at < len(queue); at++ {
		j := queue[at]
		if int(far[j]) == reach {
			continue
		}
		x, y := j%l.W, j/l.W
		for _, d := range [4][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
			nx, ny := x+d[0], y+d[1]
			if nx < 0 || ny < 0 || nx >= l.W || ny >= l.H {
				continue
			}
			if n := ny*l.W + nx; far[n] > far[j]+1 && l.Alpha[n] > 0 {
				far[n] = far[j] + 1
				queue = append(queue, n)
			}
		}
	}
	for i := range l.Alpha {
		if int(far[i]) > reach {
			l.Alpha[i] = 0
		}
	}
}

// keepInk drops what no pen wrote: specks, smudges without a dark core, and
// what lies along the edge of the sheet (its shadow, the table).
// Where several other inks cross each other, larger specks look like the first.
// Within the ring of a seal small and faint pieces stay: the marks of its
// letters, and letters that had little ink.
func (l *Lifted) keepInk(all inks) {
	label := make([]int32, len(l.Alpha))
	var queue []int
	next := int32(0)
	mass := float32(0)
	for _, a := range l.Alpha {
		mass += a
	}
	crumb := float32(0.0012) // of all ink; the dot of an i is more
	if length(all[1]) > faint && length(all[2]) > faint {
		crumb = 0.006
	}
	ring := l.ring()
	for i, a := range l.Alpha {
		if a == 0 || label[i] != 0 {
			continue
		}
		next++
		var p piece
		queue = l.spread(i, next, label, queue[:0], &p)
		least, peak := crumb*mass, float32(inkCore)
		if p.at.In(ring) {
			least, peak = sealMark*mass, inkStroke
		}
		if p.n < 8 || p.mass < least || p.peak < peak || p.alongEdge(l.W, l.H) {
			for _, j := range queue {
				l.Alpha[j] = 0
			}
		}
	}
}

// sealMark is the least of a seal's ink that a mark of its letters has: the
// grave accent is about a thousandth, and the stamp leaves out a part of it.
const sealMark = 0.00015

// ring is where the largest piece of a seal is; nowhere on other ink.
func (l *Lifted) ring() image.Rectangle {
	var largest piece
	if l.Kind != Seal {
		return largest.at
	}
	label := make([]int32, len(l.Alpha))
	var queue []int
	for i, a := range l.Alpha {
		if a == 0 || label[i] != 0 {
			continue
		}
		var p piece
		if queue = l.spread(i, 1, label, queue[:0], &p); p.mass > largest.mass {
			largest = p
		}
	}
	return largest.at
}

// piece is a connected piece of ink: its pixels, its darkest one, how many of
// them lie on each edge, and where it is.
type piece struct {
	n                        int
	peak, mass               float32
	left, right, top, bottom int
	at                       image.Rectangle
}

// alongEdge says whether the piece lies along an edge of a sheet of w × h.
func (p *piece) alongEdge(w, h int) bool {
	x, y := int(inkTouch*float64(h)), int(inkTouch*float64(w))
	return p.left > x || p.right > x || p.top > y || p.bottom > y
}

// spread collects the pixels connected with i.
func (l *Lifted) spread(i int, as int32, label []int32, queue []int, p *piece) []int {
	label[i] = as
	queue = append(queue, i)
	for at := 0; at < len(queue); at++ {
		j := queue[at]
		x, y := j%l.W, j/l.W
		p.add(l, j, x, y)
		for dy := -1; dy <= 1; dy++ {
			for dx := -1; dx <= 1; dx++ {
				nx, ny := x+dx, y+dy
				if nx < 0 || ny < 0 || nx >= l.W || ny >= l.H {
					continue
				}
				if n := ny*l.W + nx; label[n] == 0 && l.Alpha[n] > 0 {
					label[n] = as
					queue = append(queue, n)
				}
			}
		}
	}
	return queue
}

func (p *piece) add(l *Lifted, i, x, y int) {
	p.n++
	p.at = p.at.Union(image.Rect(x, y, x+1, y+1))
	p.mass += l.Alpha[i]
	p.peak = max(p.peak, l.Alpha[i])
	const strong = 0.3
	if l.Alpha[i] < strong {
		return
	}
	if x < 2 {
		p.left++
	}
	if x >= l.W-2 {
		p.right++
	}
	if y < 2 {
		p.top++
	}
	if y >= l.H-2 {
		p.bottom++
	}
}

// bounds is the smallest rectangle around everything above least.
func (l *Lifted) bounds(least float32) image.Rectangle {
	r := image.Rectangle{Min: image.Pt(l.W, l.H)}
	for i, a := range l.Alpha {
		if a > least {
			x, y := i%l.W, i/l.W
			r.Min.X, r.Min.Y = min(r.Min.X, x), min(r.Min.Y, y)
			r.Max.X, r.Max.Y = max(r.Max.X, x+1), max(r.Max.Y, y+1)
		}
	}
	if r.Empty() {
		return image.Rectangle{}
	}
	return r
}

// Bounds is where the ink is.
func (l *Lifted) Bounds() image.Rectangle { return l.bounds(inkEdge) }

// Picture paints the part r in the colour of the kind, on nothing.
func (l *Lifted) Picture(r image.Rectangle) *image.NRGBA {
	r = r.Intersect(image.Rect(0, 0, l.W, l.H))
	out := image.NewNRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	c := l.Kind.Colour()
	for y := range r.Dy() {
		for x := range r.Dx() {
			a := l.Alpha[(r.Min.Y+y)*l.W+r.Min.X+x]
			if a > 0 {
				out.SetNRGBA(x, y, color.NRGBA{c.R, c.G, c.B, uint8(a*255 + 0.5)})
			}
		}
	}
	return out
}

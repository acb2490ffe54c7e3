package layout

import "trinhky/pdfview/geom"

// Where a letter's ink can end, in units of the font size from the baseline up
// and down. What is said to end elsewhere is no ink: some fonts tell a box of
// their own for every letter.
const (
	leastInk, mostInk = 0.4, 1.35
	deepestInk        = 0.5
)

// offInk is the most that the middle of a band may be off the middle between
// the ink of title and name: four fifths of what a stamp may be (0.5 mm).
var offInk = geom.MM(0.4)

// levelled is how far down the band between the font boxes of the title's last
// line and of the name goes to stand halfway between their middle and the
// middle of what the eye sees: a dot below the title or a hook above the name
// takes room that the boxes count always or never. Hidden text shows no ink.
func levelled(band geom.Rect, title, name run) float64 {
	low, high := title.inkBottom(), name.inkTop()
	if low == 0 || high == 0 || title.hidden || name.hidden {
		return 0
	}
	off := (low+high)/2 - band.Center().Y
	return off - min(max(off/2, -offInk), offInk)
}

// inkBottom is how far down the letters of r reach, 0 where that is not known.
func (r run) inkBottom() float64 {
	bottom := 0.0
	for _, c := range r.cells {
		if c.y1 > c.y0 {
			bottom = max(bottom, c.y1)
		}
	}
	if d := bottom - r.base; d < -leastInk*r.size || d > deepestInk*r.size {
		return 0
	}
	return bottom
}

// inkTop is how far up the letters of r reach, 0 where that is not known.
func (r run) inkTop() float64 {
	top := r.base
	for _, c := range r.cells {
		if c.y1 > c.y0 {
			top = min(top, c.y0)
		}
	}
	if d := r.base - top; d < leastInk*r.size || d > mostInk*r.size {
		return 0
	}
	return top
}

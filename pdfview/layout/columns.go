package layout

import (
	"math"

	"trinhky/pdfview/geom"
)

// Gaps, in sizes, at which runs are cut where the columns of signers nearly
// touch: between names side by side, and between lines above two names.
const (
	tightNames  = 0.7
	tightTitles = 0.45
)

// splitColumns cuts runs that reach over the columns of two signers.
func (s *sheet) splitColumns() {
	for i := 0; i < len(s.runs); i++ {
		r := s.runs[i]
		if nameScore(r.text, r.fold) > 0 {
			continue
		}
		if at := r.firstName(); at > 0 {
			s.split(i, at)
		}
	}
	var names []run
	for _, r := range s.runs {
		if nameScore(r.text, r.fold) > 0 {
			names = append(names, r)
		}
	}
	for _, a := range names[:min(len(names), maxNames)] {
		if b, ok := neighbour(names, a); ok {
			s.splitAbove(a, b)
		}
	}
}

// besideReach is how much higher or lower the name of a signer beside can stand.
var besideReach = geom.MM(25)

// maxNames bounds the search between names; a page of signatures has a dozen.
const maxNames = 200

// neighbour is the nearest name to the right of a, about as high.
func neighbour(names []run, a run) (run, bool) {
	var best run
	for _, b := range names {
		if b.x0 > a.x1 && math.Abs(b.base-a.base) < besideReach && (best.text == "" || b.x0 < best.x0) {
			best = b
		}
	}
	return best, best.text != ""
}

// firstName is where in the fold the gap behind a first name begins, if more of
// them follow; else 0.
func (r run) firstName() int {
	offset := 0
	for _, c := range r.cells {
		if c.text == " " && c.x1-c.x0 > tightNames*r.size {
			a, b := r.cut(0, offset), r.cut(offset, len(r.fold))
			if nameScore(a.text, a.fold) > 0 && (nameScore(b.text, b.fold) > 0 || b.firstName() > 0) {
				return offset
			}
		}
		offset += len(c.fold)
	}
	return 0
}

// splitAbove cuts the lines above two names between their columns.
func (s *sheet) splitAbove(a, b run) {
	for i := 0; i < len(s.runs); i++ {
		r := s.runs[i]
		if r.base < a.base-maxBand-geom.MM(40) || r.base > a.base-a.size || !capitals(r.text) || r.x0 > a.mid() || r.x1 < b.mid() {
			continue
		}
		at := r.secondMark(a.mid(), b.mid())
		if at == 0 {
			at = r.widestGap(tightTitles, a.mid(), b.mid())
		}
		if at > 0 {
			s.split(i, at)
		}
	}
}

// secondMark is where in the fold the space before a mark of authority («TM.»)
// lies that stands between two edges and is not the first word; else 0.
func (r run) secondMark(left, right float64) int {
	offset := 0
	for _, c := range r.cells {
		if c.text == " " && offset > 0 && c.x1 >= left && c.x0 <= right && authority.MatchString(r.fold[offset+1:]) {
			return offset
		}
		offset += len(c.fold)
	}
	return 0
}

// widestGap is where in the fold the widest gap of r between two edges begins,
// if it is wider than least sizes; else 0.
func (r run) widestGap(least, left, right float64) int {
	at, widest, offset := 0, least*r.size, 0
	for _, c := range r.cells {
		if c.text == " " && c.x1-c.x0 > widest && c.x0 >= left && c.x1 <= right {
			at, widest = offset, c.x1-c.x0
		}
		offset += len(c.fold)
	}
	return at
}

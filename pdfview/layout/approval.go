package layout

import (
	"math"
	"slices"
	"strings"

	"trinhky/pdfview/geom"
)

// An internal approval sheet (phiếu trình, phiếu giải quyết) has a box for each
// level: its title on the left or on top, room for an opinion and a signature,
// and often the name at the foot. Which box counts depends on who signs, so
// that none is sure by itself.

// approval says whether the document is such a sheet.
func (h *heading) approval() bool {
	return approvalType.MatchString(h.kind.fold) && !strings.HasPrefix(h.kind.fold, "TO TRINH")
}

// Confidences of boxes before and after it is known who signs.
const (
	namedBox      = 0.85
	namedBoxKnown = 0.96
	emptyBox      = 0.6
	emptyBoxKnown = 0.92
	// emptyBoxUntold is for a box whose title many people could have, or under
	// which nothing tells where it ends.
	emptyBoxUntold = 0.85
)

// boxes finds the boxes of a page that blocks, found by a title above a name,
// do not hold already.
func (s *sheet) boxes(h heading, blocks []block) []block {
	if !h.approval() {
		return blocks
	}
	// A name in capitals above another one is no title.
	out := slices.DeleteFunc(blocks, func(b block) bool {
		low := b.title[len(b.title)-1]
		return nameScore(low.text, low.fold) == 1
	})
	blocks = slices.Clone(out)
	levels := s.levels(h)
	used := map[int]bool{}
	for i, l := range levels {
		for _, b := range blocks {
			used[i] = used[i] || b.holds(l)
		}
	}
	for i, r := range s.runs {
		if nameScore(r.text, r.fold) == 0 || r.size < 8 || r.base < h.bottom() || named(out, r) {
			continue
		}
		at, band := s.levelOf(levels, i)
		if at < 0 || used[at] {
			continue
		}
		used[at] = true
		b := block{page: s.index, name: r, band: band, confidence: namedBox, known: namedBoxKnown}
		b.authority, b.title = splitAuthority(levels[at].lines)
		out = append(out, b)
	}
	for i, l := range levels {
		if used[i] || len(l.lines) == 1 && bareTitle(l.lines[0].text) == "" { // «Ý kiến:», but whose
			continue
		}
		if band, ended, ok := s.roomOf(levels, i); ok {
			b := block{page: s.index, band: band, confidence: emptyBox, known: emptyBoxKnown}
			b.authority, b.title = splitAuthority(l.lines)
			if !ended || !hasTitleWord(b.title[len(b.title)-1].fold) { // «Ý kiến lãnh đạo»: of whom
				b.known = emptyBoxUntold
			}
			out = append(out, b)
		}
	}
	return out
}

// holds says whether the title of b is that of l.
func (b block) holds(l level) bool {
	for _, r := range append(slices.Clone(b.authority), b.title...) {
		if r.line == l.lines[0].line && r.x0 == l.lines[0].x0 {
			return true
		}
	}
	return false
}

func named(blocks []block, name run) bool {
	for _, b := range blocks {
		if b.name.line == name.line && b.name.x0 == name.x0 {
			return true
		}
	}
	return false
}

// level is the title of a box.
type level struct {
	lines []run
	rect  geom.Rect
}

// levels are the titles of the boxes, from the top.
func (s *sheet) levels(h heading) []level {
	var out []level
	for _, r := range s.runs {
		if r.base <= h.bottom() || r.line == h.kind.line && s.index == h.kind.page || !levelLike(r) {
			continue
		}
		if n := len(out); n > 0 && out[n-1].goesOn(r) {
			out[n-1].lines = append(out[n-1].lines, r)
			out[n-1].rect = out[n-1].rect.Union(r.rect())
			continue
		}
		out = append(out, level{[]run{r}, r.rect()})
	}
	return out
}

// goesOn says whether r is the next line of the same title.
func (l level) goesOn(r run) bool {
	last := l.lines[len(l.lines)-1]
	d := r.base - last.base
	return d > 0.5*r.size && d < paragraph*max(r.size, last.size) && math.Abs(r.mid()-l.rect.Center().X) < offMiddle
}

// levelLike says whether r can be the title of a box: short, with the words of
// one, and set apart: in capitals, bold, or asking for an opinion.
func levelLike(r run) bool {
	if len(r.cells) > 60 || isItem(r) || strings.HasPrefix(r.fold, "KINH GUI") || nameScore(r.text, r.fold) == 1 {
		return false
	}
	titled := hasTitleWord(r.fold) || approvalLevel.MatchString(r.fold) || authority.MatchString(r.fold)
	return titled && (capitals(r.text) || r.bold || strings.HasPrefix(strings.TrimLeft(r.fold, "0123456789.IVX) "), "Y KIEN"))
}

// levelOf is the title of the box in whose foot run i stands, on its left or
// above it at the left edge, and the blank in which is signed.
func (s *sheet) levelOf(levels []level, i int) (int, geom.Rect) {
	name := s.runs[i]
	over, _ := s.above(i)
	top := 0.0
	if over >= 0 {
		top = s.runs[over].bottom()
	}
	best := -1
	for k, l := range levels {
		beside := l.rect.X1 < name.x0 && l.rect.Y0 > top-name.size*2.5 && l.rect.Y0 < name.base
		corner := l.rect.X0 < name.x0 && l.rect.Y1 <= name.top() && over >= 0 && s.runs[over].line == l.lines[len(l.lines)-1].line
		if (beside || corner) && (best < 0 || l.rect.Y0 > levels[best].rect.Y0) {
			best = k
		}
	}
	if best < 0 {
		return -1, geom.Rect{}
	}
	l := levels[best]
	left, right := s.textEdges()
	band := geom.Rect{X0: left, X1: right, Y0: top, Y1: name.top()}
	if l.rect.Y0 < name.base && l.rect.Y1 > top && l.rect.X1 < name.x0 { // on the left: the box begins about as high
		band.Y0 = max(top, min(l.rect.Y0-geom.MM(2), name.top()-minBand))
	}
	if gap := name.x0 - l.rect.X1; gap > 0 {
		band.X0 = l.rect.X1 + min(gap/2, geom.MM(3))
	}
	half := min(max(name.mid()-band.X0, leastColumn/2), max(right-name.mid(), leastColumn/2), mostColumn/2)
	band.X0, band.X1 = name.mid()-half, name.mid()+half
	if band.H() < minBand || band.H() > maxBand {
		return -1, geom.Rect{}
	}
	return best, band
}

// roomOf is the blank of a box without a name: on the right of its title, or
// below it where the titles stand side by side; ended says whether something
// stands under it.
func (s *sheet) roomOf(levels []level, i int) (band geom.Rect, ended, ok bool) {
	l := levels[i]
	_, right := s.textEdges()
	right = max(right, s.size.W-geom.MM(20))
	band = geom.Rect{X0: l.rect.X1 + geom.MM(4), X1: right, Y0: l.rect.Y0 - geom.MM(1), Y1: min(l.rect.Y0+geom.MM(30), s.size.H-geom.MM(15))}
	for k, m := range levels {
		if k != i && m.rect.Y0 < l.rect.Y1 && m.rect.Y1 > l.rect.Y0 { // side by side
			c := l.rect.Center().X
			half := min(max(l.rect.W()/2, leastColumn/2), math.Abs(m.rect.Center().X-c)/2)
			band = geom.Rect{X0: c - half, X1: c + half, Y0: l.rect.Y1, Y1: min(l.rect.Y1+geom.MM(30), s.size.H-geom.MM(15))}
			break
		}
	}
	low := band.Y1
	for _, r := range s.runs {
		if r.x1 < band.X0 || r.x0 > band.X1 || r.bottom() <= band.Y0+1 || signHint.MatchString(r.fold) {
			continue
		}
		if r.top() < band.Y1 {
			band.Y1 = r.top()
		}
	}
	for k, m := range levels {
		if k != i && m.rect.Y0 > l.rect.Y1 && m.rect.Y0 < band.Y1 {
			band.Y1 = m.rect.Y0 - geom.MM(1)
		}
	}
	return band, band.Y1 < low, band.W() > geom.MM(30) && band.H() > geom.MM(10)
}

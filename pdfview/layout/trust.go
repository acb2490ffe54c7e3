package layout

import (
	"math"
	"slices"
	"strings"
)

// several is the most that a block may be sure of beside others: whose place
// it is depends on who signs.
const several = 0.85

func crowd(blocks []block) {
	second(blocks)
	good := 0
	for _, b := range blocks {
		if b.confidence >= 0.5 {
			good++
		}
	}
	if good < 2 {
		return
	}
	for i := range blocks {
		blocks[i].confidence = min(blocks[i].confidence, several)
	}
}

// second makes a place possible that is none by its title alone («NGƯỜI GHI BIÊN
// BẢN»), where another one stands beside it: two people sign then.
func second(blocks []block) {
	for i := range blocks {
		b := &blocks[i]
		if b.confidence >= possible || nameScore(b.name.text, b.name.fold) < 1 {
			continue
		}
		for _, o := range blocks {
			level := min(o.band.Y1, b.band.Y1) - max(o.band.Y0, b.band.Y0)
			if o.confidence > possible && level > 0.5*min(o.band.H(), b.band.H()) {
				b.confidence, b.known = possible, max(b.known, fair)
				break
			}
		}
	}
}

// fair is the confidence from which the right name under a block settles it.
const fair = 0.75

// trust is the probability that b is where a leader signs.
func (s *sheet) trust(b block, name float64, h heading) float64 {
	p := 0.80
	lines := append(slices.Clone(b.authority), b.title...)
	folded := make([]string, 0, len(lines))
	for _, r := range lines {
		folded = append(folded, r.fold)
	}
	all := strings.Join(folded, "\n")
	switch {
	case len(b.authority) > 0, acting.MatchString(all):
		p += 0.05
	case hasTitleWord(all), h.approval() && approvalLevel.MatchString(strings.ReplaceAll(all, "\n", " ")):
		p += 0.03
	default:
		p -= 0.35
	}
	if name < 1 {
		p -= 0.03
	}
	if b.name.bold {
		p += 0.02
	}
	if b.band.Center().X < s.size.W*0.5 {
		p -= 0.15
	}
	switch at := s.recipientsAt(); {
	case at < 0:
		p -= 0.02
	case s.levelWithRecipients(b, s.runs[at]):
		p += 0.10
	case s.runs[at].top() > b.name.base && s.runs[at].top()-b.name.bottom() < levelNear:
		p += 0.06 // some agencies print the list under the block
	}
	p *= h.official()
	if parties.MatchString(all) || strings.HasPrefix(h.kind.fold, "HOP DONG") {
		p = min(p, 0.45)
	}
	if b.hidden() {
		p = min(p, mostScan)
	}
	if b.inside {
		p = min(p, several)
	}
	return min(max(p, 0.01), 0.98)
}

// bodyLines of full width under a block are a body that goes on: the block is an
// example in it, or the end of another document.
const bodyLines = 3

// bodyBelow says whether a body goes on under b, before an annex or a copier's
// note begins.
func (s *sheet) bodyBelow(b block) bool {
	n := 0
	for _, r := range s.runs {
		switch {
		case r.top() < b.name.bottom():
		case r.ends():
			return n >= bodyLines
		case r.size > 0.9*b.name.size && r.x0 < s.size.W*0.25 && r.x1 > s.size.W*0.75: // smaller are notes at the foot
			n++
		}
	}
	return n >= bodyLines
}

// ends says whether r begins what is no part of the document any more.
func (r run) ends() bool {
	for _, w := range []string{"PHU LUC", "MAU SO", "BIEU SO", "SAO Y", "SAO LUC", "TRICH SAO", "CONG HOA XA HOI"} {
		if strings.HasPrefix(r.fold, w) {
			return true
		}
	}
	return false
}

// hidden says whether the block is the layer of a scan's OCR, or text that is not
// meant to be seen.
func (b block) hidden() bool { return b.name.hidden || b.title[len(b.title)-1].hidden }

// isTitle says whether the lines are a known title and little else.
func isTitle(lines []run) bool {
	if len(lines) != 1 {
		return false
	}
	folded := strings.TrimPrefix(lines[0].fold, "PHO ")
	for _, w := range titleWords {
		if strings.HasPrefix(folded, w) && len(folded) <= len(w)+24 {
			return true
		}
	}
	return false
}

// levelWithRecipients says whether «Nơi nhận», r, stands on the left of b, about
// as high as its title.
func (s *sheet) levelWithRecipients(b block, r run) bool {
	top := b.band.Y0
	for _, l := range append(slices.Clone(b.authority), b.title...) {
		top = min(top, l.top())
	}
	return r.x1 < b.band.Center().X && math.Abs(r.top()-top) < levelNear
}

package layout

import (
	"math"
	"slices"
	"unicode"
)

// Words are told apart by the room between letters, not by painted spaces: many
// programs paint none, and others paint them anywhere. What counts is how far
// the pen jumps beyond the font's own width of a letter; where that width is
// not known, the blank from ink to ink.

// Gaps between letters, in units of the font size.
const (
	wordGap     = 0.17 // ink to ink, where the page has no painted spaces
	wideGap     = 0.34 // where it has, but not there
	spaceGap    = 0.04 // where one was
	penGap      = 0.12 // from where the pen went to where it goes on, between words
	slimGap     = 0.07 // the same before a Y, to which fonts pull the space: «SỞ Y TẾ»
	leastSpread = 0.08 // between the letters of a line that is set letter by letter
	kernedShare = 6    // one of so many gaps of such a line may be smaller
	penReach    = 0.4  // between ink and pen; more, and the font's widths are wrong
)

// penned says whether the font's width of g can be trusted.
func (g glyph) penned() bool {
	reach := penReach * g.size
	return g.end > g.x && math.Abs(g.x0-g.x) < reach && math.Abs(g.end-g.x1) < reach
}

// gap is the room between two letters, in sizes.
type gap struct {
	ink, pen float64
	penned   bool // pen is known
	painted  bool // a space was painted there
	slim     bool // before a Y
}

func gapOf(a, b glyph, painted bool) gap {
	em := max(a.size, b.size)
	return gap{
		ink: (b.left() - a.right()) / em, pen: (b.x - a.end) / em,
		penned: a.penned() && b.penned(), painted: painted,
		slim: b.char == 'Y' || b.char == 'Ý',
	}
}

// spaced puts spaces between the words of a run.
func (s *sheet) spaced(part []glyph, gaps []gap) []glyph {
	spread := spreadOf(part, gaps)
	out := make([]glyph, 0, len(part)+len(part)/4)
	for i, g := range part {
		if i > 0 && s.parts(gaps[i-1], spread) {
			last := part[i-1]
			out = append(out, glyph{text: " ", x0: last.x1, x1: g.x0, space: true, base: g.base, size: g.size, bold: g.bold})
		}
		out = append(out, g)
	}
	return out
}

// parts says whether a gap is one between words.
func (s *sheet) parts(g gap, spread float64) bool {
	switch {
	case spread > 0:
		return g.pen > spread+penGap
	case g.penned:
		return g.pen > penGap || g.slim && g.pen > slimGap || g.painted && g.pen > spaceGap
	default:
		return g.ink > s.gap || g.painted && g.ink > spaceGap
	}
}

// spreadOf is the gap between the letters of a run that is set letter by
// letter, 0 where it is not: the middle one of gaps that are all wide. Spaces painted between
// single letters count where these are capitals.
func spreadOf(part []glyph, gaps []gap) float64 {
	const least, leastCapitals = 5, 3
	pens := make([]float64, 0, len(gaps))
	painted, lower := false, false
	for _, g := range gaps {
		if !g.penned {
			return 0
		}
		pens = append(pens, g.pen)
		painted = painted || g.painted
	}
	for _, g := range part {
		lower = lower || unicode.IsLower(g.char)
	}
	if len(gaps) < leastCapitals || lower && (painted || len(gaps) < least) {
		return 0
	}
	slices.Sort(pens)
	if pens[len(pens)/kernedShare] < leastSpread {
		return 0
	}
	return pens[(len(pens)-1)/2]
}

package review

import (
	"unicode"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// leastOverlap is how many letters in a row must lie on other ones: fewer are
// accents, ligatures and struck letters.
const leastOverlap = 4

// overlapping finds letters that were painted upon other, different letters:
// text of which only the upper layer can be read, or neither.
func overlapping(t pdfview.Text) []string {
	l := layers{chars: t.Chars, run: make([]int, len(t.Chars)), grid: map[[2]int][]int{}}
	var out []string
	var row []rune
	flush := func() {
		if len(row) >= leastOverlap {
			out = append(out, string(row))
		}
		row = row[:0]
	}
	last, run := -1, 0
	for i, c := range t.Chars {
		if c.Box.Empty() || !unicode.IsLetter(c.Rune) && !unicode.IsDigit(c.Rune) {
			continue // accents and full stops are too small to tell, and break no row
		}
		if last < 0 || !follows(c.Box, t.Chars[last].Box) {
			run++
		}
		last, l.run[i] = i, run
		if l.under(i) {
			row = append(row, c.Rune)
		} else {
			flush()
		}
		if !c.Invisible {
			l.put(i)
		}
	}
	flush()
	return out
}

// follows says whether a letter goes on in the line of the one before: whoever
// writes upon text has to go back.
func follows(c, before geom.Rect) bool {
	return c.X0 > before.X0 && c.Y0 < before.Y1 && before.Y0 < c.Y1
}

// layers are the letters of a page in the order in which they were painted.
type layers struct {
	chars []pdfview.Char
	run   []int            // of each letter: the row it was written in
	grid  map[[2]int][]int // by their centres, in cells
}

func (l *layers) cell(i int) [2]int {
	const cell = 24.0 // points
	at := l.chars[i].Box.Center()
	return [2]int{int(at.X / cell), int(at.Y / cell)}
}

func (l *layers) put(i int) {
	k := l.cell(i)
	l.grid[k] = append(l.grid[k], i)
}

// mostNeighbours bounds the comparisons in a hostile page.
const mostNeighbours = 200

// halfGap closes the gaps between the letters of a row, in ems: boxes hold the
// ink alone, and letters of another row stand partly upon the gaps.
const halfGap = 0.06

// under says whether letter i covers an earlier, different letter of about its
// size, or lies by half upon those of another row: two lines of unlike widths do
// not stand letter upon letter. The same letter below is the way some programs
// print bold.
func (l *layers) under(i int) bool {
	c := l.chars[i]
	if c.Invisible {
		return false
	}
	at := l.cell(i)
	whole, upon, found := area(c.Box), 0.0, false
	for n := range 9 {
		near := l.grid[[2]int{at[0] + n%3 - 1, at[1] + n/3 - 1}]
		for _, j := range near[:min(len(near), mostNeighbours)] {
			o := l.chars[j]
			switch {
			case o.Size >= 2*c.Size || c.Size >= 2*o.Size:
			case o.Rune == c.Rune:
				if area(c.Box.Intersect(o.Box)) > 0.5*whole {
					return false
				}
			default:
				found = found || covers(c.Box, o.Box)
				if l.run[j] != l.run[i] {
					upon += area(c.Box.Intersect(o.Box.Inset(-halfGap * o.Size)))
				}
			}
		}
	}
	return found || upon > 0.5*whole
}

// covers says whether two letters stand upon each other: the common part is
// most of the smaller one, and both are letters, not marks.
func covers(a, b geom.Rect) bool {
	common := a.Intersect(b)
	if common.Empty() {
		return false
	}
	small, large := min(area(a), area(b)), max(area(a), area(b))
	return area(common) > 0.5*small && small > 0.25*large
}

func area(r geom.Rect) float64 {
	if r.Empty() {
		return 0
	}
	return r.W() * r.H()
}

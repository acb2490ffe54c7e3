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
	grid := map[[2]int][]int{}
	const cell = 24.0 // points
	key := func(x, y float64) [2]int { return [2]int{int(x / cell), int(y / cell)} }
	var out []string
	var row []rune
	flush := func() {
		if len(row) >= leastOverlap {
			out = append(out, string(row))
		}
		row = row[:0]
	}
	for i, c := range t.Chars {
		if c.Box.Empty() || !unicode.IsLetter(c.Rune) && !unicode.IsDigit(c.Rune) {
			continue // accents and full stops are too small to tell, and break no row
		}
		k := key(c.Box.Center().X, c.Box.Center().Y)
		if under(t.Chars, grid, k, c) {
			row = append(row, c.Rune)
		} else {
			flush()
		}
		if !c.Invisible {
			grid[k] = append(grid[k], i)
		}
	}
	flush()
	return out
}

// mostNeighbours bounds the comparisons in a hostile page.
const mostNeighbours = 200

// under says whether c covers an earlier, different letter of about its size, or
// parts of several that make up half of it: two lines of unlike widths do not
// stand letter upon letter. The same letter below is the way some programs print
// bold.
func under(chars []pdfview.Char, grid map[[2]int][]int, at [2]int, c pdfview.Char) bool {
	if c.Invisible {
		return false
	}
	whole, upon, found := area(c.Box), 0.0, false
	for dx := -1; dx <= 1; dx++ {
		for dy := -1; dy <= 1; dy++ {
			near := grid[[2]int{at[0] + dx, at[1] + dy}]
			for _, i := range near[:min(len(near), mostNeighbours)] {
				o := chars[i]
				if o.Size >= 2*c.Size || c.Size >= 2*o.Size {
					continue
				}
				common := area(c.Box.Intersect(o.Box))
				if o.Rune == c.Rune {
					if common > 0.5*whole {
						return false
					}
					continue
				}
				upon += common
				found = found || covers(c.Box, o.Box)
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

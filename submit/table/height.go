package table

import (
	"strings"
	"unicode"
)

// The measures of a workbook: its text in pixels an em, the width of a column
// in digits of the workbook's own letters, a line of text in points.
const (
	sheetEm    = 11.0 / 72 * 96
	sheetDigit = 7.0
	sheetLine  = 15.0
	sheetMost  = 409.0 // no row may be higher
)

// columnWidth is the width of the i-th column of a sheet.
func (t Table) columnWidth(i int) float64 { return max(8, t.Columns[i].Share*1.5) }

// rowHeight is how high a row has to be for its cells to be read whole, 0 where
// one line does: not every program makes rows as high as their text when it opens
// a workbook. Text is measured generously; one line too many is no harm.
func (t Table) rowHeight(cells []string) float64 {
	most := 1
	for i, c := range cells {
		most = max(most, wrapped(c, (t.columnWidth(i)*sheetDigit-4)/sheetEm))
	}
	if most == 1 {
		return 0
	}
	return min(float64(most)*sheetLine, sheetMost)
}

// wrapped is how many lines a text takes that is wrapped at a width in ems.
func wrapped(s string, width float64) int {
	lines := 0
	for paragraph := range strings.SplitSeq(s, "\n") {
		lines++
		x := 0.0
		for word := range strings.FieldsSeq(paragraph) {
			w := 0.0
			for _, r := range word {
				w += letterWidth(r)
			}
			if x > 0 && x+letterWidth(' ')+w > width {
				lines, x = lines+1, 0
			} else if x > 0 {
				x += letterWidth(' ')
			}
			for x += w; x > width; x -= width { // a word that no line can hold
				lines++
			}
		}
	}
	return lines
}

// letterWidth is about the width of a letter of Times New Roman, bold, in ems.
func letterWidth(r rune) float64 {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case r == ' ':
		return 0.25
	case strings.ContainsRune("iljtfrI.,:;'()[]!|-/", r):
		return 0.4
	case r >= 0x1100 && !(r >= 0x1E00 && r < 0x2100) || strings.ContainsRune("MWĐƯmw@%", r):
		return 1
	case unicode.IsUpper(r):
		return 0.74
	}
	return 0.49
}

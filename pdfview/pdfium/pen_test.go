package pdfium

import (
	"context"
	"math"
	"testing"
)

// A slanted face made of an upright one is as large as that, in whatever
// direction its line runs, and its width is not known.
func TestLeaningText(t *testing.T) {
	for matrix, advance := range map[string]float64{
		"14 0 0 14": 14 * 0.722, "0 14 -14 0": 14 * 0.722, // Helvetica-Bold's A
		"14 0 3.5 14": 0, "14 0 -3.5 14": 0, "0 14 -14 3.5": 0, "-14 0 -3.5 -14": 0,
	} {
		d := open(t, onePage("", "BT /F 1 Tf "+matrix+" 60 40 Tm (A) Tj ET"))
		text, err := d.Text(context.Background(), 0)
		if err != nil || len(text.Chars) != 1 {
			t.Fatal(matrix, err, text)
		}
		if c := text.Chars[0]; math.Abs(c.Advance-advance) > 0.1 || math.Abs(c.Size-14) > 0.01 {
			t.Errorf("%s: advance %v, not %v; size %v", matrix, c.Advance, advance, c.Size)
		}
	}
}

// A glyph that stands for a letter and its mark says nothing of the width of
// the letter alone.
func TestDividedGlyph(t *testing.T) {
	const cmap = "/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <00> <FF> endcodespacerange " +
		"2 beginbfchar <42> <00410301> <41> <0041> endbfchar endcmap end"
	d := open(t, file(
		"<</Type /Catalog /Pages 2 0 R>>",
		"<</Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 200 100]>>",
		"<</Type /Page /Parent 2 0 R /Contents 4 0 R /Resources <</Font <</F 5 0 R>>>>>>",
		stream("", "BT /F 14 Tf 60 40 Td (BAB) Tj ET"),
		"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /ToUnicode 6 0 R>>",
		stream("", cmap),
	))
	text, err := d.Text(context.Background(), 0)
	if err != nil || len(text.Chars) != 5 {
		t.Fatal(err, text)
	}
	for i, want := range []float64{0, 0, 14 * 0.722, 0, 0} {
		if c := text.Chars[i]; math.Abs(c.Advance-want) > 0.1 {
			t.Errorf("%d, %q: advance %v, not %v", i, c.Rune, c.Advance, want)
		}
	}
}

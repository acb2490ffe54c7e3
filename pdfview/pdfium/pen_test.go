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

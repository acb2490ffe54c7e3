package pdfium

import (
	"context"
	"math"
	"testing"
)

// A slanted face made of an upright one is as wide as that, and as large, in
// whatever direction its line runs.
func TestLeaningText(t *testing.T) {
	advance := func(matrix string) (wide, size float64) {
		d := open(t, onePage("", "BT /F 1 Tf "+matrix+" 60 40 Tm (A) Tj ET"))
		text, err := d.Text(context.Background(), 0)
		if err != nil || len(text.Chars) != 1 {
			t.Fatal(matrix, err, text)
		}
		return text.Chars[0].Advance, text.Chars[0].Size
	}
	wide, _ := advance("14 0 0 14")
	if math.Abs(wide-14*0.722) > 0.1 { // Helvetica-Bold's A
		t.Errorf("upright: %v", wide)
	}
	for _, matrix := range []string{"14 0 3.5 14", "14 0 -3.5 14", "0 14 -14 3.5", "0 -14 14 3.5", "-14 0 -3.5 -14"} {
		if w, size := advance(matrix); math.Abs(w-wide) > 0.1 || math.Abs(size-14) > 0.01 {
			t.Errorf("%s: advance %v, not %v; size %v", matrix, w, wide, size)
		}
	}
}

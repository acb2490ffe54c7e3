package sample

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"trinhky/pdfview/geom"
)

// TestScanMovesTheTruth turns a page with one black box and looks for the box
// where the moved truth says it is.
func TestScanMovesTheTruth(t *testing.T) {
	const dpi = 100.0
	box := userRect(120, 200, 170, 225)
	w, h := int(math.Round(pageW/25.4*dpi)), int(math.Round(pageH/25.4*dpi))
	page := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(page, page.Rect, image.White, image.Point{}, draw.Src)
	px := func(mm float64) int { return int(math.Round(mm / 25.4 * dpi)) }
	draw.Draw(page, image.Rect(px(120), px(200), px(170), px(225)), image.Black, image.Point{}, draw.Src)
	for _, skew := range []float64{0, 2.5, -4} {
		o := ScanOptions{DPI: dpi, Skew: skew}
		seen := o.paper(page, rand.New(rand.NewPCG(1, 1)))
		found := image.Rectangle{}
		for y := range h {
			for x := range w {
				if color.GrayModel.Convert(seen.At(x, y)).(color.Gray).Y < 128 {
					found = found.Union(image.Rect(x, y, x+1, y+1))
				}
			}
		}
		want := o.moved(Part{Rect: box}).Rect
		got := userRect(float64(found.Min.X)/dpi*25.4, float64(found.Min.Y)/dpi*25.4, float64(found.Max.X)/dpi*25.4, float64(found.Max.Y)/dpi*25.4)
		for _, d := range []float64{got.X0 - want.X0, got.Y0 - want.Y0, got.X1 - want.X1, got.Y1 - want.Y1} {
			if math.Abs(d) > geom.MM(0.6) {
				t.Errorf("skew %v: found %v, the truth says %v", skew, got, want)
				break
			}
		}
	}
}

func TestScanIsDeterministic(t *testing.T) {
	page := image.NewGray(image.Rect(0, 0, 210, 297))
	o := ScanOptions{DPI: 25.4, Skew: 1, Noise: 8, Specks: 5, Gray: true, Seed: 3}
	var first []byte
	for range 2 {
		pdf, _, err := Scan([]image.Image{page}, Truth{}, o)
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(pdf, first) {
			t.Error("two runs differ")
		}
		first = pdf
	}
	if _, _, err := Scan(nil, Truth{}, o); err == nil {
		t.Error("a scan of nothing was made")
	}
}

func TestOther(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(4) {
		a, kind, err := Other(seed, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := Other(seed, time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC))
		if err != nil || !bytes.Equal(a, b) {
			t.Errorf("%s: two runs differ, %v", kind, err)
		}
		seen[kind] = true
	}
	if len(seen) != 4 {
		t.Errorf("kinds %v", seen)
	}
}

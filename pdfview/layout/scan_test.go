package layout_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/go-pdf/fpdf"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
)

// scanOf prints a document as an office copier scans it: pictures of its pages,
// askew, on gray paper, with noise.
func scanOf(t *testing.T, d pdfview.Document, seed uint64) (pdf []byte, slope float64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 6))
	dpi := 200 + 50*float64(r.IntN(3))
	slope = (r.Float64() - 0.5) * 0.04 // ± 1.1°
	out := fpdf.New("P", "mm", "A4", "")
	for page := range d.Pages() {
		w, h := int(math.Ceil(pageW/25.4*dpi)), int(math.Ceil(pageH/25.4*dpi))
		img, err := d.Render(context.Background(), page, dpi/72, image.Rect(0, 0, w, h))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, copied(img, r, slope), &jpeg.Options{Quality: 70}); err != nil {
			t.Fatal(err)
		}
		out.AddPage()
		name := fmt.Sprint(page)
		out.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "JPG"}, &b)
		out.ImageOptions(name, 0, 0, pageW, pageH, false, fpdf.ImageOptions{ImageType: "JPG"}, 0, "")
	}
	var b bytes.Buffer
	if err := out.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), slope
}

// copied is a page through the copier.
func copied(img *image.RGBA, r *rand.Rand, slope float64) *image.Gray {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewGray(img.Rect)
	paper := 225 + r.IntN(30)
	for y := range h {
		for x := range w {
			sy := y - int(slope*float64(x))
			v := 255
			if sy >= 0 && sy < h {
				v = int(img.Pix[sy*img.Stride+4*x+1])
			}
			v = v*paper/255 + r.IntN(17) - 8 - 20*y/h
			out.SetGray(x, y, color.Gray{Y: uint8(min(max(v, 0), 255))})
		}
	}
	for range w * h / 20000 { // specks
		x, y := r.IntN(w-2), r.IntN(h-2)
		out.SetGray(x, y, color.Gray{})
		out.SetGray(x+1, y, color.Gray{})
	}
	return out
}

// Blocks of scans are found from their ink, and never surely.
func TestScans(t *testing.T) {
	c := tally{right: map[string]int{}, all: map[string]int{}}
	for seed := range uint64(documents(t) / 4) {
		pdf, truth := administrative(seed + 5000)
		if len(truth.Signers) != 1 || truth.Pages > 4 {
			continue
		}
		source := open(t, pdf)
		copy, slope := scanOf(t, source, seed)
		d := open(t, copy)
		got, err := layout.Find(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		want := truth.Signers[0].Band
		want.Rect = want.Rect.Move(0, -slope*want.Rect.Center().X)
		// Behind appendices of more pages a scan is not searched.
		c.note("block of a scan", len(got.Signers) == 1 && got.Signers[0].Band.Page == want.Page &&
			within(got.Signers[0].Band.Rect, want.Rect) >= 0.8 &&
			got.Signers[0].Band.Rect.Intersect(want.Rect).H() >= 0.7*want.Rect.H(),
			"%d: %+v, the truth is %v page %d of %d", seed, got.Signers, want.Rect, want.Page, truth.Pages)
		for _, s := range got.Signers {
			c.note("unsure of a scan", s.Band.Confidence < 0.9, "%d: %+v", seed, s)
			c.note("likely where right", s.Band.Confidence >= 0.5, "%d: %+v", seed, s)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if err := source.Close(); err != nil {
			t.Fatal(err)
		}
	}
	c.check(t, map[string]float64{"block of a scan": 0.9, "unsure of a scan": 1})
}

// A picture that is no document has no place.
func TestScanOfNothing(t *testing.T) {
	for _, kind := range []string{"article", "list"} {
		source := open(t, other(1, kind))
		pdf, _ := scanOf(t, source, 1)
		got, err := layout.Find(context.Background(), open(t, pdf))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range got.Signers {
			if s.Band.Confidence >= 0.9 || s.Band.Rect.W() > geom.A4.W {
				t.Errorf("%s: %+v", kind, s)
			}
		}
	}
}

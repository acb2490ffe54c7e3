package layout_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/go-pdf/fpdf"

	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
)

// wornDPI is the resolution of scans of paper that has been through hands.
const wornDPI = 200

func wornPixels(mm float64) int { return int(mm / 25.4 * wornDPI) }

// wear are the ways in which paper and copiers spoil a page.
func wear() map[string]func(*image.Gray, *rand.Rand) {
	return map[string]func(*image.Gray, *rand.Rand){
		"clean":         func(*image.Gray, *rand.Rand) {},
		"black borders": blackBorders,
		"punch holes":   punchHoles,
		"stains":        stains,
		"folds":         folds,
		"two levels":    twoLevels,
		"worn fax":      func(g *image.Gray, r *rand.Rand) { punchHoles(g, r); blackBorders(g, r); stains(g, r); twoLevels(g, r) },
	}
}

func darken(g *image.Gray, x, y int, by uint8) {
	if !image.Pt(x, y).In(g.Rect) {
		return
	}
	i := g.PixOffset(x, y)
	g.Pix[i] -= min(g.Pix[i], by)
}

// blackBorders are what a copier with an open lid sees around the paper.
func blackBorders(g *image.Gray, r *rand.Rand) {
	left, right, bottom := wornPixels(1+6*r.Float64()), wornPixels(7*r.Float64()), wornPixels(1+9*r.Float64())
	slope := (r.Float64() - 0.5) * 0.02
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			lean := int(slope * float64(y))
			if x < left+lean || x > g.Rect.Dx()-right+lean || y > g.Rect.Dy()-bottom-int(slope*float64(x)) {
				darken(g, x, y, uint8(225+r.IntN(30)))
			}
		}
	}
}

func punchHoles(g *image.Gray, r *rand.Rand) {
	radius, x0 := wornPixels(2.5+r.Float64()), wornPixels(10+3*r.Float64())
	for _, mm := range []float64{-40, 40, 120}[:2+r.IntN(2)] {
		y0 := g.Rect.Dy()/2 + wornPixels(mm)
		for y := y0 - radius; y <= y0+radius; y++ {
			for x := x0 - radius; x <= x0+radius; x++ {
				if (x-x0)*(x-x0)+(y-y0)*(y-y0) <= radius*radius {
					darken(g, x, y, 235)
				}
			}
		}
	}
}

// stains are rings of cups, smudges of toner and a pen's stroke or two.
func stains(g *image.Gray, r *rand.Rand) {
	for range 2 + r.IntN(3) {
		x0, y0 := float64(r.IntN(g.Rect.Dx())), float64(r.IntN(g.Rect.Dy()))
		radius, wide, by := float64(wornPixels(15+25*r.Float64())), float64(wornPixels(1+2*r.Float64())), 30+90*r.Float64()
		for y := range g.Rect.Dy() {
			for x := range g.Rect.Dx() {
				d := math.Abs(math.Hypot(float64(x)-x0, float64(y)-y0) - radius)
				if d < wide {
					darken(g, x, y, uint8(by*(1-d/wide)))
				}
			}
		}
	}
	for range 40 {
		x0, y0, n := r.IntN(g.Rect.Dx()), r.IntN(g.Rect.Dy()), 1+r.IntN(wornPixels(1.2))
		for y := range n {
			for x := range n {
				darken(g, x0+x, y0+y, uint8(60+r.IntN(190)))
			}
		}
	}
}

// folds are dark lines across the page where it was folded for a post office.
func folds(g *image.Gray, r *rand.Rand) {
	for _, part := range []float64{0.333, 0.666} {
		y0 := part * float64(g.Rect.Dy())
		slope := (r.Float64() - 0.5) * 0.01
		for x := range g.Rect.Dx() {
			for k := range wornPixels(0.5) {
				darken(g, x, int(y0+slope*float64(x))+k, uint8(40+r.IntN(120)))
			}
		}
	}
}

// twoLevels is what a fax or a copier set to «văn bản» sends.
func twoLevels(g *image.Gray, r *rand.Rand) {
	limit := uint8(110 + r.IntN(70))
	for i, v := range g.Pix {
		g.Pix[i] = 255
		if v < limit {
			g.Pix[i] = 0
		}
	}
}

// worn prints the pages of a document, spoiled, into a new one.
func worn(t *testing.T, pages []image.Image, spoil func(*image.Gray, *rand.Rand), r *rand.Rand) []byte {
	t.Helper()
	out := fpdf.New("P", "mm", "A4", "")
	for i, page := range pages {
		g := copied(page.(*image.RGBA), r, 0)
		spoil(g, r)
		var picture image.Image = g
		if two := twoColours(g); two != nil {
			picture = two
		}
		var b bytes.Buffer
		if err := png.Encode(&b, picture); err != nil {
			t.Fatal(err)
		}
		keep(t, fmt.Sprintf("%s-%d.png", t.Name(), i), b.Bytes())
		name := fmt.Sprint(i)
		out.AddPage()
		out.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "PNG"}, &b)
		out.ImageOptions(name, 0, 0, pageW, pageH, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
	}
	var b bytes.Buffer
	if err := out.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// twoColours has one bit a pixel where g has no grays, and is nil otherwise.
func twoColours(g *image.Gray) *image.Paletted {
	out := image.NewPaletted(g.Rect, color.Palette{color.Black, color.White})
	for i, v := range g.Pix {
		if v != 0 && v != 255 {
			return nil
		}
		out.Pix[i] = v & 1
	}
	return out
}

// Blocks of worn paper are found as those of clean paper, and never surely.
func TestWornScans(t *testing.T) {
	c := newTally()
	for kind, spoil := range wear() {
		if !soak() && kind != "worn fax" && kind != "folds" {
			continue
		}
		one := newTally()
		n := samples(1, 12)
		for seed := uint64(7000); uint64(one.all["block of a scan"]) < n; seed++ {
			pdf, truth := administrative(seed)
			if len(truth.Signers) != 1 || truth.Pages > 2 {
				continue
			}
			r := rand.New(rand.NewPCG(seed, 11))
			d := open(t, worn(t, pagesOf(t, open(t, pdf), wornDPI), spoil, r))
			got, err := layout.Find(context.Background(), d)
			if err != nil {
				t.Fatal(err)
			}
			for _, to := range []*tally{c, one} {
				to.scanned(fmt.Sprintf("%s %d", kind, seed), got, truth.Signers[0].Band.Page, truth.Signers[0].Band.Rect)
			}
		}
		t.Logf("%s: %d of %d", kind, one.right["block of a scan"], one.all["block of a scan"])
	}
	c.check(t, map[string]float64{"block of a scan": 0.9, "unsure of a scan": 1})
}

func (c *tally) scanned(name string, got layout.Parts, page int, want geom.Rect) {
	ok := len(got.Signers) == 1 && got.Signers[0].Band.Page == page && within(got.Signers[0].Band.Rect, want) >= 0.8 &&
		got.Signers[0].Band.Rect.Intersect(want).H() >= 0.7*want.H()
	c.note("block of a scan", ok, "%s: %+v, the truth is %v page %d", name, got.Signers, want, page)
	for _, s := range got.Signers {
		c.note("unsure of a scan", s.Band.Confidence < 0.9, "%s: %+v", name, s)
	}
}

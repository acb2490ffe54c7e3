package stamp_test

import (
	"context"
	"image"
	"image/color"
	"math"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/stamp"
)

// Measured in millimetres on the rendered page, whatever page it is: the
// leader's stamp in the middle of its band (±0.5), the seal of its true size
// (±0.2) over a third (±3 %) of it and level with it.
func TestStampsInMillimetres(t *testing.T) {
	p := newPress(t)
	for _, l := range leaves() {
		for _, rules := range rulesOn(l) {
			pdf := l.document()
			_, page := p.render(t, pdf, 0)
			size := page.ShownSize()
			leader, at := p.lay(t, profile{rules, stamp.Leader}, size)
			signed := p.sign(t, pdf, page, leader, at)
			seal, over := p.laySeal(t, rules, at)
			signed = p.sign(t, signed, page, seal, over)
			img := p.fine(t, signed, at.Union(over))
			blue := ink(img, func(c color.RGBA) bool { return int(c.B) > int(c.R)+90 && c.R < 100 })
			red := ink(img, func(c color.RGBA) bool { return int(c.R) > int(c.G)+120 && c.G < 110 })
			checkMillimetres(t, string(rules)+", "+l.name, band(size), at, blue, red)
		}
	}
}

// rulesOn are the rule sets tried on a page: both on the plain one.
func rulesOn(l leaf) []stamp.RuleSet {
	if l.name == "A4" {
		return []stamp.RuleSet{stamp.TT01, stamp.ND30}
	}
	return []stamp.RuleSet{stamp.TT01}
}

func (p *press) laySeal(t *testing.T, rules stamp.RuleSet, leader geom.Rect) (signer.Appearance, geom.Rect) {
	t.Helper()
	look, err := stamp.Lay(p.input(profile{rules, stamp.Seal}), geom.Size{})
	if err != nil {
		t.Fatal(err)
	}
	return look, stamp.PlaceSeal(leader, look)
}

// fineScale is 300 dpi: a pixel is 0.085 mm.
const fineScale = 300.0 / 72

// fine renders what is around r; its bounds are those of the page.
func (p *press) fine(t *testing.T, pdf []byte, r geom.Rect) *image.RGBA {
	t.Helper()
	d := p.open(t, pdf)
	defer func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}()
	at := func(v float64) int { return int(v * fineScale) }
	clip := image.Rect(at(r.X0)-40, at(r.Y0)-40, at(r.X1)+40, at(r.Y1)+40)
	img, err := d.Render(context.Background(), 0, fineScale, clip)
	if err != nil {
		t.Fatal(err)
	}
	img.Rect = clip
	return img
}

// ink is the bounds of a colour, in millimetres of the page.
func ink(img *image.RGBA, is func(color.RGBA) bool) geom.Rect {
	var r image.Rectangle
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		for x := img.Rect.Min.X; x < img.Rect.Max.X; x++ {
			if is(img.RGBAAt(x, y)) {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	mm := func(n int) float64 { return geom.ToMM(float64(n) / fineScale) }
	return geom.Rect{X0: mm(r.Min.X), Y0: mm(r.Min.Y), X1: mm(r.Max.X), Y1: mm(r.Max.Y)}
}

func checkMillimetres(t *testing.T, name string, band, leader, blue, red geom.Rect) {
	t.Helper()
	mid := geom.Point{X: geom.ToMM(band.Center().X), Y: geom.ToMM(band.Center().Y)}
	right := blue.X1 - geom.ToMM(leader.W())/2 // the seal covers the left edge
	if math.Abs(right-mid.X) > 0.5 || math.Abs(blue.Center().Y-mid.Y) > 0.5 {
		t.Errorf("%s: the leader's stamp stands at (%.2f, %.2f) mm, the middle of the band is (%.2f, %.2f)", name, right, blue.Center().Y, mid.X, mid.Y)
	}
	if math.Abs(red.W()-36) > 0.2 || math.Abs(red.H()-36) > 0.2 {
		t.Errorf("%s: a seal of %.2f × %.2f mm, true size 36", name, red.W(), red.H())
	}
	if over := (red.X1 - geom.ToMM(leader.X0)) / geom.ToMM(leader.W()); math.Abs(over-1.0/3) > 0.03 {
		t.Errorf("%s: the seal covers %.3f of the leader's stamp", name, over)
	}
	if d := red.Center().Y - geom.ToMM(leader.Center().Y); math.Abs(d) > 0.3 {
		t.Errorf("%s: the seal is %.2f mm off the middle", name, d)
	}
}

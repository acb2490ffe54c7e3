package layout_test

import (
	"context"
	"image"
	"math"
	"testing"
	"time"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer/signertest/sample"
)

// Measured in millimetres on the rendered page: as much blank over the middle
// of the band as below it (±0.5), whatever hangs below the title or stands on
// the name; and no ink in the band.
func TestBandIsLevelOnThePage(t *testing.T) {
	for _, g := range []sample.Signer{
		{Title: "GIÁM ĐỐC", Name: "Trần Văn Nam"},
		{Title: "GIÁM ĐỐC", Name: "HỒ THỊ ẨM"},
		{Title: "CHỦ TỊCH", Name: "Võ Ngọc Mạnh"},
		{Authority: "TM. ỦY BAN NHÂN DÂN", Title: "CHỦ TỊCH", Name: "Nguyễn Thị Ẩn"},
	} {
		letter := sample.Demo(time.Date(2026, 11, 12, 8, 0, 0, 0, time.UTC), g.Name)[0]
		letter.Signers = []sample.Signer{g}
		pdf, _, err := sample.Generate(letter)
		if err != nil {
			t.Fatal(err)
		}
		d := open(t, pdf)
		parts, err := layout.Find(context.Background(), d)
		if err != nil || len(parts.Signers) != 1 {
			t.Fatalf("%s: %v, %+v", g.Name, err, parts.Signers)
		}
		s := parts.Signers[0]
		page, err := d.Page(context.Background(), s.Band.Page)
		if err != nil {
			t.Fatal(err)
		}
		band := page.RectToShown(s.Band.Rect)
		over, under := blank(t, d, s.Band.Page, band)
		if off := (over - under) / 2; math.Abs(off) > 0.5 {
			t.Errorf("%s, %s: %.2f mm over the middle of the band and %.2f mm below it are blank", g.Title, g.Name, over, under)
		}
		if half := geom.ToMM(band.H())/2 - pixel; over < half || under < half {
			t.Errorf("%s, %s: ink in the band: %.2f and %.2f mm of %.2f are blank", g.Title, g.Name, over, under, half)
		}
	}
}

// pixel is one of blank, in millimetres.
const pixel = 25.4 / 300

// blank is how far the page is blank from the middle of r up and down, in
// millimetres, as wide as r.
func blank(t *testing.T, d pdfview.Document, page int, r geom.Rect) (over, under float64) {
	t.Helper()
	const scale = 300.0 / 72 // pixels of a point
	at := func(v float64) int { return int(math.Round(v * scale)) }
	reach := geom.MM(8)
	clip := image.Rect(at(r.X0), at(r.Y0-reach), at(r.X1), at(r.Y1+reach))
	img, err := d.Render(context.Background(), page, scale, clip)
	if err != nil {
		t.Fatal(err)
	}
	inked := func(y int) bool {
		for x := range clip.Dx() {
			if c := img.RGBAAt(img.Rect.Min.X+x, img.Rect.Min.Y+y); c.R < 128 {
				return true
			}
		}
		return false
	}
	middle := r.Center().Y*scale - float64(clip.Min.Y)
	up, down := int(middle), int(middle)
	for up >= 0 && !inked(up) {
		up--
	}
	for down < clip.Dy() && !inked(down) {
		down++
	}
	if up < 0 || down == clip.Dy() {
		t.Fatal("no title or no name beside the band")
	}
	return geom.ToMM((middle - float64(up+1)) / scale), geom.ToMM((float64(down) - middle) / scale)
}

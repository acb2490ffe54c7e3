package pdfium

import (
	"context"

	"trinhky/pdfview/geom"
)

// Page is the geometry of a page.
func (d *document) Page(ctx context.Context, index int) (geom.Page, error) {
	var g geom.Page
	err := d.do(ctx, func() (err error) {
		g, err = d.geometry(ctx, index)
		return err
	})
	return g, err
}

// geometry reads the boxes of a page once. A page that is only measured does
// not push a page that is being looked at out of the kept ones.
func (d *document) geometry(ctx context.Context, index int) (geom.Page, error) {
	if g, ok := d.sizes[index]; ok {
		return g, nil
	}
	var h uint32
	for _, p := range d.kept {
		if p.index == index {
			h = p.handle
		}
	}
	if h == 0 {
		var err error
		if h, err = d.loadPage(ctx, index); err != nil {
			return geom.Page{}, err
		}
		g, err := d.measure(ctx, index, h)
		if err != nil {
			return geom.Page{}, err
		}
		return g, d.closePage(ctx, h)
	}
	return d.measure(ctx, index, h)
}

func (d *document) measure(ctx context.Context, index int, h uint32) (geom.Page, error) {
	shown, err := d.box(ctx, "FPDF_GetPageBoundingBox", h, false)
	if err != nil {
		return geom.Page{}, err
	}
	if shown.Empty() {
		shown = geom.At(geom.Point{}, geom.Size{W: 612, H: 792}) // what PDFium shows of a page without boxes
	}
	// FPDFPage_GetMediaBox does not see an inherited box; what is shown is
	// inside the media box in any case.
	media, err := d.box(ctx, "FPDFPage_GetMediaBox", h, true)
	if err != nil {
		return geom.Page{}, err
	}
	if !media.Contains(shown) {
		media = shown
	}
	turn, err := d.m.call(ctx, "FPDFPage_GetRotation", uint64(h))
	if err != nil {
		return geom.Page{}, err
	}
	unit, err := d.userUnit(ctx, index)
	if err != nil {
		return geom.Page{}, err
	}
	g := geom.Page{MediaBox: media, CropBox: shown, Rotate: int(int32(turn)) & 3 * 90, UserUnit: unit}
	d.sizes[index] = g
	return g, nil
}

// box calls a function that writes four floats: left, top, right, bottom of an
// FS_RECTF, or (four pointers) left, bottom, right, top.
func (d *document) box(ctx context.Context, name string, h uint32, pointers bool) (geom.Rect, error) {
	s := uint64(d.m.scratch)
	args := []uint64{uint64(h), s}
	if pointers {
		args = []uint64{uint64(h), s, s + 4, s + 8, s + 12}
	}
	ok, err := d.m.call(ctx, name, args...)
	if err != nil || uint32(ok) == 0 {
		return geom.Rect{}, err
	}
	var f [4]float64
	if err := d.m.floats(f[:]); err != nil {
		return geom.Rect{}, err
	}
	return geom.RectOf(geom.Point{X: f[0], Y: f[1]}, geom.Point{X: f[2], Y: f[3]}), nil
}

package pdfium

import (
	"context"

	"trinhky/pdfview/geom"
)

// Page is the geometry of a page.
func (d *document) Page(ctx context.Context, index int) (geom.Page, error) {
	return do(ctx, d, func(s *session) (geom.Page, error) { return s.geometry(index) })
}

// geometry reads the boxes of a page once. A page that is only measured does
// not push a page that is being looked at out of the kept ones.
func (s *session) geometry(index int) (geom.Page, error) {
	if g, ok := s.sizes[index]; ok {
		return g, nil
	}
	for _, p := range s.kept {
		if p.index == index {
			return s.measure(index, p.handle)
		}
	}
	p, err := s.loadPage(index)
	if err != nil {
		return geom.Page{}, err
	}
	g, err := s.measure(index, p.handle)
	if err != nil {
		return geom.Page{}, err
	}
	return g, s.closePage(p)
}

// The page that PDFium shows where there are no boxes.
var letter = geom.Rect{X1: 612, Y1: 792}

func (s *session) measure(index int, h uint32) (geom.Page, error) {
	shown, err := s.box("FPDF_GetPageBoundingBox", h, s.m.scratch)
	if err != nil {
		return geom.Page{}, err
	}
	if shown.Empty() {
		shown = letter
	}
	// FPDFPage_GetMediaBox does not see an inherited box; what is shown is
	// inside the media box in any case.
	p := s.m.scratch
	media, err := s.box("FPDFPage_GetMediaBox", h, p, p+4, p+8, p+12)
	if err != nil {
		return geom.Page{}, err
	}
	if !media.Contains(shown) {
		media = shown
	}
	turn, err := s.m.call("FPDFPage_GetRotation", uint64(h))
	if err != nil {
		return geom.Page{}, err
	}
	unit, err := s.userUnit(index)
	if err != nil {
		return geom.Page{}, err
	}
	g := geom.Page{MediaBox: media, CropBox: shown, Rotate: (int(int32(turn)) & 3) * 90, UserUnit: unit}
	s.sizes[index] = g
	return g, nil
}

// box calls a function that writes two opposite corners as four floats to the
// start of the scratch area.
func (s *session) box(name string, h uint32, to ...uint32) (geom.Rect, error) {
	args := []uint64{uint64(h)}
	for _, p := range to {
		args = append(args, uint64(p))
	}
	ok, err := s.m.call(name, args...)
	if err != nil || uint32(ok) == 0 {
		return geom.Rect{}, err
	}
	var f [4]float64
	if err := s.m.floats(f[:]); err != nil {
		return geom.Rect{}, err
	}
	return geom.RectOf(geom.Point{X: f[0], Y: f[1]}, geom.Point{X: f[2], Y: f[3]}), nil
}

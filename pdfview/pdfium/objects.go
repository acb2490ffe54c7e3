package pdfium

import (
	"context"
	"errors"
	"image"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// Bounds of the objects of one page. What lies deeper, or comes later, is not
// told apart and stays painted.
const (
	maxObjects   = 100_000
	maxFormDepth = 12
)

// Values of FPDFPageObj_GetType.
const (
	typeText    = 1
	typePath    = 2
	typeImage   = 3
	typeShading = 4
	typeForm    = 5
)

var _ pdfview.ObjectRenderer = (*document)(nil)

// Painting is what the content of a page paints.
func (d *document) Painting(ctx context.Context, page int) (pdfview.Painting, error) {
	return do(ctx, d, func(s *session) (pdfview.Painting, error) { return s.painting(ctx, page) })
}

func (s *session) painting(ctx context.Context, index int) (out pdfview.Painting, err error) {
	p, err := s.page(index)
	if err != nil {
		return out, err
	}
	walk := objectWalk{ctx: ctx, m: s.m}
	if err := walk.page(p.handle); err != nil {
		return out, err
	}
	place := make(map[uint32]int, len(walk.handles))
	for i, h := range walk.handles {
		place[h] = i
	}
	chars, from, err := s.chars(ctx, p)
	if err != nil {
		return out, err
	}
	out = pdfview.Painting{Objects: walk.objects, Text: pdfview.Text{Chars: chars}, Source: make([]int, len(chars))}
	for i, h := range from {
		at, ok := place[h]
		if !ok {
			at = -1
		}
		out.Source[i] = at
	}
	return out, nil
}

// RenderWithout paints a part of a page without some of its objects.
func (d *document) RenderWithout(
	ctx context.Context, page int, scale float64, clip image.Rectangle, hide func(i int) bool,
) (*image.RGBA, error) {
	pix, err := do(ctx, d, func(s *session) ([]byte, error) {
		return s.paintWithout(ctx, job{page, scale, clip, false}, hide)
	})
	if err != nil {
		return nil, err
	}
	return opaque(pix, clip), nil
}

// paintWithout switches objects off, paints, and switches them on again.
func (s *session) paintWithout(ctx context.Context, j job, hide func(i int) bool) (pix []byte, err error) {
	p, err := s.page(j.page)
	if err != nil {
		return nil, err
	}
	walk := objectWalk{ctx: ctx, m: s.m}
	if err := walk.page(p.handle); err != nil {
		return nil, err
	}
	var off []uint32
	defer func() {
		for _, h := range off {
			err = errors.Join(err, s.active(h, 1))
		}
	}()
	for i, h := range walk.handles {
		if hide(i) {
			off = append(off, h)
			if err := s.active(h, 0); err != nil {
				return nil, err
			}
		}
	}
	return s.paint(ctx, j)
}

func (s *session) active(object uint32, on uint64) error {
	_, err := s.m.call("FPDFPageObj_SetIsActive", uint64(object), on)
	return err
}

// objectWalk lists the objects of a page. It looks at ctx now and then.
type objectWalk struct {
	ctx     context.Context
	m       *module
	objects []pdfview.Object
	handles []uint32
	seen    int // with the forms, which are no objects of their own
}

func (w *objectWalk) page(page uint32) error {
	return w.list("FPDFPage_CountObjects", "FPDFPage_GetObject", page, matrix{1, 0, 0, 1, 0, 0}, 0)
}

// list notes the objects of a page or a form, whose space m takes to the page.
func (w *objectWalk) list(count, get string, of uint32, m matrix, depth int) error {
	n, err := w.m.call(count, uint64(of))
	if err != nil {
		return err
	}
	for i := range int(int32(n)) {
		if w.seen++; w.seen > maxObjects {
			return nil
		}
		if w.seen%charsBetweenLooks == 0 && w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		h, err := w.m.call(get, uint64(of), i32(i))
		if err != nil {
			return err
		}
		if uint32(h) == 0 {
			continue
		}
		if err := w.note(uint32(h), m, depth); err != nil {
			return err
		}
	}
	return nil
}

func (w *objectWalk) note(object uint32, m matrix, depth int) error {
	kind, err := w.m.call("FPDFPageObj_GetType", uint64(object))
	if err != nil {
		return err
	}
	if int32(kind) == typeForm {
		inner, err := w.formMatrix(object)
		if err != nil || depth >= maxFormDepth {
			return err
		}
		return w.list("FPDFFormObj_CountObjects", "FPDFFormObj_GetObject", object, inner.then(m), depth+1)
	}
	s := uint64(w.m.scratch)
	ok, err := w.m.call("FPDFPageObj_GetBounds", uint64(object), s, s+4, s+8, s+12)
	if err != nil {
		return err
	}
	o := pdfview.Object{Kind: objectKind(int32(kind))}
	if uint32(ok) != 0 {
		var f [4]float64
		if err := w.m.floats(f[:]); err != nil {
			return err
		}
		o.Box = m.rect(geom.RectOf(geom.Point{X: f[0], Y: f[1]}, geom.Point{X: f[2], Y: f[3]}))
	}
	w.objects, w.handles = append(w.objects, o), append(w.handles, object)
	return nil
}

func objectKind(kind int32) pdfview.ObjectKind {
	switch kind {
	case typeText:
		return pdfview.TextObject
	case typePath:
		return pdfview.PathObject
	case typeImage:
		return pdfview.ImageObject
	case typeShading:
		return pdfview.ShadingObject
	}
	return pdfview.OtherObject
}

// matrix is a transformation (ISO 32000-1, 8.3.4).
type matrix [6]float64

func (w *objectWalk) formMatrix(form uint32) (matrix, error) {
	m := matrix{1, 0, 0, 1, 0, 0}
	ok, err := w.m.call("FPDFPageObj_GetMatrix", uint64(form), uint64(w.m.scratch))
	if err == nil && uint32(ok) != 0 {
		err = w.m.floats(m[:])
	}
	return m, err
}

// then is m followed by n.
func (m matrix) then(n matrix) matrix {
	return matrix{
		m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3],
		m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3],
		m[4]*n[0] + m[5]*n[2] + n[4], m[4]*n[1] + m[5]*n[3] + n[5],
	}
}

// rect is the box around r after m.
func (m matrix) rect(r geom.Rect) geom.Rect {
	at := func(x, y float64) geom.Point {
		return geom.Point{X: finite(m[0]*x + m[2]*y + m[4]), Y: finite(m[1]*x + m[3]*y + m[5])}
	}
	out := geom.RectOf(at(r.X0, r.Y0), at(r.X1, r.Y1))
	return out.Union(geom.RectOf(at(r.X0, r.Y1), at(r.X1, r.Y0)))
}

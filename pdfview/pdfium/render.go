package pdfium

import (
	"context"
	"fmt"
	"image"
	"math"
	"time"

	"trinhky/pdfview"
)

// Limits of what one call paints: a tile of 8192 × 8192, a page of 2 million
// pixels a side (PDFium counts in 32 bits).
const (
	maxPixels = 8192 * 8192
	maxSide   = 2_000_000
)

// Flags of FPDF_RenderPageBitmap and FPDF_FFLDraw.
const (
	flagAnnotations = 0x01
	flagRGBA        = 0x10 // FPDF_REVERSE_BYTE_ORDER
)

var _ pdfview.TransparentRenderer = (*document)(nil)

// Render paints a part of a page on white.
func (d *document) Render(ctx context.Context, page int, scale float64, clip image.Rectangle) (*image.RGBA, error) {
	pix, err := do(ctx, d, func(s *session) ([]byte, error) {
		return s.paint(ctx, job{page, scale, clip, false})
	})
	if err != nil {
		return nil, err
	}
	return opaque(pix, clip), nil
}

// opaque is the picture of pixels painted on white.
func opaque(pix []byte, clip image.Rectangle) *image.RGBA {
	for i := 3; i < len(pix); i += 4 {
		pix[i] = 0xFF
	}
	return &image.RGBA{Pix: pix, Stride: 4 * clip.Dx(), Rect: image.Rect(0, 0, clip.Dx(), clip.Dy())}
}

// RenderTransparent paints a part of a page on nothing.
func (d *document) RenderTransparent(ctx context.Context, page int, scale float64, clip image.Rectangle) (*image.NRGBA, error) {
	pix, err := do(ctx, d, func(s *session) ([]byte, error) {
		return s.paint(ctx, job{page, scale, clip, true})
	})
	if err != nil {
		return nil, err
	}
	return &image.NRGBA{Pix: pix, Stride: 4 * clip.Dx(), Rect: image.Rect(0, 0, clip.Dx(), clip.Dy())}, nil
}

// job is one painting.
type job struct {
	page        int
	scale       float64
	clip        image.Rectangle
	transparent bool
}

// paint returns the pixels, four bytes each: red, green, blue, alpha (not
// premultiplied, and of no meaning without transparency). It looks at ctx
// between its steps.
func (s *session) paint(ctx context.Context, j job) (pix []byte, err error) {
	dx, dy := j.clip.Dx(), j.clip.Dy()
	if dx <= 0 || dy <= 0 || dx > maxPixels/dy {
		return nil, fmt.Errorf("pdfium: cannot paint %d × %d pixels", dx, dy)
	}
	g, err := s.geometry(j.page)
	if err != nil {
		return nil, err
	}
	size := g.ShownSize().Scale(j.scale)
	w, h := math.Ceil(size.W-epsilon), math.Ceil(size.H-epsilon)
	if !(w >= 1 && h >= 1 && w <= maxSide && h <= maxSide) {
		return nil, fmt.Errorf("pdfium: cannot paint a page of %g × %g pixels", w, h)
	}
	page, err := s.page(j.page)
	if err != nil {
		return nil, err
	}
	widgets, err := s.showWidgets(j.page)
	if err != nil {
		return nil, err
	}
	// Without an alpha channel PDFium would give the letters of widgets, and of
	// nothing else, coloured edges as for a liquid crystal display: a stamp would
	// not look as it did before it was signed.
	bitmap, err := s.bitmap(dx, dy, ground{alpha: j.transparent || widgets, empty: j.transparent})
	if err != nil {
		return nil, err
	}
	defer func() {
		if _, derr := s.m.call("FPDFBitmap_Destroy", bitmap); err == nil {
			err = derr
		}
	}()
	// Content and widgets take the same whole-page rectangle, so that both get
	// the very same matrix and tiles meet without a seam.
	where := []uint64{i32(-j.clip.Min.X), i32(-j.clip.Min.Y), i32(int(w)), i32(int(h)), 0, flagAnnotations | flagRGBA}
	if err := s.content(ctx, bitmap, page.handle, where); err != nil {
		return nil, err
	}
	if widgets {
		if _, err := s.m.call("FPDF_FFLDraw", append([]uint64{uint64(s.form), bitmap, uint64(page.handle)}, where...)...); err != nil {
			return nil, err
		}
	}
	return s.pixels(bitmap, dx, dy)
}

// Statuses of progressive rendering.
const (
	renderContinues = 1
	renderFailed    = 3
)

// content paints the page in steps of about a hundred objects. Between them
// ctx is looked at, and Go gets its processor back: while code of the sandbox
// runs, the garbage collector and everybody who waits for it stand still.
func (s *session) content(ctx context.Context, bitmap uint64, page uint32, where []uint64) (err error) {
	if s.pause == 0 {
		if err := s.makePause(); err != nil {
			return err
		}
	}
	args := append([]uint64{bitmap, uint64(page)}, where...)
	status, err := s.m.call("FPDF_RenderPageBitmap_Start", append(args, uint64(s.pause))...)
	if err != nil {
		return err
	}
	defer func() {
		if _, cerr := s.m.call("FPDF_RenderPage_Close", uint64(page)); err == nil {
			err = cerr
		}
	}()
	for int32(status) == renderContinues {
		if err := ctx.Err(); err != nil {
			return err
		}
		if time.Now().After(s.deadline) {
			return ErrSlow
		}
		if status, err = s.m.call("FPDF_RenderPage_Continue", uint64(page), uint64(s.pause)); err != nil {
			return err
		}
	}
	if int32(status) == renderFailed {
		return fmt.Errorf("pdfium: the page cannot be painted: %w", pdfview.ErrFormat)
	}
	return nil
}

// makePause makes the IFSDK_PAUSE that PDFium asks whether to pause. go-pdfium
// answers yes for one that it does not know by name.
func (s *session) makePause() error {
	name, err := s.m.put(nil, 1)
	if err != nil {
		return err
	}
	p, err := s.m.call("IFSDK_PAUSE_Create", uint64(name))
	if err != nil {
		return err
	}
	s.pause = uint32(p)
	return nil
}

// A page of 595.2756 points at a scale that makes it 1240.0000001 pixels has 1240.
const epsilon = 1e-4

// ground is what is painted on: white, with an alpha channel or without, or
// nothing.
type ground struct{ alpha, empty bool }

func (s *session) bitmap(dx, dy int, g ground) (uint64, error) {
	alpha, fill := uint64(0), uint64(0xFFFFFFFF)
	if g.alpha {
		alpha = 1
	}
	if g.empty {
		fill = 0
	}
	b, err := s.m.call("FPDFBitmap_Create", i32(dx), i32(dy), alpha)
	if err != nil {
		return 0, err
	}
	if uint32(b) == 0 {
		return 0, fmt.Errorf("pdfium: no memory for a bitmap of %d × %d", dx, dy)
	}
	_, err = s.m.call("FPDFBitmap_FillRect", b, 0, 0, i32(dx), i32(dy), fill)
	return b, err
}

// pixels copies the pixels out of the sandbox.
func (s *session) pixels(bitmap uint64, dx, dy int) ([]byte, error) {
	stride, err := s.m.call("FPDFBitmap_GetStride", bitmap)
	if err != nil {
		return nil, err
	}
	buf, err := s.m.call("FPDFBitmap_GetBuffer", bitmap)
	if err != nil {
		return nil, err
	}
	row := int(int32(stride))
	if row < 4*dx {
		return nil, fmt.Errorf("pdfium: bitmap rows of %d bytes for %d pixels", row, dx)
	}
	src, err := s.m.view(uint32(buf), row*dy)
	if err != nil {
		return nil, err
	}
	pix := make([]byte, 4*dx*dy)
	for y := range dy {
		copy(pix[4*dx*y:4*dx*(y+1)], src[row*y:])
	}
	return pix, nil
}

package layout

import (
	"context"
	"fmt"
	"image"
	"math"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// Seen is a Source whose pages can be looked at.
type Seen interface {
	Source
	Renderer
}

// Limits of what an eye can see.
const (
	leastContrast = 16  // of 255, between the letters and what is around them
	leastHeight   = 1.5 // points
	unseenScale   = 100.0 / 72
)

// Unseen lists the text of a page that nobody can see and everybody signs:
// white on white, painted over, beside the page, or microscopic. The layer of
// a scan's OCR lies over ink and is not listed.
func Unseen(ctx context.Context, doc Seen, page int) ([]Part, error) {
	t, err := doc.Text(ctx, page)
	if err != nil {
		return nil, fmt.Errorf("layout: page %d: %w", page, err)
	}
	g, err := doc.Page(ctx, page)
	if err != nil {
		return nil, fmt.Errorf("layout: page %d: %w", page, err)
	}
	s := &sheet{index: page, geom: g, size: g.ShownSize()}
	if max(s.size.W, s.size.H) > geom.MM(1500) {
		return nil, nil
	}
	off := &sheet{index: page, geom: g, size: s.size}
	off.lay(s.glyphs(t, func(_ pdfview.Char, g glyph) bool { return !s.onPage(g) }))
	s.lay(s.glyphs(t, func(_ pdfview.Char, g glyph) bool { return s.onPage(g) }))
	clip := image.Rect(0, 0, int(math.Ceil(s.size.W*unseenScale)), int(math.Ceil(s.size.H*unseenScale)))
	img, err := doc.Render(ctx, page, unseenScale, clip)
	if err != nil {
		return nil, fmt.Errorf("layout: page %d: %w", page, err)
	}
	var out []Part
	for _, r := range s.runs {
		if r.size < leastHeight || contrast(img, r) < leastContrast {
			out = append(out, s.part(likely, r))
		}
	}
	for _, r := range off.runs {
		out = append(out, off.part(certain, r))
	}
	return out, nil
}

// contrast is the span of the lightness in the box of a run.
func contrast(img *image.RGBA, r run) int {
	box := image.Rect(
		int(r.x0*unseenScale)-1, int(r.top()*unseenScale)-1, int(r.x1*unseenScale)+2, int(r.bottom()*unseenScale)+2,
	).Intersect(img.Rect)
	low, high := 255, 0
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			v := luma(img, x, y)
			low, high = min(low, v), max(high, v)
		}
	}
	return high - low
}

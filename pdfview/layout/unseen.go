package layout

import (
	"context"
	"fmt"
	"image"
	"math"
	"unicode"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// Seen is a Source whose pages can be looked at.
type Seen interface {
	Source
	Renderer
	pdfview.ObjectRenderer
}

// Limits of what an eye can see.
const (
	leastHeight = 1.5 // points
	unseenScale = 100.0 / 72
	leastShown  = 0.35 // of the height and the width of a letter
)

// Hidden is what a page holds and does not show.
type Hidden struct {
	// Text is what nobody can see and everybody signs: white on white, painted
	// over, cut away, in a layer that is off, beside the page, or microscopic.
	Text []Part
	// Layer is the text that stands behind the picture of a scan, as programs
	// put it there that read letters; not found where there is none.
	Layer Part
	// Covered are pictures and drawings that lie under others.
	Covered []Part
}

// Unseen compares a page with and without its text, and with and without what
// others may cover: what makes no difference cannot be seen, whatever the
// reason is.
func Unseen(ctx context.Context, doc Seen, page int) (Hidden, error) {
	l, err := newLook(ctx, doc, page)
	if err != nil {
		return Hidden{}, fmt.Errorf("layout: page %d: %w", page, err)
	}
	if l == nil {
		return Hidden{}, nil
	}
	var out Hidden
	if len(l.painting.Text.Chars) > 0 {
		if err := l.renderText(ctx, doc); err != nil {
			return Hidden{}, fmt.Errorf("layout: page %d: %w", page, err)
		}
		l.text(&out)
	}
	if out.Covered, err = l.covered(ctx, doc); err != nil {
		return Hidden{}, fmt.Errorf("layout: page %d: %w", page, err)
	}
	return out, nil
}

// look is one page taken apart.
type look struct {
	index    int
	geom     geom.Page
	size     geom.Size
	clip     image.Rectangle
	painting pdfview.Painting
	whole    *image.RGBA // as it is; nil until it is needed
	bare     *image.RGBA // without text
	// raised are the text objects that something later may cover; their letters
	// are looked for in risen, which has no other text, the rest in ink.
	raised     []bool
	ink, risen *difference
}

// newLook is nil for a page that is too large to be looked at.
func newLook(ctx context.Context, doc Seen, page int) (*look, error) {
	g, err := doc.Page(ctx, page)
	if err != nil {
		return nil, err
	}
	l := &look{index: page, geom: g, size: g.ShownSize()}
	if max(l.size.W, l.size.H) > geom.MM(1500) {
		return nil, nil
	}
	l.clip = image.Rect(0, 0, int(math.Ceil(l.size.W*unseenScale)), int(math.Ceil(l.size.H*unseenScale)))
	l.painting, err = doc.Painting(ctx, page)
	return l, err
}

// renderText paints the page with and without its text.
func (l *look) renderText(ctx context.Context, doc Seen) (err error) {
	isText := func(i int) bool { return l.painting.Objects[i].Kind == pdfview.TextObject }
	if l.whole, err = doc.Render(ctx, l.index, unseenScale, l.clip); err != nil {
		return err
	}
	if l.bare, err = doc.RenderWithout(ctx, l.index, unseenScale, l.clip, isText); err != nil {
		return err
	}
	l.ink = newDifference(l.whole, l.bare)
	if l.raised = raised(l.painting.Objects); l.raised == nil {
		return nil
	}
	risen, err := doc.RenderWithout(ctx, l.index, unseenScale, l.clip, func(i int) bool { return isText(i) && !l.raised[i] })
	if err != nil {
		return err
	}
	l.risen = newDifference(risen, l.bare)
	return nil
}

// mostCovers bounds what later objects of a hostile page are compared with.
const mostCovers = 2000

// raised marks the text that lies, for a good part, in the box of something
// painted later; nil where there is none.
func raised(objects []pdfview.Object) []bool {
	var out []bool
	var covers []geom.Rect
	for i := len(objects) - 1; i >= 0; i-- {
		o := objects[i]
		if o.Kind != pdfview.TextObject {
			if o.Box.W() > 1 && o.Box.H() > 1 {
				covers = append(covers, o.Box)
			}
			continue
		}
		under := len(covers) > mostCovers
		for k := 0; k < len(covers) && !under; k++ {
			common := covers[k].Intersect(o.Box)
			under = !common.Empty() && (common.W() > 0.2*o.Box.W() || common.W() > 8) && common.H() > 0.3*o.Box.H()
		}
		if under {
			if out == nil {
				out = make([]bool, len(objects))
			}
			out[i] = true
		}
	}
	return out
}

// text sorts the letters: seen, hidden, behind a scan.
func (l *look) text(out *Hidden) {
	chars := l.painting.Text.Chars
	gone, off := l.sheet(), l.sheet()
	unseen := make([]bool, len(chars))
	for i, c := range chars {
		unseen[i] = !l.sees(i, c)
	}
	at := -1
	each := func(want func(g glyph) bool) func(pdfview.Char, glyph) bool {
		at = -1
		return func(_ pdfview.Char, g glyph) bool { at++; return want(g) }
	}
	off.lay(off.glyphs(l.painting.Text, each(func(g glyph) bool { return !off.onPage(g) })))
	gone.lay(gone.glyphs(l.painting.Text, each(func(g glyph) bool { return unseen[at] && gone.onPage(g) })))
	behind := l.layer(gone.runs)
	for i, r := range gone.runs {
		switch {
		case behind[i]:
			if !out.Layer.Found() {
				out.Layer = gone.part(likely, r)
			}
		case worthNaming(r):
			out.Text = append(out.Text, gone.part(likely, r))
		}
	}
	for _, r := range off.runs {
		if worthNaming(r) {
			out.Text = append(out.Text, off.part(certain, r))
		}
	}
}

func (l *look) sheet() *sheet { return &sheet{index: l.index, geom: l.geom, size: l.size} }

// worthNaming says whether a run says something: two letters, or a figure.
func worthNaming(r run) bool {
	letters := 0
	for _, c := range r.text {
		switch {
		case unicode.IsDigit(c):
			return true
		case unicode.IsLetter(c):
			letters++
		}
	}
	return letters >= 2
}

// sees says whether a character can be seen; a space always can.
func (l *look) sees(i int, c pdfview.Char) bool {
	if unicode.IsSpace(c.Rune) || c.Box.Empty() {
		return true
	}
	box, at := c.Box, l.painting.Source[i]
	if at >= 0 && box.Intersect(l.painting.Objects[at].Box).Empty() {
		// The renderer places letters of an /ActualText in a form XObject without
		// the form's matrix: they are looked for where their object is painted.
		box = l.painting.Objects[at].Box
	}
	size := c.Box.H() * l.geom.Unit()
	if c.Size*l.geom.Unit() < leastHeight && size < leastHeight {
		return false
	}
	d := l.ink
	if at >= 0 && l.raised != nil && l.raised[at] {
		d = l.risen
	}
	return d.shows(l.pixels(l.geom.RectToShown(box)), leastStep(size))
}

// Steps of colour, of 255, that make a letter visible. What is pale can be read
// where it is large, as watermarks are.
const (
	paleStep  = 14
	smallStep = 26
)

// leastStep is for letters that are height points tall.
func leastStep(height float64) uint8 {
	const large = 14
	if height >= large {
		return paleStep
	}
	return smallStep
}

// pixels are those that a shown rectangle touches.
func (l *look) pixels(r geom.Rect) image.Rectangle {
	return image.Rect(
		int(math.Floor(r.X0*unseenScale)), int(math.Floor(r.Y0*unseenScale)),
		int(math.Ceil(r.X1*unseenScale)), int(math.Ceil(r.Y1*unseenScale)),
	).Intersect(l.clip)
}

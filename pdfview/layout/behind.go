package layout

import (
	"context"
	"image"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// Measures of a text layer behind a scan.
const (
	layerContrast = 16   // of 255: there is print where the letters stand
	wholePage     = 0.80 // of the page that the picture of a scan covers
	layerRuns     = 3    // lines that fit the picture, for letters that are painted
	layerShare    = 0.7  // of the lines that are painted
)

// layer says which of the unseen runs are the text layer of a scan. Letters
// that are not painted (rendering mode 3) belong to it where the picture has
// print; painted ones, which some programs put under the picture, only where
// one picture covers the page and its lines are those of the text: a photo laid
// over a text has others.
func (l *look) layer(runs []run) []bool {
	out := make([]bool, len(runs))
	painted, fit := 0, 0
	for i, r := range runs {
		print := span(l.bare, l.runPixels(r)) >= layerContrast
		if r.hidden {
			out[i] = print
			continue
		}
		painted++
		if out[i] = print && l.aligned(r); out[i] {
			fit++
		}
	}
	if painted > 0 && (fit < layerRuns || float64(fit) < layerShare*float64(painted) || !l.scanned()) {
		for i, r := range runs {
			out[i] = out[i] && r.hidden
		}
	}
	return out
}

func (l *look) runPixels(r run) image.Rectangle {
	return l.pixels(geom.Rect{X0: r.x0, Y0: r.top(), X1: r.x1, Y1: r.bottom()}).Inset(-1)
}

// scanned says whether one picture covers the page.
func (l *look) scanned() bool {
	page := geom.Rect{X1: l.size.W, Y1: l.size.H}
	for _, o := range l.painting.Objects {
		if o.Kind != pdfview.ImageObject {
			continue
		}
		r := l.geom.RectToShown(o.Box).Intersect(page)
		if !r.Empty() && r.W()*r.H() >= wholePage*l.size.W*l.size.H {
			return true
		}
	}
	return false
}

// aligned says whether the picture has a line of print where the run stands and
// paper above or below it.
func (l *look) aligned(r run) bool {
	band := func(from, to float64) float64 {
		return l.darkness(l.pixels(geom.Rect{X0: r.x0, Y0: r.base + from*r.size, X1: r.x1, Y1: r.base + to*r.size}))
	}
	line := band(-0.45, 0)
	return line > 0.06 && (band(0.24, 0.4) < line/3 || band(-1.1, -0.95) < line/3)
}

// darkness is the share of the pixels of a box that are much darker than its
// paper.
func (l *look) darkness(box image.Rectangle) float64 {
	if box.Empty() {
		return 0
	}
	paper, dark := 0, 0
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			paper = max(paper, luma(l.bare, x, y))
		}
	}
	paper = max(paper, 160)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if luma(l.bare, x, y) < paper-60 {
				dark++
			}
		}
	}
	return float64(dark) / float64(box.Dx()*box.Dy())
}

// Measures of pictures and drawings under others, in points.
const (
	leastUnder   = 4.0 // smaller is a rule or a dot
	leastPicture = 12.0
	leastStrokes = 6  // paths: fewer are frames painted twice
	underDetail  = 40 // of 255: an even surface says nothing
)

// covered lists pictures and drawings that make no difference to the page and
// would be seen if nothing lay over them.
func (l *look) covered(ctx context.Context, doc Seen) ([]Part, error) {
	under := l.below()
	if len(under) == 0 {
		return nil, nil
	}
	var err error
	if l.whole == nil {
		if l.whole, err = doc.Render(ctx, l.index, unseenScale, l.clip); err != nil {
			return nil, err
		}
	}
	without, err := doc.RenderWithout(ctx, l.index, unseenScale, l.clip, func(i int) bool { return under[i] })
	if err != nil {
		return nil, err
	}
	d := newDifference(l.whole, without)
	for i := range under {
		if !d.reach(l.box(i), paleStep).Empty() {
			delete(under, i)
		}
	}
	if len(under) == 0 {
		return nil, nil
	}
	alone, err := doc.RenderWithout(ctx, l.index, unseenScale, l.clip, func(i int) bool { return !under[i] })
	if err != nil {
		return nil, err
	}
	return l.nameCovered(under, alone), nil
}

// below are the pictures, and the paths larger than a rule, that lie inside the
// box of something painted later.
func (l *look) below() map[int]bool {
	objects := l.painting.Objects
	var covers []geom.Rect
	out := map[int]bool{}
	for i := len(objects) - 1; i >= 0 && len(out) <= mostCovers; i-- {
		o := objects[i]
		least := leastUnder
		if o.Kind == pdfview.ImageObject {
			least = leastPicture
		}
		if o.Kind == pdfview.TextObject || min(o.Box.W(), o.Box.H()) < least {
			continue
		}
		for k := max(0, len(covers)-mostCovers); k < len(covers); k++ {
			common := covers[k].Intersect(o.Box)
			if !common.Empty() && common.W()*common.H() > 0.9*o.Box.W()*o.Box.H() {
				out[i] = true
				break
			}
		}
		covers = append(covers, o.Box)
	}
	return out
}

func (l *look) box(i int) image.Rectangle {
	return l.pixels(l.geom.RectToShown(l.painting.Objects[i].Box))
}

// nameCovered keeps what has detail of its own, which the page does not show in
// the same way above it.
func (l *look) nameCovered(under map[int]bool, alone *image.RGBA) []Part {
	var out []Part
	same := newDifference(alone, l.whole)
	strokes := Part{Page: l.index, Confidence: likely}
	paths := 0
	for i, o := range l.painting.Objects {
		box := l.box(i).Inset(1)
		if !under[i] || span(alone, box) < underDetail || same.reach(box, underDetail).Empty() {
			continue
		}
		if o.Kind == pdfview.ImageObject {
			out = append(out, Part{Page: l.index, Rect: o.Box, Confidence: likely})
			continue
		}
		paths++
		strokes.Rect = strokes.Rect.Union(o.Box)
	}
	if paths >= leastStrokes {
		out = append(out, strokes)
	}
	return out
}

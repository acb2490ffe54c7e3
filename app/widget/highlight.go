package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"trinhky/pdfview/geom"
)

// Highlight paints places of a page over, e.g. what was found or is selected.
func (v *PageView) Highlight(page int, rects []geom.Rect, c color.Color) {
	for _, r := range rects {
		box := canvas.NewRectangle(c)
		v.marks = append(v.marks, mark{page: page, rect: r, box: box, over: true})
	}
	v.arrange()
}

// ClearHighlights takes the paint away; the frames stay.
func (v *PageView) ClearHighlights() {
	kept := v.marks[:0:0]
	for _, m := range v.marks {
		if !m.over {
			kept = append(kept, m)
		}
	}
	if len(kept) != len(v.marks) {
		v.marks = kept
		v.arrange()
	}
}

// at is the page and the point of shown space under a position of the plane;
// of the page that lies nearest where it falls between two.
func (v *PageView) at(p fyne.Position) (page int, shown geom.Point) {
	if len(v.sheet.pages) == 0 || v.sheet.scale == 0 {
		return -1, geom.Point{}
	}
	x, y := float64(p.X*v.pixel), float64(p.Y*v.pixel)
	page = v.sheet.pageAt(int(y))
	o := v.sheet.pages[page].Min
	return page, geom.Point{X: (x - float64(o.X)) / v.sheet.scale, Y: (y - float64(o.Y)) / v.sheet.scale}
}

// selection is text being selected by dragging.
type selection struct {
	page int
	from geom.Point
}

// selects lets a drag select text instead of moving the pages.
func (v *PageView) selects(e *fyne.DragEvent) bool {
	if v.OnSelect == nil {
		return false
	}
	page, here := v.at(e.Position)
	if page < 0 {
		return true
	}
	if v.selected == nil {
		_, start := v.at(e.Position.SubtractXY(e.Dragged.DX, e.Dragged.DY))
		v.selected = &selection{page, start}
	}
	if page == v.selected.page {
		v.OnSelect(page, v.selected.from, here)
	}
	return true
}

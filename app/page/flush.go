package page

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// flush is a border layout without gaps: the edges of the window's parts meet.
type flush struct{ top, bottom, left, center fyne.CanvasObject }

// newFlush puts parts around a center; each may be nil.
func newFlush(top, bottom, left, center fyne.CanvasObject) *fyne.Container {
	c := container.NewWithoutLayout()
	for _, o := range []fyne.CanvasObject{top, bottom, left, center} {
		if o != nil {
			c.Add(o)
		}
	}
	c.Layout = &flush{top, bottom, left, center}
	return c
}

func least0(o fyne.CanvasObject) fyne.Size {
	if o == nil || !o.Visible() {
		return fyne.Size{}
	}
	return o.MinSize()
}

func (f *flush) MinSize([]fyne.CanvasObject) fyne.Size {
	top, bottom, left, center := least0(f.top), least0(f.bottom), least0(f.left), least0(f.center)
	return fyne.NewSize(max(top.Width, bottom.Width, left.Width+center.Width),
		top.Height+bottom.Height+max(left.Height, center.Height))
}

func (f *flush) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	top, bottom, left := least0(f.top).Height, least0(f.bottom).Height, least0(f.left).Width
	put := func(o fyne.CanvasObject, x, y, w, h float32) {
		if o != nil {
			o.Move(fyne.NewPos(x, y))
			o.Resize(fyne.NewSize(w, h))
		}
	}
	put(f.top, 0, 0, size.Width, top)
	put(f.bottom, 0, size.Height-bottom, size.Width, bottom)
	put(f.left, 0, top, left, size.Height-top-bottom)
	put(f.center, left, top, size.Width-left, size.Height-top-bottom)
}

// table gives objects in a row fixed widths; the first takes what is left.
type table struct{ widths []float32 }

func (t *table) MinSize(o []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(120, 0)
	for i, c := range o {
		size.Height = max(size.Height, c.MinSize().Height)
		if i > 0 {
			size.Width += t.widths[i-1]
		}
	}
	return size
}

func (t *table) Layout(o []fyne.CanvasObject, size fyne.Size) {
	x := size.Width
	for i := len(o) - 1; i >= 0; i-- {
		w := x
		if i > 0 {
			w = t.widths[i-1]
		}
		x -= w
		o[i].Move(fyne.NewPos(x, 0))
		o[i].Resize(fyne.NewSize(w, size.Height))
	}
}

package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Parcel is how far something has come, as dots on a line; the words stand
// beside it.
type Parcel struct {
	widget.BaseWidget
	of, at int
	tone   Tone
}

// NewParcel shows that at of of steps are done.
func NewParcel(at, of int, tone Tone) *Parcel {
	p := &Parcel{of: of, at: at, tone: tone}
	p.ExtendBaseWidget(p)
	return p
}

const parcelStep, parcelDot float32 = 20, 9

// CreateRenderer draws dots and lines.
func (p *Parcel) CreateRenderer() fyne.WidgetRenderer {
	r := &parcelRenderer{p: p}
	for i := range p.of {
		if i > 0 {
			l := canvas.NewRectangle(nil)
			r.lines = append(r.lines, l)
			r.objects = append(r.objects, l)
		}
	}
	for range p.of {
		d := canvas.NewCircle(nil)
		r.dots = append(r.dots, d)
		r.objects = append(r.objects, d)
	}
	r.Refresh()
	return r
}

type parcelRenderer struct {
	p       *Parcel
	lines   []*canvas.Rectangle
	dots    []*canvas.Circle
	objects []fyne.CanvasObject
}

func (r *parcelRenderer) Layout(size fyne.Size) {
	y := size.Height / 2
	for i, d := range r.dots {
		d.Resize(fyne.NewSquareSize(parcelDot))
		d.Move(fyne.NewPos(float32(i)*parcelStep, y-parcelDot/2))
	}
	for i, l := range r.lines {
		l.Resize(fyne.NewSize(parcelStep-parcelDot, 2))
		l.Move(fyne.NewPos(float32(i)*parcelStep+parcelDot, y-1))
	}
}

func (r *parcelRenderer) MinSize() fyne.Size {
	return fyne.NewSize(float32(r.p.of-1)*parcelStep+parcelDot, 16)
}

func (r *parcelRenderer) Refresh() {
	strong, _ := r.p.tone.colors()
	on, off := theme.Color(strong), theme.Color(theme.ColorNameInputBorder)
	for i, d := range r.dots {
		d.FillColor = off
		if i < r.p.at {
			d.FillColor = on
		}
	}
	for i, l := range r.lines {
		l.FillColor = off
		if i+1 < r.p.at {
			l.FillColor = on
		}
	}
	canvas.Refresh(r.p)
}
func (r *parcelRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *parcelRenderer) Destroy()                     {}

package widget

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"trinhky/app/task"
	"trinhky/pdfview/geom"
)

// painter counts what is asked of it.
type painter struct {
	asked map[image.Rectangle]int
	scale float64
}

func (p *painter) Render(_ context.Context, _ int, scale float64, clip image.Rectangle) (*image.RGBA, error) {
	if p.asked == nil {
		p.asked = map[image.Rectangle]int{}
	}
	p.asked[clip]++
	p.scale = scale
	img := image.NewRGBA(image.Rect(0, 0, clip.Dx(), clip.Dy()))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{0x20, 0x60, 0xA0, 0xFF}), image.Point{}, draw.Src)
	return img, nil
}

// held keeps work until it is let go.
type held struct{ work []func() func() }

func (h *held) Go(work func() func()) { h.work = append(h.work, work) }

func (h *held) release() {
	work := h.work[0]
	h.work = h.work[1:]
	if back := work(); back != nil {
		back()
	}
}

func show(t *testing.T, r Runner, p Painter, sizes ...geom.Size) (*PageView, fyne.Window) {
	t.Helper()
	test.NewTempApp(t)
	v := NewPageView(r)
	w := test.NewTempWindow(t, v)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(600, 500))
	v.Display(p, sizes)
	return v, w
}

func TestPageViewPaintsWhatIsSeen(t *testing.T) {
	p := &painter{}
	v, w := show(t, task.Plain{}, p, geom.A4, geom.A4, geom.A4)
	if !v.AtRest() {
		t.Error("something is still to be painted")
	}
	for clip, n := range p.asked {
		if n != 1 {
			t.Errorf("tile %v was rendered %d times", clip, n)
		}
	}
	if got := w.Canvas().Capture().At(300, 250); !same(got, color.RGBA{0x20, 0x60, 0xA0, 0xFF}) {
		t.Errorf("the middle of the window shows %v", got)
	}
	before := len(p.asked)
	v.GoTo(2)
	if v.Page() != 2 {
		t.Errorf("page %d", v.Page())
	}
	if len(p.asked) < before {
		t.Error("nothing new was rendered")
	}
}

func same(a, b color.Color) bool {
	r1, g1, b1, _ := a.RGBA()
	r2, g2, b2, _ := b.RGBA()
	return r1 == r2 && g1 == g2 && b1 == b2
}

func TestZoomKeepsTheMiddle(t *testing.T) {
	p := &painter{}
	v, _ := show(t, task.Plain{}, p, geom.A4, geom.A4)
	v.SetZoom(1)
	v.GoTo(1)
	mid := func() float64 {
		return (float64(v.scroll.Offset.Y) + float64(v.scroll.Size().Height)/2) / v.zoom
	}
	before := mid()
	v.SetZoom(2)
	if p.scale != 2 {
		t.Errorf("rendered at %v", p.scale)
	}
	// The gaps between pages do not grow with the zoom.
	if after := mid(); math.Abs(after-before) > 2*gapUnits {
		t.Errorf("the middle moved from %v to %v points", before, after)
	}
	v.FitWidth()
	if w := float64(v.plane.MinSize().Width); w > 600 {
		t.Errorf("a fitted page is %v wide", w)
	}
}

// A place far into a long document stays in the view when the room changes.
func TestLongDocumentKeepsItsPlace(t *testing.T) {
	sizes := make([]geom.Size, 300)
	for i := range sizes {
		sizes[i] = geom.A4
	}
	v, w := show(t, task.Plain{}, &painter{}, sizes...)
	v.Reveal(298, geom.Rect{X0: 300, Y0: 400, X1: 400, Y1: 440})
	for _, width := range []float32{420, 900, 600} {
		w.Resize(fyne.NewSize(width, 500))
		if v.Page() != 298 {
			t.Errorf("%v wide: page %d is in the middle", width, v.Page())
		}
	}
	v.SetZoom(2)
	if v.Page() != 298 {
		t.Errorf("larger: page %d is in the middle", v.Page())
	}
}

func TestLateTilesAreDropped(t *testing.T) {
	h, p := &held{}, &painter{}
	v, _ := show(t, h, p, geom.A4)
	v.Display(&painter{}, []geom.Size{geom.A4, geom.A4})
	first := len(v.shown)
	h.release() // the tile of the document before
	if len(v.shown) != first {
		t.Error("a tile of another document is shown")
	}
	v.SetZoom(3)
	for range 400 {
		if len(h.work) == 0 {
			break
		}
		h.release()
	}
	for tl := range v.shown {
		if tl.scale != v.sheet.scale {
			t.Errorf("a tile of scale %v is shown at %v", tl.scale, v.sheet.scale)
		}
	}
	if !v.AtRest() {
		t.Error("it never came to rest")
	}
}

func placed(t *testing.T) (*PageView, *Stamp, *[]geom.Rect) {
	t.Helper()
	v, _ := show(t, task.Plain{}, &painter{}, geom.A4, geom.A4)
	s := NewStamp(0, geom.Rect{X0: 300, Y0: 200, X1: 400, Y1: 250})
	var done []geom.Rect
	s.OnDone = func(_ int, r geom.Rect) { done = append(done, r) }
	v.SetStamp(s)
	return v, s, &done
}

func TestArrowKeysMoveByMillimetres(t *testing.T) {
	_, s, done := placed(t)
	for key, want := range map[fyne.KeyName]geom.Point{
		fyne.KeyLeft: {X: -1}, fyne.KeyRight: {X: 1}, fyne.KeyUp: {Y: -1}, fyne.KeyDown: {Y: 1},
	} {
		before := s.Rect
		s.TypedKey(&fyne.KeyEvent{Name: key})
		dx, dy := geom.ToMM(s.Rect.X0-before.X0), geom.ToMM(s.Rect.Y0-before.Y0)
		if math.Abs(dx-want.X) > 1e-6 || math.Abs(dy-want.Y) > 1e-6 {
			t.Errorf("%s moved by %.3f, %.3f mm", key, dx, dy)
		}
	}
	if len(*done) != 4 {
		t.Errorf("told %d times", len(*done))
	}
	s.Locked = true
	before := s.Rect
	s.TypedKey(&fyne.KeyEvent{Name: fyne.KeyLeft})
	if s.Rect != before {
		t.Error("a locked stamp moved")
	}
}

func drag(s *Stamp, from fyne.Position, dx, dy float32) {
	s.Dragged(&fyne.DragEvent{
		PointEvent: fyne.PointEvent{Position: from.AddXY(dx, dy)}, Dragged: fyne.NewDelta(dx, dy),
	})
}

func TestDragMovesInPoints(t *testing.T) {
	v, s, done := placed(t)
	before := s.Rect
	mid := fyne.NewPos(s.Size().Width/2, s.Size().Height/2)
	drag(s, mid, 10, 20)
	s.DragEnd()
	want := before.Move(10/v.Zoom(), 20/v.Zoom())
	if math.Abs(s.Rect.X0-want.X0) > 0.01 || math.Abs(s.Rect.Y0-want.Y0) > 0.01 {
		t.Errorf("moved to %+v, want %+v", s.Rect, want)
	}
	if len(*done) != 1 || (*done)[0] != s.Rect {
		t.Errorf("told %+v", *done)
	}
}

func TestDragStaysOnThePageAndSnaps(t *testing.T) {
	_, s, _ := placed(t)
	mid := fyne.NewPos(s.Size().Width/2, s.Size().Height/2)
	drag(s, mid, 5000, 0)
	s.DragEnd()
	if s.Rect.X1 > geom.A4.W+0.01 || math.Abs(s.Rect.W()-100) > 0.01 {
		t.Errorf("the stamp left the page: %+v", s.Rect)
	}
	s.Place(0, geom.Rect{X0: 300, Y0: 200, X1: 400, Y1: 250})
	s.Snap = &geom.Point{X: 352, Y: 400}
	drag(s, mid, 0.5, 0)
	s.DragEnd()
	if c := s.Rect.Center(); math.Abs(c.X-352) > 0.01 {
		t.Errorf("the middle is at %v, the guide at 352", c.X)
	}
}

func TestResizeKeepsTheRatio(t *testing.T) {
	_, s, _ := placed(t)
	before := s.Rect
	corner := fyne.NewPos(s.Size().Width-grip, s.Size().Height-grip)
	drag(s, corner, 30, 15)
	s.DragEnd()
	if s.Rect.X0 != before.X0 || s.Rect.Y0 != before.Y0 || s.Rect.W() <= before.W() {
		t.Errorf("resized to %+v", s.Rect)
	}
	if got, want := s.Rect.W()/s.Rect.H(), before.W()/before.H(); math.Abs(got-want) > 1e-6 {
		t.Errorf("ratio %v, want %v", got, want)
	}
	s.Fixed = true
	fixed := s.Rect.Size()
	drag(s, fyne.NewPos(s.Size().Width-grip, s.Size().Height-grip), 30, 15)
	s.DragEnd()
	if got := s.Rect.Size(); math.Abs(got.W-fixed.W) > 1e-9 {
		t.Error("a seal changed its size")
	}
}

func TestDragToTheNextPage(t *testing.T) {
	v, s, _ := placed(t)
	mid := fyne.NewPos(s.Size().Width/2, s.Size().Height/2)
	drag(s, mid, 0, float32(geom.A4.H*v.Zoom()))
	s.DragEnd()
	if s.Page != 1 {
		t.Errorf("page %d", s.Page)
	}
	if r := s.Rect; r.Y0 < 0 || r.Y1 > geom.A4.H {
		t.Errorf("the stamp stands at %+v", r)
	}
}

func TestPINField(t *testing.T) {
	test.NewTempApp(t)
	f := NewPINField()
	submitted := 0
	f.OnSubmit = func() { submitted++ }
	enter := &fyne.KeyEvent{Name: fyne.KeyReturn}
	f.TypedKey(enter)
	for _, r := range "12a4" {
		f.TypedRune(r)
	}
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	f.TypedRune('5')
	f.TypedKey(enter)
	if submitted != 1 {
		t.Errorf("submitted %d times", submitted)
	}
	buffer := f.buffer[:4]
	if got := string(f.Take()); got != "12a5" {
		t.Errorf("took %q", got)
	}
	if !f.Empty() || string(buffer) != "\x00\x00\x00\x00" {
		t.Errorf("the buffer still holds %q", buffer)
	}
	f.TypedRune('ơ')
	if !f.Foreign() {
		t.Error("a Vietnamese letter is not noticed")
	}
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	if f.Foreign() || !f.Empty() {
		t.Error("the letter was not deleted whole")
	}
	f.TypedRune('A')
	if !f.CapsLock() {
		t.Error("a capital without Shift is not noticed")
	}
}

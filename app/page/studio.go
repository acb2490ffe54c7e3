package page

import (
	"image"
	"image/color"
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/ink"
	"trinhky/app/widget"
)

// studio is the image studio: the photo with the corners of its sheet on the
// left, the ink as it will stand on a document on the right.
type studio struct {
	kit    *Kit
	core   *flow.Studio
	back   func(saved bool)
	object fyne.CanvasObject

	corners *widget.Corners
	after   *canvas.Image
	notice  *fyne.Container
	told    *container.Scroll   // the notice, where the picture would stand
	sizes   []fyne.CanvasObject // rows of the controls that need a picture
	status  *fynewidget.Label
	size    *fynewidget.Label
	width   *fynewidget.Entry
	a4      *fynewidget.Check
	ruler   *fynewidget.Check
	known   *fynewidget.Entry
	refer   *fynewidget.Select
	coin    *fynewidget.Label // what was found of the coin
	save    *fynewidget.Button
	work    *fynewidget.ProgressBarInfinite
	empty   fyne.CanvasObject
	drawing bool
	shown   *image.NRGBA // what after shows
}

// newStudio opens the studio for a kind; back is called when the person leaves.
func newStudio(k *Kit, kind ink.Kind, back func(saved bool)) *studio {
	s := &studio{kit: k, back: back, corners: widget.NewCorners(), notice: container.NewVBox(), status: widget.NewCaption("")}
	s.told = container.NewVScroll(s.notice)
	s.after = &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleSmooth}
	s.core = k.Flow.Studio(kind, s.draw)
	s.corners.OnDone = func(c [4]widget.Spot) { s.core.SetSheet(s.quad(c)) }
	s.corners.OnRuler = func(widget.Spot, widget.Spot) { s.measure() }
	name(k, "studio.corners", s.corners)
	s.build(kind)
	s.draw(s.core.State())
	return s
}

func (s *studio) build(kind ink.Kind) {
	k := s.kit
	title := "studio.signature"
	if kind == ink.Seal {
		title = "studio.seal"
	}
	pick := name(k, "studio.pick", fynewidget.NewButton(k.say("studio.pick"), func() { k.PickPhoto(s.core.Open) }))
	leave := name(k, "studio.back", fynewidget.NewButton(k.say("studio.back"), func() { s.leave(false) }))
	s.save = name(k, "studio.save", fynewidget.NewButton(k.say("studio.save"), s.keep))
	s.save.Importance = fynewidget.HighImportance
	head := container.NewBorder(nil, nil, nil, container.NewHBox(leave, pick, s.save), widget.NewHeading(k.say(title)))
	s.work = fynewidget.NewProgressBarInfinite()
	s.work.Hide()
	hint := widget.NewText(k.say("studio.empty"))
	hint.Alignment = fyne.TextAlignCenter
	s.empty = container.NewCenter(container.New(&least{fyne.NewSize(300, 0)}, hint))
	before := container.NewBorder(widget.NewStrong(k.say("studio.before")), s.status, nil, nil, container.NewStack(s.corners, s.empty))
	side := container.NewBorder(widget.NewStrong(k.say("studio.after")), s.controls(), nil, nil, container.NewStack(s.after, s.told))
	columns := container.New(&studioLayout{}, before, side)
	s.object = container.New(layout.NewCustomPaddedLayout(12, 8, 18, 18),
		container.NewBorder(head, s.work, nil, nil, columns))
}

// controls are the size of the picture and how it is known.
func (s *studio) controls() fyne.CanvasObject {
	k := s.kit
	s.width = name(k, "studio.width", fynewidget.NewEntry())
	s.width.OnChanged = func(text string) {
		if mm, ok := millimetres(text); ok && !s.drawing {
			s.core.SetWidth(mm)
		}
	}
	s.size = caption("")
	s.a4 = name(k, "studio.a4", fynewidget.NewCheck(k.say("studio.a4"), func(on bool) {
		if !s.drawing {
			s.core.SetA4(on)
		}
	}))
	turn := name(k, "studio.turn", fynewidget.NewButton(k.say("studio.turn"), func() {
		if st := s.core.State(); st.Photo != nil {
			s.core.SetSheet(st.Sheet.Turned(1))
		}
	}))
	s.known = name(k, "studio.known", fynewidget.NewEntry())
	s.known.SetPlaceHolder(k.say("studio.mm"))
	s.known.OnChanged = func(string) { s.measure() }
	s.ruler = name(k, "studio.ruler", fynewidget.NewCheck(k.say("studio.ruler"), func(bool) { s.measure() }))
	s.reference()
	known := container.New(&least{fyne.NewSize(80, 0)}, s.known)
	width := container.New(&least{fyne.NewSize(80, 0)}, s.width)
	wide := container.NewBorder(nil, nil, fynewidget.NewLabel(k.say("studio.width")), nil, container.NewBorder(nil, nil, width, nil, s.size))
	ruled := container.NewBorder(nil, nil, nil, known, s.ruler)
	beside := container.NewBorder(nil, nil, fynewidget.NewLabel(k.say("studio.reference")), nil, s.refer)
	s.sizes = []fyne.CanvasObject{wide, ruled, beside}
	return container.NewVBox(wide, container.NewBorder(nil, nil, nil, turn, s.a4), ruled, beside, s.coin)
}

// studioLayout gives the photo a little more than half.
type studioLayout struct{}

func (studioLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	a, b := o[0].MinSize(), o[1].MinSize()
	return fyne.NewSize(a.Width+b.Width+16, max(a.Height, b.Height))
}

func (studioLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	right := max(o[1].MinSize().Width, size.Width*0.44)
	o[0].Resize(fyne.NewSize(size.Width-right-16, size.Height))
	o[0].Move(fyne.NewPos(0, 0))
	o[1].Resize(fyne.NewSize(right, size.Height))
	o[1].Move(fyne.NewPos(size.Width-right, 0))
}

// millimetres reads a number as people here write it.
func millimetres(text string) (float64, bool) {
	v, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(text), ",", "."), 64)
	return v, err == nil && v > 0 && v < 1000
}

// writeMM writes a number of millimetres with its tenths.
func writeMM(mm float64) string {
	return strings.TrimSuffix(strings.ReplaceAll(strconv.FormatFloat(mm, 'f', 1, 64), ".", ","), ",0")
}

// quad takes corners of the widget to pixels of the photo.
func (s *studio) quad(c [4]widget.Spot) ink.Quad {
	var q ink.Quad
	for i := range c {
		q[i] = s.point(c[i])
	}
	return q
}

func (s *studio) point(p widget.Spot) ink.Point {
	b := s.core.State().Photo.Bounds()
	return ink.Point{X: p.X * float64(b.Dx()), Y: p.Y * float64(b.Dy())}
}

// measure follows the ruler: two marks on the photo and the length between them.
func (s *studio) measure() {
	st := s.core.State()
	if s.drawing || st.Photo == nil {
		return
	}
	a, b := s.marks()
	s.corners.SetRuler(s.ruler.Checked, a, b)
	mm, ok := millimetres(s.known.Text)
	if !s.ruler.Checked || !ok {
		mm = 0
	}
	s.core.SetRuler(s.point(a), s.point(b), mm)
}

// marks are the ends of the ruler; at first they lie in the lower half.
func (s *studio) marks() (a, b widget.Spot) {
	a, b = s.corners.Ruler()
	if a == b {
		a, b = widget.Spot{X: 0.3, Y: 0.75}, widget.Spot{X: 0.7, Y: 0.75}
	}
	return a, b
}

// keep saves the picture and leaves.
func (s *studio) keep() {
	s.core.Save(func(_ string, err error) {
		if err != nil {
			s.tell(err)
			return
		}
		s.leave(true)
	})
}

func (s *studio) leave(saved bool) {
	s.core.Close()
	s.back(saved)
}

// tell says what is wrong in the place of the picture: the photo keeps its room,
// as its corners may be what has to be moved.
func (s *studio) tell(err error) {
	setVisible(s.told, err != nil)
	setVisible(s.after, err == nil)
	s.notice.Objects = nil
	if n := s.kit.problem(err); n != nil {
		s.notice.Add(n.Object())
	}
	s.notice.Refresh()
}

// draw shows a state.
func (s *studio) draw(st flow.StudioState) {
	s.drawing = true
	defer func() { s.drawing = false }()
	k := s.kit
	s.tell(st.Err)
	for _, row := range s.sizes {
		setVisible(row, st.Err == nil || st.Result != nil && st.Result.Image != nil)
	}
	setVisible(s.work, st.Busy)
	setVisible(s.empty, st.Photo == nil)
	if st.Photo == nil {
		s.corners.SetPhoto(nil, [4]widget.Spot{})
	} else {
		b := st.Photo.Bounds()
		var c [4]widget.Spot
		for i, p := range st.Sheet {
			c[i] = widget.Spot{X: p.X / float64(b.Dx()), Y: p.Y / float64(b.Dy())}
		}
		s.corners.SetPhoto(st.Photo.Image(), c)
	}
	switch {
	case st.Photo == nil && st.Path != "":
		s.status.SetText(filepath.Base(st.Path))
	case st.Photo == nil:
		s.status.SetText("")
	case st.Found:
		s.status.SetText(k.say("studio.found"))
	default:
		s.status.SetText(k.say("studio.whole"))
	}
	s.drawAfter(st)
	s.drawReference(st)
	s.a4.SetChecked(st.A4)
	if s.kit.Window == nil || s.kit.Window.Canvas().Focused() != s.width {
		text := ""
		if st.Width > 0 {
			text = writeMM(st.Width)
		}
		s.width.SetText(text)
	}
	if st.Ready() {
		s.save.Enable()
	} else {
		s.save.Disable()
	}
}

// drawAfter shows the ink on squares, and its size.
func (s *studio) drawAfter(st flow.StudioState) {
	if st.Result == nil || st.Result.Image == nil {
		s.shown, s.after.Image = nil, nil
		s.size.SetText("")
		s.after.Refresh()
		return
	}
	s.size.SetText(s.kit.say("studio.size", "height", writeMM(st.Height()), "width", strconv.Itoa(st.Result.Image.Rect.Dx()), "tall", strconv.Itoa(st.Result.Image.Rect.Dy())))
	if s.shown != st.Result.Image {
		s.shown = st.Result.Image
		s.after.Image = squared{st.Result.Image}
		s.after.Refresh()
	}
}

// squared is a picture on squares of white and light grey, which show that it
// is transparent.
type squared struct{ ink *image.NRGBA }

// ColorModel implements image.Image.
func (q squared) ColorModel() color.Model { return color.NRGBAModel }

// Bounds implements image.Image.
func (q squared) Bounds() image.Rectangle { return q.ink.Rect }

// At implements image.Image.
func (q squared) At(x, y int) color.Color {
	side := max(8, q.ink.Rect.Dx()/28)
	ground := 255
	if (x/side+y/side)%2 == 1 {
		ground = 228
	}
	c := q.ink.NRGBAAt(x, y)
	mix := func(v uint8) uint8 { return uint8((int(v)*int(c.A) + ground*(255-int(c.A))) / 255) }
	return color.NRGBA{mix(c.R), mix(c.G), mix(c.B), 255}
}

package widget

import (
	"context"
	"image"
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"trinhky/pdfview/geom"
)

// The width of a thumbnail and the room of its row, in Fyne units.
const (
	thumbWidth  = 84
	thumbHeight = thumbWidth * 1.414
)

// Thumbs lists the pages as small pictures; the current one and those that
// carry something to sign are marked.
type Thumbs struct {
	widget.BaseWidget
	// OnPage is told of the page that was chosen.
	OnPage func(page int)

	runner  Runner
	painter Painter
	sizes   []geom.Size
	ctx     context.Context
	cancel  context.CancelFunc
	images  map[int]*image.RGBA
	waiting map[int]bool
	marked  map[int]bool
	current int
	list    *widget.List
}

// NewThumbs makes an empty list.
func NewThumbs(r Runner) *Thumbs {
	t := &Thumbs{runner: r, images: map[int]*image.RGBA{}, waiting: map[int]bool{}, marked: map[int]bool{}}
	t.list = widget.NewList(
		func() int { return len(t.sizes) },
		func() fyne.CanvasObject { return newThumb() },
		func(i widget.ListItemID, o fyne.CanvasObject) { t.fill(i, o.(*thumb)) },
	)
	t.list.HideSeparators = true
	t.list.OnSelected = func(i widget.ListItemID) {
		t.list.Unselect(i)
		if t.OnPage != nil {
			t.OnPage(i)
		}
	}
	t.ExtendBaseWidget(t)
	return t
}

// Display lists the pages of p.
func (t *Thumbs) Display(p Painter, sizes []geom.Size) {
	if t.cancel != nil {
		t.cancel()
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	t.painter, t.sizes, t.current = p, sizes, 0
	t.images, t.waiting, t.marked = map[int]*image.RGBA{}, map[int]bool{}, map[int]bool{}
	if !t.list.Size().IsZero() { // a list that was never drawn cannot scroll
		t.list.ScrollToTop()
	}
	t.list.Refresh()
}

// SetCurrent marks the page that is looked at.
func (t *Thumbs) SetCurrent(page int) {
	if page != t.current {
		t.current = page
		t.list.Refresh()
		t.list.ScrollTo(page)
	}
}

// SetMarked marks the pages that carry something to sign.
func (t *Thumbs) SetMarked(pages ...int) {
	clear(t.marked)
	for _, p := range pages {
		t.marked[p] = true
	}
	t.list.Refresh()
}

func (t *Thumbs) fill(i int, o *thumb) {
	o.number.Text = strconv.Itoa(i + 1)
	o.paper.StrokeColor, o.paper.StrokeWidth = theme.Color(theme.ColorNameSeparator), 1
	o.number.Color = theme.Color(theme.ColorNamePlaceHolder)
	if i == t.current {
		o.paper.StrokeColor, o.paper.StrokeWidth = theme.Color(theme.ColorNamePrimary), 2
		o.number.Color = theme.Color(theme.ColorNamePrimary)
	}
	o.mark.Hidden = !t.marked[i]
	o.mark.FillColor = theme.Color(theme.ColorNamePrimary)
	if i < len(t.sizes) {
		o.shape.size = t.sizes[i]
	}
	img := t.images[i]
	o.picture.Hidden = img == nil
	if img != nil && o.picture.Image != image.Image(img) {
		o.picture.Image = img
		canvas.Refresh(o.picture)
	}
	o.Refresh()
	o.box.Refresh()
	if img == nil {
		t.render(i)
	}
}

func (t *Thumbs) render(i int) {
	if t.waiting[i] || t.painter == nil || i >= len(t.sizes) {
		return
	}
	t.waiting[i] = true
	k := 1.0
	if c := fyne.CurrentApp().Driver().CanvasForObject(t); c != nil {
		k = float64(c.Scale())
	}
	ctx, painter, size := t.ctx, t.painter, t.sizes[i]
	box := size.Fit(geom.Size{W: thumbWidth, H: thumbHeight})
	scale := box.W * k / size.W
	clip := image.Rect(0, 0, pixels(size.W, scale), pixels(size.H, scale))
	t.runner.Go(func() func() {
		img, err := painter.Render(ctx, i, scale, clip)
		return func() {
			if ctx != t.ctx || err != nil {
				return
			}
			t.images[i] = img
			t.list.RefreshItem(i)
		}
	})
}

// MinSize holds one thumbnail.
func (t *Thumbs) MinSize() fyne.Size { return fyne.NewSize(thumbWidth+30, 100) }

// CreateRenderer shows the list.
func (t *Thumbs) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.list) }

// thumb is one row.
type thumb struct {
	widget.BaseWidget
	paper   *canvas.Rectangle
	picture *canvas.Image
	mark    *canvas.Circle
	number  *canvas.Text
	shape   *thumbShape
	box     *fyne.Container
}

func newThumb() *thumb {
	t := &thumb{
		paper:   canvas.NewRectangle(color.White),
		picture: &canvas.Image{ScaleMode: canvas.ImageScaleFastest},
		mark:    canvas.NewCircle(color.Black),
		number:  canvas.NewText("", color.Black),
		shape:   &thumbShape{size: geom.A4},
	}
	t.number.TextSize = theme.CaptionTextSize()
	t.number.Alignment = fyne.TextAlignCenter
	t.box = container.New(t.shape, t.picture, t.paper, t.mark, t.number)
	t.paper.FillColor = color.Transparent
	t.ExtendBaseWidget(t)
	return t
}

func (t *thumb) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(t.box) }

// thumbShape puts the page in the middle of the row and its number below it.
type thumbShape struct{ size geom.Size }

func (s *thumbShape) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(thumbWidth+16, thumbHeight+26)
}

func (s *thumbShape) Layout(o []fyne.CanvasObject, room fyne.Size) {
	box := s.size.Fit(geom.Size{W: thumbWidth, H: thumbHeight})
	if box.W < thumbWidth && box.H < thumbHeight {
		box = s.size.Scale(min(thumbWidth/s.size.W, thumbHeight/s.size.H))
	}
	size := fyne.NewSize(float32(box.W), float32(box.H))
	at := fyne.NewPos((room.Width-size.Width)/2, 6+(thumbHeight-size.Height)/2)
	o[0].Resize(size)
	o[0].Move(at)
	o[1].Resize(size.AddWidthHeight(2, 2))
	o[1].Move(at.SubtractXY(1, 1))
	o[2].Resize(fyne.NewSquareSize(9))
	o[2].Move(at.AddXY(size.Width-12, 4))
	number := o[3].MinSize()
	o[3].Resize(fyne.NewSize(room.Width, number.Height))
	o[3].Move(fyne.NewPos(0, room.Height-number.Height-1))
}

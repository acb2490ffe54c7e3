package page

import (
	"image/color"
	"path/filepath"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
)

// batchGrid is the grid of the pile: arrows move, Enter and Space open. Only
// what can be seen of it exists.
type batchGrid struct {
	fynewidget.GridWrap
	page *batchPage
}

func newBatchGrid(p *batchPage) *batchGrid {
	g := &batchGrid{page: p}
	g.Length = func() int { return len(p.now.Rows) }
	g.CreateItem = func() fyne.CanvasObject { return newBatchCard() }
	g.UpdateItem = func(i int, o fyne.CanvasObject) {
		if i < len(p.now.Rows) {
			o.(*batchCard).fill(p.kit, p.now.Rows[i])
		}
	}
	g.OnSelected = func(i int) {
		g.Unselect(i)
		g.open(i)
	}
	g.OnHighlighted = func(i int) {
		p.chosen = i
		p.drawDetail()
	}
	g.ExtendBaseWidget(g)
	return name(p.kit, "batch.grid", g)
}

// MinSize is small: what stands around the grid may need the room.
func (g *batchGrid) MinSize() fyne.Size { return fyne.NewSize(cardWidth, 60) }

// TypedKey opens with Enter; the rest is the grid's own.
func (g *batchGrid) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter {
		g.open(max(0, g.page.chosen))
		return
	}
	g.GridWrap.TypedKey(e)
}

func (g *batchGrid) open(i int) {
	p := g.page
	if i >= len(p.now.Rows) {
		return
	}
	p.chosen = i
	if p.now.Rows[i].State.Signable() {
		p.kit.Flow.BatchOpen(i)
		return
	}
	p.drawDetail()
}

// The measures of a card, in Fyne units.
const (
	cardPicture       float32 = 172
	cardWidth         float32 = 168
	cardText, cardPad float32 = 19, 9
	cardHeight                = cardPicture + 2*cardText + 28 + 3*cardPad
)

// batchCard is one document of the grid.
type batchCard struct {
	fynewidget.BaseWidget
	picture *canvas.Image
	paper   *canvas.Rectangle
	title   *canvas.Text
	pages   *canvas.Text
	chip    *widget.Chip
	subject *fynewidget.Label
	ground  *widget.Surface
}

func newBatchCard() *batchCard {
	c := &batchCard{
		picture: &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleSmooth},
		paper:   canvas.NewRectangle(color.Transparent),
		title:   canvas.NewText("", color.Black), pages: canvas.NewText("", color.Black),
		chip: widget.NewChip(widget.Plain, ""), subject: widget.NewLine(""),
	}
	c.title.TextStyle.Bold = true
	c.title.TextSize, c.pages.TextSize = theme.CaptionTextSize()+1, theme.CaptionTextSize()
	c.pages.Alignment = fyne.TextAlignTrailing
	c.subject.SizeName = theme.SizeNameCaptionText
	box := container.New(&batchCardLayout{}, c.paper, c.picture, c.title, c.pages, c.subject, c.chip)
	c.ground = widget.NewSurface(widget.ColorSurface, 0, box)
	c.ground.Stroke, c.ground.Radius = widget.ColorBorder, 8
	c.ExtendBaseWidget(c)
	return c
}

// CreateRenderer shows the card.
func (c *batchCard) CreateRenderer() fyne.WidgetRenderer {
	return fynewidget.NewSimpleRenderer(c.ground)
}

// fill shows a row.
func (c *batchCard) fill(k *Kit, r *flow.BatchRow) {
	c.pages.Text = ""
	if r.Pages > 0 {
		c.pages.Text = k.say("batch.pages", "n", strconv.Itoa(r.Pages))
	}
	name := r.Number
	if name == "" {
		name = filepath.Base(r.Path)
	}
	c.setTitle(name)
	c.title.Color = theme.Color(theme.ColorNameForeground)
	c.pages.Color = theme.Color(theme.ColorNamePlaceHolder)
	c.subject.Importance = fynewidget.LowImportance
	text := r.Subject
	if r.Err != nil && r.State != flow.RowAgreed {
		c.subject.Importance = fynewidget.DangerImportance
		text = k.Messages.Of(r.Err).Title
	}
	if text == "" {
		text = shortName(r.Path, 24)
	}
	c.subject.SetText(text)
	tone, word := k.rowWord(r)
	c.chip.Set(tone, word)
	if c.picture.Image != r.Thumb {
		c.picture.Image = r.Thumb
		canvas.Refresh(c.picture)
	}
	c.picture.Hidden = r.Thumb == nil
	c.paper.StrokeColor, c.paper.StrokeWidth = theme.Color(theme.ColorNameSeparator), 1
	c.paper.Hidden = r.Thumb != nil
	c.ground.Stroke = widget.ColorBorder
	if r.State == flow.RowAgreed {
		c.ground.Stroke = theme.ColorNamePrimary
	}
	c.ground.Refresh()
	canvas.Refresh(c.title)
	canvas.Refresh(c.pages)
}

// setTitle shows as much of a name as the pages beside it leave room for.
func (c *batchCard) setTitle(name string) {
	room := cardWidth - 2*cardPad - c.pages.MinSize().Width - 6
	c.title.Text = name
	for n := len([]rune(name)) - 1; n > 4 && c.title.MinSize().Width > room; n-- {
		c.title.Text = shortName(name, n)
	}
}

// shortName shortens a file name in its middle, where names differ least.
func shortName(path string, n int) string {
	r := []rune(filepath.Base(path))
	if len(r) <= n {
		return string(r)
	}
	return string(r[:n/2]) + "~" + string(r[len(r)-n/2+1:])
}

// rowWord says in what state a document is.
func (k *Kit) rowWord(r *flow.BatchRow) (widget.Tone, string) {
	switch r.State {
	case flow.RowReading:
		return widget.Plain, k.say("batch.state.reading")
	case flow.RowReady:
		if !r.Place.Sure() {
			return widget.Warning, k.say("place.check")
		}
		return widget.Plain, k.say("batch.state.ready")
	case flow.RowUnready:
		return widget.Danger, k.say("batch.state.unready")
	case flow.RowAgreed:
		return widget.Info, k.say("batch.state.agreed")
	case flow.RowWaiting:
		return widget.Info, k.say("batch.state.waiting")
	case flow.RowDone:
		return widget.Success, k.say("batch.state.done")
	case flow.RowSetAside:
		return widget.Danger, k.say("batch.state.aside")
	case flow.RowReturned:
		return widget.Warning, k.say("batch.state.returned")
	}
	return widget.Plain, ""
}

// batchCardLayout puts the parts of a card where they always are: nothing is
// measured while the grid scrolls.
type batchCardLayout struct{}

func (batchCardLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(cardWidth, cardHeight)
}

func (batchCardLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	in := size.Width - 2*cardPad
	paper, picture, title, pages, subject, chip := o[0], o[1], o[2], o[3], o[4], o[5]
	width := cardPicture / 1.414
	paper.Move(fyne.NewPos((size.Width-width)/2, cardPad))
	paper.Resize(fyne.NewSize(width, cardPicture))
	picture.Move(fyne.NewPos(cardPad, cardPad))
	picture.Resize(fyne.NewSize(in, cardPicture))
	y := cardPad + cardPicture + 5
	title.Move(fyne.NewPos(cardPad, y))
	title.Resize(fyne.NewSize(in, cardText))
	pages.Move(fyne.NewPos(cardPad, y))
	pages.Resize(fyne.NewSize(in, cardText))
	subject.Move(fyne.NewPos(cardPad-theme.InnerPadding(), y+cardText-8))
	subject.Resize(fyne.NewSize(in+2*theme.InnerPadding(), subject.MinSize().Height))
	foot := size.Height - cardPad - 24
	chip.Move(fyne.NewPos(cardPad-2, foot))
	chip.Resize(fyne.NewSize(chip.MinSize().Width, 24))
}

// drawDetail says all about the chosen document, and what can be done with it.
func (p *batchPage) drawDetail() {
	p.detail.Objects = nil
	if p.chosen >= 0 && p.chosen < len(p.now.Rows) && p.now.Stage == flow.BatchIdle {
		p.detail.Objects = []fyne.CanvasObject{p.details(p.chosen, p.now.Rows[p.chosen])}
	}
	p.detail.Refresh()
}

func (p *batchPage) details(i int, r *flow.BatchRow) fyne.CanvasObject {
	k := p.kit
	title := widget.NewStrong(filepath.Base(r.Path))
	if r.Number != "" {
		title.SetText(r.Number + " · " + filepath.Base(r.Path))
	}
	text := r.Subject
	switch {
	case r.State == flow.RowReturned:
		text = k.say("batch.returned", "remark", r.Remark)
	case r.Err != nil && r.State != flow.RowAgreed:
		m := k.Messages.Of(r.Err)
		text = m.String()
	case r.State == flow.RowDone:
		text = k.say("batch.done", "asked", r.Asked.String(), "level", r.Signed.Level.String(), "file", filepath.Base(r.Signed.Path))
	}
	body := widget.NewText(text)
	body.SizeName = theme.SizeNameCaptionText
	card := widget.NewSurface(widget.ColorSurface, 5, container.NewBorder(nil, nil, nil,
		container.NewCenter(p.rowButtons(i, r)), widget.NewColumn(-12, title, body)))
	card.Stroke, card.Radius = widget.ColorBorder, 8
	return container.New(layout.NewCustomPaddedLayout(6, 2, 0, 0), card)
}

func (p *batchPage) rowButtons(i int, r *flow.BatchRow) fyne.CanvasObject {
	k := p.kit
	row := container.NewHBox()
	add := func(key string, tapped func()) {
		row.Add(name(k, key, fynewidget.NewButton(k.say(key), tapped)))
	}
	switch r.State {
	case flow.RowReady:
		add("batch.look", func() { k.Flow.BatchOpen(i) })
	case flow.RowAgreed:
		add("batch.takeback", func() { k.Flow.BatchTakeBack(i) })
		add("batch.look", func() { k.Flow.BatchOpen(i) })
	case flow.RowSetAside, flow.RowUnready:
		add("batch.retry", func() { k.Flow.BatchRetry(i) })
	case flow.RowDone:
		add("done.folder", func() { k.ShowFolder(r.Signed.Path) })
	case flow.RowReading, flow.RowWaiting, flow.RowReturned:
	}
	return row
}

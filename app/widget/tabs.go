package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Tabs shows one of several contents under a row of their names. The chosen
// name is bold and underlined; each name takes the keyboard, the arrows left
// and right go to its neighbours.
type Tabs struct {
	OnChosen func(i int)

	object fyne.CanvasObject
	body   *fyne.Container
	items  []*TabItem
	pages  []fyne.CanvasObject
	chosen int
}

// NewTabs shows the first of pages, which are as many as names.
func NewTabs(names []string, pages []fyne.CanvasObject) *Tabs {
	t := &Tabs{pages: pages, body: container.NewStack(), chosen: -1}
	row := container.NewHBox()
	for i, n := range names {
		item := newTabItem(n, func() { t.Choose(i) })
		item.step = func(by int) *TabItem {
			next := t.items[(i+by+len(t.items))%len(t.items)]
			next.tapped()
			return next
		}
		t.items = append(t.items, item)
		row.Add(item)
	}
	line := canvas.NewRectangle(theme.Color(ColorBorder))
	line.SetMinSize(fyne.NewSize(0, 1))
	t.object = container.NewBorder(container.NewBorder(nil, line, nil, nil, row), nil, nil, nil, t.body)
	t.Choose(0)
	return t
}

// Object is the row of names with the chosen content below.
func (t *Tabs) Object() fyne.CanvasObject { return t.object }

// Chosen is the index of what is shown.
func (t *Tabs) Chosen() int { return t.chosen }

// Item is the name of a content, which takes the keyboard and taps.
func (t *Tabs) Item(i int) *TabItem { return t.items[i] }

// Choose shows a content.
func (t *Tabs) Choose(i int) {
	if i == t.chosen {
		return
	}
	t.chosen = i
	for n, item := range t.items {
		item.selected = n == i
		item.Refresh()
	}
	t.body.Objects = []fyne.CanvasObject{t.pages[i]}
	t.body.Refresh()
	if t.OnChosen != nil {
		t.OnChosen(i)
	}
}

// TabItem is one name of Tabs.
type TabItem struct {
	widget.BaseWidget

	text                       string
	tapped                     func()
	step                       func(by int) *TabItem
	selected, hovered, focused bool
}

func newTabItem(text string, tapped func()) *TabItem {
	n := &TabItem{text: text, tapped: tapped}
	n.ExtendBaseWidget(n)
	return n
}

// Text is the name.
func (n *TabItem) Text() string { return n.text }

// Tapped shows the content.
func (n *TabItem) Tapped(*fyne.PointEvent) { n.tapped() }

// TypedKey shows the content, or that of a neighbour.
func (n *TabItem) TypedKey(e *fyne.KeyEvent) {
	by := 0
	switch e.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		n.tapped()
	case fyne.KeyLeft:
		by = -1
	case fyne.KeyRight:
		by = 1
	}
	if by == 0 {
		return
	}
	next := n.step(by)
	if c := fyne.CurrentApp().Driver().CanvasForObject(n); c != nil {
		c.Focus(next)
	}
}

// TypedRune does nothing.
func (n *TabItem) TypedRune(rune) {}

// FocusGained shows where the keyboard is.
func (n *TabItem) FocusGained() { n.focused = true; n.Refresh() }

// FocusLost hides it.
func (n *TabItem) FocusLost() { n.focused = false; n.Refresh() }

// MouseIn lights the name up.
func (n *TabItem) MouseIn(*desktop.MouseEvent) { n.hovered = true; n.Refresh() }

// MouseMoved does nothing.
func (n *TabItem) MouseMoved(*desktop.MouseEvent) {}

// MouseOut puts the light out.
func (n *TabItem) MouseOut() { n.hovered = false; n.Refresh() }

// CreateRenderer draws the name.
func (n *TabItem) CreateRenderer() fyne.WidgetRenderer {
	r := &tabRenderer{n: n, back: canvas.NewRectangle(nil), line: canvas.NewRectangle(nil), label: canvas.NewText(n.text, nil)}
	r.Refresh()
	return r
}

type tabRenderer struct {
	n          *TabItem
	back, line *canvas.Rectangle
	label      *canvas.Text
}

// tabSide is the room left and right of a name, tabTop that above and below.
const (
	tabSide float32 = 11
	tabTop  float32 = 6
)

// MinSize leaves room for the bold name, so that nothing moves with the choice.
func (r *tabRenderer) MinSize() fyne.Size {
	return fyne.MeasureText(r.n.text, theme.TextSize(), fyne.TextStyle{Bold: true}).AddWidthHeight(2*tabSide, 2*tabTop)
}

func (r *tabRenderer) Layout(size fyne.Size) {
	r.back.Resize(size.SubtractWidthHeight(2, 4))
	r.back.Move(fyne.NewPos(1, 1))
	r.line.Resize(fyne.NewSize(size.Width-2*tabSide, 3))
	r.line.Move(fyne.NewPos(tabSide, size.Height-3))
	text := r.label.MinSize()
	r.label.Resize(text)
	r.label.Move(fyne.NewPos((size.Width-text.Width)/2, (size.Height-text.Height)/2))
}

func (r *tabRenderer) Refresh() {
	n := r.n
	r.back.FillColor, r.back.CornerRadius = color.Transparent, 6
	if n.hovered || n.focused {
		r.back.FillColor = theme.Color(theme.ColorNameHover)
	}
	r.back.StrokeColor, r.back.StrokeWidth = color.Transparent, 0
	if n.focused {
		r.back.StrokeColor, r.back.StrokeWidth = theme.Color(theme.ColorNamePrimary), 1
	}
	r.line.FillColor = color.Transparent
	r.label.Color = theme.Color(theme.ColorNameForeground)
	if n.selected {
		r.line.FillColor = theme.Color(theme.ColorNamePrimary)
		r.label.Color = theme.Color(theme.ColorNamePrimary)
	}
	r.label.TextSize, r.label.TextStyle.Bold = theme.TextSize(), n.selected
	r.Layout(n.Size())
	canvas.Refresh(n)
}

func (r *tabRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.line, r.label}
}
func (r *tabRenderer) Destroy() {}

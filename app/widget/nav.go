package widget

import (
	"image/color"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// NavItem is one entry of the left rail: an icon with its word, and a badge.
type NavItem struct {
	widget.BaseWidget
	OnTapped func()

	icon     fyne.Resource
	text     string
	badge    int
	selected bool
	hovered  bool
	focused  bool
}

// NewNavItem makes an entry.
func NewNavItem(text string, icon fyne.Resource, tapped func()) *NavItem {
	n := &NavItem{text: text, icon: icon, OnTapped: tapped}
	n.ExtendBaseWidget(n)
	return n
}

// Text is the word of the entry.
func (n *NavItem) Text() string { return n.text }

// SetBadge shows a count; 0 hides it.
func (n *NavItem) SetBadge(count int) {
	if count != n.badge {
		n.badge = count
		n.Refresh()
	}
}

// SetSelected marks the entry of the page that is shown.
func (n *NavItem) SetSelected(on bool) {
	if on != n.selected {
		n.selected = on
		n.Refresh()
	}
}

// Tapped goes to the page.
func (n *NavItem) Tapped(*fyne.PointEvent) {
	if n.OnTapped != nil {
		n.OnTapped()
	}
}

// TypedKey goes to the page with Enter or the space bar.
func (n *NavItem) TypedKey(e *fyne.KeyEvent) {
	if e.Name == fyne.KeyReturn || e.Name == fyne.KeyEnter || e.Name == fyne.KeySpace {
		n.Tapped(nil)
	}
}

// TypedRune does nothing.
func (n *NavItem) TypedRune(rune) {}

// FocusGained and FocusLost show where the keyboard is.
func (n *NavItem) FocusGained() { n.focused = true; n.Refresh() }

// FocusLost hides it.
func (n *NavItem) FocusLost() { n.focused = false; n.Refresh() }

// MouseIn, MouseMoved and MouseOut light the entry up.
func (n *NavItem) MouseIn(*desktop.MouseEvent) { n.hovered = true; n.Refresh() }

// MouseMoved does nothing.
func (n *NavItem) MouseMoved(*desktop.MouseEvent) {}

// MouseOut puts the light out.
func (n *NavItem) MouseOut() { n.hovered = false; n.Refresh() }

// CreateRenderer draws the entry.
func (n *NavItem) CreateRenderer() fyne.WidgetRenderer {
	r := &navRenderer{
		n: n, back: canvas.NewRectangle(nil), edge: canvas.NewRectangle(nil),
		icon: widget.NewIcon(n.icon), label: canvas.NewText(n.text, nil),
		badge: canvas.NewRectangle(nil), count: canvas.NewText("", color.White),
	}
	r.count.TextSize, r.count.TextStyle.Bold = 10, true
	r.Refresh()
	return r
}

type navRenderer struct {
	n                 *NavItem
	back, edge, badge *canvas.Rectangle
	icon              *widget.Icon
	label, count      *canvas.Text
}

// NavTall is the height of an entry with its icon above its word; below
// navRow they stand side by side.
const (
	NavTall float32 = 62
	navRow  float32 = 50
	navIcon float32 = 22
)

func (r *navRenderer) Layout(size fyne.Size) {
	r.back.Resize(size.SubtractWidthHeight(8, 4))
	r.back.Move(fyne.NewPos(4, 2))
	r.edge.Resize(fyne.NewSize(3, size.Height-size.Height/3))
	r.edge.Move(fyne.NewPos(0, size.Height/6))
	text, count := r.label.MinSize(), r.count.MinSize()
	r.label.Resize(text)
	r.count.Resize(count)
	w := max(count.Width+8, 16)
	r.badge.Resize(fyne.NewSize(w, 16))
	at := fyne.NewPos(size.Width/2+5, (size.Height-52)/2)
	if size.Height < navRow {
		const small = 17
		r.icon.Resize(fyne.NewSquareSize(small))
		r.icon.Move(fyne.NewPos(10, (size.Height-small)/2))
		r.label.Move(fyne.NewPos(10+small+5, (size.Height-text.Height)/2))
		at = fyne.NewPos(12-w/2, max((size.Height-small)/2-9, 0)) // over the corner of the icon that is far from the word
	} else {
		top := (size.Height - navIcon - 3 - text.Height) / 2
		r.icon.Resize(fyne.NewSquareSize(navIcon))
		r.icon.Move(fyne.NewPos((size.Width-navIcon)/2, top))
		r.label.Move(fyne.NewPos((size.Width-text.Width)/2, top+navIcon+3))
	}
	r.badge.Move(at)
	r.count.Move(at.AddXY((w-count.Width)/2, (16-count.Height)/2))
}

func (r *navRenderer) MinSize() fyne.Size { return fyne.NewSize(112, 26) }

func (r *navRenderer) Refresh() {
	n := r.n
	ink := fyne.ThemeColorName(ColorRailText)
	r.back.FillColor, r.back.CornerRadius = color.Transparent, 8
	r.edge.FillColor, r.edge.CornerRadius = color.Transparent, 2
	if n.hovered || n.focused {
		r.back.FillColor = fade(theme.Color(ColorRailActive), 0x80)
	}
	if n.selected {
		r.back.FillColor = theme.Color(ColorRailActive)
		r.edge.FillColor = color.White
	}
	r.back.StrokeColor, r.back.StrokeWidth = color.Transparent, 0
	if n.focused {
		r.back.StrokeColor, r.back.StrokeWidth = color.White, 1
	}
	r.icon.SetResource(Tint(n.icon, ink))
	r.label.Color, r.label.TextSize = theme.Color(ink), theme.CaptionTextSize()
	r.label.TextStyle.Bold = n.selected
	r.count.Text = strconv.Itoa(min(n.badge, 999))
	r.count.Hidden, r.badge.Hidden = n.badge == 0, n.badge == 0
	r.badge.FillColor, r.badge.CornerRadius = color.NRGBA{0xD9, 0x5B, 0x2B, 0xFF}, 8
	r.Layout(n.Size())
	canvas.Refresh(n)
}

func (r *navRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.edge, r.icon, r.label, r.badge, r.count}
}
func (r *navRenderer) Destroy() {}

package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Notice is what somebody should know, as a line and not as a window: an icon,
// a title, a sentence, what to do, and at most one button.
type Notice struct {
	Tone        Tone
	Title, Text string
	Next        string
	Cause       string // for the fold; "": none
	CauseLabel  string // the words of the fold
	Action      string // "": no button
	OnAction    func()
}

// Object draws the notice.
func (n Notice) Object() fyne.CanvasObject {
	_, soft := n.Tone.colors()
	icon := widget.NewIcon(n.Tone.Icon())
	body := container.New(&column{gap: -8})
	if n.Title != "" {
		t := NewText(n.Title)
		t.TextStyle.Bold = true
		body.Add(t)
	}
	for _, s := range []string{n.Text, n.Next} {
		if s != "" {
			body.Add(NewText(s))
		}
	}
	if n.Cause != "" {
		fold := NewFold(n.CauseLabel, func() fyne.CanvasObject { return NewCaption(n.Cause) })
		body.Add(fold)
	}
	rows := container.NewVBox(container.NewBorder(nil, nil, container.NewVBox(container.New(layout.NewCustomPaddedLayout(8, 0, 4, 0), icon)), nil, body))
	if n.Action != "" {
		b := widget.NewButton(n.Action, n.OnAction)
		rows.Add(container.NewHBox(layout.NewSpacer(), b))
	}
	s := NewSurface(soft, 4, rows)
	s.Radius = 6
	return s
}

// NewFold is a small button that unfolds what make returns.
func NewFold(label string, make func() fyne.CanvasObject) fyne.CanvasObject {
	box := container.NewVBox()
	var b *widget.Button
	b = widget.NewButtonWithIcon(label, theme.MenuExpandIcon(), func() {
		if len(box.Objects) > 1 {
			box.Objects = box.Objects[:1]
			b.SetIcon(theme.MenuExpandIcon())
		} else {
			box.Add(make())
			b.SetIcon(theme.MenuDropDownIcon())
		}
		box.Refresh()
	})
	b.Importance = widget.LowImportance
	b.Alignment = widget.ButtonAlignLeading
	box.Add(b)
	return box
}

// column is a vertical box with a gap of its own, which may be negative where
// labels bring their own padding.
type column struct{ gap float32 }

// NewColumn stacks objects with a gap of its own.
func NewColumn(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&column{gap}, objects...)
}

func (c *column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	first := true
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		m := o.MinSize()
		size.Width = max(size.Width, m.Width)
		size.Height += m.Height
		if !first {
			size.Height += c.gap
		}
		first = false
	}
	return size
}

func (c *column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		o.Move(fyne.NewPos(0, y))
		h := o.MinSize().Height
		o.Resize(fyne.NewSize(size.Width, h))
		y += h + c.gap
	}
}

// Chip is a state in one or two words with its icon.
type Chip struct {
	widget.BaseWidget
	tone  Tone
	icon  *widget.Icon
	label *canvas.Text
	back  *canvas.Rectangle
}

// NewChip makes a chip.
func NewChip(tone Tone, text string) *Chip {
	c := &Chip{icon: widget.NewIcon(nil), label: canvas.NewText(text, nil), back: canvas.NewRectangle(nil)}
	c.label.TextSize = theme.CaptionTextSize()
	c.label.TextStyle.Bold = true
	c.ExtendBaseWidget(c)
	c.Set(tone, text)
	return c
}

// Set changes what it says.
func (c *Chip) Set(tone Tone, text string) {
	c.tone, c.label.Text = tone, text
	c.Refresh()
}

// Text is what it says.
func (c *Chip) Text() string { return c.label.Text }

// CreateRenderer draws the chip.
func (c *Chip) CreateRenderer() fyne.WidgetRenderer { return &chipRenderer{c} }

type chipRenderer struct{ c *Chip }

const chipHeight, chipIcon, chipPad float32 = 24, 15, 8

func (r *chipRenderer) Layout(size fyne.Size) {
	c := r.c
	c.back.Resize(fyne.NewSize(size.Width, chipHeight))
	y := (size.Height - chipHeight) / 2
	c.back.Move(fyne.NewPos(0, y))
	c.icon.Resize(fyne.NewSquareSize(chipIcon))
	c.icon.Move(fyne.NewPos(chipPad, y+(chipHeight-chipIcon)/2))
	text := c.label.MinSize()
	c.label.Resize(text)
	c.label.Move(fyne.NewPos(chipPad+chipIcon+4, y+(chipHeight-text.Height)/2))
}

func (r *chipRenderer) MinSize() fyne.Size {
	return fyne.NewSize(2*chipPad+chipIcon+4+r.c.label.MinSize().Width, chipHeight)
}

func (r *chipRenderer) Refresh() {
	c := r.c
	strong, soft := c.tone.colors()
	c.back.FillColor, c.back.CornerRadius = theme.Color(soft), chipHeight/2
	c.label.Color = theme.Color(strong)
	c.icon.SetResource(c.tone.Icon())
	r.Layout(c.Size())
	canvas.Refresh(c)
}

func (r *chipRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.c.back, r.c.icon, r.c.label}
}
func (r *chipRenderer) Destroy() {}

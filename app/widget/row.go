package widget

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// Row is one line of a list: an icon, a title with a quiet line below it, and
// buttons at the right. It is made once and filled again and again.
type Row struct {
	widget.BaseWidget
	icon    *widget.Icon
	title   *widget.Label
	detail  *widget.Label
	buttons *fyne.Container
	whole   *fyne.Container
}

// RowButton is a button of a row.
type RowButton struct {
	Text    string
	Icon    fyne.Resource
	Primary bool
	Tapped  func()
}

// NewRow makes a row.
func NewRow() *Row {
	r := &Row{
		icon: widget.NewIcon(nil), title: NewStrong(""), detail: NewLine(""),
		buttons: container.NewHBox(),
	}
	r.detail.SizeName, r.detail.Importance = theme.SizeNameCaptionText, widget.LowImportance
	square := container.New(layout.NewGridWrapLayout(fyne.NewSquareSize(26)), r.icon)
	left := container.New(layout.NewCustomPaddedLayout(0, 0, 10, 4), container.NewCenter(square))
	text := container.NewBorder(nil, nil, nil, nil, NewColumn(-12, r.title, r.detail))
	right := container.New(layout.NewCustomPaddedLayout(0, 0, 4, 10), container.NewCenter(r.buttons))
	card := NewSurface(ColorSurface, 5, container.NewBorder(nil, nil, left, right, text))
	card.Stroke, card.Radius = ColorBorder, 8
	r.whole = container.New(layout.NewCustomPaddedLayout(3, 3, 2, 2), card)
	r.ExtendBaseWidget(r)
	return r
}

// Fill shows other things in the row.
func (r *Row) Fill(icon fyne.Resource, title, detail string, buttons ...RowButton) {
	r.icon.SetResource(icon)
	r.title.SetText(title)
	r.detail.SetText(detail)
	for len(r.buttons.Objects) > len(buttons) {
		r.buttons.Objects = r.buttons.Objects[:len(r.buttons.Objects)-1]
	}
	for i, b := range buttons {
		if i == len(r.buttons.Objects) {
			r.buttons.Add(widget.NewButton("", nil))
		}
		o := r.buttons.Objects[i].(*widget.Button)
		o.OnTapped, o.Importance = b.Tapped, widget.MediumImportance
		if b.Primary {
			o.Importance = widget.HighImportance
		}
		o.Text, o.Icon = b.Text, b.Icon
		o.Refresh()
	}
	r.Refresh()
}

// Button is the nth button.
func (r *Row) Button(n int) *widget.Button { return r.buttons.Objects[n].(*widget.Button) }

// CreateRenderer shows the row.
func (r *Row) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.whole) }

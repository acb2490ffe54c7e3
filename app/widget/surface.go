package widget

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// The colours of our theme beside Fyne's own names.
const (
	ColorRail        fyne.ThemeColorName = "rail"
	ColorRailText    fyne.ThemeColorName = "railText"
	ColorRailActive  fyne.ThemeColorName = "railActive"
	ColorSurface     fyne.ThemeColorName = "surface"
	ColorDesk        fyne.ThemeColorName = "desk" // behind the pages
	ColorFound       fyne.ThemeColorName = "found"
	ColorFoundNow    fyne.ThemeColorName = "found-now" // the one that is looked at, or selected
	ColorBorder      fyne.ThemeColorName = "border"
	ColorInfoSoft    fyne.ThemeColorName = "infoSoft"
	ColorSuccessSoft fyne.ThemeColorName = "successSoft"
	ColorWarningSoft fyne.ThemeColorName = "warningSoft"
	ColorErrorSoft   fyne.ThemeColorName = "errorSoft"
)

// Tone says what a colour means; words and an icon always say it too.
type Tone int

// The tones.
const (
	Plain Tone = iota
	Info
	Success
	Warning
	Danger
)

// colors are the strong and the soft colour of a tone.
func (t Tone) colors() (strong, soft fyne.ThemeColorName) {
	switch t {
	case Info:
		return theme.ColorNamePrimary, ColorInfoSoft
	case Success:
		return theme.ColorNameSuccess, ColorSuccessSoft
	case Warning:
		return theme.ColorNameWarning, ColorWarningSoft
	case Danger:
		return theme.ColorNameError, ColorErrorSoft
	case Plain:
	}
	return theme.ColorNameForeground, theme.ColorNameButton
}

// Icon is the icon that goes with a tone.
func (t Tone) Icon() fyne.Resource {
	strong, _ := t.colors()
	switch t {
	case Success:
		return theme.NewColoredResource(theme.ConfirmIcon(), strong)
	case Warning:
		return theme.NewColoredResource(theme.WarningIcon(), strong)
	case Danger:
		return theme.NewColoredResource(theme.ErrorIcon(), strong)
	case Info, Plain:
	}
	return theme.NewColoredResource(theme.InfoIcon(), strong)
}

// Surface is content on a coloured, rounded ground. It follows the theme.
type Surface struct {
	widget.BaseWidget
	Fill, Stroke fyne.ThemeColorName // "": none
	Radius       float32
	Inset        float32 // room around the content
	Content      fyne.CanvasObject
}

// NewSurface makes a surface.
func NewSurface(fill fyne.ThemeColorName, inset float32, content fyne.CanvasObject) *Surface {
	s := &Surface{Fill: fill, Inset: inset, Content: content}
	s.ExtendBaseWidget(s)
	return s
}

// NewCard is content on a white card with a fine border.
func NewCard(content fyne.CanvasObject) *Surface {
	s := NewSurface(ColorSurface, 12, content)
	s.Stroke, s.Radius = ColorBorder, 8
	return s
}

// CreateRenderer draws the ground below the content.
func (s *Surface) CreateRenderer() fyne.WidgetRenderer {
	r := &surfaceRenderer{s: s, ground: canvas.NewRectangle(color.Transparent)}
	r.Refresh()
	return r
}

type surfaceRenderer struct {
	s      *Surface
	ground *canvas.Rectangle
}

func (r *surfaceRenderer) Layout(size fyne.Size) {
	r.ground.Resize(size)
	if c := r.s.Content; c != nil {
		c.Move(fyne.NewPos(r.s.Inset, r.s.Inset))
		c.Resize(size.SubtractWidthHeight(2*r.s.Inset, 2*r.s.Inset))
	}
}

func (r *surfaceRenderer) MinSize() fyne.Size {
	size := fyne.NewSquareSize(2 * r.s.Inset)
	if c := r.s.Content; c != nil && c.Visible() {
		size = size.Add(c.MinSize())
	}
	return size
}

func (r *surfaceRenderer) Refresh() {
	r.ground.FillColor, r.ground.StrokeColor = color.Transparent, color.Transparent
	if r.s.Fill != "" {
		r.ground.FillColor = theme.Color(r.s.Fill)
	}
	if r.s.Stroke != "" {
		r.ground.StrokeColor, r.ground.StrokeWidth = theme.Color(r.s.Stroke), 1
	}
	r.ground.CornerRadius = r.s.Radius
	r.Layout(r.s.Size())
	canvas.Refresh(r.s)
}

func (r *surfaceRenderer) Objects() []fyne.CanvasObject {
	if r.s.Content == nil {
		return []fyne.CanvasObject{r.ground}
	}
	return []fyne.CanvasObject{r.ground, r.s.Content}
}
func (r *surfaceRenderer) Destroy() {}

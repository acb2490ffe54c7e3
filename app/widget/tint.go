package widget

import (
	"bytes"
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
)

// black is what our icons are drawn with; Tint puts another colour there. The
// toolkit's own recolouring knows fills only, and our icons are lines.
const black = "#000000"

// tinted is an icon in a colour of the theme, looked up whenever it is drawn.
type tinted struct {
	icon fyne.Resource
	name fyne.ThemeColorName
}

// Tint is an icon of ours in a colour of the theme.
func Tint(icon fyne.Resource, name fyne.ThemeColorName) fyne.Resource {
	return &tinted{icon, name}
}

// Name tells the colour too, because images are cached by it.
func (t *tinted) Name() string { return t.hex()[1:] + "-" + t.icon.Name() }

// Content is the drawing in the colour.
func (t *tinted) Content() []byte {
	return bytes.ReplaceAll(t.icon.Content(), []byte(black), []byte(t.hex()))
}

// ThemeColorName tells the toolkit that the colour follows the theme.
func (t *tinted) ThemeColorName() fyne.ThemeColorName { return t.name }

func (t *tinted) hex() string {
	c := color.NRGBAModel.Convert(theme.Color(t.name)).(color.NRGBA)
	return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
}

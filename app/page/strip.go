package page

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/widget"
	"trinhky/signer"
)

// stripItem is one thing of the bottom strip: an icon in the colour of its
// tone, and words.
type stripItem struct {
	icon   fyne.Resource
	mark   *fynewidget.Icon
	label  *fynewidget.Label
	object fyne.CanvasObject
}

func newStripItem(icon fyne.Resource, text string) *stripItem {
	i := &stripItem{icon: icon, mark: fynewidget.NewIcon(nil), label: fynewidget.NewLabel(text)}
	i.label.SizeName = theme.SizeNameCaptionText
	square := container.New(layout.NewGridWrapLayout(fyne.NewSquareSize(16)), i.mark)
	i.object = container.New(layout.NewCustomPaddedHBoxLayout(0), container.NewCenter(square), i.label)
	i.set(widget.Plain, text)
	return i
}

func (i *stripItem) set(tone widget.Tone, text string) {
	importance, color := toneStyle(tone)
	i.mark.SetResource(widget.Tint(i.icon, color))
	i.label.Importance = importance
	i.label.SetText(text)
}

// toneStyle is the importance of a label and the colour of an icon.
func toneStyle(t widget.Tone) (fynewidget.Importance, fyne.ThemeColorName) {
	switch t {
	case widget.Success:
		return fynewidget.MediumImportance, theme.ColorNameSuccess
	case widget.Warning:
		return fynewidget.WarningImportance, theme.ColorNameWarning
	case widget.Danger:
		return fynewidget.DangerImportance, theme.ColorNameError
	case widget.Info:
		return fynewidget.MediumImportance, theme.ColorNamePrimary
	case widget.Plain:
	}
	return fynewidget.LowImportance, theme.ColorNamePlaceHolder
}

// pinWord says in what state a PIN is, and how bad that is.
func (k *Kit) pinWord(s signer.PINState) (string, widget.Tone) {
	switch s {
	case signer.PINReady:
		return k.say("pin.state.ready"), widget.Plain
	case signer.PINCountLow:
		return k.say("pin.state.low"), widget.Warning
	case signer.PINFinalTry:
		return k.say("pin.state.final"), widget.Danger
	case signer.PINLocked:
		return k.say("pin.state.locked"), widget.Danger
	case signer.PINMustChange:
		return k.say("pin.state.change"), widget.Warning
	case signer.PINUnset:
		return k.say("pin.state.unset"), widget.Danger
	}
	return "", widget.Plain
}

package page

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/settings"
)

// title is the person's own, which chooses the box to sign where a document has
// one for each level.
func (p *settingsPage) title() fyne.CanvasObject {
	k := p.kit
	entry := fynewidget.NewEntry()
	entry.SetText(k.Flow.Settings().Signing.Title)
	entry.PlaceHolder = k.say("settings.title.hint")
	name(k, "settings.title", entry)
	keep := func() {
		p.change(func(s *settings.Settings) { s.Signing.Title = strings.TrimSpace(entry.Text) }, "settings.saved")
	}
	entry.OnSubmitted = func(string) { keep() }
	save := name(k, "settings.title.save", fynewidget.NewButton(k.say("settings.title.save"), keep))
	return p.section("settings.title.title", "settings.title.text", container.NewBorder(nil, nil, nil, save, entry))
}

package page

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/template"
	"trinhky/app/widget"
)

// templates lists the places that were corrected by hand, each with a button
// that forgets it.
func (p *settingsPage) templates() fyne.CanvasObject {
	p.remembered = container.NewVBox()
	p.drawTemplates()
	return p.section("settings.templates", "settings.templates.text", p.remembered)
}

func (p *settingsPage) drawTemplates() {
	k := p.kit
	all := k.Flow.Templates()
	p.remembered.Objects = nil
	if len(all) == 0 {
		p.remembered.Add(widget.NewCaption(k.say("settings.templates.none")))
	}
	for i, t := range all {
		forget := fynewidget.NewButtonWithIcon("", theme.DeleteIcon(), func() { k.Flow.DropTemplate(t.Type, t.Role) })
		forget.Importance = fynewidget.LowImportance
		name(k, "settings.template."+strconv.Itoa(i), forget)
		p.remembered.Add(container.NewBorder(nil, nil, nil, forget, widget.NewText(p.templateText(t))))
	}
	p.remembered.Refresh()
}

func (p *settingsPage) templateText(t template.Template) string {
	whole := func(mm float64) string { return strconv.FormatFloat(mm, 'f', 1, 64) }
	return p.kit.say("settings.template", "type", t.Type, "role", p.kit.say("prepare.role."+t.Role), "dx", whole(t.DX), "dy", whole(t.DY))
}

package page

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
	"trinhky/submit"
)

// auditCard shows the newest entries of the audit log, checks its chain and
// writes it out.
type auditCard struct {
	kit  *Kit
	rows *fyne.Container
	said *fyne.Container
}

// shownEntries is how many entries stand on the page.
const shownEntries = 30

func (p *settingsPage) audit() fyne.CanvasObject {
	k := p.kit
	a := &auditCard{kit: k, rows: widget.NewColumn(-14), said: container.NewVBox()}
	p.log = a
	look := name(k, "settings.audit.show", fynewidget.NewButton(k.say("settings.audit.show"), func() { k.Flow.ReadAudit(false) }))
	check := name(k, "settings.audit.check", fynewidget.NewButtonWithIcon(k.say("settings.audit.check"), theme.ConfirmIcon(), func() { k.Flow.ReadAudit(true) }))
	return p.section("settings.audit.title", "settings.audit.text",
		container.NewHBox(look, check), a.said, a.rows, exportRow(k, "settings.audit.book", flow.BookAudit))
}

func (a *auditCard) draw(v flow.AuditView) {
	k := a.kit
	a.said.Objects, a.rows.Objects = nil, nil
	switch {
	case v.Err != nil:
		if n := k.problem(v.Err); n != nil {
			a.said.Add(n.Object())
		}
	case v.Checked > 0:
		a.said.Add(widget.Notice{Tone: widget.Success, Text: k.say("settings.audit.whole", "n", strconv.FormatInt(v.Checked, 10))}.Object())
	}
	for i, e := range v.Entries {
		if i == shownEntries {
			break
		}
		a.rows.Add(a.entry(e))
	}
	a.said.Refresh()
	a.rows.Refresh()
}

func (a *auditCard) entry(e submit.Entry) fyne.CanvasObject {
	k := a.kit
	what := k.Messages.Word("audit." + string(e.Action))
	return widget.NewCaption(k.say("settings.audit.entry", "n", strconv.FormatInt(e.N, 10), "time", moment(e.At),
		"who", e.Actor, "what", what, "document", e.Document))
}

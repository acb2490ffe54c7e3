package page

import (
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
)

// damaged offers to repair a document, after saying what that would lose.
func (d *documentPage) damaged(s flow.Damaged) {
	k := d.kit
	d.title.SetText(filepath.Base(s.Path))
	if s.Working {
		d.put(loading(k.say("damaged.working")))
		d.bare(true)
		return
	}
	n := widget.Notice{
		Tone: widget.Warning, Title: k.say("damaged.title"), Text: k.say("damaged.text"),
		Next: k.say("damaged.lost", "lost", k.losses(s.Lost)),
	}
	repair := name(k, "damaged.repair", fynewidget.NewButton(k.say("damaged.repair"), k.Flow.Repair))
	back := name(k, "damaged.back", fynewidget.NewButton(k.say("document.back"), k.Flow.Leave))
	if len(s.Lost) > 0 { // the default is no
		back.Importance = fynewidget.HighImportance
	} else {
		repair.Importance = fynewidget.HighImportance
	}
	box := widget.NewColumn(6, n.Object(), widget.NewCaption(k.say("damaged.copy")))
	if p := k.problem(s.Problem); p != nil {
		box.Add(p.Object())
	}
	box.Add(container.NewHBox(layout.NewSpacer(), back, repair))
	d.put(centred(widget.NewCard(box)))
	d.bare(true)
}

// losses are the parts that a repair loses, in words.
func (k *Kit) losses(lost []flow.Lost) string {
	if len(lost) == 0 {
		return k.Messages.Word("cli.lost.nothing")
	}
	var out []string
	for _, l := range lost {
		out = append(out, k.Messages.Say("cli.lost."+l.Part, "lost", strconv.Itoa(l.Lost), "of", strconv.Itoa(l.Of)))
	}
	return strings.Join(out, ", ")
}

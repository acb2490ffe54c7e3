package page

import (
	"strconv"

	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/widget"
	"trinhky/signer"
)

// later adds a timestamp, or evidence and a timestamp, to the file that is
// looked at: the buttons, the quiet line while it works, and what came of it.
func (p *verifyPage) later() {
	k, now := p.kit, p.now.Later
	if now.File != "" {
		tone, key := widget.Success, "verify.later.done"
		if now.Reached < now.Level {
			tone, key = widget.Warning, "verify.later.below"
		}
		p.detail.Add(widget.Notice{Tone: tone, Text: k.say(key, "name", now.File, "level", now.Reached.String())}.Object())
	}
	if now.Running {
		stop := name(k, "verify.later.stop", fynewidget.NewButton(k.say("verify.later.stop"), k.Flow.StopStrengthening))
		bar := fynewidget.NewProgressBarInfinite()
		doing := widget.NewLine(k.say("stage." + strconv.Itoa(int(now.Stage))))
		p.detail.Add(container.NewBorder(nil, nil, nil, stop, container.NewVBox(doing, bar)))
		return
	}
	if !k.Flow.CanStrengthen() {
		return
	}
	add := func(key string, level signer.Level) *fynewidget.Button {
		return name(k, key, fynewidget.NewButton(k.say(key), func() {
			if k.PickSave != nil {
				k.PickSave(p.now.VerifiedName("-"+level.String()+".pdf"), func(path string) { k.Flow.Strengthen(path, level) })
			}
		}))
	}
	p.detail.Add(widget.NewColumn(-6, widget.NewCaption(k.say("verify.later.hint")),
		container.NewHBox(add("verify.later.t", signer.LevelT), add("verify.later.lta", signer.LevelLTA))))
}

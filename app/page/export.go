package page

import (
	"path/filepath"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
	"trinhky/submit"
)

// exportYears is how many years back registers can be chosen.
const exportYears = 5

// exportRow writes a register out: of a year, and the outgoing one of one kind
// of documents where that is chosen. The audit log is written whole.
func exportRow(k *Kit, key string, b flow.Book) fyne.CanvasObject {
	label := fynewidget.NewLabel(k.say(key))
	label.Importance = fynewidget.LowImportance
	row := container.NewHBox(container.NewCenter(label))
	x := flow.Extract{Book: b, Year: k.now().In(vietnamZone()).Year()}
	if b != flow.BookAudit {
		row.Add(container.NewCenter(yearPick(k, key, &x)))
	}
	if b == flow.BookOutgoing {
		row.Add(container.NewCenter(container.New(&least{fyne.NewSize(170, 0)}, kindPick(k, key, &x))))
	}
	said := widget.NewLine("") // below: beside the buttons is no room on a small screen
	said.Hide()
	for _, ending := range []string{"xlsx", "pdf", "csv"} {
		button := fynewidget.NewButtonWithIcon(strings.ToUpper(ending), theme.DocumentSaveIcon(), func() { k.export(x, ending, said) })
		button.Importance = fynewidget.LowImportance
		row.Add(name(k, key+"."+ending, button))
	}
	return container.NewVBox(row, said)
}

func yearPick(k *Kit, key string, x *flow.Extract) *fynewidget.Select {
	var years []string
	for n := range exportYears {
		years = append(years, strconv.Itoa(x.Year-n))
	}
	pick := fynewidget.NewSelect(years, nil)
	pick.Selected = years[0]
	pick.OnChanged = func(text string) { x.Year, _ = strconv.Atoi(text) } // one of years
	return name(k, key+".year", pick)
}

func kindPick(k *Kit, key string, x *flow.Extract) *fynewidget.Select {
	all := k.say("export.kinds")
	pick := fynewidget.NewSelect(append([]string{all}, submit.TypeNames()...), nil)
	pick.Selected = all
	pick.OnChanged = func(text string) {
		if x.Kind = text; text == all {
			x.Kind = ""
		}
	}
	return name(k, key+".kind", pick)
}

// export asks where to and writes; said tells how it went.
func (k *Kit) export(x flow.Extract, ending string, said *fynewidget.Label) {
	if k.PickSave == nil {
		return
	}
	file := map[flow.Book]string{flow.BookOutgoing: "so-van-ban-di", flow.BookIncoming: "so-van-ban-den", flow.BookAudit: "nhat-ky"}[x.Book]
	if x.Kind != "" {
		file += "-" + strings.TrimSuffix(submit.AcceptableName(x.Kind+".x"), ".x")
	}
	k.PickSave(file+"-"+strconv.Itoa(x.Year)+"."+ending, func(path string) {
		k.Flow.Export(x, path, func(err error) {
			said.Show()
			if err != nil {
				k.Log.Warn("write a register", "err", err)
				said.Importance = fynewidget.DangerImportance
				said.SetText(k.Messages.Of(err).Title)
				return
			}
			said.Importance = fynewidget.SuccessImportance
			said.SetText(k.say("export.done", "name", filepath.Base(path)))
		})
	})
}

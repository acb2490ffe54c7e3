package page

import (
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
)

// fileList is a list of documents with their number, or what an empty one is
// for. The words are under its key: "<key>.count", "<key>.empty" and
// "<key>.empty.hint".
type fileList struct {
	kit   *Kit
	key   string
	files []flow.File
	count *fynewidget.Label
	body  fyne.CanvasObject

	list  *fynewidget.List
	empty fyne.CanvasObject
}

// newFileList makes a list; row says how a file looks, open what a tap does.
func newFileList(k *Kit, key string, icon Icon, row func(i int, f flow.File) fileRow, open func(f flow.File)) *fileList {
	l := &fileList{kit: k, key: key, count: caption("")}
	l.list = fynewidget.NewList(
		func() int { return len(l.files) },
		func() fyne.CanvasObject { return widget.NewRow() },
		func(i int, o fyne.CanvasObject) {
			if i < len(l.files) {
				l.fill(i, o.(*widget.Row), row(i, l.files[i]))
			}
		},
	)
	l.list.HideSeparators = true
	l.list.OnSelected = func(i int) {
		l.list.Unselect(i)
		if i < len(l.files) {
			open(l.files[i])
		}
	}
	l.empty = emptyState(k.icon(icon), k.say(key+".empty"), k.say(key+".empty.hint"))
	l.body = container.NewStack(l.list, l.empty)
	return l
}

// fileRow is how a file looks in its list. The last button is named
// "<key>.<number>".
type fileRow struct {
	icon    fyne.Resource
	buttons []widget.RowButton
}

func (l *fileList) fill(i int, r *widget.Row, look fileRow) {
	f, k := l.files[i], l.kit
	detail := k.say("file.detail", "size", k.size(f.Size), "time", moment(time.Unix(f.Time, 0)))
	r.Fill(look.icon, f.Name, detail, look.buttons...)
	name(k, l.key+"."+strconv.Itoa(i), r.Button(len(look.buttons)-1))
}

// show lists other files.
func (l *fileList) show(files []flow.File) {
	l.files = files
	l.count.SetText(l.kit.say(l.key+".count", "n", strconv.Itoa(len(files))))
	setVisible(l.empty, len(files) == 0)
	setVisible(l.list, len(files) > 0)
	l.list.Refresh()
}

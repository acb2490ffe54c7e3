package app

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/message"
	"trinhky/app/page"
	"trinhky/app/widget"
)

// question is what a file dialog asks.
type question struct {
	title, kind string
	extension   string   // without the dot
	more        []string // further ones
	save        bool
	name        string // proposed, where it saves
	folder      bool   // a folder, not a file
}

// ask asks through the native dialog where the system has one (native_*.go),
// else through the toolkit's. chosen is called with a path, on the thread of
// the user interface; a cancel is silent.
func (d *desk) ask(q question, chosen func(path string)) {
	if !haveNative {
		d.askToolkit(q, chosen)
		return
	}
	d.runner.Go(func() func() {
		path, err := askNative(q)
		return func() {
			switch {
			case err != nil:
				d.log.Warn("native dialog", "err", err)
				d.askToolkit(q, chosen)
			case path != "":
				chosen(path)
			}
		}
	})
}

func (d *desk) pickPDF(chosen func(string)) {
	say := d.kit.Words.Say
	d.ask(question{title: say("dialog.open"), kind: say("dialog.pdf"), extension: "pdf"}, chosen)
}

func (d *desk) pickFolder(chosen func(string)) {
	d.ask(question{title: d.kit.Words.Say("dialog.folder"), folder: true}, chosen)
}

func (d *desk) pickPhoto(chosen func(string)) {
	say := d.kit.Words.Say
	d.ask(question{title: say("dialog.image"), kind: say("dialog.photo"), extension: "jpg", more: []string{"jpeg", "png", "heic", "heif"}}, chosen)
}

func (d *desk) pickPNG(chosen func(string)) {
	say := d.kit.Words.Say
	d.ask(question{title: say("dialog.image"), kind: say("dialog.png"), extension: "png"}, chosen)
}

func (d *desk) pickFile(kind string, endings []string, chosen func(string)) {
	d.ask(question{title: d.kit.Words.Say("dialog.file"), kind: kind, extension: endings[0], more: endings[1:]}, chosen)
}

func (d *desk) askSave(name string, chosen func(string)) {
	q := saveQuestion(d.kit.Words, name)
	d.ask(q, func(path string) { chosen(withExtension(path, q.extension)) })
}

// saveQuestion asks for files of the kind that the proposed name has.
func saveQuestion(words page.Words, name string) question {
	q := question{title: words.Say("dialog.save"), kind: words.Say("dialog.pdf"), extension: "pdf", save: true, name: name}
	ending := strings.TrimPrefix(strings.ToLower(filepath.Ext(name)), ".")
	if key, ok := map[string]string{"json": "dialog.json", "csv": "dialog.csv", "xlsx": "dialog.xlsx"}[ending]; ok {
		q.kind, q.extension = words.Say(key), ending
	}
	return q
}

// withExtension completes a name that was typed without one, unless that would
// be another file, which nobody agreed to replace.
func withExtension(path, extension string) string {
	if filepath.Ext(path) != "" {
		return path
	}
	whole := path + "." + extension
	if _, err := os.Lstat(whole); !errors.Is(err, fs.ErrNotExist) {
		return path
	}
	return whole
}

// askToolkit is the dialog in the window.
func (d *desk) askToolkit(q question, chosen func(string)) {
	if q.folder {
		dialog.NewFolderOpen(func(u fyne.ListableURI, err error) {
			if u != nil {
				chosen(u.Path())
			}
		}, d.window).Show()
		return
	}
	endings := []string{"." + q.extension}
	for _, e := range q.more {
		endings = append(endings, "."+e)
	}
	filter := storage.NewExtensionFileFilter(endings)
	if q.save {
		s := dialog.NewFileSave(func(w fyne.URIWriteCloser, err error) {
			if w != nil {
				_ = w.Close() // only its name is wanted
				chosen(w.URI().Path())
			}
		}, d.window)
		s.SetFileName(q.name)
		s.SetFilter(filter)
		s.Show()
		return
	}
	o := dialog.NewFileOpen(func(r fyne.URIReadCloser, err error) {
		if r != nil {
			_ = r.Close()
			chosen(r.URI().Path())
		}
	}, d.window)
	o.SetFilter(filter)
	o.Show()
}

// showFolder shows the folder of a file in the file manager.
func (d *desk) showFolder(path string) {
	u := &url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Dir(path))}
	if err := d.app.OpenURL(u); err != nil {
		d.tell(err)
	}
}

// showMessage shows a message that belongs to no page.
func (d *desk) showMessage(m message.Message) {
	n := widget.Notice{
		Tone: widget.Danger, Title: m.Title, Text: m.Text, Next: m.Next,
		Cause: m.Cause, CauseLabel: d.kit.Words.Say("notice.cause"),
	}
	room := fynewidget.NewLabel("")
	room.Resize(fyne.NewSize(420, 1))
	box := container.NewGridWrap(fyne.NewSize(420, 160), container.NewVScroll(n.Object()))
	dialog.ShowCustom(d.kit.Words.Say("app.title"), d.kit.Words.Say("dialog.close"), box, d.window)
}

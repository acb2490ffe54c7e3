package app

import (
	"io"
	"os"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"trinhky/app/page"
)

// menu holds every shortcut: the main menu's are looked up first, so they work
// while something is typed too.
func (d *desk) menu() *fyne.MainMenu {
	say := d.kit.Words.Say
	item := func(key string, name fyne.KeyName, f func()) *fyne.MenuItem {
		i := fyne.NewMenuItem(say(key), f)
		i.Shortcut = &desktop.CustomShortcut{KeyName: name, Modifier: fyne.KeyModifierShortcutDefault}
		return i
	}
	quit := item("menu.quit", fyne.KeyQ, d.app.Quit)
	quit.IsQuit = true
	file := fyne.NewMenu(say("menu.file"),
		item("menu.open", fyne.KeyO, func() { d.pickPDF(func(p string) { d.flow.Add(p) }) }),
		item("menu.save", fyne.KeyS, d.saveCopy),
		item("menu.close", fyne.KeyW, d.flow.Leave),
		fyne.NewMenuItemSeparator(), quit)
	work := fyne.NewMenu(say("menu.work"),
		item("menu.sign", fyne.KeyK, d.flow.Sign),
		item("menu.send", fyne.KeyG, d.flow.Compose),
		item("menu.reset", fyne.KeyR, d.flow.ResetPlace),
		item("menu.next", fyne.KeyN, d.flow.Next))
	view := fyne.NewMenu(say("menu.view"),
		item("menu.find", fyne.KeyF, d.frame.Find),
		item("menu.zoomin", fyne.KeyEqual, d.frame.ZoomIn),
		item("menu.zoomout", fyne.KeyMinus, d.frame.ZoomOut),
		item("menu.fit", fyne.Key0, d.frame.FitWidth),
		fyne.NewMenuItem(say("menu.dark"), d.turnDark),
		fyne.NewMenuItemSeparator())
	digits := []fyne.KeyName{
		fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7, fyne.Key8, fyne.Key9,
	}
	for i, p := range d.frame.Places() {
		if i < len(digits) {
			view.Items = append(view.Items, item(string(p), digits[i], func() { d.frame.Go(p) }))
			continue
		}
		view.Items = append(view.Items, fyne.NewMenuItem(say(string(p)), func() { d.frame.Go(p) }))
	}
	return fyne.NewMainMenu(file, work, view)
}

// turnDark changes between the light and the dark look and remembers it.
func (d *desk) turnDark() {
	s := d.flow.Settings()
	dark := s.Look != lookDark
	s.Look = lookLight
	if dark {
		s.Look = lookDark
	}
	d.app.Settings().SetTheme(Theme(dark))
	d.flow.Change(s, d.tell)
}

// saveCopy writes the shown document elsewhere.
func (d *desk) saveCopy() {
	source := page.DocumentPath(d.flow.State())
	if source == "" {
		return
	}
	d.askSave(filepath.Base(source), func(target string) {
		d.runner.Go(func() func() {
			err := copyFile(source, target)
			return func() { d.tell(err) }
		})
	})
}

// copyFile writes the bytes of source to target: all of them or nothing.
func copyFile(source, target string) (err error) {
	in, err := os.Open(source)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.CreateTemp(filepath.Dir(target), ".trinhky-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = out.Close()
			_ = os.Remove(out.Name())
		}
	}()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	if err := out.Sync(); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Rename(out.Name(), target)
}

// tell shows an error that has no place on a page.
func (d *desk) tell(err error) {
	if m := d.kit.Messages.Of(err); !m.Silent() {
		d.log.Warn("tell", "err", err)
		d.showMessage(m)
	}
}

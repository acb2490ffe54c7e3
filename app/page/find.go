package page

import (
	"context"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/review"
	"trinhky/app/widget"
	"trinhky/pdfview/geom"
)

// finder looks for text in the document that is shown, and selects it.
type finder struct {
	page   *documentPage
	entry  *findEntry
	said   *fynewidget.Label
	object *fyne.Container
	hand   *fynewidget.Button

	found  []review.Found
	now    int
	asked  int    // counts the searches; a late answer is dropped
	stop   func() // the search under way
	chosen string // the selected text
}

// findEntry is an entry that Escape leaves.
type findEntry struct {
	fynewidget.Entry
	leave func()
}

// TypedKey leaves with Escape.
func (e *findEntry) TypedKey(k *fyne.KeyEvent) {
	if k.Name == fyne.KeyEscape {
		e.leave()
		return
	}
	e.Entry.TypedKey(k)
}

func newFinder(d *documentPage) *finder {
	k := d.kit
	f := &finder{page: d, entry: &findEntry{}, said: fynewidget.NewLabel("")}
	f.entry.PlaceHolder, f.entry.leave = k.say("find.hint"), f.close
	f.entry.ExtendBaseWidget(f.entry)
	f.entry.OnChanged = f.search
	f.entry.OnSubmitted = func(string) { f.step(1) }
	name(k, "find.entry", f.entry)
	tool := func(icon fyne.Resource, tapped func()) *fynewidget.Button {
		b := fynewidget.NewButtonWithIcon("", icon, tapped)
		b.Importance = fynewidget.LowImportance
		return b
	}
	right := container.NewHBox(f.said, tool(theme.MoveUpIcon(), func() { f.step(-1) }), tool(theme.MoveDownIcon(), func() { f.step(1) }), tool(theme.CancelIcon(), f.close))
	bar := widget.NewSurface(widget.ColorSurface, 0, container.New(layout.NewCustomPaddedLayout(2, 4, 10, 6), container.NewBorder(nil, nil, nil, right, f.entry)))
	name(k, "find.said", f.said)
	f.object = container.NewStack(bar)
	f.object.Hide()
	f.hand = tool(theme.ContentCopyIcon(), f.turn)
	name(k, "document.select", f.hand)
	return f
}

// open shows the bar and puts the keyboard there.
func (f *finder) open() {
	if f.page.doc == nil {
		return
	}
	f.object.Show()
	f.page.object.Refresh()
	f.page.kit.Window.Canvas().Focus(f.entry)
}

func (f *finder) close() {
	f.object.Hide()
	f.entry.SetText("")
	f.clear()
	f.page.object.Refresh()
	f.page.kit.Window.Canvas().Unfocus()
}

// forget closes the bar with its document; the keyboard stays where it is.
func (f *finder) forget() {
	f.object.Hide()
	f.entry.SetText("") // which forgets what was found
}

// clear forgets what was found and selected.
func (f *finder) clear() {
	f.asked++
	if f.stop != nil {
		f.stop()
		f.stop = nil
	}
	f.found, f.chosen = nil, ""
	f.said.SetText("")
	f.page.pages.ClearHighlights()
}

// search looks for a text, off the thread.
func (f *finder) search(text string) {
	f.clear()
	doc, turn := f.page.doc, f.asked
	if doc == nil || strings.TrimSpace(text) == "" {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.stop = cancel
	f.page.kit.Runner.Go(func() func() {
		found, err := doc.Find(ctx, text)
		return func() {
			cancel()
			if turn != f.asked || doc != f.page.doc {
				return
			}
			if err != nil {
				f.page.kit.Log.Warn("find", "err", err)
			}
			f.found, f.now = found, 0
			f.show()
		}
	})
}

// step goes to the next place, or to the one before.
func (f *finder) step(by int) {
	if n := len(f.found); n > 0 {
		f.now = (f.now + by + n) % n
		f.show()
	}
}

// show paints what was found and brings one place into view.
func (f *finder) show() {
	k := f.page.kit
	f.page.pages.ClearHighlights()
	if len(f.found) == 0 {
		f.said.SetText(k.say("find.none"))
		return
	}
	f.said.SetText(k.say("find.count", "n", strconv.Itoa(f.now+1), "of", strconv.Itoa(len(f.found))))
	for i, p := range f.found {
		c := theme.Color(widget.ColorFound)
		if i == f.now {
			c = theme.Color(widget.ColorFoundNow)
		}
		f.page.pages.Highlight(p.Page, p.Rects, c)
	}
	if p := f.found[f.now]; len(p.Rects) > 0 {
		f.page.pages.Reveal(p.Page, p.Rects[0])
	}
}

// turn changes between the hand, which moves the pages, and selecting text.
func (f *finder) turn() {
	v := f.page.pages
	f.clear()
	if v.OnSelect != nil {
		v.OnSelect = nil
		f.hand.Importance = fynewidget.LowImportance
	} else {
		v.OnSelect = f.drag
		f.hand.Importance = fynewidget.HighImportance
	}
	f.hand.Refresh()
}

// drag selects from one point of a page to another.
func (f *finder) drag(page int, from, to geom.Point) {
	doc := f.page.doc
	if doc == nil {
		return
	}
	f.asked++
	turn := f.asked
	f.page.kit.Runner.Go(func() func() {
		text, rects, err := doc.TextIn(context.Background(), page, from, to)
		return func() {
			if turn != f.asked || doc != f.page.doc || err != nil {
				return
			}
			f.chosen = text
			f.page.pages.ClearHighlights()
			f.page.pages.Highlight(page, rects, theme.Color(widget.ColorFoundNow))
		}
	})
}

// copy puts the selected text onto the clipboard.
func (f *finder) copy() {
	if f.chosen != "" {
		fyne.CurrentApp().Clipboard().SetContent(f.chosen)
	}
}

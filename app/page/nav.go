package page

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"trinhky/app/flow"
	"trinhky/app/widget"
)

// Place is a page of the rail, named by the key of its word.
type Place string

// Page is what the rail shows. What else a page can do, it says by the small
// interfaces below.
type Page interface{ Object() fyne.CanvasObject }

// The optional powers of a page.
type (
	// drawer is told of every change in the background.
	drawer interface{ draw(l flow.Lists) }
	// stater is told of every state of the flow; true: the state is this page's,
	// and the page comes up.
	stater interface{ onState(s flow.State) bool }
	// badger counts what waits for the person.
	badger interface{ badge(l flow.Lists) int }
	// keyer gets the keys that no widget took while the page is shown.
	keyer interface{ key(e *fyne.KeyEvent) }
	// dropper gets the files that are dropped while the page is shown; false: it
	// has no use for them, and they are opened as documents to sign.
	dropper interface{ drop(paths []string) bool }
	// shower is told that the page came up.
	shower interface{ shown() }
)

// entry is one line of the rail.
type entry struct {
	place Place
	icon  Icon
	page  Page
}

// entries are the pages in the order of the rail; the last stands at its foot.
// A new page is one line here, a file of its own, and the word of its place.
func (f *Frame) entries() []entry {
	k := f.kit
	return []entry{
		{Waiting, IconWaiting, f.waiting},
		{BatchPage, IconBatch, f.batch},
		{SignedList, IconSigned, newSigned(k)},
		{PreparePage, IconPrepare, newPrepare(k)},
		{IssuePage, IconIssue, newIssue(k)},
		{Sending, IconSend, f.sending},
		{InboxPage, IconInbox, newInbox(k)},
		{VerifyPage, IconVerify, newVerify(k)},
		{SettingsPage, IconSettings, newSettings(k)},
	}
}

// rail builds the left edge.
func (f *Frame) rail() fyne.CanvasObject {
	k := f.kit
	column := container.New(&railLayout{})
	for _, e := range f.pages {
		item := widget.NewNavItem(k.say(string(e.place)), k.icon(e.icon), func() { f.Go(e.place) })
		f.items[e.place] = name(k, string(e.place), item)
		column.Add(item)
	}
	return widget.NewSurface(widget.ColorRail, 0, container.New(layout.NewCustomPaddedLayout(6, 6, 0, 0), column))
}

// Places are the pages of the rail in their order.
func (f *Frame) Places() []Place {
	out := make([]Place, 0, len(f.pages))
	for _, e := range f.pages {
		out = append(out, e.place)
	}
	return out
}

// railLayout gives every entry the same height: as tall as there is room for,
// but no taller than is needed. The last stands at the foot.
type railLayout struct{}

func (railLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, c := range o {
		least := c.MinSize()
		size.Width = max(size.Width, least.Width)
		size.Height += least.Height
	}
	return size
}

func (railLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	if len(o) == 0 {
		return
	}
	height := min(size.Height/float32(len(o)), widget.NavTall)
	for i, c := range o {
		y := float32(i) * height
		if i == len(o)-1 {
			y = size.Height - height
		}
		c.Move(fyne.NewPos(0, y))
		c.Resize(fyne.NewSize(size.Width, height))
	}
}

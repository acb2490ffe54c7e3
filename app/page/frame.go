package page

import (
	"path/filepath"
	"strconv"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"trinhky/app/flow"
	"trinhky/app/widget"
	"trinhky/submit"
)

// Place is a page of the rail.
type Place int

// The pages in the order of the rail.
const (
	Waiting Place = iota
	SignedList
	Sending
	SettingsPage
	places
)

// Frame is the window: the rail, the page, the strip.
type Frame struct {
	kit   *Kit
	items [places]*widget.NavItem
	body  *fyne.Container
	strip *strip
	whole fyne.CanvasObject
	place Place

	waiting  *waitingPage
	document *documentPage
	signed   *signedPage
	sending  *sendingPage
	compose  *composePage
	settings *settingsPage
}

// NewFrame builds the window's content.
func NewFrame(k *Kit) *Frame {
	f := &Frame{kit: k, body: container.NewStack(), strip: newStrip(k)}
	f.waiting, f.document, f.signed = newWaiting(k), newDocument(k), newSigned(k)
	f.sending, f.compose, f.settings = newSending(k), newCompose(k), newSettings(k)
	rail := container.NewVBox()
	for _, e := range []struct {
		place Place
		key   string
		icon  Icon
	}{
		{Waiting, "nav.waiting", IconWaiting},
		{SignedList, "nav.signed", IconSigned},
		{Sending, "nav.send", IconSend},
		{SettingsPage, "nav.settings", IconSettings},
	} {
		item := widget.NewNavItem(k.say(e.key), k.icon(e.icon), func() { f.Go(e.place) })
		f.items[e.place] = name(k, e.key, item)
		if e.place == SettingsPage {
			rail.Add(layout.NewSpacer())
		}
		rail.Add(item)
	}
	side := widget.NewSurface(widget.ColorRail, 0, container.New(layout.NewCustomPaddedLayout(6, 6, 0, 0), rail))
	f.whole = newFlush(nil, f.strip.object, side, f.body)
	f.Go(Waiting)
	return f
}

// Object is what the window shows.
func (f *Frame) Object() fyne.CanvasObject { return f.whole }

// Go shows a page.
func (f *Frame) Go(p Place) {
	f.place = p
	for i, item := range f.items {
		item.SetSelected(Place(i) == p)
	}
	f.show()
}

// Place is the page that is shown.
func (f *Frame) Place() Place { return f.place }

// show puts the page of the place and the state into the window.
func (f *Frame) show() {
	o := f.current()
	if len(f.body.Objects) == 1 && f.body.Objects[0] == o {
		return
	}
	f.body.Objects = []fyne.CanvasObject{o}
	f.body.Refresh()
}

func (f *Frame) current() fyne.CanvasObject {
	state := f.kit.Flow.State()
	switch f.place {
	case SignedList:
		return f.signed.object
	case Sending:
		if _, ok := state.(flow.Composing); ok {
			return f.compose.object
		}
		return f.sending.object
	case SettingsPage:
		return f.settings.object
	case Waiting, places:
	}
	switch state.(type) {
	case flow.Idle, flow.Queued, flow.Composing:
		return f.waiting.object
	}
	return f.document.object
}

// OnState draws a state of the flow.
func (f *Frame) OnState(s flow.State) {
	switch s := s.(type) {
	case flow.Idle:
		f.document.clear()
	case flow.Composing:
		f.compose.draw(s)
		f.Go(Sending)
		f.compose.focus()
	case flow.Queued:
		f.document.clear()
		f.sending.highlight(s.Record.Envelope.ID)
		f.Go(Sending)
	default:
		f.document.draw(s)
		f.Go(Waiting)
	}
	f.show()
}

// OnLists draws the background.
func (f *Frame) OnLists(l flow.Lists) {
	f.items[Waiting].SetBadge(len(l.Waiting))
	f.items[Sending].SetBadge(f.unsettled(l.Records))
	f.waiting.draw(l)
	f.signed.draw(l)
	f.sending.draw(l)
	f.document.tokens(l)
	f.strip.draw(l)
}

// unsettled counts what is on its way or was refused.
func (f *Frame) unsettled(records []submit.Record) int {
	n := 0
	for _, r := range records {
		if r.Status.Waiting() || anyRefused(r) {
			n++
		}
	}
	return n
}

// strip is the bottom line: token, destination, clock.
type strip struct {
	kit    *Kit
	object fyne.CanvasObject
	token  *stripItem
	axis   *stripItem
	clock  *stripItem
}

func newStrip(k *Kit) *strip {
	s := &strip{kit: k}
	s.token = newStripItem(k.icon(IconToken), k.say("strip.token.looking"))
	s.axis = newStripItem(k.icon(IconAxis), k.say("strip.axis.none"))
	s.clock = newStripItem(k.icon(IconClock), k.say("strip.clock.computer"))
	row := container.NewHBox(s.token.object, s.axis.object, layout.NewSpacer(), s.clock.object)
	ground := widget.NewSurface(widget.ColorSurface, 0, container.New(layout.NewCustomPaddedLayout(1, 1, 8, 8), row))
	ground.Stroke = widget.ColorBorder
	s.object = ground
	return s
}

func (s *strip) draw(l flow.Lists) {
	tone, text := s.tokenLine(l)
	s.token.set(tone, text)
	tone, text = s.axisLine(l)
	s.axis.set(tone, text)
}

func (s *strip) tokenLine(l flow.Lists) (widget.Tone, string) {
	k := s.kit
	switch {
	case !l.Looked:
		return widget.Plain, k.say("strip.token.looking")
	case l.TokenErr != nil:
		return widget.Danger, k.say("strip.token.error")
	case len(l.Tokens) == 0:
		return widget.Warning, k.say("strip.token.none")
	}
	t := l.Tokens[0]
	text := t.Slot.Token.Label
	tone := widget.Success
	if end := lastDay(t); !end.IsZero() {
		text = k.say("strip.token.until", "name", text, "date", day(end))
		if left := end.Sub(k.now()); left < 0 {
			tone = widget.Danger
		} else if left < 60*24*time.Hour {
			tone = widget.Warning
		}
	}
	if word, bad := k.pinWord(t.Slot.Token.PIN); bad > widget.Plain {
		tone = max(tone, bad)
		text += " · " + word
	}
	if n := len(l.Tokens) - 1; n > 0 {
		text += " " + k.say("strip.token.more", "n", strconv.Itoa(n))
	}
	return tone, text
}

// lastDay is the end of the first usable certificate of a token.
func lastDay(t flow.TokenRow) time.Time {
	for _, c := range t.Certificates {
		if c.X509 != nil && c.Unusable == nil {
			return c.X509.NotAfter
		}
	}
	return time.Time{}
}

func (s *strip) axisLine(l flow.Lists) (widget.Tone, string) {
	k := s.kit
	if !k.Flow.CanSend() {
		return widget.Plain, k.say("strip.axis.none")
	}
	waiting := 0
	for _, r := range l.Records {
		if r.Status.Waiting() {
			waiting++
		}
	}
	switch {
	case l.Trouble != nil:
		return widget.Warning, k.say("strip.axis.trouble")
	case waiting > 0:
		return widget.Info, k.say("strip.axis.waiting", "n", strconv.Itoa(waiting))
	}
	return widget.Success, k.say("strip.axis.ready")
}

// OnKey handles the keys that no widget took.
func (f *Frame) OnKey(e *fyne.KeyEvent) {
	if f.current() == f.document.object {
		f.document.key(e)
	}
}

// ZoomIn, ZoomOut and FitWidth are for the shown document.
func (f *Frame) ZoomIn() { f.document.pages.ZoomIn() }

// ZoomOut makes the page smaller.
func (f *Frame) ZoomOut() { f.document.pages.ZoomOut() }

// FitWidth makes the page as wide as its view.
func (f *Frame) FitWidth() { f.document.pages.FitWidth() }

// DocumentPath is the file that a state shows, "" where it shows none.
func DocumentPath(s flow.State) string {
	switch s := s.(type) {
	case flow.Opening:
		return s.Path
	case flow.Placing:
		return s.Doc.Path
	case flow.Checking:
		return s.Doc.Path
	case flow.AskPIN:
		return s.Doc.Path
	case flow.Signing:
		return s.Doc.Path
	case flow.Signed:
		return s.Doc.Path
	case flow.Composing:
		return s.Doc.Path
	case flow.Idle, flow.OpenFailed, flow.Locked, flow.Queued:
	}
	return ""
}

// DocumentName is the name of that file without its folder.
func DocumentName(s flow.State) string {
	if p := DocumentPath(s); p != "" {
		return filepath.Base(p)
	}
	return ""
}

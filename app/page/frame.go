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
)

// The places of the rail that this file knows.
const (
	Waiting      Place = "nav.waiting"
	SignedList   Place = "nav.signed"
	Sending      Place = "nav.send"
	SettingsPage Place = "nav.settings"
)

// Frame is the window: the rail, the page, the strip.
type Frame struct {
	kit   *Kit
	pages []entry
	items map[Place]*widget.NavItem
	body  *fyne.Container
	strip *strip
	whole fyne.CanvasObject
	place Place
	taken bool // the state belongs to a page of its own

	waiting  *waitingPage
	document *documentPage
	sending  *sendingPage
	compose  *composePage
	batch    *batchPage
	site     *sitePage
}

// NewFrame builds the window's content.
func NewFrame(k *Kit) *Frame {
	f := &Frame{kit: k, body: container.NewStack(), strip: newStrip(k), items: map[Place]*widget.NavItem{}}
	k.Go = f.Go
	f.waiting, f.document = newWaiting(k), newDocument(k)
	f.sending, f.compose = newSending(k), newCompose(k)
	f.batch = newBatch(k)
	f.site = newSite(k)
	f.pages = f.entries()
	f.whole = newFlush(nil, f.strip.object, f.rail(), f.body)
	f.Go(Waiting)
	return f
}

// Object is what the window shows.
func (f *Frame) Object() fyne.CanvasObject { return f.whole }

// Go shows a page.
func (f *Frame) Go(p Place) {
	came := f.place != p
	f.place = p
	for place, item := range f.items {
		item.SetSelected(place == p)
	}
	f.show()
	if s, ok := f.page(p).(shower); ok && came {
		s.shown()
	}
}

// Place is the page that is shown.
func (f *Frame) Place() Place { return f.place }

// page is the page of a place, nil where there is none.
func (f *Frame) page(p Place) Page {
	for _, e := range f.pages {
		if e.place == p {
			return e.page
		}
	}
	return nil
}

// show puts the page of the place and the state into the window.
func (f *Frame) show() {
	o := f.current().Object()
	if len(f.body.Objects) == 1 && f.body.Objects[0] == o {
		return
	}
	f.body.Objects = []fyne.CanvasObject{o}
	f.body.Refresh()
}

// current is the page that is shown: a document takes the place of the list
// that it was opened from, and the form that of what is on its way.
func (f *Frame) current() Page {
	state := f.kit.Flow.State()
	_, composing := state.(flow.Composing)
	switch {
	case f.site.asks(): // before everything else: a page waits for it
		return f.site
	case f.place == Sending && composing:
		return f.compose
	case f.place == Waiting && !f.taken && hasDocument(state):
		return f.document
	}
	return f.page(f.place)
}

// hasDocument says whether a state is drawn by the page of the document.
func hasDocument(s flow.State) bool {
	switch s.(type) {
	case flow.Idle, flow.Queued, flow.Composing:
		return false
	}
	return true
}

// OnState draws a state of the flow.
func (f *Frame) OnState(s flow.State) {
	f.taken = false
	for _, e := range f.pages {
		if p, ok := e.page.(stater); ok && p.onState(s) {
			f.taken = true
			f.document.clear()
			f.Go(e.place)
			return
		}
	}
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
	for _, e := range f.pages {
		if p, ok := e.page.(drawer); ok {
			p.draw(l)
		}
		if p, ok := e.page.(badger); ok {
			f.items[e.place].SetBadge(p.badge(l))
		}
	}
	f.document.tokens(l)
	f.strip.draw(l)
}

// OnBatch draws the pile, or one row of it.
func (f *Frame) OnBatch(b flow.Batch, row int) {
	f.batch.update(b, row)
	f.items[BatchPage].SetBadge(b.Agreed())
}

// Drop gives dropped files to the page that is shown; false: it has no use for
// them.
func (f *Frame) Drop(paths []string) bool {
	p, ok := f.current().(dropper)
	return ok && p.drop(paths)
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
	tone, text = s.clockLine(l.Clock)
	s.clock.set(tone, text)
}

// clockLine says whether the machine's clock agrees with the time-stamping
// authority, as far as that was seen.
func (s *strip) clockLine(c flow.Clock) (widget.Tone, string) {
	k := s.kit
	switch {
	case c.At.IsZero():
		return widget.Plain, k.say("strip.clock.computer")
	case c.Skewed():
		far := c.Offset.Abs().Round(time.Second)
		key := "strip.clock.ahead"
		if c.Offset < 0 {
			key = "strip.clock.behind"
		}
		return widget.Warning, k.say(key, "far", far.String())
	}
	return widget.Success, k.say("strip.clock.right", "time", moment(c.At))
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
	if t.Slot.Token.PINPad {
		text = k.say("strip.token.pad", "text", text)
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
	if p, ok := f.current().(keyer); ok {
		p.key(e)
	}
}

// Find looks for text in the shown document.
func (f *Frame) Find() {
	if f.current() == f.document {
		f.document.finder.open()
	}
}

// Copy puts the text that is selected in the document onto the clipboard.
func (f *Frame) Copy() { f.document.finder.copy() }

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
	case flow.Damaged:
		return s.Path
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

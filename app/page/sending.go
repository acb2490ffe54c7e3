package page

import (
	"errors"
	"reflect"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/message"
	"trinhky/app/widget"
	"trinhky/submit"
)

// parcelSteps are sent, arrived, received, assigned, processing, completed.
const parcelSteps = 6

// sendingPage shows one row a document and one line a receiver.
type sendingPage struct {
	kit     *Kit
	rows    *fyne.Container
	count   *fynewidget.Label
	trouble *fyne.Container
	empty   fyne.CanvasObject
	nothing fyne.CanvasObject // the search finds nothing
	search  *fynewidget.Entry
	scroll  *container.Scroll
	object  fyne.CanvasObject
	newest  string
	detail  *submit.Record // of which everything is shown
	about   []submit.Record
	below   *fyne.Container // the correction that is being typed
	belowOf string          // the message that it is about

	drawn  bool
	sent   flow.Sent // as drawn
	reason error
}

func newSending(k *Kit) *sendingPage {
	p := &sendingPage{kit: k, rows: container.NewVBox(), count: widget.NewLine(""), trouble: container.NewVBox()}
	p.count.Importance = fynewidget.LowImportance
	p.scroll = name(k, "send.rows", container.NewVScroll(p.rows))
	p.empty = emptyState(k.icon(IconSend), k.say("send.empty"), k.say("send.empty.hint"))
	p.nothing = emptyState(k.icon(IconSend), k.say("inbox.nothing"), k.say("send.nothing.hint"))
	p.search = name(k, "send.search", fynewidget.NewEntry())
	p.search.PlaceHolder = k.say("send.search")
	p.search.OnChanged = func(text string) { k.Flow.FindSent(strings.TrimSpace(text)) }
	body := container.NewBorder(container.NewVBox(p.trouble, p.search), nil, nil, nil, container.NewStack(p.scroll, p.empty, p.nothing))
	p.object = listPage(k.say("nav.send"), p.count, nil, body)
	return p
}

// Object is the page.
func (p *sendingPage) Object() fyne.CanvasObject { return p.object }

// badge counts what is on its way or was refused.
func (p *sendingPage) badge(l flow.Lists) int {
	n := 0
	for _, r := range l.Records {
		if r.Status.Waiting() || anyRefused(r) {
			n++
		}
	}
	return n
}

// highlight marks the record that was queued just now.
func (p *sendingPage) highlight(id string) {
	p.newest, p.drawn = id, false
	p.scroll.ScrollToTop()
}

func (p *sendingPage) draw(l flow.Lists) {
	k := p.kit
	if p.drawn && errors.Is(l.Trouble, p.reason) && reflect.DeepEqual(l.Sent, p.sent) && reflect.DeepEqual(l.Detail, p.detail) && reflect.DeepEqual(l.About, p.about) {
		return // what is unfolded stays so
	}
	p.drawn, p.reason, p.sent, p.detail, p.about = true, l.Trouble, l.Sent, l.Detail, l.About
	p.counted(l.Sent)
	p.trouble.Objects = nil
	if l.Trouble != nil {
		if n := k.problem(l.Trouble); n != nil {
			n.Tone = widget.Warning
			p.trouble.Add(n.Object())
		}
	}
	p.rows.Objects = nil
	for _, r := range l.Sent.Rows {
		p.rows.Add(p.record(r))
	}
	if l.Sent.More {
		further := name(k, "send.further", fynewidget.NewButton(k.say("send.further"), k.Flow.MoreSent))
		p.rows.Add(container.NewCenter(further))
	}
	p.rows.Refresh()
	p.trouble.Refresh()
}

// counted says how many documents are listed, and shows the list or why it is
// empty.
func (p *sendingPage) counted(s flow.Sent) {
	key := "send.count"
	switch {
	case s.More:
		key = "send.count.more"
	case s.Text != "":
		key = "send.count.found"
	}
	none := len(s.Rows) == 0
	p.count.SetText(p.kit.say(key, "n", strconv.Itoa(len(s.Rows))))
	setVisible(p.empty, none && s.Text == "")
	setVisible(p.nothing, none && s.Text != "")
	setVisible(p.search, !none || s.Text != "")
	setVisible(p.scroll, !none)
}

// record is one document on its way.
func (p *sendingPage) record(r submit.Record) fyne.CanvasObject {
	k, e := p.kit, r.Envelope
	title := widget.NewStrong(k.say("send.title", "code", e.Document.Code(), "subject", e.Document.Subject))
	if kind := kindKey(e.Business.Kind); kind != "" {
		title.SetText(k.say(kind) + " · " + title.Text)
	}
	detail := widget.NewCaption(k.say("send.detail", "time", moment(e.Queued), "type", e.Document.Type, "signer", e.Document.Signer))
	whole := overall(r)
	chip := widget.NewChip(statusTone(whole), k.Messages.Status(whole))
	if e.ID == p.newest {
		name(k, "send.newest", chip)
	}
	right := container.NewHBox(container.NewCenter(chip))
	for _, b := range p.buttons(r) {
		right.Add(container.NewCenter(b))
	}
	box := widget.NewColumn(-4, container.NewBorder(nil, nil, nil, right, widget.NewColumn(-12, title, detail)))
	if n := p.problem(r); n != nil {
		box.Add(n.Object())
	}
	for i, to := range r.Recipients {
		box.Add(p.recipient(r, to, i))
	}
	for _, w := range p.warnings(r) {
		box.Add(w)
	}
	if p.detail != nil && p.detail.Envelope.ID == e.ID {
		box.Add(p.more(*p.detail))
	}
	card := widget.NewCard(box)
	card.Inset = 8
	return container.New(layout.NewCustomPaddedLayout(3, 3, 2, 10), card)
}

// problem says why a record is not delivered: what happened, what it means and
// what to do. The technical words are folded away; what the destination says in
// refusing is not.
func (p *sendingPage) problem(r submit.Record) *widget.Notice {
	k := p.kit
	if r.Problem == "" {
		return nil
	}
	if r.Status == submit.Refused {
		return k.problem(k.refusal(r))
	}
	n := k.problem(p.way(r))
	switch {
	case r.Status == submit.Failed:
		n.Tone = widget.Danger
		n.Next = k.say("send.next.failed", "next", n.Next)
	case r.Status == submit.Unconfirmed:
		n.Tone = widget.Warning
		n.Text = k.say("send.lookup.why", "why", n.Title)
		n.Title = k.Messages.Status(r.Status)
	case r.Status.Waiting():
		n.Tone = widget.Warning
		n.Next = k.say("send.next.retry", "next", n.Next)
	default:
		return nil
	}
	return n
}

// way is what kept a record from its destination, for its words.
func (p *sendingPage) way(r submit.Record) error {
	cause := errors.New(r.Problem)
	if field, ok := strings.CutPrefix(r.ProblemCode, "field."); ok {
		return &message.Coded{Code: "error.field", Args: map[string]string{"field": field}, Err: cause}
	}
	code := "error.way." + r.ProblemCode
	if !p.kit.Messages.Has(code) {
		code = "error.way.other"
	}
	return &message.Coded{Code: code, Err: cause}
}

// refusal is why a destination refused: in our words where the refusal is ours
// to explain, else in its own.
func (k *Kit) refusal(r submit.Record) error {
	cause := &submit.RefusedError{Code: r.ProblemCode}
	if code := "error.refused." + r.ProblemCode; k.Messages.Has(code) {
		return &message.Coded{Code: code, Err: errors.New(r.Problem)}
	}
	for _, to := range r.Recipients {
		if to.Status == submit.Refused && to.Note != "" {
			cause.Text = to.Note
		}
	}
	return cause
}

// overall is one word for a record: that of the receiver who is least far, or
// that somebody refused.
func overall(r submit.Record) submit.Status {
	if r.Status != submit.Delivered || len(r.Recipients) == 0 {
		return r.Status
	}
	least := submit.Completed
	for _, to := range r.Recipients {
		switch {
		case to.Status == submit.Refused:
			return submit.Refused
		case parcelAt(to.Status) < parcelAt(least):
			least = to.Status
		}
	}
	if parcelAt(least) == 0 {
		return submit.Delivered
	}
	return least
}

// buttons are what can be done with a record.
func (p *sendingPage) buttons(r submit.Record) []fyne.CanvasObject {
	k := p.kit
	var out []fyne.CanvasObject
	if r.Status == submit.Queued || r.Status == submit.Failed {
		out = append(out, fynewidget.NewButton(k.say("send.cancel"), func() { k.Flow.CancelSend(r.Envelope.ID) }))
	}
	if r.Status == submit.Refused || r.Status == submit.Failed || r.Status.Waiting() && r.Tries > 0 {
		out = append(out, fynewidget.NewButton(k.say("send.retry"), func() { k.Flow.Retry(r.Envelope.ID) }))
	}
	shown, key := r.Envelope.ID, "send.more"
	if p.detail != nil && p.detail.Envelope.ID == shown {
		shown, key = "", "send.less"
	}
	more := fynewidget.NewButton(k.say(key), func() { k.Flow.ShowMessage(shown) })
	more.Importance = fynewidget.LowImportance
	if r.Envelope.ID == p.newest {
		name(k, "send.newest.more", more)
	}
	return append(out, more)
}

// recipient is one receiver and how far the document has come there.
func (p *sendingPage) recipient(r submit.Record, to submit.Recipient, i int) fyne.CanvasObject {
	k := p.kit
	status := to.Status
	if status == submit.Queued {
		status = r.Status
	}
	tone := statusTone(status)
	state := fynewidget.NewLabel(k.Messages.Status(status))
	state.Importance, _ = toneStyle(tone)
	if r.Envelope.ID == p.newest {
		name(k, "send.newest."+strconv.Itoa(i), state)
	}
	parcel := container.NewVBox(layout.NewSpacer(), widget.NewParcel(parcelAt(status), parcelSteps, tone), layout.NewSpacer())
	when := fynewidget.NewLabel("")
	when.Importance = fynewidget.LowImportance
	if !to.At.IsZero() {
		when.SetText(moment(to.At))
	}
	who := widget.NewLine(k.say("send.to", "name", to.Party.Name, "code", to.Party.OrganID()))
	row := container.New(&table{[]float32{118, 160, 136}}, who, parcel, state, when)
	switch {
	case r.Status == submit.Refused: // the notice above says why
	case to.Note != "":
		key := "send.note"
		if to.Status == submit.Refused {
			key = "send.refused"
		}
		return widget.NewColumn(-10, row, line(tone, k.say(key, "note", to.Note), nil))
	}
	return row
}

// parcelAt is how many of the steps are done.
func parcelAt(s submit.Status) int {
	switch s {
	case submit.Delivered:
		return 1
	case submit.Arrived:
		return 2
	case submit.Received, submit.Refused:
		return 3
	case submit.Assigned:
		return 4
	case submit.Processing:
		return 5
	case submit.Completed:
		return 6
	case submit.Queued, submit.Sending, submit.Unconfirmed, submit.RecallAsked,
		submit.Recalled, submit.Failed, submit.Cancelled:
	}
	return 0
}

func statusTone(s submit.Status) widget.Tone {
	switch s {
	case submit.Received, submit.Assigned, submit.Processing, submit.Completed:
		return widget.Success
	case submit.Refused, submit.Failed:
		return widget.Danger
	case submit.Unconfirmed, submit.RecallAsked:
		return widget.Warning
	case submit.Cancelled, submit.Recalled:
		return widget.Plain
	case submit.Queued, submit.Sending, submit.Delivered, submit.Arrived:
	}
	return widget.Info
}

func anyRefused(r submit.Record) bool {
	for _, to := range r.Recipients {
		if to.Status == submit.Refused {
			return true
		}
	}
	return r.Status == submit.Refused || r.Status == submit.Failed
}

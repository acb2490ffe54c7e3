package page

import (
	"cmp"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
	"trinhky/submit"
)

// InboxPage lists what other agencies sent.
const InboxPage Place = "nav.inbox"

// inboxPage is the list of incoming messages, and one that is looked at.
type inboxPage struct {
	kit    *Kit
	object *fyne.Container
	choose fyne.CanvasObject

	rows    []submit.Incoming
	list    *fynewidget.List
	count   *fynewidget.Label
	empty   fyne.CanvasObject
	nothing fyne.CanvasObject // the filter leaves nothing
	trouble *fyne.Container
	search  *fynewidget.Entry
	only    *fynewidget.Check // what waits for a decision
	fetch   *fynewidget.Button

	drawn inboxSeen
	note  *fynewidget.Entry
	unit  *fynewidget.Entry
}

// inboxSeen is what makes a message be drawn anew; what is typed does not.
type inboxSeen struct {
	open, status, problem, checkErr string
	stranger                        submit.Stranger
	answers, sent                   int
	checked, answering              bool
}

func newInbox(k *Kit) *inboxPage {
	p := &inboxPage{kit: k, object: container.NewStack(), count: caption(""), trouble: container.NewVBox()}
	p.list = fynewidget.NewList(
		func() int { return len(p.rows) },
		func() fyne.CanvasObject { return widget.NewRow() },
		func(i int, o fyne.CanvasObject) { p.fill(i, o.(*widget.Row)) },
	)
	p.list.HideSeparators = true
	p.list.OnSelected = func(i int) {
		p.list.Unselect(i)
		p.look(i)
	}
	p.search = fynewidget.NewEntry()
	p.search.PlaceHolder = k.say("inbox.search")
	p.search.OnChanged = func(string) { p.find() }
	name(k, "inbox.search", p.search)
	p.only = fynewidget.NewCheck(k.say("inbox.only"), func(bool) { p.find() })
	p.fetch = fynewidget.NewButtonWithIcon(k.say("inbox.fetch"), theme.ViewRefreshIcon(), k.Flow.FetchInbox)
	name(k, "inbox.fetch", p.fetch)
	bar := container.NewBorder(nil, nil, nil, p.only, p.search)
	p.empty = emptyState(k.icon(IconInbox), k.say("inbox.empty"), k.say("inbox.empty.hint"))
	p.nothing = emptyState(k.icon(IconInbox), k.say("inbox.nothing"), k.say("inbox.nothing.hint"))
	body := container.NewBorder(container.NewVBox(p.trouble, bar), exportRow(k, "inbox.book", flow.BookIncoming), nil, nil,
		container.NewStack(p.list, p.empty, p.nothing))
	p.choose = listPage(k.say("nav.inbox"), p.count, p.fetch, body)
	p.object.Objects = []fyne.CanvasObject{p.choose}
	return p
}

// Object is the page.
func (p *inboxPage) Object() fyne.CanvasObject { return p.object }

// badge counts what waits for a decision.
func (p *inboxPage) badge(l flow.Lists) int {
	return l.Inbox.Waiting
}

func (p *inboxPage) shown() { p.kit.Flow.FetchInbox() }

func (p *inboxPage) key(e *fyne.KeyEvent) {
	switch e.Name {
	case fyne.KeyEscape, fyne.KeyBackspace:
		p.kit.Flow.LookAway()
	case fyne.KeyF5:
		p.kit.Flow.FetchInbox()
	}
}

func (p *inboxPage) draw(l flow.Lists) {
	a := l.Inbox
	p.troubles(a)
	p.show(a)
	if a.Fetching {
		p.fetch.Disable()
	} else {
		p.fetch.Enable()
	}
	in, ok := a.Row()
	seen := inboxSeen{}
	if ok {
		seen = inboxSeen{
			stranger: in.Stranger, open: a.Open, status: in.Status.String(), problem: errorText(a.Problem), checkErr: errorText(a.CheckErr),
			answers: len(in.Answers), sent: sentAnswers(in), checked: a.Checked != nil, answering: a.Answering,
		}
	}
	if seen == p.drawn {
		return
	}
	p.drawn = seen
	p.object.Objects = []fyne.CanvasObject{p.choose}
	if ok {
		p.object.Objects = []fyne.CanvasObject{p.message(a, in)}
	}
	p.object.Refresh()
}

func sentAnswers(in submit.Incoming) int {
	n := 0
	for _, a := range in.Answers {
		if !a.Sent.IsZero() {
			n++
		}
	}
	return n
}

// troubles says that the destination cannot be asked: what came before is here.
func (p *inboxPage) troubles(a flow.Arriving) {
	k := p.kit
	p.trouble.Objects = nil
	if a.Trouble != nil {
		n := widget.Notice{Tone: widget.Warning, Title: k.say("inbox.offline"), Text: k.say("inbox.offline.never"), Cause: a.Trouble.Error(), CauseLabel: k.say("notice.cause")}
		if !a.Asked.IsZero() {
			n.Text = k.say("inbox.offline.text", "time", moment(a.Asked))
		}
		p.trouble.Add(n.Object())
	}
	p.trouble.Refresh()
}

// find asks for what the search and the box say; the database looks for it.
func (p *inboxPage) find() {
	p.kit.Flow.FindIncoming(flow.Finding{Text: strings.TrimSpace(p.search.Text), Only: p.only.Checked})
}

// show lists what was found.
func (p *inboxPage) show(a flow.Arriving) {
	p.rows = a.Rows
	asked := a.Find != flow.Finding{}
	key := "inbox.count"
	switch {
	case a.More:
		key = "inbox.count.more"
	case asked:
		key = "inbox.count.found"
	}
	p.count.SetText(p.kit.say(key, "n", strconv.Itoa(len(p.rows)), "waiting", strconv.Itoa(a.Waiting)))
	setVisible(p.empty, !asked && len(p.rows) == 0)
	setVisible(p.nothing, asked && len(p.rows) == 0)
	setVisible(p.list, len(p.rows) > 0)
	p.list.Refresh()
}

func (p *inboxPage) fill(i int, r *widget.Row) {
	if i >= len(p.rows) {
		return
	}
	in, k := p.rows[i], p.kit
	if i == len(p.rows)-1 {
		k.Flow.MoreIncoming() // the end of the list is on the screen
	}
	title := k.say("inbox.title", "code", in.Document.Code(), "from", in.From.Name)
	if in.Problem != "" {
		title = k.say("inbox.unreadable")
	}
	detail := k.say("inbox.detail", "status", k.incomingWord(in), "time", moment(in.Received), "subject", "")
	if in.Document.Subject == "" {
		detail = strings.TrimSuffix(detail, " · ")
	}
	detail += clipped(in.Document.Subject, int((p.list.Size().Width-rowRest)/letterWidth)-len([]rune(detail)))
	icon, tint := IconInbox, theme.ColorNamePrimary
	switch {
	case in.Problem != "" || in.Business.Kind == submit.Recall || in.Stranger != "" && flow.Waits(in):
		tint = theme.ColorNameWarning
	case !flow.Waits(in):
		tint = theme.ColorNameDisabled
	}
	if kind := kindKey(in.Business.Kind); kind != "" {
		title = k.say(kind) + " · " + title
	}
	r.Fill(widget.Tint(k.icon(icon), tint), title, detail,
		widget.RowButton{Text: k.say("inbox.look"), Primary: flow.Waits(in), Tapped: func() { p.look(i) }})
	name(k, "inbox."+strconv.Itoa(i), r.Button(0))
}

// What a row needs beside its text, and the width of a small letter.
const (
	rowRest     float32 = 190
	letterWidth float32 = 6.2
)

// clipped is a text of at most n letters, cut between words.
func clipped(text string, n int) string {
	n = max(n, 24)
	if len([]rune(text)) <= n {
		return text
	}
	words, out := strings.Fields(text), ""
	for _, w := range words {
		if len([]rune(out))+len([]rune(w)) > n-4 {
			break
		}
		out = strings.TrimSpace(out + " " + w)
	}
	return out + cutMark
}

// kindKey names what is no ordinary document.
func kindKey(kind submit.Kind) string {
	switch kind {
	case submit.Recall:
		return "kind.recall"
	case submit.Update:
		return "kind.update"
	case submit.Replace:
		return "kind.replace"
	case submit.New:
	}
	return ""
}

// incomingWord is how far we have come with a message.
func (k *Kit) incomingWord(in submit.Incoming) string {
	switch {
	case in.Problem != "":
		return k.say("inbox.status.unreadable")
	case in.Stranger != "" && flow.Waits(in):
		return k.say("inbox.status.stranger")
	case flow.Waits(in):
		return k.say("inbox.status.waits")
	case in.Business.Kind == submit.Recall || in.Business.Kind == submit.Update:
		if in.Status == submit.Refused {
			return k.say("inbox.status.denied")
		}
		return k.say("inbox.status.agreed")
	}
	return k.Messages.Status(in.Status)
}

func (p *inboxPage) look(i int) {
	if i < len(p.rows) {
		p.kit.Flow.Look(p.rows[i].ID)
	}
}

// message is one message: what it says, what its check says, and what can be
// answered.
func (p *inboxPage) message(a flow.Arriving, in submit.Incoming) fyne.CanvasObject {
	k := p.kit
	back := name(k, "inbox.back", fynewidget.NewButtonWithIcon(k.say("inbox.back"), theme.NavigateBackIcon(), k.Flow.LookAway))
	title := widget.NewStrong(k.say("inbox.document", "type", in.Document.Type, "code", in.Document.Code()))
	if in.Problem != "" {
		title.SetText(k.say("inbox.unreadable"))
	}
	title.SizeName = theme.SizeNameSubHeadingText
	tone := statusTone(in.Status)
	if in.Problem != "" || in.Stranger != "" && flow.Waits(in) {
		tone = widget.Danger
	}
	top := container.NewBorder(nil, nil, container.NewCenter(back), container.NewCenter(widget.NewChip(tone, k.incomingWord(in))), title)
	left := widget.NewColumn(4)
	if in.Problem != "" {
		left.Add(widget.Notice{
			Tone: widget.Danger, Title: k.say("inbox.unreadable"), Text: k.say("inbox.unreadable.text"),
			Cause: in.Problem, CauseLabel: k.say("notice.cause"),
		}.Object())
	} else {
		if in.Stranger != "" {
			left.Add(widget.Notice{
				Tone: widget.Danger, Title: k.say("inbox.stranger"),
				Text: k.say("inbox.stranger."+string(in.Stranger), "name", cmp.Or(in.From.Name, in.From.OrganID()), "by", in.Carried),
			}.Object())
		}
		left.Add(p.asked(in))
		left.Add(p.facts(in))
		left.Add(p.files(a, in))
	}
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 8, 0, 10), left))
	right := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(0, 0, 0, 4), widget.NewColumn(6, p.answer(a, in), p.history(in))))
	return container.New(layout.NewCustomPaddedLayout(8, 8, 14, 14), container.NewBorder(top, nil, nil, nil, container.New(&halves{}, scroll, right)))
}

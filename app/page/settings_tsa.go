package page

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/settings"
	"trinhky/app/widget"
	"trinhky/submit"
)

// Quota is what a time-stamping server still allows.
type Quota = settings.Quota

// TimeServers asks about time-stamping servers. Its methods may wait.
type TimeServers interface {
	// Usage gives a Quota for every server of s.TSA.
	Usage(s settings.Signing) ([]Quota, error)
	// Try asks a server for a timestamp and says how long it took.
	Try(ctx context.Context, s settings.Signing, url string) (time.Duration, error)
}

// trial is how long a server may take in a try.
const trial = 30 * time.Second

// timeCard is the list of time-stamping servers in the order of asking.
type timeCard struct {
	page *settingsPage
	rows *fyne.Container
	said *fyne.Container
	edit *fyne.Container // the server that is edited; empty: none
}

func (p *settingsPage) timeServers() fyne.CanvasObject {
	k := p.kit
	t := &timeCard{page: p, rows: widget.NewColumn(0), said: container.NewVBox(), edit: container.NewVBox()}
	p.times = t
	add := fynewidget.NewButtonWithIcon(k.say("tsa.add"), theme.ContentAddIcon(), func() { t.open("") })
	t.draw()
	return p.section("tsa.title", "tsa.text", t.rows, t.said, t.edit, container.NewHBox(name(k, "tsa.add", add)))
}

// draw lists the servers; quotas come from the file that counts them, off the
// thread.
func (t *timeCard) draw() {
	k := t.page.kit
	s := k.Flow.Settings().Signing
	t.rows.Objects = nil
	var left []*fynewidget.Label
	for i, address := range s.TSA {
		l := widget.NewCaption(t.about(s.Authority(address), nil))
		left = append(left, l)
		t.rows.Add(t.row(i, address, l))
	}
	if len(s.TSA) == 0 {
		t.rows.Add(widget.NewText(k.say("tsa.none")))
	}
	t.rows.Refresh()
	if k.TimeServers == nil || len(left) == 0 {
		return
	}
	k.Runner.Go(func() func() {
		usage, err := k.TimeServers.Usage(s)
		return func() {
			if err != nil {
				k.Log.Warn("quotas of the time-stamping servers", "err", err)
				return
			}
			for i, q := range usage[:min(len(usage), len(left))] {
				left[i].SetText(t.about(s.Authority(s.TSA[i]), &q))
			}
		}
	})
}

// about is a server in a line: account, time limit, quota and what is left.
func (t *timeCard) about(a settings.Authority, q *Quota) string {
	k := t.page.kit
	parts := []string{k.say("tsa.open")}
	if a.User != "" {
		parts[0] = k.say("tsa.account", "user", a.User)
	}
	if a.Timeout > 0 {
		parts = append(parts, k.say("tsa.limit", "seconds", strconv.Itoa(int(time.Duration(a.Timeout).Seconds()))))
	}
	switch {
	case a.Requests == 0 || a.Minutes == 0:
		parts = append(parts, k.say("tsa.quota.none"))
	case q == nil || q.Left < 0:
		parts = append(parts, k.say("tsa.quota", "requests", strconv.Itoa(a.Requests), "minutes", strconv.Itoa(a.Minutes)))
	default:
		parts = append(parts, k.say("tsa.quota.left", "used", strconv.Itoa(a.Requests-q.Left), "requests", strconv.Itoa(a.Requests),
			"minutes", strconv.Itoa(a.Minutes), "left", strconv.Itoa(q.Left)))
		if q.Left == 0 && !q.More.IsZero() {
			parts = append(parts, k.say("tsa.quota.more", "time", moment(q.More)))
		}
	}
	return strings.Join(parts, " · ")
}

func (t *timeCard) row(i int, address string, about fyne.CanvasObject) fyne.CanvasObject {
	k := t.page.kit
	n := strconv.Itoa(i)
	up := fynewidget.NewButtonWithIcon("", theme.MoveUpIcon(), func() { t.move(i, -1) })
	down := fynewidget.NewButtonWithIcon("", theme.MoveDownIcon(), func() { t.move(i, 1) })
	if i == 0 {
		up.Disable()
	}
	if i == len(k.Flow.Settings().Signing.TSA)-1 {
		down.Disable()
	}
	try := fynewidget.NewButton(k.say("tsa.try"), func() { t.try(address) })
	edit := fynewidget.NewButton(k.say("tsa.edit"), func() { t.open(address) })
	drop := fynewidget.NewButtonWithIcon("", theme.DeleteIcon(), func() { t.drop(address) })
	for _, b := range []*fynewidget.Button{up, down, drop} {
		b.Importance = fynewidget.LowImportance
	}
	buttons := container.NewHBox(name(k, "tsa.up."+n, up), name(k, "tsa.down."+n, down), name(k, "tsa.try."+n, try),
		name(k, "tsa.edit."+n, edit), name(k, "tsa.drop."+n, drop))
	title := widget.NewStrong(k.say("tsa.row", "n", strconv.Itoa(i+1), "url", address))
	return container.NewBorder(nil, nil, nil, container.NewCenter(buttons), widget.NewColumn(-12, title, about))
}

// change keeps changed servers and draws them.
func (t *timeCard) change(set func(*settings.Signing)) {
	t.page.changeThen(func(s *settings.Settings) {
		s.Signing.TSA, s.Signing.Authorities = slices.Clone(s.Signing.TSA), slices.Clone(s.Signing.Authorities)
		set(&s.Signing)
	}, "settings.saved", t.draw)
}

func (t *timeCard) move(i, by int) {
	t.change(func(s *settings.Signing) {
		if j := i + by; i < len(s.TSA) && j >= 0 && j < len(s.TSA) {
			s.TSA[i], s.TSA[j] = s.TSA[j], s.TSA[i]
		}
	})
}

func (t *timeCard) drop(address string) {
	k := t.page.kit
	t.change(func(s *settings.Signing) {
		s.TSA = slices.DeleteFunc(s.TSA, func(u string) bool { return u == address })
		s.Authorities = slices.DeleteFunc(s.Authorities, func(a settings.Authority) bool { return a.URL == address })
	})
	if k.Secrets == nil {
		return
	}
	k.Runner.Go(func() func() {
		err := k.Secrets.Delete("tsa/" + address)
		return func() {
			if err != nil {
				t.page.tell(err, "settings.saved")
			}
		}
	})
}

// try asks the server for a timestamp, which counts for its quota.
func (t *timeCard) try(address string) {
	k := t.page.kit
	if k.TimeServers == nil {
		return
	}
	t.tell(widget.Notice{Tone: widget.Info, Text: k.say("tsa.trying", "url", address)})
	s := k.Flow.Settings().Signing
	k.Runner.Go(func() func() {
		ctx, stop := context.WithTimeout(context.Background(), trial)
		defer stop()
		took, err := k.TimeServers.Try(ctx, s, address)
		return func() {
			if err != nil {
				m := k.Messages.Of(err)
				t.tell(widget.Notice{Tone: widget.Danger, Text: k.say("tsa.fails", "url", address), Cause: m.Cause, CauseLabel: k.say("notice.cause")})
			} else {
				t.tell(widget.Notice{Tone: widget.Success, Text: k.say("tsa.works", "url", address, "seconds", strconv.FormatFloat(took.Seconds(), 'f', 1, 64))})
			}
			t.draw()
		}
	})
}

func (t *timeCard) tell(n widget.Notice) {
	t.said.Objects = []fyne.CanvasObject{n.Object()}
	t.said.Refresh()
}

// open edits a server; "" is a new one.
func (t *timeCard) open(address string) {
	k := t.page.kit
	a := k.Flow.Settings().Signing.Authority(address)
	field := func(key, text string) *fynewidget.Entry {
		e := fynewidget.NewEntry()
		e.SetText(text)
		return name(k, key, e)
	}
	where, user := field("tsa.url", address), field("tsa.user", a.User)
	where.PlaceHolder = k.say("settings.tsa.hint")
	password := name(k, "tsa.password", fynewidget.NewPasswordEntry())
	if a.User != "" {
		password.PlaceHolder = k.say("tsa.password.keep")
	}
	requests, minutes := field("tsa.requests", number(a.Requests)), field("tsa.minutes", number(a.Minutes))
	seconds := field("tsa.seconds", number(int(time.Duration(a.Timeout).Seconds())))
	cells := container.New(layout.NewGridLayoutWithColumns(3))
	for _, c := range []struct {
		key   string
		entry *fynewidget.Entry
	}{{"tsa.user", user}, {"tsa.password", password}, {"tsa.seconds", seconds}, {"tsa.requests", requests}, {"tsa.minutes", minutes}} {
		cells.Add(widget.NewColumn(-4, widget.NewCaption(k.say(c.key)), c.entry))
	}
	save := fynewidget.NewButton(k.say("tsa.save"), func() {
		now := settings.Authority{URL: strings.TrimSpace(where.Text), User: strings.TrimSpace(user.Text)}
		var limit int
		for _, n := range []struct {
			entry *fynewidget.Entry
			to    *int
		}{{requests, &now.Requests}, {minutes, &now.Minutes}, {seconds, &limit}} {
			var ok bool
			if *n.to, ok = whole(n.entry.Text); !ok {
				t.page.tell(&submit.FieldError{Field: "quota", Reason: "malformed"}, "")
				return
			}
		}
		now.Timeout = settings.Duration(time.Duration(limit) * time.Second)
		t.save(address, now, password.Text)
	})
	save.Importance = fynewidget.HighImportance
	no := fynewidget.NewButton(k.say("compose.cancel"), t.close)
	t.edit.Objects = []fyne.CanvasObject{
		widget.NewColumn(-4, widget.NewCaption(k.say("tsa.url")), where), cells, widget.NewCaption(k.say("tsa.quota.text")),
		container.NewHBox(name(k, "tsa.save", save), no),
	}
	t.edit.Refresh()
	k.Window.Canvas().Focus(where)
}

// number writes n for an entry; nothing for 0.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// whole is a number of at least 0; nothing is 0.
func whole(text string) (int, bool) {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= 0 && n < 1_000_000
}

func (t *timeCard) close() {
	t.edit.Objects = nil
	t.edit.Refresh()
}

// save keeps a server in the place of old, and its password among the secrets
// before the settings name it.
func (t *timeCard) save(old string, a settings.Authority, password string) {
	k := t.page.kit
	u, err := url.Parse(a.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		t.page.tell(&submit.FieldError{Field: "address", Reason: "malformed"}, "")
		return
	}
	keep := func() {
		t.change(func(s *settings.Signing) {
			s.Authorities = slices.DeleteFunc(s.Authorities, func(x settings.Authority) bool { return x.URL == old || x.URL == a.URL })
			if a != (settings.Authority{URL: a.URL}) {
				s.Authorities = append(s.Authorities, a)
			}
			if i := slices.Index(s.TSA, old); i >= 0 {
				s.TSA[i] = a.URL
			} else if !slices.Contains(s.TSA, a.URL) {
				s.TSA = append(s.TSA, a.URL)
			}
		})
		t.close()
	}
	if password == "" || a.User == "" || k.Secrets == nil {
		keep()
		return
	}
	k.Runner.Go(func() func() {
		_, err := k.Secrets.Set("tsa/"+a.URL, password)
		return func() {
			if err != nil {
				t.page.tell(err, "")
				return
			}
			keep()
		}
	})
}

package page

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/settings"
	"trinhky/app/widget"
)

// sitePage asks what a web page's call needs to know of the person. It stands
// in the place of whatever is shown, which comes back with the answer.
type sitePage struct {
	kit    *Kit
	work   flow.SiteWork
	object *fyne.Container
}

func newSite(k *Kit) *sitePage { return &sitePage{kit: k, object: container.NewStack()} }

// Object is the page.
func (p *sitePage) Object() fyne.CanvasObject { return p.object }

func (p *sitePage) asks() bool { return p.work.Question != nil }

// OnSite draws the work for web pages. A question brings the window up.
func (f *Frame) OnSite(w flow.SiteWork) {
	asked := f.site.asks()
	f.site.work = w
	if w.Question != nil {
		f.site.draw(*w.Question)
	}
	f.show()
	if w.Question != nil && !asked && f.kit.Raise != nil {
		f.kit.Raise()
	}
	f.document.siteChanged()
}

// BridgeFailed says in the settings why pages cannot reach the program.
func (f *Frame) BridgeFailed(err error) {
	if p, ok := f.page(SettingsPage).(*settingsPage); ok {
		if n := f.kit.problem(err); n != nil {
			p.notice.Objects = []fyne.CanvasObject{n.Object()}
			p.notice.Refresh()
			p.turnTo(TabBridge)
		}
	}
}

// siteWords are the keys of a question: title, sentence, button.
func siteWords(a flow.SiteAsk) (title, text, yes string) {
	switch a {
	case flow.SiteHosts:
		return "site.hosts.title", "site.hosts.text", "site.allow"
	case flow.SitePrivate:
		return "site.private.title", "site.private.text", "site.allow"
	case flow.SiteCertificate:
		return "site.certificate.title", "site.certificate.text", "site.allow"
	case flow.SiteGone:
		return "site.gone.title", "site.gone.text", "site.gone.upload"
	case flow.SiteChoose:
		return "site.choose.title", "site.choose.text", "site.choose.yes"
	case flow.SiteOpen:
		return "site.open.title", "site.open.text", "site.open.yes"
	case flow.SiteFirst:
	}
	return "site.first.title", "site.first.text", "site.allow"
}

func (p *sitePage) draw(q flow.SiteQuestion) {
	k := p.kit
	title, text, yes := siteWords(q.Ask)
	// In full, whatever its length: the end of a name is what tells sites apart.
	who := fynewidget.NewLabelWithStyle(q.Origin, fyne.TextAlignLeading, fyne.TextStyle{Bold: true})
	who.Wrapping, who.SizeName = fyne.TextWrapBreak, theme.SizeNameSubHeadingText
	col := widget.NewColumn(4, widget.NewSection(k.say(title)), who)
	if q.Readable != "" {
		col.Add(widget.Notice{Tone: widget.Warning, Text: k.say("site.readable", "name", q.Readable)}.Object())
	}
	if q.Insecure {
		col.Add(widget.Notice{Tone: widget.Danger, Title: k.say("site.insecure.title"), Text: k.say("site.insecure.text")}.Object())
	}
	col.Add(widget.NewText(k.say(text)))
	col.Add(widget.NewCard(p.facts(q)))
	keep := fynewidget.NewCheck(k.say("site.remember"), nil)
	no := fynewidget.NewButton(k.say("site.refuse"), func() { k.Flow.AnswerSite(flow.SiteAnswer{}) })
	if q.Ask == flow.SiteGone {
		no.SetText(k.say("site.gone.keep"))
	}
	no.Importance = fynewidget.HighImportance // the default is no
	allow := fynewidget.NewButton(k.say(yes), func() {
		k.Flow.AnswerSite(flow.SiteAnswer{Allow: true, Remember: keep.Checked})
	})
	if q.Ask == flow.SiteChoose {
		allow.OnTapped = func() {
			k.PickPDF(func(path string) { k.Flow.AnswerSite(flow.SiteAnswer{Allow: path != "", Path: path}) })
		}
	}
	name(k, "site.refuse", no)
	name(k, "site.allow", allow)
	foot := widget.NewColumn(4) // always in sight, however long the names are
	if q.Ask <= flow.SitePrivate && !q.Insecure {
		foot.Add(name(k, "site.remember", keep))
	}
	foot.Add(container.New(layout.NewGridLayoutWithColumns(2), tall(no), tall(allow)))
	wide := func(o fyne.CanvasObject) fyne.CanvasObject {
		return container.NewCenter(container.New(&least{fyne.NewSize(560, 0)}, o))
	}
	below := container.New(layout.NewCustomPaddedLayout(6, 10, 0, 0), wide(foot))
	p.object.Objects = []fyne.CanvasObject{container.NewBorder(nil, below, nil, nil, container.NewVScroll(wide(widget.NewCard(col))))}
	p.object.Refresh()
}

// facts are what the page wants, from where and to where.
func (p *sitePage) facts(q flow.SiteQuestion) fyne.CanvasObject {
	k := p.kit
	box := widget.NewColumn(-6)
	if q.Ask != flow.SiteCertificate {
		box.Add(fact(k.say("site.role"), k.say("role."+q.Role.String())))
	}
	if q.Files > 1 {
		box.Add(fact(k.say("site.files"), strconv.Itoa(q.Files)))
	}
	if len(q.Download) > 0 {
		box.Add(fact(k.say("site.download"), strings.Join(q.Download, ", ")))
	}
	if q.Upload != "" {
		box.Add(fact(k.say("site.upload"), q.Upload))
	}
	if len(q.Foreign) > 0 {
		box.Add(fact(k.say("site.foreign"), strings.Join(q.Foreign, ", ")))
	}
	return box
}

// siteLines say above everything else for whom a document is signed.
func (d *documentPage) siteLines(body *fyne.Container, s flow.Desk) {
	if j := s.ForSite(); j != nil {
		body.Add(siteNotice(d.kit.say("site.asks", "origin", j.Origin), d.siteDetails(j)))
	}
}

// siteOrder is siteLines with what the person has to fill in between who asks
// and the rest, so that it is in sight on a small screen.
func (d *documentPage) siteOrder(body *fyne.Container, s flow.Desk) {
	form := container.NewVBox()
	if d.siteForm(form, s); len(form.Objects) == 0 {
		d.siteLines(body, s)
		return
	}
	j := s.ForSite()
	body.Add(siteNotice(d.kit.say("site.asks", "origin", j.Origin), ""))
	body.Add(form)
	body.Add(siteNotice("", d.siteDetails(j)))
}

func siteNotice(title, text string) fyne.CanvasObject {
	return widget.Notice{Tone: widget.Info, Title: title, Text: text}.Object()
}

// siteDetails are the role, and from where and to where documents go.
func (d *documentPage) siteDetails(j *flow.SiteJob) string {
	k := d.kit
	w := k.Flow.Sites()
	text := k.say("site.asks.text", "role", k.say("role."+j.Role.String()), "host", j.Upload)
	if n := len(j.Documents); n > 1 {
		text += " " + k.say("site.asks.of", "n", strconv.Itoa(w.At+1), "of", strconv.Itoa(n))
	}
	if from := j.Documents[w.At].Host; from != "" && from != j.Upload {
		text += " " + k.say("site.asks.from", "host", from)
	}
	if j.Number != "" {
		text += " " + k.say("site.asks.number", "number", j.Number)
	}
	if !j.Date.IsZero() {
		text += " " + k.say("site.asks.date", "date", day(j.Date))
	}
	return text
}

// siteButtons are the person's no, and the skipping of one of several.
func (d *documentPage) siteButtons(s flow.Desk) fyne.CanvasObject {
	j, k := s.ForSite(), d.kit
	if j == nil {
		return nil
	}
	no := name(k, "site.refuse", fynewidget.NewButton(k.say("site.refuse"), k.Flow.RefuseSite))
	if k.Flow.Sites().At+1 >= len(j.Documents) {
		return no
	}
	skip := name(k, "site.skip", fynewidget.NewButton(k.say("site.skip"), k.Flow.SkipSite))
	return widget.NewColumn(6, skip, no)
}

// looked tells which pages were painted: see flow.SawSite.
func (d *documentPage) looked() {
	d.kit.Flow.SawSite(d.pages.Page())
	for _, g := range d.pages.Glimpses() {
		d.kit.Flow.SawSite(g.Page)
	}
}

// signWord is what the one button says.
func (d *documentPage) signWord(s flow.Desk) string {
	k, w := d.kit, d.kit.Flow.Sites()
	if j := s.ForSite(); j != nil && len(j.Documents) > 1 {
		if w.At+1 < len(j.Documents) {
			return k.say("site.agree")
		}
		return k.say("site.sign", "n", strconv.Itoa(w.Agreed+1))
	}
	return k.say("todo.sign")
}

// siteEnded says whether the site has the signed file.
func (d *documentPage) siteEnded(body *fyne.Container) {
	k, w := d.kit, d.kit.Flow.Sites()
	if w.Ended == nil {
		return
	}
	if n := k.problem(w.EndedErr); n != nil {
		body.Add(n.Object())
		return
	}
	if !w.Stored {
		body.Add(widget.Notice{Tone: widget.Info, Text: k.say("site.storing", "host", w.Ended.Upload)}.Object())
		return
	}
	body.Add(widget.Notice{Tone: widget.Success, Text: k.say("site.ended", "host", w.Ended.Upload)}.Object())
}

// siteChanged draws the end of a job again when its outcome came.
func (d *documentPage) siteChanged() {
	if s, ok := d.kit.Flow.State().(flow.Signed); ok && s.Doc == d.doc {
		d.drawDone(s)
	}
}

// bridge is the section of the settings about web pages.
func (p *settingsPage) bridge() fyne.CanvasObject {
	k := p.kit
	s := k.Flow.Settings().Bridge
	on := fynewidget.NewCheck(k.say("settings.bridge.on"), nil)
	on.Checked = s.Enabled
	on.OnChanged = p.turnBridge
	name(k, "settings.bridge", on)
	content := []fyne.CanvasObject{on, fact(k.say("settings.bridge.address"), s.At())}
	p.sites = container.NewVBox()
	p.siteRows(p.sites)
	return p.section("settings.bridge.title", "settings.bridge.text", append(content, p.sites)...)
}

// turnBridge lets browsers trust the certificate first: a bridge that pages
// cannot reach is none. Turning it off takes the certificate away.
func (p *settingsPage) turnBridge(on bool) {
	k := p.kit
	keep := func() {
		p.change(func(s *settings.Settings) { s.Bridge.Enabled = on }, "settings.bridge.restart")
	}
	if k.LocalTrust == nil {
		keep()
		return
	}
	k.Runner.Go(func() func() {
		err := k.LocalTrust(context.Background(), on)
		return func() {
			if err != nil && on {
				p.told(err, "")
				return
			}
			keep()
		}
	})
}

// siteRows lists the allowed sites, each with a button that removes it.
func (p *settingsPage) siteRows(rows *fyne.Container) {
	k := p.kit
	rows.Objects = nil
	sites := k.Flow.Settings().Bridge.Sites
	if len(sites) == 0 {
		rows.Add(widget.NewCaption(k.say("settings.bridge.none")))
	}
	for i, site := range sites {
		text := site.Origin
		if len(site.Hosts) > 0 {
			text += " (" + strings.Join(site.Hosts, ", ") + ")"
		}
		remove := fynewidget.NewButton(k.say("settings.bridge.remove"), func() {
			s := k.Flow.Settings()
			s.Bridge.Sites = slices.DeleteFunc(slices.Clone(s.Bridge.Sites), func(o settings.Site) bool { return o.Origin == site.Origin })
			k.Flow.Change(s, func(err error) { p.told(err, "settings.saved"); p.siteRows(rows) })
		})
		name(k, "settings.bridge.remove."+strconv.Itoa(i), remove)
		rows.Add(container.NewBorder(nil, nil, nil, remove, widget.NewText(text)))
	}
	rows.Refresh()
}

// shown lists the sites anew: the person may have allowed one meanwhile.
func (p *settingsPage) shown() {
	if p.sites != nil {
		p.siteRows(p.sites)
	}
}

// told says how a change of the settings went.
func (p *settingsPage) told(err error, note string) {
	p.notice.Objects = nil
	if n := p.kit.problem(err); n != nil {
		p.notice.Add(n.Object())
	} else {
		p.notice.Add(widget.Notice{Tone: widget.Success, Text: p.kit.say(note)}.Object())
	}
	p.notice.Refresh()
}

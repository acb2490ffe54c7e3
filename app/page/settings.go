package page

import (
	"path/filepath"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/ink"
	"trinhky/app/settings"
	"trinhky/app/widget"
	"trinhky/signer/stamp"
)

// settingsPage shows what is set and lets it be changed; a change is kept at
// once.
type settingsPage struct {
	kit    *Kit
	sites  *fyne.Container // allowed web sites
	notice *fyne.Container
	// remembered lists the corrected places.
	remembered *fyne.Container
	object     *fyne.Container
	tabs       *widget.Tabs
	at         map[SettingsTab]int // the place of each group
	ink        *studio             // nil while it is not open

	tokens, files, anchors, offer *fyne.Container // of tokens and trust
	tokensOf                      string          // what tokens shows
	log                           *auditCard
	times                         *timeCard // time-stamping servers
}

func newSettings(k *Kit) *settingsPage {
	p := &settingsPage{kit: k, notice: container.NewVBox(), at: map[SettingsTab]int{}}
	var names []string
	var pages []fyne.CanvasObject
	groups := p.groups()
	for _, g := range groups {
		names = append(names, k.say(string(g.tab)))
		body := container.New(layout.NewCustomPaddedLayout(6, 8, 0, 14), widget.NewColumn(4, g.sections...))
		pages = append(pages, container.NewVScroll(body))
	}
	p.tabs = widget.NewTabs(names, pages)
	for i, g := range groups {
		p.at[g.tab] = i
		name(k, string(g.tab), p.tabs.Item(i))
	}
	head := widget.NewColumn(4, widget.NewHeading(k.say("nav.settings")), p.notice)
	p.object = container.NewStack(container.New(layout.NewCustomPaddedLayout(12, 8, 18, 18),
		container.NewBorder(head, nil, nil, nil, p.tabs.Object())))
	return p
}

// SettingsTab is a group of the settings; its value is the key of its name.
type SettingsTab string

// The groups, in their order.
const (
	TabGeneral SettingsTab = "settings.tab.general"
	TabDevices SettingsTab = "settings.tab.devices"
	TabTrust   SettingsTab = "settings.tab.trust"
	TabStamps  SettingsTab = "settings.tab.stamps"
	TabSending SettingsTab = "settings.tab.sending"
	TabBridge  SettingsTab = "settings.tab.bridge"
	TabAudit   SettingsTab = "settings.tab.audit"
)

// settingsGroup is what stands under one tab.
type settingsGroup struct {
	tab      SettingsTab
	sections []fyne.CanvasObject
}

func (p *settingsPage) groups() []settingsGroup {
	return []settingsGroup{
		{TabGeneral, []fyne.CanvasObject{p.level(), p.timeServers(), p.language()}},
		{TabDevices, []fyne.CanvasObject{p.devices()}},
		{TabTrust, []fyne.CanvasObject{p.trust()}},
		{TabStamps, []fyne.CanvasObject{p.rules(), p.pictures(), p.title(), p.templates()}},
		{TabSending, []fyne.CanvasObject{p.destination()}},
		{TabBridge, []fyne.CanvasObject{p.bridge()}},
		{TabAudit, []fyne.CanvasObject{p.audit()}},
	}
}

// turnTo shows a group.
func (p *settingsPage) turnTo(t SettingsTab) { p.tabs.Choose(p.at[t]) }

// studio puts the image studio in the place of the settings until the person
// leaves it; then is called where a picture was kept.
func (p *settingsPage) studio(kind ink.Kind, then func()) {
	own := p.object.Objects
	s := newStudio(p.kit, kind, func(saved bool) {
		p.ink = nil
		p.object.Objects = own
		if saved {
			p.tell(nil, "settings.saved")
			then()
		}
		p.object.Refresh()
	})
	p.ink = s
	p.object.Objects = []fyne.CanvasObject{s.object}
	p.object.Refresh()
}

// drop gives a dropped photo to the studio.
func (p *settingsPage) drop(paths []string) bool {
	if p.ink == nil || len(paths) == 0 {
		return false
	}
	p.ink.core.Open(paths[0])
	return true
}

// draw follows the background: the log, what was remembered, the tokens.
func (p *settingsPage) draw(l flow.Lists) {
	p.log.draw(l.Audit)
	p.drawTemplates()
	p.drawTokens(l)
}

// Object is the page.
func (p *settingsPage) Object() fyne.CanvasObject { return p.object }

// change keeps changed settings and says so.
func (p *settingsPage) change(set func(*settings.Settings), note string) {
	p.changeThen(set, note, func() {})
}

// changeThen is change, and goes on when it is kept.
func (p *settingsPage) changeThen(set func(*settings.Settings), note string, then func()) {
	s := p.kit.Flow.Settings()
	set(&s)
	p.kit.Flow.Change(s, func(err error) {
		p.tell(err, note)
		if err == nil {
			then()
		}
	})
}

// tell says how a change went.
func (p *settingsPage) tell(err error, note string) {
	p.notice.Objects = nil
	if n := p.kit.problem(err); n != nil {
		p.notice.Add(n.Object())
	} else {
		p.notice.Add(widget.Notice{Tone: widget.Success, Text: p.kit.say(note)}.Object())
	}
	p.notice.Refresh()
}

// section is a card with a heading and a sentence.
func (p *settingsPage) section(title, text string, content ...fyne.CanvasObject) fyne.CanvasObject {
	col := widget.NewColumn(2, widget.NewSection(p.kit.say(title)))
	if text != "" {
		col.Add(widget.NewCaption(p.kit.say(text)))
	}
	for _, c := range content {
		col.Add(c)
	}
	return container.New(layout.NewCustomPaddedLayout(4, 4, 0, 0), widget.NewCard(col))
}

// choice is a group of which one is chosen.
func (p *settingsPage) choice(as string, values, words []string, now string, set func(*settings.Settings, string), note string) fyne.CanvasObject {
	group := fynewidget.NewRadioGroup(words, nil)
	group.Required, group.Horizontal = true, true
	for i, v := range values {
		if v == now {
			group.Selected = words[i]
		}
	}
	group.OnChanged = func(word string) {
		for i, w := range words {
			if w == word {
				p.change(func(s *settings.Settings) { set(s, values[i]) }, note)
			}
		}
	}
	return name(p.kit, as, group)
}

func (p *settingsPage) rules() fyne.CanvasObject {
	k := p.kit
	now := k.Flow.Settings().Signing.Rules
	if now == "" {
		now = string(stamp.TT01)
	}
	pick := p.choice("settings.rules", []string{string(stamp.TT01), string(stamp.ND30)},
		[]string{k.say("settings.rules.tt01"), k.say("settings.rules.nd30")}, now,
		func(s *settings.Settings, v string) { s.Signing.Rules = v }, "settings.saved")
	return p.section("settings.rules.title", "settings.rules.text", pick)
}

func (p *settingsPage) level() fyne.CanvasObject {
	k := p.kit
	now := strings.ToUpper(k.Flow.Settings().Signing.Level)
	if now == "" {
		now = "B"
	}
	var values, words []string
	for _, level := range []string{"b", "t", "lt", "lta"} {
		values = append(values, strings.ToUpper(level))
		words = append(words, k.say("settings.level."+level))
	}
	pick := p.choice("settings.level", values, words, now,
		func(s *settings.Settings, v string) { s.Signing.Level = v }, "settings.saved")
	if group, ok := pick.(*fynewidget.RadioGroup); ok {
		group.Horizontal = false // four of them need the room
	}
	return p.section("settings.level.title", "settings.level.text", pick)
}

func (p *settingsPage) pictures() fyne.CanvasObject {
	k := p.kit
	s := k.Flow.Settings().Signing
	image := p.picture("settings.image", s.Image, ink.Signature, func(s *settings.Settings, v string) { s.Signing.Image = v })
	seal := p.picture("settings.seal", s.Seal, ink.Seal, func(s *settings.Settings, v string) {
		s.Signing.Seal, s.Signing.SealWidthMM = v, 0 // what was measured was the seal before
	})
	return p.section("settings.pictures.title", "settings.pictures.text", image, seal)
}

// picture is a line with the name of a picture and a button to choose another.
func (p *settingsPage) picture(key, now string, kind ink.Kind, set func(*settings.Settings, string)) fyne.CanvasObject {
	k := p.kit
	value := widget.NewLine(k.say("settings.none"))
	if now != "" {
		value.SetText(filepath.Base(now))
	}
	pick := fynewidget.NewButton(k.say("settings.choose"), func() {
		k.PickPNG(func(path string) {
			p.change(func(s *settings.Settings) { set(s, path) }, "settings.saved")
			value.SetText(filepath.Base(path))
		})
	})
	name(k, key, pick)
	photo := name(k, key+".studio", fynewidget.NewButton(k.say("settings.studio"), func() {
		p.studio(kind, func() {
			s := k.Flow.Settings().Signing
			if value.SetText(filepath.Base(s.Image)); kind == ink.Seal {
				value.SetText(filepath.Base(s.Seal))
			}
		})
	}))
	label := fynewidget.NewLabel(k.say(key))
	return container.NewBorder(nil, nil, container.New(&least{fyne.NewSize(130, 0)}, label), container.NewHBox(photo, pick), value)
}

// secretName is where a secret of a connector is kept; part is "", "proxy" or
// "client".
func secretName(c settings.Connector, part string) string {
	if part != "" {
		part = "/" + part
	}
	return "connector/" + c.Name + part
}

// secret says where a secret of a connector is kept and takes a new one.
func (p *settingsPage) secret(c settings.Connector, part, title string) fyne.CanvasObject {
	k := p.kit
	where := fynewidget.NewLabel(k.say("settings.secret.looking"))
	where.Truncation = fyne.TextTruncateEllipsis
	p.secretLine(where, secretName(c, part))
	field := fynewidget.NewPasswordEntry()
	field.PlaceHolder = k.say("settings.secret.new")
	save := fynewidget.NewButton(k.say("settings.secret.save"), func() { p.keepSecret(secretName(c, part), field, where) })
	label := fynewidget.NewLabel(k.say(title))
	label.SizeName, label.Importance = "helperText", fynewidget.LowImportance
	label.Truncation = fyne.TextTruncateEllipsis
	return widget.NewColumn(-4, container.New(layout.NewGridLayoutWithColumns(2), label, where), container.NewBorder(nil, nil, nil, save, field))
}

// secretLine looks up where a secret lies, off the thread: a keyring may ask.
func (p *settingsPage) secretLine(l *fynewidget.Label, as string) {
	k := p.kit
	if k.Secrets == nil {
		return
	}
	k.Runner.Go(func() func() {
		where, err := k.Secrets.Lies(as)
		return func() {
			switch {
			case err != nil:
				l.SetText(k.say("settings.secret.absent"))
			case where == settings.InKeyring:
				l.SetText(k.say("settings.secret.keyring"))
			default:
				l.SetText(k.say("settings.secret.file"))
			}
		}
	})
}

func (p *settingsPage) keepSecret(as string, field *fynewidget.Entry, where *fynewidget.Label) {
	k, value := p.kit, field.Text
	if value == "" {
		return
	}
	field.SetText("")
	k.Runner.Go(func() func() {
		_, err := k.Secrets.Set(as, value)
		return func() {
			p.tell(err, "settings.secret.saved")
			p.secretLine(where, as)
		}
	})
}

func (p *settingsPage) language() fyne.CanvasObject {
	k := p.kit
	now := k.Flow.Settings().Language
	if now == "" {
		now = "vi"
	}
	pick := p.choice("settings.language", []string{"vi", "en"},
		[]string{k.say("settings.language.vi"), k.say("settings.language.en")}, now,
		func(s *settings.Settings, v string) { s.Language = v }, "settings.language.restart")
	return p.section("settings.language.title", "", pick)
}

package page

import (
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/settings"
	"trinhky/app/widget"
)

// connectorList are the destinations, each folded to a line until it is edited.
type connectorList struct {
	page *settingsPage
	kit  *Kit
	box  *fyne.Container
	open int // which is edited; -1: none
}

func (p *settingsPage) destination() fyne.CanvasObject {
	k := p.kit
	s := k.Flow.Settings()
	list := &connectorList{page: p, kit: k, box: widget.NewColumn(6), open: -1}
	list.fill()
	add := name(k, "settings.connector.add", fynewidget.NewButtonWithIcon(k.say("settings.connector.add"), theme.ContentAddIcon(), list.add))
	seal := fynewidget.NewCheck(k.say("settings.requireseal"), nil)
	seal.Checked = s.Sending.RequireSeal
	seal.OnChanged = func(on bool) {
		p.change(func(s *settings.Settings) { s.Sending.RequireSeal = on }, "settings.saved")
	}
	return p.section("settings.destination.title", "",
		fact(k.say("settings.agency"), s.Agency.Name+" ("+s.Agency.Code+")"),
		list.box, container.NewHBox(add), name(k, "settings.requireseal", seal))
}

func (l *connectorList) fill() {
	k := l.kit
	l.box.Objects = nil
	all := k.Flow.Settings().Connectors
	for i, c := range all {
		if i == l.open {
			l.box.Add(l.editor(i, c))
			continue
		}
		edit := fynewidget.NewButton(k.say("settings.connector.edit"), func() {
			l.open = i
			l.fill()
		})
		text := widget.NewColumn(-10, widget.NewStrong(c.Name), caption(k.say("settings.connector.line", "kind", k.kindWord(c.Kind), "endpoint", c.Endpoint)))
		l.box.Add(container.NewBorder(nil, nil, nil, container.NewCenter(name(k, "settings.connector."+strconv.Itoa(i), edit)), text))
	}
	if len(all) == 0 {
		l.box.Add(widget.NewText(k.say("settings.noconnector")))
	}
	l.box.Refresh()
	if l.page.object != nil {
		l.page.object.Refresh()
	}
}

func kinds() []string {
	return []string{settings.KindAxis, settings.KindDialect, settings.KindWebDAV, settings.KindFolder}
}

func (k *Kit) kindWord(kind string) string {
	switch kind {
	case settings.KindDialect:
		return k.say("connector.dialect")
	case settings.KindWebDAV:
		return k.say("connector.webdav")
	case settings.KindFolder:
		return k.say("connector.folder")
	}
	return k.say("connector.axis")
}

// add makes an empty connector and opens it.
func (l *connectorList) add() {
	n := len(l.kit.Flow.Settings().Connectors)
	fresh := settings.Connector{Kind: settings.KindAxis}
	for i := n + 1; fresh.Name == ""; i++ {
		as := "truc-" + strconv.Itoa(i)
		if !slices.ContainsFunc(l.kit.Flow.Settings().Connectors, func(c settings.Connector) bool { return c.Name == as }) {
			fresh.Name = as
		}
	}
	l.open = n
	l.keep(func(s *settings.Settings) { s.Connectors = append(slices.Clone(s.Connectors), fresh) })
}

// keep changes the settings and draws the list anew.
func (l *connectorList) keep(set func(*settings.Settings)) {
	l.page.changeThen(set, "settings.connector.saved", l.fill)
}

// connectorFields are what is typed, in their order; a select has its values.
type connectorField struct {
	key    string
	at     func(*settings.Connector) *string
	values []string
	word   func(string) string
}

func (l *connectorList) fields() []connectorField {
	k := l.kit
	words := func(prefix string) func(string) string {
		return func(v string) string { return k.say(prefix + v) }
	}
	return []connectorField{
		{"connector.kind", func(c *settings.Connector) *string { return &c.Kind }, kinds(), k.kindWord},
		{"connector.endpoint", func(c *settings.Connector) *string { return &c.Endpoint }, nil, nil},
		{"connector.system", func(c *settings.Connector) *string { return &c.SystemID }, nil, nil},
		{"connector.profile", func(c *settings.Connector) *string { return &c.Profile }, nil, nil},
		{"connector.ca", func(c *settings.Connector) *string { return &c.TLS.CA }, nil, nil},
		{"connector.certificate", func(c *settings.Connector) *string { return &c.TLS.Certificate }, nil, nil},
		{"connector.key", func(c *settings.Connector) *string { return &c.TLS.Key }, nil, nil},
		{"connector.proxy", func(c *settings.Connector) *string { return &c.Proxy.Mode }, []string{"system", "none", "manual", "pac"}, words("proxy.")},
		{"connector.proxy.address", func(c *settings.Connector) *string { return &c.Proxy.Address }, nil, nil},
		{"connector.proxy.user", func(c *settings.Connector) *string { return &c.Proxy.User }, nil, nil},
		{"connector.proxy.login", func(c *settings.Connector) *string { return &c.Proxy.Login }, []string{"basic", "ntlm", "negotiate"}, words("login.")},
	}
}

// editor is one connector with everything that can be set.
func (l *connectorList) editor(i int, c settings.Connector) fyne.CanvasObject {
	k := l.kit
	grid := container.New(layout.NewGridLayoutWithColumns(2))
	for _, f := range l.fields() {
		grid.Add(l.cell(f, &c))
	}
	save := fynewidget.NewButton(k.say("settings.connector.save"), func() {
		l.open = -1
		l.keep(func(s *settings.Settings) {
			s.Connectors = slices.Clone(s.Connectors)
			if i < len(s.Connectors) {
				s.Connectors[i] = c
			}
		})
	})
	save.Importance = fynewidget.HighImportance
	close := fynewidget.NewButton(k.say("settings.connector.close"), func() {
		l.open = -1
		l.fill()
	})
	remove := fynewidget.NewButtonWithIcon(k.say("settings.connector.remove"), theme.DeleteIcon(), func() {
		l.open = -1
		l.keep(func(s *settings.Settings) { s.Connectors = slices.Delete(slices.Clone(s.Connectors), i, i+1) })
	})
	remove.Importance = fynewidget.LowImportance
	col := widget.NewColumn(6, widget.NewStrong(c.Name), grid,
		l.page.secret(c, "", "settings.secret"), l.page.secret(c, "proxy", "settings.secret.proxy"), l.page.secret(c, "client", "settings.secret.client"),
		container.NewHBox(remove, layout.NewSpacer(), close, name(k, "settings.connector.save", save)))
	box := widget.NewSurface("", 8, col)
	box.Stroke, box.Radius = widget.ColorBorder, 6
	return box
}

// cell is one field with its name.
func (l *connectorList) cell(f connectorField, c *settings.Connector) fyne.CanvasObject {
	label := widget.NewLine(l.kit.say(f.key))
	label.SizeName = theme.SizeNameCaptionText
	at := f.at(c)
	if f.values == nil {
		e := fynewidget.NewEntry()
		e.SetText(*at)
		e.OnChanged = func(text string) { *at = strings.TrimSpace(text) }
		return widget.NewColumn(-4, label, name(l.kit, "settings."+f.key, e))
	}
	var words []string
	now := 0
	for i, v := range f.values {
		words = append(words, f.word(v))
		if v == *at {
			now = i
		}
	}
	pick := fynewidget.NewSelect(words, nil)
	pick.SetSelectedIndex(now)
	pick.OnChanged = func(string) { *at = f.values[pick.SelectedIndex()] }
	return widget.NewColumn(-4, label, boxed(pick))
}

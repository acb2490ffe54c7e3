package page

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/app/widget"
	"trinhky/signer"
)

// Trust is the trust store, as the settings page shows it. Its methods may wait.
type Trust interface {
	Anchors() ([]review.Anchor, error)
	ReadAnchors(path string) ([]review.Anchor, error)
	ImportAnchors(path string) ([]review.Anchor, error)
	Pins() []review.Pin
}

// KeyFiles offers keys of PKCS#12 files.
type KeyFiles interface {
	Add(ctx context.Context, path string, password signer.PIN) (settings.KeyFile, error)
	Remove(path string)
}

// drawTokens shows the tokens with everything that is on them.
func (p *settingsPage) drawTokens(l flow.Lists) {
	key := tokensKey(l)
	if key == p.tokensOf && len(p.tokens.Objects) > 0 {
		return
	}
	p.tokensOf = key
	p.tokens.Objects = nil
	for _, t := range l.Tokens {
		p.tokens.Add(p.token(t))
	}
	if len(l.Tokens) == 0 {
		p.tokens.Add(widget.NewText(p.kit.say("devices.none")))
	}
	if l.TokenErr != nil {
		if n := p.kit.problem(l.TokenErr); n != nil {
			p.tokens.Add(n.Object())
		}
	}
	p.tokens.Refresh()
}

// token is a token with its certificates; those that cannot sign are grey and
// say why.
func (p *settingsPage) token(t flow.TokenRow) fyne.CanvasObject {
	k := p.kit
	word, tone := k.pinWord(t.Slot.Token.PIN)
	if t.Slot.Token.PINPad {
		word += " · " + k.say("devices.pad")
	}
	importance, _ := toneStyle(tone)
	state := widget.NewCaption(k.say("devices.serial", "serial", t.Slot.Token.Serial) + " · " + word)
	state.Importance = importance
	col := widget.NewColumn(-10, widget.NewStrong(t.Slot.Token.Label), state)
	if t.Err != nil {
		if n := k.problem(t.Err); n != nil {
			col.Add(n.Object())
		}
	}
	if t.Err == nil && len(t.Certificates) == 0 {
		col.Add(widget.NewCaption(k.say("devices.hidden")))
		col.Add(p.reveal(t.Slot))
	}
	for _, c := range t.Certificates {
		if c.X509 == nil {
			continue
		}
		text := k.say("devices.certificate", "name", c.X509.Subject.CommonName, "until", day(c.X509.NotAfter))
		line := widget.NewText(text)
		if c.Unusable != nil {
			line.Importance = fynewidget.LowImportance
			m := k.Messages.Of(c.Unusable)
			line.SetText(text + " – " + k.say("devices.unusable", "reason", m.Title))
		}
		col.Add(line)
	}
	return col
}

// reveal takes a PIN for a token that shows nothing before the login. On the
// last try it takes none: the sheet for signing asks for the second word.
func (p *settingsPage) reveal(s signer.Slot) fyne.CanvasObject {
	k := p.kit
	field := name(k, "settings.reveal", widget.NewPINField())
	field.Hint = k.say("pin.hint")
	take := func() {
		if field.Empty() && !s.Token.PINPad {
			return
		}
		k.Flow.Reveal(s, signer.PIN(field.Take()), func(err error) { p.tell(err, "devices.revealed") })
	}
	field.OnSubmit = take
	show := fynewidget.NewButton(k.say("devices.reveal"), take)
	enable(show, s.Token.PIN != signer.PINFinalTry && s.Token.PIN != signer.PINLocked)
	return container.NewBorder(nil, nil, nil, show, field)
}

// tokensKey is what a change of the tokens shows in: what is typed must not go
// with every other news.
func tokensKey(l flow.Lists) string {
	key := ""
	for _, t := range l.Tokens {
		key += fmt.Sprint(t.Slot.Token, len(t.Certificates), t.Err, "|")
	}
	return fmt.Sprint(key, l.TokenErr)
}

// devices is the section of tokens and key files.
func (p *settingsPage) devices() fyne.CanvasObject {
	k := p.kit
	p.tokens = container.NewVBox()
	p.files = container.NewVBox()
	p.drawFiles()
	add := name(k, "settings.keyfile", fynewidget.NewButton(k.say("devices.file.add"), p.pickKeyFile))
	return p.section("devices.title", "devices.text", p.tokens, p.files, container.NewHBox(layout.NewSpacer(), add))
}

// drawFiles lists the key files, each with a way to take it away.
func (p *settingsPage) drawFiles() {
	k := p.kit
	p.files.Objects = nil
	for _, f := range k.Flow.Settings().Signing.KeyFiles {
		drop := fynewidget.NewButton(k.say("devices.file.remove"), func() {
			if k.KeyFiles != nil {
				k.KeyFiles.Remove(f.Path)
			}
			p.change(func(s *settings.Settings) { s.Signing.KeyFiles = without(s.Signing.KeyFiles, f.Path) }, "settings.saved")
			p.drawFiles()
			k.Flow.TokensChanged()
		})
		p.files.Add(container.NewBorder(nil, nil, nil, drop, widget.NewLine(filepath.Base(f.Path))))
	}
	p.files.Refresh()
}

func without(list []settings.KeyFile, path string) []settings.KeyFile {
	var out []settings.KeyFile
	for _, f := range list {
		if f.Path != path {
			out = append(out, f)
		}
	}
	return out
}

// pickKeyFile asks for a file and then for its password.
func (p *settingsPage) pickKeyFile() {
	k := p.kit
	if k.PickFile == nil || k.KeyFiles == nil {
		return
	}
	k.PickFile(k.say("devices.file.kind"), []string{"p12", "pfx"}, p.askPassword)
}

// askPassword takes the password of a key file; the key is offered from then on.
func (p *settingsPage) askPassword(path string) {
	k := p.kit
	field := name(k, "settings.keyfile.password", widget.NewPINField())
	field.Hint = k.say("devices.file.password")
	take := func() {
		if field.Empty() {
			return
		}
		pin := signer.PIN(field.Take())
		k.Runner.Go(func() func() {
			f, err := k.KeyFiles.Add(context.Background(), path, pin)
			pin.Wipe()
			return func() { p.keyFileAdded(f, err) }
		})
	}
	field.OnSubmit, field.OnCancel = take, p.drawFiles
	button := name(k, "settings.keyfile.take", fynewidget.NewButton(k.say("devices.file.take"), take))
	p.drawFiles()
	p.files.Add(widget.NewLine(filepath.Base(path)))
	p.files.Add(container.NewBorder(nil, nil, nil, button, field))
	p.files.Refresh()
	k.Window.Canvas().Focus(field)
}

func (p *settingsPage) keyFileAdded(f settings.KeyFile, err error) {
	if n := p.kit.problem(err); n != nil {
		p.notice.Objects = []fyne.CanvasObject{n.Object()}
		p.notice.Refresh()
		return
	}
	p.change(func(s *settings.Settings) {
		s.Signing.KeyFiles = append(without(s.Signing.KeyFiles, f.Path), f)
	}, "settings.saved")
	p.drawFiles()
	p.kit.Flow.TokensChanged()
}

// trust is the section of the trust store: every anchor, the policy, and the
// authorities that are known by fingerprint.
func (p *settingsPage) trust() fyne.CanvasObject {
	k := p.kit
	p.anchors, p.offer = container.NewVBox(), container.NewVBox()
	policy := fynewidget.NewCheck(k.say("trust.policy"), nil)
	policy.Checked = k.Flow.Settings().Signing.RefuseUnproven
	policy.OnChanged = func(on bool) {
		p.change(func(s *settings.Settings) { s.Signing.RefuseUnproven = on }, "settings.saved")
	}
	name(k, "settings.policy", policy)
	add := name(k, "settings.anchor", fynewidget.NewButton(k.say("trust.import"), p.pickAnchor))
	known := widget.NewFold(k.say("trust.known"), p.known)
	p.drawAnchors()
	return p.section("trust.title", "trust.text", p.anchors, p.offer, container.NewHBox(layout.NewSpacer(), add), known, policy,
		widget.NewCaption(k.say("trust.policy.text")))
}

// drawAnchors reads the store, off the thread.
func (p *settingsPage) drawAnchors() {
	k := p.kit
	if k.Trust == nil {
		p.anchors.Objects = []fyne.CanvasObject{widget.NewText(k.say("trust.empty"))}
		return
	}
	k.Runner.Go(func() func() {
		list, err := k.Trust.Anchors()
		return func() {
			p.anchors.Objects = nil
			if n := k.problem(err); n != nil {
				p.anchors.Add(n.Object())
			} else if len(list) == 0 {
				p.anchors.Add(widget.NewText(k.say("trust.empty")))
			}
			for _, a := range list {
				p.anchors.Add(p.anchor(a))
			}
			p.anchors.Refresh()
		}
	})
}

// anchor is a certificate of the store in three lines.
func (p *settingsPage) anchor(a review.Anchor) fyne.CanvasObject {
	k := p.kit
	kind := "trust.intermediate"
	if a.Root {
		kind = "trust.root"
	}
	title := widget.NewStrong(a.Certificate.Subject.CommonName)
	facts := widget.NewCaption(k.say(kind) + " · " + k.say("trust.until", "date", day(a.Certificate.NotAfter)) + " · SHA-256 " + a.Fingerprint())
	pin := widget.NewCaption(k.say("trust.unknown"))
	if a.Pin != nil {
		pin.SetText(k.say("trust.pinned", "name", a.Pin.Name, "source", a.Pin.Source))
		pin.Importance = fynewidget.SuccessImportance
	}
	return widget.NewColumn(-12, title, facts, pin)
}

// known lists the authorities whose fingerprints the program knows. Nothing is
// fetched: the address is for the person.
func (p *settingsPage) known() fyne.CanvasObject {
	col := widget.NewColumn(-6)
	if p.kit.Trust == nil {
		return col
	}
	for _, pin := range p.kit.Trust.Pins() {
		text := pin.Name + "\nSHA-256 " + pin.SHA256 + "\n" + p.kit.say("trust.source", "source", pin.Source)
		if pin.Address != "" {
			text += "\n" + pin.Address
		}
		l := fynewidget.NewLabel(text)
		l.Wrapping, l.SizeName, l.Importance = fyne.TextWrapBreak, theme.SizeNameCaptionText, fynewidget.LowImportance
		col.Add(l)
	}
	return col
}

// pickAnchor asks for a file and shows what is in it before it is trusted.
func (p *settingsPage) pickAnchor() {
	k := p.kit
	if k.PickFile == nil || k.Trust == nil {
		return
	}
	k.PickFile(k.say("trust.kind"), []string{"cer", "crt", "pem", "der"}, p.offerAnchor)
}

func (p *settingsPage) offerAnchor(path string) {
	k := p.kit
	k.Runner.Go(func() func() {
		list, err := k.Trust.ReadAnchors(path)
		return func() {
			p.offer.Objects = nil
			if n := k.problem(err); n != nil {
				p.offer.Add(n.Object())
				p.offer.Refresh()
				return
			}
			p.offer.Add(widget.Notice{Tone: widget.Warning, Title: k.say("trust.offer", "n", strconv.Itoa(len(list))), Text: k.say("trust.offer.text")}.Object())
			for _, a := range list {
				p.offer.Add(p.anchor(a))
			}
			yes := name(k, "settings.anchor.yes", fynewidget.NewButton(k.say("trust.yes"), func() { p.importAnchor(path) }))
			yes.Importance = fynewidget.HighImportance
			no := fynewidget.NewButton(k.say("pin.cancel"), func() { p.offer.Objects = nil; p.offer.Refresh() })
			p.offer.Add(container.NewHBox(layout.NewSpacer(), no, yes))
			p.offer.Refresh()
		}
	})
}

func (p *settingsPage) importAnchor(path string) {
	k := p.kit
	k.Runner.Go(func() func() {
		_, err := k.Trust.ImportAnchors(path)
		return func() {
			p.offer.Objects = nil
			n := k.problem(err)
			if n == nil {
				n = &widget.Notice{Tone: widget.Success, Text: k.say("trust.imported")}
			}
			p.offer.Add(n.Object())
			p.offer.Refresh()
			p.drawAnchors()
		}
	})
}

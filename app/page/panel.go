package page

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/review"
	"trinhky/app/widget"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// setPanel shows content, which scrolls, above a footer, which does not.
func (d *documentPage) setPanel(content, footer fyne.CanvasObject) {
	scroll := container.NewVScroll(container.New(layout.NewCustomPaddedLayout(8, 8, 10, 14), content))
	if footer == nil {
		d.panel.Objects = []fyne.CanvasObject{scroll}
	} else {
		foot := container.New(layout.NewCustomPaddedLayout(8, 12, 14, 14), footer)
		d.panel.Objects = []fyne.CanvasObject{newFlush(nil, widget.NewColumn(0, fynewidget.NewSeparator(), foot), nil, scroll)}
	}
	d.panel.Refresh()
}

// drawPlacing is «Việc cần làm».
func (d *documentPage) drawPlacing(s flow.Placing) {
	k := d.kit
	body := container.NewVBox(widget.NewSection(k.say("todo.title")))
	d.siteOrder(body, s.Desk)
	if s.Problem != nil {
		if n := k.problem(s.Problem); n != nil {
			body.Add(n.Object())
		}
	}
	d.findingLines(body, s.Desk, true)
	d.placeLines(body, s.Desk)
	d.earlierLines(body, s.Doc)
	d.findingLines(body, s.Desk, false)
	body.Add(d.signerCard(s.Desk))
	foot := d.signFooter(s.Desk)
	if more := d.siteButtons(s.Desk); more != nil {
		foot = widget.NewColumn(6, foot, more)
	}
	d.setPanel(body, foot)
}

// signFooter is the one button of the panel.
func (d *documentPage) signFooter(s flow.Desk) fyne.CanvasObject {
	k := d.kit
	sign := fynewidget.NewButtonWithIcon(d.signWord(s), widget.Tint(k.icon(IconSign), theme.ColorNameForegroundOnPrimary), k.Flow.Sign)
	sign.Importance = fynewidget.HighImportance
	name(k, "document.sign", sign)
	if s.Ready() {
		return tall(sign)
	}
	sign.Icon = widget.Tint(k.icon(IconSign), theme.ColorNameDisabled)
	sign.Disable()
	why := widget.NewCaption(k.say(d.hindrance(s)))
	return widget.NewColumn(0, why, tall(sign))
}

// tall makes a button easy to hit.
func tall(b fyne.CanvasObject) fyne.CanvasObject {
	return container.New(&least{fyne.NewSize(0, 42)}, b)
}

// least is a layout of one object with a least size.
type least struct{ size fyne.Size }

func (l *least) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize().Max(l.size) }
func (l *least) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.Position{})
	o[0].Resize(size)
}

// hindrance is the key of why nothing can be signed.
func (d *documentPage) hindrance(s flow.Desk) string {
	switch {
	case s.Held:
		return "site.held"
	case s.Lacks():
		return "site.lacks"
	case s.Blocked():
		return "todo.blocked"
	case s.PlaceErr != nil:
		return "todo.noplace"
	case s.Signer == nil:
		return "todo.notoken"
	}
	return "todo.unusable"
}

// placeLines says where the stamp stands and how sure that is.
func (d *documentPage) placeLines(body *fyne.Container, s flow.Desk) {
	k := d.kit
	if s.PlaceErr != nil {
		if n := k.problem(s.PlaceErr); n != nil {
			body.Add(n.Object())
		}
	}
	reset := fynewidget.NewButtonWithIcon(k.say("todo.reset"), widget.Tint(k.icon(IconReset), theme.ColorNameForeground), k.Flow.ResetPlace)
	reset.Importance = fynewidget.LowImportance
	name(k, "document.reset", reset)
	percent := strconv.Itoa(int(s.Place.Confidence*100 + 0.5))
	switch {
	case s.Place.Appearance == nil, s.PlaceErr != nil, s.Blocked():
		return
	case s.Place.How == review.Fixed:
		body.Add(line(widget.Info, k.say("place.fixed"), reset))
	case s.Place.How == review.InField || prepared(s):
		body.Add(line(widget.Success, k.say("place.field"), nil))
	case s.Place.Sure() && s.Role == stamp.Seal:
		body.Add(line(widget.Success, k.say("place.seal"), nil))
	case s.Place.Sure():
		body.Add(line(widget.Success, k.say("place.sure", "percent", percent), nil))
	default:
		body.Add(widget.Notice{Tone: widget.Warning, Title: k.say("place.check"), Text: k.say("place.check.text")}.Object())
	}
}

// prepared says whether the stamp goes into a field that the document has; other
// names are those of new ones.
func prepared(s flow.Desk) bool {
	return slices.ContainsFunc(s.Doc.Fields, func(f review.Field) bool { return s.Place.Field != "" && f.Name == s.Place.Field })
}

// line is an icon, a sentence, and maybe a button below it.
func line(tone widget.Tone, text string, action fyne.CanvasObject) fyne.CanvasObject {
	icon := container.New(layout.NewCustomPaddedLayout(9, 0, 4, 0), fynewidget.NewIcon(tone.Icon()))
	row := container.NewBorder(nil, nil, container.NewVBox(icon), nil, widget.NewText(text))
	if action == nil {
		return row
	}
	return container.NewVBox(row, container.NewHBox(layout.NewSpacer(), action))
}

// earlierLines says one sentence for each earlier signature.
func (d *documentPage) earlierLines(body *fyne.Container, doc *review.Document) {
	for _, s := range doc.Report.Signatures {
		body.Add(earlierLine(d.kit, s))
	}
}

func earlierLine(k *Kit, s verify.Signature) fyne.CanvasObject {
	tone, text := k.signature(s)
	return line(tone, text, nil)
}

// signature is an earlier signature in one sentence.
func (k *Kit) signature(s verify.Signature) (widget.Tone, string) {
	who, when := k.say("signature.nobody"), k.say("signature.notime")
	if s.Certificate != nil {
		who = s.Certificate.Subject.CommonName
	}
	switch {
	case s.Timestamp != nil && s.Timestamp.Valid:
		when = moment(s.Timestamp.Time)
	case !s.Claimed.IsZero():
		when = moment(s.Claimed)
	}
	tone, key := widget.Warning, "signature.indeterminate"
	switch s.Verdict {
	case verify.Valid:
		tone, key = widget.Success, "signature.valid"
	case verify.Invalid:
		tone, key = widget.Danger, "signature.invalid"
	case verify.Indeterminate, verify.None:
	}
	level := s.Level.String()
	if s.Legacy {
		level = k.say("signature.legacy")
	}
	return tone, k.say(key, "n", strconv.Itoa(s.N), "name", who, "time", when, "level", level)
}

// findingLines says what the checks found: first what forbids signing, then
// the rest.
func (d *documentPage) findingLines(body *fyne.Container, s flow.Desk, errors bool) {
	for _, f := range s.Findings {
		if (f.Severity == verify.Error) != errors {
			continue
		}
		if f.Code == review.PlaceUnsure || f.Code == review.EarlierInvalid || f.Code == review.EarlierDoubtful {
			continue // said by the place and by the signature itself
		}
		m := d.kit.Messages.Finding(f)
		body.Add(widget.Notice{Tone: severityTone(f.Severity), Title: m.Title, Text: m.Text, Next: m.Next}.Object())
	}
}

func severityTone(s verify.Severity) widget.Tone {
	switch s {
	case verify.Error:
		return widget.Danger
	case verify.Warning:
		return widget.Warning
	case verify.Info:
	}
	return widget.Info
}

// signerCard says with what is signed: certificate, expiry, stamp, level.
func (d *documentPage) signerCard(s flow.Desk) fyne.CanvasObject {
	k := d.kit
	box := widget.NewColumn(-6)
	all := k.choices()
	switch {
	case s.Signer == nil:
		box.Add(line(widget.Warning, k.say("todo.plug"), nil))
	case len(all) > 1:
		d.certificatePick(box, s, all)
		d.certificateLines(box, *s.Signer)
	default:
		who := widget.NewText(s.Signer.Certificate.X509.Subject.CommonName)
		who.TextStyle.Bold = true
		box.Add(who)
		d.certificateLines(box, *s.Signer)
	}
	box.Add(d.rolePick(s))
	box.Add(fact(k.say("todo.level"), k.level(s.Level)))
	box.Add(fact(k.say("todo.output"), filepath.Base(s.Output)))
	return widget.NewCard(box)
}

// fact is a quiet name with its value.
func fact(label, value string) fyne.CanvasObject {
	l := fynewidget.NewLabel(label)
	l.SizeName, l.Importance = theme.SizeNameCaptionText, fynewidget.LowImportance
	v := widget.NewText(value)
	v.SizeName = theme.SizeNameCaptionText
	return container.New(&factLayout{}, l, v)
}

// factLayout gives the name a third and the value the rest.
type factLayout struct{}

const factName float32 = 104

func (factLayout) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(factName+80, max(o[0].MinSize().Height, o[1].MinSize().Height))
}

func (factLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	o[0].Move(fyne.Position{})
	o[0].Resize(fyne.NewSize(factName, o[0].MinSize().Height))
	o[1].Move(fyne.NewPos(factName, 0))
	o[1].Resize(fyne.NewSize(size.Width-factName, size.Height))
}

func (k *Kit) level(l signer.Level) string { return k.say("level."+l.String(), "level", l.String()) }

// certificateLines names the holder and the end of a certificate.
func (d *documentPage) certificateLines(box *fyne.Container, c flow.Choice) {
	k, x := d.kit, c.Certificate.X509
	if len(x.Subject.Organization) > 0 {
		box.Add(widget.NewCaption(x.Subject.Organization[0]))
	}
	left := x.NotAfter.Sub(k.now()).Hours() / 24
	until := day(x.NotAfter)
	switch {
	case left < 0:
		until = k.say("certificate.expired", "date", until)
	case left < 60:
		until = k.say("certificate.soon", "date", until, "days", strconv.Itoa(int(left)))
	}
	box.Add(fact(k.say("todo.until"), until))
	if c.Certificate.Unusable != nil {
		if n := k.problem(c.Certificate.Unusable); n != nil {
			box.Add(n.Object())
		}
	}
}

// choices are all certificates of all tokens.
func (k *Kit) choices() []flow.Choice {
	var out []flow.Choice
	for _, t := range k.Flow.Lists().Tokens {
		for _, c := range t.Certificates {
			if c.X509 != nil {
				out = append(out, flow.Choice{Slot: t.Slot, Certificate: c})
			}
		}
	}
	return out
}

// certificatePick chooses between several certificates; those that cannot sign
// are shown with the reason.
func (d *documentPage) certificatePick(box *fyne.Container, s flow.Desk, all []flow.Choice) {
	k := d.kit
	labels := make([]string, len(all))
	chosen := ""
	for i, c := range all {
		labels[i] = fmt.Sprintf("%s · %s", c.Certificate.X509.Subject.CommonName, c.Slot.Token.Label)
		if c.Certificate.Unusable != nil {
			labels[i] = k.say("certificate.unusable", "name", labels[i])
		}
		if s.Signer != nil && s.Signer.Certificate.X509.Equal(c.Certificate.X509) && s.Signer.Slot.Token == c.Slot.Token {
			chosen = labels[i]
		}
	}
	pick := fynewidget.NewSelect(labels, nil)
	pick.PlaceHolder = k.say("certificate.choose")
	pick.Selected = chosen
	pick.OnChanged = func(label string) {
		for i := range labels {
			if labels[i] == label && label != chosen {
				k.Flow.Choose(all[i])
				return
			}
		}
	}
	box.Add(boxed(name(k, "document.certificate", pick)))
	if whole := shorten(pick); whole != nil {
		box.Add(whole)
	}
}

// panelPick is the room for words in a choice of the panel in the smallest
// window (1366 × 768 at 150 %).
const panelPick float32 = 200

// shorten cuts what a choice of the panel shows between words where it would be
// cut within one, and returns the whole of it for below; nil: it has room. What
// is chosen from stays whole.
func shorten(pick *fynewidget.Select) fyne.CanvasObject {
	whole := pick.Selected
	if wide(whole) <= panelPick {
		return nil
	}
	words := strings.Fields(whole)
	for len(words) > 1 && wide(strings.Join(words, " ")+cutMark) > panelPick {
		words = words[:len(words)-1]
	}
	pick.Selected = strings.TrimRight(strings.Join(words, " "), " ·") + cutMark
	pick.Refresh()
	return widget.NewCaption(whole)
}

// cutMark says that a text goes on elsewhere.
const cutMark = " […]"

func wide(text string) float32 {
	return fyne.MeasureText(text, theme.TextSize(), fyne.TextStyle{}).Width
}

// rolePick chooses whose stamp it is.
func (d *documentPage) rolePick(s flow.Desk) fyne.CanvasObject {
	k := d.kit
	roles := []stamp.Role{stamp.Leader, stamp.Initials}
	if k.Flow.Settings().Signing.Seal != "" || s.Role == stamp.Seal {
		roles = append(roles, stamp.Seal)
	}
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = k.say("role." + r.String())
	}
	pick := fynewidget.NewSelect(words, nil)
	pick.Selected = k.say("role." + s.Role.String())
	pick.OnChanged = func(word string) {
		if i := slices.Index(words, word); i >= 0 && roles[i] != s.Role {
			k.Flow.SetRole(roles[i])
		}
	}
	return boxed(name(k, "document.role", pick))
}

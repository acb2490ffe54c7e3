package page

import (
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/flow"
	"trinhky/app/widget"
	"trinhky/signer/stamp"
	"trinhky/submit"
)

// siteForm is what the person confirms of a page's document: number and date
// of what is issued or attached, the words of an opinion. What is typed counts
// when it was put on the page; until then nothing can be signed.
func (d *documentPage) siteForm(body *fyne.Container, s flow.Desk) {
	k := d.kit
	if s.ForSite() == nil {
		return
	}
	f := &siteForm{page: d, desk: s, form: d.typed.of(s)}
	switch {
	case s.Role == stamp.Seal && s.Numbering != nil:
		number, date := container.NewVBox(), container.NewVBox()
		f.number(number)
		f.date(date)
		body.Add(container.NewGridWithColumns(2, number, date))
		if s.NumberTaken {
			body.Add(widget.Notice{Tone: widget.Warning, Text: k.say("site.number.taken", "number", s.Issued())}.Object())
		}
		body.Add(k.keyChoice("issue.number.by", s.Numbering.Among, &s.Numbering.By, "", func(c *flow.Choice) {
			if c != nil {
				k.Flow.ChooseSiteNumberKey(*c)
			}
		}))
		if pick, ok := k.Part("issue.number.by").(*fynewidget.Select); ok && len(s.Numbering.Among) > 1 {
			if whole := shorten(pick); whole != nil {
				body.Add(whole)
			}
		}
	case s.Role == stamp.Seal && s.Unnumbered:
		body.Add(widget.Notice{Tone: widget.Warning, Text: k.say("site.unnumbered")}.Object())
		return
	case s.Role == stamp.Attachment:
		f.number(body)
	case s.Role == stamp.Comment:
		f.opinion(body)
	default:
		return
	}
	f.apply = fynewidget.NewButtonWithIcon(k.say("site.apply"), theme.ConfirmIcon(), f.put)
	f.apply.Disable()
	body.Add(name(k, "site.apply", f.apply))
	if f.form != s.Form {
		k.Runner.Go(func() func() { return f.changed }) // when the button that signs is there, too
	}
}

// siteDraft is what was typed and not yet put on the page: the panel is made anew
// with each state, and the person goes on typing.
type siteDraft struct {
	job        *flow.SiteJob
	base, form flow.SiteForm
}

// of is the form to show: what was typed where it began from the same one.
func (d siteDraft) of(s flow.Desk) flow.SiteForm {
	if d.job != nil && d.job == s.ForSite() && d.base == s.Form {
		return d.form
	}
	return s.Form
}

// siteForm is the form while it is typed.
type siteForm struct {
	page  *documentPage
	desk  flow.Desk
	form  flow.SiteForm
	wrong bool // the date is none
	apply *fynewidget.Button
}

func (f *siteForm) put() {
	if !f.wrong {
		f.page.kit.Flow.EditSite(f.form)
	}
}

// changed lets what was typed be put on the page, and nothing be signed before.
func (f *siteForm) changed() {
	f.page.typed = siteDraft{f.desk.ForSite(), f.desk.Form, f.form}
	same := f.form.Number == f.desk.Form.Number && f.form.Date.Equal(f.desk.Form.Date) && f.form.Opinion == f.desk.Form.Opinion
	if same || f.wrong {
		f.apply.Disable()
	} else {
		f.apply.Enable()
	}
	if sign, ok := f.page.kit.Part("document.sign").(*fynewidget.Button); ok {
		if same && !f.wrong && f.desk.Ready() {
			sign.Enable()
		} else {
			sign.Disable()
		}
	}
}

func (f *siteForm) entry(body *fyne.Container, as, label, text string, e *fynewidget.Entry, typed func(string)) {
	e.SetText(text)
	e.OnChanged = func(s string) {
		typed(strings.TrimSpace(s))
		f.changed()
	}
	caption := widget.NewLine(f.page.kit.say(label))
	caption.SizeName = theme.SizeNameCaptionText
	old, _ := f.page.kit.Part(as).(*fynewidget.Entry)
	body.Add(widget.NewColumn(-4, caption, name(f.page.kit, as, e)))
	canvas := f.page.kit.Window.Canvas()
	if old != nil && canvas.Focused() == fyne.Focusable(old) { // the person is typing there
		f.page.kit.Runner.Go(func() func() { return func() { goOn(canvas, e, old) } })
	}
}

// goOn lets the person go on in e where old was left.
func goOn(canvas fyne.Canvas, e, old *fynewidget.Entry) {
	if e.Text != old.Text {
		e.SetText(old.Text)
	}
	e.CursorRow, e.CursorColumn = old.CursorRow, old.CursorColumn
	canvas.Focus(e)
}

func (f *siteForm) number(body *fyne.Container) {
	e := fynewidget.NewEntry()
	e.OnSubmitted = func(string) { f.put() }
	f.entry(body, "site.number", "field.number", f.form.Number, e, func(s string) { f.form.Number = s })
}

func (f *siteForm) date(body *fyne.Container) {
	e := fynewidget.NewEntry()
	e.OnSubmitted = func(string) { f.put() }
	f.entry(body, "site.date", "field.date", f.form.Date.Format("02/01/2006"), e, func(s string) {
		t, err := time.ParseInLocation(time.DateOnly, keptDate(s), submit.WireZone())
		if f.wrong = err != nil; err == nil {
			f.form.Date = t
		}
	})
}

func (f *siteForm) opinion(body *fyne.Container) {
	e := fynewidget.NewMultiLineEntry()
	e.Wrapping = fyne.TextWrapWord
	e.SetMinRowsVisible(3)
	f.entry(body, "site.opinion", "site.opinion", f.form.Opinion, e, func(s string) { f.form.Opinion = s })
}

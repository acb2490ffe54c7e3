package flow

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/submit"
)

// SiteForm is what the person can change of what a page named: number and date
// of a document that is issued or goes with one, and the words of an opinion.
type SiteForm struct {
	Number  string // "79", or "79/QĐ-UBND"
	Date    time.Time
	Opinion string
}

// form is what the page named; a date that it left open is day: the one that the
// document prints, or today.
func (j *SiteJob) form(day time.Time) SiteForm {
	s := SiteForm{Number: strings.TrimSpace(j.Number), Date: j.Date}
	if s.Date.IsZero() && j.Role == stamp.Seal {
		s.Date = day
	}
	return s
}

// dayOf is the day that a document prints, or today.
func (f *Flow) dayOf(doc *review.Document) time.Time {
	if t, err := doc.Metadata().Date.Time(); err == nil {
		return t
	}
	return f.today()
}

// EditSite takes the changed form of the open document and lays its stamp out
// anew, so that the person sees what will be signed; only while placing.
func (f *Flow) EditSite(form SiteForm) {
	form.Number, form.Opinion = strings.TrimSpace(form.Number), strings.TrimSpace(form.Opinion)
	f.relay(func(a *layAsk, d Desk) {
		if d.site != nil {
			*a = again(d)
			a.form = &form
		}
	})
}

// into puts the form into a stamp.
func (s SiteForm) into(in *stamp.Input) {
	if s.Number != "" {
		in.Number = s.Number
	}
	if !s.Date.IsZero() {
		in.Issued = s.Date
	}
	in.Opinion = s.Opinion
}

// Lacks says that the form of a page's document lacks what its stamp shows: the
// number of what is issued or attached, or the words of an opinion.
func (d Desk) Lacks() bool {
	if d.site == nil {
		return false
	}
	switch d.Role {
	case stamp.Seal:
		return d.Numbering != nil && d.Numbering.blank && d.Form.Number == ""
	case stamp.Attachment:
		return d.Form.Number == ""
	case stamp.Comment:
		return d.Form.Opinion == ""
	default:
		return false
	}
}

// Numbering is the secretary's own signature with number and date, made before
// the seal where the document leaves them open (Decree 30/2020, articles 14, 15).
type Numbering struct {
	By    Choice
	Among []Choice // certificates that could make it
	desk  Desk
	blank bool // the number itself is open, not the date alone
}

// layNumber finds the place of number and date. A document that carries both is
// sealed as it is; one that carries another number than the page names is not.
func (f *Flow) layNumber(ctx context.Context, s settings.Settings, d *Desk, a layAsk) error {
	p, m := d.Doc.Parts, d.Doc.Metadata()
	blank := m.Number == "" && p.Number.Found()
	dated := m.Date != "" || p.DateBlanks[0].Empty() && p.DateBlanks[1].Empty() && p.DateBlanks[2].Empty()
	d.Unnumbered = m.Number == "" && !p.Number.Found()
	if !blank && dated {
		return sameNumber(d.Form.Number, m.Number, m.Notation)
	}
	keys := d.numberKeys()
	by, among := *keys.numberChoice(a.tokens, s.Agency.Name), keys.IssueChoices(a.tokens)
	n := Desk{Doc: d.Doc, Role: stamp.Number, Rules: d.Rules, Signer: &by, Level: d.Level, site: d.site}
	in, _, err := f.c.Stamp(ctx, s, stamp.Number, by.Certificate.X509)
	if err != nil {
		return err
	}
	in.Role, in.Rules = stamp.Number, d.Rules
	d.Form.into(&in)
	if in.Number != "" && !strings.Contains(in.Number, "/") && m.Notation != "" {
		in.Number += "/" + m.Notation
	}
	in.Number = stamp.NumberText(in.Number)
	if m.Place != "" {
		in.Town = m.Place
	}
	n.stamp = in
	if n.Place, err = d.Doc.Place(ctx, review.Ask{Stamp: in}); err != nil {
		return err
	}
	d.Numbering = &Numbering{By: by, Among: among, desk: n, blank: blank}
	d.NumberTaken, err = f.numberTaken(ctx, s, in.Number, d.Form.Date.Year())
	return err
}

// numberTaken says whether the register of this home gave the number, with its
// notation, to a document of that year. Numbers that pages give are not entered
// there: the document system keeps them.
func (f *Flow) numberTaken(ctx context.Context, s settings.Settings, number string, year int) (bool, error) {
	if f.c.Register == nil || number == "" {
		return false, nil
	}
	lines, err := f.c.Register.Lines(ctx, s.Agency.Code, year)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(lines, func(l submit.Line) bool {
		return strings.EqualFold(submit.FormatNumber(l.Number)+"/"+l.Notation, number)
	}), nil
}

// sameNumber refuses to seal under another number than the page named.
func sameNumber(asked, number, notation string) error {
	want, code, _ := strings.Cut(stamp.NumberText(asked), "/")
	if want == "" || number == "" || strings.EqualFold(want, stamp.NumberText(number)) && (code == "" || strings.EqualFold(code, notation)) {
		return nil
	}
	return &review.RuleError{
		Rule: review.RuleNumbered, Args: map[string]string{"number": number + "/" + notation},
		Err: errors.New("the page names " + asked),
	}
}

// Issued is the number that the signatures of the desk put in, "" where none.
func (d Desk) Issued() string {
	if d.Numbering == nil {
		return ""
	}
	return d.Numbering.desk.stamp.Number
}

// siteStep is one document of a page, with its signatures in their order.
type siteStep struct {
	number *signer.Request // before the other; nil: none
	by     Choice          // who makes it
	last   signer.Request  // what is handed over
	form   SiteForm
}

func stepOf(d Desk) siteStep {
	s := siteStep{last: request(d), form: d.Form}
	if d.Numbering != nil {
		r := request(d.Numbering.desk)
		s.number, s.by = &r, d.Numbering.By
		s.form.Number = d.Issued()
	}
	return s
}

// beforeSite tries for the number's signature what can fail without the token.
func (f *Flow) beforeSite(ctx context.Context, s settings.Settings, d Desk) error {
	if d.Numbering == nil {
		return nil
	}
	if f.c.MaySign != nil {
		if _, err := f.c.MaySign(ctx, s, d.Numbering.By.Certificate); err != nil {
			return err
		}
	}
	if f.c.Preflight == nil {
		return nil
	}
	r := request(d.Numbering.desk)
	r.Output = d.Output
	return f.c.Preflight(ctx, s, d.Doc, r)
}

// formOf is the form to keep when a stamp is laid out once more.
func (d Desk) formOf() *SiteForm {
	if d.site == nil {
		return nil
	}
	form := d.Form
	return &form
}

// chooseFor finds the certificate for the role of a, with the person's own
// choice in it: for the seal of a page's document the one in the agency's name.
func chooseFor(j *SiteJob, s settings.Settings, tokens []TokenRow, a layAsk, doc *review.Document) *Choice {
	if j != nil && a.role == stamp.Seal && a.choice == nil {
		return sealer(tokens, doc, s.Agency.Name)
	}
	return choose(tokens, a.choice, doc, a.role)
}

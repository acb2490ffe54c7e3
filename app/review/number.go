package review

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// Number, place and date are issued after the leader signed (Decree 30/2020,
// articles 14 and 15), so they stand in the appearance of a signature of their
// own, made with stamp.Number as role, and the pages stay as they are. What
// was issued is also in that signature's /Reason, from where Issued reads it.

// placeNumber puts number and date where the heading of the document leaves
// them open. What is printed already stays; a printed number or date that is
// another one is refused with RuleNumbered.
func (d *Document) placeNumber(ask Ask) (Placement, error) {
	in := ask.Stamp
	p := d.Parts
	if err := d.agrees(in); err != nil {
		return Placement{}, err
	}
	page := p.Number.Page
	if !p.Number.Found() {
		page = p.Date.Page
	}
	if page < 0 || page >= len(d.Pages) || !p.Number.Found() && !p.Date.Found() {
		return Placement{}, errNoPlace("no number and no date in the heading")
	}
	h, confidence := d.headingGaps(page, in)
	look, at, fits, err := stamp.LayHeading(in, h)
	if err != nil {
		return Placement{}, fmt.Errorf("lay out number and date: %w", err)
	}
	if at.Empty() {
		return Placement{}, &RuleError{Rule: RuleNumbered, Args: map[string]string{"number": p.Number.Text + "/" + p.Notation.Text}}
	}
	if !fits {
		confidence = min(confidence, cornerTaken)
	}
	out := Placement{How: Auto, Page: page, Confidence: confidence, Appearance: &look}
	if f, ok := d.fieldFor(in); ok && f.Page == page {
		out.Field, out.Rect, out.Shown = f.Name, f.Rect, d.Pages[page].RectToShown(f.Rect)
		*out.Appearance = spread(look, at, out.Shown)
		return out, nil
	}
	out.Field = d.freeField(stamp.Number)
	return d.inside(d.at(out, at)), nil
}

// spread lays a look that belongs at one place onto the whole of a field, so
// that what it shows stays where it is on the page.
func spread(look signer.Appearance, at, field geom.Rect) signer.Appearance {
	out := signer.Appearance{Size: field.Size()}
	for _, it := range look.Items {
		if t, ok := it.(signer.Text); ok {
			t.At = geom.Point{X: t.At.X + at.X0 - field.X0, Y: t.At.Y + at.Y0 - field.Y0}
			out.Items = append(out.Items, t)
		}
	}
	return out
}

// headingGaps are the gaps of the heading in shown space, and how sure they are.
func (d *Document) headingGaps(page int, in stamp.Input) (stamp.Heading, float64) {
	p, g := d.Parts, d.Pages[page]
	sure := 1.0
	gap := func(r geom.Rect, on int, confidence float64) stamp.Gap {
		if r.Empty() || on != page {
			return stamp.Gap{}
		}
		sure = min(sure, confidence)
		s := g.RectToShown(r)
		base, size := layout.Baseline(s)
		return stamp.Gap{X0: s.X0, X1: s.X1, Base: base, Size: size}
	}
	var h stamp.Heading
	if in.Number != "" && p.Number.Text == "" {
		h.Number = gap(p.Number.Rect, p.Number.Page, p.Number.Confidence)
	}
	if !in.Issued.IsZero() {
		h.Day = gap(p.DateBlanks[0], p.Date.Page, p.Date.Confidence)
		h.Month = gap(p.DateBlanks[1], p.Date.Page, p.Date.Confidence)
		h.Year = gap(p.DateBlanks[2], p.Date.Page, p.Date.Confidence)
	}
	return h, sure
}

// agrees fails with RuleNumbered where the document prints another number,
// notation or date than the one that is issued.
func (d *Document) agrees(in stamp.Input) error {
	p := d.Parts
	number, notation, _ := strings.Cut(stamp.NumberText(in.Number), "/")
	differs := func(printed, issued string) bool {
		return printed != "" && issued != "" && !strings.EqualFold(printed, issued)
	}
	wrong := func(printed, issued string) error {
		return &RuleError{
			Rule: RuleNumbered, Args: map[string]string{"number": printed},
			Err: fmt.Errorf("the document says %q, issued is %q", printed, issued),
		}
	}
	switch {
	case differs(stamp.NumberText(p.Number.Text), number):
		return wrong(p.Number.Text+"/"+p.Notation.Text, in.Number)
	case differs(squeezed(p.Notation.Text), squeezed(notation)):
		return wrong(strings.TrimLeft(p.Number.Text+"/"+p.Notation.Text, "/"), in.Number)
	}
	if t := in.Issued; !t.IsZero() {
		for _, x := range [][2]int{{p.Day, t.Day()}, {p.Month, int(t.Month())}, {p.Year, t.Year()}} {
			if x[0] != 0 && x[0] != x[1] {
				return wrong(p.Date.Text, stamp.IssuedText("", t))
			}
		}
	}
	return nil
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

// freeField is a name for a new field of a role, so that its signature is not
// taken for the leader's.
func (d *Document) freeField(r stamp.Role) string {
	return stamp.FieldName(r, func(name string) bool {
		for _, f := range d.Fields {
			if strings.EqualFold(f.Name, name) {
				return true
			}
		}
		return false
	})
}

// Issued is the number and date that a signature of the document carries.
type Issued struct {
	Number string    // "15/QĐ-UBND"
	Town   string    // may be empty
	Date   time.Time // midnight in Vietnam; zero where none was issued
}

// IssueReason is the /Reason of the signature that issues number and date, in
// the words of the document itself: «Số: 15/QĐ-UBND; Hà Nội, ngày 05 tháng 01
// năm 2020».
func IssueReason(in stamp.Input) string {
	var parts []string
	if in.Number != "" {
		parts = append(parts, "Số: "+stamp.NumberText(in.Number))
	}
	if s := stamp.IssuedText(in.Town, in.Issued); s != "" {
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}

var issueReason = regexp.MustCompile(`^(?:Số: ([^;]+))?(?:; )?(?:(?:(.+), )?ngày (\d{1,2}) tháng (\d{1,2}) năm (\d{4}))?$`)

// Issued reads what the newest valid signature in a number's field issued; ok
// is false where there is none.
func (d *Document) Issued() (out Issued, ok bool) {
	for _, s := range d.Report.Signatures {
		if r, named := stamp.RoleOfField(s.Field); !named || r != stamp.Number || s.Verdict == verify.Invalid {
			continue
		}
		m := issueReason.FindStringSubmatch(s.Reason)
		if m == nil || m[1] == "" && m[3] == "" {
			continue
		}
		out, ok = Issued{Number: m[1], Town: m[2]}, true
		if day, err := strconv.Atoi(m[3]); err == nil {
			month, _ := strconv.Atoi(m[4])
			year, _ := strconv.Atoi(m[5])
			out.Date = time.Date(year, time.Month(month), day, 0, 0, 0, 0, vietnamZone())
		}
	}
	return out, ok
}

// numberFindings asks the register whether the document's number was given to
// another document. A register that cannot be read is named, and no reason to
// stop.
func (r *Reader) numberFindings(ctx context.Context, d *Document) {
	m := d.Metadata().Metadata
	if r.NumberTaken == nil || m.Number == "" || m.Notation == "" {
		return
	}
	subject, err := r.NumberTaken(ctx, m)
	switch {
	case err != nil:
		d.Findings = append(d.Findings, verify.Finding{Code: NumberUnchecked, Severity: verify.Info, Detail: err.Error()})
	case subject != "":
		d.Findings = append(d.Findings, verify.Finding{
			Code: NumberUsed, Severity: verify.Warning, Page: d.Parts.Number.Page + 1,
			Args: map[string]string{"number": m.Number + "/" + m.Notation, "subject": subject},
		})
	}
}

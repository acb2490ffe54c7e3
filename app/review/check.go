package review

import (
	"context"
	"crypto/x509"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// The codes of the findings made here; the sentences are in app/message. Those
// of verification come from signer/verify.
const (
	CoversText       = "stamp-covers-text"
	CoversMotto      = "stamp-covers-motto"
	OutsidePage      = "stamp-outside-page"
	PictureHue       = "picture-wrong-colour"
	PictureOpaque    = "picture-not-transparent"
	PictureCoarse    = "picture-low-resolution"
	PictureNotTrue   = "picture-not-true-size"
	WidthAssumed     = "seal-width-assumed"
	NumberUsed       = "number-used"
	NumberUnchecked  = "number-unchecked"
	PageNotA4        = "page-not-a4"
	DateInFuture     = "date-in-future"
	SecrecyMark      = "secrecy-mark"
	AlreadySigned    = "already-signed-by-you"
	CertificateSoon  = "certificate-expires-soon"
	EarlierDoubtful  = "earlier-signature-indeterminate"
	EarlierInvalid   = "earlier-signature-invalid"
	PlaceUnsure      = "place-unsure"
	PartsUnreadable  = "parts-unreadable"
	PagesUnread      = "pages-not-read" // the place was given: nothing was looked at that needs the renderer
	RevocationAbsent = "revocation-unknown"
	ChainUnknown     = "chain-unknown"
	FileRepaired     = "file-repaired"
	ChainIncomplete  = "chain-incomplete"
	CertifiedField   = "certified-new-field"
	FormRedrawn      = "form-redrawn"
)

// Codes lists the codes of the findings made here.
func Codes() []string {
	return append(append(hiddenCodes(), LawCodes()...),
		CoversText, CoversMotto, OutsidePage, PictureHue, PictureOpaque, PictureCoarse, PictureNotTrue, WidthAssumed, NumberUsed, NumberUnchecked, PageNotA4,
		DateInFuture, SecrecyMark, AlreadySigned, CertificateSoon, EarlierDoubtful, EarlierInvalid,
		PlaceUnsure, PartsUnreadable, PagesUnread, RevocationAbsent, ChainUnknown, FileRepaired, ChainIncomplete, CertifiedField, FormRedrawn,
	)
}

// leastResolution is the resolution below which a stamp looks coarse on paper.
const leastResolution = 150 // dpi

// expiresSoon is when a certificate's end is worth a line.
const expiresSoon = 30 * 24 * time.Hour

// Check lists what somebody should know before typing the PIN: about the
// document, the place, the picture and the certificate (which may be nil).
// Findings of severity Error forbid signing.
func (d *Document) Check(ctx context.Context, p Placement, in stamp.Input, cert *x509.Certificate) ([]verify.Finding, error) {
	out := append([]verify.Finding(nil), d.Findings...)
	out = append(out, d.seenFindings()...)
	out = append(out, d.earlier(cert)...)
	if cert != nil && d.now.Before(cert.NotAfter) && cert.NotAfter.Sub(d.now) < expiresSoon {
		out = append(out, verify.Finding{Code: CertificateSoon, Severity: verify.Warning, Args: map[string]string{
			"date": vietnam(cert.NotAfter).Format("02/01/2006"),
		}})
	}
	planned, err := d.StampFindings(ctx, p, in)
	return append(out, planned...), err
}

// StampFindings is the part of Check that looks at a stamp in its place.
func (d *Document) StampFindings(ctx context.Context, p Placement, in stamp.Input) ([]verify.Finding, error) {
	if p.How == Invisible || p.Appearance == nil {
		return nil, nil
	}
	var out []verify.Finding
	if p.How == Auto && !p.Sure() {
		out = append(out, verify.Finding{Code: PlaceUnsure, Severity: verify.Warning, Page: p.Page + 1})
	}
	if d.Permissions.Certified > 0 && !d.hasField(p.Field) {
		out = append(out, verify.Finding{Code: CertifiedField, Severity: verify.Warning, Page: p.Page + 1})
	}
	if d.redrawn {
		out = append(out, verify.Finding{Code: FormRedrawn, Severity: verify.Warning, Page: p.Page + 1})
	}
	place, err := d.placeFindings(ctx, p, in.Role)
	return slices.Concat(out, place, sizeFindings(p, in)), err
}

// FieldFindings says what the stamps of the fields that wait for somebody would
// lie upon. The dots that a form leaves for a name are no text.
func (d *Document) FieldFindings(ctx context.Context) ([]verify.Finding, error) {
	var out []verify.Finding
	for _, f := range d.EmptyFields() {
		if f.Page < 0 || f.Page >= len(d.Pages) || f.Rect.Empty() {
			continue
		}
		role, _ := stamp.RoleOfField(f.Name)
		found, err := d.placeFindings(ctx, Placement{
			How: InField, Field: f.Name, Page: f.Page, Rect: f.Rect, Shown: d.Pages[f.Page].RectToShown(f.Rect),
		}, role)
		if err != nil {
			return nil, err
		}
		for _, x := range found {
			if x.Code != CoversText || wordy(x.Args["text"]) >= leastCovered {
				out = append(out, x)
			}
		}
	}
	return out, nil
}

// wordy counts the letters and digits of s.
func wordy(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// hasField says whether a place is a field that was prepared. What is certified
// (DocMDP) allows signing those; some verifiers call a visible new one a change.
func (d *Document) hasField(name string) bool {
	return name != "" && slices.ContainsFunc(d.Fields, func(f Field) bool { return f.Name == name })
}

// Secret fails with RuleSecret where the document carries a secrecy mark.
func (d *Document) Secret() error {
	if mark := d.Parts.Secrecy; mark.Found() {
		return &RuleError{Rule: RuleSecret, Args: map[string]string{"mark": mark.Text}}
	}
	return nil
}

// placeFindings looks at what lies under a place.
func (d *Document) placeFindings(ctx context.Context, p Placement, role stamp.Role) ([]verify.Finding, error) {
	var out []verify.Finding
	page := p.Page + 1
	size := d.Pages[p.Page].ShownSize()
	if !(geom.Rect{X1: size.W, Y1: size.H}).Inset(-0.5).Contains(p.Shown) {
		out = append(out, verify.Finding{Code: OutsidePage, Severity: verify.Warning, Page: page})
	}
	if m := d.Parts.Motto; m.Page == p.Page && !m.Rect.Intersect(p.Rect).Empty() {
		out = append(out, verify.Finding{Code: CoversMotto, Severity: verify.Warning, Page: page})
	} else {
		text, err := d.coveredBy(ctx, p, role)
		if err != nil {
			return nil, err
		}
		if text != "" {
			out = append(out, verify.Finding{
				Code: CoversText, Severity: verify.Warning, Page: page,
				Args: map[string]string{"text": text},
			})
		}
	}
	return out, nil
}

// sizeFindings looks at the picture in the size in which it is laid out: its
// resolution, and the true size where the rule asks for it.
func sizeFindings(p Placement, in stamp.Input) []verify.Finding {
	w := 0.0
	for _, it := range p.Appearance.Items {
		if img, ok := it.(signer.Image); ok {
			w = img.Rect.W()
		}
	}
	if w <= 0 || in.Picture == nil {
		return nil
	}
	out := assumedFinding(in)
	if dpi := float64(in.Picture.W) * 72 / w; dpi < leastResolution {
		out = append(out, verify.Finding{Code: PictureCoarse, Severity: verify.Warning, Args: map[string]string{
			"dpi": strconv.Itoa(int(dpi)), "least": strconv.Itoa(leastResolution),
		}})
	}
	if want := stamp.TrueWidth(in); want > 0 && math.Abs(w-want) > geom.MM(trueSizeSlackMM) {
		out = append(out, verify.Finding{Code: PictureNotTrue, Severity: verify.Warning, Args: map[string]string{
			"mm": millimetres(w), "want": millimetres(want),
		}})
	}
	return out
}

// assumedFinding says that nobody measured the seal: neither the settings nor
// its picture name a width, and the usual one of the rule set stands in.
func assumedFinding(in stamp.Input) []verify.Finding {
	if !stamp.AssumesWidth(in) {
		return nil
	}
	return []verify.Finding{{Code: WidthAssumed, Severity: verify.Warning, Args: map[string]string{
		"mm": millimetres(stamp.TrueWidth(in)),
	}}}
}

// trueSizeSlackMM is what a seal may differ from its true width.
const trueSizeSlackMM = 0.2

func millimetres(points float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(geom.ToMM(points), 'f', 1, 64), ".0")
}

// coveredBy is covered with the signer's own title and name left out where the
// rule itself lays the seal over them.
func (d *Document) coveredBy(ctx context.Context, p Placement, role stamp.Role) (string, error) {
	var own []geom.Rect
	if role == stamp.Seal {
		for _, s := range d.Parts.Signers {
			own = append(own, s.Authority.Rect, s.Title.Rect, s.Name.Rect)
		}
	}
	return d.covered(ctx, p, own...)
}

// covered returns the beginning of the text under a placement, "" where there
// is none or no renderer to ask. Text inside except does not count.
func (d *Document) covered(ctx context.Context, p Placement, except ...geom.Rect) (string, error) {
	if d.View == nil {
		return "", nil
	}
	text, err := d.View.Text(ctx, p.Page)
	if err != nil {
		return "", err
	}
	inked := d.inked(p)
	return quote(text.Chars, func(c pdfview.Char) bool {
		return slices.ContainsFunc(inked, func(r geom.Rect) bool { return touches(c, r, except) })
	}), nil
}

// touches says whether a stamp covers a good part of a character: font boxes
// are taller than the ink, and the band ends at them.
func touches(c pdfview.Char, r geom.Rect, except []geom.Rect) bool {
	common := c.Box.Intersect(r)
	if common.Empty() || common.W()*common.H() < 0.25*c.Box.W()*c.Box.H() {
		return false
	}
	for _, e := range except {
		if e.Inset(-1).Contains(c.Box) {
			return false
		}
	}
	return true
}

// earlier says what is wrong with earlier signatures, and whether cert made one.
func (d *Document) earlier(cert *x509.Certificate) []verify.Finding {
	var out []verify.Finding
	for _, s := range d.Report.Signatures {
		args := map[string]string{"n": strconv.Itoa(s.N), "signer": commonName(s.Certificate)}
		switch s.Verdict {
		case verify.Invalid:
			out = append(out, verify.Finding{Code: EarlierInvalid, Severity: verify.Warning, Page: s.Page, Args: args})
		case verify.Indeterminate:
			out = append(out, verify.Finding{Code: EarlierDoubtful, Severity: verify.Info, Page: s.Page, Args: args})
		case verify.None, verify.Valid:
		}
		if cert != nil && s.Certificate != nil && s.Kind != verify.DocumentTimestamp &&
			(s.Certificate.Equal(cert) || samePerson(s.Certificate.Subject.CommonName, cert.Subject.CommonName)) {
			out = append(out, verify.Finding{Code: AlreadySigned, Severity: verify.Warning, Page: s.Page, Args: args})
		}
	}
	return out
}

func commonName(c *x509.Certificate) string {
	if c == nil {
		return "?"
	}
	return c.Subject.CommonName
}

// pageFindings looks at the paper: Decree 30 asks for A4 (Annex I, I.1). One
// finding for the first page that is not.
func (d *Document) pageFindings() []verify.Finding {
	for i, p := range d.Pages {
		s := p.ShownSize()
		w, h := min(s.W, s.H), max(s.W, s.H)
		if near(w, geom.A4.W) && near(h, geom.A4.H) {
			continue
		}
		return []verify.Finding{{Code: PageNotA4, Severity: verify.Warning, Page: i + 1, Args: map[string]string{
			"page": strconv.Itoa(i + 1),
			"size": strconv.Itoa(int(geom.ToMM(s.W)+0.5)) + " × " + strconv.Itoa(int(geom.ToMM(s.H)+0.5)),
		}}}
	}
	return nil
}

func near(a, b float64) bool { return a-b < geom.MM(3) && b-a < geom.MM(3) }

// partFindings looks at what the parts of the document say.
func (d *Document) partFindings() []verify.Finding {
	var out []verify.Finding
	if d.PartsErr != nil {
		out = append(out, verify.Finding{Code: PartsUnreadable, Severity: verify.Info, Detail: d.PartsErr.Error()})
	}
	p := d.Parts
	if p.Secrecy.Found() {
		out = append(out, verify.Finding{
			Code: SecrecyMark, Severity: verify.Error, Page: p.Secrecy.Page + 1,
			Args: map[string]string{"mark": p.Secrecy.Text},
		})
	}
	if p.Year > 0 && p.Month > 0 && p.Day > 0 {
		day := time.Date(p.Year, time.Month(p.Month), p.Day, 0, 0, 0, 0, vietnamZone())
		if day.After(d.now) {
			out = append(out, verify.Finding{
				Code: DateInFuture, Severity: verify.Warning, Page: p.Date.Page + 1,
				Args: map[string]string{"date": day.Format("02/01/2006")},
			})
		}
	}
	return out
}

// vietnamZone is UTC+7; Vietnam has no daylight saving.
func vietnamZone() *time.Location { return time.FixedZone("+07:00", 7*60*60) }

func vietnam(t time.Time) time.Time { return t.In(vietnamZone()) }

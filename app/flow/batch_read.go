package flow

import (
	"context"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/batch"
	"trinhky/signer/verify"
)

// ThumbWidth is the width of the picture of a row, in pixels.
const ThumbWidth = 200

// read is a document of the pile that was read.
type read struct {
	desk  Desk
	thumb image.Image
}

// readRow reads the next document that nobody read yet: one at a time, behind
// what the person is looking at.
func (f *Flow) readRow() {
	p := &f.pile
	if p.reading || p.now.Opening >= 0 || !f.lists.Looked {
		return // who signs is not known before the tokens were listed
	}
	var row *BatchRow
	for _, r := range p.now.Rows {
		if r.State == RowReading {
			row = r
			break
		}
	}
	if row == nil {
		return
	}
	p.reading = true
	a := readAsk{f.c.Settings, row.Path, row.was, f.lists.Tokens, f.choice}
	aside(f, func(ctx context.Context) (read, error) {
		return f.readDocument(ctx, a)
	}, func(d read, err error) {
		p.reading = false
		if i := f.rowOf(row); i >= 0 && row.State == RowReading {
			f.fill(row, d, err)
			f.tellBatch(i)
		}
		f.readRow()
	})
}

// readAsk is what the reading of a document needs to know.
type readAsk struct {
	settings settings.Settings
	path     string
	was      *batch.Left // what was agreed to before; nil: nothing
	tokens   []TokenRow
	own      *Choice
}

// readDocument opens a document, lays its stamp out and paints its page. The
// renderer's copy is let go at once: what stays is small.
func (f *Flow) readDocument(ctx context.Context, r readAsk) (read, error) {
	doc, err := f.c.Reader.Open(ctx, r.path, nil)
	if err != nil {
		return read{}, err
	}
	role := nextRole(r.settings, doc)
	a := layAsk{role: role, choice: choose(r.tokens, r.own, doc, role)}
	if r.was != nil && r.was.Approval.Fixed {
		a.fixed = &review.Placement{Page: r.was.Approval.Page, Shown: r.was.Approval.Shown}
	}
	out := read{desk: f.lay(ctx, r.settings, doc, a)}
	out.thumb, err = f.thumb(ctx, doc, out.desk.Place)
	if err != nil && ctx.Err() == nil {
		f.c.Log.Warn("picture of a document", "file", r.path, "err", err)
	}
	if err := doc.Close(); err != nil {
		f.c.Log.Warn("close document", "err", err)
	}
	doc.View = nil
	return out, ctx.Err()
}

// thumb paints the page to be signed with the stamp on it.
func (f *Flow) thumb(ctx context.Context, doc *review.Document, p review.Placement) (image.Image, error) {
	if doc.View == nil || p.Page < 0 || p.Page >= len(doc.Pages) {
		return nil, nil
	}
	size := doc.Pages[p.Page].ShownSize()
	scale := ThumbWidth / max(size.W, size.H/1.6)
	clip := image.Rect(0, 0, int(math.Ceil(size.W*scale)), int(math.Ceil(size.H*scale)))
	img, err := doc.View.Render(ctx, p.Page, scale, clip)
	if err != nil || p.Appearance == nil {
		return img, err
	}
	at := scaled(p.Shown, scale)
	if f.c.Paint != nil && at.Dx() > 0 && at.Dy() > 0 {
		look, err := f.c.Paint(ctx, p.Appearance, at.Dx(), at.Dy())
		if err != nil {
			return img, err
		}
		draw.Draw(img, at, look, look.Bounds().Min, draw.Over)
	}
	frame(img, at.Inset(-2), p.Sure())
	return img, nil
}

func scaled(r geom.Rect, k float64) image.Rectangle {
	return image.Rect(int(r.X0*k), int(r.Y0*k), int(math.Ceil(r.X1*k)), int(math.Ceil(r.Y1*k)))
}

// frame draws a line around a stamp, so that it is found at this size: blue
// where the place is sure, orange where somebody has to look.
func frame(img *image.RGBA, r image.Rectangle, sure bool) {
	ink := image.NewUniform(color.NRGBA{R: 0x1D, G: 0x5F, B: 0xD6, A: 0xFF})
	if !sure {
		ink = image.NewUniform(color.NRGBA{R: 0xD9, G: 0x7A, B: 0x06, A: 0xFF})
	}
	for _, edge := range []image.Rectangle{
		{r.Min, image.Pt(r.Max.X, r.Min.Y+1)},
		{image.Pt(r.Min.X, r.Max.Y-1), r.Max},
		{r.Min, image.Pt(r.Min.X+1, r.Max.Y)},
		{image.Pt(r.Max.X-1, r.Min.Y), r.Max},
	} {
		draw.Draw(img, edge.Intersect(img.Bounds()), ink, image.Point{}, draw.Src)
	}
}

// fill gives a row what was read of its document, and what was agreed to at an
// earlier start where the file is still the same.
func (f *Flow) fill(row *BatchRow, d read, err error) {
	row.Err, row.State = err, RowUnready
	if err != nil {
		return
	}
	f.take(row, d.desk)
	row.Thumb = d.thumb
	if r, ok := f.pile.journal.SentBack(row.Path, row.doc.SHA256); ok {
		row.State, row.Remark = RowReturned, r.Remark
		return
	}
	f.again(row)
}

// take keeps what a desk says about a row's document; what was seen of other
// bytes does not count.
func (f *Flow) take(row *BatchRow, d Desk) {
	doc := d.Doc
	if row.doc == nil || row.doc.SHA256 != doc.SHA256 || len(row.Seen) != len(doc.Pages) {
		row.Seen = make([]bool, len(doc.Pages))
	}
	kept := *doc
	kept.View = nil
	row.doc, row.Pages, row.Place, row.Role = &kept, len(doc.Pages), d.Place, d.Role
	row.Number, row.Subject = numberOf(doc), doc.Parts.Subject.Text
	row.Signer, row.Asked, row.Output = d.Signer, d.Level, d.Output
	row.fixed = nil
	if d.Place.How == review.Fixed {
		row.fixed = &row.Place
	}
	row.Err, row.State = hindrance(d), RowReady
	if row.Err != nil {
		row.State = RowUnready
	}
}

// hindrance is why a document cannot be signed at all; a missing token is not
// the document's fault.
func hindrance(d Desk) error {
	if d.PlaceErr != nil {
		return d.PlaceErr
	}
	for _, g := range d.Findings {
		if g.Severity == verify.Error {
			return &FindingError{g}
		}
	}
	if d.Signer != nil && d.Signer.Certificate.Unusable != nil {
		return d.Signer.Certificate.Unusable
	}
	return nil
}

// FindingError is a finding that forbids signing.
type FindingError struct{ Finding verify.Finding }

func (e *FindingError) Error() string { return "finding " + e.Finding.Code }

// again puts back what was agreed to at an earlier start. Another file, or
// another place of the stamp, has to be looked at anew.
func (f *Flow) again(row *BatchRow) {
	was := row.was
	if was == nil || row.State != RowReady {
		return
	}
	row.was = nil
	if was.Source != row.doc.SHA256 || !samePlace(was.Approval, row.Place) {
		row.Err, row.Earlier = signer.ErrSourceChanged, false
		path, source := was.Input, was.Source
		f.write(func(j *batch.Journal) error { return j.Withdraw(path, source) }, f.told)
		return
	}
	for _, n := range was.Approval.Pages {
		if n >= 1 && n <= len(row.Seen) {
			row.Seen[n-1] = true
		}
	}
	if row.Unseen() == 0 {
		row.State = RowAgreed
		row.Output = was.Output
	}
}

// samePlace says whether a stamp stands where it was agreed to, to a point.
func samePlace(a batch.Approval, p review.Placement) bool {
	if p.Appearance == nil {
		return a.Shown.Empty()
	}
	d := math.Max(math.Abs(a.Shown.X0-p.Shown.X0), math.Abs(a.Shown.Y0-p.Shown.Y0))
	return a.Page == p.Page && d < 1
}

// told shows an error of the journal.
func (f *Flow) told(err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		f.pile.now.Problem = err
		f.tellBatch(AllRows)
	}
}

// numberOf is number and notation of a document, "" where it has none.
func numberOf(d *review.Document) string {
	n, s := d.Parts.Number.Text, d.Parts.Notation.Text
	return strings.Trim(n+"/"+s, "/")
}

// BatchRetry reads a document anew that was set aside or could not be signed.
// What was agreed to holds where the file is still the same.
func (f *Flow) BatchRetry(i int) {
	row := f.row(i)
	if row == nil || row.State != RowSetAside && row.State != RowUnready {
		return
	}
	if row.State == RowSetAside && row.doc != nil {
		l := f.approval(row)
		row.was = &l
	}
	row.State, row.Err = RowReading, nil
	f.tellBatch(i)
	f.readRow()
}

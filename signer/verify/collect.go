package verify

import (
	"cmp"
	"crypto"
	"errors"
	"slices"
	"time"

	"trinhky/signer/internal/cms"
	"trinhky/signer/internal/pdf"
)

// candidate is a value of a signature field, proper or not, on its way to a
// Signature.
type candidate struct {
	out   Signature
	field pdf.Field
	ref   pdf.Ref // of the signature dictionary; zero where it is direct
	dict  pdf.Value

	contents []byte        // decoded /Contents
	signed   *pdf.Document // the document as it was signed; nil where it cannot be opened
	// countable says that the byte range is one gap around this signature: its
	// digest means something, even where it covers no whole revision.
	countable bool
	digests   map[crypto.Hash][]byte
	parsed    *cms.SignedData
	token     *cms.Timestamp // of a document timestamp
	checked   *cms.Verified  // nil: not intact
	removed   bool           // a later revision took it out of the form
	undecided bool           // whether the signature is good cannot be told
	end       int64          // of the byte range
	stamped   time.Time      // of the earliest intact signature timestamp, trusted or not
}

// maxSignatures bounds the work: each signature has its digest and its
// comparison. A document with more is not examined.
const maxSignatures = 200

var errTooMany = errors.New("the document has too many signatures")

// maxRevisions bounds how many earlier revisions are searched for signatures
// that later ones took away.
const maxRevisions = 64

// collect finds every signature: the values of signature fields as the
// document stands, and those that an earlier revision had and a later one lost.
func (x *examination) collect() ([]*candidate, error) {
	form, err := x.doc.Form()
	if err != nil {
		return nil, err
	}
	found := x.fromForm(x.doc, form)
	for _, c := range found {
		c.place(x.doc)
	}
	if len(found) == 0 || x.report.Pages <= maxScannedPages {
		found = append(found, x.fromPages(form)...)
	}
	revs := x.doc.Revisions()
	if len(revs) > maxRevisions {
		revs = revs[len(revs)-maxRevisions:]
	}
	for i := len(revs) - 1; i >= 0; i-- {
		if revs[i].End >= x.doc.Size() {
			continue
		}
		if err := x.ctx.Err(); err != nil {
			return nil, err
		}
		found = append(found, x.lost(revs[i].End, found)...)
	}
	if len(found) == 0 {
		if found, err = x.hidden(); err != nil {
			return nil, err
		}
	}
	if len(found) > maxSignatures {
		return nil, errTooMany
	}
	x.noteDuplicates(form, found)
	slices.SortStableFunc(found, func(a, b *candidate) int { return cmp.Compare(a.end, b.end) })
	return found, nil
}

// fromForm makes candidates of the signature fields that have a value.
func (x *examination) fromForm(d *pdf.Document, form *pdf.Form) []*candidate {
	var out []*candidate
	for _, f := range form.Fields {
		if f.Signed() || looksSigned(d, f.V) {
			out = append(out, newCandidate(d, f))
		}
	}
	return out
}

// looksSigned says whether a value is a signature though its field does not say
// that it is a signature field.
func looksSigned(d *pdf.Document, v pdf.Value) bool {
	x, err := d.Resolve(v)
	if err != nil || x.Kind() != pdf.KindDict {
		return false
	}
	t := x.Get("Type")
	return t.IsName("Sig") || t.IsName("DocTimeStamp") || x.Has("ByteRange")
}

// maxScannedPages is up to how many pages a document with signatures is
// searched for more of them, outside the form (some writers forget to add a
// field to a form that is a direct dictionary).
const maxScannedPages = 300

// fromPages looks for signature widgets that the form does not know.
func (x *examination) fromPages(form *pdf.Form) []*candidate {
	known := map[pdf.Ref]bool{}
	for _, f := range form.Fields {
		known[f.Ref] = true
		for _, w := range f.Widgets {
			known[w.Ref] = true
		}
	}
	pages, err := x.doc.AllPages()
	if err != nil {
		return nil
	}
	var out []*candidate
	for _, p := range pages {
		page, err := x.doc.Get(p)
		if err != nil {
			continue
		}
		annots, err := x.doc.Resolve(page.Get("Annots"))
		if err != nil || annots.Kind() != pdf.KindArray {
			continue
		}
		for _, a := range annots.Items() {
			r, _ := a.Ref()
			v, err := x.doc.Resolve(a)
			if err != nil || known[r] || !v.Get("FT").IsName("Sig") || v.Get("V").IsNull() {
				continue
			}
			known[r] = true
			f := pdf.Field{Ref: r, Name: v.Get("T").Text(), Type: "Sig", Dict: v, V: v.Get("V")}
			f.Widgets = []pdf.Widget{{Ref: r, Dict: v, Page: p}}
			f.Widgets[0].Rect, _ = x.doc.Rect(v.Get("Rect"))
			c := newCandidate(x.doc, f)
			c.place(x.doc)
			c.find("field-not-in-form", Warning, "the signature field is missing in the form")
			out = append(out, c)
		}
	}
	return out
}

// lost returns the signatures of an earlier revision that are not in found.
func (x *examination) lost(end int64, found []*candidate) []*candidate {
	old, err := x.at(end)
	if err != nil {
		return nil
	}
	form, err := old.Form()
	if err != nil {
		return nil
	}
	var out []*candidate
	for _, c := range x.fromForm(old, form) {
		same := func(d *candidate) bool { return d.out.ByteRange == c.out.ByteRange && d.field.Name == c.field.Name }
		if !slices.ContainsFunc(found, same) && !slices.ContainsFunc(out, same) {
			c.removed = true
			c.place(old)
			out = append(out, c)
		}
	}
	return out
}

// newCandidate reads what the signature dictionary claims.
func newCandidate(d *pdf.Document, f pdf.Field) *candidate {
	c := &candidate{field: f}
	c.ref, _ = f.V.Ref()
	c.out.Field = f.Name
	c.dict, _ = d.Resolve(f.V)
	get := func(key string) pdf.Value {
		v, err := d.Resolve(c.dict.Get(key))
		if err != nil {
			return pdf.Value{}
		}
		return v
	}
	c.out.SubFilter = get("SubFilter").Name()
	c.out.Reason, c.out.Location = get("Reason").Text(), get("Location").Text()
	c.out.Claimed, _ = parseDate(get("M").Text())
	s, _ := get("Contents").Str()
	c.contents = []byte(s)
	c.readByteRange(d, get("ByteRange"))
	c.out.Kind = c.kind(d)
	return c
}

// readByteRange reads /ByteRange; whatever is not four integers stays zero and
// is found to be broken later.
func (c *candidate) readByteRange(d *pdf.Document, v pdf.Value) {
	if v.Kind() != pdf.KindArray || v.Len() != 4 {
		return
	}
	for i := range 4 {
		one, err := d.Resolve(v.At(i))
		n, ok := one.Int()
		if !ok || err != nil {
			c.out.ByteRange = [4]int64{}
			return
		}
		c.out.ByteRange[i] = n
	}
	c.end = c.out.ByteRange[2] + c.out.ByteRange[3]
}

func (c *candidate) kind(d *pdf.Document) Kind {
	if c.dict.Get("Type").IsName("DocTimeStamp") || c.out.SubFilter == "ETSI.RFC3161" {
		return DocumentTimestamp
	}
	if _, ok := d.DocMDPOf(c.dict); ok {
		return CertificationSignature
	}
	return Approval
}

// place finds the page and the rectangle where the signature is shown.
func (c *candidate) place(d *pdf.Document) {
	if len(c.field.Widgets) == 0 {
		return
	}
	w := c.field.Widgets[0]
	if n, err := d.PageIndex(w.Page); err == nil && n >= 0 && !w.Page.IsZero() {
		c.out.Page = n + 1
	}
	c.out.Rect = w.Rect
}

// noteDuplicates marks signatures whose field is defined more than once, and
// values that two fields share.
func (x *examination) noteDuplicates(form *pdf.Form, found []*candidate) {
	names := map[string]int{}
	for _, f := range form.Fields {
		names[f.Name]++
	}
	values := map[pdf.Ref]int{}
	for _, c := range found {
		if !c.removed && !c.ref.IsZero() {
			values[c.ref]++
		}
	}
	for _, c := range found {
		if names[c.field.Name] > 1 {
			c.find("field-defined-twice", Error, "several fields are called %q", c.field.Name)
		}
		if values[c.ref] > 1 {
			c.find("signature-shared", c.sharing(x, values[c.ref]), "several fields have the same signature")
		}
	}
}

// sharing is how bad it is that n fields have the value of c: where they had it
// when it was signed, the signature is shown at several places, and covers that.
func (c *candidate) sharing(x *examination, n int) Severity {
	signed, err := x.at(c.end)
	if err != nil {
		return Error
	}
	form, err := signed.Form()
	if err != nil {
		return Error
	}
	for _, f := range form.Fields {
		if r, ok := f.V.Ref(); ok && r == c.ref {
			n--
		}
	}
	if n > 0 {
		return Error
	}
	return Warning
}

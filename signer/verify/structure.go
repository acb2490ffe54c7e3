package verify

import (
	"bytes"

	"trinhky/signer/internal/pdf"
)

// checkStructure settles Coverage: the byte range is one gap that holds exactly
// the /Contents string of this signature dictionary, starts at 0, and ends
// where a revision ends; and the revision that it covers has this signature in
// this field.
func (c *candidate) checkStructure(x *examination) {
	c.out.Coverage = CoverageBroken
	if c.removed {
		c.find("signature-removed", Error, "a later revision took the signature out of the form")
	}
	if !c.wellFormed(x.doc) {
		return
	}
	signed, err := x.doc, error(nil)
	if c.end < x.doc.Size() {
		signed, err = x.at(c.end)
	}
	if err != nil {
		c.out.Coverage, c.countable = CoveragePartial, true
		c.find("byte-range-end", Error, "what is covered is no whole revision: %v", err)
		return
	}
	if c.end < x.doc.Size() && !endsRevision(signed) {
		c.out.Coverage, c.countable = CoveragePartial, true
		c.find("byte-range-end", Error, "the byte range does not end where a revision ends")
		return
	}
	if !c.sameIn(signed) {
		c.find("signature-foreign", Error, "the signed revision has another signature in this field, or none")
		return
	}
	c.signed, c.countable = signed, true
	for i, end := range x.report.Revisions {
		if end >= c.end-2 {
			c.out.Revision = i + 1
			break
		}
	}
	c.out.Coverage = CoverageRevision
	if c.end == x.doc.Size() {
		c.out.Coverage = CoverageFile
	}
}

// wellFormed checks the signature dictionary by itself and the gap.
func (c *candidate) wellFormed(d *pdf.Document) bool {
	switch k := c.dict.Duplicate(); {
	case !c.dict.IsDict():
		c.find("signature-malformed", Error, "the value of the signature field is no dictionary")
	case len(bytes.Trim(c.contents, "\x00")) == 0:
		c.find("contents-missing", Error, "/Contents is missing or empty")
	case k != "":
		c.find("signature-malformed", Error, "/%s stands twice in the signature dictionary", k)
	case !c.sane(d.Size()):
		c.find("byte-range-malformed", Error, "the byte range %v makes no sense", c.out.ByteRange)
	case !c.gapIsContents(d):
		c.find("byte-range-gap", Error, "the gap of the byte range is not exactly the signature")
	default:
		return true
	}
	return false
}

// sane says whether the byte range is ordered, starts at 0 and lies in the file.
func (c *candidate) sane(size int64) bool {
	b := c.out.ByteRange
	for _, n := range b {
		if n < 0 || n > size {
			return false
		}
	}
	return b[0] == 0 && b[1] > 0 && b[2] > b[1]+1 && b[3] > 0 && c.end <= size
}

// gapIsContents says whether the gap is a hexadecimal string, and the very one
// that stands behind /Contents of this dictionary.
func (c *candidate) gapIsContents(d *pdf.Document) bool {
	b := c.out.ByteRange
	if b[2]-b[1] > maxContents {
		return false
	}
	gap := make([]byte, b[2]-b[1])
	if _, err := d.Reader().ReadAt(gap, b[1]); err != nil {
		return false
	}
	if gap[0] != '<' || gap[len(gap)-1] != '>' {
		return false
	}
	for _, ch := range gap[1 : len(gap)-1] {
		if !bytes.ContainsRune([]byte("0123456789abcdefABCDEF \t\r\n\f"), rune(ch)) {
			return false
		}
	}
	span, ok := c.locate(d)
	if !ok && c.removed {
		return true // its place is checked in the revision that has it
	}
	return ok && span.Start == b[1] && span.End == b[2]
}

// maxContents is the largest /Contents string that is looked at, in bytes.
const maxContents = 32 << 20

// locate finds the /Contents string in the file.
func (c *candidate) locate(d *pdf.Document) (pdf.Span, bool) {
	if r, ok := c.dict.Get("Contents").Ref(); ok {
		return d.Locate(r)
	}
	if c.ref.IsZero() {
		return d.Locate(c.field.Ref, "V", "Contents")
	}
	return d.Locate(c.ref, "Contents")
}

// endsRevision says whether the file ends with a %%EOF line that belongs to its
// newest cross-reference section. Nothing but white space follows.
func endsRevision(d *pdf.Document) bool {
	revs := d.Revisions()
	if d.Repaired() || len(revs) == 0 {
		return tailIsEOF(d)
	}
	last := revs[len(revs)-1].End
	return blank(d, last, d.Size()-last)
}

func tailIsEOF(d *pdf.Document) bool {
	n := min(16, d.Size())
	tail := make([]byte, n)
	if _, err := d.Reader().ReadAt(tail, d.Size()-n); err != nil {
		return false
	}
	return bytes.HasSuffix(bytes.TrimRight(tail, "\r\n"), []byte("%%EOF"))
}

// sameIn says whether the field of that name has this signature in the signed
// revision too, at the same place.
func (c *candidate) sameIn(signed *pdf.Document) bool {
	form, err := signed.Form()
	if err != nil {
		return false
	}
	n := 0
	for _, f := range form.Fields {
		if f.Name != c.field.Name || !f.Signed() {
			continue
		}
		n++
		if r, _ := f.V.Ref(); r != c.ref {
			return false
		}
	}
	if n == 0 && !inForm(c.out.Findings) {
		n = 1 // a widget that the form never knew
	}
	span, ok := c.locate(signed)
	b := c.out.ByteRange
	return n == 1 && ok && span.Start == b[1] && span.End == b[2]
}

func inForm(fs []Finding) bool {
	for _, f := range fs {
		if f.Code == "field-not-in-form" {
			return false
		}
	}
	return true
}

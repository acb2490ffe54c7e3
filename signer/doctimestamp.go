package signer

import (
	"context"
	"crypto"
	"errors"
	"fmt"

	"trinhky/pdfview/geom"
	"trinhky/signer/internal/pdf"
)

// addDocumentTimestamp appends a document timestamp (EN 319 142-1, 5.4.3): an
// invisible signature field whose value is a TimeStampToken over the file.
func (p *Pipeline) addDocumentTimestamp(ctx context.Context, o *output, password PIN) (ByteRange, error) {
	if p.TSA == nil {
		return ByteRange{}, errors.New("no time-stamping authority is set")
	}
	inc, err := layOutTimestamp(o, password, p.TSA.TokenSize())
	if err != nil {
		return ByteRange{}, fmt.Errorf("document timestamp: %w", err)
	}
	d := &Prepared{Size: o.size}
	if err := d.setByteRange(inc); err != nil {
		return ByteRange{}, err
	}
	h, err := clone(o.sum)
	if err != nil {
		return ByteRange{}, err
	}
	before, behind := d.parts()
	h.Write(before)
	h.Write(behind)
	token, err := p.TSA.Timestamp(ctx, crypto.SHA256, h.Sum(nil))
	if err != nil {
		return ByteRange{}, err
	}
	if len(token) > d.hole() {
		return ByteRange{}, fmt.Errorf("the timestamp of %d bytes is larger than announced", len(token))
	}
	if err := inc.FillHex(markContents, token); err != nil {
		return ByteRange{}, err
	}
	return d.ByteRange, o.write(inc.Bytes)
}

func layOutTimestamp(o *output, password PIN, hole int) (*pdf.Increment, error) {
	doc, err := pdf.Open(o.file, o.size, pdf.Options{Password: password})
	if err != nil {
		return nil, err
	}
	form, err := doc.Form()
	if err != nil {
		return nil, err
	}
	page, err := doc.Page(0)
	if err != nil {
		return nil, err
	}
	if page.Ref.IsZero() {
		return nil, forbidden(ForbiddenByShape)
	}
	u, err := pdf.NewUpdate(doc)
	if err != nil {
		return nil, err
	}
	value := u.Add(pdf.Dict("Type", pdf.Name("DocTimeStamp"), "Filter", pdf.Name("Adobe.PPKLite"),
		"SubFilter", pdf.Name("ETSI.RFC3161"), "ByteRange", pdf.Hole(markByteRange, byteRangeWidth),
		"Contents", pdf.HexHole(markContents, hole)))
	name := freeName(form)
	w := &fieldWriter{u: u, doc: doc, form: form, where: place{name: name, page: page, rect: geom.Rect{}}}
	if err := w.create(Request{Field: SignatureField{Tooltip: name}}, value); err != nil {
		return nil, err
	}
	return u.Layout()
}

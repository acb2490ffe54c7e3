package signer

import (
	"bytes"
	"fmt"

	"trinhky/pdfview/geom"
	"trinhky/signer/internal/pdf"
)

// Preview makes a PDF of one transparent page of exactly the appearance's size
// that holds the very form XObject which signing writes, so that the stamp is
// seen through the same engine before and after.
func Preview(a Appearance) ([]byte, error) {
	base := blank()
	d, err := pdf.Open(bytes.NewReader(base), int64(len(base)), pdf.Options{})
	if err != nil {
		return nil, err
	}
	u, err := pdf.NewUpdate(d)
	if err != nil {
		return nil, err
	}
	form, err := paint(u, &a, canvas{size: a.Size})
	if err != nil {
		return nil, err
	}
	page, err := d.Page(0)
	if err != nil {
		return nil, err
	}
	u.Put(page.Ref, page.Dict.
		With("MediaBox", rectValue(geom.At(geom.Point{}, a.Size))).
		With("Resources", pdf.Dict("XObject", pdf.Dict("S", pdf.RefTo(form)))).
		With("Contents", pdf.RefTo(u.Add(pdf.Stream(pdf.Dict(), []byte("/S Do\n"))))))
	inc, err := u.Layout()
	if err != nil {
		return nil, err
	}
	return append(base, inc.Bytes...), nil
}

func rectValue(r geom.Rect) pdf.Value { return pdf.Numbers(r.X0, r.Y0, r.X1, r.Y1) }

// blank is a document with one empty page.
func blank() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var offsets []int
	for i, o := range []string{
		"<</Type/Catalog/Pages 2 0 R>>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 1 1]>>",
	} {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	b.WriteString("xref\n0 4\n0000000000 65535 f\r\n")
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n\r\n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", at)
	return b.Bytes()
}

package signer

import (
	"bytes"
	"regexp"

	"trinhky/signer/internal/pdf"
)

// pdfaPart finds the part of PDF/A in XMP metadata (ISO 19005-1, 6.7.11), as an
// element or as an attribute.
var pdfaPart = regexp.MustCompile(`pdfaid:part(?:>|\s*=\s*["'])\s*([0-9])`)

// isArchivePart1 says whether the document claims PDF/A-1, which has no soft
// masks and wants a /CIDSet of subset fonts (ISO 19005-1, 6.4 and 6.3.5).
// Metadata that cannot be read claims nothing.
func isArchivePart1(doc *pdf.Document) bool {
	catalog, err := doc.Catalog()
	if err != nil {
		return false
	}
	v, err := doc.Resolve(catalog.Get("Metadata"))
	if err != nil || v.Kind() != pdf.KindStream {
		return false
	}
	xmp, err := doc.Data(v)
	if err != nil {
		return false
	}
	m := pdfaPart.FindSubmatch(xmp)
	return m != nil && bytes.Equal(m[1], []byte("1"))
}

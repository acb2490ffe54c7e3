package signer

import (
	"regexp"

	"trinhky/signer/internal/pdf"
)

// pdfaPart finds the part of PDF/A in XMP metadata (ISO 19005-1, 6.7.11), as an
// element or as an attribute.
var pdfaPart = regexp.MustCompile(`pdfaid:part(?:>|\s*=\s*["'])\s*([0-9])`)

// archive is what a document's claim to be PDF/A asks of what is painted into it.
// The zero value asks nothing.
type archive struct {
	// flat: no soft masks. PDF/A-1 has none at all (ISO 19005-1, 6.4); in the later
	// parts transparency needs a space to blend in, which comes from the output
	// intent (ISO 19005-2, 6.2.10).
	flat bool
	// calibrated: colours by CalRGB. DeviceRGB needs an output intent that is RGB
	// (ISO 19005-1, 6.2.3.3; ISO 19005-2, 6.2.4.3).
	calibrated bool
	// cidSet: subset fonts carry one (ISO 19005-1, 6.3.5).
	cidSet bool
}

// archiveOf reads the claim. Metadata that cannot be read claims nothing.
func archiveOf(doc *pdf.Document) archive {
	catalog, err := doc.Catalog()
	if err != nil {
		return archive{}
	}
	v, err := doc.Resolve(catalog.Get("Metadata"))
	if err != nil || v.Kind() != pdf.KindStream {
		return archive{}
	}
	xmp, err := doc.Data(v)
	if err != nil {
		return archive{}
	}
	m := pdfaPart.FindSubmatch(xmp)
	if m == nil {
		return archive{}
	}
	first := m[1][0] == '1'
	components := intentOf(doc, catalog)
	return archive{flat: first || components == 0, calibrated: components != 3, cidSet: first}
}

// intentOf is the number of colours of the PDF/A output intent, 0 where there is
// none.
func intentOf(doc *pdf.Document, catalog pdf.Value) int64 {
	list, err := doc.Resolve(catalog.Get("OutputIntents"))
	if err != nil {
		return 0
	}
	for i := range min(list.Len(), 64) {
		intent, err := doc.Resolve(list.At(i))
		if err != nil || !intent.Get("S").IsName("GTS_PDFA1") {
			continue
		}
		profile, err := doc.Lookup(intent, "DestOutputProfile")
		if err != nil {
			continue
		}
		n, err := doc.Lookup(profile, "N")
		if err != nil {
			continue
		}
		if k, ok := n.Int(); ok {
			return k
		}
	}
	return 0
}

// calibratedRGB is sRGB as near as /CalRGB comes to it: white point D65, the
// primaries of IEC 61966-2-1, one gamma.
func calibratedRGB() pdf.Value {
	return pdf.Array(pdf.Name("CalRGB"), pdf.Dict(
		"WhitePoint", pdf.Numbers(0.9505, 1, 1.089),
		"Gamma", pdf.Numbers(2.2, 2.2, 2.2),
		"Matrix", pdf.Numbers(0.4124, 0.2126, 0.0193, 0.3576, 0.7152, 0.1192, 0.1805, 0.0722, 0.9505),
	))
}

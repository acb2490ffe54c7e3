package signer_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/validators"
)

// TestStaysPDFA has PDFBox judge: a valid PDF/A-1b document is one after a visible
// signature with text and a picture that has alpha, and after a second one. A field
// that prints nothing would not be, so that a verdict means something.
func TestStaysPDFA(t *testing.T) {
	b := newBench(t, pki.P256)
	in := b.write(t, "pdfa.pdf", pdfa1b())
	bad := b.write(t, "bad.pdf", bytes.Replace(pdfa1b(), []byte("/F 4/AP"), []byte("/F 2/AP"), 1))
	files := []string{in, bad}
	for i, last := 0, in; i < 2; i++ {
		out := filepath.Join(b.dir, fmt.Sprintf("pdfa-%d.pdf", i))
		r := b.request(last, filepath.Base(out))
		r.Field.Rect, r.Appearance = geom.Rect{X0: 60, Y0: 40 + float64(80*i), X1: 230, Y1: 108 + float64(80*i)}, b.stamp()
		if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
			t.Fatal(err)
		}
		files, last = append(files, out), out
	}
	said, ok := validators.Preflight(t, files...)
	if !ok {
		return
	}
	for _, f := range files {
		if good := said[f] == "VALID"; good == (f == bad) {
			t.Errorf("%s: %s", filepath.Base(f), said[f])
		}
	}
}

// pdfa1b is a valid PDF/A-1b document without an output intent: nothing on its page
// has a colour. A widget shows an empty appearance.
func pdfa1b() []byte {
	xmp := `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">` +
		`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" ` +
		`xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>` +
		`</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`
	stream := func(dict, data string) string {
		return fmt.Sprintf("<<%s/Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
	}
	doc := written("1.4", "<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R/AcroForm<</Fields[6 0 R]>>>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]/Resources<<>>/Contents 4 0 R/Annots[6 0 R]>>",
		stream("", "q Q"), stream("/Type/Metadata/Subtype/XML", xmp),
		"<</Type/Annot/Subtype/Widget/FT/Tx/T(ten)/Rect[10 10 90 30]/P 3 0 R/F 4/AP<</N 7 0 R>>>>",
		stream("/Type/XObject/Subtype/Form/BBox[0 0 80 20]/Resources<<>>", "q Q"))
	id := "/ID[<00112233445566778899aabbccddeeff><00112233445566778899aabbccddeeff>]"
	return bytes.Replace(doc, []byte("/Root 1 0 R"), []byte("/Root 1 0 R"+id), 1)
}

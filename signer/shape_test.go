package signer_test

import (
	"os"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/validators"
)

// TestDirectObjects: fields, widgets and pages that are written inside of
// something else. Where that leaves room for a new field it is signed, and the
// direct object stays; what would have to be written anew is refused.
func TestDirectObjects(t *testing.T) {
	b := newBench(t, pki.P256)
	const (
		inFields = "/AcroForm<</Fields[<</FT/Sig/T(ky)/Rect[10 10 90 40]/Subtype/Widget/P 3 0 R>>]>>"
		inKids   = "/AcroForm<</Fields[5 0 R]>>"
		kids     = "<</FT/Sig/T(ky)/Kids[<</Type/Annot/Subtype/Widget/Rect[10 10 90 40]/P 3 0 R>>]>>"
	)
	for _, c := range []struct {
		name string
		in   []byte
		use  string // the field that is asked for
		want signer.Prohibition
	}{
		{"field in /Fields, used", plain("/MediaBox[0 0 300 200]", inFields), "ky", signer.ForbiddenByShape},
		{"field in /Fields, another one", plain("/MediaBox[0 0 300 200]", inFields), "", 0},
		{"widget in /Kids, used", plain("/MediaBox[0 0 300 200]", inKids, kids), "ky", signer.ForbiddenByShape},
		{"widget in /Kids, another one", plain("/MediaBox[0 0 300 200]", inKids, kids), "", 0},
		{"annotations in /Annots", plain("/MediaBox[0 0 300 200]/Annots[<</Type/Annot/Subtype/Link/Rect[1 1 9 9]>>]", ""), "", 0},
		{"field of its own, widget only in /Annots", plain(
			"/MediaBox[0 0 300 200]/Annots[<</Type/Annot/Subtype/Widget/Parent 5 0 R/Rect[10 10 90 40]>>]", inKids, "<</FT/Sig/T(ky)>>",
		), "ky", 0},
		{"page in the catalog", written("1.7", "<</Type/Catalog/Pages<</Type/Page/MediaBox[0 0 300 200]>>>>"), "", signer.ForbiddenByShape},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.request(b.write(t, "in.pdf", c.in), "out.pdf")
			r.Field = signer.SignatureField{Name: c.use, Rect: geom.Rect{X0: 100, Y0: 100, X1: 280, Y1: 170}}
			r.Appearance = b.stamp()
			if c.want != 0 {
				refused(t, b, r, c.want)
				info, err := signer.Inspect(t.Context(), r.Input, nil)
				if err != nil {
					t.Fatal(err)
				}
				if f, ok := info.EmptyField(); ok {
					t.Errorf("the field %q is on offer", f.Name)
				}
				return
			}
			got, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil)
			if err != nil {
				t.Fatal(err)
			}
			checkSigned(t, r, got)
			if out := validators.QPDF(t, r.Output); out != "" {
				t.Error(out)
			}
			_ = os.Remove(r.Output)
		})
	}
}

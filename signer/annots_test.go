package signer_test

import (
	"path/filepath"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/internal/pdf"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/validators"
	"trinhky/signer/verify"
)

// TestSharedAnnotations signs twice where pages have one object as their list of
// annotations, or reach it through a second reference: the stamps show on their
// page alone, and the other pages keep the list as it is.
func TestSharedAnnotations(t *testing.T) {
	const look = "<</Length 30>>stream\n0.9 g 0 0 2000 2000 re f       \nendstream"
	const box = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 5 0 R/Annots "
	const link = "<</Type/Annot/Subtype/Link/Rect[1 1 9 9]/Border[0 0 0]>>"
	b := newBench(t, pki.P256)
	for _, c := range []struct {
		name, first, second string
		objects             []string
		listed              int // before
	}{
		{"shared", "6 0 R", "6 0 R", []string{"[7 0 R]", link}, 1},
		{"shared and empty", "6 0 R", "6 0 R", []string{"[]"}, 0},
		{"one through the other", "6 0 R", "7 0 R", []string{"7 0 R", "[8 0 R]", link}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := b.write(t, c.name+".pdf", written("1.7", append([]string{
				"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>",
				box + c.first + ">>", box + c.second + ">>", look,
			}, c.objects...)...))
			r := b.request(in, c.name+"-1.pdf")
			for i, place := range []geom.Rect{{X0: 20, Y0: 20, X1: 190, Y1: 88}, {X0: 20, Y0: 100, X1: 190, Y1: 168}} {
				r.Field, r.Appearance = signer.SignatureField{Rect: place}, b.stamp()
				if i > 0 {
					r.Input, r.Output = r.Output, filepath.Join(b.dir, c.name+"-2.pdf")
				}
				if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
					t.Fatal(err)
				}
			}
			if c.name == "shared" { // the programs take their seconds
				validators.Check(t, r.Output, validators.Expect{Signatures: 2, Roots: b.roots})
			}
			for page, want := range []int{c.listed + 2, c.listed} {
				if got := annotations(t, r.Output, page); got != want {
					t.Errorf("page %d has %d annotations, not %d", page+1, got, want)
				}
			}
			report, err := verify.File(t.Context(), r.Output, verify.Options{Roots: b.Roots()})
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range report.Signatures {
				if x.Changes == verify.ChangesSuspicious {
					t.Errorf("changes after a signature are suspicious: %v", x.Findings)
				}
			}
		})
	}
}

// annotations counts those of a page.
func annotations(t *testing.T, path string, page int) int {
	t.Helper()
	doc := open(t, path)
	p, err := doc.Page(page)
	if err != nil {
		t.Fatal(err)
	}
	list, err := doc.Lookup(p.Dict, "Annots")
	if err != nil || list.Kind() != pdf.KindArray {
		t.Fatalf("no list: %v", err)
	}
	return list.Len()
}

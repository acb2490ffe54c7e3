package signer_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/internal/pdf"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/validators"
	"trinhky/signer/verify"
)

// open reads a file with our own reader.
func open(t *testing.T, path string) *pdf.Document {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := pdf.Open(bytes.NewReader(data), int64(len(data)), pdf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// at follows keys from the catalog.
func at(t *testing.T, doc *pdf.Document, keys ...string) pdf.Value {
	t.Helper()
	v, err := doc.Catalog()
	for _, k := range keys {
		if err == nil {
			v, err = doc.Lookup(v, k)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestTagged: in a tagged document the new field comes into the logical
// structure, however that is written; nothing that was there goes.
func TestTagged(t *testing.T) {
	b := newBench(t, pki.P256)
	const top = "<</Type/StructElem/S/Document/P 5 0 R/K 7 0 R>>"
	for _, c := range []struct {
		name    string
		objects []string // 5: the structure tree root
		key     int64    // of the new entry of the parent tree
		parent  int      // object number of the new element's parent
	}{
		{"one top element, its kid alone", []string{
			"<</Type/StructTreeRoot/K 6 0 R/ParentTree 8 0 R/ParentTreeNextKey 3>>", top,
			"<</Type/StructElem/S/P/P 6 0 R/Pg 3 0 R/K 0>>", "<</Nums[0[7 0 R]]>>",
		}, 3, 6},
		{"no next key, kids in an array", []string{
			"<</Type/StructTreeRoot/K[6 0 R]/ParentTree<</Nums[0[7 0 R]4 7 0 R]>>>>", "<</Type/StructElem/S/Document/P 5 0 R/K[7 0 R]>>",
			"<</Type/StructElem/S/P/P 6 0 R/Pg 3 0 R/K 0>>",
		}, 5, 6},
		{"a tree of number trees", []string{
			"<</Type/StructTreeRoot/K[6 0 R]/ParentTree 8 0 R/ParentTreeNextKey 1>>", top,
			"<</Type/StructElem/S/P/P 6 0 R/Pg 3 0 R/K 0>>", "<</Kids[9 0 R]>>", "<</Limits[0 9]/Nums[0[7 0 R]9 7 0 R]>>",
		}, 10, 6},
		{"several top elements", []string{
			"<</Type/StructTreeRoot/K[6 0 R 7 0 R]/ParentTree<</Nums[0[7 0 R]]>>/ParentTreeNextKey 1>>",
			"<</Type/StructElem/S/H1/P 5 0 R>>", "<</Type/StructElem/S/P/P 5 0 R/Pg 3 0 R/K 0>>",
		}, 1, 5},
		{"nothing in it yet", []string{"<</Type/StructTreeRoot>>"}, 0, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := plain("/MediaBox[0 0 300 200]/StructParents 0", "/MarkInfo<</Marked true>>/StructTreeRoot 5 0 R", c.objects...)
			r := b.request(b.write(t, "in.pdf", in), "out.pdf")
			r.Field.Rect, r.Appearance = geom.Rect{X0: 60, Y0: 60, X1: 230, Y1: 128}, b.stamp()
			if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
				t.Fatal(err)
			}
			if out := validators.QPDF(t, r.Output); out != "" {
				t.Error(out)
			}
			checkTagged(t, open(t, r.Output), c.key, c.parent)

			// A second signature leaves the structure alone, and the first valid.
			second := b.request(r.Output, "second.pdf")
			if _, err := (&signer.Pipeline{}).Sign(t.Context(), second, b.key(), nil); err != nil {
				t.Fatal(err)
			}
			report, err := verify.File(t.Context(), second.Output, verify.Options{Roots: b.Roots()})
			if err != nil {
				t.Fatal(err)
			}
			if s := report.Signatures[0]; s.Changes != verify.ChangesAllowed || !s.Intact {
				t.Errorf("the first signature: %v, %+v", s.Changes, s.Findings)
			}
			_, _ = os.Remove(r.Output), os.Remove(second.Output)
		})
	}
}

// checkTagged follows the new widget into the structure and back.
func checkTagged(t *testing.T, doc *pdf.Document, key int64, parent int) {
	t.Helper()
	form, err := doc.Form()
	if err != nil {
		t.Fatal(err)
	}
	field := form.Fields[len(form.Fields)-1]
	if n, ok := field.Dict.Get("StructParent").Int(); !ok || n != key {
		t.Errorf("/StructParent %d, want %d", n, key)
	}
	if next, _ := at(t, doc, "StructTreeRoot", "ParentTreeNextKey").Int(); next != key+1 {
		t.Errorf("/ParentTreeNextKey %d", next)
	}
	page, err := doc.Page(0)
	if err != nil || !page.Dict.Get("Tabs").IsName("S") {
		t.Errorf("/Tabs %v, %v", page.Dict.Get("Tabs"), err)
	}
	tree := at(t, doc, "StructTreeRoot", "ParentTree")
	if kids, _ := doc.Lookup(tree, "Kids"); kids.Len() > 0 {
		if tree, err = doc.Resolve(kids.At(kids.Len() - 1)); err != nil {
			t.Fatal(err)
		}
	}
	nums, err := doc.Lookup(tree, "Nums")
	if err != nil || nums.Len() < 2 {
		t.Fatalf("no entry in the parent tree: %v", err)
	}
	ref, _ := nums.At(nums.Len() - 1).Ref()
	element, err := doc.Get(ref)
	if err != nil {
		t.Fatal(err)
	}
	up, _ := element.Get("P").Ref()
	obj, _ := element.Get("K").Get("Obj").Ref()
	if n, _ := nums.At(nums.Len() - 2).Int(); n != key || !element.Get("S").IsName("Form") || up.Num != parent || obj != field.Ref {
		t.Errorf("entry %d: %s below %d for object %d", n, element.Get("S").Name(), up.Num, obj.Num)
	}
	above, err := doc.Get(up)
	if err != nil {
		t.Fatal(err)
	}
	kids, err := doc.Lookup(above, "K")
	if err != nil {
		t.Fatal(err)
	}
	if last, _ := kids.At(kids.Len() - 1).Ref(); kids.Kind() == pdf.KindArray && last != ref {
		t.Errorf("the element is not the last kid of its parent: %v", last)
	}
}

// TestUntagged: without /MarkInfo, or with a structure that is no object of its
// own, nothing is added.
func TestUntagged(t *testing.T) {
	b := newBench(t, pki.P256)
	for _, catalog := range []string{
		"/StructTreeRoot 5 0 R", "/MarkInfo<</Marked false>>/StructTreeRoot 5 0 R",
		"/MarkInfo<</Marked true>>/StructTreeRoot<</Type/StructTreeRoot>>", "/MarkInfo<</Marked true>>", "/MarkInfo 7/StructTreeRoot 4 0 R",
	} {
		r := b.request(b.write(t, "in.pdf", plain("/MediaBox[0 0 300 200]", catalog, "<</Type/StructTreeRoot>>")), "out.pdf")
		r.Overwrite = true
		if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
			t.Fatal(err)
		}
		original, _ := os.ReadFile(r.Input)
		signed, _ := os.ReadFile(r.Output)
		if bytes.Contains(signed[len(original):], []byte("StructElem")) {
			t.Errorf("%s: tagged", catalog)
		}
	}
}

// TestExtension: the catalog of a PDF 1.7 names the extension that the signature
// uses; others do not.
func TestExtension(t *testing.T) {
	b, _, authority := online(t, pki.Options{Keys: pki.P256})
	old := func(in []byte, version string) []byte {
		return bytes.Replace(in, []byte("%PDF-1.7"), []byte("%PDF-"+version), 1)
	}
	for _, c := range []struct {
		name    string
		in      []byte
		level   signer.Level
		want    int64 // /ExtensionLevel of ESIC; 0: no ESIC
		foreign bool  // another extension is there and stays
	}{
		{"1.7", plain("/MediaBox[0 0 300 200]", ""), signer.LevelB, 2, false},
		{"1.7 with evidence", plain("/MediaBox[0 0 300 200]", ""), signer.LevelLTA, 5, false},
		{"1.7 by the catalog", old(plain("/MediaBox[0 0 300 200]", "/Version/1.7"), "1.4"), signer.LevelB, 2, false},
		{"1.4", old(plain("/MediaBox[0 0 300 200]", ""), "1.4"), signer.LevelLTA, 0, false},
		{"2.0", old(plain("/MediaBox[0 0 300 200]", ""), "2.0"), signer.LevelLTA, 0, false},
		{"with another", plain("/MediaBox[0 0 300 200]", "/Extensions<</ADBE<</BaseVersion/1.7/ExtensionLevel 8>>>>"), signer.LevelB, 2, true},
		{"with a higher one", plain("/MediaBox[0 0 300 200]", "/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 7>>>>"), signer.LevelLTA, 7, false},
		{"with a form of its own, the catalog stays", form("ky", ""), signer.LevelB, 0, false},
		{"malformed", plain("/MediaBox[0 0 300 200]", "/Extensions 7"), signer.LevelB, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.request(b.write(t, "in.pdf", c.in), filepath.Base(t.Name())+".pdf")
			r.Level = c.level
			if _, err := preserved(authority).Sign(t.Context(), r, b.key(), nil); err != nil {
				t.Fatal(err)
			}
			doc := open(t, r.Output)
			got, _ := at(t, doc, "Extensions", "ESIC", "ExtensionLevel").Int()
			if got != c.want || at(t, doc, "Extensions", "ADBE").IsDict() != c.foreign {
				t.Errorf("level %d", got)
			}
			signatures := 1
			if c.level == signer.LevelLTA {
				signatures = 2
			}
			reported(t, b, r.Output, c.level, signatures)
		})
	}
}

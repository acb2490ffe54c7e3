package signer_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/internal/pdf"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/validators"
)

// rich is a document of two pages with what must survive a signature: a text
// field, a direct link, an outline, an attachment, inherited attributes.
func rich(version string) []byte {
	return written(version,
		"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]/DA(/Helv 0 Tf 0 g)/DR<</Font<<>>>>>>/Outlines 8 0 R"+
			"/Names<</EmbeddedFiles<</Names[(a.txt) 10 0 R]>>>>>>",
		"<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2/MediaBox[0 0 300 400]/Resources<<>>>>",
		"<</Type/Page/Parent 2 0 R/Contents 5 0 R/Annots[<</Type/Annot/Subtype/Link/Rect[1 1 9 9]/Border[0 0 0]>> 6 0 R]>>",
		"<</Type/Page/Parent 2 0 R/Contents 5 0 R/Annots 7 0 R>>",
		"<</Length 29>>stream\n0.9 g 20 20 200 200 re f     \nendstream",
		"<</Type/Annot/Subtype/Widget/FT/Tx/T(ten)/V(Nguy\\352n)/Rect[10 10 90 30]/P 3 0 R>>",
		"[<</Type/Annot/Subtype/Square/Rect[200 10 290 30]/C[1 0 0]>>]",
		"<</Type/Outlines/First 9 0 R/Last 9 0 R/Count 1>>",
		"<</Title(Muc)/Parent 8 0 R/Dest[3 0 R/Fit]>>",
		"<</Type/Filespec/F(a.txt)/EF<</F 11 0 R>>>>",
		"<</Type/EmbeddedFile/Length 3>>stream\nabc\nendstream",
	)
}

// byQPDF has qpdf write a document in another way.
func byQPDF(args ...string) func(t *testing.T, b *bench, in string) (string, string) {
	return func(t *testing.T, b *bench, in string) (string, string) {
		if _, err := exec.LookPath("qpdf"); err != nil {
			return "", "qpdf is not installed"
		}
		out := filepath.Join(b.dir, "by-qpdf.pdf")
		if err := tool("qpdf", append(args, in, out)...); err != nil {
			t.Fatal(err)
		}
		return out, ""
	}
}

// byHand edits the bytes of a document.
func byHand(edit func(in []byte) []byte) func(t *testing.T, b *bench, in string) (string, string) {
	return func(t *testing.T, b *bench, _ string) (string, string) {
		return b.write(t, "by-hand.pdf", edit(rich("1.7"))), ""
	}
}

// instead makes another document altogether.
func instead(doc []byte) func(t *testing.T, b *bench, in string) (string, string) {
	return byHand(func([]byte) []byte { return doc })
}

// hybrid hides object 5 in a cross-reference stream that only its table names:
// for readers that do not look there, the number is free.
func hybrid() []byte {
	base := written("1.5", "<</Type/Catalog/Pages 2 0 R/X 5 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]/Contents 4 0 R>>", "<</Length 0>>stream\n\nendstream")
	body := base[:bytes.LastIndex(base, []byte("xref\n0 "))]
	var f bytes.Buffer
	f.Write(body)
	hidden := f.Len()
	f.WriteString("5 0 obj\n<</Hidden true>>\nendobj\n")
	stream := f.Len()
	fmt.Fprintf(&f, "6 0 obj\n<</Type/XRef/Size 7/W[1 4 1]/Index[5 1]/Length 6>>stream\n\x01%s\x00\nendstream\nendobj\n",
		string([]byte{byte(hidden >> 24), byte(hidden >> 16), byte(hidden >> 8), byte(hidden)}))
	at := f.Len()
	f.WriteString("xref\n0 7\n0000000005 65535 f\r\n")
	for n := 1; n <= 4; n++ {
		fmt.Fprintf(&f, "%010d 00000 n\r\n", bytes.Index(body, fmt.Appendf(nil, "%d 0 obj", n)))
	}
	fmt.Fprintf(&f, "0000000000 00000 f\r\n%010d 00000 n\r\n", stream)
	fmt.Fprintf(&f, "trailer\n<</Size 7/Root 1 0 R/XRefStm %d>>\nstartxref\n%d\n%%%%EOF\n", stream, at)
	return f.Bytes()
}

// revisions appends harmless updates.
func revisions(n int) func(in []byte) []byte {
	return func(in []byte) []byte {
		for range n {
			doc, err := pdf.Open(bytes.NewReader(in), int64(len(in)), pdf.Options{})
			if err != nil {
				panic(err)
			}
			u, err := pdf.NewUpdate(doc)
			if err != nil {
				panic(err)
			}
			u.Add(pdf.Dict("Nothing", pdf.Bool(true)))
			inc, err := u.Layout()
			if err != nil {
				panic(err)
			}
			in = append(bytes.Clone(in), inc.Bytes...)
		}
		return in
	}
}

const otherPlaceholder = "/ByteRange [0 /********** /********** /**********] /Contents <00000000>"

// page is a document of one page with entries of its own.
func page(entries string) []byte { return plain("/MediaBox[0 0 300 400]"+entries, "") }

// formOf is a document of one page with a form.
func formOf(catalog, page string, objects ...string) []byte {
	return plain("/MediaBox[0 0 300 400]"+page, catalog, objects...)
}

const emptyWidget = "<</Type/Annot/Subtype/Widget/FT/Sig/T(ky)/P 3 0 R/Rect[100 50 280 120]/F 4"

// content is a document whose content stream holds a text within a comment.
func content(text string) []byte {
	return written("1.7", "<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]/Contents 4 0 R>>",
		fmt.Sprintf("<</Length %d>>stream\n%%%s\nendstream", len(text)+1, text))
}

// variants are the awkward files that signers are known to stumble over.
var variants = []struct {
	name string
	make func(t *testing.T, b *bench, in string) (path, skip string)
}{
	{"table", byQPDF("--object-streams=disable")},
	{"object streams", byQPDF("--object-streams=generate")},
	{"linearised", byQPDF("--linearize", "--object-streams=disable")},
	{"linearised with object streams", byQPDF("--linearize", "--object-streams=generate")},
	{"hybrid", instead(hybrid())},
	{"RC4-40", byQPDF("--allow-weak-crypto", "--encrypt", "", "owner", "40", "--")},
	{"RC4-128", byQPDF("--allow-weak-crypto", "--encrypt", "", "owner", "128", "--use-aes=n", "--")},
	{"AES-128", byQPDF("--allow-weak-crypto", "--encrypt", "", "owner", "128", "--use-aes=y", "--")},
	{"AES-256", byQPDF("--encrypt", "", "owner", "256", "--")},
	{"AES-256 with object streams", byQPDF("--object-streams=generate", "--encrypt", "", "owner", "256", "--")},
	{"AES-256, metadata in the clear", byQPDF("--encrypt", "", "owner", "256", "--cleartext-metadata", "--")},
	{"turned by 90", instead(page("/Rotate 90"))},
	{"turned by -90", instead(page("/Rotate -90"))},
	{"crop box", instead(page("/CropBox[30 40 250 350]"))},
	{"origin elsewhere", instead(plain("/MediaBox[-100 -50 200 350]", ""))},
	{"user unit", instead(page("/UserUnit 2"))},
	{"text field and direct annotation", byHand(func(in []byte) []byte { return in })},
	{"empty signature field", instead(form("ky", ""))},
	{"empty signature field in object streams", func(t *testing.T, b *bench, _ string) (string, string) {
		return byQPDF("--object-streams=generate")(t, b, b.write(t, "field.pdf", form("ky", "")))
	}},
	{"field above its widget", instead(formOf("/AcroForm<</Fields[5 0 R]>>/X 1", "/Annots[6 0 R]", "<</FT/Sig/T(ky)/Kids[6 0 R]>>",
		"<</Type/Annot/Subtype/Widget/Parent 5 0 R/P 3 0 R/Rect[100 50 280 120]/F 4>>"))},
	{"value of a field is nowhere", instead(formOf("/AcroForm<</Fields[5 0 R]>>", "/Annots[5 0 R]", emptyWidget+"/V 99 0 R>>"))},
	{"field not listed on its page", instead(formOf("/AcroForm<</Fields[5 0 R]>>", "", emptyWidget+">>"))},
	{"form redrawn, without fields", instead(formOf("/AcroForm<</Fields[]/NeedAppearances true>>", ""))},
	{"form redrawn, fields that are empty", instead(formOf("/AcroForm<</Fields[5 0 R]/NeedAppearances true>>", "/Annots[5 0 R]",
		"<</Type/Annot/Subtype/Widget/FT/Tx/T(ten)/Rect[10 10 90 30]/P 3 0 R/AP<</N 6 0 R>>>>",
		"<</Type/XObject/Subtype/Form/BBox[0 0 80 20]/Length 12>>stream\n/Tx BMC EMC \nendstream"))},
	{"form of no kind", instead(formOf("/AcroForm[]", "/Annots(x)"))},
	{"fields and annotations are one array", instead(formOf("/AcroForm<</Fields 6 0 R>>", "/Annots 6 0 R",
		"<</Type/Annot/Subtype/Widget/FT/Tx/T(ten)/Rect[10 10 90 30]/P 3 0 R>>", "[5 0 R]"))},
	{"/Size far above all objects", byHand(func(in []byte) []byte { return bytes.Replace(in, []byte("/Size 12"), []byte("/Size 8388608"), 1) })},
	{"generation of object 0 one too many", byHand(func(in []byte) []byte { return bytes.Replace(in, []byte("65535 f"), []byte("65536 f"), 1) })},
	{"one byte in front, offsets from the header", byHand(func(in []byte) []byte { return append([]byte("x"), in...) })},
	{"60,000 zeros in a stream", instead(content(strings.Repeat("0", 60_000)))},
	{"another library's placeholder", instead(content(otherPlaceholder))},
	{"many revisions", byHand(revisions(40))},
	{"junk in front", byHand(func(in []byte) []byte { return append([]byte("rác ở đầu tệp\r\n"), in...) })},
	{"junk behind", byHand(func(in []byte) []byte { return append(in, "\r\n\x00\x00 rác"...) })},
	{"no end of line", byHand(func(in []byte) []byte { return bytes.TrimRight(in, "\n") })},
	{"PDF 1.0", instead(rich("1.0"))},
	{"PDF 1.4", instead(rich("1.4"))},
	{"PDF 2.0", instead(rich("2.0"))},
}

// TestVariants signs every awkward file, visibly, on its last page: the original
// is a prefix, nothing but the stamp is seen to change, nothing is lost, and all
// validators accept it.
func TestVariants(t *testing.T) {
	b := newBench(t, pki.P256)
	whole := b.write(t, "rich.pdf", rich("1.7"))
	var finished []string
	for i, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			in, skip := v.make(t, b, whole)
			if skip != "" {
				t.Skip(skip)
			}
			info, err := signer.Inspect(t.Context(), in, nil)
			if err != nil {
				t.Fatal(err)
			}
			r := b.request(in, fmt.Sprintf("signed-%d.pdf", i))
			r.Field = signer.SignatureField{Page: info.Pages - 1, Rect: geom.Rect{X0: 60, Y0: 60, X1: 230, Y1: 128}}
			if f, ok := info.EmptyField(); ok {
				r.Field = signer.SignatureField{Name: f.Name}
			}
			r.Appearance = b.stamp()
			got, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil)
			if err != nil {
				t.Fatal(err)
			}
			checkSigned(t, r, got)
			checkSurvived(t, in, r.Output)
			samePixels(t, r, got)
			shows(t, r, got)
			validators.Check(t, r.Output, validators.Expect{
				Signatures: 1, Roots: b.roots, BeforeQPDF: validators.QPDF(t, in), NoBouncy: true,
				NoMutool: strings.Contains(v.name, "in front"), // it counts from elsewhere
			})
			reported(t, b, r.Output, signer.LevelB, 1)
			finished = append(finished, r.Output)
		})
	}
	out, ok := validators.Bouncy(t, finished...)
	if ok && (strings.Count(out, "\tVALID") != len(finished) || strings.Contains(out, "\tINVALID")) {
		t.Errorf("PDFBox with BouncyCastle:\n%s", out)
	}
}

// checkSurvived: form fields, annotations, outline and attachments are those of
// before, in their order; one field and one annotation may be new.
func checkSurvived(t *testing.T, before, after string) {
	t.Helper()
	a, b := open(t, before), open(t, after)
	was, err := a.Form()
	if err != nil {
		t.Fatal(err)
	}
	is, err := b.Form()
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range was.Fields {
		if i >= len(is.Fields) || is.Fields[i].Name != f.Name || is.Fields[i].Type != f.Type || f.Type != "Sig" && !pdf.Equal(is.Fields[i].V, f.V) {
			t.Errorf("the field %q is gone or changed", f.Name)
		}
	}
	for _, k := range []string{"DA", "DR", "NeedAppearances"} {
		if k == "NeedAppearances" && !a.Redrawn(was) {
			continue // the others look the same without it, and the stamp is seen
		}
		if was.Dict.Has(k) && !pdf.Equal(was.Dict.Get(k), is.Dict.Get(k)) {
			t.Errorf("/%s of the form changed", k)
		}
	}
	pages, err := a.NumPages()
	if err != nil {
		t.Fatal(err)
	}
	for n := range pages {
		p, err := a.Page(n)
		if err != nil {
			t.Fatal(err)
		}
		q, err := b.Page(n)
		if err != nil {
			t.Fatal(err)
		}
		x, _ := a.Lookup(p.Dict, "Annots")
		y, _ := b.Lookup(q.Dict, "Annots")
		for i := range x.Len() {
			if i >= y.Len() || !pdf.Equal(x.At(i), y.At(i)) {
				t.Errorf("annotation %d of page %d is gone or changed", i, n+1)
			}
		}
	}
	x, _ := a.Catalog()
	y, _ := b.Catalog()
	for _, k := range []string{"Outlines", "Names"} {
		if !pdf.Equal(x.Get(k), y.Get(k)) {
			t.Errorf("/%s changed", k)
		}
	}
}

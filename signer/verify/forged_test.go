package verify_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/internal/pdf"
	"trinhky/signer/verify"
)

// paint is a content stream that covers the page.
func paint(u *update) pdf.Ref {
	return u.Add(pdf.Stream(pdf.Dict(), []byte("1 g 0 0 600 850 re f\n")))
}

// form is a drawn appearance.
func look(u *update) pdf.Ref {
	return u.Add(pdf.Stream(pdf.Dict("Type", pdf.Name("XObject"), "Subtype", pdf.Name("Form"),
		"BBox", pdf.Numbers(0, 0, 600, 850)), []byte("1 g 0 0 600 850 re f\n")))
}

// prepared is an unsigned document with a text field, an optional content
// group, and a content array that names an object which does not exist yet.
func prepared(t *testing.T, doc []byte) []byte {
	return forge(t, doc, func(u *update) error {
		field := u.Add(pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("Widget"), "FT", pdf.Name("Tx"),
			"T", pdf.Text("Số"), "V", pdf.Text("12"), "Rect", pdf.Numbers(50, 50, 150, 70), "P", pdf.RefTo(u.page.Ref),
			"AP", pdf.Dict("N", pdf.RefTo(look(u)))))
		ocg := u.Add(pdf.Dict("Type", pdf.Name("OCG"), "Name", pdf.Text("Lớp")))
		if err := u.set(u.doc.RootRef(), "AcroForm", pdf.Dict("Fields", pdf.Array(pdf.RefTo(field)))); err != nil {
			return err
		}
		props := u.Add(pdf.Dict("OCGs", pdf.Array(pdf.RefTo(ocg)), "D", pdf.Dict("OFF", pdf.Array(pdf.RefTo(ocg)))))
		if err := u.set(u.doc.RootRef(), "OCProperties", pdf.RefTo(props)); err != nil {
			return err
		}
		if err := u.add(u.page.Ref, pdf.RefTo(field), "Annots"); err != nil {
			return err
		}
		return u.set(u.page.Ref, "Contents", pdf.Array(u.page.Dict.Get("Contents"), pdf.RefTo(pdf.Ref{Num: 900})))
	})
}

// attack is one forgery on a signed document.
type attack struct {
	name string
	code string // a finding that has to be there
	do   func(u *update) error
}

func attacks(other pdf.Value) []attack {
	fieldOf := func(u *update, n int) (pdf.Ref, pdf.Value, error) {
		f, err := u.doc.Form()
		if err != nil || n >= len(f.Fields) {
			return pdf.Ref{}, pdf.Value{}, fmt.Errorf("no field %d: %w", n, err)
		}
		return f.Fields[n].Ref, f.Fields[n].Dict, nil
	}
	return []attack{
		{"content stream replaced in place", "content-changed-after-signing", func(u *update) error {
			r, _ := u.page.Dict.Get("Contents").At(0).Ref()
			u.Put(r, pdf.Stream(pdf.Dict(), []byte("BT ET")))
			return nil
		}},
		{"content exchanged on the page", "content-changed-after-signing", func(u *update) error {
			return u.set(u.page.Ref, "Contents", pdf.RefTo(paint(u)))
		}},
		{"a dangling reference defined (hide)", "object-defined-later", func(u *update) error {
			u.Put(pdf.Ref{Num: 900}, pdf.Stream(pdf.Dict(), []byte("1 g 0 0 600 850 re f\n")))
			return nil
		}},
		{"resources exchanged", "content-changed-after-signing", func(u *update) error {
			return u.set(u.page.Ref, "Resources", pdf.Dict())
		}},
		{"the page made smaller", "page-changed", func(u *update) error {
			return u.set(u.page.Ref, "CropBox", pdf.Numbers(0, 0, 100, 100))
		}},
		{"a page added", "page-tree-changed", func(u *update) error {
			pages, _ := u.page.Dict.Get("Parent").Ref()
			p := u.Add(pdf.Dict("Type", pdf.Name("Page"), "Parent", pdf.RefTo(pages), "MediaBox", pdf.Numbers(0, 0, 9, 9)))
			return u.add(pages, pdf.RefTo(p), "Kids")
		}},
		{"free text over the page", "annotation-added", func(u *update) error {
			a := u.Add(pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("FreeText"),
				"Rect", pdf.Numbers(0, 0, 600, 850), "AP", pdf.Dict("N", pdf.RefTo(look(u)))))
			return u.add(u.page.Ref, pdf.RefTo(a), "Annots")
		}},
		{"another catalog", "new-root", func(u *update) error { return nil }}, // made below
		{"an action on opening", "catalog-changed", func(u *update) error {
			return u.set(u.doc.RootRef(), "OpenAction", pdf.Dict("S", pdf.Name("JavaScript"), "JS", pdf.Text("app.alert(1)")))
		}},
		{"a hidden layer switched on", "object-changed", func(u *update) error {
			cat, err := u.doc.Catalog()
			if err != nil {
				return err
			}
			r, _ := cat.Get("OCProperties").Ref()
			return u.set(r, "D", pdf.Dict())
		}},
		{"the signature taken out of the form", "field-removed", func(u *update) error {
			return u.Edit(u.doc.RootRef(), []string{"AcroForm", "Fields"}, func(v pdf.Value) (pdf.Value, error) {
				return pdf.Array(v.At(0)), nil
			})
		}},
		{"the value of the signature field exchanged", "", func(u *update) error {
			r, _, err := fieldOf(u, 1)
			if err != nil {
				return err
			}
			return u.set(r, "V", pdf.RefTo(u.Add(other)))
		}},
		{"the signature dictionary overwritten", "", func(u *update) error {
			_, d, err := fieldOf(u, 1)
			if err != nil {
				return err
			}
			r, _ := d.Get("V").Ref()
			return u.set(r, "M", pdf.Text("D:20200101000000Z"))
		}},
		{"the signature's look exchanged", "field-changed", func(u *update) error {
			r, _, err := fieldOf(u, 1)
			if err != nil {
				return err
			}
			return u.set(r, "AP", pdf.Dict("N", pdf.RefTo(look(u))))
		}},
		{"the look of a filled field exchanged", "field-changed", func(u *update) error {
			r, _, err := fieldOf(u, 0)
			if err != nil {
				return err
			}
			other := u.Add(pdf.Stream(pdf.Dict("Subtype", pdf.Name("Form"), "BBox", pdf.Numbers(0, 0, 9, 9)), []byte("0 g")))
			return u.set(r, "AP", pdf.Dict("N", pdf.RefTo(other)))
		}},
		{"the look of a filled field overwritten in place", "", func(u *update) error {
			_, d, err := fieldOf(u, 0)
			if err != nil {
				return err
			}
			r, _ := d.Get("AP").Get("N").Ref()
			u.Put(r, pdf.Stream(pdf.Dict("Subtype", pdf.Name("Form"), "BBox", pdf.Numbers(0, 0, 9, 9)), []byte("0 g 0 0 9 9 re f")))
			return nil
		}},
		{"a field moved", "field-changed", func(u *update) error {
			r, _, err := fieldOf(u, 0)
			if err != nil {
				return err
			}
			return u.set(r, "Rect", pdf.Numbers(300, 300, 500, 400))
		}},
		{"a text field added", "field-added", func(u *update) error {
			f := u.Add(pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("Widget"), "FT", pdf.Name("Tx"),
				"T", pdf.Text("Mới"), "V", pdf.Text("giả"), "Rect", pdf.Numbers(0, 0, 600, 850), "P", pdf.RefTo(u.page.Ref)))
			if err := u.add(u.doc.RootRef(), pdf.RefTo(f), "AcroForm", "Fields"); err != nil {
				return err
			}
			return u.add(u.page.Ref, pdf.RefTo(f), "Annots")
		}},
		{"a broken second signature with a look (SSA)", "signature-added-broken", func(u *update) error {
			f := u.Add(pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("Widget"), "FT", pdf.Name("Sig"),
				"T", pdf.Text("Thứ hai"), "V", pdf.RefTo(u.Add(other)), "Rect", pdf.Numbers(0, 0, 600, 850),
				"P", pdf.RefTo(u.page.Ref), "AP", pdf.Dict("N", pdf.RefTo(look(u)))))
			if err := u.add(u.doc.RootRef(), pdf.RefTo(f), "AcroForm", "Fields"); err != nil {
				return err
			}
			return u.add(u.page.Ref, pdf.RefTo(f), "Annots")
		}},
		{"an empty signature field that shows something", "field-added", func(u *update) error {
			f := u.Add(pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("Widget"), "FT", pdf.Name("Sig"),
				"T", pdf.Text("Trống"), "Rect", pdf.Numbers(0, 0, 600, 850), "P", pdf.RefTo(u.page.Ref),
				"AP", pdf.Dict("N", pdf.RefTo(look(u)))))
			if err := u.add(u.doc.RootRef(), pdf.RefTo(f), "AcroForm", "Fields"); err != nil {
				return err
			}
			return u.add(u.page.Ref, pdf.RefTo(f), "Annots")
		}},
		{"the same field defined again", "", func(u *update) error {
			_, d, err := fieldOf(u, 1)
			if err != nil {
				return err
			}
			return u.add(u.doc.RootRef(), pdf.RefTo(u.Add(pdf.Dict("FT", pdf.Name("Sig"), "T", d.Get("T"), "V", d.Get("V")))), "AcroForm", "Fields")
		}},
		{"content hidden behind the DSS", "", func(u *update) error {
			// The page's own content array becomes part of the DSS and is changed there.
			r, _ := u.page.Dict.Get("Contents").At(0).Ref()
			u.Put(r, pdf.Stream(pdf.Dict(), []byte("BT ET")))
			return u.set(u.doc.RootRef(), "DSS", pdf.Dict("Certs", pdf.Array(pdf.RefTo(r))))
		}},
	}
}

func TestForged(t *testing.T) {
	b := newBench(t)
	signed := b.sign(t, prepared(t, b.letter(t)), b.Leader, func(r *signer.Request) {
		r.Field = signer.SignatureField{Name: "Lãnh đạo", Rect: geom.Rect{X0: 300, Y0: 100, X1: 500, Y1: 180}}
	})
	if r := b.verify(t, signed, b.options()); r.Verdict != verify.Valid {
		show(t, r)
		t.Fatal("the honest document is not valid")
	}
	fake := pdf.Dict("Type", pdf.Name("Sig"), "Filter", pdf.Name("Adobe.PPKLite"), "SubFilter", pdf.Name("ETSI.CAdES.detached"),
		"ByteRange", pdf.Array(pdf.Int(0), pdf.Int(10), pdf.Int(20), pdf.Int(10)), "Contents", pdf.PlainBytes([]byte{0x30, 0}))
	for _, a := range attacks(fake) {
		t.Run(a.name, func(t *testing.T) {
			doc := forge(t, signed, a.do)
			if a.code == "new-root" {
				doc = newRoot(t, signed)
			}
			refused(t, b, doc, a.code)
		})
	}
}

// newRoot appends a second catalog and has the trailer name it.
func newRoot(t *testing.T, doc []byte) []byte {
	t.Helper()
	out := forge(t, doc, func(u *update) error {
		cat, err := u.doc.Catalog()
		if err != nil {
			return err
		}
		u.Add(cat.With("PageLayout", pdf.Name("SinglePage")))
		return nil
	})
	d, err := pdf.Open(bytes.NewReader(doc), int64(len(doc)), pdf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tail := string(out[len(doc):])
	was := fmt.Sprintf("/Root %d 0 R", d.RootRef().Num)
	if strings.Count(tail, was) != 1 {
		t.Fatalf("the trailer was not found in %q", tail)
	}
	return append(bytes.Clone(doc), strings.Replace(tail, was, fmt.Sprintf("/Root %d 0 R", d.HighestObject()+1), 1)...)
}

// refused makes sure that a forged document is invalid, with the finding.
func refused(t *testing.T, b *bench, doc []byte, code string) {
	t.Helper()
	r := b.verify(t, doc, b.options())
	got := false
	for _, s := range r.Signatures {
		for _, f := range s.Findings {
			got = got || f.Code == code
		}
	}
	if r.Verdict != verify.Invalid || code != "" && !got {
		show(t, r)
		t.Errorf("want invalid with %q", code)
	}
}

// TestForgedBytes forges with the bytes themselves.
func TestForgedBytes(t *testing.T) {
	b := newBench(t)
	first := b.letter(t)
	signed := b.sign(t, first, b.Leader, nil)
	r := b.verify(t, signed, b.options())
	br := r.Signatures[0].ByteRange
	hole := func(doc []byte) []byte { return doc[br[1]:br[2]] }
	edit := func(f func(doc []byte) []byte) []byte { return f(bytes.Clone(signed)) }
	root := regexp.MustCompile(`/Root \d+ 0 R`).Find(signed)
	startxref := func(doc []byte) int { return bytes.LastIndex(doc, []byte("startxref")) }
	for _, c := range []struct {
		name, code string
		doc        []byte
	}{
		{"a byte of the content", "content-digest-mismatch", edit(func(d []byte) []byte { d[br[1]/2] ^= 1; return d })},
		{"zeros for /Contents", "contents-missing", edit(func(d []byte) []byte {
			h := hole(d)
			copy(h[1:len(h)-1], bytes.Repeat([]byte("0"), len(h)-2))
			return d
		})},
		{"something behind the signature in the hole", "contents-padding", edit(func(d []byte) []byte {
			h := hole(d)
			copy(h[len(h)-5:], "DEAD>")
			return d
		})},
		{"something else in the gap", "", edit(func(d []byte) []byte {
			h := hole(d)
			copy(h[len(h)-8:], ">/X(ab) ")
			return d
		})},
		{"bytes behind the end", "unsigned-bytes", append(bytes.Clone(signed), "3 0 obj\n<<>>\nendobj\n"...)},
		{"objects without a cross-reference table", "unsigned-bytes", append(bytes.Clone(signed),
			fmt.Sprintf("3 0 obj\n<<>>\nendobj\ntrailer\n<<%s/Size 50>>\nstartxref\n%d\n%%%%EOF\n", root, 1<<30)...)},
		{"objects with the old startxref", "unsigned-bytes", append(append(bytes.Clone(signed), "3 0 obj\n<<>>\nendobj\n"...), signed[startxref(signed):]...)},
		{"the byte range cut short", "", edit(func(d []byte) []byte {
			s := fmt.Sprintf("%d]", br[3])
			i := bytes.LastIndex(d, []byte("/ByteRange"))
			j := i + bytes.Index(d[i:], []byte(s[:len(s)-1]))
			copy(d[j:], fmt.Sprintf("%0*d", len(s)-1, br[3]/2))
			return d
		})},
		{"the byte range taken away", "byte-range-malformed", bytes.Replace(signed, []byte("/ByteRange"), []byte("/ByteRxnge"), 1)},
		{"/Contents taken away", "contents-missing", bytes.Replace(signed, []byte("/Contents <"), []byte("/Cxntents <"), 1)},
	} {
		t.Run(c.name, func(t *testing.T) { refused(t, b, c.doc, c.code) })
	}
}

// TestCertified forges documents whose certification allows more than usual,
// or whose signature locks fields.
func TestCertified(t *testing.T) {
	b := newBench(t)
	base := prepared(t, b.letter(t))
	certified := func(c signer.Certification) []byte {
		return b.sign(t, base, b.Leader, func(r *signer.Request) { r.Certify = c })
	}
	annotation := func(doc []byte, subtype string) []byte {
		return forge(t, doc, func(u *update) error {
			a := u.Add(pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name(subtype), "Rect", pdf.Numbers(10, 10, 30, 30),
				"Contents", pdf.Text("ghi chú")))
			return u.add(u.page.Ref, pdf.RefTo(a), "Annots")
		})
	}
	fill := func(doc []byte) []byte {
		return forge(t, doc, func(u *update) error {
			f, err := u.doc.Form()
			if err != nil {
				return err
			}
			return u.Edit(f.Fields[0].Ref, nil, func(v pdf.Value) (pdf.Value, error) {
				return v.With("V", pdf.Text("13")).With("AP", pdf.Dict("N", pdf.RefTo(look(u)))), nil
			})
		})
	}
	forms, annots := certified(signer.CertifyForms), certified(signer.CertifyAnnotations)
	plain := b.sign(t, base, b.Leader, nil)
	for _, c := range []struct {
		name string
		doc  []byte
		want verify.Verdict
	}{
		{"certified", forms, verify.Valid},
		{"certified for forms, filled in", fill(forms), verify.Valid},
		{"certified for forms, signed again", b.sign(t, forms, b.Agency, nil), verify.Valid},
		{"certified for forms, a note", annotation(forms, "Text"), verify.Invalid},
		{"certified for annotations, a note", annotation(annots, "Text"), verify.Valid},
		{"certified for annotations, free text (EAA)", annotation(annots, "FreeText"), verify.Invalid},
		{"certified for annotations, a stamp (EAA)", annotation(annots, "Stamp"), verify.Invalid},
		{"not certified, filled in", fill(plain), verify.Valid},
		{"not certified, a note", annotation(plain, "Text"), verify.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			if r := b.verify(t, c.doc, b.options()); r.Verdict != c.want {
				show(t, r)
				t.Errorf("want %v", c.want)
			}
		})
	}
}

// TestHiddenRevision: a last revision that builds upon the unsigned document.
func TestHiddenRevision(t *testing.T) {
	b := newBench(t)
	unsigned := b.letter(t)
	signed := b.sign(t, unsigned, b.Leader, nil)
	d, err := pdf.Open(bytes.NewReader(signed), int64(len(signed)), pdf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	later := forge(t, signed, func(u *update) error { u.Put(u.page.Ref, u.page.Dict); return nil })
	was := fmt.Sprintf("/Prev %d", d.Sections()[0])
	is := fmt.Sprintf("/Prev %0*d", len(was)-len("/Prev "), d.Sections()[1])
	tail := strings.Replace(string(later[len(signed):]), was, is, 1)
	refused(t, b, append(bytes.Clone(signed), tail...), "revision-hidden")
}

// TestManySignatures: a form full of copies of one signature is refused early.
func TestManySignatures(t *testing.T) {
	b := newBench(t)
	signed := b.sign(t, b.letter(t), b.Leader, nil)
	doc := forge(t, signed, func(u *update) error {
		f, err := u.doc.Form()
		if err != nil {
			return err
		}
		return u.Edit(u.doc.RootRef(), []string{"AcroForm", "Fields"}, func(v pdf.Value) (pdf.Value, error) {
			for i := range 1000 {
				v = v.Append(pdf.RefTo(u.Add(pdf.Dict("FT", pdf.Name("Sig"), "T", pdf.Text(fmt.Sprint(i)), "V", f.Fields[0].V))))
			}
			return v, nil
		})
	})
	_, err := verify.File(context.Background(), b.write(t, doc), b.options())
	if _, ok := errors.AsType[*signer.UnreadableError](err); !ok {
		t.Errorf("%v", err)
	}
}

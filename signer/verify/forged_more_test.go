package verify_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/internal/pdf"
	"trinhky/signer/verify"
)

const xmp = `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"></x:xmpmeta>`

// tagged is an unsigned document with metadata, a logical structure, an
// invisible object that nobody needs, and the text field of prepared.
func tagged(t *testing.T, doc []byte) []byte {
	return forge(t, prepared(t, doc), func(u *update) error {
		root, element := u.Alloc(), u.Alloc()
		u.Put(element, pdf.Dict("Type", pdf.Name("StructElem"), "S", pdf.Name("Document"), "P", pdf.RefTo(root), "K", pdf.Array(pdf.Int(0))))
		u.Put(root, pdf.Dict("Type", pdf.Name("StructTreeRoot"), "K", pdf.Array(pdf.RefTo(element)),
			"ParentTree", pdf.Dict("Nums", pdf.Array(pdf.Int(0), pdf.Array(pdf.RefTo(element)))), "ParentTreeNextKey", pdf.Int(1)))
		for key, v := range map[string]pdf.Value{
			"Metadata":       pdf.RefTo(u.Add(pdf.Stream(pdf.Dict("Type", pdf.Name("Metadata"), "Subtype", pdf.Name("XML")), []byte(xmp)))),
			"StructTreeRoot": pdf.RefTo(root),
			"Bleh":           pdf.RefTo(u.Add(pdf.Text("Xin chào"))),
			"DSS":            pdf.Dict("Certs", pdf.Array()),
		} {
			if err := u.set(u.doc.RootRef(), key, v); err != nil {
				return err
			}
		}
		return nil
	})
}

// rootEntry is the object that an entry of the catalog refers to.
func (u *update) rootEntry(key string) pdf.Ref {
	cat, err := u.doc.Catalog()
	if err != nil {
		return pdf.Ref{}
	}
	r, _ := cat.Get(key).Ref()
	return r
}

func (u *update) setRoot(key string, v pdf.Value) error { return u.set(u.doc.RootRef(), key, v) }

// element adds a structure element of the given kids to the tree.
func (u *update) element(kids pdf.Value, more ...any) error {
	root := u.rootEntry("StructTreeRoot")
	e := u.Add(pdf.Dict(append([]any{"Type", pdf.Name("StructElem"), "S", pdf.Name("Form"), "P", pdf.RefTo(root), "K", kids}, more...)...))
	if err := u.add(root, pdf.RefTo(e), "K"); err != nil {
		return err
	}
	return u.set(root, "ParentTreeNextKey", pdf.Int(2))
}

func field(u *update) pdf.Ref {
	f, err := u.doc.Form()
	if err != nil || len(f.Fields) == 0 {
		return pdf.Ref{}
	}
	return f.Fields[0].Ref
}

// TestCatalogRules: what may be done to metadata, evidence and structure, and
// what may not.
func TestCatalogRules(t *testing.T) {
	b := newBench(t)
	signed := b.sign(t, tagged(t, b.letter(t)), b.Leader, nil)
	text := func(s string) pdf.Value { return pdf.Stream(pdf.Dict(), []byte(s)) }
	for _, c := range []struct {
		name   string
		honest bool
		do     func(u *update) error
	}{
		{"metadata written anew", true, func(u *update) error { return u.setRoot("Metadata", pdf.RefTo(u.Add(text(xmp)))) }},
		{"metadata overwritten", true, func(u *update) error { u.Put(u.rootEntry("Metadata"), text("<a>b</a>")); return nil }},
		{"metadata that is none", false, func(u *update) error { return u.setRoot("Metadata", pdf.RefTo(u.Add(text("This is bogus")))) }},
		{"metadata overwritten with nonsense", false, func(u *update) error { u.Put(u.rootEntry("Metadata"), text("BT ET")); return nil }},
		{"metadata taken away", false, func(u *update) error { return u.setRoot("Metadata", pdf.Value{}) }},
		{"metadata as a reference to nothing", false, func(u *update) error { return u.setRoot("Metadata", pdf.RefTo(u.Add(pdf.Value{}))) }},
		{"evidence added", true, func(u *update) error {
			s := pdf.RefTo(u.Add(text("x")))
			return u.setRoot("DSS", pdf.Dict("Certs", pdf.Array(s), "VRI", pdf.Dict(strings.Repeat("A", 40),
				pdf.Dict("Cert", pdf.Array(s), "TU", pdf.Text("D:20260101")))))
		}},
		{"evidence that is a text", false, func(u *update) error { return u.setRoot("DSS", pdf.Text("Hi there")) }},
		{"evidence with something else in it", false, func(u *update) error { return u.setRoot("DSS", pdf.Dict("Blah", pdf.Int(1))) }},
		{"evidence in a place of other things", false, func(u *update) error {
			u.Put(u.rootEntry("Bleh"), pdf.Dict("Certs", pdf.Array()))
			return u.setRoot("DSS", pdf.RefTo(u.rootEntry("Bleh")))
		}},
		{"evidence per signature that is a text", false, func(u *update) error {
			return u.setRoot("DSS", pdf.Dict("VRI", pdf.Dict(strings.Repeat("A", 40), pdf.Dict("OCSP", pdf.Text("x")))))
		}},
		{"a developer extension", true, func(u *update) error {
			return u.setRoot("Extensions", pdf.Dict("ESIC", pdf.Dict("BaseVersion", pdf.Name("1.7"), "ExtensionLevel", pdf.Int(5))))
		}},
		{"an extension that is a text", false, func(u *update) error { return u.setRoot("Extensions", pdf.Text("x")) }},
		{"an element for a widget", true, func(u *update) error {
			return u.element(pdf.Dict("Type", pdf.Name("OBJR"), "Obj", pdf.RefTo(field(u)), "Pg", pdf.RefTo(u.page.Ref)))
		}},
		{"an element that claims content", false, func(u *update) error { return u.element(pdf.Int(0)) }},
		{"an element that is read out", false, func(u *update) error { return u.element(pdf.Array(), "ActualText", pdf.Text("khác")) }},
		{"an element read out in place of the page", false, func(u *update) error {
			v, err := u.Get(u.rootEntry("StructTreeRoot"))
			if err != nil {
				return err
			}
			r, _ := v.Get("K").At(0).Ref()
			return u.set(r, "ActualText", pdf.Text("khác"))
		}},
		{"an orphaned object", true, func(u *update) error { u.Add(pdf.Text("Hello there")); return nil }},
		{"an entry in the catalog", false, func(u *update) error { return u.setRoot("Blah", pdf.RefTo(u.Add(pdf.Text("x")))) }},
		{"kids that are a name", false, func(u *update) error { return u.set(field(u), "Kids", pdf.Name("Test")) }},
		{"kids that are none", false, func(u *update) error { return u.set(field(u), "Kids", pdf.Array()) }},
		{"kids that are null", false, func(u *update) error { return u.set(field(u), "Kids", pdf.Array(pdf.RefTo(u.Add(pdf.Value{})))) }},
		{"a text field that becomes a signature field", false, func(u *update) error { return u.set(field(u), "FT", pdf.Name("Sig")) }},
		{"a field with another name", false, func(u *update) error { return u.set(field(u), "T", pdf.Text("Khác")) }},
		{"a stream in place of a dictionary", false, func(u *update) error {
			u.Put(u.rootEntry("StructTreeRoot"), text("x"))
			return nil
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.verify(t, forge(t, signed, c.do), b.options())
			last := r.Signatures[len(r.Signatures)-1]
			if c.honest != (r.Verdict == verify.Valid) || !last.Intact || c.honest == (last.Changes == verify.ChangesSuspicious) {
				show(t, r)
				t.Errorf("honest: %v", c.honest)
			}
		})
	}
}

// TestChangedBack: what was shown in between was never signed.
func TestChangedBack(t *testing.T) {
	b := newBench(t)
	signed := b.sign(t, prepared(t, b.letter(t)), b.Leader, nil)
	was := func(u *update) pdf.Value { return u.page.Dict.Get("Contents") }
	var old pdf.Value
	changed := forge(t, signed, func(u *update) error {
		old = was(u)
		return u.set(u.page.Ref, "Contents", pdf.RefTo(paint(u)))
	})
	back := forge(t, changed, func(u *update) error { return u.set(u.page.Ref, "Contents", old) })
	refused(t, b, back, "content-changed-after-signing")
	refused(t, b, b.sign(t, back, b.Agency, nil), "content-changed-after-signing")
}

// TestCertifiedMore: what a certification allows: signing what is there, notes
// where they are allowed, and no more ("evil annotation" and "sneaky signature"
// attacks).
func TestCertifiedMore(t *testing.T) {
	b := newBench(t)
	rect := geom.Rect{X0: 300, Y0: 300, X1: 420, Y1: 360}
	base := forge(t, prepared(t, b.letter(t)), func(u *update) error {
		f := u.Add(pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("Widget"), "FT", pdf.Name("Sig"), "T", pdf.Text("Văn thư"),
			"Rect", pdf.Numbers(300, 300, 420, 360), "P", pdf.RefTo(u.page.Ref)))
		note := u.Add(pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("Text"), "Rect", pdf.Numbers(10, 10, 30, 30), "Contents", pdf.Text("cũ")))
		free := u.Add(pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("FreeText"), "Rect", pdf.Numbers(40, 10, 90, 30), "Contents", pdf.Text("cũ")))
		for _, a := range []pdf.Ref{f, note, free} {
			if err := u.add(u.page.Ref, pdf.RefTo(a), "Annots"); err != nil {
				return err
			}
		}
		return u.add(u.doc.RootRef(), pdf.RefTo(f), "AcroForm", "Fields")
	})
	certify := func(c signer.Certification) []byte {
		return b.sign(t, base, b.Leader, func(r *signer.Request) { r.Certify = c })
	}
	forms, annots := certify(signer.CertifyForms), certify(signer.CertifyAnnotations)
	note := func(n int) func(u *update) pdf.Ref {
		return func(u *update) pdf.Ref { r, _ := u.page.Dict.Get("Annots").At(n).Ref(); return r }
	}
	comment, free := note(2), note(3)
	add := func(pairs ...any) func(u *update) error {
		return func(u *update) error {
			look := u.Add(pdf.Stream(pdf.Dict("Subtype", pdf.Name("Form"), "BBox", pdf.Numbers(0, 0, 9, 9)), []byte("BT /F1 9 Tf (x) Tj ET")))
			a := u.Add(pdf.Dict(append([]any{"Type", pdf.Name("Annot"), "AP", pdf.Dict("N", pdf.RefTo(look))}, pairs...)...))
			return u.add(u.page.Ref, pdf.RefTo(a), "Annots")
		}
	}
	gone := func(n int) func(u *update) error {
		return func(u *update) error {
			return u.Edit(u.page.Ref, []string{"Annots"}, func(v pdf.Value) (pdf.Value, error) {
				var keep []pdf.Value
				for i, x := range v.Items() {
					if i != n {
						keep = append(keep, x)
					}
				}
				return pdf.Array(keep...), nil
			})
		}
	}
	visible := func(r *signer.Request) { r.Field = signer.SignatureField{Name: "Mới", Rect: rect} }
	for _, c := range []struct {
		name   string
		honest bool
		doc    []byte
	}{
		{"a visible field of somebody trusted", true, b.sign(t, forms, b.Agency, visible)},
		{"a visible empty field", false, forge(t, forms, func(u *update) error {
			f := u.Add(pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("Widget"), "FT", pdf.Name("Sig"), "T", pdf.Text("Trống"),
				"Rect", pdf.Numbers(0, 0, 90, 90), "P", pdf.RefTo(u.page.Ref)))
			if err := u.add(u.page.Ref, pdf.RefTo(f), "Annots"); err != nil {
				return err
			}
			return u.add(u.doc.RootRef(), pdf.RefTo(f), "AcroForm", "Fields")
		})},
		{"the field that is there", true, b.sign(t, forms, b.Agency, func(r *signer.Request) { r.Field.Name = "Văn thư" })},
		{"an invisible field", true, b.sign(t, forms, b.Agency, nil)},
		{"a note changed", true, forge(t, annots, func(u *update) error { return u.set(comment(u), "Contents", pdf.Text("mới")) })},
		{"a note taken away", true, forge(t, annots, gone(2))},
		{"a note changed, forms only", false, forge(t, forms, func(u *update) error { return u.set(comment(u), "Contents", pdf.Text("mới")) })},
		{"a note taken away, forms only", false, forge(t, forms, gone(2))},
		{"free text changed (EAA)", false, forge(t, annots, func(u *update) error { return u.set(free(u), "Contents", pdf.Text("mới")) })},
		{"free text taken away", false, forge(t, annots, gone(3))},
		{"a note that becomes free text", false, forge(t, annots, func(u *update) error { return u.set(comment(u), "Subtype", pdf.Name("FreeText")) })},
		{"a note as large as a page", false, forge(t, annots, add("Subtype", pdf.Name("Text"), "Rect", pdf.Numbers(0, 0, 600, 850)))},
		{"a highlight that writes", false, forge(t, annots, add("Subtype", pdf.Name("Highlight"), "Rect", pdf.Numbers(0, 0, 60, 20)))},
		{"a link that runs a script", false, forge(t, annots, func(u *update) error {
			a := u.Add(pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("Link"), "Rect", pdf.Numbers(0, 0, 9, 9),
				"A", pdf.Dict("S", pdf.Name("JavaScript"), "JS", pdf.Text("1"))))
			return u.add(u.page.Ref, pdf.RefTo(a), "Annots")
		})},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.verify(t, c.doc, b.options())
			if c.honest != (r.Verdict == verify.Valid) || c.honest == (r.Signatures[0].Changes == verify.ChangesSuspicious) {
				show(t, r)
				t.Errorf("honest: %v", c.honest)
			}
		})
	}
}

// TestSneakySignature: a visible field of a stranger on a certified document.
func TestSneakySignature(t *testing.T) {
	b := newBench(t)
	for _, c := range []signer.Certification{signer.CertifyForms, signer.CertifyAnnotations} {
		doc := b.sign(t, prepared(t, b.letter(t)), b.Leader, func(r *signer.Request) { r.Certify = c })
		doc = b.sign(t, doc, b.Agency, func(r *signer.Request) {
			r.Field = signer.SignatureField{Name: "Lạ", Rect: geom.Rect{X0: 300, Y0: 300, X1: 420, Y1: 360}}
		})
		o := b.options()
		o.Roots = nil
		if r := b.verify(t, doc, o); r.Verdict != verify.Invalid || r.Signatures[0].Changes != verify.ChangesSuspicious {
			show(t, r)
			t.Error("a stranger's look on a certified document is allowed")
		}
	}
}

// TestForgedTables forges with cross-reference tables of its own: an object
// freed, and an object exchanged through the stream of a hybrid table.
func TestForgedTables(t *testing.T) {
	b := newBench(t)
	signed := b.sign(t, prepared(t, b.letter(t)), b.Leader, nil)
	d, err := pdf.Open(bytes.NewReader(signed), int64(len(signed)), pdf.Options{})
	if err != nil {
		t.Fatal(err)
	}
	page, err := d.Page(0)
	if err != nil {
		t.Fatal(err)
	}
	victim, _ := page.Dict.Get("Contents").At(0).Ref()
	tail := func(body, table, more string) []byte {
		out := append(bytes.Clone(signed), body...)
		at := len(out)
		return fmt.Appendf(out, "%strailer\n<</Root %d 0 R/Size %d/Prev %d%s>>\nstartxref\n%d\n%%%%EOF\n",
			table, d.RootRef().Num, d.HighestObject()+3, d.Sections()[0], more, at)
	}
	free := tail("", fmt.Sprintf("xref\n0 1\n0000000000 65535 f \n%d 1\n0000000000 00001 f \n", victim.Num), "")
	refused(t, b, free, "object-removed")

	object := fmt.Sprintf("%d 0 obj\n<</Length 5>>stream\nBT ET\nendstream\nendobj\n", victim.Num)
	own := d.HighestObject() + 2
	data := []byte{1, byte(len(signed) >> 24), byte(len(signed) >> 16), byte(len(signed) >> 8), byte(len(signed)), 0}
	stream := fmt.Sprintf("%d 0 obj\n<</Type/XRef/W[1 4 1]/Index[%d 1]/Size %d/Length %d>>stream\n%s\nendstream\nendobj\n",
		own, victim.Num, own+1, len(data), data)
	hybrid := tail(object+stream, "xref\n0 1\n0000000000 65535 f \n", fmt.Sprintf("/XRefStm %d", len(signed)+len(object)))
	refused(t, b, hybrid, "content-changed-after-signing")
}

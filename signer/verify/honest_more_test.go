package verify_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/internal/pdf"
	"trinhky/signer/verify"
)

// TestHonestLife is the whole life of a document: named empty fields, initials,
// the leader's signature, the seal, evidence, archive timestamps and their
// renewal. Nobody is ever blamed for what came later.
func TestHonestLife(t *testing.T) {
	b := newBench(t)
	base := forge(t, b.letter(t), func(u *update) error {
		var fields []pdf.Value
		for i, name := range []string{"initials", "leader", "seal"} {
			x := float64(100 + 120*i)
			f := u.Add(pdf.Dict("Type", pdf.Name("Annot"), "Subtype", pdf.Name("Widget"), "FT", pdf.Name("Sig"), "T", pdf.Text(name), "F", pdf.Int(4),
				"Rect", pdf.Numbers(x, 100, x+100, 160), "P", pdf.RefTo(u.page.Ref), "Lock", pdf.Dict("Action", pdf.Name("Include"), "Fields", pdf.Array(pdf.Text("Số")))))
			fields = append(fields, pdf.RefTo(f))
			if err := u.add(u.page.Ref, pdf.RefTo(f), "Annots"); err != nil {
				return err
			}
		}
		return u.set(u.doc.RootRef(), "AcroForm", pdf.Dict("Fields", pdf.Array(fields...), "SigFlags", pdf.Int(1)))
	})
	p := &signer.Pipeline{TSA: b.authority, Evidence: lists{b}}
	path := b.write(t, base)
	step := func(name string, r signer.Request) {
		t.Helper()
		r.Input, r.Output, r.Chain = path, filepath.Join(b.dir, name+".pdf"), b.Chain()
		key := b.Leader.Key
		if r.Certificate = b.Leader.Certificate; name == "seal" {
			r.Certificate, key = b.Agency.Certificate, b.Agency.Key
		}
		if _, err := p.Sign(context.Background(), r, softKey{key}, nil); err != nil {
			t.Fatal(name, err)
		}
		path = r.Output
	}
	step("initials", signer.Request{Field: signer.SignatureField{Name: "initials"}})
	step("leader", signer.Request{Field: signer.SignatureField{Name: "leader"}, Level: signer.LevelT})
	step("seal", signer.Request{Field: signer.SignatureField{Name: "seal"}, Level: signer.LevelLT})
	for i := range 2 {
		out := filepath.Join(b.dir, "archive"+string(rune('0'+i))+".pdf")
		if _, err := p.Augment(context.Background(), signer.Augmentation{Input: path, Output: out, Level: signer.LevelLTA}, nil); err != nil {
			t.Fatal(err)
		}
		path = out
	}
	r, err := verify.File(context.Background(), path, b.options())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Signatures {
		if s.Verdict != verify.Valid || s.Changes == verify.ChangesSuspicious {
			t.Errorf("signature %d: %v, %v", s.N, s.Verdict, s.Changes)
		}
	}
	if len(r.Signatures) < 5 || r.Verdict != verify.Valid {
		t.Errorf("%d signatures, %v", len(r.Signatures), r.Verdict)
	}
	if t.Failed() {
		show(t, r)
	}
}

// TestHonestShapes: documents of every shape that writers give them are signed
// twice, the second time visibly.
func TestHonestShapes(t *testing.T) {
	qpdf, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("qpdf is not installed")
	}
	b := newBench(t)
	in := b.write(t, b.letter(t))
	for name, args := range map[string][]string{
		"linearised":                    {"--linearize"},
		"linearised, object streams":    {"--linearize", "--object-streams=generate"},
		"object streams":                {"--object-streams=generate"},
		"PDF 2.0":                       {"--force-version=2.0"},
		"normalised, no object streams": {"--object-streams=disable", "--normalize-content=y"},
	} {
		t.Run(name, func(t *testing.T) {
			shaped := filepath.Join(b.dir, "shaped.pdf")
			if out, err := exec.Command(qpdf, append(args, in, shaped)...).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			data, err := os.ReadFile(shaped)
			if err != nil {
				t.Fatal(err)
			}
			twice := b.sign(t, b.sign(t, data, b.Leader, nil), b.Agency, func(r *signer.Request) {
				r.Field = signer.SignatureField{Name: "Dấu", Rect: geom.Rect{X0: 10, Y0: 10, X1: 90, Y1: 60}}
			})
			if r := b.verify(t, twice, b.options()); r.Verdict != verify.Valid || len(r.Signatures) != 2 || r.Signatures[0].Changes != verify.ChangesAllowed {
				show(t, r)
				t.Error("honest signatures are not valid")
			}
		})
	}
}

// TestIndirectContents: /Contents and /ByteRange may be objects of their own, if
// the gap is exactly that string.
func TestIndirectContents(t *testing.T) {
	b := newBench(t)
	doc := b.sign(t, b.letter(t), b.Leader, nil)
	r := b.verify(t, doc, b.options())
	if r.Verdict != verify.Valid {
		t.Fatal("the honest document is not valid")
	}
	// The same signature dictionary with its /Contents elsewhere: the byte range
	// does not fit any more.
	forged := forge(t, doc, func(u *update) error {
		f, err := u.doc.Form()
		if err != nil {
			return err
		}
		ref, _ := f.Fields[len(f.Fields)-1].V.Ref()
		v, err := u.Get(ref)
		if err != nil {
			return err
		}
		s, _ := v.Get("Contents").Str()
		return u.set(ref, "Contents", pdf.RefTo(u.Add(pdf.PlainBytes([]byte(s)))))
	})
	if r := b.verify(t, forged, b.options()); r.Verdict != verify.Invalid {
		show(t, r)
		t.Error("a signature whose /Contents was moved is not invalid")
	}
	if bytes.Equal(doc, forged) {
		t.Error("nothing was forged")
	}
}

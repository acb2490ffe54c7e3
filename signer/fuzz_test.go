package signer_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/internal/pdf"
)

// FuzzPrepare lays a signature into hostile documents: no panic, an end within
// bounds, and what it accepts can be read again with the field in it.
func FuzzPrepare(f *testing.F) {
	_, cert := fixedKey(f)
	f.Add(plain("/MediaBox[0 0 300 200]", ""), "")
	f.Add(form("ky", "/Lock<</Action/Include/Fields[(ten)]>>/SV<</Ff 2/SubFilter[/X]>>"), "ky")
	f.Add(form("ky", "/AP<</N<<>>>>/MK<</R 90>>"), "ky")
	f.Add(plain("/Annots 99 0 R", "/AcroForm 98 0 R"), "ten")
	f.Add(plain("/Annots[6 0 R]", "/AcroForm<</Fields[5 0 R]>>", "<</T(a)/Kids[6 0 R 5 0 R]>>", "<</FT/Sig/T(b)/Parent 5 0 R>>"), "a.b")
	dir := f.TempDir()
	in := filepath.Join(dir, "in.pdf")
	p := &signer.Pipeline{Now: func() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }}
	f.Fuzz(func(t *testing.T, data []byte, field string) {
		if err := os.WriteFile(in, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _ = signer.Inspect(context.Background(), in, nil)
		d, err := p.Prepare(context.Background(), signer.Request{
			Input: in, Output: filepath.Join(dir, "out.pdf"), Certificate: cert,
			Field:      signer.SignatureField{Name: field, Rect: geom.Rect{X0: 10, Y0: 10, X1: 100, Y1: 50}},
			Appearance: &signer.Appearance{Size: geom.Size{W: 90, H: 40}},
		})
		if err != nil {
			return
		}
		signed := append(bytes.Clone(data), d.Increment...)
		doc, err := pdf.Open(bytes.NewReader(signed), int64(len(signed)), pdf.Options{})
		if err != nil {
			t.Fatalf("what was laid out cannot be read: %v", err)
		}
		fields, err := doc.Form()
		if err != nil {
			t.Fatalf("the form cannot be read: %v", err)
		}
		if got, ok := fields.Field(d.Field); !ok || !got.Signed() {
			t.Fatalf("no signed field %q", d.Field)
		}
	})
}

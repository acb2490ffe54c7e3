package signer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/text/unicode/norm"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/validators"
)

// form is a document with a text field, an empty signature field (with more
// entries) on the page, and a direct link annotation.
func form(name, field string) []byte {
	return plain("/MediaBox[0 0 300 200]/Annots[<</Type/Annot/Subtype/Link/Rect[1 1 9 9]/Border[0 0 0]>> 6 0 R 7 0 R]",
		"/AcroForm 5 0 R",
		"<</Fields[6 0 R 7 0 R]/DA(/Helv 0 Tf 0 g)/DR<</Font<<>>>>/NeedAppearances false>>",
		"<</Type/Annot/Subtype/Widget/FT/Tx/T(ten)/V(Nguy\\352n)/Rect[10 10 90 30]/P 3 0 R>>",
		"<</Type/Annot/Subtype/Widget/FT/Sig/T("+name+")/Rect[100 50 280 120]/P 3 0 R/F 4 "+field+">>", "2")
}

func TestExistingField(t *testing.T) {
	b := newBench(t, pki.P256)
	in := b.write(t, "in.pdf", form("Lanh dao", "/AP<</N<<>>>>"))
	info, err := signer.Inspect(t.Context(), in, nil)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := info.EmptyField()
	if !ok || f.Name != "Lanh dao" || f.Page != 0 || f.Rect != (geom.Rect{X0: 100, Y0: 50, X1: 280, Y1: 120}) {
		t.Fatalf("%+v", info.Fields)
	}
	r := b.request(in, "out.pdf")
	r.Field.Name, r.Appearance = f.Name, b.stamp()
	got, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil)
	if err != nil || got.Field != f.Name || got.Rect != f.Rect {
		t.Fatalf("%+v, %v", got, err)
	}
	validators.Check(t, r.Output, validators.Expect{Signatures: 1, Roots: b.roots})
	keep(t, r.Output)
	signed, _ := os.ReadFile(r.Output)
	original, _ := os.ReadFile(in)
	added := signed[len(original):]
	for _, untouched := range []string{"\n3 0 obj", "\n6 0 obj"} {
		if bytes.Contains(added, []byte(untouched)) {
			t.Errorf("rewritten without need: %q", untouched)
		}
	}
	for _, kept := range []string{"/DA (/Helv 0 Tf 0 g)", "/DR <</Font<<>>>>", "/NeedAppearances false", "7 0 obj\n<</Type /Annot"} {
		if !bytes.Contains(added, []byte(kept)) {
			t.Errorf("missing: %s", kept)
		}
	}
	r.Input, r.Output = r.Output, filepath.Join(b.dir, "again.pdf")
	refused(t, b, r, signer.ForbiddenFieldTaken)
	r.Field.Name = "ten"
	refused(t, b, r, signer.ForbiddenNoSuchField)
}

func refused(t *testing.T, b *bench, r signer.Request, want signer.Prohibition) {
	t.Helper()
	_, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil)
	var e *signer.ForbiddenError
	if !errors.As(err, &e) || e.Rule != want || e.File != r.Input {
		t.Errorf("got %v, want %v", err, want)
	}
	absent(t, r.Output)
}

func TestLocks(t *testing.T) {
	b := newBench(t, pki.P256)
	r := b.request(b.write(t, "in.pdf", form("Lanh dao", "/Lock<</Type/SigFieldLock/Action/All>>")), "locked.pdf")
	r.Field.Name = "Lanh dao"
	if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	validators.Check(t, r.Output, validators.Expect{Signatures: 1, Roots: b.roots})
	signed, _ := os.ReadFile(r.Output)
	if !bytes.Contains(signed, []byte("/FieldMDP")) {
		t.Error("the lock is not in the signature")
	}
	next := b.request(r.Output, "next.pdf")
	refused(t, b, next, signer.ForbiddenByLock)

	readOnly := b.request(b.write(t, "ro.pdf", form("Lanh dao", "/Ff 1")), "x.pdf")
	readOnly.Field.Name = "Lanh dao"
	refused(t, b, readOnly, signer.ForbiddenReadOnly)

	strict := b.request(b.write(t, "p1.pdf", form("Lanh dao", "/Lock<</Action/All/P 1>>")), "p1-signed.pdf")
	strict.Field.Name = "Lanh dao"
	if _, err := (&signer.Pipeline{}).Sign(t.Context(), strict, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	refused(t, b, b.request(strict.Output, "y.pdf"), signer.ForbiddenByDocMDP)
}

func TestCertification(t *testing.T) {
	b := newBench(t, pki.P256)
	in, _ := b.document(t, 0)
	r := b.request(in, "certified.pdf")
	r.Certify = signer.CertifyForms
	p := &signer.Pipeline{}
	if _, err := p.Sign(t.Context(), r, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	validators.Check(t, r.Output, validators.Expect{Signatures: 1, Roots: b.roots})
	info, err := signer.Inspect(t.Context(), r.Output, nil)
	if err != nil || info.Certified != 2 {
		t.Fatalf("%+v, %v", info, err)
	}
	second := b.request(r.Output, "second.pdf")
	if _, err := p.Sign(t.Context(), second, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	reported(t, b, second.Output, signer.LevelB, 2)
	second.Certify, second.Output = signer.CertifyForms, filepath.Join(b.dir, "late.pdf")
	refused(t, b, second, signer.ForbiddenCertifyLate)

	signed, _ := os.ReadFile(r.Output)
	p1 := bytes.Replace(signed, []byte("/P 2/Type /TransformParams"), []byte("/P 1/Type /TransformParams"), 1)
	keep(t, r.Output)
	if bytes.Equal(p1, signed) {
		t.Fatal("the certification looks different")
	}
	refused(t, b, b.request(b.write(t, "p1.pdf", p1), "no.pdf"), signer.ForbiddenByDocMDP)
}

// TestStored encodes a Prepared, as one that waits for a remote signature.
func TestStored(t *testing.T) {
	b := newBench(t, pki.RSA2048)
	in, _ := b.document(t, 0)
	r := b.request(in, "stored.pdf")
	r.PSS, r.Password = true, signer.PIN("bí mật")
	p := &signer.Pipeline{}
	d, err := p.Prepare(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var again signer.Prepared
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Finish(t.Context(), &again, b.key()); err != nil {
		t.Fatal(err)
	}
	validators.Check(t, r.Output, validators.Expect{Signatures: 1, Roots: b.roots, NoMutool: true})
}

// TestFieldNames: a new field never takes a name that is there.
func TestFieldNames(t *testing.T) {
	b := newBench(t, pki.P256)
	in := b.write(t, "in.pdf", form("Signature1", ""))
	r := b.request(in, "out.pdf")
	got, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil)
	if err != nil || got.Field != "Signature2" {
		t.Fatalf("%+v, %v", got, err)
	}
	r.Output, r.Field.Name = filepath.Join(b.dir, "dot.pdf"), "a.b"
	refused(t, b, r, signer.ForbiddenNoSuchField)
}

// TestFieldTwice: of two fields with one name none is signed; the signature would
// be called invalid, by us too.
func TestFieldTwice(t *testing.T) {
	b := newBench(t, pki.P256)
	const field = "<</Type/Annot/Subtype/Widget/FT/Sig/T(ky)/Rect[10 10 90 30]/P 3 0 R>>"
	in := b.write(t, "in.pdf", plain("/MediaBox[0 0 300 200]/Annots[5 0 R 6 0 R]", "/AcroForm<</Fields[5 0 R 6 0 R]>>", field, field))
	r := b.request(in, "out.pdf")
	r.Field.Name = "ky"
	refused(t, b, r, signer.ForbiddenByShape)
}

// TestFieldSpelling: a name that was typed finds the field whose name has its
// marks apart from the letters.
func TestFieldSpelling(t *testing.T) {
	b := newBench(t, pki.P256)
	apart := norm.NFD.String("Chữ ký")
	in := b.write(t, "in.pdf", form(string([]byte{0xef, 0xbb, 0xbf})+apart, ""))
	r := b.request(in, "out.pdf")
	r.Field.Name = "Chữ ký"
	if got, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil || got.Field != apart {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestFormsOfForms signs documents whose form and annotations are put together
// in every allowed way; what was there stays.
func TestFormsOfForms(t *testing.T) {
	const text = "<</Type/Annot/Subtype/Widget/FT/Tx/T(ten)/Rect[10 10 90 30]/P 3 0 R>>"
	for _, c := range []struct {
		name, page, catalog string
		objects             []string
		field               string // used, where it is there
		kept                []string
	}{
		{"no form, no annotations", "", "", nil, "", nil},
		{"form in the catalog", "/Annots[5 0 R]", "/AcroForm<</Fields[5 0 R]/DA(/F 0 Tf)>>", []string{text}, "", []string{"/DA (/F 0 Tf)", "/Fields [5 0 R "}},
		{"indirect annotations", "/Annots 6 0 R", "/AcroForm<</Fields[5 0 R]>>", []string{text, "[5 0 R]"}, "", []string{"6 0 obj"}},
		{"indirect fields", "/Annots[5 0 R]", "/AcroForm 7 0 R", []string{text, "[5 0 R]", "<</Fields 6 0 R/SigFlags 3>>"}, "", []string{"6 0 obj"}},
		{"reference to nothing", "/Annots 99 0 R", "/AcroForm 98 0 R", nil, "", nil},
		{"widget apart from its field", "/Annots[6 0 R]", "/AcroForm<</Fields[5 0 R]>>", []string{
			"<</FT/Sig/T(ky)/Kids[6 0 R]>>", "<</Type/Annot/Subtype/Widget/Parent 5 0 R/Rect[10 10 190 80]>>",
		}, "ky", []string{"5 0 obj", "6 0 obj"}},
		{"field below a field", "/Annots[6 0 R]", "/AcroForm<</Fields[5 0 R]>>", []string{
			"<</T(ban)/Kids[6 0 R]>>", "<</Type/Annot/Subtype/Widget/FT/Sig/T(ky)/Parent 5 0 R/Rect[10 10 190 80]>>",
		}, "ban.ky", []string{"6 0 obj"}},
		{"invisible field without a page", "", "/AcroForm<</Fields[5 0 R]>>", []string{"<</FT/Sig/T(ky)>>"}, "ky", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, pki.P256)
			r := b.request(b.write(t, "in.pdf", plain("/MediaBox[0 0 300 200]"+c.page, c.catalog, c.objects...)), "out.pdf")
			r.Field = signer.SignatureField{Name: c.field, Rect: geom.Rect{X0: 100, Y0: 100, X1: 280, Y1: 170}}
			r.Appearance = b.stamp()
			got, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if c.field != "" && got.Field != c.field {
				t.Errorf("field %q", got.Field)
			}
			checkSigned(t, r, got)
			if out := validators.QPDF(t, r.Output); out != "" {
				t.Error(out)
			}
			if c.field == "" { // with a widget apart, poppler and mutool look for /V in the widget
				validators.Check(t, r.Output, validators.Expect{Signatures: 1, Roots: b.roots})
			}
			signed, _ := os.ReadFile(r.Output)
			original, _ := os.ReadFile(r.Input)
			for _, k := range c.kept {
				if !bytes.Contains(signed[len(original):], []byte(k)) {
					t.Errorf("missing in the increment: %s", k)
				}
			}
		})
	}
}

func TestSeedValues(t *testing.T) {
	b := newBench(t, pki.P256)
	for _, c := range []struct {
		name, sv string
		want     signer.Prohibition
		certify  int
	}{
		{"hint only", "/SubFilter[/adbe.pkcs7.detached]", 0, 0},
		{"other subfilter", "/Ff 2/SubFilter[/adbe.pkcs7.detached]", signer.ForbiddenBySeedValue, 0},
		{"ours among them", "/Ff 2/SubFilter[/adbe.pkcs7.detached/ETSI.CAdES.detached]", 0, 0},
		{"digest", "/Ff 64/DigestMethod[(SHA512)]", signer.ForbiddenBySeedValue, 0},
		{"a flag of its own object", "/Ff 8 0 R/SubFilter[/adbe.pkcs7.detached]", signer.ForbiddenBySeedValue, 0},
		{"reason not offered", "/Ff 8/Reasons[(Duyet)(Xem)]", signer.ForbiddenBySeedValue, 0},
		{"no reason wanted", "/Ff 8/Reasons[(.)]", 0, 0},
		{"no reason listed", "/Ff 8", 0, 0},
		{"timestamp", "/TimeStamp<</URL(http://x)/Ff 1>>", signer.ForbiddenBySeedValue, 0},
		{"timestamp as a hint", "/TimeStamp<</URL(http://x)>>", 0, 0},
		{"revocation data", "/Ff 32/AddRevInfo true", signer.ForbiddenBySeedValue, 0},
		{"a newer parser", "/Ff 4/V 4", signer.ForbiddenBySeedValue, 0},
		{"our parser", "/Ff 4/V 3", 0, 0},
		{"a certificate policy", "/Cert<</Ff 4/OID[(1.2.3)]>>", signer.ForbiddenBySeedValue, 0},
		{"locking the document", "/Ff 128/LockDocument/true", signer.ForbiddenBySeedValue, 0},
		{"an appearance by its name", "/Ff 256/AppearanceFilter(Mau)", signer.ForbiddenBySeedValue, 0},
		{"an appearance as a hint", "/AppearanceFilter(Mau)", 0, 0},
		{"an attestation", "/Ff 16/LegalAttestation[(x)]/MDP<</P 2>>", signer.ForbiddenBySeedValue, 0},
		{"to be certified", "/MDP<</P 2>>", 0, 2},
		{"to be certified without changes", "/MDP<</P 1>>", signer.ForbiddenBySeedValue, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.request(b.write(t, "in.pdf", form("ky", "/SV<<"+c.sv+">>")), "out.pdf")
			r.Field.Name, r.Overwrite = "ky", true
			if c.want != 0 {
				refused(t, b, r, c.want)
				return
			}
			if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
				t.Fatal(err)
			}
			info, err := signer.Inspect(t.Context(), r.Output, nil)
			if err != nil || info.Certified != c.certify {
				t.Errorf("%+v, %v", info, err)
			}
			_ = os.Remove(r.Output)
		})
	}
}

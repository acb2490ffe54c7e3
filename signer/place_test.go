package signer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/validators"
)

// plain makes a one-page document. page and catalog are further entries of
// their dictionaries, objects further objects from number 5 on.
func plain(page, catalog string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	all := append([]string{
		"<</Type/Catalog/Pages 2 0 R " + catalog + ">>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/Contents 4 0 R " + page + ">>",
		"<</Length 30>>stream\n0.9 g 0 0 2000 2000 re f       \nendstream",
	}, objects...)
	var offsets []int
	for i, o := range all {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f\r\n", len(all)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n\r\n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(all)+1, at)
	return b.Bytes()
}

// render draws the first page with poppler at 72 dpi times scale.
func render(t *testing.T, path string, scale int) image.Image {
	t.Helper()
	tool, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("pdftoppm is not installed")
	}
	out, err := exec.Command(tool, "-png", "-r", fmt.Sprint(72*scale), "-f", "1", "-l", "1", "-cropbox", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("KEEP_SIGNED"); dir != "" {
		name := strings.NewReplacer("/", "_", " ", "_").Replace(t.Name())
		_ = os.WriteFile(filepath.Join(dir, name+".png"), out, 0o600)
	}
	return img
}

// TestStampIsUpright puts the stamp at the same place of the page as it is
// seen, whatever turns, crops or scales the page, and compares the pixels with
// those of the plain page.
func TestStampIsUpright(t *testing.T) {
	b := newBench(t, pki.Options{Keys: pki.P256})
	shown := geom.At(geom.Point{X: 40, Y: 30}, b.stamp().Size) // from the top left corner
	var want image.Image
	for _, c := range []struct{ name, page string }{
		{"plain", "/MediaBox[0 0 300 200]"},
		{"rotate 90", "/MediaBox[0 0 200 300]/Rotate 90"},
		{"rotate 180", "/MediaBox[0 0 300 200]/Rotate 180"},
		{"rotate 270", "/MediaBox[0 0 200 300]/Rotate 270"},
		{"rotate -90", "/MediaBox[0 0 200 300]/Rotate -90"},
		{"crop box", "/MediaBox[0 0 600 800]/CropBox[100 200 400 400]"},
		{"crop box rotated", "/MediaBox[0 0 600 800]/CropBox[100 200 300 500]/Rotate 90"},
		{"origin", "/MediaBox[-150 -100 150 100]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := b.request(b.write(t, "in.pdf", plain(c.page, "")), "out.pdf")
			r.Overwrite = true
			pages, err := signer.Geometry(t.Context(), r.Input, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Field.Rect = pages[0].RectToUser(shown)
			r.Appearance = b.stamp()
			if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
				t.Fatal(err)
			}
			got := render(t, r.Output, 2)
			if want == nil {
				want = got
			}
			if got.Bounds() != want.Bounds() {
				t.Fatalf("page of %v pixels", got.Bounds())
			}
			if d := difference(got, want); d > 0.004 {
				t.Errorf("%.2f %% of the pixels differ", 100*d)
			}
		})
	}
}

// difference is the part of the pixels that differ clearly.
func difference(a, b image.Image) float64 {
	n := 0
	r := a.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			r1, g1, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			if far(r1, r2) || far(g1, g2) || far(b1, b2) {
				n++
			}
		}
	}
	return float64(n) / float64(r.Dx()*r.Dy())
}

func far(a, b uint32) bool { return max(a, b)-min(a, b) > 0x6000 }

// TestUserUnit: a page in units of 2 points shows the stamp in its true size.
func TestUserUnit(t *testing.T) {
	b := newBench(t, pki.Options{Keys: pki.P256})
	r := b.request(b.write(t, "in.pdf", plain("/MediaBox[0 0 150 100]/UserUnit 2", "")), "out.pdf")
	pages, err := signer.Geometry(t.Context(), r.Input, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Field.Rect = pages[0].RectToUser(geom.At(geom.Point{X: 40, Y: 30}, b.stamp().Size))
	r.Appearance = b.stamp()
	got, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if w := got.Rect.W() * 2; w < b.stamp().Size.W-0.01 || w > b.stamp().Size.W+0.01 {
		t.Errorf("the stamp is %v points wide", w)
	}
}

func TestPreviewEqualsThePage(t *testing.T) {
	b := newBench(t, pki.Options{Keys: pki.P256})
	a := b.stamp()
	a.Size = geom.Size{W: 180, H: 72}
	data, err := signer.Preview(*a)
	if err != nil {
		t.Fatal(err)
	}
	preview := b.write(t, "preview.pdf", data)
	if out := validators.QPDF(t, preview); out != "" {
		t.Error(out)
	}
	page := fmt.Sprintf("/MediaBox[0 0 %g %g]", a.Size.W, a.Size.H)
	white := bytes.Replace(plain(page, ""), []byte("0.9 g 0 0"), []byte("1.0 g 0 0"), 1)
	r := b.request(b.write(t, "in.pdf", white), "out.pdf")
	r.Appearance = a
	r.Field.Rect = geom.At(geom.Point{}, a.Size)
	if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	if d := difference(render(t, preview, 3), render(t, r.Output, 3)); d > 0.001 {
		t.Errorf("%.2f %% of the pixels differ", 100*d)
	}
}

// form is a document with a text field, an empty signature field (with more
// entries) on the page, and a direct link annotation.
func form(name, field string) []byte {
	return plain("/MediaBox[0 0 300 200]/Annots[<</Type/Annot/Subtype/Link/Rect[1 1 9 9]/Border[0 0 0]>> 6 0 R 7 0 R]",
		"/AcroForm 5 0 R",
		"<</Fields[6 0 R 7 0 R]/DA(/Helv 0 Tf 0 g)/DR<</Font<<>>>>/NeedAppearances false>>",
		"<</Type/Annot/Subtype/Widget/FT/Tx/T(ten)/V(Nguy\\352n)/Rect[10 10 90 30]/P 3 0 R>>",
		"<</Type/Annot/Subtype/Widget/FT/Sig/T("+name+")/Rect[100 50 280 120]/P 3 0 R/F 4 "+field+">>")
}

func TestExistingField(t *testing.T) {
	b := newBench(t, pki.Options{Keys: pki.P256})
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
	b := newBench(t, pki.Options{Keys: pki.P256})
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
	refused(t, b, readOnly, signer.ForbiddenByLock)

	strict := b.request(b.write(t, "p1.pdf", form("Lanh dao", "/Lock<</Action/All/P 1>>")), "p1-signed.pdf")
	strict.Field.Name = "Lanh dao"
	if _, err := (&signer.Pipeline{}).Sign(t.Context(), strict, b.key(), nil); err != nil {
		t.Fatal(err)
	}
	refused(t, b, b.request(strict.Output, "y.pdf"), signer.ForbiddenByDocMDP)
}

func TestCertification(t *testing.T) {
	b := newBench(t, pki.Options{Keys: pki.P256})
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
	b := newBench(t, pki.Options{})
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
	b := newBench(t, pki.Options{Keys: pki.P256})
	in := b.write(t, "in.pdf", form("Signature1", ""))
	r := b.request(in, "out.pdf")
	got, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil)
	if err != nil || got.Field != "Signature2" {
		t.Fatalf("%+v, %v", got, err)
	}
	r.Output, r.Field.Name = filepath.Join(b.dir, "dot.pdf"), "a.b"
	refused(t, b, r, signer.ForbiddenNoSuchField)
}

func TestEncrypted(t *testing.T) {
	tool, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("qpdf is not installed")
	}
	b := newBench(t, pki.Options{Keys: pki.P256})
	in, _ := b.document(t, 0)
	for _, c := range []struct {
		name, user string
		args       []string
		refuse     signer.Prohibition
	}{
		{"AES-256 with password", "mở", []string{"256"}, 0},
		{"AES-256 with object streams", "", []string{"256"}, 0},
		{"AES-128", "mo", []string{"128", "--use-aes=y"}, 0},
		{"AES-128, metadata in clear", "", []string{"128", "--use-aes=y", "--cleartext-metadata"}, 0},
		{"RC4-128", "", []string{"128", "--use-aes=n"}, 0},
		{"RC4-40", "", []string{"40"}, 0},
		{"no changes allowed", "", []string{"256", "--modify=none"}, signer.ForbiddenByPermissions},
	} {
		t.Run(c.name, func(t *testing.T) {
			locked := filepath.Join(t.TempDir(), "locked.pdf")
			args := append([]string{"--allow-weak-crypto", "--encrypt", c.user, "chủ"}, c.args...)
			args = append(args, "--")
			if strings.Contains(c.name, "object streams") {
				args = append(args, "--object-streams=generate")
			}
			if out, err := exec.Command(tool, append(args, in, locked)...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			r := b.request(locked, strings.ReplaceAll(c.name, " ", "-")+".pdf")
			r.Field.Rect, r.Appearance = geom.Rect{X0: 60, Y0: 60, X1: 230, Y1: 128}, b.stamp()
			if c.refuse != 0 {
				refused(t, b, r, c.refuse)
				return
			}
			if c.user != "" {
				if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); !errors.Is(err, signer.ErrPassword) {
					t.Errorf("without the password: %v", err)
				}
				r.Password = signer.PIN(c.user)
			}
			got, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil)
			if err != nil {
				t.Fatal(err)
			}
			checkSigned(t, r, got)
			if out, err := exec.Command(tool, "--check", "--password="+c.user, r.Output).CombinedOutput(); err != nil {
				t.Errorf("qpdf: %v\n%s", err, out)
			}
			clear := filepath.Join(b.dir, "clear.pdf")
			if out, err := exec.Command(tool, "--decrypt", "--password="+c.user, r.Output, clear).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			keepAs(t, clear)
			text, err := exec.Command("pdftotext", clear, "-").Output()
			if err == nil && !strings.Contains(string(text), "Ký bởi: Nguyễn Văn Đạt") {
				t.Error("the stamp cannot be read after decryption")
			}
		})
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
			b := newBench(t, pki.Options{Keys: pki.P256})
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
	b := newBench(t, pki.Options{Keys: pki.P256})
	for _, c := range []struct {
		name, sv string
		want     signer.Prohibition
		certify  int
	}{
		{"hint only", "/SubFilter[/adbe.pkcs7.detached]", 0, 0},
		{"other subfilter", "/Ff 2/SubFilter[/adbe.pkcs7.detached]", signer.ForbiddenBySeedValue, 0},
		{"ours among them", "/Ff 2/SubFilter[/adbe.pkcs7.detached/ETSI.CAdES.detached]", 0, 0},
		{"digest", "/Ff 64/DigestMethod[(SHA512)]", signer.ForbiddenBySeedValue, 0},
		{"reason not offered", "/Ff 8/Reasons[(Duyet)]", signer.ForbiddenBySeedValue, 0},
		{"no reason wanted", "/Ff 8/Reasons[(.)]", 0, 0},
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

// TestArchive: a document that claims PDF/A-1 gets no soft mask; others do.
func TestArchive(t *testing.T) {
	b := newBench(t, pki.Options{Keys: pki.P256})
	for _, c := range []struct {
		part string
		mask bool
	}{{"1", false}, {"2", true}} {
		xmp := "<x:xmpmeta xmlns:x='adobe:ns:meta/'><pdfaid:part>" + c.part + "</pdfaid:part></x:xmpmeta>"
		in := plain("/MediaBox[0 0 300 200]", "/Metadata 5 0 R",
			fmt.Sprintf("<</Type/Metadata/Subtype/XML/Length %d>>stream\n%s\nendstream", len(xmp), xmp))
		r := b.request(b.write(t, "in.pdf", in), "out.pdf")
		r.Overwrite = true
		r.Field.Rect, r.Appearance = geom.Rect{X0: 60, Y0: 60, X1: 230, Y1: 128}, b.stamp()
		if _, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil); err != nil {
			t.Fatal(err)
		}
		signed, _ := os.ReadFile(r.Output)
		if got := bytes.Contains(signed, []byte("/SMask")); got != c.mask {
			t.Errorf("PDF/A-%s: soft mask %v", c.part, got)
		}
		if got := bytes.Contains(signed, []byte("/CIDSet")); got == c.mask {
			t.Errorf("PDF/A-%s: CIDSet %v", c.part, got)
		}
		render(t, r.Output, 2)
	}
}

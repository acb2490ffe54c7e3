package signer_test

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/internal/cms"
	"trinhky/signer/internal/pdf"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/validators"
)

const corpusDir = "../../shared/corpus"

type corpusFile struct{ path, password string }

// corpus lists the files of the manifest that lie in one of the folders.
func corpus(t testing.TB, folders ...string) []corpusFile {
	t.Helper()
	manifest, err := os.ReadFile(filepath.Join(corpusDir, "manifest.tsv"))
	if err != nil {
		t.Skip("no corpus beside the repository")
	}
	var out []corpusFile
	for _, line := range strings.Split(string(manifest), "\n")[1:] {
		cols := strings.Split(line, "\t")
		for _, f := range folders {
			if len(cols) > 3 && strings.HasPrefix(cols[0], f+"/") {
				out = append(out, corpusFile{cols[0], cols[3]})
			}
		}
	}
	return out
}

// checkRefusal accepts a refusal only with a type, and of a file that qpdf
// cannot read cleanly either, or that a rule forbids to sign.
func checkRefusal(t *testing.T, path string, err error) {
	t.Helper()
	var unreadable *signer.UnreadableError
	var forbidden *signer.ForbiddenError
	switch {
	case errors.As(err, &forbidden), errors.Is(err, signer.ErrPassword):
	case !errors.As(err, &unreadable):
		t.Errorf("refused without a type: %v", err)
	case validators.QPDF(t, path) == "":
		t.Errorf("qpdf reads it, but: %v", err)
	}
	t.Logf("refused: %v", err)
}

// TestCorpus signs every file of the corpus with a visible stamp on its last
// page, or has it refused for a reason that its kind explains.
func TestCorpus(t *testing.T) {
	b := newBench(t, pki.P256)
	for i, c := range corpus(t, "difficult", "unsigned", "signed") {
		t.Run(c.path, func(t *testing.T) {
			r := b.request(filepath.Join(corpusDir, c.path), strings.ReplaceAll(c.path, "/", "_"))
			r.Password = signer.PIN(c.password)
			r.Overwrite = true
			info, err := signer.Inspect(t.Context(), r.Input, r.Password)
			if err == nil {
				r.Field = signer.SignatureField{Page: info.Pages - 1, Rect: geom.Rect{X0: 60, Y0: 60, X1: 230, Y1: 128}}
				r.Appearance = b.stamp()
				if f, ok := info.EmptyField(); ok {
					r.Field = signer.SignatureField{Name: f.Name}
				}
			}
			got, err := (&signer.Pipeline{}).Sign(t.Context(), r, b.key(), nil)
			if err != nil {
				checkRefusal(t, r.Input, err)
				absent(t, r.Output)
				return
			}
			checkSigned(t, r, got)
			if c.password == "" {
				checkSurvived(t, r.Input, r.Output)
			}
			if os.Getenv("TRINHKY_SOAK") != "" || i%16 == 0 {
				others(t, b, r, got)
			}
			keepAs(t, r.Output)
		})
	}
}

func keepAs(t *testing.T, path string) {
	if dir := os.Getenv("KEEP_SIGNED"); dir != "" {
		data, _ := os.ReadFile(path)
		_ = os.WriteFile(filepath.Join(dir, filepath.Base(path)), data, 0o600)
	}
}

// peculiar files are those that the validators stumble over unsigned as well.
var peculiar = map[string]string{
	"361cb5b2-shared-unnamed-field.pdf": "2^n ways through its fields: pdfsig and mutool never end",
	"29b54110-offset.pdf":               "mutool cannot find its version mark and counts from elsewhere",
	"4b520440-issue-301.pdf":            "qpdf gives the same warnings in another order once it is not linearised",
	"520fde0a-Fillable-2s.pdf":          "further empty signature fields, which pdfsig lists as not signed",
}

// others asks programs by others. Of a file that carried signatures, of all kinds
// and worth, they must think of those as before, and of ours that it is good; of
// one with a password openssl judges, who needs none. SOAK=pixels only renders.
func others(t *testing.T, b *bench, r signer.Request, got signer.Signed) {
	t.Helper()
	if why, ok := peculiar[filepath.Base(r.Input)]; ok {
		t.Log(why)
		return
	}
	samePixels(t, r, got)
	original, err := os.ReadFile(r.Input)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case os.Getenv("TRINHKY_SOAK") == "pixels":
		return
	case bytes.Contains(original, []byte("/ByteRange")) || len(r.Password) > 0:
		oneMore(t, r)
		return
	}
	validators.Check(t, r.Output, validators.Expect{Signatures: 1, Roots: b.roots, BeforeQPDF: validators.QPDF(t, r.Input)})
}

// oneMore compares the opinions on a file before and after: as many signatures are
// good, and one.
func oneMore(t *testing.T, r signer.Request) {
	t.Helper()
	compare := func(who string, before, after validators.Opinion) {
		var was, all, is int
		if _, err := fmt.Sscanf(string(before), "%d/%d", &was, &all); err != nil && before != "–" {
			t.Logf("%s has no opinion on the original: %s", who, before)
			return
		}
		if _, err := fmt.Sscanf(string(after), "%d/%d", &is, &all); err != nil || is != was+1 {
			t.Errorf("%s holds %s to be good, and held %s before", who, after, before)
		}
	}
	opensslBefore, ok := validators.OpenSSL(t, r.Input)
	if after, _ := validators.OpenSSL(t, r.Output); ok {
		compare("openssl", opensslBefore, after)
	}
	if len(r.Password) > 0 {
		return
	}
	pdfsigBefore, ok := validators.Pdfsig(r.Input)
	if after, _ := validators.Pdfsig(r.Output); ok {
		compare("pdfsig", pdfsigBefore, after)
	}
	mutoolBefore, ok := validators.Mutool(r.Input)
	if after, _ := validators.Mutool(r.Output); ok {
		compare("mutool", mutoolBefore, after)
	}
	if bouncy, ok := validators.BouncyOpinions(t, r.Input, r.Output); ok {
		compare("PDFBox with BouncyCastle", bouncy[r.Input], bouncy[r.Output])
	}
}

// checkSigned checks with our own reader: the prefix, the field, the value.
func checkSigned(t *testing.T, r signer.Request, got signer.Signed) {
	t.Helper()
	original, err := os.ReadFile(r.Input)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := os.ReadFile(r.Output)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(signed, original) {
		t.Fatal("the original is not a prefix")
	}
	doc, err := pdf.Open(bytes.NewReader(signed), int64(len(signed)), pdf.Options{Password: r.Password})
	if err != nil {
		t.Fatal(err)
	}
	form, err := doc.Form()
	if err != nil {
		t.Fatal(err)
	}
	f, ok := form.Field(got.Field)
	if !ok || !f.Signed() {
		t.Fatalf("no signed field %q", got.Field)
	}
	sig, err := doc.Resolve(f.V)
	if err != nil {
		t.Fatal(err)
	}
	contents, _ := sig.Get("Contents").Str()
	verifyValue(t, signed, got.ByteRange, []byte(contents))
	if name := sig.Get("Name").Text(); name != "Nguyễn Văn Đạt" {
		t.Errorf("/Name is %q", name)
	}
	if reason := sig.Get("Reason").Text(); reason != "Tôi đã duyệt (văn bản)" {
		t.Errorf("/Reason is %q", reason)
	}
	sameObjects(t, original, doc, r.Password)
}

func verifyValue(t *testing.T, file []byte, br signer.ByteRange, contents []byte) {
	t.Helper()
	if br[0] != 0 || br[2]+br[3] != int64(len(file)) || br[1] >= br[2] {
		t.Fatalf("byte range %v of %d bytes", br, len(file))
	}
	d, err := cms.Parse(contents)
	if err != nil {
		t.Fatal(err)
	}
	covered := append(append([]byte(nil), file[:br[1]]...), file[br[2]:]...)
	if _, err := d.Signers[0].Verify(cms.DigestOf(covered)); err != nil {
		t.Fatal(err)
	}
}

// sameObjects compares catalog and pages before and after: no page is lost and
// nothing but /AcroForm and /Annots of them changed.
func sameObjects(t *testing.T, original []byte, after *pdf.Document, password signer.PIN) {
	t.Helper()
	before, err := pdf.Open(bytes.NewReader(original), int64(len(original)), pdf.Options{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	n, err := before.NumPages()
	if err != nil {
		t.Fatal(err)
	}
	if m, err := after.NumPages(); err != nil || m != n {
		t.Fatalf("%d pages became %d (%v)", n, m, err)
	}
	a, _ := before.Page(n - 1)
	b, err := after.Page(n - 1)
	if err != nil {
		t.Fatal(err)
	}
	sameDict(t, after.Encrypted(), a.Dict, b.Dict, "Annots")
	x, _ := before.Catalog()
	y, err := after.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	sameDict(t, after.Encrypted(), x, y, "AcroForm", "Extensions")
}

// samePixels renders the signed page before and after: nothing differs outside
// the stamp.
func samePixels(t *testing.T, r signer.Request, got signer.Signed) {
	t.Helper()
	if got.Page < 0 {
		return
	}
	pages, err := signer.Geometry(t.Context(), r.Input, r.Password)
	if err != nil {
		t.Fatal(err)
	}
	a, ok := pixels(t, r.Input, got.Page, r.Password)
	b, ok2 := pixels(t, r.Output, got.Page, r.Password)
	if !ok || !ok2 {
		return
	}
	g := pages[got.Page]
	k := float64(a.Bounds().Dx()) / g.ShownSize().W
	box := g.RectToShown(got.Rect)
	stamp := image.Rect(int(box.X0*k)-2, int(box.Y0*k)-2, int(box.X1*k)+3, int(box.Y1*k)+3)
	bounds := a.Bounds()
	if b.Bounds() != bounds {
		t.Fatalf("the page of %v pixels has %v", bounds, b.Bounds())
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			if !(image.Point{X: x, Y: y}).In(stamp) && a.At(x, y) != b.At(x, y) {
				t.Fatalf("pixel %d, %d differs outside of %v", x, y, stamp)
			}
		}
	}
}

// shows looks for the stamp: something of the page is not as it was.
func shows(t *testing.T, r signer.Request, got signer.Signed) {
	t.Helper()
	a, ok := pixels(t, r.Input, got.Page, r.Password)
	b, ok2 := pixels(t, r.Output, got.Page, r.Password)
	if ok && ok2 && bytes.Equal(a.(*image.RGBA).Pix, b.(*image.RGBA).Pix) {
		t.Error("the stamp is not seen")
	}
}

// pixels renders a page with poppler; ok is false where it cannot.
func pixels(t *testing.T, path string, page int, password signer.PIN) (image.Image, bool) {
	t.Helper()
	tool, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Log("not asked, since not installed: pdftoppm")
		return nil, false
	}
	n := strconv.Itoa(page + 1)
	args := []string{"-png", "-scale-to", "700", "-cropbox", "-f", n, "-l", n}
	if len(password) > 0 {
		args = append(args, "-upw", string([]byte(password)))
	}
	out, err := exec.Command(tool, append(args, path)...).Output()
	if err != nil {
		t.Logf("poppler cannot render it: %v", err)
		return nil, false
	}
	img, err := png.Decode(bytes.NewReader(out))
	return img, err == nil
}

// sameDict compares entry by entry: the bytes, or in an encrypted document, where
// strings are written anew with the object they stand in, the values.
func sameDict(t *testing.T, encrypted bool, a, b pdf.Value, except ...string) {
	t.Helper()
	for i := range a.Len() {
		key, _ := a.Key(i)
		was, is := a.Get(key), b.Get(key)
		if slices.Contains(except, key) || bytes.Equal(was.Raw(), is.Raw()) || encrypted && pdf.Equal(was, is) {
			continue
		}
		t.Errorf("/%s changed: %.200s became %.200s", key, was.Raw(), is.Raw())
	}
}

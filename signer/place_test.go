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
	return written("1.7", append([]string{
		"<</Type/Catalog/Pages 2 0 R " + catalog + ">>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/Contents 4 0 R " + page + ">>",
		"<</Length 30>>stream\n0.9 g 0 0 2000 2000 re f       \nendstream",
	}, objects...)...)
}

// written is a file with the objects 1, 2 … of which the first is the catalog.
func written(version string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-" + version + "\n%\xe2\xe3\xcf\xd3\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f\r\n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n\r\n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, at)
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
	b := newBench(t, pki.P256)
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
	b := newBench(t, pki.P256)
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
	b := newBench(t, pki.P256)
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

func TestEncrypted(t *testing.T) {
	tool, err := exec.LookPath("qpdf")
	if err != nil {
		t.Skip("qpdf is not installed")
	}
	b := newBench(t, pki.P256)
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

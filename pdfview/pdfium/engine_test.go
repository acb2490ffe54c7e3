package pdfium

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// shared is the engine of the whole test binary: compiling takes seconds. Its
// cache is the user's own, as in the program.
var shared *Engine

func TestMain(m *testing.M) {
	dir, err := DefaultCacheDir()
	if err != nil {
		dir = ""
	}
	shared = New(Config{CacheDir: dir})
	code := m.Run()
	if err := shared.Close(); err != nil && code == 0 {
		code = 1
	}
	os.Exit(code)
}

func open(t testing.TB, data []byte) pdfview.Document {
	t.Helper()
	d, err := shared.Open(context.Background(), data, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// file makes a PDF of objects 1, 2, …; object 1 is the catalog.
func file(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	at := make([]int, 0, len(objects))
	for i, o := range objects {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer <</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes()
}

func stream(dict, data string) string {
	return fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

// onePage is a page of 200 × 100 with the given entries and content.
func onePage(entries, content string) []byte {
	return file(
		"<</Type /Catalog /Pages 2 0 R>>",
		"<</Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 200 100]>>",
		"<</Type /Page /Parent 2 0 R /Contents 4 0 R /Resources <</Font <</F 5 0 R>>>> "+entries+">>",
		stream("", content),
		"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold>>",
	)
}

func whole(t testing.TB, d pdfview.Document, page int, scale float64) *image.RGBA {
	t.Helper()
	g, err := d.Page(context.Background(), page)
	if err != nil {
		t.Fatal(err)
	}
	s := g.ShownSize().Scale(scale)
	img, err := d.Render(context.Background(), page, scale, image.Rect(0, 0, int(math.Ceil(s.W-epsilon)), int(math.Ceil(s.H-epsilon))))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestPageGeometry(t *testing.T) {
	for name, c := range map[string]struct {
		entries string
		want    geom.Page
	}{
		"inherited": {"", geom.Page{MediaBox: geom.Rect{X1: 200, Y1: 100}, CropBox: geom.Rect{X1: 200, Y1: 100}, UserUnit: 1}},
		"own, shifted": {
			"/MediaBox [-10 -20 90 180]",
			geom.Page{MediaBox: geom.Rect{X0: -10, Y0: -20, X1: 90, Y1: 180}, CropBox: geom.Rect{X0: -10, Y0: -20, X1: 90, Y1: 180}, UserUnit: 1},
		},
		"cropped and turned": {
			"/MediaBox [0 0 200 100] /CropBox [10 20 110 90] /Rotate 270",
			geom.Page{MediaBox: geom.Rect{X1: 200, Y1: 100}, CropBox: geom.Rect{X0: 10, Y0: 20, X1: 110, Y1: 90}, Rotate: 270, UserUnit: 1},
		},
		"corners swapped": {
			"/MediaBox [200 100 0 0] /Rotate -90",
			geom.Page{MediaBox: geom.Rect{X1: 200, Y1: 100}, CropBox: geom.Rect{X1: 200, Y1: 100}, Rotate: 270, UserUnit: 1},
		},
		"larger unit": {
			"/UserUnit 2.5",
			geom.Page{MediaBox: geom.Rect{X1: 200, Y1: 100}, CropBox: geom.Rect{X1: 200, Y1: 100}, UserUnit: 2.5},
		},
		"nonsense unit": {
			"/UserUnit -3",
			geom.Page{MediaBox: geom.Rect{X1: 200, Y1: 100}, CropBox: geom.Rect{X1: 200, Y1: 100}, UserUnit: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := open(t, onePage(c.entries, "")).Page(context.Background(), 0)
			if err != nil || got != c.want {
				t.Errorf("%+v (%v), want %+v", got, err, c.want)
			}
		})
	}
}

// A red square at a corner of user space comes out where geom says it is seen,
// whatever the rotation, crop box and unit.
func TestRenderMatchesGeometry(t *testing.T) {
	square := geom.Rect{X0: 12, Y0: 22, X1: 32, Y1: 42}
	for _, rotate := range []int{0, 90, 180, 270} {
		for _, unit := range []string{"", "/UserUnit 2"} {
			d := open(t, onePage(fmt.Sprintf("/CropBox [10 20 110 90] /Rotate %d %s", rotate, unit), "1 0 0 rg 12 22 20 20 re f"))
			g, err := d.Page(context.Background(), 0)
			if err != nil {
				t.Fatal(err)
			}
			const scale = 3
			img := whole(t, d, 0, scale)
			want := g.RectToShown(square)
			red := image.Rectangle{}
			for y := range img.Rect.Dy() {
				for x := range img.Rect.Dx() {
					if c := img.RGBAAt(x, y); c.R > 200 && c.G < 60 {
						red = red.Union(image.Rect(x, y, x+1, y+1))
					}
				}
			}
			got := geom.Rect{X0: float64(red.Min.X) / scale, Y0: float64(red.Min.Y) / scale, X1: float64(red.Max.X) / scale, Y1: float64(red.Max.Y) / scale}
			if math.Abs(got.X0-want.X0)+math.Abs(got.Y0-want.Y0)+math.Abs(got.X1-want.X1)+math.Abs(got.Y1-want.Y1) > 1 {
				t.Errorf("rotate %d %s: red at %v, want %v", rotate, unit, got, want)
			}
		}
	}
}

// Tiles meet without a seam: they are the page, cut.
func TestTilesAreThePage(t *testing.T) {
	d := open(t, onePage("", "0.2 w 0 0 m 200 100 l S BT /F 17.3 Tf 11 41 Td (Tiles and seams) Tj ET"))
	const scale = 2.37
	page := whole(t, d, 0, scale)
	for _, min := range []image.Point{{0, 0}, {101, 33}, {333, 177}} {
		r := image.Rectangle{min, min.Add(image.Pt(140, 60))}
		tile, err := d.Render(context.Background(), 0, scale, r)
		if err != nil {
			t.Fatal(err)
		}
		if tile.Rect != image.Rect(0, 0, 140, 60) {
			t.Errorf("bounds %v", tile.Rect)
		}
		in := r.Intersect(page.Rect)
		for y := in.Min.Y; y < in.Max.Y; y++ {
			for x := in.Min.X; x < in.Max.X; x++ {
				if a, b := tile.RGBAAt(x-r.Min.X, y-r.Min.Y), page.RGBAAt(x, y); a != b {
					t.Fatalf("tile %v differs at %d,%d: %v, page %v", r, x, y, a, b)
				}
			}
		}
	}
}

// Signature widgets and other annotations belong to what is seen; hidden ones
// do not.
func TestWidgetsArePainted(t *testing.T) {
	doc := func(flags int, subtype string) []byte {
		return file(
			"<</Type /Catalog /Pages 2 0 R /AcroForm <</Fields [5 0 R] /SigFlags 3>>>>",
			"<</Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 200 100]>>",
			"<</Type /Page /Parent 2 0 R /Contents 4 0 R /Annots [5 0 R]>>",
			stream("", ""),
			fmt.Sprintf("<</Type /Annot %s /T (S) /Rect [50 20 150 80] /F %d /AP <</N 6 0 R>> /P 3 0 R>>", subtype, flags),
			stream("/Type /XObject /Subtype /Form /BBox [0 0 100 60]", "0 0 1 rg 0 0 100 60 re f"),
		)
	}
	for name, c := range map[string]struct {
		pdf  []byte
		blue bool
	}{
		"signature": {doc(4, "/Subtype /Widget /FT /Sig"), true},
		"stamp":     {doc(4, "/Subtype /Stamp"), true},
		"hidden":    {doc(2, "/Subtype /Widget /FT /Sig"), false},
	} {
		img := whole(t, open(t, c.pdf), 0, 1)
		if got := img.RGBAAt(100, 50); (got.B > 200 && got.R < 60) != c.blue {
			t.Errorf("%s: %v in the middle", name, got)
		}
		if got := img.RGBAAt(10, 10); got.R != 255 || got.A != 255 {
			t.Errorf("%s: %v outside", name, got)
		}
	}
}

func TestRenderTransparent(t *testing.T) {
	d := open(t, onePage("/Resources <</ExtGState <</H <</ca 0.5>>>>>>", "1 0 0 rg 0 0 100 100 re f /H gs 0 0 1 rg 100 0 50 100 re f"))
	img, err := d.(pdfview.TransparentRenderer).RenderTransparent(context.Background(), 0, 1, image.Rect(0, 0, 200, 100))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ x, r, b, a int }{{50, 255, 0, 255}, {125, 0, 255, 128}, {180, 0, 0, 0}} {
		got := img.NRGBAAt(c.x, 50)
		if near := func(a uint8, b int) bool { return math.Abs(float64(a)-float64(b)) < 3 }; !near(got.A, c.a) ||
			c.a > 0 && !(near(got.R, c.r) && near(got.B, c.b)) {
			t.Errorf("at %d: %v", c.x, got)
		}
	}
}

func TestText(t *testing.T) {
	d := open(t, onePage("", "BT /F 1 Tf 14 0 0 14 20 40 Tm 1 0 0 rg (Ab) Tj ET BT 3 Tr /F 10 Tf 20 10 Td (x) Tj ET"))
	text, err := d.Text(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(text.Chars) != 3 {
		t.Fatalf("%d characters: %+v", len(text.Chars), text.Chars)
	}
	a, x := text.Chars[0], text.Chars[2]
	if a.Rune != 'A' || math.Abs(a.Size-14) > 0.01 || !a.Bold || a.Color != 0xFF0000 || a.Invisible || a.Font != "Helvetica-Bold" {
		t.Errorf("%+v", a)
	}
	if math.Abs(a.Base.X-20) > 0.01 || math.Abs(a.Base.Y-40) > 0.01 || a.Box.Y0 < 39 || a.Box.Y1 > 55 || a.Box.W() < 5 {
		t.Errorf("%+v", a)
	}
	if x.Rune != 'x' || !x.Invisible {
		t.Errorf("%+v", x)
	}
}

func TestErrors(t *testing.T) {
	ctx := context.Background()
	for name, data := range map[string][]byte{
		"empty": nil, "random": bytes.Repeat([]byte{7, 1, 200}, 500), "header only": []byte("%PDF-1.7\n"),
		"nothing but end": []byte("%PDF-1.7\nstartxref\n0\n%%EOF"),
	} {
		if _, err := shared.Open(ctx, data, nil); !errors.Is(err, pdfview.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d := open(t, onePage("", ""))
	if _, err := d.Page(ctx, 1); err == nil {
		t.Error("page 1 of one page")
	}
	if _, err := d.Text(ctx, -1); err == nil {
		t.Error("page -1")
	}
	for _, clip := range []image.Rectangle{{}, image.Rect(0, 0, 1<<15, 1<<15)} {
		if _, err := d.Render(ctx, 0, 1, clip); err == nil {
			t.Errorf("painted %v", clip)
		}
	}
	for _, scale := range []float64{0, -1, 1e9, math.NaN(), math.Inf(1)} {
		if _, err := d.Render(ctx, 0, scale, image.Rect(0, 0, 9, 9)); err == nil {
			t.Errorf("painted at scale %g", scale)
		}
	}
	// After all that the document is as good as new.
	if _, err := d.Render(ctx, 0, 1, image.Rect(0, 0, 9, 9)); err != nil {
		t.Error(err)
	}
}

// Truncated and damaged documents never bring the engine down.
func FuzzOpen(f *testing.F) {
	whole := onePage("/Annots [<</Subtype /Widget /FT /Tx /T (a) /Rect [0 0 9 9]>>]", "BT /F 9 Tf (x) Tj ET")
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(bytes.Replace(whole, []byte("/Kids [3 0 R]"), []byte("/Kids [2 0 R]"), 1))
	f.Add(bytes.Replace(whole, []byte("/Count 1"), []byte("/Count 9"), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		ctx := context.Background()
		d, err := shared.Open(ctx, data, nil)
		if err != nil {
			return
		}
		defer d.Close()
		for p := range min(d.Pages(), 2) {
			_, _ = d.Render(ctx, p, 0.5, image.Rect(0, 0, 64, 64))
			_, _ = d.Text(ctx, p)
		}
		if _, err := d.Page(ctx, d.Pages()); err == nil {
			t.Error("a page behind the last one")
		}
	})
}

// corpus calls f with every document of the shared corpus.
func corpus(t *testing.T, f func(t *testing.T, data []byte)) {
	var files []string
	err := filepath.WalkDir("../../../shared/corpus", func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".pdf") {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Skip("no corpus beside the repository")
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			f(t, data)
		})
	}
}

// Whatever the corpus holds is opened and read, or refused with a reason. One
// drawing has a soft mask that PDFium paints anew for each of 5,000 lines: too
// slow is a reason too.
func TestCorpus(t *testing.T) {
	e := New(shared.cfg)
	e.callLimit = 10 * time.Second
	defer e.Close()
	corpus(t, func(t *testing.T, data []byte) {
		d, err := e.Open(context.Background(), data, nil)
		if errors.Is(err, pdfview.ErrPassword) || errors.Is(err, pdfview.ErrFormat) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for p := range min(d.Pages(), 3) {
			err := look(d, p)
			if errors.Is(err, ErrSlow) {
				t.Logf("page %d: %v", p, err)
				return // closing it would wait for that page
			}
			if err != nil && !errors.Is(err, pdfview.ErrFormat) {
				t.Errorf("page %d: %v", p, err)
			}
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}

// look does with a page what the program does.
func look(d pdfview.Document, page int) error {
	ctx := context.Background()
	g, err := d.Page(ctx, page)
	if err != nil {
		return err
	}
	scale := min(1, 200/max(g.ShownSize().W, g.ShownSize().H))
	if _, err := d.Render(ctx, page, scale, image.Rect(0, 0, 200, 200)); err != nil {
		return err
	}
	_, err = d.Text(ctx, page)
	return err
}

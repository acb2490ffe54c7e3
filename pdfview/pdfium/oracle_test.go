package pdfium

import (
	"image"
	"image/draw"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"trinhky/signer/signertest/sample"
)

// Pages look as poppler paints them: only the smoothing of edges differs.
func TestLooksLikePoppler(t *testing.T) {
	tool, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("pdftoppm is not installed")
	}
	for _, doc := range sample.Demo(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), "Nguyễn Văn Thử") {
		pdf, _, err := sample.Generate(doc)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		in, out := filepath.Join(dir, "a.pdf"), filepath.Join(dir, "a")
		if err := os.WriteFile(in, pdf, 0o600); err != nil {
			t.Fatal(err)
		}
		// #nosec G204 -- a tool of the test with files of the test
		if msg, err := exec.Command(tool, "-r", "96", "-png", "-f", "1", "-l", "1", "-singlefile", in, out).CombinedOutput(); err != nil {
			t.Fatalf("pdftoppm: %v: %s", err, msg)
		}
		want := readPNG(t, out+".png")
		got := whole(t, open(t, pdf), 0, 96.0/72)
		if got.Rect.Size() != want.Rect.Size() {
			t.Fatalf("%s: %v, poppler %v", doc.Notation, got.Rect, want.Rect)
		}
		mean, ink := difference(got, want)
		t.Logf("%s: mean difference %.2f of 255, ink %.1f %%", doc.Notation, mean, ink*100)
		if ink < 0.02 || mean > 0.3*ink*255 { // another page, or one shifted by a line, gives 1 or more
			t.Errorf("%s: mean difference %.2f of 255, ink %.1f %%", doc.Notation, mean, ink*100)
		}
	}
}

// difference is the mean difference of blocks of 8 × 8 pixels, which the
// smoothing of edges does not reach, and the share of ink in b.
func difference(a, b *image.RGBA) (mean, ink float64) {
	const block = 8
	blocks := 0
	for y := 0; y+block <= a.Rect.Dy(); y += block {
		for x := 0; x+block <= a.Rect.Dx(); x += block {
			sum, dark := 0, 0
			for dy := range block {
				for dx := range block {
					p, q := a.RGBAAt(x+dx, y+dy), b.RGBAAt(x+dx, y+dy)
					sum += int(p.G) - int(q.G)
					dark += 255 - int(q.G)
				}
			}
			mean += math.Abs(float64(sum)) / (block * block)
			ink += float64(dark) / (255 * block * block)
			blocks++
		}
	}
	return mean / float64(blocks), ink / float64(blocks)
}

func readPNG(t *testing.T, path string) *image.RGBA {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewRGBA(img.Bounds())
	draw.Draw(out, out.Rect, img, image.Point{}, draw.Src)
	return out
}

package ink

import (
	"context"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Bars of the mean error of alpha: over all of the sheet, and over the ink
// alone, where the edges of strokes a few pixels wide count most.
const (
	mostAll    = 0.0045
	mostInk    = 0.22
	mostCorner = 0.003 // of the picture's diagonal
)

// Whatever paper, light and camera were, the sheet is found (or all of the
// picture is it), the ink comes off as it was put on, and has its size.
func TestScenes(t *testing.T) {
	for _, s := range scenes() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			data, corners := s.photo(t)
			p := decoded(t, data)
			s.checkSheet(t, p, corners)
			s.checkLift(t, p, corners)
			s.checkMade(t, p)
			keep(t, s.name+"-photo", p.img)
		})
	}
}

func (s scene) checkSheet(t *testing.T, p *Photo, corners Quad) {
	t.Helper()
	got, ok := FindSheet(p)
	if ok != (s.aslant > 0) {
		t.Fatalf("found %v: %v, the truth is %v", ok, got, corners)
	}
	got = got.Turned(s.turns) // as the person turns it
	diagonal := math.Hypot(float64(p.img.Rect.Dx()), float64(p.img.Rect.Dy()))
	worst := 0.0
	for i := range got {
		worst = max(worst, distance(got[i], corners[i]))
	}
	t.Logf("%-24s corners within %.1f pixels", s.name, worst)
	if worst > mostCorner*diagonal {
		t.Errorf("a corner is %.1f pixels off: %v, the truth is %v", worst, got, corners)
	}
}

func (s scene) checkLift(t *testing.T, p *Photo, corners Quad) {
	t.Helper()
	sheet := Straighten(p, corners, All(), sheetW/sheetH, 1_600_000)
	l, err := Lift(sheet, s.kind)
	if err != nil {
		t.Fatal(err)
	}
	inkError, all := s.errorOf(l, sheet, s.truth(t))
	t.Logf("%-24s mean error of alpha: %.4f over the sheet, %.3f over the ink", s.name, all, inkError)
	if all > mostAll || inkError > mostInk {
		t.Errorf("mean error of alpha %.4f over the sheet (bar %g), %.3f over the ink (bar %g)", all, mostAll, inkError, mostInk)
	}
	keep(t, s.name+"-ink", over(l.Picture(l.Bounds())))
}

func (s scene) checkMade(t *testing.T, p *Photo) {
	t.Helper()
	q, _ := FindSheet(p)
	q = q.Turned(s.turns)
	r, err := Make(context.Background(), p, Order{Sheet: q, Kind: s.kind, Fine: true})
	if err != nil {
		t.Fatal(err)
	}
	keep(t, s.name+"-made", over(r.Image))
	width, height := inkSize(s.truth(t))
	if s.cut > 0 {
		return
	}
	// A ruler lies along the upper edge of the sheet.
	mm, err := Measured(q, r, q[0], q[1], sheetW)
	if err != nil {
		t.Fatal(err)
	}
	tall := mm * float64(r.Image.Rect.Dy()) / float64(r.Image.Rect.Dx())
	t.Logf("%-24s %.2f × %.2f mm, the truth is %.2f × %.2f", s.name, mm, tall, width, height)
	if math.Abs(mm-width) > 0.02*width || math.Abs(tall-height) > 0.04*height {
		t.Errorf("%.2f × %.2f mm, the truth is %.2f × %.2f", mm, tall, width, height)
	}
}

// inkSize is the size of the ink of a picture, in millimetres.
func inkSize(a alphaOf) (w, h float64) {
	l := &Lifted{W: a.img.Rect.Dx(), H: a.img.Rect.Dy()}
	l.Alpha = make([]float32, l.W*l.H)
	for i := range l.Alpha {
		l.Alpha[i] = float32(a.img.Pix[4*i+3]) / 255
	}
	b := l.bounds(0.3)
	px := float64(l.W) / a.mm
	return float64(b.Dx()) / px, float64(b.Dy()) / px
}

// keep writes a picture for eyes where INK_DIR says.
func keep(t *testing.T, name string, img image.Image) {
	t.Helper()
	dir := os.Getenv("INK_DIR")
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, strings.NewReplacer(" ", "-", ",", "").Replace(name)+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

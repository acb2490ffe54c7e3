package template

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"trinhky/pdfview/geom"
)

func rect(x, y, w, h float64) geom.Rect {
	return geom.At(geom.Point{X: geom.MM(x), Y: geom.MM(y)}, geom.Size{W: geom.MM(w), H: geom.MM(h)})
}

// A correction made on one document is made on the next of its type, relative
// to where the rule finds the place there.
func TestTemplate(t *testing.T) {
	home := filepath.Join(t.TempDir(), "new")
	if l, err := Load(home); err != nil || l != nil {
		t.Fatal(l, err)
	}
	made, ok := Of(" Quyết định", "leader", rect(120, 200, 50, 25), rect(125, 190, 40, 20))
	if !ok || made.Type != "QUYẾT ĐỊNH" {
		t.Fatalf("%+v, %v", made, ok)
	}
	if err := Save(home, List{}.With(made)); err != nil {
		t.Fatal(err)
	}
	l, err := Load(home)
	if err != nil || len(l) != 1 {
		t.Fatal(l, err)
	}
	got, ok := l.Find("QUYẾT  ĐỊNH", "leader")
	if !ok {
		t.Fatal("not found again")
	}
	r := got.Apply(rect(110, 100, 50, 25), geom.A4)
	if want := rect(115, 90, 40, 20); math.Hypot(r.X0-want.X0, r.Y1-want.Y1) > 0.1 {
		t.Errorf("%v, want %v", r, want)
	}
	if r := got.Apply(rect(190, 2, 20, 10), geom.A4); r.X1 > geom.A4.W+0.01 || r.Y0 < -0.01 {
		t.Errorf("%v leaves the page", r)
	}
	for _, c := range [][2]string{{"QUYẾT ĐỊNH", "seal"}, {"Công văn", "leader"}, {"", "leader"}} {
		if _, ok := l.Find(c[0], c[1]); ok {
			t.Errorf("%v has a template", c)
		}
	}
	if l := l.With(made); len(l) != 1 {
		t.Errorf("%d for one type and role", len(l))
	}
	if l := l.Without("Quyết định", "leader"); len(l) != 0 {
		t.Errorf("%v", l)
	}
	info, err := os.Stat(file(home))
	if err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestNoCorrection(t *testing.T) {
	rule := rect(120, 200, 50, 25)
	if _, ok := Of("QUYẾT ĐỊNH", "leader", rule, rule.Move(0.5, 0.5)); ok {
		t.Error("a slip of the hand was kept")
	}
	if _, ok := Of("", "leader", rule, rule.Move(50, 0)); ok {
		t.Error("a template for no type")
	}
}

// A file that somebody else wrote does no harm.
func TestHostileFile(t *testing.T) {
	home := t.TempDir()
	for name, c := range map[string]struct {
		data string
		bad  bool
		n    int
	}{
		"no JSON": {"{", true, 0},
		"wild":    {`[{"type":"A","role":"leader","dx_mm":1e300,"width_mm":1,"height_mm":1},{"type":"A","role":"leader"}]`, false, 0},
		"one":     {`[{"type":"A","role":"leader","width_mm":1,"height_mm":1,"new":true}]`, false, 1},
	} {
		if err := os.WriteFile(file(home), []byte(c.data), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Load(home)
		if (err != nil) != c.bad || len(l) != c.n {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
}

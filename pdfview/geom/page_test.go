package geom

import (
	"math"
	"testing"
)

// The top left corner and the bottom right corner of what is shown, in user
// space, for each rotation (ISO 32000-1, Table 30: clockwise when displayed).
func TestPageCorners(t *testing.T) {
	media := Rect{10, 20, 210, 320}
	crop := Rect{20, 40, 120, 240} // 100 × 200
	for _, c := range []struct {
		rotate   int
		unit     float64
		size     Size
		topLeft  Point
		botRight Point
	}{
		{0, 0, Size{100, 200}, Point{20, 240}, Point{120, 40}},
		{90, 0, Size{200, 100}, Point{20, 40}, Point{120, 240}},
		{180, 0, Size{100, 200}, Point{120, 40}, Point{20, 240}},
		{270, 0, Size{200, 100}, Point{120, 240}, Point{20, 40}},
		{-90, 0, Size{200, 100}, Point{120, 240}, Point{20, 40}},
		{450, 2, Size{400, 200}, Point{20, 40}, Point{120, 240}},
	} {
		p := Page{MediaBox: media, CropBox: crop, Rotate: c.rotate, UserUnit: c.unit}
		if got := p.ShownSize(); got != c.size {
			t.Errorf("rotate %d: size %v, want %v", c.rotate, got, c.size)
		}
		if got := p.ToUser(Point{}); !near(got, c.topLeft) {
			t.Errorf("rotate %d: top left %v, want %v", c.rotate, got, c.topLeft)
		}
		if got := p.ToUser(Point{c.size.W, c.size.H}); !near(got, c.botRight) {
			t.Errorf("rotate %d: bottom right %v, want %v", c.rotate, got, c.botRight)
		}
		for _, q := range []Point{{0, 0}, {13, 57}, {99, 199}} {
			if got := p.ToShown(p.ToUser(q)); !near(got, q) {
				t.Errorf("rotate %d: %v went to %v and back", c.rotate, q, got)
			}
		}
	}
}

func TestVisible(t *testing.T) {
	media := Rect{0, 0, 100, 100}
	for _, c := range []struct{ crop, want Rect }{
		{Rect{}, media},
		{Rect{-50, 10, 60, 300}, Rect{0, 10, 60, 100}},
		{Rect{200, 200, 300, 300}, media}, // nothing in common
	} {
		if got := (Page{MediaBox: media, CropBox: c.crop}).Visible(); got != c.want {
			t.Errorf("crop %v: %v, want %v", c.crop, got, c.want)
		}
	}
}

func TestFit(t *testing.T) {
	if got := (Size{200, 100}).Fit(Size{50, 50}); got != (Size{50, 25}) {
		t.Errorf("wide into square: %v", got)
	}
	if got := (Size{20, 10}).Fit(Size{50, 50}); got != (Size{20, 10}) {
		t.Errorf("never larger: %v", got)
	}
}

func near(a, b Point) bool { return math.Hypot(a.X-b.X, a.Y-b.Y) < 1e-9 }

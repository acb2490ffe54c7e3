package widget

import (
	"image"
	"testing"

	"trinhky/pdfview/geom"
)

// Every pixel of a page in the view is covered by exactly one tile.
func TestTilesCoverTheView(t *testing.T) {
	sizes := []geom.Size{geom.A4, {W: 842, H: 595}, {W: 100, H: 100}}
	for _, scale := range []float64{0.2, 1, 1.5, 96.0 / 72 * 1.5, 4} {
		s := newSheet(sizes, scale, 900, 14)
		view := image.Rect(0, 300, 900, 1100)
		covered := map[image.Point]int{}
		const grid = 7 // pixels between the points that are looked at
		for _, tl := range s.tiles(view) {
			if tl.clip.Dx() > tileSide || tl.clip.Dy() > tileSide || tl.clip.Empty() {
				t.Fatalf("scale %v: tile %v", scale, tl.clip)
			}
			r := tl.clip.Add(s.pages[tl.page].Min)
			for y := (r.Min.Y + grid - 1) / grid * grid; y < r.Max.Y; y += grid {
				for x := (r.Min.X + grid - 1) / grid * grid; x < r.Max.X; x += grid {
					covered[image.Pt(x, y)]++
				}
			}
		}
		for n, page := range s.pages {
			part := page.Intersect(view)
			for y := (part.Min.Y + grid - 1) / grid * grid; y < part.Max.Y; y += grid {
				for x := (part.Min.X + grid - 1) / grid * grid; x < part.Max.X; x += grid {
					if c := covered[image.Pt(x, y)]; c != 1 {
						t.Fatalf("scale %v, page %d: point %d,%d is covered %d times", scale, n, x, y, c)
					}
				}
			}
		}
	}
}

func TestSheet(t *testing.T) {
	s := newSheet([]geom.Size{{W: 100, H: 200}, {W: 50, H: 100}}, 2, 300, 10)
	want := []image.Rectangle{image.Rect(50, 10, 250, 410), image.Rect(100, 420, 200, 620)}
	for i, w := range want {
		if s.pages[i] != w {
			t.Errorf("page %d at %v, want %v", i, s.pages[i], w)
		}
	}
	if s.size != image.Pt(300, 630) {
		t.Errorf("size %v", s.size)
	}
	for y, page := range map[int]int{0: 0, 409: 0, 415: 1, 500: 1, 9999: 1} {
		if got := s.pageAt(y); got != page {
			t.Errorf("pageAt(%d) = %d, want %d", y, got, page)
		}
	}
}

package review

import (
	"context"
	"errors"
	"image"
	"testing"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// pageText is a view whose first page has lines of text, 10 points a letter.
type pageText struct {
	lines []string
	err   error
}

func (v pageText) Pages() int { return 1 }
func (v pageText) Page(context.Context, int) (geom.Page, error) {
	return geom.Page{}, nil
}

func (v pageText) Render(context.Context, int, float64, image.Rectangle) (*image.RGBA, error) {
	return nil, errors.New("no")
}
func (v pageText) Close() error { return nil }
func (v pageText) Text(context.Context, int) (pdfview.Text, error) {
	var t pdfview.Text
	for n, line := range v.lines {
		y := 700 - 20*float64(n)
		for x, r := range []rune(line) {
			c := pdfview.Char{Rune: r, Base: geom.Point{X: 10 * float64(x), Y: y}, Size: 10}
			if r != ' ' {
				c.Box = geom.Rect{X0: 10 * float64(x), X1: 10*float64(x) + 9, Y0: y, Y1: y + 8}
			}
			t.Chars = append(t.Chars, c)
		}
		t.Chars = append(t.Chars, pdfview.Char{Rune: '\r'}, pdfview.Char{Rune: '\n'})
	}
	return t, v.err
}

func searchable(lines ...string) *Document {
	return &Document{
		Pages: []geom.Page{{MediaBox: geom.Rect{X1: geom.A4.W, Y1: geom.A4.H}}}, View: pageText{lines: lines},
	}
}

func TestFind(t *testing.T) {
	d := searchable("Ủy ban nhân dân", "tỉnh Mẫu, đường Đê, uỷ ban")
	for _, c := range []struct {
		query        string
		found, lines int
	}{
		{"nhan dan", 1, 1},
		{"NHÂN DÂN", 1, 1},
		{"nhân dấn", 0, 0},
		{"duong de", 1, 1},
		{"dan tinh", 1, 2},
		{"dân \n tỉnh", 1, 2},
		{"uy ban", 2, 1},
		{"ủy", 1, 1},
		{"mâ", 0, 0},
		{"", 0, 0},
		{"  ", 0, 0},
		{"không có", 0, 0},
	} {
		got, err := d.Find(t.Context(), c.query)
		if err != nil || len(got) != c.found {
			t.Errorf("%q: %d places, %v", c.query, len(got), err)
			continue
		}
		if c.found > 0 && len(got[0].Rects) != c.lines {
			t.Errorf("%q: %d lines", c.query, len(got[0].Rects))
		}
	}
	broken := searchable("x")
	broken.View = pageText{err: errors.New("damaged")}
	if _, err := broken.Find(t.Context(), "x"); err == nil {
		t.Error("an unreadable page was searched")
	}
	if got, err := (&Document{}).Find(t.Context(), "x"); got != nil || err != nil {
		t.Error("a document without a view")
	}
}

func TestTextIn(t *testing.T) {
	d := searchable("Một hai", "ba bốn")
	top := func(line int) float64 { return geom.A4.H - (700 - 20*float64(line)) - 4 }
	got, rects, err := d.TextIn(t.Context(), 0, geom.Point{X: 42, Y: top(0)}, geom.Point{X: 14, Y: top(1)})
	if err != nil || got != "hai\nba" || len(rects) != 2 {
		t.Errorf("%q %v %v", got, rects, err)
	}
	// Backwards it is the same.
	back, _, err := d.TextIn(t.Context(), 0, geom.Point{X: 14, Y: top(1)}, geom.Point{X: 42, Y: top(0)})
	if err != nil || back != got {
		t.Errorf("%q", back)
	}
	if s, _, err := d.TextIn(t.Context(), 3, geom.Point{}, geom.Point{}); s != "" || err != nil {
		t.Errorf("%q %v", s, err)
	}
}

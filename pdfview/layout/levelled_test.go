package layout

import (
	"math"
	"testing"

	"trinhky/pdfview/geom"
)

// What is said of the ink moves the band only where it can be true.
func TestLevelled(t *testing.T) {
	line := func(base, y0, y1 float64) run {
		return run{base: base, size: 14, cells: []cell{{text: "A", y0: y0, y1: y1}, {text: " "}}}
	}
	title, name := line(100, 90.7, 100), line(200, 190.7, 200)
	hidden := name
	hidden.hidden = true
	for what, c := range map[string]struct {
		title, name run
		want        float64
	}{
		"plain":                 {title, name, 0.02},
		"dot below the title":   {line(100, 90.7, 102.8), name, 0.72},
		"hooks on the name":     {title, line(200, 186.5, 200), -1.03},
		"hooks beyond the font": {title, line(200, 182.5, 200), -4.06 + geom.MM(0.4)},
		"hidden text":           {title, hidden, 0},
		"no ink":                {line(100, 0, 0), name, 0},
		"ink above the letters": {title, line(200, 150, 160), 0},
		"ink below the letters": {line(100, 100, 120), name, 0},
	} {
		band := geom.Rect{X0: 300, X1: 400, Y0: c.title.bottom(), Y1: c.name.top()}
		if got := levelled(band, c.title, c.name); math.Abs(got-c.want) > 0.01 {
			t.Errorf("%s: %.3f points down, want %.3f", what, got, c.want)
		}
	}
}

package layout

import (
	"image"
	"math"
	"slices"

	"trinhky/pdfview/geom"
)

// Scanned pages have no text to read. What can be seen of them is where ink
// stands: lines of text as boxes, and the blanks between them.

// Lengths of ink analysis, in millimetres.
const (
	inkDPI        = 100
	smearMM       = 2.2 // gap between words of a line that is bridged
	leastLineMM   = 1.4 // height of a line of text; less is a speck or a rule
	mostLineMM    = 9.0 // more is a picture or a seal
	leastWidthMM  = 4.0
	leastStrokeMM = 0.5 // a speck is smaller both ways
	mostSkew      = 0.05
	skewStep      = 0.0025
)

// inkPage is a page as ink, in pixels at inkDPI.
type inkPage struct {
	w, h  int
	dark  []bool
	skew  float64 // rows fall by that much a column
	boxes []geom.Rect
}

// readInk finds the boxes of the lines of an upright page, in points of shown
// space, straightened by the skew that it returns.
func readInk(img *image.RGBA) *inkPage {
	p := &inkPage{w: img.Rect.Dx(), h: img.Rect.Dy()}
	p.dark = threshold(img)
	p.dropSpecks()
	p.skew = p.findSkew()
	p.boxes = p.lines()
	return p
}

// threshold divides paper and ink: ink is much darker than the paper around,
// which is the most frequent level of a strip of the page.
func threshold(img *image.RGBA) []bool {
	const strip = 64
	w, h := img.Rect.Dx(), img.Rect.Dy()
	dark := make([]bool, w*h)
	light := make([]uint8, w*strip)
	for y0 := 0; y0 < h; y0 += strip {
		var histogram [256]int
		y1 := min(y0+strip, h)
		for y := y0; y < y1; y++ {
			row := img.Pix[y*img.Stride : y*img.Stride+4*w]
			for x := range w {
				v := lightness(row[4*x:])
				light[(y-y0)*w+x] = v
				histogram[v]++
			}
		}
		paper := 255
		for v := range histogram {
			if histogram[v] > histogram[paper] {
				paper = v
			}
		}
		limit := uint8(max(paper, 120) * 62 / 100)
		for k := range (y1 - y0) * w {
			dark[y0*w+k] = light[k] < limit
		}
	}
	return dark
}

func luma(img *image.RGBA, x, y int) int { return int(lightness(img.Pix[y*img.Stride+4*x:])) }

// lightness is that of a pixel (ITU-R BT.601).
func lightness(pix []uint8) uint8 {
	return uint8((299*uint32(pix[0]) + 587*uint32(pix[1]) + 114*uint32(pix[2])) / 1000)
}

func pixels(mm float64) int { return int(math.Round(mm * inkDPI / 25.4)) }

// dropSpecks removes dark pixels without company: fewer than three others within
// two pixels.
func (p *inkPage) dropSpecks() {
	const reach, least = 2, 4
	out := slices.Clone(p.dark)
	for y := range p.h {
		for x := range p.w {
			if p.dark[y*p.w+x] {
				out[y*p.w+x] = p.company(x, y, reach, least)
			}
		}
	}
	p.dark = out
}

// company says whether least pixels are dark within reach of one.
func (p *inkPage) company(x, y, reach, least int) bool {
	n := 0
	for dy := max(0, y-reach); dy <= min(p.h-1, y+reach); dy++ {
		for _, dark := range p.dark[dy*p.w+max(0, x-reach) : dy*p.w+min(p.w, x+reach+1)] {
			if dark {
				if n++; n == least {
					return true
				}
			}
		}
	}
	return false
}

// findSkew is the slope at which the rows are sharpest: where the sum of the
// squares of ink in a row is largest. A few of the points tell about where, all
// of them tell exactly.
func (p *inkPage) findSkew() float64 {
	var points, few []image.Point
	for y := 0; y < p.h; y++ {
		for x := 0; x < p.w; x += 2 {
			if p.dark[y*p.w+x] {
				points = append(points, image.Pt(x, y))
				if len(points)%fewPoints == 0 {
					few = append(few, image.Pt(x, y))
				}
			}
		}
	}
	most := int(mostSkew / skewStep)
	about := p.sharpest(few, -most, most)
	return float64(p.sharpest(points, max(about-2, -most), min(about+2, most))) * skewStep
}

// fewPoints is of how many points one is looked at first.
const fewPoints = 5

// sharpest is the one of the slopes from a to b, in steps, with sharpest rows;
// of equals the one nearest to none.
func (p *inkPage) sharpest(points []image.Point, a, b int) int {
	best, most := 0, -1.0
	margin := int(mostSkew*float64(p.w)) + 1
	rows := make([]int32, p.h+2*margin)
	falls := make([]int, p.w)
	for step := a; step <= b; step++ {
		slope := float64(step) * skewStep
		for x := range falls {
			falls[x] = margin - int(slope*float64(x))
		}
		clear(rows)
		for _, q := range points {
			rows[q.Y+falls[q.X]]++
		}
		sum := 0.0
		for _, n := range rows {
			sum += float64(n) * float64(n)
		}
		if sum > most || sum == most && abs(step) < abs(best) {
			best, most = step, sum
		}
	}
	return best
}

func abs(n int) int { return max(n, -n) }

// stretch is a run of ink in one row after straightening and smearing.
type stretch struct{ x0, x1, y, box int }

// lines joins stretches that touch from row to row into boxes.
func (p *inkPage) lines() []geom.Rect {
	smear := pixels(smearMM)
	margin := int(mostSkew*float64(p.w)) + 1
	var boxes []image.Rectangle
	var before []stretch
	for y := -margin; y < p.h+margin; y++ {
		row := p.stretches(y, smear)
		for i := range row {
			s := &row[i]
			s.box = -1
			for _, b := range before {
				if b.x0 < s.x1 && s.x0 < b.x1 {
					s.box = joinBoxes(boxes, s.box, b.box)
				}
			}
			r := image.Rect(s.x0, y, s.x1, y+1)
			if s.box < 0 {
				boxes = append(boxes, r)
				s.box = len(boxes) - 1
				continue
			}
			boxes[s.box] = boxes[s.box].Union(r)
		}
		before = resolve(boxes, row)
	}
	return p.keep(boxes)
}

// joinBoxes merges box b into a and returns the one that stays. A box that was
// merged away is empty and its Min.X is the index of the other.
func joinBoxes(boxes []image.Rectangle, a, b int) int {
	b = root(boxes, b)
	if a < 0 {
		return b
	}
	a = root(boxes, a)
	if a == b {
		return a
	}
	boxes[a] = boxes[a].Union(boxes[b])
	boxes[b] = image.Rectangle{Min: image.Pt(a, 0), Max: image.Pt(-1, -1)}
	return a
}

func root(boxes []image.Rectangle, i int) int {
	for boxes[i].Max == image.Pt(-1, -1) {
		i = boxes[i].Min.X
	}
	return i
}

func resolve(boxes []image.Rectangle, row []stretch) []stretch {
	for i := range row {
		row[i].box = root(boxes, row[i].box)
	}
	return row
}

// stretches are the runs of ink of a straightened row, gaps up to smear bridged.
func (p *inkPage) stretches(row, smear int) []stretch {
	var out []stretch
	last := -1
	for x := range p.w {
		y := row + int(p.skew*float64(x))
		if y < 0 || y >= p.h || !p.dark[y*p.w+x] {
			continue
		}
		if last >= 0 && x-last <= smear {
			out[len(out)-1].x1 = x + 1
		} else {
			out = append(out, stretch{x0: x, x1: x + 1, y: row})
		}
		last = x
	}
	return out
}

// keep returns the boxes that can be lines of text, in points, from the top.
// Marks over letters and dots under them are joined to their line.
func (p *inkPage) keep(boxes []image.Rectangle) []geom.Rect {
	var out []geom.Rect
	k := 72.0 / inkDPI
	for _, b := range boxes {
		if b.Max == image.Pt(-1, -1) || max(b.Dx(), b.Dy()) < pixels(leastStrokeMM) {
			continue
		}
		out = append(out, geom.Rect{X0: float64(b.Min.X) * k, Y0: float64(b.Min.Y) * k, X1: float64(b.Max.X) * k, Y1: float64(b.Max.Y) * k})
	}
	slices.SortFunc(out, func(a, b geom.Rect) int { return int(math.Copysign(1, a.W()-b.W())) * -1 })
	out = absorb(out)
	out = slices.DeleteFunc(out, func(r geom.Rect) bool {
		return r.H() < geom.MM(leastLineMM) || r.H() > geom.MM(mostLineMM) || r.W() < geom.MM(leastWidthMM)
	})
	slices.SortFunc(out, func(a, b geom.Rect) int {
		switch {
		case a.Y0 < b.Y0:
			return -1
		case a.Y0 > b.Y0:
			return 1
		default:
			return 0
		}
	})
	return out
}

// absorb joins small boxes (marks, dots) to the wider line that they touch.
func absorb(wide []geom.Rect) []geom.Rect {
	var out []geom.Rect
	near := geom.MM(0.7)
	for _, r := range wide {
		joined := false
		for i, o := range out {
			if small := r.H() < geom.MM(1.6) && r.W() < geom.MM(6); small && !o.Inset(-near).Intersect(r).Empty() && o.H() < geom.MM(mostLineMM) {
				out[i], joined = o.Union(r), true
				break
			}
		}
		if !joined {
			out = append(out, r)
		}
	}
	return out
}

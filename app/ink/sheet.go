package ink

import (
	"cmp"
	"image"
	"math"
	"slices"
)

// Measures of the search for the sheet.
const (
	searchSide = 360  // pixels of the longer side of the small picture
	edgeSide   = 1500 // of the one in which the edges are measured
	leastShare = 0.12 // of the picture: a smaller sheet is no sheet
	leastFill  = 0.93 // of the quad that the sheet fills
	wholeShare = 0.97 // from here on the picture shows nothing but the sheet
)

// FindSheet finds the sheet of paper in a photo. ok is false where there is no
// edge to see (a scan, a close photo, white paper on white): then all of the
// picture is the sheet.
func FindSheet(p *Photo) (q Quad, ok bool) {
	g := newGray(p.img, searchSide)
	var best Quad
	bestFill := 0.0
	for _, region := range g.regions() {
		quad, fill := g.quadOf(region)
		if fill > bestFill && quad.Area() < wholeShare*float64(g.w*g.h) {
			best, bestFill = quad, fill
		}
	}
	if bestFill < leastFill {
		return Whole(p.img.Rect), false
	}
	for i := range best {
		best[i] = Point{best[i].X / g.scale, best[i].Y / g.scale}
	}
	best = newGray(p.img, edgeSide).sharpen(best)
	for i := range best {
		best[i].X = min(max(best[i].X, 0), float64(p.img.Rect.Dx()))
		best[i].Y = min(max(best[i].Y, 0), float64(p.img.Rect.Dy()))
	}
	if !best.Convex() {
		return Whole(p.img.Rect), false
	}
	return best, true
}

// gray is a small blurred picture of lightness.
type gray struct {
	w, h  int
	scale float64 // its pixels per pixel of the photo
	v     []float32
}

func newGray(img *image.RGBA, side int) *gray {
	n := max(1, (max(img.Rect.Dx(), img.Rect.Dy())+side-1)/side)
	g := &gray{w: img.Rect.Dx() / n, h: img.Rect.Dy() / n, scale: 1 / float64(n)}
	g.v = make([]float32, g.w*g.h)
	for y := range g.h {
		for x := range g.w {
			sum := 0
			for dy := range n {
				row := img.Pix[(y*n+dy)*img.Stride+4*x*n:]
				for dx := range n {
					sum += 3*int(row[4*dx]) + 5*int(row[4*dx+1]) + 2*int(row[4*dx+2])
				}
			}
			g.v[y*g.w+x] = float32(sum) / float32(10*n*n)
		}
	}
	g.blur()
	return g
}

// blur takes the mean of 3 × 3.
func (g *gray) blur() {
	out := make([]float32, len(g.v))
	for y := range g.h {
		for x := range g.w {
			var sum, n float32
			for yy := max(0, y-1); yy <= min(g.h-1, y+1); yy++ {
				for xx := max(0, x-1); xx <= min(g.w-1, x+1); xx++ {
					sum, n = sum+g.v[yy*g.w+xx], n+1
				}
			}
			out[y*g.w+x] = sum / n
		}
	}
	g.v = out
}

// regions are what can be the sheet: what is connected with the middle of the
// picture without a step of lightness, for several heights of a step, and what
// is lighter than the best threshold.
func (g *gray) regions() [][]bool {
	var out [][]bool
	for _, step := range []float32{1.3, 2, 3, 4.5, 7, 11} {
		out = append(out, g.grown(func(a, b float32) bool { return b > a-step && b < a+step }))
	}
	limit := g.otsu()
	return append(out, g.grown(func(_, b float32) bool { return b >= limit }))
}

// grown is the largest region that grows from a light place near the middle as
// long as same holds between neighbours.
func (g *gray) grown(same func(a, b float32) bool) []bool {
	var best []bool
	bestN := 0
	for _, fy := range []float64{0.5, 0.35, 0.65} {
		for _, fx := range []float64{0.5, 0.35, 0.65} {
			seed := g.lightest(int(fx*float64(g.w)), int(fy*float64(g.h)))
			if best != nil && best[seed] {
				continue
			}
			if mask, n := g.flood(seed, same); n > bestN {
				best, bestN = mask, n
			}
		}
	}
	return best
}

// lightest is the lightest pixel of a patch: paper, not ink.
func (g *gray) lightest(x, y int) int {
	reach := max(2, g.w/20)
	best := y*g.w + x
	for yy := max(0, y-reach); yy <= min(g.h-1, y+reach); yy++ {
		for xx := max(0, x-reach); xx <= min(g.w-1, x+reach); xx++ {
			if i := yy*g.w + xx; g.v[i] > g.v[best] {
				best = i
			}
		}
	}
	return best
}

func (g *gray) flood(seed int, same func(a, b float32) bool) ([]bool, int) {
	mask := make([]bool, len(g.v))
	mask[seed] = true
	queue := []int{seed}
	n := 0
	for len(queue) > 0 {
		i := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		n++
		x, y := i%g.w, i/g.w
		for _, d := range [4][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
			nx, ny := x+d[0], y+d[1]
			if nx < 0 || ny < 0 || nx >= g.w || ny >= g.h {
				continue
			}
			if j := ny*g.w + nx; !mask[j] && same(g.v[i], g.v[j]) {
				mask[j] = true
				queue = append(queue, j)
			}
		}
	}
	return mask, n
}

// otsu is the threshold that divides the lightness best.
func (g *gray) otsu() float32 {
	var histogram [256]float64
	total := 0.0
	for _, v := range g.v {
		histogram[int(min(max(v, 0), 255))]++
		total += float64(v)
	}
	var n, sum, best float64
	limit := 128
	all := float64(len(g.v))
	for t, count := range histogram {
		n, sum = n+count, sum+count*float64(t)
		if n == 0 || n == all {
			continue
		}
		d := sum/n - (total-sum)/(all-n)
		if between := n * (all - n) * d * d; between > best {
			best, limit = between, t+1
		}
	}
	return float32(limit)
}

// quadOf fits a quadrilateral to a region and says how much of it the region,
// with its holes (ink), fills; 0 where it is no sheet.
func (g *gray) quadOf(mask []bool) (Quad, float64) {
	if mask == nil {
		return Quad{}, 0
	}
	hull := hullOf(g.outline(mask))
	if len(hull) < 4 {
		return Quad{}, 0
	}
	q := largestQuad(hull)
	q = g.refine(q, mask)
	if !q.Convex() || q.Area() < leastShare*float64(g.w*g.h) {
		return Quad{}, 0
	}
	return q, min(polygonArea(hull)/q.Area(), q.Area()/polygonArea(hull)) * g.edgeFill(q, mask)
}

// edgeFill is the share of a strip just inside the quad that belongs to the
// region: the edges of a sheet are straight and whole, those of a hand or of a
// leak are not.
func (g *gray) edgeFill(q Quad, mask []bool) float64 {
	m := newHomography(q)
	in, all := 0, 0
	const inset = 0.02
	for i := 1; i < 100; i++ {
		t := float64(i) / 100
		for _, uv := range [4][2]float64{{t, inset}, {t, 1 - inset}, {inset, t}, {1 - inset, t}} {
			p := m.at(uv[0], uv[1])
			x, y := int(p.X), int(p.Y)
			if x < 0 || y < 0 || x >= g.w || y >= g.h {
				continue
			}
			all++
			if mask[y*g.w+x] {
				in++
			}
		}
	}
	if all == 0 {
		return 0
	}
	return min(1, float64(in)/float64(all)/0.97) // ink and folds reach the edge here and there
}

// outline is the first and the last pixel of the region in every row and column.
func (g *gray) outline(mask []bool) []Point {
	var out []Point
	for y := range g.h {
		first, last := -1, -1
		for x := range g.w {
			if mask[y*g.w+x] {
				if first < 0 {
					first = x
				}
				last = x
			}
		}
		if first >= 0 {
			out = append(out, Point{float64(first), float64(y) + 0.5}, Point{float64(last + 1), float64(y) + 0.5})
		}
	}
	for x := range g.w {
		first, last := -1, -1
		for y := range g.h {
			if mask[y*g.w+x] {
				if first < 0 {
					first = y
				}
				last = y
			}
		}
		if first >= 0 {
			out = append(out, Point{float64(x) + 0.5, float64(first)}, Point{float64(x) + 0.5, float64(last + 1)})
		}
	}
	return out
}

// hullOf is the convex hull (Andrew's monotone chain), clockwise as seen.
func hullOf(points []Point) []Point {
	slices.SortFunc(points, func(a, b Point) int {
		return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y))
	})
	points = slices.Compact(points)
	half := func(all []Point) []Point {
		var out []Point
		for _, p := range all {
			for len(out) >= 2 && cross(out[len(out)-2], out[len(out)-1], p) <= 0 {
				out = out[:len(out)-1]
			}
			out = append(out, p)
		}
		return out
	}
	upper := half(points)
	slices.Reverse(points)
	lower := half(points)
	if len(upper) < 2 || len(lower) < 2 {
		return nil
	}
	return append(upper[:len(upper)-1], lower[:len(lower)-1]...)
}

func polygonArea(p []Point) float64 {
	sum := 0.0
	for i, a := range p {
		b := p[(i+1)%len(p)]
		sum += a.X*b.Y - b.X*a.Y
	}
	return math.Abs(sum) / 2
}

// largestQuad is the largest quadrilateral of corners of the hull, of which it
// looks at no more than 64; its first corner is the top left one.
func largestQuad(hull []Point) Quad {
	const most = 64
	if len(hull) > most {
		thin := make([]Point, 0, most)
		for i := range most {
			thin = append(thin, hull[i*len(hull)/most])
		}
		hull = thin
	}
	n := len(hull)
	var best Quad
	bestArea := -1.0
	for i := range n {
		for k := i + 2; k < n; k++ {
			// The farthest corners on both sides of the diagonal.
			a, b := -1, -1
			for j := i + 1; j < k; j++ {
				if a < 0 || math.Abs(cross(hull[i], hull[k], hull[j])) > math.Abs(cross(hull[i], hull[k], hull[a])) {
					a = j
				}
			}
			for j := k + 1; j < n+i; j++ {
				if b < 0 || math.Abs(cross(hull[i], hull[k], hull[j%n])) > math.Abs(cross(hull[i], hull[k], hull[b])) {
					b = j % n
				}
			}
			if a < 0 || b < 0 {
				continue
			}
			q := Quad{hull[i], hull[a], hull[k], hull[b]}
			if area := q.Area(); area > bestArea {
				best, bestArea = q, area
			}
		}
	}
	return best.fromTopLeft()
}

// fromTopLeft begins with the corner nearest to the top left of the picture.
func (q Quad) fromTopLeft() Quad {
	at := 0
	for i, p := range q {
		if p.X+p.Y < q[at].X+q[at].Y {
			at = i
		}
	}
	return Quad{q[at], q[(at+1)%4], q[(at+2)%4], q[(at+3)%4]}
}

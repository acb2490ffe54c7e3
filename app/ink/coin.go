package ink

import (
	"context"
	"image"
	"math"
	"slices"
)

// Measures of the search for a coin.
const (
	coinPixels   = 500_000
	coinBeyond   = 0.5  // of the sheet's sides: how far beside the sheet it may lie
	leastCoinPx  = 9    // radius in the straightened picture
	coinCentres  = 12   // places that are looked at closely
	leastRim     = 0.55 // of the circle that is seen as an edge
	leastMetal   = 0.35 // of the disc that is not as the paper around it
	coinRadial   = 0.92 // cosine between an edge and its radius
	coinAngles   = 240
	mostOval     = 0.05
	mostInkMM    = 52.0 // of a seal
	leastSealMM  = 20.0
	leastInkMM   = 12.0
	mostSignMM   = 110.0
	leastCoinMM  = 18.0
	mostCoinMM   = 27.0
	shadowMargin = 1.3
)

// FindCoin finds the coin in a photo whose ink is r: a disc that is no ink, on
// the plane of the sheet. ok is false where there is none, or several as good.
func FindCoin(ctx context.Context, p *Photo, o Order, r Result, coin Reference) (m Mark, ok bool) {
	if !coin.Coin || r.h <= 0 || r.w <= 0 {
		return Mark{}, false
	}
	flat := Straighten(p, o.Sheet, beside(o.Sheet), r.w/r.h, coinPixels)
	s := newCoinSearch(flat, o, r)
	var best, second found
	for _, c := range s.centres() {
		if ctx.Err() != nil {
			return Mark{}, false
		}
		d, ok := s.disc(c)
		if !ok {
			continue
		}
		f := found{disc: d}
		if f.mark, f.disc, ok = p.coinMark(flat, o.Sheet, d, coin); ok {
			best, second = best.with(second, f)
		}
	}
	m = best.mark
	if second.mark.Confidence > 0.8*m.Confidence {
		m.Confidence = min(m.Confidence, SureMark-0.05) // the other one could be meant
	}
	return m, m.Confidence > 0
}

// found is a disc with its rim measured.
type found struct {
	disc
	mark Mark
}

// with is the better of two and the next one elsewhere, after f was found too.
func (best found) with(second, f found) (found, found) {
	switch {
	case f.mark.Confidence <= best.mark.Confidence:
		if !f.near(best.disc) && f.mark.Confidence > second.mark.Confidence {
			second = f
		}
		return best, second
	case best.mark.Confidence > 0 && !f.near(best.disc):
		second = best
	}
	return f, second
}

// beside is the part of the plane around the sheet that can be straightened:
// what lies on this side of the horizon.
func beside(q Quad) Part {
	m := newHomography(q)
	for _, reach := range []float64{coinBeyond, coinBeyond / 2, 0.1} {
		part := Part{-reach, -reach, 1 + reach, 1 + reach}
		least := math.Inf(1)
		for _, uv := range [4][2]float64{{part.X0, part.Y0}, {part.X1, part.Y0}, {part.X0, part.Y1}, {part.X1, part.Y1}} {
			least = math.Min(least, m[6]*uv[0]+m[7]*uv[1]+m[8])
		}
		if least > 0.3 {
			return part
		}
	}
	return All()
}

// disc is a coin in the straightened picture.
type disc struct {
	x, y, r float64
	rim     float64 // share of the circle that is an edge
	score   float64
}

func (d disc) near(e disc) bool { return math.Hypot(d.x-e.x, d.y-e.y) < 0.6*max(d.r, e.r) }

// coinSearch is the straightened picture as edges.
type coinSearch struct {
	g          *gray
	gx, gy     []float32
	edges      []int
	rMin, rMax float64
	ink        image.Rectangle // where the ink is
}

func newCoinSearch(flat *Sheet, o Order, r Result) *coinSearch {
	s := &coinSearch{g: newGray(flat.img, max(flat.img.Rect.Dx(), flat.img.Rect.Dy()))}
	u := func(x float64) int { return int((x - flat.part.X0) * flat.w) }
	v := func(y float64) int { return int((y - flat.part.Y0) * flat.h) }
	s.ink = image.Rect(u(r.Part.X0), v(r.Part.Y0), u(r.Part.X1), v(r.Part.Y1)).Inset(-3)
	wide := float64(s.ink.Dx())
	least, most := leastInkMM, mostSignMM
	if o.Kind == Seal {
		least, most = leastSealMM, mostInkMM
	}
	s.rMin = max(leastCoinPx, wide*leastCoinMM/most/2)
	s.rMax = min(wide*mostCoinMM/least/2, float64(min(s.g.w, s.g.h))/3)
	s.slopes()
	return s
}

// slopes keeps the steepest places of the picture as edges.
func (s *coinSearch) slopes() {
	g := s.g
	s.gx, s.gy = make([]float32, len(g.v)), make([]float32, len(g.v))
	var histogram [256]int
	steep := func(i int) int {
		return int(min(math.Hypot(float64(s.gx[i]), float64(s.gy[i])), 255))
	}
	for y := 1; y < g.h-1; y++ {
		for x := 1; x < g.w-1; x++ {
			i := y*g.w + x
			s.gx[i] = (g.v[i+1] - g.v[i-1]) / 2
			s.gy[i] = (g.v[i+g.w] - g.v[i-g.w]) / 2
			histogram[steep(i)]++
		}
	}
	const share, least = 0.2, 3
	limit, seen := 255, 0
	for ; limit > least && float64(seen) < share*float64(len(g.v)); limit-- {
		seen += histogram[limit]
	}
	for i := range g.v {
		if steep(i) >= limit && !(image.Point{X: i % g.w, Y: i / g.w}).In(s.ink) {
			s.edges = append(s.edges, i)
		}
	}
}

// centres are where most edges point to (Hough's transform for circles).
func (s *coinSearch) centres() []Point {
	g := s.g
	if s.rMax <= s.rMin {
		return nil
	}
	votes := make([]float32, len(g.v))
	for _, i := range s.edges {
		l := float64(math.Hypot(float64(s.gx[i]), float64(s.gy[i])))
		dx, dy := float64(s.gx[i])/l, float64(s.gy[i])/l
		for r := s.rMin; r <= s.rMax; r++ {
			for _, sign := range [2]float64{1, -1} {
				x, y := int(float64(i%g.w)+sign*dx*r+0.5), int(float64(i/g.w)+sign*dy*r+0.5)
				if x >= 0 && y >= 0 && x < g.w && y < g.h {
					votes[y*g.w+x] += float32(1 / r)
				}
			}
		}
	}
	v := &gray{w: g.w, h: g.h, v: votes}
	v.blur()
	var out []Point
	for range coinCentres {
		best := 0
		for i := range v.v {
			if v.v[i] > v.v[best] {
				best = i
			}
		}
		if v.v[best] <= 0 {
			break
		}
		cx, cy := best%g.w, best/g.w
		if !(image.Point{X: cx, Y: cy}).In(s.ink) {
			out = append(out, Point{float64(cx) + 0.5, float64(cy) + 0.5})
		}
		reach := int(s.rMin / 2)
		for y := max(0, cy-reach); y <= min(g.h-1, cy+reach); y++ {
			clear(v.v[y*g.w+max(0, cx-reach) : y*g.w+min(g.w-1, cx+reach)+1])
		}
	}
	return out
}

// disc is the coin around a centre: the outermost circle of edges that is nearly
// as complete as the best one.
func (s *coinSearch) disc(c Point) (disc, bool) {
	const bins = 72
	n := int(s.rMax) + 4
	seen := make([][bins]bool, n)
	for _, i := range s.edges {
		dx, dy := float64(i%s.g.w)+0.5-c.X, float64(i/s.g.w)+0.5-c.Y
		d := math.Hypot(dx, dy)
		if d < s.rMin-2 || d >= float64(n) {
			continue
		}
		cos := (dx*float64(s.gx[i]) + dy*float64(s.gy[i])) / (d * math.Hypot(float64(s.gx[i]), float64(s.gy[i])))
		if math.Abs(cos) >= coinRadial {
			seen[int(d)][int((math.Atan2(dy, dx)+math.Pi)/(2*math.Pi)*bins)%bins] = true
		}
	}
	var found disc
	for r := max(2, int(s.rMin)-1); r < n-2; r++ {
		rim := 0
		for b := range bins {
			if seen[r-1][b] || seen[r][b] || seen[r+1][b] {
				rim++
			}
		}
		share := float64(rim) / bins
		if share >= leastRim && share > found.rim-0.12 {
			found = disc{c.X, c.Y, float64(r) + 0.5, max(share, found.rim), 0}
		}
	}
	if found.r == 0 || s.metal(found) < leastMetal {
		return disc{}, false
	}
	found.score = found.rim * (0.5 + 0.5*s.metal(found))
	return found, true
}

// metal is the share of a disc that is not as bright as what is around it.
func (s *coinSearch) metal(d disc) float64 {
	var around []float32
	const angles = 90
	at := func(share, angle float64) (float32, bool) {
		return s.g.level(d.x+share*d.r*math.Cos(angle), d.y+share*d.r*math.Sin(angle))
	}
	for a := range angles {
		if v, ok := at(shadowMargin, float64(a)*2*math.Pi/angles); ok {
			around = append(around, v)
		}
	}
	if len(around) < angles/2 {
		return 0
	}
	slices.Sort(around)
	paper := around[len(around)*3/5]
	other, all := 0, 0
	for _, share := range []float64{0.2, 0.4, 0.55, 0.7, 0.82} {
		for a := range angles {
			if v, ok := at(share, float64(a)*2*math.Pi/angles); ok {
				all++
				if math.Abs(float64(v-paper)) > 10 {
					other++
				}
			}
		}
	}
	return float64(other) / float64(max(all, 1))
}

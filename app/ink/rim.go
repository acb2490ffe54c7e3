package ink

import (
	"math"
	"math/rand/v2"
	"slices"
)

// The rim of a coin, measured in the photo itself: where the light changes on
// rays from its middle, as a circle on the plane of the sheet.

// rim are places where the light changes, as angle and radius, in pixels of the
// straightened picture.
type rim struct{ angle, radius []float64 }

// coinMark measures a disc and says how sure that is.
func (p *Photo) coinMark(flat *Sheet, sheet Quad, d disc, coin Reference) (Mark, disc, bool) {
	d, ok := p.rays(flat, sheet, d).circle(d)
	if !ok {
		return Mark{}, d, false
	}
	var share, oval float64
	for range 2 {
		share, oval = p.rays(flat, sheet, d).along(d).fit(&d)
	}
	if oval > mostOval || share < leastArc {
		return Mark{}, d, false
	}
	a, b := flat.ToPhoto(sheet, d.x-d.r, d.y), flat.ToPhoto(sheet, d.x+d.r, d.y)
	m := Mark{A: a, B: b, MM: p.onPaper(coin, distance(a, b)/coin.MM)}
	m.Confidence = min(share, 1-4*oval)
	return m, d, true
}

// rays are the edges on rays from the middle of a disc, within a sixth of its
// radius.
func (p *Photo) rays(flat *Sheet, sheet Quad, d disc) rim {
	const reach = 1.0 / 6
	if d.r < 2 {
		return rim{}
	}
	// Half a pixel of the photo.
	step := d.r / max(distance(flat.ToPhoto(sheet, d.x-d.r, d.y), flat.ToPhoto(sheet, d.x+d.r, d.y)), 8)
	n := int(2*reach*d.r/step) + 1
	var out rim
	profile := make([]float64, n)
	for k := range coinAngles {
		t := float64(k) * 2 * math.Pi / coinAngles
		for i := range profile {
			r := d.r*(1-reach) + float64(i)*step
			var c [3]float64
			p.sample(flat.ToPhoto(sheet, d.x+r*math.Cos(t), d.y+r*math.Sin(t)), &c)
			profile[i] = 0.299*c[0] + 0.587*c[1] + 0.114*c[2]
		}
		for _, at := range steps(profile) {
			out.angle, out.radius = append(out.angle, t), append(out.radius, d.r*(1-reach)+at*step)
		}
	}
	return out
}

// steps are the places of profile where the light changes at least a third as
// much as at the steepest one.
func steps(profile []float64) []float64 {
	const least = 5                                       // levels
	weights := [...]float64{0.22, 0.26, 0.24, 0.17, 0.11} // of the samples on each side: one peak for one step
	slope := make([]float64, len(profile))
	best := 0.0
	for i := len(weights); i < len(profile)-len(weights); i++ {
		sum := 0.0
		for k, w := range weights {
			sum += w * (profile[i+k+1] - profile[i-k-1])
		}
		slope[i] = math.Abs(sum)
		best = max(best, slope[i])
	}
	var out []float64
	if best < least {
		return nil
	}
	for i := 1; i < len(slope)-1; i++ {
		if a, b, c := slope[i-1], slope[i], slope[i+1]; b >= best/3 && b > a && b >= c {
			shift := 0.0 // the middle of the step, between the samples
			if bend := a - 2*b + c; bend < 0 {
				shift = 0.5 * (a - c) / bend
			}
			out = append(out, float64(i)+shift)
		}
	}
	return out
}

// Measures of the circle through the edges.
const (
	circleTries = 400
	circleNear  = 0.012 // of the radius: an edge that far away belongs to it
	circleWorse = 0.2   // less complete than the best one around the same middle, and yet the rim: a coin has rings
	leastArc    = 0.4   // of the rim: less could be anything
)

// circle is the circle on which most rays have an edge, or a larger one around
// the same middle; the shadow of a coin has another. It tries circles through
// three edges, always the same ones.
func (e rim) circle(d disc) (disc, bool) {
	if len(e.angle) < coinAngles/2 {
		return d, false
	}
	r := rand.New(rand.NewPCG(1, uint64(len(e.angle))))
	at := func() Point {
		i := r.IntN(len(e.angle))
		return Point{e.radius[i] * math.Cos(e.angle[i]), e.radius[i] * math.Sin(e.angle[i])}
	}
	var tries []disc
	var best disc
	for range circleTries {
		c, ok := through(at(), at(), at())
		if !ok || math.Hypot(c.x, c.y) > 0.15*d.r || math.Abs(c.r-d.r) > 0.16*d.r {
			continue
		}
		c.x, c.y, c.score = c.x+d.x, c.y+d.y, d.score
		c.rim = float64(len(e.belonging(d, c).angle)) / coinAngles
		tries = append(tries, c)
		if c.rim > best.rim {
			best = c
		}
	}
	found := best
	for range 2 { // from ring to ring outwards
		var outer disc
		for _, c := range tries {
			if c.rim > best.rim-circleWorse && c.r > 1.03*found.r && c.rim > outer.rim &&
				math.Hypot(c.x-best.x, c.y-best.y) < 0.04*best.r {
				outer = c
			}
		}
		if outer.r > 0 {
			found = outer
		}
	}
	return found, found.rim >= leastArc
}

// along keeps, for each ray from the middle of d, the edge next to its circle.
func (e rim) along(d disc) rim { return e.belonging(d, d) }

// belonging does so for the circle c, for rays from the middle of d.
func (e rim) belonging(d, c disc) rim {
	var out rim
	nearest := math.Inf(1)
	for i, t := range e.angle {
		off := math.Abs(math.Hypot(d.x+e.radius[i]*math.Cos(t)-c.x, d.y+e.radius[i]*math.Sin(t)-c.y) - c.r)
		last := len(out.angle) - 1
		if off > circleNear*c.r {
			continue
		}
		if last >= 0 && out.angle[last] == t {
			if off < nearest {
				out.radius[last], nearest = e.radius[i], off
			}
			continue
		}
		out.angle, out.radius, nearest = append(out.angle, t), append(out.radius, e.radius[i]), off
	}
	return out
}

// through is the circle through three points.
func through(a, b, c Point) (disc, bool) {
	det := 2 * (a.X*(b.Y-c.Y) + b.X*(c.Y-a.Y) + c.X*(a.Y-b.Y))
	if math.Abs(det) < 1e-6 {
		return disc{}, false
	}
	aa, bb, cc := a.X*a.X+a.Y*a.Y, b.X*b.X+b.Y*b.Y, c.X*c.X+c.Y*c.Y
	x := (aa*(b.Y-c.Y) + bb*(c.Y-a.Y) + cc*(a.Y-b.Y)) / det
	y := (aa*(c.X-b.X) + bb*(a.X-c.X) + cc*(b.X-a.X)) / det
	return disc{x: x, y: y, r: math.Hypot(a.X-x, a.Y-y)}, true
}

// fit moves d to the circle through the rim, leaving out what lies far from it
// (shadows, print), and returns the share of the rim that belongs to it and how
// far it is from round.
func (e rim) fit(d *disc) (share, oval float64) {
	use := make([]bool, len(e.angle))
	for i := range use {
		use[i] = true
	}
	var k [5]float64 // radius, shift of the middle, two of the second harmonic
	limit := 0.0
	if len(use) < coinAngles/3 {
		return 0, 1
	}
	for range 8 {
		k = e.harmonics(use, 3)
		rest := make([]float64, 0, len(use))
		for i := range use {
			rest = append(rest, math.Abs(e.rest(k, i)))
		}
		sorted := slices.Clone(rest)
		slices.Sort(sorted)
		limit = max(2.5*1.4826*sorted[len(sorted)/2], 0.006*d.r)
		for i := range use {
			use[i] = rest[i] <= limit
		}
	}
	n := 0
	for i := range use {
		if use[i] && math.Abs(e.rest(k, i)) < 0.03*d.r {
			n++
		}
	}
	d.x, d.y, d.r = d.x+k[1], d.y+k[2], k[0]
	k = e.harmonics(use, 5)
	return float64(n) / coinAngles, math.Hypot(k[3], k[4]) / max(k[0], 1)
}

// rest is how far the edge i lies outside the curve k.
func (e rim) rest(k [5]float64, i int) float64 {
	return e.radius[i] - dotHarmonics(k, harmonicsAt(e.angle[i]))
}

func harmonicsAt(t float64) [5]float64 {
	return [5]float64{1, math.Cos(t), math.Sin(t), math.Cos(2 * t), math.Sin(2 * t)}
}

func dotHarmonics(a, b [5]float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// harmonics are the least squares of radius over angle with the first n terms:
// a circle a little beside the middle (3), a little oval (5).
func (e rim) harmonics(use []bool, n int) (out [5]float64) {
	var m [5][6]float64
	for i := range use {
		if !use[i] {
			continue
		}
		h := harmonicsAt(e.angle[i])
		for r := range n {
			for c := range n {
				m[r][c] += h[r] * h[c]
			}
			m[r][5] += h[r] * e.radius[i]
		}
	}
	for c := range n { // Gauss and Jordan; the matrix is positive
		if math.Abs(m[c][c]) < 1e-9 {
			return out
		}
		for r := range n {
			if r == c {
				continue
			}
			f := m[r][c] / m[c][c]
			for j := c; j < 6; j++ {
				m[r][j] -= f * m[c][j]
			}
		}
	}
	for i := range n {
		out[i] = m[i][5] / m[i][i]
	}
	return out
}

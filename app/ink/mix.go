package ink

import "math"

// Which ink covers a pixel: the one that is wanted, or another one that crosses
// it (a seal and a pen, a pen and black print).

// vec is what an ink takes away of red, green and blue.
type vec [3]float32

func dot(a, b vec) float32 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }
func length(a vec) float32 { return float32(math.Sqrt(float64(dot(a, a)))) }

// red says whether an ink takes much more of green and blue than of red; what
// takes much less of green than of blue is brass or wood.
func (a vec) red() bool { return a[0] < 0.6*(a[1]+a[2])/2 && a[1] > 0.62*a[2] }

// blue says whether an ink leaves much more of blue than of the other colours.
func (a vec) blue() bool { return a[2] < 0.75*(a[0]+a[1])/2 && !a.red() }

func (a vec) mean() float32 { return (a[0] + a[1] + a[2]) / 3 }

// inks are what each ink on the sheet takes away where it is full: the wanted
// one first, then those that cross it, zero where there is none worth it.
type inks [3]vec

const faint = 0.22 // what takes less is a shadow

// inks measures the inks of the sheet.
func (k *covered) inks(kind Kind) (out inks, ok bool) {
	red, pen, print := k.full(vec.red), k.full(func(v vec) bool { return !v.red() }), vec{}
	if k.blueAndBlack() {
		pen, print = k.full(vec.blue), k.full(func(v vec) bool { return !v.red() && !v.blue() })
	}
	out = inks{pen, red, print}
	if kind == Seal {
		out = inks{red, pen, print}
	}
	if kind == Signature && length(out[0]) < faint {
		out[0], out[1] = out[1], vec{} // written with a red pen
	}
	return out, length(out[0]) >= faint
}

// blueAndBlack says whether a blue pen wrote on a sheet with black print: there
// is much of both, and not only as the colour that JPEG blurs at the edge of a
// stroke.
func (k *covered) blueAndBlack() bool {
	const strong, leastBlue, leastBlack = 0.4, 0.05, 0.3
	var blue, black float32
	for i := range k.v[0] {
		v := vec{k.v[0][i], k.v[1][i], k.v[2][i]}
		switch {
		case v.mean() < strong || v.red():
		case v.blue():
			blue++
		case v[2] > 0.88*(v[0]+v[1])/2:
			black++
		}
	}
	return blue > leastBlue*black && black > leastBlack*blue
}

// full is the mean of the darkest tenth of the pixels that are this ink.
func (k *covered) full(is func(vec) bool) vec {
	var histogram [256]int
	n := 0
	limit := 6 * k.noise
	each := func(f func(v vec, level int)) {
		for i := range k.v[0] {
			v := vec{k.v[0][i], k.v[1][i], k.v[2][i]}
			if l := v.mean(); l > limit && is(v) {
				f(v, int(min(max(l*255, 0), 255)))
			}
		}
	}
	each(func(_ vec, level int) { histogram[level]++; n++ })
	if n < 20 {
		return vec{}
	}
	least, seen := 255, 0
	for ; least > 0 && seen < max(10, n/10); least-- {
		seen += histogram[least]
	}
	var sum vec
	used := float32(0)
	each(func(v vec, level int) {
		if level >= least {
			sum[0], sum[1], sum[2] = sum[0]+v[0], sum[1]+v[1], sum[2]+v[2]
			used++
		}
	})
	for c := range sum {
		sum[c] = max(sum[c]/max(used, 1), 0)
	}
	return sum
}

// unmix says how much of the first ink covers each pixel beside one of the
// others, and how much the other. How dark a pixel is tells how much ink there
// is, its colour (which JPEG keeps more coarsely) only which: least squares,
// neither less than nothing, with the other ink that fits better.
func (k *covered) unmix(p inks) (alpha, other []float32) {
	alpha, other = make([]float32, len(k.v[0])), make([]float32, len(k.v[0]))
	first := dot(p[0], light)
	for i := range alpha {
		v := vec{k.v[0][i], k.v[1][i], k.v[2][i]}
		share, dark, best := float32(1), float32(0), float32(math.Inf(1))
		for _, q := range p[1:] {
			if s, rest, ok := shareOf(v, p[0], q); ok && rest < best {
				share, dark, best = s, dot(q, light), rest
			}
		}
		all := dot(v, light) / (share*first + (1-share)*dark)
		alpha[i], other[i] = min(max(share*all, 0), 1), min(max((1-share)*all, 0), 1)
	}
	return alpha, other
}

// shareOf is the share of p in a pixel of the inks p and q, and how badly they
// explain it; ok is false where q is no other ink.
func shareOf(v, p, q vec) (share, rest float32, ok bool) {
	pp, pq, qq := dot(p, p), dot(p, q), dot(q, q)
	det := pp*qq - pq*pq
	if det <= 0.02*pp*qq {
		return 1, 0, false
	}
	vp, vq := dot(v, p), dot(v, q)
	a, b := (vp*qq-vq*pq)/det, (vq*pp-vp*pq)/det
	switch {
	case a <= 0:
		a, b = 0, max(vq/qq, 0)
	case b <= 0:
		a, b = max(vp/pp, 0), 0
	}
	for c := range v {
		d := v[c] - a*p[c] - b*q[c]
		rest += d * d
	}
	if a+b <= 0 {
		return 1, rest, true
	}
	return a / (a + b), rest, true
}

// across closes strokes that a stroke of another ink crosses: under it the first
// ink cannot be seen, and it goes on from side to side.
func (l *Lifted) across(other []float32) {
	const covers, strong = 0.4, 0.35
	reach := max(4, max(l.W, l.H)/100)
	hidden := func(i int) bool { return other[i] > covers && l.Alpha[i] < other[i] }
	side := func(x, y, dx, dy int) float32 { // where the other stroke ends
		for range reach {
			x, y = x+dx, y+dy
			if x < 0 || y < 0 || x >= l.W || y >= l.H {
				return 0
			}
			if i := y*l.W + x; !hidden(i) {
				return l.Alpha[i]
			}
		}
		return 0
	}
	closed := map[int]float32{}
	for i := range other {
		if !hidden(i) {
			continue
		}
		x, y := i%l.W, i/l.W
		for _, d := range [4][2]int{{1, 0}, {0, 1}, {1, 1}, {1, -1}} {
			if a := min(side(x, y, d[0], d[1]), side(x, y, -d[0], -d[1])); a > max(strong, closed[i]) {
				closed[i] = a
			}
		}
	}
	for i, a := range closed {
		l.Alpha[i] = max(l.Alpha[i], a)
	}
}

// light is what the colours add to lightness.
var light = vec{0.299, 0.587, 0.114}

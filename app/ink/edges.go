package ink

import "math"

// refine moves the sides of the quad to where the region really ends: a line
// through the ends along each side, in its middle nine tenths, and the corners
// where the lines meet.
func (g *gray) refine(q Quad, mask []bool) Quad {
	var lines [4]line
	for i := range q {
		l, ok := g.side(q[i], q[(i+1)%4], mask)
		if !ok {
			l = lineThrough(q[i], q[(i+1)%4])
		}
		lines[i] = l
	}
	var out Quad
	for i := range q {
		p, ok := lines[(i+3)%4].meet(lines[i])
		if !ok || distance(p, q[i]) > 0.08*float64(g.w+g.h) {
			return q
		}
		out[i] = p
	}
	return out
}

// sharpen moves the sides of a quad, in pixels of the photo, to where the
// lightness changes most across them. A side without a clear step stays.
func (g *gray) sharpen(q Quad) Quad {
	for i := range q {
		q[i] = Point{q[i].X * g.scale, q[i].Y * g.scale}
	}
	var lines [4]line
	for i := range q {
		l, ok := g.step(q[i], q[(i+1)%4])
		if !ok {
			l = lineThrough(q[i], q[(i+1)%4])
		}
		lines[i] = l
	}
	out := q
	for i := range q {
		if p, ok := lines[(i+3)%4].meet(lines[i]); ok && distance(p, q[i]) < 0.03*float64(g.w+g.h) {
			out[i] = p
		}
	}
	for i := range out {
		out[i] = Point{out[i].X / g.scale, out[i].Y / g.scale}
	}
	return out
}

// step fits a line to the largest steps of lightness across the side from a to b.
func (g *gray) step(a, b Point) (line, bool) {
	length := distance(a, b)
	if length < 20 {
		return line{}, false
	}
	tx, ty := (b.X-a.X)/length, (b.Y-a.Y)/length
	nx, ny := ty, -tx
	const leastStep = 6
	reach := 0.011*float64(g.w+g.h) + 2
	var along, off []float64
	for t := 0.04 * length; t < 0.96*length; t += 2 {
		best, at := float32(leastStep), 0.0
		for d := -reach; d <= reach; d += 0.5 {
			in, ok1 := g.level(a.X+tx*t+nx*(d-1.5), a.Y+ty*t+ny*(d-1.5))
			out, ok2 := g.level(a.X+tx*t+nx*(d+1.5), a.Y+ty*t+ny*(d+1.5))
			if ok1 && ok2 && in-out > best { // paper is lighter than what is around it
				best, at = in-out, d
			}
		}
		if best > leastStep {
			along, off = append(along, t), append(off, at)
		}
	}
	if float64(len(along)) < 0.25*length {
		return line{}, false
	}
	m, c := robustLine(along, off)
	at := func(t float64) Point { d := m*t + c; return Point{a.X + tx*t + nx*d, a.Y + ty*t + ny*d} }
	return lineThrough(at(0), at(length)), true
}

func (g *gray) level(x, y float64) (float32, bool) {
	c, r := int(math.Floor(x)), int(math.Floor(y))
	if c < 0 || r < 0 || c >= g.w || r >= g.h {
		return 0, false
	}
	return g.v[r*g.w+c], true
}

// line is n·p = d with |n| = 1.
type line struct{ nx, ny, d float64 }

func lineThrough(a, b Point) line {
	l := math.Max(distance(a, b), 1e-9)
	nx, ny := (b.Y-a.Y)/l, -(b.X-a.X)/l
	return line{nx, ny, nx*a.X + ny*a.Y}
}

func (l line) meet(m line) (Point, bool) {
	det := l.nx*m.ny - l.ny*m.nx
	if math.Abs(det) < 1e-6 {
		return Point{}, false
	}
	return Point{(l.d*m.ny - m.d*l.ny) / det, (l.nx*m.d - m.nx*l.d) / det}, true
}

// side fits a line to the end of the region along the side from a to b.
func (g *gray) side(a, b Point, mask []bool) (line, bool) {
	length := distance(a, b)
	if length < 10 {
		return line{}, false
	}
	tx, ty := (b.X-a.X)/length, (b.Y-a.Y)/length
	nx, ny := ty, -tx // outwards of a clockwise quad
	reach := 0.03*float64(g.w+g.h) + 2
	var along, off []float64
	for t := 0.05 * length; t < 0.95*length; t++ {
		for d := reach; d > -reach; d -= 0.5 {
			x, y := int(math.Floor(a.X+tx*t+nx*d)), int(math.Floor(a.Y+ty*t+ny*d))
			if x >= 0 && y >= 0 && x < g.w && y < g.h && mask[y*g.w+x] {
				along, off = append(along, t), append(off, d)
				break
			}
		}
	}
	if float64(len(along)) < 0.5*length {
		return line{}, false
	}
	m, c := robustLine(along, off)
	at := func(t float64) Point { d := m*t + c; return Point{a.X + tx*t + nx*d, a.Y + ty*t + ny*d} }
	return lineThrough(at(0), at(length)), true
}

// robustLine is a line of least squares that leaves out, in four rounds, what
// lies far from it.
func robustLine(x, y []float64) (m, c float64) {
	use := make([]bool, len(x))
	for i := range use {
		use[i] = true
	}
	for range 4 {
		var n, sx, sy, sxx, sxy float64
		for i := range x {
			if use[i] {
				n, sx, sy, sxx, sxy = n+1, sx+x[i], sy+y[i], sxx+x[i]*x[i], sxy+x[i]*y[i]
			}
		}
		det := n*sxx - sx*sx
		if det < 1e-9 {
			return m, c
		}
		m = (n*sxy - sx*sy) / det
		c = (sy - m*sx) / n
		spread := 0.0
		for i := range x {
			if use[i] {
				spread += math.Abs(y[i] - m*x[i] - c)
			}
		}
		limit := 2*spread/n + 0.3
		for i := range x {
			use[i] = math.Abs(y[i]-m*x[i]-c) <= limit
		}
	}
	return m, c
}

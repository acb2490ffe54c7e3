package ink

import (
	"cmp"
	"slices"
)

// Ruled paper: faint lines from one side to the other. They are found in
// strips, as rows in which most pixels are a little covered, followed from
// strip to strip, and taken away as if the ink stood on a bare sheet.

const (
	strips      = 24   // across the sheet
	stripsOf    = 0.75 // share of the strips in which a line must show, both ends among them
	mostRule    = 0.55 // a line is fainter than ink
	ruleSlope   = 3    // rows from one strip to the next, at most
	leastRuling = 2.2  // times the noise
)

// rules are the ruled lines of a sheet: for each direction, each line as
// places on the unit square from one side to the other.
type rules [2][][]Point

// unrule takes horizontal and vertical lines away and returns them. Where only
// a part of the sheet is looked at, known are the lines of the whole sheet, and
// no others are taken: a flourish is no ruled line.
func (l *Lifted) unrule(noise float32, part Part, known *rules) rules {
	var out rules
	for d := range out {
		f := ruler{l: l, noise: noise, part: part}
		if d == 1 {
			f.part = Part{part.Y0, part.X0, part.Y1, part.X1}
		}
		if known != nil {
			f.known, f.partial = known[d], true
		}
		if !f.partial || len(f.known) > 0 {
			out[d] = f.rows()
		}
		l.transpose()
	}
	return out
}

// ruler looks for the lines of one direction.
type ruler struct {
	l       *Lifted
	noise   float32
	part    Part
	known   [][]Point
	partial bool
}

// place is the middle of a strip at row y on the unit square of the sheet.
func (f *ruler) place(r rowAt) Point {
	x := (float64(r.strip) + 0.5) / strips
	y := (float64(r.y) + 0.5) / float64(f.l.H)
	return Point{f.part.X0 + x*(f.part.X1-f.part.X0), f.part.Y0 + y*(f.part.Y1-f.part.Y0)}
}

// knownRows is where a known line passes through the strips of the part: its
// rows, moved together to where they fit best.
func (f *ruler) knownRows(p *[strips][]float32, line []Point) []rowAt {
	var rows []rowAt
	for s := range strips {
		x := f.place(rowAt{s, 0}).X
		for i := 1; i < len(line); i++ {
			a, b := line[i-1], line[i]
			if (x < a.X && i > 1) || (x > b.X && i < len(line)-1) || b.X == a.X {
				continue
			}
			y := a.Y + (b.Y-a.Y)*(x-a.X)/(b.X-a.X)
			row := int((y - f.part.Y0) / (f.part.Y1 - f.part.Y0) * float64(f.l.H))
			rows = append(rows, rowAt{s, row})
			break
		}
	}
	const reach = 5
	best, sum := 0, float32(-1)
	for d := -reach; d <= reach; d++ {
		at := float32(0)
		for _, r := range rows {
			if y := r.y + d; y >= 0 && y < f.l.H {
				at += min(p[r.strip][y], mostRule/2)
			}
		}
		if at > sum {
			best, sum = d, at
		}
	}
	for i := range rows {
		rows[i].y += best
	}
	return slices.DeleteFunc(rows, func(r rowAt) bool { return r.y < 0 || r.y >= f.l.H })
}

// isLine says whether what was followed is a line of the sheet.
func isLine(rows []rowAt, found int) bool {
	ends := 0
	for _, r := range rows {
		if r.y >= 0 && (r.strip == 0 || r.strip == strips-1) {
			ends++
		}
	}
	return ends == 2 && float64(found) >= stripsOf*strips
}

func (l *Lifted) transpose() {
	out := make([]float32, len(l.Alpha))
	for y := range l.H {
		for x := range l.W {
			out[x*l.H+y] = l.Alpha[y*l.W+x]
		}
	}
	l.Alpha, l.W, l.H = out, l.H, l.W
}

// profile is the middle value of each row in each strip: ink crosses a strip,
// a ruled line fills it.
func (l *Lifted) profile() [strips][]float32 {
	var out [strips][]float32
	var values []float32
	for s := range strips {
		x0, x1 := s*l.W/strips, (s+1)*l.W/strips
		out[s] = make([]float32, l.H)
		for y := range l.H {
			values = append(values[:0], l.Alpha[y*l.W+x0:y*l.W+x1]...)
			slices.Sort(values)
			out[s][y] = values[len(values)/2]
		}
	}
	return out
}

func (f *ruler) rows() (lines [][]Point) {
	l := f.l
	if l.W < strips*8 || l.H < 16 {
		return nil
	}
	p := l.profile()
	if f.partial {
		for _, line := range f.known {
			l.takeLine(&p, f.knownRows(&p, line), f.noise)
		}
		return f.known
	}
	limit := max(leastRuling*f.noise, 0.025)
	var taken [strips][]bool
	for s := range taken {
		taken[s] = make([]bool, l.H)
	}
	for s := range strips {
		for y := 1; y < l.H-1; y++ {
			if p[s][y] < limit || taken[s][y] || p[s][y] < p[s][y-1] || p[s][y] < p[s][y+1] {
				continue
			}
			rows, found := follow(&p, s, y, limit)
			for _, row := range rows {
				if row.y >= 0 {
					taken[row.strip][row.y] = true
				}
			}
			if isLine(rows, found) {
				l.takeLine(&p, rows, f.noise)
				lines = append(lines, f.line(rows))
			}
		}
	}
	return lines
}

// line is a line as places from one side to the other.
func (f *ruler) line(rows []rowAt) []Point {
	var out []Point
	for _, r := range rows {
		if r.y >= 0 {
			out = append(out, f.place(r))
		}
	}
	slices.SortFunc(out, func(a, b Point) int { return cmp.Compare(a.X, b.X) })
	return out
}

// rowAt is where a line passes through a strip; y is -1 where it was not seen.
type rowAt struct{ strip, y int }

// follow goes to the right, then to the left, from the peak (s, y). What is
// not seen in a strip (a stroke fills it) is passed over.
func follow(p *[strips][]float32, s, y int, limit float32) (rows []rowAt, found int) {
	rows = append(rows, rowAt{s, y})
	found = 1
	for _, dir := range [2]int{1, -1} {
		at := y
		for n := s + dir; n >= 0 && n < strips; n += dir {
			best := -1
			for q := max(0, at-ruleSlope); q <= min(len(p[n])-1, at+ruleSlope); q++ {
				if p[n][q] >= limit && p[n][q] < mostRule && (best < 0 || p[n][q] > p[n][best]) {
					best = q
				}
			}
			if best >= 0 {
				found++
				at = best
			}
			rows = append(rows, rowAt{n, best})
		}
	}
	return rows, found
}

// takeLine divides a line out of every strip: coverings multiply, so that ink
// over a line loses only the line.
func (l *Lifted) takeLine(p *[strips][]float32, rows []rowAt, noise float32) {
	usual := usualLine(p, rows)
	middle := usual[len(usual)/2]
	for _, r := range rows {
		if r.y < 0 || p[r.strip][r.y] > 1.8*middle { // a stroke, not the line
			continue
		}
		x0, x1 := r.strip*l.W/strips, (r.strip+1)*l.W/strips
		for d, level := range usual {
			y := r.y + d - len(usual)/2
			if y < 0 || y >= l.H || level <= 0 {
				continue
			}
			for x := x0; x < x1; x++ {
				a := &l.Alpha[y*l.W+x]
				clean := 1 - (1-*a)/(1-level)
				// What is left of the line itself is uneven ruling, not ink.
				if clean < 0.8*level+noise {
					clean = 0
				}
				*a = max(clean, 0)
			}
		}
	}
}

// usualLine is the middle profile of a line over its strips, a few rows high.
func usualLine(p *[strips][]float32, rows []rowAt) []float32 {
	const reach = 4
	out := make([]float32, 2*reach+1)
	var values []float32
	for d := range out {
		values = values[:0]
		for _, r := range rows {
			if y := r.y + d - reach; r.y >= 0 && y >= 0 && y < len(p[r.strip]) {
				values = append(values, p[r.strip][y])
			}
		}
		slices.Sort(values)
		if len(values) > 0 {
			out[d] = min(values[len(values)/2], 0.9)
		}
	}
	return out
}

package ink

import (
	"math"
	"slices"
)

// paper is the sheet without ink, as lightness and colour of the paper under
// the light that fell on it: a coarse grid, read by interpolation.
type paper struct {
	cols, rows int
	cell       float64
	v          [3][]float32
}

// cellsAcross is how many cells the grid has along the longer side; a cell is
// larger than any stroke, so that paper shows in it.
const cellsAcross = 40

// newPaper measures the paper: in each cell the level that a quarter of the
// pixels exceed, and where ink fills whole cells the light goes on from around
// them (a closing).
func newPaper(s *Sheet) *paper {
	w, h := s.img.Rect.Dx(), s.img.Rect.Dy()
	p := &paper{cell: max(4, float64(max(w, h))/cellsAcross)}
	p.cols, p.rows = int(math.Ceil(float64(w)/p.cell)), int(math.Ceil(float64(h)/p.cell))
	for c := range 3 {
		p.v[c] = make([]float32, p.cols*p.rows)
	}
	for row := range p.rows {
		for col := range p.cols {
			x0, y0 := int(float64(col)*p.cell), int(float64(row)*p.cell)
			x1, y1 := min(w, int(float64(col+1)*p.cell)+1), min(h, int(float64(row+1)*p.cell)+1)
			p.measure(s, col, row, [4]int{x0, y0, x1, y1})
		}
	}
	for c := range 3 {
		p.v[c] = p.extreme(p.extreme(p.v[c], 2, 1), 2, -1)
		p.v[c] = p.smooth(p.smooth(p.v[c]))
	}
	return p
}

// measure takes the mean colour of the pixels of a cell whose lightness lies
// between the upper half and the upper tenth: neither ink nor glare.
func (p *paper) measure(s *Sheet, col, row int, r [4]int) {
	var histogram [256]int
	n := 0
	step := max(1, (r[2]-r[0])/24)
	each := func(f func(k []uint8, light int)) {
		for y := r[1]; y < r[3]; y += step {
			for x := r[0]; x < r[2]; x += step {
				k := s.img.Pix[y*s.img.Stride+4*x:]
				f(k, (3*int(k[0])+5*int(k[1])+2*int(k[2]))/10)
			}
		}
	}
	each(func(_ []uint8, light int) { histogram[light]++; n++ })
	low, high, seen := 255, 255, 0
	for v := 255; v >= 0; v-- {
		seen += histogram[v]
		if seen <= n/10 {
			high = v
		}
		if low = v; seen > n/2 {
			break
		}
	}
	var sum [3]float32
	used := float32(0)
	each(func(k []uint8, light int) {
		if light >= low && light <= max(high, low) {
			sum[0], sum[1], sum[2] = sum[0]+float32(k[0]), sum[1]+float32(k[1]), sum[2]+float32(k[2])
			used++
		}
	})
	for c := range 3 {
		p.v[c][row*p.cols+col] = sum[c] / max(used, 1)
	}
}

// extreme is the largest (sign 1) or smallest (sign -1) value within reach cells.
func (p *paper) extreme(v []float32, reach int, sign float32) []float32 {
	out := make([]float32, len(v))
	for row := range p.rows {
		for col := range p.cols {
			best := v[row*p.cols+col]
			for r := max(0, row-reach); r <= min(p.rows-1, row+reach); r++ {
				for c := max(0, col-reach); c <= min(p.cols-1, col+reach); c++ {
					if q := v[r*p.cols+c]; sign*q > sign*best {
						best = q
					}
				}
			}
			out[row*p.cols+col] = best
		}
	}
	return out
}

// smooth is the mean of 3 × 3 cells.
func (p *paper) smooth(v []float32) []float32 {
	out := make([]float32, len(v))
	for row := range p.rows {
		for col := range p.cols {
			var sum, n float32
			for r := max(0, row-1); r <= min(p.rows-1, row+1); r++ {
				for c := max(0, col-1); c <= min(p.cols-1, col+1); c++ {
					sum, n = sum+v[r*p.cols+c], n+1
				}
			}
			out[row*p.cols+col] = sum / n
		}
	}
	return out
}

// at is the paper at a pixel.
func (p *paper) at(x, y int) (out [3]float32) {
	fx := min(max((float64(x)+0.5)/p.cell-0.5, 0), float64(p.cols-1))
	fy := min(max((float64(y)+0.5)/p.cell-0.5, 0), float64(p.rows-1))
	c0, r0 := int(fx), int(fy)
	c1, r1 := min(c0+1, p.cols-1), min(r0+1, p.rows-1)
	u, v := float32(fx-float64(c0)), float32(fy-float64(r0))
	for i := range 3 {
		g := p.v[i]
		top := g[r0*p.cols+c0]*(1-u) + g[r0*p.cols+c1]*u
		low := g[r1*p.cols+c0]*(1-u) + g[r1*p.cols+c1]*u
		out[i] = top*(1-v) + low*v
	}
	return out
}

// covered is what is missing of the paper's light, in each colour: 0 is bare
// paper, 1 black. Where ink covers the share α of a pixel, covered is α times
// that of the ink.
type covered struct {
	w, h  int
	v     [3][]float32
	noise float32 // of bare paper, standard deviation
}

func newCovered(s *Sheet) *covered {
	paper := newPaper(s)
	k := &covered{w: s.img.Rect.Dx(), h: s.img.Rect.Dy()}
	for c := range 3 {
		k.v[c] = make([]float32, k.w*k.h)
	}
	for y := range k.h {
		for x := range k.w {
			light := paper.at(x, y)
			from := s.img.Pix[y*s.img.Stride+4*x:]
			for c := range 3 {
				k.v[c][y*k.w+x] = 1 - float32(from[c])/max(light[c], 8)
			}
		}
	}
	k.level()
	return k
}

// level moves bare paper, the most frequent level, to 0 and measures its noise.
func (k *covered) level() {
	for c := range 3 {
		values := make([]float32, 0, 1<<14)
		step := max(1, len(k.v[c])>>14)
		for i := 0; i < len(k.v[c]); i += step {
			values = append(values, k.v[c][i])
		}
		slices.Sort(values)
		middle := values[len(values)/2]
		for i := range values {
			values[i] = float32(math.Abs(float64(values[i] - middle)))
		}
		slices.Sort(values)
		k.noise = max(k.noise, 1.4826*values[len(values)/2])
		for i := range k.v[c] {
			k.v[c][i] -= middle
		}
	}
	k.noise = max(k.noise, 0.004)
}

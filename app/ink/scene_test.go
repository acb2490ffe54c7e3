package ink

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"testing"

	"trinhky/signer/signertest/sample"
)

// scene is a photo of a sheet that was never taken: paper of any colour, ruled
// or printed, with ink of known alpha, under uneven light, seen aslant.
type scene struct {
	name    string
	kind    Kind
	paper   [3]float64 // reflectance
	ink     [3]float64
	ruled   string // "", "lines", "grid"
	printed bool   // black letters beside and under the ink
	second  bool   // the other kind of ink crosses it
	desk    [3]float64
	aslant  float64 // 0: a scan from above, the sheet fills the picture
	turn    float64 // radians
	shadow  float64 // share of the light that a hand takes away
	noise   float64
	quality int
	glare   bool
	side    int     // pixels of the photo's width; 0: 1440
	pen     float64 // millimetres that the strokes are wider (less than 0: thinner)
	turns   int     // quarters that the sheet lies turned to the right
	cut     float64 // millimetres of the ink beyond the right edge of the sheet
}

// The sheet of all scenes, and the place of the ink on it, in millimetres.
const (
	sheetW, sheetH = 148.0, 105.0
	inkX, inkY     = 46.0, 32.0
	texture        = 9.0 // pixels of the painted sheet per millimetre
)

func scenes() []scene {
	white, blue := [3]float64{0.92, 0.91, 0.88}, [3]float64{0.10, 0.14, 0.42}
	red, black := [3]float64{0.72, 0.10, 0.12}, [3]float64{0.09, 0.09, 0.10}
	wood, steel := [3]float64{0.33, 0.22, 0.14}, [3]float64{0.2, 0.2, 0.22}
	green := [3]float64{0.74, 0.90, 0.76}
	return []scene{
		{name: "flat scan", kind: Signature, paper: white, ink: blue, noise: 1.5, quality: 85},
		{name: "phone, wooden table", kind: Signature, paper: white, ink: blue, desk: wood, aslant: 0.5, turn: 0.12, shadow: 0.25, noise: 3, quality: 82},
		{name: "phone, dark shadow", kind: Signature, paper: white, ink: blue, desk: wood, aslant: 0.8, turn: -0.2, shadow: 0.55, noise: 4, quality: 75},
		{name: "ruled paper", kind: Signature, paper: white, ink: blue, ruled: "lines", desk: wood, aslant: 0.3, turn: 0.05, shadow: 0.3, noise: 3, quality: 80},
		{name: "squared paper, close", kind: Signature, paper: white, ink: blue, ruled: "grid", shadow: 0.3, noise: 3, quality: 80},
		{name: "yellow paper", kind: Signature, paper: [3]float64{0.95, 0.86, 0.52}, ink: blue, desk: steel, aslant: 0.6, turn: 0.22, shadow: 0.3, noise: 3, quality: 80},
		{name: "black pen, pink paper", kind: Signature, paper: [3]float64{0.95, 0.74, 0.76}, ink: black, aslant: 0.4, desk: wood, shadow: 0.35, noise: 3, quality: 80},
		{name: "signature under a seal", kind: Signature, paper: white, ink: blue, second: true, desk: wood, aslant: 0.4, shadow: 0.25, noise: 3, quality: 85},
		{name: "seal", kind: Seal, paper: white, ink: red, desk: wood, aslant: 0.5, turn: -0.1, shadow: 0.3, noise: 3, quality: 82},
		{name: "seal over print", kind: Seal, paper: white, ink: red, printed: true, desk: wood, aslant: 0.3, shadow: 0.3, noise: 3, quality: 85},
		{name: "seal over a signature", kind: Seal, paper: white, ink: red, second: true, aslant: 0.3, desk: wood, shadow: 0.2, noise: 3, quality: 85},
		{name: "lamp, bad camera", kind: Signature, paper: [3]float64{0.9, 0.84, 0.7}, ink: blue, desk: wood, aslant: 0.5, turn: 0.1, shadow: 0.4, noise: 7, quality: 60, glare: true},
		{name: "over print", kind: Signature, paper: white, ink: blue, printed: true, desk: wood, aslant: 0.3, shadow: 0.3, noise: 3, quality: 85},
		{name: "over print and a seal", kind: Signature, paper: white, ink: blue, printed: true, second: true, noise: 2, quality: 88},
		{name: "felt pen, green paper", kind: Signature, paper: green, ink: blue, pen: 0.8, desk: steel, aslant: 0.4, turn: -0.1, shadow: 0.4, noise: 3, quality: 80},
		{name: "small picture", kind: Signature, paper: white, ink: blue, side: 640, desk: wood, aslant: 0.4, shadow: 0.3, noise: 4, quality: 70},
		{name: "JPEG 35", kind: Signature, paper: white, ink: blue, desk: wood, aslant: 0.4, shadow: 0.3, noise: 3, quality: 35},
		{name: "turned by 90", kind: Signature, paper: white, ink: blue, turns: 1, desk: wood, aslant: 0.4, turn: 0.1, shadow: 0.3, noise: 3, quality: 80},
		{name: "turned by 180", kind: Seal, paper: white, ink: red, turns: 2, desk: wood, aslant: 0.4, shadow: 0.3, noise: 3, quality: 80},
		{name: "cut off", kind: Signature, paper: white, ink: blue, cut: 12, noise: 3, quality: 80},
		{name: "seal, squared blue paper", kind: Seal, paper: [3]float64{0.74, 0.82, 0.93}, ink: red, ruled: "grid", desk: wood, aslant: 0.4, shadow: 0.4, noise: 3, quality: 80},
	}
}

// alphaOf is the alpha of a picture, with the width that it has on the sheet.
type alphaOf struct {
	img *image.NRGBA
	mm  float64
}

func pictureOf(t testing.TB, kind Kind) alphaOf {
	t.Helper()
	data, mm := sample.SignatureImage(), 50.0
	if kind == Seal {
		var err error
		if data, err = sample.SealImage("ỦY BAN NHÂN DÂN TỈNH MẪU", "SỞ", "THỬ NGHIỆM"); err != nil {
			t.Fatal(err)
		}
		mm = 36
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out := image.NewNRGBA(img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			out.Set(x, y, img.At(x, y))
		}
	}
	return alphaOf{out, mm}
}

// truth is the ink of a scene as it was put on.
func (s scene) truth(t testing.TB) alphaOf {
	a := pictureOf(t, s.kind)
	if s.pen != 0 {
		a = a.wider(s.pen)
	}
	return a
}

// inkX is where the ink begins on the sheet, in millimetres.
func (s scene) inkX() float64 {
	if s.cut > 0 {
		return sheetW - 45 + s.cut
	}
	return inkX
}

// wider draws with strokes mm wider, or thinner.
func (a alphaOf) wider(mm float64) alphaOf {
	px := float64(a.img.Rect.Dx()) / a.mm
	reach := int(math.Ceil(math.Abs(mm) / 2 * px))
	out := image.NewNRGBA(a.img.Rect)
	for y := range a.img.Rect.Dy() {
		for x := range a.img.Rect.Dx() {
			best := a.img.NRGBAAt(x, y).A
			for dy := -reach; dy <= reach; dy++ {
				for dx := -reach; dx <= reach; dx++ {
					if math.Hypot(float64(dx), float64(dy)) > math.Abs(mm)/2*px {
						continue
					}
					v := a.img.NRGBAAt(x+dx, y+dy).A
					if mm > 0 {
						best = max(best, v)
					} else {
						best = min(best, v)
					}
				}
			}
			out.SetNRGBA(x, y, color.NRGBA{A: best})
		}
	}
	return alphaOf{out, a.mm}
}

// at is the alpha at (x, y) millimetres from the picture's corner, over a
// square of size millimetres.
func (a alphaOf) at(x, y, size float64) float64 {
	px := float64(a.img.Rect.Dx()) / a.mm
	x0, y0 := int(math.Floor((x-size/2)*px)), int(math.Floor((y-size/2)*px))
	n := max(1, int(math.Round(size*px)))
	sum := 0.0
	for yy := y0; yy < y0+n; yy++ {
		for xx := x0; xx < x0+n; xx++ {
			if (image.Point{X: xx, Y: yy}).In(a.img.Rect) {
				sum += float64(a.img.NRGBAAt(xx, yy).A) / 255
			}
		}
	}
	return sum / float64(n*n)
}

// paint is the sheet as it lies there: reflectance per pixel.
func (s scene) paint(t testing.TB) (w, h int, v []float64) {
	w, h = int(sheetW*texture), int(sheetH*texture)
	v = make([]float64, 3*w*h)
	ink, other := s.truth(t), pictureOf(t, 1-s.kind)
	r := rand.New(rand.NewPCG(1, 2))
	for y := range h {
		for x := range w {
			mx, my := (float64(x)+0.5)/texture, (float64(y)+0.5)/texture
			c := s.paper
			s.rule(&c, mx, my)
			if s.printed && printedAt(mx, my) {
				c = [3]float64{0.08, 0.08, 0.08}
			}
			if s.second {
				colour := [3]float64{0.72, 0.10, 0.12}
				if s.kind == Seal {
					colour = [3]float64{0.10, 0.14, 0.42}
				}
				cover(&c, s.paper, colour, other.at(mx-inkX+14, my-inkY-2, 1/texture))
			}
			alpha := ink.at(mx-s.inkX(), my-inkY, 1/texture)
			cover(&c, s.paper, s.ink, alpha)
			grain := 1 + 0.012*(r.Float64()-0.5)
			for i := range 3 {
				v[3*(y*w+x)+i] = c[i] * grain
			}
		}
	}
	return w, h, v
}

// cover puts ink of alpha over c: it takes light away as a filter does.
func cover(c *[3]float64, paper, ink [3]float64, alpha float64) {
	for i := range 3 {
		c[i] *= 1 - alpha*(1-ink[i]/paper[i])
	}
}

func (s scene) rule(c *[3]float64, x, y float64) {
	line := func(at, step float64) bool { return math.Mod(at+100*step, step) < 0.22 }
	on := s.ruled == "lines" && line(y-3, 8) || s.ruled == "grid" && (line(y-2, 5) || line(x-2, 5))
	if on {
		c[0], c[1], c[2] = c[0]*0.66, c[1]*0.76, c[2]*0.9
	}
}

// printedAt is print of lines and words: bars as dark and thick as letters.
func printedAt(x, y float64) bool {
	line := math.Mod(y, 7)
	return x > 20 && x < 128 && line > 2.2 && line < 2.7 && math.Mod(x, 2.1) < 1.3 ||
		x > 20 && x < 128 && line > 1.2 && line < 3.4 && math.Mod(x, 2.1) < 0.35
}

// corners are where the sheet lies in the photo.
func (s scene) corners(w, h int) Quad {
	if s.aslant == 0 {
		return Whole(image.Rect(0, 0, w, h))
	}
	// A camera above the sheet, tilted and turned.
	f := 0.75 * float64(w)
	if s.turns%2 != 0 {
		f *= 0.68 // all of the sheet is in the picture
	}
	spin := s.turn + float64(s.turns)*math.Pi/2
	distance, tilt := 160.0, 0.6*s.aslant
	var q Quad
	for i, c := range [4][2]float64{{0, 0}, {sheetW, 0}, {sheetW, sheetH}, {0, sheetH}} {
		x, y := c[0]-sheetW/2, c[1]-sheetH/2
		x, y = x*math.Cos(spin)-y*math.Sin(spin), x*math.Sin(spin)+y*math.Cos(spin)
		z := distance - y*math.Sin(tilt)
		q[i] = Point{float64(w)/2 + f*x/z, float64(h)/2 + f*y*math.Cos(tilt)/z}
	}
	return q
}

// photo is the picture that the camera wrote.
func (s scene) photo(t testing.TB) (data []byte, truth Quad) {
	t.Helper()
	tw, th, v := s.paint(t)
	w, h := 1440, 1080
	switch {
	case s.side > 0:
		w, h = s.side, s.side*3/4
	case s.aslant == 0:
		w, h = 1456, 1033 // 250 dpi
	}
	truth = s.corners(w, h)
	back, ok := inverse(newHomography(truth))
	if !ok {
		t.Fatal("corners")
	}
	r := rand.New(rand.NewPCG(7, 9))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			var sum [3]float64
			for k := range 4 {
				p := back.at(float64(x)+0.25+0.5*float64(k%2), float64(y)+0.25+0.5*float64(k/2))
				c := s.desk
				if p.X >= 0 && p.Y >= 0 && p.X < 1 && p.Y < 1 {
					at := 3 * (int(p.Y*float64(th))*tw + int(p.X*float64(tw)))
					c = [3]float64(v[at : at+3])
				} else {
					grain := 1 + 0.25*math.Sin(p.X*40+3*math.Sin(p.Y*9))
					c = [3]float64{c[0] * grain, c[1] * grain, c[2] * grain}
				}
				for i := range 3 {
					sum[i] += c[i] / 4
				}
			}
			light := s.light(float64(x)/float64(w), float64(y)/float64(h))
			for i := range 3 {
				// Reflectances here are already as a camera stores them.
				value := sum[i]*light[i]*250 + s.noise*r.NormFloat64()
				img.Pix[y*img.Stride+4*x+i] = uint8(min(max(value, 0), 255))
			}
			img.Pix[y*img.Stride+4*x+3] = 255
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: s.quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), truth
}

// light falls off towards the corners, a hand shades one side, and a lamp is
// yellow.
func (s scene) light(x, y float64) [3]float64 {
	d := (x-0.5)*(x-0.5) + (y-0.5)*(y-0.5)
	l := 1 - 0.35*d
	edge := 1 / (1 + math.Exp(-(x+0.6*y-0.75)*9)) // a soft edge across the sheet
	l *= 1 - s.shadow*edge
	out := [3]float64{l, l, l}
	if s.glare {
		out[2] *= 0.85
		g := 0.1 * math.Exp(-((x-0.3)*(x-0.3)+(y-0.35)*(y-0.35))*30)
		for i := range out {
			out[i] += g
		}
	}
	return out
}

// errorOf is the mean difference of alpha over where there is, or should be,
// ink, and over all of the sheet; drawn is where both were looked at.
func (s scene) errorOf(l *Lifted, flat *Sheet, truth alphaOf) (ink, all float64) {
	size := sheetW / flat.w
	var inkSum, inkN, sum float64
	for y := range l.H {
		for x := range l.W {
			mx, my := (float64(x)+0.5)*sheetW/flat.w+flat.part.X0*sheetW, (float64(y)+0.5)*sheetH/flat.h+flat.part.Y0*sheetH
			want := truth.at(mx-s.inkX(), my-inkY, size)
			got := float64(l.Alpha[y*l.W+x])
			d := math.Abs(want - got)
			sum += d
			if want > 0.02 || got > 0.02 {
				inkSum, inkN = inkSum+d, inkN+1
			}
		}
	}
	return inkSum / max(inkN, 1), sum / float64(l.W*l.H)
}

func decoded(t testing.TB, data []byte) *Photo {
	t.Helper()
	p, err := Decode(context.Background(), data, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// over paints a picture on white and on gray squares, for eyes.
func over(img *image.NRGBA) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			ground := uint8(255)
			if (x/24+y/24)%2 == 1 {
				ground = 225
			}
			c := img.NRGBAAt(x, y)
			mix := func(v uint8) uint8 { return uint8((int(v)*int(c.A) + int(ground)*(255-int(c.A))) / 255) }
			out.SetRGBA(x, y, color.RGBA{mix(c.R), mix(c.G), mix(c.B), 255})
		}
	}
	return out
}

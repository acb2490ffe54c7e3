package ink

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
)

// desk is a photo of a sheet with a seal and a coin beside it, seen by a camera
// in space: what stands out of the paper is nearer to it.
type desk struct {
	name     string
	coin     string // of References; "" none
	metal    [3]float64
	x, y     float64 // the coin's middle on the sheet, millimetres
	tilt     float64 // radians
	away     float64 // millimetres from the camera to the sheet
	noise    float64
	quality  int
	soft     int // blur: width of the mean, pixels
	table    [3]float64
	side     int // pixels of the longer side
	printed  bool
	lamp     bool // a hard shadow
	whole    bool // the sheet fills the picture: no edges to go by
	refused  bool
	unsurely bool // may be called unsure
	missed   bool // pale on pale: may be left to the person
}

func desks() []desk {
	silver, gold, bronze := [3]float64{0.66, 0.66, 0.64}, [3]float64{0.74, 0.62, 0.36}, [3]float64{0.55, 0.38, 0.26}
	wood, dark := [3]float64{0.33, 0.22, 0.14}, [3]float64{0.15, 0.16, 0.18}
	return []desk{
		{name: "from above", coin: "vnd5000", metal: gold, x: 112, y: 70, away: 190, noise: 2, quality: 90, table: wood, side: 1600},
		{name: "silver on white", coin: "vnd500", metal: silver, x: 25, y: 30, away: 190, noise: 3, quality: 80, table: wood, side: 1600, missed: true},
		{name: "aslant", coin: "vnd2000", metal: gold, x: 110, y: 30, tilt: 0.3, away: 190, noise: 3, quality: 80, table: dark, side: 1600},
		{name: "much aslant", coin: "vnd1000", metal: gold, x: 110, y: 75, tilt: 0.5, away: 210, noise: 3, quality: 80, table: wood, side: 1800, unsurely: true},
		{name: "noise, JPEG 70", coin: "vnd200", metal: silver, x: 28, y: 75, tilt: 0.2, away: 190, noise: 7, quality: 70, table: dark, side: 1600},
		{name: "blurred", coin: "vnd5000", metal: bronze, x: 115, y: 68, tilt: 0.15, away: 190, noise: 3, quality: 75, soft: 3, table: wood, side: 1600, unsurely: true},
		{name: "small picture", coin: "vnd2000", metal: gold, x: 112, y: 70, away: 190, noise: 3, quality: 80, table: wood, side: 900, unsurely: true},
		{name: "no edges of the sheet", coin: "vnd5000", metal: gold, x: 106, y: 66, away: 150, noise: 3, quality: 80, side: 1600, whole: true},
		{name: "one hard lamp", coin: "vnd5000", metal: gold, x: 112, y: 70, tilt: 0.1, away: 190, noise: 3, quality: 80, table: wood, side: 1600, lamp: true, unsurely: true},
		{name: "no coin, print", x: 0, y: 0, away: 190, noise: 3, quality: 80, table: wood, side: 1600, printed: true, refused: true},
	}
}

// reference is the coin of a scene.
func (d desk) reference() Reference {
	for _, r := range References() {
		if r.ID == d.coin {
			return r
		}
	}
	return Reference{ID: "vnd5000", MM: 25.5, Thick: 2.2, Coin: true}
}

// photo is what the camera wrote.
func (d desk) photo(t testing.TB) *Photo {
	t.Helper()
	w, h := d.side, d.side*3/4
	f := usualFocal * float64(w)
	seal := pictureOf(t, Seal)
	r := rand.New(rand.NewPCG(3, 5))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	c := d.reference()
	hit := d.camera(w, h, f)
	for y := range h {
		for x := range w {
			var sum [3]float64
			for k := range 4 {
				px, py := float64(x)+0.25+0.5*float64(k%2), float64(y)+0.25+0.5*float64(k/2)
				col := d.colour(hit, px, py, c, seal)
				for i := range 3 {
					sum[i] += col[i] / 4
				}
			}
			light := 1 - 0.25*math.Hypot(float64(x)/float64(w)-0.4, float64(y)/float64(h)-0.3)
			var out [3]uint8
			for i := range 3 {
				out[i] = uint8(min(max(sum[i]*light*250+d.noise*r.NormFloat64(), 0), 255))
			}
			img.SetRGBA(x, y, color.RGBA{out[0], out[1], out[2], 255})
		}
	}
	if d.soft > 1 {
		img = blurred(img, d.soft)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: d.quality}); err != nil {
		t.Fatal(err)
	}
	return decoded(t, b.Bytes())
}

// camera says where the ray of a pixel meets the plane z millimetres above the
// sheet. It hangs away from the middle of the sheet, tilted about x.
func (d desk) camera(w, h int, f float64) func(px, py, z float64) (x, y float64) {
	cos, sin := math.Cos(d.tilt), math.Sin(d.tilt)
	return func(px, py, z float64) (x, y float64) {
		vx, vy := (px-float64(w)/2)/f, (py-float64(h)/2)/f
		dy, dz := vy*cos-sin, vy*sin+cos
		oy, oz := d.away*sin, -d.away*cos
		k := (-z - oz) / dz
		return vx*k + sheetW/2, oy + dy*k + sheetH/2
	}
}

// blurred takes the mean of squares of n pixels.
func blurred(img *image.RGBA, n int) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(img.Rect)
	for y := range h {
		for x := range w {
			var sum [3]int
			for dy := -n / 2; dy <= n/2; dy++ {
				for dx := -n / 2; dx <= n/2; dx++ {
					p := img.RGBAAt(min(max(x+dx, 0), w-1), min(max(y+dy, 0), h-1))
					sum[0], sum[1], sum[2] = sum[0]+int(p.R), sum[1]+int(p.G), sum[2]+int(p.B)
				}
			}
			out.SetRGBA(x, y, color.RGBA{uint8(sum[0] / (n * n)), uint8(sum[1] / (n * n)), uint8(sum[2] / (n * n)), 255})
		}
	}
	return out
}

// colour is what the ray of a pixel sees.
func (d desk) colour(hit func(px, py, z float64) (x, y float64), px, py float64, c Reference, seal alphaOf) [3]float64 {
	if d.coin != "" {
		x, y := hit(px, py, c.Thick)
		dx, dy := x-d.x, y-d.y
		if rho := math.Hypot(dx, dy) / (c.MM / 2); rho < 1 {
			// A rim, a worn relief, and the light from the upper left.
			l := 1 + 0.12*math.Cos(math.Atan2(dy, dx)-2.3)*rho
			if rho > 0.9 {
				l *= 0.8 + 2*(1-rho)
			} else {
				l += 0.14 * math.Sin(dx*2.1+3*math.Sin(dy*1.3)) * math.Cos(dy*1.7)
			}
			return [3]float64{d.metal[0] * l, d.metal[1] * l, d.metal[2] * l}
		}
	}
	x, y := hit(px, py, 0)
	if !d.whole && (x < 0 || y < 0 || x > sheetW || y > sheetH) {
		grain := 1 + 0.25*math.Sin(x*0.3+3*math.Sin(y*0.06))
		return [3]float64{d.table[0] * grain, d.table[1] * grain, d.table[2] * grain}
	}
	paper := [3]float64{0.92, 0.91, 0.88}
	out := paper
	if d.printed && printedAt(x, y) {
		out = [3]float64{0.08, 0.08, 0.08}
	}
	cover(&out, paper, [3]float64{0.72, 0.10, 0.12}, seal.at(x-inkX, y-inkY, 0.1))
	if d.coin != "" { // its shadow
		strength, soft := 0.22, 0.14
		if d.lamp {
			strength, soft = 0.4, 0.05
		}
		if s := math.Hypot(x-d.x-1.1, y-d.y-1.3) / (c.MM / 2); s < 1+soft {
			k := 1 - strength*min(1, (1+soft-s)/(2*soft))
			out[0], out[1], out[2] = out[0]*k, out[1]*k, out[2]*k
		}
	}
	return out
}

// mostCoinError is the error of a seal's width that a coin may leave.
const mostCoinError = 0.3 // millimetres

// The coin beside a seal is found and gives the seal's true width; where there
// is none, none is found.
func TestCoin(t *testing.T) {
	width, _ := inkSize(pictureOf(t, Seal))
	for _, d := range desks() {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			p := d.photo(t)
			keep(t, "coin "+d.name, p.img)
			q, found := FindSheet(p)
			o := Order{Sheet: q, Kind: Seal}
			r, err := Make(t.Context(), p, o)
			if err != nil {
				t.Fatal(err)
			}
			m, ok := FindCoin(t.Context(), p, o, r, d.reference())
			if !ok && d.missed {
				t.Log("not found: the person places the marks")
				return
			}
			if ok == d.refused {
				t.Fatalf("found %v: %+v (sheet %v)", ok, m, found)
			}
			if !ok {
				return
			}
			mm, err := Measured(q, r, m.A, m.B, m.MM)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%-22s %.2f mm, error %+.2f mm, confidence %.2f", d.name, mm, mm-width, m.Confidence)
			if m.Confidence >= SureMark && math.Abs(mm-width) > mostCoinError {
				t.Errorf("the seal is %.2f mm wide, %.2f measured by %+v", width, mm, m)
			}
			if m.Confidence < SureMark && !d.unsurely {
				t.Errorf("unsure: %+v", m)
			}
		})
	}
}

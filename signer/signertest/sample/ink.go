package sample

import (
	"image"
	"image/color"
	"math"
)

// The signature is drawn at this resolution and size.
const (
	SignatureDPI               = 300.0
	signatureW, signatureH     = 46.0, 22.0 // mm
	penThin, penThick, penStep = 0.22, 0.85, 0.004
)

// SignatureImage is a handwritten-looking signature: blue ink on a transparent
// ground, PNG with its resolution.
func SignatureImage() []byte {
	px := SignatureDPI / 25.4
	blue := color.NRGBA{R: 22, G: 52, B: 158, A: 255}
	img := image.NewNRGBA(image.Rect(0, 0, int(math.Round(signatureW*px)), int(math.Round(signatureH*px))))
	for _, s := range strokes {
		drawStroke(img, s, px, blue)
	}
	return encodePNG(img, SignatureDPI)
}

type point struct{ x, y float64 }

// strokes are the points that the pen passes, millimetres: a tall initial, a
// running middle and the flourish below.
var strokes = [][]point{
	{{3.2, 6.6}, {6.5, 4.2}, {11.5, 3.2}, {16.5, 3.9}, {18.6, 2.4}},
	{
		{11.8, 2.6},
		{10.6, 7.2},
		{8.6, 13.4},
		{6.2, 17.2},
		{4.3, 16.4},
		{5.6, 12.8},
		{9.4, 10.2},
		{12.4, 7.4},
		{13.0, 5.2},
		{12.1, 8.9},
		{11.4, 13.3},
		{12.9, 10.6},
		{14.8, 9.7},
		{14.9, 12.0},
		{15.5, 13.6},
		{17.3, 11.7},
		{18.4, 9.9},
		{18.0, 12.4},
		{18.8, 13.8},
		{20.6, 12.2},
		{21.9, 9.8},
		{21.7, 12.5},
		{23.2, 13.0},
		{25.0, 10.4},
		{27.2, 5.6},
		{28.0, 3.4},
		{26.9, 6.4},
		{25.8, 11.0},
		{26.6, 13.4},
		{29.0, 12.0},
		{31.4, 10.2},
		{33.0, 11.2},
		{35.4, 11.0},
		{39.0, 8.9},
		{43.2, 6.4},
	},
	{
		{41.8, 13.0},
		{36.0, 15.2},
		{27.0, 16.9},
		{17.2, 18.3},
		{10.6, 19.7},
		{14.4, 20.0},
		{23.0, 18.9},
		{31.5, 17.6},
		{37.6, 17.4},
	},
	{{21.4, 6.6}, {22.3, 5.0}, {23.4, 6.1}, {24.6, 4.9}},
}

// drawStroke runs a round pen along a smooth curve. The pen is thin where it
// is quick and at both ends.
func drawStroke(img *image.NRGBA, points []point, px float64, ink color.NRGBA) {
	last := len(points) - 1
	width := penThin
	for i := range last {
		p0, p1, p2, p3 := points[max(i-1, 0)], points[i], points[i+1], points[min(i+2, last)]
		for t := 0.0; t < 1; t += penStep {
			at := catmullRom(p0, p1, p2, p3, t)
			next := catmullRom(p0, p1, p2, p3, t+penStep)
			speed := math.Hypot(next.x-at.x, next.y-at.y) / penStep
			wish := penThin + (penThick-penThin)*math.Exp(-speed/5)
			if next.y > at.y { // a pen presses harder on the way down
				wish += 0.16
			}
			whole := (float64(i) + t) / float64(last)
			wish *= math.Min(1, 0.35+6*math.Min(whole, 1-whole))
			width += (wish - width) * 0.02
			dab(img, point{at.x * px, at.y * px}, width*px/2, ink)
		}
	}
}

// catmullRom is the point at t of the curve through p1 and p2.
func catmullRom(p0, p1, p2, p3 point, t float64) point {
	f := func(a, b, c, d float64) float64 {
		return 0.5 * (2*b + (c-a)*t + (2*a-5*b+4*c-d)*t*t + (3*b-a-3*c+d)*t*t*t)
	}
	return point{f(p0.x, p1.x, p2.x, p3.x), f(p0.y, p1.y, p2.y, p3.y)}
}

// dab puts a soft-edged disc of ink; ink already there stays.
func dab(img *image.NRGBA, c point, r float64, ink color.NRGBA) {
	for y := int(c.y - r - 1); y <= int(c.y+r+1); y++ {
		for x := int(c.x - r - 1); x <= int(c.x+r+1); x++ {
			if !(image.Point{X: x, Y: y}).In(img.Rect) {
				continue
			}
			a := r + 0.5 - math.Hypot(float64(x)+0.5-c.x, float64(y)+0.5-c.y)
			alpha := uint8(255 * math.Max(0, math.Min(1, a)))
			if alpha > img.NRGBAAt(x, y).A {
				img.SetNRGBA(x, y, color.NRGBA{ink.R, ink.G, ink.B, alpha})
			}
		}
	}
}

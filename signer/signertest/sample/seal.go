package sample

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"github.com/go-fonts/liberation/liberationserifbold"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// The seal is drawn at this resolution; SealMM is its diameter.
const (
	SealDPI = 600.0
	SealMM  = 36.0
)

// SealImage is the round red seal of an agency at its true size: rings, the
// superior body along the arc, a star below, the agency across the middle
// (one string a line). Transparent ground, PNG with its resolution.
func SealImage(arc string, middle ...string) ([]byte, error) {
	face, err := sfnt.Parse(liberationserifbold.TTF)
	if err != nil {
		return nil, fmt.Errorf("font of the seal: %w", err)
	}
	px := SealDPI / 25.4
	side := int(math.Round(SealMM * px))
	p := &plotter{ras: vector.NewRasterizer(side, side), face: face, px: px, mid: float64(side) / 2}
	p.ring(SealMM/2-0.15, 0.75)
	p.ring(SealMM/2-1.35, 0.25)
	p.ring(11.1, 0.3)
	p.star(point{0, 14.2}, 1.7)
	if err := p.arcText(arc, 2.75, 12.9); err != nil {
		return nil, err
	}
	y := -float64(len(middle)-1) * 2.1
	for _, line := range middle {
		if err := p.centred(line, 2.8, y+1.0); err != nil {
			return nil, err
		}
		y += 4.2
	}
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	red := image.NewUniform(color.NRGBA{R: 214, G: 22, B: 30, A: 255})
	mask := image.NewAlpha(img.Rect)
	p.ras.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	for i, a := range mask.Pix {
		if a != 0 {
			c := color.NRGBAModel.Convert(red.C).(color.NRGBA)
			copy(img.Pix[4*i:], []uint8{c.R, c.G, c.B, a})
		}
	}
	return encodePNG(img, SealDPI), nil
}

// plotter fills outlines. Its space is in millimetres from the middle of the
// seal, y going down.
type plotter struct {
	ras  *vector.Rasterizer
	face *sfnt.Font
	buf  sfnt.Buffer
	px   float64 // pixels a millimetre
	mid  float64 // pixels
}

func (p *plotter) at(q point) (float32, float32) {
	return float32(p.mid + q.x*p.px), float32(p.mid + q.y*p.px)
}

// ring is filled between two circles of opposite direction.
func (p *plotter) ring(radius, width float64) {
	p.circle(radius, 1)
	p.circle(radius-width, -1)
}

func (p *plotter) circle(r, dir float64) {
	const steps = 720
	p.ras.MoveTo(p.at(point{r, 0}))
	for i := 1; i < steps; i++ {
		a := dir * 2 * math.Pi * float64(i) / steps
		p.ras.LineTo(p.at(point{r * math.Cos(a), r * math.Sin(a)}))
	}
	p.ras.ClosePath()
}

func (p *plotter) star(c point, r float64) {
	for i := range 10 {
		a, k := math.Pi*(float64(i)/5-0.5), r
		if i%2 == 1 {
			k = r * 0.382
		}
		q := point{c.x + k*math.Cos(a), c.y + k*math.Sin(a)}
		if i == 0 {
			p.ras.MoveTo(p.at(q))
		} else {
			p.ras.LineTo(p.at(q))
		}
	}
	p.ras.ClosePath()
}

// arcText sets text of size mm along the upper arc; its baseline lies on a
// circle of the given radius.
func (p *plotter) arcText(text string, size, radius float64) error {
	const spread = 1.12 // letters on an arc stand a little apart
	whole, err := p.width(text, size)
	if err != nil {
		return err
	}
	angle := -whole * spread / radius / 2
	for _, r := range text {
		w, err := p.width(string(r), size)
		if err != nil {
			return err
		}
		half := w * spread / radius / 2
		angle += half
		sin, cos := math.Sincos(angle)
		place := func(q point) point {
			x, y := q.x-w/2, q.y-radius
			return point{x*cos - y*sin, x*sin + y*cos}
		}
		if err := p.glyph(r, size, place); err != nil {
			return err
		}
		angle += half
	}
	return nil
}

// centred sets one line with its baseline at y.
func (p *plotter) centred(text string, size, y float64) error {
	whole, err := p.width(text, size)
	if err != nil {
		return err
	}
	x := -whole / 2
	for _, r := range text {
		err := p.glyph(r, size, func(q point) point { return point{q.x + x, q.y + y} })
		if err != nil {
			return err
		}
		w, err := p.width(string(r), size)
		if err != nil {
			return err
		}
		x += w
	}
	return nil
}

// em is the size at which glyphs are read from the font.
const em = 2048

func (p *plotter) width(text string, size float64) (float64, error) {
	var sum fixed.Int26_6
	for _, r := range text {
		g, err := p.face.GlyphIndex(&p.buf, r)
		if err != nil || g == 0 {
			return 0, fmt.Errorf("the font of the seal has no %q", r)
		}
		adv, err := p.face.GlyphAdvance(&p.buf, g, fixed.I(em), font.HintingNone)
		if err != nil {
			return 0, fmt.Errorf("advance of %q: %w", r, err)
		}
		sum += adv
	}
	return float64(sum) / 64 / em * size, nil
}

// glyph fills the outline of r, of size mm with its origin at 0, 0, moved to
// its place.
func (p *plotter) glyph(r rune, size float64, place func(point) point) error {
	g, err := p.face.GlyphIndex(&p.buf, r)
	if err != nil {
		return fmt.Errorf("glyph of %q: %w", r, err)
	}
	segments, err := p.face.LoadGlyph(&p.buf, g, fixed.I(em), nil)
	if err != nil {
		return fmt.Errorf("outline of %q: %w", r, err)
	}
	at := func(q fixed.Point26_6) (float32, float32) {
		k := size / em / 64
		return p.at(place(point{float64(q.X) * k, float64(q.Y) * k}))
	}
	for _, s := range segments {
		x, y := at(s.Args[0])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			p.ras.ClosePath()
			p.ras.MoveTo(x, y)
		case sfnt.SegmentOpLineTo:
			p.ras.LineTo(x, y)
		case sfnt.SegmentOpQuadTo:
			x1, y1 := at(s.Args[1])
			p.ras.QuadTo(x, y, x1, y1)
		case sfnt.SegmentOpCubeTo:
			x1, y1 := at(s.Args[1])
			x2, y2 := at(s.Args[2])
			p.ras.CubeTo(x, y, x1, y1, x2, y2)
		}
	}
	p.ras.ClosePath()
	return nil
}

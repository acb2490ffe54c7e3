package signer

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"sync"
)

// maxPixels bounds a picture: 16 megapixels are a seal at 2,800 dpi.
const maxPixels = 16 << 20

// ErrPicture says that an image cannot be used.
var ErrPicture = errors.New("not a usable PNG image")

// Picture is the image of a signature or a seal. Its pixels and its alpha are
// kept as they are; parsed once and shared, it is stored once in a batch and
// is safe for concurrent use.
type Picture struct {
	W, H int // pixels

	rgb, alpha []byte // 8 bits a channel; alpha is nil for an opaque picture
	once       sync.Once
	deflated   struct{ rgb, alpha []byte }
	onceWhite  sync.Once
	white      []byte // deflated
}

// ParsePicture reads a PNG. Anything else is refused with its reason.
func ParsePicture(data []byte) (*Picture, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxPixels/c.Height {
		return nil, fmt.Errorf("%w: %d × %d pixels", ErrPicture, c.Width, c.Height)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPicture, err)
	}
	return newPicture(img), nil
}

// newPicture separates colour and alpha.
func newPicture(img image.Image) *Picture {
	b := img.Bounds()
	p := &Picture{W: b.Dx(), H: b.Dy()}
	flat, ok := img.(*image.NRGBA)
	if !ok {
		flat = image.NewNRGBA(image.Rect(0, 0, p.W, p.H))
		if wide, is16 := img.(*image.NRGBA64); is16 { // draw would multiply by alpha
			for y := range p.H {
				for x := range p.W {
					v := wide.NRGBA64At(b.Min.X+x, b.Min.Y+y)
					flat.SetNRGBA(x, y, color.NRGBA{uint8(v.R >> 8), uint8(v.G >> 8), uint8(v.B >> 8), uint8(v.A >> 8)})
				}
			}
		} else {
			draw.Draw(flat, flat.Rect, img, b.Min, draw.Src)
		}
	}
	p.rgb = make([]byte, 0, 3*p.W*p.H)
	p.alpha = make([]byte, 0, p.W*p.H)
	opaque := true
	for y := range p.H {
		row := flat.Pix[y*flat.Stride : y*flat.Stride+4*p.W]
		for x := 0; x < len(row); x += 4 {
			p.rgb = append(p.rgb, row[x], row[x+1], row[x+2])
			p.alpha = append(p.alpha, row[x+3])
			opaque = opaque && row[x+3] == 0xff
		}
	}
	if opaque {
		p.alpha = nil
	}
	return p
}

// streams returns colour and alpha (nil when opaque) for /FlateDecode.
func (p *Picture) streams() (rgb, alpha []byte) {
	p.once.Do(func() {
		p.deflated.rgb = deflate(p.rgb)
		if p.alpha != nil {
			p.deflated.alpha = deflate(p.alpha)
		}
		p.rgb, p.alpha = nil, nil
	})
	return p.deflated.rgb, p.deflated.alpha
}

// onWhite returns the colour over white paper, for documents without alpha.
func (p *Picture) onWhite() []byte {
	p.onceWhite.Do(func() {
		colour, alpha := p.streams()
		rgb := inflate(colour)
		for i, a := range inflate(alpha) {
			for k := 3 * i; k < 3*i+3; k++ {
				rgb[k] = byte((int(rgb[k])*int(a) + 255*(255-int(a)) + 127) / 255)
			}
		}
		p.white = deflate(rgb)
	})
	return p.white
}

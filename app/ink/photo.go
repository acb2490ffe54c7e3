// Package ink takes the ink of a signature or a seal off the photo or scan of
// a sheet of paper: the sheet is found and straightened, light and paper are
// divided out, what the ink covers becomes alpha, and the ink gets the colour
// that the rules ask for (Decree 30/2020/NĐ-CP, Annex I, Part I, II.7(đ) and
// II.8(c): signature blue, seal red, PNG with a transparent background).
//
// Order of work: Decode, FindSheet, Straighten, Lift, Trim, Encode. Nothing
// here shows or asks anything; all of it takes time and belongs off the thread
// of the user interface.
package ink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"math"
)

// What a picture can be refused for.
var (
	ErrKind    = errors.New("neither JPEG, PNG nor HEIC")
	ErrTooBig  = errors.New("the picture is too large")
	ErrDamaged = errors.New("the picture is damaged or cut off")
	ErrHEIC    = errors.New("this system cannot read HEIC pictures")
	ErrNoInk   = errors.New("no ink was found on the sheet")
)

// Limits of a picture. A phone's 50 megapixels pass; what is larger is refused
// before a pixel is decoded.
const (
	MaxBytes  = 80 << 20
	maxPixels = 72_000_000
	maxSide   = 20_000
	kept      = 13_000_000 // pixels of a Photo; larger ones are averaged down
)

// Photo is a picture of a sheet, upright and opaque.
type Photo struct {
	img   *image.RGBA
	focal float64 // of the camera, in pixels of img; 0: unknown
}

// Bounds is the size in pixels, from the origin.
func (p *Photo) Bounds() image.Rectangle { return p.img.Rect }

// Image is the picture; it must not be changed.
func (p *Photo) Image() image.Image { return p.img }

// Converter turns a HEIC picture into a PNG.
type Converter interface {
	Convert(ctx context.Context, heic []byte) (png []byte, err error)
}

// Decode reads a JPEG, PNG or HEIC picture. The orientation that a camera
// wrote beside the pixels is applied; transparent pixels become white paper.
// convert may be nil: then HEIC is refused.
func Decode(ctx context.Context, data []byte, convert Converter) (*Photo, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooBig, len(data))
	}
	if isHEIC(data) {
		if convert == nil {
			return nil, ErrHEIC
		}
		converted, err := convert.Convert(ctx, data)
		if err != nil {
			return nil, err
		}
		if len(converted) > 4*MaxBytes {
			return nil, fmt.Errorf("%w: %d bytes", ErrTooBig, len(converted))
		}
		data = converted
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	img, taken, err := decode(data)
	if err != nil {
		return nil, err
	}
	p := &Photo{img: upright(reduced(img), taken.turn)}
	// The 35 mm film has a diagonal of 43.27 mm.
	p.focal = taken.focal / 43.27 * math.Hypot(float64(p.img.Rect.Dx()), float64(p.img.Rect.Dy()))
	return p, nil
}

// decode looks at the size first and decodes then.
func decode(data []byte) (image.Image, camera, error) {
	read, config, taken := png.Decode, png.DecodeConfig, camera{turn: asIs}
	switch {
	case bytes.HasPrefix(data, []byte("\xFF\xD8\xFF")):
		read, config, taken = jpeg.Decode, jpeg.DecodeConfig, jpegCamera(data)
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
	default:
		return nil, taken, ErrKind
	}
	c, err := config(bytes.NewReader(data))
	if err != nil {
		return nil, taken, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxSide || c.Height > maxSide || c.Width > maxPixels/c.Height {
		return nil, taken, fmt.Errorf("%w: %d × %d pixels", ErrTooBig, c.Width, c.Height)
	}
	if min(c.Width, c.Height) < leastSide {
		return nil, taken, fmt.Errorf("%w: only %d × %d pixels", ErrNoInk, c.Width, c.Height)
	}
	img, err := read(bytes.NewReader(data))
	if err != nil {
		return nil, taken, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return img, taken, nil
}

// leastSide is the side of a picture in which there can be a signature.
const leastSide = 32

// isHEIC looks for the brands of ISO/IEC 23008-12 in the first box.
func isHEIC(data []byte) bool {
	if len(data) < 12 || string(data[4:8]) != "ftyp" {
		return false
	}
	for _, brand := range []string{"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"} {
		if string(data[8:12]) == brand {
			return true
		}
	}
	return false
}

// reduced makes img opaque and no larger than kept, by averaging squares.
func reduced(img image.Image) *image.RGBA {
	b := img.Bounds()
	n := 1
	for (b.Dx()/n)*(b.Dy()/n) > kept {
		n++
	}
	out := image.NewRGBA(image.Rect(0, 0, b.Dx()/n, b.Dy()/n))
	at := sampler(img)
	for y := range out.Rect.Dy() {
		row := out.Pix[y*out.Stride:]
		for x := range out.Rect.Dx() {
			var r, g, bl int
			for dy := range n {
				for dx := range n {
					pr, pg, pb := at(b.Min.X+x*n+dx, b.Min.Y+y*n+dy)
					r, g, bl = r+int(pr), g+int(pg), bl+int(pb)
				}
			}
			row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = uint8(r/(n*n)), uint8(g/(n*n)), uint8(bl/(n*n)), 0xFF
		}
	}
	return out
}

// sampler reads the pixels of img over white.
func sampler(img image.Image) func(x, y int) (r, g, b uint8) {
	if ycc, ok := img.(*image.YCbCr); ok {
		return func(x, y int) (uint8, uint8, uint8) {
			c := ycc.YCbCrAt(x, y)
			r, g, b, _ := c.RGBA()
			return uint8(r >> 8), uint8(g >> 8), uint8(b >> 8)
		}
	}
	return func(x, y int) (uint8, uint8, uint8) {
		r, g, b, a := img.At(x, y).RGBA()
		white := 0xFFFF - a
		return uint8((r + white) >> 8), uint8((g + white) >> 8), uint8((b + white) >> 8)
	}
}

package ink

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"math"
)

// Pixels of the two passes: one over the whole sheet, to find the ink, and one
// over the ink alone, as fine as the photo is.
const (
	coarsePixels = 900_000
	finePixels   = 4_000_000
)

// Order is what is to be made of a photo.
type Order struct {
	Sheet Quad
	Kind  Kind
	// Aspect is the width of the sheet over its height where it is known, else 0.
	Aspect float64
	// Fine asks for all pixels of the photo; else for a look.
	Fine bool
}

// Result is ink, trimmed.
type Result struct {
	Image *image.NRGBA
	// PerSheet is the width of the ink over the width of the whole sheet.
	PerSheet float64
	// Part is where on the sheet the ink was.
	Part Part
	// Flat is the straightened sheet, small, for people to look at.
	Flat *image.RGBA

	w float64 // of the sheet where the photo shows it largest, in pixels of the photo
	h float64
}

// Make straightens, lifts and trims.
func Make(ctx context.Context, p *Photo, o Order) (Result, error) {
	flat, l, err := coarse(ctx, p, &o)
	if flat == nil {
		return Result{}, err
	}
	out := Result{Flat: flat.img}
	if err != nil {
		return out, err
	}
	if o.Fine {
		fine := Straighten(p, o.Sheet, partOf(flat, l.Bounds(), 0.06), o.Aspect, finePixels)
		if fine.img.Rect.Dx() >= leastSide && fine.img.Rect.Dy() >= leastSide {
			if again, err := lift(fine, o.Kind, &l.rules); err == nil {
				flat, l = fine, again
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return out, err
	}
	out.Part = partOf(flat, l.Bounds(), 0)
	out.Image = l.Picture(l.Bounds())
	out.PerSheet = float64(l.Bounds().Dx()) / flat.w
	out.w, out.h = p.sizeOf(o)
	return out, nil
}

// inside leaves out the edge of the sheet, where the table shows through.
var inside = Part{0.006, 0.006, 0.994, 0.994}

// roundish is how far from a circle a seal may come out for the reason to be
// the unknown shape of the sheet.
const roundish = 0.06

// coarse does the first pass. A seal that comes out nearly round is round: the
// shape of the sheet follows from it, where nobody knows it better.
func coarse(ctx context.Context, p *Photo, o *Order) (*Sheet, *Lifted, error) {
	for round := 0; ; round++ {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		flat := Straighten(p, o.Sheet, inside, o.Aspect, coarsePixels)
		l, err := Lift(flat, o.Kind)
		if err != nil {
			return flat, nil, err
		}
		b := l.Bounds()
		shape := float64(b.Dx()) / float64(b.Dy())
		if o.Kind != Seal || o.Aspect > 0 || round > 0 || math.Abs(shape-1) > roundish || math.Abs(shape-1) < 0.004 {
			return flat, l, nil
		}
		w, h := o.Sheet.size(p.img.Rect, p.focal)
		o.Aspect = w / h / shape
	}
}

// sizeOf is the size of the whole sheet in pixels of the photo.
func (p *Photo) sizeOf(o Order) (w, h float64) {
	w, h = o.Sheet.size(p.img.Rect, p.focal)
	if o.Aspect > 0 {
		w, h = math.Sqrt(w*h*o.Aspect), math.Sqrt(w*h/o.Aspect)
	}
	return w, h
}

// partOf is the part of the sheet that r of a straightened picture shows, with
// a margin of a share of its larger side.
func partOf(s *Sheet, r image.Rectangle, margin float64) Part {
	m := margin * float64(max(r.Dx(), r.Dy()))
	u := func(x float64) float64 { return min(max(s.part.X0+x/s.w, 0), 1) }
	v := func(y float64) float64 { return min(max(s.part.Y0+y/s.h, 0), 1) }
	return Part{u(float64(r.Min.X) - m), v(float64(r.Min.Y) - m), u(float64(r.Max.X) + m), v(float64(r.Max.Y) + m)}
}

// Measured is the width of ink in millimetres when the line from a to b, in
// the photo, is mm long (the marks of a ruler, the edges of a coin).
func Measured(sheet Quad, r Result, a, b Point, mm float64) (float64, error) {
	w, h := r.w, r.h
	back, ok := inverse(newHomography(sheet))
	if !ok || mm <= 0 {
		return 0, fmt.Errorf("measure %g mm on a sheet of %.0f × %.0f pixels", mm, w, h)
	}
	p0, p1 := back.at(a.X, a.Y), back.at(b.X, b.Y)
	d := math.Hypot((p1.X-p0.X)*w, (p1.Y-p0.Y)*h)
	if d < 4 {
		return 0, fmt.Errorf("measure %g mm: the two points are one", mm)
	}
	return r.PerSheet * w * mm / d, nil
}

// inverse turns a homography round.
func inverse(m homography) (homography, bool) {
	c := homography{
		m[4]*m[8] - m[5]*m[7], m[2]*m[7] - m[1]*m[8], m[1]*m[5] - m[2]*m[4],
		m[5]*m[6] - m[3]*m[8], m[0]*m[8] - m[2]*m[6], m[2]*m[3] - m[0]*m[5],
		m[3]*m[7] - m[4]*m[6], m[1]*m[6] - m[0]*m[7], m[0]*m[4] - m[1]*m[3],
	}
	if math.Abs(c[8]) < 1e-12 {
		return c, false
	}
	for i := range c {
		c[i] /= c[8]
	}
	c[8] = 1
	return c, true
}

// Encode writes img as a PNG that knows its size: pHYs says how many pixels go
// on a metre when img is mm millimetres wide.
func Encode(img *image.NRGBA, mm float64) ([]byte, error) {
	if mm <= 0 || img.Rect.Empty() {
		return nil, fmt.Errorf("encode %d × %d pixels, %g mm wide", img.Rect.Dx(), img.Rect.Dy(), mm)
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	perMetre := uint32(math.Round(float64(img.Rect.Dx()) / mm * 1000))
	data := b.Bytes()
	const head = 8 + 25 // signature and IHDR
	out := append([]byte(nil), data[:head]...)
	out = append(out, physChunk(perMetre)...)
	return append(out, data[head:]...), nil
}

// physChunk is the chunk pHYs (PNG, 11.3.5.3): the same on both axes, unit metre.
func physChunk(perMetre uint32) []byte {
	c := make([]byte, 0, 21)
	c = binary.BigEndian.AppendUint32(c, 9)
	c = append(c, "pHYs"...)
	c = binary.BigEndian.AppendUint32(c, perMetre)
	c = binary.BigEndian.AppendUint32(c, perMetre)
	c = append(c, 1)
	return binary.BigEndian.AppendUint32(c, crc32.ChecksumIEEE(c[4:]))
}

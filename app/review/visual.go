package review

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
)

// The colours of the frames: what nothing explains, and the looks of later
// signatures.
var (
	frameForbidden = color.RGBA{R: 0xd0, G: 0x1f, B: 0x1f, A: 0xff}
	frameAllowed   = color.RGBA{R: 0x1f, G: 0x8a, B: 0x3f, A: 0xff}
)

// frameWidth is the width of a frame, and gap what is left between the signed
// page and the present one, in pixels.
const frameWidth, pageGap = 3, 24

// Picture is the proof of one page: as it was signed on the left, as it is now
// on the right, the places that differ framed on both.
func (d *Difference) Picture() *image.RGBA {
	var left, right image.Rectangle
	if d.Signed != nil {
		left = d.Signed.Bounds()
	}
	if d.Now != nil {
		right = d.Now.Bounds()
	}
	shift := max(left.Dx(), right.Dx()) + pageGap
	out := image.NewRGBA(image.Rect(0, 0, 2*shift-pageGap, max(left.Dy(), right.Dy())))
	draw.Draw(out, out.Bounds(), image.NewUniform(color.Gray{Y: 0x99}), image.Point{}, draw.Src)
	for i, side := range []*image.RGBA{d.Signed, d.Now} {
		if side == nil {
			continue
		}
		at := image.Pt(i*shift, 0)
		draw.Draw(out, side.Bounds().Add(at), side, image.Point{}, draw.Src)
		for k, p := range d.Places {
			c := frameForbidden
			if d.Allowed[k] {
				c = frameAllowed
			}
			box := image.Rect(int(p.X0*DifferenceScale), int(p.Y0*DifferenceScale), int(p.X1*DifferenceScale), int(p.Y1*DifferenceScale))
			frame(out, box.Inset(-frameWidth-1).Add(at).Intersect(side.Bounds().Add(at)), c)
		}
	}
	return out
}

func frame(img draw.Image, r image.Rectangle, c color.Color) {
	ink := image.NewUniform(c)
	for _, edge := range []image.Rectangle{
		{r.Min, image.Pt(r.Max.X, r.Min.Y+frameWidth)},
		{image.Pt(r.Min.X, r.Max.Y-frameWidth), r.Max},
		{r.Min, image.Pt(r.Min.X+frameWidth, r.Max.Y)},
		{image.Pt(r.Max.X-frameWidth, r.Min.Y), r.Max},
	} {
		draw.Draw(img, edge.Intersect(r), ink, image.Point{}, draw.Src)
	}
}

// WritePictures writes a picture of every page that differs into dir, and
// returns their paths.
func (c Compared) WritePictures(dir, file string) ([]string, error) {
	var out []string
	if len(c.Differences) == 0 {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	stem := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	for i := range c.Differences {
		d := &c.Differences[i]
		var b bytes.Buffer
		if err := png.Encode(&b, d.Picture()); err != nil {
			return out, fmt.Errorf("picture of page %d: %w", d.Page+1, err)
		}
		path := filepath.Join(dir, fmt.Sprintf("%s-chu-ky-%d-trang-%d.png", stem, d.Signature, d.Page+1))
		if err := writeWhole(path, b.Bytes()); err != nil {
			return out, err
		}
		out = append(out, path)
	}
	return out, nil
}

package ink

import (
	"encoding/binary"
	"image"
)

// orientation is the value of the Exif tag 0x0112: how the stored rows lie in
// the picture as it was seen.
type orientation int

const (
	asIs        orientation = 1
	mirrored    orientation = 2
	turned180   orientation = 3
	flipped     orientation = 4
	transposed  orientation = 5
	turned90    orientation = 6 // stored rows must be turned by 90° clockwise
	transversed orientation = 7
	turned270   orientation = 8
)

// camera is what Exif says of how a picture was taken.
type camera struct {
	turn  orientation
	focal float64 // as on 35 mm film, millimetres; 0: unknown
}

// jpegCamera reads the APP1 segment of a JPEG.
func jpegCamera(data []byte) camera {
	for at := 2; at+4 <= len(data) && data[at] == 0xFF; {
		marker, size := data[at+1], int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xDA || size < 2 || at+2+size > len(data) {
			break // the pixels begin
		}
		segment := data[at+4 : at+2+size]
		if marker == 0xE1 && len(segment) > 6 && string(segment[:6]) == "Exif\x00\x00" {
			return tiffCamera(segment[6:])
		}
		at += 2 + size
	}
	return camera{turn: asIs}
}

// Tags of Exif 2.3.
const (
	tagOrientation = 0x0112 // SHORT, 1 to 8
	tagExif        = 0x8769 // LONG, where the directory of the camera lies
	tagFocal35     = 0xA405 // SHORT, millimetres
)

func tiffCamera(tiff []byte) camera {
	c := camera{turn: asIs}
	if len(tiff) < 8 {
		return c
	}
	d := directory{data: tiff, order: binary.LittleEndian}
	switch string(tiff[:2]) {
	case "II":
	case "MM":
		d.order = binary.BigEndian
	default:
		return c
	}
	first := int64(d.order.Uint32(tiff[4:]))
	if v, ok := d.find(first, tagOrientation); ok && v >= uint32(asIs) && v <= uint32(turned270) {
		c.turn = orientation(v)
	}
	if at, ok := d.find(first, tagExif); ok {
		if v, ok := d.find(int64(at), tagFocal35); ok && v >= 8 && v <= 200 {
			c.focal = float64(v)
		}
	}
	return c
}

// directory reads image file directories (TIFF 6.0, section 2).
type directory struct {
	data  []byte
	order binary.ByteOrder
}

// find is the value of a tag with one SHORT or LONG in the directory at.
func (d directory) find(at int64, tag uint16) (uint32, bool) {
	if at < 0 || at+2 > int64(len(d.data)) {
		return 0, false
	}
	for i := range int64(d.order.Uint16(d.data[at:])) {
		entry := at + 2 + 12*i
		if entry+12 > int64(len(d.data)) {
			break
		}
		if d.order.Uint16(d.data[entry:]) != tag {
			continue
		}
		const short, long = 3, 4
		switch d.order.Uint16(d.data[entry+2:]) {
		case short:
			return uint32(d.order.Uint16(d.data[entry+8:])), true
		case long:
			return d.order.Uint32(d.data[entry+8:]), true
		}
		break
	}
	return 0, false
}

// upright turns stored rows into the picture.
func upright(img *image.RGBA, o orientation) *image.RGBA {
	if o == asIs {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	swap := o >= transposed
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if swap {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			sx, sy := o.stored(x, y, w, h)
			from, to := sy*img.Stride+4*sx, y*out.Stride+4*x
			copy(out.Pix[to:to+4], img.Pix[from:from+4])
		}
	}
	return out
}

// stored is where the pixel (x, y) of the picture lies in stored rows of w × h.
func (o orientation) stored(x, y, w, h int) (int, int) {
	switch o {
	case mirrored:
		return w - 1 - x, y
	case turned180:
		return w - 1 - x, h - 1 - y
	case flipped:
		return x, h - 1 - y
	case transposed:
		return y, x
	case turned90:
		return y, h - 1 - x
	case transversed:
		return w - 1 - y, h - 1 - x
	case turned270:
		return w - 1 - y, x
	case asIs:
	}
	return x, y
}

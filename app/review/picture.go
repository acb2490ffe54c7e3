package review

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"math"

	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// ReadPicture reads the PNG of a signature or a seal and says what is wrong
// with it as a stamp of role: a signature is blue, a seal is red, and the
// background of both is transparent (Decree 30, Annex I, II.7(đ), II.8(c)).
func ReadPicture(data []byte, role stamp.Role) (*signer.Picture, []verify.Finding, error) {
	p, err := signer.ParsePicture(data)
	if err != nil {
		return nil, nil, fmt.Errorf("picture of the stamp: %w", err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, nil, fmt.Errorf("picture of the stamp: %w", err)
	}
	return p, pictureFindings(img, role), nil
}

func pictureFindings(img image.Image, role stamp.Role) []verify.Finding {
	ink := inkOf(img)
	var out []verify.Finding
	if ink.clear < leastClear {
		return append(out, verify.Finding{Code: PictureOpaque, Severity: verify.Warning})
	}
	want := ""
	switch role {
	case stamp.Leader, stamp.Initials:
		if !ink.isBlue() {
			want = "blue"
		}
	case stamp.Seal, stamp.Digitised:
		if !ink.isRed() {
			want = "red"
		}
	case stamp.Attachment, stamp.Copy, stamp.Archive, stamp.Number, stamp.Comment: // they show no picture
	}
	if want != "" {
		out = append(out, verify.Finding{Code: PictureHue, Severity: verify.Warning, Args: map[string]string{"want": want}})
	}
	return out
}

// leastClear is the share of transparent pixels below which a background is there.
const leastClear = 0.1

// ink is what a picture is painted with.
type ink struct {
	clear           float64 // share of the pixels that are (nearly) transparent
	hue, saturation float64 // of the mean colour of the others; degrees, 0–1
}

func inkOf(img image.Image) ink {
	b := img.Bounds()
	// About 250,000 samples tell enough of any picture.
	step := max(1, int(math.Sqrt(float64(b.Dx())*float64(b.Dy())/250_000)))
	var n, clear, red, green, blue, weight float64
	for y := b.Min.Y; y < b.Max.Y; y += step {
		for x := b.Min.X; x < b.Max.X; x += step {
			r, g, bl, a := img.At(x, y).RGBA() // premultiplied
			n++
			if a < 0x2000 {
				clear++
				continue
			}
			red, green, blue = red+float64(r), green+float64(g), blue+float64(bl)
			weight += float64(a)
		}
	}
	if n == 0 || weight == 0 {
		return ink{clear: 1}
	}
	h, s := hueOf(red/weight, green/weight, blue/weight)
	return ink{clear: clear / n, hue: h, saturation: s}
}

func hueOf(r, g, b float64) (hue, saturation float64) {
	hi, lo := max(r, g, b), min(r, g, b)
	if hi == lo {
		return 0, 0
	}
	d := hi - lo
	switch hi {
	case r:
		hue = math.Mod((g-b)/d+6, 6)
	case g:
		hue = (b-r)/d + 2
	default:
		hue = (r-g)/d + 4
	}
	return hue * 60, d / hi
}

func (i ink) isBlue() bool { return i.saturation >= 0.25 && i.hue >= 190 && i.hue <= 275 }

func (i ink) isRed() bool { return i.saturation >= 0.25 && (i.hue <= 25 || i.hue >= 335) }

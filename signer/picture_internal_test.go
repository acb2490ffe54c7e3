package signer

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"sync"
	"testing"

	"trinhky/pdfview/geom"
)

// A batch shares one picture: however many signatures are painted with it, on
// however many goroutines, it is packed once, and its plain form is let go.
func TestPicturePackedOnce(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 64, 32))
	for i := range 64 * 32 {
		img.SetNRGBA(i%64, i/64, color.NRGBA{uint8(i), uint8(3 * i), uint8(7 * i), uint8(5 * i)})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	p, err := ParsePicture(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	const signatures = 16
	var packed [signatures][2]*byte
	var group sync.WaitGroup
	for i := range signatures {
		group.Go(func() {
			look := Appearance{Size: geom.Size{W: 60, H: 30}, Items: []Item{Image{Rect: geom.Rect{X1: 60, Y1: 30}, Picture: p}}}
			if _, err := Preview(look); err != nil {
				t.Error(err)
			}
			rgb, alpha := p.streams()
			packed[i] = [2]*byte{&rgb[0], &alpha[0]}
		})
	}
	group.Wait()
	different := map[[2]*byte]bool{}
	for _, x := range packed {
		different[x] = true
	}
	if len(different) != 1 {
		t.Errorf("packed %d times for %d signatures", len(different), signatures)
	}
	if p.rgb != nil || p.alpha != nil {
		t.Error("the plain pixels stay in memory")
	}
}

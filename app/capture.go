//go:build cgo && linux

package app

import (
	"image"

	"fyne.io/fyne/v2"
	"github.com/go-gl/gl/v2.1/gl"
)

// Capture is a picture of what the window shows. The toolkit reads the front
// buffer, which Mesa's software renderer leaves black; there the back buffer
// still holds the last frame.
func Capture(w fyne.Window) image.Image {
	img := w.Canvas().Capture()
	inside, ok := w.(interface{ RunWithContext(f func()) })
	if !ok || !allBlack(img) {
		return img
	}
	size := img.Bounds().Size()
	pix := make([]uint8, size.X*size.Y*4)
	good := false
	inside.RunWithContext(func() {
		if gl.Init() != nil {
			return
		}
		gl.ReadBuffer(gl.BACK)
		gl.ReadPixels(0, 0, int32(size.X), int32(size.Y), gl.RGBA, gl.UNSIGNED_BYTE, gl.Ptr(pix))
		good = gl.GetError() == gl.NO_ERROR
	})
	if !good {
		return img
	}
	return upright(pix, size)
}

// upright turns what OpenGL reads from the bottom up, and makes it opaque.
func upright(pix []uint8, size image.Point) image.Image {
	out := image.NewRGBA(image.Rectangle{Max: size})
	row := size.X * 4
	for y := range size.Y {
		copy(out.Pix[y*out.Stride:], pix[(size.Y-1-y)*row:(size.Y-y)*row])
	}
	for i := 3; i < len(out.Pix); i += 4 {
		out.Pix[i] = 0xFF
	}
	return out
}

func allBlack(img image.Image) bool {
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y += 7 {
		for x := b.Min.X; x < b.Max.X; x += 7 {
			if r, g, bl, _ := img.At(x, y).RGBA(); r|g|bl != 0 {
				return false
			}
		}
	}
	return true
}

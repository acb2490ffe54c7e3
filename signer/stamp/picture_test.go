package stamp_test

import (
	"bytes"
	"compress/zlib"
	"image"
	"image/color"
	"image/png"
	"io"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/stamp"
)

// storedImages are the plain data of the image XObjects of a file, by colour
// space, read from the bytes and not by the code that wrote them.
func storedImages(t *testing.T, pdf []byte) map[string][][]byte {
	t.Helper()
	out := map[string][][]byte{}
	for rest := pdf; ; {
		i := bytes.Index(rest, []byte("stream"))
		if i < 0 {
			return out
		}
		head := rest[max(0, bytes.LastIndex(rest[:i], []byte(" obj"))):i]
		rest = rest[i+len("stream"):]
		if bytes.HasSuffix(head, []byte("end")) || !bytes.Contains(head, []byte("/Image")) {
			continue
		}
		z, err := zlib.NewReader(bytes.NewReader(bytes.TrimLeft(rest, "\r\n")))
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		space := "colour"
		if bytes.Contains(head, []byte("/DeviceGray")) {
			space = "alpha"
		}
		out[space] = append(out[space], data)
	}
}

// Every pixel and every degree of transparency of the PNG is in the signed file
// as it was, also the colour of what is fully transparent, and once.
func TestPictureKeepsPixelsAndAlpha(t *testing.T) {
	const w, h = 256, 96
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	var colour, alpha []byte
	for y := range h {
		for x := range w {
			c := color.NRGBA{uint8(x * 3), uint8(y * 5), uint8(x ^ y), uint8(x)}
			img.SetNRGBA(x, y, c)
			colour, alpha = append(colour, c.R, c.G, c.B), append(alpha, c.A)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	picture, err := signer.ParsePicture(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	p := newPress(t)
	for range 2 { // the second document of a batch
		look, err := stamp.Lay(stamp.Input{Role: stamp.Leader, Rules: stamp.TT01, Picture: picture, Font: p.font, Time: clock}, geom.Size{})
		if err != nil {
			t.Fatal(err)
		}
		signed := p.sign(t, leaves()[0].document(), geom.Page{MediaBox: geom.Rect{X1: 595, Y1: 842}}, look, geom.At(geom.Point{X: 300, Y: 500}, look.Size))
		got := storedImages(t, signed)
		if len(got["colour"]) != 1 || len(got["alpha"]) != 1 {
			t.Fatalf("%d pictures and %d masks", len(got["colour"]), len(got["alpha"]))
		}
		if !bytes.Equal(got["colour"][0], colour) {
			t.Error("the colours changed")
		}
		if !bytes.Equal(got["alpha"][0], alpha) {
			t.Error("the transparency changed")
		}
	}
}

package ink

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// cornered is a light JPEG with a dark upper left corner.
func cornered(t testing.TB, w, h int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 240
	}
	for y := range h / 4 {
		for x := range w / 6 {
			img.SetGray(x, y, color.Gray{})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// heic makes a HEIC picture with the encoder of libheif.
func heic(t *testing.T, data []byte) []byte {
	t.Helper()
	encoder, err := exec.LookPath("heif-enc")
	if err != nil || SystemConverter() == nil {
		t.Skip("no heif-enc and heif-convert (package libheif-examples)")
	}
	dir := t.TempDir()
	from, to := filepath.Join(dir, "a.jpg"), filepath.Join(dir, "a.heic")
	if err := os.WriteFile(from, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), encoder, "-q", "80", from, "-o", to).CombinedOutput(); err != nil {
		t.Skipf("heif-enc cannot encode here: %.80s", out)
	}
	made, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// A real HEIC picture is read; how it is turned is a property of the picture
// (irot), which the converter obeys, and not what Exif says (ISO/IEC 23008-12,
// 6.5.10 and A.2.3): a phone writes both, and one turn is enough.
func TestRealHEIC(t *testing.T) {
	data := heic(t, exif(cornered(t, 192, 128), binary.BigEndian, 6, 26))
	p, err := Decode(t.Context(), data, SystemConverter())
	if err != nil {
		t.Fatal(err)
	}
	if p.img.Rect != image.Rect(0, 0, 192, 128) || p.img.RGBAAt(5, 5).R > 60 || p.img.RGBAAt(186, 122).R < 200 {
		t.Errorf("%v: %v and %v in the corners", p.img.Rect, p.img.RGBAAt(5, 5), p.img.RGBAAt(186, 122))
	}
	if _, err := Decode(t.Context(), data[:len(data)/2], SystemConverter()); err == nil {
		t.Error("half a picture was read")
	}
}

// Every way to store the same picture is read as that picture, whatever its
// name says.
func TestPictureForms(t *testing.T) {
	files, err := filepath.Glob("testdata/pictures/*")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		p, err := Decode(t.Context(), data, nil)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if dark, light := p.img.RGBAAt(5, 5), p.img.RGBAAt(50, 30); dark.R > 60 || dark.B > 60 || light.R < 200 || light.B < 200 {
			t.Errorf("%s: %v where it is black, %v where it is white", file, dark, light)
		}
	}
}

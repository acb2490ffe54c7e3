package review_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
	"math"
	"testing"

	"trinhky/app/review"
	"trinhky/signer/signertest/sample"
)

// phys is a PNG of 600 pixels that says how many stand on a metre.
func phys(perMetre uint32, unit byte) []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, 600, 2)))
	const header = 8 + 25
	chunk := append([]byte{0, 0, 0, 9}, "pHYs"...)
	chunk = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(chunk, perMetre), perMetre)
	chunk = append(chunk, unit, 0, 0, 0, 0) // the checksum is the reader's matter
	return bytes.Join([][]byte{b.Bytes()[:header], chunk, b.Bytes()[header:]}, nil)
}

// A seal's picture tells its width where it can be one.
func TestWidthSaid(t *testing.T) {
	seal, err := sample.SealImage("SỞ MẪU")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		data []byte
		want float64
	}{
		"the sample's seal": {seal, 36},
		"30 mm":             {phys(20000, 1), 30},
		"a screen's":        {phys(3780, 1), 0},
		"a shape alone":     {phys(20000, 0), 0},
		"nothing per metre": {phys(0, 1), 0},
		"cut off":           {phys(20000, 1)[:48], 0},
		"no chunk":          {phys(20000, 1)[:33], 0},
		"nothing":           {nil, 0},
	} {
		if got := review.WidthSaid(c.data); math.Abs(got-c.want) > 0.05 {
			t.Errorf("%s: %.2f mm, want %.2f", name, got, c.want)
		}
	}
}

// A hostile picture ends the search and makes no seal that cannot be.
func FuzzWidthSaid(f *testing.F) {
	for _, data := range [][]byte{phys(20000, 1), phys(0, 1), phys(20000, 1)[:40], nil} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if mm := review.WidthSaid(data); mm != 0 && !(mm >= 20 && mm <= 60) {
			t.Errorf("%v mm", mm)
		}
	})
}

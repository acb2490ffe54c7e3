package sample

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/png"
	"math"
)

// encodePNG writes img with its resolution (chunk pHYs, PNG clause 11.3.5.3),
// so that its true size in millimetres can be read back.
func encodePNG(img image.Image, dpi float64) []byte {
	var plain bytes.Buffer
	// A bytes.Buffer takes everything and the image is one that png can write.
	if err := png.Encode(&plain, img); err != nil {
		panic(err)
	}
	const header = 8 + 4 + 4 + 13 + 4 // signature and IHDR
	perMetre := uint32(math.Round(dpi / 0.0254))
	data := append([]byte("pHYs"), binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, perMetre), perMetre)...)
	data = append(data, 1) // the unit is the metre
	out := bytes.NewBuffer(nil)
	out.Write(plain.Bytes()[:header])
	out.Write(binary.BigEndian.AppendUint32(nil, uint32(len(data)-4)))
	out.Write(data)
	out.Write(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(data)))
	out.Write(plain.Bytes()[header:])
	return out.Bytes()
}

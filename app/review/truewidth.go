package review

import (
	"bytes"
	"encoding/binary"
)

// What the picture of a seal may say of its width, in millimetres: outside it,
// the number is a screen's or a camera's usual resolution, not a measure.
const leastSaidMM, mostSaidMM = 20, 60

// WidthSaid is how wide a PNG says that it is, in millimetres (chunk pHYs, PNG
// 11.3.5.3), as the image studio writes it; 0 where it says nothing, or nothing
// that a seal can be.
func WidthSaid(data []byte) float64 {
	const signature = 8 // bytes
	if len(data) < signature {
		return 0
	}
	pixels := 0.0
	for rest := data[signature:]; len(rest) >= 12; { // length, type, …, checksum
		n := uint64(binary.BigEndian.Uint32(rest))
		if n > uint64(len(rest)-12) {
			return 0
		}
		kind, body := rest[4:8], rest[8:8+n]
		switch {
		case bytes.Equal(kind, []byte("IHDR")) && n >= 4:
			pixels = float64(binary.BigEndian.Uint32(body))
		case bytes.Equal(kind, []byte("IDAT")): // pHYs stands before the pixels
			return 0
		case bytes.Equal(kind, []byte("pHYs")) && n == 9 && body[8] == 1: // per metre
			mm := pixels * 1000 / max(1, float64(binary.BigEndian.Uint32(body)))
			if mm < leastSaidMM || mm > mostSaidMM {
				return 0
			}
			return mm
		}
		rest = rest[12+n:]
	}
	return 0
}

package pdf

import "math"

// unpredict undoes /Predictor: 2 is TIFF's, 10 and more PNG's (ISO 32000-1,
// 7.4.4.4).
func unpredict(data []byte, parm Value) ([]byte, error) {
	get := func(key string, missing int64) int64 {
		if n, ok := parm.Get(key).Int(); ok {
			return n
		}
		return missing
	}
	predictor := get("Predictor", 1)
	if predictor < 2 {
		return data, nil
	}
	colors, bits, columns := get("Colors", 1), get("BitsPerComponent", 8), get("Columns", 1)
	if colors < 1 || colors > 64 || bits < 1 || bits > 32 || columns < 1 || columns > math.MaxInt32 {
		return nil, damaged(-1, "predictor parameters are out of range")
	}
	bytesPer := int(max(1, colors*bits/8))
	row := int((colors*bits*columns + 7) / 8)
	if predictor == 2 {
		return unTIFF(data, row, int(colors), int(bits)), nil
	}
	return unPNG(data, row, bytesPer), nil
}

func unTIFF(data []byte, row, colors, bits int) []byte {
	if bits != 8 {
		return data // other depths occur in images only
	}
	out := append([]byte(nil), data...)
	for at := 0; at < len(out); at += row {
		line := out[at:min(at+row, len(out))]
		for i := colors; i < len(line); i++ {
			line[i] += line[i-colors]
		}
	}
	return out
}

func unPNG(data []byte, row, bytesPer int) []byte {
	out := make([]byte, 0, len(data))
	prior := make([]byte, min(row, len(data)))
	for len(data) > 1 {
		kind := data[0]
		n := min(row, len(data)-1)
		from := len(out)
		out = append(out, data[1:1+n]...)
		line := out[from:]
		data = data[1+n:]
		unPNGLine(kind, line, prior, bytesPer)
		prior = line
	}
	return out
}

func unPNGLine(kind byte, line, prior []byte, bytesPer int) {
	for i := range line {
		var left, up, corner byte
		if i >= bytesPer {
			left = line[i-bytesPer]
		}
		if i < len(prior) {
			up = prior[i]
			if i >= bytesPer {
				corner = prior[i-bytesPer]
			}
		}
		switch kind {
		case 1:
			line[i] += left
		case 2:
			line[i] += up
		case 3:
			line[i] += byte((int(left) + int(up)) / 2)
		case 4:
			line[i] += paeth(left, up, corner)
		}
	}
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	abs := func(x int) int { return max(x, -x) }
	pa, pb, pc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

package pdf

import (
	"bytes"
	"compress/flate"
	"encoding/ascii85"
	"errors"
	"io"
)

// filter is one step of decoding a stream.
type filter struct {
	name string
	parm Value // /DecodeParms, resolved, or null
}

// streamFilters reads /Filter and /DecodeParms.
func streamFilters(v Value, resolve func(Value) (Value, error)) ([]filter, error) {
	names, err := oneOrMany(v.Get("Filter"), resolve)
	if err != nil {
		return nil, err
	}
	parms, err := oneOrMany(v.Get("DecodeParms"), resolve)
	if err != nil {
		return nil, err
	}
	if len(names) > maxFilters {
		return nil, limited("too many filters")
	}
	var out []filter
	for i, n := range names {
		f := filter{name: n.Name()}
		if i < len(parms) && parms[i].IsDict() {
			f.parm = parms[i]
		}
		out = append(out, f)
	}
	return out, nil
}

func oneOrMany(v Value, resolve func(Value) (Value, error)) ([]Value, error) {
	v, err := resolve(v)
	if err != nil || v.IsNull() {
		return nil, err
	}
	if v.Kind() != KindArray {
		return []Value{v}, nil
	}
	var out []Value
	for i := range min(v.Len(), maxFilters+1) {
		x, err := resolve(v.At(i))
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// decodeAll runs data through the filters; no step may yield more than limit.
func decodeAll(data []byte, filters []filter, limit int) ([]byte, error) {
	stored := len(data)
	for _, f := range filters {
		var err error
		if data, err = decodeOne(data, f, min(limit, max(freeDecoded, stored*maxRatio))); err != nil {
			return nil, err
		}
	}
	return data, nil
}

func decodeOne(data []byte, f filter, limit int) ([]byte, error) {
	var out []byte
	var err error
	switch f.name {
	case "FlateDecode", "Fl":
		out, err = inflate(data, limit)
	case "LZWDecode", "LZW":
		early, ok := f.parm.Get("EarlyChange").Int()
		out, err = unlzw(data, !ok || early != 0, limit)
	case "ASCIIHexDecode", "AHx":
		return asciiHex(data), nil
	case "ASCII85Decode", "A85":
		return ascii85Decode(data, limit)
	case "RunLengthDecode", "RL":
		return runLength(data, limit)
	case "Crypt":
		return data, nil // done by decryptStream
	default:
		return nil, damaged(-1, "filter %q is not supported here", f.name)
	}
	if err != nil {
		return nil, err
	}
	return unpredict(out, f.parm)
}

// inflate decodes zlib data. A wrong checksum or a cut end after some output
// is tolerated, as readers do.
func inflate(data []byte, limit int) ([]byte, error) {
	for len(data) > 0 && isSpace(data[0]) && data[0] != 8 {
		data = data[1:]
	}
	if len(data) < 2 {
		return nil, nil
	}
	body := data
	if data[0]&0x0f == 8 && (int(data[0])<<8|int(data[1]))%31 == 0 {
		body = data[2:]
	}
	r := flate.NewReader(bytes.NewReader(body))
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(r, int64(limit)+1))
	if n > int64(limit) {
		return nil, limited("a stream inflates too far")
	}
	if err != nil && n == 0 && !errors.Is(err, io.EOF) {
		return nil, damaged(-1, "flate: %v", err)
	}
	return out.Bytes(), nil
}

func asciiHex(data []byte) []byte {
	out := make([]byte, 0, len(data)/2)
	high := -1
	for _, c := range data {
		if c == '>' {
			break
		}
		h := unhex(c)
		switch {
		case h < 0:
		case high < 0:
			high = h
		default:
			out = append(out, byte(high<<4|h))
			high = -1
		}
	}
	if high >= 0 {
		out = append(out, byte(high<<4))
	}
	return out
}

func ascii85Decode(data []byte, limit int) ([]byte, error) {
	data = bytes.TrimSpace(data)
	data = bytes.TrimPrefix(data, []byte("<~"))
	if i := bytes.IndexByte(data, '~'); i >= 0 {
		data = data[:i]
	}
	out, err := io.ReadAll(io.LimitReader(ascii85.NewDecoder(bytes.NewReader(data)), int64(limit)+1))
	if len(out) > limit { // a z stands for four bytes
		return nil, limited("a stream decodes too far")
	}
	if err != nil {
		return nil, damaged(-1, "ascii85: %v", err)
	}
	return out, nil
}

func runLength(data []byte, limit int) ([]byte, error) {
	var out []byte
	for i := 0; i < len(data); {
		n := int(data[i])
		i++
		switch {
		case n == 128:
			return out, nil
		case n < 128:
			end := min(i+n+1, len(data))
			out = append(out, data[i:end]...)
			i = end
		case i < len(data):
			out = append(out, bytes.Repeat(data[i:i+1], 257-n)...)
			i++
		}
		if len(out) > limit {
			return nil, limited("a stream decodes too far")
		}
	}
	return out, nil
}

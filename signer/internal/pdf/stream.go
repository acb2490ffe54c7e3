package pdf

import (
	"bytes"
	"fmt"
)

// Data returns the decoded data of a stream: decrypted and through all its
// filters. Streams with a filter of images (DCT, JPX, CCITT, JBIG2) are an
// error: structure never needs them.
func (d *Document) Data(v Value) ([]byte, error) {
	raw, err := d.RawData(v)
	if err != nil {
		return nil, err
	}
	filters, err := streamFilters(v, d.Resolve)
	if err != nil {
		return nil, err
	}
	out, err := decodeAll(raw, filters, maxDecoded)
	if err != nil {
		return nil, err
	}
	return out, d.src.spend(len(out))
}

// RawData returns the data of a stream, decrypted but with its filters on.
func (d *Document) RawData(v Value) ([]byte, error) {
	if v.kind != KindStream {
		return nil, damaged(-1, "a stream is expected")
	}
	if v.st.mem {
		return v.st.data, nil
	}
	off, n, err := d.Extent(v)
	if err != nil {
		return nil, err
	}
	if n > maxDecoded {
		return nil, limited("a stream is too large")
	}
	raw, err := d.src.window(off, int(n))
	if err != nil {
		return nil, err
	}
	if d.crypt != nil {
		return d.crypt.decryptStream(v, raw)
	}
	return raw, nil
}

// Extent says where in the file the data of a stream lie, as they are stored.
func (d *Document) Extent(v Value) (off, n int64, err error) {
	if v.kind != KindStream || v.st.mem {
		return 0, 0, damaged(-1, "a stream of the file is expected")
	}
	l, err := d.Resolve(v.Get("Length"))
	if err != nil {
		return 0, 0, err
	}
	off = v.st.off
	if n, ok := l.Int(); ok && n >= 0 && n <= d.src.size-off && d.endsAt(off+n) {
		return off, n, nil
	}
	n, err = d.searchEnd(off)
	if err != nil {
		return 0, 0, err
	}
	d.note(fmt.Sprintf("the stream of object %d has a wrong /Length", v.st.ref.Num))
	return off, n, nil
}

// endsAt says whether the keyword endstream stands at off after white space.
func (d *Document) endsAt(off int64) bool {
	buf, err := d.src.window(off, 32)
	if err != nil {
		return false
	}
	i := 0
	for i < len(buf) && isSpace(buf[i]) {
		i++
	}
	return bytes.HasPrefix(buf[i:], []byte("endstream"))
}

// searchEnd finds the next endstream behind off and returns the length of the
// data before it.
func (d *Document) searchEnd(off int64) (int64, error) {
	const step = 64 << 10
	for at := off; at < d.src.size && at-off <= maxDecoded; at += step - 16 {
		buf, err := d.src.window(at, step)
		if err != nil {
			return 0, err
		}
		i := bytes.Index(buf, []byte("endstream"))
		if i < 0 {
			continue
		}
		n := at + int64(i) - off
		switch {
		case i >= 2 && buf[i-2] == '\r' && buf[i-1] == '\n':
			n -= 2
		case i >= 1 && (buf[i-1] == '\n' || buf[i-1] == '\r'):
			n--
		}
		return n, nil
	}
	return 0, &Error{FaultTruncated, off, "a stream has no end"}
}

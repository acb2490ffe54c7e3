package pdf

const (
	lzwClear = 256
	lzwEnd   = 257
	lzwCodes = 4096
)

// lzw decodes LZW as PDF has it: most significant bit first, codes of 9 to 12
// bits, 256 clears, 257 ends (ISO 32000-1, 7.4.4).
type lzw struct {
	prefix [lzwCodes]int16 // the code that a code extends
	last   [lzwCodes]byte  // by which byte
	length [lzwCodes]int16
	next   int // code to be defined
	width  uint
	prev   int // -1: none
	early  int // 1: the width grows one code early
	out    []byte
}

func (z *lzw) clear() { z.next, z.width, z.prev = lzwEnd+1, 9, -1 }

// unlzw decodes data; early is /EarlyChange.
func unlzw(data []byte, early bool, limit int) ([]byte, error) {
	z := &lzw{}
	if early {
		z.early = 1
	}
	for i := range lzwClear {
		z.last[i], z.length[i] = byte(i), 1
	}
	z.clear()
	var acc, bits uint
	for _, b := range data {
		acc, bits = acc<<8|uint(b), bits+8
		if bits < z.width {
			continue
		}
		bits -= z.width
		code := int(acc >> bits & (1<<z.width - 1))
		if code == lzwEnd {
			return z.out, nil
		}
		if code == lzwClear {
			z.clear()
			continue
		}
		if err := z.emit(code); err != nil {
			return z.out, err
		}
		if len(z.out) > limit {
			return nil, limited("a stream decodes too far")
		}
	}
	return z.out, nil
}

// emit appends what the code stands for, and defines the next one.
func (z *lzw) emit(code int) error {
	if code > z.next || code == z.next && (z.prev < 0 || z.next == lzwCodes) {
		return damaged(-1, "lzw: code out of order")
	}
	from, source := len(z.out), code
	if code == z.next { // not defined yet: the previous one and its own first byte
		source = z.prev
	}
	n := int(z.length[source])
	z.out = append(z.out, make([]byte, n)...)
	for i := from + n - 1; i >= from; i-- {
		z.out[i] = z.last[source]
		source = int(z.prefix[source])
	}
	if code == z.next {
		z.out = append(z.out, z.out[from])
	}
	if z.prev >= 0 && z.next < lzwCodes {
		z.prefix[z.next], z.last[z.next] = int16(z.prev), z.out[from]
		z.length[z.next] = z.length[z.prev] + 1
		z.next++
	}
	z.prev = code
	if n := z.next + z.early; n >= 512 && n < lzwCodes && n&(n-1) == 0 {
		z.width = map[int]uint{512: 10, 1024: 11, 2048: 12}[n]
	}
	return nil
}

package truetype

import "sort"

// charMap is a subtable of cmap: format 4 or 12.
type charMap struct {
	format uint16
	t      table
	n      int // segments or groups
}

// readCharMap picks the best Unicode subtable.
func readCharMap(t table) (charMap, error) {
	best, rank := charMap{}, 0
	for i := range int(t.u16(2)) {
		at := 4 + 8*i
		if at+8 > len(t) {
			break
		}
		offset := int64(t.u32(at + 4))
		if offset+8 > int64(len(t)) {
			continue
		}
		sub := t[offset:]
		m, r := charMap{}, rankEncoding(t.u16(at), t.u16(at+2))
		switch sub.u16(0) {
		case 4:
			m = charMap{4, sub, int(sub.u16(6)) / 2}
			if len(sub) < 16+8*m.n {
				continue
			}
		case 12:
			groups := int64(sub.u32(12))
			if int64(len(sub)) < 16+12*groups {
				continue
			}
			m, r = charMap{12, sub, int(groups)}, 2*r
		default:
			continue
		}
		if r > rank {
			best, rank = m, r
		}
	}
	if rank == 0 {
		return charMap{}, bad("no Unicode character map")
	}
	return best, nil
}

// rankEncoding prefers the platforms that speak Unicode.
func rankEncoding(platform, encoding uint16) int {
	switch {
	case platform == 3 && (encoding == 1 || encoding == 10):
		return 3
	case platform == 0 && encoding != 5:
		return 2
	}
	return 0
}

func (m charMap) lookup(r rune) int {
	if r < 0 {
		return 0
	}
	if m.format == 12 {
		return m.lookup12(uint32(r))
	}
	if r > 0xffff {
		return 0
	}
	return m.lookup4(int(r))
}

func (m charMap) lookup4(c int) int {
	ends := 14
	i := sort.Search(m.n, func(i int) bool { return int(m.t.u16(ends+2*i)) >= c })
	if i == m.n {
		return 0
	}
	starts := ends + 2*m.n + 2
	start, delta := int(m.t.u16(starts+2*i)), int(m.t.u16(starts+2*m.n+2*i))
	if c < start {
		return 0
	}
	at := starts + 4*m.n + 2*i
	offset := int(m.t.u16(at))
	if offset == 0 {
		return (c + delta) & 0xffff
	}
	g := int(m.t.u16(at + offset + 2*(c-start)))
	if g == 0 {
		return 0
	}
	return (g + delta) & 0xffff
}

func (m charMap) lookup12(c uint32) int {
	i := sort.Search(m.n, func(i int) bool { return m.t.u32(16+12*i+4) >= c })
	if i == m.n {
		return 0
	}
	start, glyph := m.t.u32(16+12*i), m.t.u32(16+12*i+8)
	if c < start {
		return 0
	}
	g := uint64(glyph) + uint64(c-start)
	if g > 0xffff {
		return 0
	}
	return int(g)
}

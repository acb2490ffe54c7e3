package pdf

// loadXrefStream reads the cross-reference stream at off (ISO 32000-1, 7.5.8).
func (d *Document) loadXrefStream(off int64) (section, error) {
	s := section{at: off, stream: true}
	v, err := d.parseObject(off, Ref{})
	if err != nil {
		return s, err
	}
	if v.Kind() != KindStream || !v.Get("Type").IsName("XRef") {
		return s, damaged(off, "no cross-reference stream where one is said to be")
	}
	s.trailer = v
	data, end, err := d.decodeXref(v)
	if err != nil {
		return s, err
	}
	d.readFollow(&s, end)
	return s, d.addXrefEntries(v, data, off)
}

// decodeXref decodes the data. Nothing here may need the table, which is not
// read yet: an indirect /Length is found by searching endstream.
func (d *Document) decodeXref(v Value) (data []byte, end int64, err error) {
	n, ok := v.Get("Length").Int()
	if !ok || n < 0 || !d.endsAt(v.st.off+n) {
		if n, err = d.searchEnd(v.st.off); err != nil {
			return nil, 0, err
		}
	}
	if n > maxDecoded {
		return nil, 0, limited("a cross-reference stream is too large")
	}
	raw, err := d.src.window(v.st.off, int(n))
	if err != nil {
		return nil, 0, err
	}
	filters, err := streamFilters(v, func(x Value) (Value, error) { return x, nil })
	if err != nil {
		return nil, 0, err
	}
	if data, err = decodeAll(raw, filters, maxDecoded); err == nil {
		err = d.src.spend(len(data))
	}
	return data, v.st.off + n, err
}

// addXrefEntries adds what /W, /Index and the data say.
func (d *Document) addXrefEntries(v Value, data []byte, off int64) error {
	w, ok := xrefWidths(v.Get("W"))
	width := w[0] + w[1] + w[2]
	if !ok || width == 0 {
		return damaged(off, "/W of a cross-reference stream is malformed")
	}
	index := v.Get("Index")
	if index.Kind() != KindArray {
		size, _ := v.Get("Size").Int()
		index = Array(Int(0), Int(size))
	}
	for i := 0; i+1 < index.Len(); i += 2 {
		first, ok1 := index.At(i).Int()
		count, ok2 := index.At(i + 1).Int()
		if !ok1 || !ok2 || first < 0 || count < 0 || first > maxObjectNumber {
			return damaged(off, "/Index of a cross-reference stream is malformed")
		}
		if have := int64(len(data) / width); count > have {
			d.note("a cross-reference stream is shorter than its /Index")
			count = have
		}
		for k := range count {
			if e, ok := xrefStreamEntry(data[:width], w); ok {
				if err := d.xref.add(int(first+k), e); err != nil {
					return err
				}
			}
			data = data[width:]
		}
	}
	return nil
}

func xrefWidths(v Value) (w [3]int, ok bool) {
	if v.Len() < len(w) {
		return w, false
	}
	for i := range w {
		n, ok := v.At(i).Int()
		if !ok || n < 0 || n > 8 {
			return w, false
		}
		w[i] = int(n)
	}
	return w, true
}

// xrefStreamEntry decodes one entry; entries of unknown type are null objects
// (ISO 32000-1, 7.5.8.3) and are left out.
func xrefStreamEntry(b []byte, w [3]int) (entry, bool) {
	field := func(n int, missing uint64) uint64 {
		if n == 0 {
			return missing
		}
		var x uint64
		for _, c := range b[:n] {
			x = x<<8 | uint64(c)
		}
		b = b[n:]
		return x
	}
	kind, two, three := field(w[0], 1), field(w[1], 0), field(w[2], 0)
	switch kind {
	case 0:
		return entry{kind: entryFree}, true
	case 1:
		if two > 1<<53 || three > 65535 {
			return entry{}, false
		}
		return entry{kind: entryInUse, pos: int64(two), gen: uint16(three)}, true
	case 2:
		if two > maxObjectNumber || three > maxItems {
			return entry{}, false
		}
		return entry{kind: entryCompressed, pos: int64(two), idx: uint32(three)}, true
	}
	return entry{kind: entryFree}, true
}

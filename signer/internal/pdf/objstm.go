package pdf

import "fmt"

// objStm is a decoded object stream.
type objStm struct {
	data  []byte
	first int
	nums  []int
	offs  []int
}

// compressed returns the object num from position idx of object stream stm
// (ISO 32000-1, 7.5.7).
func (d *Document) compressed(stm, idx, num int) (Value, error) {
	s, err := d.objectStream(stm)
	if err != nil {
		return Value{}, err
	}
	if idx >= len(s.nums) || s.nums[idx] != num {
		if err := d.src.spend(len(s.nums) * 8); err != nil {
			return Value{}, err
		}
		found := -1
		for i, n := range s.nums {
			if n == num {
				found = i
			}
		}
		if found < 0 {
			return Value{}, damaged(-1, "object %d is not in object stream %d", num, stm)
		}
		d.note(fmt.Sprintf("object %d has another index in object stream %d", num, stm))
		idx = found
	}
	off := s.first + s.offs[idx]
	if off < 0 || off > len(s.data) {
		return Value{}, damaged(-1, "object %d lies outside object stream %d", num, stm)
	}
	p := &parser{buf: s.data, pos: off, last: true, base: 0}
	v, err := p.value(0)
	if err != nil {
		return Value{}, fmt.Errorf("object %d in object stream %d: %w", num, stm, err)
	}
	if v.kind == KindKeyword {
		return Value{}, damaged(-1, "object %d in object stream %d is no value", num, stm)
	}
	return v, nil
}

// objectStream decodes an object stream and reads its header.
func (d *Document) objectStream(num int) (*objStm, error) {
	if s := d.stms[num]; s != nil {
		return s, nil
	}
	e := d.xref.get(num)
	if e.kind != entryInUse {
		return nil, damaged(-1, "object stream %d is missing", num)
	}
	v, err := d.Get(Ref{num, int(e.gen)})
	if err != nil {
		return nil, err
	}
	if v.Kind() != KindStream || !v.Get("Type").IsName("ObjStm") {
		return nil, damaged(-1, "object %d is no object stream", num)
	}
	data, err := d.Data(v)
	if err != nil {
		return nil, fmt.Errorf("object stream %d: %w", num, err)
	}
	s, err := readObjStm(v, data)
	if err != nil {
		return nil, fmt.Errorf("object stream %d: %w", num, err)
	}
	if d.stmSize += len(data); d.stmSize > cacheObjStm {
		clear(d.stms)
		d.stmSize = len(data)
	}
	d.stms[num] = s
	return s, nil
}

// readObjStm reads the header: pairs of object number and offset.
func readObjStm(v Value, data []byte) (*objStm, error) {
	bad := damaged(-1, "malformed header")
	n, ok := v.Get("N").Int()
	first, ok2 := v.Get("First").Int()
	size := int64(len(data))
	if !ok || !ok2 || n < 0 || first < 0 || first > size || n > first || n > maxItems {
		return nil, bad
	}
	s := &objStm{data: data, first: int(first)}
	p := &parser{buf: data[:first], last: true}
	for range n {
		num, err1 := p.plainInt()
		off, err2 := p.plainInt()
		if err1 != nil || err2 != nil || num > maxObjectNumber || off > size {
			return nil, bad
		}
		s.nums, s.offs = append(s.nums, int(num)), append(s.offs, int(off))
	}
	return s, nil
}

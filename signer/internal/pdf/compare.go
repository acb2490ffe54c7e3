package pdf

import (
	"bytes"
	"slices"
)

// Items returns the values of an array or the entries' values of a dictionary;
// they are shared and must not be modified.
func (v Value) Items() []Value { return v.items }

// Equal says whether two values are the same, references by their numbers;
// white space, the order of keys and the way strings are written do not count.
// Of streams only the dictionaries are compared: see SameData.
func Equal(a, b Value) bool {
	if x, ok := a.Real(); ok {
		y, ok := b.Real()
		return ok && x == y
	}
	if a.kind != b.kind || len(a.items) != len(b.items) {
		return false
	}
	switch a.kind {
	case KindArray:
		return slices.EqualFunc(a.items, b.items, Equal)
	case KindDict, KindStream:
		return equalDicts(a, b)
	}
	return a.n == b.n && a.s == b.s
}

func equalDicts(a, b Value) bool {
	for i, k := range a.keys {
		if !b.Has(k) || !Equal(a.items[i], b.Get(k)) {
			return false
		}
	}
	return a.Duplicate() == "" && b.Duplicate() == ""
}

// SameData says whether two streams hold the same bytes as stored, read piece
// by piece.
func SameData(a *Document, x Value, b *Document, y Value) (bool, error) {
	offA, nA, err := a.Extent(x)
	if err != nil {
		return false, err
	}
	offB, nB, err := b.Extent(y)
	if err != nil {
		return false, err
	}
	if nA != nB {
		return false, nil
	}
	if offA == offB && a.src.r == b.src.r {
		return true, nil
	}
	for done := int64(0); done < nA; done += freeWindow {
		n := int(min(freeWindow, nA-done))
		p, err := a.src.window(offA+done, n)
		if err != nil {
			return false, err
		}
		q, err := b.src.window(offB+done, n)
		if err != nil {
			return false, err
		}
		if !bytes.Equal(p, q) {
			return false, nil
		}
	}
	return true, nil
}

// Touched lists, in order, the numbers of the objects that later revisions
// defined, freed or moved: where d finds something else than old does.
func (d *Document) Touched(old *Document) []int {
	pages := map[int]bool{}
	for k := range d.xref.pages {
		pages[k] = true
	}
	for k := range old.xref.pages {
		pages[k] = true
	}
	var out []int
	for k := range pages {
		for i := range entryPage {
			if num := k*entryPage + i; !samePlace(d, old, num) {
				out = append(out, num)
			}
		}
	}
	slices.Sort(out)
	return out
}

// samePlace says whether both find the object at the same bytes.
func samePlace(d, old *Document, num int) bool {
	a, b := d.xref.get(num), old.xref.get(num)
	inUse := func(e entry) bool { return e.kind == entryInUse || e.kind == entryCompressed }
	if !inUse(a) && !inUse(b) {
		return true
	}
	if a != b || d.origin != old.origin {
		return false
	}
	return a.kind != entryCompressed || d.xref.get(int(a.pos)) == old.xref.get(int(b.pos))
}

// Defined says whether an object of that number is in use, with which
// generation, and whether it lies in an object stream.
func (d *Document) Defined(num int) (gen int, compressed, ok bool) {
	e := d.xref.get(num)
	return int(e.gen), e.kind == entryCompressed, e.kind == entryInUse || e.kind == entryCompressed
}

// Locate says where in the file a value stands that is reached from the object
// r over keys of direct dictionaries. ok is false when it is missing, behind a
// reference, or in an object stream.
func (d *Document) Locate(r Ref, path ...string) (s Span, ok bool) {
	e := d.xref.get(r.Num)
	if e.kind != entryInUse || int(e.gen) != r.Gen {
		return Span{}, false
	}
	err := d.src.parse(e.pos+d.origin, 4096, func(p *parser) error {
		got, head := objectHeader(p)
		if !head {
			return p.ended()
		}
		if got != r {
			return nil
		}
		for _, key := range path {
			found, err := p.enter(key)
			if err != nil || !found {
				return err
			}
		}
		if err := p.skip(); err != nil {
			return err
		}
		from := p.pos
		if _, err := p.value(0); err != nil {
			return err
		}
		s, ok = Span{p.base + int64(from), p.base + int64(p.pos)}, true
		return nil
	})
	return s, ok && err == nil
}

// enter stops before the value of key in the dictionary at pos; of equal keys
// the last one counts.
func (p *parser) enter(key string) (bool, error) {
	if err := p.skip(); err != nil {
		return false, err
	}
	if !bytes.HasPrefix(p.buf[p.pos:], []byte("<<")) {
		return false, nil
	}
	p.pos += 2
	found := -1
	for {
		if err := p.skip(); err != nil {
			return false, err
		}
		if p.buf[p.pos] != '/' {
			break
		}
		k, err := p.name()
		if err != nil {
			return false, err
		}
		if k.s == key {
			found = p.pos
		}
		if _, err := p.dictValue(0); err != nil {
			return false, err
		}
	}
	if found >= 0 {
		p.pos = found
	}
	return found >= 0, nil
}

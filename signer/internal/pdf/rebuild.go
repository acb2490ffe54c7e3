package pdf

import (
	"bytes"
	"fmt"
	"slices"
)

// rebuild finds the objects by reading the whole file when no cross-reference
// section leads to them: of equal numbers the last one counts, and so does the
// last trailer with a catalog. A document whose only trailers are
// cross-reference streams is given up: those are what was broken. What comes
// out is for looking at; nothing is ever appended to it (ErrRepaired).
func (d *Document) rebuild() error {
	d.xref, d.sections, d.origin = table{room: tableBase + tableFactor*d.src.size}, nil, 0
	clear(d.objects)
	clear(d.stms)
	d.stmSize = 0
	s := section{follow: -1}
	const step = 1 << 20
	for at := int64(0); at < d.src.size; at += step {
		buf, err := d.src.window(at, step+64)
		if err != nil {
			return err
		}
		if err := d.scanObjects(buf, at, step); err != nil {
			return err
		}
		if t, off, ok := d.lastTrailer(buf, at); ok {
			s.trailer, s.at = t, off
		}
	}
	if s.trailer.IsNull() {
		return &Error{FaultDamaged, -1, "there is neither a cross-reference section nor a trailer"}
	}
	d.sections = []section{s}
	d.repaired("the objects were found by reading the whole file")
	return nil
}

// scanObjects adds every "num gen obj" that begins in the first step bytes.
func (d *Document) scanObjects(buf []byte, at int64, step int) error {
	for i := 0; ; {
		k := bytes.Index(buf[i:], []byte("obj"))
		if k < 0 {
			return nil
		}
		i += k + 3
		begin, r, ok := headerBefore(buf, i-3)
		if !ok || begin >= step {
			continue
		}
		e := entry{kind: entryInUse, pos: at + int64(begin), gen: uint16(r.Gen)}
		if err := d.xref.add(r.Num, e); err != nil {
			return err
		}
		d.xref.pages[r.Num/entryPage][r.Num%entryPage] = e
	}
}

// headerBefore parses "num gen " backwards from the keyword obj at i.
func headerBefore(buf []byte, i int) (begin int, r Ref, ok bool) {
	gen, i, ok := numberBefore(buf, i)
	if !ok || gen > 65535 || i == 0 || !isSpace(buf[i-1]) {
		return 0, Ref{}, false
	}
	num, i, ok := numberBefore(buf, i)
	if !ok || num == 0 || num > maxObjectNumber {
		return 0, Ref{}, false
	}
	return i, Ref{num, gen}, true
}

// numberBefore parses the number that ends before i, white space between.
func numberBefore(buf []byte, i int) (n, begin int, ok bool) {
	for i > 0 && isSpace(buf[i-1]) {
		i--
	}
	end, scale := i, 1
	for i > 0 && isDigit(buf[i-1]) && end-i < 10 {
		i--
		n += int(buf[i]-'0') * scale
		scale *= 10
	}
	return n, i, i < end
}

// lastTrailer parses the last usable trailer dictionary of a window: a small
// one whose keyword begins a line.
func (d *Document) lastTrailer(buf []byte, at int64) (Value, int64, bool) {
	for end, tries := len(buf), 0; tries < 8; tries++ {
		i := bytes.LastIndex(buf[:end], []byte("trailer"))
		if i < 0 {
			break
		}
		end = i
		if i > 0 && buf[i-1] != '\n' && buf[i-1] != '\r' {
			continue
		}
		w, err := d.src.window(at+int64(i)+7, 8<<10)
		if err != nil {
			break
		}
		v, err := (&parser{buf: w, last: true}).value(0)
		if _, ok := v.Get("Root").Ref(); err == nil && v.Kind() == KindDict && ok {
			return v, at + int64(i), true
		}
	}
	return Value{}, 0, false
}

// numbers lists the objects in use, in order.
func (d *Document) numbers() []int {
	var out []int
	for page, p := range d.xref.pages {
		for i, e := range p {
			if e.kind == entryInUse {
				out = append(out, page*entryPage+i)
			}
		}
	}
	slices.Sort(out)
	return out
}

// rebuildCompressed adds what the object streams of a rebuilt document hold
// and no plain object defines.
func (d *Document) rebuildCompressed() error {
	for _, num := range d.numbers() {
		e := d.xref.get(num)
		buf, err := d.src.window(e.pos, 512)
		if err != nil {
			return err
		}
		if !bytes.Contains(buf, []byte("ObjStm")) {
			continue
		}
		s, err := d.objectStream(num)
		if err != nil {
			d.note(fmt.Sprintf("object stream %d cannot be read", num))
			continue
		}
		for i, n := range s.nums {
			if err := d.xref.add(n, entry{kind: entryCompressed, pos: int64(num), idx: uint32(i)}); err != nil {
				return err
			}
		}
	}
	return nil
}

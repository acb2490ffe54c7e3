package pdf

import (
	"bytes"
	"fmt"
)

// Get returns an indirect object. A free, missing or other-generation object
// is null (ISO 32000-1, 7.3.10).
func (d *Document) Get(r Ref) (Value, error) {
	if v, ok := d.objects[r.Num]; ok && r.Gen == d.generation(r.Num) {
		return v, nil
	}
	e := d.xref.get(r.Num)
	if e.kind != entryInUse && e.kind != entryCompressed || int(e.gen) != r.Gen {
		return Value{}, nil
	}
	if d.busy[r.Num] {
		return Value{}, damaged(-1, "%s contains itself", d.describe(r))
	}
	d.busy[r.Num] = true
	defer delete(d.busy, r.Num)
	var v Value
	var err error
	if e.kind == entryCompressed {
		v, err = d.compressed(int(e.pos), int(e.idx), r.Num)
	} else {
		v, err = d.parseObject(e.pos+d.origin, r)
	}
	if err != nil {
		return Value{}, err
	}
	if len(d.objects) >= cacheObjects {
		clear(d.objects)
	}
	d.objects[r.Num] = v
	return v, nil
}

// generation is the generation number of the object in use, -1 for none.
func (d *Document) generation(num int) int {
	if e := d.xref.get(num); e.kind == entryInUse || e.kind == entryCompressed {
		return int(e.gen)
	}
	return -1
}

// Resolve follows v if it is an indirect reference.
func (d *Document) Resolve(v Value) (Value, error) {
	for range maxChain {
		r, ok := v.Ref()
		if !ok {
			return v, nil
		}
		var err error
		if v, err = d.Get(r); err != nil {
			return Value{}, err
		}
	}
	return Value{}, damaged(-1, "a chain of references does not end")
}

// Lookup returns the resolved value of key in dict; the dictionary itself may
// be a reference.
func (d *Document) Lookup(dict Value, key string) (Value, error) {
	v, err := d.Resolve(dict)
	if err != nil || !v.IsDict() {
		return Value{}, err
	}
	return d.Resolve(v.Get(key))
}

// parseObject parses the object at a file offset. With a zero want any object
// is taken; else one a few bytes beside is found and noted as a repair.
func (d *Document) parseObject(off int64, want Ref) (Value, error) {
	got, ok := d.headerAt(off)
	if want != (Ref{}) && (!ok || got != want) {
		near, found := d.nearObject(off, want)
		if !found {
			return Value{}, damaged(off, "%s is not where it should be", d.describe(want))
		}
		d.repaired(fmt.Sprintf("%s said to be at %d is at %d", d.describe(want), off, near))
		off, got, ok = near, want, true
	}
	if !ok {
		return Value{}, damaged(off, "there is no object")
	}
	var v Value
	err := d.src.parse(off, 1024, func(p *parser) error {
		if _, ok := objectHeader(p); !ok {
			return p.ended()
		}
		var err error
		if v, err = p.value(0); err != nil {
			return err
		}
		if v.kind == KindKeyword && v.s == "endobj" {
			v = Value{} // an empty object is null
			return nil
		}
		if v.kind == KindDict {
			return p.streamStart(&v, got)
		}
		return nil
	})
	if err != nil {
		return Value{}, err
	}
	if d.crypt != nil && want != (Ref{}) && want != d.crypt.ref {
		d.crypt.decryptStrings(&v, want)
	}
	return v, nil
}

// streamStart looks for the keyword stream behind a dictionary.
func (p *parser) streamStart(v *Value, ref Ref) error {
	if err := p.skip(); err != nil {
		if p.last {
			return nil
		}
		return err
	}
	if len(p.buf)-p.pos < len("stream")+2 && !p.last {
		return errMore
	}
	rest := p.buf[p.pos:]
	if !bytes.HasPrefix(rest, []byte("stream")) {
		return nil
	}
	n := len("stream")
	if n < len(rest) && rest[n] == '\r' {
		n++
	}
	if n < len(rest) && rest[n] == '\n' {
		n++
	}
	v.kind = KindStream
	v.st = &stream{off: p.base + int64(p.pos+n), ref: ref}
	return nil
}

// nearObject looks for the object a few bytes beside off.
func (d *Document) nearObject(off int64, want Ref) (int64, bool) {
	from := max(0, off-nearby)
	buf, err := d.src.window(from, 2*nearby+32)
	if err != nil {
		return 0, false
	}
	for i := range buf {
		if !isDigit(buf[i]) || i > 0 && classes[buf[i-1]] == classRegular {
			continue
		}
		if got, ok := objectHeader(&parser{buf: buf, pos: i, last: true}); ok && got == want {
			return from + int64(i), true
		}
	}
	return 0, false
}

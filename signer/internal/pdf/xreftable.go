package pdf

import (
	"bytes"
	"fmt"
)

// tableReader reads the lines of a classic table through a sliding window.
type tableReader struct {
	src source
	buf []byte
	at  int64 // file offset of buf[0]
	pos int
}

const tableWindow = 64 << 10

// fill makes n bytes at pos available, or fewer at the end of the file.
func (r *tableReader) fill(n int) ([]byte, error) {
	if len(r.buf)-r.pos < n {
		r.at += int64(r.pos)
		w := tableWindow
		if r.buf == nil {
			w = 4096
		}
		buf, err := r.src.window(r.at, max(w, n))
		if err != nil {
			return nil, err
		}
		r.buf, r.pos = buf, 0
	}
	return r.buf[r.pos:], nil
}

func (r *tableReader) offset() int64 { return r.at + int64(r.pos) }

// number parses an unsigned integer after white space.
func (r *tableReader) number() (int64, error) {
	b, err := r.fill(64)
	if err != nil {
		return 0, err
	}
	p := &parser{buf: b, base: r.offset(), last: true}
	n, err := p.plainInt()
	if err != nil {
		return 0, err
	}
	r.pos += p.pos
	return n, nil
}

// loadTable reads a classic table whose first subsection begins at body, with
// its trailer and, in a hybrid file, its stream (ISO 32000-1, 7.5.8.4).
func (d *Document) loadTable(at, body int64) (section, error) {
	s := section{at: at}
	r := &tableReader{src: d.src, at: body}
	var free []int
	for {
		b, err := r.fill(64)
		if err != nil {
			return s, err
		}
		p := &parser{buf: b, base: r.offset(), last: true}
		if err := p.skip(); err != nil {
			return s, &Error{FaultTruncated, p.base, "a cross-reference table has no trailer"}
		}
		r.pos += p.pos
		if bytes.HasPrefix(b[p.pos:], []byte("trailer")) {
			r.pos += len("trailer")
			break
		}
		if free, err = d.loadSubsection(r, free); err != nil {
			return s, err
		}
	}
	end := r.offset()
	err := d.src.parse(end, 2048, func(p *parser) error {
		v, err := p.value(0)
		s.trailer = v
		end = p.base + int64(p.pos)
		return err
	})
	if err != nil {
		return s, err
	}
	if s.trailer.Kind() != KindDict {
		return s, damaged(end, "the trailer is no dictionary")
	}
	d.readFollow(&s, end)
	if err := d.loadHybrid(&s); err != nil {
		return s, err
	}
	for _, n := range free {
		if err := d.xref.add(n, entry{kind: entryFree}); err != nil {
			return s, err
		}
	}
	return s, nil
}

// loadHybrid reads the stream of a hybrid section: after the used entries of
// the table, before its free ones, since hidden objects are free in the table.
func (d *Document) loadHybrid(s *section) error {
	x := s.trailer.Get("XRefStm")
	if x.IsNull() {
		return nil
	}
	n, ok := x.Int()
	if !ok || !d.isSection(n+d.origin) {
		d.repaired("/XRefStm points nowhere")
		return nil
	}
	s.hybrid = true
	_, err := d.loadXrefStream(n + d.origin)
	return err
}

// loadSubsection reads "first count" and its entries. Used entries are added;
// the numbers of free ones are returned behind free.
func (d *Document) loadSubsection(r *tableReader, free []int) ([]int, error) {
	first, count, err := r.subsection()
	if err != nil {
		return free, err
	}
	if first > maxObjectNumber || count > maxEntries || count*18 > d.src.size-r.offset() {
		return free, damaged(r.offset(), "a cross-reference subsection is larger than the file")
	}
	for i := range count {
		line, err := r.entry()
		if err != nil {
			return free, err
		}
		if i == 0 && first == 1 && !line.used && line.gen >= 65535 && line.pos == 0 {
			// A known writer's fault: the table of object 0 … says it begins at 1.
			d.repaired("a cross-reference table begins with object 1 instead of 0")
			first = 0
		}
		if free, err = d.addLine(int(first+i), line, free); err != nil {
			return free, err
		}
	}
	return free, nil
}

// addLine adds a used entry, or the number of a free one behind free.
func (d *Document) addLine(num int, line tableLine, free []int) ([]int, error) {
	if line.used && line.pos > 0 {
		return free, d.xref.add(num, entry{kind: entryInUse, pos: line.pos, gen: uint16(line.gen)})
	}
	if line.used {
		d.repaired(fmt.Sprintf("object %d has offset 0", num))
	}
	if len(free) >= maxEntries {
		return free, limited("too many cross-reference entries")
	}
	return append(free, num), nil
}

// subsection parses "first count" and the end of the line.
func (r *tableReader) subsection() (first, count int64, err error) {
	if first, err = r.number(); err != nil {
		return 0, 0, err
	}
	if count, err = r.number(); err != nil {
		return 0, 0, err
	}
	b, err := r.fill(32)
	for len(b) > 0 && isSpace(b[0]) {
		b, r.pos = b[1:], r.pos+1
	}
	return first, count, err
}

// tableLine is one entry "nnnnnnnnnn ggggg n".
type tableLine struct {
	pos, gen int64
	used     bool
}

// entry reads one entry: exactly 20 bytes, or what comes near it.
func (r *tableReader) entry() (tableLine, error) {
	b, err := r.fill(20)
	if err != nil {
		return tableLine{}, err
	}
	if len(b) >= 20 && b[10] == ' ' && b[16] == ' ' && isSpace(b[18]) && isSpace(b[19]) {
		pos, ok1 := digits(b[:10])
		gen, ok2 := digits(b[11:16])
		if ok1 && ok2 && usable(b[17], gen) {
			r.pos += 20
			return tableLine{pos, gen, b[17] == 'n'}, nil
		}
	}
	return r.looseEntry()
}

// usable says whether an entry makes sense. MuPDF and Ghostscript give the free
// object 0 the generation 65536, which is one too many and means nothing.
func usable(kind byte, gen int64) bool { return kind == 'f' || kind == 'n' && gen <= 65535 }

func (r *tableReader) looseEntry() (tableLine, error) {
	pos, err := r.number()
	if err != nil {
		return tableLine{}, err
	}
	gen, err := r.number()
	if err != nil {
		return tableLine{}, err
	}
	b, err := r.fill(64)
	if err != nil {
		return tableLine{}, err
	}
	p := &parser{buf: b, base: r.offset(), last: true}
	if err := p.skip(); err != nil {
		return tableLine{}, err
	}
	if k := b[p.pos]; usable(k, gen) {
		r.pos += p.pos + 1
		return tableLine{pos, gen, k == 'n'}, nil
	}
	return tableLine{}, p.fail("a cross-reference entry is malformed")
}

func digits(b []byte) (n int64, ok bool) {
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

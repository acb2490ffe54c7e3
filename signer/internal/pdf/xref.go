package pdf

import (
	"bytes"
	"fmt"
)

// entry says where an object is.
type entry struct {
	kind entryKind
	gen  uint16
	idx  uint32 // compressed: index in the object stream
	pos  int64  // in use: offset as written; compressed: number of the object stream
}

type entryKind uint8

const (
	entryNone entryKind = iota
	entryFree
	entryInUse
	entryCompressed
)

const (
	entryPage  = 64
	entryBytes = 24 // of an entry in memory
)

// table maps object numbers to entries; pages keep it small for sparse numbers.
type table struct {
	pages   map[int]*[entryPage]entry
	highest int // highest object number seen, free ones included
	used    int // highest object number in use
	count   int
	room    int64 // bytes that pages may still take
}

func (t *table) get(num int) entry {
	if p := t.pages[num/entryPage]; p != nil && num >= 0 {
		return p[num%entryPage]
	}
	return entry{}
}

// add keeps the first entry for a number: sections are read newest first.
func (t *table) add(num int, e entry) error {
	if num < 0 || num > maxObjectNumber {
		return limited("object number out of range")
	}
	if t.count++; t.count > maxEntries {
		return limited("too many cross-reference entries")
	}
	if t.pages == nil {
		t.pages = make(map[int]*[entryPage]entry)
	}
	p := t.pages[num/entryPage]
	if p == nil {
		if t.room -= entryPage * entryBytes; t.room < 0 {
			return limited("the cross-reference table is too large for the file")
		}
		p = new([entryPage]entry)
		t.pages[num/entryPage] = p
	}
	if p[num%entryPage].kind == entryNone {
		p[num%entryPage] = e
	}
	t.highest = max(t.highest, num)
	if e.kind != entryFree {
		t.used = max(t.used, num)
	}
	return nil
}

// section is one cross-reference section of the chain.
type section struct {
	at      int64 // file offset
	stream  bool  // a cross-reference stream
	hybrid  bool  // a table with an /XRefStm
	trailer Value
	follow  int64 // value of the startxref behind it, -1 where there is none
	end     int64 // end of the %%EOF line behind it, 0 where there is none
}

// loadXref follows the chain of sections from the last startxref.
func (d *Document) loadXref() error {
	start, err := d.findStart()
	if err != nil {
		return err
	}
	seen := map[int64]bool{}
	for at, prev := start, false; ; prev = true {
		if seen[at] {
			return damaged(at, "the chain of cross-reference sections is a loop")
		}
		seen[at] = true
		if len(d.sections) >= maxSections {
			return limited("too many cross-reference sections")
		}
		s, err := d.loadSection(at)
		if err != nil {
			return err
		}
		if prev && seen[s.at] && s.at != at {
			return damaged(at, "the chain of cross-reference sections is a loop")
		}
		seen[s.at] = true
		d.sections = append(d.sections, s)
		p := s.trailer.Get("Prev")
		if p.IsNull() {
			d.checkSize()
			return nil
		}
		n, ok := p.Int()
		if !ok {
			return damaged(at, "/Prev is not an integer")
		}
		if n == 0 && len(d.sections) > 0 {
			// Some writers say /Prev 0 for "none".
			d.note("a trailer says /Prev 0")
			d.checkSize()
			return nil
		}
		at = n + d.origin
	}
}

// checkSize compares the newest /Size with the objects: those beyond it would
// be undefined (ISO 32000-1, Table 15), yet files exist that use them.
func (d *Document) checkSize() {
	n, ok := d.Trailer().Get("Size").Int()
	switch {
	case !ok:
		d.note("the trailer lacks /Size")
	case n <= int64(d.xref.used):
		d.repaired(fmt.Sprintf("/Size is %d, an object has the number %d", n, d.xref.used))
	case n > int64(d.xref.highest)+1:
		d.note(fmt.Sprintf("/Size is %d, the highest object number is %d", n, d.xref.highest))
	}
}

// findStart finds the newest cross-reference section and the origin of offsets.
func (d *Document) findStart() (int64, error) {
	n, at, err := d.lastStartxref()
	if err != nil {
		return 0, err
	}
	for _, exact := range []bool{true, false} {
		for _, origin := range []int64{0, d.header} {
			if (!exact || d.beginsAt(n+origin)) && d.isSection(n+origin) {
				d.origin = origin
				return n + origin, nil
			}
		}
	}
	for _, origin := range []int64{0, d.header} {
		if near, ok := d.nearSection(n + origin); ok {
			d.repaired(fmt.Sprintf("startxref says %d, the section is at %d", n, near))
			d.origin = origin
			return near, nil
		}
	}
	return 0, damaged(at, "startxref points to %d, where no cross-reference section is", n)
}

// lastStartxref returns the number behind the last startxref and where it stands.
func (d *Document) lastStartxref() (n, at int64, err error) {
	for w := tailWindow; ; w *= 4 {
		w = min(w, maxTail)
		off := max(0, d.src.size-int64(w))
		buf, err := d.src.window(off, w)
		if err != nil {
			return 0, 0, err
		}
		i := bytes.LastIndex(buf, []byte("startxref"))
		if i >= 0 {
			p := &parser{buf: buf, pos: i + len("startxref"), base: off, last: true}
			n, err := p.plainInt()
			if err != nil {
				return 0, 0, &Error{FaultTruncated, off + int64(i), "startxref has no number"}
			}
			d.startxrefAt = off + int64(i)
			return n, off + int64(i), nil
		}
		if off == 0 || w == maxTail {
			return 0, 0, &Error{FaultTruncated, d.src.size, "there is no startxref at the end"}
		}
	}
}

// beginsAt says whether something stands right at off, not behind white space: with
// a single byte before the header, offsets from either origin lead to the same word.
func (d *Document) beginsAt(off int64) bool {
	if off < 0 || off >= d.src.size {
		return false
	}
	buf, err := d.src.window(off, 1)
	return err == nil && len(buf) > 0 && !isSpace(buf[0])
}

// isSection says whether a table or a cross-reference stream begins at off.
func (d *Document) isSection(off int64) bool {
	if off < 0 || off >= d.src.size {
		return false
	}
	buf, err := d.src.window(off, 64)
	if err != nil {
		return false
	}
	p := &parser{buf: buf, last: true}
	if p.skip() != nil {
		return false
	}
	if bytes.HasPrefix(buf[p.pos:], []byte("xref")) {
		return true
	}
	if _, ok := objectHeader(p); !ok {
		return false
	}
	v, err := d.parseObject(off, Ref{})
	return err == nil && v.Get("Type").IsName("XRef")
}

// nearSection looks for a section a few bytes beside off.
func (d *Document) nearSection(off int64) (int64, bool) {
	from := max(0, off-nearby)
	buf, err := d.src.window(from, 2*nearby+16)
	if err != nil {
		return 0, false
	}
	for i := 0; i+4 <= len(buf); i++ {
		if string(buf[i:i+4]) == "xref" && (i == 0 || isSpace(buf[i-1])) {
			return from + int64(i), true
		}
	}
	for i := range buf {
		if !isDigit(buf[i]) || i > 0 && !isSpace(buf[i-1]) {
			continue
		}
		if d.isSection(from + int64(i)) {
			return from + int64(i), true
		}
	}
	return 0, false
}

// objectHeader parses "num gen obj".
func objectHeader(p *parser) (Ref, bool) {
	num, err := p.plainInt()
	if err != nil || num > maxObjectNumber {
		return Ref{}, false
	}
	gen, err := p.plainInt()
	if err != nil || gen > 65535 || p.skip() != nil {
		return Ref{}, false
	}
	if !bytes.HasPrefix(p.buf[p.pos:], []byte("obj")) {
		return Ref{}, false
	}
	p.pos += 3
	return Ref{int(num), int(gen)}, true
}

// loadSection reads the section at off, a table or a stream.
func (d *Document) loadSection(off int64) (section, error) {
	if !d.isSection(off) {
		near, ok := d.nearSection(off)
		if !ok {
			return section{}, damaged(off, "there is no cross-reference section")
		}
		d.repaired(fmt.Sprintf("a section said to be at %d is at %d", off, near))
		off = near
	}
	buf, err := d.src.window(off, 64)
	if err != nil {
		return section{}, err
	}
	p := &parser{buf: buf, last: true}
	if p.skip() == nil && bytes.HasPrefix(buf[p.pos:], []byte("xref")) {
		return d.loadTable(off, off+int64(p.pos)+4)
	}
	s, err := d.loadXrefStream(off)
	if err != nil {
		return s, err
	}
	return s, nil
}

// readFollow reads "startxref N %%EOF" behind a section that ends at off.
func (d *Document) readFollow(s *section, off int64) {
	s.follow = -1
	buf, err := d.src.window(off, 256)
	if err != nil {
		return
	}
	p := &parser{buf: buf, last: true}
	for _, word := range []string{"endstream", "endobj", "startxref"} {
		if p.skip() != nil {
			return
		}
		if bytes.HasPrefix(buf[p.pos:], []byte(word)) {
			p.pos += len(word)
		} else if word == "startxref" {
			return
		}
	}
	n, err := p.plainInt()
	if err != nil {
		return
	}
	for p.pos < len(buf) && isSpace(buf[p.pos]) {
		p.pos++
	}
	if !bytes.HasPrefix(buf[p.pos:], []byte("%%EOF")) {
		return
	}
	p.pos += len("%%EOF")
	if p.pos < len(buf) && buf[p.pos] == '\r' {
		p.pos++
	}
	if p.pos < len(buf) && buf[p.pos] == '\n' {
		p.pos++
	}
	s.follow, s.end = n, off+int64(p.pos)
}

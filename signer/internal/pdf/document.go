package pdf

import (
	"bytes"
	"fmt"
	"io"
	"slices"
)

// Options say how to open a file.
type Options struct {
	// Password is the user's or the owner's; nil tries the empty one. The
	// Document keeps a copy.
	Password []byte

	strict bool // no rebuilding
}

// Document is an open PDF file. It is not safe for concurrent use; several
// Documents over one io.ReaderAt are.
type Document struct {
	src         source
	header      int64  // where %PDF- stands
	version     string // of the header
	origin      int64  // added to every offset in the file (bytes before the header)
	startxrefAt int64
	sections    []section // newest first
	xref        table
	crypt       *crypt // nil: not encrypted
	password    []byte // for At; as long as the file key
	broken      bool   // cross-reference data were repaired
	notes       []string

	objects map[int]Value
	busy    map[int]bool // objects being loaded, against loops
	stms    map[int]*objStm
	stmSize int

	pageCount int // -1: not known yet
}

// Open reads the header, the cross-reference sections and the encryption of a
// file. It keeps r and reads from it later; it never writes or closes it.
func Open(r io.ReaderAt, size int64, o Options) (*Document, error) {
	d := &Document{
		src: newSource(r, size), pageCount: -1,
		xref:    table{room: tableBase + tableFactor*size},
		objects: map[int]Value{}, busy: map[int]bool{}, stms: map[int]*objStm{},
	}
	if err := d.readHeader(); err != nil {
		return nil, err
	}
	d.password = slices.Clone(o.Password)
	err := d.load()
	if f, ok := FaultOf(err); ok && (f == FaultDamaged || f == FaultTruncated) && !o.strict {
		if d.rebuild() == nil && d.loadRebuilt() == nil {
			return d, nil
		}
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// load reads the document as its cross-reference sections say.
func (d *Document) load() error {
	if err := d.loadXref(); err != nil {
		return err
	}
	d.checkOffsets()
	if err := d.openEncryption(d.password); err != nil {
		return err
	}
	_, err := d.Catalog()
	return err
}

// loadRebuilt is what load does, for rebuild.
func (d *Document) loadRebuilt() error {
	if err := d.openEncryption(d.password); err != nil {
		return err
	}
	if err := d.rebuildCompressed(); err != nil {
		return err
	}
	n, err := d.NumPages()
	if err == nil && n == 0 {
		err = damaged(-1, "no page was found")
	}
	return err
}

// At opens the document as it was when the file had end bytes. It must be
// readable by its own cross-reference sections.
func (d *Document) At(end int64) (*Document, error) {
	if end <= 0 || end > d.src.size {
		return nil, damaged(end, "there is no such revision")
	}
	return Open(d.src.r, end, Options{Password: d.password, strict: true})
}

// Size is the length of the file in bytes.
func (d *Document) Size() int64 { return d.src.size }

// Reader gives the bytes of the file.
func (d *Document) Reader() io.ReaderAt { return io.NewSectionReader(d.src.r, 0, d.src.size) }

// Repaired says whether cross-reference data had to be repaired to read the
// document as far as it was read.
func (d *Document) Repaired() bool { return d.broken }

// Notes lists, in English, what is irregular in the document as far as it was read.
func (d *Document) Notes() []string { return slices.Clone(d.notes) }

func (d *Document) note(s string) {
	if len(d.notes) < 100 && !slices.Contains(d.notes, s) {
		d.notes = append(d.notes, s)
	}
}

func (d *Document) repaired(s string) {
	d.broken = true
	d.note(s)
}

// Trailer is the trailer of the newest section (of a linearised file the one
// at its start, which is the newest in the chain).
func (d *Document) Trailer() Value { return d.sections[0].trailer }

// Version is the PDF version, of the header or of the catalog if that is later.
func (d *Document) Version() string {
	if c, err := d.Catalog(); err == nil {
		if v := c.Get("Version").Name(); v > d.version {
			return v
		}
	}
	return d.version
}

// RootRef names the catalog.
func (d *Document) RootRef() Ref {
	r, _ := d.Trailer().Get("Root").Ref()
	return r
}

// Catalog returns the document catalog.
func (d *Document) Catalog() (Value, error) {
	r := d.RootRef()
	if r.IsZero() {
		return Value{}, damaged(d.startxrefAt, "the trailer names no catalog")
	}
	v, err := d.Get(r)
	if err != nil {
		return Value{}, err
	}
	if v.Kind() != KindDict {
		return Value{}, damaged(-1, "the catalog (object %d) is no dictionary", r.Num)
	}
	return v, nil
}

// Encrypted says whether the file is encrypted.
func (d *Document) Encrypted() bool { return d.crypt != nil }

// HighestObject is the highest object number that the file mentions in its
// cross-reference sections, or its /Size minus one if that is more. A /Size that
// leaves no room for new objects is no reason to have none (ISO 32000-1, Annex C).
func (d *Document) HighestObject() int {
	h := d.xref.highest
	for _, s := range d.sections {
		if n, ok := s.trailer.Get("Size").Int(); ok && n-1 > int64(h) && n <= namedObjects-spareObjects {
			h = int(n) - 1
		}
	}
	return h
}

func (d *Document) readHeader() error {
	if d.src.size == 0 {
		return &Error{FaultEmpty, 0, "the file has no bytes"}
	}
	buf, err := d.src.window(0, headerWindow+8)
	if err != nil {
		return err
	}
	i := bytes.Index(buf, []byte("%PDF-"))
	if i < 0 {
		if len(bytes.Trim(buf, "\x00")) == 0 {
			return &Error{FaultEmpty, 0, "the file begins with zeros only"}
		}
		return &Error{FaultNotPDF, 0, "there is no PDF header"}
	}
	d.header = int64(i)
	rest := buf[i+5:]
	n := 0
	for n < len(rest) && n < 8 && (isDigit(rest[n]) || rest[n] == '.') {
		n++
	}
	d.version = string(rest[:n])
	if n == 0 {
		d.note("the header names no version")
	}
	return nil
}

// checkOffsets makes sure that the offsets lead to the catalog with the
// origin found, and tries the other origin where they do not.
func (d *Document) checkOffsets() {
	r := d.RootRef()
	e := d.xref.get(r.Num)
	if d.header == 0 || r.IsZero() || e.kind != entryInUse {
		return
	}
	for _, exact := range []bool{true, false} {
		for _, origin := range []int64{d.origin, d.header - d.origin} {
			if got, ok := d.headerAt(e.pos + origin); ok && got.Num == r.Num && (!exact || d.beginsAt(e.pos+origin)) {
				if origin != d.origin {
					d.repaired("offsets count from another place than startxref does")
					d.origin = origin
				}
				return
			}
		}
	}
}

// headerAt reads "num gen obj" at a file offset.
func (d *Document) headerAt(off int64) (Ref, bool) {
	buf, err := d.src.window(off, 64)
	if err != nil || len(buf) == 0 {
		return Ref{}, false
	}
	return objectHeader(&parser{buf: buf, last: true})
}

func (d *Document) describe(r Ref) string { return fmt.Sprintf("object %d %d", r.Num, r.Gen) }

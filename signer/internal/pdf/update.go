package pdf

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
)

// Update collects the objects of one incremental update. It is laid out in
// memory; the document itself is not touched.
type Update struct {
	doc     *Document
	objects map[Ref]Value
	order   []Ref
	next    int
}

// NewUpdate begins an update. It refuses (ErrRepaired) a document whose
// cross-reference data had to be repaired.
func NewUpdate(d *Document) (*Update, error) {
	if d.broken {
		return nil, ErrRepaired
	}
	next := d.HighestObject() + 1
	if next >= maxObjectNumber-spareObjects {
		return nil, limited("no object numbers are left")
	}
	return &Update{doc: d, objects: map[Ref]Value{}, next: max(next, 1)}, nil
}

// Alloc gives a new object number, above every number the file has ever used.
func (u *Update) Alloc() Ref {
	r := Ref{Num: u.next}
	u.next++
	return r
}

// Put writes an object anew, or for the first time.
func (u *Update) Put(r Ref, v Value) {
	if _, ok := u.objects[r]; !ok {
		u.order = append(u.order, r)
	}
	u.objects[r] = v
}

// Add puts v under a new number.
func (u *Update) Add(v Value) Ref {
	r := u.Alloc()
	u.Put(r, v)
	return r
}

// Get returns an object as this update leaves it.
func (u *Update) Get(r Ref) (Value, error) {
	if v, ok := u.objects[r]; ok {
		return v, nil
	}
	return u.doc.Get(r)
}

// Resolve follows a reference to what this update leaves there.
func (u *Update) Resolve(v Value) (Value, error) {
	for range maxChain {
		r, ok := v.Ref()
		if !ok {
			return v, nil
		}
		var err error
		if v, err = u.Get(r); err != nil {
			return Value{}, err
		}
	}
	return Value{}, damaged(-1, "a chain of references does not end")
}

// Edit changes what stands at path in the object r: each step is a key of a
// dictionary, and a reference on the way leads into the object it names, which
// is then the one written again. What is missing is null; a missing dictionary
// on the way is made. An empty path edits the whole object.
//
// So Edit(catalog, {"AcroForm", "Fields"}, …) rewrites only the array where
// that is an object of its own, else the form, else the catalog.
func (u *Update) Edit(r Ref, path []string, f func(Value) (Value, error)) error {
	v, err := u.Get(r)
	if err != nil {
		return err
	}
	next, changed, err := u.edit(v, path, f, 0)
	if err != nil {
		return err
	}
	if changed {
		u.Put(r, next)
	}
	return nil
}

// edit returns v with the change, and whether v itself changed (false when the
// change went into another object).
func (u *Update) edit(v Value, path []string, f func(Value) (Value, error), hops int) (Value, bool, error) {
	if r, ok := v.Ref(); ok {
		if hops >= maxChain {
			return v, false, damaged(-1, "a chain of references does not end")
		}
		if u.missing(r) {
			return u.edit(Value{}, path, f, hops+1)
		}
		x, err := u.Get(r)
		if err != nil {
			return v, false, err
		}
		next, changed, err := u.edit(x, path, f, hops+1)
		if err == nil && changed {
			u.Put(r, next)
		}
		return v, false, err
	}
	if len(path) == 0 {
		next, err := f(v)
		return next, true, err
	}
	if !v.IsNull() && !v.IsDict() {
		return v, false, damaged(-1, "/%s stands in something that is no dictionary", path[0])
	}
	next, changed, err := u.edit(v.Get(path[0]), path[1:], f, hops)
	if err != nil || !changed {
		return v, false, err
	}
	return v.With(path[0], next), true, nil
}

// missing says whether r names no object: a null one cannot be written in place.
func (u *Update) missing(r Ref) bool {
	_, mine := u.objects[r]
	return !mine && u.doc.generation(r.Num) != r.Gen
}

// Increment is a laid-out update.
type Increment struct {
	Base  int64  // length of the original: the file offset of Bytes[0]
	Bytes []byte // what goes behind the original
	marks map[string]Span
}

// Mark returns where a Hole or HexHole lies in the file, for a HexHole with its
// angle brackets.
func (i *Increment) Mark(mark string) (Span, bool) {
	s, ok := i.marks[mark]
	return s, ok
}

// FillHex writes data as hexadecimal digits into a HexHole; the rest stays 0.
// What does not fit is an error and nothing is written.
func (i *Increment) FillHex(mark string, data []byte) error {
	s, ok := i.marks[mark]
	if !ok {
		return fmt.Errorf("there is no mark %q", mark)
	}
	room := i.Bytes[s.Start-i.Base+1 : s.End-i.Base-1]
	if hex.EncodedLen(len(data)) > len(room) {
		return fmt.Errorf("%d bytes do not fit into the %d of %q", len(data), len(room)/2, mark)
	}
	n := hex.Encode(room, data)
	for k := n; k < len(room); k++ {
		room[k] = '0'
	}
	return nil
}

// Fill writes text into a Hole; the rest stays spaces.
func (i *Increment) Fill(mark, text string) error {
	s, ok := i.marks[mark]
	if !ok {
		return fmt.Errorf("there is no mark %q", mark)
	}
	room := i.Bytes[s.Start-i.Base : s.End-i.Base]
	if len(text) > len(room) {
		return fmt.Errorf("%d bytes do not fit into the %d of %q", len(text), len(room), mark)
	}
	n := copy(room, text)
	for k := n; k < len(room); k++ {
		room[k] = ' '
	}
	return nil
}

// Layout writes the objects, the cross-reference section of the same kind as
// the newest one, and the trailer.
func (u *Update) Layout() (*Increment, error) {
	d := u.doc
	e := &encoder{base: d.src.size, crypt: d.crypt, marks: map[string]Span{}, buf: make([]byte, 0, u.room())}
	last, err := d.src.window(d.src.size-1, 1)
	if err != nil {
		return nil, err
	}
	if len(last) == 1 && last[0] != '\n' && last[0] != '\r' {
		e.buf = append(e.buf, '\n')
	}
	written := make([]offset, 0, len(u.order)+1)
	for _, r := range u.order {
		written = append(written, offset{r, e.base + int64(len(e.buf)) - d.origin})
		if err := u.object(e, r); err != nil {
			return nil, err
		}
	}
	if err := u.section(e, written); err != nil {
		return nil, err
	}
	return &Increment{Base: d.src.size, Bytes: e.buf, marks: e.marks}, e.err
}

// room is about what the update takes: one allocation instead of many.
func (u *Update) room() int {
	n := 2 << 10
	for _, v := range u.objects {
		n += 256
		if v.st != nil {
			n += len(v.st.data)
		}
		for _, x := range v.items {
			if x.kind == kindHole {
				n += 2*int(x.n) + 2
			}
		}
	}
	return n
}

// object appends "num gen obj … endobj".
func (u *Update) object(e *encoder, r Ref) error {
	v := u.objects[r]
	var data []byte
	if v.kind == KindStream {
		var err error
		if v, data, err = u.streamData(v, r); err != nil {
			return err
		}
	}
	e.ref = r
	e.header(r)
	e.value(v)
	if v.kind == KindStream {
		e.buf = append(e.buf, "\nstream\n"...)
		e.buf = append(e.buf, data...)
		e.buf = append(e.buf, "\nendstream"...)
	}
	e.buf = append(e.buf, "\nendobj\n"...)
	return e.err
}

// streamData returns a stream's dictionary with the right /Length and its data
// as they go into the file.
func (u *Update) streamData(v Value, r Ref) (Value, []byte, error) {
	data, err := u.doc.RawData(v)
	if err != nil {
		return v, nil, err
	}
	if c := u.doc.crypt; c != nil {
		filters, err := streamFilters(v, u.Resolve)
		if err != nil {
			return v, nil, err
		}
		if data, err = c.encrypt(c.streamMethod(v, filters), r, data); err != nil {
			return v, nil, err
		}
	}
	if n, ok := v.Get("Length").Int(); !ok || n != int64(len(data)) {
		v = v.With("Length", Int(len(data)))
	}
	return v, data, nil
}

// trailer makes the entries of the new trailer (ISO 32000-1, 7.5.5). The
// second part of /ID changes with every update, the first never.
func (u *Update) trailer(size int, body []byte) Value {
	old := u.doc.Trailer()
	id := old.Get("ID")
	if id.Kind() == KindArray && id.Len() == 2 && id.At(0).Kind() == KindString {
		sum := sha256.Sum256(body)
		id = Array(id.At(0), PlainBytes(sum[:16]))
	}
	return Dict("Size", Int(size), "Prev", Int(u.doc.newest()), "Root", old.Get("Root"),
		"Info", old.Get("Info"), "Encrypt", old.Get("Encrypt"), "ID", id)
}

// newest is the offset of the newest section as /Prev has to say it.
func (d *Document) newest() int64 { return d.sections[0].at - d.origin }

// offset says where an object was written, as the file will say it.
type offset struct {
	Ref
	at int64
}

func (u *Update) section(e *encoder, written []offset) error {
	body := e.buf
	at := e.base + int64(len(e.buf)) - u.doc.origin
	if u.doc.sections[0].stream {
		if err := u.xrefStream(e, append(written, offset{Ref{Num: u.next}, at}), body); err != nil {
			return err
		}
	} else if err := u.xrefTable(e, written, body); err != nil {
		return err
	}
	e.buf = append(strconv.AppendInt(append(e.buf, "startxref\n"...), at, 10), "\n%%EOF\n"...)
	return nil
}

// runs sorts the written objects and groups them into runs of neighbouring
// numbers.
func runs(written []offset) [][]offset {
	slices.SortFunc(written, func(a, b offset) int { return a.Num - b.Num })
	var out [][]offset
	from := 0
	for i := range written {
		if i+1 == len(written) || written[i+1].Num != written[i].Num+1 {
			out = append(out, written[from:i+1])
			from = i + 1
		}
	}
	return out
}

func (u *Update) xrefTable(e *encoder, written []offset, body []byte) error {
	e.buf = append(e.buf, "xref\n"...)
	if len(written) == 0 {
		e.buf = append(e.buf, "0 0\n"...)
	}
	for _, run := range runs(written) {
		e.pair(run[0].Num, len(run))
		e.buf = append(e.buf, '\n')
		for _, o := range run {
			if o.at > 9999999999 {
				return limited("offsets of more than ten digits need a cross-reference stream")
			}
			e.buf = append(appendDigits(append(appendDigits(e.buf, o.at, 10), ' '), int64(o.Gen), 5), " n\r\n"...)
		}
	}
	e.buf = append(e.buf, "trailer\n"...)
	e.crypt = nil // the trailer is never encrypted
	e.value(u.trailer(u.next, body))
	e.buf = append(e.buf, '\n')
	return e.err
}

// xrefStream writes the cross-reference stream, which is the last of the written
// objects itself.
func (u *Update) xrefStream(e *encoder, written []offset, body []byte) error {
	self := written[len(written)-1]
	width := 4
	for self.at>>(8*width) != 0 {
		width++
	}
	var index []Value
	var data []byte
	for _, run := range runs(written) {
		index = append(index, Int(run[0].Num), Int(len(run)))
		for _, o := range run {
			data = append(data, 1)
			for k := width - 1; k >= 0; k-- {
				data = append(data, byte(o.at>>(8*k)))
			}
			data = append(data, byte(o.Gen>>8), byte(o.Gen))
		}
	}
	t := u.trailer(u.next+1, body).With("Type", Name("XRef")).
		With("W", Array(Int(1), Int(width), Int(2))).With("Index", Array(index...))
	e.crypt = nil // cross-reference streams are never encrypted
	e.header(self.Ref)
	v := Stream(t, data)
	e.value(v)
	e.buf = append(append(append(e.buf, "\nstream\n"...), data...), "\nendstream\nendobj\n"...)
	return e.err
}

package pdf

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
)

// encoder forms values; holes are remembered with their offset in buf.
type encoder struct {
	buf   []byte
	base  int64 // file offset of buf[0]
	crypt *crypt
	ref   Ref // the object being written
	marks map[string]Span
	err   error
}

// Span is a range of bytes of the file: [Start, End).
type Span struct{ Start, End int64 }

// value appends v. What was read goes out as its raw bytes; only in an
// encrypted file, where strings depend on the object they stand in, values
// with strings are formed again.
func (e *encoder) value(v Value) {
	if v.raw != nil && (e.crypt == nil || !hasString(v)) {
		e.buf = append(e.buf, v.raw...)
		return
	}
	switch v.kind {
	case KindNull:
		e.buf = append(e.buf, "null"...)
	case KindBool:
		e.buf = strconv.AppendBool(e.buf, v.n != 0)
	case KindInt:
		e.buf = strconv.AppendInt(e.buf, v.n, 10)
	case KindReal:
		e.buf = appendReal(e.buf, math.Float64frombits(uint64(v.n)))
	case KindString:
		e.str(v)
	case KindName:
		e.buf = appendName(e.buf, v.s)
	case KindKeyword:
		e.keyword(v.s)
	case KindRef:
		e.buf = fmt.Appendf(e.buf, "%d %d R", v.n>>16, v.n&0xffff)
	case KindArray:
		e.array(v)
	case KindDict, KindStream:
		e.dict(v)
	case kindHole:
		e.hole(v)
	}
}

// keyword keeps a word that means nothing. A lone R would make a reference of
// the two numbers before it, which may be written as integers now.
func (e *encoder) keyword(word string) {
	if word == "R" {
		word = "null"
	}
	e.buf = append(e.buf, word...)
}

func (e *encoder) array(v Value) {
	e.buf = append(e.buf, '[')
	for i, x := range v.items {
		if i > 0 {
			e.buf = append(e.buf, ' ')
		}
		e.value(x)
	}
	e.buf = append(e.buf, ']')
}

func (e *encoder) dict(v Value) {
	signature := isSignature(v)
	e.buf = append(e.buf, "<<"...)
	for i, k := range v.keys {
		e.buf = append(appendName(e.buf, k), ' ')
		x := v.items[i]
		if signature && k == "Contents" && x.kind == KindString {
			x.plain = true
		}
		e.value(x)
	}
	e.buf = append(e.buf, ">>"...)
}

func (e *encoder) str(v Value) {
	s := []byte(v.s)
	if e.crypt != nil && !v.plain {
		var err error
		if s, err = e.crypt.encrypt(e.crypt.str, e.ref, s); err != nil {
			e.err = err
			return
		}
	} else if literal(s) {
		e.buf = append(append(append(e.buf, '('), s...), ')')
		return
	}
	e.buf = append(e.buf, '<')
	e.buf = hex.AppendEncode(e.buf, s)
	e.buf = append(e.buf, '>')
}

// literal says whether s can stand between parentheses without any escape.
func literal(s []byte) bool {
	for _, c := range s {
		if c < 0x20 || c > 0x7e || c == '(' || c == ')' || c == '\\' {
			return false
		}
	}
	return true
}

func (e *encoder) hole(v Value) {
	from := e.base + int64(len(e.buf))
	if v.plain {
		e.buf = append(e.buf, '<')
	}
	fill, n := byte(' '), v.n
	if v.plain {
		fill, n = '0', 2*v.n
	}
	at := len(e.buf)
	e.buf = append(e.buf, make([]byte, n)...)
	for i := at; i < len(e.buf); i++ {
		e.buf[i] = fill
	}
	if v.plain {
		e.buf = append(e.buf, '>')
	}
	if _, twice := e.marks[v.s]; twice {
		e.err = damaged(-1, "the mark %q is used twice", v.s)
		return
	}
	e.marks[v.s] = Span{from, e.base + int64(len(e.buf))}
}

func hasString(v Value) bool {
	if v.kind == KindString {
		return true
	}
	for _, x := range v.items {
		if hasString(x) {
			return true
		}
	}
	return false
}

func appendReal(b []byte, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		f = 0
	}
	f = math.Round(f*1e5) / 1e5
	if f == 0 {
		f = 0 // no "-0"
		return append(b, '0')
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

func appendName(b []byte, s string) []byte {
	const digits = "0123456789ABCDEF"
	b = append(b, '/')
	for i := range len(s) {
		c := s[i]
		if c <= ' ' || c > '~' || c == '#' || classes[c] != classRegular {
			b = append(b, '#', digits[c>>4], digits[c&15])
		} else {
			b = append(b, c)
		}
	}
	return b
}

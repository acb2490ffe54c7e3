package pdf

import (
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
		e.pair(int(v.n>>16), int(v.n&0xffff))
		e.buf = append(e.buf, " R"...)
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

// pair writes two numbers.
func (e *encoder) pair(a, b int) {
	e.buf = strconv.AppendInt(append(strconv.AppendInt(e.buf, int64(a), 10), ' '), int64(b), 10)
}

// header writes "num gen obj".
func (e *encoder) header(r Ref) {
	e.pair(r.Num, r.Gen)
	e.buf = append(e.buf, " obj\n"...)
}

// appendDigits writes n with leading zeros.
func appendDigits(b []byte, n int64, digits int) []byte {
	at := len(b)
	b = append(b, "0000000000"[:digits]...)
	for i := at + digits - 1; i >= at; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

func (e *encoder) str(v Value) {
	s := v.s
	if e.crypt != nil && !v.plain {
		b, err := e.crypt.encrypt(e.crypt.str, e.ref, []byte(s))
		if err != nil {
			e.err = err
			return
		}
		s = string(b)
	} else if literal(s) {
		e.buf = append(append(append(e.buf, '('), s...), ')')
		return
	}
	const digits = "0123456789abcdef"
	e.buf = append(e.buf, '<')
	for i := range len(s) {
		e.buf = append(e.buf, digits[s[i]>>4], digits[s[i]&15])
	}
	e.buf = append(e.buf, '>')
}

// literal says whether s can stand between parentheses without any escape.
func literal(s string) bool {
	for i := range len(s) {
		c := s[i]
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
	room := make([]byte, 64)
	for i := range room {
		room[i] = fill
	}
	for ; n > 0; n -= int64(len(room)) {
		e.buf = append(e.buf, room[:min(n, int64(len(room)))]...)
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

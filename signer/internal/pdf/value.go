package pdf

import (
	"math"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// Kind is the type of a Value.
type Kind uint8

// The kinds; the zero Value is null.
const (
	KindNull Kind = iota
	KindBool
	KindInt
	KindReal
	KindString
	KindName
	KindArray
	KindDict
	KindStream  // a dictionary with a stream behind it; only as a whole object
	KindRef     // an indirect reference
	KindKeyword // a word that means nothing here; kept so that nothing gets lost
	kindHole    // written as room to be filled after layout
)

// Ref names an indirect object. The zero Ref names nothing.
type Ref struct{ Num, Gen int }

// IsZero says whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// Value is one PDF value. What was read keeps its raw bytes; an edited or a
// new value has none and is formed when it is written. Values are immutable.
type Value struct {
	kind  Kind
	plain bool   // a string that is stored unencrypted in an encrypted file
	raw   []byte // as it stands in the file; nil when new or edited
	n     int64  // KindBool, KindInt, KindRef (num<<16|gen), KindReal (bits), hole: width
	s     string // decoded name, (decrypted) string, keyword, mark of a hole
	items []Value
	keys  []string // of a dictionary, beside items
	st    *stream
}

// stream is where the data of a stream lie: in the file, or in memory.
type stream struct {
	off  int64 // file offset of the first byte
	data []byte
	mem  bool // data holds the encoded bytes
	ref  Ref  // the object it belongs to (decryption)
}

// Kind returns the type.
func (v Value) Kind() Kind { return v.kind }

// IsNull says whether v is null or missing.
func (v Value) IsNull() bool { return v.kind == KindNull }

// Raw returns the bytes of v as they stand in the file, of a stream those of
// its dictionary; nil when v is new or edited. In an encrypted file the
// strings in it are encrypted.
func (v Value) Raw() []byte { return v.raw }

// Bool returns a boolean; ok is false when v is none.
func (v Value) Bool() (b, ok bool) { return v.kind == KindBool && v.n != 0, v.kind == KindBool }

// Int returns an integer (a real without a fraction counts); ok is false when
// v is none.
func (v Value) Int() (int64, bool) {
	switch v.kind {
	case KindInt:
		return v.n, true
	case KindReal:
		if f := math.Float64frombits(uint64(v.n)); f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return int64(f), true
		}
	}
	return 0, false
}

// Real returns a number; ok is false when v is none.
func (v Value) Real() (float64, bool) {
	switch v.kind {
	case KindInt:
		return float64(v.n), true
	case KindReal:
		return math.Float64frombits(uint64(v.n)), true
	}
	return 0, false
}

// Name returns a decoded name without its slash, or "".
func (v Value) Name() string {
	if v.kind == KindName {
		return v.s
	}
	return ""
}

// IsName says whether v is the name s.
func (v Value) IsName(s string) bool { return v.kind == KindName && v.s == s }

// Str returns the bytes of a string, unescaped and decrypted; ok is false when
// v is none.
func (v Value) Str() (s string, ok bool) {
	if v.kind == KindString {
		return v.s, true
	}
	return "", false
}

// Text returns a text string (ISO 32000-1, 7.9.2.2; PDF 2.0 also UTF-8) as
// UTF-8, or "".
func (v Value) Text() string {
	if v.kind != KindString {
		return ""
	}
	return decodeText(v.s)
}

// Ref returns an indirect reference; ok is false when v is none.
func (v Value) Ref() (r Ref, ok bool) {
	if v.kind != KindRef {
		return Ref{}, false
	}
	return Ref{int(v.n >> 16), int(v.n & 0xffff)}, true
}

// Len is the number of items of an array or entries of a dictionary.
func (v Value) Len() int { return len(v.items) }

// At returns item i of an array, null beyond its end.
func (v Value) At(i int) Value {
	if v.kind != KindArray || i < 0 || i >= len(v.items) {
		return Value{}
	}
	return v.items[i]
}

// Key returns the i-th entry of a dictionary or stream, in file order.
func (v Value) Key(i int) (string, Value) { return v.keys[i], v.items[i] }

// IsDict says whether v is a dictionary or a stream (which has one).
func (v Value) IsDict() bool { return v.kind == KindDict || v.kind == KindStream }

// Get returns the value of key in a dictionary or stream, null where missing.
// Of equal keys the last one counts.
func (v Value) Get(key string) Value {
	for i := len(v.keys) - 1; i >= 0; i-- {
		if v.keys[i] == key {
			return v.items[i]
		}
	}
	return Value{}
}

// Has says whether the dictionary has the key.
func (v Value) Has(key string) bool { return slices.Contains(v.keys, key) }

// Duplicate returns a key that stands more than once in the dictionary, or "".
func (v Value) Duplicate() string {
	if len(v.keys) < 2 {
		return ""
	}
	k := slices.Clone(v.keys)
	slices.Sort(k)
	for i := 1; i < len(k); i++ {
		if k[i] == k[i-1] {
			return k[i]
		}
	}
	return ""
}

// With returns a copy of a dictionary or stream with key set to x. Other
// entries keep their raw bytes. On null a new dictionary begins.
func (v Value) With(key string, x Value) Value {
	if v.kind == KindNull {
		v = Value{kind: KindDict}
	}
	v.raw = nil
	keys, items := make([]string, 0, len(v.keys)+1), make([]Value, 0, len(v.keys)+1)
	done := false
	for i, k := range v.keys {
		if k != key {
			keys, items = append(keys, k), append(items, v.items[i])
		} else if !done {
			keys, items, done = append(keys, k), append(items, x), true
		}
	}
	if !done {
		keys, items = append(keys, key), append(items, x)
	}
	v.keys, v.items = keys, items
	return v
}

// Without returns a copy of a dictionary or stream that lacks key.
func (v Value) Without(key string) Value {
	if !v.Has(key) {
		return v
	}
	w := v
	w.raw, w.keys, w.items = nil, nil, nil
	for i, k := range v.keys {
		if k != key {
			w.keys, w.items = append(w.keys, k), append(w.items, v.items[i])
		}
	}
	return w
}

// Append returns a copy of an array with more items. On null a new array begins.
func (v Value) Append(x ...Value) Value {
	if v.kind == KindNull {
		v = Value{kind: KindArray}
	}
	v.raw = nil
	v.items = append(slices.Clip(v.items), x...)
	return v
}

// decodeText decodes a text string: UTF-16BE or UTF-8 by its byte order mark,
// else PDFDocEncoding.
func decodeText(s string) string {
	switch {
	case len(s) >= 2 && s[0] == 0xfe && s[1] == 0xff:
		return decodeUTF16(s[2:], 0)
	case len(s) >= 2 && s[0] == 0xff && s[1] == 0xfe:
		return decodeUTF16(s[2:], 1)
	case len(s) >= 3 && s[:3] == "\xef\xbb\xbf":
		if utf8.ValidString(s[3:]) {
			return s[3:]
		}
	}
	out := make([]rune, len(s))
	for i := range len(s) {
		out[i] = docEncoding(s[i])
	}
	return string(out)
}

// decodeUTF16 decodes pairs of bytes; low is the index of the low byte's
// opposite: 0 for big endian, 1 for little endian.
func decodeUTF16(s string, low int) string {
	u := make([]uint16, 0, len(s)/2)
	for i := 0; i+1 < len(s); i += 2 {
		u = append(u, uint16(s[i+low])<<8|uint16(s[i+1-low]))
	}
	return string(utf16.Decode(u))
}

// docEncoding maps a byte of PDFDocEncoding (ISO 32000-1, Annex D.2).
func docEncoding(b byte) rune {
	switch {
	case b >= 0x18 && b <= 0x1f:
		return [...]rune{0x2d8, 0x2c7, 0x2c6, 0x2d9, 0x2dd, 0x2db, 0x2da, 0x2dc}[b-0x18]
	case b >= 0x80 && b <= 0xa0:
		return [...]rune{
			0x2022, 0x2020, 0x2021, 0x2026, 0x2014, 0x2013, 0x192, 0x2044, 0x2039, 0x203a, 0x2212,
			0x2030, 0x201e, 0x201c, 0x201d, 0x2018, 0x2019, 0x201a, 0x2122, 0xfb01, 0xfb02, 0x141,
			0x152, 0x160, 0x178, 0x17d, 0x131, 0x142, 0x153, 0x161, 0x17e, utf8.RuneError, 0x20ac,
		}[b-0x80]
	}
	return rune(b)
}

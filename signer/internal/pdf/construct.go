package pdf

import (
	"math"
	"strings"
	"unicode/utf16"
)

// Bool makes a boolean.
func Bool(b bool) Value {
	if b {
		return Value{kind: KindBool, n: 1}
	}
	return Value{kind: KindBool}
}

// Int makes an integer.
func Int[T int | int64 | int32 | uint32](n T) Value { return Value{kind: KindInt, n: int64(n)} }

// Real makes a number; it is written with at most five decimals.
func Real(f float64) Value { return Value{kind: KindReal, n: int64(math.Float64bits(f))} }

// Name makes a name; characters that need it are escaped when written.
func Name(s string) Value { return Value{kind: KindName, s: s} }

// RefTo makes an indirect reference.
func RefTo(r Ref) Value { return Value{kind: KindRef, n: int64(r.Num)<<16 | int64(r.Gen)} }

// Bytes makes a byte string; it is encrypted when written into an encrypted file.
func Bytes(b []byte) Value { return Value{kind: KindString, s: string(b)} }

// PlainBytes makes a byte string that is never encrypted (/Contents of a
// signature, strings of the trailer).
func PlainBytes(b []byte) Value { return Value{kind: KindString, s: string(b), plain: true} }

// Text makes a text string from UTF-8: ASCII as it is, everything else UTF-16BE.
func Text(s string) Value {
	ascii := true
	for _, r := range s {
		if r >= 0x7f || r < 0x20 && r != '\n' && r != '\r' && r != '\t' {
			ascii = false
			break
		}
	}
	if ascii {
		return Value{kind: KindString, s: s}
	}
	var b strings.Builder
	b.Grow(2 + 2*len(s))
	b.WriteString("\xfe\xff")
	var pair [2]uint16
	for _, r := range s {
		for _, c := range utf16.AppendRune(pair[:0], r) {
			b.WriteByte(byte(c >> 8))
			b.WriteByte(byte(c))
		}
	}
	return Value{kind: KindString, s: b.String()}
}

// Array makes an array.
func Array(items ...Value) Value { return Value{kind: KindArray, items: items} }

// Numbers makes an array of reals.
func Numbers(f ...float64) Value {
	v := Value{kind: KindArray, items: make([]Value, 0, len(f))}
	for _, x := range f {
		v.items = append(v.items, Real(x))
	}
	return v
}

// Dict makes a dictionary from pairs of a string (the key) and a Value. A null
// is left out, which says the same (ISO 32000-1, 7.3.7). It panics on anything
// else: pairs are written in the source, not read.
func Dict(pairs ...any) Value {
	if len(pairs)%2 != 0 {
		panic("pdf.Dict: odd number of arguments")
	}
	v := Value{kind: KindDict, keys: make([]string, 0, len(pairs)/2), items: make([]Value, 0, len(pairs)/2)}
	for i := 0; i < len(pairs); i += 2 {
		if x := pairs[i+1].(Value); !x.IsNull() {
			v.keys, v.items = append(v.keys, pairs[i].(string)), append(v.items, x)
		}
	}
	return v
}

// Stream makes a stream object from a dictionary and its data, already encoded
// as the dictionary's /Filter says. /Length is set here.
func Stream(dict Value, data []byte) Value {
	v := dict.With("Length", Int(len(data)))
	v.kind = KindStream
	v.st = &stream{data: data, mem: true}
	return v
}

// Hole makes width spaces that are filled after layout (Increment.Fill).
// The value written into it must be a valid PDF value, or the file is broken.
func Hole(mark string, width int) Value { return Value{kind: kindHole, s: mark, n: int64(width)} }

// HexHole makes a hexadecimal string <000…> for n bytes, filled after layout
// and never encrypted: the /Contents of a signature.
func HexHole(mark string, n int) Value {
	return Value{kind: kindHole, s: mark, n: int64(n), plain: true}
}

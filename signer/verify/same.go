package verify

import (
	"math"
	"strings"
	"unicode/utf8"

	"trinhky/signer/internal/pdf"
)

// same says whether two values mean the same, though one of them may have
// become an object of its own, or lost its own: writers differ in that. What
// hangs below unchanged references is judged elsewhere.
func (m *comparison) same(a, b pdf.Value, depth int) bool {
	if pdf.Equal(a, b) {
		return true
	}
	if nearly(a, b) {
		return true
	}
	ra, aRef := a.Ref()
	rb, bRef := b.Ref()
	switch {
	case depth > 16, !m.step(),
		aRef && bRef && ra == rb,
		bRef && len(m.g.referrers[rb.Num]) > 0: // it was something else before
		return false
	case aRef || bRef:
		x, err := m.old.Resolve(a)
		if err != nil {
			return false
		}
		y, err := m.cur.Resolve(b)
		return err == nil && m.same(x, y, depth+1)
	}
	return m.sameParts(a, b, depth)
}

// nearly: numbers are rounded, and texts encoded, anew by some writers.
func nearly(a, b pdf.Value) bool {
	if x, ok := a.Real(); ok {
		y, ok := b.Real()
		return ok && math.Abs(x-y) <= 0.001
	}
	return a.Kind() == pdf.KindString && b.Kind() == pdf.KindString && a.Text() == b.Text() && !strings.ContainsRune(a.Text(), utf8.RuneError)
}

// sameParts compares arrays, dictionaries and streams part by part.
func (m *comparison) sameParts(a, b pdf.Value, depth int) bool {
	if a.Kind() != b.Kind() || a.Len() != b.Len() {
		return false
	}
	switch a.Kind() {
	case pdf.KindArray:
		for i := range a.Len() {
			if !m.same(a.At(i), b.At(i), depth+1) {
				return false
			}
		}
		return true
	case pdf.KindDict, pdf.KindStream:
		for i := range a.Len() {
			k, v := a.Key(i)
			if !b.Has(k) || !m.same(v, b.Get(k), depth+1) {
				return false
			}
		}
		if a.Duplicate() != "" || b.Duplicate() != "" {
			return false
		}
		if a.Kind() == pdf.KindDict {
			return true
		}
		equal, err := pdf.SameData(m.old, a, m.cur, b)
		return err == nil && equal
	}
	return false
}

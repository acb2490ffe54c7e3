package verify

import (
	"bytes"
	"slices"

	"trinhky/signer/internal/pdf"
)

// harmless annotations add no content of their own; only they may come, change
// and go where a certification allows annotations (P=3): free text, stamps and
// drawings can fake a page ("evil annotation attack").
var harmless = []string{"Text", "Popup", "Highlight", "Underline", "StrikeOut", "Squiggly", "Link"}

// maxNote is the side of the largest icon of a note, in points.
const maxNote = 72

// harmlessLook says whether an annotation is of a harmless kind and its look,
// which may paint anything, is what that kind looks like.
func (m *comparison) harmlessLook(v pdf.Value) bool {
	sub := v.Get("Subtype").Name()
	if !slices.Contains(harmless, sub) {
		return false
	}
	switch sub {
	case "Link", "Popup":
		return !v.Has("AP") && !v.Has("A") && !v.Has("AA") && !v.Has("Dest")
	case "Text":
		r, ok := m.cur.Rect(v.Get("Rect"))
		if !ok || r.W() > maxNote || r.H() > maxNote {
			return false
		}
	}
	if v.Has("A") || v.Has("AA") {
		return false
	}
	return m.plainLook(v.Get("AP"), 0)
}

// plainLook says whether an appearance shows neither text nor pictures, at any
// depth.
func (m *comparison) plainLook(v pdf.Value, depth int) bool {
	x, err := m.cur.Resolve(v)
	if err != nil || depth > 6 || !m.step() {
		return false
	}
	switch x.Kind() {
	case pdf.KindNull:
		return true
	case pdf.KindDict:
		return !slices.ContainsFunc(x.Items(), func(y pdf.Value) bool { return !m.plainLook(y, depth+1) })
	case pdf.KindStream:
	default:
		return false
	}
	if x.Get("Subtype").IsName("Image") {
		return false
	}
	data, err := m.cur.Data(x)
	if err != nil || len(data) > 64<<10 || writes(data) {
		return false
	}
	resources, err := m.cur.Lookup(x, "Resources")
	if err != nil {
		return false
	}
	forms, err := m.cur.Lookup(resources, "XObject")
	return err == nil && (forms.IsNull() || m.plainLook(forms, depth+1))
}

// writes says whether a content stream has an operator that shows text, an
// inline picture or a shading.
func writes(data []byte) bool {
	for _, word := range bytes.FieldsFunc(data, func(r rune) bool {
		return r <= ' ' || bytes.ContainsRune([]byte("()<>[]{}/"), r)
	}) {
		switch string(word) {
		case "Tj", "TJ", "'", `"`, "BI", "sh":
			return true
		}
	}
	return false
}

// changedAnnotation says whether an annotation that was there may look as it
// does now: only where annotations are allowed, and both are harmless.
func (m *comparison) changedAnnotation(v pdf.Value) bool {
	r, ok := v.Ref()
	if !ok || !m.permit.annotations {
		return false
	}
	was, err := m.old.Get(r)
	if err != nil || !slices.Contains(harmless, was.Get("Subtype").Name()) {
		return false
	}
	is, err := m.cur.Get(r)
	if err != nil || !is.Get("Subtype").IsName(was.Get("Subtype").Name()) || !m.harmlessLook(is) {
		return false
	}
	m.explain(v, anyone)
	for _, o := range m.appearances(was.Get("AP"), r.Num, nil) {
		m.owners[o.ref.Num] = append(m.owners[o.ref.Num], o.owner)
	}
	return true
}

// goneAnnotation says whether an annotation may be taken away.
func (m *comparison) goneAnnotation(v pdf.Value) bool {
	was, err := m.old.Resolve(v)
	if err != nil || !m.permit.annotations || !slices.Contains(harmless, was.Get("Subtype").Name()) {
		return false
	}
	if r, ok := v.Ref(); ok {
		m.owners[r.Num] = append(m.owners[r.Num], anyone)
		for _, o := range m.appearances(was.Get("AP"), r.Num, nil) {
			m.owners[o.ref.Num] = append(m.owners[o.ref.Num], o.owner)
		}
	}
	return true
}

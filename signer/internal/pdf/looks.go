package pdf

import (
	"slices"
	"strings"
)

// Bits of /Ff (ISO 32000-1, Tables 226 and 230).
const (
	flagPushButton = 1 << 16
	flagCombo      = 1 << 17
)

// Redrawn says whether /NeedAppearances matters: readers then draw fields other
// than signatures from their values, and some field has no appearance that shows
// its value already. LibreOffice, for one, writes the value and an empty look. What
// cannot be told counts as redrawn.
func (d *Document) Redrawn(f *Form) bool {
	return f.NeedAppearances && slices.ContainsFunc(f.Fields, func(x Field) bool { return x.Type != "Sig" && !d.drawn(x) })
}

// drawn says whether every widget of the field looks as its value demands.
func (d *Document) drawn(f Field) bool {
	value, err := d.Resolve(f.V)
	if err != nil {
		return false
	}
	for _, w := range f.Widgets {
		ap, err := d.Lookup(w.Dict, "AP")
		if err != nil {
			return false
		}
		look, err := d.Lookup(ap, "N")
		if err != nil || !d.follows(f, w, look, value) {
			return false
		}
	}
	return true
}

// follows says whether look, the normal appearance of a widget, shows the value.
func (d *Document) follows(f Field, w Widget, look, value Value) bool {
	switch {
	case f.Type == "Btn" && f.Flags&flagPushButton != 0:
		return look.Kind() == KindStream
	case f.Type == "Btn":
		return d.inState(w, look, value)
	case f.Type == "Tx", f.Type == "Ch" && f.Flags&flagCombo != 0:
		return d.showsText(w, look, value)
	}
	return false // a list box shows all its options
}

// inState: a check box or radio button shows the state that the value names.
func (d *Document) inState(w Widget, look, value Value) bool {
	state, err := d.Lookup(w.Dict, "AS")
	if err != nil || look.Kind() != KindDict {
		return false
	}
	on := value.Kind() == KindName && value.Name() != "Off" && look.Has(value.Name())
	if !on {
		return state.IsNull() || state.IsName("Off")
	}
	return state.IsName(value.Name())
}

// showsText: the look of a text field shows its value, letter by letter. An empty
// field without border and background needs no look.
func (d *Document) showsText(w Widget, look, value Value) bool {
	if !value.IsNull() && value.Kind() != KindString {
		return false
	}
	want := withoutSpace(value.Text())
	if look.IsNull() {
		mk, err := d.Lookup(w.Dict, "MK")
		return err == nil && want == "" && !mk.Has("BC") && !mk.Has("BG")
	}
	content, err := d.Data(look)
	if err != nil {
		return false
	}
	text, ok := shownText(content)
	return ok && withoutSpace(text) == want
}

func withoutSpace(s string) string { return strings.Join(strings.Fields(s), "") }

// shownText is the text of a content stream in a font with a Latin encoding; ok is
// false where it is unreadable or paints another object.
func shownText(content []byte) (text string, ok bool) {
	p := &parser{buf: content, last: true}
	var out strings.Builder
	var operands []Value
	for p.skip() == nil {
		v, err := p.value(0)
		if err != nil {
			return "", false
		}
		if v.kind != KindKeyword {
			operands = append(operands, v)
			continue
		}
		switch v.s {
		case "Do", "BI":
			return "", false
		case "Tj", "TJ", "'", `"`:
			for _, x := range operands {
				writeShown(&out, x)
			}
		}
		operands = operands[:0]
	}
	return out.String(), true
}

func writeShown(out *strings.Builder, v Value) {
	if v.kind == KindArray {
		for _, x := range v.items {
			writeShown(out, x)
		}
	}
	if v.kind == KindString {
		for i := range len(v.s) {
			out.WriteRune(docEncoding(v.s[i]))
		}
	}
}

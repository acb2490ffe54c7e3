package truetype

import (
	"strings"
	"unicode/utf16"
)

// Numbers of names in the name table.
const (
	familyName       = 1
	postScriptID     = 6
	typographicName  = 16
	platformUnicode  = 0
	platformWindows  = 3
	mostFaces        = 64 // of a collection
	selectionItalic  = 1 << 0
	selectionBold    = 1 << 5
	macStyleBold     = 1 << 0
	macStyleItalic   = 1 << 1
	collectionHeader = 12
)

// ParseFace reads the face of a family from a font or a collection of fonts:
// regular weight, upright or italic, by what its tables say and not by the name
// of the file. It keeps data.
func ParseFace(data []byte, family string, italic bool) (*Font, error) {
	if len(data) < collectionHeader || string(data[:4]) != "ttcf" {
		f, err := Parse(data)
		if err == nil && !f.is(family, italic) {
			err = bad("another face than " + family)
		}
		if err != nil {
			return nil, err
		}
		return f, nil
	}
	if len(data) > maxData {
		return nil, bad("size")
	}
	d := table(data)
	for i := range min(int(d.u32(8)), mostFaces) {
		offset := int64(d.u32(collectionHeader + 4*i))
		if offset <= 0 || offset+12 > int64(len(data)) {
			continue
		}
		if f, err := parseAt(data, int(offset)); err == nil && f.is(family, italic) {
			return f, nil
		}
	}
	return nil, bad("no face of " + family + " in the collection")
}

// is says whether f is the regular face of a family.
func (f *Font) is(family string, italic bool) bool {
	named := false
	for _, id := range []uint16{typographicName, familyName} {
		for _, n := range f.names(id) {
			named = named || strings.EqualFold(n, family)
		}
	}
	bold, slanted := f.style()
	return named && !bold && slanted == italic
}

func (f *Font) style() (bold, italic bool) {
	if os2 := f.tables["OS/2"]; len(os2) >= 64 {
		selection := os2.u16(62)
		return selection&selectionBold != 0, selection&selectionItalic != 0
	}
	mac := f.tables["head"].u16(44)
	return mac&macStyleBold != 0, mac&macStyleItalic != 0
}

// names are the entries of the name table with a number.
func (f *Font) names(id uint16) []string {
	t := f.tables["name"]
	if len(t) < 6 {
		return nil
	}
	var out []string
	storage := int(t.u16(4))
	for i := range int(t.u16(2)) {
		at := 6 + 12*i
		if at+12 > len(t) {
			break
		}
		rec := t[at:]
		length, offset := int(rec.u16(8)), storage+int(rec.u16(10))
		if rec.u16(6) != id || offset+length > len(t) {
			continue
		}
		raw := t[offset : offset+length]
		text := string(raw)
		if platform := rec.u16(0); platform == platformWindows || platform == platformUnicode {
			text = decodeUTF16(raw)
		}
		out = append(out, text)
	}
	return out
}

// postScriptName is name 6, reduced to characters that a PDF name shows plainly.
func (f *Font) postScriptName() string {
	for _, n := range f.names(postScriptID) {
		if name := plainName(n); name != "" {
			return name
		}
	}
	return "Font"
}

func decodeUTF16(raw table) string {
	units := make([]uint16, len(raw)/2)
	for i := range units {
		units[i] = raw.u16(2 * i)
	}
	return string(utf16.Decode(units))
}

func plainName(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r == '-' || (r >= '0' && r <= '9') || (r >= 'A' && r <= 'Z') || (r >= 'a' && r <= 'z') {
			out = append(out, byte(r))
		}
	}
	return string(out[:min(len(out), 63)])
}

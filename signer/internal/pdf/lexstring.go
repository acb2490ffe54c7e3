package pdf

import "strings"

// name parses a name; a # that is not followed by two hexadecimal digits
// stands for itself (PDF 1.1).
func (p *parser) name() (Value, error) {
	p.pos++
	w, err := p.word()
	if err != nil {
		return Value{}, err
	}
	for i, c := range w {
		if c == '#' {
			return Value{kind: KindName, s: unescapeName(w, i)}, nil
		}
	}
	return Value{kind: KindName, s: intern(w)}, nil
}

// commonNames are not allocated again and again.
var commonNames = func() map[string]string {
	m := map[string]string{}
	for _, s := range []string{
		"Type", "Page", "Pages", "Kids", "Count", "Parent", "Resources", "MediaBox", "CropBox", "Contents", "Annots",
		"Rotate", "Font", "XObject", "ProcSet", "ExtGState", "ColorSpace", "Subtype", "Length", "Filter", "FlateDecode",
		"DecodeParms", "Size", "Root", "Info", "ID", "Prev", "Index", "W", "Rect", "P", "F", "FT", "T", "V", "AP", "N",
		"Annot", "Widget", "Link", "Dest", "A", "S", "URI", "Border", "StructParents", "Group", "Tabs", "BaseFont",
		"Encoding", "FirstChar", "LastChar", "Widths", "FontDescriptor", "PDF", "Text", "ImageB", "ImageC", "K", "Pg",
	} {
		m[s] = s
	}
	return m
}()

func intern(w []byte) string {
	if s, ok := commonNames[string(w)]; ok {
		return s
	}
	return string(w)
}

func unescapeName(w []byte, from int) string {
	out := append(make([]byte, 0, len(w)), w[:from]...)
	for i := from; i < len(w); i++ {
		if w[i] == '#' && i+2 < len(w) {
			h, l := unhex(w[i+1]), unhex(w[i+2])
			if h >= 0 && l >= 0 {
				out = append(out, byte(h<<4|l))
				i += 2
				continue
			}
		}
		out = append(out, w[i])
	}
	return string(out)
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// hex parses <…>; white space and foreign characters are passed, an odd digit
// counts as if a 0 followed.
func (p *parser) hex() (Value, error) {
	i := p.pos + 1
	var out []byte
	high := -1
	for ; i < len(p.buf); i++ {
		c := p.buf[i]
		if c == '>' {
			if high >= 0 {
				out = append(out, byte(high<<4))
			}
			p.pos = i + 1
			return Value{kind: KindString, s: string(out)}, nil
		}
		d := unhex(c)
		switch {
		case d < 0:
			continue
		case high < 0:
			high = d
		default:
			out = append(out, byte(high<<4|d))
			high = -1
		}
	}
	return Value{}, p.endOfWindow(i)
}

func (p *parser) endOfWindow(i int) error {
	if !p.last {
		return errMore
	}
	p.pos = i
	return p.fail("a string is not closed")
}

// literal parses (…) with its escapes and balanced parentheses.
func (p *parser) literal() (Value, error) {
	var out []byte
	depth := 0
	i := p.pos
	for i < len(p.buf) {
		c := p.buf[i]
		i++
		switch c {
		case '(':
			if depth++; depth == 1 {
				continue
			}
		case ')':
			if depth--; depth == 0 {
				p.pos = i
				return Value{kind: KindString, s: string(out)}, nil
			}
		case '\r':
			if i < len(p.buf) && p.buf[i] == '\n' {
				i++
			}
			c = '\n'
		case '\\':
			if i+3 > len(p.buf) && !p.last {
				return Value{}, errMore
			}
			out, i = p.escape(out, i)
			continue
		}
		out = append(out, c)
	}
	return Value{}, p.endOfWindow(i)
}

// escape decodes what follows a backslash at i.
func (p *parser) escape(out []byte, i int) ([]byte, int) {
	if i >= len(p.buf) {
		return out, i
	}
	c := p.buf[i]
	i++
	if k := strings.IndexByte("nrtbf", c); k >= 0 {
		return append(out, "\n\r\t\b\f"[k]), i
	}
	switch c {
	case '\r':
		if i < len(p.buf) && p.buf[i] == '\n' {
			i++
		}
		return out, i
	case '\n':
		return out, i
	}
	if c < '0' || c > '7' {
		return append(out, c), i
	}
	n := int(c - '0')
	for k := 0; k < 2 && i < len(p.buf) && p.buf[i] >= '0' && p.buf[i] <= '7'; k++ {
		n = n<<3 | int(p.buf[i]-'0')
		i++
	}
	return append(out, byte(n)), i
}

package pdf

// References calls yield for every indirect reference in the object r, and says
// whether the object calls itself a page. It is Get without forming values: a
// walk over a whole document needs no more.
func (d *Document) References(r Ref, yield func(Ref)) (page bool, err error) {
	e := d.xref.get(r.Num)
	if v, ok := d.objects[r.Num]; ok || e.kind != entryInUse || int(e.gen) != r.Gen {
		if !ok || r.Gen != d.generation(r.Num) {
			if v, err = d.Get(r); err != nil {
				return false, err
			}
		}
		v.References(yield)
		return v.Get("Type").IsName("Page"), nil
	}
	known := false
	err = d.src.parse(e.pos+d.origin, 1024, func(p *parser) error {
		got, ok := objectHeader(p)
		if known = ok && got == r; !known {
			if !ok {
				return p.ended()
			}
			return nil
		}
		s := scan{parser: p}
		if err := s.all(); err != nil {
			return err
		}
		page = s.page
		for _, x := range s.found {
			yield(x)
		}
		return nil
	})
	if err == nil && known {
		return page, nil
	}
	v, err := d.Get(r) // damaged: as carefully as ever
	if err != nil {
		return false, err
	}
	v.References(yield)
	return v.Get("Type").IsName("Page"), nil
}

// References calls yield for every indirect reference in v.
func (v Value) References(yield func(Ref)) {
	if r, ok := v.Ref(); ok {
		yield(r)
	}
	for _, x := range v.items {
		x.References(yield)
	}
}

// scan passes over one value and notes the references in it.
type scan struct {
	*parser
	found []Ref
	page  bool

	depth    int
	afterKey bool // the last token was /Type of the object itself
}

// all passes one value.
func (s *scan) all() error {
	for {
		if err := s.skip(); err != nil {
			return err
		}
		c := s.buf[s.pos]
		if err := s.token(c); err != nil {
			return err
		}
		if s.depth == 0 {
			return nil
		}
		if s.items++; s.items > maxItems {
			return limited("too many values in one object")
		}
	}
}

// token passes one token; a reference is one.
func (s *scan) token(c byte) error {
	after := s.afterKey
	s.afterKey = false
	double := s.pos+1 < len(s.buf) && s.buf[s.pos+1] == c
	switch {
	case (c == '<' || c == '>') && s.pos+1 >= len(s.buf):
		return s.ended()
	case c == '<' && double:
		s.depth++
		s.pos += 2
	case c == '>' && double:
		s.depth--
		s.pos += 2
	case c == '[':
		s.depth++
		s.pos++
	case c == ']':
		s.depth--
		s.pos++
	case c == '(':
		return s.text()
	case c == '<':
		return s.until('>')
	case c == '/':
		s.pos++
		w, err := s.word()
		if err != nil {
			return err
		}
		s.page = s.page || after && string(w) == "Page"
		s.afterKey = s.depth == 1 && string(w) == "Type"
	case isDigit(c):
		v, err := s.number()
		if err != nil {
			return err
		}
		if r, ok := v.Ref(); ok {
			s.found = append(s.found, r)
		}
	default:
		return s.keyword()
	}
	if s.depth < 0 || s.depth > maxDepth {
		return s.fail("brackets that do not fit")
	}
	return nil
}

// keyword passes a word.
func (s *scan) keyword() error {
	w, err := s.word()
	switch {
	case err != nil:
		return err
	case len(w) == 0:
		return s.fail("unexpected %q", s.buf[s.pos])
	case string(w) == "endobj", string(w) == "stream":
		return s.fail("a value is not closed")
	}
	return nil
}

// text passes a literal string.
func (s *scan) text() error {
	depth := 0
	for ; s.pos < len(s.buf); s.pos++ {
		switch s.buf[s.pos] {
		case '\\':
			s.pos++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				s.pos++
				return nil
			}
		}
	}
	return s.ended()
}

func (s *scan) until(end byte) error {
	for ; s.pos < len(s.buf); s.pos++ {
		if s.buf[s.pos] == end {
			s.pos++
			return nil
		}
	}
	return s.ended()
}

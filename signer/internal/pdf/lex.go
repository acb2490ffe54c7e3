package pdf

import (
	"errors"
	"math"
	"strconv"
)

// errMore says that the window ended inside a value: read more and try again.
var errMore = errors.New("the window ends here")

// parser reads values from a window of the file. No method reads outside buf.
type parser struct {
	buf   []byte
	pos   int
	last  bool     // buf ends where the file (or the object stream) ends
	base  int64    // file offset of buf[0], for messages
	items int      // values read so far
	stack []Value  // items of the arrays and dictionaries being read
	keys  []string // keys of the dictionaries being read
}

const (
	classRegular = iota
	classSpace
	classDelimiter
)

var classes = func() (t [256]uint8) {
	for _, c := range []byte{0, 9, 10, 12, 13, 32} {
		t[c] = classSpace
	}
	for _, c := range []byte("()<>[]{}/%") {
		t[c] = classDelimiter
	}
	return t
}()

func isSpace(c byte) bool { return classes[c] == classSpace }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (p *parser) fail(format string, args ...any) error {
	return damaged(p.base+int64(p.pos), format, args...)
}

// ended is what to say when the window is used up.
func (p *parser) ended() error {
	if p.last {
		return p.fail("unexpected end")
	}
	return errMore
}

// skip passes white space and comments.
func (p *parser) skip() error {
	for p.pos < len(p.buf) {
		c := p.buf[p.pos]
		switch {
		case isSpace(c):
			p.pos++
		case c == '%':
			for p.pos < len(p.buf) && p.buf[p.pos] != '\n' && p.buf[p.pos] != '\r' {
				p.pos++
			}
		default:
			return nil
		}
	}
	return p.ended()
}

// word returns the run of regular characters at pos, and passes it.
func (p *parser) word() ([]byte, error) {
	i := p.pos
	for i < len(p.buf) && classes[p.buf[i]] == classRegular {
		i++
	}
	if i == len(p.buf) && !p.last {
		return nil, errMore
	}
	w := p.buf[p.pos:i]
	p.pos = i
	return w, nil
}

// value parses one value after white space. depth counts the nesting.
func (p *parser) value(depth int) (Value, error) {
	if depth > maxDepth {
		return Value{}, limited("values nested too deeply")
	}
	if p.items++; p.items > maxItems {
		return Value{}, limited("too many values in one object")
	}
	if err := p.skip(); err != nil {
		return Value{}, err
	}
	start := p.pos
	v, err := p.valueAt(depth)
	if err != nil {
		return Value{}, err
	}
	v.raw = p.buf[start:p.pos:p.pos]
	return v, nil
}

func (p *parser) valueAt(depth int) (Value, error) {
	switch c := p.buf[p.pos]; {
	case c == '/':
		return p.name()
	case c == '(':
		return p.literal()
	case c == '[':
		return p.array(depth)
	case c == '<':
		return p.dictOrHex(depth)
	case isDigit(c) || c == '+' || c == '-' || c == '.':
		return p.number()
	case classes[c] == classDelimiter:
		return Value{}, p.fail("unexpected %q", c)
	}
	return p.keyword()
}

func (p *parser) dictOrHex(depth int) (Value, error) {
	if p.pos+1 >= len(p.buf) {
		return Value{}, p.ended()
	}
	if p.buf[p.pos+1] == '<' {
		return p.dict(depth)
	}
	return p.hex()
}

func (p *parser) keyword() (Value, error) {
	w, err := p.word()
	if err != nil {
		return Value{}, err
	}
	switch string(w) {
	case "true":
		return Bool(true), nil
	case "false":
		return Bool(false), nil
	case "null":
		return Value{}, nil
	}
	return Value{kind: KindKeyword, s: string(w)}, nil
}

// number parses an integer, a real, or an indirect reference.
func (p *parser) number() (Value, error) {
	w, err := p.word()
	if err != nil {
		return Value{}, err
	}
	n, ok := parseInt(w)
	if !ok {
		return parseReal(w), nil
	}
	v := Value{kind: KindInt, n: n}
	if n < 0 || n > maxObjectNumber || !isDigit(w[0]) {
		return v, nil
	}
	return p.reference(v)
}

// reference looks for "gen R" after an integer.
func (p *parser) reference(v Value) (Value, error) {
	save := p.pos
	if err := p.skip(); err == nil && !isDigit(p.buf[p.pos]) { // most numbers stand alone
		p.pos = save
		return v, nil
	}
	gen, err := p.plainInt()
	if errors.Is(err, errMore) {
		return Value{}, err
	}
	if err == nil && gen <= 65535 {
		if err := p.skip(); errors.Is(err, errMore) {
			return Value{}, err
		}
		if p.pos < len(p.buf) && p.buf[p.pos] == 'R' {
			if p.pos+1 == len(p.buf) && !p.last {
				return Value{}, errMore
			}
			if p.pos+1 == len(p.buf) || classes[p.buf[p.pos+1]] != classRegular {
				p.pos++
				return Value{kind: KindRef, n: v.n<<16 | gen}, nil
			}
		}
	}
	p.pos = save
	return v, nil
}

// plainInt parses an unsigned integer after white space.
func (p *parser) plainInt() (int64, error) {
	if err := p.skip(); err != nil {
		return 0, err
	}
	start := p.pos
	var n int64
	for p.pos < len(p.buf) && isDigit(p.buf[p.pos]) {
		if n = n*10 + int64(p.buf[p.pos]-'0'); n > 1<<53 {
			return 0, p.fail("number too large")
		}
		p.pos++
	}
	if p.pos == len(p.buf) && !p.last {
		return 0, errMore
	}
	if p.pos == start {
		return 0, p.fail("a number is missing")
	}
	return n, nil
}

func parseInt(w []byte) (int64, bool) {
	i, neg := 0, false
	if len(w) > 0 && (w[0] == '+' || w[0] == '-') {
		neg, i = w[0] == '-', 1
	}
	if i == len(w) || len(w) > 19 {
		return 0, false
	}
	var n int64
	for ; i < len(w); i++ {
		if !isDigit(w[i]) {
			return 0, false
		}
		n = n*10 + int64(w[i]-'0')
	}
	if n < 0 {
		return 0, false
	}
	if neg {
		n = -n
	}
	return n, true
}

// parseReal reads a real; what is no number counts as 0, as readers do, and
// keeps its raw bytes.
func parseReal(w []byte) Value {
	f, err := strconv.ParseFloat(string(w), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		f = 0
	}
	return Real(f)
}

func (p *parser) array(depth int) (Value, error) {
	p.pos++
	from := len(p.stack)
	for {
		if err := p.skip(); err != nil {
			return Value{}, err
		}
		if p.buf[p.pos] == ']' {
			p.pos++
			return Value{kind: KindArray, items: p.pop(from)}, nil
		}
		x, err := p.value(depth + 1)
		if err != nil {
			return Value{}, err
		}
		p.stack = append(p.stack, x)
	}
}

// pop takes the values above from off the stack.
func (p *parser) pop(from int) []Value {
	if len(p.stack) == from {
		return nil
	}
	out := make([]Value, len(p.stack)-from)
	copy(out, p.stack[from:])
	p.stack = p.stack[:from]
	return out
}

func (p *parser) dict(depth int) (Value, error) {
	p.pos += 2
	from, names := len(p.stack), len(p.keys)
	for {
		if err := p.skip(); err != nil {
			return Value{}, err
		}
		switch p.buf[p.pos] {
		case '>':
			if p.pos+1 >= len(p.buf) {
				return Value{}, p.ended()
			}
			if p.buf[p.pos+1] != '>' {
				return Value{}, p.fail("a dictionary is not closed")
			}
			p.pos += 2
			v := Value{kind: KindDict, items: p.pop(from)}
			v.keys = append(v.keys, p.keys[names:]...)
			p.keys = p.keys[:names]
			return v, nil
		case '/':
		default:
			return Value{}, p.fail("a dictionary key is missing")
		}
		k, err := p.name()
		if err != nil {
			return Value{}, err
		}
		x, err := p.dictValue(depth)
		if err != nil {
			return Value{}, err
		}
		p.keys, p.stack = append(p.keys, k.s), append(p.stack, x)
	}
}

// dictValue parses the value of an entry; a missing one (">>" follows) is null.
func (p *parser) dictValue(depth int) (Value, error) {
	if err := p.skip(); err != nil {
		return Value{}, err
	}
	if p.buf[p.pos] == '>' {
		return Value{raw: []byte("null")}, nil
	}
	return p.value(depth + 1)
}

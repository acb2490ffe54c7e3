package pdfium

import (
	"context"
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf16"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// maxChars bounds the text of one page; a page of small print has 10,000.
const maxChars = 400_000

// Calls between two looks at ctx.
const charsBetweenLooks = 256

// Text is the text layer of a page.
func (d *document) Text(ctx context.Context, page int) (pdfview.Text, error) {
	return do(ctx, d, func(s *session) (pdfview.Text, error) { return s.text(ctx, page) })
}

func (s *session) text(ctx context.Context, page int) (pdfview.Text, error) {
	p, err := s.page(page)
	if err != nil {
		return pdfview.Text{}, err
	}
	chars, _, err := s.chars(ctx, p)
	return pdfview.Text{Chars: chars}, err
}

// chars are the characters of a page, and the text object of each.
func (s *session) chars(ctx context.Context, p openPage) (chars []pdfview.Char, from []uint32, err error) {
	tp, err := s.m.call("FPDFText_LoadPage", uint64(p.handle))
	if err != nil || uint32(tp) == 0 {
		return nil, nil, err
	}
	defer func() {
		if _, cerr := s.m.call("FPDFText_ClosePage", tp); err == nil {
			err = cerr
		}
	}()
	n, err := s.m.call("FPDFText_CountChars", tp)
	if err != nil {
		return nil, nil, err
	}
	r := textReader{m: s.m, page: tp, styles: map[uint64]style{}, pens: map[pen]float64{}}
	err = r.read(ctx, min(int(int32(n)), maxChars))
	return r.chars, r.from, err
}

// textReader reads the characters of one page. It looks at ctx now and then.
type textReader struct {
	m      *module
	page   uint64
	styles map[uint64]style // by text object
	pens   map[pen]float64  // points of user space
	chars  []pdfview.Char
	from   []uint32 // the text object of each of chars
	args   [8]uint64
	high   rune // the first half of a surrogate pair
}

// style is what all characters of a text object share.
type style struct {
	size      float64
	lean      float64 // how far a letter leans, in parts of its height: a slanted face made of an upright one
	bold      bool
	upright   bool // lines run up or down the unrotated page
	font      string
	color     uint32
	invisible bool
}

func (r *textReader) read(ctx context.Context, n int) error {
	for i := range n {
		if i%charsBetweenLooks == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.char(i); err != nil {
			return err
		}
	}
	return nil
}

func (r *textReader) call(name string, i int, more ...uint64) (uint64, error) {
	return r.m.call(name, append(append(r.args[:0], r.page, i32(i)), more...)...)
}

func (r *textReader) char(i int) error {
	u, err := r.call("FPDFText_GetUnicode", i)
	if err != nil {
		return err
	}
	c := rune(uint32(u))
	if utf16.IsSurrogate(c) {
		if r.high == 0 {
			r.high = c
			return nil
		}
		c, r.high = utf16.DecodeRune(r.high, c), 0
	}
	r.high = 0
	if c == brokenHyphen {
		c = '-'
	}
	if c < ' ' || c > 0x10FFFF {
		return nil // line ends that PDFium adds, and glyphs without a character
	}
	obj, err := r.call("FPDFText_GetTextObject", i)
	if err != nil {
		return err
	}
	if uint32(obj) == 0 {
		return nil // PDFium's guess between the painted characters: not in the document
	}
	st, ok := r.styles[obj]
	if !ok {
		if st, err = r.style(i, obj); err != nil {
			return err
		}
		r.styles[obj] = st
	}
	ch := pdfview.Char{Rune: c, Size: st.size, Bold: st.bold, Font: st.font, Color: st.color, Invisible: st.invisible}
	if ch.Box, ch.Base, err = r.place(i); err != nil {
		return err
	}
	if ch.Advance, err = r.advance(i, c, st); err != nil {
		return err
	}
	r.divided(&ch, st)
	r.chars, r.from = append(r.chars, ch), append(r.from, uint32(obj))
	return nil
}

// brokenHyphen is what PDFium makes of a hyphen at the end of a line.
const brokenHyphen = 2

// place is the box of the glyph and its origin on the baseline.
func (r *textReader) place(i int) (geom.Rect, geom.Point, error) {
	s := uint64(r.m.scratch)
	if _, err := r.call("FPDFText_GetCharBox", i, s, s+8, s+16, s+24); err != nil {
		return geom.Rect{}, geom.Point{}, err
	}
	if _, err := r.call("FPDFText_GetCharOrigin", i, s+32, s+40); err != nil {
		return geom.Rect{}, geom.Point{}, err
	}
	var f [6]float64 // left, right, bottom, top, x, y
	if err := r.m.doubles(f[:]); err != nil {
		return geom.Rect{}, geom.Point{}, err
	}
	return geom.RectOf(geom.Point{X: f[0], Y: f[2]}, geom.Point{X: f[1], Y: f[3]}), geom.Point{X: f[4], Y: f[5]}, nil
}

// Font descriptor flag ForceBold (ISO 32000-1, Table 123), the weight from
// which a font is bold, and the text rendering modes that paint nothing.
const (
	forceBold     = 1 << 18
	boldWeight    = 600
	modeInvisible = 3
	modeClip      = 7
)

func (r *textReader) style(i int, obj uint64) (style, error) {
	var st style
	var err error
	if err = r.set(i, &st); err != nil {
		return st, err
	}
	if st.font, st.bold, err = r.font(i); err != nil {
		return st, err
	}
	weight, err := r.call("FPDFText_GetFontWeight", i)
	if err != nil {
		return st, err
	}
	st.bold = st.bold || int32(weight) >= boldWeight
	s := uint64(r.m.scratch)
	ok, err := r.call("FPDFText_GetFillColor", i, s, s+4, s+8, s+12)
	if err != nil {
		return st, err
	}
	if uint32(ok) != 0 {
		b, err := r.m.view(r.m.scratch, 16)
		if err != nil {
			return st, err
		}
		st.color = uint32(b[0])<<16 | uint32(b[4])<<8 | uint32(b[8])
		st.invisible = b[12] == 0
	}
	mode, err := r.m.call("FPDFTextObj_GetTextRenderMode", obj)
	if err != nil {
		return st, err
	}
	st.invisible = st.invisible || int32(mode) == modeInvisible || int32(mode) == modeClip
	return st, nil
}

// set reads how a letter is set: its size in user space (FPDFText_GetFontSize is
// the operand of Tf, which the text matrix scales), how it leans, and where its
// line runs.
func (r *textReader) set(i int, st *style) error {
	f, err := r.call("FPDFText_GetFontSize", i)
	if err != nil {
		return err
	}
	st.size = math.Abs(finite(math.Float64frombits(f)))
	ok, err := r.call("FPDFText_GetMatrix", i, uint64(r.m.scratch))
	if err != nil || uint32(ok) == 0 {
		return err
	}
	var m [6]float64
	if err := r.m.floats(m[:]); err != nil {
		return err
	}
	st.upright = math.Abs(m[1]) > math.Abs(m[0])
	along, area := math.Hypot(m[0], m[1]), math.Abs(m[0]*m[3]-m[1]*m[2])
	if along == 0 || area == 0 {
		return nil
	}
	st.size *= area / along
	st.lean = math.Abs(m[0]*m[2]+m[1]*m[3]) / area
	return nil
}

// font is the name of the font without its subset tag.
func (r *textReader) font(i int) (name string, bold bool, err error) {
	const room = 256
	s := uint64(r.m.scratch)
	n, err := r.call("FPDFText_GetFontInfo", i, s+8, room, s)
	if err != nil {
		return "", false, err
	}
	if n == 0 || n > room {
		return "", false, nil
	}
	b, err := r.m.view(r.m.scratch, 8+room)
	if err != nil {
		return "", false, err
	}
	name = strings.TrimRight(string(b[8:8+n]), "\x00")
	if len(name) > 7 && name[6] == '+' {
		name = name[7:]
	}
	bold = binary.LittleEndian.Uint32(b)&forceBold != 0 || strings.Contains(strings.ToLower(name), "bold")
	return strings.ToValidUTF8(name, "\uFFFD"), bold, nil
}

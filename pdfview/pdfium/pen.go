package pdfium

import (
	"math"
	"unicode"

	"trinhky/pdfview"
)

// pen tells letters with an advance of their own apart.
type pen struct {
	font string
	size float64
	char rune
}

// advance is the width that the font gives a letter, 0 where PDFium does not
// tell: its box of a letter that leans by its matrix is wider by that, now by
// the height of the font, now by that of the ink. It is asked for once.
func (r *textReader) advance(i int, c rune, st style) (float64, error) {
	const upright = 0.02
	if st.lean > upright {
		return 0, nil
	}
	key := pen{st.font, st.size, c}
	if w, ok := r.pens[key]; ok {
		return w, nil
	}
	ok, err := r.call("FPDFText_GetLooseCharBox", i, uint64(r.m.scratch))
	if err != nil || uint32(ok) == 0 {
		return 0, err
	}
	var box [4]float64 // left, top, right, bottom
	if err := r.m.floats(box[:]); err != nil {
		return 0, err
	}
	w := math.Abs(box[2] - box[0])
	if st.upright {
		w = math.Abs(box[1] - box[3])
	}
	r.pens[key] = w
	return w, nil
}

// divided takes the advance back from the last character, a letter, and from ch,
// its mark, where one glyph stands for both (NFD): PDFium divides the glyph's
// width among them, and the same letter alone is wider.
func (r *textReader) divided(ch *pdfview.Char, st style) {
	n := len(r.chars)
	if n == 0 || !unicode.Is(unicode.Mn, ch.Rune) || r.chars[n-1].Base != ch.Base {
		return
	}
	last := &r.chars[n-1]
	delete(r.pens, pen{st.font, st.size, last.Rune})
	delete(r.pens, pen{st.font, st.size, ch.Rune})
	last.Advance, ch.Advance = 0, 0
}

package pdfium

import "math"

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

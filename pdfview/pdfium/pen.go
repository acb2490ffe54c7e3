package pdfium

import "math"

// pen tells letters with an advance of their own apart.
type pen struct {
	font string
	size float64
	lean float64
	char rune
}

// advance is the width that the font gives a letter. It is asked for once.
func (r *textReader) advance(i int, c rune, st style) (float64, error) {
	key := pen{st.font, st.size, st.lean, c}
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
	w, h := math.Abs(box[2]-box[0]), math.Abs(box[1]-box[3])
	if st.upright {
		w, h = h, w
	}
	w = max(0, w-st.lean*h) // the box goes around the leaning letter
	r.pens[key] = w
	return w, nil
}

package stamp

import (
	"trinhky/pdfview/geom"
	"trinhky/signer"
)

// clearMM is what text keeps from what it makes room for.
const clearMM = 1

// ClearOf moves the text under a picture to the left where it would lie upon
// one of taken (the name of who signed, below the seal), and as far as the text
// still begins under the picture. Picture and place stay as they are; at grows
// to the left.
func ClearOf(look signer.Appearance, at geom.Rect, taken []geom.Rect) (signer.Appearance, geom.Rect) {
	picture, end, shift := geom.Rect{}, look.Size.W, 0.0
	for _, it := range look.Items {
		switch it := it.(type) {
		case signer.Image:
			picture = it.Rect
		case signer.Text:
			box := textBox(it).Move(at.X0, at.Y0)
			end = min(end, it.At.X+it.Font.Width(it.Text, it.Size))
			for _, t := range taken {
				if !box.Intersect(t).Empty() {
					shift = max(shift, box.X1-t.X0+geom.MM(clearMM))
				}
			}
		case signer.Line:
		}
	}
	// The right end of every line stays below the picture.
	if shift = min(shift, end-picture.X0-picture.W()/4); shift <= 0 || picture.Empty() {
		return look, at
	}
	return moveText(look, at, shift)
}

// moveText moves all text to the left and makes the look as wide as it needs.
func moveText(look signer.Appearance, at geom.Rect, shift float64) (signer.Appearance, geom.Rect) {
	grow := 0.0
	for _, it := range look.Items {
		if t, ok := it.(signer.Text); ok {
			grow = max(grow, shift-t.At.X)
		}
	}
	out := signer.Appearance{Size: geom.Size{W: look.Size.W + grow, H: look.Size.H}}
	for _, it := range look.Items {
		switch it := it.(type) {
		case signer.Text:
			it.At.X += grow - shift
			out.Items = append(out.Items, it)
		case signer.Image:
			it.Rect = it.Rect.Move(grow, 0)
			out.Items = append(out.Items, it)
		case signer.Line:
			it.From.X, it.To.X = it.From.X+grow, it.To.X+grow
			out.Items = append(out.Items, it)
		}
	}
	at.X0 -= grow
	return out, at
}

// textBox is the room of a line of text in its appearance.
func textBox(t signer.Text) geom.Rect {
	return geom.Rect{
		X0: t.At.X, X1: t.At.X + t.Font.Width(t.Text, t.Size),
		Y0: t.At.Y - t.Font.Ascent(t.Size), Y1: t.At.Y + t.Font.Descent(t.Size),
	}
}

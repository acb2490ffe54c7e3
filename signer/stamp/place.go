package stamp

import (
	"math"

	"trinhky/pdfview/geom"
	"trinhky/signer"
)

// Block is the place between title and name, in shown space of its page. Title
// and Name may be empty where they are not known.
type Block struct {
	Band, Title, Name geom.Rect
}

// Room is the box for Lay at the rule's own place: what the margin leaves of
// the band, and no more than is usual. A short band gives a tenth to each side.
func Room(in Input, b Block) (geom.Size, error) {
	p, err := in.profile()
	if err != nil {
		return geom.Size{}, err
	}
	side := func(band float64, i int) float64 {
		free := max(band-2*geom.MM(p.Picture.MarginMM), band*0.8)
		if usual := geom.MM(p.Picture.UsualMM[i]); usual > 0 {
			free = min(free, usual)
		}
		return free
	}
	return geom.Size{W: side(b.Band.W(), 0), H: side(b.Band.H(), 1)}, nil
}

// PlaceLeader centres a leader's stamp of size s in the band: between the
// title's last line and the name, on their common middle (Decree 30, Annex I,
// Part I, II.7(d)); shown space.
func PlaceLeader(b Block, s geom.Size) geom.Rect {
	c := b.Band.Center()
	if column := b.Title.Union(b.Name); !column.Empty() {
		c.X = column.Center().X
	}
	// A stamp never leaves the band on one side while there is room on the other.
	if half := s.W / 2; s.W <= b.Band.W() {
		c.X = min(max(c.X, b.Band.X0+half), b.Band.X1-half)
	}
	return geom.CenterOn(c, s)
}

// PlaceSeal puts a seal over the left third of the leader's stamp (II.8(a)):
// the right edge of its picture reaches one third into it and their middles are
// level. What the look shows besides, text under the seal, hangs on; shown space.
func PlaceSeal(leader geom.Rect, look signer.Appearance) geom.Rect {
	seal := geom.At(geom.Point{}, look.Size)
	for _, it := range look.Items {
		if img, ok := it.(signer.Image); ok {
			seal = img.Rect
			break
		}
	}
	x := leader.X0 + leader.W()/3 - seal.X1
	y := leader.Center().Y - seal.Center().Y
	return geom.At(geom.Point{X: x, Y: y}, look.Size)
}

// Overlap is the part of the leader's stamp that the seal covers from the
// left: a third by the rule.
func Overlap(leader, seal geom.Rect) float64 {
	if leader.Empty() {
		return 0
	}
	return leader.Intersect(seal).W() / leader.W()
}

// The corner band (II.8(b); Part II, I.3): top right in the top margin. The
// rule names the corner; the distances are those of the decree's own forms.
const (
	cornerTopMM   = 7
	cornerRightMM = 5
)

// PlaceCorner puts a stamp of size s into the top right corner of a page,
// clear of what stands there (the page number, other stamps): below it where
// it cannot stand beside it; shown space. ok is false when there is no room in
// the upper half of the page.
func PlaceCorner(page, s geom.Size, taken []geom.Rect) (r geom.Rect, ok bool) {
	x := page.W - geom.MM(cornerRightMM) - s.W
	r = geom.At(geom.Point{X: max(0, x), Y: geom.MM(cornerTopMM)}, s)
	for range len(taken) + 1 {
		below, free := r.Y0, true
		for _, t := range taken {
			if !r.Intersect(t).Empty() {
				below, free = math.Max(below, t.Y1), false
			}
		}
		if free {
			return r, r.Y1 <= page.H/2 && x >= 0
		}
		r = r.Move(0, below+geom.MM(1)-r.Y0)
	}
	return r, false
}

// initialsGapMM is between the last word and the initials.
const initialsGapMM = 2

// PlaceLineEnd puts initials of size s behind the last line of the body, level
// with it, as far left as the page needs; shown space.
func PlaceLineEnd(line geom.Rect, page, s geom.Size) geom.Rect {
	x := min(line.X1+geom.MM(initialsGapMM), page.W-geom.MM(initialsGapMM)-s.W)
	return geom.At(geom.Point{X: max(x, 0), Y: line.Center().Y - s.H/2}, s)
}

// Within makes an appearance of exactly size with look in its middle, smaller
// where it does not fit; for a field whose size is given. Whoever needs the
// true size asks Shrinks first.
func Within(look signer.Appearance, size geom.Size) signer.Appearance {
	if look.Size.W <= 0 || look.Size.H <= 0 || size.W <= 0 || size.H <= 0 {
		return look
	}
	k := look.Size.Fit(size).W / look.Size.W
	dx, dy := (size.W-look.Size.W*k)/2, (size.H-look.Size.H*k)/2
	at := func(p geom.Point) geom.Point { return geom.Point{X: p.X*k + dx, Y: p.Y*k + dy} }
	out := signer.Appearance{Size: size, Items: make([]signer.Item, 0, len(look.Items))}
	for _, it := range look.Items {
		switch it := it.(type) {
		case signer.Text:
			it.At, it.Size = at(it.At), it.Size*k
			out.Items = append(out.Items, it)
		case signer.Image:
			p, q := at(geom.Point{X: it.Rect.X0, Y: it.Rect.Y0}), at(geom.Point{X: it.Rect.X1, Y: it.Rect.Y1})
			it.Rect = geom.RectOf(p, q)
			out.Items = append(out.Items, it)
		case signer.Line:
			it.From, it.To, it.Width = at(it.From), at(it.To), it.Width*k
			out.Items = append(out.Items, it)
		}
	}
	return out
}

// Shrinks says whether Within would have to make look smaller.
func Shrinks(look signer.Appearance, size geom.Size) bool {
	const slack = 0.01 // points
	return look.Size.W > size.W+slack || look.Size.H > size.H+slack
}

// Settle puts look into the rectangle that somebody drew. What fits is centred
// in it; what has a size of its own and is larger (a seal) keeps that size
// around the same middle.
func Settle(look signer.Appearance, drawn geom.Rect) (signer.Appearance, geom.Rect) {
	if Shrinks(look, drawn.Size()) {
		return look, geom.CenterOn(drawn.Center(), look.Size)
	}
	return Within(look, drawn.Size()), drawn
}

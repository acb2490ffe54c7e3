package widget

// Glimpse is the part of a page that can be seen, as fractions of its height
// from the top.
type Glimpse struct {
	Page        int
	Top, Bottom float64
}

// Glimpses are the parts of pages that are painted and in view, with their
// whole width; nothing while something of the view is still being painted.
func (v *PageView) Glimpses() []Glimpse {
	if !v.AtRest() || v.pixel <= 0 {
		return nil
	}
	var out []Glimpse
	off, size := v.scroll.Offset, v.scroll.Size()
	left, right := int(off.X*v.pixel), int((off.X+size.Width)*v.pixel)+1
	top, bottom := int(off.Y*v.pixel), int((off.Y+size.Height)*v.pixel)
	for n, p := range v.sheet.pages {
		if p.Empty() || p.Min.X < left || p.Max.X > right || p.Max.Y <= top || p.Min.Y >= bottom {
			continue
		}
		h := float64(p.Dy())
		out = append(out, Glimpse{n, float64(max(top, p.Min.Y)-p.Min.Y) / h, float64(min(bottom, p.Max.Y)-p.Min.Y) / h})
	}
	return out
}

// AtEnd says whether nothing more comes further down.
func (v *PageView) AtEnd() bool {
	return v.scroll.Offset.Y >= v.plane.MinSize().Height-v.scroll.Size().Height-1
}

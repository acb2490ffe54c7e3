package review

import (
	"math"
	"strings"

	"golang.org/x/text/unicode/norm"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/signer"
)

const longestQuote = 60 // letters

// quote joins the characters that in wants, as they are read: a space wherever
// the page has one, a gap or a new line between two of them.
func quote(chars []pdfview.Char, in func(pdfview.Char) bool) string {
	var b strings.Builder
	var last *pdfview.Char
	n, space := 0, false
	for i := range chars {
		c := &chars[i]
		if c.Rune <= ' ' || c.Rune == '\u00a0' || c.Invisible || !in(*c) {
			space = true // or something that is left out
			continue
		}
		if last != nil && (space || apart(*last, *c)) {
			b.WriteByte(' ')
		}
		if n++; n > longestQuote {
			b.WriteString("…")
			break
		}
		b.WriteRune(c.Rune)
		last, space = c, false
	}
	return norm.NFC.String(b.String())
}

// apart says whether there is a gap, or a new line, between two characters that
// follow each other.
func apart(a, b pdfview.Char) bool {
	if math.Abs(a.Base.Y-b.Base.Y) > 0.5*max(a.Size, b.Size) {
		return true
	}
	return !a.Box.Empty() && !b.Box.Empty() && b.Box.X0-a.Box.X1 > 0.2*max(a.Size, b.Size)
}

// inked is what a placement covers of its page, in user space: the whole of it,
// or where it only writes here and there, as number and date do, its lines.
func (d *Document) inked(p Placement) []geom.Rect {
	if p.Appearance == nil || p.Page >= len(d.Pages) {
		return []geom.Rect{p.Rect}
	}
	var out []geom.Rect
	for _, it := range p.Appearance.Items {
		t, ok := it.(signer.Text)
		if !ok {
			return []geom.Rect{p.Rect}
		}
		box := geom.Rect{
			X0: t.At.X, X1: t.At.X + t.Font.Width(t.Text, t.Size), Y0: t.At.Y - capHeight*t.Size, Y1: t.At.Y,
		}
		out = append(out, d.Pages[p.Page].RectToUser(box.Move(p.Shown.X0, p.Shown.Y0)))
	}
	return out
}

// capHeight is that of a figure or capital, in units of the font size.
const capHeight = 0.66

package stamp

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"trinhky/pdfview/geom"
	"trinhky/signer"
)

// NumberText writes number and notation as documents do: a number below 10 has
// a nought before it (Decree 30, Annex I, Part I, II.3(c)): "5/QĐ-UBND" is
// "05/QĐ-UBND".
func NumberText(s string) string {
	s = strings.TrimSpace(s)
	end := strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(s)
	}
	n, err := strconv.Atoi(s[:end])
	if err != nil || n >= 10 || n < 1 {
		return s
	}
	return "0" + strconv.Itoa(n) + s[end:]
}

// DayText and MonthText have a nought before days below 10 and before January
// and February, and before no other month (II.4(b)).
func DayText(day int) string { return fmt.Sprintf("%02d", day) }

// MonthText is the month as in DayText.
func MonthText(m time.Month) string {
	if m <= time.February {
		return fmt.Sprintf("%02d", int(m))
	}
	return strconv.Itoa(int(m))
}

// IssuedText is place and date: "Hà Nội, ngày 05 tháng 01 năm 2020"; the day
// is the one of t in its own zone. Without a place it begins with «ngày», with
// no date it is the place.
func IssuedText(place string, t time.Time) string {
	if t.IsZero() {
		return place
	}
	date := fmt.Sprintf("ngày %s tháng %s năm %d", DayText(t.Day()), MonthText(t.Month()), t.Year())
	if place == "" {
		return date
	}
	return place + ", " + date
}

// Gap is room in a line of the document, in shown space.
type Gap struct {
	X0, X1     float64
	Base, Size float64 // of the line's text: baseline and font size
}

// Empty says whether nothing is missing there.
func (g Gap) Empty() bool { return g.X1 <= g.X0 }

// Heading is what the heading of a document leaves to be filled in: the number
// before the stroke of the notation, and day, month, year.
type Heading struct{ Number, Day, Month, Year Gap }

// leastHeadingSize is the font size down to which digits are made smaller to
// fit into their gap, and airShare what they leave free on each side.
const (
	leastHeadingSize = 9 // points
	airShare         = 0.05
)

// LayHeading puts the number and the date into the gaps that a document leaves
// for them: one appearance that spans them all and is clear in between, and its
// place. The number is upright, the date italic, both as large as their line
// (II.3(c), II.4(c)). fits is false where a gap is too narrow for its text.
func LayHeading(in Input, h Heading) (a signer.Appearance, at geom.Rect, fits bool, err error) {
	number, _, _ := strings.Cut(NumberText(in.Number), "/")
	fits = true
	for _, g := range []struct {
		Gap
		text string
		font *signer.Font
	}{
		{h.Number, number, in.Font},
		{h.Day, DayText(in.Issued.Day()), in.italic()},
		{h.Month, MonthText(in.Issued.Month()), in.italic()},
		{h.Year, strconv.Itoa(in.Issued.Year()), in.italic()},
	} {
		if g.Empty() {
			continue
		}
		if g.font == nil {
			return a, at, false, fmt.Errorf("stamp %s: text without a font", in.Role)
		}
		if missing := g.font.Missing(g.text); len(missing) > 0 {
			return a, at, false, &FontError{missing}
		}
		t, box, ok := g.set(g.text, g.font)
		fits = fits && ok
		a.Items = append(a.Items, t)
		at = at.Union(box)
	}
	if len(a.Items) == 0 {
		return a, at, false, nil
	}
	for i, it := range a.Items {
		t, _ := it.(signer.Text)
		t.At.X, t.At.Y = t.At.X-at.X0, t.At.Y-at.Y0
		a.Items[i] = t
	}
	a.Size = at.Size()
	return a, at, fits, nil
}

// set centres text in the gap, smaller where it would not fit.
func (g Gap) set(text string, f *signer.Font) (signer.Text, geom.Rect, bool) {
	size, room := g.Size, (g.X1-g.X0)*(1-2*airShare)
	fits := true
	if w := f.Width(text, size); w > room {
		least := min(size, leastHeadingSize)
		if size = size * room / w; size < least {
			size, fits = least, false
		}
	}
	w := f.Width(text, size)
	x := (g.X0+g.X1)/2 - w/2
	t := signer.Text{At: geom.Point{X: x, Y: g.Base}, Size: size, Font: f, Text: text}
	return t, geom.Rect{X0: x, X1: x + w, Y0: g.Base - f.Ascent(size), Y1: g.Base + f.Descent(size)}, fits
}

// italic is the italic font, or the upright one where there is none.
func (in Input) italic() *signer.Font {
	if in.Italic != nil {
		return in.Italic
	}
	return in.Font
}

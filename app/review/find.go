package review

import (
	"context"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// Found is one place where a text was found: a rectangle for each line that it
// runs over, shown space.
type Found struct {
	Page  int // 0-based
	Rects []geom.Rect
}

// mostFound bounds what is looked for: nobody goes through more.
const mostFound = 1000

// Find looks for a text on all pages. Case does not matter; accents matter only
// where the text has some. Any white space stands for any other.
func (d *Document) Find(ctx context.Context, query string) ([]Found, error) {
	want := lettersOf(query)
	if len(want) == 0 || d.View == nil {
		return nil, nil
	}
	accents := slices.ContainsFunc(want, func(l letter) bool { return l.plain != l.exact })
	var out []Found
	for page := range d.Pages {
		text, err := d.View.Text(ctx, page)
		if err != nil {
			return out, err
		}
		for _, chars := range matches(text.Chars, want, accents) {
			out = append(out, Found{Page: page, Rects: d.linesOf(page, chars)})
			if len(out) == mostFound {
				return out, nil
			}
		}
	}
	return out, nil
}

// letter is a rune to compare: with its accents and without, lower case.
type letter struct {
	exact, plain string
	at           int // the char that it comes from
}

func lettersOf(s string) []letter {
	var chars []pdfview.Char
	for _, r := range norm.NFC.String(strings.TrimSpace(s)) {
		chars = append(chars, pdfview.Char{Rune: r})
	}
	return letters(chars)
}

// letters makes chars comparable: white space becomes one space, a mark that is
// a char of its own goes to the letter before it.
func letters(chars []pdfview.Char) []letter {
	var out []letter
	for i, c := range chars {
		switch {
		case unicode.IsSpace(c.Rune) || c.Rune == 0:
			if len(out) > 0 && out[len(out)-1].exact != " " {
				out = append(out, letter{" ", " ", i})
			}
		case unicode.Is(unicode.Mn, c.Rune):
			if len(out) > 0 {
				out[len(out)-1].exact = norm.NFC.String(out[len(out)-1].exact + string(c.Rune))
			}
		default:
			exact := strings.ToLower(norm.NFC.String(string(c.Rune)))
			out = append(out, letter{exact, plainLetter(exact), i})
		}
	}
	return out
}

func plainLetter(s string) string {
	if s == "đ" {
		return "d"
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// matches are the chars of every place where want stands.
func matches(chars []pdfview.Char, want []letter, accents bool) [][]pdfview.Char {
	have := letters(chars)
	equal := func(a, b letter) bool {
		if accents {
			return a.exact == b.exact
		}
		return a.plain == b.plain
	}
	var out [][]pdfview.Char
	for i := 0; i+len(want) <= len(have); i++ {
		n := 0
		for n < len(want) && equal(have[i+n], want[n]) {
			n++
		}
		if n == len(want) {
			out = append(out, chars[have[i].at:have[i+n-1].at+1])
			i += n - 1
		}
	}
	return out
}

// linesOf are the rectangles of chars, one a line, shown space.
func (d *Document) linesOf(page int, chars []pdfview.Char) []geom.Rect {
	var out []geom.Rect
	var last pdfview.Char
	for _, c := range chars {
		if c.Box.Empty() || unicode.IsSpace(c.Rune) {
			continue
		}
		box := d.Pages[page].RectToShown(c.Box)
		sameLine := len(out) > 0 && math.Abs(c.Base.Y-last.Base.Y) < c.Size*0.6 && math.Abs(c.Base.X-last.Base.X) < 40*c.Size
		if sameLine {
			out[len(out)-1] = out[len(out)-1].Union(box)
		} else {
			out = append(out, box)
		}
		last = c
	}
	return out
}

// TextIn is the text that runs from one point of a page to another, shown
// space, as a reader marks it, and where it stands.
func (d *Document) TextIn(ctx context.Context, page int, from, to geom.Point) (string, []geom.Rect, error) {
	if d.View == nil || page < 0 || page >= len(d.Pages) {
		return "", nil, nil
	}
	text, err := d.View.Text(ctx, page)
	if err != nil {
		return "", nil, err
	}
	a, b := d.nearest(page, text.Chars, from), d.nearest(page, text.Chars, to)
	if a < 0 || b < 0 {
		return "", nil, nil
	}
	chars := text.Chars[min(a, b) : max(a, b)+1]
	var s strings.Builder
	for i, c := range chars {
		if i > 0 && c.Size > 0 && !unicode.IsSpace(c.Rune) && math.Abs(c.Base.Y-chars[i-1].Base.Y) > c.Size*0.6 && !unicode.IsSpace(chars[i-1].Rune) {
			s.WriteByte('\n')
		}
		if c.Rune != 0 && c.Rune != '\r' {
			s.WriteRune(c.Rune)
		}
	}
	return norm.NFC.String(s.String()), d.linesOf(page, chars), nil
}

// nearest is the char whose ink lies nearest to a point; height counts more
// than width, as a line is meant. -1 where there is none.
func (d *Document) nearest(page int, chars []pdfview.Char, p geom.Point) int {
	best, least := -1, math.Inf(1)
	for i, c := range chars {
		if c.Box.Empty() {
			continue
		}
		box := d.Pages[page].RectToShown(c.Box)
		dx := max(box.X0-p.X, 0, p.X-box.X1)
		dy := max(box.Y0-p.Y, 0, p.Y-box.Y1)
		if far := dx + 8*dy; far < least {
			best, least = i, far
		}
	}
	return best
}

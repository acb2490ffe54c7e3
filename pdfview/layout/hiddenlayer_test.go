package layout_test

import (
	"context"
	"image"
	"math/rand/v2"
	"testing"

	"trinhky/pdfview"
	"trinhky/pdfview/layout"
)

// layered is a scan with letters behind its pictures that another document's are.
type layered struct {
	pdfview.Document
	words []pdfview.Text
}

func (l layered) Text(_ context.Context, page int) (pdfview.Text, error) {
	return l.words[page%len(l.words)], nil
}

// behindPicture are the letters of a document as a program leaves them that
// reads pictures; to may misread them.
func behindPicture(t *testing.T, d pdfview.Document, to func(rune) rune) (out []pdfview.Text) {
	t.Helper()
	for i := range d.Pages() {
		text, err := d.Text(context.Background(), i)
		if err != nil {
			t.Fatal(err)
		}
		for k := range text.Chars {
			text.Chars[k].Invisible, text.Chars[k].Rune = true, to(text.Chars[k].Rune)
		}
		out = append(out, text)
	}
	return out
}

// A wrong layer of letters behind a scan is never believed, and does not hide
// the block that the ink shows.
func TestWrongLayer(t *testing.T) {
	const seed = 7002
	pdf, truth := administrative(seed)
	source := open(t, pdf)
	pages := pagesOf(t, source, wornDPI)
	scan := open(t, worn(t, pages, func(*image.Gray, *rand.Rand) {}, rand.New(rand.NewPCG(seed, 1))))
	foreign := open(t, other(1, "article"))
	same := func(r rune) rune { return r }
	for name, words := range map[string][]pdfview.Text{
		"garbage":          behindPicture(t, source, func(r rune) rune { return 0x21 + r%0x5E }),
		"small letters":    behindPicture(t, source, func(r rune) rune { return []rune("ưăạnlị ")[r%7] }),
		"another document": behindPicture(t, foreign, same),
		"its own":          behindPicture(t, source, same),
	} {
		got, err := layout.Find(context.Background(), layered{scan, words})
		if err != nil {
			t.Fatal(err)
		}
		want := truth.Signers[0].Band
		c := newTally()
		c.scanned(name, got, want.Page, want.Rect)
		c.check(t, map[string]float64{"block of a scan": 1, "unsure of a scan": 1})
	}
}

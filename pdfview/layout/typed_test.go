package layout

import (
	"context"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// typed is a page of a typewriter whose letters are half an em wide; x is the
// middle of a line, y its baseline from the top, in points.
type typed struct {
	page  geom.Page
	chars []pdfview.Char
}

func a4() *typed { return &typed{page: geom.Page{MediaBox: geom.Rect{X1: 595, Y1: 842}}} }

// at types text around x; style holds "b" for bold, "l" for x as the left end,
// "w" for white, "i" for invisible, "d" for decomposed letters.
func (p *typed) at(x, y float64, style, text string) *typed {
	const size = 13.0
	const advance = size / 2
	letters := []rune(text)
	if !strings.Contains(style, "l") {
		x -= advance * float64(len(letters)) / 2
	}
	for _, r := range letters {
		runes := []rune{r}
		if strings.Contains(style, "d") {
			runes = []rune(norm.NFD.String(string(r)))
		}
		for i, q := range runes {
			c := pdfview.Char{Rune: q, Size: size / p.page.Unit(), Bold: strings.Contains(style, "b"), Font: "typed"}
			if strings.Contains(style, "w") {
				c.Color = 0xFFFFFF
			}
			c.Invisible = strings.Contains(style, "i")
			ink := geom.Rect{X0: x + 0.5, Y0: y - 8, X1: x + advance - 0.5, Y1: y}
			if i > 0 { // a mark stands over its letter
				ink = geom.Rect{X0: x + 1, Y0: y - 11, X1: x + advance - 1, Y1: y - 9}
			}
			if !unicode.IsSpace(q) {
				c.Box = p.page.RectToUser(ink)
			}
			c.Base = p.page.ToUser(geom.Point{X: x, Y: y})
			p.chars = append(p.chars, c)
		}
		x += advance
	}
	return p
}

// book is a Source of typed pages.
type book []*typed

func (b book) Pages() int { return len(b) }

func (b book) Page(_ context.Context, i int) (geom.Page, error) { return b[i].page, nil }

func (b book) Text(_ context.Context, i int) (pdfview.Text, error) {
	return pdfview.Text{Chars: b[i].chars}, nil
}

func find(t *testing.T, pages ...*typed) Parts {
	t.Helper()
	p, err := Find(context.Background(), book(pages))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// heading types boxes 1 to 4.
func (p *typed) heading(number string) *typed {
	return p.at(150, 80, "", "UBND TỈNH MẪU").at(150, 96, "b", "SỞ THỬ NGHIỆM").
		at(410, 80, "b", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM").at(410, 96, "b", "Độc lập - Tự do - Hạnh phúc").
		at(150, 124, "", number).at(410, 124, "", "Tỉnh Mẫu, ngày 05 tháng 3 năm 2026")
}

// signing types a signature block and «Nơi nhận» beside it.
func (p *typed) signing(y float64, name string, titles ...string) *typed {
	p.at(70, y, "lb", "Nơi nhận:").at(70, y+15, "l", "- Như trên;").at(70, y+30, "l", "- Lưu: VT.")
	return p.signed(420, y, name, titles...)
}

func (p *typed) signed(x, y float64, name string, titles ...string) *typed {
	for _, l := range titles {
		p.at(x, y, "b", l)
		y += 16
	}
	return p.at(x, y+70, "b", name)
}

package table

import (
	"errors"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"

	"trinhky/submit"
)

// The measures of the page: A4 across, in millimetres; text in points.
const (
	margin   = 12.0
	pageW    = 297.0
	pageH    = 210.0
	lineH    = 4.6
	cellPad  = 1.2
	textSize = 10.0
	headSize = 14.0
	family   = "register"
)

// WritePDF writes t as a table across A4 pages, the heads on every page, text
// that can be searched and copied.
func (t Table) WritePDF(w io.Writer, p Print) error {
	if len(p.Font) == 0 {
		return errors.New("a PDF needs a font with the Vietnamese letters")
	}
	d := fpdf.New("L", "mm", "A4", "")
	d.AddUTF8FontFromBytes(family, "", p.Font)
	d.SetMargins(margin, margin, margin)
	d.SetAutoPageBreak(false, 0)
	d.SetCellMargin(0)
	d.SetTitle(t.Name, true)
	d.SetAuthor(p.Agency, true)
	d.SetCatalogSort(true)
	d.SetCreationDate(p.Made)
	d.SetModificationDate(p.Made)
	d.AliasNbPages("{pages}")
	d.SetFooterFunc(func() {
		d.SetFont(family, "", textSize-1)
		d.SetXY(margin, pageH-margin+2)
		d.CellFormat(0, lineH, "Trang "+strconv.Itoa(d.PageNo())+"/{pages}", "", 0, "R", false, 0, "")
	})
	s := &sheet{d: d, t: t, widths: t.widths()}
	s.title(p)
	s.row(t.heads(), true)
	for _, r := range t.Rows {
		s.row(r, false)
	}
	return d.Output(w)
}

// widths share the page out.
func (t Table) widths() []float64 {
	total := 0.0
	for _, c := range t.Columns {
		total += c.Share
	}
	out := make([]float64, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = (pageW - 2*margin) * c.Share / total
	}
	return out
}

// sheet is a table that is being drawn.
type sheet struct {
	d      *fpdf.Fpdf
	t      Table
	widths []float64
}

func (s *sheet) title(p Print) {
	d := s.d
	d.AddPage()
	d.SetFont(family, "", textSize)
	d.CellFormat(0, lineH, printable(p.Agency), "", 1, "L", false, 0, "")
	d.Ln(2)
	d.SetFont(family, "", headSize)
	name := s.t.Name
	if p.Year > 0 {
		name += " năm " + strconv.Itoa(p.Year)
	}
	d.CellFormat(0, 7, name, "", 1, "C", false, 0, "")
	d.SetFont(family, "", textSize)
	if !p.Made.IsZero() {
		made := "Lập lúc " + p.Made.In(submit.WireZone()).Format("15:04 ngày 02/01/2006") + ", " + strconv.Itoa(len(s.t.Rows)) + " dòng"
		d.CellFormat(0, lineH, made, "", 1, "C", false, 0, "")
	}
	d.Ln(3)
}

// row draws one row as high as its highest cell; a row that does not fit goes
// to the next page, one that is higher than a page is cut into pieces.
func (s *sheet) row(cells []string, head bool) {
	s.d.SetFont(family, "", textSize)
	lines := make([][]string, len(s.widths))
	most := 1
	for i := range lines {
		if i < len(cells) {
			lines[i] = s.d.SplitText(printable(cells[i]), s.widths[i]-2*cellPad) // breaks words that are wider too
		}
		most = max(most, len(lines[i]))
	}
	for from := 0; from < most; {
		room := int((pageH - margin - s.d.GetY() - 2*cellPad) / lineH)
		if n := most - from; n > room && (!head && room < min(n, 40) || room < 1) {
			s.d.AddPage()
			if !head {
				s.row(s.t.heads(), true)
			}
			room = int((pageH - margin - s.d.GetY() - 2*cellPad) / lineH)
		}
		n := min(most-from, max(room, 1))
		s.band(lines, from, n, head)
		from += n
	}
}

// printable is text in letters that the writer of PDFs knows: it has widths for
// the first plane alone, and takes a letter of no width for a very wide one. What
// it cannot draw is marked, not left out.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r > 0xFFFF:
			return unicode.ReplacementChar
		case r == '\n':
			return r
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, norm.NFC.String(strings.ReplaceAll(s, "\r\n", "\n")))
}

// band draws n lines of every cell.
func (s *sheet) band(lines [][]string, from, n int, head bool) {
	d := s.d
	x, y := margin, d.GetY()
	height := float64(n)*lineH + 2*cellPad
	d.SetDrawColor(120, 120, 120)
	d.SetFillColor(230, 236, 242)
	style, align := "D", "L"
	if head {
		style, align = "DF", "C"
	}
	for i, w := range s.widths {
		d.Rect(x, y, w, height, style)
		for j := from; j < min(from+n, len(lines[i])); j++ {
			d.SetXY(x+cellPad, y+cellPad+float64(j-from)*lineH)
			d.CellFormat(w-2*cellPad, lineH, lines[i][j], "", 0, align, false, 0, "")
		}
		x += w
	}
	d.SetXY(margin, y+height)
}

// day writes a date as registers do, "" for none.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(submit.WireZone()).Format("02/01/2006")
}

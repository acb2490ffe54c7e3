package sample

import (
	"math/rand/v2"
	"strings"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansbolditalic"
	"github.com/go-fonts/liberation/liberationsansitalic"
	"github.com/go-fonts/liberation/liberationsansregular"
	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifbolditalic"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"
	"github.com/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"

	"trinhky/pdfview/geom"
)

// The page and its margins (Annex I, I.1 and I.3), millimetres.
const (
	pageW, pageH            = 210.0, 297.0
	marginTop, marginBottom = 20.0, 20.0
	marginLeft, marginRight = 30.0, 20.0
	textLeft, textRight     = marginLeft, pageW - marginRight
	textBottom              = pageH - marginBottom
	mmPerPoint              = 25.4 / 72
	leading                 = 1.17 // of the font size
)

// Styles as fpdf names them.
const (
	regular    = ""
	bold       = "B"
	italic     = "I"
	boldItalic = "BI"
)

type align int

const (
	left align = iota
	center
	right
)

// column is a horizontal span of the page.
type column struct{ x0, x1 float64 }

func (c column) width() float64 { return c.x1 - c.x0 }
func (c column) mid() float64   { return (c.x0 + c.x1) / 2 }

// sheet prints lines from top to bottom and remembers where.
type sheet struct {
	pdf   *fpdf.Fpdf
	page  int     // 0-based
	y     float64 // top of the next line
	size  float64 // points
	style string
	truth *Truth
	typed Style
	// ascent and descent of the font, of its size.
	ascent, descent float64
	// waiting paints the lines of this page.
	waiting []func()
}

func newSheet(d Document, truth *Truth) *sheet {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(d.Date)
	pdf.SetModificationDate(d.Date)
	pdf.SetTitle(d.title(), true)
	pdf.SetLang("vi-VN")
	pdf.SetAutoPageBreak(false, 0)
	pdf.SetMargins(0, 0, 0)
	pdf.SetCellMargin(0)
	s := &sheet{pdf: pdf, page: -1, truth: truth, typed: d.Style, ascent: 0.891, descent: 0.216}
	faces := map[string][]byte{
		regular: liberationserifregular.TTF, bold: liberationserifbold.TTF,
		italic: liberationserifitalic.TTF, boldItalic: liberationserifbolditalic.TTF,
	}
	if d.Style.Sans {
		s.ascent, s.descent = 0.905, 0.212
		faces = map[string][]byte{
			regular: liberationsansregular.TTF, bold: liberationsansbold.TTF,
			italic: liberationsansitalic.TTF, boldItalic: liberationsansbolditalic.TTF,
		}
	}
	for _, style := range []string{regular, bold, italic, boldItalic} {
		pdf.AddUTF8FontFromBytes("text", style, faces[style])
	}
	s.newPage()
	return s
}

func (s *sheet) font(style string, size float64) {
	s.style, s.size = style, size
	s.pdf.SetFont("text", style, size)
}

// newPage begins a page; from the second on it carries its number, centred in
// the top margin (Annex I, I.7).
func (s *sheet) newPage() {
	s.flush()
	s.pdf.AddPage()
	s.page++
	s.y = marginTop
	if s.page == 0 {
		return
	}
	style, size := s.style, s.size
	s.font(regular, 13)
	s.y = 10
	number := s.line(itoa(s.page+1), column{textLeft, textRight}, center)
	s.truth.PageNumbers = append(s.truth.PageNumbers, number)
	s.y = marginTop
	s.font(style, size)
}

func (s *sheet) lineHeight() float64 { return s.size * leading * mmPerPoint }

// room begins a new page unless h millimetres are left on this one.
func (s *sheet) room(h float64) {
	if s.y+h > textBottom {
		s.newPage()
	}
}

// line prints one line in c and goes below it.
func (s *sheet) line(text string, c column, a align) Part {
	w := s.pdf.GetStringWidth(text)
	x := c.x0
	switch a {
	case center:
		x = c.mid() - w/2
	case right:
		x = c.x1 - w
	case left:
	}
	return s.put(text, x, 0)
}

// put prints text at x with extra space (mm) at every blank, and goes below it.
func (s *sheet) put(text string, x, extra float64) Part {
	p := s.putBeside(text, x, extra)
	s.y += s.lineHeight()
	return p
}

// putBeside is put without going to the next line.
func (s *sheet) putBeside(text string, x, extra float64) Part {
	em := s.size * mmPerPoint
	w := s.pdf.GetStringWidth(text) + extra*float64(strings.Count(text, " "))
	s.later(text, x, s.y+s.ascent*em, extra)
	p := Part{Text: strings.TrimSpace(text), Page: s.page, Rect: userRect(x, s.y, x+w, s.y+(s.ascent+s.descent)*em)}
	s.truth.Lines = append(s.truth.Lines, p)
	return p
}

// later has text painted when the page is full, in the order that the style
// asks for.
func (s *sheet) later(text string, x, base, extra float64) {
	style, size := s.style, s.size
	r, g, b := s.pdf.GetTextColor()
	paint := func(text string, x, extra float64) {
		s.waiting = append(s.waiting, func() {
			s.font(style, size)
			s.pdf.SetTextColor(r, g, b)
			s.paint(text, x, base, extra)
		})
	}
	if !s.typed.Words {
		paint(text, x, extra)
		return
	}
	for _, word := range strings.SplitAfter(text, " ") {
		paint(strings.TrimSpace(word), x, 0)
		x += s.pdf.GetStringWidth(word)
		if strings.HasSuffix(word, " ") {
			x += extra
		}
	}
}

func (s *sheet) paint(text string, x, base, extra float64) {
	shown := text
	if s.typed.Decomposed {
		shown = norm.NFD.String(text)
	}
	if extra <= 0 {
		s.pdf.Text(x, base, shown)
		return
	}
	em, h := s.size*mmPerPoint, s.lineHeight()
	w := s.pdf.GetStringWidth(text) + extra*float64(strings.Count(text, " "))
	s.pdf.SetXY(x, base-0.5*h-0.3*em) // CellFormat's own baseline
	s.pdf.CellFormat(w, h, shown, "", 0, "J", false, 0, "")
}

// flush paints what waits for this page.
func (s *sheet) flush() {
	if s.typed.Shuffle != 0 {
		r := rand.New(rand.NewPCG(s.typed.Shuffle, uint64(s.page)))
		r.Shuffle(len(s.waiting), func(i, j int) { s.waiting[i], s.waiting[j] = s.waiting[j], s.waiting[i] })
	}
	style, size := s.style, s.size
	for _, paint := range s.waiting {
		paint()
	}
	s.waiting = nil
	s.pdf.SetTextColor(0, 0, 0)
	s.font(style, size)
}

// block prints text in lines that fit into c.
func (s *sheet) block(text string, c column, a align) Part {
	var whole Part
	for _, piece := range strings.Split(text, "\n") {
		for _, l := range s.wrap(piece, c.width()) {
			whole = join(whole, s.line(l, c, a))
		}
	}
	return whole
}

// wrap cuts text into lines of at most width, as even as their number allows.
func (s *sheet) wrap(text string, width float64) []string {
	lines := s.greedy(text, width)
	if len(lines) < 2 {
		return lines
	}
	for narrower := width - 2; narrower > width/2; narrower -= 2 {
		next := s.greedy(text, narrower)
		if len(next) != len(lines) {
			break
		}
		lines = next
	}
	return lines
}

func (s *sheet) greedy(text string, width float64) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		longer := word
		if line != "" {
			longer = line + " " + word
		}
		if line != "" && s.pdf.GetStringWidth(longer) > width {
			lines = append(lines, line)
			longer = word
		}
		line = longer
	}
	return append(lines, line)
}

// rule draws the thin line under a heading, share of its width, centred.
func (s *sheet) rule(under Part, share, gap float64) {
	r := under.Rect
	mid := geom.ToMM(r.X0+r.X1) / 2
	half := geom.ToMM(r.W()) * share / 2
	y := pageH - geom.ToMM(r.Y0) + gap
	s.pdf.SetLineWidth(0.25)
	s.pdf.Line(mid-half, y, mid+half, y)
}

// userRect turns millimetres from the top left into user space.
func userRect(x0, y0, x1, y1 float64) geom.Rect {
	return geom.Rect{X0: geom.MM(x0), Y0: geom.MM(pageH - y1), X1: geom.MM(x1), Y1: geom.MM(pageH - y0)}
}

// join joins two parts of one page.
func join(a, b Part) Part {
	if a.Rect.Empty() {
		return b
	}
	r := geom.Rect{
		X0: min(a.Rect.X0, b.Rect.X0), Y0: min(a.Rect.Y0, b.Rect.Y0),
		X1: max(a.Rect.X1, b.Rect.X1), Y1: max(a.Rect.Y1, b.Rect.Y1),
	}
	return Part{Text: a.Text + " " + b.Text, Page: a.Page, Rect: r}
}

package layout

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// Distances in units of the font size.
const (
	sameLine    = 0.25 // baselines of one line
	digitWidth  = 0.5  // of the pen, at least: the ink of a 1 is narrow
	columnGap   = 1.6  // ink to ink; more than any word gap of justified text
	ascent      = 0.89 // of a line, above the baseline
	descent     = 0.22
	sameGlyph   = 0.15 // the same letter painted twice for bold or shadow
	paragraph   = 1.9  // from baseline to baseline within a piece
	spacedTitle = 2.7  // between the lines of a title, which are often set apart
	nearlyWhite = 0xF0
)

// cell is one letter with its marks, or a space, in shown space.
type cell struct {
	text   string // NFC
	fold   string
	x0, x1 float64
	y0, y1 float64 // ink; the same where there is none
	bold   bool
	hidden bool // text that is not painted, as under a scan
}

// run is a piece of a line without a wide gap. y goes down.
type run struct {
	page       int
	cells      []cell
	text, fold string
	x0, x1     float64
	base       float64
	size       float64
	bold       bool // most of it
	hidden     bool // most of it
	line       int  // runs of the same line have the same number
}

func (r run) top() float64    { return r.base - ascent*r.size }
func (r run) bottom() float64 { return r.base + descent*r.size }
func (r run) mid() float64    { return (r.x0 + r.x1) / 2 }
func (r run) rect() geom.Rect { return geom.Rect{X0: r.x0, Y0: r.top(), X1: r.x1, Y1: r.bottom()} }

// cut is the part of r whose fold is [from, to).
func (r run) cut(from, to int) run {
	var cells []cell
	at := 0
	for _, c := range r.cells {
		if at >= from && at+len(c.fold) <= to {
			cells = append(cells, c)
		}
		at += len(c.fold)
	}
	for len(cells) > 0 && cells[0].text == " " {
		cells = cells[1:]
	}
	for len(cells) > 0 && cells[len(cells)-1].text == " " {
		cells = cells[:len(cells)-1]
	}
	out := r
	out.fill(cells)
	return out
}

// between is the room from the ink before fold position from to the stroke
// that ends before position to.
func (r run) between(from, to int) geom.Rect {
	left, right, at := r.x0, r.x1, 0
	for _, c := range r.cells {
		if c.text != " " {
			if at < from {
				left = c.x1
			}
			if at < to && c.fold != "." && c.fold != "_" {
				right = c.x0
			}
		}
		at += len(c.fold)
	}
	return geom.Rect{X0: left, X1: right, Y0: r.top(), Y1: r.bottom()}
}

func (r *run) fill(cells []cell) {
	r.cells = cells
	var text, folded strings.Builder
	for _, c := range cells {
		text.WriteString(c.text)
		folded.WriteString(c.fold)
	}
	r.text, r.fold = text.String(), folded.String()
	if len(cells) > 0 {
		r.x0, r.x1 = cells[0].x0, cells[0].x1
	}
	letters, bold, hidden := 0, 0, 0
	for _, c := range cells {
		r.x0, r.x1 = min(r.x0, c.x0), max(r.x1, c.x1)
		if c.text != " " {
			letters++
		}
		if c.bold {
			bold++
		}
		if c.hidden {
			hidden++
		}
	}
	r.bold, r.hidden = 2*bold > letters, 2*hidden > letters
}

// glyph is a painted character in shown space.
type glyph struct {
	char    rune
	text    string // with its marks
	x0, x1  float64
	y0, y1  float64 // ink, with that of its marks
	x, base float64
	end     float64 // where the pen goes on; 0 where that is not known
	size    float64
	bold    bool
	hidden  bool
	space   bool
}

func (g glyph) digit() bool { return g.char >= '0' && g.char <= '9' }

// left and right are where a glyph ends for its neighbours.
func (g glyph) left() float64 {
	if g.digit() {
		return min(g.x0, g.x)
	}
	return g.x0
}

func (g glyph) right() float64 {
	if g.digit() {
		return max(g.x1, g.x+digitWidth*g.size)
	}
	return g.x1
}

// sheet is the text of a page by lines.
type sheet struct {
	index int
	geom  geom.Page
	size  geom.Size
	runs  []run // by line from the top, each from the left
	// gap is from which ink to ink words are apart where no space was painted.
	gap float64
}

// newSheet reads the lines of a page from the boxes of its characters; the
// order of the content stream counts for nothing.
func newSheet(index int, g geom.Page, t pdfview.Text) *sheet {
	s := &sheet{index: index, geom: g, size: g.ShownSize()}
	s.lay(s.glyphs(t, s.readable))
	return s
}

// lay groups glyphs, sorted by baseline, into lines.
func (s *sheet) lay(glyphs []glyph) {
	spaces := 0
	for _, g := range glyphs {
		if g.space {
			spaces++
		}
	}
	if s.gap = wordGap; 12*spaces > len(glyphs) {
		s.gap = wideGap
	}
	var line []glyph
	n := 0
	for _, gl := range glyphs {
		if len(line) > 0 && gl.base-line[0].base > sameLine*max(gl.size, line[0].size) {
			s.addLine(line, n)
			line, n = line[:0], n+1
		}
		line = append(line, gl)
	}
	s.addLine(line, n)
}

// onPage says whether a glyph stands on the page.
func (s *sheet) onPage(g glyph) bool {
	return g.x >= 0 && g.x <= s.size.W && g.base >= 0 && g.base <= s.size.H
}

// readable leaves out what is not on the page, and white on white.
func (s *sheet) readable(c pdfview.Char, g glyph) bool {
	white := c.Color>>16&0xFF >= nearlyWhite && c.Color>>8&0xFF >= nearlyWhite && c.Color&0xFF >= nearlyWhite
	return s.onPage(g) && (c.Invisible || !white)
}

// glyphs are the characters that want wants, by baseline; marks are joined to
// letters.
func (s *sheet) glyphs(t pdfview.Text, want func(pdfview.Char, glyph) bool) []glyph {
	out := make([]glyph, 0, len(t.Chars))
	for _, c := range t.Chars {
		g := s.glyph(c)
		if !want(c, g) {
			continue
		}
		if unicode.Is(unicode.Mn, c.Rune) && joinMark(out, g) {
			continue
		}
		out = append(out, g)
	}
	slices.SortStableFunc(out, func(a, b glyph) int { return cmp.Compare(a.base, b.base) })
	return out
}

func (s *sheet) glyph(c pdfview.Char) glyph {
	base := s.geom.ToShown(c.Base)
	box := s.geom.RectToShown(c.Box)
	g := glyph{
		char: c.Rune, text: string(c.Rune), x0: box.X0, x1: box.X1, y0: box.Y0, y1: box.Y1, x: base.X, base: base.Y,
		size: c.Size * s.geom.Unit(), bold: c.Bold, hidden: c.Invisible, space: unicode.IsSpace(c.Rune),
	}
	if g.size < 2 || g.size > 200 { // Type 3 fonts have units of their own
		g.size = min(max(box.H()*1.4, 0.5), 200)
	}
	if box.Empty() {
		g.x0, g.x1, g.y0, g.y1 = base.X, base.X, base.Y, base.Y
	}
	if c.Advance > 0 {
		g.end = base.X + c.Advance*s.geom.Unit()
	}
	return g
}

// joinMark adds a combining mark to the letter that it stands over: the last
// one of the content stream whose ink or pen position is near.
func joinMark(out []glyph, m glyph) bool {
	mid := (m.x0 + m.x1) / 2
	for i := len(out) - 1; i >= 0 && i >= len(out)-4; i-- {
		g := &out[i]
		reach := 0.3 * g.size
		if !g.space && math.Abs(g.base-m.base) < g.size && mid > g.x0-reach && mid < g.x1+reach {
			g.text += string(m.char)
			g.y0, g.y1 = min(g.y0, m.y0), max(g.y1, m.y1)
			if m.x == g.x && m.x0 >= g.x1 { // one glyph for both, whose box was divided
				g.x1 = m.x1
			}
			return true
		}
	}
	return false
}

// addLine cuts a line into runs.
func (s *sheet) addLine(line []glyph, n int) {
	slices.SortStableFunc(line, func(a, b glyph) int { return cmp.Compare(a.x0+a.x1, b.x0+b.x1) })
	var part []glyph
	var gaps []gap
	space := false
	flush := func() {
		if r, ok := s.newRun(s.spaced(part, gaps), n); ok {
			s.runs = append(s.runs, r)
		}
		part, gaps = part[:0], gaps[:0]
	}
	for _, g := range line {
		if g.space {
			space = true
			continue
		}
		if len(part) > 0 {
			last := part[len(part)-1]
			if last.text == g.text && math.Abs(last.x-g.x) < sameGlyph*g.size {
				continue
			}
			if between := gapOf(last, g, space); between.ink > columnGap {
				flush()
			} else {
				gaps = append(gaps, between)
			}
		}
		part = append(part, g)
		space = false
	}
	flush()
}

func (s *sheet) newRun(part []glyph, n int) (run, bool) {
	if len(part) == 0 {
		return run{}, false
	}
	r := run{page: s.index, line: n}
	cells := make([]cell, 0, len(part))
	letters := 0
	var size, base float64
	for _, g := range part {
		text := norm.NFC.String(g.text)
		cells = append(cells, cell{
			text: text, fold: fold(text), x0: g.x0, x1: g.x1, y0: g.y0, y1: g.y1,
			bold: g.bold && !g.space, hidden: g.hidden && !g.space,
		})
		if g.space {
			continue
		}
		letters++
		size, base = size+g.size, base+g.base
	}
	r.fill(cells)
	r.size, r.base = size/float64(letters), base/float64(letters)
	return r, true
}

// join makes one run of those of a line between two edges.
func (s *sheet) join(line int, left, right float64) (run, bool) {
	var out run
	found := false
	for _, r := range s.runs {
		if r.line != line || r.mid() < left || r.mid() > right {
			continue
		}
		if !found {
			out, found = r, true
			continue
		}
		gap := cell{text: " ", fold: " ", x0: out.x1, x1: r.x0}
		joined := append(append(slices.Clone(out.cells), gap), r.cells...)
		out.fill(joined)
	}
	return out, found
}

// part makes a Part of runs that belong together; their lines are joined by a
// space.
func (s *sheet) part(confidence float64, runs ...run) Part {
	var p Part
	var rect geom.Rect
	words := make([]string, 0, len(runs))
	for _, r := range runs {
		if r.text == "" {
			continue
		}
		words = append(words, r.text)
		rect = rect.Union(r.rect())
	}
	if len(words) == 0 {
		return p
	}
	return Part{
		Text: joined(words), Page: s.index,
		Rect: s.geom.RectToUser(rect), Confidence: confidence,
	}
}

// joined puts the lines of a text one behind the other. A word that ends in a
// hyphen or a stroke goes on: «214/TB-» «UBND», «66-NQ/» «TW»; a dash has a space
// before it.
func joined(lines []string) string {
	var b strings.Builder
	for i, l := range lines {
		b.WriteString(l)
		end := l[max(len(l)-2, 0):]
		whole := len(end) > 1 && end[0] != ' ' && (end[1] == '-' || end[1] == '/')
		if i+1 < len(lines) && !whole {
			b.WriteByte(' ')
		}
	}
	return b.String()
}

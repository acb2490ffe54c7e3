package layout

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"trinhky/pdfview/geom"
)

// heading is what stands above the body on the first page: boxes 1 to 5, 10 of
// Annex I, IV. Runs are in shown space.
type heading struct {
	motto            []run
	number           run
	digits, notation run
	goesOn           run       // the notation on a second line, where a narrow column breaks it
	blank            geom.Rect // where the number is still to come
	dateLine         run
	place, date      run
	day, month, year int
	blanks           [3]geom.Rect // where day, month and year are still to come
	kind             run          // the type
	letter           bool         // a công văn: no type, the subject under the number
	subject          []run
	parent, agency   []run
	urgency, secrecy run
	party            bool // heading of the Party
}

// Shares of the page and distances in points that bound the heading.
const (
	headingShare = 0.45 // of the page height
	typeShare    = 0.65
	centredShare = 0.12 // of the page width, off the middle
	headingRoom  = 130  // from the motto down to number and date
)

var (
	dateWords  = regexp.MustCompile(`NGAY\s*([0-9]{1,2}|[._\s]*)\s*THANG\s*([0-9]{1,2}|[._\s]*)\s*NAM\s*([0-9]{4}|[0-9._\s]*)`)
	aboutWords = regexp.MustCompile(`^\(?\s*(V\s*/\s*V|VE VIEC)\b`)
)

func readHeading(s *sheet) heading {
	var h heading
	h.findMotto(s)
	h.findNumber(s)
	h.findDate(s)
	h.findAgency(s)
	h.findType(s)
	h.findMarks(s)
	h.findSubject(s)
	return h
}

// findMotto finds Quốc hiệu and Tiêu ngữ, or the name of the Party.
func (h *heading) findMotto(s *sheet) {
	for i, r := range s.runs {
		if r.top() > s.size.H*headingShare {
			return
		}
		for _, name := range []string{"CONG HOA XA HOI CHU NGHIA", "DANG CONG SAN VIET NAM"} {
			at := strings.Index(r.fold, name)
			if at < 0 && strings.HasPrefix(squeeze(r.fold), squeeze(name)) {
				at = 0
			}
			if at < 0 {
				continue
			}
			if at > 0 { // the left column runs into it
				s.split(i, at)
				h.findMotto(s)
				return
			}
			h.motto, h.party = []run{r}, name[0] == 'D'
			if m, ok := s.below(r, "NAM"); ok && strings.HasSuffix(r.fold, "VIET") && len(m.fold) < 6 { // a narrow column
				h.motto = append(h.motto, m)
			} else if m, ok := s.below(r, "VIET NAM"); ok && strings.HasSuffix(r.fold, "NGHIA") {
				h.motto = append(h.motto, m)
			}
			r = h.motto[len(h.motto)-1]
			if m, ok := s.below(r, "DOC LAP"); ok && strings.Contains(squeeze(m.fold), "HANHPHUC") {
				h.motto = append(h.motto, m)
			}
			return
		}
	}
}

// split cuts run i in two.
func (s *sheet) split(i, at int) {
	r := s.runs[i]
	parts := []run{r.cut(0, at), r.cut(at, len(r.fold))}
	s.runs = append(s.runs[:i:i], append(parts, s.runs[i+1:]...)...)
}

// below finds the run under r, within three lines, that begins with word.
func (s *sheet) below(r run, word string) (run, bool) {
	for _, m := range s.runs {
		d := m.base - r.base
		if d > 0.5*r.size && d < 3*r.size && m.x1 > r.x0 && m.x0 < r.x1 && strings.HasPrefix(squeeze(m.fold), squeeze(word)) {
			return m, true
		}
	}
	return run{}, false
}

// edge is where the right column of the heading begins.
func (h *heading) edge(s *sheet) float64 {
	if len(h.motto) > 0 && !h.party && h.motto[0].x0 > s.size.W*0.3 {
		return h.motto[0].x0
	}
	return s.size.W * 0.5
}

// findDate finds place and date: in the right column beside the number, or
// below the motto.
func (h *heading) findDate(s *sheet) {
	low := s.size.H * 0.35
	switch {
	case h.number.text != "":
		low = h.number.base + 60
		if n := len(h.motto); n > 0 { // a motto of three lines stands lower than the number
			low = max(low, h.motto[n-1].base+75)
		}
	case len(h.motto) > 0:
		low = h.motto[0].base + headingRoom
	}
	for _, r := range s.runs {
		if r.base > low {
			return
		}
		if !strings.Contains(r.fold, "NGAY") || len(h.motto) > 0 && r.base < h.motto[0].base {
			continue
		}
		left := s.size.W * 0.35
		if h.number.text != "" && h.number.line == r.line {
			left = h.number.x1
		}
		whole, ok := s.join(r.line, left, s.size.W)
		if !ok {
			whole = r
		}
		m := dateWords.FindStringSubmatchIndex(whole.fold)
		if m == nil || strings.Trim(whole.fold[m[6]:m[7]], " ._") == "" { // a narrow column breaks it
			if longer, ok := s.wrapped(whole); ok {
				if n := dateWords.FindStringSubmatchIndex(longer.fold); n != nil && (m == nil || strings.Trim(longer.fold[n[6]:n[7]], " ._") != "") {
					whole, m = longer, n
				}
			}
			if m == nil {
				continue
			}
		}
		h.dateLine = whole
		h.date = whole.cut(m[0], m[1])
		if before := strings.TrimRight(whole.fold[:m[0]], " ,."); before != "" {
			h.place = whole.cut(0, len(before))
		}
		h.day, h.month, h.year = digitsAt(whole, m, 1), digitsAt(whole, m, 2), digitsAt(whole, m, 3)
		h.blanks = dateBlanks(whole, m)
		return
	}
}

// dateBlanks is the room for day, month and year where they are not printed.
// That for the year has no right end of its own; it is as wide as its digits.
func dateBlanks(r run, m []int) (out [3]geom.Rect) {
	month := m[3] + strings.Index(r.fold[m[3]:], "THANG")
	year := m[5] + strings.Index(r.fold[m[5]:], "NAM")
	if digitsAt(r, m, 1) == 0 {
		out[0] = r.between(m[0]+len("NGAY"), month+1)
	}
	if digitsAt(r, m, 2) == 0 {
		out[1] = r.between(month+len("THANG"), year+1)
	}
	if strings.Trim(r.fold[m[6]:m[7]], " ._") == "" {
		out[2] = r.between(year+len("NAM"), year+len("NAM"))
		out[2].X0 = r.cut(0, year+len("NAM")).x1
		out[2].X1 = out[2].X0 + yearWidth*r.size
	}
	return out
}

// yearWidth is four digits and a space, in units of the font size.
const yearWidth = 2.3

// wrapped is r with the line below it in its column, as one run.
func (s *sheet) wrapped(r run) (run, bool) {
	for _, n := range s.runs {
		d := n.base - r.base
		if d > 0.5*r.size && d < paragraph*r.size && n.x0 > r.x0-r.size && n.x1 < r.x1+r.size {
			gap := cell{text: " ", fold: " ", x0: r.x1, x1: r.x1}
			r.fill(append(append(slices.Clone(r.cells), gap), n.cells...))
			return r, true
		}
	}
	return r, false
}

// digitsAt is the number of a submatch, 0 where it is still to come.
func digitsAt(r run, m []int, i int) int {
	if m[2*i] < 0 {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(r.fold[m[2*i]:m[2*i+1]]))
	if err != nil {
		return 0
	}
	return n
}

// findAgency takes the left column above the number: the superior body, then
// the agency in bold. Where all lines look the same, the last ones are the
// agency and a first one is the superior body.
func (h *heading) findAgency(s *sheet) {
	low := h.number.top()
	if h.number.text == "" {
		if len(h.motto) == 0 {
			return
		}
		low = h.motto[0].base + 50
	}
	var lines []run
	for _, r := range s.runs {
		if r.base >= low || r.mid() > h.edge(s) || r.x0 >= h.edge(s) {
			continue
		}
		if len(h.motto) > 0 && r.base < h.motto[0].top()-aboveMotto(r) || !hasLetters(r.fold) || strings.Contains(r.fold, ":") {
			continue // «Ký bởi: …», «Điện thoại: …»
		}
		lines = append(lines, r)
	}
	if len(lines) > 6 {
		lines = lines[len(lines)-6:]
	}
	cut := 0
	for cut < len(lines) && !lines[cut].bold {
		cut++
	}
	switch {
	case cut < len(lines): // regular lines, then bold ones
		end := len(lines)
		for !lines[end-1].bold && !capitals(lines[end-1].text) { // its address
			end--
		}
		h.parent, h.agency = lines[:cut], lines[cut:end]
	case len(lines) > 1:
		h.parent, h.agency = lines[:1], lines[1:]
	default:
		h.agency = lines
	}
}

// aboveMotto is how much higher than the motto a line of the left column can
// stand: that begins higher where the motto breaks, or stands lower in a table.
func aboveMotto(r run) float64 {
	const line, lines = 2.2, 6.5
	if capitals(r.text) {
		return lines * r.size
	}
	return line * r.size
}

func hasLetters(folded string) bool {
	n := 0
	for _, r := range folded {
		if r >= 'A' && r <= 'Z' {
			n++
		}
	}
	return n >= 2
}

// bottom is the lower edge of the two columns of the heading.
func (h *heading) bottom() float64 {
	b := max(h.number.base, h.dateLine.base)
	for _, m := range h.motto {
		b = max(b, m.base)
	}
	return b
}

// Confidences of the parts of the heading: a form that is hardly anything else
// in its place; one that stands where it should; a guess.
const (
	certain = 0.97
	likely  = 0.85
	guess   = 0.6
)

func (h *heading) parts(s *sheet) Parts {
	p := Parts{
		Motto:    s.part(certain, h.motto...),
		Number:   s.part(certain, h.digits),
		Notation: s.part(certain, h.notation, h.goesOn),
		Place:    s.part(certain, h.place),
		Date:     s.part(certain, h.date),
		Day:      h.day, Month: h.month, Year: h.year,
		Type:    s.part(certain, h.kind),
		Parent:  s.part(likely, h.parent...),
		Agency:  s.part(certain, h.agency...),
		Subject: s.part(certain, h.subject...),
		Urgency: s.part(certain, h.urgency),
		Secrecy: s.part(certain, h.secrecy),
	}
	if h.digits.text == "" && !h.blank.Empty() {
		p.Number = Part{Page: s.index, Rect: s.geom.RectToUser(h.blank), Confidence: certain}
	}
	for i, b := range h.blanks {
		if !b.Empty() {
			p.DateBlanks[i] = s.geom.RectToUser(b)
		}
	}
	if len(h.motto) == 0 {
		p.Agency.Confidence, p.Parent.Confidence = guess, guess
	}
	if len(h.parent) > 0 && !h.agency[0].bold {
		p.Agency.Confidence, p.Parent.Confidence = likely, guess
	}
	if h.letter {
		p.Type = Part{Text: letterType, Page: s.index, Confidence: certain}
	}
	return p
}

// letterType is the type of a document that has none printed.
const letterType = "Công văn"

// official says how sure it is that this is an administrative document at all.
func (h *heading) official() float64 {
	switch {
	case len(h.motto) > 0 && h.number.text != "":
		return 1
	case len(h.motto) > 0 && (h.date.text != "" || h.kind.text != ""):
		return 0.93
	case h.number.text != "" && h.date.text != "":
		return 0.95 // enterprises and associations print no motto
	case h.number.text != "" || len(h.motto) > 0:
		return 0.75
	default:
		return 0.4
	}
}

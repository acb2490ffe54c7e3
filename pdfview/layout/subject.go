package layout

import (
	"math"
	"regexp"
	"slices"
	"strings"

	"trinhky/pdfview/geom"
)

// findType finds the name of the type, in capitals in the middle under the
// heading.
func (h *heading) findType(s *sheet) {
	for _, r := range s.runs {
		if r.base <= h.bottom() || r.bottom() > s.size.H*typeShare {
			continue
		}
		if math.Abs(r.mid()-s.size.W/2) > s.size.W*centredShare || !capitals(r.text) {
			continue
		}
		end, ok := typeOf(r.fold)
		if !ok || copyType.MatchString(r.fold) && !copyNotation.MatchString(h.notation.fold) {
			continue
		}
		h.kind = r.cut(0, end)
		if strings.Trim(r.fold[end:], " :.") != "" { // «BÁO CÁO KẾT QUẢ …» in one line
			h.subject = []run{r.cut(end, len(r.fold))}
		}
		return
	}
}

// A copy («SAO Y») is a document of its own by its notation; else the words are
// what a copier printed under another one.
var (
	copyType     = regexp.MustCompile(`^(SAO Y|SAO LUC|TRICH SAO)\b`)
	copyNotation = regexp.MustCompile(`^(SY|SL|TRS)\b`)
)

// findSubject finds what the document is about: under the type, or under the
// number of a công văn.
func (h *heading) findSubject(s *sheet) {
	if h.kind.text != "" {
		h.subject = append(h.subject, h.abstract(s)...)
		return
	}
	if h.number.text == "" {
		return
	}
	// «V/v …» under the number.
	last := h.number
	for _, r := range s.runs {
		d := r.base - last.base
		if d < 0.5*r.size || r.mid() > h.edge(s) || r.x0 >= h.edge(s) {
			continue
		}
		if len(h.subject) == 0 {
			if d > 60 {
				return
			}
			if !aboutWords.MatchString(r.fold) {
				continue
			}
		} else if d > paragraph*r.size || strings.HasPrefix(r.fold, "KINH GUI") || mark(r) != noMark {
			break
		}
		h.subject, last = append(h.subject, r), r
	}
	h.letter = len(h.subject) > 0
}

// apart is from how many sizes on two lines are paragraphs of their own, where
// the second one fills the page's width.
const apart = 1.6

// abstract takes the centred lines under the type.
func (h *heading) abstract(s *sheet) []run {
	var out []run
	last := h.kind
	for _, r := range s.runs {
		d := r.base - last.base
		if d < 0.5*r.size || strings.Trim(r.fold, "_-=*. ") == "" { // a rule made of letters
			continue
		}
		centred := math.Abs(r.mid()-s.size.W/2) < s.size.W*centredShare
		about := aboutWords.MatchString(r.fold)
		stop := strings.HasPrefix(r.fold, "KINH GUI") || strings.HasPrefix(r.fold, "CAN CU") ||
			len(out) > 0 && capitals(r.text) && !capitals(last.text) && !strings.HasSuffix(last.text, "-") && // «…/NĐ-» «CP»
				strings.Contains(r.text, " ") // «khóa» «XVI»; who issues has more than one word
		room := 2.3
		if len(out) == 0 && (r.bold || about) {
			room = 3.2 // under the type it is often set apart
		}
		if d > room*max(r.size, last.size) || stop || !centred {
			break
		}
		if len(out) == 0 && h.kind.bold && !r.bold && !about && !s.inset(r) {
			break // the body begins
		}
		if len(out) > 0 && (out[0].bold && !r.bold || d > apart*max(r.size, last.size) && s.inset(out[0]) && !s.inset(r)) {
			break
		}
		out, last = append(out, r), r
	}
	return out
}

// inset says whether r keeps clear of both margins, as a centred line does and
// a line of the body does not.
func (s *sheet) inset(r run) bool {
	left, right := s.textEdges()
	return r.x0 > left+geom.MM(14) && r.x1 < right-geom.MM(14)
}

// findMarks finds the marks of urgency and secrecy (III.2). In a narrow box the
// words stand one below the other.
func (h *heading) findMarks(s *sheet) {
	for i, r := range s.runs {
		if r.top() > s.size.H*0.5 {
			return
		}
		whole := r
		for _, up := range s.runs[:i] {
			d := r.base - up.base
			if d > 0.5*r.size && d < paragraph*r.size && math.Abs(up.mid()-r.mid()) < r.size && firstWord(up) {
				whole.fill(append(append(slices.Clone(up.cells), cell{text: " ", fold: " ", x0: up.x1, x1: up.x1}), r.cells...))
				whole.base, whole.size = up.base, r.base-up.base+up.size
			}
		}
		switch mark(whole) {
		case urgencyMark:
			h.urgency = whole
		case secrecyMark:
			h.secrecy = whole
		case noMark:
		}
	}
}

// firstWord says whether a run is the first word of a mark and nothing else.
func firstWord(r run) bool {
	switch strings.Trim(r.text, " ().:\"“”") {
	case "THƯỢNG", "HỎA", "HOẢ", "TỐI", "TUYỆT":
		return true
	}
	return false
}

type markKind int

const (
	noMark markKind = iota
	urgencyMark
	secrecyMark
)

// mark tells a mark by its words, alone and in capitals. «MẶT» and «MẮT» are
// none: the letters count here, not their fold.
func mark(r run) markKind {
	if !capitals(r.text) {
		return noMark
	}
	word := strings.Trim(r.text, " ().:\"“”")
	switch {
	case word == "KHẨN", word == "THƯỢNG KHẨN", fold(word) == "HOA TOC", strings.HasPrefix(fold(word), "HOA TOC HEN GIO"):
		return urgencyMark
	case word == "MẬT", word == "TỐI MẬT", word == "TUYỆT MẬT":
		return secrecyMark
	}
	return noMark
}

package layout

import (
	"regexp"
	"strings"
)

var (
	numberWord = regexp.MustCompile(`^(?:LUAT\s+)?SO\s*[:.]?\s*`)
	// «Nghị quyết số: 203/2025/QH15», the way of the National Assembly.
	numberNamed = regexp.MustCompile(`^(?:LUAT|NGHI QUYET|PHAP LENH|LENH)\s+SO\s*:\s*((?:[0-9]{1,6})?[\s._]*/\s*[A-Z0-9./-]+)\s*$`)
	// «125/SG-VP», «30/2020/NĐ-CP», «/QĐ-UBND» with the number still to come.
	numberState = regexp.MustCompile(`^([0-9]{1,6}[A-Z]?)?[\s._]*/\s*([A-Z0-9][A-Z0-9.&]*(?:\s*[-/+]\s*[A-Z0-9.&]+)*)`)
	// «214/VNPT QNg-KT», with a space inside, where nothing follows.
	numberSpaced = regexp.MustCompile(`^([0-9]{1,6}[A-Z]?)?[\s._]*/\s*([A-Z0-9.&]+(?:\s*[-/]\s*[A-Z0-9.&]+)*\s[A-Z0-9]{1,5}(?:\s*[-/]\s*[A-Z0-9.&]+)*)\s*$`)
	// «15-QĐ/TW», the way of the Party.
	numberParty = regexp.MustCompile(`^([0-9]{1,6})?[\s._]*-\s*([A-Z]+(?:\s*[-/]\s*[A-Z0-9.&]+)+)`)
)

// findNumber finds number and notation under the agency.
func (h *heading) findNumber(s *sheet) {
	for i, r := range s.runs {
		if r.top() > s.size.H*headingShare {
			return
		}
		if h.numberAt(r) < 0 || r.x0 > s.size.W*0.55 {
			continue
		}
		whole := r
		if r.x0 < h.edge(s) {
			whole, _ = s.join(r.line, r.x0-1, max(h.edge(s), r.x1))
		}
		from := h.numberAt(whole)
		if from < 0 {
			continue
		}
		rest := whole.fold[from:]
		m := numberSpaced.FindStringSubmatchIndex(rest)
		if m == nil {
			m = numberState.FindStringSubmatchIndex(rest)
		}
		if m == nil {
			m = numberParty.FindStringSubmatchIndex(rest)
		}
		if m == nil {
			continue
		}
		h.number = whole.cut(0, from+m[1])
		if m[2] >= 0 {
			h.digits = whole.cut(from+m[2], from+m[3])
		} else {
			h.blank = whole.between(from, from+m[4])
		}
		h.notation = whole.cut(from+m[4], from+m[5])
		end := from + m[1]
		if next, ok := s.notationBelow(whole.cut(0, end), whole.fold[end:]); ok {
			end++
			h.goesOn, h.notation, h.number = next, whole.cut(from+m[4], end), whole.cut(0, end)
		}
		if whole.fold == r.fold && strings.TrimSpace(whole.fold[end:]) != "" {
			s.split(i, end) // place and date follow closely
		}
		return
	}
}

// numberAt is where in the fold of r the number begins, -1 where r has none. The
// name of the type before it counts in the heading only: a body cites others so.
func (h *heading) numberAt(r run) int {
	if at := numberWord.FindStringIndex(r.fold); at != nil {
		return at[1]
	}
	if len(h.motto) > 0 && r.base < h.motto[0].base+headingRoom {
		if at := numberNamed.FindStringSubmatchIndex(r.fold); at != nil {
			return at[2]
		}
	}
	return -1
}

var notationRest = regexp.MustCompile(`^[A-Z0-9.&]{1,12}(-[A-Z0-9.&]{1,12}){0,3}$`)

// notationBelow finds the rest of a notation under r, where rest, the
// text behind it, is the hyphen at which its column broke it.
func (s *sheet) notationBelow(r run, rest string) (run, bool) {
	if strings.TrimSpace(rest) != "-" {
		return run{}, false
	}
	for _, n := range s.runs {
		d := n.base - r.base
		if d > 0.5*n.size && d < paragraph*n.size && n.x0 < r.x1 && n.x1 > r.x0 && notationRest.MatchString(n.fold) {
			return n, true
		}
	}
	return run{}, false
}

package layout

import (
	"math"
	"regexp"
	"strings"
)

// trimItem takes the dash before and the stop after an item of a list.
func trimItem(p Part) Part {
	p.Text = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(p.Text), "-–—+•*"))
	p.Text = strings.TrimRight(p.Text, " ;.,")
	return p
}

func isItem(r run) bool {
	return strings.HasPrefix(r.fold, "-") || strings.HasPrefix(r.fold, "+") || strings.HasPrefix(r.fold, "•")
}

// addressees reads «Kính gửi: …»: the rest of the line, or the list below it.
func addressees(s *sheet) []Part {
	for i, r := range s.runs {
		if !strings.HasPrefix(r.fold, "KINH GUI") {
			continue
		}
		end := len("KINH GUI")
		for end < len(r.fold) && strings.ContainsRune(" :", rune(r.fold[end])) {
			end++
		}
		var items [][]run
		if head := r.cut(end, len(r.fold)); end < len(r.fold) && head.text != "" {
			items = append(items, []run{head})
		}
		last := r
		for _, n := range s.runs[i+1:] {
			d := n.base - last.base
			if n.line == r.line && n.x0 > r.x1 { // the list begins behind a tab
				items = append(items, []run{n})
				continue
			}
			if d > paragraph*n.size {
				break
			}
			switch {
			case isItem(n) && n.x0 > r.x0:
				items = append(items, []run{n})
			case len(items) > 0 && n.x0 >= items[len(items)-1][0].x0-2:
				items[len(items)-1] = append(items[len(items)-1], n)
			default:
				return s.items(items)
			}
			last = n
		}
		return s.items(items)
	}
	return nil
}

func (s *sheet) items(items [][]run) []Part {
	var out []Part
	for _, it := range items {
		if p := trimItem(s.part(likely, it...)); p.Text != "" {
			out = append(out, p)
		}
	}
	return out
}

// recipients reads the list under «Nơi nhận».
func recipients(s *sheet) []Part {
	at := s.recipientsAt()
	if at < 0 {
		return nil
	}
	r := s.runs[at]
	var items [][]run
	last := r
	if end := strings.Index(r.fold, ":"); end >= 0 && end+1 < len(r.fold) {
		if head := r.cut(end+1, len(r.fold)); head.text != "" {
			items = append(items, []run{head})
		}
	}
	for _, n := range s.runs[at+1:] {
		d := n.base - last.base
		if n.line == r.line || n.x0 > s.size.W*0.5 || d < 0.3*n.size {
			continue
		}
		room := 2.0
		if isItem(n) {
			room = 2.9 // set apart as paragraphs are
		}
		if d > room*max(n.size, 10) || n.x0 < r.x0-20 {
			break
		}
		switch {
		case isItem(n) || len(items) == 0:
			items = append(items, []run{n})
		default:
			items[len(items)-1] = append(items[len(items)-1], n)
		}
		last = n
	}
	return s.items(items)
}

// recipientsAt is the index of the run «Nơi nhận», or -1.
func (s *sheet) recipientsAt() int {
	for i, r := range s.runs {
		if strings.HasPrefix(r.fold, "NOI NHAN") && r.x0 < s.size.W*0.5 && len(r.fold) < 60 {
			return i
		}
	}
	return -1
}

var onlyDigits = regexp.MustCompile(`^-?\s*[0-9]{1,4}\s*-?$`)

// pageNumber is the number in the middle of the top margin (I.7), or at the
// foot as some agencies print it.
func pageNumber(s *sheet) Part {
	for _, r := range s.runs {
		margin := r.bottom() < s.size.H*0.09 || r.top() > s.size.H*0.92
		if margin && onlyDigits.MatchString(r.fold) && math.Abs(r.mid()-s.size.W/2) < s.size.W*0.4 {
			return s.part(certain, r)
		}
	}
	return Part{}
}

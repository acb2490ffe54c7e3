package layout

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"

	"trinhky/pdfview/geom"
)

// block is a signature block in shown space.
type block struct {
	page       int
	authority  []run
	title      []run
	name       run
	band       geom.Rect
	down       float64 // from band to the place of a stamp, see levelled
	confidence float64
	known      float64 // the same if the person is known
	// whole says that all marks of a leader's block are there, «Nơi nhận» apart.
	whole bool
	// inside says that the body goes on under it.
	inside bool
	// appended says that it stands behind the head of an annex or a form.
	appended bool
}

// Distances of a signature block, in points.
var (
	minBand     = geom.MM(8)  // less is no room for a signature
	maxBand     = geom.MM(70) // more, and title and name do not belong together
	offMiddle   = geom.MM(12) // between the middles of title and name
	levelNear   = geom.MM(45) // between «Nơi nhận» and the title
	leastColumn = geom.MM(40)
	mostColumn  = geom.MM(95)
)

// signHint is printed between title and name where a hand is to sign.
var signHint = regexp.MustCompile(`^\(?\s*(DA KY|KY,|KY TEN|KY VA|KY GHI|CHU KY|HO TEN|HO VA TEN|KY (DIEN TU|SO)|DONG DAU)`)

// parties are the sides of a contract: whoever signs there is no agency's leader.
var parties = regexp.MustCompile(`\b(BEN [A-D]|BEN (MUA|BAN|THUE|CHO THUE|GIAO|NHAN|VAY)|NGUOI (MUA|BAN|LAP|NHAN|GIAO|NOP)|KHACH HANG|THU QUY|NGUOI LAO DONG)\b`)

// findBlocks finds the signature blocks of a page, the principal one first:
// the surest, then the rightmost, then the lowest.
func findBlocks(s *sheet, h heading) []block {
	s.splitColumns()
	var out []block
	for i, r := range s.runs {
		if b, ok := s.block(i, r, h); ok {
			out = append(out, b)
		}
	}
	out = s.boxes(h, out)
	crowd(out)
	slices.SortStableFunc(out, func(a, b block) int {
		return cmp.Or(
			cmp.Compare(math.Round(b.confidence*20), math.Round(a.confidence*20)),
			cmp.Compare(b.band.X0, a.band.X0), cmp.Compare(b.band.Y0, a.band.Y0),
		)
	})
	return out
}

// block looks whether run i is the name under a signature.
func (s *sheet) block(i int, name run, h heading) (block, bool) {
	score := nameScore(name.text, name.fold)
	if score == 0 || name.size < 8 {
		return block{}, false
	}
	above, gap := s.above(i)
	if above < 0 || gap < minBand || gap > maxBand {
		return block{}, false
	}
	lines := s.titleLines(above, name)
	if len(lines) == 0 {
		return block{}, false
	}
	name = s.whole(i)
	b := block{page: s.index, name: name}
	b.authority, b.title = splitAuthority(lines)
	column := s.column(lines, name)
	b.band = geom.Rect{X0: column.X0, X1: column.X1, Y0: s.runs[above].bottom(), Y1: s.topLine(name).top()}
	if b.band.H() < minBand*0.8 {
		return block{}, false
	}
	b.inside = s.bodyBelow(b)
	b.confidence = s.trust(b, score, h)
	if b.known = b.confidence; b.known >= fair {
		b.known = min(b.known+0.1, certain)
	}
	b.down = levelled(b.band, s.runs[above], s.topLine(name))
	b.whole = score == 1 && h.official() == 1 && !b.hidden() && !b.inside && b.band.Center().X > s.size.W*0.5 &&
		(len(b.authority) > 0 || isTitle(b.title) || acting.MatchString(b.title[0].fold))
	return b, true
}

// whole is the name of run i with its last word, where a narrow column breaks
// it: one or two words close under it, in its middle and as bold.
func (s *sheet) whole(i int) run {
	name := s.runs[i]
	for _, r := range s.runs[i+1:] {
		d := r.base - name.base
		if d > paragraph*name.size {
			break
		}
		words := strings.Fields(r.text)
		if d < 0.5*r.size || math.Abs(r.mid()-name.mid()) > geom.MM(2) || r.bold != name.bold || len(words) > 2 || !nameWord(words[0]) ||
			!nameWord(words[len(words)-1]) || capitals(r.text) != capitals(name.text) || hasTitleWord(r.fold) {
			continue
		}
		line, base := name.line, name.base
		space := cell{text: " ", fold: " ", x0: name.x1, x1: name.x1}
		name.fill(append(append(slices.Clone(name.cells), space), r.cells...))
		name.line, name.base = line, base
		return name
	}
	return name
}

// above finds the nearest run over run i in its column and the height of the
// blank between them. Hints like «(Ký, ghi rõ họ tên)» and «(đã ký)» leave the
// place free; a rank on a line of its own belongs to the name.
func (s *sheet) above(i int) (int, float64) {
	name := s.runs[i]
	top := s.topLine(name).top()
	best, bottom := -1, 0.0
	for j, r := range s.runs {
		if r.base >= name.base-0.5*name.size || r.x1 <= name.x0 || r.x0 >= name.x1 {
			continue
		}
		if top < name.top() && r.base > top || signHint.MatchString(r.fold) || !hasLetters(r.fold) && len(r.cells) < 3 {
			continue
		}
		if r.bottom() > bottom {
			best, bottom = j, r.bottom()
		}
	}
	return best, top - bottom
}

// topLine is the upper line of a name: the rank that stands close above it.
func (s *sheet) topLine(name run) run {
	for _, r := range s.runs {
		d := name.base - r.base
		if d > 0.5*r.size && d < paragraph*name.size && math.Abs(r.mid()-name.mid()) < offMiddle && rankAlone(r.fold) {
			return r
		}
	}
	return name
}

// titleLines goes up from run last as long as the lines belong to the block of
// the signer: same middle, capitals or bold, no gap.
func (s *sheet) titleLines(last int, name run) []run {
	var lines []run
	low := s.runs[last]
	if !titleLike(low) || math.Abs(low.mid()-name.mid()) > offMiddle {
		return nil
	}
	lines = append(lines, low)
	for j := last - 1; j >= 0 && len(lines) < 8; j-- {
		r := s.runs[j]
		d := lines[0].base - r.base
		if d > spacedTitle*max(r.size, lines[0].size) {
			break
		}
		if d < 0.5*r.size || math.Abs(r.mid()-low.mid()) > offMiddle || !titleLike(r) {
			continue
		}
		lines = append([]run{r}, lines...)
	}
	return lines
}

// titleLike says whether a run can be a line of authority or title: capitals,
// or bold with a title's words («Giám đốc»).
func titleLike(r run) bool {
	if len(r.cells) > 70 || isItem(r) {
		return false
	}
	if capitals(strings.TrimSpace(r.text)) {
		return hasLetters(r.fold)
	}
	return r.bold && hasTitleWord(r.fold) && len(r.cells) < 45
}

// splitAuthority divides the lines: authority reaches from «TM.», «KT.» and so
// on to the line before the title itself. «Q. GIÁM ĐỐC» is a title: quyền says
// what the person is, not for whom.
func splitAuthority(lines []run) (auth, title []run) {
	first, at := -1, 0
	for i, r := range lines {
		if authority.MatchString(r.fold) {
			at = i + 1
			if first < 0 {
				first = i
			}
		}
	}
	if at == 0 {
		for i, r := range lines[:len(lines)-1] {
			if nameScore(r.text, r.fold) == 1 { // the signer above
				title = lines[i+1:]
			}
		}
		if title == nil {
			title = lines
		}
		return nil, title
	}
	// What stands over the first mark is a table or the name of another signer.
	lines, at = lines[first:], at-first
	// The organ named after the mark may take several lines.
	for at < len(lines)-1 && !titleStart(lines[at]) {
		at++
	}
	return lines[:at], lines[at:]
}

// titleStart says whether a line begins the title; «PHỐ» of a city folds like «PHÓ».
func titleStart(r run) bool {
	return hasTitleWord(r.fold) || acting.MatchString(r.fold) || strings.HasPrefix(r.text, "PHÓ ")
}

// lastLine is the last line of the body: the lowest one above the block that
// begins at the left margin or its indent.
func (s *sheet) lastLine(b block) Part {
	top := b.band.Y0
	for _, r := range append(slices.Clone(b.authority), b.title...) {
		top = min(top, r.top())
	}
	at := s.recipientsAt()
	var last run
	for i, r := range s.runs {
		if i == at || r.bottom() > top+0.3*r.size {
			break
		}
		if r.x0 < s.size.W*0.4 && hasLetters(r.fold) {
			last = r
		}
	}
	if last.text == "" {
		return Part{}
	}
	whole, _ := s.join(last.line, 0, s.size.W)
	sure := likely
	if strings.HasSuffix(whole.text, ".") { // the end of a body, mostly «./.»
		sure = certain
	}
	return s.part(min(sure, b.confidence), whole)
}

// column is the column of the signer: around the middle of its text, as far as
// the margin or what stands beside it allows.
func (s *sheet) column(lines []run, name run) geom.Rect {
	text := name.rect()
	for _, r := range lines {
		text = text.Union(r.rect())
	}
	mid := name.mid()
	left, right := s.textEdges()
	half := max(min(right-mid, mid-left), text.W()/2)
	for _, r := range s.runs { // «Nơi nhận» and other signers beside
		if r.base < text.Y0 || r.base > text.Y1+name.size || r.x0 < text.X1 && r.x1 > text.X0 {
			continue
		}
		// The border of two columns is halfway between their texts.
		if r.x1 <= text.X0 {
			half = min(half, mid-(r.x1+text.X0)/2)
		} else if r.x0 >= text.X1 {
			half = min(half, (r.x0+text.X1)/2-mid)
		}
	}
	half = min(max(half, leastColumn/2), mostColumn/2)
	return geom.Rect{X0: max(mid-half, 0), X1: min(mid+half, s.size.W), Y0: text.Y0, Y1: text.Y1}
}

// textEdges are the left and right edges of the text of the page.
func (s *sheet) textEdges() (left, right float64) {
	left, right = s.size.W, 0
	for _, r := range s.runs {
		left, right = min(left, r.x0), max(right, r.x1)
	}
	return left, right
}

// signer takes the block to the space of the page. On a scan title and name
// have a place, but no text.
func (b block) signer(s *sheet) Signer {
	if b.name.text == "" && b.title[0].text != "" { // a box in which no name is printed
		return Signer{
			Authority: s.part(b.confidence, b.authority...), Title: s.part(b.confidence, b.title...),
			Band:  Part{Page: b.page, Rect: s.geom.RectToUser(b.band), Confidence: b.confidence},
			Known: b.known,
		}
	}
	if b.name.text == "" {
		return Signer{
			Title: Part{Page: b.page, Rect: s.geom.RectToUser(b.title[0].rect()), Confidence: b.confidence},
			Name:  Part{Page: b.page, Rect: s.geom.RectToUser(b.name.rect()), Confidence: b.confidence},
			Band:  Part{Page: b.page, Rect: s.geom.RectToUser(b.band), Confidence: b.confidence},
			Known: b.confidence,
		}
	}
	return Signer{
		Authority: s.part(b.confidence, b.authority...),
		Title:     s.part(b.confidence, b.title...),
		Name:      s.part(b.confidence, b.name),
		Band:      Part{Page: b.page, Rect: s.geom.RectToUser(b.band.Move(0, b.down)), Confidence: b.confidence},
		Known:     max(b.confidence, b.known),
	}
}

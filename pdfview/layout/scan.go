package layout

import (
	"context"
	"fmt"
	"image"
	"math"
	"strings"

	"trinhky/pdfview/geom"
)

// Renderer is what Find needs besides a Source to look at scanned pages;
// pdfview.Document satisfies it.
type Renderer interface {
	Render(ctx context.Context, page int, scale float64, clip image.Rectangle) (*image.RGBA, error)
}

// scanned says whether a page has too little text to be read.
func (s *sheet) scanned() bool {
	letters := 0
	for _, r := range s.runs {
		letters += len(r.cells)
	}
	return letters < 25
}

// leastVietnamese is one of how many letters of a Vietnamese text has a mark that
// no other language knows; in truth it is one of five.
const leastVietnamese = 50

// vietnamese says whether the letters of a page are those of Vietnamese. Where
// they are not, its fonts may be of an old encoding (TCVN3, VNI) or tell nothing
// of what their glyphs mean.
func (s *sheet) vietnamese() bool {
	letters, own := 0, 0
	for _, r := range s.runs {
		for _, c := range r.text {
			letters++
			if c >= 0x1EA0 && c <= 0x1EF9 || strings.ContainsRune("ĂăĐđĨĩŨũƠơƯư", c) {
				own++
			}
		}
	}
	return own*leastVietnamese >= letters
}

// mostScan is the most that a place found from ink alone can be sure of.
const mostScan = 0.85

// scan looks for the signature block in the ink of the last pages, then of the
// first, which is signed where appendices follow it. It ends at a likely block.
func (f *finder) scan(ctx context.Context) error {
	look, ok := f.doc.(Renderer)
	if !ok {
		return nil
	}
	var best block
	for _, i := range order(f.doc.Pages())[:min(f.doc.Pages(), lastPages+1)] {
		s := f.sheets[i]
		if s == nil || !s.pictured() || s.size.W <= 0 || s.size.H <= 0 || max(s.size.W, s.size.H) > geom.MM(600) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		const scale = inkDPI / 72.0
		clip := image.Rect(0, 0, int(math.Ceil(s.size.W*scale)), int(math.Ceil(s.size.H*scale)))
		img, err := look.Render(ctx, i, scale, clip)
		if err != nil {
			return fmt.Errorf("layout: page %d: %w", i, err)
		}
		if b, ok := s.inkBlock(readInk(img)); ok && b.confidence > best.confidence {
			best = b
		}
		if best.confidence >= likelyInk {
			break
		}
	}
	if best.confidence > 0 {
		f.blocks = append(f.blocks, best)
	}
	return nil
}

// likelyInk is the confidence of a block of ink with «Nơi nhận» beside it.
const likelyInk = 0.7

// pictured says whether what is seen of a page may be more than its text: it
// has none that can be read, or one behind a picture, as programs put there
// that read letters and misread them.
func (s *sheet) pictured() bool {
	if s.scanned() || !s.vietnamese() {
		return true
	}
	letters, hidden := 0, 0
	for _, r := range s.runs {
		letters += len(r.cells)
		if r.hidden {
			hidden += len(r.cells)
		}
	}
	return 2*hidden > letters
}

// inkBlock finds the block by its shape: in the right half, one or more short
// lines (authority and title), a blank, one short line (the name) and nothing
// more below it; «Nơi nhận» on the left begins about as high.
func (s *sheet) inkBlock(p *inkPage) (block, bool) {
	var best block
	for _, name := range p.boxes {
		b, ok := s.inkCandidate(p.boxes, name)
		if ok && b.confidence > best.confidence {
			best = b
		}
	}
	if best.confidence == 0 {
		return block{}, false
	}
	// Straightened rows stand higher by the skew.
	dy := p.skew * best.band.Center().X
	best.band = best.band.Move(0, dy)
	best.name.base += dy
	for i := range best.title {
		best.title[i].base += dy
	}
	return best, true
}

// inkHeading is how far the heading of the first page reaches down at least
// (Decree 30/2020/NĐ-CP, Annex I: 20 mm of margin, motto, number and date).
var inkHeading = geom.MM(50)

func (s *sheet) inkCandidate(boxes []geom.Rect, name geom.Rect) (block, bool) {
	w := s.size.W
	short := func(r geom.Rect) bool { return r.W() > geom.MM(14) && r.W() < geom.MM(85) }
	if !short(name) || name.Center().X < w*0.5 || name.Center().X > w*0.88 {
		return block{}, false
	}
	title, ok := nearestAbove(boxes, name)
	if above, more := nearestAbove(boxes, title); ok && more && isHint(title, above) {
		title = above
	}
	if !ok || !short(title) || math.Abs(title.Center().X-name.Center().X) > geom.MM(9) {
		return block{}, false
	}
	gap := name.Y0 - title.Y1
	if gap < geom.MM(11) || gap > geom.MM(50) || s.index == 0 && title.Y0 < inkHeading {
		return block{}, false
	}
	top, lines := topOf(boxes, title)
	p := 0.5
	if recipientsBeside(boxes, top, name) {
		p += 0.2
	}
	if !anythingBelow(boxes, name) {
		p += 0.1
	}
	if lines >= 2 {
		p += 0.03
	}
	half := geom.MM(33)
	mid := (title.Center().X + name.Center().X) / 2
	half = min(half, s.size.W-geom.MM(12)-mid)
	b := block{
		page: s.index, confidence: min(p, mostScan),
		band:  geom.Rect{X0: mid - half, X1: mid + half, Y0: title.Y1, Y1: name.Y0},
		title: []run{inkRun(s.index, title)}, name: inkRun(s.index, name),
	}
	return b, true
}

// isHint says whether line is «(Đã ký)» or the like under the title: small,
// short and close to it.
func isHint(line, title geom.Rect) bool {
	return line.H() < 0.82*title.H() && line.W() < title.W() && line.Y0-title.Y1 < geom.MM(4) &&
		math.Abs(line.Center().X-title.Center().X) < geom.MM(6)
}

// inkRun is a line without its letters.
func inkRun(page int, r geom.Rect) run {
	size := r.H() / (ascent + descent)
	return run{page: page, x0: r.X0, x1: r.X1, base: r.Y0 + ascent*size, size: size}
}

// nearestAbove is the lowest line above r that shares its column.
func nearestAbove(boxes []geom.Rect, r geom.Rect) (geom.Rect, bool) {
	var best geom.Rect
	for _, b := range boxes {
		if b.Y1 <= r.Y0+1 && b.X1 > r.X0-geom.MM(4) && b.X0 < r.X1+geom.MM(4) && b.Y1 > best.Y1 {
			best = b
		}
	}
	return best, !best.Empty()
}

// topOf goes up from the title over lines with the same middle.
func topOf(boxes []geom.Rect, title geom.Rect) (top float64, lines int) {
	top, lines = title.Y0, 1
	at := title
	for lines < 6 {
		above, ok := nearestAbove(boxes, at)
		if !ok || at.Y0-above.Y1 > geom.MM(4) || math.Abs(above.Center().X-title.Center().X) > geom.MM(9) || above.W() > geom.MM(95) {
			return top, lines
		}
		at, top = above, above.Y0
		lines++
	}
	return top, lines
}

// recipientsBeside says whether a list begins on the left as high as the block.
func recipientsBeside(boxes []geom.Rect, top float64, name geom.Rect) bool {
	first, n := false, 0
	for _, b := range boxes {
		if b.X1 > name.X0-geom.MM(5) || b.X0 > geom.MM(60) || b.W() > geom.MM(85) {
			continue
		}
		if math.Abs(b.Y0-top) < geom.MM(8) {
			first = true
		}
		if b.Y0 > top-geom.MM(8) && b.Y1 < name.Y1+geom.MM(25) {
			n++
		}
	}
	return first && n >= 2
}

// anythingBelow says whether the column goes on under the name.
func anythingBelow(boxes []geom.Rect, name geom.Rect) bool {
	for _, b := range boxes {
		if b.Y0 > name.Y1 && b.Y0 < name.Y1+geom.MM(40) && b.X1 > name.X0 {
			return true
		}
	}
	return false
}

package layout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// Pages at the end where the signature block stands in nearly all documents.
const lastPages = 3

// sure is the confidence from which no further page is searched (design/cli.md).
const sure = 0.9

// Find finds the parts. It reads the first page and the last pages first, and
// the others, from the front, only while no block is sure: the block stands
// before the appendices then.
func Find(ctx context.Context, doc Source) (Parts, error) {
	n := doc.Pages()
	if n <= 0 {
		return Parts{}, nil
	}
	f := finder{doc: doc, sheets: map[int]*sheet{}}
	first, err := f.sheet(ctx, 0)
	if err != nil {
		return Parts{}, err
	}
	h := readHeading(first)
	parts := h.parts(first)
	for k, i := range order(n) {
		if k == lastPages+1 && f.blank() {
			break // a scan: reading the other pages finds no text either
		}
		s, err := f.sheet(ctx, i)
		if err != nil {
			return Parts{}, err
		}
		blocks := f.read(s, h)
		if len(blocks) > 0 && blocks[0].confidence >= sure {
			if i > 0 && f.sheets[i-1] == nil && blocks[0].name.base < s.size.H*continued {
				if s, err = f.sheet(ctx, i-1); err != nil {
					return Parts{}, err
				}
				f.read(s, h)
			}
			break
		}
	}
	if len(f.blocks) == 0 {
		if err := f.scan(ctx); err != nil {
			return Parts{}, err
		}
	}
	f.alone()
	f.closing(&parts, first, h.approval())
	return parts, nil
}

// read notes the blocks of a page.
func (f *finder) read(s *sheet, h heading) []block {
	blocks := findBlocks(s, h)
	if f.appended(s.index) {
		for k := range blocks {
			blocks[k].confidence = min(blocks[k].confidence, inAppendix)
			blocks[k].known = min(blocks[k].known, inAppendix)
			blocks[k].whole, blocks[k].appended = false, true
		}
	}
	f.blocks = append(f.blocks, blocks...)
	return blocks
}

// continued is the share of a page above whose end a block may be the second
// one of signers that a page divides.
const continued = 0.35

// order is the order in which pages are searched for the signature block: the
// last ones from the end, the first, then the others from the front.
func order(n int) []int {
	var out []int
	for i := n - 1; i >= max(0, n-lastPages); i-- {
		out = append(out, i)
	}
	for i := range n - len(out) {
		out = append(out, i)
	}
	return out
}

// inAppendix is the most that a block behind the head of an annex or of a form
// can be sure of: it is rarely the one where the document itself is signed.
const inAppendix = 0.8

// appended says whether page i, or one shortly before it that was read, begins
// an annex or a form.
func (f *finder) appended(i int) bool {
	for p := i; p > max(0, i-lastPages); p-- {
		if s := f.sheets[p]; s != nil && s.beginsAppendix() {
			return true
		}
	}
	return false
}

// beginsAppendix looks at the head of a page for the words of an annex, or for
// a motto that is not the document's own.
func (s *sheet) beginsAppendix() bool {
	for _, r := range s.runs {
		if r.top() > s.size.H*0.3 {
			return false
		}
		if appendixWords.MatchString(r.fold) || strings.Contains(r.fold, "CONG HOA XA HOI CHU NGHIA") {
			return true
		}
	}
	return false
}

// blank says whether no page that was read has text.
func (f *finder) blank() bool {
	for _, s := range f.sheets {
		if !s.scanned() {
			return false
		}
	}
	return true
}

type finder struct {
	doc    Source
	sheets map[int]*sheet
	blocks []block
}

func (f *finder) sheet(ctx context.Context, i int) (*sheet, error) {
	if s, ok := f.sheets[i]; ok {
		return s, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t, err := f.doc.Text(ctx, i) // opens the page, so that its geometry is at hand
	var g geom.Page
	if err == nil {
		g, err = f.doc.Page(ctx, i)
	}
	// A page that is damaged is as good as empty; the others can be read.
	if err != nil && !errors.Is(err, pdfview.ErrFormat) {
		return nil, fmt.Errorf("layout: page %d: %w", i, err)
	}
	s := newSheet(i, g, t)
	f.sheets[i] = s
	return s, nil
}

// only is the confidence in a whole block without «Nơi nhận» when all pages
// were searched and there is neither another block nor that list on another
// page.
const only = 0.92

// possible is the confidence below which a place is none (design/cli.md).
const possible = 0.5

func (f *finder) alone() {
	one := -1
	for i, b := range f.blocks {
		if b.confidence < possible {
			continue
		}
		if one >= 0 || !b.whole || b.confidence < 0.8 {
			return
		}
		one = i
	}
	if one < 0 || len(f.sheets) < f.doc.Pages() {
		return
	}
	for i, s := range f.sheets {
		if i != f.blocks[one].page && s.recipientsAt() >= 0 {
			return
		}
	}
	f.blocks[one].confidence = max(f.blocks[one].confidence, only)
}

// signing are the blocks of those who sign the document, the principal one
// first: those of its page, and on other pages those of more signers, or of the
// other levels of an approval sheet. Beside others none is sure.
func (f *finder) signing(approval bool) []block {
	slices.SortStableFunc(f.blocks, func(a, b block) int { return cmp.Compare(b.confidence, a.confidence) })
	if len(f.blocks) == 0 {
		return nil
	}
	var out []block
	page, more := f.blocks[0].page, false
	for _, b := range f.blocks {
		other := b.page != page
		if other && (b.appended || b.confidence < possible || !b.whole && !approval) {
			continue
		}
		out, more = append(out, b), more || other
	}
	if more {
		for i := range out {
			out[i].confidence = min(out[i].confidence, several)
		}
	}
	return out
}

// closing fills in what stands around the signature block.
func (f *finder) closing(p *Parts, first *sheet, approval bool) {
	all := f.signing(approval)
	p.Addressees = addressees(first)
	end := first
	if len(all) > 0 {
		end = f.sheets[all[0].page]
		p.LastLine = end.lastLine(all[0])
	}
	for _, b := range all {
		p.Signers = append(p.Signers, b.signer(f.sheets[b.page]))
	}
	p.Recipients = recipients(end)
	if p.Recipients == nil && end != first {
		p.Recipients = recipients(first)
	}
	p.PageNumber = pageNumber(end)
}

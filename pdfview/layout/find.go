package layout

import (
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
		blocks := findBlocks(s, h)
		if f.appended(i) {
			for k := range blocks {
				blocks[k].confidence = min(blocks[k].confidence, inAppendix)
				blocks[k].known = min(blocks[k].known, inAppendix)
				blocks[k].whole = false
			}
		}
		f.blocks = append(f.blocks, blocks...)
		if len(blocks) > 0 && blocks[0].confidence >= sure {
			break
		}
	}
	if len(f.blocks) == 0 {
		if err := f.scan(ctx); err != nil {
			return Parts{}, err
		}
	}
	f.alone()
	f.closing(&parts, first)
	return parts, nil
}

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
// were searched and there is neither another block nor that list.
const only = 0.92

func (f *finder) alone() {
	if len(f.blocks) != 1 || !f.blocks[0].whole || f.blocks[0].confidence < 0.8 || len(f.sheets) < f.doc.Pages() {
		return
	}
	for _, s := range f.sheets {
		if s.recipientsAt() >= 0 {
			return
		}
	}
	f.blocks[0].confidence = max(f.blocks[0].confidence, only)
}

// closing fills in what stands around the signature block.
func (f *finder) closing(p *Parts, first *sheet) {
	slices.SortStableFunc(f.blocks, func(a, b block) int {
		switch {
		case a.confidence > b.confidence:
			return -1
		case a.confidence < b.confidence:
			return 1
		default:
			return 0
		}
	})
	p.Addressees = addressees(first)
	end := first
	if len(f.blocks) > 0 {
		end = f.sheets[f.blocks[0].page]
		p.LastLine = end.lastLine(f.blocks[0])
	}
	for _, b := range f.blocks {
		if b.page == end.index {
			p.Signers = append(p.Signers, b.signer(end))
		}
	}
	p.Recipients = recipients(end)
	if p.Recipients == nil && end != first {
		p.Recipients = recipients(first)
	}
	p.PageNumber = pageNumber(end)
}

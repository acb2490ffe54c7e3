package layout_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"trinhky/pdfview/layout"
)

// long prints a document whose block is followed by more pages.
func long(before, after int) []byte {
	r := rand.New(rand.NewPCG(7, 7))
	p := newPress(r)
	p.jumble, p.nfd = false, false
	h := houses[4]
	p.heading(h, kinds[2])
	p.opening(h, kinds[2])
	fill := func(pages int) {
		for start := p.page; p.page < start+pages; {
			p.font("", 13)
			p.paragraph(sentence(r, 60))
		}
	}
	fill(before)
	p.newPage()
	top := p.y
	p.sign((p.left+p.right)/2, p.right, office{"KT. " + h.chief, "PHÓ " + h.chief, "Nguyễn Văn Thử"}, 27)
	p.y = top
	p.recipients()
	if after > 0 {
		p.newPage()
		fill(after - 1)
	}
	return p.output()
}

// The block of a long document is found from the first and the last pages
// alone, or page by page where appendices follow it; ctx ends the search. The
// times are measured, not judged: the machine is not ours alone.
func TestLongDocuments(t *testing.T) {
	for name, c := range map[string]struct{ before, after int }{
		"at the end": {98, 0}, "before appendices": {50, 48},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t, long(c.before, c.after))
			start := time.Now()
			parts, err := layout.Find(context.Background(), d)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d pages in %v", d.Pages(), time.Since(start))
			if len(parts.Signers) != 1 || parts.Signers[0].Band.Confidence < 0.9 || parts.Signers[0].Band.Page < c.before {
				t.Errorf("%+v", parts.Signers)
			}
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			if _, err := layout.Find(ctx, d); !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
		})
	}
}

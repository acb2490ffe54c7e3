package verify

import (
	"slices"

	"trinhky/signer/internal/pdf"
)

// graph is how the objects of the signed revision hang together, from its
// trailer: who refers to the objects that later revisions touched.
type graph struct {
	referrers map[int][]int // object → objects that refer to it; the trailer is 0
	page      map[int]int   // object → page (from 1) where it was first met
	pages     map[int]int   // page objects among all these → their number
}

// maxGraph bounds the walk, in objects.
const maxGraph = 4 << 20

// walkGraph visits every object that the trailer leads to. Only references to
// touched objects are remembered.
func walkGraph(d *pdf.Document, touched map[int]bool) (*graph, error) {
	g := &graph{referrers: map[int][]int{}, page: map[int]int{}, pages: map[int]int{}}
	w := &graphWalk{d: d, g: g, touched: touched, seen: map[int]bool{}, on: map[int]pdf.Ref{}}
	d.Trailer().References(func(r pdf.Ref) { w.refer(r, pdf.Ref{}, pdf.Ref{}) })
	var found []pdf.Ref
	for len(w.stack) > 0 {
		top := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		found = found[:0]
		isPage, err := d.References(top.ref, func(r pdf.Ref) { found = append(found, r) })
		if err != nil {
			continue // unreadable before and after alike
		}
		page := top.page
		if isPage {
			page = top.ref
		}
		if touched[top.ref.Num] && !page.IsZero() {
			w.on[top.ref.Num] = page
		}
		for _, r := range slices.Backward(found) { // so that they come off the stack as they stand in the file
			w.refer(r, top.ref, page)
		}
		if len(w.seen) > maxGraph {
			return nil, errTooLarge
		}
	}
	w.number()
	return g, nil
}

type graphWalk struct {
	d       *pdf.Document
	g       *graph
	touched map[int]bool
	seen    map[int]bool
	on      map[int]pdf.Ref // touched object → page where it was first met
	stack   []step
}

type step struct{ ref, page pdf.Ref }

// refer notes that owner, which belongs to a page, refers to r.
func (w *graphWalk) refer(r, owner, page pdf.Ref) {
	if w.touched[r.Num] && !slices.Contains(w.g.referrers[r.Num], owner.Num) {
		w.g.referrers[r.Num] = append(w.g.referrers[r.Num], owner.Num)
	}
	if !w.seen[r.Num] {
		w.seen[r.Num] = true
		w.stack = append(w.stack, step{r, page})
	}
}

// manyPages is from how many pages on they are counted all at once.
const manyPages = 32

// number finds the numbers of the pages that matter: those that were touched,
// that refer to touched objects, or where such were met.
func (w *graphWalk) number() {
	matter := map[int]bool{}
	for n, refs := range w.g.referrers {
		matter[n] = true
		for _, r := range refs {
			matter[r] = true
		}
	}
	for _, p := range w.on {
		matter[p.Num] = true
	}
	if len(matter) > manyPages {
		if pages, err := w.d.AllPages(); err == nil {
			for i, r := range pages {
				w.g.pages[r.Num] = i + 1
			}
		}
	} else {
		for n := range matter {
			if p := pageNumber(w.d, n); p > 0 {
				w.g.pages[n] = p
			}
		}
	}
	for n, p := range w.on {
		if k := w.g.pages[p.Num]; k > 0 {
			w.g.page[n] = k
		}
	}
}

// pageNumber is the number of a page object, from 1; 0 where it is none.
func pageNumber(d *pdf.Document, num int) int {
	gen, _, ok := d.Defined(num)
	if !ok {
		return 0
	}
	r := pdf.Ref{Num: num, Gen: gen}
	v, err := d.Get(r)
	if err != nil || !v.IsDict() || v.Has("Kids") || v.Has("Subtype") {
		return 0
	}
	if !v.Get("Type").IsName("Page") && !v.Has("Annots") && !v.Has("MediaBox") && !v.Has("Contents") && !v.Has("Parent") {
		return 0
	}
	if i, err := d.PageIndex(r); err == nil && i >= 0 {
		return i + 1
	}
	pages, err := d.AllPages() // an odd tree
	if err != nil {
		return 0
	}
	return slices.Index(pages, r) + 1
}

// pageOn is the number of a page object of the signed revision, from 1; 0 where
// it is none.
func (m *comparison) pageOn(num int) int {
	if n, ok := m.g.pages[num]; ok {
		return n
	}
	n := pageNumber(m.old, num)
	m.g.pages[num] = n
	return n
}

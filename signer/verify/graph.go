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
	pages     map[int]int   // page objects → their number
}

// maxGraph bounds the walk, in objects.
const maxGraph = 4 << 20

// walkGraph visits every object that the trailer leads to. Only references to
// touched objects are remembered.
func walkGraph(d *pdf.Document, touched map[int]bool) (*graph, error) {
	g := &graph{referrers: map[int][]int{}, page: map[int]int{}, pages: map[int]int{}}
	pages, err := d.AllPages()
	if err == nil {
		for i, r := range pages {
			g.pages[r.Num] = i + 1
		}
	}
	w := &graphWalk{d: d, g: g, touched: touched, seen: map[int]bool{}}
	w.refs(d.Trailer(), 0, 0)
	for len(w.stack) > 0 {
		top := w.stack[len(w.stack)-1]
		w.stack = w.stack[:len(w.stack)-1]
		v, err := d.Get(top.ref)
		if err != nil {
			continue // unreadable before and after alike
		}
		page := top.page
		if n := g.pages[top.ref.Num]; n > 0 {
			page = n
		}
		if touched[top.ref.Num] && page > 0 {
			g.page[top.ref.Num] = page
		}
		w.refs(v, top.ref.Num, page)
		if len(w.seen) > maxGraph {
			return nil, errTooLarge
		}
	}
	return g, nil
}

type graphWalk struct {
	d       *pdf.Document
	g       *graph
	touched map[int]bool
	seen    map[int]bool
	stack   []step
}

type step struct {
	ref  pdf.Ref
	page int
}

// refs notes the references within v, which stands in the object owner.
func (w *graphWalk) refs(v pdf.Value, owner, page int) {
	if r, ok := v.Ref(); ok {
		if w.touched[r.Num] && !slices.Contains(w.g.referrers[r.Num], owner) {
			w.g.referrers[r.Num] = append(w.g.referrers[r.Num], owner)
		}
		if !w.seen[r.Num] {
			w.seen[r.Num] = true
			w.stack = append(w.stack, step{r, page})
		}
		return
	}
	for _, x := range v.Items() {
		w.refs(x, owner, page)
	}
}

package signer

import (
	"strconv"

	"trinhky/signer/internal/pdf"
)

// mostLayers bounds the layers that are looked at one by one.
const mostLayers = 2000

// layers looks at the optional content of the catalog (8.11.4).
func (s *activeSearch) layers(catalog pdf.Value) {
	oc := s.get(catalog, "OCProperties")
	groups := s.get(oc, "OCGs")
	n := groups.Len()
	if n == 0 {
		return
	}
	d := s.get(oc, "D")
	hidden := s.get(d, "OFF").Len()
	if s.get(d, "BaseState").IsName("OFF") {
		hidden = max(0, n-s.get(d, "ON").Len())
	}
	for i := range min(n, mostLayers) {
		if g, err := s.doc.Resolve(groups.At(i)); err == nil && s.differs(g) {
			hidden++
		}
	}
	s.items = append(s.items, ActiveItem{Kind: ActiveLayers, Page: -1, Hidden: min(hidden, n), Detail: strconv.Itoa(n)})
}

// differs says whether a layer is to be on the screen and not on paper, or the
// other way round (Table 102).
func (s *activeSearch) differs(group pdf.Value) bool {
	usage := s.get(group, "Usage")
	view := s.get(s.get(usage, "View"), "ViewState").Name()
	paper := s.get(s.get(usage, "Print"), "PrintState").Name()
	off := func(state string) bool { return state == "OFF" }
	return off(view) != off(paper)
}

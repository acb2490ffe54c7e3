package pdf

import "slices"

// Revision is one save of the file: its bytes are [0, End).
type Revision struct {
	End       int64 // behind the %%EOF line, 0 < End ≤ Size
	Startxref int64 // file offset of its newest section
}

// Revisions lists the saves that the chain of sections leads to, oldest first.
// The two sections of a linearised file are one save. A section without a
// startxref and %%EOF behind it belongs to the next save.
func (d *Document) Revisions() []Revision {
	known := map[int64]bool{}
	for _, s := range d.sections {
		known[s.at] = true
	}
	var out []Revision
	for _, s := range d.sections {
		at := s.follow + d.origin
		if s.end > 0 && s.follow > 0 && known[at] {
			out = append(out, Revision{End: s.end, Startxref: at})
		}
	}
	slices.SortFunc(out, func(a, b Revision) int {
		switch {
		case a.End < b.End:
			return -1
		case a.End > b.End:
			return 1
		}
		return 0
	})
	return slices.CompactFunc(out, func(a, b Revision) bool { return a.End == b.End })
}

// Sections returns the file offsets of the cross-reference sections, newest first.
func (d *Document) Sections() []int64 {
	out := make([]int64, len(d.sections))
	for i, s := range d.sections {
		out[i] = s.at
	}
	return out
}

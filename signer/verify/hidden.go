package verify

import (
	"bytes"
	"slices"
)

// maxHiddenScan is up to which size a file without any signature is searched
// for revisions that its newest one leaves out.
const maxHiddenScan = 64 << 20

// hidden returns the signatures of saves that the newest cross-reference
// section does not lead to: a last revision that builds upon an older one than
// the signed, or upon none.
func (x *examination) hidden() ([]*candidate, error) {
	var out []*candidate
	ends, err := x.strayEnds()
	if err != nil {
		return nil, err
	}
	for _, end := range ends {
		if err := x.ctx.Err(); err != nil {
			return nil, err
		}
		for _, c := range x.lost(end, out) {
			c.find("revision-hidden", Error, "the newest revision leaves out the one that has this signature")
			out = append(out, c)
		}
	}
	return out, nil
}

// strayEnds lists the ends of %%EOF lines, newest first, that are no end of a
// known revision.
func (x *examination) strayEnds() ([]int64, error) {
	size := x.doc.Size()
	if size > maxHiddenScan {
		return nil, nil
	}
	const step = 1 << 20
	mark := []byte("%%EOF")
	var ends []int64
	for at := int64(0); at < size; at += step {
		buf := make([]byte, min(step+int64(len(mark))+2, size-at))
		if _, err := x.doc.Reader().ReadAt(buf, at); err != nil {
			return nil, err
		}
		for i := 0; ; {
			k := bytes.Index(buf[i:], mark)
			if k < 0 || i+k >= step {
				break
			}
			i += k + len(mark)
			end := i
			for end < len(buf) && end < i+2 && (buf[end] == '\r' || buf[end] == '\n') {
				end++
			}
			if e := at + int64(end); e < size && !slices.Contains(x.report.Revisions, e) {
				ends = append(ends, e)
			}
		}
	}
	slices.Reverse(ends)
	return ends[:min(len(ends), maxRevisions)], nil
}

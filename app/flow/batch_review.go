package flow

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"trinhky/app/review"
	"trinhky/pdfview/geom"
	"trinhky/signer/batch"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// BatchOpen opens a document of the pile to look at.
func (f *Flow) BatchOpen(i int) {
	row := f.row(i)
	p := &f.pile.now
	if row == nil || !row.State.Signable() && row.State != RowUnready || p.Stage != BatchIdle {
		return
	}
	f.leaveReview()
	p.Opening = i
	f.tellBatch(AllRows)
	s, tokens, own := f.c.Settings, f.lists.Tokens, f.choice
	path, fixed := row.Path, row.fixed
	aside(f, func(ctx context.Context) (opened, error) {
		doc, err := f.c.Reader.Open(ctx, path, nil)
		if err != nil {
			return opened{}, err
		}
		role := nextRole(s, doc)
		a := layAsk{role: role, choice: choose(tokens, own, doc, role), fixed: fixed}
		return opened{doc: doc, desk: f.lay(ctx, s, doc, a)}, nil
	}, func(o opened, err error) { f.reviewOpened(row, o, err) })
}

func (f *Flow) reviewOpened(row *BatchRow, o opened, err error) {
	p := &f.pile.now
	i := f.rowOf(row)
	wanted := i >= 0 && p.Opening == i
	if wanted {
		p.Opening = -1
	}
	defer f.readRow()
	switch {
	case err != nil && wanted:
		row.State, row.Err = RowUnready, err
	case err != nil:
	case !wanted: // the person went elsewhere
		f.closeDocument(o.doc)
	default:
		agreed := row.State == RowAgreed && row.doc.SHA256 == o.doc.SHA256
		f.take(row, o.desk)
		if agreed && row.State == RowReady {
			row.State = RowAgreed
		}
		p.Review = &BatchReview{Index: i, Doc: o.doc, Desk: o.desk}
		f.search(row, p.Review)
	}
	f.tellBatch(AllRows)
}

// search looks for text that nobody sees, beside the person's own reading; it
// is done before anybody can agree.
func (f *Flow) search(row *BatchRow, r *BatchReview) {
	aside(f, r.Doc.Unseen, func(found []verify.Finding, err error) {
		if err != nil {
			f.c.Log.Warn("search for hidden text", "file", r.Doc.Path, "err", err)
		}
		if f.pile.now.Review != r {
			return
		}
		r.Searched = true
		r.Desk.Findings = append(r.Desk.Findings, found...)
		if bad := hindrance(r.Desk); bad != nil && row.State.Signable() {
			row.State, row.Err = RowUnready, bad
		}
		f.tellBatch(AllRows)
	})
}

func (f *Flow) closeDocument(d *review.Document) {
	f.c.Runner.Go(func() func() {
		if err := d.Close(); err != nil {
			f.c.Log.Warn("close document", "err", err)
		}
		return nil
	})
}

// leaveReview lets go of the document that is looked at.
func (f *Flow) leaveReview() {
	p := &f.pile.now
	if p.Review != nil {
		f.closeDocument(p.Review.Doc)
		p.Review = nil
	}
	p.Opening = -1
}

// BatchClose goes back to the grid.
func (f *Flow) BatchClose() {
	f.leaveReview()
	f.tellBatch(AllRows)
	f.readRow()
}

// Sight gathers which parts of the pages were on the screen. The zero value is
// ready; it belongs to one document.
type Sight struct{ spans map[int][][2]float64 }

// wholePage is the part of a page's height that counts as all of it: margins
// are cut to pixels.
const wholePage = 0.985

// Look adds a part of a page (from 0), as fractions of its height from the
// top, and says whether all of the page has been on the screen by now.
func (s *Sight) Look(page int, top, bottom float64) (whole bool) {
	if s.spans == nil {
		s.spans = map[int][][2]float64{}
	}
	all := append(s.spans[page], [2]float64{top, bottom})
	slices.SortFunc(all, func(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) })
	merged := all[:1:1]
	for _, n := range all[1:] {
		last := &merged[len(merged)-1]
		if n[0] <= last[1]+0.002 {
			last[1] = max(last[1], n[1])
		} else {
			merged = append(merged, n)
		}
	}
	s.spans[page] = merged
	sum := 0.0
	for _, m := range merged {
		sum += m[1] - m[0]
	}
	return sum >= wholePage
}

// BatchResume looks whether an earlier start left something, and brings it up.
func (f *Flow) BatchResume() {
	f.withJournal(func(j *batch.Journal) {
		if len(j.Left()) > 0 {
			f.BatchGather()
		}
	})
}

// BatchSaw says that pages (from 0) of the document that is looked at were
// wholly on the screen.
func (f *Flow) BatchSaw(pages ...int) {
	row := f.reviewed()
	if row == nil {
		return
	}
	changed := false
	for _, n := range pages {
		if n >= 0 && n < len(row.Seen) && !row.Seen[n] {
			row.Seen[n], changed = true, true
		}
	}
	if changed {
		f.tellBatch(f.pile.now.Review.Index)
	}
}

// reviewed is the row that is looked at.
func (f *Flow) reviewed() *BatchRow {
	if f.pile.now.Review == nil {
		return nil
	}
	return f.row(f.pile.now.Review.Index)
}

// BatchMove puts the stamp of the document that is looked at elsewhere. What
// was agreed to before does not hold for another place.
func (f *Flow) BatchMove(page int, shown geom.Rect) {
	row, r := f.reviewed(), f.pile.now.Review
	if row == nil {
		return
	}
	s, d := f.c.Settings, r.Desk
	a := layAsk{role: d.Role, choice: d.Signer, fixed: &review.Placement{Page: page, Shown: shown}, keep: &d.Proposed, same: &d}
	aside(f, func(ctx context.Context) (Desk, error) {
		d := f.lay(ctx, s, r.Doc, a)
		return d, ctx.Err()
	}, func(d Desk, err error) {
		if err != nil || f.pile.now.Review != r {
			return
		}
		r.Desk = d
		was := row.State
		f.take(row, d)
		if was == RowAgreed {
			f.withdraw(row)
		}
		f.repaint(row, r.Doc)
		f.tellBatch(AllRows)
	})
}

// repaint paints the picture of a row anew.
func (f *Flow) repaint(row *BatchRow, doc *review.Document) {
	place := row.Place
	type picture = read
	aside(f, func(ctx context.Context) (picture, error) {
		img, err := f.thumb(ctx, doc, place)
		return picture{thumb: img}, err
	}, func(p picture, err error) {
		if i := f.rowOf(row); err == nil && i >= 0 && p.thumb != nil {
			row.Thumb = p.thumb
			f.tellBatch(i)
		}
	})
}

// CanAgree says whether the document that is looked at may be agreed to: its
// pages were on the screen.
func (b Batch) CanAgree() bool {
	if b.Review == nil || b.Review.Index >= len(b.Rows) {
		return false
	}
	r := b.Rows[b.Review.Index]
	return r.State == RowReady && r.Unseen() == 0 && b.Review.Searched
}

// BatchAgree is the button «Đồng ý»: the approval is written down, bound to the
// file, the pages and the place; then the next document comes up.
func (f *Flow) BatchAgree() {
	row := f.reviewed()
	if row == nil || !f.pile.now.CanAgree() {
		return
	}
	row.State = RowAgreed
	row.Output = f.freeOutput(row)
	l := f.approval(row)
	f.write(func(j *batch.Journal) error { return j.Approve(l) }, func(err error) {
		if err != nil {
			row.State = RowReady // an approval that is not written down is none
			f.told(err)
		}
	})
	f.next(f.pile.now.Review.Index)
}

// freeOutput is a name that neither a file nor another row has.
func (f *Flow) freeOutput(row *BatchRow) string {
	used := map[string]bool{}
	for _, r := range f.pile.now.Rows {
		if r != row && (r.State == RowAgreed || r.State == RowWaiting) {
			used[r.Output] = true
		}
	}
	return batch.FreeName(f.signedPath(f.c.Settings, row.Path), used)
}

// approval is what the person agrees to.
func (f *Flow) approval(row *BatchRow) batch.Left {
	return batch.Left{
		Input: row.Path, Output: row.Output, Source: row.doc.SHA256,
		Approval: batch.Approval{
			At: f.c.Now(), Pages: row.SeenPages(), Page: row.Place.Page, Shown: row.Place.Shown, Fixed: row.fixed != nil,
		},
	}
}

// next opens the next document that nobody decided about, or shows the grid.
func (f *Flow) next(after int) {
	n := len(f.pile.now.Rows)
	for k := 1; k < n; k++ {
		if i := (after + k) % n; f.pile.now.Rows[i].State == RowReady {
			f.BatchOpen(i)
			return
		}
	}
	f.BatchClose()
}

// BatchSkip leaves the document as it is and opens the next.
func (f *Flow) BatchSkip() {
	if r := f.pile.now.Review; r != nil {
		f.next(r.Index)
	}
}

// BatchTakeBack takes an agreement back.
func (f *Flow) BatchTakeBack(i int) {
	row := f.row(i)
	if row == nil || row.State != RowAgreed || f.pile.now.Stage != BatchIdle {
		return
	}
	row.State = RowReady
	f.withdraw(row)
	f.tellBatch(AllRows)
}

func (f *Flow) withdraw(row *BatchRow) {
	path, source := row.Path, row.doc.SHA256
	f.write(func(j *batch.Journal) error { return j.Withdraw(path, source) }, f.told)
}

// BatchReturn is «Trả lại»: the document goes off the pile, with a remark for
// who prepared it, and that is written down. An empty remark is refused.
func (f *Flow) BatchReturn(i int, remark string) bool {
	row := f.row(i)
	remark = strings.TrimSpace(remark)
	if row == nil || row.doc == nil || remark == "" || !row.State.Signable() && row.State != RowUnready && row.State != RowSetAside {
		return false
	}
	was := row.State
	row.State, row.Remark = RowReturned, remark
	path, source, at := row.Path, row.doc.SHA256, f.c.Now()
	f.write(func(j *batch.Journal) error {
		return j.SendBack(path, source, batch.Return{At: at, Remark: remark})
	}, func(err error) {
		if err != nil {
			row.State = was
			f.told(err)
			return
		}
		f.record(submit.Entry{Action: submit.ActionReturned, Document: documentName(row), File: source, Result: remark})
	})
	if r := f.pile.now.Review; r != nil && r.Index == i {
		f.next(i)
		return true
	}
	f.tellBatch(AllRows)
	return true
}

// documentName is how a document is called in the audit log.
func documentName(row *BatchRow) string {
	if row.Number != "" {
		return row.Number
	}
	return row.file.Name
}

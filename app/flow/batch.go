package flow

import (
	"context"
	"errors"
	"image"
	"path/filepath"
	"slices"
	"time"

	"trinhky/app/review"
	"trinhky/signer"
	"trinhky/signer/batch"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// The pile («Ký loạt») is a second line of work beside the one document: it is
// read, reviewed and signed while the person does something else. Its state is
// the value Batch; whoever draws it is told by Config.OnBatch.
//
// What a person agreed to is bound to the SHA-256 of the file, to the pages
// that were on the screen and to the place of the stamp. It stands in a journal
// before anything is signed, so that a pile that was cut off goes on at the
// next start; a file that changed since is dropped from the pile.

// RowState is where one document of the pile has come to.
type RowState int

// The states; the zero value is the harmless one.
const (
	RowReading  RowState = iota
	RowReady             // it can be reviewed and agreed to
	RowUnready           // it cannot be signed; Err says why
	RowAgreed            // a person looked at it and agreed
	RowWaiting           // it is in the pile that runs
	RowDone              // signed
	RowSetAside          // a fault of this file; Err says which
	RowReturned          // sent back, with a remark
)

// Signable says whether a document may be reviewed and agreed to.
func (s RowState) Signable() bool { return s == RowReady || s == RowAgreed }

// BatchRow is one document of the pile.
type BatchRow struct {
	Path, Number, Subject string
	Pages                 int
	State                 RowState
	Err                   error
	Place                 review.Placement
	Role                  stamp.Role
	Thumb                 image.Image // the page to be signed with its stamp; nil: not painted yet
	Seen                  []bool      // pages that were wholly on the screen
	Earlier               bool        // it was agreed to before the program was started
	Signer                *Choice
	Output                string
	Asked                 signer.Level
	Signed                signer.Signed
	Remark                string

	doc   *review.Document // without its view
	fixed *review.Placement
	was   *batch.Left // what was agreed to at an earlier start
	file  File
}

// Unseen counts the pages that were not on the screen yet.
func (r *BatchRow) Unseen() int {
	n := 0
	for _, s := range r.Seen {
		if !s {
			n++
		}
	}
	return n
}

// SeenPages lists the pages that were on the screen, from 1.
func (r *BatchRow) SeenPages() []int {
	var out []int
	for i, s := range r.Seen {
		if s {
			out = append(out, i+1)
		}
	}
	return out
}

// BatchStage is what the pile as a whole is doing.
type BatchStage int

// The stages of the pile.
const (
	BatchIdle     BatchStage = iota // documents are read, reviewed, agreed to
	BatchChecking                   // what can fail without the token is tried
	BatchAskPIN
	BatchConsent // the token asks for its PIN at every signature: may it be given again?
	BatchRunning
)

// BatchReview is the document of the pile that is being looked at.
type BatchReview struct {
	Index int
	Doc   *review.Document // open
	Desk  Desk
	// Searched: it was looked through for text that nobody sees.
	Searched bool
}

// Batch is the pile as it stands. Rows are shared with the flow: whoever draws
// them changes nothing.
type Batch struct {
	Stage   BatchStage
	Rows    []*BatchRow
	Review  *BatchReview // nil: the grid is shown
	Opening int          // row that is being opened for review; -1: none

	Signer    *Choice
	PIN       signer.PINState
	Signature bool // the token has a separate PIN for signatures, and asks for it
	Warnings  []verify.Finding
	Problem   error // why the last run stopped, or did not start
	Done      int   // of the pile that runs, or ran last
	Todo      int
	Left      time.Duration // 0: not known yet
	More      int           // documents that wait and did not fit into the pile
}

// mostRows bounds the pile: each row keeps a picture.
const mostRows = 500

// AllRows is the row that OnBatch is told where more than one changed.
const AllRows = -1

// pileOfWork is what the flow keeps of the pile beside what is shown.
type pileOfWork struct {
	now     Batch
	journal *batch.Journal
	opened  bool // the journal was opened, or could not be
	reading bool
	cancel  context.CancelFunc // of the run
	turn    int                // of the run
	began   time.Time
	resume  *Choice // the token that was pulled out of the pile
	decide  chan bool
}

// Batch is the pile as it stands.
func (f *Flow) Batch() Batch { return f.pile.now }

func (f *Flow) tellBatch(row int) {
	if f.c.OnBatch != nil {
		f.c.OnBatch(f.pile.now, row)
	}
}

// Agreed counts the documents that were agreed to and are not signed.
func (b Batch) Agreed() int { return b.count(RowAgreed) }

func (b Batch) count(s RowState) int {
	n := 0
	for _, r := range b.Rows {
		if r.State == s {
			n++
		}
	}
	return n
}

// journalFile is the journal of the pile in the home.
const journalFile = "batch.jsonl"

// withJournal opens the journal, off the thread, and then goes on. A journal
// that cannot be opened is told and keeps the pile from being signed.
func (f *Flow) withJournal(then func(*batch.Journal)) {
	if f.pile.journal != nil {
		then(f.pile.journal)
		return
	}
	if f.pile.opened {
		return
	}
	f.pile.opened = true
	path := filepath.Join(f.c.Home, journalFile)
	aside(f, func(context.Context) (*batch.Journal, error) {
		return batch.Open(path)
	}, func(j *batch.Journal, err error) {
		if err != nil {
			f.pile.opened = false
			f.pile.now.Problem = err
			f.tellBatch(AllRows)
			return
		}
		f.pile.journal = j
		then(j)
	})
}

// closeBatch ends the pile at the end of the program; the journal remembers.
func (f *Flow) closeBatch() {
	if f.pile.cancel != nil {
		f.pile.cancel()
	}
	f.leaveReview()
	if j := f.pile.journal; j != nil {
		if err := j.Close(); err != nil {
			f.c.Log.Warn("close the journal of the pile", "err", err)
		}
	}
}

// write does something to the journal off the thread; its error stops nothing
// that is under way, but it is told.
func (f *Flow) write(do func(j *batch.Journal) error, done func(error)) {
	j := f.pile.journal
	if j == nil {
		done(errors.New("the journal of the pile is not open"))
		return
	}
	aside(f, func(context.Context) (struct{}, error) { return struct{}{}, do(j) }, func(_ struct{}, err error) { done(err) })
}

// record adds a line to the audit log, where there is one. Signatures are
// entered by the pipeline.
func (f *Flow) record(e submit.Entry) {
	if f.c.AuditLog == nil {
		return
	}
	aside(f, func(ctx context.Context) (struct{}, error) {
		_, err := f.c.AuditLog.Append(ctx, e)
		return struct{}{}, err
	}, func(_ struct{}, err error) {
		if err != nil {
			f.c.Log.Error("audit log", "err", err)
			f.pile.now.Problem = err
			f.tellBatch(AllRows)
		}
	})
}

// BatchGather brings the pile up to date with the documents that wait and with
// what the journal has left from an earlier start, and reads what is new.
func (f *Flow) BatchGather() {
	f.withJournal(func(j *batch.Journal) {
		p := &f.pile.now
		p.Rows = slices.DeleteFunc(p.Rows, func(r *BatchRow) bool {
			idle := r.State == RowReading || r.State == RowReady || r.State == RowUnready
			return idle && r.was == nil && p.Review == nil && !slices.ContainsFunc(f.lists.Waiting, func(w File) bool { return w == r.file })
		})
		have := map[string]bool{}
		for _, r := range p.Rows {
			have[r.Path] = true
		}
		if len(p.Rows) == 0 {
			for _, l := range j.Left() {
				if !have[l.Input] && len(p.Rows) < mostRows {
					have[l.Input] = true
					p.Rows = append(p.Rows, &BatchRow{Path: l.Input, was: &l, Earlier: true})
				}
			}
		}
		p.More = 0
		for _, w := range f.lists.Waiting {
			switch {
			case have[w.Path]:
			case len(p.Rows) >= mostRows:
				p.More++
			default:
				have[w.Path] = true
				p.Rows = append(p.Rows, &BatchRow{Path: w.Path, file: w})
			}
		}
		f.tellBatch(AllRows)
		f.readRow()
	})
}

// rowOf finds a row again after something else may have changed the pile.
func (f *Flow) rowOf(r *BatchRow) int { return slices.Index(f.pile.now.Rows, r) }

func (f *Flow) row(i int) *BatchRow {
	if i < 0 || i >= len(f.pile.now.Rows) {
		return nil
	}
	return f.pile.now.Rows[i]
}

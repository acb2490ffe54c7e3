package flow

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"trinhky/app/review"
	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/verify"
)

// Verifier verifies files and shows them; review.Reader has it. It is the
// optional power of a Reader.
type Verifier interface {
	VerifyAll(ctx context.Context, paths []string, password signer.PIN, each func(o review.Outcome, done, all int)) error
	ViewSigned(ctx context.Context, r *verify.Report, n int, password signer.PIN) (pdfview.Document, []geom.Page, error)
	Compare(ctx context.Context, r *verify.Report, n int, password signer.PIN, progress func(done, all int)) (review.Compared, error)
}

// Verifying is the page Kiểm tra: what was verified, and the file that is looked
// at.
type Verifying struct {
	Rows    []review.Outcome
	Running bool
	Done    int // of All
	All     int
	Problem error // why it ended early; nil: it did not

	Chosen int // row that is looked at; -1: the table
	Locked bool
	Wrong  bool // the password that was typed last was refused
	// View is the document that is shown: as it is now, or as signature Signed
	// covered it (0: as it is now).
	View    pdfview.Document
	Pages   []geom.Page
	Signed  int
	ViewErr error
	// Seen is what differs from what was signed; nil until it was compared.
	Seen      *review.Compared
	SeenErr   error
	Comparing bool
	Evidence  review.Evidence
	// Note is the key of what was done last, NoteErr why it could not be.
	Note    string
	NoteErr error
	// Later is what is added to the file that is looked at.
	Later Strengthening
}

// Row is the file that is looked at, nil where none is or it could not be read.
func (v Verifying) Row() *verify.Report {
	if v.Chosen < 0 || v.Chosen >= len(v.Rows) {
		return nil
	}
	return v.Rows[v.Chosen].Report
}

// verifying is what the flow keeps of it beside what is shown.
type verifying struct {
	stop context.CancelFunc // of the work under way
	look context.CancelFunc // of the file that is looked at
	// strengthen ends what is added to it.
	strengthen context.CancelFunc
	password   signer.PIN
	turn       int
	paths      []string
}

// CanVerify says whether there is something to verify with.
func (f *Flow) CanVerify() bool {
	_, ok := f.c.Reader.(Verifier)
	return ok
}

// Verify verifies files and folders. What was verified before goes.
func (f *Flow) Verify(paths ...string) { f.verifyWith(nil, paths) }

func (f *Flow) verifyWith(password signer.PIN, paths []string) {
	v, ok := f.c.Reader.(Verifier)
	if !ok || len(paths) == 0 {
		password.Wipe()
		return
	}
	f.StopVerifying()
	f.closeVerified()
	w := &f.verify
	w.password.Wipe()
	w.password, w.paths = password, paths
	w.turn++
	turn := w.turn
	ctx, stop := context.WithCancel(f.ctx)
	w.stop = stop
	f.lists.Verify = Verifying{Running: true, Chosen: -1, Wrong: len(password) > 0}
	f.tellLists()
	f.c.Runner.Go(func() func() {
		err := v.VerifyAll(ctx, paths, password, func(o review.Outcome, done, all int) {
			f.c.Runner.Post(func() { f.verified(turn, o, done, all) })
		})
		stop()
		return func() { f.verifiedAll(turn, err) }
	})
}

// verified takes one file in.
func (f *Flow) verified(turn int, o review.Outcome, done, all int) {
	if turn != f.verify.turn || f.ctx.Err() != nil {
		return
	}
	l := &f.lists.Verify
	l.Rows = append(l.Rows, o)
	l.Done, l.All = done, all
	f.tellLists()
}

func (f *Flow) verifiedAll(turn int, err error) {
	if turn != f.verify.turn || f.ctx.Err() != nil {
		return
	}
	l := &f.lists.Verify
	l.Running = false
	if !errors.Is(err, context.Canceled) {
		l.Problem = err
	}
	if len(l.Rows) == 1 {
		f.LookVerified(0)
		return
	}
	f.tellLists()
}

// StopVerifying ends what is under way; what was verified stays.
func (f *Flow) StopVerifying() {
	if f.verify.stop != nil {
		f.verify.stop()
	}
}

// UnlockVerified tries again with a password, which it takes over.
func (f *Flow) UnlockVerified(password signer.PIN) { f.verifyWith(password, f.verify.paths) }

// LookVerified opens a row: the document is shown, and compared with what was
// signed.
func (f *Flow) LookVerified(row int) {
	l := &f.lists.Verify
	if row < 0 || row >= len(l.Rows) {
		return
	}
	f.closeVerified()
	l.Chosen, l.Note, l.NoteErr = row, "", nil
	o := l.Rows[row]
	l.Locked = errors.Is(o.Err, signer.ErrPassword)
	if o.Report == nil {
		f.tellLists()
		return
	}
	l.Evidence, _ = review.KeptEvidence(f.c.Home, o.Report.SHA256)
	f.ShowVerified(0)
	f.compareVerified()
}

// LookAwayVerified goes back to the table.
func (f *Flow) LookAwayVerified() {
	f.closeVerified()
	f.lists.Verify.Chosen = -1
	f.tellLists()
}

func (f *Flow) closeVerified() {
	if f.verify.look != nil {
		f.verify.look()
		f.verify.look = nil
	}
	l := &f.lists.Verify
	if v := l.View; v != nil {
		f.c.Runner.Go(func() func() { _ = v.Close(); return nil })
	}
	l.View, l.Pages, l.Signed, l.ViewErr, l.Seen, l.SeenErr, l.Comparing, l.Later = nil, nil, 0, nil, nil, nil, false, Strengthening{}
}

// looking is the context of the file that is looked at.
func (f *Flow) looking() context.Context {
	ctx, stop := context.WithCancel(f.ctx)
	if old := f.verify.look; old != nil {
		f.verify.look = func() { old(); stop() }
	} else {
		f.verify.look = stop
	}
	return ctx
}

// shownFile is a document with its pages.
type shownFile struct {
	view  pdfview.Document
	pages []geom.Page
}

// ShowVerified shows the document as signature n covered it; 0: as it is now.
func (f *Flow) ShowVerified(n int) {
	v, r := f.c.Reader.(Verifier), f.lists.Verify.Row()
	if r == nil {
		return
	}
	row, ctx, password := f.lists.Verify.Chosen, f.looking(), f.verify.password
	aside(f, func(context.Context) (shownFile, error) {
		view, pages, err := v.ViewSigned(ctx, r, n, password)
		return shownFile{view, pages}, err
	}, func(o shownFile, err error) {
		l := &f.lists.Verify
		if ctx.Err() != nil || l.Chosen != row {
			if o.view != nil {
				f.c.Runner.Go(func() func() { _ = o.view.Close(); return nil })
			}
			return
		}
		if old := l.View; old != nil {
			f.c.Runner.Go(func() func() { _ = old.Close(); return nil })
		}
		l.View, l.Pages, l.Signed, l.ViewErr = o.view, o.pages, n, err
		f.tellLists()
	})
	f.tellLists()
}

// compareVerified looks for what differs from what was signed.
func (f *Flow) compareVerified() {
	v, l := f.c.Reader.(Verifier), &f.lists.Verify
	r := l.Row()
	n := review.Suspect(r)
	if n == 0 {
		return
	}
	row, ctx, password := l.Chosen, f.looking(), f.verify.password
	l.Comparing = true
	aside(f, func(context.Context) (review.Compared, error) {
		return v.Compare(ctx, r, n, password, nil)
	}, func(c review.Compared, err error) {
		l := &f.lists.Verify
		if ctx.Err() != nil || l.Chosen != row {
			return
		}
		l.Comparing, l.SeenErr = false, err
		if err == nil {
			l.Seen = &c
		}
		f.tellLists()
	})
}

// noted says what came of saving something.
func (f *Flow) noted(key string) func(struct{}, error) {
	return func(_ struct{}, err error) {
		f.lists.Verify.Note, f.lists.Verify.NoteErr = key, err
		if r := f.lists.Verify.Row(); r != nil {
			f.lists.Verify.Evidence, _ = review.KeptEvidence(f.c.Home, r.SHA256)
		}
		f.tellLists()
	}
}

// SaveVerified writes the report as a PDF; the report, what was seen and the time
// are filled in here.
func (f *Flow) SaveVerified(path string, p review.Paper) {
	r := f.lists.Verify.Row()
	if r == nil {
		return
	}
	p.Report, p.At, p.Font = r, f.c.Now(), f.c.ListFont
	if s := f.lists.Verify.Seen; s != nil {
		p.Visual = *s
	}
	aside(f, func(context.Context) (struct{}, error) {
		if err := review.CheckOutput(r.File, path, true, 1<<20); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, p.Write(path)
	}, f.noted("verify.saved"))
}

// SaveVerifiedJSON writes the report as JSON.
func (f *Flow) SaveVerifiedJSON(path string, say review.Say) {
	if r := f.lists.Verify.Row(); r != nil {
		aside(f, func(context.Context) (struct{}, error) {
			return struct{}{}, review.WriteJSON(path, review.Verified(r, say))
		}, f.noted("verify.saved"))
	}
}

// SaveVerifiedTable writes the table of all files as CSV.
func (f *Flow) SaveVerifiedTable(path string, explain func(error) string) {
	var t review.Sheet
	for _, o := range f.lists.Verify.Rows {
		t.Add(o, explain)
	}
	aside(f, func(context.Context) (struct{}, error) { return struct{}{}, t.Write(path) }, f.noted("verify.saved"))
}

// SaveSigned writes the document as signature n covered it.
func (f *Flow) SaveSigned(path string, n int) {
	r := f.lists.Verify.Row()
	if r == nil || n < 1 || n > len(r.Signatures) {
		return
	}
	aside(f, func(context.Context) (struct{}, error) {
		if info, err := os.Stat(r.File); err != nil {
			return struct{}{}, err
		} else if err := review.CheckOutput(r.File, path, true, info.Size()); err != nil {
			return struct{}{}, err
		}
		_, err := review.WriteSigned(r, n, path)
		return struct{}{}, err
	}, f.noted("verify.saved"))
}

// KeepVerified keeps what the verification stands on; DeleteVerified deletes it.
func (f *Flow) KeepVerified() {
	if r := f.lists.Verify.Row(); r != nil {
		aside(f, func(ctx context.Context) (struct{}, error) {
			_, err := review.KeepEvidence(ctx, f.c.Home, r, f.c.Evidence)
			return struct{}{}, err
		}, f.noted("verify.kept"))
	}
}

// DeleteVerified deletes what was kept of the file.
func (f *Flow) DeleteVerified() {
	if r := f.lists.Verify.Row(); r != nil {
		aside(f, func(context.Context) (struct{}, error) {
			return struct{}{}, review.DeleteEvidence(f.c.Home, r.SHA256)
		}, f.noted("verify.deleted"))
	}
}

// VerifiedName is a name for a file beside what was verified.
func (v Verifying) VerifiedName(suffix string) string {
	if r := v.Row(); r != nil {
		base := filepath.Base(r.File)
		return base[:len(base)-len(filepath.Ext(base))] + suffix
	}
	return "kiem-tra" + suffix
}

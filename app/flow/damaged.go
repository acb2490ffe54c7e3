package flow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"trinhky/app/review"
	"trinhky/signer"
)

// Lost is a part of a damaged document that a repair loses, by its name. Lost
// and Of count pages, fields and annotations, else they are 1.
type Lost struct {
	Part     string
	Lost, Of int
}

// repairMark stands before the extension of a repaired copy.
const repairMark = "-da-sua"

// mostCopies bounds how many repaired copies of one file lie side by side.
const mostCopies = 100

// damage says whether a document that was opened, or could not be, is damaged
// in a way that a repair may mend, and what that would lose: tried out in a
// folder of its own, of which nothing is left. nil: no repair is offered. A
// file that carries a signature is never repaired.
func (f *Flow) damage(ctx context.Context, path string, doc *review.Document, err error) *Damaged {
	var unreadable *signer.UnreadableError
	damaged := err == nil && doc.Permissions.Repairable && len(doc.Report.Signatures) == 0 || errors.As(err, &unreadable)
	if f.c.Repair == nil || !damaged {
		return nil
	}
	dir, terr := os.MkdirTemp("", "trinhky-repair-*")
	if terr != nil {
		f.c.Log.Warn("try a repair", "err", terr)
		return nil
	}
	defer func() { _ = os.RemoveAll(dir) }()
	lost, rerr := f.c.Repair(ctx, path, filepath.Join(dir, "repaired.pdf"))
	if rerr != nil {
		f.c.Log.Info("no repair", "file", path, "err", rerr)
		return nil
	}
	return &Damaged{Path: path, Lost: lost}
}

// Repair writes the repaired copy beside the damaged document and opens it. The
// damaged one stays as it is.
func (f *Flow) Repair() {
	now, ok := f.state.(Damaged)
	if !ok || now.Working {
		return
	}
	f.set(Damaged{Path: now.Path, Lost: now.Lost, Working: true})
	run(f, func(ctx context.Context) (string, error) {
		return f.repaired(ctx, now.Path)
	}, func(copied string, err error) {
		if err != nil {
			f.set(Damaged{Path: now.Path, Lost: now.Lost, Problem: err})
			return
		}
		f.c.Log.Info("repaired", "file", now.Path, "copy", copied, "lost", fmt.Sprint(now.Lost))
		f.Open(copied)
	})
}

// repaired finds a name that is free; what is there already is never replaced.
func (f *Flow) repaired(ctx context.Context, path string) (string, error) {
	ext := filepath.Ext(path)
	stem := strings.TrimSuffix(path, ext) + repairMark
	for n := 1; ; n++ {
		out := stem + ext
		if n > 1 {
			out = stem + "-" + strconv.Itoa(n) + ext
		}
		_, err := f.c.Repair(ctx, path, out)
		if err == nil || !errors.Is(err, signer.ErrExists) || n == mostCopies {
			return out, err
		}
	}
}

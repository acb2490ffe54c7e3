package flow

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/signer"
	"trinhky/signer/verify"
)

// Strengthening is a document timestamp, or the evidence and such a timestamp,
// added to a signed document later (EN 319 142-1, 5.4 and 5.5). The zero value
// is none.
type Strengthening struct {
	Level   signer.Level // asked for: LevelT or LevelLTA
	Running bool
	Stage   signer.Stage
	// File is what was written, "" where nothing was, and Reached the lowest
	// level of its signatures, read back from it.
	File    string
	Reached signer.Level
}

// CanStrengthen says whether the file that is looked at can be given more.
func (f *Flow) CanStrengthen() bool {
	r := f.lists.Verify.Row()
	return f.c.Augment != nil && r != nil && len(r.Signatures) > 0 && r.Verdict != verify.Invalid
}

// Strengthen adds what level asks for to the document that is looked at, as a
// new file at path; that file is looked at then. There is no downgrade: it is
// all there, or nothing is written.
func (f *Flow) Strengthen(path string, level signer.Level) {
	l := &f.lists.Verify
	if !f.CanStrengthen() || l.Later.Running {
		return
	}
	r, s, password := l.Row(), f.c.Settings, f.verify.password
	row, turn := l.Chosen, f.verify.turn
	ctx, stop := context.WithCancel(f.looking())
	f.verify.strengthen = stop
	l.Later, l.Note, l.NoteErr = Strengthening{Level: level, Running: true}, "", nil
	f.tellLists()
	source := r.SHA256
	a := signer.Augmentation{
		Input: r.File, Output: path, Overwrite: true, Password: password, Source: &source, Level: level,
	}
	aside(f, func(context.Context) (review.Outcome, error) {
		defer stop()
		return f.strengthen(ctx, s, a, func(at signer.Stage) {
			f.c.Runner.Post(func() { f.strengthenStage(ctx, at) })
		})
	}, func(o review.Outcome, err error) {
		if turn == f.verify.turn { // else other files are verified by now
			f.strengthened(row, level, o, err)
		}
	})
}

// strengthen writes the file and reads it back. It may wait.
func (f *Flow) strengthen(ctx context.Context, s settings.Settings, a signer.Augmentation, on func(signer.Stage)) (review.Outcome, error) {
	info, err := os.Stat(a.Input)
	if err != nil {
		return review.Outcome{}, err
	}
	if err := review.CheckOutput(a.Input, a.Output, a.Overwrite, info.Size()); err != nil {
		return review.Outcome{}, err
	}
	if len(s.Signing.TSA) == 0 {
		return review.Outcome{}, &review.RuleError{Rule: review.RuleNoTimeServer}
	}
	if _, err := f.c.Augment(ctx, s, a, on); err != nil {
		return review.Outcome{}, err
	}
	out := review.Outcome{File: a.Output}
	// What is written is written: reading it back does not end with the wait.
	err = f.c.Reader.(Verifier).VerifyAll(f.ctx, []string{a.Output}, a.Password, func(o review.Outcome, _, _ int) { out = o })
	return out, err
}

func (f *Flow) strengthenStage(ctx context.Context, at signer.Stage) {
	if l := &f.lists.Verify.Later; l.Running && ctx.Err() == nil {
		l.Stage = at
		f.tellLists()
	}
}

// strengthened shows the new file, or why there is none.
func (f *Flow) strengthened(row int, level signer.Level, o review.Outcome, err error) {
	l := &f.lists.Verify
	here := l.Later.Running && l.Chosen == row
	if !here && err != nil {
		return // left meanwhile, and nothing was written
	}
	l.Later = Strengthening{}
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			l.NoteErr = err
		}
		f.tellLists()
		return
	}
	l.Rows = append(l.Rows, o)
	if here {
		f.LookVerified(len(l.Rows) - 1)
	}
	if o.Report != nil {
		l.Later = Strengthening{Level: level, File: filepath.Base(o.File), Reached: lowest(o.Report)}
	}
	f.tellLists()
}

// lowest is the level of the signature that has the least.
func lowest(r *verify.Report) signer.Level {
	out := signer.LevelLTA
	for _, s := range r.Signatures {
		if s.Kind != verify.DocumentTimestamp {
			out = min(out, s.Level)
		}
	}
	return out
}

// StopStrengthening ends the wait; nothing is written then.
func (f *Flow) StopStrengthening() {
	if f.verify.strengthen != nil {
		f.verify.strengthen()
	}
}

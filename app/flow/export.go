package flow

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"trinhky/submit"
	"trinhky/submit/table"
)

// AuditView is the audit log as it is shown: its newest entries.
type AuditView struct {
	Entries []submit.Entry // the newest first
	Checked int64          // entries that the last check found whole; 0: not checked
	Err     error          // why the log could not be read, or where it is broken
}

// mostEntries bounds the entries that are shown, auditPage those that are read
// at once.
const (
	mostEntries = 200
	auditPage   = 5000
)

// ReadAudit reads the newest entries; check also reads the chain from its
// beginning.
func (f *Flow) ReadAudit(check bool) {
	if f.c.AuditLog == nil {
		return
	}
	aside(f, func(ctx context.Context) (AuditView, error) {
		var v AuditView
		if check {
			if v.Checked, v.Err = f.c.AuditLog.CheckAudit(ctx); v.Err != nil {
				v.Checked = 0
			}
		}
		all, err := f.entries(ctx)
		for i := len(all) - 1; i >= 0 && len(v.Entries) < mostEntries; i-- {
			v.Entries = append(v.Entries, all[i])
		}
		return v, err
	}, func(v AuditView, err error) {
		if err != nil {
			v.Err = err
		}
		f.lists.Audit = v
		f.tellLists()
	})
}

func (f *Flow) entries(ctx context.Context) ([]submit.Entry, error) {
	var all []submit.Entry
	for first := int64(1); ; {
		some, err := f.c.AuditLog.Entries(ctx, first, auditPage)
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if len(some) < auditPage {
			return all, nil
		}
		first = some[len(some)-1].N + 1
	}
}

// Book is a register that can be written out.
type Book int

// The registers.
const (
	BookOutgoing Book = iota
	BookIncoming
	BookAudit
)

// Extract is what of a register is written out.
type Extract struct {
	Book Book
	Year int
	Kind string // outgoing: the series of one kind of documents; "": all
}

// Export writes a register to path, in the format of its ending. All of it or
// nothing.
func (f *Flow) Export(x Extract, path string, done func(error)) {
	s, now := f.c.Settings, f.c.Now()
	format := table.Format(strings.TrimPrefix(strings.ToLower(filepath.Ext(path)), "."))
	aside(f, func(ctx context.Context) (struct{}, error) {
		t, err := f.book(ctx, x, s.Agency.Code)
		if err != nil {
			return struct{}{}, err
		}
		p := table.Print{Agency: s.Agency.Name, Year: x.Year, Made: now, Font: f.c.Print}
		if x.Book == BookAudit {
			p.Year = 0
		}
		return struct{}{}, writeWhole(path, func(out *os.File) error { return t.Write(out, format, p) })
	}, func(_ struct{}, err error) { done(err) })
}

func (f *Flow) book(ctx context.Context, x Extract, agency string) (table.Table, error) {
	year := x.Year
	switch x.Book {
	case BookIncoming:
		all, err := f.arrived(ctx, year)
		return table.Incoming(all, year), err
	case BookAudit:
		all, err := f.entries(ctx)
		return table.Audit(all), err
	case BookOutgoing:
	}
	lines, err := f.c.Register.Lines(ctx, agency, year)
	if err != nil {
		return table.Table{}, err
	}
	lines = slices.DeleteFunc(lines, func(l submit.Line) bool { return x.Kind != "" && l.Series.Book != x.Kind })
	sent, err := f.sent(ctx, year)
	return table.Outgoing(lines, sent), err
}

// exportPage is how much of the journal is read at once.
const exportPage = 1000

// sent are the messages back to the beginning of a year.
func (f *Flow) sent(ctx context.Context, year int) ([]submit.Record, error) {
	var all []submit.Record
	for behind := ""; ; {
		some, err := f.c.Outbox.List(ctx, submit.Filter{Behind: behind, Limit: exportPage})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if len(some) < exportPage || some[len(some)-1].Envelope.Queued.In(submit.WireZone()).Year() < year {
			return all, nil
		}
		behind = some[len(some)-1].Envelope.ID
	}
}

// arrived are the incoming messages back to the beginning of a year.
func (f *Flow) arrived(ctx context.Context, year int) ([]submit.Incoming, error) {
	var all []submit.Incoming
	for behind := ""; ; {
		some, err := f.c.Inbox.List(ctx, submit.Filter{Behind: behind, Limit: exportPage})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if len(some) < exportPage || some[len(some)-1].Received.In(submit.WireZone()).Year() < year {
			return all, nil
		}
		behind = some[len(some)-1].ID
	}
}

// writeWhole writes a file of ours: all of it or nothing.
func writeWhole(path string, fill func(*os.File) error) (err error) {
	out, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close(), os.Remove(out.Name()))
		}
	}()
	if err := fill(out); err != nil {
		return err
	}
	if err := out.Sync(); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Rename(out.Name(), path)
}

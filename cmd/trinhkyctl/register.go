package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"trinhky/assets"
	"trinhky/signer"
	"trinhky/submit"
	"trinhky/submit/table"
)

type registerCommands struct {
	Next    registerNextCommand    `cmd:"" help:"${register_next}"`
	First   registerFirstCommand   `cmd:"" help:"${register_first}"`
	Issue   registerIssueCommand   `cmd:"" help:"${register_issue}"`
	Release registerReleaseCommand `cmd:"" help:"${register_release}"`
	List    registerListCommand    `cmd:"" help:"${register_list}"`
	Export  registerExportCommand  `cmd:"" help:"${register_export}"`
}

// seriesFlags name one row of numbers.
type seriesFlags struct {
	Year int    `placeholder:"YYYY" help:"${year}"`
	Book string `placeholder:"NAME" help:"${book}"`
}

// year is the one asked for, or the present one in Vietnam.
func (f seriesFlags) year() int {
	if f.Year != 0 {
		return f.Year
	}
	return time.Now().In(submit.WireZone()).Year()
}

// series is the series of the own agency.
func (f seriesFlags) series(s *session) submit.Series {
	return submit.Series{Agency: s.Sender().OrganID(), Year: f.year(), Book: f.Book}
}

// lineInfo is a line of the register as JSON prints it.
type lineInfo struct {
	Number     int       `json:"number"`
	Text       string    `json:"text"` // as documents write it: "05"
	Year       int       `json:"year"`
	Book       string    `json:"book"`
	State      string    `json:"state"`
	Notation   string    `json:"notation,omitempty"`
	Date       string    `json:"date,omitempty"`
	Type       string    `json:"type,omitempty"`
	Subject    string    `json:"subject,omitempty"`
	Signer     string    `json:"signer,omitempty"`
	Receivers  string    `json:"receivers,omitempty"`
	DocumentID string    `json:"document_id,omitempty"`
	Envelope   string    `json:"envelope,omitempty"`
	Reserved   time.Time `json:"reserved,omitzero"`
	By         string    `json:"by,omitempty"`
	Note       string    `json:"note,omitempty"`
}

func lineOf(l submit.Line) lineInfo {
	return lineInfo{
		Number: l.Number, Text: submit.FormatNumber(l.Number), Year: l.Series.Year, Book: l.Series.Book,
		State: string(l.State), Notation: l.Notation, Date: string(l.Date), Type: l.Type, Subject: l.Subject,
		Signer: l.Signer, Receivers: l.Receivers, DocumentID: l.DocumentID, Envelope: l.Envelope,
		Reserved: l.Reserved, By: l.By, Note: l.Note,
	}
}

func (s *session) lineRow(l submit.Line) {
	code := submit.FormatNumber(l.Number)
	if l.Notation != "" {
		code += "/" + l.Notation
	}
	s.say("%s · %s · %s · %s", code, l.Date, s.Words.Word("number."+string(l.State)), l.Subject)
}

type registerNextCommand struct{ seriesFlags }

// Run reserves the next number: one that was released, else the one behind the
// last. It is given back with `register release`.
func (c *registerNextCommand) Run(ctx context.Context, s *session) error {
	r, err := s.Register(ctx)
	if err != nil {
		return err
	}
	l, err := r.Reserve(ctx, c.series(s))
	if err != nil {
		return err
	}
	s.answer(lineOf(l))
	s.lineRow(l)
	return nil
}

type registerFirstCommand struct {
	seriesFlags
	Number int `arg:"" name:"number" help:"${register_number}"`
}

// Run makes a series go on behind the numbers that were given out elsewhere this
// year: Number is the next one. It never goes back.
func (c *registerFirstCommand) Run(ctx context.Context, s *session) error {
	if c.Number < 1 {
		return &submit.FieldError{Field: "number", Reason: "numbers begin with 1"}
	}
	r, err := s.Register(ctx)
	if err != nil {
		return err
	}
	if err := r.SetFirst(ctx, c.series(s), c.Number); err != nil {
		return err
	}
	s.answer(map[string]any{"year": c.year(), "book": c.Book, "first": c.Number})
	s.say("%s", submit.FormatNumber(c.Number))
	return nil
}

type registerIssueCommand struct {
	seriesFlags
	Meta   string `required:"" placeholder:"FILE.json" help:"${issue_meta}"`
	Number int    `arg:"" name:"number" help:"${register_number}"`
}

// Run writes the line of a reserved number: it is issued then, for ever.
func (c *registerIssueCommand) Run(ctx context.Context, s *session) error {
	m, err := readMeta(c.Meta, submit.Metadata{})
	if err != nil {
		return err
	}
	r, err := s.Register(ctx)
	if err != nil {
		return err
	}
	l := submit.Line{
		Series: c.series(s), Number: c.Number, Notation: m.Notation, Date: m.Date, Type: m.Type, Subject: m.Subject,
		Signer: m.Signer, State: submit.NumberIssued,
	}
	if m.Number != submit.FormatNumber(c.Number) && m.Number != fmt.Sprint(c.Number) {
		return &submit.FieldError{Field: "number", Reason: fmt.Sprintf("the document has %q, not %d", m.Number, c.Number)}
	}
	if err := r.Issue(ctx, l); err != nil {
		return err
	}
	s.answer(lineOf(l))
	s.lineRow(l)
	return nil
}

type registerReleaseCommand struct {
	seriesFlags
	Number int `arg:"" name:"number" help:"${register_number}"`
}

// Run gives a reserved number back; it is given out again first.
func (c *registerReleaseCommand) Run(ctx context.Context, s *session) error {
	r, err := s.Register(ctx)
	if err != nil {
		return err
	}
	if err := r.Release(ctx, c.series(s), c.Number); err != nil {
		return err
	}
	l := submit.Line{Series: c.series(s), Number: c.Number, State: submit.NumberReleased}
	s.answer(lineOf(l))
	s.lineRow(l)
	return nil
}

type registerListCommand struct{ seriesFlags }

// Run lists the numbers of a year.
func (c *registerListCommand) Run(ctx context.Context, s *session) error {
	lines, err := c.lines(ctx, s)
	if err != nil {
		return err
	}
	out := []lineInfo{}
	for _, l := range lines {
		out = append(out, lineOf(l))
		s.lineRow(l)
	}
	s.answer(map[string]any{"year": c.year(), "lines": out})
	return nil
}

func (f seriesFlags) lines(ctx context.Context, s *session) ([]submit.Line, error) {
	r, err := s.Register(ctx)
	if err != nil {
		return nil, err
	}
	all, err := r.Lines(ctx, s.Sender().OrganID(), f.year())
	if f.Book == "" || err != nil {
		return all, err
	}
	var out []submit.Line
	for _, l := range all {
		if l.Series.Book == f.Book {
			out = append(out, l)
		}
	}
	return out, nil
}

// exportFlags say where a table goes.
type exportFlags struct {
	Out       string `short:"o" required:"" placeholder:"FILE" help:"${table_out}"`
	Overwrite bool   `help:"${overwrite}"`
}

type registerExportCommand struct {
	exportFlags
	seriesFlags
	Incoming bool `help:"${register_incoming}"`
}

// mostLines is how much of the journal a register takes in.
const mostLines = 200_000

// Run writes the register of outgoing or incoming documents of a year with the
// columns of Decree 30/2020, Annex IV. The ending of the name says how.
func (c *registerExportCommand) Run(ctx context.Context, s *session) error {
	var t table.Table
	if c.Incoming {
		box, err := s.Inbox(ctx)
		if err != nil {
			return err
		}
		all, err := box.List(ctx, submit.Filter{Limit: mostLines})
		if err != nil {
			return err
		}
		t = table.Incoming(all, c.year())
	} else {
		lines, err := c.lines(ctx, s)
		if err != nil {
			return err
		}
		box, err := s.Outbox(ctx)
		if err != nil {
			return err
		}
		sent, err := box.List(ctx, submit.Filter{Limit: mostLines})
		if err != nil {
			return err
		}
		t = table.Outgoing(lines, sent)
	}
	return c.export(s, t, c.year())
}

// export writes t: the whole file or nothing.
func (c exportFlags) export(s *session, t table.Table, year int) error {
	format := table.Format(strings.ToLower(strings.TrimPrefix(filepath.Ext(c.Out), ".")))
	switch format {
	case table.CSV, table.XLSX, table.PDF:
	default:
		return usage("table", "path", c.Out)
	}
	print := table.Print{Agency: s.Sender().Name, Year: year, Made: time.Now(), Font: assets.StampFont()}
	if err := c.write(func(w io.Writer) error { return t.Write(w, format, print) }); err != nil {
		return err
	}
	s.answer(map[string]any{"output": c.Out, "rows": len(t.Rows)})
	s.say("%s (%d)", c.Out, len(t.Rows))
	return nil
}

func (c exportFlags) write(fill func(io.Writer) error) (err error) {
	if _, err := os.Stat(c.Out); err == nil && !c.Overwrite {
		return fmt.Errorf("%s: %w", c.Out, signer.ErrExists)
	}
	f, err := os.CreateTemp(filepath.Dir(c.Out), ".writing-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	if err := fill(f); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Chmod(0o644)); err != nil {
		return err
	}
	if err := f.Close(); err != nil { // Windows wants close before rename
		return err
	}
	return os.Rename(f.Name(), c.Out)
}

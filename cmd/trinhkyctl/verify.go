package main

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"trinhky/app/message"
	"trinhky/app/review"
	"trinhky/signer/verify"
)

type verifyCommand struct {
	passwordFlags
	Paths   []string `arg:"" name:"path" help:"${path}"`
	Trust   []string `sep:"none" placeholder:"FILE|DIR" help:"${trust}"`
	At      string   `placeholder:"TIME" help:"${at}"`
	Offline bool     `help:"${offline}"`
	CSV     string   `name:"csv" placeholder:"F" help:"${csv}"`
}

// Run says what signed files are worth: one line of JSON a file, and the worst
// of the codes 2, 3, 4, 5; 40 where a file failed otherwise.
func (c *verifyCommand) Run(ctx context.Context, s *session) error {
	o, err := c.options(s)
	if err != nil {
		return err
	}
	defer o.Password.Wipe()
	files, single, err := c.files()
	if err != nil {
		return err
	}
	worst := exitDone
	table := newSheet(c.CSV)
	for _, file := range files {
		report, err := verify.File(ctx, file, o)
		if err != nil && single {
			return err
		}
		code := exitDone
		if err != nil {
			code = c.failed(s, file, err)
			table.row(file, "error", "", "", "", "", "", "", "", "", "", "", "", "", "", s.explain(err))
		} else {
			table.add(report)
			s.answer(review.Verified(report, s.finding))
			s.report(report)
			code = verdictExit(report.Verdict)
		}
		worst = worse(worst, code)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if c.CSV != "" {
		if err := table.write(); err != nil {
			return err
		}
	}
	return end(worst)
}

func (c *verifyCommand) options(s *session) (verify.Options, error) {
	var o verify.Options
	var err error
	if c.At != "" {
		if o.At, err = time.Parse(time.RFC3339, c.At); err != nil {
			return o, usage("at", "word", c.At)
		}
	}
	if o.Roots, o.Intermediates, err = s.TrustAlso(c.Trust); err != nil {
		return o, err
	}
	if !c.Offline {
		o.Status = s.Status()
	}
	o.Password, err = c.password(s)
	return o, err
}

// files lists what is to be verified; single says that it is the one file that
// was named.
func (c *verifyCommand) files() (files []string, single bool, err error) {
	for _, path := range c.Paths {
		err := filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if e.IsDir() || p != path && !strings.EqualFold(filepath.Ext(p), ".pdf") {
				return nil
			}
			single = p == path && len(c.Paths) == 1
			files = append(files, p)
			return nil
		})
		if err != nil {
			return nil, false, err
		}
	}
	if len(files) == 0 {
		return nil, false, usage("no-pdf")
	}
	return files, single, nil
}

// failed prints the line of a file that could not be examined.
func (c *verifyCommand) failed(s *session, file string, err error) int {
	p := s.problem(err)
	s.answer(struct {
		File  string   `json:"file"`
		Error *problem `json:"error"`
	}{file, p})
	s.say("%s: %s", file, p.Text)
	var path *fs.PathError
	if errors.As(err, &path) || p.Code != exitUnreadable {
		return exitSomeFailed
	}
	return p.Code
}

func verdictExit(v verify.Verdict) int {
	switch v {
	case verify.Valid:
		return exitDone
	case verify.Invalid:
		return exitInvalid
	case verify.Indeterminate:
		return exitIndeterminate
	case verify.None:
		return exitUnsigned
	}
	return exitFault
}

// worse orders the codes of several files: a file that failed otherwise, then
// invalid, indeterminate, unreadable, unsigned, done.
func worse(a, b int) int {
	rank := []int{exitDone, exitUnsigned, exitUnreadable, exitIndeterminate, exitInvalid, exitSomeFailed, exitFault}
	at := func(code int) int {
		for i, c := range rank {
			if c == code {
				return i
			}
		}
		return len(rank)
	}
	if at(b) > at(a) {
		return b
	}
	return a
}

// report tells a person what a file is worth.
func (s *session) report(r *verify.Report) {
	s.say("%s: %s", r.File, s.Words.Verdict(r.Verdict))
	for i := range r.Signatures {
		g := &r.Signatures[i]
		name, when := "?", g.Claimed
		if g.Certificate != nil {
			name = g.Certificate.Subject.CommonName
		}
		level := g.Level.String()
		if g.Legacy {
			level = "legacy"
		}
		if g.Timestamp != nil && g.Timestamp.Valid {
			when = g.Timestamp.Time
		}
		s.tell("cli.signature", "n", strconv.Itoa(g.N), "signer", name, "level", level,
			"time", message.Time(when), "verdict", s.Words.Verdict(g.Verdict))
		s.findings(g.Findings)
	}
	s.findings(r.Findings)
}

func (s *session) findings(list []verify.Finding) {
	for _, f := range list {
		if f.Severity != verify.Info || s.Verbose {
			s.say("    - %s", s.finding(f))
		}
	}
}

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
	"trinhky/assets"
	"trinhky/signer"
	"trinhky/signer/verify"
)

type verifyCommand struct {
	passwordFlags
	Paths   []string `arg:"" name:"path" help:"${path}"`
	Trust   []string `sep:"none" placeholder:"FILE|DIR" help:"${trust}"`
	At      string   `placeholder:"TIME" help:"${at}"`
	Offline bool     `help:"${offline}"`
	CSV     string   `name:"csv" placeholder:"F" help:"${csv}"`
	Report  string   `placeholder:"OUT.pdf" help:"${verify_report}"`
	Visual  string   `placeholder:"DIR" help:"${verify_visual}"`
	Keep    bool     `name:"keep-evidence" help:"${keep_evidence}"`
	Delete  bool     `name:"delete-evidence" help:"${delete_evidence}"`
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
	var table review.Sheet
	var failed error
	err = review.VerifyAll(ctx, files, o, func(v review.Outcome) {
		if failed != nil || v.Err != nil && single {
			failed = errors.Join(failed, v.Err)
			return
		}
		table.Add(v, s.explain)
		code := 0
		if v.Err != nil {
			code = c.failed(s, v.File, v.Err)
		} else if code, failed = c.one(ctx, s, v.Report, o.Password, single); failed != nil {
			return
		}
		worst = worse(worst, code)
	})
	if err := errors.Join(err, failed); err != nil {
		return err
	}
	if c.CSV != "" {
		if err := table.Write(c.CSV); err != nil {
			return err
		}
	}
	return end(worst)
}

// one answers for one file and writes what was asked for beside the answer.
func (c *verifyCommand) one(ctx context.Context, s *session, r *verify.Report, password signer.PIN, single bool) (int, error) {
	v := review.Verified(r, s.finding)
	var seen review.Compared
	if c.Visual != "" {
		reader, err := s.Reader()
		if err != nil {
			return 0, err
		}
		if seen, err = reader.Compare(ctx, r, review.Suspect(r), password, nil); err != nil {
			return 0, err
		}
		if v.Pictures, err = seen.WritePictures(c.Visual, r.File); err != nil {
			return 0, err
		}
	}
	if c.Report != "" {
		path := c.Report
		if !single {
			ext := filepath.Ext(path)
			path = strings.TrimSuffix(path, ext) + "-" + strings.TrimSuffix(filepath.Base(r.File), filepath.Ext(r.File)) + ext
		}
		if err := review.CheckOutput(r.File, path, true, 1<<20); err != nil {
			return 0, err
		}
		if err := s.paper(r, seen).Write(path); err != nil {
			return 0, err
		}
	}
	if err := c.evidence(ctx, s, r); err != nil {
		return 0, err
	}
	s.answer(v)
	s.report(r)
	return verdictExit(r.Verdict), nil
}

// evidence keeps or deletes what the verification stands on.
func (c *verifyCommand) evidence(ctx context.Context, s *session, r *verify.Report) error {
	if c.Delete {
		return review.DeleteEvidence(s.Graph.Home, r.SHA256)
	}
	if !c.Keep {
		return nil
	}
	var source signer.EvidenceSource
	if !c.Offline {
		source = s.Evidence()
	}
	e, err := review.KeepEvidence(ctx, s.Graph.Home, r, source)
	if err == nil {
		s.tell("cli.evidence-kept", "n", strconv.Itoa(len(e.Files)), "dir", e.Dir)
	}
	return err
}

// paper is the printed verification.
func (s *session) paper(r *verify.Report, seen review.Compared) review.Paper {
	return review.Paper{
		Report: r, Visual: seen, At: time.Now(), Font: assets.StampFont(),
		Words: s.Words.Say, Finding: s.finding, Verdict: s.Words.Verdict,
	}
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
	if files, err = review.Files(c.Paths); err != nil {
		return nil, false, err
	}
	if len(files) == 0 {
		return nil, false, usage("no-pdf")
	}
	return files, len(files) == 1 && len(c.Paths) == 1 && files[0] == c.Paths[0], nil
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
	if why := review.Reason(r, s.Words.Say, s.finding); why != "" {
		s.say("  %s", why)
	}
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
	for _, f := range review.Law(r) {
		if f.Severity != verify.Info || s.Verbose {
			s.say("    · %s", s.finding(f))
		}
	}
}

func (s *session) findings(list []verify.Finding) {
	for _, f := range list {
		if f.Severity != verify.Info || s.Verbose {
			s.say("    - %s", s.finding(f))
		}
	}
}

package main

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"trinhky/signer/verify"
)

// sheet is the table of `verify --csv`: one row a signature, one for a file
// without. Spreadsheets want the byte order mark to read Vietnamese.
type sheet struct {
	path string
	rows [][]string
}

func newSheet(path string) *sheet {
	return &sheet{path: path, rows: [][]string{{
		"file", "file_verdict", "n", "field", "kind", "signer", "organization", "verdict", "level", "claimed_time",
		"timestamp", "chain", "revocation", "coverage", "changes", "findings",
	}}}
}

func (t *sheet) add(r *verify.Report) {
	if len(r.Signatures) == 0 {
		t.row(r.File, r.Verdict.String())
	}
	for i := range r.Signatures {
		g := &r.Signatures[i]
		name, organization := "", ""
		if c := g.Certificate; c != nil {
			name = c.Subject.CommonName
			organization = strings.Join(c.Subject.Organization, ", ")
		}
		level, stamped := g.Level.String(), ""
		if g.Legacy {
			level = "legacy"
		}
		if g.Timestamp != nil {
			stamped = g.Timestamp.Time.Format(time.RFC3339)
		}
		claimed := ""
		if !g.Claimed.IsZero() {
			claimed = g.Claimed.Format(time.RFC3339)
		}
		var codes []string
		for _, f := range g.Findings {
			codes = append(codes, f.Code)
		}
		t.row(r.File, r.Verdict.String(), strconv.Itoa(g.N), g.Field, g.Kind.String(), name, organization,
			g.Verdict.String(), level, claimed, stamped, g.Chain.String(), g.Revocation.String(),
			g.Coverage.String(), g.Changes.String(), strings.Join(codes, " "))
	}
}

// row adds a row. A cell that a spreadsheet would take for a formula is made
// text: names come from whoever wrote the documents.
func (t *sheet) row(cells ...string) {
	full := make([]string, len(t.rows[0]))
	for i, c := range cells {
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
			c = "'" + c
		}
		full[i] = c
	}
	t.rows = append(t.rows, full)
}

// write writes the whole table or nothing.
func (t *sheet) write() (err error) {
	f, err := os.CreateTemp(filepath.Dir(t.path), ".trinhky-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.WriteString("\ufeff"); err != nil {
		return err
	}
	w := csv.NewWriter(f)
	if err := w.WriteAll(t.rows); err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), t.path)
}

package review

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io/fs"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"trinhky/signer"
	"trinhky/signer/verify"
)

// Outcome is what came of one file of several.
type Outcome struct {
	File   string
	Report *verify.Report
	Err    error // why it could not be examined
}

// Files lists the PDFs of paths: files as they are, folders with everything
// below them.
func Files(paths []string) ([]string, error) {
	var out []string
	for _, path := range paths {
		err := filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if !e.IsDir() && (p == path || strings.EqualFold(filepath.Ext(p), ".pdf")) {
				out = append(out, p)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// VerifyAll verifies files on all processors and hands every outcome to each, in
// the order of files, on the goroutine of the caller. It ends early when ctx
// does.
func VerifyAll(ctx context.Context, files []string, o verify.Options, each func(Outcome)) error {
	workers := min(runtime.GOMAXPROCS(0), len(files))
	results := make([]chan Outcome, len(files))
	for i := range results {
		results[i] = make(chan Outcome, 1)
	}
	// The workers are never far ahead of what was handed over: reports are kept
	// for as long as nobody took them.
	ahead := make(chan struct{}, 8*max(workers, 1))
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	next := make(chan int)
	wg.Go(func() {
		defer close(next)
		for i := range files {
			select {
			case ahead <- struct{}{}:
			case <-ctx.Done():
				return
			}
			select {
			case next <- i:
			case <-ctx.Done():
				return
			}
		}
	})
	for range workers {
		wg.Go(func() {
			for i := range next {
				r, err := verify.File(ctx, files[i], o)
				results[i] <- Outcome{files[i], r, err}
			}
		})
	}
	for i := range files {
		select {
		case out := <-results[i]:
			<-ahead
			if ctx.Err() != nil {
				return ctx.Err()
			}
			each(out)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Sheet is the table of several verifications: one row a signature, one for a
// file without.
type Sheet struct{ rows [][]string }

var sheetColumns = []string{
	"file", "file_verdict", "n", "field", "kind", "signer", "organization", "verdict", "level", "claimed_time",
	"timestamp", "chain", "revocation", "coverage", "changes", "findings",
}

// Add adds what came of a file; explain makes the sentence of an error.
func (t *Sheet) Add(o Outcome, explain func(error) string) {
	if o.Err != nil {
		row := make([]string, len(sheetColumns))
		row[0], row[1], row[len(row)-1] = o.File, "error", explain(o.Err)
		t.rows = append(t.rows, plainCells(row...))
		return
	}
	r := o.Report
	if len(r.Signatures) == 0 {
		row := make([]string, len(sheetColumns))
		row[0], row[1] = r.File, r.Verdict.String()
		t.rows = append(t.rows, plainCells(row...))
	}
	for i := range r.Signatures {
		t.rows = append(t.rows, plainCells(sheetRow(r, &r.Signatures[i])...))
	}
}

func sheetRow(r *verify.Report, g *verify.Signature) []string {
	name, organization := "", ""
	if c := g.Certificate; c != nil {
		name, organization = c.Subject.CommonName, strings.Join(c.Subject.Organization, ", ")
	}
	level, stamped := g.Level.String(), ""
	if g.Legacy {
		level = "legacy"
	}
	if g.Timestamp != nil {
		stamped = g.Timestamp.Time.Format(time.RFC3339)
	}
	var codes []string
	for _, f := range g.Findings {
		codes = append(codes, f.Code)
	}
	return []string{
		r.File, r.Verdict.String(), strconv.Itoa(g.N), g.Field, g.Kind.String(), name, organization,
		g.Verdict.String(), level, rfc3339(g.Claimed), stamped, g.Chain.String(), g.Revocation.String(),
		g.Coverage.String(), g.Changes.String(), strings.Join(codes, " "),
	}
}

// Write writes the whole table or nothing, in UTF-8 with the byte order mark
// that spreadsheets want.
func (t *Sheet) Write(path string) error {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	if err := w.WriteAll(append([][]string{sheetColumns}, t.rows...)); err != nil {
		return err
	}
	return writeWhole(path, b.Bytes())
}

// VerifyAll verifies files and folders with the anchors and sources of the
// reader; each is told of every outcome and how far it is.
func (r *Reader) VerifyAll(ctx context.Context, paths []string, password signer.PIN, each func(o Outcome, done, all int)) error {
	files, err := Files(paths)
	if err != nil {
		return err
	}
	o, err := r.options(password)
	if err != nil {
		return err
	}
	if r.Status != nil {
		o.Status = r.Status
	}
	done := 0
	return VerifyAll(ctx, files, o, func(out Outcome) {
		done++
		each(out, done, len(files))
	})
}

// WriteJSON writes a value as JSON that people can read, all of it or nothing.
func WriteJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return writeWhole(path, append(data, '\n'))
}

package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"

	"trinhky/cmd/internal/bench"
)

type benchCommand struct {
	Names []string `arg:"" optional:"" name:"NAME" help:"${bench_names}"`
	Dir   string   `placeholder:"DIR" help:"${bench_dir}"`
	Big   int64    `default:"505" placeholder:"MB" help:"${bench_big}"`
}

// Run measures row after row, one JSON line each: 0, or 40 where a bar was missed.
func (c *benchCommand) Run(ctx context.Context, s *session) error {
	rows, err := bench.Named(c.Names)
	if err != nil {
		return usage("bench", "what", err.Error())
	}
	place, clean, err := c.place()
	if err != nil {
		return err
	}
	defer clean()
	code := exitDone
	for _, row := range rows {
		r, err := bench.Run(ctx, row, place)
		if err != nil {
			return err
		}
		if r.Holds != nil && !*r.Holds {
			code = exitSomeFailed
		}
		if err := s.measured(r); err != nil {
			return err
		}
	}
	return end(code)
}

// place is a new directory in memory where there is one, and the programs
// beside this one.
func (c *benchCommand) place() (bench.Place, func(), error) {
	base := c.Dir
	if info, err := os.Stat("/dev/shm"); base == "" && err == nil && info.IsDir() {
		base = "/dev/shm"
	}
	dir, err := os.MkdirTemp(base, "trinhky-bench-")
	if err != nil {
		return bench.Place{}, nil, err
	}
	p := bench.Place{Dir: dir, Big: c.Big << 20}
	if self, err := os.Executable(); err == nil {
		p.Bin = filepath.Dir(self)
		if helper := filepath.Join(p.Bin, "trinhky-token"+filepath.Ext(self)); exists(helper) {
			p.Helper = helper
		}
	}
	return p, func() { _ = os.RemoveAll(dir) }, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func (s *session) measured(r bench.Result) error {
	if s.JSON {
		return json.NewEncoder(s.out).Encode(r)
	}
	switch {
	case r.Skipped != "":
		s.say("– %-28s %s", r.Name, r.Skipped)
	case r.Ratio != nil:
		s.say("%s %-28s %.4g %s · %.4g · × %.3g (%.4g) %s", mark(*r.Holds), r.Name, *r.Value, r.Unit, *r.Limit, *r.Ratio, r.Bar, r.Note)
	default:
		s.say("%s %-28s %.4g %s (%.4g) %s", mark(*r.Holds), r.Name, *r.Value, r.Unit, r.Bar, r.Note)
	}
	return nil
}

func mark(holds bool) string {
	if holds {
		return "✓"
	}
	return "✗"
}

// Package bench measures what the README promises about speed and memory. A
// row measures its own limit (copying, hashing, raw signing …) in the same run,
// so that the ratio means the same on every machine.
package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Row is one promise.
type Row struct {
	Name string // "sign-rsa2048-p1"
	Unit string // of value and limit: "documents/s", "ms", "MB"
	// Bar is what the ratio (with Absolute: the value) may not exceed; with
	// AtLeast it may not fall below it.
	Bar      float64
	AtLeast  bool
	Absolute bool
	// Measure runs the row. It ends early when ctx does.
	Measure func(ctx context.Context, p Place) (Figure, error)
}

// Figure is what a row measured. Limit is zero for absolute rows.
type Figure struct {
	Value, Limit float64
	Note         string // what a reader must know: sizes, counts
}

// Place is where and with what the rows work. Rows leave Dir as they found it.
type Place struct {
	Dir    string // on tmpfs where the machine has one
	Bin    string // directory of the four programs; "" when unknown
	Big    int64  // bytes of the big document
	Helper string // path of trinhky-token; "" when not there
}

// ErrSkipped says that a row could not run here; the text is the reason.
var ErrSkipped = errors.New("skipped")

// Skip is the error of a row that cannot run here.
func Skip(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrSkipped, fmt.Sprintf(format, args...))
}

// Result is a line of `trinhkyctl bench`. Fields without a value are null.
type Result struct {
	Name    string   `json:"name"`
	Value   *float64 `json:"value"`
	Unit    string   `json:"unit"`
	Limit   *float64 `json:"limit"`
	Ratio   *float64 `json:"ratio"`
	Bar     float64  `json:"bar"`
	Holds   *bool    `json:"holds"`
	Note    string   `json:"note,omitempty"`
	Skipped string   `json:"skipped,omitempty"`
}

// Run measures one row. An error other than a skip is the row's own fault.
func Run(ctx context.Context, r Row, p Place) (Result, error) {
	out := Result{Name: r.Name, Unit: r.Unit, Bar: r.Bar}
	f, err := r.Measure(ctx, p)
	if errors.Is(err, ErrSkipped) {
		out.Skipped = strings.TrimPrefix(err.Error(), ErrSkipped.Error()+": ")
		return out, nil
	}
	if err != nil {
		return out, fmt.Errorf("bench %s: %w", r.Name, err)
	}
	out.Note = f.Note
	judged := f.Value
	out.Value = &f.Value
	if !r.Absolute {
		if f.Limit <= 0 || math.IsNaN(f.Limit) {
			return out, fmt.Errorf("bench %s: the limit was not measured", r.Name)
		}
		judged = f.Value / f.Limit
		out.Limit, out.Ratio = &f.Limit, &judged
	}
	holds := judged <= r.Bar
	if r.AtLeast {
		holds = judged >= r.Bar
	}
	out.Holds = &holds
	return out, nil
}

// Rows are all rows in the order in which they run.
func Rows() []Row {
	return slices.Concat(signing(), batches(), verifying(), placing(), sending())
}

// Named are the rows whose names are, or start with, one of names; all rows
// where there are no names. A name without a row is an error.
func Named(names []string) ([]Row, error) {
	if len(names) == 0 {
		return Rows(), nil
	}
	var out []Row
	for _, name := range names {
		n := len(out)
		for _, r := range Rows() {
			if strings.HasPrefix(r.Name, name) {
				out = append(out, r)
			}
		}
		if len(out) == n {
			return nil, fmt.Errorf("bench: no row %q", name)
		}
	}
	return out, nil
}

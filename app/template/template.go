// Package template remembers where a person put a stamp by hand: how far from
// the place that the rule found, for each type of document and each role. It is
// kept as JSON in the home folder, readable by its owner only.
package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"trinhky/pdfview/geom"
)

// Template is one correction. Lengths are millimetres as the page is shown.
type Template struct {
	Type string `json:"type"` // of the document: "QUYẾT ĐỊNH"
	Role string `json:"role"` // stamp.Role.String
	// DX and DY are from the middle of the rule's place to that of the person's.
	DX float64 `json:"dx_mm"`
	DY float64 `json:"dy_mm"`
	// Width and Height are those that the person gave it.
	Width  float64 `json:"width_mm"`
	Height float64 `json:"height_mm"`
}

// leastMM is what a correction must move or resize to be one.
const leastMM = 0.5

// Bounds against a file that somebody else wrote.
const (
	mostTemplates = 1000
	mostMM        = 1500
	mostBytes     = 1 << 20
)

// Of is the correction from the rule's place to the person's, on one page; ok
// is false where they are the same.
func Of(kind, role string, rule, own geom.Rect) (t Template, ok bool) {
	a, b := rule.Center(), own.Center()
	t = Template{
		Type: clean(kind), Role: role, DX: mm(b.X - a.X), DY: mm(b.Y - a.Y), Width: mm(own.W()), Height: mm(own.H()),
	}
	same := math.Hypot(t.DX, t.DY) < leastMM &&
		math.Abs(t.Width-mm(rule.W())) < leastMM && math.Abs(t.Height-mm(rule.H())) < leastMM
	return t, !same && t.Type != ""
}

// Apply puts the correction upon the rule's place of another document, kept on
// a page of that size.
func (t Template) Apply(rule geom.Rect, page geom.Size) geom.Rect {
	c := rule.Center()
	size := geom.Size{W: min(geom.MM(t.Width), page.W), H: min(geom.MM(t.Height), page.H)}
	r := geom.CenterOn(geom.Point{X: c.X + geom.MM(t.DX), Y: c.Y + geom.MM(t.DY)}, size)
	dx := max(0, -r.X0) - max(0, r.X1-page.W)
	dy := max(0, -r.Y0) - max(0, r.Y1-page.H)
	return r.Move(dx, dy)
}

func (t Template) valid() bool {
	for _, v := range []float64{t.DX, t.DY, t.Width, t.Height} {
		if math.IsNaN(v) || math.Abs(v) > mostMM {
			return false
		}
	}
	return t.Type != "" && t.Role != "" && t.Width > 0 && t.Height > 0
}

func mm(points float64) float64 { return math.Round(geom.ToMM(points)*100) / 100 }

func clean(kind string) string {
	return strings.ToUpper(strings.Join(strings.Fields(norm.NFC.String(kind)), " "))
}

// List is all corrections.
type List []Template

// Find is the correction for a type and a role.
func (l List) Find(kind, role string) (Template, bool) {
	for _, t := range l {
		if t.Type == clean(kind) && t.Role == role {
			return t, true
		}
	}
	return Template{}, false
}

// With is the list with t in place of an older one for the same type and role.
func (l List) With(t Template) List {
	out := append(l.Without(t.Type, t.Role), t)
	return out[max(0, len(out)-mostTemplates):]
}

// Without is the list without the one for a type and a role.
func (l List) Without(kind, role string) List {
	return slices.DeleteFunc(slices.Clone(l), func(t Template) bool { return t.Type == clean(kind) && t.Role == role })
}

// Except is the list without those for a type; with a role, without that one.
func (l List) Except(kind, role string) List {
	return slices.DeleteFunc(slices.Clone(l), func(t Template) bool { return t.Type == clean(kind) && (role == "" || t.Role == role) })
}

func file(home string) string { return filepath.Join(home, "templates.json") }

// Load reads the corrections of a home; none are an empty list. What is not
// one is left out.
func Load(home string) (List, error) {
	data, err := os.ReadFile(file(home))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	if len(data) > mostBytes {
		return nil, fmt.Errorf("templates: %d bytes", len(data))
	}
	var l List
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("%s: %w", file(home), err)
	}
	for i := range l {
		l[i].Type = clean(l[i].Type)
	}
	l = slices.DeleteFunc(l, func(t Template) bool { return !t.valid() })
	return l[:min(len(l), mostTemplates)], nil
}

// Save writes the corrections: the whole file or nothing.
func Save(home string, l List) (err error) {
	data, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return fmt.Errorf("encode templates: %w", err)
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(home, ".writing-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(append(data, '\n')); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil { // Windows wants close before rename
		return err
	}
	return os.Rename(f.Name(), file(home))
}

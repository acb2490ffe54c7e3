package layout_test

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer/signertest/sample"
)

// tally counts what was read right.
type tally struct {
	right, all map[string]int
	misses     []string
}

func (c *tally) note(name string, ok bool, format string, args ...any) {
	c.all[name]++
	if ok {
		c.right[name]++
		return
	}
	c.misses = append(c.misses, name+": "+fmt.Sprintf(format, args...))
}

// within is the share of a that lies in b.
func within(a, b geom.Rect) float64 {
	if a.Empty() {
		return 0
	}
	c := a.Intersect(b)
	return c.W() * c.H() / (a.W() * a.H())
}

// rightPlace says whether four fifths of the band that was found lie in the
// true one, and the other way round from top to bottom.
func rightPlace(got layout.Part, want sample.Part) bool {
	return got.Page == want.Page && within(got.Rect, want.Rect) >= 0.8 &&
		got.Rect.Intersect(want.Rect).H() >= 0.8*want.Rect.H()
}

func (c *tally) document(seed uint64, got layout.Parts, want sample.Truth) {
	text := func(name string, got layout.Part, want sample.Part) {
		a, b := strings.Join(strings.Fields(got.Text), " "), strings.Join(strings.Fields(want.Text), " ")
		c.note(name, a == b, "%d: %q, the truth is %q", seed, a, b)
	}
	text("number", got.Number, want.Number)
	text("notation", got.Notation, want.Notation)
	text("place", got.Place, want.Place)
	text("date", got.Date, want.Date)
	text("subject", got.Subject, want.Subject)
	text("motto", got.Motto, want.Motto)
	text("agency", got.Agency, want.Agency)
	text("parent", got.Parent, want.Parent)
	text("urgency", got.Urgency, want.Urgency)
	if want.Type.Text == "" {
		want.Type.Text = "Công văn"
	}
	text("type", got.Type, want.Type)
	c.note("recipients", len(got.Recipients) == len(want.Recipients), "%d: %d of %d", seed, len(got.Recipients), len(want.Recipients))
	c.note("signers", len(got.Signers) == len(want.Signers), "%d: %d of %d", seed, len(got.Signers), len(want.Signers))
	for _, w := range want.Signers {
		c.signer(seed, got.Signers, w)
	}
	for _, s := range got.Signers {
		if s.Band.Confidence < 0.9 {
			continue
		}
		ok := false
		for _, w := range want.Signers {
			ok = ok || rightPlace(s.Band, w.Band)
		}
		c.note("sure place", ok, "%d: %q at %v page %d", seed, s.Name.Text, s.Band.Rect, s.Band.Page)
	}
	if len(want.Signers) == 1 {
		sure := len(got.Signers) > 0 && got.Signers[0].Band.Confidence >= 0.9
		c.note("sure where one signs", sure, "%d: %+v", seed, got.Signers)
	}
}

func (c *tally) signer(seed uint64, got []layout.Signer, want sample.SignerTruth) {
	for _, g := range got {
		if g.Name.Text != want.Name.Text {
			continue
		}
		ok := g.Authority.Text == want.Authority.Text && g.Title.Text == want.Title.Text
		c.note("signer", ok, "%d: %q, %q; the truth is %q, %q", seed, g.Authority.Text, g.Title.Text, want.Authority.Text, want.Title.Text)
		c.note("block", rightPlace(g.Band, want.Band), "%d: %v page %d, the truth is %v page %d",
			seed, g.Band.Rect, g.Band.Page, want.Band.Rect, want.Band.Page)
		return
	}
	c.note("signer", false, "%d: no %q", seed, want.Name.Text)
	c.note("block", false, "%d: none for %q", seed, want.Name.Text)
}

func (c *tally) check(t *testing.T, bars map[string]float64) {
	names := make([]string, 0, len(c.all))
	for n := range c.all {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		rate := float64(c.right[n]) / float64(c.all[n])
		t.Logf("%-22s %5.1f %% of %d", n, rate*100, c.all[n])
		if bar, ok := bars[n]; ok && rate < bar {
			t.Errorf("%s: %.2f %%, the bar is %.1f %%", n, rate*100, bar*100)
		}
	}
	if t.Failed() || testing.Verbose() {
		for _, m := range c.misses[:min(len(c.misses), 60)] {
			t.Log(m)
		}
	}
}

// documents is how many documents the truth is taken from. LAYOUT_DOCUMENTS asks
// for more: 300 for the bars of the issue.
func documents(t *testing.T) int {
	t.Helper()
	if s := os.Getenv("LAYOUT_DOCUMENTS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 40
}

func TestGroundTruth(t *testing.T) {
	c := tally{right: map[string]int{}, all: map[string]int{}}
	for seed := range uint64(documents(t)) {
		pdf, truth := administrative(seed)
		d := open(t, pdf)
		got, err := layout.Find(context.Background(), d)
		if err != nil {
			t.Fatalf("%d: %v", seed, err)
		}
		c.document(seed, got, truth)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	c.check(t, map[string]float64{
		"block": 0.99, "sure place": 0.998, "number": 0.98, "notation": 0.98, "date": 0.98, "type": 0.98, "subject": 0.98, "signer": 0.98,
	})
}

func TestNotAdministrative(t *testing.T) {
	c := tally{right: map[string]int{}, all: map[string]int{}}
	for seed := range uint64(documents(t) / 4) {
		kind := foreignKinds[seed%uint64(len(foreignKinds))]
		d := open(t, other(seed, kind))
		got, err := layout.Find(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		ok := true
		for _, s := range got.Signers {
			ok = ok && s.Band.Confidence < 0.9
		}
		c.note("no sure place", ok, "%s %d: %+v", kind, seed, got.Signers)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	c.check(t, map[string]float64{"no sure place": 1})
}

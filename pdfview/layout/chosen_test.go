package layout_test

import (
	"context"
	"slices"
	"testing"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer/signertest/sample"
)

// The box of a signer is chosen by a title that only one box has, also where no
// name is printed in it; what is sure then is right.
func TestChosenByTitle(t *testing.T) {
	c := newTally()
	for seed := range samples(25, 150) {
		pdf, truth, err := sample.Generate(sample.ApprovalSheet(seed, sampleDate))
		if err != nil {
			t.Fatal(err)
		}
		d := open(t, pdf)
		parts, err := layout.Find(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range truth.Signers {
			alike := 0
			for _, other := range truth.Signers {
				if other.Title.Text == want.Title.Text {
					alike++
				}
			}
			first := parts.Whose(layout.Who{Title: want.Title.Text, Told: true}).Signers
			if alike > 1 || len(first) == 0 {
				continue
			}
			right, sure := rightPlace(first[0].Band, want.Band), first[0].Band.Confidence >= 0.9
			kind := "box with a name"
			if want.Name.Text == "" {
				kind = "box without a name"
			}
			c.note(kind, right, "%d: %q: %v page %d, the truth is %v page %d", seed, want.Title.Text, first[0].Band.Rect, first[0].Band.Page, want.Band.Rect, want.Band.Page)
			c.note(kind+", sure", sure, "%d: %q %.2f", seed, want.Title.Text, first[0].Band.Confidence)
			if sure {
				c.note("sure place", right, "%d: %q %q", seed, want.Title.Text, want.Name.Text)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	c.check(t, map[string]float64{"box with a name": 0.99, "sure place": 0.998})
}

// unnamed is a sheet before the names of its people were typed.
type unnamed struct {
	pdfview.Document
	names []sample.Part
}

func (u unnamed) Text(ctx context.Context, page int) (pdfview.Text, error) {
	t, err := u.Document.Text(ctx, page)
	t.Chars = slices.DeleteFunc(t.Chars, func(c pdfview.Char) bool {
		return slices.ContainsFunc(u.names, func(n sample.Part) bool {
			return n.Page == page && !n.Rect.Inset(-1).Intersect(geom.Rect{X0: c.Base.X, Y0: c.Base.Y, X1: c.Base.X + 0.1, Y1: c.Base.Y + 0.1}).Empty()
		})
	})
	return t, err
}

// In a box without a name the place lies where the blank and the name would be.
func TestBoxesWithoutNames(t *testing.T) {
	c := newTally()
	for seed := range samples(25, 150) {
		pdf, truth, err := sample.Generate(sample.ApprovalSheet(seed, sampleDate))
		if err != nil {
			t.Fatal(err)
		}
		d := open(t, pdf)
		u := unnamed{Document: d}
		for _, s := range truth.Signers {
			u.names = append(u.names, s.Name)
		}
		parts, err := layout.Find(context.Background(), u)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range truth.Signers {
			first := parts.Whose(layout.Who{Title: want.Title.Text, Told: true}).Signers
			if len(first) == 0 {
				c.note("found", false, "%d: %q", seed, want.Title.Text)
				continue
			}
			box := want.Band.Rect.Union(want.Name.Rect)
			box.X0, box.X1 = box.X0-geom.MM(60), box.X1+geom.MM(60)
			right := first[0].Band.Page == want.Band.Page && within(first[0].Band.Rect, box) >= 0.8
			c.note("found", right, "%d: %q: %v page %d, the truth is %v page %d", seed, want.Title.Text, first[0].Band.Rect, first[0].Band.Page, box, want.Band.Page)
			if first[0].Band.Confidence >= 0.9 {
				c.note("sure place", right, "%d: %q: %v, the truth is %v", seed, want.Title.Text, first[0].Band.Rect, box)
			}
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	c.check(t, map[string]float64{"sure place": 0.998})
}

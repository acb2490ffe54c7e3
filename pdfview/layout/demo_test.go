package layout_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/pdfview/pdfium"
	"trinhky/signer/signertest/sample"
)

var engine *pdfium.Engine

func TestMain(m *testing.M) {
	dir, err := pdfium.DefaultCacheDir()
	if err != nil {
		dir = ""
	}
	engine = pdfium.New(pdfium.Config{CacheDir: dir})
	code := m.Run()
	if err := engine.Close(); err != nil && code == 0 {
		code = 1
	}
	os.Exit(code)
}

func open(t *testing.T, pdf []byte) pdfview.Document {
	t.Helper()
	d, err := engine.Open(context.Background(), pdf, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// overlap is the common area of two rectangles over the area of both.
func overlap(a, b geom.Rect) float64 {
	area := func(r geom.Rect) float64 { return r.W() * r.H() }
	c := area(a.Intersect(b))
	return c / (area(a) + area(b) - c)
}

// compare lists what was read differently from the truth.
func compare(got layout.Parts, want sample.Truth) []string {
	var wrong []string
	text := func(name string, got layout.Part, want sample.Part) {
		if got.Text != want.Text || want.Text != "" && got.Page != want.Page {
			wrong = append(wrong, fmt.Sprintf("%s: %q on page %d, the truth is %q on page %d", name, got.Text, got.Page, want.Text, want.Page))
		}
	}
	text("parent", got.Parent, want.Parent)
	text("agency", got.Agency, want.Agency)
	text("number", got.Number, want.Number)
	text("notation", got.Notation, want.Notation)
	text("place", got.Place, want.Place)
	text("date", got.Date, want.Date)
	text("subject", got.Subject, want.Subject)
	text("urgency", got.Urgency, want.Urgency)
	text("motto", got.Motto, want.Motto)
	if want.Type.Text != "" {
		text("type", got.Type, want.Type)
	} else if got.Type.Text != "Công văn" || !got.Type.Rect.Empty() {
		wrong = append(wrong, fmt.Sprintf("type: %+v, the truth is a công văn", got.Type))
	}
	if len(got.Signers) != len(want.Signers) {
		return append(wrong, fmt.Sprintf("%d signers, the truth is %d", len(got.Signers), len(want.Signers)))
	}
	for _, w := range want.Signers {
		wrong = append(wrong, compareSigner(got.Signers, w)...)
	}
	return wrong
}

func compareSigner(got []layout.Signer, want sample.SignerTruth) []string {
	for _, g := range got {
		if g.Name.Text != want.Name.Text {
			continue
		}
		var wrong []string
		if g.Authority.Text != want.Authority.Text || g.Title.Text != want.Title.Text {
			wrong = append(wrong, fmt.Sprintf("%s: %q, %q; the truth is %q, %q", g.Name.Text, g.Authority.Text, g.Title.Text, want.Authority.Text, want.Title.Text))
		}
		if o := overlap(g.Band.Rect, want.Band.Rect); o < 0.8 || g.Band.Page != want.Band.Page {
			wrong = append(wrong, fmt.Sprintf("%s: band %v page %d overlaps %.2f with %v page %d", g.Name.Text, g.Band.Rect, g.Band.Page, o, want.Band.Rect, want.Band.Page))
		}
		return wrong
	}
	return []string{fmt.Sprintf("no signer %q", want.Name.Text)}
}

// The demonstration documents are read without a fault, and the place of the
// signature is sure.
func TestDemoDocuments(t *testing.T) {
	for _, d := range sample.Demo(time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), "Nguyễn Văn Thử") {
		t.Run(d.Notation, func(t *testing.T) {
			pdf, truth, err := sample.Generate(d)
			if err != nil {
				t.Fatal(err)
			}
			parts, err := layout.Find(context.Background(), open(t, pdf))
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range compare(parts, truth) {
				t.Error(w)
			}
			if len(parts.Signers) != 1 || parts.Signers[0].Band.Confidence < 0.9 {
				t.Errorf("signers: %+v", parts.Signers)
			}
			if len(parts.Recipients) != len(truth.Recipients) || len(parts.Addressees) != len(truth.Addressees) {
				t.Errorf("recipients %v, addressees %v", parts.Recipients, parts.Addressees)
			}
			if parts.Day != 21 || parts.Month != 11 || parts.Year != 2026 {
				t.Errorf("date %d %d %d", parts.Day, parts.Month, parts.Year)
			}
		})
	}
}

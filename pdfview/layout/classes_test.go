package layout_test

import (
	"context"
	"image"
	"math"
	"os"
	"testing"
	"time"

	"trinhky/pdfview"
	"trinhky/pdfview/layout"
	"trinhky/signer/signertest/sample"
)

// soak says whether the full counts are asked for.
func soak() bool { return os.Getenv("TRINHKY_SOAK") != "" }

// samples is a number of documents, or all under TRINHKY_SOAK.
func samples(few, all uint64) uint64 {
	if soak() {
		return all
	}
	return few
}

var sampleDate = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// sampled makes the tally of one class of the other generator, whose documents
// the rules were not made on.
func sampled(t *testing.T, n uint64, make func(seed uint64) sample.Document) *tally {
	t.Helper()
	c := newTally()
	for seed := range n {
		pdf, truth, err := sample.Generate(make(seed))
		if err != nil {
			t.Fatal(err)
		}
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
	return c
}

func newTally() *tally { return &tally{right: map[string]int{}, all: map[string]int{}} }

// bars are those of the promise, for documents with a text layer.
func bars() map[string]float64 {
	return map[string]float64{
		"block": 0.99, "sure place": 0.998, "number": 0.98, "notation": 0.98, "date": 0.98, "type": 0.98, "subject": 0.98, "signer": 0.98,
	}
}

func TestSamples(t *testing.T) {
	sampled(t, samples(40, 400), func(seed uint64) sample.Document { return sample.Random(seed, sampleDate) }).check(t, bars())
}

func TestApprovalSheets(t *testing.T) {
	sampled(t, samples(25, 150), func(seed uint64) sample.Document { return sample.ApprovalSheet(seed, sampleDate) }).check(t, bars())
}

func TestSamplesOfOthers(t *testing.T) {
	c := newTally()
	for seed := range samples(12, 100) {
		pdf, kind, err := sample.Other(seed, sampleDate)
		if err != nil {
			t.Fatal(err)
		}
		d := open(t, pdf)
		got, err := layout.Find(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		sure := false
		for _, s := range got.Signers {
			sure = sure || s.Band.Confidence >= 0.9
		}
		c.note("no sure place", !sure, "%s %d: %+v", kind, seed, got.Signers)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	c.check(t, map[string]float64{"no sure place": 1})
}

// Scans of the other generator's documents: colour or gray, 200 to 300 dpi,
// askew, with noise and dust. The block is found, and never surely.
func TestSampleScans(t *testing.T) {
	c := newTally()
	n := samples(3, 80)
	for seed := uint64(0); uint64(c.all["block of a scan"]) < n; seed++ {
		doc := sample.Random(seed+9000, sampleDate)
		if len(doc.Signers) != 1 || doc.Pages > 3 || doc.Style.Annexes > 0 {
			continue
		}
		pdf, truth, err := sample.Generate(doc)
		if err != nil {
			t.Fatal(err)
		}
		o := sample.ScanOptions{
			DPI: 200 + 50*float64(seed%3), Skew: float64(seed%7)*0.35 - 1.05, Noise: 4 + float64(seed%5)*2,
			Specks: int(seed % 4 * 40), Gray: seed%2 == 0, Quality: 60 + int(seed%3)*10, Seed: seed,
		}
		source := open(t, pdf)
		scan, moved, err := sample.Scan(pagesOf(t, source, o.DPI), truth, o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := layout.Find(context.Background(), open(t, scan))
		if err != nil {
			t.Fatal(err)
		}
		want := moved.Signers[0].Band
		c.note("block of a scan", len(got.Signers) == 1 && got.Signers[0].Band.Page == want.Page &&
			within(got.Signers[0].Band.Rect, want.Rect) >= 0.8 && got.Signers[0].Band.Rect.Intersect(want.Rect).H() >= 0.7*want.Rect.H(),
			"%d: %+v, the truth is %v page %d of %d", seed, got.Signers, want.Rect, want.Page, truth.Pages)
		for _, s := range got.Signers {
			c.note("unsure of a scan", s.Band.Confidence < 0.9, "%d: %+v", seed, s)
		}
	}
	c.check(t, map[string]float64{"block of a scan": 0.9, "unsure of a scan": 1})
}

// pagesOf renders the pages of a document.
func pagesOf(t *testing.T, d pdfview.Document, dpi float64) []image.Image {
	t.Helper()
	var out []image.Image
	w, h := int(math.Ceil(pageW/25.4*dpi)), int(math.Ceil(pageH/25.4*dpi))
	for i := range d.Pages() {
		img, err := d.Render(context.Background(), i, dpi/72, image.Rect(0, 0, w, h))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, img)
	}
	return out
}

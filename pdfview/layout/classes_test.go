package layout_test

import (
	"context"
	"os"
	"testing"
	"time"

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

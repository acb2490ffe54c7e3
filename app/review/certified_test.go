package review_test

import (
	"slices"
	"testing"

	"trinhky/app/flow/flowtest"
	"trinhky/app/review"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// A visible new field on a certified document is told before the PIN; a prepared
// field, an invisible signature and an ordinary document are not.
func TestCertifiedField(t *testing.T) {
	for _, c := range []struct {
		name      string
		certified int
		field     string
		how       review.How
		want      bool
	}{
		{"new on certified", 2, "", review.Auto, true},
		{"new and named on certified", 3, "Moi", review.Fixed, true},
		{"prepared", 2, "LanhDao", review.Auto, false},
		{"invisible", 2, "", review.Invisible, false},
		{"not certified", 0, "", review.Auto, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := flowtest.Document("a.pdf")
			d.Permissions.Certified, d.Fields = c.certified, []review.Field{{Name: "LanhDao", Page: 1}}
			p := review.Placement{How: c.how, Field: c.field, Page: 1, Rect: flowtest.Band, Shown: d.Pages[1].RectToShown(flowtest.Band), Confidence: 1, Appearance: &signer.Appearance{}}
			found, err := d.Check(t.Context(), p, stamp.Input{}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := slices.ContainsFunc(found, func(f verify.Finding) bool { return f.Code == review.CertifiedField }); got != c.want {
				t.Errorf("found %v", found)
			}
		})
	}
}

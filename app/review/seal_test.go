package review

import (
	"testing"

	"trinhky/pdfview/geom"
	"trinhky/signer/stamp"
)

// A seal that nobody measured is named; one whose width the settings, its PNG
// or the agency's own rules know is not.
func TestAssumedWidthIsNamed(t *testing.T) {
	own, err := stamp.Variant([]byte(`{"sets":{"tt01":{"profiles":{"seal":{"picture":{"use":"shown","colour":"red","true_size":true,"width_mm":40}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	profile, err := own.Profile(stamp.TT01, stamp.Seal)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		role    stamp.Role
		width   float64
		profile *stamp.Profile
		blank   bool
		want    string
	}{
		"nobody":       {role: stamp.Seal, want: "36"},
		"digitised":    {role: stamp.Digitised, want: "36"},
		"measured":     {role: stamp.Seal, width: geom.MM(36)},
		"own rules":    {role: stamp.Seal, profile: &profile},
		"no seal":      {role: stamp.Seal, blank: true},
		"open in size": {role: stamp.Leader},
	} {
		d, in := document(0.95), input(t, stamp.Seal)
		in.Role, in.Rules, in.Width, in.Profile = c.role, stamp.TT01, c.width, c.profile
		if c.blank {
			in.Picture = nil
		}
		at := geom.At(geom.Point{X: 100, Y: 400}, geom.Size{W: 200, H: 160})
		p, err := d.Place(t.Context(), Ask{Stamp: in, How: Fixed, Shown: at})
		if err != nil {
			t.Fatal(name, err)
		}
		found, err := d.StampFindings(t.Context(), p, in)
		got := ""
		for _, f := range found {
			if f.Code == WidthAssumed {
				got = f.Args["mm"]
			}
		}
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// A field by hand has room for the seal alone in its true size, or is refused.
func TestSealRoom(t *testing.T) {
	in := input(t, stamp.Seal)
	in.Picture, in.Rules = nil, stamp.ND30 // of others, and round
	box, err := SealBox(in)
	if err != nil || box.H < geom.MM(35.9) || box.H > geom.MM(36.1) || box.W < box.H {
		t.Fatal(box, err)
	}
	for _, c := range []struct {
		role   stamp.Role
		rules  stamp.RuleSet
		w, h   float64
		refuse bool
	}{
		{stamp.Seal, stamp.ND30, 36, 36, false},
		{stamp.Seal, stamp.ND30, 25, 36, true},
		{stamp.Seal, stamp.ND30, 36, 25, true},
		{stamp.Seal, stamp.TT01, 35, 60, true},
		{stamp.Seal, stamp.TT01, 36, 36, false}, // the text beside it is the signer's affair
		{stamp.Seal, stamp.TT01, 60, 50, false},
		{stamp.Digitised, stamp.TT01, 60, 30, false}, // text alone, as long as no picture is known
		{stamp.Digitised, stamp.ND30, 60, 10, false}, // text alone
		{stamp.Leader, stamp.TT01, 5, 5, false},
	} {
		in.Role, in.Rules = c.role, c.rules
		if err := SealRoom(in, geom.Size{W: geom.MM(c.w), H: geom.MM(c.h)}); (err != nil) != c.refuse || err != nil && !isRule(err, RuleSealRoom) {
			t.Errorf("%v: %v", c, err)
		}
	}
}

package stamp

import (
	"math"
	"testing"
	"time"

	"trinhky/assets"
	"trinhky/pdfview/geom"
	"trinhky/signer"
)

// Decree 30, Annex I, Part I, II.3(c) and II.4(b).
func TestLeadingNoughts(t *testing.T) {
	for in, want := range map[string]string{
		"5/QĐ-UBND": "05/QĐ-UBND", "15/QĐ-UBND": "15/QĐ-UBND", "05/BNV-VP": "05/BNV-VP", "9": "09", "10": "10",
		"125/SG-VP": "125/SG-VP", "7a/QĐ-X": "07a/QĐ-X", "": "", "/QĐ-X": "/QĐ-X", " 3/TB-X ": "03/TB-X", "0/X": "0/X",
	} {
		if got := NumberText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	day := func(d int, m time.Month) time.Time { return time.Date(2020, m, d, 0, 0, 0, 0, time.UTC) }
	for want, at := range map[string]time.Time{
		"Hà Nội, ngày 05 tháng 01 năm 2020": day(5, time.January),
		"Hà Nội, ngày 28 tháng 02 năm 2020": day(28, time.February),
		"Hà Nội, ngày 09 tháng 3 năm 2020":  day(9, time.March),
		"Hà Nội, ngày 10 tháng 10 năm 2020": day(10, time.October),
		"Hà Nội, ngày 31 tháng 12 năm 2020": day(31, time.December),
		"Hà Nội, ngày 01 tháng 9 năm 2020":  day(1, time.September),
		"Hà Nội, ngày 02 tháng 11 năm 2020": day(2, time.November),
		"Hà Nội, ngày 30 tháng 6 năm 2020":  day(30, time.June),
		"Hà Nội, ngày 08 tháng 8 năm 2020":  day(8, time.August),
		"Hà Nội, ngày 19 tháng 5 năm 2020":  day(19, time.May),
		"Hà Nội, ngày 29 tháng 7 năm 2020":  day(29, time.July),
		"Hà Nội, ngày 04 tháng 4 năm 2020":  day(4, time.April),
	} {
		if got := IssuedText("Hà Nội", at); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := IssuedText("", day(1, time.March)); got != "ngày 01 tháng 3 năm 2020" {
		t.Errorf("%q", got)
	}
}

func TestLayHeading(t *testing.T) {
	italic, err := signer.ParseFont(assets.StampItalic())
	if err != nil {
		t.Fatal(err)
	}
	in := Input{
		Role: Number, Font: font(t), Italic: italic, Number: "5/QĐ-UBND",
		Issued: time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC),
	}
	h := Heading{
		Number: Gap{X0: 100, X1: 130, Base: 120, Size: 13},
		Day:    Gap{X0: 380, X1: 400, Base: 124, Size: 14},
		Month:  Gap{X0: 440, X1: 460, Base: 124, Size: 14},
	}
	a, at, fits, err := LayHeading(in, h)
	if err != nil || !fits || texts(a) != "05|05|01" {
		t.Fatalf("%v, %v, %q", err, fits, texts(a))
	}
	for i, want := range []Gap{h.Number, h.Day, h.Month} {
		x := a.Items[i].(signer.Text)
		mid := at.X0 + x.At.X + x.Font.Width(x.Text, x.Size)/2
		if math.Abs(mid-(want.X0+want.X1)/2) > 0.01 || math.Abs(at.Y0+x.At.Y-want.Base) > 0.01 || x.Size != want.Size {
			t.Errorf("%q stands at %.2f, %.2f in size %.1f: %+v", x.Text, mid, at.Y0+x.At.Y, x.Size, want)
		}
		if (x.Font == italic) != (i > 0) {
			t.Errorf("%q: the number is upright, the date italic", x.Text)
		}
	}
	if a.Size != at.Size() || !at.Contains(geom.Rect{X0: 110, X1: 455, Y0: 115, Y1: 122}) {
		t.Errorf("%v, %v", a.Size, at)
	}

	h = Heading{Number: Gap{X0: 100, X1: 112, Base: 120, Size: 13}} // narrower than the digits: they get smaller
	in.Number = "15/QĐ-UBND"
	if a, _, fits, _ := LayHeading(in, h); !fits || a.Items[0].(signer.Text).Size >= 13 {
		t.Errorf("%v: %+v", fits, a)
	}
	h.Number.X1 = 103
	if a, _, fits, _ := LayHeading(in, h); fits || a.Items[0].(signer.Text).Size != leastHeadingSize {
		t.Errorf("%v: %+v", fits, a)
	}
	if a, at, _, err := LayHeading(in, Heading{}); err != nil || len(a.Items) != 0 || !at.Empty() {
		t.Errorf("%v: %+v at %v", err, a, at)
	}
}

func TestRoleOfField(t *testing.T) {
	taken := map[string]bool{"seal": true, "seal-2": true}
	if got := FieldName(Seal, func(s string) bool { return taken[s] }); got != "seal-3" {
		t.Errorf("%q", got)
	}
	for _, r := range Roles() {
		name := FieldName(r, func(string) bool { return false })
		if got, ok := RoleOfField(name); !ok || got != r {
			t.Errorf("%q is %v, %v", name, got, ok)
		}
	}
	for name, ok := range map[string]bool{"Seal_2": true, "leader 3": true, "Signature1": false, "leadership": false, "": false, "a.seal": false} {
		if _, got := RoleOfField(name); got != ok {
			t.Errorf("%q: %v", name, got)
		}
	}
}

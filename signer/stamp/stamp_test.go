package stamp

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"strings"
	"testing"
	"time"

	"trinhky/assets"
	"trinhky/pdfview/geom"
	"trinhky/signer"
)

var noon = time.Date(2026, 11, 21, 5, 7, 9, 0, time.UTC)

func font(t testing.TB) *signer.Font {
	t.Helper()
	f, err := signer.ParseFont(assets.StampFont())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func picture(t testing.TB, w, h int) *signer.Picture {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	img.Set(w/2, h/2, color.NRGBA{R: 20, G: 40, B: 200, A: 255})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	p, err := signer.ParsePicture(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func texts(a signer.Appearance) string {
	var out []string
	for _, it := range a.Items {
		if x, ok := it.(signer.Text); ok {
			out = append(out, x.Text)
		}
	}
	return strings.Join(out, "|")
}

func pictures(a signer.Appearance) []geom.Rect {
	var out []geom.Rect
	for _, it := range a.Items {
		if x, ok := it.(signer.Image); ok {
			out = append(out, x.Rect)
		}
	}
	return out
}

// What each profile shows, with and without a picture.
func TestLayShows(t *testing.T) {
	f := font(t)
	for _, c := range []struct {
		rules    RuleSet
		role     Role
		picture  bool
		shown    int
		wantText string
	}{
		{TT01, Leader, true, 1, ""},
		{TT01, Leader, false, 0, "Nguyễn Văn Ưởng|21/11/2026; 12:07:09 +07:00"},
		{ND30, Leader, true, 1, ""},
		{TT01, Seal, true, 1, "Ủy ban nhân dân tỉnh Mẫu|21/11/2026; 12:07:09 +07:00"},
		{ND30, Seal, true, 1, ""},
		{ND30, Seal, false, 0, "Ủy ban nhân dân tỉnh Mẫu|21/11/2026; 12:07:09 +07:00"},
		{TT01, Attachment, true, 0, "Số: 15/QĐ-UBND; 21/11/2026; 12:07:09 +07:00"},
		{ND30, Attachment, true, 0, "Số: 15/QĐ-UBND; 21/11/2026; 12:07:09 +07:00"},
		{ND30, Copy, true, 0, "SAO Y; Ủy ban nhân dân tỉnh Mẫu;|21/11/2026; 12:07:09 +07:00"},
		{ND30, Digitised, true, 0, "Ủy ban nhân dân tỉnh Mẫu; 21/11/2026; 12:07:09 +07:00"},
		{TT01, Digitised, true, 1, "Ủy ban nhân dân tỉnh Mẫu|21/11/2026; 12:07:09 +07:00"},
		{TT01, Archive, true, 0, "BẢN SAO"},
		{ND30, Initials, true, 1, ""},
		{ND30, Initials, false, 0, "Nguyễn Văn Ưởng"},
	} {
		in := Input{
			Role: c.role, Rules: c.rules, Signer: "Nguyễn  Văn Ưởng", Agency: "Ủy ban nhân dân tỉnh Mẫu",
			Number: "15/QĐ-UBND", CopyForm: "SAO Y", Time: noon, Font: f,
		}
		if c.picture {
			in.Picture = picture(t, 400, 300)
		}
		a, err := Lay(in, geom.Size{})
		if err != nil {
			t.Errorf("%s %s: %v", c.rules, c.role, err)
			continue
		}
		if got := texts(a); got != c.wantText || len(pictures(a)) != c.shown {
			t.Errorf("%s %s: %q and %d pictures, want %q and %d", c.rules, c.role, got, len(pictures(a)), c.wantText, c.shown)
		}
		checkInside(t, a)
	}
}

// checkInside checks that everything stands inside the size, and text is 10 pt black.
func checkInside(t *testing.T, a signer.Appearance) {
	t.Helper()
	box := geom.Rect{X1: a.Size.W, Y1: a.Size.H}.Inset(-1e-6)
	for _, it := range a.Items {
		switch it := it.(type) {
		case signer.Image:
			if !box.Contains(it.Rect) {
				t.Errorf("picture %v outside %v", it.Rect, a.Size)
			}
		case signer.Text:
			r := geom.Rect{
				X0: it.At.X, X1: it.At.X + it.Font.Width(it.Text, it.Size),
				Y0: it.At.Y - it.Font.Ascent(it.Size), Y1: it.At.Y + it.Font.Descent(it.Size),
			}
			if !box.Contains(r) {
				t.Errorf("text %q at %v outside %v", it.Text, r, a.Size)
			}
			if it.Size != 10 || it.Color != (signer.Color{}) {
				t.Errorf("text %q: %g pt, %v", it.Text, it.Size, it.Color)
			}
		}
	}
}

// A picture keeps its shape and its box; a seal keeps its true size whatever
// the box is.
func TestLaySizes(t *testing.T) {
	for name, c := range map[string]struct {
		in   Input
		box  geom.Size
		want geom.Size
	}{
		"usual":             {Input{Role: Leader, Picture: picture(t, 400, 200)}, geom.Size{}, geom.Size{W: geom.MM(50), H: geom.MM(25)}},
		"tall":              {Input{Role: Leader, Picture: picture(t, 100, 400)}, geom.Size{}, geom.Size{W: geom.MM(6.25), H: geom.MM(25)}},
		"box":               {Input{Role: Leader, Picture: picture(t, 400, 200)}, geom.Size{W: 60, H: 80}, geom.Size{W: 60, H: 30}},
		"large box":         {Input{Role: Leader, Picture: picture(t, 400, 200)}, geom.Size{W: 1e4, H: 1e4}, geom.Size{W: geom.MM(100), H: geom.MM(50)}},
		"few pixels":        {Input{Role: Leader, Picture: picture(t, 4, 2)}, geom.Size{W: 60, H: 80}, geom.Size{W: 60, H: 30}},
		"seal":              {Input{Role: Seal, Picture: picture(t, 300, 300), Width: geom.MM(42)}, geom.Size{W: 10, H: 10}, geom.Size{W: geom.MM(42), H: geom.MM(42)}},
		"seal by the rules": {Input{Role: Seal, Picture: picture(t, 300, 330)}, geom.Size{}, geom.Size{W: geom.MM(36), H: geom.MM(39.6)}},
		"initials":          {Input{Role: Initials, Picture: picture(t, 300, 100)}, geom.Size{W: 1e4, H: 1e4}, geom.Size{W: geom.MM(15), H: geom.MM(5)}},
	} {
		c.in.Rules = ND30
		a, err := Lay(c.in, c.box)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if p := pictures(a); len(p) != 1 || !same(p[0].W(), c.want.W) || !same(p[0].H(), c.want.H) || !same(a.Size.W, c.want.W) {
			t.Errorf("%s: %v, want %v", name, p, c.want)
		}
	}
}

// The time and the agency's name stand in two lines under the seal, centred.
func TestLaySealOfCircular01(t *testing.T) {
	f := font(t)
	in := Input{Role: Seal, Rules: TT01, Picture: picture(t, 300, 300), Width: geom.MM(30), Agency: "Sở Thử nghiệm", Time: noon, Font: f}
	a, err := Lay(in, geom.Size{})
	if err != nil {
		t.Fatal(err)
	}
	seal := pictures(a)[0]
	lower := 0.0
	for _, it := range a.Items {
		x, ok := it.(signer.Text)
		if !ok {
			continue
		}
		if mid := x.At.X + f.Width(x.Text, 10)/2; !same(mid, seal.Center().X) {
			t.Errorf("%q is not centred: %g, seal %g", x.Text, mid, seal.Center().X)
		}
		if top := x.At.Y - f.Ascent(10); top < seal.Y1-1e-9 || top < lower-1e-9 {
			t.Errorf("%q at %g, the seal ends at %g, the line before at %g", x.Text, top, seal.Y1, lower)
		}
		lower = x.At.Y + f.Descent(10)
	}
	if !same(lower, a.Size.H) || lower == 0 {
		t.Errorf("the text ends at %g of %g", lower, a.Size.H)
	}
	leader := geom.At(geom.Point{X: 300, Y: 500}, geom.Size{W: 120, H: 60})
	r := PlaceSeal(leader, a)
	on := seal.Move(r.X0, r.Y0)
	if o := Overlap(leader, on); math.Abs(o-1.0/3) > 0.001 || !same(on.Center().Y, leader.Center().Y) {
		t.Errorf("seal %v on leader %v: overlap %.3f", on, leader, o)
	}
	if !same(r.W(), a.Size.W) || !same(r.H(), a.Size.H) {
		t.Errorf("the widget is %v, the look %v", r.Size(), a.Size)
	}
}

func TestLayRefuses(t *testing.T) {
	f := font(t)
	for name, in := range map[string]Input{
		"unknown rules": {Role: Leader, Rules: "nd99", Signer: "A", Font: f},
		"unknown role":  {Role: 9, Rules: ND30, Signer: "A", Font: f},
		"no font":       {Role: Leader, Rules: ND30, Signer: "A"},
		"nothing":       {Role: Initials, Rules: ND30, Font: f},
		"empty picture": {Role: Leader, Rules: ND30, Picture: &signer.Picture{}, Font: f},
	} {
		if a, err := Lay(in, geom.Size{}); err == nil {
			t.Errorf("%s: %+v", name, a)
		}
	}
	_, err := Lay(Input{Role: Leader, Rules: ND30, Signer: "王", Font: f}, geom.Size{})
	var missing *FontError
	if !errors.As(err, &missing) || string(missing.Runes) != "王" {
		t.Errorf("a letter that the font lacks: %v", err)
	}
}

// An agency's variant: another pattern of the time and a line more.
func TestLayVariant(t *testing.T) {
	rules, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	p, err := rules.Profile(ND30, Attachment)
	if err != nil {
		t.Fatal(err)
	}
	text := *p.Text
	text.Time = "dd.MM.yyyy HH:mm:ss zzz"
	p.Text = &text
	p.Lines = append(p.Lines[:1:1], Line{Text: "{agency}", Source: "quy chế nội bộ"})
	a, err := Lay(Input{Role: Attachment, Rules: ND30, Profile: &p, Number: "01/GM", Agency: "Sở A", Time: noon, Font: font(t)}, geom.Size{})
	if err != nil || texts(a) != "Số: 01/GM; 21.11.2026 12:07:09 +07:00|Sở A" {
		t.Errorf("%q, %v", texts(a), err)
	}
}

func TestWrap(t *testing.T) {
	width := func(s string) float64 { return float64(len([]rune(s))) }
	for _, c := range []struct {
		text  string
		limit float64
		want  string
	}{
		{"a; b; c", 0, "a; b; c"},
		{"a; b; c", 7, "a; b; c"},
		{"SAO Y; Sở Tư pháp; 01/02/2026", 19, "SAO Y; Sở Tư pháp;|01/02/2026"},
		{"một hai ba bốn", 8, "một hai|ba bốn"},
		{"SAO Y; Ủy ban nhân dân; 01", 15, "SAO Y; Ủy ban|nhân dân; 01"},
		{"SAO Y; Sở; 01/02/2026;\x1f10:00", 17, "SAO Y; Sở;|01/02/2026;\x1f10:00"},
		{"nghiêngnghiêngnghiêng a", 8, "nghiêngnghiêngnghiêng|a"},
	} {
		if got := strings.Join(wrap(c.text, c.limit, width), "|"); got != c.want {
			t.Errorf("%q in %g: %q, want %q", c.text, c.limit, got, c.want)
		}
	}
}

func same(a, b float64) bool { return math.Abs(a-b) < 1e-6 }

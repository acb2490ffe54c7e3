package truetype

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/go-fonts/liberation/liberationserifregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

const vietnamese = "Nguyễn Văn Đạt ký ngày 21/11/2026 ẰằỪừỘộ"

func liberation(t testing.TB) *Font {
	t.Helper()
	f, err := Parse(liberationserifregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestAgainstSfnt compares glyph numbers, widths and outlines with x/image.
func TestAgainstSfnt(t *testing.T) {
	f := liberation(t)
	ref, err := sfnt.Parse(liberationserifregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	var buf sfnt.Buffer
	em := fixed.I(1000)
	for _, r := range vietnamese {
		want, err := ref.GlyphIndex(&buf, r)
		if err != nil {
			t.Fatal(err)
		}
		got := f.Glyph(r)
		if got == 0 || int(got) != int(want) {
			t.Errorf("%q is glyph %d, want %d", r, got, want)
		}
		advance, err := ref.GlyphAdvance(&buf, want, em, 0)
		if err != nil {
			t.Fatal(err)
		}
		if d := f.Advance(got)*1000 - float64(advance)/64; d > 1 || d < -1 {
			t.Errorf("%q is %v wide, want %v", r, f.Advance(got)*1000, float64(advance)/64)
		}
	}
	for _, r := range []rune{-1, 0xfffe, 0x1f600, 0x10ffff} {
		if g := f.Glyph(r); g != 0 {
			t.Errorf("%#x is glyph %d", r, g)
		}
	}
}

func TestMetrics(t *testing.T) {
	m := liberation(t).Metrics()
	if m.Name != "LiberationSerif" || m.Ascent != 891 || m.Descent != -216 || m.ItalicAngle != 0 || m.FixedPitch {
		t.Errorf("metrics %+v", m)
	}
	if m.CapHeight < 600 || m.CapHeight > 700 {
		t.Errorf("cap height %d", m.CapHeight)
	}
}

// TestSubsetKeepsOutlines reads the subset back: numbers, widths and outlines
// are the font's, other glyphs are empty.
func TestSubsetKeepsOutlines(t *testing.T) {
	f := liberation(t)
	s, err := f.Subset([]rune(vietnamese))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Program) > 60_000 {
		t.Errorf("the subset has %d bytes", len(s.Program))
	}
	sub := &Font{tables: map[string]table{}}
	if err := sub.readDirectory(s.Program, 0); err != nil {
		t.Fatal(err)
	}
	if err := sub.readSizes(); err != nil {
		t.Fatal(err)
	}
	keep, err := f.withComponents(s.Glyphs)
	if err != nil {
		t.Fatal(err)
	}
	for g := range sub.numGlyphs {
		want, err := f.outline(GlyphID(g))
		if err != nil {
			t.Fatal(err)
		}
		got, err := sub.outline(GlyphID(g))
		if err != nil {
			t.Fatal(err)
		}
		kept := slices.Contains(keep, GlyphID(g))
		if kept && (!bytes.HasPrefix(got, want) || sub.Advance(GlyphID(g)) != f.Advance(GlyphID(g))) {
			t.Errorf("glyph %d changed", g)
		}
		if !kept && len(got) > 0 {
			t.Errorf("glyph %d is there without need", g)
		}
	}
	if checksum(s.Program) != 0xb1b0afba {
		t.Errorf("checksum of the font file is %#x", checksum(s.Program))
	}
	again, err := f.Subset([]rune(vietnamese + "  "))
	if err != nil || again.Name != s.Name {
		t.Errorf("the same subset is called %s and %s", s.Name, again.Name)
	}
}

func TestToUnicode(t *testing.T) {
	f := liberation(t)
	s, err := f.Subset([]rune("ễ"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(s.ToUnicode, []byte("> <1EC5>\n")) {
		t.Errorf("%s", s.ToUnicode)
	}
}

func TestNamedBadFonts(t *testing.T) {
	good := liberationserifregular.TTF
	change := func(f func(b []byte)) []byte {
		b := bytes.Clone(good)
		f(b)
		return b
	}
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"empty", nil},
		{"not a font", []byte("%PDF-1.7 this is not a font at all")},
		{"CFF outlines", change(func(b []byte) { copy(b, "OTTO") })},
		{"collection", change(func(b []byte) { copy(b, "ttcf") })},
		{"cut short", good[:5000]},
		{"too many tables", change(func(b []byte) { b[4] = 0xff })},
		{"table outside", change(func(b []byte) { b[12+8] = 0xff })},
		{"no glyf", change(func(b []byte) { copy(b[bytes.Index(b, []byte("glyf")):], "xxxx") })},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Parse(c.data); !errors.Is(err, ErrFont) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(liberationserifregular.TTF[:4096])
	s, err := liberation(f).Subset([]rune("aễ"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Program)
	f.Fuzz(func(t *testing.T, data []byte) {
		font, err := Parse(data)
		if err != nil {
			return
		}
		if s, err := font.Subset([]rune(vietnamese)); err == nil && len(s.Widths) != len(s.Glyphs) {
			t.Error("widths and glyphs differ")
		}
	})
}

func BenchmarkSubset(b *testing.B) {
	f := liberation(b)
	for b.Loop() {
		if _, err := f.Subset([]rune(vietnamese)); err != nil {
			b.Fatal(err)
		}
	}
}

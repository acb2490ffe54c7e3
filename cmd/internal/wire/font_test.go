package wire

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf16"

	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"

	"trinhky/assets"
	"trinhky/signer"
)

// renamed is a font under another family name, with the given fsType, as it
// would lie on a system: the real one may not be copied.
func renamed(t *testing.T, ttf []byte, family string, fsType uint16) []byte {
	t.Helper()
	n := int(binary.BigEndian.Uint16(ttf[4:]))
	out := bytes.Clone(ttf)
	for i := range n {
		rec := out[12+16*i:]
		at := binary.BigEndian.Uint32(rec[8:])
		switch string(rec[:4]) {
		case "OS/2":
			binary.BigEndian.PutUint16(out[at+8:], fsType)
		case "name":
			text := utf16.Encode([]rune(family))
			name := binary.BigEndian.AppendUint16(nil, 0)
			for _, v := range []uint16{1, 18, 3, 1, 0x409, 1, uint16(2 * len(text)), 0} {
				name = binary.BigEndian.AppendUint16(name, v)
			}
			for _, u := range text {
				name = binary.BigEndian.AppendUint16(name, u)
			}
			binary.BigEndian.PutUint32(rec[8:], uint32(len(out)))
			binary.BigEndian.PutUint32(rec[12:], uint32(len(name)))
			out = append(out, name...)
		}
	}
	return out
}

// collection packs fonts into one file.
func collection(fonts ...[]byte) []byte {
	out := append([]byte("ttcf\x00\x01\x00\x00"), binary.BigEndian.AppendUint32(nil, uint32(len(fonts)))...)
	out = append(out, make([]byte, 4*len(fonts))...)
	for i, f := range fonts {
		base := uint32(len(out))
		binary.BigEndian.PutUint32(out[12+4*i:], base)
		out = append(out, f...)
		for k := range int(binary.BigEndian.Uint16(f[4:])) { // offsets count from the file's begin
			rec := out[int(base)+12+16*k+8:]
			binary.BigEndian.PutUint32(rec, binary.BigEndian.Uint32(rec)+base)
		}
	}
	return out
}

// The prescribed font is taken where it is installed, by its own names and not
// by its file's; in a collection, too; unless its licence forbids embedding.
func TestStampFont(t *testing.T) {
	const tnr = "Times New Roman"
	regular, italic, bold := liberationserifregular.TTF, liberationserifitalic.TTF, liberationserifbold.TTF
	for name, c := range map[string]struct {
		file   string
		data   []byte
		italic bool
		taken  bool
	}{
		"Windows":            {"times.ttf", renamed(t, regular, tnr, 8), false, true},
		"msttcorefonts":      {"truetype/msttcorefonts/Times_New_Roman.ttf", renamed(t, regular, tnr, 8), false, true},
		"a name in capitals": {"TIMES.TTF", renamed(t, regular, "TIMES NEW ROMAN", 0), false, true},
		"another family":     {"times.ttf", renamed(t, regular, "Times Fake", 0), false, false},
		"bold":               {"timesbd.ttf", renamed(t, bold, tnr, 8), false, false},
		"italic for upright": {"timesi.ttf", renamed(t, italic, tnr, 8), false, false},
		"italic":             {"timesi.ttf", renamed(t, italic, tnr, 8), true, true},
		"restricted":         {"times.ttf", renamed(t, regular, tnr, 2), false, false},
		"no subset":          {"times.ttf", renamed(t, regular, tnr, 0x100), false, false},
		"collection":         {"times.ttc", collection(renamed(t, bold, tnr, 8), renamed(t, regular, tnr, 8)), false, true},
		"cut":                {"times.ttf", renamed(t, regular, tnr, 8)[:4000], false, false},
		"cut collection":     {"times.ttc", collection(renamed(t, regular, tnr, 8))[:30], false, false},
		"no font":            {"times.ttf", []byte("no font"), false, false},
		"elsewhere":          {"roman.ttf", renamed(t, regular, tnr, 8), false, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, filepath.FromSlash(c.file))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			own := bold // its letters are wider, so that it can be told apart
			f, err := stampFont(installed([]string{filepath.Join(dir, "none"), dir}), c.italic, own)
			if err != nil {
				t.Fatal(err)
			}
			stands, err := signer.ParseFont(own)
			if err != nil {
				t.Fatal(err)
			}
			if taken := f.Width("Nguyễn", 10) != stands.Width("Nguyễn", 10); taken != c.taken {
				t.Errorf("taken: %v", taken)
			}
		})
	}
}

// Without an installed one, the font that stands in writes Vietnamese.
func TestOwnFont(t *testing.T) {
	for _, own := range [][]byte{assets.StampFont(), assets.StampItalic()} {
		f, err := stampFont(nil, false, own)
		if err != nil || len(f.Missing(vietnamese)) > 0 {
			t.Error(err)
		}
	}
	t.Setenv("WINDIR", "W")
	t.Setenv("LOCALAPPDATA", "L")
	if all := fontFolders(); all[0] != filepath.Join("L", "Microsoft", "Windows", "Fonts") || all[1] != filepath.Join("W", "Fonts") {
		t.Errorf("%q", all)
	}
}

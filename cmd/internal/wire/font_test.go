package wire

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/go-fonts/liberation/liberationsansregular"

	"trinhky/assets"
	"trinhky/signer"
)

// The installed font is taken where it can write Vietnamese; else ours.
func TestStampFont(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	broken := write("broken.ttf", []byte("no font"))
	other := write("times.ttf", liberationsansregular.TTF) // another face, so that it can be told apart
	width := func(data []byte) float64 {
		f, err := signer.ParseFont(data)
		if err != nil {
			t.Fatal(err)
		}
		return f.Width("Nguyễn", 10)
	}
	for name, c := range map[string]struct {
		paths []string
		want  float64
	}{
		"none":              {nil, width(assets.StampFont())},
		"absent":            {[]string{filepath.Join(dir, "no.ttf")}, width(assets.StampFont())},
		"broken":            {[]string{broken}, width(assets.StampFont())},
		"installed":         {[]string{other}, width(liberationsansregular.TTF)},
		"broken, then good": {[]string{broken, other}, width(liberationsansregular.TTF)},
	} {
		f, err := stampFont(c.paths, assets.StampFont())
		if err != nil || f.Width("Nguyễn", 10) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if p := installed("times.ttf"); len(p) < 5 || filepath.Base(p[0]) != "times.ttf" {
		t.Errorf("%q", p)
	}
}

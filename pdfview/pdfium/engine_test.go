package pdfium

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/pdfview"
)

// shared is the engine of the whole test binary: compiling takes seconds. Its
// cache is the user's own, as in the program.
var shared *Engine

func TestMain(m *testing.M) {
	dir, err := DefaultCacheDir()
	if err != nil {
		dir = ""
	}
	shared = New(Config{CacheDir: dir})
	code := m.Run()
	if err := shared.Close(); err != nil && code == 0 {
		code = 1
	}
	os.Exit(code)
}

func open(t *testing.T, data []byte) pdfview.Document {
	t.Helper()
	d, err := shared.Open(context.Background(), data, nil)
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

func TestCorpusSmoke(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/corpus/*/*.pdf")
	if len(files) == 0 {
		t.Skip("no corpus beside the repository")
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			d, err := shared.Open(ctx, data, nil)
			if err != nil {
				if !errors.Is(err, pdfview.ErrPassword) && !errors.Is(err, pdfview.ErrFormat) {
					t.Error(err)
				}
				t.Log(err)
				return
			}
			defer d.Close()
			for p := range min(d.Pages(), 3) {
				g, err := d.Page(ctx, p)
				if err != nil {
					t.Log(err)
					continue
				}
				s := g.ShownSize()
				if s.W > 3000 || s.H > 3000 {
					continue
				}
				img, err := d.Render(ctx, p, 1, image.Rect(0, 0, int(s.W), int(s.H)))
				if err != nil {
					t.Error(err)
					continue
				}
				_ = img
				txt, err := d.Text(ctx, p)
				if err != nil {
					t.Error(err)
				}
				_ = txt
			}
			t.Log(d.Pages(), time.Since(start))
		})
	}
}

package bench

import (
	"os"
	"path/filepath"
	"testing"

	"trinhky/signer"
)

// TestMaterial: what the rows work on is what they say.
func TestMaterial(t *testing.T) {
	for _, pages := range []int{1, fanOut, fanOut + 1, 3*fanOut - 1} {
		path := filepath.Join(t.TempDir(), "a.pdf")
		if err := writeDocument(path, pages, 5000); err != nil {
			t.Fatal(err)
		}
		d, err := signer.Inspect(t.Context(), path, nil)
		if err != nil || d.Pages != pages || d.Repairable || len(d.Notes) > 0 {
			t.Errorf("%d pages: %+v, %v", pages, d, err)
		}
		if _, n, err := signer.LastPage(t.Context(), path, nil); err != nil || n != pages-1 {
			t.Errorf("the last of %d pages is %d, %v", pages, n, err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() < 5000 {
			t.Errorf("%v, %v", info, err)
		}
	}
	picture, err := ink()
	if err != nil || len(picture) < 30_000 || len(picture) > 50_000 {
		t.Errorf("an image of %d bytes, %v", len(picture), err)
	}
}

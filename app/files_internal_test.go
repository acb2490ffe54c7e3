package app

import (
	"os"
	"path/filepath"
	"testing"

	"trinhky/app/page"
	"trinhky/assets"
)

// What is saved is asked for by its own kind, and a name without an ending gets
// that of the kind but never becomes a file that is there already.
func TestSaveQuestion(t *testing.T) {
	data, err := assets.Locale.ReadFile("locale/window.vi.json")
	if err != nil {
		t.Fatal(err)
	}
	words, err := page.ParseWords(data)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for name, want := range map[string]string{
		"van-ban-chu-ky-1.pdf": "pdf", "kiem-tra.JSON": "json", "kiem-tra.csv": "csv", "so-van-ban-di-2026.xlsx": "xlsx", "khac": "pdf",
	} {
		q := saveQuestion(words, name)
		if q.extension != want || q.name != name || !q.save || q.kind == "" {
			t.Errorf("%s: %+v", name, q)
		}
		kinds[q.kind] = true
	}
	if len(kinds) != 4 {
		t.Errorf("the kinds have the words %v", kinds)
	}
	dir := t.TempDir()
	there := filepath.Join(dir, "a.csv")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"a": "a", "b": "b.csv", "c.txt": "c.txt"} {
		if got := withExtension(filepath.Join(dir, path), "csv"); got != filepath.Join(dir, want) {
			t.Errorf("%s becomes %s", path, got)
		}
	}
}

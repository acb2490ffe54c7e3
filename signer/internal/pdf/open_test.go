package pdf

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus is the folder of foreign test files, beside the repository.
const corpus = "../../../../shared/corpus"

func corpusFiles(t testing.TB) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(corpus, func(p string, e fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(p, ".pdf") {
			out = append(out, p)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Skipf("the corpus is not here (%s)", corpus)
	}
	return out
}

func TestCorpusOpens(t *testing.T) {
	for _, p := range corpusFiles(t) {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Open(bytes.NewReader(b), int64(len(b)), Options{})
		if err != nil {
			t.Logf("%s: %v", filepath.Base(p), err)
			continue
		}
		n, err := d.NumPages()
		if err != nil {
			t.Logf("%s: pages: %v", filepath.Base(p), err)
			continue
		}
		for i := range n {
			if _, err := d.Page(i); err != nil {
				t.Logf("%s: page %d: %v", filepath.Base(p), i, err)
			}
		}
		f, err := d.Form()
		if err != nil {
			t.Logf("%s: form: %v", filepath.Base(p), err)
			continue
		}
		t.Logf("ok %s: %d pages, %d fields, %d revisions, repaired %v %q", filepath.Base(p), n, len(f.Fields), len(d.Revisions()), d.Repaired(), d.Notes())
	}
}

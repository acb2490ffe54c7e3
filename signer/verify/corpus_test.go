package verify_test

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"trinhky/signer/verify"
)

const corpus = "../../../shared/corpus"

// manifest reads the corpus' list: file → expectation.
func manifest(t *testing.T) map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(corpus, "manifest.tsv"))
	if err != nil {
		t.Skipf("the corpus is not here (%s)", corpus)
	}
	defer func() { _ = f.Close() }()
	out := map[string]string{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) > 2 && cells[0] != "file" {
			out[cells[0]] = cells[2]
		}
	}
	return out
}

// TestCorpus: manipulated files are invalid, honest ones are intact and not
// suspicious, and the integrity of the signed revision is told apart from what
// was done later.
func TestCorpus(t *testing.T) {
	for file, expect := range manifest(t) {
		folder, _, _ := strings.Cut(file, "/")
		if folder != "attacks" && folder != "signed" {
			continue
		}
		t.Run(file, func(t *testing.T) {
			r, err := verify.File(context.Background(), filepath.Join(corpus, file), verify.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if t.Failed() {
					show(t, r)
				}
			}()
			if len(r.Signatures) == 0 {
				t.Fatal("no signature was found")
			}
			first := r.Signatures[0]
			if folder == "attacks" {
				if r.Verdict != verify.Invalid {
					t.Errorf("verdict %v", r.Verdict)
				}
				if want := strings.Contains(expect, "integrity=yes"); first.Intact != want {
					t.Errorf("intact %v", first.Intact)
				}
				if strings.Contains(expect, "suspicious") && first.Coverage >= verify.CoverageRevision && first.Changes != verify.ChangesSuspicious {
					t.Errorf("changes %v", first.Changes)
				}
				return
			}
			for _, s := range r.Signatures {
				if !s.Intact || s.Changes == verify.ChangesSuspicious || s.Verdict == verify.Invalid {
					t.Errorf("signature %d: intact %v, changes %v", s.N, s.Intact, s.Changes)
				}
			}
			if strings.Contains(expect, "modified=yes: allowed") && first.Changes != verify.ChangesAllowed {
				t.Errorf("changes %v", first.Changes)
			}
			if strings.Contains(expect, "LTA") && first.Level.String() != "B-LTA" {
				t.Errorf("level %v", first.Level)
			}
		})
	}
}

// TestCorpusEnds: every file of the corpus ends within two seconds (asserted where
// the machine is quiet enough for TRINHKY_SOAK) and needs no more than 256 MB:
// less than that is allocated at all, so that less is in use at any time.
func TestCorpusEnds(t *testing.T) {
	for file := range manifest(t) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		_, _ = verify.File(context.Background(), filepath.Join(corpus, file), verify.Options{})
		if d := time.Since(start); d > 2*time.Second && os.Getenv("TRINHKY_SOAK") != "" {
			t.Errorf("%s took %v", file, d)
		}
		runtime.ReadMemStats(&after)
		if used := after.TotalAlloc - before.TotalAlloc; used > 256<<20 {
			t.Errorf("%s needed %d MB", file, used>>20)
		}
	}
}

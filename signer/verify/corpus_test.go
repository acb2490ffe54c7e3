package verify

import (
	"context"
	"path/filepath"
	"testing"
)

const corpus = "../../../shared/corpus"

func corpusFiles(t *testing.T, folder string) []string {
	t.Helper()
	out, err := filepath.Glob(filepath.Join(corpus, folder, "*.pdf"))
	if err != nil || len(out) == 0 {
		t.Skipf("the corpus is not here (%s)", corpus)
	}
	return out
}

func TestShow(t *testing.T) {
	for _, f := range []string{"attacks", "signed", "difficult/05*"} {
		for _, p := range corpusFiles(t, f) {
			r, err := File(context.Background(), p, Options{})
			if err != nil {
				t.Logf("%s: ERROR %v", filepath.Base(p), err)
				continue
			}
			t.Logf("%s: %v %v", filepath.Base(p), r.Verdict, r.Findings)
			for _, s := range r.Signatures {
				t.Logf("   %d %q %v %s intact %v cov %v chg %v lvl %v leg %v chain %v rev %v ts %v claimed %v", s.N, s.Field, s.Verdict, s.SubFilter, s.Intact, s.Coverage, s.Changes, s.Level, s.Legacy, s.Chain, s.Revocation, s.Timestamp, s.Claimed)
				for _, f := range s.Findings {
					t.Logf("        %v %s p%d: %s", f.Severity, f.Code, f.Page, f.Detail)
				}
			}
		}
	}
}

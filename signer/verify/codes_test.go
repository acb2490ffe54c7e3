package verify

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestCodes: every code that the source gives is listed, and the other way round.
func TestCodes(t *testing.T) {
	given := regexp.MustCompile(`(?:find|findAt|suspect)\("([a-z-]+)"|(?:code :?= |Code: |return )"([a-z]+-[a-z-]+)"`)
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") || f == "codes.go" || f == "report.go" {
			continue
		}
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range given.FindAllStringSubmatch(string(src), -1) {
			used[m[1]+m[2]] = true
		}
	}
	for c := range used {
		if !slices.Contains(Codes(), c) {
			t.Errorf("%s is given and not listed", c)
		}
	}
	for _, c := range Codes() {
		if !used[c] {
			t.Errorf("%s is listed and never given", c)
		}
	}
}

package dms

import (
	"encoding/json"
	"os"
	"testing"
)

// Every code of a refusal has its own sentence, in both languages.
func TestCodesHaveWords(t *testing.T) {
	codes := map[string]bool{}
	for _, r := range []davReason{davLocked, davFull, davExists, davDenied, davGone, davParent, davMethod, davLost, davLies, davOther} {
		codes[(&ShareError{Reason: r}).ProblemCode()] = true
	}
	for _, c := range []string{"folder-full", "folder-gone", "folder-denied", "share-exists", "folder-other"} {
		codes[(&FolderError{Code: c}).ProblemCode()] = true
	}
	if len(codes) < 13 {
		t.Errorf("%d codes", len(codes))
	}
	for _, language := range []string{"vi", "en"} {
		data, err := os.ReadFile("../../assets/locale/message." + language + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var words map[string]any
		if err := json.Unmarshal(data, &words); err != nil {
			t.Fatal(err)
		}
		for c := range codes {
			if words["error.way."+c] == nil {
				t.Errorf("%s: no words for %s", language, c)
			}
		}
	}
}

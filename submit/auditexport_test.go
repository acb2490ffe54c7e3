package submit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"trinhky/submit"
	"trinhky/submit/store"
)

// What was exported earlier tells of a log that was written anew with fitting
// hashes; an export that was altered itself proves nothing.
func TestCompareAudit(t *testing.T) {
	log := func(results ...string) *store.Store {
		s, err := store.Open(t.Context(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		for _, r := range results {
			if _, err := s.Append(t.Context(), submit.Entry{Action: submit.ActionSigned, Document: "1/A", File: [32]byte{1}, Result: r}); err != nil {
				t.Fatal(err)
			}
		}
		return s
	}
	export := func(s *store.Store) string {
		all, err := s.Entries(t.Context(), 1, 100)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		lines := json.NewEncoder(&b)
		for _, e := range all {
			if err := lines.Encode(e); err != nil {
				t.Fatal(err)
			}
		}
		return b.String()
	}
	true3 := log("a", "b", "c")
	text := export(true3)
	lines := strings.SplitAfter(text, "\n")
	forged := log("a", "B", "c")
	for _, s := range []*store.Store{true3, forged} {
		if _, err := s.CheckAudit(t.Context()); err != nil { // each is whole by itself
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		log      *store.Store
		export   string
		n        int64
		tampered int64  // the entry
		field    string // or a fault of the export
	}{
		"as it was":              {log: true3, export: text, n: 3},
		"an older export":        {log: true3, export: lines[0] + lines[1], n: 2},
		"from the middle on":     {log: true3, export: lines[1] + lines[2], n: 2},
		"written anew":           {log: forged, export: text, tampered: 1},
		"cut":                    {log: log("a"), export: text, tampered: 1},
		"empty log":              {log: log(), export: text, tampered: 1},
		"export altered":         {log: true3, export: strings.Replace(text, `"result":"b"`, `"result":"x"`, 1), field: "against"},
		"export lacks an entry":  {log: true3, export: lines[0] + lines[2], field: "against"},
		"export ends in a line":  {log: true3, export: text[:len(text)-9], field: "against"},
		"export without hash":    {log: true3, export: `{"n":1}`, field: "against"},
		"export of nothing":      {log: true3, export: "", field: "against"},
		"export is another file": {log: true3, export: "%PDF-1.4", field: "against"},
	} {
		n, err := submit.CompareAudit(t.Context(), c.log, strings.NewReader(c.export))
		var tampered *submit.TamperedError
		var field *submit.FieldError
		switch {
		case c.tampered > 0:
			if !errors.As(err, &tampered) || tampered.N != c.tampered {
				t.Errorf("%s: %v", name, err)
			}
		case c.field != "":
			if !errors.As(err, &field) || field.Field != c.field {
				t.Errorf("%s: %v", name, err)
			}
		case n != c.n || err != nil:
			t.Errorf("%s: %d, %v", name, n, err)
		}
	}
}

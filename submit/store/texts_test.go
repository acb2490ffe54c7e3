package store

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trinhky/submit"
)

// shortTexts is the last version whose indexes knew no words of one letter.
const shortTexts = 8

// A home of the older version finds by one letter what it held, and what comes.
func TestMigrateTexts(t *testing.T) {
	home, texts := t.TempDir(), []string{"k", "n", "b", "ke hoach", "H", "699", "khong co"}
	path := filepath.Join(home, journalFile)
	db, err := sql.Open("sqlite", dataSource(path))
	if err != nil {
		t.Fatal(err)
	}
	if err := apply(t.Context(), db, journalSteps[:shortTexts]); err != nil {
		t.Fatal(err)
	}
	if got := textTables(t, db); len(got) != 2 || strings.Contains(strings.Join(got, ""), "'1 2 3'") {
		t.Fatalf("a released step was changed: %q", got)
	}
	old := &Store{home: home, db: &database{db, make(chan struct{}, 1)}}
	fill(t, old, 700) // more than is read at once
	fillInbox(t, old, 700)
	sent, received := found(t, old, texts)
	if sent["k"] == 0 || received["k"] == 0 || sent["khong co"] != 0 {
		t.Fatalf("%v %v", sent, received)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s, fresh := open(t, home), open(t, t.TempDir())
	if _, err := os.Stat(fmt.Sprintf("%s.v%d", path, shortTexts)); err != nil {
		t.Error(err)
	}
	tables := textTables(t, s.db.DB)
	for _, q := range tables {
		if !strings.Contains(q, "prefix = '1 2 3'") {
			t.Errorf("%s", q)
		}
	}
	if want := textTables(t, fresh.db.DB); !slices.Equal(tables, want) {
		t.Errorf("%q, in a new home %q", tables, want)
	}
	nowSent, nowReceived := found(t, s, texts)
	if fmt.Sprint(nowSent, nowReceived) != fmt.Sprint(sent, received) {
		t.Errorf("found %v %v, before %v %v", nowSent, nowReceived, sent, received)
	}
	e := envelope(t, "9001", "H1")
	e.Document.Subject = "Xin ý kiến"
	add(t, s, e)
	if n, _ := found(t, s, []string{"x"}); n["x"] != 1 {
		t.Errorf("%d found by the letter of a new one", n["x"])
	}
}

// found counts what is found by each text.
func found(t *testing.T, s *Store, texts []string) (sent, received map[string]int) {
	t.Helper()
	sent, received = map[string]int{}, map[string]int{}
	for _, text := range texts {
		f := submit.Filter{Text: text, Limit: 5000}
		out, err := s.List(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		in, err := s.ListIncoming(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		sent[text], received[text] = len(out), len(in)
	}
	return sent, received
}

func textTables(t *testing.T, db *sql.DB) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT sql FROM sqlite_master WHERE name IN ('envelope_text', 'incoming_text') ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := texts(rows)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

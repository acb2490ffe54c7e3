package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"trinhky/submit"
)

func open(t testing.TB, home string) *Store {
	t.Helper()
	s, err := Open(t.Context(), home)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func envelope(t testing.TB, number string, to ...string) submit.Envelope {
	t.Helper()
	path := filepath.Join(t.TempDir(), "Công văn số "+number+".pdf")
	if err := os.WriteFile(path, []byte("%PDF-1.4\n"+number), 0o600); err != nil {
		t.Fatal(err)
	}
	e := submit.Envelope{
		Connector: "truc", From: submit.Party{Code: "H99.97", Name: "Sở Gửi"},
		Document: submit.Metadata{
			Number: number, Notation: "SG-VP", Place: "Tỉnh Mẫu", Date: "2026-11-20", Type: "Công văn",
			Subject: "V/v thử nghiệm", Signer: "Nguyễn Văn Thử",
		},
		Files: []submit.File{{Path: path}},
	}
	for _, code := range to {
		e.To = append(e.To, submit.Party{Code: code, Name: "Cơ quan " + code})
	}
	e, err := submit.Complete(e)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func add(t testing.TB, s *Store, e submit.Envelope) submit.Record {
	t.Helper()
	r, err := s.Add(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What is sent later is what was queued, whatever becomes of the source.
func TestKeepsBytes(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	e := envelope(t, "125", "H99.98", "G99")
	added := add(t, s, e)
	if err := os.WriteFile(e.Files[0].Path, []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := open(t, home).Get(t.Context(), added.Envelope.ID)
	if err != nil {
		t.Fatal(err)
	}
	f := got.Envelope.Files[0]
	data, err := os.ReadFile(f.Path)
	if err != nil || string(data) != "%PDF-1.4\n125" || f.SHA256 != sha256.Sum256(data) || f.Size != int64(len(data)) {
		t.Errorf("kept %q, %v, %+v", data, err, f)
	}
	if len(got.Recipients) != 2 || got.Status != submit.Queued || !got.Envelope.Queued.Equal(e.Queued) {
		t.Errorf("%+v", got)
	}
	if got.Envelope.Document != e.Document {
		t.Errorf("%+v", got.Envelope.Document)
	}
}

func TestAddRefusesFiles(t *testing.T) {
	s := open(t, t.TempDir())
	large := filepath.Join(t.TempDir(), "large.pdf")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(large, submit.MaxFileBytes+1); err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(t.TempDir(), "half.pdf")
	if err := os.WriteFile(half, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(half, submit.MaxMessageBytes/2+1); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty.pdf")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string][]submit.File{
		"too large":          {{Path: large, Name: "a.pdf"}},
		"too large together": {{Path: half, Name: "a.pdf"}, {Path: half, Name: "b.pdf"}},
		"empty":              {{Path: empty, Name: "a.pdf"}},
		"changed":            {{Path: half, Name: "a.pdf", SHA256: [32]byte{1}}},
	} {
		e := envelope(t, "1", "H1")
		e.Files = files
		var field *submit.FieldError
		if _, err := s.Add(t.Context(), e); !errors.As(err, &field) || field.Field != "files" {
			t.Errorf("%s: %v", name, err)
		}
	}
	e := envelope(t, "1", "H1")
	e.Files[0].Path = filepath.Join(t.TempDir(), "none.pdf")
	if _, err := s.Add(t.Context(), e); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	all, err := s.List(t.Context(), submit.Filter{})
	if err != nil || len(all) != 0 {
		t.Errorf("refused ones are listed: %v, %v", all, err)
	}
	parts, _ := filepath.Glob(filepath.Join(s.home, "spool", ".part-*"))
	if len(parts) != 0 {
		t.Errorf("parts are left: %v", parts)
	}
}

func TestDamaged(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	for i := range 50 {
		add(t, s, envelope(t, fmt.Sprint(i), "H1"))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(home, "journal.db")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, damage := range map[string]func([]byte) []byte{
		"not a database": func([]byte) []byte { return []byte("xin chào xin chào xin chào") },
		"pages lost":     func(b []byte) []byte { return b[:len(b)/2] },
		"pages of noughts": func(b []byte) []byte {
			for i := 4096; i < 4096*6; i++ {
				b[i] = 0
			}
			return b
		},
	} {
		damaged := damage(append([]byte(nil), data...))
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(t.Context(), home); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
			if err == nil {
				_ = s.Close()
			}
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != string(damaged) {
			t.Errorf("%s: the damaged database was changed", name)
		}
	}
}

func TestNewerVersion(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	if _, err := s.db.Exec(`PRAGMA user_version = 99`); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), home); !errors.Is(err, ErrNewer) {
		t.Errorf("%v", err)
	}
}

// A database of every earlier version becomes the newest, with a backup beside
// it, and keeps what it holds.
func TestMigrate(t *testing.T) {
	for from := 1; from < len(journalSteps); from++ {
		home := t.TempDir()
		path := filepath.Join(home, "journal.db")
		db, err := sql.Open("sqlite", dataSource(path))
		if err != nil {
			t.Fatal(err)
		}
		if err := apply(t.Context(), db, journalSteps[:from]); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		s := open(t, home)
		if v, err := version(t.Context(), s.db.DB); err != nil || v != len(journalSteps) {
			t.Errorf("version %d, %v", v, err)
		}
		if _, err := os.Stat(fmt.Sprintf("%s.v%d", path, from)); err != nil {
			t.Errorf("no backup: %v", err)
		}
		add(t, s, envelope(t, "1", "H1"))
	}
}

// Programs that start at once make one journal, also out of an older one.
func TestOpenAtOnce(t *testing.T) {
	for from := range journalSteps {
		home := t.TempDir()
		db, err := sql.Open("sqlite", dataSource(filepath.Join(home, "journal.db")))
		if err != nil {
			t.Fatal(err)
		}
		if from > 0 {
			if err := apply(t.Context(), db, journalSteps[:from]); err != nil {
				t.Fatal(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 6 {
			wg.Go(func() {
				s, err := Open(t.Context(), home)
				if err != nil {
					t.Errorf("from version %d: %v", from, err)
					return
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

func TestBackup(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	add(t, s, envelope(t, "1", "H1"))
	path := filepath.Join(t.TempDir(), "backup.db")
	for range 2 { // the older one stays
		if err := backup(t.Context(), s.db.DB, path); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", dataSource(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n int
	if err := db.QueryRow(`SELECT count(*) FROM envelope`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d envelopes in the backup, %v", n, err)
	}
}

// The right to send: one at a time, free when given back, when its program has
// ended, and never while it lives.
func TestClaim(t *testing.T) {
	home := t.TempDir()
	a, b := open(t, home), open(t, home)
	id := add(t, a, envelope(t, "1", "H1")).Envelope.ID
	release, err := a.Claim(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*Store{"the same program": a, "another": b, "one that starts": open(t, home)} {
		if _, err := s.Claim(t.Context(), id); !errors.Is(err, submit.ErrBusy) {
			t.Errorf("%s: %v", name, err)
		}
	}
	release()
	release, err = b.Claim(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	_ = release // b ends without giving it back
	if _, err := a.Claim(t.Context(), id); !errors.Is(err, submit.ErrBusy) {
		t.Errorf("while b lives: %v", err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Claim(t.Context(), id); err != nil {
		t.Errorf("after b ended: %v", err)
	}
	if _, err := a.Claim(t.Context(), "none"); !errors.Is(err, submit.ErrNotFound) {
		t.Errorf("no such envelope: %v", err)
	}
}

// A live program's file is never taken for a dead one's, and a dead one's is
// cleared.
func TestLife(t *testing.T) {
	dir := t.TempDir()
	l, err := live(dir)
	if err != nil {
		t.Fatal(err)
	}
	if dead(dir, l.name) {
		t.Error("alive, and taken for dead")
	}
	if err := os.WriteFile(filepath.Join(dir, "killed"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"killed", "never was", "", "../x"} {
		if !dead(dir, name) {
			t.Errorf("%q is taken for alive", name)
		}
	}
	if err := l.end(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// Opening clears what killed programs left, and nothing that is used.
func TestSweep(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	used := add(t, s, envelope(t, "1", "H1")).Envelope.Files[0].Path
	old := time.Now().Add(-2 * orphanAge)
	fresh := filepath.Join(home, "spool", ".part-fresh")
	orphan := filepath.Join(home, "spool", "ab", "ab"+fmt.Sprintf("%062d", 0))
	part := filepath.Join(home, "spool", ".part-old")
	if err := os.MkdirAll(filepath.Dir(orphan), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{fresh, orphan, part} {
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{used, orphan, part} {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	open(t, home)
	for path, want := range map[string]bool{used: true, fresh: true, orphan: false, part: false} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
	}
}

func TestUpdateRollsBack(t *testing.T) {
	s := open(t, t.TempDir())
	id := add(t, s, envelope(t, "1", "H1")).Envelope.ID
	no := errors.New("no")
	if _, err := s.Update(t.Context(), id, func(r *submit.Record) error {
		r.Status = submit.Failed
		return no
	}); !errors.Is(err, no) {
		t.Fatal(err)
	}
	if r, err := s.Get(t.Context(), id); err != nil || r.Status != submit.Queued {
		t.Errorf("%v, %v", r.Status, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Update(ctx, id, func(*submit.Record) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

// On disks that are nearly full and files that cannot be written nothing is
// half added.
func TestSpoolNotWritable(t *testing.T) {
	if os.Getuid() <= 0 { // -1 on Windows, whose folders have no such mode
		t.Skip("root writes everywhere")
	}
	s := open(t, t.TempDir())
	if err := os.Chmod(filepath.Join(s.home, "spool"), 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Add(t.Context(), envelope(t, "1", "H1")); err == nil {
		t.Error("added without its bytes")
	}
}

package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"trinhky/submit"
)

// copyFiles copies the database with what belongs to it.
func copyFiles(t *testing.T, from, to string) {
	t.Helper()
	for _, end := range []string{"", "-wal", "-shm"} {
		data, err := os.ReadFile(filepath.Join(from, journalFile+end))
		if errors.Is(err, os.ErrNotExist) {
			_ = os.Remove(filepath.Join(to, journalFile+end))
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, journalFile+end), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A journal that is gone or empty is never begun anew in silence.
func TestJournalGone(t *testing.T) {
	for name, spoil := range map[string]func(string) error{
		"gone":  os.Remove,
		"empty": func(path string) error { return os.Truncate(path, 0) },
	} {
		home := t.TempDir()
		s := open(t, home)
		add(t, s, envelope(t, "1", "H1"))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(home, journalFile)
		if err := spoil(path); err != nil {
			t.Fatal(err)
		}
		if s, err := Open(t.Context(), home); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
			if err == nil {
				_ = s.Close()
			}
		}
		if info, err := os.Stat(path); err == nil && info.Size() > 0 {
			t.Errorf("%s: a new one was made", name)
		}
	}
}

// Where an older copy of the journal was put back, what it calls queued may have
// been sent: it is looked up first. Nothing is doubted twice, and the log's check
// finds the loss for ever.
func TestOlderJournalPutBack(t *testing.T) {
	home, backup := t.TempDir(), t.TempDir()
	s := open(t, home)
	id := add(t, s, envelope(t, "1", "H1")).Envelope.ID
	copyFiles(t, home, backup)
	for _, to := range []submit.Status{submit.Sending, submit.Delivered} {
		if _, err := s.Update(t.Context(), id, func(r *submit.Record) error { r.Status = to; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	copyFiles(t, backup, home)
	for range 2 {
		s := open(t, home)
		if r, err := s.Get(t.Context(), id); err != nil || r.Status != submit.Unconfirmed || r.Recipients[0].Status != submit.Unconfirmed || r.Problem == "" {
			t.Errorf("%+v, %v", r, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s = open(t, home)
	requeue := func(r *submit.Record) error { r.Status = submit.Queued; return nil }
	if _, err := s.Update(t.Context(), id, requeue); err != nil { // as after two lists without it
		t.Fatal(err)
	}
	for i := range 6 { // the log grows longer than it was
		if _, err := s.Append(t.Context(), submit.Entry{Action: submit.ActionSigned, Document: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, home)
	if r, err := s.Get(t.Context(), id); err != nil || r.Status != submit.Queued {
		t.Errorf("doubted twice: %v, %v", r.Status, err)
	}
	var tampered *submit.TamperedError
	if _, err := s.CheckAudit(t.Context()); !errors.As(err, &tampered) {
		t.Errorf("the loss is not found: %v", err)
	}
}

// A damaged directory is fetched again; it keeps nobody from sending.
func TestDamagedDirectory(t *testing.T) {
	for name, data := range map[string]string{"no database": "xin chào xin chào xin chào", "empty": ""} {
		home := t.TempDir()
		s := open(t, home)
		add(t, s, envelope(t, "1", "H1"))
		if err := s.SetAgencies(t.Context(), "truc", []submit.Party{{Code: "H1", Name: "Một"}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(home, "directory.db"), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		s = open(t, home)
		if n, _, err := s.Agencies(t.Context(), "truc"); n != 0 || err != nil {
			t.Errorf("%s: %d, %v", name, n, err)
		}
		if err := s.SetAgencies(t.Context(), "truc", []submit.Party{{Code: "H1", Name: "Một"}}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if all, err := s.List(t.Context(), submit.Filter{}); len(all) != 1 || err != nil {
			t.Errorf("%s: %d envelopes, %v", name, len(all), err)
		}
	}
}

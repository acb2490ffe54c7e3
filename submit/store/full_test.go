package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/submit"
)

// A disk that is full while envelopes are added: each is there whole or not at
// all, what was there stays, and with room again it goes on.
func TestDiskFull(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	s.db.SetMaxOpenConns(1) // the limit below is one connection's
	if _, err := s.Add(t.Context(), envelope(t, "1", "H99.98")); err != nil {
		t.Fatal(err)
	}
	var pages int
	if err := s.db.QueryRowContext(t.Context(), `PRAGMA page_count`).Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(n int) {
		t.Helper()
		if _, err := s.db.ExecContext(t.Context(), fmt.Sprintf(`PRAGMA max_page_count = %d`, n)); err != nil {
			t.Fatal(err)
		}
	}
	limit(pages + 2)
	added, refused := 1, 0
	for i := 2; refused < 5 && i < 1000; i++ {
		e := envelope(t, fmt.Sprint(i), "H99.98")
		e.Document.Subject = strings.Repeat("Văn bản dài. ", 35)
		_, err := s.Add(t.Context(), e)
		switch {
		case err == nil:
			added++
		case strings.Contains(err.Error(), "full"):
			refused++
		default:
			t.Fatal(err)
		}
	}
	if refused == 0 {
		t.Fatal("the disk never was full")
	}
	// A state that cannot be written is an error, and the old one stands.
	all, err := s.List(t.Context(), submit.Filter{Limit: 1000})
	if err != nil || len(all) != added {
		t.Fatalf("%d envelopes of %d, %v", len(all), added, err)
	}
	_, err = s.Update(t.Context(), all[0].Envelope.ID, func(r *submit.Record) error {
		r.Problem = strings.Repeat("x", 1<<20)
		return nil
	})
	if err == nil {
		t.Error("1 MB went onto a full disk")
	}
	if r, err := s.Get(t.Context(), all[0].Envelope.ID); err != nil || r.Problem != "" {
		t.Errorf("%d bytes of problem, %v", len(r.Problem), err)
	}
	limit(1 << 30)
	if _, err := s.Add(t.Context(), envelope(t, "5000", "H99.98")); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if _, err := s.CheckAudit(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	again, err := Open(t.Context(), home) // with its integrity check
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if all, err := again.List(t.Context(), submit.Filter{Limit: 1000}); err != nil || len(all) != added+1 {
		t.Errorf("%d envelopes, %v", len(all), err)
	}
}

// A database that another program holds is waited for; who stops waiting leaves
// nothing behind.
func TestDatabaseLocked(t *testing.T) {
	home := t.TempDir()
	s := open(t, home)
	other, err := sql.Open("sqlite", filepath.Join(home, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1)
	if _, err := other.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	given := make(chan error, 1)
	go func() {
		_, err := s.Add(ctx, envelope(t, "1", "H99.98"))
		given <- err
	}()
	cancel()
	if err := <-given; err == nil {
		t.Error("added though the database is held")
	}
	e := envelope(t, "2", "H99.98")
	done := make(chan error, 1)
	go func() {
		_, err := s.Add(t.Context(), e)
		done <- err
	}()
	if _, err := other.ExecContext(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("after it was let go: %v", err)
	}
	all, err := s.List(t.Context(), submit.Filter{})
	if err != nil || len(all) != 1 || all[0].Envelope.Document.Number != "2" {
		t.Errorf("%d envelopes, %v", len(all), errors.Join(err))
	}
}

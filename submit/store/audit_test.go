package store

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"trinhky/submit"
)

// filled is a journal whose audit log has seven entries.
func filled(t *testing.T) *Store {
	t.Helper()
	s := open(t, t.TempDir())
	id := add(t, s, envelope(t, "1", "H99.98")).Envelope.ID
	for _, to := range []submit.Status{submit.Sending, submit.Unconfirmed, submit.Delivered, submit.Delivered} {
		if _, err := s.Update(t.Context(), id, func(r *submit.Record) error { r.Status = to; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := s.AddReport(t.Context(), "truc", submit.Report{
		ID: "r", DocumentID: "H99.97,2026/11/20,1/SG-VP", From: submit.Party{Code: "H99.98"}, Code: "01",
	}, func(*submit.Record) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, cert := range []string{"01 CN=Nguyễn Văn Thử", "02"} {
		if _, err := s.Append(t.Context(), submit.Entry{Action: submit.ActionSigned, Certificate: cert, Level: "B-T"}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// Whatever is done to the log behind the program's back is found.
func TestAuditFindsTampering(t *testing.T) {
	all, err := filled(t).Entries(t.Context(), 1, 100)
	if err != nil || len(all) != 7 {
		t.Fatalf("%d entries, %v", len(all), err)
	}
	for name, change := range map[string]func(*testing.T, *Store){
		"honest":              nil,
		"an actor":            execAudit(`UPDATE audit SET actor = 'x' WHERE n = 3`),
		"a time":              execAudit(`UPDATE audit SET at = at + 1 WHERE n = 3`),
		"a result":            execAudit(`UPDATE audit SET result = 'x' WHERE n = 7`),
		"a hash":              execAudit(`UPDATE audit SET hash = zeroblob(32) WHERE n = 2`),
		"a short hash":        execAudit(`UPDATE audit SET hash = x'00' WHERE n = 2`),
		"one in the middle":   execAudit(`DELETE FROM audit WHERE n = 4`),
		"the first":           execAudit(`DELETE FROM audit WHERE n = 1`),
		"the last":            execAudit(`DELETE FROM audit WHERE n = 7`),
		"all":                 execAudit(`DELETE FROM audit`),
		"two change places":   execAudit(`UPDATE audit SET n = CASE n WHEN 3 THEN -4 WHEN 4 THEN -3 END WHERE n IN (3, 4); UPDATE audit SET n = -n WHERE n < 0`),
		"text moved over":     execAudit(`UPDATE audit SET level = certificate || level, certificate = '' WHERE n = 6`),
		"one added":           execAudit(`INSERT INTO audit SELECT 8, at, actor, action, document, envelope, file, certificate, level, destination, result, hash, hash FROM audit WHERE n = 7`),
		"the head":            func(t *testing.T, s *Store) { remove(t, filepath.Join(s.home, headFile)) },
		"written anew from 3": rewrite(3),
		"written anew, but 7": rewrite(7),
		"all, with the head": func(t *testing.T, s *Store) {
			execAudit(`DELETE FROM audit`)(t, s)
			remove(t, filepath.Join(s.home, headFile))
		},
		"cut, and grown longer": func(t *testing.T, s *Store) {
			execAudit(`DELETE FROM audit WHERE n > 5`)(t, s)
			for range 5 {
				if _, err := s.Append(t.Context(), submit.Entry{Action: submit.ActionSigned}); err != nil {
					t.Fatal(err)
				}
			}
		},
		"cut, and written on": func(t *testing.T, s *Store) { execAudit(`DELETE FROM audit WHERE n > 5`)(t, s); rewrite(5)(t, s) },
	} {
		t.Run(name, func(t *testing.T) {
			s := filled(t)
			if change != nil {
				change(t, s)
			}
			n, err := s.CheckAudit(t.Context())
			var tampered *submit.TamperedError
			if change == nil {
				if n != 7 || err != nil {
					t.Errorf("%d, %v", n, err)
				}
			} else if !errors.As(err, &tampered) {
				t.Errorf("not found: %d, %v", n, err)
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// execAudit changes the log as somebody with the file and a tool would.
func execAudit(statements string) func(*testing.T, *Store) {
	return func(t *testing.T, s *Store) {
		t.Helper()
		if _, err := s.db.Exec(`DROP TRIGGER IF EXISTS audit_stays; DROP TRIGGER IF EXISTS audit_keeps; ` + statements); err != nil {
			t.Fatal(err)
		}
	}
}

// rewrite changes entry n and makes the chain right again from there on.
func rewrite(n int64) func(*testing.T, *Store) {
	return func(t *testing.T, s *Store) {
		t.Helper()
		execAudit(``)(t, s)
		all, err := s.Entries(t.Context(), 1, 100)
		if err != nil {
			t.Fatal(err)
		}
		err = s.db.write(t.Context(), func(tx *sql.Tx) error {
			var previous [32]byte
			for _, e := range all {
				if e.N >= n {
					e.Actor, e.Previous = "nobody", previous
					e.Hash = e.Sum()
					if _, err := tx.Exec(`UPDATE audit SET actor = ?, previous = ?, hash = ? WHERE n = ?`, e.Actor, e.Previous[:], e.Hash[:], e.N); err != nil {
						return err
					}
				}
				previous = e.Hash
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The program itself cannot change the log.
func TestAuditIsAppendOnly(t *testing.T) {
	s := filled(t)
	for _, q := range []string{`UPDATE audit SET actor = 'x'`, `DELETE FROM audit`} {
		if _, err := s.db.Exec(q); err == nil {
			t.Errorf("%s: done", q)
		}
	}
}

// Several programs write one chain.
func TestAuditOfTwoPrograms(t *testing.T) {
	home := t.TempDir()
	done := make(chan error, 2)
	for range 2 {
		s := open(t, home)
		go func() {
			var err error
			for i := 0; i < 20 && err == nil; i++ {
				_, err = s.Append(t.Context(), submit.Entry{Action: submit.ActionSigned})
			}
			done <- err
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if n, err := open(t, home).CheckAudit(t.Context()); n != 40 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

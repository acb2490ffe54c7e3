package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"trinhky/submit"
)

// checkThere refuses a journal that is gone or empty though its log had begun: a
// new one in its place would look as if nothing had ever been sent.
func (s *Store) checkThere() error {
	n, _, err := readHead(filepath.Join(s.home, headFile))
	if err != nil || n == 0 {
		return nil //nolint:nilerr // no log was begun; the check of the log says what is wrong with its head
	}
	path := filepath.Join(s.home, journalFile)
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: it is gone, and its log had %d entries", ErrDamaged, n)
	case err != nil:
		return err
	case info.Size() == 0:
		return fmt.Errorf("%w: it is empty, and its log had %d entries", ErrDamaged, n)
	}
	return nil
}

// openDirectory opens the directory of agencies. A damaged one is put aside and
// begun anew: it can be fetched again, and what was sent does not depend on it.
func openDirectory(ctx context.Context, path string) (*database, error) {
	db, err := openDatabase(ctx, path, directorySteps)
	if !errors.Is(err, ErrDamaged) {
		return db, err
	}
	if renamed := os.Rename(path, path+".damaged"); renamed != nil {
		return nil, errors.Join(err, renamed)
	}
	for _, end := range []string{"-wal", "-shm"} {
		if gone := os.Remove(path + end); ignoreMissing(gone) != nil {
			return nil, errors.Join(err, gone)
		}
	}
	return openDatabase(ctx, path, directorySteps)
}

// lostWords stands in a record whose journal lost what was written last.
const lostWords = "the journal lost what was written last"

// mistrust asks whether the database still holds the newest entry of its log. Where
// it does not (an older copy was put back, or its end was cut off), what it
// calls queued may have been sent since: it is looked up before it is sent. That
// is done once for each such loss.
func (s *Store) mistrust(ctx context.Context) error {
	n, hash, err := readHead(filepath.Join(s.home, headFile))
	if err != nil || n == 0 {
		return nil //nolint:nilerr // as in checkThere
	}
	if ok, err := s.stands(ctx, n, hash); err != nil || ok {
		return err
	}
	loss := fmt.Sprintf("%d %x", n, hash)
	return s.db.write(ctx, func(tx *sql.Tx) error {
		var known bool
		err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM audit WHERE action = ? AND result = ?)`,
			string(submit.ActionLost), loss).Scan(&known)
		if err != nil || known {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT id FROM envelope WHERE status = ?`, submit.Queued)
		if err != nil {
			return err
		}
		ids, err := texts(rows)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := s.doubt(ctx, tx, id); err != nil {
				return err
			}
		}
		_, err = s.audit(ctx, tx, submit.Entry{Action: submit.ActionLost, Result: loss})
		return err
	})
}

// doubt makes a queued envelope one whose outcome is not known.
func (s *Store) doubt(ctx context.Context, tx *sql.Tx, id string) error {
	r, err := s.get(ctx, tx, id)
	if err != nil {
		return err
	}
	r.record.Status, r.record.Problem = submit.Unconfirmed, lostWords
	for i := range r.record.Recipients {
		if p := &r.record.Recipients[i]; p.Status == submit.Queued {
			p.Status = submit.Unconfirmed
		}
	}
	if err := save(ctx, tx, &r); err != nil {
		return err
	}
	return s.auditMove(ctx, tx, submit.Queued, r.record)
}

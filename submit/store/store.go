// Package store is the journal on SQLite: the outbox with the bytes of its
// files, the reports, the local copies of directories. One folder holds it all:
//
//	journal.db     the outbox (WAL, synchronous=FULL)
//	directory.db   the agencies, which can be fetched again
//	audit.head     the newest entry of the audit log
//	spool/         the bytes of queued files, named by their SHA-256
//	running/       one locked file for each running program
//
// Several programs may have the same folder open. Each holds a lock on a file
// of its own in running/ for as long as it lives; the right to send an envelope
// (the lease) names that file. The system drops the lock when a program ends in
// whatever way, so the lease of a killed program is free at once, and that of a
// program that is only slow or suspended never is. No clock is involved.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite" // the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"trinhky/submit"
)

// ErrDamaged: the database fails its integrity check. Nothing was changed.
var ErrDamaged = errors.New("the database is damaged")

// ErrNewer: a newer version of the program made the database.
var ErrNewer = errors.New("the database was made by a newer version")

// journalFile is the database of the journal within its folder.
const journalFile = "journal.db"

// Store is an open journal. It is safe for concurrent use.
type Store struct {
	home      string
	db        *database // the journal
	directory *database
	life      *life
	actor     string
	limits    submit.Limits

	mu   sync.Mutex
	held map[string]bool // leases that this program holds
}

var _ submit.Journal = (*Store)(nil)

// Open opens the journal in home and makes it where it is missing.
func Open(ctx context.Context, home string) (*Store, error) {
	for _, dir := range []string{home, filepath.Join(home, "spool"), filepath.Join(home, "running")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("journal: %w", err)
		}
	}
	l, err := live(filepath.Join(home, "running"))
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	s := &Store{home: home, life: l, actor: actor(), limits: submit.Limits{}.WithDefaults(), held: map[string]bool{}}
	if err = s.checkThere(); err == nil {
		s.db, err = openDatabase(ctx, filepath.Join(home, journalFile), journalSteps)
	}
	if err == nil {
		s.directory, err = openDirectory(ctx, filepath.Join(home, "directory.db"))
	}
	if err == nil {
		err = errors.Join(s.mistrust(ctx), s.sweep(ctx))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("journal: %w", err), s.Close())
	}
	return s, nil
}

// SetLimits changes how large files may be; before the first Add.
func (s *Store) SetLimits(l submit.Limits) { s.limits = l.WithDefaults() }

// Close ends the use of the journal; leases still held become free.
func (s *Store) Close() error {
	return errors.Join(s.db.close(), s.directory.close(), s.life.end())
}

// database is one SQLite file.
type database struct {
	*sql.DB
	// writing serialises our own writers: SQLite would make them sleep.
	writing chan struct{}
}

func (d *database) close() error {
	if d == nil {
		return nil
	}
	return d.Close()
}

func openDatabase(ctx context.Context, path string, steps []step) (*database, error) {
	_, statErr := os.Stat(path)
	db, err := sql.Open("sqlite", dataSource(path))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(4)
	err = patiently(ctx, func() error {
		if statErr == nil {
			if err := check(ctx, db); err != nil {
				return err
			}
		}
		return migrate(ctx, db, path, steps)
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &database{db, make(chan struct{}, 1)}, nil
}

func dataSource(path string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // a drive letter
	}
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(15000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "trusted_schema(0)",
	}}
	return "file:" + (&url.URL{Path: p}).EscapedPath() + "?" + q.Encode()
}

// damageCodes are the results of SQLite that speak of what the pages hold.
var damageCodes = []int{sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FORMAT, sqlite3.SQLITE_ERROR}

// sqliteCode is the primary result code of an error, 0 where it is none of SQLite's.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xFF
}

// patiently does f again while the database is held: the last program that closes
// a database in WAL mode locks others out for a moment, without their timeout.
func patiently(ctx context.Context, f func() error) error {
	for try := 0; ; try++ {
		err := f()
		if code := sqliteCode(err); code != sqlite3.SQLITE_BUSY && code != sqlite3.SQLITE_LOCKED || try == 100 {
			return err
		}
		t := time.NewTimer(50 * time.Millisecond)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		}
	}
}

func check(ctx context.Context, db *sql.DB) error {
	var word string
	if err := db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&word); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if code := sqliteCode(err); code != 0 && !slices.Contains(damageCodes, code) {
			return err // held, full, not to be opened: nothing is known of its pages
		}
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if word != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, word)
	}
	return nil
}

// write runs f in a transaction that holds the write lock from its start.
func (d *database) write(ctx context.Context, f func(*sql.Tx) error) error {
	select {
	case d.writing <- struct{}{}:
		defer func() { <-d.writing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	tx, err := d.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback()
		return err
	}
	return tx.Commit()
}

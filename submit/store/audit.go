package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"trinhky/submit"
)

var _ submit.AuditLog = (*Store)(nil)

// The log ends with its newest entry, and nothing in the database says that
// there was a newer one. So the head (number and hash) is written to a file
// beside it after every entry. The file may be behind after a power cut; a log
// that is behind the file was cut.
const headFile = "audit.head"

// actor is who is logged in to this computer.
func actor() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "?"
}

// Append implements submit.AuditLog.
func (s *Store) Append(ctx context.Context, e submit.Entry) (submit.Entry, error) {
	err := s.db.write(ctx, func(tx *sql.Tx) (err error) {
		e, err = s.audit(ctx, tx, e)
		return err
	})
	if err != nil {
		return submit.Entry{}, err
	}
	return e, s.writeHead(ctx)
}

// audit adds an entry within a transaction.
func (s *Store) audit(ctx context.Context, tx *sql.Tx, e submit.Entry) (submit.Entry, error) {
	last, err := head(ctx, tx)
	if err != nil {
		return e, err
	}
	e.N, e.Previous, e.At = last.N+1, last.Hash, time.UnixMilli(time.Now().UnixMilli())
	if e.Actor == "" {
		e.Actor = s.actor
	}
	e.Hash = e.Sum()
	_, err = tx.ExecContext(ctx, `INSERT INTO audit
		(n, at, actor, action, document, envelope, file, certificate, level, destination, result, previous, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.N, e.At.UnixMilli(), e.Actor, string(e.Action), e.Document, e.Envelope, e.File[:], e.Certificate, e.Level,
		e.Destination, e.Result, e.Previous[:], e.Hash[:])
	return e, err
}

const auditColumns = `n, at, actor, action, document, envelope, file, certificate, level, destination, result, previous, hash`

func head(ctx context.Context, q querier) (submit.Entry, error) {
	e, err := scanEntry(q.QueryRowContext(ctx, `SELECT `+auditColumns+` FROM audit ORDER BY n DESC LIMIT 1`))
	if errors.Is(err, sql.ErrNoRows) {
		return submit.Entry{}, nil
	}
	return e, err
}

func scanEntry(r interface{ Scan(...any) error }) (submit.Entry, error) {
	var e submit.Entry
	var at int64
	var file, previous, hash []byte
	err := r.Scan(&e.N, &at, &e.Actor, &e.Action, &e.Document, &e.Envelope, &file, &e.Certificate, &e.Level,
		&e.Destination, &e.Result, &previous, &hash)
	if err != nil {
		return e, err
	}
	for _, f := range []struct {
		to   *[32]byte
		from []byte
	}{{&e.File, file}, {&e.Previous, previous}, {&e.Hash, hash}} {
		if len(f.from) != 32 {
			return e, &submit.TamperedError{N: e.N, Reason: fmt.Sprintf("entry %d holds a hash of %d bytes", e.N, len(f.from))}
		}
		*f.to = [32]byte(f.from)
	}
	e.At = time.UnixMilli(at)
	return e, nil
}

// noteHead is writeHead after a transaction that holds already: what it says
// cannot be undone, and the next entry notes the head again.
func (s *Store) noteHead() {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	_ = s.writeHead(ctx)
}

// writeHead notes the newest entry beside the database.
func (s *Store) writeHead(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, err := head(ctx, s.db)
	if err != nil || e.N == 0 {
		return err
	}
	path := filepath.Join(s.home, headFile)
	if n, hash, err := readHead(path); err == nil {
		if n >= e.N {
			return nil // another program was quicker
		}
		if ok, err := s.stands(ctx, n, hash); err != nil || !ok {
			return err // the log is another one than it was: the file proves it, and stays
		}
	}
	part := path + "." + s.life.name
	if err := os.WriteFile(part, fmt.Appendf(nil, "%d %x\n", e.N, e.Hash), 0o600); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// stands tells whether entry n of the log has that hash.
func (s *Store) stands(ctx context.Context, n int64, hash [32]byte) (bool, error) {
	var has []byte
	err := s.db.QueryRowContext(ctx, `SELECT hash FROM audit WHERE n = ?`, n).Scan(&has)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return bytes.Equal(has, hash[:]), err
}

func readHead(path string) (n int64, hash [32]byte, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, hash, err
	}
	var text string
	if _, err := fmt.Sscan(string(data), &n, &text); err != nil {
		return 0, hash, err
	}
	sum, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(sum) != 32 {
		return 0, hash, errors.New("the head of the audit log is no hash")
	}
	return n, [32]byte(sum), nil
}

// Entries implements submit.AuditLog.
func (s *Store) Entries(ctx context.Context, first int64, limit int) ([]submit.Entry, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+auditColumns+` FROM audit WHERE n >= ? ORDER BY n LIMIT ?`, first, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []submit.Entry
	for rows.Next() {
		e, err := scanEntry(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

// CheckAudit implements submit.AuditLog.
func (s *Store) CheckAudit(ctx context.Context) (int64, error) {
	const page = 1000
	headN, headHash, headErr := readHead(filepath.Join(s.home, headFile))
	if headErr != nil && !errors.Is(headErr, os.ErrNotExist) {
		return 0, &submit.TamperedError{Reason: headErr.Error()}
	}
	var last submit.Entry
	for {
		all, err := s.Entries(ctx, last.N+1, page)
		if err != nil {
			return last.N, err
		}
		for _, e := range all {
			switch {
			case e.N != last.N+1:
				return last.N, &submit.TamperedError{N: last.N + 1, Reason: fmt.Sprintf("entry %d is missing", last.N+1)}
			case e.Previous != last.Hash:
				return last.N, &submit.TamperedError{N: e.N, Reason: fmt.Sprintf("entry %d does not follow the one before it", e.N)}
			case e.Hash != e.Sum():
				return last.N, &submit.TamperedError{N: e.N, Reason: fmt.Sprintf("entry %d was changed", e.N)}
			case e.N == headN && e.Hash != headHash:
				return last.N, &submit.TamperedError{N: e.N, Reason: fmt.Sprintf("entry %d was written anew", e.N)}
			}
			last = e
		}
		if len(all) < page {
			break
		}
	}
	switch {
	case headErr != nil && last.N > 0:
		return last.N, &submit.TamperedError{N: last.N, Reason: "the file with the head of the log is missing"}
	case last.N < headN:
		return last.N, &submit.TamperedError{N: last.N + 1, Reason: fmt.Sprintf("the entries after %d were removed", last.N)}
	}
	return last.N, s.checkLogged(ctx, last.N)
}

// checkLogged holds the log against what it must tell of: whoever removes it with
// its head leaves the envelopes, messages and numbers that it was about.
func (s *Store) checkLogged(ctx context.Context, n int64) error {
	for _, c := range []struct{ query, what string }{
		{`SELECT id FROM envelope WHERE id NOT IN (SELECT envelope FROM audit) LIMIT 1`, "envelope"},
		{`SELECT id FROM incoming WHERE id NOT IN (SELECT envelope FROM audit) LIMIT 1`, "message"},
		{`SELECT max(year) FROM number WHERE NOT EXISTS (SELECT 1 FROM audit WHERE action IN ('number-reserved', 'number-first')) HAVING count(*) > 0`, "number of"},
	} {
		var id string
		err := s.db.QueryRowContext(ctx, c.query).Scan(&id)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		return &submit.TamperedError{N: n + 1, Reason: "nothing is said of the " + c.what + " " + id}
	}
	return nil
}

// auditRecord says what became of an envelope.
func (s *Store) auditRecord(ctx context.Context, tx *sql.Tx, r submit.Record, a submit.Action, result string) error {
	e := submit.Entry{
		Action: a, Document: r.Envelope.DocumentID, Envelope: r.Envelope.ID, Destination: r.Envelope.Connector, Result: result,
	}
	if len(r.Envelope.Files) > 0 {
		e.File = r.Envelope.Files[0].SHA256
	}
	_, err := s.audit(ctx, tx, e)
	return err
}

// auditMove writes the entry of a change of status; none where it did not move.
func (s *Store) auditMove(ctx context.Context, tx *sql.Tx, from submit.Status, r submit.Record) error {
	if from == r.Status {
		return nil
	}
	action, result := submit.Action(""), r.Problem
	switch r.Status {
	case submit.Queued:
		action = submit.ActionRequeued
	case submit.Sending:
		action, result = submit.ActionSending, fmt.Sprintf("attempt %d", r.Tries)
	case submit.Unconfirmed:
		action = submit.ActionUnconfirmed
	case submit.Delivered:
		action, result = submit.ActionDelivered, r.Receipt.DocID
	case submit.Refused:
		action = submit.ActionRefused
	case submit.Failed:
		action = submit.ActionFailed
	case submit.Cancelled:
		action = submit.ActionCancelled
	case submit.Arrived, submit.Received, submit.Assigned, submit.Processing, submit.Completed,
		submit.RecallAsked, submit.Recalled: // of receivers, never of envelopes
		return nil
	}
	return s.auditRecord(ctx, tx, r, action, result)
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"trinhky/submit"
)

// Letters implements submit.Journal.
func (s *Store) Letters(ctx context.Context, connector, documentID string) ([]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id FROM envelope WHERE connector = ? AND document_id = ? AND kind IN (0, 3)`, connector, documentID)
	if err != nil {
		return nil, err
	}
	return texts(rows)
}

// Updated implements submit.Journal.
func (s *Store) Updated(ctx context.Context, connector, documentID string) (submit.Envelope, bool, error) {
	var id string
	err := s.db.QueryRowContext(ctx, `SELECT id FROM envelope WHERE connector = ? AND document_id = ? AND kind = ? AND status NOT IN (?, ?, ?)
		ORDER BY n DESC LIMIT 1`, connector, documentID, submit.Update, submit.Refused, submit.Failed, submit.Cancelled).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return submit.Envelope{}, false, nil
	}
	if err != nil {
		return submit.Envelope{}, false, err
	}
	r, err := s.get(ctx, s.db, id)
	return r.record.Envelope, err == nil, err
}

// Numbered implements submit.Journal.
func (s *Store) Numbered(ctx context.Context, from submit.Party, m submit.Metadata) ([]submit.Envelope, error) {
	day, err := m.Date.Time()
	if err != nil {
		return nil, nil //nolint:nilerr // without a date there is no year
	}
	bare := strings.TrimLeft(m.Number, "0")
	rows, err := s.db.QueryContext(ctx, `SELECT `+columns+` FROM envelope e WHERE e.code IN (?, ?, ?) AND e.date BETWEEN ? AND ?
		AND e.kind IN (0, 3) AND e.status NOT IN (?, ?, ?) ORDER BY e.n LIMIT 1000`,
		m.Code(), bare+"/"+m.Notation, "0"+bare+"/"+m.Notation, day.Format("2006")+"-01-01", day.Format("2006")+"-12-31",
		submit.Refused, submit.Failed, submit.Cancelled)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []submit.Envelope
	for rows.Next() {
		r, err := scanRow(rows)
		if err != nil {
			return nil, err
		}
		if e := r.record.Envelope; e.From.Is(from.Code) || e.From.Is(from.OldCode) {
			all = append(all, e)
		}
	}
	return all, rows.Err()
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"trinhky/submit"
)

// SetAgencies implements submit.Journal.
func (s *Store) SetAgencies(ctx context.Context, connector string, all []submit.Party) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM agency_text WHERE rowid IN (SELECT n FROM agency WHERE connector = ?)`, connector); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM agency WHERE connector = ?`, connector); err != nil {
			return err
		}
		if err := insertAgencies(ctx, tx, connector, all); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO directory (connector, fetched, entries) VALUES (?, ?, ?)`,
			connector, millis(time.Now()), len(all))
		return err
	})
}

func insertAgencies(ctx context.Context, tx *sql.Tx, connector string, all []submit.Party) error {
	row, err := tx.PrepareContext(ctx, `INSERT INTO agency (connector, code, old_code, name, body) VALUES (?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer row.Close()
	text, err := tx.PrepareContext(ctx, `INSERT INTO agency_text (rowid, text) VALUES (?, ?)`)
	if err != nil {
		return err
	}
	defer text.Close()
	for _, p := range all {
		body, err := json.Marshal(p)
		if err != nil {
			return err
		}
		res, err := row.ExecContext(ctx, connector, p.Code, p.OldCode, p.Name, string(body))
		if err != nil {
			return err
		}
		n, err := res.LastInsertId()
		if err != nil {
			return err
		}
		if _, err := text.ExecContext(ctx, n, indexText([]string{p.Name}, []string{p.Code, p.OldCode})); err != nil {
			return err
		}
	}
	return nil
}

// Agency implements submit.Journal.
func (s *Store) Agency(ctx context.Context, connector, code string) (submit.Party, bool, error) {
	if code == "" {
		return submit.Party{}, false, nil
	}
	rows, err := s.db.QueryContext(ctx, `SELECT body FROM agency WHERE connector = ?1 AND code = ?2
		UNION ALL SELECT body FROM agency WHERE connector = ?1 AND old_code = ?2 LIMIT 1`, connector, code)
	if err != nil {
		return submit.Party{}, false, err
	}
	all, err := parties(rows)
	if err != nil || len(all) == 0 {
		return submit.Party{}, false, err
	}
	return all[0], true, nil
}

// FindAgencies implements submit.Journal.
func (s *Store) FindAgencies(ctx context.Context, connector, text string, limit int) ([]submit.Party, error) {
	if limit <= 0 {
		limit = 50
	}
	q := matchQuery(text)
	if q == "" {
		rows, err := s.db.QueryContext(ctx, `SELECT body FROM agency WHERE connector = ? ORDER BY code LIMIT ?`, connector, limit)
		if err != nil {
			return nil, err
		}
		return parties(rows)
	}
	rows, err := s.db.QueryContext(ctx, `SELECT a.body FROM agency_text t JOIN agency a ON a.n = t.rowid
		WHERE t.text MATCH ? AND a.connector = ? LIMIT ?`, q, connector, limit)
	if err != nil {
		return nil, err
	}
	return parties(rows)
}

// Agencies implements submit.Journal.
func (s *Store) Agencies(ctx context.Context, connector string) (int, time.Time, error) {
	var n int
	var fetched int64
	err := s.db.QueryRowContext(ctx, `SELECT entries, fetched FROM directory WHERE connector = ?`, connector).Scan(&n, &fetched)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, time.Time{}, nil
	}
	return n, moment(fetched), err
}

func parties(rows *sql.Rows) ([]submit.Party, error) {
	bodies, err := texts(rows)
	if err != nil {
		return nil, err
	}
	all := make([]submit.Party, len(bodies))
	for i, b := range bodies {
		if err := json.Unmarshal([]byte(b), &all[i]); err != nil {
			return nil, errors.Join(ErrDamaged, err)
		}
	}
	return all, nil
}

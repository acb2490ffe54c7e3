package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"trinhky/submit"
)

// SetAgencies implements submit.Journal. Of a directory that is there already
// only what changed is written: a day changes little.
func (s *Store) SetAgencies(ctx context.Context, connector string, all []submit.Party) error {
	return s.directory.write(ctx, func(tx *sql.Tx) error {
		old, err := agencyRows(ctx, tx, connector)
		if err != nil {
			return err
		}
		w, err := newAgencyWriter(ctx, tx, connector)
		if err != nil {
			return err
		}
		defer w.close()
		for _, p := range all {
			body, err := json.Marshal(p)
			if err != nil {
				return err
			}
			if n, ok := old[string(body)]; ok && n > 0 {
				old[string(body)] = 0 // stays
				continue
			}
			if err := w.insert(ctx, p, string(body)); err != nil {
				return err
			}
		}
		for _, n := range old {
			if n > 0 {
				if err := w.remove(ctx, n); err != nil {
					return err
				}
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO directory (connector, fetched, entries) VALUES (?, ?, ?)`,
			connector, millis(time.Now()), len(all))
		return err
	})
}

// agencyRows are the rows of a directory by what they hold.
func agencyRows(ctx context.Context, tx *sql.Tx, connector string) (map[string]int64, error) {
	rows, err := tx.QueryContext(ctx, `SELECT n, body FROM agency WHERE connector = ?`, connector)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var n int64
		var body string
		if err := rows.Scan(&n, &body); err != nil {
			return nil, err
		}
		all[body] = n
	}
	return all, rows.Err()
}

// agencyWriter holds the statements that many rows need.
type agencyWriter struct {
	connector                         string
	row, text, removeRow, removeWords *sql.Stmt
}

func newAgencyWriter(ctx context.Context, tx *sql.Tx, connector string) (*agencyWriter, error) {
	w := &agencyWriter{connector: connector}
	for _, s := range []struct {
		to    **sql.Stmt
		query string
	}{
		{&w.row, `INSERT INTO agency (connector, code, old_code, name, body) VALUES (?, ?, ?, ?, ?)`},
		{&w.text, `INSERT INTO agency_text (rowid, text) VALUES (?, ?)`},
		{&w.removeRow, `DELETE FROM agency WHERE n = ?`},
		{&w.removeWords, `DELETE FROM agency_text WHERE rowid = ?`},
	} {
		var err error
		if *s.to, err = tx.PrepareContext(ctx, s.query); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

func (w *agencyWriter) close() {
	for _, s := range []*sql.Stmt{w.row, w.text, w.removeRow, w.removeWords} {
		if s != nil {
			_ = s.Close() // the transaction ends with or without it
		}
	}
}

func (w *agencyWriter) insert(ctx context.Context, p submit.Party, body string) error {
	res, err := w.row.ExecContext(ctx, w.connector, p.Code, p.OldCode, p.Name, body)
	if err != nil {
		return err
	}
	n, err := res.LastInsertId()
	if err != nil {
		return err
	}
	_, err = w.text.ExecContext(ctx, n, indexText([]string{p.Name}, []string{p.Code, p.OldCode}))
	return err
}

func (w *agencyWriter) remove(ctx context.Context, n int64) error {
	if _, err := w.removeRow.ExecContext(ctx, n); err != nil {
		return err
	}
	_, err := w.removeWords.ExecContext(ctx, n)
	return err
}

// Agency implements submit.Journal.
func (s *Store) Agency(ctx context.Context, connector, code string) (submit.Party, bool, error) {
	if code == "" {
		return submit.Party{}, false, nil
	}
	rows, err := s.directory.QueryContext(ctx, `SELECT body FROM agency WHERE connector = ?1 AND code = ?2
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
		rows, err := s.directory.QueryContext(ctx, `SELECT body FROM agency WHERE connector = ? ORDER BY code LIMIT ?`, connector, limit)
		if err != nil {
			return nil, err
		}
		return parties(rows)
	}
	rows, err := s.directory.QueryContext(ctx, `SELECT a.body FROM agency_text t JOIN agency a ON a.n = t.rowid
		WHERE t.agency_text MATCH ? AND a.connector = ? LIMIT ?`, q, connector, limit)
	if err != nil {
		return nil, err
	}
	return parties(rows)
}

// Agencies implements submit.Journal.
func (s *Store) Agencies(ctx context.Context, connector string) (int, time.Time, error) {
	var n int
	var fetched int64
	err := s.directory.QueryRowContext(ctx, `SELECT entries, fetched FROM directory WHERE connector = ?`, connector).Scan(&n, &fetched)
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

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
		if err := w.leave(ctx, old, all); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO directory (connector, fetched, entries) VALUES (?, ?, ?)`,
			connector, millis(time.Now()), len(all))
		return err
	})
}

// agencyRows are the rows of a directory by what they hold.
func agencyRows(ctx context.Context, tx *sql.Tx, connector string) (map[string]int64, error) {
	rows, err := tx.QueryContext(ctx, `SELECT n, body FROM agency WHERE connector = ? AND gone = 0`, connector)
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
	gone, back                        *sql.Stmt
}

func newAgencyWriter(ctx context.Context, tx *sql.Tx, connector string) (*agencyWriter, error) {
	w := &agencyWriter{connector: connector}
	for _, s := range []struct {
		to    **sql.Stmt
		query string
	}{
		{&w.row, `INSERT INTO agency (connector, code, old_code, name, body, gone) VALUES (?, ?, ?, ?, ?, ?)`},
		{&w.text, `INSERT INTO agency_text (rowid, text) VALUES (?, ?)`},
		{&w.removeRow, `DELETE FROM agency WHERE n = ?`},
		{&w.removeWords, `DELETE FROM agency_text WHERE rowid = ?`},
		{&w.gone, `UPDATE agency SET gone = ? WHERE n = ?`},
		{&w.back, `DELETE FROM agency WHERE connector = ? AND gone <> 0 AND (code = ? AND code <> '' OR old_code = ? AND old_code <> '')`},
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
	for _, s := range []*sql.Stmt{w.row, w.text, w.removeRow, w.removeWords, w.gone, w.back} {
		if s != nil {
			_ = s.Close() // the transaction ends with or without it
		}
	}
}

func (w *agencyWriter) insert(ctx context.Context, p submit.Party, body string) error {
	if _, err := w.back.ExecContext(ctx, w.connector, p.Code, p.OldCode); err != nil {
		return err
	}
	var gone int64
	if day, err := p.ValidUntil.Time(); err == nil && p.Left(time.Now()) {
		gone = millis(day)
	}
	res, err := w.row.ExecContext(ctx, w.connector, p.Code, p.OldCode, p.Name, body, gone)
	if err != nil || gone != 0 { // nobody finds it by its name any more
		return err
	}
	n, err := res.LastInsertId()
	if err != nil {
		return err
	}
	_, err = w.text.ExecContext(ctx, n, indexText([]string{p.Name}, []string{p.Code, p.OldCode}))
	return err
}

// leave takes out the rows of old that were not found again. One whose codes
// are gone from the directory stays, with the day: who writes to it later learns
// why it cannot be a receiver.
func (w *agencyWriter) leave(ctx context.Context, old map[string]int64, all []submit.Party) error {
	codes := map[string]bool{}
	for _, p := range all {
		codes[p.Code], codes[p.OldCode] = true, true
	}
	now := millis(time.Now())
	for body, n := range old {
		if n == 0 {
			continue
		}
		var p submit.Party
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			return errors.Join(ErrDamaged, err)
		}
		replaced := p.Code != "" && codes[p.Code] || p.Code == "" && codes[p.OldCode]
		if err := w.remove(ctx, n, replaced, now); err != nil {
			return err
		}
	}
	return nil
}

func (w *agencyWriter) remove(ctx context.Context, n int64, replaced bool, now int64) error {
	var err error
	if replaced {
		_, err = w.removeRow.ExecContext(ctx, n)
	} else {
		_, err = w.gone.ExecContext(ctx, now, n)
	}
	if err != nil {
		return err
	}
	_, err = w.removeWords.ExecContext(ctx, n)
	return err
}

// Agency implements submit.Journal.
func (s *Store) Agency(ctx context.Context, connector, code string) (submit.Party, bool, error) {
	if code == "" {
		return submit.Party{}, false, nil
	}
	row := s.directory.QueryRowContext(ctx, `SELECT body, gone FROM agency WHERE connector = ?1 AND code = ?2
		UNION ALL SELECT body, gone FROM agency WHERE connector = ?1 AND old_code = ?2 ORDER BY gone LIMIT 1`, connector, code)
	var body string
	var gone int64
	err := row.Scan(&body, &gone)
	if errors.Is(err, sql.ErrNoRows) {
		return submit.Party{}, false, nil
	}
	if err != nil {
		return submit.Party{}, false, err
	}
	var p submit.Party
	if err := json.Unmarshal([]byte(body), &p); err != nil {
		return submit.Party{}, false, errors.Join(ErrDamaged, err)
	}
	if gone != 0 && p.ValidUntil == "" {
		p.ValidUntil = submit.Date(moment(gone).In(submit.WireZone()).Format("2006-01-02"))
	}
	return p, true, nil
}

// FindAgencies implements submit.Journal.
func (s *Store) FindAgencies(ctx context.Context, connector, text string, limit int) ([]submit.Party, error) {
	if limit <= 0 {
		limit = 50
	}
	q := matchQuery(text)
	if q == "" {
		rows, err := s.directory.QueryContext(ctx, `SELECT body FROM agency WHERE connector = ? AND gone = 0 ORDER BY code LIMIT ?`, connector, limit)
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

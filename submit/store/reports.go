package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"trinhky/submit"
)

// AddReport implements submit.Journal.
func (s *Store) AddReport(ctx context.Context, connector string, p submit.Report, change func(*submit.Record)) (id string, fresh bool, err error) {
	body, err := json.Marshal(p)
	if err != nil {
		return "", false, err
	}
	err = s.db.write(ctx, func(tx *sql.Tx) error {
		id, fresh = "", false // a repeated call starts anew
		var kept sql.NullString
		err := tx.QueryRowContext(ctx, `SELECT e.id FROM report r LEFT JOIN envelope e ON e.n = r.envelope
			WHERE r.connector = ? AND r.id = ?`, connector, p.ID).Scan(&kept)
		if err == nil {
			id = kept.String
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		fresh = true
		r, found, err := s.match(ctx, tx, connector, p)
		if err != nil {
			return err
		}
		var n any
		if found {
			n, id = r.n, r.record.Envelope.ID
			from := r.record.Status
			change(&r.record)
			if err := save(ctx, tx, &r); err != nil {
				return err
			}
			if err := s.auditMove(ctx, tx, from, r.record); err != nil {
				return err
			}
			if err := s.auditRecord(ctx, tx, r.record, submit.ActionReported, p.Code+" "+p.From.OrganID()+" "+p.Note); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO report (connector, id, envelope, body, stored) VALUES (?, ?, ?, ?, ?)`,
			connector, p.ID, n, string(body), millis(time.Now()))
		return err
	})
	if err == nil && fresh {
		s.noteHead()
	}
	return id, fresh, err
}

// match finds the envelope that a report is about: by the whole DocumentID
// first, then by original sender, number/notation and date. Of several it takes
// the newest one that went to the agency that reports; answers to recalls and
// updates (15, 16) belong to those, everything else does not.
func (s *Store) match(ctx context.Context, tx *sql.Tx, connector string, p submit.Report) (row, bool, error) {
	if p.Problem != "" {
		return row{}, false, nil
	}
	answers := p.Code == "15" || p.Code == "16"
	for _, way := range []struct {
		where string
		args  []any
	}{
		{`document_id = ?`, []any{p.DocumentID}},
		{`code = ? AND date = ?`, []any{p.DocumentCode, p.DocumentDate}},
	} {
		if p.Code == "13" && p.DocumentID != "" && way.where != `document_id = ?` {
			break // its sender asks for a document of its own, whatever ours are called
		}
		rows, err := tx.QueryContext(ctx, `SELECT id FROM envelope WHERE `+way.where+` AND connector = ?
			ORDER BY (kind IN (1, 2)) = ? DESC, n DESC LIMIT 20`, append(way.args, connector, answers)...)
		if err != nil {
			return row{}, false, err
		}
		ids, err := texts(rows)
		if err != nil {
			return row{}, false, err
		}
		for _, id := range ids {
			r, err := s.get(ctx, tx, id)
			if err != nil {
				return row{}, false, err
			}
			if concerns(r.record.Envelope, p) {
				return r, true, nil
			}
		}
	}
	return row{}, false, nil
}

func concerns(e submit.Envelope, p submit.Report) bool {
	if p.DocumentID != e.DocumentID && !e.From.Is(p.Sender) {
		return false
	}
	for _, to := range e.To {
		if to.Is(p.From.Code) || to.Is(p.From.OldCode) {
			return true
		}
	}
	return false
}

func reports(ctx context.Context, q querier, n int64) ([]submit.Report, error) {
	rows, err := q.QueryContext(ctx, `SELECT body FROM report WHERE envelope = ? ORDER BY n`, n)
	if err != nil {
		return nil, err
	}
	bodies, err := texts(rows)
	if err != nil {
		return nil, err
	}
	var all []submit.Report
	for _, b := range bodies {
		var p submit.Report
		if err := json.Unmarshal([]byte(b), &p); err != nil {
			return nil, errors.Join(ErrDamaged, err)
		}
		all = append(all, p)
	}
	return all, nil
}

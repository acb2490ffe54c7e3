package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"trinhky/submit"
)

// AddReport implements submit.Journal.
func (s *Store) AddReport(ctx context.Context, connector string, p submit.Report, change func(*submit.Record)) (id string, fresh bool, err error) {
	err = s.db.write(ctx, func(tx *sql.Tx) error {
		id, fresh = "", false // a repeated call starts anew
		var kept sql.NullString
		err := tx.QueryRowContext(ctx, `SELECT CASE WHEN ifnull(json_extract(r.body, '$.Stranger'), '') = '' THEN e.id END
			FROM report r LEFT JOIN envelope e ON e.n = r.envelope
			WHERE r.connector = ? AND r.id = ?`, connector, p.ID).Scan(&kept)
		if err == nil {
			id = kept.String
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		fresh = true
		id, err = s.addReport(ctx, tx, connector, p, change)
		return err
	})
	if err == nil && fresh {
		s.noteHead()
	}
	return id, fresh, err
}

func (s *Store) addReport(ctx context.Context, tx *sql.Tx, connector string, p submit.Report, change func(*submit.Record)) (id string, err error) {
	r, found, err := s.match(ctx, tx, connector, &p)
	if err != nil {
		return "", err
	}
	said := p.Code + " " + p.From.OrganID() + " " + p.Note
	if p.Stranger != "" {
		said = strings.TrimSpace(fmt.Sprintf("stranger (%s) %s: %s", p.Stranger, p.Carried, said))
	}
	var n any
	switch {
	case !found:
		err = s.auditUnknown(ctx, tx, connector, p, said)
	case p.Stranger != "":
		n = r.n
		err = s.auditRecord(ctx, tx, r.record, submit.ActionReported, said)
	default:
		n, id = r.n, r.record.Envelope.ID
		from := r.record.Status
		change(&r.record)
		if err := save(ctx, tx, &r); err != nil {
			return "", err
		}
		err = errors.Join(s.auditMove(ctx, tx, from, r.record), s.auditRecord(ctx, tx, r.record, submit.ActionReported, said))
	}
	if err != nil {
		return "", err
	}
	body, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO report (connector, id, envelope, body, stored) VALUES (?, ?, ?, ?, ?)`,
		connector, p.ID, n, string(body), millis(time.Now()))
	return id, err
}

// auditUnknown notes a report about no document of ours, or one that cannot be
// read.
func (s *Store) auditUnknown(ctx context.Context, tx *sql.Tx, connector string, p submit.Report, said string) error {
	e := submit.Entry{Action: submit.ActionReported, Document: p.DocumentID, Destination: connector, Result: said}
	if p.Problem != "" {
		e.Result, e.File = p.Problem, sha256.Sum256(p.Raw)
	}
	_, err := s.audit(ctx, tx, e)
	return err
}

// match finds the envelope that a report is about: by the whole DocumentID
// first, then by original sender, number/notation and date. Of several it takes
// the newest one that went to the agency that reports; answers to recalls and
// updates (15, 16) belong to those, everything else does not. Where none went to
// that agency, or somebody else sent the report, it is a stranger's: p says so.
func (s *Store) match(ctx context.Context, tx *sql.Tx, connector string, p *submit.Report) (row, bool, error) {
	if p.Problem != "" {
		return row{}, false, nil
	}
	var named row // the newest one that the report names
	found := false
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
		all, err := s.candidates(ctx, tx, connector, p.Code, way.where, way.args)
		if err != nil {
			return row{}, false, err
		}
		for _, r := range all {
			e := r.record.Envelope
			if !names(e, *p) {
				continue
			}
			if !found {
				named, found = r, true
			}
			if to, ok := receiver(e, p.From); ok {
				if p.Stranger == submit.OtherSender && to.Is(p.Carried) {
					p.Stranger = "" // its other code, which the directory does not know
				}
				return r, true, nil
			}
		}
	}
	if found && p.Stranger == "" {
		p.Stranger = submit.NotReceiver
	}
	return named, found, nil
}

// candidates are the envelopes that a report with this code may be about, the
// likeliest first.
func (s *Store) candidates(ctx context.Context, tx *sql.Tx, connector, code, where string, args []any) ([]row, error) {
	answers := code == "15" || code == "16"
	rows, err := tx.QueryContext(ctx, `SELECT id FROM envelope WHERE `+where+` AND connector = ?
		ORDER BY (kind IN (1, 2)) = ? DESC, n DESC LIMIT 20`, append(args, connector, answers)...)
	if err != nil {
		return nil, err
	}
	ids, err := texts(rows)
	if err != nil {
		return nil, err
	}
	all := make([]row, len(ids))
	for i, id := range ids {
		if all[i], err = s.get(ctx, tx, id); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// names tells whether the document of p is that of e.
func names(e submit.Envelope, p submit.Report) bool {
	return p.DocumentID != "" && p.DocumentID == e.DocumentID || e.From.Is(p.Sender)
}

// receiver is the receiver of e that from is.
func receiver(e submit.Envelope, from submit.Party) (submit.Party, bool) {
	for _, to := range e.To {
		if to.Is(from.Code) || to.Is(from.OldCode) {
			return to, true
		}
	}
	return submit.Party{}, false
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

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"trinhky/submit"
)

// renewTexts fills empty full-text indexes from the rows that they are about.
func renewTexts(ctx context.Context, tx *sql.Tx) error {
	err := renewText(ctx, tx, `SELECT n, body FROM envelope WHERE n > ? ORDER BY n LIMIT 500`,
		`INSERT INTO envelope_text (rowid, text) VALUES (?, ?)`, envelopeText)
	if err != nil {
		return err
	}
	return renewText(ctx, tx, `SELECT n, body FROM incoming WHERE n > ? ORDER BY n LIMIT 500`,
		`INSERT INTO incoming_text (rowid, text) VALUES (?, ?)`, incomingText)
}

// renewText fills one index, some rows at a time.
func renewText[T submit.Envelope | submit.Incoming](ctx context.Context, tx *sql.Tx, some, add string, text func(T) string) error {
	insert, err := tx.PrepareContext(ctx, add)
	if err != nil {
		return err
	}
	defer insert.Close()
	for last := int64(0); ; {
		ns, bodies, err := numbered(ctx, tx, some, last)
		if err != nil || len(ns) == 0 {
			return err
		}
		for i, body := range bodies {
			var v T
			if err := json.Unmarshal([]byte(body), &v); err != nil {
				return errors.Join(ErrDamaged, err)
			}
			if _, err := insert.ExecContext(ctx, ns[i], text(v)); err != nil {
				return err
			}
		}
		last = ns[len(ns)-1]
	}
}

func numbered(ctx context.Context, tx *sql.Tx, query string, after int64) (ns []int64, bodies []string, err error) {
	rows, err := tx.QueryContext(ctx, query, after)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var body string
		if err := rows.Scan(&n, &body); err != nil {
			return nil, nil, err
		}
		ns, bodies = append(ns, n), append(bodies, body)
	}
	return ns, bodies, rows.Err()
}

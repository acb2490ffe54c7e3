package store

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"trinhky/submit"
)

// listLimit is how many records a Filter without a limit gives.
const listLimit = 200

// List implements submit.Journal.
func (s *Store) List(ctx context.Context, f submit.Filter) ([]submit.Record, error) {
	query, args := listQuery(f)
	found, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var rows []row
	for found.Next() {
		r, err := scanRow(found)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	if err := found.Err(); err != nil {
		return nil, err
	}
	if err := s.addFiles(ctx, s.db, rows); err != nil {
		return nil, err
	}
	all := make([]submit.Record, len(rows))
	for i := range rows {
		all[i] = rows[i].record
	}
	return all, nil
}

func listQuery(f submit.Filter) (string, []any) {
	var where []string
	var args []any
	if len(f.Statuses) > 0 {
		marks := make([]string, len(f.Statuses))
		for i, st := range f.Statuses {
			marks[i] = "?"
			args = append(args, st)
		}
		where = append(where, "status IN ("+strings.Join(marks, ",")+")")
	}
	if f.Connector != "" {
		where = append(where, "connector = ?")
		args = append(args, f.Connector)
	}
	if !f.Before.IsZero() {
		where = append(where, "queued < ?")
		args = append(args, millis(f.Before))
	}
	if q := matchQuery(f.Text); q != "" {
		where = append(where, "n IN (SELECT rowid FROM envelope_text WHERE envelope_text MATCH ?)")
		args = append(args, q)
	}
	query := `SELECT ` + columns + ` FROM envelope`
	if len(where) > 0 {
		query += ` WHERE ` + strings.Join(where, " AND ")
	}
	if f.Limit <= 0 {
		f.Limit = listLimit
	}
	return query + fmt.Sprintf(` ORDER BY queued DESC, n DESC LIMIT %d`, f.Limit), args
}

// indexText is what the full-text index holds: words without accents, split at
// dots too, and codes whole.
func indexText(words, codes []string) string {
	text := strings.Join(words, " ")
	return submit.Folded(strings.ReplaceAll(text, ".", " ") + " " + strings.Join(codes, " "))
}

// matchQuery asks the index for every word of text as a beginning of a word or
// a code.
func matchQuery(text string) string {
	quote := func(word string) string { return `"` + strings.ReplaceAll(word, `"`, `""`) + `"*` }
	var all []string
	for word := range strings.FieldsSeq(submit.Folded(text)) {
		if strings.Trim(word, `.,;:/-"'()`) == "" {
			continue
		}
		q := quote(word)
		if parts := strings.FieldsFunc(word, func(r rune) bool { return r == '.' }); len(parts) > 1 {
			for i := range parts {
				parts[i] = quote(parts[i])
			}
			q = "(" + q + " OR (" + strings.Join(parts, " AND ") + "))"
		}
		all = append(all, q)
	}
	return strings.Join(all, " AND ")
}

func (s *Store) running() string { return filepath.Join(s.home, "running") }

func texts(rows *sql.Rows) ([]string, error) {
	defer rows.Close()
	var all []string
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

// millis and moment keep times as Unix milliseconds, 0 for none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

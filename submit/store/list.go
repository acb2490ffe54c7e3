package store

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"trinhky/submit"
)

// listLimit is how many records a Filter without a limit gives.
const listLimit = 200

// List implements submit.Journal.
func (s *Store) List(ctx context.Context, f submit.Filter) ([]submit.Record, error) {
	query, args, err := s.filterQuery(ctx, f, source{columns: columns, table: `envelope`, text: `envelope_text`, time: `queued`})
	if err != nil {
		return nil, err
	}
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

// source is what a filter chooses from; the table is called e in columns.
type source struct {
	columns, table, text, time string
	// rare: few rows have the statuses. They are found first then, and not one
	// by one among all that hold the text.
	rare bool
}

// fewRows is how many rows of a status are few.
const fewRows = 2000

func (s *Store) filterQuery(ctx context.Context, f submit.Filter, from source) (string, []any, error) {
	if len(f.Statuses) > 0 && matchQuery(f.Text) != "" {
		in, args := marks(f.Statuses)
		var n int
		err := s.db.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM `+from.table+` WHERE status IN (`+in+`) LIMIT ?)`,
			append(args, fewRows+1)...).Scan(&n)
		if err != nil {
			return "", nil, err
		}
		from.rare = n <= fewRows
	}
	query, args := filterQuery(f, from)
	return query, args, nil
}

// marks are the places of a list in a statement, and what stands there.
func marks(statuses []submit.Status) (string, []any) {
	args := make([]any, len(statuses))
	for i, st := range statuses {
		args[i] = st
	}
	return strings.TrimSuffix(strings.Repeat("?,", len(statuses)), ","), args
}

func filterQuery(f submit.Filter, s source) (string, []any) {
	var where []string
	var args []any
	from, order := s.table+` e`, `e.`+s.time+` DESC, e.n DESC`
	behind := `(e.` + s.time + `, e.n) < ((SELECT ` + s.time + ` FROM ` + s.table + ` WHERE id = ?), (SELECT n FROM ` + s.table + ` WHERE id = ?))`
	if q := matchQuery(f.Text); q != "" {
		// The index runs backwards by itself: only as far as the limit wants.
		from, order = s.text+` t JOIN `+s.table+` e ON e.n = t.rowid`, `t.rowid DESC`
		behind = `t.rowid < (SELECT n FROM ` + s.table + ` WHERE id = ?)`
		where = append(where, "t."+s.text+" MATCH ?")
		args = append(args, q)
	}
	if len(f.Statuses) > 0 {
		in, statuses := marks(f.Statuses)
		args = append(args, statuses...)
		if s.rare {
			where = append(where, `t.rowid IN (SELECT n FROM `+s.table+` WHERE status IN (`+in+`))`)
		} else {
			where = append(where, `e.status IN (`+in+`)`)
		}
	}
	if f.Connector != "" {
		where = append(where, "e.connector = ?")
		args = append(args, f.Connector)
	}
	if !f.Before.IsZero() {
		where = append(where, "e."+s.time+" < ?")
		args = append(args, millis(f.Before))
	}
	if f.Behind != "" {
		where = append(where, behind)
		for range strings.Count(behind, "?") {
			args = append(args, f.Behind)
		}
	}
	query := `SELECT ` + s.columns + ` FROM ` + from
	if len(where) > 0 {
		query += ` WHERE ` + strings.Join(where, " AND ")
	}
	if f.Limit <= 0 {
		f.Limit = listLimit
	}
	return query + fmt.Sprintf(` ORDER BY %s LIMIT %d`, order, f.Limit), args
}

// indexText is what the full-text index holds: words without accents, split at
// dots too, and codes whole.
func indexText(words, codes []string) string {
	text := strings.Join(words, " ")
	return submit.Folded(strings.ReplaceAll(text, ".", " ") + " " + strings.Join(codes, " "))
}

// matchQuery asks the index for every word of text, and takes the last one,
// which may still be being typed, as the beginning of a word or of a code.
// Words are cut as the index cuts them.
func matchQuery(text string) string {
	cut := func(dot bool) func(rune) bool {
		return func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && (!dot || r != '.') }
	}
	words := slices.DeleteFunc(strings.FieldsFunc(submit.Folded(text), cut(true)), func(w string) bool {
		return strings.Trim(w, ".") == ""
	})
	for i, word := range words {
		end := `"`
		if i == len(words)-1 {
			end = `"*`
		}
		words[i] = `"` + word + end
		if parts := strings.FieldsFunc(word, cut(false)); strings.Contains(word, ".") {
			words[i] = `(` + strings.TrimSuffix(words[i], `*`) + `* OR ("` + strings.Join(parts, `" AND "`) + end + `))`
		}
	}
	return strings.Join(words, " AND ")
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

package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"

	"trinhky/submit"
)

var _ submit.Groups = (*Store)(nil)

// SetGroup implements submit.Groups.
func (s *Store) SetGroup(ctx context.Context, connector string, g submit.Group) error {
	name := strings.Join(strings.Fields(g.Name), " ")
	if name == "" || len(name) > 200 {
		return &submit.FieldError{Field: "to", Reason: "a group needs a name"}
	}
	body, err := json.Marshal(g.Codes)
	if err != nil {
		return err
	}
	return s.db.write(ctx, func(tx *sql.Tx) error {
		if len(g.Codes) == 0 {
			_, err := tx.ExecContext(ctx, `DELETE FROM receivers WHERE connector = ? AND name = ?`, connector, name)
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT OR REPLACE INTO receivers (connector, name, body) VALUES (?, ?, ?)`, connector, name, string(body))
		return err
	})
}

// Groups implements submit.Groups.
func (s *Store) Groups(ctx context.Context, connector string) ([]submit.Group, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT name, body FROM receivers WHERE connector = ? ORDER BY name`, connector)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []submit.Group
	for rows.Next() {
		var g submit.Group
		var body string
		if err := rows.Scan(&g.Name, &body); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(body), &g.Codes); err != nil {
			return nil, errors.Join(ErrDamaged, err)
		}
		all = append(all, g)
	}
	return all, rows.Err()
}

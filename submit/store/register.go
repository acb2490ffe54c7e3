package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"trinhky/submit"
)

var _ submit.Register = (*Store)(nil)

// Reserve implements submit.Register.
func (s *Store) Reserve(ctx context.Context, series submit.Series) (submit.Line, error) {
	if err := checkSeries(series); err != nil {
		return submit.Line{}, err
	}
	l := submit.Line{Series: series, State: submit.NumberReserved, Reserved: moment(millis(time.Now())), By: s.actor}
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		var released, highest sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT min(number) FILTER (WHERE state = ?), max(number) FROM number
			WHERE agency = ? AND year = ? AND book = ?`, string(submit.NumberReleased), series.Agency, series.Year, series.Book).Scan(&released, &highest)
		if err != nil {
			return err
		}
		l.Number = int(highest.Int64) + 1
		if released.Valid {
			l.Number = int(released.Int64)
		}
		if err := putLine(ctx, tx, l); err != nil {
			return err
		}
		return s.auditNumber(ctx, tx, l, submit.ActionReserved)
	})
	if err != nil {
		return submit.Line{}, err
	}
	s.noteHead()
	return l, nil
}

// Hold implements submit.Register. That the number stands in a document is
// entered in the audit log; that it is going to is not.
func (s *Store) Hold(ctx context.Context, l submit.Line) error {
	a := submit.ActionNumbered
	if !(submit.Line{State: submit.NumberReserved, Draft: l.Draft}).Waits() {
		a = ""
	}
	return s.moveNumber(ctx, l.Series, l.Number, a, func(old submit.Line) submit.Line {
		old.Notation, old.Date, old.Draft = l.Notation, l.Date, l.Draft
		return old
	})
}

func checkSeries(s submit.Series) error {
	if s.Agency == "" || s.Year < 1945 || s.Year > 2999 {
		return &submit.FieldError{Field: "series", Reason: fmt.Sprintf("%+v is none", s)}
	}
	return nil
}

// Issue implements submit.Register.
func (s *Store) Issue(ctx context.Context, l submit.Line) error {
	if err := l.Check(); err != nil {
		return err
	}
	return s.moveNumber(ctx, l.Series, l.Number, submit.ActionIssued, func(old submit.Line) submit.Line {
		l.State, l.Reserved, l.By, l.Draft = submit.NumberIssued, old.Reserved, old.By, nil
		return l
	})
}

// Release implements submit.Register.
func (s *Store) Release(ctx context.Context, series submit.Series, number int) error {
	return s.moveNumber(ctx, series, number, submit.ActionReleased, func(submit.Line) submit.Line {
		return submit.Line{Series: series, Number: number, State: submit.NumberReleased}
	})
}

// moveNumber changes a reserved number; a is what the audit log says, "" for
// nothing.
func (s *Store) moveNumber(ctx context.Context, series submit.Series, number int, a submit.Action, change func(submit.Line) submit.Line) error {
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		var body string
		err := tx.QueryRowContext(ctx, `SELECT body FROM number WHERE agency = ? AND year = ? AND book = ? AND number = ? AND state = ?`,
			series.Agency, series.Year, series.Book, number, string(submit.NumberReserved)).Scan(&body)
		if errors.Is(err, sql.ErrNoRows) {
			return submit.ErrNumberTaken
		}
		if err != nil {
			return err
		}
		var l submit.Line
		if err := json.Unmarshal([]byte(body), &l); err != nil {
			return errors.Join(ErrDamaged, err)
		}
		l = change(l)
		if err := putLine(ctx, tx, l); err != nil {
			return err
		}
		if a == "" {
			return nil
		}
		return s.auditNumber(ctx, tx, l, a)
	})
	if err == nil {
		s.noteHead()
	}
	return err
}

func putLine(ctx context.Context, tx *sql.Tx, l submit.Line) error {
	body, err := json.Marshal(l)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT OR REPLACE INTO number (agency, year, book, number, state, body) VALUES (?, ?, ?, ?, ?, ?)`,
		l.Series.Agency, l.Series.Year, l.Series.Book, l.Number, string(l.State), string(body))
	return err
}

func (s *Store) auditNumber(ctx context.Context, tx *sql.Tx, l submit.Line, a submit.Action) error {
	e := submit.Entry{
		Action: a, Document: fmt.Sprintf("%s %d %s %s/%s", l.Series.Agency, l.Series.Year, l.Series.Book, submit.FormatNumber(l.Number), l.Notation),
		Envelope: l.Envelope,
	}
	if l.Draft != nil {
		e.File, e.Destination = l.Draft.Sum, l.Draft.Numbered
	}
	_, err := s.audit(ctx, tx, e)
	return err
}

// Lines implements submit.Register.
func (s *Store) Lines(ctx context.Context, agency string, year int) ([]submit.Line, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT body FROM number WHERE agency = ? AND year = ? AND state <> ? ORDER BY book, number`,
		agency, year, string(submit.NumberReleased))
	if err != nil {
		return nil, err
	}
	bodies, err := texts(rows)
	if err != nil {
		return nil, err
	}
	all := make([]submit.Line, len(bodies))
	for i, b := range bodies {
		if err := json.Unmarshal([]byte(b), &all[i]); err != nil {
			return nil, errors.Join(ErrDamaged, err)
		}
	}
	return all, nil
}

// SetFirst implements submit.Register. The numbers before it count as issued by
// somebody else.
func (s *Store) SetFirst(ctx context.Context, series submit.Series, first int) error {
	if err := checkSeries(series); err != nil {
		return err
	}
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		var highest sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT max(number) FROM number WHERE agency = ? AND year = ? AND book = ?`,
			series.Agency, series.Year, series.Book).Scan(&highest)
		if err != nil {
			return err
		}
		if int64(first) <= highest.Int64+1 {
			if int64(first) == highest.Int64+1 {
				return nil
			}
			return submit.ErrNumberTaken
		}
		l := submit.Line{
			Series: series, Number: first - 1, State: submit.NumberIssued,
			Note: fmt.Sprintf("các số đến %d đã cấp ngoài phần mềm", first-1),
		}
		if err := putLine(ctx, tx, l); err != nil {
			return err
		}
		return s.auditNumber(ctx, tx, l, submit.ActionFirst)
	})
	if err == nil {
		s.noteHead()
	}
	return err
}

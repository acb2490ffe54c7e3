package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"trinhky/submit"
)

// state is what changes in a record, kept as JSON; the columns that are
// searched stand beside it.
type state struct {
	Recipients  []submit.Recipient
	Attempts    []submit.Attempt
	Receipt     submit.Receipt
	Absent      time.Time
	Problem     string
	ProblemCode string
}

const columns = `e.n, e.body, e.queued, e.status, e.next_try, e.tries, e.state, e.updated`

// row is a record with its number in the database.
type row struct {
	n      int64
	record submit.Record
}

// Add implements submit.Journal.
func (s *Store) Add(ctx context.Context, e submit.Envelope) (submit.Record, error) {
	e.Files = slices.Clone(e.Files)
	var total int64
	for i := range e.Files {
		f, err := s.keep(ctx, e.Files[i])
		if err != nil {
			return submit.Record{}, err
		}
		e.Files[i] = f
		if total += f.Size; total > s.limits.MessageBytes {
			return submit.Record{}, &submit.FieldError{Field: "files", Reason: fmt.Sprintf("together larger than %d MB", s.limits.MessageBytes>>20)}
		}
	}
	r := submit.Record{Envelope: e, Updated: e.Queued}
	for _, p := range e.To {
		r.Recipients = append(r.Recipients, submit.Recipient{Party: p})
	}
	var same string
	err := s.db.write(ctx, func(tx *sql.Tx) (err error) {
		if same, err = s.duplicate(ctx, tx, e); err != nil || same != "" {
			return err
		}
		if err := insert(ctx, tx, r); err != nil {
			return err
		}
		return s.auditRecord(ctx, tx, r, submit.ActionQueued, "")
	})
	if err != nil {
		return submit.Record{}, err
	}
	s.noteHead()
	if same != "" {
		return s.Get(ctx, same)
	}
	return r, nil
}

// duplicate finds the very same document for the same receivers, or refuses
// another one of its identifier for one of them.
func (s *Store) duplicate(ctx context.Context, tx *sql.Tx, e submit.Envelope) (same string, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id FROM envelope WHERE document_id = ? AND connector = ? AND kind = ?
		AND status NOT IN (?, ?, ?)`, e.DocumentID, e.Connector, e.Business.Kind, submit.Refused, submit.Failed, submit.Cancelled)
	if err != nil {
		return "", err
	}
	ids, err := texts(rows)
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		old, err := s.get(ctx, tx, id)
		if err != nil {
			return "", err
		}
		switch {
		case sameLetter(old.record.Envelope, e) && !answered(old.record):
			return id, nil
		case e.Business.Kind == submit.New && shareReceiver(old.record.Envelope, e):
			return "", &submit.DuplicateError{ID: id, DocumentID: e.DocumentID}
		}
	}
	return "", nil
}

// answered tells of a recall or an update that a receiver refused: the same may
// be asked again.
func answered(r submit.Record) bool {
	k := r.Envelope.Business.Kind
	return (k == submit.Recall || k == submit.Update) && slices.ContainsFunc(r.Recipients, func(p submit.Recipient) bool {
		return p.Status == submit.Refused
	})
}

// sameLetter: same receivers, same files, same data: sent again by mistake or
// after a crash, not on purpose.
func sameLetter(a, b submit.Envelope) bool {
	codes := func(e submit.Envelope) (all []string) {
		for _, p := range e.To {
			all = append(all, p.OrganID())
		}
		slices.Sort(all)
		return all
	}
	sums := func(e submit.Envelope) (all []string) {
		for _, f := range e.Files {
			all = append(all, string(f.SHA256[:]))
		}
		return all
	}
	return slices.Equal(codes(a), codes(b)) && slices.Equal(sums(a), sums(b)) && a.Document == b.Document &&
		a.Business.Reason == b.Business.Reason
}

func shareReceiver(a, b submit.Envelope) bool {
	return slices.ContainsFunc(a.To, func(p submit.Party) bool {
		return slices.ContainsFunc(b.To, func(q submit.Party) bool { return p.Is(q.Code) || p.Is(q.OldCode) })
	})
}

func insert(ctx context.Context, tx *sql.Tx, r submit.Record) error {
	e := r.Envelope
	files := e.Files
	e.Files = nil
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	st, err := encodeState(r)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO envelope
		(id, connector, document_id, sender, code, date, kind, body, queued, status, next_try, tries, doc_id, state, updated)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.ID, e.Connector, e.DocumentID, e.From.OrganID(), e.Document.Code(), e.Document.Date, e.Business.Kind, string(body),
		millis(e.Queued), r.Status, millis(r.NextTry), r.Tries, r.Receipt.DocID, string(st), millis(r.Updated))
	if err != nil {
		return err
	}
	n, err := res.LastInsertId()
	if err != nil {
		return err
	}
	for i, f := range files {
		_, err := tx.ExecContext(ctx, `INSERT INTO file (envelope, position, name, original, sha256, size, role)
			VALUES (?, ?, ?, ?, ?, ?, ?)`, n, i, f.Name, f.Original, f.SHA256[:], f.Size, f.Role)
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO envelope_text (rowid, text) VALUES (?, ?)`, n, envelopeText(e))
	return err
}

func envelopeText(e submit.Envelope) string {
	parts := []string{e.Document.Number, e.Document.Notation, e.Document.Subject, e.Document.Type, e.Document.Signer}
	codes := []string{e.DocumentID}
	for _, p := range e.To {
		parts = append(parts, p.Name)
		codes = append(codes, p.Code, p.OldCode)
	}
	return indexText(parts, codes)
}

// Get implements submit.Journal.
func (s *Store) Get(ctx context.Context, id string) (submit.Record, error) {
	r, err := s.get(ctx, s.db, id)
	if err != nil {
		return submit.Record{}, err
	}
	r.record.Reports, err = reports(ctx, s.db, r.n)
	return r.record, err
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// get reads one record with its files.
func (s *Store) get(ctx context.Context, q querier, id string) (row, error) {
	r, err := scanRow(q.QueryRowContext(ctx, `SELECT `+columns+` FROM envelope e WHERE e.id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, submit.ErrNotFound
	}
	if err != nil {
		return row{}, err
	}
	one := []row{r}
	return one[0], s.addFiles(ctx, q, one)
}

func scanRow(r interface{ Scan(...any) error }) (row, error) {
	var out row
	var body, st []byte
	var queued, next, updated int64
	rec := &out.record
	if err := r.Scan(&out.n, &body, &queued, &rec.Status, &next, &rec.Tries, &st, &updated); err != nil {
		return row{}, err
	}
	if err := json.Unmarshal(body, &rec.Envelope); err != nil {
		return row{}, fmt.Errorf("%w: envelope %d: %w", ErrDamaged, out.n, err)
	}
	var s state
	if err := json.Unmarshal(st, &s); err != nil {
		return row{}, fmt.Errorf("%w: envelope %d: %w", ErrDamaged, out.n, err)
	}
	rec.Envelope.Queued = moment(queued)
	rec.NextTry, rec.Updated = moment(next), moment(updated)
	rec.Recipients, rec.Attempts, rec.Receipt = s.Recipients, s.Attempts, s.Receipt
	rec.Absent, rec.Problem, rec.ProblemCode = s.Absent, s.Problem, s.ProblemCode
	return out, nil
}

func encodeState(r submit.Record) ([]byte, error) {
	return json.Marshal(state{r.Recipients, r.Attempts, r.Receipt, r.Absent, r.Problem, r.ProblemCode})
}

func (s *Store) addFiles(ctx context.Context, q querier, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	at := map[int64]*submit.Record{}
	list := make([]string, 0, len(rows))
	for i := range rows {
		at[rows[i].n] = &rows[i].record
		list = append(list, fmt.Sprint(rows[i].n))
	}
	found, err := q.QueryContext(ctx, `SELECT envelope, name, original, sha256, size, role FROM file
		WHERE envelope IN (`+strings.Join(list, ",")+`) ORDER BY envelope, position`)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var n int64
		var f submit.File
		var sum []byte
		if err := found.Scan(&n, &f.Name, &f.Original, &sum, &f.Size, &f.Role); err != nil {
			return err
		}
		if len(sum) != 32 {
			return fmt.Errorf("%w: a hash of %d bytes", ErrDamaged, len(sum))
		}
		f.SHA256 = [32]byte(sum)
		f.Path = s.kept(f.SHA256)
		at[n].Envelope.Files = append(at[n].Envelope.Files, f)
	}
	return found.Err()
}

// Update implements submit.Journal.
func (s *Store) Update(ctx context.Context, id string, change func(*submit.Record) error) (submit.Record, error) {
	var out row
	moved := false
	err := s.db.write(ctx, func(tx *sql.Tx) (err error) {
		if out, err = s.get(ctx, tx, id); err != nil {
			return err
		}
		from := out.record.Status
		if err := change(&out.record); err != nil {
			return err
		}
		if err := save(ctx, tx, &out); err != nil {
			return err
		}
		moved = from != out.record.Status
		return s.auditMove(ctx, tx, from, out.record)
	})
	if err != nil {
		return submit.Record{}, err
	}
	if moved {
		s.noteHead()
	}
	return out.record, nil
}

func save(ctx context.Context, tx *sql.Tx, r *row) error {
	st, err := encodeState(r.record)
	if err != nil {
		return err
	}
	r.record.Updated = moment(millis(time.Now()))
	_, err = tx.ExecContext(ctx, `UPDATE envelope SET status = ?, next_try = ?, tries = ?, doc_id = ?, state = ?, updated = ? WHERE n = ?`,
		r.record.Status, millis(r.record.NextTry), r.record.Tries, r.record.Receipt.DocID, string(st), millis(r.record.Updated), r.n)
	return err
}

// Due implements submit.Journal.
func (s *Store) Due(ctx context.Context) ([]submit.Due, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, connector, status, next_try FROM envelope WHERE status IN (0, 1, 2) ORDER BY next_try, n`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []submit.Due
	for rows.Next() {
		var d submit.Due
		var at int64
		if err := rows.Scan(&d.ID, &d.Connector, &d.Status, &at); err != nil {
			return nil, err
		}
		d.At = moment(at)
		all = append(all, d)
	}
	return all, rows.Err()
}

// Owner implements submit.Journal.
func (s *Store) Owner(ctx context.Context, connector, docID string) (id string, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT id FROM envelope WHERE connector = ? AND doc_id = ? AND doc_id <> ''`, connector, docID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return id, err
}

// Claim implements submit.Journal.
func (s *Store) Claim(ctx context.Context, id string) (func(), error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held[id] {
		return nil, submit.ErrBusy
	}
	err := s.db.write(ctx, func(tx *sql.Tx) error {
		var owner string
		err := tx.QueryRowContext(ctx, `SELECT lease FROM envelope WHERE id = ?`, id).Scan(&owner)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return submit.ErrNotFound
		case err != nil:
			return err
		case owner != "" && owner != s.life.name && !dead(s.running(), owner):
			return submit.ErrBusy
		}
		_, err = tx.ExecContext(ctx, `UPDATE envelope SET lease = ? WHERE id = ?`, s.life.name, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.held[id] = true
	return func() { s.release(id) }, nil
}

// release frees a lease. Where the database does not take it, the lease still
// stands in our name, and we take it again or free it by ending.
func (s *Store) release(id string) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	_ = s.db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE envelope SET lease = '' WHERE id = ? AND lease = ?`, id, s.life.name)
		return err
	})
	s.mu.Lock()
	delete(s.held, id)
	s.mu.Unlock()
}

package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"trinhky/submit"
)

var _ submit.InboxJournal = (*Store)(nil)

// Has implements submit.InboxJournal.
func (s *Store) Has(ctx context.Context, connector, docID string) (has bool, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM arrival WHERE connector = ? AND doc_id = ?)`, connector, docID).Scan(&has)
	return has, err
}

// AddIncoming implements submit.InboxJournal. What came before under another
// identifier of the destination is the same where the sender says the same of the
// same document with the same files; the further identifier is noted.
func (s *Store) AddIncoming(ctx context.Context, in submit.Incoming) (kept submit.Incoming, fresh bool, err error) {
	if in.Message.Path != "" { // a request made by a status has none
		if in.Message, err = s.keepSized(ctx, in.Message, s.incomingLimit()); err != nil {
			return in, false, err
		}
	}
	for i := range in.Files {
		if in.Files[i], err = s.keepSized(ctx, in.Files[i], s.incomingLimit()); err != nil {
			return in, false, err
		}
	}
	in.ID, in.Received = uuid.NewString(), moment(millis(in.Received))
	mark := fingerprint(in)
	err = s.db.write(ctx, func(tx *sql.Tx) error {
		var n int64
		err := tx.QueryRowContext(ctx, `SELECT n FROM incoming WHERE connector = ? AND fingerprint = ?`, in.Connector, mark).Scan(&n)
		fresh = errors.Is(err, sql.ErrNoRows)
		if err != nil && !fresh {
			return err
		}
		if fresh {
			if n, err = insertIncoming(ctx, tx, in, mark); err != nil {
				return err
			}
			said := in.Problem
			if in.Stranger != "" {
				said = fmt.Sprintf("stranger (%s) %s", in.Stranger, in.Carried)
			}
			if err := s.auditIncoming(ctx, tx, in, submit.ActionReceived, said); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT OR IGNORE INTO arrival (connector, doc_id, incoming) VALUES (?, ?, ?)`, in.Connector, in.DocID, n)
		return err
	})
	if err != nil {
		return in, false, err
	}
	s.noteHead()
	if fresh {
		return in, true, nil
	}
	err = s.db.QueryRowContext(ctx, `SELECT i.id FROM arrival a JOIN incoming i ON i.n = a.incoming
		WHERE a.connector = ? AND a.doc_id = ?`, in.Connector, in.DocID).Scan(&in.ID)
	if err != nil {
		return in, false, err
	}
	kept, err = s.GetIncoming(ctx, in.ID)
	return kept, false, err
}

// maxIncoming bounds one kept file of others, where the agency itself sends no
// larger messages.
const maxIncoming = 192 << 20

// incomingLimit leaves room for the base64 of a message.
func (s *Store) incomingLimit() int64 { return max(maxIncoming, s.limits.MessageBytes/2*3) }

// fingerprint is the same for the same message, however it was wrapped on the
// way: of receivers and clerks the axis, or a second try, may write other ones.
// One that cannot be read is known by its bytes.
func fingerprint(in submit.Incoming) string {
	h := sha256.New()
	b := in.Business
	said := []string{
		in.From.OrganID(), in.DocumentID, fmt.Sprint(b.Kind), b.Reason, b.About, fmt.Sprint(b.Changed), fmt.Sprintf("%+v", in.Document),
	}
	for _, p := range b.Removed {
		said = append(said, "-"+p.OrganID())
	}
	for _, p := range b.Added {
		said = append(said, "+"+p.OrganID())
	}
	for _, r := range b.Replaces {
		said = append(said, r.DocumentID, strings.Join(r.Receivers, ","))
	}
	for _, s := range said {
		fmt.Fprintf(h, "%d:%s,", len(s), s)
	}
	for _, f := range in.Files {
		h.Write(f.SHA256[:])
	}
	if in.Stranger != "" { // the true one may come yet
		fmt.Fprintf(h, "stranger:%s", in.Stranger)
	}
	if in.Problem != "" {
		h.Write(in.Message.SHA256[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

func insertIncoming(ctx context.Context, tx *sql.Tx, in submit.Incoming, mark string) (int64, error) {
	body, err := json.Marshal(in)
	if err != nil {
		return 0, err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO incoming (id, connector, fingerprint, body, received, status, open, document_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		in.ID, in.Connector, mark, string(body), millis(in.Received), in.Status, hasOpen(in), in.DocumentID)
	if err != nil {
		return 0, err
	}
	n, err := res.LastInsertId()
	if err != nil {
		return 0, err
	}
	for _, f := range append([]submit.File{in.Message}, in.Files...) {
		if f.Path == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO incoming_file (incoming, sha256) VALUES (?, ?)`, n, f.SHA256[:]); err != nil {
			return 0, err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO incoming_text (rowid, text) VALUES (?, ?)`, n, incomingText(in))
	return n, err
}

func incomingText(in submit.Incoming) string {
	words := []string{in.Document.Number, in.Document.Notation, in.Document.Subject, in.Document.Type, in.Document.Signer, in.From.Name}
	return indexText(words, []string{in.DocumentID, in.From.Code, in.From.OldCode})
}

// hasOpen tells whether an answer of in is not sent yet.
func hasOpen(in submit.Incoming) bool {
	for _, a := range in.Answers {
		if a.Sent.IsZero() {
			return true
		}
	}
	return false
}

// GetIncoming implements submit.InboxJournal.
func (s *Store) GetIncoming(ctx context.Context, id string) (submit.Incoming, error) {
	return s.incoming(ctx, s.db, id)
}

func (s *Store) incoming(ctx context.Context, q querier, id string) (submit.Incoming, error) {
	var body string
	err := q.QueryRowContext(ctx, `SELECT body FROM incoming WHERE id = ?`, id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return submit.Incoming{}, submit.ErrNotFound
	}
	if err != nil {
		return submit.Incoming{}, err
	}
	return s.decodeIncoming(body)
}

func (s *Store) decodeIncoming(body string) (submit.Incoming, error) {
	var in submit.Incoming
	if err := json.Unmarshal([]byte(body), &in); err != nil {
		return in, errors.Join(ErrDamaged, err)
	}
	if in.Message.Path != "" {
		in.Message.Path = s.kept(in.Message.SHA256) // the home may have moved
	}
	for i := range in.Files {
		in.Files[i].Path = s.kept(in.Files[i].SHA256)
	}
	return in, nil
}

// ListIncoming implements submit.InboxJournal.
func (s *Store) ListIncoming(ctx context.Context, f submit.Filter) ([]submit.Incoming, error) {
	query, args, err := s.filterQuery(ctx, f, source{
		columns: `e.body`, table: `incoming`, text: `incoming_text`, time: `received`,
	})
	if err != nil {
		return nil, err
	}
	return s.manyIncoming(ctx, query, args...)
}

// Originals implements submit.InboxJournal.
func (s *Store) Originals(ctx context.Context, connector, documentID string) ([]submit.Incoming, error) {
	if documentID == "" {
		return nil, nil
	}
	return s.manyIncoming(ctx, `SELECT body FROM incoming WHERE connector = ? AND document_id = ? ORDER BY n DESC LIMIT 100`, connector, documentID)
}

// Unanswered implements submit.InboxJournal.
func (s *Store) Unanswered(ctx context.Context) ([]submit.Incoming, error) {
	return s.manyIncoming(ctx, `SELECT body FROM incoming WHERE open ORDER BY n LIMIT 1000`)
}

func (s *Store) manyIncoming(ctx context.Context, query string, args ...any) ([]submit.Incoming, error) {
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	bodies, err := texts(rows)
	if err != nil {
		return nil, err
	}
	all := make([]submit.Incoming, len(bodies))
	for i, b := range bodies {
		if all[i], err = s.decodeIncoming(b); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// UpdateIncoming implements submit.InboxJournal.
func (s *Store) UpdateIncoming(ctx context.Context, id string, change func(*submit.Incoming) error) (in submit.Incoming, err error) {
	err = s.db.write(ctx, func(tx *sql.Tx) error {
		if in, err = s.incoming(ctx, tx, id); err != nil {
			return err
		}
		before := len(in.Answers)
		if err := change(&in); err != nil {
			return err
		}
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE incoming SET body = ?, status = ?, open = ? WHERE id = ?`, string(body), in.Status, hasOpen(in), id); err != nil {
			return err
		}
		for _, a := range in.Answers[min(before, len(in.Answers)):] {
			if err := s.auditIncoming(ctx, tx, in, submit.ActionAnswered, strings.TrimSpace(a.Code+" "+a.Note)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return submit.Incoming{}, err
	}
	s.noteHead()
	return in, nil
}

func (s *Store) auditIncoming(ctx context.Context, tx *sql.Tx, in submit.Incoming, a submit.Action, result string) error {
	e := submit.Entry{Action: a, Document: in.DocumentID, Envelope: in.ID, Destination: in.Connector, Result: result, File: in.Message.SHA256}
	if len(in.Files) > 0 {
		e.File = in.Files[0].SHA256
	}
	_, err := s.audit(ctx, tx, e)
	return err
}

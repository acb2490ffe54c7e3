package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	"github.com/google/uuid"
)

// step turns a database of version n into n+1. One that was released never
// changes.
type step struct {
	statements string
	// then does in the same transaction what SQL cannot; nil for nothing.
	then func(context.Context, *sql.Tx) error
}

// journalSteps and directorySteps make the databases.
var journalSteps = []step{
	{statements: `
CREATE TABLE envelope (
	n           INTEGER PRIMARY KEY,
	id          TEXT NOT NULL UNIQUE,
	connector   TEXT NOT NULL,
	document_id TEXT NOT NULL,
	sender      TEXT NOT NULL,
	code        TEXT NOT NULL, -- number/notation
	date        TEXT NOT NULL,
	kind        INTEGER NOT NULL,
	body        TEXT NOT NULL, -- the envelope as JSON, without its files
	queued      INTEGER NOT NULL, -- times: Unix milliseconds, 0 for none
	status      INTEGER NOT NULL,
	next_try    INTEGER NOT NULL,
	tries       INTEGER NOT NULL,
	doc_id      TEXT NOT NULL,
	state       TEXT NOT NULL, -- receivers, attempts, receipt, problem as JSON
	lease       TEXT NOT NULL DEFAULT '',
	updated     INTEGER NOT NULL
) STRICT;
CREATE INDEX envelope_document ON envelope (document_id);
CREATE INDEX envelope_code ON envelope (code, date);
CREATE INDEX envelope_queued ON envelope (queued);
CREATE INDEX envelope_status ON envelope (status, queued);
CREATE INDEX envelope_waiting ON envelope (next_try) WHERE status IN (0, 1, 2);
CREATE INDEX envelope_receipt ON envelope (connector, doc_id) WHERE doc_id <> '';
CREATE VIRTUAL TABLE envelope_text USING fts5 (text, content = '', contentless_delete = 1, prefix = '2 3',
	tokenize = "unicode61 tokenchars '.'");
CREATE TABLE file (
	envelope INTEGER NOT NULL REFERENCES envelope (n) ON DELETE CASCADE,
	position INTEGER NOT NULL,
	name     TEXT NOT NULL,
	original TEXT NOT NULL,
	sha256   BLOB NOT NULL,
	size     INTEGER NOT NULL,
	role     INTEGER NOT NULL,
	PRIMARY KEY (envelope, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_sha256 ON file (sha256);
CREATE TABLE report (
	n         INTEGER PRIMARY KEY,
	connector TEXT NOT NULL,
	id        TEXT NOT NULL,
	envelope  INTEGER REFERENCES envelope (n), -- null: none of ours
	body      TEXT NOT NULL, -- the report as JSON
	stored    INTEGER NOT NULL,
	UNIQUE (connector, id)
) STRICT;
CREATE INDEX report_envelope ON report (envelope);
`},
	{statements: steps2},
	{statements: steps3},
	{statements: steps4},
	{statements: steps5},
	{statements: steps6},
	{statements: steps7},
	{statements: steps8},
	{statements: steps9, then: renewTexts},
}

// steps9 gives words of one letter an index of their own.
const steps9 = `
DROP TABLE envelope_text;
CREATE VIRTUAL TABLE envelope_text USING fts5 (text, content = '', contentless_delete = 1, prefix = '1 2 3',
	tokenize = "unicode61 tokenchars '.'");
DROP TABLE incoming_text;
CREATE VIRTUAL TABLE incoming_text USING fts5 (text, content = '', contentless_delete = 1, prefix = '1 2 3',
	tokenize = "unicode61 tokenchars '.'");
`

// steps8 finds what belongs to a connector that carried little.
const steps8 = `
CREATE INDEX envelope_connector ON envelope (connector, queued);
CREATE INDEX incoming_connector ON incoming (connector, received);
`

// steps7 finds what was received by the identifier that its sender gave it.
const steps7 = `
ALTER TABLE incoming ADD COLUMN document_id TEXT NOT NULL DEFAULT '';
UPDATE incoming SET document_id = ifnull(json_extract(body, '$.DocumentID'), '');
CREATE INDEX incoming_document ON incoming (connector, document_id);
`

// steps6 finds what waits for a decision among very many messages.
const steps6 = `
CREATE INDEX incoming_status ON incoming (status, received);
`

// steps5 adds groups of receivers.
const steps5 = `
CREATE TABLE receivers (
	connector TEXT NOT NULL,
	name      TEXT NOT NULL,
	body      TEXT NOT NULL, -- codes as JSON
	PRIMARY KEY (connector, name)
) STRICT, WITHOUT ROWID;
`

// steps2 adds the audit log. The triggers keep honest programs from changing it;
// the chain of hashes shows what others did.
const steps2 = `
CREATE TABLE audit (
	n           INTEGER PRIMARY KEY,
	at          INTEGER NOT NULL,
	actor       TEXT NOT NULL,
	action      TEXT NOT NULL,
	document    TEXT NOT NULL,
	envelope    TEXT NOT NULL,
	file        BLOB NOT NULL,
	certificate TEXT NOT NULL,
	level       TEXT NOT NULL,
	destination TEXT NOT NULL,
	result      TEXT NOT NULL,
	previous    BLOB NOT NULL,
	hash        BLOB NOT NULL
) STRICT;
CREATE TRIGGER audit_stays BEFORE UPDATE ON audit BEGIN SELECT RAISE (ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_keeps BEFORE DELETE ON audit BEGIN SELECT RAISE (ABORT, 'the audit log is append-only'); END;
`

// steps3 adds the register of issued numbers.
const steps3 = `
CREATE TABLE number (
	agency TEXT NOT NULL,
	year   INTEGER NOT NULL,
	book   TEXT NOT NULL,
	number INTEGER NOT NULL,
	state  TEXT NOT NULL,
	body   TEXT NOT NULL, -- the line as JSON
	PRIMARY KEY (agency, year, book, number)
) STRICT, WITHOUT ROWID;
`

// steps4 adds what was received. One message may have arrived under several
// identifiers of the destination.
const steps4 = `
CREATE TABLE incoming (
	n           INTEGER PRIMARY KEY,
	id          TEXT NOT NULL UNIQUE,
	connector   TEXT NOT NULL,
	fingerprint TEXT NOT NULL,
	body        TEXT NOT NULL, -- the message as JSON, without its bytes
	received    INTEGER NOT NULL,
	status      INTEGER NOT NULL,
	open        INTEGER NOT NULL, -- an answer is not sent yet
	UNIQUE (connector, fingerprint)
) STRICT;
CREATE INDEX incoming_received ON incoming (received);
CREATE INDEX incoming_open ON incoming (n) WHERE open;
CREATE TABLE arrival (
	connector TEXT NOT NULL,
	doc_id    TEXT NOT NULL,
	incoming  INTEGER NOT NULL REFERENCES incoming (n),
	PRIMARY KEY (connector, doc_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE incoming_file (
	incoming INTEGER NOT NULL REFERENCES incoming (n),
	sha256   BLOB NOT NULL
) STRICT;
CREATE INDEX incoming_file_sha256 ON incoming_file (sha256);
CREATE VIRTUAL TABLE incoming_text USING fts5 (text, content = '', contentless_delete = 1, prefix = '2 3',
	tokenize = "unicode61 tokenchars '.'");
`

// The directories have a database of their own: filling 120,000 rows takes
// seconds, and nobody who sends must wait for it.
var directorySteps = []step{
	{statements: `
CREATE TABLE agency (
	n         INTEGER PRIMARY KEY,
	connector TEXT NOT NULL,
	code      TEXT NOT NULL,
	old_code  TEXT NOT NULL,
	name      TEXT NOT NULL,
	body      TEXT NOT NULL
) STRICT;
CREATE INDEX agency_code ON agency (connector, code);
CREATE INDEX agency_old_code ON agency (connector, old_code);
CREATE VIRTUAL TABLE agency_text USING fts5 (text, content = '', contentless_delete = 1, prefix = '1 2 3 4',
	tokenize = "unicode61 tokenchars '.'");
CREATE TABLE directory (
	connector TEXT PRIMARY KEY,
	fetched   INTEGER NOT NULL,
	entries   INTEGER NOT NULL
) STRICT;
`},
	// When an agency left the directory, Unix milliseconds; 0: it is in it.
	{statements: `
ALTER TABLE agency ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
CREATE INDEX agency_gone ON agency (connector, gone) WHERE gone <> 0;
`},
}

// migrate brings the database to the newest version, after a backup beside it.
func migrate(ctx context.Context, db *sql.DB, path string, steps []step) error {
	have, err := version(ctx, db)
	if err != nil {
		return err
	}
	if have > len(steps) {
		return fmt.Errorf("%w: %d, this program knows %d", ErrNewer, have, len(steps))
	}
	if have > 0 && have < len(steps) {
		if err := backup(ctx, db, fmt.Sprintf("%s.v%d", path, have)); err != nil {
			return fmt.Errorf("backup before migration: %w", err)
		}
	}
	if have < len(steps) {
		if err := apply(ctx, db, steps); err != nil {
			return fmt.Errorf("migration from %d: %w", have, err)
		}
	}
	return nil
}

// apply brings the database to the newest version in one transaction: programs
// that start at the same time see the old version or the new one.
func apply(ctx context.Context, db *sql.DB, steps []step) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing after a commit
	var have int
	if err := tx.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&have); err != nil || have >= len(steps) {
		return err // another program was quicker
	}
	for _, to := range steps[have:] {
		if _, err := tx.ExecContext(ctx, to.statements); err != nil {
			return err
		}
		if to.then == nil {
			continue
		}
		if err := to.then(ctx, tx); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA user_version = %d`, len(steps))); err != nil {
		return err
	}
	return tx.Commit()
}

func version(ctx context.Context, db *sql.DB) (v int, err error) {
	err = db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&v)
	return v, err
}

// backup copies the database to path, which appears whole or not at all. A
// backup of that version that is there already is kept: it is the older one.
func backup(ctx context.Context, db *sql.DB, path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	part := path + "." + uuid.NewString()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, part); err != nil {
		return err
	}
	return os.Rename(part, path)
}

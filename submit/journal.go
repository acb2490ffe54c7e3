package submit

import (
	"context"
	"time"
)

// Journal is where the outbox keeps everything (submit/store is the real one).
// What a method returned without an error survives a power cut. It is safe for
// concurrent use, also by several programs.
type Journal interface {
	// Add keeps e and copies of its files, with their real hashes and sizes, in
	// the status Queued. A file whose SHA256 is given and differs is refused.
	// The very same document for the same receivers, queued or sent already, is
	// not added again: its record is returned. Another document of that
	// identifier for one of the receivers is a *DuplicateError.
	Add(ctx context.Context, e Envelope) (Record, error)
	Get(ctx context.Context, id string) (Record, error)
	List(ctx context.Context, f Filter) ([]Record, error)
	// Due lists the envelopes that wait, the most pressing first, and when each
	// may be tried.
	Due(ctx context.Context) ([]Due, error)
	// Update changes one record in one transaction. The envelope itself never
	// changes. change may be called again after a conflict.
	Update(ctx context.Context, id string, change func(*Record) error) (Record, error)
	// Claim takes the only right to send id, or ErrBusy. It ends with release,
	// or with the program: the right of a program that was killed is free again
	// at once.
	Claim(ctx context.Context, id string) (release func(), err error)
	// Owner is the envelope whose receipt carries docID, "" where none does.
	Owner(ctx context.Context, connector, docID string) (string, error)
	// Letters are the envelopes that carried a document (new or replacing) under
	// this identifier.
	Letters(ctx context.Context, connector, documentID string) ([]string, error)
	// Updated is the last update of the document under this identifier that was
	// not given up or refused; false where there is none.
	Updated(ctx context.Context, connector, documentID string) (Envelope, bool, error)
	// Numbered are the documents of that sender (new or replacing) with this
	// number and notation that were queued or sent in the year of m.
	Numbered(ctx context.Context, from Party, m Metadata) ([]Envelope, error)
	// AddReport keeps r once; fresh is false for one that is kept already. It
	// finds the envelope (id is "" where it is none of ours) and applies change
	// to it in the same transaction. The report of a stranger is kept with the
	// document that it names and changes nothing: id is "" for it too.
	AddReport(ctx context.Context, connector string, r Report, change func(*Record)) (id string, fresh bool, err error)

	// SetAgencies replaces the local copy of a connector's directory.
	SetAgencies(ctx context.Context, connector string, all []Party) error
	// Agency finds a party by its code of either system; false where the local
	// copy does not have it.
	Agency(ctx context.Context, connector, code string) (Party, bool, error)
	// FindAgencies searches names without accents, and codes.
	FindAgencies(ctx context.Context, connector, text string, limit int) ([]Party, error)
	// Agencies counts the local copy and says when it was fetched.
	Agencies(ctx context.Context, connector string) (n int, fetched time.Time, err error)
}

// Due is an envelope that waits, and since when it may be tried.
type Due struct {
	ID, Connector string
	Status        Status
	At            time.Time
}

// Filter chooses records. The zero value is everything, newest first.
type Filter struct {
	Statuses  []Status
	Connector string
	Text      string // in number, notation, subject, or a receiver's name or code; accents do not matter
	Before    time.Time
	Limit     int // 0: 200
	// Behind is the ID of the last one of the page before; "": the first page.
	Behind string
}

package submit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"time"
)

// Action is what an entry of the audit log says was done.
type Action string

// The actions. Signing is written by those who sign.
const (
	ActionSigned      Action = "signed"
	ActionReturned    Action = "returned" // a document sent back before it was signed
	ActionQueued      Action = "queued"
	ActionSending     Action = "sending"
	ActionUnconfirmed Action = "unconfirmed"
	ActionDelivered   Action = "delivered"
	ActionRefused     Action = "refused"
	ActionFailed      Action = "failed"
	ActionCancelled   Action = "cancelled"
	ActionRequeued    Action = "requeued"
	ActionReported    Action = "reported" // a receiver's status
	ActionReceived    Action = "received" // a document of others
	ActionAnswered    Action = "answered"
	ActionReserved    Action = "number-reserved"
	ActionIssued      Action = "number-issued"
	ActionNumbered    Action = "number-written" // it stands in a document that has no seal yet
	ActionReleased    Action = "number-released"
	ActionLost        Action = "journal-lost" // the end of the journal is gone; Result is the head that it had
	ActionFirst       Action = "number-first" // the numbers before it were given out elsewhere
	// A try to issue a document: that it began, that it ended without a sealed
	// document and why, and every signed file that was taken away again. What was
	// written before stays: the signatures were made.
	ActionIssueBegan  Action = "issue-began"
	ActionIssueFailed Action = "issue-failed"
	ActionDiscarded   Action = "discarded"
	ActionConnector   Action = "connector" // another connector, or another one of that name, from now on
	ActionBridge      Action = "bridge"    // a call of a web page, or its refusal
)

// Entry is one line of the audit log. N, At, Previous and Hash are the log's
// own.
type Entry struct {
	N           int64
	At          time.Time
	Actor       string // who was logged in to the computer
	Action      Action
	Document    string   // DocumentID, number or name
	Envelope    string   // Envelope.ID
	File        [32]byte // SHA-256 of the main file
	Certificate string   // serial and subject, of a signature
	Level       string   // of a signature
	Destination string
	Result      string
	// Hash is that of the entry with Previous in it: who changes, removes or
	// inserts one breaks every later one.
	Previous, Hash [32]byte
}

// Sum is what Hash must be. Every field goes in with its length, so that no two
// entries give the same bytes.
func (e Entry) Sum() [32]byte {
	h := sha256.New()
	put := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	var n [16]byte
	binary.BigEndian.PutUint64(n[:8], uint64(e.N))              //nolint:gosec // bits, not a quantity
	binary.BigEndian.PutUint64(n[8:], uint64(e.At.UnixMilli())) //nolint:gosec // bits, not a quantity
	put(n[:])
	for _, s := range []string{
		e.Actor, string(e.Action), e.Document, e.Envelope, e.Certificate, e.Level, e.Destination, e.Result,
	} {
		put([]byte(s))
	}
	put(e.File[:])
	put(e.Previous[:])
	return [32]byte(h.Sum(nil))
}

// MarshalJSON prints e as "audit list" and "audit export" do.
func (e Entry) MarshalJSON() ([]byte, error) {
	file := ""
	if e.File != [32]byte{} {
		file = hex.EncodeToString(e.File[:])
	}
	return json.Marshal(struct {
		N           int64     `json:"n"`
		At          time.Time `json:"at"`
		Actor       string    `json:"actor"`
		Action      Action    `json:"action"`
		Document    string    `json:"document"`
		Envelope    string    `json:"envelope,omitempty"`
		File        string    `json:"file_sha256,omitempty"`
		Certificate string    `json:"certificate,omitempty"`
		Level       string    `json:"level,omitempty"`
		Destination string    `json:"destination,omitempty"`
		Result      string    `json:"result,omitempty"`
		Hash        string    `json:"hash"`
	}{
		e.N, e.At, e.Actor, e.Action, e.Document, e.Envelope, file, e.Certificate, e.Level, e.Destination, e.Result,
		hex.EncodeToString(e.Hash[:]),
	})
}

// AuditLog is append-only. What happens to envelopes is written by the journal
// in the same transaction; Append is for everything else.
type AuditLog interface {
	Append(ctx context.Context, e Entry) (Entry, error)
	// Entries lists those from number first on, oldest first, at most limit.
	Entries(ctx context.Context, first int64, limit int) ([]Entry, error)
	// CheckAudit reads all of it. The error is a *TamperedError where the log
	// is not what was written.
	CheckAudit(ctx context.Context) (entries int64, err error)
}

// TamperedError says where the audit log is not what was written.
type TamperedError struct {
	N      int64
	Reason string
}

func (e *TamperedError) Error() string { return "the audit log was tampered with: " + e.Reason }

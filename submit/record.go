package submit

import (
	"encoding/hex"
	"encoding/json"
	"time"
)

// Record is an envelope with everything that happened to it. It is a value:
// changing it changes nothing in the journal.
type Record struct {
	Envelope   Envelope
	Status     Status
	Recipients []Recipient // in the order of Envelope.To
	Receipt    Receipt     // zero until the destination has it
	Attempts   []Attempt   // the last sends, oldest first; Tries counts all
	Tries      int
	NextTry    time.Time // not before, while Waiting
	// Absent is when a well-formed list first did not show an unconfirmed
	// envelope; zero where none was seen.
	Absent time.Time
	// Problem and ProblemCode are the last error; the code is the destination's
	// own where it refused, else that of the function ProblemCode.
	Problem, ProblemCode string
	Reports              []Report // every report about it, oldest first; filled by Get only
	Updated              time.Time
}

// Recipient is how far one receiver has come.
type Recipient struct {
	Party  Party
	Status Status
	Code   string // the last status code, "" before the first
	At     time.Time
	Note   string // the receiver's words, e.g. why it refused
	Staff  Staff
	// Before is how far the receiver had come when it was asked to give the
	// document back, and goes on to be while Status is RecallAsked.
	Before Status
}

// Attempt is one send. Ended is zero while it runs, and for ever where the
// program was killed in it.
type Attempt struct {
	N       int       `json:"n"`
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Outcome Outcome   `json:"outcome"`
	Error   string    `json:"error,omitempty"`
}

// Outcome is how an attempt ended.
type Outcome string

// The outcomes.
const (
	OutcomeRunning    Outcome = "running"
	OutcomeAccepted   Outcome = "accepted"
	OutcomeRefused    Outcome = "refused"
	OutcomeUnknown    Outcome = "unknown"
	OutcomeNotArrived Outcome = "not-arrived"
	// OutcomeInvalid: the message could not be made; nothing was sent.
	OutcomeInvalid Outcome = "invalid"
)

// receiptJSON and fileJSON are parts of a record as the command line prints it.
type receiptJSON struct {
	To     string    `json:"to"`
	Name   string    `json:"name,omitempty"`
	Status string    `json:"status"`
	Code   string    `json:"code"`
	At     time.Time `json:"at,omitzero"`
	Note   string    `json:"note"`
}

// strangeJSON is a status that was not taken at its word, and why.
type strangeJSON struct {
	From   string    `json:"from"`
	Name   string    `json:"name,omitempty"`
	SentBy string    `json:"sent_by,omitempty"` // where the destination says it
	Why    Stranger  `json:"why"`
	Code   string    `json:"code"`
	At     time.Time `json:"at,omitzero"`
	Note   string    `json:"note,omitempty"`
}

type fileJSON struct {
	Name     string `json:"name"`
	Original string `json:"original,omitempty"`
	SHA256   string `json:"sha256"`
	Size     int64  `json:"size"`
}

// MarshalJSON prints r as the command line's "send" and "outbox show" do.
func (r Record) MarshalJSON() ([]byte, error) {
	out := struct {
		ID         string        `json:"id"`
		DocumentID string        `json:"document_id"`
		Connector  string        `json:"connector"`
		Subject    string        `json:"subject"`
		Status     string        `json:"status"`
		DocID      string        `json:"doc_id,omitempty"`
		ByLookup   bool          `json:"found_by_lookup,omitempty"`
		Queued     time.Time     `json:"queued"`
		NextTry    time.Time     `json:"next_try,omitzero"`
		Tries      int           `json:"tries"`
		Problem    string        `json:"problem,omitempty"`
		Receipts   []receiptJSON `json:"receipts"`
		Strangers  []strangeJSON `json:"strangers,omitempty"`
		Attempts   []Attempt     `json:"attempts"`
		Files      []fileJSON    `json:"files"`
	}{
		ID: r.Envelope.ID, DocumentID: r.Envelope.DocumentID, Connector: r.Envelope.Connector,
		Subject: r.Envelope.Document.Subject, Status: r.Status.String(), DocID: r.Receipt.DocID, ByLookup: r.Receipt.FoundByLookup,
		Queued: r.Envelope.Queued, Tries: r.Tries, Problem: r.Problem,
		Receipts: []receiptJSON{}, Attempts: r.Attempts, Files: []fileJSON{},
	}
	if r.Status.Waiting() {
		out.NextTry = r.NextTry
	}
	if out.Attempts == nil {
		out.Attempts = []Attempt{}
	}
	for _, p := range r.Recipients {
		out.Receipts = append(out.Receipts, receiptJSON{
			To: p.Party.OrganID(), Name: p.Party.Name, Status: p.Status.String(), Code: p.Code, At: p.At, Note: p.Note,
		})
	}
	for _, p := range r.Reports {
		if p.Stranger != "" {
			out.Strangers = append(out.Strangers, strangeJSON{p.From.OrganID(), p.From.Name, p.Carried, p.Stranger, p.Code, p.At, p.Note})
		}
	}
	for _, f := range r.Envelope.Files {
		out.Files = append(out.Files, fileJSON{f.Name, f.Original, hex.EncodeToString(f.SHA256[:]), f.Size})
	}
	return json.Marshal(out)
}

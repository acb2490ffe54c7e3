// Package submit sends documents and follows them: envelopes, connectors, the
// outbox that survives anything, the register of issued numbers. An Envelope
// knows files and hashes, not PDF; the package imports neither signer nor
// pdfview.
//
// Two rules hold everywhere. A send is journaled before its first byte leaves.
// A send whose outcome is unknown is looked up at the destination before
// anything is sent again.
package submit

import (
	"context"
	"errors"
	"time"
)

// Metadata describes a document as the message of QCVN 102:2016 does. Nothing
// is guessed: what is required and missing is refused with the field's name.
type Metadata struct {
	Number    string `json:"number"`   // "125"
	Notation  string `json:"notation"` // "SG-VP"
	Place     string `json:"place"`
	Date      Date   `json:"date"`
	Type      string `json:"type"` // "Công văn"
	Subject   string `json:"subject"`
	Authority string `json:"authority"` // "KT. GIÁM ĐỐC"
	Position  string `json:"position"`  // "PHÓ GIÁM ĐỐC"
	Signer    string `json:"signer"`
	Priority  int    `json:"priority"` // 0 thường … 4 hỏa tốc hẹn giờ
	Pages     int    `json:"pages"`
	DueDate   Date   `json:"due_date"`
}

// Date is a calendar day, "2006-01-02" in JSON; empty where there is none.
type Date string

// Role is what a file is in its envelope.
type Role int

// The roles of a file.
const (
	RoleMain Role = iota
	RoleAttachment
	RoleAppendix
)

// File is one file of an envelope. The bytes are kept by the store from the
// moment of queueing, so that what is sent later is what was queued.
type File struct {
	Path   string // where the bytes are kept
	Name   string // the name the receiver sees
	SHA256 [32]byte
	Size   int64
	Role   Role
}

// Party is an agency with its codes in both systems.
type Party struct {
	Code    string `json:"code"`     // QĐ 20/2020, e.g. H99.98
	OldCode string `json:"old_code"` // QCVN 102:2016, e.g. 000.00.98.H99
	Name    string `json:"name"`
	// InCharge is the superior body; Address … Telephone may be empty.
	InCharge  string `json:"in_charge,omitempty"`
	Address   string `json:"address,omitempty"`
	Email     string `json:"email,omitempty"`
	Telephone string `json:"telephone,omitempty"`
}

// Envelope is one document on its way. ID is made once and sent on every try,
// so a repeated send can never become a second document.
type Envelope struct {
	ID         string // UUID of ours
	DocumentID string // "H99.97,2026/11/20,125/SG-VP", made once, kept for ever
	Connector  string
	From       Party
	To         []Party
	Document   Metadata
	Files      []File
	Queued     time.Time
}

// Status is where an envelope, or one receiver of it, has come to.
type Status int

// The statuses. The zero value is Queued.
const (
	Queued Status = iota
	Sending
	Unconfirmed // sent, but the answer was lost: Lookup decides before any resend
	Delivered   // the destination has it
	Arrived     // 01: the receiver's software has it
	Received    // 03
	Refused     // 02, or refused by the destination for good
	Assigned    // 04
	Processing  // 05
	Completed   // 06
	RecallAsked // 13
	Recalled    // 15
	Failed      // given up, with the error kept
	Cancelled   // taken back by the person before anything left
)

// String is the word of the command line's JSON.
func (s Status) String() string {
	switch s {
	case Queued:
		return "queued"
	case Sending:
		return "sending"
	case Unconfirmed:
		return "unconfirmed"
	case Delivered:
		return "delivered"
	case Arrived:
		return "arrived"
	case Received:
		return "received"
	case Refused:
		return "refused"
	case Assigned:
		return "assigned"
	case Processing:
		return "processing"
	case Completed:
		return "completed"
	case RecallAsked:
		return "recall-asked"
	case Recalled:
		return "recalled"
	case Failed:
		return "failed"
	case Cancelled:
		return "cancelled"
	}
	return "unknown"
}

// Receipt is the destination's word that it has the document.
type Receipt struct {
	DocID string // the destination's own identifier
	At    time.Time
	// FoundByLookup: the answer to the send was lost and the sent list showed it.
	FoundByLookup bool
}

// Report is one status that a receiver sent about a document.
type Report struct {
	ID         string // the destination's identifier of the status message
	DocumentID string // as the receiver quoted it
	From       Party  // who says so
	Code       string // "01" … "16"
	Status     Status
	At         time.Time
	Note       string // the receiver's words, e.g. the reason of a refusal
	Staff      string
}

// Connector delivers envelopes to one kind of destination.
type Connector interface {
	// Submit sends e once. A nil error with a Receipt: accepted. An error made
	// by Permanent: refused for good. An error made by Unknown: the bytes may
	// have arrived. Any other error: nothing arrived, try later.
	Submit(ctx context.Context, e Envelope) (Receipt, error)
	// Lookup tells whether e already arrived, from what the destination lists.
	// An empty or malformed answer proves nothing and is an error; false with a
	// nil error means a well-formed list without it.
	Lookup(ctx context.Context, e Envelope) (Receipt, bool, error)
	// Track fetches the reports that wait at the destination. They stay there
	// until Acknowledge, which is called after they were stored.
	Track(ctx context.Context) ([]Report, error)
	Acknowledge(ctx context.Context, r Report) error
}

// Directory is the optional power of a connector to list the agencies.
type Directory interface {
	Agencies(ctx context.Context) ([]Party, error)
}

// Permanent marks an error that no retry can cure: the destination refused the
// document. code and text are the destination's own.
func Permanent(code, text string) error { return &RefusedError{Code: code, Text: text} }

// RefusedError is a refusal for good (exit code 30).
type RefusedError struct{ Code, Text string }

func (e *RefusedError) Error() string { return "refused by the destination: " + e.Code + " " + e.Text }

// Unknown marks an error after which the document may or may not have arrived.
func Unknown(err error) error { return &UnknownError{err} }

// UnknownError says that the outcome of a send is not known.
type UnknownError struct{ Err error }

func (e *UnknownError) Error() string { return "the outcome is unknown: " + e.Err.Error() }
func (e *UnknownError) Unwrap() error { return e.Err }

// FieldError refuses an envelope and names the field that is missing or wrong
// (exit code 1).
type FieldError struct {
	Field  string // the name in the JSON of Metadata, or "to", "files" …
	Reason string
}

func (e *FieldError) Error() string { return "field " + e.Field + ": " + e.Reason }

// ErrNotFound: no such envelope.
var ErrNotFound = errors.New("no such envelope")

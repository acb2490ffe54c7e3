// Package submit sends documents and follows them: envelopes, connectors, the
// outbox that survives anything, the register of issued numbers. An Envelope
// knows files and hashes, not PDF; the package imports neither signer nor
// pdfview.
//
// Two rules hold everywhere. A send is journaled before its first byte leaves.
// A send whose outcome is unknown is looked up at the destination before
// anything is sent again.
//
// Recall, update and replacement are envelopes of another Kind, not other
// methods of a connector: they are journaled, sent and followed in the same way.
package submit

import (
	"context"
	"time"
)

// Metadata describes a document as the message of QCVN 102:2016 does. Nothing
// is guessed: what is required and missing is refused with the field's name.
type Metadata struct {
	Number   string `json:"number"`   // "125"
	Notation string `json:"notation"` // "SG-VP"
	Place    string `json:"place"`
	Date     Date   `json:"date"`
	Type     string `json:"type"` // "Công văn"
	// TypeCode is the number of Type in the standard's list; 0 takes the one
	// that belongs to the name.
	TypeCode  int    `json:"type_code,omitempty"`
	Subject   string `json:"subject"`
	Authority string `json:"authority"` // "KT. GIÁM ĐỐC"
	Position  string `json:"position"`  // "PHÓ GIÁM ĐỐC"
	Signer    string `json:"signer"`
	Priority  int    `json:"priority"` // 0 thường … 4 hỏa tốc hẹn giờ
	Pages     int    `json:"pages"`
	DueDate   Date   `json:"due_date"`
	// Secrecy is the classification ("Mật", "Tối mật", "Tuyệt mật"); anything
	// but empty is refused: state secrets do not travel this way (QĐ 28/2018).
	Secrecy string `json:"secrecy,omitempty"`
}

// Code is number and notation as statuses and lists quote them: "125/SG-VP".
func (m Metadata) Code() string { return m.Number + "/" + m.Notation }

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

// File is one file of an envelope. The bytes are kept by the journal from the
// moment of queueing, so that what is sent later is what was queued.
type File struct {
	Path string // where the bytes are: the caller's file before Add, the kept copy after
	// Name is the name the receiver sees: ASCII, at most MaxName characters.
	// Add makes it from Original where it is empty.
	Name     string
	Original string // the real name; Add takes the last element of Path where it is empty
	SHA256   [32]byte
	Size     int64
	Role     Role
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
	// ValidUntil is the day on which the agency left the directory; empty for one
	// that is in it. It is never a receiver after that.
	ValidUntil Date `json:"valid_until,omitempty"`
}

// OrganID is the code that stands in messages: the new one where there is one.
func (p Party) OrganID() string {
	if p.Code != "" {
		return p.Code
	}
	return p.OldCode
}

// Is tells whether code, of either system, names p.
func (p Party) Is(code string) bool {
	return code != "" && (code == p.Code || code == p.OldCode)
}

// Left tells whether p is no longer in the directory at t, by the Vietnamese day.
func (p Party) Left(t time.Time) bool {
	return p.ValidUntil != "" && p.ValidUntil <= Date(t.In(WireZone()).Format("2006-01-02"))
}

// Kind is the BussinessDocType of a message.
type Kind int

// The kinds of messages.
const (
	New     Kind = iota
	Recall       // takes the document back from its receivers
	Update       // changes the document's data, its files or its receivers
	Replace      // a new document in place of older ones
)

// Staff is the clerk whom the receiver may call.
type Staff struct {
	Department string `json:"department,omitempty"`
	Name       string `json:"name,omitempty"`
	Email      string `json:"email,omitempty"`
	Mobile     string `json:"mobile,omitempty"`
}

// Business says what an envelope does: the Bussiness block of the message. The
// zero value sends a new document.
type Business struct {
	Kind   Kind
	Reason string // required for every kind but New
	// About is the DocumentID of the document that is recalled or updated.
	About   string
	Removed []Party // Update: no longer receivers
	Added   []Party // Update: new receivers
	// Changed says that an update carries other data or files.
	Changed  bool
	Replaces []Replacement
	Staff    Staff
}

// Replacement names a document that is replaced, and for whom.
type Replacement struct {
	DocumentID string
	Receivers  []string // codes
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
	Business   Business
	Files      []File
	Queued     time.Time
}

// Receipt is the destination's word that it has the document.
type Receipt struct {
	DocID string // the destination's own identifier
	At    time.Time
	// FoundByLookup: the answer to the send was lost and the sent list showed it.
	FoundByLookup bool
	// Early marks what Lookup found with a time before the document can have
	// been sent: an older message that looks the same, or ours by a clock that
	// was wrong. It proves neither presence nor absence.
	Early bool
}

// Report is one status that a receiver sent about a document.
type Report struct {
	ID         string // the destination's identifier of the status message
	DocumentID string // as the receiver quoted it
	// Sender, DocumentCode ("125/SG-VP") and DocumentDate name the document a
	// second time; they decide where the quoted DocumentID is not ours.
	Sender       string
	DocumentCode string
	DocumentDate Date
	From         Party // who says so
	// Carried is the code under which the destination lists the message's
	// sender; "" where it names nobody.
	Carried string
	// Stranger says why the message is not taken at its word. It is kept and
	// shown, and changes nothing.
	Stranger Stranger
	Code     string // "01" … "16"
	Status   Status
	At       time.Time
	Note     string // the receiver's words, e.g. the reason of a refusal
	Staff    Staff
	// Problem says why the message could not be read; the other fields but ID
	// are then empty and Raw holds what came, up to a limit.
	Problem string
	Raw     []byte
}

// Stranger is why a message is none of those who have a say about a document.
type Stranger string

// The strangers. The zero value is none.
const (
	// NotReceiver: the document never went to the agency that reports about it.
	NotReceiver Stranger = "not-receiver"
	// OtherSender: the message names another agency than the one that sent it.
	OtherSender Stranger = "other-sender"
	// NotSender: the document that is asked back was another agency's.
	NotSender Stranger = "not-sender"
)

// Connector delivers envelopes to one kind of destination.
type Connector interface {
	// Submit sends e once. A nil error with a Receipt: accepted. An error made
	// by Permanent: refused for good. An error made by Unknown: the bytes may
	// have arrived. Any other error: nothing arrived, try later.
	Submit(ctx context.Context, e Envelope) (Receipt, error)
	// Lookup lists what the destination has that may be e, oldest first. None
	// and a nil error: a well-formed list without it. An empty or malformed
	// answer proves nothing and is an error. e.Queued is the earliest time, by
	// the clock of this machine, at which e can have been sent; what is listed
	// with an earlier time, up to some days, is marked Early.
	Lookup(ctx context.Context, e Envelope) ([]Receipt, error)
	// Track fetches the reports that wait at the destination, those that could
	// be fetched even when it also returns an error. They stay there until
	// Acknowledge, which is called after they were stored.
	Track(ctx context.Context) ([]Report, error)
	Acknowledge(ctx context.Context, r Report) error
}

// WireZone is the zone of times without one on the axis: Vietnamese wall clock.
// The country has had no other since 1975.
func WireZone() *time.Location { return time.FixedZone("ICT", 7*60*60) }

// Directory is the optional power of a connector to list the agencies.
type Directory interface {
	Agencies(ctx context.Context) ([]Party, error)
}

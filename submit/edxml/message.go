// Package edxml is the message of QCVN 102:2016 (with the amendment of 2022) as
// it is really exchanged: written exactly in the shape of the axis' own client
// (literal prefix "edXML:", attachment part without prefix, the full Bussiness
// block), read by namespace and local name in any order and with any prefix.
//
// What is unsafe or ambiguous is refused with a *submit.FieldError that names
// the element: DOCTYPE and entities, deep nesting, zip bombs, path names in
// archives, over-long fields, wrong types, missing fields. Nothing is guessed:
// a number that is none never becomes 0, a date of another form never a date.
//
// Attachments are streamed both ways and never held in memory.
package edxml

import (
	"time"

	"trinhky/submit"
)

// Namespace is that of every element of a message.
const Namespace = "http://www.mic.gov.vn/TBT/QCVN_102_2016"

// Message is what one edXML file holds: a *Document or a *Status.
type Message interface{ isMessage() }

func (*Document) isMessage() {}
func (*Status) isMessage()   {}

// Organ is an Organization element.
type Organ struct {
	ID, InCharge, Name, Address, Email, Telephone, Fax, Website string
}

// Document is a message that carries, recalls, updates or replaces a document
// (messagetype "edoc").
type Document struct {
	From             Organ
	To               []Organ
	DocumentID       string // opaque when read
	Number, Notation string
	Place            string
	Date             submit.Date
	Type             Type
	Subject, Content string
	Signer           Signer
	DueDate          submit.Date
	Other            OtherInfo
	ResponseFor      []ResponseFor
	SteeringType     int
	ToPlaces         []string
	Trace            []Trace
	Business         Business
	Attachments      []Attachment
}

// Code is number and notation as others quote them: "125/SG-VP".
func (d *Document) Code() string { return d.Number + "/" + d.Notation }

// Type is DocumentType. Readers go by Name: the numbers in the wild are
// unreliable.
type Type struct {
	Code, Detail int
	Name         string
}

// Signer is SignerInfo. Competence is the form of authority: TM., KT., TL. …
type Signer struct{ Competence, Position, FullName string }

// OtherInfo is what the standard calls so.
type OtherInfo struct {
	Priority                      int // 0 thường … 4 hỏa tốc hẹn giờ
	Sphere, TyperNotation         string
	PromulgationAmount, PageCount int // copies issued; pages
	Direction                     bool
	Appendixes                    []string
}

// ResponseFor names the document that a message answers.
type ResponseFor struct {
	OrganID    string // the original sender
	Code       string // "125/SG-VP"
	DocumentID string
	Date       submit.Date
}

// Trace is one TraceHeader: the sender writes one, every hop of the axis may
// add one. Time is kept as it stands.
type Trace struct{ OrganID, Time string }

// Business is the Bussiness block (spelt so).
type Business struct {
	Present         bool // false: the message had none
	Kind            submit.Kind
	DocumentID      string // recall and update: the document affected
	Reason          string
	Paper           int
	DocumentInfo    bool // update: data or files changed
	ReceiverChanged bool
	Receivers       []ReceiverChange
	Replaces        []submit.Replacement
	Staff           submit.Staff
}

// ReceiverChange is one Receiver of an update.
type ReceiverChange struct {
	OrganID string
	Added   bool // ReceiverType 1; 0 is removed
}

// Attachment is one file. SHA256 and Size are those of the inner file, never of
// what the message wraps around it.
type Attachment struct {
	ContentID   string // without "cid:"
	Name        string // for receivers: ASCII when we write
	Description string // the real name when we write
	ContentType string // as the message says; means nothing when read
	Path        string // where the bytes are
	Size        int64
	SHA256      [32]byte
	Unwrapped   bool // when read: the message held a zip around it
}

// Status is a status message (messagetype "status").
type Status struct {
	From        Organ // who reports
	ResponseFor ResponseFor
	Staff       submit.Staff
	Code        string // "01" … "16"; codes that nobody explained are kept
	Description string
	At          time.Time
}

// timeForm is the form of times on the wire. They carry no zone: submit.WireZone.
const timeForm = "2006/01/02 15:04:05"

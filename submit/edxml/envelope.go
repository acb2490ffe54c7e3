package edxml

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	"trinhky/submit"
)

// reasonNew stands in the Bussiness block of a new document.
const reasonNew = "Văn bản điện tử mới"

// FromEnvelope makes the message of e. It is the same at every call, byte for
// byte when written: what is sent again is what was sent.
func FromEnvelope(e submit.Envelope) (*Document, error) {
	m := e.Document
	code := m.TypeCode
	if code == 0 {
		var ok bool
		if code, ok = submit.TypeCode(m.Type); !ok {
			return nil, &submit.FieldError{Field: "type", Reason: fmt.Sprintf("%q is not in the standard's list, and no number is given", m.Type)}
		}
	}
	d := &Document{
		From: organ(e.From), DocumentID: e.DocumentID, Number: m.Number, Notation: m.Notation, Place: m.Place,
		Date: m.Date, Type: Type{Code: code, Name: m.Type}, Subject: m.Subject, Content: m.Subject,
		Signer:  Signer{Competence: m.Authority, Position: m.Position, FullName: m.Signer},
		DueDate: m.DueDate, Other: OtherInfo{Priority: m.Priority, PageCount: m.Pages}, SteeringType: 1,
		Trace: []Trace{{OrganID: e.From.OrganID(), Time: e.Queued.In(submit.WireZone()).Format(timeForm)}},
	}
	for _, p := range e.To {
		d.To = append(d.To, organ(p))
	}
	d.Business = business(e)
	id, err := uuid.Parse(e.ID)
	if err != nil {
		return nil, &submit.FieldError{Field: "id", Reason: "no UUID"}
	}
	for i, f := range e.Files {
		if f.Role == submit.RoleAppendix {
			d.Other.Appendixes = append(d.Other.Appendixes, f.Original)
		}
		d.Attachments = append(d.Attachments, Attachment{
			ContentID: uuid.NewSHA1(id, fmt.Appendf(nil, "file %d", i)).String(), Name: f.Name, Description: f.Original,
			ContentType: contentType(f.Name), Path: f.Path, Size: f.Size, SHA256: f.SHA256,
		})
	}
	return d, nil
}

func organ(p submit.Party) Organ {
	return Organ{ID: p.OrganID(), InCharge: p.InCharge, Name: p.Name, Address: p.Address, Email: p.Email, Telephone: p.Telephone}
}

func business(e submit.Envelope) Business {
	b := e.Business
	out := Business{Present: true, Kind: b.Kind, Reason: b.Reason, Replaces: b.Replaces, Staff: b.Staff}
	if out.Reason == "" {
		out.Reason = reasonNew
	}
	if out.Staff == (submit.Staff{}) { // whom to ask is at least the agency
		out.Staff = submit.Staff{Email: e.From.Email, Mobile: e.From.Telephone}
	}
	if b.Kind == submit.Recall || b.Kind == submit.Update {
		out.DocumentID = b.About
	}
	if b.Kind == submit.Update {
		out.DocumentInfo = b.Changed
		for _, p := range b.Removed {
			out.Receivers = append(out.Receivers, ReceiverChange{OrganID: p.OrganID()})
		}
		for _, p := range b.Added {
			out.Receivers = append(out.Receivers, ReceiverChange{OrganID: p.OrganID(), Added: true})
		}
		out.ReceiverChanged = len(out.Receivers) > 0
	}
	return out
}

// Party is the organisation of a message as ours; the form of the code tells
// the system it belongs to.
func (o Organ) Party() submit.Party {
	p := submit.Party{Name: o.Name, InCharge: o.InCharge, Address: o.Address, Email: o.Email, Telephone: o.Telephone}
	if IsOldCode(o.ID) {
		p.OldCode = o.ID
	} else {
		p.Code = o.ID
	}
	return p
}

// IsOldCode tells whether code has the form of QCVN 102:2016, "000.00.98.H99".
func IsOldCode(code string) bool {
	parts := strings.Split(code, ".")
	if len(parts) != 4 || len(parts[0]) != 3 || len(parts[1]) != 2 || len(parts[2]) != 2 || len(parts[3]) != 3 {
		return false
	}
	digits := parts[0] + parts[1] + parts[2]
	return strings.Trim(digits, "0123456789") == "" && parts[3][0] >= 'A' && parts[3][0] <= 'Z'
}

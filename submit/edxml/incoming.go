package edxml

import (
	"strings"

	"trinhky/submit"
)

// Incoming is d as it was received. The files belong to the caller.
func (d *Document) Incoming() submit.Incoming {
	in := submit.Incoming{
		DocumentID: d.DocumentID, From: d.From.Party(),
		Document: submit.Metadata{
			Number: d.Number, Notation: d.Notation, Place: d.Place, Date: d.Date, Type: d.Type.Name, TypeCode: d.Type.Code,
			Subject: strings.Join(strings.Fields(d.Subject), " "), Authority: d.Signer.Competence, Position: d.Signer.Position, Signer: d.Signer.FullName,
			Priority: d.Other.Priority, Pages: d.Other.PageCount, DueDate: d.DueDate,
		},
		Business: submit.Business{
			Kind: d.Business.Kind, Reason: d.Business.Reason, About: d.Business.DocumentID, Changed: d.Business.DocumentInfo,
			Replaces: d.Business.Replaces, Staff: d.Business.Staff,
		},
	}
	if k := d.Business.Kind; in.Business.About == "" && (k == submit.Recall || k == submit.Update) {
		in.Business.About = d.affected()
	}
	for _, o := range d.To {
		in.To = append(in.To, o.Party())
	}
	for _, r := range d.Business.Receivers {
		p := Organ{ID: r.OrganID}.Party()
		if r.Added {
			in.Business.Added = append(in.Business.Added, p)
		} else {
			in.Business.Removed = append(in.Business.Removed, p)
		}
	}
	for i, a := range d.Attachments {
		f := submit.File{Path: a.Path, Name: a.Name, Original: a.Name, SHA256: a.SHA256, Size: a.Size, Role: submit.RoleAttachment}
		if i == 0 {
			f.Role = submit.RoleMain
		}
		in.Files = append(in.Files, f)
	}
	return in
}

// affected is the document that a recall or an update without Bussiness/DocumentId
// is about: some writers name it in ResponseFor, others keep the header of the
// document.
func (d *Document) affected() string {
	for _, r := range d.ResponseFor {
		if r.DocumentID != "" {
			return r.DocumentID
		}
	}
	return d.DocumentID
}

// Answer is the status message that says a about in.
func Answer(in submit.Incoming, from submit.Party, a submit.Answer) *Status {
	about := in.DocumentID
	if in.Business.About != "" {
		about = in.Business.About
	}
	return &Status{
		From: organ(from), Staff: a.Staff, Code: a.Code, Description: a.Note, At: a.At,
		ResponseFor: ResponseFor{
			OrganID: in.From.OrganID(), Code: in.Document.Code(), DocumentID: about, Date: in.Document.Date,
		},
	}
}

// Report is s as the outbox takes it; id is the destination's identifier of it.
func (s *Status) Report(id string) submit.Report {
	status, _ := submit.StatusOf(s.Code)
	return submit.Report{
		ID: id, DocumentID: s.ResponseFor.DocumentID, Sender: s.ResponseFor.OrganID, DocumentCode: s.ResponseFor.Code,
		DocumentDate: s.ResponseFor.Date, From: s.From.Party(), Code: s.Code, Status: status, At: s.At,
		Note: s.Description, Staff: s.Staff,
	}
}

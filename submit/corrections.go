package submit

import (
	"context"
	"errors"
	"slices"
)

// Recall, update and replacement are messages of their own, tied to the
// envelope that they are about by its DocumentID. An issued document is never
// changed in the journal (Decree 30/2020, Art. 18).

// ErrNotDelivered: what has not reached the destination is cancelled or
// retried, not recalled.
var ErrNotDelivered = errors.New("the document has not reached the destination")

// Recall queues the message that asks the receivers to give a document back. To
// may name some of them; empty means all. Their answers (15, 16) move the
// receivers of the recall and those of the document.
func (o *Outbox) Recall(ctx context.Context, id, reason string, to ...Party) (Record, error) {
	e, err := o.Current(ctx, id)
	if err != nil {
		return Record{}, err
	}
	return o.Add(ctx, PlanRecall(e, reason, to...))
}

// PlanRecall is the message that Recall queues for the document e.
func PlanRecall(e Envelope, reason string, to ...Party) Envelope {
	if len(to) == 0 {
		to = e.To
	}
	return Envelope{
		Connector: e.Connector, From: e.From, To: to, Document: e.Document,
		Business: Business{Kind: Recall, Reason: reason, About: e.DocumentID, Staff: e.Business.Staff},
	}
}

// Change is what an update changes. Zero fields stay as they were.
type Change struct {
	Reason         string
	Document       *Metadata // number, notation and date must stay: receivers know the document by them
	Files          []File    // all the files, where any changes
	Removed, Added []Party
}

// Update queues the message that corrects a document, and a recall for the
// receivers that it removes: they must not get the corrected document. The
// records are those of the update and, where there is one, of the recall.
func (o *Outbox) Update(ctx context.Context, id string, c Change) ([]Record, error) {
	e, err := o.Current(ctx, id)
	if err != nil {
		return nil, err
	}
	plan, err := PlanUpdate(e, c)
	if err != nil {
		return nil, err
	}
	var all []Record
	for _, e := range plan {
		queued, err := o.Add(ctx, e)
		if err != nil {
			return all, err
		}
		all = append(all, queued)
	}
	return all, nil
}

// PlanUpdate are the messages that Update queues for the document e: the update,
// unless nobody is left, and a recall for those who are removed.
func PlanUpdate(e Envelope, c Change) ([]Envelope, error) {
	u := Envelope{
		Connector: e.Connector, From: e.From, Document: e.Document, Files: e.Files,
		To: append(without(without(e.To, c.Removed), c.Added), c.Added...),
		Business: Business{
			Kind: Update, Reason: c.Reason, About: e.DocumentID, Removed: c.Removed, Added: c.Added,
			Changed: c.Document != nil || len(c.Files) > 0, Staff: e.Business.Staff,
		},
	}
	if c.Document != nil {
		u.Document = *c.Document
		if d := e.Document; u.Document.Code() != d.Code() || u.Document.Date != d.Date {
			return nil, &FieldError{"number", "an update keeps number, notation and date; another document replaces this one"}
		}
	}
	if len(c.Files) > 0 {
		u.Files = c.Files
	}
	var plan []Envelope
	if len(u.To) > 0 {
		plan = append(plan, u)
	}
	if len(c.Removed) > 0 {
		plan = append(plan, PlanRecall(e, c.Reason, c.Removed...))
	}
	return plan, nil
}

// Replace queues e as the document that stands in place of older ones, for
// those receivers of each that e goes to.
func (o *Outbox) Replace(ctx context.Context, e Envelope, reason string, ids ...string) (Record, error) {
	var old []Envelope
	for _, id := range ids {
		was, err := o.Current(ctx, id)
		if err != nil {
			return Record{}, err
		}
		old = append(old, was)
	}
	e, err := PlanReplace(e, reason, old...)
	if err != nil {
		return Record{}, err
	}
	return o.Add(ctx, e)
}

// PlanReplace is the message that Replace queues.
func PlanReplace(e Envelope, reason string, old ...Envelope) (Envelope, error) {
	e.Business.Kind, e.Business.Reason = Replace, reason
	for _, o := range old {
		r := Replacement{DocumentID: o.DocumentID}
		for _, p := range o.To {
			if slices.ContainsFunc(e.To, func(q Party) bool { return same(p, q) }) {
				r.Receivers = append(r.Receivers, p.OrganID())
			}
		}
		if len(r.Receivers) == 0 {
			return e, &FieldError{"to", "no receiver of " + r.DocumentID + " gets the new document"}
		}
		e.Business.Replaces = append(e.Business.Replaces, r)
	}
	return e, nil
}

// Current is the document that was sent as id, as its receivers have it by now:
// with the data, the files and the receivers of its last update. What corrects it
// starts from there, or it would undo the update, and pass over whom that added.
func (o *Outbox) Current(ctx context.Context, id string) (Envelope, error) {
	r, err := o.deliveredRecord(ctx, id)
	if err != nil {
		return Envelope{}, err
	}
	e := r.Envelope
	u, ok, err := o.journal.Updated(ctx, e.Connector, e.DocumentID)
	if err == nil && ok {
		e.Document, e.Files, e.To = u.Document, u.Files, u.To
	}
	return e, err
}

func (o *Outbox) deliveredRecord(ctx context.Context, id string) (Record, error) {
	r, err := o.journal.Get(ctx, id)
	switch {
	case err != nil:
		return r, err
	case r.Status != Delivered:
		return r, ErrNotDelivered
	case r.Envelope.Business.Kind == Recall || r.Envelope.Business.Kind == Update:
		return r, &FieldError{"about", "a recall or an update is no document"}
	}
	return r, nil
}

// onLetters changes the receivers of the documents that e is about.
func (o *Outbox) onLetters(ctx context.Context, e Envelope, change func(*Recipient)) error {
	ids, err := o.journal.Letters(ctx, e.Connector, e.Business.About)
	if err != nil {
		return err
	}
	for _, id := range ids {
		r, err := o.journal.Update(ctx, id, func(r *Record) error {
			for i := range r.Recipients {
				change(&r.Recipients[i])
			}
			return nil
		})
		if err != nil {
			return err
		}
		o.changed(r)
	}
	return nil
}

func same(p, q Party) bool { return p.Is(q.Code) || p.Is(q.OldCode) }

func without(all, removed []Party) []Party {
	return slices.DeleteFunc(slices.Clone(all), func(p Party) bool {
		return slices.ContainsFunc(removed, func(q Party) bool { return same(p, q) })
	})
}

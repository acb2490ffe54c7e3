package submit

import (
	"errors"
	"time"
)

// The ways a record moves. They touch the value only; the journal makes them
// last.

// begin opens an attempt. It is journaled before the first byte leaves.
func (r *Record) begin(now time.Time) {
	r.Status = Sending
	r.Tries++
	r.Attempts = append(r.Attempts, Attempt{N: r.Tries, Started: now, Outcome: OutcomeRunning})
	if n := len(r.Attempts); n > keptAttempts {
		r.Attempts = r.Attempts[n-keptAttempts:]
	}
	r.Absent = time.Time{}
	r.setRecipients(Sending)
}

// end closes the running attempt by what the connector said.
func (r *Record) end(now time.Time, receipt Receipt, err error) {
	var refused *RefusedError
	var unknown *UnknownError
	var field *FieldError
	outcome := OutcomeNotArrived
	switch {
	case err == nil:
		r.delivered(receipt)
		r.closeAttempt(now, OutcomeAccepted, "")
		return
	case r.Status != Sending: // a receiver's report came first
		r.closeAttempt(now, OutcomeUnknown, err.Error())
		return
	case errors.As(err, &refused):
		outcome = OutcomeRefused
		r.Status = Refused
		r.refuse(refused, now)
	case errors.As(err, &unknown):
		outcome = OutcomeUnknown
		r.Status = Unconfirmed
		r.setRecipients(Unconfirmed)
	case errors.As(err, &field):
		outcome = OutcomeInvalid
		r.Status = Failed
		r.setRecipients(Failed)
	default:
		r.Status = Queued
		r.setRecipients(Queued)
	}
	r.Problem, r.ProblemCode = err.Error(), WayCode(err)
	switch {
	case refused != nil:
		r.ProblemCode = refused.Code
	case field != nil:
		r.ProblemCode = wayField + "." + field.Field
	}
	r.closeAttempt(now, outcome, err.Error())
}

// interrupted: the program was killed while it was sending.
func (r *Record) interrupted() {
	r.Status = Unconfirmed
	r.Problem, r.ProblemCode = "the program ended while it was sending", wayEnded
	r.setRecipients(Unconfirmed)
	if n := len(r.Attempts); n > 0 && r.Attempts[n-1].Outcome == OutcomeRunning {
		r.Attempts[n-1].Outcome = OutcomeUnknown
		r.Attempts[n-1].Error = r.Problem
	}
}

func (r *Record) delivered(receipt Receipt) {
	r.Status, r.Receipt = Delivered, receipt
	r.Problem, r.ProblemCode = "", ""
	r.setRecipients(Delivered)
	if n := len(r.Attempts); n > 0 && receipt.FoundByLookup {
		r.Attempts[n-1].Outcome = OutcomeAccepted
	}
}

// requeue: the destination surely does not have it; it may be sent (again).
func (r *Record) requeue() {
	r.Status = Queued
	r.Absent, r.ProblemCode = time.Time{}, "" // a code of the destination says nothing of a record that waits
	for i := range r.Recipients {
		p := &r.Recipients[i]
		if p.Status.beforeReports() || p.Status == Refused || p.Status == Failed {
			p.Status, p.Code, p.Note = Queued, "", ""
		}
	}
}

func (r *Record) refuse(e *RefusedError, now time.Time) {
	for i := range r.Recipients {
		p := &r.Recipients[i]
		p.Status, p.At, p.Note = Refused, now, e.Text
	}
}

func (r *Record) closeAttempt(now time.Time, o Outcome, text string) {
	if n := len(r.Attempts); n > 0 {
		a := &r.Attempts[n-1]
		a.Ended, a.Outcome, a.Error = now, o, text
	}
}

// setRecipients moves those receivers that no report has moved yet: a report
// may come before our own send is confirmed.
func (r *Record) setRecipients(s Status) {
	for i := range r.Recipients {
		if r.Recipients[i].Status.beforeReports() {
			r.Recipients[i].Status = s
		}
	}
}

func (s Status) beforeReports() bool {
	switch s {
	case Queued, Sending, Unconfirmed, Delivered:
		return true
	default:
		return false
	}
}

// progress orders the statuses of a receiver's own work.
func (s Status) progress() int {
	switch s {
	case Arrived:
		return 1
	case Received:
		return 2
	case Assigned:
		return 3
	case Processing:
		return 4
	case Completed:
		return 5
	default:
		return 0
	}
}

// report takes a receiver's word into r. A report from somebody who is not a
// receiver stays in the history only.
func (r *Record) report(p Report) {
	if r.Status.Waiting() && (r.Tries > 0 || r.Status == Unconfirmed) {
		// The receiver has it, so the destination has: as good as a look-up.
		r.delivered(Receipt{At: p.At, FoundByLookup: true, DocID: r.Receipt.DocID})
	}
	for i := range r.Recipients {
		if r.Recipients[i].Party.Is(p.From.Code) || r.Recipients[i].Party.Is(p.From.OldCode) {
			r.Recipients[i].take(r.Envelope.Business.Kind, p)
			return
		}
	}
}

// take moves one receiver forward. Reports arrive in any order: work never goes
// back, and between a refusal and anything else the later word counts.
func (p *Recipient) take(k Kind, r Report) {
	to, known := k.answerTo(r.Code)
	if !known || to == RecallAsked || p.Status == Recalled { // an answer never asks
		return
	}
	if p.Status == RecallAsked && to != Recalled {
		was := Recipient{Status: p.Before, At: p.At}
		was.take(k, r)
		p.Before = was.Status
		return
	}
	if to == Refused || p.Status == Refused {
		if (p.Status.progress() > 0 || p.Status == Refused) && r.At.Before(p.At) {
			return
		}
	} else if to.progress() > 0 && to.progress() <= p.Status.progress() {
		return
	}
	p.Status, p.Code, p.At, p.Note, p.Staff = to, r.Code, r.At, r.Note, r.Staff
}

// recallAsked and recallAnswered carry a recall to the receivers of the
// document that it is about.
func (p *Recipient) recallAsked() {
	if p.Status != RecallAsked && p.Status != Recalled {
		p.Before, p.Status = p.Status, RecallAsked
	}
}

func (p *Recipient) recallAnswered(r Report) {
	switch to, _ := Recall.answerTo(r.Code); {
	case p.Status == Recalled:
	case to == Recalled:
		p.Status, p.Code, p.At, p.Note, p.Staff = Recalled, r.Code, r.At, r.Note, r.Staff
	case to == Refused && p.Status == RecallAsked:
		p.Status, p.Code, p.At, p.Note, p.Staff = p.Before, r.Code, r.At, r.Note, r.Staff
	}
}

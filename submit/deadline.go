package submit

import "time"

// Calendar knows the working days. The zero value is Monday to Friday with the
// deadline at noon.
type Calendar struct {
	// Holidays are days off, and Workdays Saturdays and Sundays that are worked
	// in exchange, as the Government sets them every year.
	Holidays, Workdays map[Date]bool
	// Noon is the end of the morning after midnight (12 h).
	Noon time.Duration
	// Silence is the time on working days without a status 01 after which a
	// receiver is called silent (Silence).
	Silence time.Duration
}

// Works tells whether the day of t, in Vietnam, is a working day.
func (c Calendar) Works(t time.Time) bool {
	t = t.In(WireZone())
	day := Date(t.Format("2006-01-02"))
	switch {
	case c.Workdays[day]:
		return true
	case c.Holidays[day]:
		return false
	}
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday
}

// Deadline is by when a document that was signed at that time must be sent: at
// the latest in the morning of the next working day, an urgent one at once
// (QĐ 28/2018; Decree 30/2020, Art. 18).
func (c Calendar) Deadline(signed time.Time, priority int) time.Time {
	if priority > 0 {
		return signed
	}
	noon := c.Noon
	if noon <= 0 {
		noon = 12 * time.Hour
	}
	t := signed.In(WireZone())
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, WireZone())
	for range 60 { // no holiday is longer
		if day = day.AddDate(0, 0, 1); c.Works(day) {
			break
		}
	}
	return day.Add(noon)
}

// longestSilence bounds the days that are counted.
const longestSilence = 400

// worked is how much of the time between from and to lies on working days:
// whoever gets a document on a Friday evening has nobody there before Monday.
func (c Calendar) worked(from, to time.Time) time.Duration {
	var sum time.Duration
	at := from.In(WireZone())
	for range longestSilence {
		if !at.Before(to) {
			break
		}
		next := time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, WireZone())
		if next.After(to) {
			next = to
		}
		if c.Works(at) {
			sum += next.Sub(at)
		}
		at = next.In(WireZone())
	}
	return sum
}

// WarningKind is what a person should look at.
type WarningKind string

// The kinds of warnings.
const (
	WarningOverdue     WarningKind = "overdue"     // not sent, and the deadline is past
	WarningUnconfirmed WarningKind = "unconfirmed" // nobody knows yet whether it arrived
	WarningRefused     WarningKind = "refused"     // by the destination or by a receiver
	WarningFailed      WarningKind = "failed"
	WarningSilent      WarningKind = "silent" // no 01 for too long
)

// Warning is one thing to look at. Party is the receiver that it is about, the
// zero value for the whole envelope.
type Warning struct {
	Kind  WarningKind
	Party Party
	Since time.Time
	Note  string
}

// Silence is after how long on working days, 24 hours each, a receiver without a
// status 01 is called silent, where the calendar says nothing else.
const Silence = 24 * time.Hour

// Warnings are what a person should look at in r at that time. Queued stands
// for the time of signing: sending follows it at once.
func (c Calendar) Warnings(r Record, now time.Time) []Warning {
	var all []Warning
	e := r.Envelope
	if by := c.Deadline(e.Queued, e.Document.Priority); r.Status.Waiting() && now.After(by) {
		all = append(all, Warning{Kind: WarningOverdue, Since: by, Note: r.Problem})
	}
	switch r.Status {
	case Unconfirmed:
		all = append(all, Warning{Kind: WarningUnconfirmed, Since: r.Updated, Note: r.Problem})
	case Refused:
		return append(all, Warning{Kind: WarningRefused, Since: r.Updated, Note: r.Problem})
	case Failed:
		return append(all, Warning{Kind: WarningFailed, Since: r.Updated, Note: r.Problem})
	case Queued, Sending, Delivered, Arrived, Received, Assigned, Processing, Completed, RecallAsked, Recalled, Cancelled:
	}
	silence := c.Silence
	if silence <= 0 {
		silence = Silence
	}
	for _, p := range r.Recipients {
		switch {
		case p.Status == Refused:
			all = append(all, Warning{Kind: WarningRefused, Party: p.Party, Since: p.At, Note: p.Note})
		case p.Status == Delivered && !r.Receipt.At.IsZero() && c.worked(r.Receipt.At, now) >= silence:
			all = append(all, Warning{Kind: WarningSilent, Party: p.Party, Since: r.Receipt.At})
		}
	}
	return all
}

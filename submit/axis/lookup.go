package axis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"trinhky/submit"
)

// sentRow is a row of the sent list: one for each receiver of a message.
type sentRow struct {
	MessageType loose `json:"messageType"`
	SenderDocID loose `json:"senderDocId"`
	FromCode    loose `json:"fromCode"`
	ToCode      loose `json:"toCode"`
	Title       loose `json:"title"`
	Notation    loose `json:"notation"`
	SentTime    loose `json:"sentTime"`

	sent time.Time
}

// Lookup implements submit.Connector from the sent list. Its rows carry no
// DocumentID: sender, receiver, number and notation, title, and the time of
// sending decide.
func (c *Client) Lookup(ctx context.Context, e submit.Envelope) ([]submit.Receipt, error) {
	var rows []sentRow
	var bad error
	_, resp, err := c.post(ctx, call{
		name: "getSentEdocList", params: []param{{"servicetype", "eDoc"}, {"messagetype", typeDocument}},
		limit: maxList, timeout: c.config.ListTimeout,
	}, func(raw json.RawMessage) error {
		row, err := readSentRow(raw)
		switch {
		case err != nil:
			bad = err // a row that cannot be read may be ours: the list proves no absence
		case row.describes(e):
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	since := earliest(e, func(now time.Time) (time.Duration, bool) { return skew(resp, now) }, c.now())
	found := receipts(rows, since)
	if len(found) == 0 && bad != nil {
		return nil, fmt.Errorf("getSentEdocList: %w: %w", errMalformed, bad)
	}
	return found, nil
}

// earliest is the earliest time that a row of e can have, by the server's
// clock. Rows carry whole seconds.
func earliest(e submit.Envelope, skew func(time.Time) (time.Duration, bool), now time.Time) time.Time {
	if ahead, ok := skew(now); ok {
		return e.Queued.Add(ahead).Add(-2 * time.Second)
	}
	return e.Queued.Add(-2 * time.Minute)
}

func readSentRow(raw json.RawMessage) (sentRow, error) {
	var row sentRow
	if err := json.Unmarshal(raw, &row); err != nil {
		return row, err
	}
	return row.checked()
}

// checked reads the time of a row that has everything.
func (r sentRow) checked() (sentRow, error) {
	row := r
	if row.SenderDocID == "" || row.FromCode == "" || row.ToCode == "" || row.Notation == "" {
		return row, errors.New("a row of the sent list lacks identifier, sender, receiver or number")
	}
	var err error
	row.sent, err = parseTime(string(row.SentTime))
	return row, err
}

// Sent is a row of a list of what was sent, as a dialect found it.
type Sent struct{ ID, From, To, Title, Notation, Time string }

// Matching are those messages of a sent list that may be e, oldest first; ahead
// is how far the clock of the server is ahead of ours, where it is known. A row
// that cannot be read may be ours: without a match it is an error.
func Matching(rows []Sent, e submit.Envelope, ahead *time.Duration) ([]submit.Receipt, error) {
	var all []sentRow
	var bad error
	for _, r := range rows {
		raw := sentRow{
			SenderDocID: loose(r.ID), FromCode: loose(r.From), ToCode: loose(r.To),
			Title: loose(r.Title), Notation: loose(r.Notation), SentTime: loose(r.Time),
		}
		row, err := raw.checked()
		switch {
		case err != nil:
			bad = err
		case row.describes(e):
			all = append(all, row)
		}
	}
	found := receipts(all, earliest(e, func(time.Time) (time.Duration, bool) {
		if ahead == nil {
			return 0, false
		}
		return *ahead, true
	}, time.Time{}))
	if len(found) == 0 && bad != nil {
		return nil, bad
	}
	return found, nil
}

// parseTime reads the times of lists: Vietnamese wall clock.
func parseTime(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	for _, form := range []string{
		"2/1/2006 15:04:05", "2006/1/2 15:04:05", "2006-1-2 15:04:05", "2-1-2006 15:04:05", "2006-01-02T15:04:05Z07:00",
		"2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05", "20060102150405", "2/1/2006 3:04:05 PM", "Jan 2, 2006 3:04:05 PM",
		"Jan 2, 2006, 3:04:05 PM",
	} {
		if t, err := time.ParseInLocation(form, s, submit.WireZone()); err == nil { // takes fractions too
			return t, nil
		}
	}
	for _, form := range []string{"2/1/2006 15:04", "2006/1/2 15:04", "2006-1-2 15:04", "2006-01-02T15:04"} {
		if t, err := time.ParseInLocation(form, s, submit.WireZone()); err == nil {
			return t.Add(time.Minute - time.Second), nil // at the latest: what was sent then is not taken for older
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil { // since 1970: milliseconds, as Java's, or seconds
		switch {
		case len(s) == 13:
			return time.UnixMilli(n), nil
		case len(s) == 10:
			return time.Unix(n, 0), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", s)
}

// describes tells whether the row, its time apart, may be about e.
func (r sentRow) describes(e submit.Envelope) bool {
	if strings.EqualFold(string(r.MessageType), typeStatus) || !e.From.Is(string(r.FromCode)) {
		return false
	}
	title, subject := string(r.Title), e.Document.Subject
	to := slices.ContainsFunc(codes(string(r.ToCode)), func(code string) bool {
		return slices.ContainsFunc(e.To, func(p submit.Party) bool { return p.Is(code) })
	})
	if !to {
		return false
	}
	switch tidy(string(r.Notation)) {
	case tidy(e.Document.Code()):
		return sameTitle(title, subject)
	case tidy(e.Document.Notation): // the list keeps the number elsewhere
		return tidy(title) == tidy(subject)
	}
	return false
}

// codes are the receivers of a row: one, or several in some form of a list.
func codes(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",; []\"", r) })
}

// sameTitle forgives what is known to happen to titles on the way: cut at some
// length, or letters beyond ASCII lost.
func sameTitle(listed, subject string) bool {
	listed, subject = tidy(listed), tidy(subject)
	if listed == subject {
		return true
	}
	cut := strings.TrimRight(strings.TrimSuffix(listed, "…"), ".")
	if len([]rune(cut)) >= 50 && strings.HasPrefix(subject, cut) {
		return true
	}
	a, b := []rune(listed), []rune(subject)
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && (b[i] < 0x80 || a[i] != '?' && a[i] != '\uFFFD') {
			return false
		}
	}
	return true
}

func tidy(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }

// wrongClock is how far the clock of an axis, or that of the machine, may be
// wrong: a row up to so much too early may be ours all the same.
const wrongClock = 7 * 24 * time.Hour

// receipts are the messages of the rows that were sent since then, oldest
// first, each once. What looks the same and is too early by no more than a wrong
// clock comes after them, marked.
func receipts(rows []sentRow, since time.Time) []submit.Receipt {
	slices.SortStableFunc(rows, func(a, b sentRow) int { return a.sent.Compare(b.sent) })
	seen := map[string]bool{}
	var all, early []submit.Receipt
	for _, r := range rows {
		id := string(r.SenderDocID)
		if r.sent.Before(since.Add(-wrongClock)) || seen[id] {
			continue
		}
		seen[id] = true
		receipt := submit.Receipt{DocID: id, At: r.sent}
		if receipt.Early = r.sent.Before(since); receipt.Early {
			early = append(early, receipt)
			continue
		}
		all = append(all, receipt)
	}
	return append(all, early...)
}

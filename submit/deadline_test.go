package submit_test

import (
	"fmt"
	"testing"
	"time"

	"trinhky/submit"
)

func vietnam(day, clock string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", day+" "+clock, submit.WireZone())
	if err != nil {
		panic(err) // a mistake in the table
	}
	return t
}

func TestDeadline(t *testing.T) {
	c := submit.Calendar{
		Holidays: map[submit.Date]bool{"2026-09-02": true, "2026-09-03": true},
		Workdays: map[submit.Date]bool{"2026-11-21": true},
	}
	for name, x := range map[string]struct {
		signed   time.Time
		priority int
		want     time.Time
	}{
		"a Monday":              {vietnam("2026-11-23", "08:00"), 0, vietnam("2026-11-24", "12:00")},
		"late at night":         {vietnam("2026-11-23", "23:30"), 0, vietnam("2026-11-24", "12:00")},
		"over a weekend":        {vietnam("2026-11-27", "16:00"), 0, vietnam("2026-11-30", "12:00")},
		"a worked Saturday":     {vietnam("2026-11-20", "16:00"), 0, vietnam("2026-11-21", "12:00")},
		"over holidays":         {vietnam("2026-09-01", "09:00"), 0, vietnam("2026-09-04", "12:00")},
		"urgent":                {vietnam("2026-11-27", "16:00"), 1, vietnam("2026-11-27", "16:00")},
		"by the clock of Paris": {vietnam("2026-11-24", "01:00").In(time.FixedZone("CET", 3600)), 0, vietnam("2026-11-25", "12:00")},
	} {
		if got := c.Deadline(x.signed, x.priority); !got.Equal(x.want) {
			t.Errorf("%s: %v, want %v", name, got.In(submit.WireZone()), x.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	now := vietnam("2026-11-24", "12:01")
	party := submit.Party{Code: "H99.98"}
	record := func(s submit.Status, queued time.Time, to submit.Status) submit.Record {
		r := submit.Record{Status: s, Recipients: []submit.Recipient{{Party: party, Status: to}}}
		r.Envelope.Queued = queued
		if s == submit.Delivered {
			r.Receipt.At = queued
		}
		return r
	}
	monday := vietnam("2026-11-23", "08:00")
	for name, c := range map[string]struct {
		r    submit.Record
		want string
	}{
		"waits in time":       {record(submit.Queued, now.Add(-time.Hour), submit.Queued), "[]"},
		"waits too long":      {record(submit.Queued, monday, submit.Queued), "[overdue]"},
		"nobody knows":        {record(submit.Unconfirmed, monday, submit.Unconfirmed), "[overdue unconfirmed]"},
		"refused for good":    {record(submit.Refused, monday, submit.Refused), "[refused]"},
		"failed":              {record(submit.Failed, monday, submit.Failed), "[failed]"},
		"cancelled":           {record(submit.Cancelled, monday, submit.Cancelled), "[]"},
		"just delivered":      {record(submit.Delivered, now.Add(-time.Hour), submit.Delivered), "[]"},
		"silent for a day":    {record(submit.Delivered, monday, submit.Delivered), "[silent]"},
		"silent, a weekend":   {record(submit.Delivered, vietnam("2026-11-20", "16:00"), submit.Delivered), "[silent]"},
		"refused by one":      {record(submit.Delivered, monday, submit.Refused), "[refused]"},
		"taken in by one":     {record(submit.Delivered, monday, submit.Received), "[]"},
		"asked to give back":  {record(submit.Delivered, monday, submit.RecallAsked), "[]"},
		"arrived, not opened": {record(submit.Delivered, monday, submit.Arrived), "[]"},
	} {
		kinds := []submit.WarningKind{}
		for _, w := range (submit.Calendar{}).Warnings(c.r, now) {
			kinds = append(kinds, w.Kind)
		}
		if got := fmt.Sprint(kinds); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Silence counts working days only.
func TestSilence(t *testing.T) {
	for name, c := range map[string]struct {
		delivered, now time.Time
		silence        time.Duration
		silent         bool
	}{
		"a day":                      {vietnam("2026-11-23", "08:00"), vietnam("2026-11-24", "08:00"), 0, true},
		"almost a day":               {vietnam("2026-11-23", "08:00"), vietnam("2026-11-24", "07:59"), 0, false},
		"Friday to Sunday":           {vietnam("2026-11-27", "16:00"), vietnam("2026-11-29", "23:00"), 0, false},
		"Friday to Monday, in time":  {vietnam("2026-11-27", "16:00"), vietnam("2026-11-30", "15:59"), 0, false},
		"Friday to Monday, too late": {vietnam("2026-11-27", "16:00"), vietnam("2026-11-30", "16:00"), 0, true},
		"on a Saturday":              {vietnam("2026-11-28", "10:00"), vietnam("2026-12-01", "00:00"), 0, true},
		"over holidays":              {vietnam("2026-09-01", "09:00"), vietnam("2026-09-04", "08:00"), 0, false},
		"a worked Saturday":          {vietnam("2026-11-20", "16:00"), vietnam("2026-11-21", "16:00"), 0, true},
		"two working days":           {vietnam("2026-11-26", "16:00"), vietnam("2026-11-30", "15:00"), 48 * time.Hour, false},
		"clock set back":             {vietnam("2026-11-26", "16:00"), vietnam("2026-11-20", "15:00"), 0, false},
		"forgotten for years":        {vietnam("2020-11-26", "16:00"), vietnam("2026-11-30", "15:00"), 0, true},
	} {
		calendar := submit.Calendar{
			Holidays: map[submit.Date]bool{"2026-09-02": true, "2026-09-03": true},
			Workdays: map[submit.Date]bool{"2026-11-21": true}, Silence: c.silence,
		}
		r := submit.Record{
			Status: submit.Delivered, Receipt: submit.Receipt{At: c.delivered},
			Recipients: []submit.Recipient{{Party: submit.Party{Code: "H99.98"}, Status: submit.Delivered}},
		}
		r.Envelope.Queued = c.delivered
		if got := len(calendar.Warnings(r, c.now)) == 1; got != c.silent {
			t.Errorf("%s: %v", name, got)
		}
	}
}

package axis

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"trinhky/submit"
	"trinhky/submit/edxml"
)

// agencyRow is a row of the two directory lists. Servers write numbers as
// numbers or as texts.
type agencyRow struct {
	ID      loose `json:"id"`
	Parent  loose `json:"pid"`
	Code    loose `json:"code"`
	Name    loose `json:"name"`
	Mail    loose `json:"mail"`
	OldCode loose `json:"oldCode"`
	Code102 loose `json:"code102"`
}

// loose is a text that may be written as a number or a truth value, or be one of
// a list; an object is none, and empty.
type loose string

// UnmarshalJSON takes any value.
func (l *loose) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*l = loose(s)
		return nil
	}
	var yes bool
	if json.Unmarshal(data, &yes) == nil {
		*l = loose(fmt.Sprint(yes))
		return nil
	}
	var n json.Number
	if json.Unmarshal(data, &n) == nil {
		*l = loose(n.String())
		return nil
	}
	var many []loose
	_ = json.Unmarshal(data, &many) // an object is left
	all := make([]string, len(many))
	for i, one := range many {
		all[i] = string(one)
	}
	*l = loose(strings.Join(all, ","))
	return nil
}

// Agencies implements submit.Directory. The list of QĐ 20/2020 adds the codes
// of the other system where the older list has one alone; an axis without it is
// no error. Nor is one without getSynchronizeUnit, which says which agencies
// were taken out, and when.
func (c *Client) Agencies(ctx context.Context) ([]submit.Party, error) {
	rows, err := c.agencies(ctx, "getAgenciesList")
	if err != nil {
		return nil, err
	}
	more, err := c.agencies(ctx, "getAgenciesListQD20")
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	units, err := c.Units(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	return valid(merge(rows, more), units), nil
}

// valid gives the agencies that were taken out the day, also where the other
// lists still have them or have them no more: who writes to one learns why it
// cannot be a receiver. One without a day is left out, and the journal keeps
// since when. A code that another unit carries is in use.
func valid(all []submit.Party, units []Unit) []submit.Party {
	inUse, gone := map[string]bool{"": true}, map[string]Unit{}
	for _, u := range units {
		inUse[u.Party.Code] = inUse[u.Party.Code] || !u.Deleted
		inUse[u.Party.OldCode] = inUse[u.Party.OldCode] || !u.Deleted
	}
	for _, u := range units {
		if id := u.Party.OrganID(); u.Deleted && !inUse[id] {
			gone[id] = u
		}
	}
	out := make([]submit.Party, 0, len(all))
	for _, p := range all {
		u, left := gone[p.OrganID()]
		if left {
			delete(gone, p.OrganID())
			p.ValidUntil = u.Party.ValidUntil
		}
		if !left || p.ValidUntil != "" {
			out = append(out, p)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(gone)) {
		if p := gone[id].Party; p.ValidUntil != "" {
			out = append(out, p)
		}
	}
	return out
}

func (c *Client) agencies(ctx context.Context, list string) (rows []agencyRow, err error) {
	_, _, err = c.post(ctx, call{
		name: list, limit: maxList, timeout: c.config.SendTimeout, // a long list: over 100,000 rows
	}, func(raw json.RawMessage) error {
		var row agencyRow
		if err := json.Unmarshal(raw, &row); err != nil {
			return err
		}
		if row.Code == "" && row.OldCode == "" {
			return errors.New("an agency without a code")
		}
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

// Agency is a row of a directory, as a dialect found it.
type Agency struct{ ID, Parent, Code, OldCode, Name, Mail string }

// Pair makes parties of rows: codes of both systems side by side, told apart by
// their form.
func Pair(rows []Agency) []submit.Party {
	all := make([]agencyRow, len(rows))
	for i, r := range rows {
		all[i] = agencyRow{
			ID: loose(r.ID), Parent: loose(r.Parent), Code: loose(r.Code), OldCode: loose(r.OldCode), Name: loose(r.Name), Mail: loose(r.Mail),
		}
	}
	return merge(all)
}

// merge pairs the codes of both systems. Which code is which is told by its
// form, never by the name of the field: directories disagree on that.
func merge(lists ...[]agencyRow) []submit.Party {
	names := map[loose]string{}
	for _, r := range lists[0] {
		names[r.ID] = string(r.Name)
	}
	b := book{at: map[string]int{}}
	for _, rows := range lists {
		for _, r := range rows {
			b.add(r.party(names[r.Parent]))
		}
	}
	return b.all
}

func (r agencyRow) party(parent string) submit.Party {
	p := submit.Party{Name: string(r.Name), Email: string(r.Mail), InCharge: parent}
	for _, code := range []string{string(r.Code), string(r.OldCode), string(r.Code102)} {
		to := &p.Code
		if edxml.IsOldCode(code) {
			to = &p.OldCode
		}
		if *to == "" {
			*to = code
		}
	}
	return p
}

// book is the parties by either code.
type book struct {
	all []submit.Party
	at  map[string]int
}

func (b *book) add(p submit.Party) {
	i, known := b.find(p)
	if known {
		b.all[i] = pair(b.all[i], p)
	} else {
		i = len(b.all)
		b.all = append(b.all, p)
	}
	for _, code := range []string{b.all[i].Code, b.all[i].OldCode} {
		if code != "" {
			b.at[code] = i
		}
	}
}

func (b *book) find(p submit.Party) (int, bool) {
	for _, code := range []string{p.Code, p.OldCode} {
		if i, ok := b.at[code]; ok && code != "" {
			return i, true
		}
	}
	return 0, false
}

func pair(a, b submit.Party) submit.Party {
	for _, f := range []struct{ to, from *string }{
		{&a.Code, &b.Code}, {&a.OldCode, &b.OldCode}, {&a.Name, &b.Name}, {&a.Email, &b.Email}, {&a.InCharge, &b.InCharge},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	return a
}

// Count asks how many documents and statuses wait (SDK 2.0.1; older axes do not
// know it).
func (c *Client) Count(ctx context.Context, kind string) (int, error) {
	name := "countReceiveEdoc"
	if kind == typeStatus {
		name = "countReceiveStatus"
	}
	a, _, err := c.post(ctx, call{name: name, body: "{}", limit: maxAnswer, timeout: c.config.ListTimeout}, nil)
	if err != nil {
		return 0, err
	}
	var n int
	if _, err := fmt.Sscanf(a.data, "%d", &n); err != nil {
		return 0, fmt.Errorf("%s: %w: %q is no number", name, errMalformed, a.data)
	}
	return n, nil
}

// Registration is what an agency says of itself to the axis.
type Registration struct {
	ID     string `json:"id"`
	Parent string `json:"pcode"`
	Code   string `json:"code"`
	Name   string `json:"name"`
	Mail   string `json:"mail"`
	Mobile string `json:"mobile"`
	Fax    string `json:"fax"`
}

// Register enters an agency of the own system into the directory (registerAgency).
func (c *Client) Register(ctx context.Context, r Registration) error {
	if r.Code == "" || r.Name == "" {
		return &submit.FieldError{Field: "from", Reason: "code and name are needed"}
	}
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, _, err = c.post(ctx, call{name: "registerAgency", body: string(body), limit: maxAnswer, timeout: c.config.ListTimeout}, nil)
	return err
}

// Unregister takes an agency of the own system out again (deleteAgency).
func (c *Client) Unregister(ctx context.Context, code string) error {
	_, _, err := c.post(ctx, call{
		name: "deleteAgency", params: []param{{"AgencyCode", code}}, body: "{}", limit: maxAnswer, timeout: c.config.ListTimeout,
	}, nil)
	return err
}

// Unit is a row of getSynchronizeUnit: the directory with its changes.
type Unit struct {
	Party      submit.Party
	CenterCode string
	Version    string
	Modified   time.Time // zero where the axis does not say
	Deleted    bool
}

type unitRow struct {
	agencyRow
	Version    loose `json:"version"`
	CenterCode loose `json:"centerCode"`
	Deleted    loose `json:"deleted"`
	ModifyDate loose `json:"modifyDate"`
}

// Units lists the agencies with those that were taken out (getSynchronizeUnit).
func (c *Client) Units(ctx context.Context) ([]Unit, error) {
	var all []Unit
	_, _, err := c.post(ctx, call{name: "getSynchronizeUnit", limit: maxList, timeout: c.config.SendTimeout}, func(raw json.RawMessage) error {
		var row unitRow
		if err := json.Unmarshal(raw, &row); err != nil {
			return err
		}
		if row.Code == "" && row.OldCode == "" {
			return errors.New("a unit without a code")
		}
		u := Unit{Party: row.party(""), CenterCode: string(row.CenterCode), Version: string(row.Version)}
		u.Deleted = row.Deleted == "1" || row.Deleted == "true"
		u.Modified, _ = parseTime(string(row.ModifyDate)) // some servers leave it out
		if u.Deleted && !u.Modified.IsZero() {
			u.Party.ValidUntil = submit.Date(u.Modified.In(submit.WireZone()).Format("2006-01-02"))
		}
		all = append(all, u)
		return nil
	})
	return all, err
}

package flow

import (
	"context"

	"trinhky/submit"
)

// Sent is the list of the page Gửi đi: what its search asks for, the newest
// first, as far as the person went.
type Sent struct {
	Rows []submit.Record
	Text string // in number, subject, receiver; accents do not matter
	More bool   // there are older ones than Rows

	further int // pages beyond the first
}

// pageSent is a page of the list. Every one that was asked for is read anew, as
// what is older changes too.
const pageSent = 50

// asked is what the list is read by.
type asked struct {
	Text  string
	Limit int
}

func (s Sent) want() asked { return asked{s.Text, pageSent * (1 + s.further)} }

// sentRows are the newest records, whatever is searched for, and those found.
type sentRows struct{ newest, found []submit.Record }

func (f *Flow) readSent(ctx context.Context, a asked) (rows sentRows, err error) {
	if rows.newest, err = f.c.Outbox.List(ctx, submit.Filter{}); err != nil {
		return rows, err
	}
	rows.found, err = f.c.Outbox.List(ctx, submit.Filter{Text: a.Text, Limit: a.Limit})
	return rows, err
}

// FindSent searches everything that was ever sent; the database does it.
func (f *Flow) FindSent(text string) {
	if f.lists.Sent.Text == text {
		return
	}
	f.lists.Sent = Sent{Rows: f.lists.Sent.Rows, Text: text}
	f.ReadOutbox()
}

// MoreSent reads the next page.
func (f *Flow) MoreSent() {
	if v := &f.lists.Sent; v.More {
		v.More = false // it is under way
		v.further++
		f.ReadOutbox()
	}
}

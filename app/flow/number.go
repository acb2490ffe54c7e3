package flow

import (
	"time"

	"trinhky/signer/stamp"
)

// Issue is the number, place and date that the secretary's own signature
// carries (stamp.Number).
type Issue struct {
	Number string // "15/QĐ-UBND"
	Town   string // "": the place of the agency's settings
	Date   time.Time
}

// SetNumber takes the stamp of role stamp.Number with what is issued; only
// while placing. The desk then has the place in the heading of the document, or
// why there is none.
func (f *Flow) SetNumber(i Issue) {
	f.choice = nil
	f.relay(func(a *layAsk, d Desk) {
		a.role, a.choice, a.issue = stamp.Number, choose(f.lists.Tokens, f.choice, d.Doc, stamp.Number), &i
	})
}

// into puts what is issued into a stamp.
func (i *Issue) into(in *stamp.Input) {
	if i == nil {
		return
	}
	in.Number, in.Issued = i.Number, i.Date
	if i.Town != "" {
		in.Town = i.Town
	}
}

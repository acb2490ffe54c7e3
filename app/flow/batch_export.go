package flow

import (
	"context"

	"trinhky/app/review"
	"trinhky/signer"
)

// Explain turns an error into the sentence that says what happened and the one
// that says what to do.
type Explain func(err error) (reason, next string)

// BatchExport writes the results of the pile: as a table to csv and as a list
// to be signed off to list; an empty path leaves one out.
func (f *Flow) BatchExport(csv, list string, explain Explain, say review.Words, done func(error)) {
	out := f.results(explain)
	font := f.c.ListFont
	aside(f, func(context.Context) (struct{}, error) {
		if csv != "" {
			if err := out.WriteCSV(csv); err != nil {
				return struct{}{}, err
			}
		}
		if list == "" {
			return struct{}{}, nil
		}
		return struct{}{}, out.WriteList(list, font, say)
	}, func(_ struct{}, err error) { done(err) })
}

// results are the documents that a person decided about.
func (f *Flow) results(explain Explain) review.Pile {
	p := f.pile.now
	out := review.Pile{At: f.c.Now()}
	if p.Signer != nil {
		out.Signer, out.Token = p.Signer.Certificate.X509, p.Signer.Slot.Token.Label
	}
	for _, r := range p.Rows {
		line := review.PileLine{
			Input: r.Path, Number: r.Number, Subject: r.Subject, Seen: r.SeenPages(), Asked: r.Asked.String(),
		}
		if r.Err != nil {
			line.Reason, line.Next = explain(r.Err)
		}
		switch r.State {
		case RowDone:
			line.Outcome, line.Output, line.SHA256 = review.PileDone, r.Signed.Path, r.Signed.SHA256
			line.Reached = reached(r.Signed)
			if r.Signed.Downgrade != nil {
				line.Downgrade, _ = explain(r.Signed.Downgrade)
			}
		case RowSetAside, RowUnready:
			line.Outcome = review.PileSetAside
		case RowReturned:
			line.Outcome, line.Reason = review.PileReturned, r.Remark
		case RowAgreed, RowWaiting:
			line.Outcome = review.PileNotReached
		case RowReading, RowReady:
			continue // nobody decided about it
		}
		out.Lines = append(out.Lines, line)
	}
	return out
}

// reached is the level of a signature; "" where an earlier run made it and only
// verification can tell.
func reached(s signer.Signed) string {
	if s.Page < 0 {
		return ""
	}
	return s.Level.String()
}

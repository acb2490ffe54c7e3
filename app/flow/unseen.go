package flow

import (
	"context"
	"slices"

	"trinhky/app/review"
	"trinhky/signer/verify"
)

// lookUnseen searches a document that was just opened for text that nobody
// sees, beside everything else, and adds what it finds to the desk.
func (f *Flow) lookUnseen(doc *review.Document) {
	aside(f, func(ctx context.Context) ([]verify.Finding, error) {
		return doc.Unseen(ctx)
	}, func(found []verify.Finding, err error) {
		now, ok := f.state.(Placing)
		switch {
		case !ok || now.Doc != doc || len(found) == 0 && err == nil:
		case err != nil:
			f.c.Log.Warn("look for hidden text", "err", err)
		default:
			now.Findings = withNew(now.Findings, found)
			f.set(now)
		}
	})
}

// withNew adds the findings whose code is not there yet.
func withNew(all, found []verify.Finding) []verify.Finding {
	out := slices.Clone(all)
	for _, n := range found {
		if !slices.ContainsFunc(out, func(o verify.Finding) bool { return o.Code == n.Code }) {
			out = append(out, n)
		}
	}
	return out
}

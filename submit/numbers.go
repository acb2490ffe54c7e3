package submit

import (
	"context"
	"slices"
)

// NumberUsed are the other documents of that sender that carry the number and
// notation of m in its year. The same document to further receivers is none.
func (o *Outbox) NumberUsed(ctx context.Context, from Party, m Metadata) ([]Envelope, error) {
	all, err := o.journal.Numbered(ctx, from, m)
	return slices.DeleteFunc(all, func(e Envelope) bool {
		return e.Document.Date == m.Date && Folded(e.Document.Subject) == Folded(m.Subject)
	}), err
}

package flowtest

import (
	"context"
	"strings"

	"trinhky/submit"
)

// Outbox keeps what is queued.
type Outbox struct {
	Added   []submit.Envelope
	Records []submit.Record
	AddErr  error
	Retried []string
}

// Agencies are those that can be found.
var Agencies = []submit.Party{
	{Code: "H99.98", Name: "Sở Nhận văn bản tỉnh Mẫu"},
	{Code: "H99.96", Name: "Ủy ban nhân dân xã Bình Mẫu"},
	{Code: "H99.97", Name: "Sở Thử nghiệm tỉnh Mẫu"},
}

// Add implements flow.Outbox.
func (o *Outbox) Add(_ context.Context, e submit.Envelope) (submit.Record, error) {
	if o.AddErr != nil {
		return submit.Record{}, o.AddErr
	}
	e.ID, e.Queued = "e"+e.Document.Number, Now
	r := submit.Record{Envelope: e}
	for _, to := range e.To {
		r.Recipients = append(r.Recipients, submit.Recipient{Party: to})
	}
	o.Added, o.Records = append(o.Added, e), append(o.Records, r)
	return r, nil
}

// List implements flow.Outbox.
func (o *Outbox) List(_ context.Context, f submit.Filter) ([]submit.Record, error) {
	var out []submit.Record
	for _, r := range o.Records {
		text := r.Envelope.Document.Code() + " " + r.Envelope.Document.Subject
		for _, to := range r.Recipients {
			text += " " + to.Party.Name + " " + to.Party.Code
		}
		if strings.Contains(submit.Folded(text), submit.Folded(f.Text)) && (f.Limit == 0 || len(out) < f.Limit) {
			out = append(out, r)
		}
	}
	return out, nil
}

// Retry implements flow.Outbox.
func (o *Outbox) Retry(_ context.Context, id string) error {
	o.Retried = append(o.Retried, id)
	return nil
}

// Cancel implements flow.Outbox.
func (o *Outbox) Cancel(context.Context, string) error { return nil }

// Connectors implements flow.Outbox.
func (o *Outbox) Connectors() []string { return []string{"truc"} }

// FindAgencies implements flow.Outbox.
func (o *Outbox) FindAgencies(_ context.Context, _, text string, _ int) ([]submit.Party, error) {
	var out []submit.Party
	for _, a := range Agencies {
		if text == "" || strings.Contains(strings.ToLower(a.Name), strings.ToLower(text)) || strings.Contains(a.Code, text) {
			out = append(out, a)
		}
	}
	return out, nil
}

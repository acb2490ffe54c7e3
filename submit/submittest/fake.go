package submittest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"trinhky/submit"
)

// Fake is a destination in memory. It fails on request as the real ones do.
// It is safe for concurrent use.
type Fake struct {
	mu        sync.Mutex
	documents []sent
	waiting   []submit.Report
	acked     map[string]bool
	faults    map[string][]Fault
	next      int
	// Between is called in the middle of every send, after the document
	// arrived; tests use it to kill or to cancel. Set it before the first send.
	Between func(submit.Envelope)
}

type sent struct {
	envelope submit.Envelope
	receipt  submit.Receipt
}

// NewFake returns an empty destination.
func NewFake() *Fake {
	return &Fake{acked: map[string]bool{}, faults: map[string][]Fault{}}
}

var _ Destination = (*Fake)(nil)

// Connector implements Destination: the fake is its own connector.
func (f *Fake) Connector() submit.Connector { return f }

// Break implements Destination.
func (f *Fake) Break(_ testing.TB, where string, fault Fault, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for range n {
		f.faults[where] = append(f.faults[where], fault)
	}
}

func (f *Fake) fault(where string) Fault {
	all := f.faults[where]
	if len(all) == 0 {
		return FaultNone
	}
	f.faults[where] = all[1:]
	return all[0]
}

var errFake = errors.New("the fake fails on request")

// Submit implements submit.Connector.
func (f *Fake) Submit(ctx context.Context, e submit.Envelope) (submit.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return submit.Receipt{}, err
	}
	fault := f.fault(AtSend)
	switch fault {
	case FaultDown:
		return submit.Receipt{}, fmt.Errorf("%w: %v", errFake, fault)
	case FaultLogin:
		return submit.Receipt{}, &submit.AuthError{Code: "401", Text: "fake"}
	case FaultCut, FaultPage, FaultPortal, FaultEmpty, FaultNulls:
		return submit.Receipt{}, submit.Unknown(fmt.Errorf("%w: %v", errFake, fault))
	case FaultNone, FaultLost, FaultHalf, FaultGarbage, FaultSlow, FaultWrongTime:
	}
	for _, p := range e.To {
		if !f.knows(p) {
			return submit.Receipt{}, submit.Permanent("18", "Don vi nhan khong ton tai: "+p.OrganID())
		}
	}
	f.next++
	r := submit.Receipt{DocID: fmt.Sprintf("fake-%d", f.next), At: time.Now()}
	f.documents = append(f.documents, sent{e, r})
	if f.Between != nil {
		f.Between(e)
	}
	switch fault {
	case FaultLost, FaultHalf, FaultGarbage, FaultSlow:
		return submit.Receipt{}, submit.Unknown(fmt.Errorf("%w: %v", errFake, fault))
	default:
		return r, nil
	}
}

func (f *Fake) knows(p submit.Party) bool {
	from, a, b, c := f.Agencies()
	return slices.ContainsFunc([]submit.Party{from, a, b, c}, func(q submit.Party) bool { return q.Is(p.OrganID()) })
}

// Lookup implements submit.Connector.
func (f *Fake) Lookup(ctx context.Context, e submit.Envelope) ([]submit.Receipt, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.broken(ctx, AtLookup); err != nil {
		return nil, err
	}
	var all []submit.Receipt
	for _, d := range f.documents {
		o := d.envelope
		if o.Document.Code() == e.Document.Code() && o.Document.Subject == e.Document.Subject &&
			o.From.OrganID() == e.From.OrganID() && shareReceiver(o, e) && !d.receipt.At.Before(e.Queued) {
			all = append(all, d.receipt)
		}
	}
	return all, nil
}

func (f *Fake) broken(ctx context.Context, where string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	switch fault := f.fault(where); fault {
	case FaultNone, FaultWrongTime:
		return nil
	default:
		return fmt.Errorf("%w: %v", errFake, fault)
	}
}

func shareReceiver(a, b submit.Envelope) bool {
	return slices.ContainsFunc(a.To, func(p submit.Party) bool {
		return slices.ContainsFunc(b.To, func(q submit.Party) bool { return p.Is(q.OrganID()) })
	})
}

// Track implements submit.Connector.
func (f *Fake) Track(ctx context.Context) ([]submit.Report, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.broken(ctx, AtTrack); err != nil {
		return nil, err
	}
	var all []submit.Report
	for _, r := range f.waiting {
		if !f.acked[r.ID] {
			all = append(all, r)
		}
	}
	return all, nil
}

// Acknowledge implements submit.Connector.
func (f *Fake) Acknowledge(_ context.Context, r submit.Report) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.acked[r.ID] = true
	return nil
}

// Agencies implements Destination.
func (f *Fake) Agencies() (from, answers, refuses, silent submit.Party) {
	return submit.Party{Code: "H99.97", OldCode: "000.00.97.H99", Name: "Sở Gửi"},
		submit.Party{Code: "H99.98", OldCode: "000.00.98.H99", Name: "Sở Nhận"},
		submit.Party{Code: "H99.96", OldCode: "000.00.96.H99", Name: "Xã Từ Chối"},
		submit.Party{Code: "G99", OldCode: "000.00.00.G99", Name: "Cơ quan im lặng"}
}

// Documents implements Destination.
func (f *Fake) Documents(testing.TB) (all []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, d := range f.documents {
		all = append(all, d.envelope.DocumentID)
	}
	return all
}

// Report puts a report where Track finds it.
func (f *Fake) Report(r submit.Report) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waiting = append(f.waiting, r)
}

// Advance implements Destination.
func (f *Fake) Advance(testing.TB) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, answers, refuses, _ := f.Agencies()
	for _, d := range f.documents {
		correction := d.envelope.Business.Kind == submit.Recall || d.envelope.Business.Kind == submit.Update
		for _, p := range d.envelope.To {
			switch {
			case correction && p.Is(answers.Code):
				f.say(d, p, "15", "Đồng ý")
			case correction && p.Is(refuses.Code):
				f.say(d, p, "16", "Đã xử lý xong")
			case p.Is(answers.Code):
				for _, code := range []string{"01", "03", "05", "06"} {
					f.say(d, p, code, "đã xử lý")
				}
			case p.Is(refuses.Code):
				f.say(d, p, "02", "Không thuộc thẩm quyền")
			}
		}
	}
}

func (f *Fake) say(d sent, p submit.Party, code, note string) {
	status, _ := submit.StatusOf(code)
	f.waiting = append(f.waiting, submit.Report{
		ID: fmt.Sprintf("%s-%s-%s", d.receipt.DocID, p.Code, code), DocumentID: d.envelope.DocumentID,
		Sender: d.envelope.From.Code, DocumentCode: d.envelope.Document.Code(), DocumentDate: d.envelope.Document.Date,
		From: p, Code: code, Status: status, At: time.Now(), Note: note,
	})
}

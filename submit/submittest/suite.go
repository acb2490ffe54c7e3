// Package submittest holds the suite that every connector passes, and a fake
// destination that fails on request and passes the same suite.
package submittest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/submit"
	"trinhky/submit/store"
)

// Fault is what goes wrong at a destination.
type Fault int

// The faults.
const (
	FaultNone      Fault = iota
	FaultDown            // no connection, or it ends at once: nothing arrives
	FaultCut             // the connection ends in the request: nothing arrives
	FaultLost            // it arrives; the connection ends without an answer
	FaultHalf            // it arrives; half of the answer comes
	FaultGarbage         // it arrives; the answer makes no sense
	FaultPage            // 500 with a page of HTML; nothing arrives
	FaultPortal          // 200 with a page of HTML; nothing arrives
	FaultEmpty           // 200 without anything; nothing arrives
	FaultNulls           // 200 and nulls; nothing arrives
	FaultLogin           // the credentials are not accepted; nothing arrives
	FaultSlow            // it arrives; the answer takes longer than anyone waits
	FaultWrongTime       // the clock of the destination is three days behind; everything else works
)

// AllFaults lists them.
func AllFaults() []Fault {
	all := make([]Fault, 0, FaultWrongTime+1)
	for f := FaultNone; f <= FaultWrongTime; f++ {
		all = append(all, f)
	}
	return all
}

func (f Fault) String() string {
	return [...]string{
		"none", "down", "cut", "lost answer", "half answer", "garbage", "page", "portal", "empty", "nulls", "login",
		"slow", "wrong time",
	}[f]
}

// Where a fault strikes.
const (
	AtSend   = "send"
	AtLookup = "lookup"
	AtTrack  = "track"
)

// Destination is a destination under test with everything behind it.
type Destination interface {
	Connector() submit.Connector
	// Break makes the next n calls of that kind go wrong.
	Break(t testing.TB, where string, f Fault, n int)
	// Documents are the identifiers of the documents that arrived, in their
	// order; one that arrived twice stands twice.
	Documents(t testing.TB) []string
	// Advance lets the agencies behind it do all that they would do.
	Advance(t testing.TB)
	// Agencies are the sender and three receivers: the first answers with 01,
	// 03, 05 and 06, the second refuses with 02 and a reason, the third is
	// silent.
	Agencies() (from, answers, refuses, silent submit.Party)
}

// Keeper is a destination that keeps whatever it is given, a folder: it knows no
// agencies, and documents by our own identifier, whatever its clock says.
type Keeper interface{ Keeps() }

// Name is what the connector is called in the suite.
const Name = "destination"

// Schedule is quick enough for tests and still leaves a request that is under
// way the time to arrive.
func Schedule() submit.Schedule {
	return submit.Schedule{
		First: 2 * time.Millisecond, Longest: 20 * time.Millisecond, Absence: 20 * time.Millisecond,
		Poll: 20 * time.Millisecond, Settle: 10 * time.Millisecond, Workers: 4,
	}
}

// Envelope is a small document of that number from one party to others.
func Envelope(t testing.TB, number int, from submit.Party, to ...submit.Party) submit.Envelope {
	t.Helper()
	path := filepath.Join(t.TempDir(), fmt.Sprintf("Công văn số %d.pdf", number))
	if err := os.WriteFile(path, fmt.Appendf(nil, "%%PDF-1.4\n%% %d\n%%%%EOF\n", number), 0o600); err != nil {
		t.Fatal(err)
	}
	return submit.Envelope{
		Connector: Name, From: from, To: to, Files: []submit.File{{Path: path}},
		Document: submit.Metadata{
			Number: fmt.Sprint(number), Notation: "SG-VP", Place: "Tỉnh Mẫu", Date: "2026-11-20", Type: "Công văn",
			Subject: fmt.Sprintf("V/v thử nghiệm gửi văn bản số %d", number), Authority: "KT. GIÁM ĐỐC",
			Position: "PHÓ GIÁM ĐỐC", Signer: "Nguyễn Văn Thử", Pages: 1,
		},
	}
}

// Outbox is an outbox over a journal of its own with d as its only connector.
func Outbox(t testing.TB, d Destination) *submit.Outbox {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return OutboxOver(t, s, d)
}

// OutboxOver is an outbox over that journal with d as its only connector.
func OutboxOver(t testing.TB, j submit.Journal, d Destination) *submit.Outbox {
	t.Helper()
	return submit.NewOutbox(submit.Config{
		Journal: j, Connectors: map[string]submit.Connector{Name: d.Connector()}, Schedule: Schedule(),
	})
}

// Brief is a destination that shares its parts with one that runs everything:
// of the pairs of faults it runs each fourth one, without those that only take
// time, and all of them with TRINHKY_SOAK.
type Brief interface{ Brief() bool }

// Suite is what the outbox relies on. open makes a fresh destination.
func Suite(t *testing.T, open func(t *testing.T) Destination) {
	t.Run("Outcomes", func(t *testing.T) { outcomes(t, open) })
	t.Run("EveryFaultEndsWithOne", func(t *testing.T) { everyFault(t, open) })
	t.Run("LookupProvesNothing", func(t *testing.T) { lookupProvesNothing(t, open) })
	t.Run("LookupTellsApart", func(t *testing.T) { lookupTellsApart(t, open) })
	t.Run("Tracking", func(t *testing.T) { tracking(t, open) })
	t.Run("TrackingFaults", func(t *testing.T) { trackingFaults(t, open) })
	t.Run("Refused", func(t *testing.T) { refused(t, open) })
	t.Run("Recall", func(t *testing.T) { recall(t, open) })
	t.Run("Update", func(t *testing.T) { update(t, open) })
	t.Run("Replace", func(t *testing.T) { replace(t, open) })
	t.Run("Directory", func(t *testing.T) { directory(t, open) })
}

// outcomes: what Submit says is what happened.
func outcomes(t *testing.T, open func(t *testing.T) Destination) {
	for _, f := range AllFaults() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			d := open(t)
			from, to, _, _ := d.Agencies()
			e, err := submit.Complete(Envelope(t, 1, from, to))
			if err != nil {
				t.Fatal(err)
			}
			e = Kept(t, e)
			d.Break(t, AtSend, f, 1)
			receipt, err := d.Connector().Submit(t.Context(), e)
			arrived := len(d.Documents(t)) == 1
			var unknown *submit.UnknownError
			var refused *submit.RefusedError
			switch {
			case errors.As(err, &refused):
				t.Errorf("a fault is no refusal: %v", err)
			case err == nil && (!arrived || receipt.DocID == ""):
				t.Errorf("accepted (%+v), but arrived: %v", receipt, arrived)
			case err != nil && !errors.As(err, &unknown) && arrived:
				t.Errorf("said not to have arrived: %v", err)
			}
			if (f == FaultNone || f == FaultWrongTime) && err != nil {
				t.Error(err)
			}
		})
	}
}

// everyFault: whatever happens to the first send and to the first look-up, in
// the end the document is there once.
func everyFault(t *testing.T, open func(t *testing.T) Destination) {
	atLookup := []Fault{FaultNone, FaultDown, FaultPage, FaultPortal, FaultEmpty, FaultNulls, FaultGarbage, FaultHalf}
	brief, _ := open(t).(Brief)
	for i, f := range AllFaults() {
		for j, g := range atLookup {
			if brief != nil && brief.Brief() && os.Getenv("TRINHKY_SOAK") == "" && ((i+j)%4 != 0 || f == FaultSlow) {
				continue
			}
			t.Run(f.String()+"+"+g.String(), func(t *testing.T) {
				t.Parallel()
				d := open(t)
				from, to, _, silent := d.Agencies()
				o := Outbox(t, d)
				r, err := o.Add(t.Context(), Envelope(t, 7, from, to, silent))
				if err != nil {
					t.Fatal(err)
				}
				d.Break(t, AtSend, f, 1)
				d.Break(t, AtLookup, g, 2)
				r, err = o.Deliver(t.Context(), r.Envelope.ID)
				if err != nil || r.Status != submit.Delivered || r.Receipt.DocID == "" {
					t.Fatalf("%v %+v %v", r.Status, r.Receipt, err)
				}
				if got := d.Documents(t); len(got) != 1 || got[0] != r.Envelope.DocumentID {
					t.Errorf("arrived: %v", got)
				}
			})
		}
	}
}

// lookupProvesNothing: a list that cannot be read is an error, never absence.
func lookupProvesNothing(t *testing.T, open func(t *testing.T) Destination) {
	for _, f := range AllFaults() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			d := open(t)
			from, to, _, _ := d.Agencies()
			e, err := submit.Complete(Envelope(t, 1, from, to))
			if err != nil {
				t.Fatal(err)
			}
			d.Break(t, AtLookup, f, 1)
			found, err := d.Connector().Lookup(t.Context(), e)
			good := f == FaultNone || f == FaultWrongTime
			if good != (err == nil) || len(found) != 0 {
				t.Errorf("found %v, %v", found, err)
			}
		})
	}
}

// lookupTellsApart: of many, the sent list shows the very one.
func lookupTellsApart(t *testing.T, open func(t *testing.T) Destination) {
	d := open(t)
	from, to, refuses, silent := d.Agencies()
	c := d.Connector()
	base := Envelope(t, 5, from, to)
	others := map[string]func(*submit.Envelope){
		"number":   func(e *submit.Envelope) { e.Document.Number = "6" },
		"notation": func(e *submit.Envelope) { e.Document.Notation = "SG-TC" },
		"title":    func(e *submit.Envelope) { e.Document.Subject = "V/v khác hẳn" },
		"receiver": func(e *submit.Envelope) { e.To = []submit.Party{refuses, silent} },
	}
	for name, change := range others {
		e := base
		change(&e)
		e, err := submit.Complete(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Submit(t.Context(), Kept(t, e)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	e, err := submit.Complete(base)
	if err != nil {
		t.Fatal(err)
	}
	e = Kept(t, e)
	if found, err := c.Lookup(t.Context(), e); err != nil || len(found) != 0 {
		t.Errorf("before it was sent: %v, %v", found, err)
	}
	receipt, err := c.Submit(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	found, err := c.Lookup(t.Context(), e)
	if err != nil || len(found) != 1 || found[0].DocID != receipt.DocID {
		t.Errorf("found %v, %v; want %s", found, err, receipt.DocID)
	}
	if _, ok := d.(Keeper); ok {
		return // the identifier alone is proof
	}
	later := e
	later.Queued = time.Now().Add(time.Hour)
	if found, err := c.Lookup(t.Context(), later); err != nil || len(found) > 1 || len(found) == 1 && !found[0].Early {
		t.Errorf("sent before it was queued: %v, %v", found, err)
	}
}

// tracking: reports come, are stored once, move each receiver and are gone.
func tracking(t *testing.T, open func(t *testing.T) Destination) {
	d := open(t)
	from, answers, refuses, silent := d.Agencies()
	o := Outbox(t, d)
	r, err := o.Add(t.Context(), Envelope(t, 9, from, answers, refuses, silent))
	if err != nil {
		t.Fatal(err)
	}
	if r, err = o.Deliver(t.Context(), r.Envelope.ID); err != nil {
		t.Fatal(err)
	}
	d.Advance(t)
	if n, err := o.Track(t.Context()); n != 5 || err != nil {
		t.Fatalf("%d new reports, %v; want 5", n, err)
	}
	if n, err := o.Track(t.Context()); n != 0 || err != nil {
		t.Errorf("again: %d new reports, %v", n, err)
	}
	if waiting, err := d.Connector().Track(t.Context()); len(waiting) != 0 || err != nil {
		t.Errorf("acknowledged reports wait: %v, %v", waiting, err)
	}
	if r, err = o.Get(t.Context(), r.Envelope.ID); err != nil {
		t.Fatal(err)
	}
	want := []submit.Status{submit.Completed, submit.Refused, submit.Delivered}
	for i, p := range r.Recipients {
		if p.Status != want[i] {
			t.Errorf("%s: %v, want %v", p.Party.Name, p.Status, want[i])
		}
	}
	if r.Recipients[1].Note == "" || r.Recipients[1].Code != "02" {
		t.Errorf("the refusal has no reason: %+v", r.Recipients[1])
	}
	if len(r.Reports) != 5 {
		t.Errorf("%d reports in the history", len(r.Reports))
	}
}

// trackingFaults: a list that cannot be read loses nothing.
func trackingFaults(t *testing.T, open func(t *testing.T) Destination) {
	for _, f := range AllFaults() {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			d := open(t)
			from, answers, _, _ := d.Agencies()
			o := Outbox(t, d)
			r, err := o.Add(t.Context(), Envelope(t, 9, from, answers))
			if err != nil {
				t.Fatal(err)
			}
			if r, err = o.Deliver(t.Context(), r.Envelope.ID); err != nil {
				t.Fatal(err)
			}
			d.Advance(t)
			d.Break(t, AtTrack, f, 1)
			n, err := o.Track(t.Context())
			if good := f == FaultNone || f == FaultWrongTime; good != (err == nil) || !good && n != 0 {
				t.Errorf("%d new reports, %v", n, err)
			}
			if err := o.RunUntilIdle(t.Context()); err != nil {
				t.Fatal(err)
			}
			if r, err = o.Get(t.Context(), r.Envelope.ID); err != nil || r.Recipients[0].Status != submit.Completed || len(r.Reports) != 4 {
				t.Errorf("%v, %d reports, %v", r.Recipients, len(r.Reports), err)
			}
		})
	}
}

// refused: an unknown receiver is refused for good, with words, and not tried
// again.
func refused(t *testing.T, open func(t *testing.T) Destination) {
	d := open(t)
	if _, ok := d.(Keeper); ok {
		t.Skip("it keeps whatever it is given")
	}
	from, _, _, _ := d.Agencies()
	o := Outbox(t, d)
	r, err := o.Add(t.Context(), Envelope(t, 3, from, submit.Party{Code: "Z00.00", Name: "Không có"}))
	if err != nil {
		t.Fatal(err)
	}
	r, err = o.Deliver(t.Context(), r.Envelope.ID)
	if err != nil || r.Status != submit.Refused || r.ProblemCode == "" || r.Recipients[0].Note == "" || r.Tries != 1 {
		t.Errorf("%v %q %q, %d tries, %v", r.Status, r.ProblemCode, r.Problem, r.Tries, err)
	}
	if got := d.Documents(t); len(got) != 0 {
		t.Errorf("arrived: %v", got)
	}
}

// directory: agencies carry the codes of both systems.
func directory(t *testing.T, open func(t *testing.T) Destination) {
	d := open(t)
	dir, ok := d.Connector().(submit.Directory)
	if !ok {
		t.Skip("this destination has no directory")
	}
	all, err := dir.Agencies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, answers, refuses, silent := d.Agencies()
	for _, want := range []submit.Party{answers, refuses, silent} {
		found := false
		for _, p := range all {
			found = found || p.Code == want.Code && p.OldCode == want.OldCode && p.Name == want.Name
		}
		if !found {
			t.Errorf("%+v is not in the directory", want)
		}
	}
}

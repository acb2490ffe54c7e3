package submit_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"trinhky/submit"
	"trinhky/submit/store"
	"trinhky/submit/submittest"
)

// slow is the schedule of a real desk; the tests run on a clock that waits for
// nobody.
func slow() submit.Schedule { return submit.Schedule{} }

// fixture is an outbox on a store with a fake destination.
type fixture struct {
	*submit.Outbox
	fake    *submittest.Fake
	journal *store.Store
}

func newFixture(t *testing.T, s submit.Schedule) *fixture {
	t.Helper()
	j, err := store.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	f := &fixture{fake: submittest.NewFake(), journal: j}
	f.Outbox = submit.NewOutbox(submit.Config{
		Journal: j, Schedule: s, Connectors: map[string]submit.Connector{submittest.Name: f.fake},
	})
	return f
}

func (f *fixture) add(t *testing.T, number int) string {
	t.Helper()
	from, to, _, _ := f.fake.Agencies()
	r, err := f.Add(t.Context(), submittest.Envelope(t, number, from, to))
	if err != nil {
		t.Fatal(err)
	}
	return r.Envelope.ID
}

func (f *fixture) get(t *testing.T, id string) submit.Record {
	t.Helper()
	r, err := f.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// deliverFor delivers for so long on the test's clock.
func (f *fixture) deliverFor(t *testing.T, id string, d time.Duration) submit.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	r, err := f.Deliver(ctx, id)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	return r
}

// An envelope whose answer was lost is sent again only after two well-formed
// lists without it, a minute apart; a list that cannot be read counts for
// nothing.
func TestAbsenceTakesTwoLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, slow())
		id := f.add(t, 1)
		f.fake.Break(t, submittest.AtSend, submittest.FaultCut, 1)
		f.fake.Break(t, submittest.AtLookup, submittest.FaultPage, 3)
		if r := f.deliverFor(t, id, 5*time.Second); r.Status != submit.Unconfirmed || !r.Absent.IsZero() || r.Tries < 2 {
			t.Fatalf("lists that cannot be read: %v, absent %v, %d tries", r.Status, r.Absent, r.Tries)
		}
		r := f.deliverFor(t, id, 30*time.Second)
		if r.Status != submit.Unconfirmed || r.Absent.IsZero() {
			t.Fatalf("after one list: %v, absent %v", r.Status, r.Absent)
		}
		if r = f.deliverFor(t, id, 20*time.Second); r.Status != submit.Unconfirmed || len(f.fake.Documents(t)) != 0 {
			t.Fatalf("sent again within the minute: %v", r.Status)
		}
		if r = f.deliverFor(t, id, time.Minute); r.Status != submit.Delivered || len(f.fake.Documents(t)) != 1 {
			t.Fatalf("after the second list: %v", r.Status)
		}
		if n := len(r.Attempts); n != 2 || r.Attempts[0].Outcome != submit.OutcomeUnknown || r.Attempts[1].Outcome != submit.OutcomeAccepted {
			t.Errorf("attempts %+v", r.Attempts)
		}
	})
}

// While the destination cannot be reached the pauses double, up to ten minutes,
// and nothing is ever given up.
func TestOffline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, slow())
		id := f.add(t, 1)
		f.fake.Break(t, submittest.AtSend, submittest.FaultDown, 200)
		r := f.deliverFor(t, id, 24*time.Hour)
		if r.Status != submit.Queued || r.Problem == "" {
			t.Fatalf("%v %q", r.Status, r.Problem)
		}
		// 1+2+4+…+512 s is 17 minutes in 10 tries, then six an hour, ± a fifth.
		if r.Tries < 120 || r.Tries > 190 {
			t.Errorf("%d tries in a day", r.Tries)
		}
		if len(r.Attempts) > 50 {
			t.Errorf("%d attempts are kept", len(r.Attempts))
		}
		if r = f.deliverFor(t, id, 100*24*time.Hour); r.Status != submit.Delivered {
			t.Errorf("back on line: %v", r.Status)
		}
	})
}

// Run delivers what is queued while it runs, and follows it.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, slow())
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- f.Run(ctx) }()
		synctest.Wait()
		id := f.add(t, 1)
		time.Sleep(time.Second)
		synctest.Wait()
		if r := f.get(t, id); r.Status != submit.Delivered {
			t.Errorf("a second after queueing: %v", r.Status)
		}
		f.fake.Advance(t)
		time.Sleep(time.Minute)
		synctest.Wait()
		if r := f.get(t, id); r.Recipients[0].Status != submit.Completed {
			t.Errorf("a minute after the answers: %v", r.Recipients[0].Status)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestRetryAndCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, slow())
		id := f.add(t, 1)
		if err := f.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if r := f.get(t, id); r.Status != submit.Cancelled {
			t.Errorf("cancelled: %v", r.Status)
		}
		if err := f.Retry(t.Context(), id); !errors.Is(err, submit.ErrNotWaiting) {
			t.Errorf("retry of a cancelled one: %v", err)
		}
		if err := f.RunUntilIdle(t.Context()); err != nil || len(f.fake.Documents(t)) != 0 {
			t.Errorf("a cancelled one left: %v", err)
		}

		id = f.add(t, 2)
		f.fake.Break(t, submittest.AtSend, submittest.FaultLost, 1)
		f.fake.Break(t, submittest.AtLookup, submittest.FaultDown, 1)
		f.deliverFor(t, id, time.Millisecond)
		if err := f.Cancel(t.Context(), id); !errors.Is(err, submit.ErrTooLate) {
			t.Errorf("cancel of an unconfirmed one: %v", err)
		}
		if r := f.deliverFor(t, id, time.Hour); r.Status != submit.Delivered || !r.Receipt.FoundByLookup {
			t.Errorf("%v %+v", r.Status, r.Receipt)
		}
		if err := f.Cancel(t.Context(), id); !errors.Is(err, submit.ErrTooLate) {
			t.Errorf("cancel of a delivered one: %v", err)
		}
		if _, err := f.Get(t.Context(), "none"); !errors.Is(err, submit.ErrNotFound) {
			t.Errorf("no such envelope: %v", err)
		}
	})
}

// A document that was refused for good can be sent again by a person, not by
// the program.
func TestRefusedIsNotTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, slow())
		from, to, _, _ := f.fake.Agencies()
		r, err := f.Add(t.Context(), submittest.Envelope(t, 1, from, to, submit.Party{Code: "Z1", Name: "Không có"}))
		if err != nil {
			t.Fatal(err)
		}
		id := r.Envelope.ID
		f.deliverFor(t, id, time.Hour)
		if err := f.RunUntilIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		r = f.get(t, id)
		if r.Status != submit.Refused || r.Tries != 1 || r.ProblemCode != "18" {
			t.Errorf("%v, %d tries, %q", r.Status, r.Tries, r.ProblemCode)
		}
		if err := f.Retry(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if r = f.get(t, id); r.Status != submit.Queued || r.Recipients[0].Status != submit.Queued {
			t.Errorf("%v %v", r.Status, r.Recipients[0].Status)
		}
	})
}

// The window and the command line at once: one sends, the other waits and sees
// what came of it.
func TestTwoOutboxesOneHome(t *testing.T) {
	home := t.TempDir()
	fake := submittest.NewFake()
	var boxes [2]*submit.Outbox
	for i := range boxes {
		j, err := store.Open(t.Context(), home)
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		boxes[i] = submit.NewOutbox(submit.Config{
			Journal: j, Schedule: submittest.Schedule(), Connectors: map[string]submit.Connector{submittest.Name: fake},
		})
	}
	from, to, _, _ := fake.Agencies()
	r, err := boxes[0].Add(t.Context(), submittest.Envelope(t, 1, from, to))
	if err != nil {
		t.Fatal(err)
	}
	id := r.Envelope.ID
	sending, goOn := make(chan struct{}), make(chan struct{})
	fake.Between = func(submit.Envelope) {
		close(sending)
		<-goOn
	}
	first := make(chan error, 1)
	go func() {
		_, err := boxes[0].Deliver(context.Background(), id)
		first <- err
	}()
	<-sending
	if err := boxes[1].Cancel(t.Context(), id); !errors.Is(err, submit.ErrBusy) {
		t.Errorf("cancel while it is being sent: %v", err)
	}
	second := make(chan submit.Record, 1)
	go func() {
		r, _ := boxes[1].Deliver(context.Background(), id)
		second <- r
	}()
	close(goOn)
	if err := <-first; err != nil {
		t.Error(err)
	}
	if r := <-second; r.Status != submit.Delivered {
		t.Errorf("the second sees %v", r.Status)
	}
	if got := fake.Documents(t); len(got) != 1 {
		t.Errorf("arrived: %v", got)
	}
}

// forgetful is a journal that cannot write at one moment, as on a full disk.
type forgetful struct {
	submit.Journal
	updates, failAt int
}

var errDiskFull = errors.New("no space left on device")

func (f *forgetful) Update(ctx context.Context, id string, change func(*submit.Record) error) (submit.Record, error) {
	if f.updates++; f.updates == f.failAt {
		return submit.Record{}, errDiskFull
	}
	return f.Journal.Update(ctx, id, change)
}

// An outcome that cannot be journaled is looked up, never sent again blindly.
func TestOutcomeNotJournaled(t *testing.T) {
	for failAt := 1; failAt <= 3; failAt++ {
		t.Run(fmt.Sprint(failAt), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, slow())
				o := submit.NewOutbox(submit.Config{
					Journal:    &forgetful{Journal: f.journal, failAt: failAt},
					Connectors: map[string]submit.Connector{submittest.Name: f.fake},
				})
				id := f.add(t, 1)
				if _, err := o.Deliver(t.Context(), id); !errors.Is(err, errDiskFull) {
					t.Fatalf("%v", err)
				}
				r, err := o.Deliver(t.Context(), id)
				if err != nil || r.Status != submit.Delivered {
					t.Errorf("%v, %v", r.Status, err)
				}
				if got := f.fake.Documents(t); len(got) != 1 {
					t.Errorf("arrived: %v", got)
				}
			})
		})
	}
}

// Two documents that a list cannot tell apart: the receipt of one is never
// taken for the other's.
func TestReceiptOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, slow())
		from, to, refuses, _ := f.fake.Agencies()
		one, err := f.Add(t.Context(), submittest.Envelope(t, 1, from, to))
		if err != nil {
			t.Fatal(err)
		}
		e := submittest.Envelope(t, 1, from, to, refuses)
		e.Business = submit.Business{Kind: submit.Update, Reason: "thêm nơi nhận", About: one.Envelope.DocumentID, Added: []submit.Party{refuses}}
		other, err := f.Add(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		f.deliverFor(t, one.Envelope.ID, time.Hour)
		f.fake.Break(t, submittest.AtSend, submittest.FaultCut, 1)
		r := f.deliverFor(t, other.Envelope.ID, time.Hour)
		if r.Status != submit.Delivered || r.Receipt.FoundByLookup || len(f.fake.Documents(t)) != 2 {
			t.Errorf("%v %+v, arrived %v", r.Status, r.Receipt, f.fake.Documents(t))
		}
	})
}

// Add again of the very same is no second document; another one of the same
// number is refused.
func TestDuplicates(t *testing.T) {
	f := newFixture(t, submittest.Schedule())
	from, to, refuses, _ := f.fake.Agencies()
	e := submittest.Envelope(t, 1, from, to)
	first, err := f.Add(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	second, err := f.Add(t.Context(), e)
	if err != nil || second.Envelope.ID != first.Envelope.ID {
		t.Errorf("the very same: %s, %v; want %s", second.Envelope.ID, err, first.Envelope.ID)
	}
	changed := e
	changed.Document.Subject = "V/v khác"
	var duplicate *submit.DuplicateError
	if _, err := f.Add(t.Context(), changed); !errors.As(err, &duplicate) || duplicate.ID != first.Envelope.ID {
		t.Errorf("another of that number: %v", err)
	}
	elsewhere := e
	elsewhere.To = []submit.Party{refuses}
	if _, err := f.Add(t.Context(), elsewhere); err != nil {
		t.Errorf("to another receiver: %v", err)
	}
	if err := f.Cancel(t.Context(), first.Envelope.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Add(t.Context(), changed); err != nil {
		t.Errorf("after the first was cancelled: %v", err)
	}
}

// Once the directory is known, a code that it does not have is refused before
// anything is queued.
func TestUnknownReceiver(t *testing.T) {
	f := newFixture(t, submittest.Schedule())
	from, to, refuses, silent := f.fake.Agencies()
	if err := f.journal.SetAgencies(t.Context(), submittest.Name, []submit.Party{to, silent}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Add(t.Context(), submittest.Envelope(t, 1, from, to)); err != nil {
		t.Errorf("a known one: %v", err)
	}
	var field *submit.FieldError
	if _, err := f.Add(t.Context(), submittest.Envelope(t, 2, from, to, refuses)); !errors.As(err, &field) || field.Field != "to" {
		t.Errorf("an unknown one: %v", err)
	}
	e := submittest.Envelope(t, 3, from, to)
	e.Connector = "khác"
	if _, err := f.Add(t.Context(), e); !errors.Is(err, submit.ErrNoConnector) {
		t.Errorf("an unknown connector: %v", err)
	}
}

// Reports come in any order and more than once; receivers only move forward,
// and a refusal keeps its reason.
func TestReportsInAnyOrder(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 20, 9, minute, 0, 0, time.UTC) }
	type word struct {
		code   string
		minute int
	}
	for name, c := range map[string]struct {
		words []word
		want  submit.Status
	}{
		"in order":                 {[]word{{"01", 1}, {"03", 2}, {"04", 3}, {"05", 4}, {"06", 5}}, submit.Completed},
		"backwards":                {[]word{{"06", 5}, {"05", 4}, {"03", 2}, {"01", 1}}, submit.Completed},
		"same minute":              {[]word{{"03", 1}, {"01", 1}}, submit.Received},
		"refused":                  {[]word{{"01", 1}, {"02", 2}}, submit.Refused},
		"refused, 01 comes late":   {[]word{{"02", 2}, {"01", 1}}, submit.Refused},
		"refused, then taken in":   {[]word{{"02", 2}, {"03", 9}}, submit.Received},
		"taken in, then refused":   {[]word{{"03", 2}, {"02", 9}}, submit.Refused},
		"an old refusal":           {[]word{{"03", 9}, {"02", 2}}, submit.Received},
		"codes nobody explained":   {[]word{{"03", 1}, {"07", 2}, {"14", 3}}, submit.Received},
		"given back":               {[]word{{"03", 1}, {"15", 2}, {"05", 3}}, submit.Recalled},
		"does not give back":       {[]word{{"03", 1}, {"16", 2}}, submit.Received},
		"an answer that asks back": {[]word{{"03", 1}, {"13", 2}}, submit.Received},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, submittest.Schedule())
			id := f.add(t, 1)
			f.deliverFor(t, id, time.Hour)
			e := f.get(t, id).Envelope
			for i, w := range c.words {
				f.fake.Report(submit.Report{
					ID: fmt.Sprint(i), DocumentID: e.DocumentID, From: e.To[0], Code: w.code, At: at(w.minute), Note: "vì " + w.code,
				})
			}
			if n, err := f.Track(t.Context()); n != len(c.words) || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			r := f.get(t, id)
			if got := r.Recipients[0]; got.Status != c.want || got.Status == submit.Refused && got.Note != "vì 02" {
				t.Errorf("%v %q, want %v", got.Status, got.Note, c.want)
			}
			if len(r.Reports) != len(c.words) {
				t.Errorf("%d reports in the history", len(r.Reports))
			}
		})
	}
}

// A report finds its document also by sender, number and date, and one about a
// document that is not ours is kept and acknowledged.
func TestReportsMatch(t *testing.T) {
	f := newFixture(t, submittest.Schedule())
	id := f.add(t, 1)
	f.deliverFor(t, id, time.Hour)
	e := f.get(t, id).Envelope
	old := submit.Party{OldCode: e.To[0].OldCode}
	f.fake.Report(submit.Report{ID: "a", DocumentID: "uuid", Sender: e.From.OldCode, DocumentCode: "1/SG-VP", DocumentDate: "2026-11-20", From: old, Code: "03", At: time.Now()})
	f.fake.Report(submit.Report{ID: "b", DocumentID: "uuid", Sender: "H01", DocumentCode: "1/SG-VP", DocumentDate: "2026-11-20", From: old, Code: "02", At: time.Now()})
	f.fake.Report(submit.Report{ID: "c", DocumentID: e.DocumentID, From: submit.Party{Code: "H01"}, Code: "02", At: time.Now()})
	f.fake.Report(submit.Report{ID: "d", Problem: "not XML", Raw: []byte("x"), At: time.Now()})
	if n, err := f.Track(t.Context()); n != 4 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	r := f.get(t, id)
	if r.Recipients[0].Status != submit.Received || len(r.Reports) != 1 || r.Reports[0].ID != "a" {
		t.Errorf("%v %+v", r.Recipients[0].Status, r.Reports)
	}
	if n, err := f.Track(t.Context()); n != 0 || err != nil {
		t.Errorf("not acknowledged: %d, %v", n, err)
	}
}

// A receiver's word is as good as a look-up.
func TestReportConfirms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, slow())
		id := f.add(t, 1)
		f.fake.Break(t, submittest.AtSend, submittest.FaultLost, 1)
		f.fake.Break(t, submittest.AtLookup, submittest.FaultDown, 99)
		f.deliverFor(t, id, time.Minute)
		f.fake.Advance(t)
		if _, err := f.Track(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := f.get(t, id); r.Status != submit.Delivered || r.Recipients[0].Status != submit.Completed {
			t.Errorf("%v %v", r.Status, r.Recipients[0].Status)
		}
	})
}

// News never makes the outbox wait; what was left out is said.
func TestEventsDoNotBlock(t *testing.T) {
	f := newFixture(t, submittest.Schedule())
	id := f.add(t, 1)
	for range 500 {
		if err := f.Retry(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	for range 200 {
		<-f.Events()
	}
	if err := f.Retry(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	missed := false
	for len(f.Events()) > 0 {
		if _, ok := (<-f.Events()).(submit.Missed); ok {
			missed = true
		}
	}
	if !missed {
		t.Error("events were left out and nobody said so")
	}
}

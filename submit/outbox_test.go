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
		time.Sleep(4 * time.Second) // soon after a delivery it looks often
		synctest.Wait()
		if r := f.get(t, id); r.Recipients[0].Status != submit.Completed {
			t.Errorf("four seconds after the answers: %v", r.Recipients[0].Status)
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

package submit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"trinhky/submit"
	"trinhky/submit/submittest"
)

// A clock that was years ahead when the next try was written, and is right now,
// keeps nothing waiting, whether it is still to be sent or to be looked up.
func TestNextTryOfAWrongClock(t *testing.T) {
	for name, fault := range map[string]submittest.Fault{"to be sent": submittest.FaultDown, "to be looked up": submittest.FaultLost} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, slow())
				id := f.add(t, 1)
				f.fake.Break(t, submittest.AtSend, fault, 1)
				f.fake.Break(t, submittest.AtLookup, submittest.FaultDown, 1)
				f.deliverFor(t, id, 100*time.Millisecond)
				_, err := f.journal.Update(t.Context(), id, func(r *submit.Record) error {
					if !r.Status.Waiting() {
						t.Errorf("it is %v already", r.Status)
					}
					r.NextTry = time.Now().AddDate(4, 0, 0)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				if err := f.RunUntilIdle(ctx); err != nil {
					t.Fatal(err)
				}
				if r := f.get(t, id); r.Status != submit.Delivered || len(f.fake.Documents(t)) != 1 {
					t.Errorf("%v %s, arrived %v", r.Status, r.Problem, f.fake.Documents(t))
				}
			})
		})
	}
}

// A recall that a receiver refused may be asked again with the same words; one
// that waits for its answer is asked once.
func TestRecallAskedAgain(t *testing.T) {
	f := newFixture(t, submittest.Schedule())
	id := f.add(t, 1)
	f.deliverFor(t, id, time.Hour)
	ask := func() submit.Record {
		t.Helper()
		r, err := f.Recall(t.Context(), id, "nhầm phụ lục")
		if err != nil {
			t.Fatal(err)
		}
		return f.deliverFor(t, r.Envelope.ID, time.Hour)
	}
	first := ask()
	if again := ask(); again.Envelope.ID != first.Envelope.ID {
		t.Error("asked twice while it waits")
	}
	e := first.Envelope
	f.fake.Report(submit.Report{ID: "no", DocumentID: e.DocumentID, From: e.To[0], Code: "16", At: time.Now(), Note: "đang xử lý"})
	if n, err := f.Track(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if again := ask(); again.Envelope.ID == first.Envelope.ID || again.Status != submit.Delivered {
		t.Errorf("not asked again: %v", again.Status)
	}
}

// A clock that is set forward between two lists makes no minute of a second.
func TestClockSetForwardBetweenLists(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, slow())
		id := f.add(t, 1)
		f.fake.Break(t, submittest.AtSend, submittest.FaultCut, 1)
		f.deliverFor(t, id, 10*time.Second) // the first list
		_, err := f.journal.Update(t.Context(), id, func(r *submit.Record) error {
			if r.Absent.IsZero() {
				t.Error("no list was read")
			}
			r.Absent, r.NextTry = r.Absent.Add(-time.Hour), time.Time{} // what it looks like then
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if r := f.deliverFor(t, id, 30*time.Second); r.Status != submit.Unconfirmed || r.Tries != 1 {
			t.Errorf("%v after %d tries", r.Status, r.Tries)
		}
		if r := f.deliverFor(t, id, time.Hour); r.Status != submit.Delivered || len(f.fake.Documents(t)) != 1 {
			t.Errorf("%v, arrived %v", r.Status, f.fake.Documents(t))
		}
	})
}

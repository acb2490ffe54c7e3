package submit_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"trinhky/submit"
	"trinhky/submit/submittest"
)

// Connectors are replaced while the outbox works: a send that is under way ends
// with the old one, and what waited for it goes by the new one at once.
func TestConnectorsAreReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, slow())
		fresh := submittest.NewFake()
		change := func() {
			err := f.SetConnectors(t.Context(), map[string]submit.Connector{submittest.Name: fresh}, nil, submittest.Name)
			if err != nil {
				t.Error(err)
			}
		}
		f.fake.Break(t, submittest.AtSend, submittest.FaultLogin, 9) // what is to be mended
		waits := f.add(t, 1)
		if _, err := f.Deliver(short(t, 20*time.Second), waits); err == nil {
			t.Fatal("it was delivered")
		}
		before := f.get(t, waits)
		if before.ProblemCode != "credentials" || !before.NextTry.After(time.Now()) {
			t.Fatalf("%q, next try %v", before.ProblemCode, before.NextTry)
		}
		change()
		if now := f.get(t, waits); now.NextTry.After(time.Now()) {
			t.Errorf("tried again only at %v", now.NextTry)
		}
		if r, err := f.Deliver(t.Context(), waits); err != nil || r.Status != submit.Delivered {
			t.Errorf("%v, %v", r.Status, err)
		}
		if len(f.fake.Documents(t)) != 0 || len(fresh.Documents(t)) != 1 {
			t.Errorf("%v at the old one, %v at the new", f.fake.Documents(t), fresh.Documents(t))
		}
	})
}

// A send that runs while its connector is replaced, or taken away, ends with it.
func TestRunningSendKeepsItsConnector(t *testing.T) {
	for name, now := range map[string]map[string]submit.Connector{
		"replaced": {submittest.Name: submittest.NewFake()}, "taken away": {},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, slow())
				f.fake.Between = func(submit.Envelope) {
					if err := f.SetConnectors(t.Context(), now, nil, submittest.Name); err != nil {
						t.Error(err)
					}
				}
				id := f.add(t, 1)
				if r, err := f.Deliver(t.Context(), id); err != nil || r.Status != submit.Delivered || len(f.fake.Documents(t)) != 1 {
					t.Errorf("%v, %v", r.Status, err)
				}
			})
		})
	}
}

func short(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

package axis_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/submittest"
)

// Many documents, each with a chance of five in a hundred that something goes
// wrong at any of its calls: in the end each is there exactly once.
func TestManySends(t *testing.T) {
	sends := 150
	switch {
	case os.Getenv("TRINHKY_SOAK") != "":
		sends = 10_000
		if n, err := strconv.Atoi(os.Getenv("TRINHKY_SOAK")); err == nil && n > 1 {
			sends = n // fewer, where the machine has other work
		}
	case testing.Short():
		sends = 40
	}
	seed := rand.Uint64()
	t.Logf("%d sends, seed %d", sends, seed)
	dice := rand.New(rand.NewPCG(seed, 0))
	d, ok := open(t).(*destination)
	if !ok {
		t.Fatal("another destination")
	}
	faults := []sandbox.Kind{
		sandbox.FaultDown, sandbox.FaultCut, sandbox.FaultCutAnswer, sandbox.FaultLostAnswer, sandbox.FaultHTML,
		sandbox.FaultPortal, sandbox.FaultEmpty, sandbox.FaultNulls, sandbox.FaultGarbage, sandbox.FaultLogin,
	}
	for i, f := range faults {
		for _, operation := range []string{"sendEdoc", "getSentEdocList"} {
			every := 20 * len(faults) // of ten faults each meets half a percent
			err := d.server.SetFault(sandbox.Fault{Fault: f, Operation: operation, Every: every, Skip: i * 7 % every})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	o := submittest.Outbox(t, patient{d})
	began := time.Now()
	want := addMany(t, o, d, sends, dice)
	t.Logf("added: %.0f documents a second", float64(sends)/time.Since(began).Seconds())
	began = time.Now()
	if err := o.RunUntilIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("sent: %.0f documents a second", float64(sends)/time.Since(began).Seconds())
	got := d.Documents(t)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d documents arrived of %d", len(got), len(want))
	}
	left, err := o.List(t.Context(), submit.Filter{Statuses: []submit.Status{submit.Queued, submit.Sending, submit.Unconfirmed, submit.Failed, submit.Refused}})
	if err != nil || len(left) != 0 {
		t.Errorf("%d are left, %v", len(left), err)
	}
}

// patient waits for lists that grow long: no fault here is one of time.
type patient struct{ *destination }

func (p patient) Connector() submit.Connector { return p.client }

// addMany queues so many documents to one to three receivers each, several at
// once, as the disk takes most of the time of each. It returns their
// identifiers.
func addMany(t *testing.T, o *submit.Outbox, d *destination, sends int, dice *rand.Rand) []string {
	t.Helper()
	from, answers, refuses, silent := d.Agencies()
	all := []submit.Party{answers, refuses, silent}
	want := make([]string, sends)
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	for i := range sends {
		dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		e := submittest.Envelope(t, i+1, from, slices.Clone(all[:1+dice.IntN(3)])...)
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			r, err := o.Add(t.Context(), e)
			if err != nil {
				t.Error(err)
			}
			want[i] = r.Envelope.DocumentID
		})
	}
	wg.Wait()
	return want
}

package axis_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	sandbox "trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/submittest"
)

type watchedDestination struct {
	*destination
	connector submit.Connector
}

func (d watchedDestination) Connector() submit.Connector { return d.connector }

// The clock of the axis was wrong while it took the document, its answer was
// lost, and the clock is right again at the look-up. The row is too early then:
// it proves nothing, and nothing is sent twice; the receiver's answer settles it.
func TestClockMendedBetween(t *testing.T) {
	for name, off := range map[string]time.Duration{"three days behind": -72 * time.Hour, "an hour behind": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			var skew atomic.Int64
			d := openWith(t, sandbox.Config{Now: func() time.Time { return time.Now().Add(time.Duration(skew.Load())) }})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			o := submittest.Outbox(t, watchedDestination{d, lateClock{d.client, func() { skew.Store(0) }}})
			go func() { // stops the delivery when it is undecided for the third time
				for n := 0; n < 3; {
					select {
					case e := <-o.Events():
						if c, ok := e.(submit.Changed); ok && strings.Contains(c.Record.Problem, "earlier time") {
							n++
						}
					case <-ctx.Done():
						return
					}
				}
				cancel()
			}()
			from, to, _, _ := d.Agencies()
			r, err := o.Add(t.Context(), submittest.Envelope(t, 3, from, to))
			if err != nil {
				t.Fatal(err)
			}
			skew.Store(int64(off))
			d.Break(t, submittest.AtSend, submittest.FaultLost, 1)
			r, err = o.Deliver(ctx, r.Envelope.ID)
			if !errors.Is(err, context.Canceled) || r.Status != submit.Unconfirmed || len(d.Documents(t)) != 1 {
				t.Errorf("%v %q %v", r.Status, r.Problem, err)
			}
			d.Advance(t)
			if _, err := o.Track(t.Context()); err != nil {
				t.Fatal(err)
			}
			r, err = o.Get(t.Context(), r.Envelope.ID)
			if err != nil || r.Status != submit.Delivered || r.Recipients[0].Status != submit.Completed || len(d.Documents(t)) != 1 {
				t.Errorf("%v %v %v, %d documents", r.Status, r.Recipients, err, len(d.Documents(t)))
			}
		})
	}
}

// lateClock mends the clock before the first look-up.
type lateClock struct {
	*axis.Client
	mend func()
}

func (l lateClock) Lookup(ctx context.Context, e submit.Envelope) ([]submit.Receipt, error) {
	l.mend()
	return l.Client.Lookup(ctx, e)
}

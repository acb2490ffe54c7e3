package submit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// recordTime is how long the outcome of a send may take to be written, also
// when the caller has stopped waiting.
const recordTime = 15 * time.Second

// keptAttempts bounds the history of an envelope that cannot leave for weeks.
const keptAttempts = 50

// Deliver sends one envelope now, and again by the schedule, until it no longer
// waits or ctx ends; the record is returned in both cases. Where another
// program is at it, Deliver waits for what comes of that.
func (o *Outbox) Deliver(ctx context.Context, id string) (Record, error) {
	if err := o.Retry(ctx, id); err != nil && !errors.Is(err, ErrNotWaiting) {
		return Record{}, err
	}
	for {
		r, err := o.step(ctx, id)
		busy := errors.Is(err, ErrBusy)
		if err != nil && !busy {
			return o.last(ctx, id, r), err
		}
		if !busy && !r.Status.Waiting() {
			return r, nil
		}
		wait := 200 * time.Millisecond // another program's work is seen in the journal only
		if !busy {
			wait = max(time.Until(r.NextTry), 0)
		}
		if !sleep(ctx, wait) {
			return o.last(ctx, id, r), ctx.Err()
		}
	}
}

// last reads the record once more though ctx may have ended.
func (o *Outbox) last(ctx context.Context, id string, r Record) Record {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	if now, err := o.journal.Get(ctx, id); err == nil {
		return now
	}
	return r
}

// step does the next thing for one envelope: a send, or a look-up.
func (o *Outbox) step(ctx context.Context, id string) (Record, error) {
	release, err := o.journal.Claim(ctx, id)
	if err != nil {
		return Record{}, err
	}
	defer release()
	r, err := o.journal.Get(ctx, id)
	if err != nil {
		return Record{}, err
	}
	c, ok := o.connectors.get(r.Envelope.Connector)
	if !ok {
		return r, fmt.Errorf("%w: %s", ErrNoConnector, r.Envelope.Connector)
	}
	switch r.Status {
	case Queued:
		return o.send(ctx, c, id)
	case Sending:
		// The claim is ours, so whoever was sending is dead.
		r, err = o.journal.Update(ctx, id, func(r *Record) error {
			r.interrupted()
			return nil
		})
		if err != nil {
			return r, err
		}
		o.changed(r)
		return o.lookUp(ctx, c, r)
	case Unconfirmed:
		return o.lookUp(ctx, c, r)
	default:
		return r, nil
	}
}

// send journals the attempt, sends once and journals how it ended.
func (o *Outbox) send(ctx context.Context, c Connector, id string) (Record, error) {
	moved := false
	r, err := o.journal.Update(ctx, id, func(r *Record) error {
		if moved = r.Status != Queued; !moved {
			r.begin(time.Now())
		}
		return nil
	})
	if err != nil || moved {
		return r, err
	}
	o.changed(r)
	receipt, sendErr := c.Submit(ctx, r.Envelope)
	if sendErr == nil && receipt.DocID == "" {
		sendErr = Unknown(errors.New("accepted without an identifier"))
	}
	return o.record(ctx, id, func(r *Record) {
		r.end(time.Now(), receipt, sendErr)
		if r.Status.Waiting() {
			r.NextTry = time.Now().Add(o.pause(r))
		}
	})
}

// lookUp asks the destination whether an unconfirmed envelope is there.
func (o *Outbox) lookUp(ctx context.Context, c Connector, r Record) (Record, error) {
	e := r.Envelope
	for _, a := range r.Attempts { // the clock may have been set back since
		if a.Started.Before(e.Queued) {
			e.Queued = a.Started
		}
	}
	receipt, found, err := o.find(ctx, c, e)
	id, absence := r.Envelope.ID, o.absence(e.Connector)
	return o.record(ctx, id, func(r *Record) {
		now := time.Now()
		switch {
		case r.Status != Unconfirmed: // a receiver's report came first
		case err != nil:
			r.Problem, r.ProblemCode = err.Error(), WayCode(err)
			r.Tries++
			r.NextTry = now.Add(o.pause(r))
		case found:
			receipt.FoundByLookup = true
			r.delivered(receipt)
		case r.Absent.IsZero() || r.Absent.After(now): // After: the clock was set back
			r.Absent = now
			r.NextTry = now.Add(absence)
			o.missing.Store(id, now)
		case now.Sub(r.Absent) < absence:
			r.NextTry = r.Absent.Add(absence)
		case o.soon(id, now, absence) > 0: // the clock was set forward
			r.NextTry = now.Add(o.soon(id, now, absence))
		default:
			o.missing.Delete(id)
			r.requeue()
			r.NextTry = now
		}
	})
}

// soon is how long it is until the two lists are as far apart as they must be,
// where this program saw the first one: it need not trust the clock then.
func (o *Outbox) soon(id string, now time.Time, absence time.Duration) time.Duration {
	if first, ok := o.missing.Load(id); ok {
		return absence - now.Sub(first.(time.Time)) //nolint:forcetypeassert // nothing else is stored
	}
	return 0
}

// absence is the time between the two lists that must not show an envelope.
func (o *Outbox) absence(connector string) time.Duration {
	if d := o.connectors.absence(connector); d > 0 {
		return d
	}
	return o.schedule.Absence
}

// find takes the oldest of what the destination lists that is not the receipt
// of another envelope of ours. One that is too early may be ours by a wrong
// clock: then nobody can tell, and nothing is sent again.
func (o *Outbox) find(ctx context.Context, c Connector, e Envelope) (Receipt, bool, error) {
	all, err := c.Lookup(ctx, e)
	if err != nil {
		return Receipt{}, false, err
	}
	for _, receipt := range all {
		owner, err := o.journal.Owner(ctx, e.Connector, receipt.DocID)
		if err != nil {
			return Receipt{}, false, err
		}
		switch {
		case owner != "" && owner != e.ID:
		case receipt.Early:
			return Receipt{}, false, fmt.Errorf("%w: %s, sent %s", ErrDoubtful, receipt.DocID, receipt.At.Format(time.RFC3339))
		default:
			return receipt, true, nil
		}
	}
	return Receipt{}, false, nil
}

// record journals an outcome even where the caller has stopped waiting: it
// happened.
func (o *Outbox) record(ctx context.Context, id string, change func(*Record)) (Record, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	r, err := o.journal.Update(ctx, id, func(r *Record) error {
		change(r)
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("journal the outcome: %w", err)
	}
	o.changed(r)
	if r.Status == Delivered {
		o.delivered.Store(time.Now().UnixMilli())
	}
	if r.Status == Delivered && r.Envelope.Business.Kind == Recall {
		err = o.onLetters(ctx, r.Envelope, func(to *Recipient) {
			for _, p := range r.Envelope.To {
				if to.Party.Is(p.Code) || to.Party.Is(p.OldCode) {
					to.recallAsked()
				}
			}
		})
	}
	return r, err
}

// pause is the time before the next try: doubling, at most Longest, ± a fifth
// so that a hall of laptops does not knock at the same second.
func (o *Outbox) pause(r *Record) time.Duration {
	d := o.schedule.Longest
	if n := r.Tries - 1; n >= 0 && n < 20 {
		d = min(o.schedule.First<<n, o.schedule.Longest)
	}
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64())) //nolint:gosec // jitter, not a secret
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

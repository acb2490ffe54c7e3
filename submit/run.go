package submit

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Run delivers and follows until ctx ends, and returns nil then. Faults of the journal, such as a full
// disk, are told as Trouble and tried again: an outbox that stops is forgotten.
func (o *Outbox) Run(ctx context.Context) error {
	var polled time.Time
	for {
		next, err := o.deliverDue(ctx)
		if err != nil && ctx.Err() == nil {
			o.log.Error("outbox", "error", err)
			o.events.send(Trouble{"", err})
			next = time.Now().Add(o.schedule.Poll)
		}
		if time.Since(polled) >= o.poll() {
			_, _ = o.Track(ctx) // told as Trouble, and tried again
			polled = time.Now()
		}
		wait := o.poll() - time.Since(polled)
		if !next.IsZero() {
			wait = min(wait, time.Until(next))
		}
		if !o.rest(ctx, wait) {
			return nil
		}
	}
}

// poll is the time between two fetches of reports: shorter for a while after a
// delivery, when somebody looks at the screen and the receivers' software
// answers by itself.
func (o *Outbox) poll() time.Duration {
	since := time.Since(time.UnixMilli(o.delivered.Load()))
	if since >= 0 && since < 2*o.schedule.Poll { // below: the clock was set back
		return o.schedule.Poll / 10
	}
	return o.schedule.Poll
}

// RunUntilIdle delivers and follows until nothing waits to be sent and no
// report can be fetched, or ctx ends. Receivers that keep silent do not keep it.
func (o *Outbox) RunUntilIdle(ctx context.Context) error {
	quiet := false
	for {
		next, err := o.deliverDue(ctx)
		if err != nil {
			return err
		}
		n, err := o.Track(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case n > 0:
			quiet = false
			continue
		case !next.IsZero():
			quiet = false
			if !o.rest(ctx, min(time.Until(next), o.schedule.Poll)) {
				return ctx.Err()
			}
			continue
		case quiet:
			return err
		}
		quiet = true // once more: an answer may be on its way
		if !o.rest(ctx, o.schedule.Settle) {
			return ctx.Err()
		}
	}
}

// rest waits for d, for a wake, or for the end of ctx (false).
func (o *Outbox) rest(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(max(d, 0))
	defer t.Stop()
	select {
	case <-t.C:
	case <-o.kick:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// deliverDue takes one step for every envelope whose time has come and says
// when the next one is due, zero where none waits.
func (o *Outbox) deliverDue(ctx context.Context) (time.Time, error) {
	due, err := o.journal.Due(ctx)
	if err != nil {
		return time.Time{}, err
	}
	var mu sync.Mutex
	var next time.Time
	var faults []error
	soonest := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, o.schedule.Workers)
	for _, d := range due {
		if _, ok := o.connectors.get(d.Connector); !ok {
			continue // waits until its connector is set up again
		}
		if at := o.due(d); at.After(time.Now()) {
			mu.Lock()
			soonest(at)
			mu.Unlock()
			continue
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			wg.Wait()
			return time.Time{}, ctx.Err()
		}
		wg.Go(func() {
			defer func() { <-slots }()
			r, err := o.step(ctx, d.ID)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, ErrBusy):
				soonest(time.Now().Add(time.Second))
			case err != nil && ctx.Err() == nil:
				faults = append(faults, err)
			case r.Status.Waiting():
				soonest(r.NextTry)
			}
		})
	}
	wg.Wait()
	return next, errors.Join(faults...)
}

// due is when d may be tried. A time further away than any pause was written by
// a clock that was wrong: it is now.
func (o *Outbox) due(d Due) time.Time {
	if time.Until(d.At) > max(2*o.schedule.Longest, o.absence(d.Connector)) {
		return time.Time{}
	}
	return d.At
}

// Track fetches the reports of every connector, stores each and then
// acknowledges it, also one that was stored before. n counts the new ones.
func (o *Outbox) Track(ctx context.Context) (n int, err error) {
	var faults []error
	for _, name := range o.connectors.names() {
		c, ok := o.connectors.get(name)
		if !ok {
			continue // it was taken away meanwhile
		}
		fresh, err := o.track(ctx, name, c)
		n += fresh
		if err != nil && ctx.Err() == nil {
			o.log.Warn("reports", "connector", name, "error", err)
			o.events.send(Trouble{name, err})
			faults = append(faults, err)
		}
	}
	return n, errors.Join(faults...)
}

func (o *Outbox) track(ctx context.Context, name string, c Connector) (n int, err error) {
	reports, trackErr := c.Track(ctx)
	for _, p := range reports {
		if p.Stranger, err = o.stranger(ctx, name, p); err != nil {
			return n, err
		}
		id, fresh, err := o.journal.AddReport(ctx, name, p, func(r *Record) { r.report(p) })
		if err != nil {
			return n, err
		}
		if fresh {
			n++
			o.events.send(ReportStored{id, p})
		}
		if id != "" {
			err = o.reported(ctx, id, p)
		} else if p.Code == "13" && p.Problem == "" {
			err = o.askedBack(ctx, name, p)
		}
		if err != nil {
			return n, err
		}
		if err := c.Acknowledge(ctx, p); err != nil {
			trackErr = errors.Join(trackErr, err)
		}
	}
	return n, trackErr
}

// askedBack puts a status 13 into the inbox, where a person answers it with 15 or
// 16. It may be done twice, as reported may.
func (o *Outbox) askedBack(ctx context.Context, connector string, p Report) error {
	inbox, ok := o.journal.(InboxJournal)
	if !ok {
		return nil // nothing is received here
	}
	originals, err := inbox.Originals(ctx, connector, p.DocumentID)
	if err != nil {
		return err
	}
	ours, err := o.journal.Letters(ctx, connector, p.DocumentID)
	if err != nil {
		return err
	}
	_, _, err = inbox.AddIncoming(ctx, p.asked(connector, originals, len(ours) > 0))
	return err
}

// reported carries on what a report means beyond its own record. It may be done
// twice: the program can end before the report is acknowledged.
func (o *Outbox) reported(ctx context.Context, id string, p Report) error {
	r, err := o.journal.Get(ctx, id)
	if err != nil {
		return err
	}
	o.changed(r)
	if r.Envelope.Business.Kind != Recall {
		return nil
	}
	return o.onLetters(ctx, r.Envelope, func(to *Recipient) {
		if to.Party.Is(p.From.Code) || to.Party.Is(p.From.OldCode) {
			to.recallAnswered(p)
		}
	})
}

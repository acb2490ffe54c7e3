package submit

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// Schedule says how long the outbox waits. The zero value takes the defaults.
type Schedule struct {
	First   time.Duration // before the second try (1 s); doubles with each, ± a fifth
	Longest time.Duration // at most (10 min)
	// Absence is the time between the two well-formed lists without it that
	// allow an unconfirmed envelope to be sent again (1 min).
	Absence time.Duration
	Poll    time.Duration // between two fetches of reports (30 s)
	Settle  time.Duration // RunUntilIdle: before the last look for reports (1 s)
	Workers int           // envelopes on their way at once (4)
}

func (s Schedule) withDefaults() Schedule {
	set := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	set(&s.First, time.Second)
	set(&s.Longest, 10*time.Minute)
	set(&s.Absence, time.Minute)
	set(&s.Poll, 30*time.Second)
	set(&s.Settle, time.Second)
	if s.Workers <= 0 {
		s.Workers = 4
	}
	return s
}

// Config makes an Outbox. Journal is required.
type Config struct {
	Journal    Journal
	Connectors map[string]Connector // by the name that envelopes carry
	Schedule   Schedule
	// Absences replace Schedule.Absence for some connectors.
	Absences map[string]time.Duration
	Limits   Limits
	Log      *slog.Logger
}

// Outbox delivers what the journal holds and follows it. Its methods are safe
// for concurrent use; several programs may work on one journal.
type Outbox struct {
	journal    Journal
	connectors *connectors
	schedule   Schedule
	limits     Limits
	log        *slog.Logger
	events     events
	kick       chan struct{}
	delivered  atomic.Int64 // when something last was, Unix milliseconds
	// missing has the time of the first list without an envelope, by its
	// identifier, with the reading of the clock that nobody sets.
	missing sync.Map
}

// NewOutbox returns an outbox that does nothing until Run or Deliver.
func NewOutbox(c Config) *Outbox {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	set := &connectors{}
	set.set(c.Connectors, c.Absences)
	return &Outbox{
		journal: c.Journal, connectors: set, schedule: c.Schedule.withDefaults(), limits: c.Limits.WithDefaults(),
		log: c.Log, events: newEvents(), kick: make(chan struct{}, 1),
	}
}

// Add checks e, fills what is made once (ID, DocumentID, Queued, file names),
// and journals it with its files. It never touches the network. A *FieldError
// names what is missing or wrong.
func (o *Outbox) Add(ctx context.Context, e Envelope) (Record, error) {
	e, err := o.Complete(ctx, e)
	if err != nil {
		return Record{}, err
	}
	r, err := o.journal.Add(ctx, e)
	if err != nil {
		return Record{}, err
	}
	o.changed(r)
	o.wake()
	return r, nil
}

// Complete makes e whole, or names the field that keeps it from being sent.
func (o *Outbox) Complete(ctx context.Context, e Envelope) (Envelope, error) {
	if _, ok := o.connectors.get(e.Connector); !ok {
		return e, ErrNoConnector
	}
	e, err := complete(e, o.limits)
	if err != nil {
		return e, err
	}
	n, _, err := o.journal.Agencies(ctx, e.Connector)
	if err != nil || n == 0 { // no directory yet: the destination decides
		return e, err
	}
	for _, p := range e.To {
		known, ok, err := o.journal.Agency(ctx, e.Connector, p.OrganID())
		switch {
		case err != nil:
			return e, err
		case !ok:
			return e, &FieldError{"to", "code " + p.OrganID() + " is not in the directory"}
		case known.Left(time.Now()) && e.Business.Kind != Recall: // what it has can be asked back
			return e, &FieldError{"to", "code " + p.OrganID() + " left the directory on " + string(known.ValidUntil)}
		}
	}
	return e, nil
}

// Get returns one record with its reports.
func (o *Outbox) Get(ctx context.Context, id string) (Record, error) { return o.journal.Get(ctx, id) }

// List returns the records that f chooses, newest first, without their reports.
func (o *Outbox) List(ctx context.Context, f Filter) ([]Record, error) {
	return o.journal.List(ctx, f)
}

// Retry lets a waiting envelope be tried at once, and queues a refused or
// failed one again: a refusal says that the destination does not have it.
func (o *Outbox) Retry(ctx context.Context, id string) error {
	r, err := o.journal.Update(ctx, id, func(r *Record) error {
		switch r.Status {
		case Refused, Failed:
			r.requeue()
		case Queued, Sending, Unconfirmed:
		default:
			return ErrNotWaiting
		}
		r.NextTry = time.Time{}
		return nil
	})
	if err != nil {
		return err
	}
	o.changed(r)
	o.wake()
	return nil
}

// Cancel takes back an envelope of which nothing has left. ErrTooLate where
// something may have, ErrBusy where it is being sent just now.
func (o *Outbox) Cancel(ctx context.Context, id string) error {
	release, err := o.journal.Claim(ctx, id)
	if err != nil {
		return err
	}
	defer release()
	r, err := o.journal.Update(ctx, id, func(r *Record) error {
		switch r.Status {
		case Queued, Refused, Failed:
			r.Status = Cancelled
			for i := range r.Recipients {
				r.Recipients[i].Status = Cancelled
			}
			return nil
		case Cancelled:
			return nil
		default:
			return ErrTooLate
		}
	})
	if err != nil {
		return err
	}
	o.changed(r)
	return nil
}

// SyncDirectory fetches the agencies of a connector into the local copy and
// says how many there are. A connector without a directory gives 0.
func (o *Outbox) SyncDirectory(ctx context.Context, connector string) (int, error) {
	c, ok := o.connectors.get(connector)
	if !ok {
		return 0, ErrNoConnector
	}
	d, ok := c.(Directory)
	if !ok {
		return 0, nil
	}
	all, err := d.Agencies(ctx)
	if err != nil {
		return 0, err
	}
	if len(all) == 0 {
		return 0, errors.New("the directory came empty: the local copy is kept")
	}
	return len(all), o.journal.SetAgencies(ctx, connector, all)
}

// directoryAge is how old the local copy of a directory may become, and
// directoryRetry the pause after a fetch that failed.
const (
	directoryAge   = 24 * time.Hour
	directoryRetry = 15 * time.Minute
)

// KeepDirectories fetches every directory that is older than a day, until ctx
// ends. What fails is told as Trouble and tried again.
func (o *Outbox) KeepDirectories(ctx context.Context) {
	for {
		next := time.Now().Add(directoryAge)
		for _, name := range o.Connectors() {
			due, err := o.refresh(ctx, name)
			if err != nil && ctx.Err() == nil {
				o.log.Warn("directory", "connector", name, "error", err)
				o.events.send(Trouble{name, err})
				due = time.Now().Add(directoryRetry)
			}
			if due.Before(next) {
				next = due
			}
		}
		if !sleep(ctx, max(time.Until(next), time.Second)) {
			return
		}
	}
}

// refresh fetches a directory where it is too old and says when it is next.
func (o *Outbox) refresh(ctx context.Context, name string) (time.Time, error) {
	c, _ := o.connectors.get(name)
	if _, ok := c.(Directory); !ok {
		return time.Now().Add(directoryAge), nil
	}
	n, fetched, err := o.journal.Agencies(ctx, name)
	if err != nil {
		return time.Time{}, err
	}
	if age := time.Since(fetched); n > 0 && age >= 0 && age < directoryAge {
		return fetched.Add(directoryAge), nil
	}
	if _, err := o.SyncDirectory(ctx, name); err != nil {
		return time.Time{}, err
	}
	return time.Now().Add(directoryAge), nil
}

// Connectors lists the names that envelopes may carry.
func (o *Outbox) Connectors() []string { return o.connectors.names() }

// Agency and FindAgencies read the local copy of a directory.
func (o *Outbox) Agency(ctx context.Context, connector, code string) (Party, bool, error) {
	return o.journal.Agency(ctx, connector, code)
}

// FindAgencies searches the local copy by name without accents and by code.
func (o *Outbox) FindAgencies(ctx context.Context, connector, text string, limit int) ([]Party, error) {
	return o.journal.FindAgencies(ctx, connector, text, limit)
}

func (o *Outbox) wake() {
	select {
	case o.kick <- struct{}{}:
	default:
	}
}

package wire

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"trinhky/app/message"
	"trinhky/app/settings"
	"trinhky/submit"
	"trinhky/submit/store"
)

// Outbox is the outbox of this home, with the connectors of the settings. The
// first call opens it.
func (g *Graph) Outbox(ctx context.Context) (*submit.Outbox, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.outbox != nil {
		return g.outbox, nil
	}
	journal, err := g.store(ctx)
	if err != nil {
		return nil, err
	}
	g.outbox = submit.NewOutbox(submit.Config{
		Journal: journal, Connectors: g.connectors(), Absences: absences(g.Settings.Connectors), Limits: g.Limits(), Log: g.Log,
	})
	return g.outbox, nil
}

// store is the journal, opened by the first call. The caller holds the lock.
func (g *Graph) store(ctx context.Context) (*store.Store, error) {
	if g.journal != nil {
		return g.journal, nil
	}
	journal, err := store.Open(ctx, g.dataDir())
	if err != nil {
		return nil, journalError(err)
	}
	journal.SetLimits(g.Limits())
	g.close = append(g.close, journal.Close)
	g.journal = journal
	return journal, nil
}

// dataDir is where the journal lies, and the messages while they are built:
// nobody but the owner reads there.
func (g *Graph) dataDir() string { return filepath.Join(g.Home, "data") }

// broken is a connector that cannot be used, and says why.
type broken struct{ err error }

func (b broken) Submit(context.Context, submit.Envelope) (submit.Receipt, error) {
	return submit.Receipt{}, b.err
}

func (b broken) Lookup(context.Context, submit.Envelope) ([]submit.Receipt, error) {
	return nil, b.err
}

func (b broken) Track(context.Context) ([]submit.Report, error) { return nil, b.err }

func (b broken) Acknowledge(context.Context, submit.Report) error { return b.err }

// Directory and inbox say it too: what cannot be reached is not empty.

func (b broken) Agencies(context.Context) ([]submit.Party, error) { return nil, b.err }

func (b broken) Waiting(context.Context) ([]string, error) { return nil, b.err }

func (b broken) Fetch(context.Context, string, string) (submit.Incoming, error) {
	return submit.Incoming{}, b.err
}

func (b broken) Confirm(context.Context, string) error { return b.err }

func (b broken) Answer(context.Context, submit.Incoming, submit.Party, submit.Answer) error {
	return b.err
}

// absences are the times between two looks for an unconfirmed document, where
// the settings of a connector say one.
func absences(all []settings.Connector) map[string]time.Duration {
	out := map[string]time.Duration{}
	for _, c := range all {
		if c.Absence > 0 {
			out[c.Name] = time.Duration(c.Absence)
		}
	}
	return out
}

// Limits are what the settings say of files and messages; whatever bounds them,
// sent or received, takes it from here.
func (g *Graph) Limits() submit.Limits {
	return submit.Limits{
		FileBytes: int64(g.Settings.Sending.MaxFileMB) << 20, MessageBytes: int64(g.Settings.Sending.MaxMessageMB) << 20,
		NameLength: g.Settings.Sending.NameLength,
	}
}

// Calendar is the working days and times of the settings.
func (g *Graph) Calendar() submit.Calendar {
	s := g.Settings.Sending
	c := submit.Calendar{
		Noon: time.Duration(s.Noon), Silence: time.Duration(s.Silence),
		Holidays: map[submit.Date]bool{}, Workdays: map[submit.Date]bool{},
	}
	for _, d := range s.Holidays {
		c.Holidays[submit.Date(d)] = true
	}
	for _, d := range s.Workdays {
		c.Workdays[submit.Date(d)] = true
	}
	return c
}

// Sender is the own agency as a party.
func (g *Graph) Sender() submit.Party {
	a := g.Settings.Agency
	return submit.Party{
		Code: a.Code, OldCode: a.OldCode, Name: a.Name, InCharge: a.InCharge,
		Address: a.Address, Email: a.Email, Telephone: a.Telephone,
	}
}

func journalError(err error) error {
	switch {
	case errors.Is(err, store.ErrDamaged):
		return &message.Coded{Code: "error.journal-damaged", Err: err}
	case errors.Is(err, store.ErrNewer):
		return &message.Coded{Code: "error.journal-newer", Err: err}
	}
	return err
}

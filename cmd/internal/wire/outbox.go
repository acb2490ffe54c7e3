package wire

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"trinhky/app/message"
	"trinhky/submit"
	"trinhky/submit/axis"
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
	connectors, err := g.connectors()
	if err != nil {
		return nil, err
	}
	journal, err := store.Open(ctx, g.dataDir())
	if err != nil {
		return nil, journalError(err)
	}
	g.close = append(g.close, journal.Close)
	g.outbox = submit.NewOutbox(submit.Config{Journal: journal, Connectors: connectors, Log: g.Log})
	return g.outbox, nil
}

// dataDir is where the journal lies, and the messages while they are built:
// nobody but the owner reads there.
func (g *Graph) dataDir() string { return filepath.Join(g.Home, "data") }

// connectors makes the connectors of the settings. One whose secret is missing
// does not keep the others from working: it is there and fails when it is used.
func (g *Graph) connectors() (map[string]submit.Connector, error) {
	out := map[string]submit.Connector{}
	for _, c := range g.Settings.Connectors {
		if c.Kind != "axis" {
			return nil, fmt.Errorf("connector %s: unknown kind %q", c.Name, c.Kind)
		}
		secret, err := g.Secrets.Get("connector/" + c.Name)
		if err == nil {
			out[c.Name], err = axis.New(axis.Config{
				Endpoint: c.Endpoint, SystemID: c.SystemID, Secret: secret, Dir: g.dataDir(),
			})
		}
		if err != nil {
			out[c.Name] = broken{fmt.Errorf("connector %s: %w", c.Name, err)}
		}
	}
	return out, nil
}

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

package wire

import (
	"context"
	"path/filepath"

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
	connectors, err := g.connectors()
	if err != nil {
		return nil, err
	}
	journal, err := store.Open(ctx, filepath.Join(g.Home, "data"))
	if err != nil {
		return nil, err
	}
	g.close = append(g.close, journal.Close)
	g.outbox = submit.NewOutbox(submit.Config{Journal: journal, Connectors: connectors, Log: g.Log})
	return g.outbox, nil
}

// connectors makes the connectors of the settings.
func (g *Graph) connectors() (map[string]submit.Connector, error) {
	return map[string]submit.Connector{}, nil
}

// Sender is the own agency as a party.
func (g *Graph) Sender() submit.Party {
	a := g.Settings.Agency
	return submit.Party{
		Code: a.Code, OldCode: a.OldCode, Name: a.Name, InCharge: a.InCharge,
		Address: a.Address, Email: a.Email, Telephone: a.Telephone,
	}
}

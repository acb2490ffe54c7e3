package wire

import (
	"context"

	"trinhky/submit"
)

// Inbox receives from the connectors of the settings that can receive. The first
// call makes it.
func (g *Graph) Inbox(ctx context.Context) (*submit.Inbox, error) {
	if _, err := g.Outbox(ctx); err != nil { // opens the journal
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inbox == nil {
		g.inbox = submit.NewInbox(submit.InboxConfig{
			Journal: g.journal, Connectors: g.connectors(), Self: g.Sender(), Dir: g.dataDir(), Log: g.Log,
		})
	}
	return g.inbox, nil
}

// Register is the register of issued numbers of this home.
func (g *Graph) Register(ctx context.Context) (submit.Register, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.store(ctx)
}

// Audit is the audit log of this home.
func (g *Graph) Audit(ctx context.Context) (submit.AuditLog, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.store(ctx)
}

// Groups are the groups of receivers of this home.
func (g *Graph) Groups(ctx context.Context) (submit.Groups, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.store(ctx)
}

package wire

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"trinhky/app/settings"
	"trinhky/submit"
)

// connected is a connector with the settings that it was made from.
type connected struct {
	from settings.Connector
	submit.Connector
}

// connectors makes the connectors of the settings, once: outbox and inbox share
// them. One that cannot be made, as its secret is missing, does not keep the
// others from working: it is there and fails when it is used. The caller holds
// the lock.
func (g *Graph) connectors() map[string]submit.Connector {
	if g.connected == nil {
		g.connected = map[string]connected{}
		for _, c := range g.Settings.Connectors {
			g.connected[c.Name] = g.connect(c)
		}
	}
	out := map[string]submit.Connector{}
	for name, c := range g.connected {
		out[name] = c.Connector
	}
	return out
}

func (g *Graph) connect(c settings.Connector) connected {
	made, err := g.connector(c)
	if err != nil {
		made = broken{fmt.Errorf("connector %s: %w", c.Name, err)}
	}
	return connected{c, made}
}

// Reconnect takes over connectors that were edited while the program runs, and
// says so in the audit log. Those that did not change go on as they are; a send
// under way ends with what it began with.
func (g *Graph) Reconnect(ctx context.Context, now []settings.Connector) error {
	return g.reconnect(ctx, now, func(was connected, c settings.Connector) bool { return was.from == c })
}

// SecretChanged makes the connectors anew that use a secret of that name.
func (g *Graph) SecretChanged(ctx context.Context, name string) error {
	g.mu.Lock()
	var now []settings.Connector
	for _, c := range g.connected {
		now = append(now, c.from)
	}
	g.mu.Unlock()
	return g.reconnect(ctx, now, func(_ connected, c settings.Connector) bool {
		own := secretName(c, "")
		return name != own && !strings.HasPrefix(name, own+"/")
	})
}

// reconnect keeps those of which same says that nothing changed.
func (g *Graph) reconnect(ctx context.Context, now []settings.Connector, same func(connected, settings.Connector) bool) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.outbox == nil {
		g.Settings.Connectors = now // nothing works with the old ones yet
		return nil
	}
	fresh := map[string]connected{}
	var changed []string
	for _, c := range now {
		was, ok := g.connected[c.Name]
		if ok && same(was, c) {
			fresh[c.Name] = was
			continue
		}
		fresh[c.Name] = g.connect(c)
		changed = append(changed, c.Name)
	}
	var faults []error
	for _, name := range append(changed, gone(g.connected, fresh)...) {
		_, err := g.journal.Append(ctx, submit.Entry{
			Action: submit.ActionConnector, Destination: name, Result: describe(fresh, name),
		})
		faults = append(faults, err)
	}
	g.connected = fresh
	all := g.connectors()
	faults = append(faults, g.outbox.SetConnectors(ctx, all, absences(now), changed...))
	if g.inbox != nil {
		g.inbox.SetConnectors(all)
	}
	return errors.Join(faults...)
}

// gone are the names that are no longer there.
func gone(was, now map[string]connected) (names []string) {
	for name := range was {
		if _, ok := now[name]; !ok {
			names = append(names, name)
		}
	}
	return names
}

// describe says what a connector is now, without its secrets.
func describe(all map[string]connected, name string) string {
	c, ok := all[name]
	if !ok {
		return "removed"
	}
	kind := c.from.Kind
	if kind == "" {
		kind = settings.KindAxis
	}
	return kind + " " + c.from.Endpoint
}

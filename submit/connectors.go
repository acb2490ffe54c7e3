package submit

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"
)

// connectors are those that are set up just now, by their names. Whoever took
// one goes on with it to the end of what was begun. They are safe for concurrent
// use.
type connectors struct {
	mu       sync.RWMutex
	all      map[string]Connector
	absences map[string]time.Duration
}

func (c *connectors) set(all map[string]Connector, absences map[string]time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all, c.absences = maps.Clone(all), maps.Clone(absences)
}

func (c *connectors) get(name string) (Connector, bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	found, ok := c.all[name]
	return found, ok
}

func (c *connectors) receiver(name string) (Receiver, bool) {
	found, _ := c.get(name)
	r, ok := found.(Receiver)
	return r, ok
}

func (c *connectors) names() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Sorted(maps.Keys(c.all))
}

func (c *connectors) absence(name string) time.Duration {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.absences[name]
}

// SetConnectors replaces the connectors while the outbox works. A send that is
// under way ends with the connector that it began with; what waits for one of
// the changed is tried at once.
func (o *Outbox) SetConnectors(ctx context.Context, all map[string]Connector, absences map[string]time.Duration, changed ...string) error {
	o.connectors.set(all, absences)
	defer o.wake()
	due, err := o.journal.Due(ctx)
	if err != nil {
		return err
	}
	var faults []error
	for _, d := range due {
		if slices.Contains(changed, d.Connector) && d.At.After(time.Now()) {
			if err := o.Retry(ctx, d.ID); !errors.Is(err, ErrNotWaiting) {
				faults = append(faults, err)
			}
		}
	}
	return errors.Join(faults...)
}

// SetConnectors replaces the connectors while the inbox works; a message that is
// being fetched comes by the one that lists it.
func (b *Inbox) SetConnectors(all map[string]Connector) { b.connectors.set(all, nil) }

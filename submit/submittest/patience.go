package submittest

import (
	"context"
	"sync"

	"trinhky/submit"
)

// Patience ends when a destination says that it keeps a caller waiting: the test
// of an answer that is too slow takes no time of its own. The zero value is
// ready; it is safe for concurrent use.
type Patience struct {
	mu      sync.Mutex
	waiting map[int]context.CancelFunc
	next    int
}

// Lose ends the patience of all who wait just now.
func (p *Patience) Lose() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, cancel := range p.waiting {
		cancel()
	}
}

// wait is a context that ends when the patience does; done is called at the end.
func (p *Patience) wait(ctx context.Context) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancel(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waiting == nil {
		p.waiting = map[int]context.CancelFunc{}
	}
	p.next++
	key := p.next
	p.waiting[key] = cancel
	return ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.waiting, key)
		cancel()
	}
}

// Client is a connector with all its powers.
type Client interface {
	submit.Connector
	submit.Directory
	submit.Receiver
}

// Impatient is a client whose calls end when the patience does.
type Impatient struct {
	Client
	Patience *Patience
}

// Submit implements submit.Connector.
func (c Impatient) Submit(ctx context.Context, e submit.Envelope) (submit.Receipt, error) {
	ctx, done := c.Patience.wait(ctx)
	defer done()
	return c.Client.Submit(ctx, e)
}

// Lookup implements submit.Connector.
func (c Impatient) Lookup(ctx context.Context, e submit.Envelope) ([]submit.Receipt, error) {
	ctx, done := c.Patience.wait(ctx)
	defer done()
	return c.Client.Lookup(ctx, e)
}

// Track implements submit.Connector.
func (c Impatient) Track(ctx context.Context) ([]submit.Report, error) {
	ctx, done := c.Patience.wait(ctx)
	defer done()
	return c.Client.Track(ctx)
}

package network

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"
)

// refusalPause is how long a password that a proxy refused is not shown to it
// again: directories lock an account after a handful of wrong tries within half
// an hour, and an outbox tries for as long as something waits.
const refusalPause = 30 * time.Minute

// Guard remembers what proxies refused, so that a wrong password is tried once
// and not until the account is locked. Other credentials are tried at once. It
// is safe for concurrent use; transports with the same credentials share one.
type Guard struct {
	mu      sync.Mutex
	refused map[[32]byte]time.Time
}

// NewGuard returns a guard that has seen no refusal.
func NewGuard() *Guard { return &Guard{refused: map[[32]byte]time.Time{}} }

func (p Proxy) key(host string) [32]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q", host, p.Login, p.User, p.Password))
}

// pass is an error while the proxy's refusal of these credentials is fresh.
func (g *Guard) pass(p Proxy, host string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	at, ok := g.refused[p.key(host)]
	if ok && time.Since(at) < refusalPause {
		return &LoginError{Proxy: host, Status: "refused at " + at.Format(time.TimeOnly) + ", and not asked again yet", refused: true}
	}
	return nil
}

func (g *Guard) refuse(p Proxy, host string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.refused[p.key(host)] = time.Now()
}

package bridge

import (
	"slices"
	"sync"
	"time"
)

// gate bounds how often an origin may call, and how many sockets are open.
type gate struct {
	mu        sync.Mutex
	perMinute int
	now       func() time.Time
	seen      map[string][]time.Time
	seats     []*seat // those that are open, the oldest first
	held      int     // sockets that have not ended, those without a place too
	shut      bool
	left      *sync.Cond
}

func newGate(perMinute int, now func() time.Time) *gate {
	g := &gate{perMinute: perMinute, now: now, seen: map[string][]time.Time{}}
	g.left = sync.NewCond(&g.mu)
	return g
}

// maxOrigins bounds how many origins are remembered.
const maxOrigins = 1000

func (g *gate) pass(who string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	var recent []time.Time
	for _, t := range g.seen[who] {
		if now.Sub(t) < time.Minute {
			recent = append(recent, t)
		}
	}
	if len(recent) >= g.perMinute {
		g.seen[who] = recent
		return false
	}
	if len(g.seen) >= maxOrigins && g.seen[who] == nil {
		clear(g.seen)
	}
	g.seen[who] = append(recent, now)
	return true
}

// seat is the place of one open socket.
type seat struct {
	end  func() // closes it
	kept bool   // its message came: it is not taken away any more
	gone bool
}

// enter gives a socket a place. Where all are taken, the one that has been
// silent for longest loses its own: pages that open sockets and say nothing
// keep nobody else out. nil: every socket has a call, or the program ends.
func (g *gate) enter(most int, end func()) *seat {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return nil
	}
	if len(g.seats) >= most {
		i := slices.IndexFunc(g.seats, func(s *seat) bool { return !s.kept })
		if i < 0 {
			return nil
		}
		g.seats[i].gone = true
		g.seats[i].end()
		g.seats = slices.Delete(g.seats, i, i+1)
	}
	s := &seat{end: end}
	g.seats = append(g.seats, s)
	g.held++
	return s
}

// keep says that the message came; false: the place is another's already.
func (g *gate) keep(s *seat) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	s.kept = true
	return !s.gone
}

func (g *gate) leave(s *seat) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held--
	if i := slices.Index(g.seats, s); i >= 0 {
		g.seats = slices.Delete(g.seats, i, i+1)
	}
	g.left.Broadcast()
}

// drain lets nobody in any more and waits for those who are.
func (g *gate) drain() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	for g.held > 0 {
		g.left.Wait()
	}
}

package submittest_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// gate makes the sent list of an axis wait until every connection that was
// opened before the question is done. What a killed child had written is then
// carried out before anybody is told that it is not there: in the field the
// minute between two lists stands for that, in a test only order does.
type gate struct {
	http.Handler
	mu   sync.Mutex
	done *sync.Cond
	open map[net.Conn]int
	last int
}

type connKey struct{}

func serve(h http.Handler) *httptest.Server {
	g := &gate{Handler: h, open: map[net.Conn]int{}}
	g.done = sync.NewCond(&g.mu)
	s := httptest.NewUnstartedServer(g)
	s.Config.ConnContext = func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) }
	s.Config.ConnState = g.state
	s.Start()
	return s
}

func (g *gate) state(c net.Conn, s http.ConnState) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch s {
	case http.StateNew, http.StateActive:
		if g.open[c] == 0 {
			g.last++
			g.open[c] = g.last
		}
	case http.StateIdle, http.StateClosed, http.StateHijacked:
		delete(g.open, c)
	}
	g.done.Broadcast()
}

// ServeHTTP holds back the sent list.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "getSentEdocList") {
		c, _ := r.Context().Value(connKey{}).(net.Conn)
		g.mu.Lock()
		for g.older(g.open[c]) {
			g.done.Wait()
		}
		g.mu.Unlock()
	}
	g.Handler.ServeHTTP(w, r)
}

func (g *gate) older(than int) bool {
	for _, n := range g.open {
		if n < than {
			return true
		}
	}
	return false
}

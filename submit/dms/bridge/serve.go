package bridge

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// errGone is the cause of a call's context when its page closed the connection.
var errGone = errors.New("the page closed its connection")

// Listen opens the address, which must be one of this computer.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	end, err := netip.ParseAddrPort(address)
	if err != nil || !end.Addr().IsLoopback() {
		return nil, fmt.Errorf("bridge: %q is no loopback address", address)
	}
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", address)
}

// Serve answers until ctx ends, and waits for the calls that run.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return err
	}
	s.mu.Lock()
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]"} {
		s.hosts[host+":"+port] = true
	}
	s.mu.Unlock()
	srv := &http.Server{
		Handler: http.HandlerFunc(s.handle), ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10,
		IdleTimeout: 5 * time.Second, ErrorLog: nil,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	ended := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { _ = srv.Close(); close(ended) })
	err = srv.Serve(tls.NewListener(l, s.tls()))
	if !stop() {
		<-ended
	}
	_ = srv.Close() // closed already where ctx ended
	s.gate.drain()
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (s *Server) tls() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.c.Certificate() },
	}
}

// handle is the handshake. Nothing here asks the person, and nothing tells a
// foreign page more than that something listens.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	from, ok := parseOrigin(r.Header.Get("Origin"))
	s.mu.Lock()
	ours := s.hosts[strings.ToLower(r.Host)]
	s.mu.Unlock()
	name := r.URL.Path
	switch {
	case !ours, !ok, len(r.Header.Values("Origin")) != 1:
		if s.gate.pass("") { // so that the log cannot be flooded
			s.record(r.Context(), Record{
				Origin: clean(r.Header.Get("Origin"), 200), Path: clean(name, 60),
				Result: "refused: origin or host " + clean(r.Host, 100),
			})
		}
		http.Error(w, http.StatusText(http.StatusForbidden), http.StatusForbidden)
		return
	case r.Method != http.MethodGet || !strings.EqualFold(r.Header.Get("Upgrade"), "websocket"):
		http.Error(w, http.StatusText(http.StatusUpgradeRequired), http.StatusUpgradeRequired)
		return
	case !s.gate.pass(from.String()):
		http.Error(w, http.StatusText(http.StatusTooManyRequests), http.StatusTooManyRequests)
		return
	case !s.gate.enter(s.lim.Sockets):
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	defer s.gate.leave()
	// The origin was parsed above; who may do what is decided with the message.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // it has answered
	}
	conn.SetReadLimit(s.lim.Message + 2)
	s.talk(r.Context(), conn, from, name)
}

// talk takes the one message of a socket and always answers before it closes.
func (s *Server) talk(ctx context.Context, conn *websocket.Conn, from origin, name string) {
	defer func() { _ = conn.CloseNow() }()
	wait, cancel := context.WithTimeout(ctx, s.lim.Person)
	defer cancel()
	kind, _ := pathOf(name)
	if kind == tellVersion {
		s.version(wait, conn)
		return
	}
	data, err := readMessage(wait, conn, s.lim.Message)
	if err != nil {
		var own *Refusal
		if errors.As(err, &own) {
			s.finish(ctx, conn, s.answerTo(err))
			s.record(ctx, Record{Origin: from.String(), Path: clean(name, 60), Result: "refused: " + err.Error()})
		}
		return // a probe that was closed again, or waited for nothing
	}
	// While the call runs, the socket is watched: a page that goes ends it, and
	// so does one that sends more.
	callCtx, end := context.WithCancelCause(ctx)
	defer end(nil)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		watch(ctx, conn, end)
	}()
	c := &call{s: s, from: from, name: clean(name, 60), base: ctx}
	s.finish(ctx, conn, c.run(callCtx, data))
	_ = conn.CloseNow()
	<-watched
}

// watch reads what should not come, until the connection ends.
func watch(ctx context.Context, conn *websocket.Conn, end context.CancelCauseFunc) {
	for {
		_, r, err := conn.Reader(ctx)
		if err == nil {
			end(refuse(ReasonSecond, ""))
			_, err = io.Copy(io.Discard, r)
		}
		if err != nil {
			end(errGone)
			return
		}
	}
}

// readMessage reads one text, at most limit bytes.
func readMessage(ctx context.Context, conn *websocket.Conn, limit int64) ([]byte, error) {
	kind, r, err := conn.Reader(ctx)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(data)) > limit:
		return nil, refuse(ReasonTooLong, "")
	case kind != websocket.MessageText:
		return nil, refuse(ReasonMessage, "binary")
	}
	return data, nil
}

// finish writes the answer and closes, as pages do with the first word.
func (s *Server) finish(ctx context.Context, conn *websocket.Conn, a answer) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := conn.Write(ctx, websocket.MessageText, a.encode()); err != nil {
		s.c.Log.Info("bridge: the answer did not arrive", "err", err)
		return
	}
	_ = conn.Close(websocket.StatusNormalClosure, "") // the answer is written; how the page ends is its own matter
}

// version answers GetVersion: to a message at once, to a silent page after a
// moment, as some pages wait for the first word.
func (s *Server) version(ctx context.Context, conn *websocket.Conn) {
	wait, cancel := context.WithTimeout(ctx, s.lim.Push)
	defer cancel()
	told := make(chan struct{})
	go func() {
		defer close(told)
		_, _ = readMessage(ctx, conn, s.lim.Message) // whatever it says
		cancel()
	}()
	<-wait.Done()
	s.finish(ctx, conn, answer{Version: s.c.Version})
	_ = conn.CloseNow()
	<-told
}

// gate bounds how often an origin may call, and how many sockets are open.
type gate struct {
	mu        sync.Mutex
	perMinute int
	now       func() time.Time
	seen      map[string][]time.Time
	open      int
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

func (g *gate) enter(most int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut || g.open >= most {
		return false
	}
	g.open++
	return true
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open--
	g.left.Broadcast()
}

// drain lets nobody in any more and waits for those who are.
func (g *gate) drain() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	for g.open > 0 {
		g.left.Wait()
	}
}

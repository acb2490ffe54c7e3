package bridge

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"net/netip"
	"strings"
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
		Handler: http.HandlerFunc(s.handle), ReadHeaderTimeout: s.lim.Header, MaxHeaderBytes: 16 << 10,
		IdleTimeout: 5 * time.Second, ErrorLog: stdlog.New(io.Discard, "", 0), // so that nobody floods it
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
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	place := s.gate.enter(s.lim.Sockets, cancel)
	if place == nil {
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	defer s.gate.leave(place)
	// The origin was parsed above; who may do what is decided with the message.
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
	if err != nil {
		return // it has answered
	}
	conn.SetReadLimit(s.lim.Message + 2)
	s.talk(ctx, conn, visit{from: from, name: name, place: place})
}

// visit is one socket: who, and for what.
type visit struct {
	from  origin
	name  string // path
	place *seat
}

// talk takes the one message of a socket and always answers before it closes.
func (s *Server) talk(ctx context.Context, conn *websocket.Conn, v visit) {
	defer func() { _ = conn.CloseNow() }()
	wait, cancel := context.WithTimeout(ctx, s.lim.Person)
	defer cancel()
	kind, _ := pathOf(v.name)
	if kind == tellVersion {
		s.version(wait, conn)
		return
	}
	data, err := readMessage(wait, conn, s.lim.Message)
	if err != nil {
		var own *Refusal
		if errors.As(err, &own) {
			s.finish(ctx, conn, s.answerTo(err))
			s.record(ctx, Record{Origin: v.from.String(), Path: clean(v.name, 60), Result: "refused: " + err.Error()})
		}
		return // a probe that was closed again, or waited for nothing
	}
	if !s.gate.keep(v.place) {
		return // its place was given to another one just now
	}
	// While the call runs, the socket is watched: a page that goes ends it, and
	// so does one that sends more.
	callCtx, end := context.WithCancelCause(ctx)
	defer end(nil)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		// Not with ctx: a program that ends still tells the page.
		watch(context.WithoutCancel(ctx), conn, end)
	}()
	c := &call{s: s, from: v.from, name: clean(v.name, 60), base: ctx}
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

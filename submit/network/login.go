package network

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A proxy is asked without credentials first; only one that asks for our scheme
// is told who we are. The questions come before anything else goes over the
// connection: for https the CONNECT itself, for plain http a HEAD that carries
// nothing, so that no document can be sent twice by a login.

// LoginError: the proxy does not let us through.
type LoginError struct {
	Proxy  string
	Status string
	Wants  []string // the schemes that it names, where ours is not among them

	refused bool // it knows our credentials, and does not take them
}

func (e *LoginError) Error() string {
	if len(e.Wants) > 0 {
		return "the proxy " + e.Proxy + " answers " + e.Status + " and wants " + strings.Join(e.Wants, ", ")
	}
	return "the proxy " + e.Proxy + " answers " + e.Status
}

// ProblemCode names the words for the person.
func (e *LoginError) ProblemCode() string {
	switch {
	case e.refused:
		return "proxy-refused"
	case len(e.Wants) > 0:
		return "proxy-scheme"
	}
	return "proxy-login"
}

// TicketError: the proxy wants Kerberos, and there is no ticket for it.
type TicketError struct {
	Proxy string
	Err   error
}

func (e *TicketError) Error() string {
	return "no ticket for the proxy " + e.Proxy + ": " + e.Err.Error()
}
func (e *TicketError) Unwrap() error { return e.Err }

// ProblemCode names the words for the person.
func (e *TicketError) ProblemCode() string { return "proxy-ticket" }

// ScriptError: the PAC script cannot be had, or names no proxy.
type ScriptError struct {
	Address string
	Err     error
}

func (e *ScriptError) Error() string { return "the script " + e.Address + ": " + e.Err.Error() }
func (e *ScriptError) Unwrap() error { return e.Err }

// ProblemCode names the words for the person.
func (e *ScriptError) ProblemCode() string { return "proxy-script" }

// through is a transport over proxies.
func (c Config) through(find finder, keepAlive bool) (http.RoundTripper, error) {
	s, err := c.Proxy.scheme()
	if err != nil {
		return nil, err
	}
	if c.Guard == nil {
		c.Guard = NewGuard()
	}
	d := &dialer{
		proxy: c.Proxy, scheme: s, guard: c.Guard, find: find, tls: c.TLS,
		known: map[string]plainRoute{}, asks: map[string]bool{}, dead: map[string]time.Time{},
	}
	plain, secure := c.transport(d.plain, keepAlive), c.transport(nil, keepAlive)
	plain.DialContext, secure.DialContext = d.dialPlain, d.dialSecure
	b := &byScheme{dialer: d, plain: plain, secure: secure}
	b.watch()
	return b, nil
}

type byScheme struct {
	dialer        *dialer
	plain, secure *http.Transport
	asked         atomic.Bool // the destination wanted a certificate, and there is none
}

// watch notices that a certificate is wanted.
func (b *byScheme) watch() {
	t := b.secure.TLSClientConfig
	if len(t.Certificates) > 0 || t.GetClientCertificate != nil {
		return
	}
	t.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		b.asked.Store(true)
		return &tls.Certificate{}, nil
	}
}

// RoundTrip implements http.RoundTripper. What ends on the way is an error that
// says why.
func (b *byScheme) RoundTrip(r *http.Request) (*http.Response, error) {
	way := b.plainly
	if r.URL.Scheme == "https" {
		way = b.secure.RoundTrip
	}
	resp, err := way(r)
	if err != nil {
		return nil, wanted(reasoned(err), b.asked.Load())
	}
	return judged(r, resp)
}

func (b *byScheme) plainly(r *http.Request) (*http.Response, error) {
	named, used, err := b.dialer.named(r)
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close() // as RoundTrip promises
		}
		return nil, err
	}
	resp, err := b.plain.RoundTrip(named)
	if err == nil && used != nil && resp.StatusCode == http.StatusProxyAuthRequired {
		b.dialer.guard.refuse(used.proxy, used.host)
	}
	return resp, err
}

// CloseIdleConnections is that of http.Transport.
func (b *byScheme) CloseIdleConnections() {
	b.plain.CloseIdleConnections()
	b.secure.CloseIdleConnections()
}

// dialer makes connections that are logged in. It is safe for concurrent use.
type dialer struct {
	proxy  Proxy
	scheme *scheme
	guard  *Guard
	find   finder
	tls    *tls.Config

	mu    sync.Mutex
	known map[string]plainRoute // by the address of the proxy
	asks  map[string]bool       // proxies of plain requests: whether each asks who we are
	dead  map[string]time.Time  // proxies that did not answer, and when
}

// plainRoute is a proxy of plain requests, and a host behind it.
type plainRoute struct {
	proxy *url.URL
	host  string
}

// deadTime is how long a proxy that did not answer comes last.
const deadTime = 5 * time.Minute

// route is the first proxy of the list that is not known to be dead; nil:
// straight there.
func (d *dialer) route(r *http.Request) (*url.URL, error) {
	all, err := d.find(r)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, u := range all {
		if u == nil || time.Since(d.dead[address(u)]) > deadTime {
			return u, nil
		}
	}
	return all[0], nil
}

// plain is the proxy of a plain request. It is remembered by its address: that
// is all that dialPlain is told.
func (d *dialer) plain(r *http.Request) (*url.URL, error) {
	u, err := d.route(r)
	if u == nil || err != nil {
		return nil, err
	}
	// TLS to the proxy is ours to make: the login comes behind it.
	through := &url.URL{Scheme: "http", Host: address(u)}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[through.Host] = plainRoute{u, address(r.URL)}
	return through, nil
}

// shown is a password that a request shows to a proxy.
type shown struct {
	proxy Proxy
	host  string
}

// named says in a plain request who we are, where its proxy asks each request.
func (d *dialer) named(r *http.Request) (*http.Request, *shown, error) {
	u, err := d.route(r)
	if u == nil || err != nil {
		return r, nil, err
	}
	p, s := d.login(u)
	if s == nil || !s.request {
		return r, nil, nil
	}
	d.mu.Lock()
	asks, asked := d.asks[address(u)]
	d.mu.Unlock()
	if !asked {
		conn, err := d.connect(r.Context(), plainQuestion(u, address(r.URL), true))
		if err != nil {
			return nil, nil, err
		}
		_ = conn.Close()
		d.mu.Lock()
		asks = d.asks[address(u)]
		d.mu.Unlock()
	}
	if !asks {
		return r, nil, nil
	}
	if err := d.guard.pass(p, u.Host); err != nil {
		return nil, nil, err
	}
	t, err := s.begin(u.Hostname())
	if err != nil {
		return nil, nil, ticketError(u, err)
	}
	defer t.close()
	token, err := t.next(nil)
	if err != nil {
		return nil, nil, ticketError(u, err)
	}
	if isNTLM(token) {
		return r, nil, nil // the connection says it
	}
	out := r.Clone(r.Context())
	out.Header.Set("Proxy-Authorization", s.word+" "+base64.StdEncoding.EncodeToString(token))
	if !s.password {
		return out, nil, nil
	}
	return out, &shown{p, u.Host}, nil
}

// login is who we are to a proxy: its address may name a user.
func (d *dialer) login(u *url.URL) (Proxy, *scheme) {
	if u.User == nil {
		return d.proxy, d.scheme
	}
	p := Proxy{Login: LoginBasic, User: u.User.Username()}
	p.Password, _ = u.User.Password()
	return p, p.basic()
}

func (d *dialer) dialPlain(ctx context.Context, _, addr string) (net.Conn, error) {
	d.mu.Lock()
	route, ok := d.known[addr]
	d.mu.Unlock()
	if !ok {
		return dial(ctx, addr)
	}
	if _, s := d.login(route.proxy); s == nil || !s.connection {
		return d.reach(ctx, route.proxy)
	}
	return d.connect(ctx, plainQuestion(route.proxy, route.host, false))
}

func (d *dialer) dialSecure(ctx context.Context, _, addr string) (net.Conn, error) {
	u, err := d.route((&http.Request{URL: &url.URL{Scheme: "https", Host: addr}}).WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if u == nil {
		return dial(ctx, addr)
	}
	return d.connect(ctx, question{u, http.MethodConnect, addr, addr, false})
}

func dial(ctx context.Context, addr string) (net.Conn, error) {
	return (&net.Dialer{Timeout: connectTime}).DialContext(ctx, "tcp", addr)
}

func address(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	return net.JoinHostPort(u.Hostname(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
}

// reach connects to a proxy itself.
func (d *dialer) reach(ctx context.Context, u *url.URL) (net.Conn, error) {
	conn, err := dial(ctx, address(u))
	d.mu.Lock()
	delete(d.dead, address(u))
	if err != nil && ctx.Err() == nil {
		d.dead[address(u)] = time.Now()
	}
	d.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	if u.Scheme == "https" {
		conn = tls.Client(conn, d.tlsFor(u.Hostname()))
	}
	return conn, nil
}

// tlsFor is for the proxy itself: its own name, and never our certificate for
// the destination.
func (d *dialer) tlsFor(host string) *tls.Config {
	out := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if d.tls != nil {
		out.RootCAs = d.tls.RootCAs
	}
	return out
}

// question is what a proxy is asked on a new connection.
type question struct {
	proxy                *url.URL
	method, target, host string
	brief                bool // the connection is not used further
}

func plainQuestion(u *url.URL, host string, brief bool) question {
	return question{u, http.MethodHead, "http://" + host + "/", host, brief}
}

// connect makes a connection through a proxy, logged in where it asks for that.
func (d *dialer) connect(ctx context.Context, q question) (net.Conn, error) {
	a := &asker{question: q, dial: func() (net.Conn, error) { return d.reach(ctx, q.proxy) }}
	stop := context.AfterFunc(ctx, a.interrupt)
	defer stop()
	err := d.handshake(a)
	if err == nil && !stop() {
		err = ctx.Err()
	}
	if err == nil {
		err = a.conn.SetDeadline(time.Time{})
	}
	if err != nil {
		a.end()
		return nil, errors.Join(err, ctx.Err())
	}
	return a.conn, nil
}

// handshake asks without credentials, and answers what the proxy asks then.
func (d *dialer) handshake(a *asker) error {
	resp, err := a.ask("")
	if err != nil {
		return fmt.Errorf("proxy: %w", err)
	}
	wanted := resp.StatusCode == http.StatusProxyAuthRequired
	d.mu.Lock()
	d.asks[address(a.proxy)] = wanted
	d.mu.Unlock()
	if !wanted {
		return a.usable(resp)
	}
	p, s := d.login(a.proxy)
	offered := offers(resp)
	if _, ok := offered[strings.ToLower(wordOf(s))]; s == nil || !ok {
		return &LoginError{Proxy: a.proxy.Host, Status: resp.Status, Wants: slices.Sorted(maps.Keys(offered))}
	}
	if err := d.guard.pass(p, a.proxy.Host); err != nil {
		return err
	}
	err = a.converse(s)
	var no *LoginError
	if errors.As(err, &no) && no.refused && s.password {
		d.guard.refuse(p, a.proxy.Host)
	}
	return err
}

func wordOf(s *scheme) string {
	if s == nil {
		return ""
	}
	return s.word
}

func ticketError(u *url.URL, err error) error {
	var t *TicketError
	if errors.As(err, &t) {
		t.Proxy = u.Host
	}
	return fmt.Errorf("proxy: %w", err)
}

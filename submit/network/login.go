package network

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/Azure/go-ntlmssp"
)

// NTLM logs in a connection, not a request: it takes two questions on one
// connection, before anything else goes over it. For https that is the CONNECT
// itself; for plain http a HEAD that carries nothing, so that no document can be
// sent twice by a login.

// LoginError: the proxy does not let us through.
type LoginError struct {
	Proxy  string
	Status string
}

func (e *LoginError) Error() string { return "the proxy " + e.Proxy + " answers " + e.Status }

// authenticated is a transport over proxies that want NTLM or Negotiate.
func (c Config) authenticated(find finder, keepAlive bool) http.RoundTripper {
	d := &dialer{proxy: c.Proxy, find: find, tls: c.TLS, known: map[string]plainRoute{}}
	plain, secure := c.transport(d.plain, keepAlive), c.transport(nil, keepAlive)
	plain.DialContext, secure.DialContext = d.dialPlain, d.dialSecure
	return byScheme{plain, secure}
}

type byScheme struct{ plain, secure *http.Transport }

// RoundTrip implements http.RoundTripper.
func (b byScheme) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" {
		return b.secure.RoundTrip(r)
	}
	return b.plain.RoundTrip(r)
}

// CloseIdleConnections is that of http.Transport.
func (b byScheme) CloseIdleConnections() {
	b.plain.CloseIdleConnections()
	b.secure.CloseIdleConnections()
}

// dialer makes connections that are logged in. It is safe for concurrent use.
type dialer struct {
	proxy Proxy
	find  finder
	tls   *tls.Config

	mu    sync.Mutex
	known map[string]plainRoute // by the address of the proxy
}

// plainRoute is a proxy of plain requests, and a host behind it.
type plainRoute struct {
	proxy *url.URL
	host  string
}

// plain is the proxy of a plain request. It is remembered by its address: that
// is all that dialPlain is told.
func (d *dialer) plain(r *http.Request) (*url.URL, error) {
	u, err := d.find(r)
	if u == nil || err != nil {
		return u, err
	}
	// TLS to the proxy is ours to make: the login comes behind it.
	through := &url.URL{Scheme: "http", Host: address(u)}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.known[through.Host] = plainRoute{u, address(r.URL)}
	return through, nil
}

func (d *dialer) dialPlain(ctx context.Context, _, addr string) (net.Conn, error) {
	d.mu.Lock()
	route, ok := d.known[addr]
	d.mu.Unlock()
	if !ok {
		return dial(ctx, addr)
	}
	return d.login(ctx, route.proxy, http.MethodHead, "http://"+route.host+"/", route.host)
}

func (d *dialer) dialSecure(ctx context.Context, _, addr string) (net.Conn, error) {
	u, err := d.find((&http.Request{URL: &url.URL{Scheme: "https", Host: addr}}).WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if u == nil {
		return dial(ctx, addr)
	}
	return d.login(ctx, u, http.MethodConnect, addr, addr)
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

// login connects to the proxy and logs in with two questions.
func (d *dialer) login(ctx context.Context, u *url.URL, method, target, host string) (_ net.Conn, err error) {
	conn, err := dial(ctx, address(u))
	if err != nil {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	defer func() {
		if err != nil {
			_ = conn.Close()
		}
	}()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	if err := conn.SetDeadline(time.Now().Add(3 * connectTime)); err != nil {
		return nil, err
	}
	if u.Scheme == "https" {
		conn = tls.Client(conn, d.tlsFor(u.Hostname()))
	}
	if err := d.handshake(conn, u, method, target, host); err != nil {
		return nil, errors.Join(err, ctx.Err())
	}
	if !stop() {
		return nil, ctx.Err()
	}
	return conn, conn.SetDeadline(time.Time{})
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

func (d *dialer) handshake(conn net.Conn, u *url.URL, method, target, host string) error {
	scheme := "NTLM"
	if d.proxy.Login == LoginNegotiate {
		scheme = "Negotiate"
	}
	first, err := ntlmssp.NewNegotiateMessage("", "")
	if err != nil {
		return fmt.Errorf("proxy: %w", err)
	}
	ask := asker{conn: conn, read: bufio.NewReader(conn), method: method, target: target, host: host, scheme: scheme}
	resp, err := ask.question(first)
	if err != nil {
		return fmt.Errorf("proxy: %w", err)
	}
	if resp.StatusCode != http.StatusProxyAuthRequired {
		return ask.end(u, resp) // it does not ask who we are
	}
	challenge, ok := challengeOf(resp, scheme)
	if !ok || resp.Close {
		return &LoginError{u.Host, resp.Status + ", without " + scheme}
	}
	second, err := ntlmssp.NewAuthenticateMessage(challenge, d.proxy.User, d.proxy.Password, nil)
	if err != nil {
		return fmt.Errorf("proxy: %w", err)
	}
	if resp, err = ask.question(second); err != nil {
		return fmt.Errorf("proxy: %w", err)
	}
	return ask.end(u, resp)
}

// asker asks a proxy on one connection.
type asker struct {
	conn                         net.Conn
	read                         *bufio.Reader
	method, target, host, scheme string
}

// maxPage is how much of a proxy's page is read to get past it.
const maxPage = 1 << 20

func (a asker) question(token []byte) (*http.Response, error) {
	head := a.method + " " + a.target + " HTTP/1.1\r\nHost: " + a.host + "\r\nProxy-Connection: Keep-Alive\r\n" +
		"Proxy-Authorization: " + a.scheme + " " + base64.StdEncoding.EncodeToString(token) + "\r\n\r\n"
	if _, err := io.WriteString(a.conn, head); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(a.read, &http.Request{Method: a.method})
	if err != nil {
		return nil, err
	}
	if a.method == http.MethodConnect && resp.StatusCode == http.StatusOK {
		return resp, nil // what follows is the destination's
	}
	n, err := io.Copy(io.Discard, io.LimitReader(resp.Body, maxPage))
	if err == nil && n == maxPage {
		err = errors.New("its page is too long")
	}
	return resp, errors.Join(err, resp.Body.Close())
}

// end tells whether the connection may be used.
func (a asker) end(u *url.URL, resp *http.Response) error {
	connect := a.method == http.MethodConnect
	switch {
	case resp.StatusCode == http.StatusProxyAuthRequired, connect && resp.StatusCode != http.StatusOK:
		return &LoginError{u.Host, resp.Status}
	case !connect && resp.Close:
		return &LoginError{u.Host, resp.Status + ", and ends the connection"}
	case a.read.Buffered() > 0:
		return &LoginError{u.Host, "more than was asked"}
	}
	return nil
}

func challengeOf(resp *http.Response, scheme string) ([]byte, bool) {
	for _, h := range resp.Header.Values("Proxy-Authenticate") {
		name, token, _ := strings.Cut(h, " ")
		if !strings.EqualFold(name, scheme) || token == "" {
			continue
		}
		data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(token))
		return data, err == nil
	}
	return nil, false
}

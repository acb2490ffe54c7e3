// Package network reaches destinations through what stands around an agency:
// proxies of the system, by hand or by a PAC script, which may want Basic, NTLM
// or Negotiate; pinned authorities and client certificates. TLS 1.2 is the
// least. It knows nothing of messages.
package network

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Mode is how the proxy is found.
type Mode string

// The modes. The zero value is ModeSystem.
const (
	ModeSystem Mode = "system" // the environment; on Windows what the system says
	ModeNone   Mode = "none"
	ModeManual Mode = "manual" // Proxy.Address
	ModePAC    Mode = "pac"    // the script at Proxy.Address
)

// Login is how we say to the proxy who we are. A proxy is told only where it
// asks for that very scheme: there is no falling back from one to another, which
// would show a password to whoever asks for it in a weaker form.
type Login string

// The logins. The zero value is LoginBasic where there is a User, and none
// where there is not.
const (
	LoginBasic Login = "basic"
	// LoginNTLM is NTLM: with the User and Password, or without a User as who is
	// logged on to Windows.
	LoginNTLM Login = "ntlm"
	// LoginNegotiate without a User is Kerberos with the ticket of who is logged
	// on (Windows may put NTLM in its place); with a User it is NTLM inside of
	// Negotiate, with the Password.
	LoginNegotiate Login = "negotiate"
)

// Proxy says how the network is left.
type Proxy struct {
	Mode           Mode
	Address        string
	Login          Login
	User, Password string // User may be DOMAIN\NAME
}

// Config is how a destination is reached. The zero value is the system's proxy
// and the system's trust.
type Config struct {
	Proxy Proxy
	// TLS may hold a pinned CA and a client certificate. It is not modified.
	TLS *tls.Config
	// Guard is shared by all that show the same credentials; nil: one of its own.
	Guard *Guard
}

// connectTime bounds making a connection, and each step of a TLS handshake or a
// proxy's login.
const connectTime = 10 * time.Second

// finder answers which proxies a request may take, the best first; a nil one, or
// none at all, is the straight way.
type finder func(*http.Request) ([]*url.URL, error)

// Transport is the HTTP transport of c. Without keepAlive every request has a
// connection of its own.
func (c Config) Transport(keepAlive bool) (http.RoundTripper, error) {
	find, err := c.Proxy.finder()
	if err != nil {
		return nil, err
	}
	return c.through(find, keepAlive)
}

func (c Config) transport(proxy func(*http.Request) (*url.URL, error), keepAlive bool) *http.Transport {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLS != nil {
		t = c.TLS.Clone()
		t.MinVersion = max(t.MinVersion, tls.VersionTLS12)
	}
	return &http.Transport{
		Proxy:                  proxy,
		TLSClientConfig:        t,
		TLSHandshakeTimeout:    connectTime,
		MaxResponseHeaderBytes: 64 << 10,
		DisableKeepAlives:      !keepAlive,
		DisableCompression:     true, // an answer is bounded as it comes
		IdleConnTimeout:        30 * time.Second,
	}
}

func (p Proxy) finder() (finder, error) {
	switch p.Mode {
	case "", ModeSystem:
		return systemProxy(), nil
	case ModeNone:
		return func(*http.Request) ([]*url.URL, error) { return nil, nil }, nil
	case ModeManual:
		u, err := url.Parse(p.Address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
			return nil, fmt.Errorf("proxy: %q is no address of a proxy", p.Address)
		}
		if u.User != nil { // settings hold no passwords
			return nil, errors.New("proxy: the address names a user: the user has a field of its own")
		}
		return func(*http.Request) ([]*url.URL, error) { return []*url.URL{u}, nil }, nil
	case ModePAC:
		u, err := url.Parse(p.Address)
		if err != nil || u.Scheme != "file" && (u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "") {
			return nil, fmt.Errorf("proxy: %q is no address of a PAC script", p.Address)
		}
		return pacProxy(p.Address)
	}
	return nil, fmt.Errorf("proxy: unknown mode %q", p.Mode)
}

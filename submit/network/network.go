// Package network reaches destinations through what stands around an agency:
// proxies of the system, by hand or by a PAC script, which may want Basic, NTLM
// or Negotiate; pinned authorities and client certificates. TLS 1.2 is the
// least. It knows nothing of messages.
package network

import (
	"crypto/tls"
	"fmt"
	"net"
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

// Login is how we say to the proxy who we are.
type Login string

// The logins. The zero value is LoginBasic.
const (
	LoginBasic     Login = "basic"
	LoginNTLM      Login = "ntlm"
	LoginNegotiate Login = "negotiate" // NTLM inside of Negotiate; Kerberos is not spoken
)

// Proxy says how the network is left. Without a User no login is tried.
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
}

// connectTime bounds making a connection, and each step of a TLS handshake or a
// proxy's login.
const connectTime = 10 * time.Second

// finder answers which proxy a request takes; nil: none.
type finder func(*http.Request) (*url.URL, error)

// Transport is the HTTP transport of c. Without keepAlive every request has a
// connection of its own.
func (c Config) Transport(keepAlive bool) (http.RoundTripper, error) {
	find, err := c.Proxy.finder()
	if err != nil {
		return nil, err
	}
	switch {
	case c.Proxy.User == "":
		return c.transport(find, keepAlive), nil
	case c.Proxy.Login == "" || c.Proxy.Login == LoginBasic:
		return c.transport(withUser(find, url.UserPassword(c.Proxy.User, c.Proxy.Password)), keepAlive), nil
	case c.Proxy.Login == LoginNTLM || c.Proxy.Login == LoginNegotiate:
		return c.authenticated(find, keepAlive), nil
	}
	return nil, fmt.Errorf("proxy: unknown login %q", c.Proxy.Login)
}

func (c Config) transport(find finder, keepAlive bool) *http.Transport {
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.TLS != nil {
		t = c.TLS.Clone()
		t.MinVersion = max(t.MinVersion, tls.VersionTLS12)
	}
	return &http.Transport{
		Proxy:                  find,
		DialContext:            (&net.Dialer{Timeout: connectTime}).DialContext,
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
		return func(*http.Request) (*url.URL, error) { return nil, nil }, nil
	case ModeManual:
		u, err := url.Parse(p.Address)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("proxy: %q is no address of a proxy", p.Address)
		}
		return http.ProxyURL(u), nil
	case ModePAC:
		return pacProxy(p.Address)
	}
	return nil, fmt.Errorf("proxy: unknown mode %q", p.Mode)
}

// withUser names the user in the addresses that find gives.
func withUser(find finder, user *url.Userinfo) finder {
	return func(r *http.Request) (*url.URL, error) {
		u, err := find(r)
		if u == nil || err != nil || u.User != nil {
			return u, err
		}
		named := *u
		named.User = user
		return &named, nil
	}
}

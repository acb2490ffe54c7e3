package network_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"trinhky/submit/network"
)

// target is what lies behind the proxy; it says how it was asked.
func target(t *testing.T, secure bool) *httptest.Server {
	t.Helper()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.Method+" "+r.URL.Path+" "+string(body)+" "+r.Header.Get("Proxy-Authorization"))
	})
	s := httptest.NewUnstartedServer(h)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

func pool(s *httptest.Server) *tls.Config {
	p := x509.NewCertPool()
	p.AddCert(s.Certificate())
	return &tls.Config{RootCAs: p}
}

func transport(t *testing.T, c network.Config, keepAlive bool) http.RoundTripper {
	t.Helper()
	tr, err := c.Transport(keepAlive)
	if err != nil {
		t.Fatal(err)
	}
	if idle, ok := tr.(interface{ CloseIdleConnections() }); ok {
		t.Cleanup(idle.CloseIdleConnections)
	}
	return tr
}

func post(t *testing.T, tr http.RoundTripper, address string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address+"/sendEdoc", strings.NewReader("message"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := tr.RoundTrip(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		return "", errors.New(resp.Status)
	}
	return string(body), err
}

// Every login through a proxy that wants exactly it, to plain and to TLS
// destinations: the message arrives once, and never with our login.
func TestLogins(t *testing.T) {
	for _, login := range []network.Login{network.LoginBasic, network.LoginNTLM, network.LoginNegotiate} {
		for name, secure := range map[string]bool{"plain": false, "tls": true} {
			t.Run(string(login)+"/"+name, func(t *testing.T) {
				p, s := newProxy(t, login), target(t, secure)
				c := network.Config{Proxy: network.Proxy{
					Mode: network.ModeManual, Address: p.URL, Login: login, User: `MAU\vanthu`, Password: "mật khẩu",
				}}
				if secure {
					c.TLS = pool(s)
				}
				for _, keepAlive := range []bool{false, true, true} {
					if got, err := post(t, transport(t, c, keepAlive), s.URL); err != nil || got != "POST /sendEdoc message " {
						t.Errorf("%q, %v", got, err)
					}
				}
				if p.passed.Load() == 0 {
					t.Error("nothing went through the proxy")
				}
				c.Proxy.Password = "sai"
				if got, err := post(t, transport(t, c, false), s.URL); err == nil {
					t.Errorf("a wrong password: %q", got)
				}
				if n := p.messages.Load(); n != 3 && !secure {
					t.Errorf("%d messages went through", n)
				}
			})
		}
	}
}

// A proxy that asks nobody lets everybody through.
func TestNoQuestion(t *testing.T) {
	p, s := newProxy(t, ""), target(t, false)
	c := network.Config{Proxy: network.Proxy{Mode: network.ModeManual, Address: p.URL, Login: network.LoginNTLM, User: "x", Password: "y"}}
	if got, err := post(t, transport(t, c, true), s.URL); err != nil || got == "" {
		t.Errorf("%q, %v", got, err)
	}
}

// The environment's proxy and "none".
func TestModes(t *testing.T) {
	s := target(t, false)
	for _, m := range []network.Mode{"", network.ModeSystem, network.ModeNone} {
		if got, err := post(t, transport(t, network.Config{Proxy: network.Proxy{Mode: m}}, false), s.URL); err != nil || got == "" {
			t.Errorf("%q: %q, %v", m, got, err)
		}
	}
	for _, p := range []network.Proxy{
		{Mode: "smoke"},
		{Mode: network.ModeManual, Address: "nowhere"},
		{Mode: network.ModeManual, Address: "http://127.0.0.1:1", User: "x", Login: "smoke"},
	} {
		if _, err := (network.Config{Proxy: p}).Transport(false); err == nil {
			t.Errorf("%+v was taken", p)
		}
	}
}

// TLS 1.1 is never spoken, a server of another authority never trusted, a client
// certificate shown where it is asked for.
func TestTLS(t *testing.T) {
	s := target(t, true)
	if _, err := post(t, transport(t, network.Config{}, false), s.URL); err == nil {
		t.Error("a server that nobody vouches for was trusted")
	}
	if _, err := post(t, transport(t, network.Config{TLS: pool(s)}, false), s.URL); err != nil {
		t.Error(err)
	}
	old := httptest.NewUnstartedServer(http.NotFoundHandler())
	old.TLS = &tls.Config{MaxVersion: tls.VersionTLS11} //nolint:gosec // what must be refused
	old.StartTLS()
	t.Cleanup(old.Close)
	c := pool(old)
	c.MinVersion = tls.VersionTLS10 //nolint:gosec // asked for, and not granted
	if _, err := post(t, transport(t, network.Config{TLS: c}, false), old.URL); err == nil {
		t.Error("TLS 1.1 was spoken")
	}
	asking := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "known")
	}))
	asking.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	asking.StartTLS()
	t.Cleanup(asking.Close)
	mine := pool(asking)
	if _, err := post(t, transport(t, network.Config{TLS: mine}, false), asking.URL); err == nil {
		t.Error("without a certificate")
	}
	mine.Certificates = asking.TLS.Certificates
	if got, err := post(t, transport(t, network.Config{TLS: mine}, false), asking.URL); err != nil || got != "known" {
		t.Errorf("%q, %v", got, err)
	}
}

// A proxy that breaks off, answers nonsense or never ends its page is an error
// before anything was sent.
func TestBadProxies(t *testing.T) {
	s := target(t, false)
	for name, answer := range map[string]string{
		"nothing":       "",
		"nonsense":      "hello\r\n\r\n",
		"no challenge":  "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM\r\nContent-Length: 0\r\n\r\n",
		"bad challenge": "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM AAAA\r\nContent-Length: 0\r\n\r\n",
		"bad base64":    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: NTLM ***\r\nContent-Length: 0\r\n\r\n",
		"only basic":    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					_, _ = c.Read(make([]byte, 4096))
					_, _ = io.WriteString(c, answer)
					_ = c.Close()
				}
			}()
			c := network.Config{Proxy: network.Proxy{
				Mode: network.ModeManual, Address: (&url.URL{Scheme: "http", Host: l.Addr().String()}).String(),
				Login: network.LoginNTLM, User: "x", Password: "y",
			}}
			if got, err := post(t, transport(t, c, true), s.URL); err == nil {
				t.Errorf("%q", got)
			}
		})
	}
}

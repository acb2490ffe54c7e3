package network_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"testing"

	"trinhky/submit/network"
)

func through(p *proxy, login network.Login, password string) network.Config {
	return network.Config{Proxy: network.Proxy{
		Mode: network.ModeManual, Address: p.URL, Login: login, User: proxyDomain + `\` + proxyUser, Password: password,
	}}
}

// A password is shown to a proxy that asks for it, and to no other.
func TestPasswordIsAskedFor(t *testing.T) {
	plain, secure := target(t, false), target(t, true)
	for _, login := range []network.Login{network.LoginBasic, network.LoginNTLM, network.LoginNegotiate} {
		t.Run(string(login), func(t *testing.T) {
			open := newProxy(t, "") // asks nobody
			c := through(open, login, proxyPassword)
			c.TLS = pool(secure)
			for _, to := range []string{plain.URL, secure.URL} {
				if _, err := post(t, transport(t, c, true), to); err != nil {
					t.Error(err)
				}
			}
			if n := open.shown.Load(); n != 0 {
				t.Errorf("shown %d times to who did not ask", n)
			}
			for _, asks := range []network.Login{network.LoginBasic, network.LoginNTLM} {
				if asks == login {
					continue
				}
				other := newProxy(t, asks)
				c.Proxy.Address = other.URL
				for _, to := range []string{plain.URL, secure.URL} {
					_, err := post(t, transport(t, c, true), to)
					var no *network.LoginError
					if !errors.As(err, &no) || no.ProblemCode() != "proxy-scheme" || other.shown.Load() != 0 {
						t.Errorf("%s: %v, shown %d times", asks, err, other.shown.Load())
					}
				}
			}
		})
	}
}

// A refused password is not shown again, by none of those that share a guard;
// another one is tried at once.
func TestRefusedPasswordIsShownOnce(t *testing.T) {
	plain, secure := target(t, false), target(t, true)
	for login, tokens := range map[network.Login]int32{network.LoginBasic: 1, network.LoginNTLM: 2, network.LoginNegotiate: 2} {
		t.Run(string(login), func(t *testing.T) {
			p := newProxy(t, login)
			c := through(p, login, "sai mật khẩu")
			c.TLS, c.Guard = pool(secure), network.NewGuard()
			for _, to := range []string{plain.URL, secure.URL, plain.URL, secure.URL} {
				_, err := post(t, transport(t, c, true), to)
				var no *network.LoginError
				if !errors.As(err, &no) || no.ProblemCode() != "proxy-refused" {
					t.Errorf("%v", err)
				}
			}
			if n := p.shown.Load(); n != tokens || p.messages.Load() != 0 {
				t.Errorf("%d tokens, want %d; %d messages", n, tokens, p.messages.Load())
			}
			c.Proxy.Password = proxyPassword
			for _, to := range []string{plain.URL, secure.URL} {
				if _, err := post(t, transport(t, c, true), to); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// A proxy may end the connection with its question: the answer goes over a new
// one.
func TestProxyEndsWithItsQuestion(t *testing.T) {
	plain, secure := target(t, false), target(t, true)
	for _, login := range []network.Login{network.LoginBasic, network.LoginNTLM, network.LoginNegotiate} {
		p := newProxy(t, login)
		p.ends = true
		c := through(p, login, proxyPassword)
		c.TLS = pool(secure)
		for _, to := range []string{plain.URL, secure.URL} {
			if _, err := post(t, transport(t, c, true), to); err != nil {
				t.Errorf("%s, %s: %v", login, to, err)
			}
		}
	}
}

// Settings hold no passwords: an address with one is none.
func TestAddressWithUser(t *testing.T) {
	p := network.Proxy{Mode: network.ModeManual, Address: "http://vanthu:x@127.0.0.1:3128"}
	if _, err := (network.Config{Proxy: p}).Transport(true); err == nil {
		t.Error("it was taken")
	}
	p = network.Proxy{Mode: network.ModeManual, Address: "http://127.0.0.1:3128", Login: "smoke"}
	if _, err := (network.Config{Proxy: p}).Transport(true); err == nil {
		t.Error("a login that nobody knows was taken")
	}
}

// The environment may name the user of its proxy.
func TestUserOfTheEnvironment(t *testing.T) {
	p := newProxy(t, network.LoginBasic)
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(proxyDomain+`\`+proxyUser, proxyPassword)
	c := network.Config{}
	tr := network.Through(c, func(*http.Request) ([]*url.URL, error) { return []*url.URL{u}, nil })
	if _, err := post(t, tr, target(t, false).URL); err != nil {
		t.Error(err)
	}
}

// Of several proxies the first that answers is taken.
func TestDeadProxy(t *testing.T) {
	dead := &url.URL{Scheme: "http", Host: free(t)}
	p := newProxy(t, "")
	alive, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	secure := target(t, true)
	tr := network.Through(network.Config{TLS: pool(secure)}, func(*http.Request) ([]*url.URL, error) {
		return []*url.URL{dead, alive}, nil
	})
	to := target(t, false).URL
	if _, err := post(t, tr, to); err == nil {
		t.Error("a dead proxy answered")
	}
	for _, to := range []string{to, secure.URL} {
		if _, err := post(t, tr, to); err != nil {
			t.Error(err)
		}
	}
}

// free is an address below those that the system gives to outgoing
// connections, of which one might take it before a server does.
func free(t *testing.T) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 12000+rand.IntN(20000)))
		if err == nil {
			_ = l.Close()
			return l.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

package network

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

// A PAC script is run by the system: it chooses by the host.
func TestPACScript(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-ns-proxy-autoconfig")
		_, _ = io.WriteString(w, `function FindProxyForURL(url, host) { return host == "truc.mau.example" ? "PROXY proxy.mau.example:3128" : "DIRECT"; }`)
	}))
	t.Cleanup(s.Close)
	find, err := pacProxy(s.URL + "/proxy.pac")
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{"truc.mau.example": "http://proxy.mau.example:3128", "khac.mau.example": ""} {
		all, err := find(&http.Request{URL: &url.URL{Scheme: "http", Host: host}})
		got := ""
		if len(all) > 0 && all[0] != nil {
			got = all[0].String()
		}
		if err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", host, got, err, want)
		}
	}
	if _, err := systemProxy()(&http.Request{URL: &url.URL{Scheme: "http", Host: "truc.mau.example"}}); err != nil {
		t.Errorf("the system's proxy: %v", err)
	}
	if _, err := pacProxy("nowhere"); err == nil {
		t.Error("no address was taken")
	}
}

// A system without a scheme, or with nobody logged on for it, says so; it never
// ends the program.
func TestLoggedOn(t *testing.T) {
	for _, l := range []Login{LoginNegotiate, LoginNTLM} {
		made, err := loggedOn(l)("proxy.mau.example")
		if err == nil {
			var token []byte
			token, err = made.next(nil)
			made.close()
			if err == nil && len(token) == 0 {
				t.Errorf("%s: an empty token", l)
			}
		}
		var none *TicketError
		if err != nil && !errors.As(err, &none) {
			t.Errorf("%s: %v", l, err)
		}
	}
}

package network

import (
	"strings"
	"testing"
)

func TestProxyLists(t *testing.T) {
	for _, c := range []struct{ list, scheme, want string }{
		{"proxy:8080", "http", "http://proxy:8080"},
		{"http=a:1;https=b:2", "https", "http://b:2"},
		{"http=a:1;https=b:2", "http", "http://a:1"},
		{"a:1;b:2", "https", "http://a:1 http://b:2"},
		{"ftp=a:1", "http", ""},
		{"https://secure:443 other:1", "http", "https://secure:443 http://other:1"},
		{"socks=a:1;http=b:2", "http", "http://b:2"},
		{"", "http", ""},
		{";;", "http", ""},
	} {
		var all []string
		for _, u := range chosen(c.list, c.scheme) {
			all = append(all, u.String())
		}
		if got := strings.Join(all, " "); got != c.want {
			t.Errorf("%q for %s: %q, want %q", c.list, c.scheme, got, c.want)
		}
	}
	for _, c := range []struct {
		list, host string
		want       bool
	}{
		{"<local>", "may-chu", true},
		{"<local>", "truc.gov.vn", false},
		{"<local>", "127.0.0.1", false},
		{"*.mau.example;10.*", "vt.MAU.example", true},
		{"*.mau.example;10.*", "10.1.2.3", true},
		{"*.mau.example", "mau.example", false},
		{"", "x", false},
	} {
		if got := bypassed(c.list, c.host); got != c.want {
			t.Errorf("%q, %s: %v", c.list, c.host, got)
		}
	}
}

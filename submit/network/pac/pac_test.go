package pac_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"trinhky/submit/network/pac"
)

// names is a resolver that knows a few names, and a clock that stands: Sunday,
// 22 November 2026, 09:30:15 in Hà Nội.
func names() pac.System {
	known := map[string][]net.IP{
		"truc.mau.example": {net.ParseIP("10.1.2.3")},
		"hai.mau.example":  {net.ParseIP("fd00::1"), net.ParseIP("192.168.7.9")},
		"sau.mau.example":  {net.ParseIP("fd00::2")},
	}
	return pac.System{
		Resolve: func(_ context.Context, host string) ([]net.IP, error) {
			if all, ok := known[host]; ok {
				return all, nil
			}
			return nil, errors.New("no such host")
		},
		Own: func() net.IP { return net.IPv4(10, 9, 8, 7) },
		Now: func() time.Time {
			return time.Date(2026, 11, 22, 9, 30, 15, 0, time.FixedZone("ICT", 7*3600))
		},
	}
}

func find(t *testing.T, source, address string) (string, error) {
	t.Helper()
	s, err := pac.Parse(source, names())
	if err != nil {
		return "", err
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	all, err := s.Find(t.Context(), u)
	texts := make([]string, len(all))
	for i, u := range all {
		texts[i] = "DIRECT"
		if u != nil {
			texts[i] = u.String()
		}
	}
	return strings.Join(texts, " "), err
}

// The helpers, each by an expression that must be true or false.
func TestHelpers(t *testing.T) {
	for expression, want := range map[string]bool{
		`isPlainHostName("truc")`:                                                       true,
		`isPlainHostName("truc.mau.example")`:                                           false,
		`dnsDomainIs("truc.MAU.example", ".mau.example")`:                               true,
		`dnsDomainIs("truc.khac.example", ".mau.example")`:                              false,
		`localHostOrDomainIs("truc", "truc.mau.example")`:                               true,
		`localHostOrDomainIs("truc.khac.example", "truc.mau.example")`:                  false,
		`isResolvable("truc.mau.example")`:                                              true,
		`isResolvable("khong.mau.example")`:                                             false,
		`isResolvable("sau.mau.example")`:                                               false, // IPv6 alone
		`isResolvableEx("sau.mau.example")`:                                             true,
		`isInNet("truc.mau.example", "10.0.0.0", "255.0.0.0")`:                          true,
		`isInNet("10.200.1.1", "10.0.0.0", "255.0.0.0")`:                                true,
		`isInNet("11.0.0.1", "10.0.0.0", "255.0.0.0")`:                                  false,
		`isInNet("khong.mau.example", "10.0.0.0", "255.0.0.0")`:                         false,
		`isInNet("10.0.0.1", "mạng", "255.0.0.0")`:                                      false,
		`isInNetEx("sau.mau.example", "fd00::/16")`:                                     true,
		`isInNetEx("sau.mau.example", "10.0.0.0/8")`:                                    false,
		`dnsResolve("hai.mau.example") == "192.168.7.9"`:                                true,
		`dnsResolve("khong.mau.example") === null`:                                      true,
		`dnsResolveEx("hai.mau.example") == "fd00::1;192.168.7.9"`:                      true,
		`myIpAddress() == "10.9.8.7"`:                                                   true,
		`isInNet(myIpAddress(), "10.9.0.0", "255.255.0.0")`:                             true,
		`dnsDomainLevels("a.b.c") == 2`:                                                 true,
		`convert_addr("1.2.3.4") == 16909060`:                                           true,
		`sortIpAddressList("10.2.0.1;fd00::1;10.1.0.1") == "fd00::1;10.1.0.1;10.2.0.1"`: true,
		`shExpMatch("http://a.mau.example/x", "*.mau.example/*")`:                       true,
		`shExpMatch("a.mau.example", "?.mau.example")`:                                  true,
		`shExpMatch("ab.mau.example", "?.mau.example")`:                                 false,
		`shExpMatch("a+b", "a+b")`:                                                      true,
		`shExpMatch("aab", "a+b")`:                                                      false,
		`shExpMatch("", "*")`:                                                           true,
		`weekdayRange("SUN")`:                                                           true,
		`weekdayRange("MON", "FRI")`:                                                    false,
		`weekdayRange("SAT", "MON")`:                                                    true,
		`weekdayRange("SUN", "SUN", "GMT")`:                                             true,
		`weekdayRange("CHỦ NHẬT")`:                                                      false,
		`timeRange(9)`:                                                                  true,
		`timeRange(2, "GMT")`:                                                           true,
		`timeRange(8, 9)`:                                                               true,
		`timeRange(10, 17)`:                                                             false,
		`timeRange(22, 9)`:                                                              true,
		`timeRange(9, 0, 9, 29)`:                                                        false,
		`timeRange(9, 0, 9, 30)`:                                                        true,
		`timeRange(9, 30, 10, 9, 30, 15)`:                                               true,
		`timeRange(9, 30, 16, 9, 31, 0)`:                                                false,
		`dateRange(22)`:                                                                 true,
		`dateRange("NOV")`:                                                              true,
		`dateRange(2026)`:                                                               true,
		`dateRange(2025)`:                                                               false,
		`dateRange(20, 25)`:                                                             true,
		`dateRange("DEC", "FEB")`:                                                       false,
		`dateRange("OCT", "FEB")`:                                                       true,
		`dateRange(1, "JUN", 23, "NOV")`:                                                true,
		`dateRange(1, "JUN", 2025, 21, "NOV", 2026)`:                                    false,
		`dateRange("JAN", 2026, "DEC", 2026)`:                                           true,
		`dateRange(99, "XYZ")`:                                                          false,
	} {
		got, err := find(t, `function FindProxyForURL(url, host) { return (`+expression+`) ? "PROXY yes:1" : "DIRECT"; }`, "http://truc.mau.example/")
		if err != nil || (got == "http://yes:1") != want || got != "http://yes:1" && got != "DIRECT" {
			t.Errorf("%s: %s, %v", expression, got, err)
		}
	}
}

// What a script answers, and what it is told: never a path or a query.
func TestAnswers(t *testing.T) {
	for answer, want := range map[string]string{
		`"DIRECT"`:                      "DIRECT",
		`""`:                            "",
		`"PROXY a:1"`:                   "http://a:1",
		`"proxy a:1; Direct"`:           "http://a:1 DIRECT",
		`"HTTPS b:2; PROXY a:1;"`:       "https://b:2 http://a:1",
		`"SOCKS c:3; PROXY a:1"`:        "http://a:1",
		`"PROXY " + url.length + ":1"`:  "http://25:1", // https://truc.mau.example/
		`"PROXY " + host.length + ":1"`: "http://16:1",
	} {
		if got, err := find(t, `function FindProxyForURL(url, host) { return `+answer+`; }`, "https://truc.mau.example/mật?khẩu=1"); err != nil || got != want {
			t.Errorf("%s: %q, %v", answer, got, err)
		}
	}
}

// A script that makes no sense, or never ends, is an error and never the
// straight way.
func TestBadScripts(t *testing.T) {
	for name, source := range map[string]string{
		"empty":         ``,
		"no JavaScript": `<html>Đăng nhập</html>`,
		"no function":   `var x = 1;`,
		"no text":       `function FindProxyForURL() { return 7; }`,
		"nothing":       `function FindProxyForURL() {}`,
		"throws":        `function FindProxyForURL() { throw "x"; }`,
		"unknown":       `function FindProxyForURL() { return require("fs"); }`,
		"no end":        `function FindProxyForURL() { for (;;) {} }`,
		"no end above":  `for (;;) {}`,
		"recursion":     `function FindProxyForURL() { return FindProxyForURL(); }`,
		"only SOCKS":    `function FindProxyForURL() { return "SOCKS a:1"; }`,
		"bad proxy":     `function FindProxyForURL() { return "PROXY"; }`,
		"path":          `function FindProxyForURL() { return "PROXY a:1/x"; }`,
		"too long":      strings.Repeat(" ", pac.MaxSize+1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := find(t, source, "http://truc.mau.example/"); err == nil {
				t.Errorf("%q", got)
			}
		})
	}
}

func FuzzFind(f *testing.F) {
	f.Add(`function FindProxyForURL(url, host) { return shExpMatch(host, "*.example") ? "PROXY a:1; DIRECT" : "HTTPS b"; }`, "truc.mau.example")
	f.Add(`function FindProxyForURL(url, host) { return dateRange(1, "JAN", timeRange()) + weekdayRange(host); }`, "::1")
	f.Fuzz(func(_ *testing.T, source, host string) {
		s, err := pac.Parse(source, names())
		if err != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		_, _ = s.Find(ctx, &url.URL{Scheme: "http", Host: host})
	})
}

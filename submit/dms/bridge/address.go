package bridge

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// reach is how far an address lies.
type reach int

const (
	public reach = iota
	private
	here   // this computer, or only this link
	nobody // no unicast address
)

// special are the ranges that net/netip does not name.
func special() []struct {
	prefix netip.Prefix
	reach  reach
} {
	return []struct {
		prefix netip.Prefix
		reach  reach
	}{
		{netip.MustParsePrefix("0.0.0.0/8"), nobody},
		{netip.MustParsePrefix("100.64.0.0/10"), private},
		{netip.MustParsePrefix("192.0.0.0/24"), nobody},
		{netip.MustParsePrefix("198.18.0.0/15"), private},
		{netip.MustParsePrefix("240.0.0.0/4"), nobody},
		{netip.MustParsePrefix("64:ff9b::/96"), nobody},   // IPv4 behind a translator
		{netip.MustParsePrefix("64:ff9b:1::/48"), nobody}, //
		{netip.MustParsePrefix("2002::/16"), nobody},      // 6to4
		{netip.MustParsePrefix("2001::/32"), nobody},      // Teredo
		{netip.MustParsePrefix("fec0::/10"), private},
	}
}

func reachOf(a netip.Addr) reach {
	a = a.Unmap()
	switch {
	case !a.IsValid() || a.IsUnspecified() || a.IsMulticast():
		return nobody
	case a.IsLoopback(), a.IsLinkLocalUnicast():
		return here
	case a.IsPrivate():
		return private
	}
	for _, s := range special() {
		if s.prefix.Contains(a) {
			return s.reach
		}
	}
	return public
}

// guard decides which addresses a call may reach.
type guard struct {
	resolver Resolver
	site     origin
	private  bool // the person, or a policy, allowed private addresses for the site
}

// errPrivate: the address is private and nobody said that it may be.
var errPrivate = errors.New("a private address")

// addresses resolves a host once and gives the addresses to dial. All of them
// must be allowed: a name that mixes inside and outside is a trick.
func (g guard) addresses(ctx context.Context, host string) ([]netip.Addr, error) {
	all := []netip.Addr{}
	if a, err := netip.ParseAddr(host); err == nil {
		all = append(all, a)
	} else if all, err = g.resolver.LookupNetIP(ctx, "ip", host); err != nil {
		return nil, failed(ReasonFetch, host, err)
	}
	if len(all) == 0 {
		return nil, refuse(ReasonFetch, host)
	}
	for _, a := range all {
		switch reachOf(a) {
		case public:
		case private:
			if !g.private && !g.literal(host) {
				return nil, failed(ReasonAddress, host, errPrivate)
			}
		case here:
			if !g.site.loopback() {
				return nil, refuse(ReasonAddress, host)
			}
		case nobody:
			return nil, refuse(ReasonAddress, host)
		}
	}
	return all, nil
}

// literal says that the site itself is called by this very address.
func (g guard) literal(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil && host == g.site.host
}

// transport dials only what addresses gives. No proxy: behind one the address
// could not be checked.
func (s *Server) transport(g guard) *http.Transport {
	dialer := &net.Dialer{Timeout: 15 * time.Second}
	t := &http.Transport{
		Proxy: nil, DisableKeepAlives: true, TLSHandshakeTimeout: 15 * time.Second,
		ResponseHeaderTimeout: s.lim.Idle, MaxResponseHeaderBytes: 64 << 10, DisableCompression: true,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			all, err := g.addresses(ctx, host)
			if err != nil {
				return nil, err
			}
			var conn net.Conn
			for _, a := range all {
				if conn, err = dialer.DialContext(ctx, network, net.JoinHostPort(a.Unmap().String(), port)); err == nil {
					break
				}
			}
			return conn, err
		},
	}
	if s.c.TLS != nil {
		t.TLSClientConfig = s.c.TLS.Clone()
	}
	return t
}

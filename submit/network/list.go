package network

import (
	"net"
	"net/url"
	"path"
	"strings"
)

// chosen are the proxies for a scheme out of a list as Windows writes it:
// "host:port", "http=host:port;https=host:port", those that fit in their order.
func chosen(list, scheme string) []*url.URL {
	var all []*url.URL
	for _, entry := range strings.FieldsFunc(list, func(r rune) bool { return r == ';' || r == ' ' || r == '\t' }) {
		kind, address, typed := strings.Cut(entry, "=")
		if !typed {
			address = entry
		}
		if typed && !strings.EqualFold(kind, scheme) {
			continue
		}
		if !strings.Contains(address, "://") {
			address = "http://" + address
		}
		u, err := url.Parse(address)
		if err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https") {
			all = append(all, u)
		}
	}
	return all
}

// bypassed tells whether a list of exceptions names the host: "<local>" is a
// name without a dot, "*" stands for anything.
func bypassed(list, host string) bool {
	host = strings.ToLower(host)
	for _, entry := range strings.FieldsFunc(list, func(r rune) bool { return r == ';' || r == ' ' || r == '\t' }) {
		entry = strings.ToLower(entry)
		if entry == "<local>" && !strings.Contains(host, ".") && net.ParseIP(host) == nil {
			return true
		}
		if ok, err := path.Match(entry, host); err == nil && ok {
			return true
		}
	}
	return false
}

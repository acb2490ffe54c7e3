package pac

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/dop251/goja"
)

// helpers are the functions of one run.
type helpers struct {
	ctx    context.Context
	vm     *goja.Runtime
	system System
	known  map[string][]net.IP // what was resolved in this run
}

// maxNames bounds what one run may resolve.
const maxNames = 32

func (h *helpers) define() error {
	h.known = map[string][]net.IP{}
	var faults []error
	for name, f := range map[string]any{
		"isPlainHostName":     func(host string) bool { return !strings.ContainsAny(host, ".:") },
		"dnsDomainIs":         dnsDomainIs,
		"localHostOrDomainIs": localHostOrDomainIs,
		"isResolvable":        func(host string) bool { return h.first(host) != nil },
		"isInNet":             h.isInNet,
		"dnsResolve":          h.dnsResolve,
		"myIpAddress":         func() string { return h.system.Own().String() },
		"dnsDomainLevels":     func(host string) int { return strings.Count(host, ".") },
		"convert_addr":        convertAddr,
		"shExpMatch":          shExpMatch,
		"weekdayRange":        h.weekdayRange,
		"dateRange":           h.dateRange,
		"timeRange":           h.timeRange,
		"alert":               func(goja.FunctionCall) goja.Value { return goja.Undefined() },
		// Of Microsoft, for both kinds of addresses.
		"isResolvableEx":    func(host string) bool { return len(h.resolve(host)) > 0 },
		"isInNetEx":         h.isInNetEx,
		"dnsResolveEx":      h.dnsResolveEx,
		"myIpAddressEx":     func() string { return h.system.Own().String() },
		"sortIpAddressList": sortIPAddressList,
		"getClientVersion":  func() string { return "1.0" },
	} {
		faults = append(faults, h.vm.Set(name, f))
	}
	return errors.Join(faults...)
}

func dnsDomainIs(host, domain string) bool {
	return strings.HasSuffix(strings.ToLower(host), strings.ToLower(domain))
}

func localHostOrDomainIs(host, whole string) bool {
	host, whole = strings.ToLower(host), strings.ToLower(whole)
	return host == whole || !strings.Contains(host, ".") && strings.HasPrefix(whole, host+".")
}

// resolve asks each name once a run.
func (h *helpers) resolve(host string) []net.IP {
	if ip := net.ParseIP(host); ip != nil {
		return []net.IP{ip}
	}
	if all, ok := h.known[host]; ok || host == "" || len(h.known) >= maxNames {
		return all
	}
	all, err := h.system.Resolve(h.ctx, host)
	if err != nil {
		all = nil // a name that cannot be resolved is an answer in PAC
	}
	h.known[host] = all
	return all
}

// first is the first IPv4 address: the older helpers know no other.
func (h *helpers) first(host string) net.IP {
	for _, ip := range h.resolve(host) {
		if v4 := ip.To4(); v4 != nil {
			return v4
		}
	}
	return nil
}

func (h *helpers) dnsResolve(host string) goja.Value {
	if ip := h.first(host); ip != nil {
		return h.vm.ToValue(ip.String())
	}
	return goja.Null()
}

func (h *helpers) dnsResolveEx(host string) string {
	all := h.resolve(host)
	texts := make([]string, len(all))
	for i, ip := range all {
		texts[i] = ip.String()
	}
	return strings.Join(texts, ";")
}

func (h *helpers) isInNet(host, pattern, mask string) bool {
	ip, net4, mask4 := h.first(host), net.ParseIP(pattern).To4(), net.ParseIP(mask).To4()
	if ip == nil || net4 == nil || mask4 == nil {
		return false
	}
	return ip.Mask(net.IPMask(mask4)).Equal(net4.Mask(net.IPMask(mask4)))
}

// isInNetEx takes a prefix: "10.0.0.0/8", "fe80::/10".
func (h *helpers) isInNetEx(host, prefix string) bool {
	_, network, err := net.ParseCIDR(prefix)
	return err == nil && slices.ContainsFunc(h.resolve(host), network.Contains)
}

func convertAddr(text string) uint32 {
	ip := net.ParseIP(text).To4()
	if ip == nil {
		return 0
	}
	return uint32(ip[0])<<24 | uint32(ip[1])<<16 | uint32(ip[2])<<8 | uint32(ip[3])
}

// sortIPAddressList sorts addresses, IPv6 first, as Microsoft has it.
func sortIPAddressList(list string) string {
	all := strings.Split(list, ";")
	slices.SortStableFunc(all, func(a, b string) int {
		if x, y := strings.Contains(a, ":"), strings.Contains(b, ":"); x != y {
			if x {
				return -1
			}
			return 1
		}
		return strings.Compare(string(net.ParseIP(a).To16()), string(net.ParseIP(b).To16()))
	})
	return strings.Join(all, ";")
}

// shExpMatch knows * and ? alone. It takes linear space and time in the product
// of both lengths, whatever the pattern.
func shExpMatch(text, pattern string) bool {
	t, p := 0, 0
	star, mark := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t] && pattern[p] != '*'):
			t, p = t+1, p+1
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case star >= 0:
			mark++
			t, p = mark, star+1
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

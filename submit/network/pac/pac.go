// Package pac evaluates proxy auto-configuration scripts: JavaScript with one
// function, FindProxyForURL, and the helpers that Netscape defined for it. The
// script reaches nothing but names and addresses, and has a limited time; it is
// the network's own, as the proxies are.
package pac

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/dop251/goja"
)

// The limits of a script.
const (
	MaxSize  = 1 << 20 // bytes
	runTime  = 2 * time.Second
	maxDepth = 256 // calls within calls
)

// System is what a script may ask. The zero value asks the system.
type System struct {
	// Resolve gives the addresses of a name.
	Resolve func(ctx context.Context, host string) ([]net.IP, error)
	// Own is our address as others see it.
	Own func() net.IP
	Now func() time.Time
}

func (s System) withDefaults() System {
	if s.Resolve == nil {
		s.Resolve = func(ctx context.Context, host string) ([]net.IP, error) {
			return net.DefaultResolver.LookupIP(ctx, "ip", host)
		}
	}
	if s.Own == nil {
		s.Own = ownAddress
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	return s
}

// ownAddress is that of the way out; nothing is sent.
func ownAddress() net.IP {
	c, err := net.Dial("udp4", "192.0.2.1:9") // TEST-NET-1, RFC 5737
	if err != nil {
		return net.IPv4(127, 0, 0, 1)
	}
	defer func() { _ = c.Close() }()
	if a, ok := c.LocalAddr().(*net.UDPAddr); ok {
		return a.IP
	}
	return net.IPv4(127, 0, 0, 1)
}

// Script is a script that compiles. It is safe for concurrent use: every answer
// is that of a fresh run.
type Script struct {
	program *goja.Program
	system  System
}

// Parse compiles a script.
func Parse(source string, s System) (*Script, error) {
	if len(source) > MaxSize {
		return nil, fmt.Errorf("a PAC script of more than %d KB", MaxSize>>10)
	}
	p, err := goja.Compile("proxy.pac", strings.TrimPrefix(source, "\uFEFF"), false)
	if err != nil {
		return nil, fmt.Errorf("the PAC script cannot be read: %w", err)
	}
	return &Script{p, s.withDefaults()}, nil
}

// Find are the proxies that the script names for an address, the best first; a
// nil one is the straight way. The script is told no path and no query: they are
// the destination's alone.
func (s *Script) Find(ctx context.Context, target *url.URL) ([]*url.URL, error) {
	ctx, cancel := context.WithTimeout(ctx, runTime)
	defer cancel()
	vm := goja.New()
	vm.SetMaxCallStackSize(maxDepth)
	stop := context.AfterFunc(ctx, func() { vm.Interrupt("it takes too long") })
	defer stop()
	if err := (&helpers{ctx: ctx, vm: vm, system: s.system}).define(); err != nil {
		return nil, err
	}
	answer, err := s.run(vm, target)
	if err != nil {
		return nil, fmt.Errorf("the PAC script: %w", err)
	}
	return list(answer)
}

func (s *Script) run(vm *goja.Runtime, target *url.URL) (string, error) {
	if _, err := vm.RunProgram(s.program); err != nil {
		return "", err
	}
	for _, name := range []string{"FindProxyForURLEx", "FindProxyForURL"} {
		find, ok := goja.AssertFunction(vm.Get(name))
		if !ok {
			continue
		}
		v, err := find(goja.Undefined(), vm.ToValue(target.Scheme+"://"+target.Host+"/"), vm.ToValue(target.Hostname()))
		if err != nil {
			return "", err
		}
		if text, ok := v.Export().(string); ok {
			return text, nil
		}
		return "", errors.New("its answer is no text")
	}
	return "", errors.New("it has no function FindProxyForURL")
}

// list reads "PROXY a:1; HTTPS b:2; SOCKS c:3; DIRECT". An empty answer is the
// straight way; proxies that we do not speak with are left out.
func list(answer string) ([]*url.URL, error) {
	schemes := map[string]string{"PROXY": "http", "HTTP": "http", "HTTPS": "https"}
	var all []*url.URL
	left := ""
	for entry := range strings.SplitSeq(answer, ";") {
		kind, address, _ := strings.Cut(strings.TrimSpace(entry), " ")
		kind, address = strings.ToUpper(kind), strings.TrimSpace(address)
		scheme, known := schemes[kind]
		switch {
		case kind == "":
		case kind == "DIRECT":
			all = append(all, nil)
		case !known:
			left = kind
		default:
			u, err := url.Parse(scheme + "://" + address)
			if err != nil || u.Hostname() == "" || u.User != nil || u.Path != "" {
				return nil, fmt.Errorf("the PAC script names a proxy %q", entry)
			}
			all = append(all, u)
		}
	}
	if len(all) == 0 && left != "" {
		return nil, fmt.Errorf("the PAC script names proxies of the kind %s only", left)
	}
	return all, nil
}

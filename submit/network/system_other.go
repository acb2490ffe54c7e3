//go:build !windows

package network

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// systemProxy is the environment where it says something, else what the person
// set in the desktop.
func systemProxy() finder {
	d := &desktop{}
	return func(r *http.Request) ([]*url.URL, error) {
		if u, err := http.ProxyFromEnvironment(r); u != nil || err != nil {
			return []*url.URL{u}, err
		}
		return d.find(r)
	}
}

// desktop reads the proxy settings of GNOME, which most desktops keep, with the
// desktop's own tool.
type desktop struct {
	mu     sync.Mutex
	read   time.Time
	finder finder
	script string // the PAC script that finder runs
}

// desktopAge is how long the settings of the desktop are kept.
const desktopAge = time.Minute

func (d *desktop) find(r *http.Request) ([]*url.URL, error) {
	d.mu.Lock()
	if time.Since(d.read) > desktopAge {
		d.load(r.Context())
		d.read = time.Now()
	}
	find := d.finder
	d.mu.Unlock()
	if find == nil {
		return nil, nil
	}
	return find(r)
}

func (d *desktop) load(ctx context.Context) {
	s := gsettings{ctx}
	switch s.get("org.gnome.system.proxy", "mode") {
	case "auto":
		script := s.get("org.gnome.system.proxy", "autoconfig-url")
		if script == "" {
			d.finder = func(*http.Request) ([]*url.URL, error) {
				return nil, errors.New("proxy: the desktop wants the network to name a script (WPAD): that is not asked here")
			}
			return
		}
		if d.finder == nil || d.script != script { // the script that was fetched is kept
			d.finder, d.script = scriptFinder(script), script
		}
		return
	case "manual":
		d.finder = s.manual()
	default: // "none", or no such desktop
		d.finder = nil
	}
	d.script = ""
}

// gsettings is the desktop's tool.
type gsettings struct{ ctx context.Context }

// get is "" where the tool, or the setting, is not there.
func (s gsettings) get(schema, key string) string {
	ctx, cancel := context.WithTimeout(s.ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "gsettings", "get", schema, key).Output()
	if err != nil {
		return ""
	}
	return strings.Trim(strings.TrimSpace(string(out)), "'")
}

// manual are the proxies by hand, with their exceptions: names, "*.domain",
// "domain" with what lies below it, networks.
func (s gsettings) manual() finder {
	all := map[string]*url.URL{}
	for _, scheme := range []string{"http", "https"} {
		host, port := s.get("org.gnome.system.proxy."+scheme, "host"), s.get("org.gnome.system.proxy."+scheme, "port")
		if host != "" && port != "" && port != "0" {
			all[scheme] = &url.URL{Scheme: "http", Host: host + ":" + port}
		}
	}
	list := strings.Trim(s.get("org.gnome.system.proxy", "ignore-hosts"), "@as []")
	var except []string
	for entry := range strings.SplitSeq(list, ",") {
		if entry = strings.Trim(strings.TrimSpace(entry), "'"); entry != "" {
			except = append(except, entry, "*."+entry)
		}
	}
	return func(r *http.Request) ([]*url.URL, error) {
		u := all[r.URL.Scheme]
		host := r.URL.Hostname()
		ip := net.ParseIP(host)
		if u == nil || host == "localhost" || ip != nil && ip.IsLoopback() ||
			slices.ContainsFunc(except, func(e string) bool { return bypassed(e, host) || inNetwork(e, ip) }) {
			return nil, nil
		}
		return []*url.URL{u}, nil
	}
}

func inNetwork(prefix string, ip net.IP) bool {
	_, network, err := net.ParseCIDR(prefix)
	return err == nil && ip != nil && network.Contains(ip)
}

func pacProxy(address string) (finder, error) { return scriptFinder(address), nil }

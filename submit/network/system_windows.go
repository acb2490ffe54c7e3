package network

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/mattn/go-ieproxy"
)

// systemProxy follows the settings of Windows, its PAC script included; what
// the environment names goes first, as on every other system.
func systemProxy() finder {
	windows := ieproxy.GetProxyFunc()
	return func(r *http.Request) (*url.URL, error) {
		if u, err := http.ProxyFromEnvironment(r); u != nil || err != nil {
			return u, err
		}
		return windows(r)
	}
}

// pacProxy asks WinHTTP, which runs the script. A script that cannot be
// fetched or run gives a direct connection, as it does in Windows' own programs.
func pacProxy(address string) (finder, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("proxy: %q is no address of a PAC script", address)
	}
	script := ieproxy.ProxyScriptConf{Active: true, PreConfiguredURL: address}
	return func(r *http.Request) (*url.URL, error) {
		proxy := script.FindProxyForURL(r.URL.String())
		if proxy == "" {
			return nil, nil
		}
		if !strings.Contains(proxy, "://") {
			proxy = "http://" + proxy
		}
		return url.Parse(proxy)
	}, nil
}

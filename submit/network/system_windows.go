package network

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// ErrNoPAC: this system has nothing that runs PAC scripts.
var ErrNoPAC = errors.New("proxy: PAC scripts cannot be run")

// winHTTP is the part of WinHTTP that finds proxies. It runs PAC scripts in the
// system's own interpreter and keeps its answers.
type winHTTP struct {
	open, forURL, userConfig, closeHandle, free *windows.LazyProc
}

func loadWinHTTP() winHTTP {
	dll, kernel := windows.NewLazySystemDLL("winhttp.dll"), windows.NewLazySystemDLL("kernel32.dll")
	return winHTTP{
		open: dll.NewProc("WinHttpOpen"), forURL: dll.NewProc("WinHttpGetProxyForUrl"),
		userConfig:  dll.NewProc("WinHttpGetIEProxyConfigForCurrentUser"),
		closeHandle: dll.NewProc("WinHttpCloseHandle"), free: kernel.NewProc("GlobalFree"),
	}
}

// autoOptions corresponds to WINHTTP_AUTOPROXY_OPTIONS, proxyInfo to
// WINHTTP_PROXY_INFO, userConfig to WINHTTP_CURRENT_USER_IE_PROXY_CONFIG.
type autoOptions struct {
	flags, detect uint32
	configURL     *uint16
	reserved      uintptr
	reserved2     uint32
	logon         int32
}

type proxyInfo struct {
	access        uint32
	proxy, bypass *uint16
}

type userConfig struct {
	detect                   int32
	configURL, proxy, bypass *uint16
}

// The flags of autoOptions and the kinds of access.
const (
	autoDetect     = 1
	autoConfigURL  = 2
	detectDHCPDNS  = 3
	accessNoProxy  = 1
	accessNamed    = 3
	noServiceFound = 12180 // ERROR_WINHTTP_AUTODETECTION_FAILED
)

// text takes over a string of WinHTTP.
func (w winHTTP) text(p *uint16) string {
	if p == nil {
		return ""
	}
	s := windows.UTF16PtrToString(p)
	_, _, _ = w.free.Call(uintptr(unsafe.Pointer(p)))
	return s
}

// auto asks for the proxy of an address; without a script the network is asked
// for one (WPAD).
func (w winHTTP) auto(script string, target *url.URL) ([]*url.URL, error) {
	options := autoOptions{flags: autoDetect, detect: detectDHCPDNS, logon: 1}
	if script != "" {
		p, err := windows.UTF16PtrFromString(script)
		if err != nil {
			return nil, err
		}
		options = autoOptions{flags: autoConfigURL, configURL: p, logon: 1}
	}
	address, err := windows.UTF16PtrFromString(target.Scheme + "://" + target.Host + "/")
	if err != nil {
		return nil, err
	}
	session, _, err := w.open.Call(0, accessNoProxy, 0, 0, 0)
	if session == 0 {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	defer func() { _, _, _ = w.closeHandle.Call(session) }()
	var info proxyInfo
	ok, _, err := w.forURL.Call(session, uintptr(unsafe.Pointer(address)), uintptr(unsafe.Pointer(&options)), uintptr(unsafe.Pointer(&info)))
	runtime.KeepAlive(options)
	if ok == 0 {
		return nil, fmt.Errorf("proxy: %w", err)
	}
	list, bypass := w.text(info.proxy), w.text(info.bypass)
	if info.access != accessNamed || bypassed(bypass, target.Hostname()) {
		return nil, nil
	}
	return chosen(list, target.Scheme), nil
}

// systemProxy is the environment where it says something, else what the person
// set in Windows: a script, a named proxy, or what the network offers.
func systemProxy() finder {
	w := loadWinHTTP()
	return func(r *http.Request) ([]*url.URL, error) {
		if u, err := http.ProxyFromEnvironment(r); u != nil || err != nil {
			return []*url.URL{u}, err
		}
		if w.userConfig.Find() != nil {
			return nil, nil
		}
		var c userConfig
		if ok, _, _ := w.userConfig.Call(uintptr(unsafe.Pointer(&c))); ok == 0 {
			return nil, nil // nothing is set
		}
		script, named, bypass := w.text(c.configURL), w.text(c.proxy), w.text(c.bypass)
		if script != "" {
			return w.auto(script, r.URL)
		}
		if named != "" {
			if bypassed(bypass, r.URL.Hostname()) {
				return nil, nil
			}
			return chosen(named, r.URL.Scheme), nil
		}
		if c.detect == 0 {
			return nil, nil
		}
		u, err := w.auto("", r.URL)
		if errors.Is(err, windows.Errno(noServiceFound)) {
			return nil, nil // the network offers no script
		}
		return u, err
	}
}

func pacProxy(address string) (finder, error) {
	if !strings.HasPrefix(address, "http") { // WinHTTP fetches nothing else
		return nil, fmt.Errorf("proxy: a PAC script at %q cannot be run on Windows: it must be on a server", address)
	}
	w := loadWinHTTP()
	if err := w.forURL.Find(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPAC, err)
	}
	return func(r *http.Request) ([]*url.URL, error) {
		all, err := w.auto(address, r.URL)
		if err != nil {
			return nil, fmt.Errorf("proxy: %w", &ScriptError{address, err})
		}
		return all, nil
	}, nil
}

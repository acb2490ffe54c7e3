//go:build !windows

package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"trinhky/submit/network/pac"
)

// scriptAge is how long a PAC script is kept. One that cannot be fetched anew
// goes on being used: the network may be down just now.
const scriptAge = time.Hour

// scripted runs a PAC script. A script that was never had is an error, never the
// straight way.
type scripted struct {
	address string

	mu      sync.Mutex
	script  *pac.Script
	fetched time.Time
}

// scriptFinder runs the script at an address: http, https, file.
func scriptFinder(address string) finder {
	s := &scripted{address: address}
	return func(r *http.Request) ([]*url.URL, error) {
		script, err := s.get(r.Context())
		if err != nil {
			return nil, fmt.Errorf("proxy: %w", &ScriptError{address, err})
		}
		all, err := script.Find(r.Context(), r.URL)
		if err != nil {
			return nil, fmt.Errorf("proxy: %w", &ScriptError{address, err})
		}
		return all, nil
	}
}

func (s *scripted) get(ctx context.Context) (*pac.Script, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.script != nil && time.Since(s.fetched) < scriptAge {
		return s.script, nil
	}
	fresh, err := fetchScript(ctx, s.address)
	if err != nil && s.script == nil {
		return nil, err
	}
	if err == nil {
		s.script = fresh
	}
	s.fetched = time.Now()
	return s.script, nil
}

// fetchScript gets a script straight, without a proxy.
func fetchScript(ctx context.Context, address string) (*pac.Script, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	var from io.ReadCloser
	if u.Scheme == "file" {
		from, err = os.Open(u.Path)
	} else {
		from, err = download(ctx, address)
	}
	if err != nil {
		return nil, err
	}
	defer from.Close()
	source, err := io.ReadAll(io.LimitReader(from, pac.MaxSize+1))
	if err != nil {
		return nil, err
	}
	return pac.Parse(string(source), pac.System{})
}

func download(ctx context.Context, address string) (io.ReadCloser, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	t := (Config{}).transport(nil, false)
	t.DialContext = func(ctx context.Context, _, addr string) (net.Conn, error) { return dial(ctx, addr) }
	resp, err := t.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		return nil, errors.New(resp.Status)
	}
	return resp.Body, nil
}

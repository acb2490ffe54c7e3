package wire

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	"trinhky/app/flow"
	"trinhky/app/message"
	"trinhky/app/settings"
	"trinhky/submit"
	"trinhky/submit/dms/bridge"
	"trinhky/submit/dms/localcert"
)

// Window is what the bridge needs of a window.
type Window struct {
	Flow *flow.Flow
	// Do runs f on the thread of the user interface and does not wait.
	Do    func(f func())
	Raise func()
}

// bridgeDir holds the certificate, and what is fetched while a call lasts.
func (g *Graph) bridgeDir() string { return filepath.Join(g.Home, "bridge") }

// LocalCertificate is the certificate of the loopback address: the one of this
// home, or a new one where it is missing or ends soon. fresh: browsers do not
// know it yet.
func (g *Graph) LocalCertificate() (p *localcert.Pair, fresh bool, err error) {
	dir := filepath.Join(g.bridgeDir(), "certificate")
	if p, err = localcert.Load(dir); err == nil && !p.Due(time.Now()) {
		return p, false, nil
	}
	p, err = localcert.Make(dir, time.Now())
	return p, true, err
}

// InstallLocal makes the certificate and lets the user's browsers trust it.
func (g *Graph) InstallLocal(ctx context.Context) (*localcert.Pair, error) {
	p, _, err := g.LocalCertificate()
	if err != nil {
		return nil, err
	}
	return p, p.Install(ctx)
}

// RemoveLocal takes the certificate out of the browsers and deletes its key.
func (g *Graph) RemoveLocal(ctx context.Context) error {
	return errors.Join(localcert.Uninstall(ctx), localcert.Delete(filepath.Join(g.bridgeDir(), "certificate")))
}

// LocalTrust installs or removes; errors have words.
func (g *Graph) LocalTrust(ctx context.Context, on bool) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	var err error
	if on {
		_, err = g.InstallLocal(ctx)
	} else {
		err = g.RemoveLocal(ctx)
	}
	if err != nil {
		return &message.Coded{Code: "error.bridge.trust", Err: err}
	}
	return nil
}

// Bridge serves web pages with w until ctx ends.
func (g *Graph) Bridge(ctx context.Context, w Window) error {
	at := g.Settings.Bridge.At()
	pair, fresh, err := g.LocalCertificate()
	if err != nil {
		return err
	}
	if fresh {
		g.Log.Warn("bridge: browsers do not trust the new certificate yet", "root", pair.RootFile())
	}
	l, err := bridge.Listen(ctx, at)
	if err != nil {
		return &message.Coded{Code: "error.bridge.listen", Args: map[string]string{"address": at}, Err: err}
	}
	p := &sitePerson{g: g, w: w, ctx: ctx}
	cert := pair.Certificate()
	s := bridge.New(bridge.Config{
		Certificate: func() (*tls.Certificate, error) { return cert, nil },
		Sites:       p.sites, Remember: p.remember, Person: p, Audit: g.auditBridge, Say: g.sayBridge, Done: g.doneBridge,
		Dir: filepath.Join(g.bridgeDir(), "calls"), Version: version(), Log: g.Log,
	})
	if err := s.Sweep(); err != nil {
		g.Log.Warn("bridge: left from before", "err", err)
	}
	return s.Serve(ctx, l)
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "1"
}

// sayBridge puts an error of a call into words.
func (g *Graph) sayBridge(err error) string {
	m := g.Words.Of(bridgeError(err))
	if m.Silent() {
		m = g.Words.Of(&message.Coded{Code: "error.bridge.cancelled", Err: bridge.ErrCancelled})
	}
	return m.String()
}

// bridgeError gives errors of the bridge their words.
func bridgeError(err error) error {
	var refusal *bridge.Refusal
	switch {
	case errors.As(err, &refusal):
		return &message.Coded{
			Code: "error.bridge." + string(refusal.Reason), Args: map[string]string{"detail": refusal.Detail}, Err: err,
		}
	case errors.Is(err, bridge.ErrCancelled), errors.Is(err, flow.ErrSiteCancelled):
		return &message.Coded{Code: "error.bridge.cancelled", Err: err}
	case errors.Is(err, flow.ErrSiteChanged):
		return &message.Coded{Code: "error.bridge.changed-file", Err: err}
	}
	return err
}

func (g *Graph) doneBridge(n int, failed []string) string {
	if len(failed) > 0 {
		return g.Words.Say("bridge.done.some", "n", strconv.Itoa(n), "failed", strings.Join(failed, ", "))
	}
	return g.Words.Say("bridge.done", "n", strconv.Itoa(n))
}

// auditBridge enters a call into the audit log.
func (g *Graph) auditBridge(ctx context.Context, r bridge.Record) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), auditTime)
	defer stop()
	log, err := g.Audit(ctx)
	if err == nil {
		result := []string{r.Result}
		for _, f := range []struct{ name, value string }{
			{"path", r.Path},
			{"fetched", r.Fetched},
			{"stored", r.Stored},
		} {
			if f.value != "" {
				result = append(result, f.name+" "+f.value)
			}
		}
		if r.Before != [32]byte{} {
			result = append(result, "before "+hex.EncodeToString(r.Before[:]))
		}
		if r.HTTP != 0 {
			result = append(result, "http "+strconv.Itoa(r.HTTP))
		}
		result = append(result, fmt.Sprintf("took %d ms", r.Took.Milliseconds()))
		_, err = log.Append(ctx, submit.Entry{
			Action: submit.ActionBridge, Document: r.Name, File: r.After, Certificate: r.Certificate, Level: r.Level,
			Destination: r.Origin, Result: strings.Join(result, "; "),
		})
	}
	if err != nil {
		g.Log.Error("a call of a web page is not in the audit log", "origin", r.Origin, "err", err)
	}
}

// sitePerson is the person at the window, as the bridge sees them. Its methods
// run in the bridge's goroutines and hand everything over to the thread of the
// user interface.
type sitePerson struct {
	g   *Graph
	w   Window
	ctx context.Context
	mu  sync.Mutex // one question, one job at a time
}

// onUI runs f on the thread of the user interface and waits for what it sends.
func onUI[T any](ctx context.Context, p *sitePerson, f func(send func(T))) (T, error) {
	out := make(chan T, 1)
	p.w.Do(func() {
		f(func(v T) {
			select {
			case out <- v:
			default: // answered before
			}
		})
	})
	select {
	case v := <-out:
		return v, nil
	case <-ctx.Done():
	case <-p.ctx.Done():
	}
	var none T
	return none, context.Cause(ctx)
}

func (p *sitePerson) sites() []bridge.Site {
	all, err := onUI(p.ctx, p, func(send func([]settings.Site)) { send(p.w.Flow.Settings().Bridge.Sites) })
	if err != nil {
		return nil
	}
	out := make([]bridge.Site, len(all))
	for i, s := range all {
		out[i] = bridge.Site{Origin: s.Origin, Hosts: s.Hosts, Private: s.Private, Insecure: s.Insecure, Cookie: s.Cookie}
	}
	return out
}

func (p *sitePerson) remember(s bridge.Site) error {
	kept, err := onUI(p.ctx, p, func(send func(error)) {
		now := p.w.Flow.Settings()
		sites := []settings.Site{{Origin: s.Origin, Hosts: s.Hosts, Private: s.Private, Insecure: s.Insecure, Cookie: s.Cookie}}
		for _, old := range now.Bridge.Sites {
			if old.Origin != s.Origin {
				sites = append(sites, old)
			}
		}
		now.Bridge.Sites = sites
		p.w.Flow.Change(now, send)
	})
	return errors.Join(err, kept)
}

// Package wire builds the object graph that the desktop program and the
// command line share: settings, secrets, words, renderer, tokens, pipeline,
// trust anchors, outbox. It is the one place that names adapters; everything
// is made on first use, so that a command pays only for what it needs.
package wire

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"

	"trinhky/app/message"
	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/assets"
	"trinhky/pdfview"
	"trinhky/pdfview/pdfium"
	"trinhky/signer"
	"trinhky/signer/evidence"
	"trinhky/signer/verify"
	"trinhky/submit"
	"trinhky/submit/network"
	"trinhky/submit/store"
)

// Options say what a program starts with.
type Options struct {
	Home     string // "": the platform's place
	Language string // "": from the settings, else Vietnamese
	Log      *slog.Logger
}

// Graph holds what a running program needs. It is safe for concurrent use;
// Close it at the end.
type Graph struct {
	Home     string
	Language string
	Settings settings.Settings // as they were at the start
	Secrets  *settings.Secrets
	Words    *message.Table
	Log      *slog.Logger

	mu     sync.Mutex
	engine *pdfium.Engine
	font   *signer.Font
	italic *signer.Font
	anchor *anchors
	outbox *submit.Outbox
	inbox  *submit.Inbox
	// connected are the connectors that work, by name; guard keeps passwords that
	// a proxy refused from it.
	connected map[string]connected
	guard     *network.Guard
	// journal is the store of the outbox; inbox, register and audit log are in
	// it too.
	journal *store.Store
	tokens  map[string]signer.TokenSource
	status  *evidence.Source
	close   []func() error // what was made, in the order of making
}

// Open reads settings and words. It starts nothing.
func Open(o Options) (*Graph, error) {
	g := &Graph{Home: o.Home, Language: o.Language, Log: o.Log, guard: network.NewGuard()}
	if g.Home == "" {
		g.Home = settings.DefaultHome()
	}
	if g.Log == nil {
		g.Log = slog.New(slog.DiscardHandler)
	}
	var err error
	if g.Home, err = filepath.Abs(g.Home); err != nil { // the database takes no relative path
		return nil, &message.Coded{Code: "error.settings", Err: err}
	}
	if g.Settings, err = settings.Load(g.Home); err != nil {
		return nil, &message.Coded{Code: "error.settings", Err: err}
	}
	if g.Language == "" {
		g.Language = g.Settings.Language
	}
	if g.Language != "en" {
		g.Language = "vi"
	}
	if g.Words, err = Words(g.Language); err != nil {
		return nil, err
	}
	g.Secrets = settings.OpenSecrets(g.Home)
	return g, nil
}

// Words reads the words of a language: "vi" or "en".
func Words(language string) (*message.Table, error) {
	data, err := assets.Locale.ReadFile("locale/message." + language + ".json")
	if err != nil {
		return nil, fmt.Errorf("words: %w", err)
	}
	return message.Parse(data)
}

// Close ends everything that was started, the last first.
func (g *Graph) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	var errs []error
	for i := len(g.close) - 1; i >= 0; i-- {
		errs = append(errs, g.close[i]())
	}
	g.close = nil
	return errors.Join(errs...)
}

// Path resolves a path of the settings.
func (g *Graph) Path(path string) string { return settings.Path(g.Home, path) }

// Engine is the renderer. The first call makes it, the first document loads it
// (0.1 s from its cache, some seconds without).
func (g *Graph) Engine(context.Context) (pdfview.Engine, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.engine == nil {
		dir, err := pdfium.DefaultCacheDir()
		if err != nil {
			g.Log.Warn("no place for the renderer's cache", "error", err)
		}
		g.engine = pdfium.New(pdfium.Config{CacheDir: dir, Warn: func(err error) { g.Log.Warn("renderer", "error", err) }})
		g.close = append(g.close, g.engine.Close)
	}
	return g.engine, nil
}

// Warm loads the renderer ahead of the first document.
func (g *Graph) Warm(ctx context.Context) error {
	if _, err := g.Engine(ctx); err != nil {
		return err
	}
	return g.engine.Warm(ctx)
}

// Reader opens documents for looking at them. Verification trusts the anchors
// of the settings; it asks about revocation only where verifying is the task.
func (g *Graph) Reader() (*review.Reader, error) {
	roots, known, err := g.TrustAlso(nil)
	if err != nil {
		return nil, err
	}
	return &review.Reader{
		Engine: g.Engine, NumberTaken: g.NumberTaken,
		Verify: verify.Options{Roots: roots, Intermediates: known},
		Status: g.Status(),
	}, nil
}

// Font is the font of the stamps.
func (g *Graph) Font() (*signer.Font, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.font == nil {
		f, err := stampFont(installed(fontFolders()), false, assets.StampFont())
		if err != nil {
			return nil, fmt.Errorf("font of the stamps: %w", err)
		}
		g.font = f
	}
	return g.font, nil
}

// Italic is the italic of Font, for the place and date of issue.
func (g *Graph) Italic() (*signer.Font, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.italic == nil {
		f, err := stampFont(installed(fontFolders()), true, assets.StampItalic())
		if err != nil {
			return nil, fmt.Errorf("italic font of the stamps: %w", err)
		}
		g.italic = f
	}
	return g.italic, nil
}

// Command trinhky is the desktop program: it builds the object graph and calls
// app.Run. It holds no logic.
//
//	trinhky [--home DIR] [--lang vi|en] [FILE…]
package main

import (
	"context"
	"fmt"
	"io/fs"
	stdlog "log"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/alecthomas/kong"

	"trinhky/app"
	"trinhky/app/flow"
	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/app/walk"
	"trinhky/assets"
	"trinhky/cmd/internal/wire"
	"trinhky/submit"
)

// flags are those of the command line.
type flags struct {
	Home     string   `help:"Folder of settings and data." placeholder:"DIR"`
	Lang     string   `help:"Language: vi or en." enum:"vi,en," default:""`
	Walk     string   `help:"Drive the program through the whole way by itself and leave what it made in DIR." placeholder:"DIR"`
	PINFile  string   `name:"pin-file" help:"File with the PIN, for --walk." placeholder:"FILE"`
	WalkSite string   `name:"walk-site" help:"What --walk answers to web pages, in place of the whole way, separated by commas: sign, refuse, and the other deeds of app/walk/site.go." placeholder:"LIST"`
	WalkTo   string   `name:"walk-to" help:"Receiver that --walk looks for." default:"so nhan"`
	Draft    string   `name:"walk-draft" help:"Document without a number, for --walk: signed, numbered, sealed and sent." placeholder:"FILE"`
	Arrive   string   `name:"walk-arrive" help:"Address that --walk posts to, so that a document arrives." placeholder:"URL"`
	Files    []string `arg:"" optional:"" help:"Documents to open."`
}

func main() {
	var f flags
	kong.Parse(&f, kong.Name("trinhky"), kong.Description("Trình Ký"))
	if err := run(f); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(f flags) error {
	home := f.Home
	if home == "" {
		home = settings.DefaultHome()
	}
	log, closeLog, err := openLog(home)
	if err != nil {
		return err
	}
	defer closeLog()
	g, err := wire.Open(wire.Options{Home: home, Language: f.Lang, Log: log})
	if err != nil {
		return err
	}
	defer func() {
		if err := g.Close(); err != nil {
			log.Warn("close", "err", err)
		}
	}()
	ctx := context.Background()
	go func() { // first of all: the renderer takes its time
		if err := g.Warm(ctx); err != nil {
			log.Warn("renderer", "err", err)
		}
	}()
	c, err := config(ctx, g, log)
	if err != nil {
		return err
	}
	c.Files = f.Files
	if f.Walk != "" {
		c.Drive = walk.Walk{Out: f.Walk, PINFile: f.PINFile, Receiver: f.WalkTo, Site: f.WalkSite, Draft: f.Draft, Arrive: f.Arrive, Print: os.Stdout}.Run
	}
	return app.Run(ctx, c)
}

// openLog logs to a file in home: a program with a window prints nothing. A
// crash leaves its trace there too.
func openLog(home string) (*slog.Logger, func(), error) {
	dir := filepath.Join(home, "log")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("folder of the log: %w", err)
	}
	path := filepath.Join(dir, "trinhky.log")
	if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, nil, fmt.Errorf("turn the log over: %w", err)
		}
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("log: %w", err)
	}
	_ = debug.SetCrashOutput(file, debug.CrashOptions{}) // without it a crash only prints
	stdlog.SetOutput(file)                               // what the toolkit has to say
	return slog.New(slog.NewTextHandler(file, nil)), func() { _ = file.Close() }, nil
}

// siteHold is how long a document that a web page sent cannot be signed after
// it came up: nobody signs what only just appeared under the pointer.
const siteHold = 1500 * time.Millisecond

// logLimit is when a log is turned over.
const logLimit = 4 << 20 // bytes

// config puts the graph into the shape of the window.
func config(ctx context.Context, g *wire.Graph, log *slog.Logger) (app.Config, error) {
	reader, err := g.Reader()
	if err != nil {
		return app.Config{}, err
	}
	reader.Anchors = g.Live
	locale, err := fs.Sub(assets.Locale, "locale")
	if err != nil {
		return app.Config{}, err
	}
	icons, err := fs.Sub(assets.Icons, "icons")
	if err != nil {
		return app.Config{}, err
	}
	c := app.Config{
		Language: g.Language, Locale: locale, Icons: icons, Messages: g.Words, Secrets: secrets{g.Secrets, g, ctx},
		Engine: g.Engine, Log: log,
		Flow: flow.Config{
			Home: g.Home, Settings: g.Settings, Reader: reader, Log: log,
			Signer:    func(s settings.Settings) (flow.Signer, error) { return recorded(g, s) },
			Stamp:     g.Stamp,
			Preflight: g.Preflight,
			MaySign:   g.MaySignWith,
			Repair:    wire.RepairCopy,
			Augment:   g.Augment,
			ListFont:  assets.StampFont(),
			Evidence:  g.Evidence(),
			Save:      func(s settings.Settings) error { return save(ctx, g, s) },
		},
	}
	if c.Flow.Tokens, err = g.Tokens(nil); err != nil {
		log.Warn("tokens", "err", err) // the window says that there is none
		c.Flow.Tokens = nil
	}
	files := g.KeyFiles(c.Flow.Tokens)
	c.Flow.Tokens, c.KeyFiles, c.Trust = files, files, g
	c.TimeServers = wire.TimeServers{Graph: g}
	if err := configOffice(ctx, g, reader, &c); err != nil {
		return app.Config{}, err
	}
	c.LocalTrust = g.LocalTrust
	if g.Settings.Bridge.Enabled {
		c.Bridge = func(ctx context.Context, w app.Window) error {
			return g.Bridge(ctx, wire.Window{Flow: w.Flow, Do: w.Do, Raise: w.Kit.Raise})
		}
		c.Flow.Hold = siteHold
	}
	return c, nil
}

// configOffice adds what sends, receives, numbers and records.
func configOffice(ctx context.Context, g *wire.Graph, reader *review.Reader, c *app.Config) error {
	out, err := g.Outbox(ctx)
	if err != nil {
		return err
	}
	c.Flow.Outbox, c.Events = out, out.Events()
	c.Deliver = func(ctx context.Context) error { return deliver(ctx, out) }
	inbox, err := g.Inbox(ctx)
	if err != nil {
		return err
	}
	c.Flow.Inbox, c.Flow.Arrivals, c.Flow.Calendar, c.Flow.Print = inbox, reader, g.Calendar(), assets.StampFont()
	if c.Flow.Register, err = g.Register(ctx); err != nil {
		return err
	}
	c.Flow.AuditLog, err = g.Audit(ctx)
	return err
}

// save keeps the settings; connectors that were edited work from now on.
func save(ctx context.Context, g *wire.Graph, s settings.Settings) error {
	if err := settings.Save(g.Home, s); err != nil {
		return err
	}
	return g.Reconnect(ctx, s.Connectors)
}

// secrets tells the connectors that a secret of theirs changed.
type secrets struct {
	*settings.Secrets
	graph *wire.Graph
	ctx   context.Context // of the program
}

// Set is that of the settings.
func (s secrets) Set(name, value string) (settings.Where, error) {
	where, err := s.Secrets.Set(name, value)
	if err != nil {
		return where, err
	}
	return where, s.graph.SecretChanged(s.ctx, name)
}

// recorded is the pipeline of the settings; its signatures are in the audit log.
func recorded(g *wire.Graph, s settings.Settings) (flow.Signer, error) {
	p, err := g.PipelineWith(s.Signing)
	if err != nil {
		return nil, err
	}
	return wire.Recording{Pipeline: p, Graph: g}, nil
}

// deliver runs the outbox until ctx ends, and beside it the daily look at the
// directories.
func deliver(ctx context.Context, out *submit.Outbox) error {
	go out.KeepDirectories(ctx)
	return out.Run(ctx)
}

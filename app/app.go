// Package app is the window: it puts flow, pages and the outside together,
// and is the only root that knows the toolkit.
//
// Everything runs on the thread of the user interface but what goes through
// app/task. The two readers of background news (tokens, outbox) are here.
package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"fyne.io/fyne/v2"

	"trinhky/app/flow"
	"trinhky/app/message"
	"trinhky/app/page"
	"trinhky/app/task"
	"trinhky/pdfview"
	"trinhky/submit"
)

// ID is the program's identity towards the desktop.
const ID = "vn.trinhky.desktop"

// Config is what the window stands on; cmd makes it.
type Config struct {
	// Flow lacks Runner, OnChange and OnLists: Run fills them.
	Flow     flow.Config
	Language string // "vi" or "en"
	Locale   fs.FS  // window.<language>.json
	Icons    fs.FS  // <name>.svg and app.png
	Messages *message.Table
	Secrets  page.Secrets
	Trust    page.Trust
	KeyFiles page.KeyFiles
	// TimeServers is that of page.Kit.
	TimeServers page.TimeServers
	// Engine paints the stamp that is dragged.
	Engine func(ctx context.Context) (pdfview.Engine, error)
	// Events is the news of the outbox; nil: there is none. Deliver runs the
	// outbox until its context ends.
	Events  <-chan submit.Event
	Deliver func(ctx context.Context) error
	Files   []string // to open at the start
	// LocalTrust is that of page.Kit.
	LocalTrust func(ctx context.Context, on bool) error
	// Bridge serves web pages until its context ends; nil: it is off.
	Bridge func(ctx context.Context, w Window) error
	Log    *slog.Logger
	// Drive, when set, is run beside the window and drives it (app/walk); the
	// program ends when it returns.
	Drive func(ctx context.Context, w Window) error
}

// Window is what drives the program needs of it.
type Window struct {
	Fyne fyne.Window
	Kit  *page.Kit
	Flow *flow.Flow
	// Do runs f on the thread of the user interface and does not wait.
	Do func(f func())
}

// Run shows the window and returns when it was closed. The error is that of
// Drive.
func Run(ctx context.Context, c Config) error {
	words, err := loadWords(c.Locale, c.Language)
	if err != nil {
		return err
	}
	if displayMissing() {
		return errors.New(words.Say("app.nodisplay"))
	}
	a, err := newToolkit()
	if err != nil {
		return err
	}
	a.Settings().SetTheme(Theme(c.Flow.Settings.Look == lookDark))
	icons, logo, err := loadIcons(c.Icons)
	if err != nil {
		return err
	}
	a.SetIcon(logo)
	w := a.NewWindow(words.Say("app.title"))
	w.SetIcon(logo)
	w.SetPadded(false)
	w.SetMaster()

	runner := &task.Runner{Panicked: func(err error) { c.Log.Error("work", "err", err) }}
	ctx, stop := context.WithCancel(ctx)
	painter := &stampPainter{engine: c.Engine}
	k := &page.Kit{
		Words: words, Messages: c.Messages, Runner: runner, Window: w, Icons: icons, Secrets: c.Secrets, Log: c.Log,
		Preview: painter.paint,
	}
	d := &desk{app: a, window: w, kit: k, runner: runner, log: c.Log}
	k.PickPDF, k.PickPNG, k.ShowFolder, k.PickSave = d.pickPDF, d.pickPNG, d.showFolder, d.askSave
	k.PickFolder = d.pickFolder
	k.PickFile, k.Trust, k.KeyFiles, k.TimeServers = d.pickFile, c.Trust, c.KeyFiles, c.TimeServers
	k.LocalTrust = c.LocalTrust
	k.Raise = func() { w.Show(); w.RequestFocus() }
	k.PickPhoto = d.pickPhoto
	d.start(ctx, c)
	w.ShowAndRun()
	stop()
	d.flow.Close()
	if !runner.Close(patience) {
		c.Log.Warn("something still runs at the end of the program")
		return d.driveErr
	}
	painter.close()
	return d.driveErr
}

// patience is how long the end of the program waits for what still runs.
const patience = 5 * time.Second

// desk holds the window together while it runs.
type desk struct {
	app      fyne.App
	window   fyne.Window
	kit      *page.Kit
	runner   *task.Runner
	flow     *flow.Flow
	frame    *page.Frame
	log      *slog.Logger
	driveErr error
}

// start makes flow and pages and everything that runs beside them.
func (d *desk) start(ctx context.Context, c Config) {
	fc := c.Flow
	fc.Runner = d.runner
	fc.OnChange = func(s flow.State) { d.frame.OnState(s); d.windowTitle(s) }
	fc.OnSite = func(w flow.SiteWork) { d.frame.OnSite(w) }
	fc.OnLists = func(l flow.Lists) { d.frame.OnLists(l) }
	fc.OnBatch = func(b flow.Batch, row int) { d.frame.OnBatch(b, row) }
	fc.Paint = d.kit.Preview
	d.flow = flow.New(fc)
	d.kit.Flow = d.flow
	d.frame = page.NewFrame(d.kit)
	d.window.SetContent(d.frame.Object())
	d.window.SetMainMenu(d.menu())
	d.window.Canvas().SetOnTypedKey(d.frame.OnKey)
	d.window.Canvas().AddShortcut(&fyne.ShortcutCopy{}, func(fyne.Shortcut) { d.frame.Copy() })
	d.window.SetOnDropped(func(_ fyne.Position, uris []fyne.URI) {
		var paths []string
		for _, u := range uris {
			paths = append(paths, u.Path())
		}
		if !d.frame.Drop(paths) {
			d.flow.Add(paths...)
			d.frame.Go(page.Waiting)
		}
	})
	d.window.Resize(windowSize(1))
	d.app.Lifecycle().SetOnStarted(func() { d.started(ctx, c.Drive) })
	d.flow.Start()
	if len(c.Files) > 0 {
		d.flow.Add(c.Files...)
	}
	d.listen(ctx, c)
}

// windowSize is what fits a laptop of 1366 × 768 pixels with its title and
// task bars, and more where the scale tells of a larger screen; in Fyne units.
func windowSize(scale float32) fyne.Size {
	if scale <= 0 {
		scale = 1
	}
	width, height := float32(1340), float32(690)
	if scale >= 1.7 {
		width, height = 1840, 960
	}
	return fyne.NewSize(width/scale, height/scale)
}

// listen starts the readers of background news: one a channel.
func (d *desk) listen(ctx context.Context, c Config) {
	if c.Flow.Tokens != nil {
		go each(ctx, c.Flow.Tokens.Changed(), func(struct{}) { d.runner.Post(d.flow.TokensChanged) })
	}
	if c.Events != nil {
		go each(ctx, c.Events, func(e submit.Event) { d.runner.Post(func() { d.flow.OutboxNews(e) }) })
	}
	if c.Bridge != nil {
		w := Window{Fyne: d.window, Kit: d.kit, Flow: d.flow, Do: d.runner.Post}
		d.runner.Go(func() func() {
			if err := c.Bridge(ctx, w); err != nil && ctx.Err() == nil {
				c.Log.Error("bridge", "err", err)
				return func() { d.frame.BridgeFailed(err) }
			}
			return nil
		})
	}
	if c.Deliver != nil {
		d.runner.Go(func() func() {
			if err := c.Deliver(ctx); err != nil && ctx.Err() == nil {
				c.Log.Error("outbox", "err", err)
			}
			return nil
		})
	}
	go each(ctx, time.Tick(folderEvery), func(time.Time) { d.runner.Post(d.flow.LookAround) })
	if d.flow.CanReceive() {
		go each(ctx, time.Tick(inboxEvery), func(time.Time) { d.runner.Post(d.flow.FetchInbox) })
	}
}

// inboxEvery is how often the destinations are asked for what waits there.
const inboxEvery = time.Minute

// folderEvery is how often the folder of waiting documents is read.
const folderEvery = 10 * time.Second

// each calls f with everything that comes, until ctx or the channel ends.
func each[T any](ctx context.Context, in <-chan T, f func(T)) {
	for {
		select {
		case <-ctx.Done():
			return
		case v, ok := <-in:
			if !ok {
				return
			}
			f(v)
		}
	}
}

// started fits the window to the scale, which is known by now. With drive,
// something else uses the window, and the program ends after it.
func (d *desk) started(ctx context.Context, drive func(context.Context, Window) error) {
	d.window.Resize(windowSize(d.window.Canvas().Scale()))
	d.window.CenterOnScreen()
	if drive == nil {
		return
	}
	w := Window{Fyne: d.window, Kit: d.kit, Flow: d.flow, Do: d.runner.Post}
	d.runner.Go(func() func() {
		err := drive(ctx, w)
		return func() {
			d.driveErr = err
			d.app.Quit()
		}
	})
}

// windowTitle names the document in the title.
func (d *desk) windowTitle(s flow.State) {
	title := d.kit.Words.Say("app.title")
	if name := page.DocumentName(s); name != "" {
		title = fmt.Sprintf("%s – %s", name, title)
	}
	d.window.SetTitle(title)
}

// Package walk lets the program drive itself through the whole way: open,
// stamp, PIN, sign, send, received. It uses the real window: every step finds
// the widget that a person would use, sees that it is on the screen, and taps
// it, types into it or drags it. It leaves pictures of every screen, the
// signed file and its verification report.
//
// It runs in a goroutine of its own; everything that touches the window goes
// through Window.Do.
package walk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"time"

	"fyne.io/fyne/v2"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app"
	"trinhky/app/flow"
	"trinhky/signer"
)

// Walk is one walk through the program.
type Walk struct {
	Out      string // folder for what is left behind
	PINFile  string
	Receiver string // what to type into the search for a receiver
	Site     string // what to answer to web pages, in place of the whole way: see siteSteps
	// Draft is a document without a number, to be signed, issued and sent; "":
	// those steps are left out.
	Draft string
	// Arrive is an address that makes a document arrive when it is posted to;
	// "": what waits in the inbox has to do, and nothing is no failure.
	Arrive string
	Print  io.Writer
	Limit  time.Duration // of one step; 0: two minutes
}

// walker is a walk under way.
type walker struct {
	Walk
	app.Window
	ctx   context.Context
	pin   signer.PIN
	shots int
}

// Run does all steps and stops at the first that fails.
func (w Walk) Run(ctx context.Context, win app.Window) error {
	if w.Limit == 0 {
		w.Limit = 2 * time.Minute
	}
	pin, err := os.ReadFile(w.PINFile)
	if err != nil {
		return fmt.Errorf("PIN file: %w", err)
	}
	if err := os.MkdirAll(w.Out, 0o755); err != nil {
		return err
	}
	r := &walker{Walk: w, Window: win, ctx: ctx, pin: signer.PIN(bytes.TrimRight(pin, "\r\n"))}
	defer r.pin.Wipe()
	steps := r.steps()
	if w.Site != "" {
		steps = r.siteSteps()
	}
	for _, s := range steps {
		start := time.Now()
		if err := s.do(); err != nil {
			r.print("✗", s.key, err.Error(), start)
			r.keep("loi.png")
			return fmt.Errorf("%s: %w", s.key, err)
		}
		r.print("✓", s.key, "", start)
	}
	return nil
}

// step is one step; key names its words.
type step struct {
	key string
	do  func() error
}

func (w *walker) print(mark, key, detail string, start time.Time) {
	text := w.Kit.Words.Say(key)
	if detail != "" {
		text += ": " + detail
	}
	fmt.Fprintf(w.Print, "%s %s (%.1f s)\n", mark, text, time.Since(start).Seconds())
}

// onUI runs f on the thread of the user interface and waits for what it says.
func onUI[T any](w *walker, f func() T) (T, error) {
	out := make(chan T, 1)
	w.Do(func() { out <- f() })
	select {
	case v := <-out:
		return v, nil
	case <-w.ctx.Done():
		var none T
		return none, w.ctx.Err()
	}
}

// look is how often a condition is looked at.
const look = 40 * time.Millisecond

// until waits until cond holds; cond says why it never will with an error.
func (w *walker) until(what string, cond func() (bool, error)) error {
	deadline := time.NewTimer(w.Limit)
	defer deadline.Stop()
	every := time.NewTicker(look)
	defer every.Stop()
	type answer struct {
		ok  bool
		err error
	}
	for {
		a, err := onUI(w, func() answer { ok, err := cond(); return answer{ok, err} })
		switch {
		case err != nil:
			return err
		case a.err != nil:
			return a.err
		case a.ok:
			return nil
		}
		select {
		case <-every.C:
		case <-deadline.C:
			return fmt.Errorf("%s: nothing after %s", what, w.Limit)
		case <-w.ctx.Done():
			return w.ctx.Err()
		}
	}
}

// untilState waits for a state of the kind S; a state that tells of a problem
// ends the wait.
func untilState[S flow.State](w *walker) (S, error) {
	var got S
	err := w.until(fmt.Sprintf("%T", got), func() (bool, error) {
		s := w.Flow.State()
		if v, ok := s.(S); ok {
			got = v
			return true, problemOf(s)
		}
		return false, problemOf(s)
	})
	return got, err
}

// problemOf is what went wrong in a state.
func problemOf(s flow.State) error {
	switch s := s.(type) {
	case flow.OpenFailed:
		return s.Err
	case flow.Placing:
		return errors.Join(s.Problem, s.PlaceErr)
	case flow.AskPIN:
		return s.Problem
	case flow.Composing:
		return s.Problem
	}
	return nil
}

// part finds a named part of the window and sees that a person could use it:
// it is in the window, shown, and inside its bounds.
func (w *walker) part(name string) (fyne.CanvasObject, error) {
	o := w.Kit.Part(name)
	if o == nil {
		return nil, fmt.Errorf("no part %q", name)
	}
	driver := fyne.CurrentApp().Driver()
	canvas := w.Fyne.Canvas()
	if driver.CanvasForObject(o) != canvas || !o.Visible() || o.Size().IsZero() {
		return nil, fmt.Errorf("part %q is not shown", name)
	}
	at, size, room := driver.AbsolutePositionForObject(o), o.Size(), canvas.Size()
	if at.IsZero() || at.X < 0 || at.Y < 0 || at.X+size.Width > room.Width+1 || at.Y+size.Height > room.Height+1 {
		return nil, fmt.Errorf("part %q is cut off: %v %v in %v", name, at, size, room)
	}
	return o, nil
}

// ready is a part that a person could use now.
func (w *walker) ready(name string) (fyne.CanvasObject, error) {
	o, err := w.part(name)
	if d, ok := o.(fyne.Disableable); ok && d.Disabled() {
		return nil, fmt.Errorf("part %q is disabled", name)
	}
	return o, err
}

// use does f with a part as soon as a person could: what a state brings is laid out
// some time after it. It does so in the same moment: the next state may lay the parts
// out anew.
func (w *walker) use(name string, f func(fyne.CanvasObject) error) error {
	var why error
	err := w.until(fmt.Sprintf("part %q", name), func() (bool, error) {
		o, err := w.ready(name)
		if why = err; err != nil {
			return false, nil
		}
		return true, f(o)
	})
	if err != nil {
		return errors.Join(err, why)
	}
	return nil
}

// tap taps a part as a click does.
func (w *walker) tap(name string) error {
	return w.use(name, func(o fyne.CanvasObject) error {
		t, ok := o.(fyne.Tappable)
		if !ok {
			return fmt.Errorf("part %q cannot be tapped", name)
		}
		size := o.Size()
		if _, check := o.(*fynewidget.Check); check {
			size = o.MinSize() // what lies beside its words does not count
		}
		t.Tapped(&fyne.PointEvent{Position: fyne.NewPos(size.Width/2, size.Height/2)})
		return nil
	})
}

// focus puts the keyboard onto a part.
func (w *walker) focus(name string) error {
	return w.use(name, func(o fyne.CanvasObject) error {
		f, ok := o.(fyne.Focusable)
		if !ok {
			return fmt.Errorf("part %q takes no keys", name)
		}
		w.Fyne.Canvas().Focus(f)
		return nil
	})
}

// typed types text into what has the keyboard.
func (w *walker) typed(text []byte) error {
	err, uerr := onUI(w, func() error {
		f := w.Fyne.Canvas().Focused()
		if f == nil {
			return errors.New("nothing has the keyboard")
		}
		for _, r := range string(text) {
			f.TypedRune(r)
		}
		return nil
	})
	return errors.Join(uerr, err)
}

// key presses a key on what has the keyboard.
func (w *walker) key(name fyne.KeyName) error {
	err, uerr := onUI(w, func() error {
		f := w.Fyne.Canvas().Focused()
		if f == nil {
			return errors.New("nothing has the keyboard")
		}
		f.TypedKey(&fyne.KeyEvent{Name: name})
		return nil
	})
	return errors.Join(uerr, err)
}

// shoot keeps a picture of the screen.
func (w *walker) shoot(name string) error {
	img, err := w.settled()
	return w.number(name, img, err)
}

// flash keeps a picture of what passes, without waiting for rest.
func (w *walker) flash(name string) error {
	img, err := onUI(w, func() image.Image { return app.Capture(w.Fyne) })
	return w.number(name, img, err)
}

func (w *walker) number(name string, img image.Image, err error) error {
	w.shots++
	return w.write(fmt.Sprintf("%02d-%s.png", w.shots, name), img, err)
}

// settle is how long two equal pictures lie apart, and tries how often that is
// waited for: a blinking caret may keep them from ever being equal.
const (
	settle = 200 * time.Millisecond
	tries  = 5
)

// settled is a picture of the window that has come to rest: what is painted may
// lag behind what the window holds.
func (w *walker) settled() (image.Image, error) {
	capture := func() image.Image { return app.Capture(w.Fyne) }
	last, err := onUI(w, capture)
	for range tries {
		if err != nil {
			return nil, err
		}
		select {
		case <-time.After(settle):
		case <-w.ctx.Done():
			return nil, w.ctx.Err()
		}
		var now image.Image
		if now, err = onUI(w, capture); err == nil && reflect.DeepEqual(now, last) {
			return now, nil
		}
		last = now
	}
	return last, err
}

func (w *walker) keep(file string) error {
	img, err := w.settled()
	return w.write(file, img, err)
}

func (w *walker) write(file string, img image.Image, err error) error {
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.Out, file), b.Bytes(), 0o644)
}

// Package flow is the work of the desk as states and methods: open, place,
// sign, send, follow. It knows no window.
//
// House rules. Every method is called on one thread (that of the user
// interface) and returns at once; what takes time goes through Runner. One
// thing is under way at a time: a result that belongs to an older state is
// dropped. A PIN is wiped here, whatever happens to it.
package flow

import (
	"context"
	"crypto/x509"
	"image"
	"log/slog"
	"sync/atomic"
	"time"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/app/template"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// Runner takes work off the thread of the user interface and brings what it
// returns back to it.
type Runner interface {
	Go(work func() (back func()))
	Post(f func())
}

// Reader opens documents; review.Reader satisfies it.
type Reader interface {
	Open(ctx context.Context, path string, password signer.PIN) (*review.Document, error)
}

// Signer signs; signer.Pipeline satisfies it.
type Signer interface {
	Sign(ctx context.Context, r signer.Request, k signer.Key, on func(signer.Stage)) (signer.Signed, error)
}

// Outbox queues and follows; submit.Outbox satisfies it.
type Outbox interface {
	Add(ctx context.Context, e submit.Envelope) (submit.Record, error)
	List(ctx context.Context, f submit.Filter) ([]submit.Record, error)
	Retry(ctx context.Context, id string) error
	Cancel(ctx context.Context, id string) error
	Connectors() []string
	FindAgencies(ctx context.Context, connector, text string, limit int) ([]submit.Party, error)
}

// Corrector is the optional power of an Outbox to correct what was sent, and to
// tell everything about it; submit.Outbox has it.
type Corrector interface {
	Get(ctx context.Context, id string) (submit.Record, error)
	Current(ctx context.Context, id string) (submit.Envelope, error)
	Recall(ctx context.Context, id, reason string, to ...submit.Party) (submit.Record, error)
	Update(ctx context.Context, id string, c submit.Change) ([]submit.Record, error)
	Replace(ctx context.Context, e submit.Envelope, reason string, ids ...string) (submit.Record, error)
}

// Inbox receives and answers; submit.Inbox satisfies it.
type Inbox interface {
	Fetch(ctx context.Context) (int, error)
	List(ctx context.Context, f submit.Filter) ([]submit.Incoming, error)
	Answer(ctx context.Context, id string, a submit.Answer) (submit.Incoming, error)
	Judge(ctx context.Context, id string) (submit.Incoming, error)
}

// Arrivals checks what came; review.Reader satisfies it.
type Arrivals interface {
	Arrived(ctx context.Context, in submit.Incoming) (review.Arrival, error)
}

// Config is everything a Flow stands on. Tokens, Outbox, Inbox, Register and
// Log of the audit may be nil: then there is nothing to sign with, nowhere to
// send, nothing to receive, no number to give.
type Config struct {
	Home     string
	Settings settings.Settings
	Runner   Runner
	Reader   Reader
	Tokens   signer.TokenSource
	Outbox   Outbox
	Inbox    Inbox
	Arrivals Arrivals
	Register submit.Register
	AuditLog submit.AuditLog
	Log      *slog.Logger

	// Calendar are the working days and times of the settings.
	Calendar submit.Calendar
	// Print is the TrueType font of printed registers.
	Print []byte

	// Signer makes the pipeline of the settings.
	Signer func(s settings.Settings) (Signer, error)
	// Stamp reads what a stamp of role carries, and says what is wrong with its
	// picture. Signer and Agency come from the certificate.
	Stamp func(ctx context.Context, s settings.Settings, role stamp.Role, cert *x509.Certificate) (stamp.Input, []verify.Finding, error)
	// Preflight tries what can fail without the token; it may wait.
	Preflight func(ctx context.Context, s settings.Settings, d *review.Document, r signer.Request) error
	// MaySign says whether a certificate may sign now (Decree 68/2024, art. 29):
	// what forbids it is the error, what should be known the findings. It may wait.
	MaySign func(ctx context.Context, s settings.Settings, c signer.Certificate) ([]verify.Finding, error)
	// Repair writes a repaired copy of a damaged, unsigned document that needs no
	// password, complete or absent, and says what is lost; it replaces no file.
	// nil: nothing is repaired. It may wait.
	Repair func(ctx context.Context, in, out string) ([]Lost, error)
	// Paint paints an appearance on nothing, w × h pixels; nil: stamps are framed only.
	Paint func(ctx context.Context, a *signer.Appearance, w, h int) (image.Image, error)
	// Augment adds a timestamp or evidence to a signed document, as the pipeline
	// does; it fills in the certificates that are known. nil: nothing is added. It
	// may wait.
	Augment func(ctx context.Context, s settings.Settings, a signer.Augmentation, on func(signer.Stage)) (signer.Signed, error)
	// Evidence collects what a verification stands on, to be kept; nil: only what
	// the files hold.
	Evidence signer.EvidenceSource
	// ListFont is the TrueType font of printed lists.
	ListFont []byte
	// Save keeps the settings.
	Save func(s settings.Settings) error
	Now  func() time.Time

	// OnChange is told of every new state, OnLists of every change in the
	// background, on the thread of the caller.
	OnChange func(State)
	OnLists  func(Lists)
	// OnSite is told of every change of the work for web pages.
	OnSite func(SiteWork)
	// Hold is how long the document of a web page cannot be signed after it came up.
	Hold time.Duration
	// OnBatch is told of every change of the pile, and in which row (AllRows:
	// in more than one).
	OnBatch func(b Batch, row int)
}

// Flow is the work. The zero value is not usable; New makes it.
type Flow struct {
	c     Config
	state State
	lists Lists
	// opened are the files that came from elsewhere than the folder.
	opened []string

	ctx       context.Context
	stop      context.CancelFunc
	cancel    context.CancelFunc            // of the work under way
	turn      int                           // of the work under way
	choice    *Choice                       // the person's own choice of a certificate
	templates atomic.Pointer[template.List] // remembered corrections; never changed in place
	looked    bool                          // the folders were read at least once
	// correcting is what the next composed message corrects; nil: nothing.
	correcting *correcting
	site       siteWork // what a web page asked for
	pile       pileOfWork
	verify     verifying
}

// New makes a flow in the state Idle. It does nothing until it is asked.
func New(c Config) *Flow {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	f := &Flow{c: c, state: Idle{}}
	f.ctx, f.stop = context.WithCancel(context.Background())
	f.pile.now.Opening = -1
	f.lists.Verify.Chosen = -1
	return f
}

// State is the present state.
func (f *Flow) State() State { return f.state }

// Lists is the present background.
func (f *Flow) Lists() Lists { return f.lists }

// Settings are the present settings.
func (f *Flow) Settings() settings.Settings { return f.c.Settings }

// Home is the folder of the settings.
func (f *Flow) Home() string { return f.c.Home }

// Close cancels what is under way and lets go of the document.
func (f *Flow) Close() {
	f.abandon()
	f.closeBatch()
	f.StopVerifying()
	f.closeVerified()
	f.verify.password.Wipe()
	f.stop()
	f.release(f.state)
	f.letGo(f.lists.Issue)
	f.state, f.lists.Issue = Idle{}, Issuing{}
}

// Leave closes the document and goes back to the list.
func (f *Flow) Leave() {
	f.abandon()
	f.correcting = nil
	f.set(Idle{})
}

// set makes s the state, lets go of a document that s does not hold any more,
// and tells.
func (f *Flow) set(s State) {
	old := f.state
	s = f.followNumbers(old, s)
	f.state = s
	if documentOf(old) != documentOf(s) {
		f.release(old)
	}
	if f.followSite(s) {
		return // it led on to another state, which was told
	}
	if f.c.OnChange != nil {
		f.c.OnChange(s)
	}
}

func (f *Flow) release(s State) {
	if d := documentOf(s); d != nil {
		f.c.Runner.Go(func() func() {
			if err := d.Close(); err != nil {
				f.c.Log.Warn("close document", "err", err)
			}
			return nil
		})
	}
}

// documentOf is the open document that a state holds.
func documentOf(s State) *review.Document {
	switch s := s.(type) {
	case Placing:
		return s.Doc
	case Checking:
		return s.Doc
	case AskPIN:
		return s.Doc
	case Signing:
		return s.Doc
	case Signed:
		return s.Doc
	case Composing:
		return s.Doc
	case Idle, Opening, OpenFailed, Locked, Damaged, Queued:
	}
	return nil
}

// deskOf is the desk that a state holds.
func deskOf(s State) (Desk, bool) {
	switch s := s.(type) {
	case Placing:
		return s.Desk, true
	case Checking:
		return s.Desk, true
	case AskPIN:
		return s.Desk, true
	case Signing:
		return s.Desk, true
	case Idle, Opening, OpenFailed, Locked, Damaged, Signed, Composing, Queued:
	}
	return Desk{}, false
}

// abandon cancels the work under way; its result will be dropped.
func (f *Flow) abandon() {
	f.turn++
	if f.cancel != nil {
		f.cancel()
		f.cancel = nil
	}
}

// run does work off the thread and hands its result to done, unless something
// else was started meanwhile; then a result that can be closed is closed.
func run[T any](f *Flow, work func(ctx context.Context) (T, error), done func(T, error)) {
	f.abandon()
	ctx, cancel := context.WithCancel(f.ctx)
	f.cancel = cancel
	turn := f.turn
	f.c.Runner.Go(func() func() {
		v, err := work(ctx)
		return func() {
			if turn != f.turn {
				if c, ok := any(v).(interface{ Close() error }); ok && err == nil {
					_ = c.Close() // of no use to anybody any more
				}
				return
			}
			done(v, err)
		}
	})
}

// aside does work beside the document's: lists, tokens, settings.
func aside[T any](f *Flow, work func(ctx context.Context) (T, error), done func(T, error)) {
	f.c.Runner.Go(func() func() {
		v, err := work(f.ctx)
		return func() {
			if f.ctx.Err() == nil {
				done(v, err)
			}
		}
	})
}

func (f *Flow) tellLists() {
	if f.c.OnLists != nil {
		f.c.OnLists(f.lists)
	}
}

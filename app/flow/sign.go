package flow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// Sign is the button «Ký»: what can fail without the token is tried first,
// then the PIN is asked for.
func (f *Flow) Sign() {
	now, ok := f.state.(Placing)
	if !ok || !now.Ready() {
		return
	}
	f.set(Checking{now.Desk})
	s, r, before := f.c.Settings, request(now.Desk), f.stepsBefore(now.Desk)
	run(f, func(ctx context.Context) (ready, error) {
		if s.Signing.Signed != "" || now.site != nil { // the person's own folder for them; made with the first
			if err := os.MkdirAll(filepath.Dir(r.Output), 0o755); err != nil {
				return ready{}, &review.RuleError{
					Rule: review.RuleNoFolder, Args: map[string]string{"path": filepath.Dir(r.Output)}, Err: err,
				}
			}
		}
		if f.c.Preflight != nil {
			if err := f.c.Preflight(ctx, s, now.Doc, r); err != nil {
				return ready{}, err
			}
		}
		if err := f.beforeSite(ctx, s, now.Desk); err != nil {
			return ready{}, err
		}
		if _, err := now.Doc.Unseen(ctx); err != nil { // the rest of the search, before the PIN
			return ready{}, err
		}
		warnings, err := f.maySign(ctx, *now.Signer)
		if err != nil {
			return ready{}, err
		}
		// Once more, because some stamps show the time.
		d := f.lay(ctx, s, now.Doc, again(now.Desk))
		if err := errors.Join(d.PlaceErr, ctx.Err()); err != nil {
			return ready{}, err
		}
		d.before = before
		pin, err := f.pinState(ctx, d.Asks())
		return ready{d, pin, warnings}, err
	}, func(r ready, err error) {
		if err != nil {
			f.back(now.Desk, err)
			return
		}
		if f.agreeSite(r.desk) {
			return
		}
		f.set(AskPIN{Desk: r.desk, PIN: r.pin, Warnings: r.warnings})
	})
}

// ready is everything but the PIN.
type ready struct {
	desk     Desk
	pin      signer.PINState
	warnings []verify.Finding
}

// pinState asks the token about its PIN just before the person types one.
func (f *Flow) pinState(ctx context.Context, c Choice) (signer.PINState, error) {
	slots, err := f.c.Tokens.Slots(ctx)
	if err != nil {
		return 0, err
	}
	for _, s := range slots {
		if same(s, c.Slot) {
			if s.Token.PIN == signer.PINLocked {
				return 0, &signer.TokenError{Fault: signer.TokenLocked, Err: errors.New("the token says so")}
			}
			return s.Token.PIN, nil
		}
	}
	return 0, &signer.TokenError{Fault: signer.TokenRemoved, Err: errors.New("no such token any more")}
}

// same says whether two slots hold the same token: by its serial and label,
// never by the position of the reader.
func same(a, b signer.Slot) bool {
	return a.Token.Serial == b.Token.Serial && a.Token.Label == b.Token.Label && a.Module == b.Module
}

// EnterPIN signs. lastTry says that the person knows that a wrong PIN would
// lock the token; without it a final try is not used. pin is wiped.
func (f *Flow) EnterPIN(pin signer.PIN, lastTry bool) { f.EnterPINs(PINs{Login: pin}, lastTry) }

// EnterPINs is EnterPIN for a token with a PIN of its own for signatures.
func (f *Flow) EnterPINs(pin PINs, lastTry bool) {
	now, ok := f.state.(AskPIN)
	if !ok || now.PIN == signer.PINFinalTry && !lastTry {
		pin.Wipe()
		return
	}
	if !now.Sealing() {
		f.enterNumber(now, pin)
		return
	}
	f.set(Signing{Desk: now.Desk, Stage: signer.StagePrepare})
	turn, s := f.turn+1, f.c.Settings
	watch := &clockWatch{now: f.c.Now}
	run(f, func(ctx context.Context) (outcome, error) {
		defer pin.Wipe()
		return f.sign(ctx, s, now.Desk, pin, watch.stages(func(at signer.Stage) {
			f.c.Runner.Post(func() { f.stage(turn, at) })
		}))
	}, func(o outcome, err error) {
		if c, ok := watch.read(o.doc); ok {
			f.lists.Clock = c
			f.tellLists()
		}
		f.signed(now.Desk, o, err)
	})
}

func (f *Flow) stage(turn int, s signer.Stage) {
	if now, ok := f.state.(Signing); ok && turn == f.turn && now.Stage != s {
		f.set(Signing{Desk: now.Desk, Stage: s})
	}
}

// outcome is a signed file, read back.
type outcome struct {
	result signer.Signed
	doc    *review.Document
	before []signer.Signed // of the same web page
}

// Close lets go of the document.
func (o outcome) Close() error {
	if o.doc == nil {
		return nil
	}
	return o.doc.Close()
}

// sign unlocks, signs, locks again and reads the result back. It may wait.
func (f *Flow) sign(ctx context.Context, s settings.Settings, d Desk, pin PINs, on func(signer.Stage)) (outcome, error) {
	tool, err := f.c.Signer(s)
	if err != nil {
		return outcome{}, err
	}
	token, err := f.c.Tokens.Open(d.Signer.Slot)
	if err != nil {
		return outcome{}, err
	}
	steps := d.steps()
	scratches, err := f.signNumbers(ctx, tool, token, steps, pin)
	defer f.removeAll(scratches)
	if err != nil {
		return outcome{}, err
	}
	key, err := unlock(ctx, token, d.Signer.Certificate, pin)
	pin.Wipe()
	if err != nil {
		return outcome{}, err
	}
	last := len(steps) - 1
	before, err := signBefore(ctx, tool, steps[:last], key, on)
	var result signer.Signed
	if err == nil {
		result, err = tool.Sign(ctx, steps[last].last, key, on)
	}
	if cerr := key.Close(); cerr != nil {
		f.c.Log.Warn("log out of the token", "err", cerr)
	}
	if err != nil {
		return outcome{before: before}, err
	}
	doc, err := f.c.Reader.Open(ctx, result.Path, nil)
	if err != nil {
		return outcome{}, fmt.Errorf("read the signed file back: %w", err)
	}
	return outcome{result, doc, before}, nil
}

func (f *Flow) signed(d Desk, o outcome, err error) {
	f.LookAround()
	var pin *signer.PINError
	switch {
	case errors.As(err, &pin) && pin.State != signer.PINLocked:
		f.set(AskPIN{Desk: d, PIN: pin.State, Problem: err, Signature: pin.Signature})
	case errors.Is(err, context.Canceled):
		f.set(Placing{Desk: d})
	case err != nil:
		f.sitePartly(d, o)
		f.back(d, err)
	default:
		f.learnSigned(d)
		f.siteSigned(d, o)
		f.c.Log.Info("signed", "file", o.result.Path, "level", o.result.Level.String())
		f.set(Signed{Doc: o.doc, Result: o.result, Next: f.waitingBut(d.Doc.Path)})
	}
}

// back shows the document again with the reason.
func (f *Flow) back(d Desk, err error) {
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	f.set(Placing{Desk: d, Problem: err})
}

// StopWaiting goes back to the document. A token that signs just now cannot be
// stopped; what it brings is dropped.
func (f *Flow) StopWaiting() {
	d, ok := deskOf(f.state)
	if _, placing := f.state.(Placing); !ok || placing {
		return
	}
	f.abandon()
	f.set(Placing{Desk: d})
}

// request is the order for the pipeline.
func request(d Desk) signer.Request {
	hash := d.Doc.SHA256
	r := signer.Request{
		Input: d.Doc.Path, Output: d.Output, Source: &hash,
		Field: d.Place.SignatureField(), Appearance: d.Place.Appearance,
		Certificate: d.Signer.Certificate.X509, Chain: d.Signer.Certificate.Chain,
		Level: d.Level, Name: d.Signer.Certificate.X509.Subject.CommonName,
	}
	if d.Role == stamp.Number {
		r.Reason = review.IssueReason(d.stamp)
	}
	if d.Place.How == review.Invisible {
		r.Appearance, r.Field.Rect = nil, geom.Rect{}
	}
	return r
}

// Next opens the next document that waits.
func (f *Flow) Next() {
	open := ""
	if s, ok := f.state.(Signed); ok {
		open = s.Result.Path
	}
	for _, w := range f.lists.Waiting {
		if w.Path != open {
			f.Open(w.Path)
			return
		}
	}
	f.Leave()
}

package flow

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"

	"trinhky/app/settings"
	"trinhky/signer"
)

// What a page has issued gets its number and date by the secretary's own
// signature and then the agency's seal, as what is issued in the window does
// (Decree 30/2020, articles 14, 15 and 32). Where the two keys lie on two
// tokens, each is asked for its own PIN once: first the secretary's. Until the
// seal is on, what carries the number lies beside what was fetched and goes
// with it.

// numbered are documents with number and date whose seal is missing, by the
// document that they were made of.
type numbered map[string]signer.Signed

// stepsBefore are the documents of the same page that were agreed to before d.
func (f *Flow) stepsBefore(d Desk) []siteStep {
	if d.site == nil || d.site != f.site.Job {
		return nil
	}
	return f.site.steps
}

// steps is what is still to be signed for the desk, in its order.
func (d Desk) steps() []siteStep {
	all := append(slices.Clone(d.before), stepOf(d))
	for i := range all {
		s := &all[i]
		if out, ok := d.numbered[s.last.Input]; ok && s.number != nil {
			s.goOnFrom(out)
		}
	}
	return all
}

// goOnFrom lets the seal go on from what carries number and date.
func (s *siteStep) goOnFrom(out signer.Signed) {
	s.number, s.last.Input, s.last.Source = nil, out.Path, &out.SHA256
}

// Asks is the certificate whose PIN is asked now: the secretary's while a number
// is to be put in by another token than the seal's, else the one that signs.
// Only with a Signer.
func (d Desk) Asks() Choice {
	for _, s := range d.steps() {
		if s.number != nil && !same(s.by.Slot, d.Signer.Slot) {
			return s.by
		}
	}
	return *d.Signer
}

// Sealing says whether the PIN that is asked now is that of the last signature.
func (d Desk) Sealing() bool { return same(d.Asks().Slot, d.Signer.Slot) }

// TwoTokens says that number and seal have a token each.
func (d Desk) TwoTokens() bool {
	return d.Numbering != nil && !same(d.Numbering.By.Slot, d.Signer.Slot)
}

// ChooseSiteNumberKey lets a certificate put number and date into the page's
// document; only while placing.
func (f *Flow) ChooseSiteNumberKey(c Choice) {
	f.relay(func(a *layAsk, d Desk) {
		if d.site != nil {
			*a = again(d)
			a.tokens, a.number = f.lists.Tokens, &c
		}
	})
}

// numberKeys finds who puts number and date in.
func (d Desk) numberKeys() Issuing {
	return Issuing{Doc: d.Doc, Seal: d.Signer, keys: issueKeys{number: d.numberKey}}
}

// otherNumberer says that, with the tokens that are there now, another
// certificate puts number and date into a page's document, or could.
func (f *Flow) otherNumberer(d Desk) bool {
	if d.Numbering == nil {
		return false
	}
	keys := d.numberKeys()
	by, among := keys.numberChoice(f.lists.Tokens, f.c.Settings.Agency.Name), keys.IssueChoices(f.lists.Tokens)
	return !equalChoice(by, &d.Numbering.By) || len(among) != len(d.Numbering.Among)
}

// numberedNow is what one token put numbers into, and the state of the next PIN.
type numberedNow struct {
	f    *Flow
	made numbered
	pin  signer.PINState
}

// Close takes it back: nobody wants it any more.
func (n numberedNow) Close() error {
	n.f.removeAll(n.made.paths())
	return nil
}

func (n numbered) paths() []string {
	var out []string
	for _, s := range n {
		out = append(out, s.Path)
	}
	return out
}

// enterNumber puts number and date in with the secretary's PIN, and asks for
// the next one. pin is wiped.
func (f *Flow) enterNumber(now AskPIN, pin PINs) {
	d, s := now.Desk, f.c.Settings
	f.set(Signing{Desk: d, Stage: signer.StageToken})
	run(f, func(ctx context.Context) (numberedNow, error) {
		defer pin.Wipe()
		return f.numberWith(ctx, s, d, pin)
	}, func(n numberedNow, err error) {
		if err != nil {
			f.signed(d, outcome{}, err)
			return
		}
		all := maps.Clone(n.made)
		maps.Copy(all, d.numbered)
		d.numbered = all
		f.LookAround()
		f.set(AskPIN{Desk: d, PIN: n.pin, Warnings: now.Warnings})
	})
}

// numberWith puts numbers in with the token that is asked now: all of them, or
// none. It may wait.
func (f *Flow) numberWith(ctx context.Context, s settings.Settings, d Desk, pin PINs) (n numberedNow, err error) {
	n = numberedNow{f: f, made: numbered{}}
	defer func() {
		if err != nil {
			_ = n.Close() // it says itself what it could not remove
		}
	}()
	tool, err := f.c.Signer(s)
	if err != nil {
		return n, err
	}
	by := d.Asks()
	token, err := f.c.Tokens.Open(by.Slot)
	if err != nil {
		return n, err
	}
	for _, step := range d.steps() {
		if step.number == nil || !same(step.by.Slot, by.Slot) {
			continue
		}
		out, err := f.signNumber(ctx, tool, token, step, pin)
		if err != nil {
			return n, err
		}
		n.made[step.last.Input] = out
	}
	after := d
	after.numbered = maps.Clone(n.made)
	maps.Copy(after.numbered, d.numbered)
	n.pin, err = f.pinState(ctx, after.Asks())
	return n, err
}

// signNumbers puts number and date into the documents that lack them, with the
// token of the seal, so that one PIN does both. The last signature then goes on
// from what was written; scratches have to go afterwards.
func (f *Flow) signNumbers(ctx context.Context, tool Signer, token signer.Token, steps []siteStep, pin PINs) (scratches []string, err error) {
	for i := range steps {
		if steps[i].number == nil {
			continue
		}
		out, err := f.signNumber(ctx, tool, token, steps[i], pin)
		if err != nil {
			return scratches, err
		}
		scratches = append(scratches, out.Path)
		steps[i].goOnFrom(out)
	}
	return scratches, nil
}

// signNumber unlocks, signs once beside what was fetched, and locks. A refused
// PIN is not tried again, and what fails leaves nothing.
func (f *Flow) signNumber(ctx context.Context, tool Signer, token signer.Token, s siteStep, pin PINs) (signer.Signed, error) {
	r := *s.number
	var err error
	if r.Output, err = scratch(s.last.Input); err != nil {
		return signer.Signed{}, err
	}
	again := PINs{Login: append(signer.PIN(nil), pin.Login...), Signature: append(signer.PIN(nil), pin.Signature...)}
	defer again.Wipe()
	key, err := unlock(ctx, token, s.by.Certificate, again)
	if err != nil {
		return signer.Signed{}, err
	}
	out, err := tool.Sign(ctx, r, key, func(signer.Stage) {})
	if err := errors.Join(err, key.Close()); err != nil {
		f.removeAll([]string{r.Output})
		return signer.Signed{}, err
	}
	return out, nil
}

// followNumbers takes away what carries a number and will not be sealed: the
// person went back, or it was sealed.
func (f *Flow) followNumbers(old, s State) State {
	before, _ := deskOf(old)
	now, _ := deskOf(s)
	if p, ok := s.(Placing); ok && p.numbered != nil { // number, date and place can be changed there
		p.numbered, now.numbered = nil, nil
		s = p
	}
	var gone []string
	for input, out := range before.numbered {
		if _, kept := now.numbered[input]; !kept {
			gone = append(gone, out.Path)
		}
	}
	if len(gone) > 0 {
		f.c.Runner.Go(func() func() {
			f.removeAll(gone)
			return nil
		})
	}
	return s
}

// removeAll deletes what was only on the way.
func (f *Flow) removeAll(paths []string) {
	for _, p := range paths {
		if err := os.Remove(p); err != nil && !errors.Is(err, os.ErrNotExist) {
			f.c.Log.Warn("left behind", "file", p, "err", err)
		}
	}
}

package flow

import (
	"context"
	"crypto/x509"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/stamp"
)

// Open reads the document at path and puts the stamp where it belongs.
func (f *Flow) Open(path string) { f.open(path, nil) }

// OpenWith opens an encrypted document; password is wiped here.
func (f *Flow) OpenWith(path string, password signer.PIN) { f.open(path, password) }

func (f *Flow) open(path string, password signer.PIN) {
	f.set(Opening{Path: path})
	s, begun := f.c.Settings, f.c.Now()
	tokens, own, site := f.lists.Tokens, f.choice, f.siteOf(path)
	run(f, func(ctx context.Context) (opened, error) {
		defer password.Wipe()
		doc, err := f.c.Reader.Open(ctx, path, password)
		if site == nil && len(password) == 0 {
			if d := f.damage(ctx, path, doc, err); d != nil {
				return opened{doc: doc, damaged: d}, nil
			}
		}
		if err != nil {
			return opened{}, err
		}
		if err := site.fetched(path, doc.SHA256); err != nil {
			return opened{}, errors.Join(err, doc.Close())
		}
		if site != nil {
			return opened{doc: doc, desk: f.lay(ctx, s, doc, layAsk{role: site.Role, choice: chooseFor(site, s, tokens, layAsk{role: site.Role, choice: own}, doc), site: site, tokens: tokens})}, nil
		}
		return opened{doc: doc, desk: f.layFirst(ctx, s, doc, tokens, own)}, nil
	}, func(o opened, err error) {
		switch {
		case errors.Is(err, signer.ErrPassword), errors.Is(err, pdfview.ErrPassword):
			f.set(Locked{Path: path, Wrong: len(password) > 0})
		case err != nil:
			f.set(OpenFailed{Path: path, Err: err})
		case o.damaged != nil:
			f.remember(path)
			f.drop(o)
			f.set(*o.damaged)
		default:
			f.remember(path)
			f.c.Log.Info("opened", "file", path, "pages", len(o.doc.Pages), "took", f.c.Now().Sub(begun))
			f.set(Placing{Desk: f.holdSite(o.desk)})
			f.lookUnseen(o.doc)
		}
	})
}

// Show opens a signed document to look at; signing more is one step away.
func (f *Flow) Show(path string) {
	f.set(Opening{Path: path})
	run(f, func(ctx context.Context) (*review.Document, error) {
		return f.c.Reader.Open(ctx, path, nil)
	}, func(d *review.Document, err error) {
		switch {
		case errors.Is(err, signer.ErrPassword), errors.Is(err, pdfview.ErrPassword):
			f.set(Locked{Path: path})
		case err != nil:
			f.set(OpenFailed{Path: path, Err: err})
		default:
			f.set(Signed{Doc: d, Result: signer.Signed{Path: path, Level: lastLevel(d)}, Next: f.waitingBut(path)})
		}
	})
}

// lastLevel is the level of the newest signature.
func lastLevel(d *review.Document) signer.Level {
	if n := len(d.Report.Signatures); n > 0 {
		return d.Report.Signatures[n-1].Level
	}
	return signer.LevelB
}

// SignMore puts another stamp onto the signed document that is shown.
func (f *Flow) SignMore() {
	now, ok := f.state.(Signed)
	if !ok {
		return
	}
	s, tokens, own := f.c.Settings, f.lists.Tokens, f.choice
	run(f, func(ctx context.Context) (Desk, error) {
		return f.layFirst(ctx, s, now.Doc, tokens, own), ctx.Err()
	}, func(d Desk, err error) {
		if err == nil {
			f.set(Placing{Desk: d})
		}
	})
}

// layFirst makes the desk of a document that was just opened: whose stamp is
// next, and which certificate makes it.
func (f *Flow) layFirst(ctx context.Context, s settings.Settings, doc *review.Document, tokens []TokenRow, own *Choice) Desk {
	role, prepared := preparedRole(doc, tokens)
	if !prepared {
		role = nextRole(s, doc)
	}
	return f.lay(ctx, s, doc, layAsk{role: role, choice: choose(tokens, own, doc, role)})
}

// nextRole is the agency's seal where the competent person has signed and no
// other place waits for a person; else the person's own stamp.
func nextRole(s settings.Settings, doc *review.Document) stamp.Role {
	if s.Signing.Seal == "" || len(doc.EmptyFields()) > 0 || doc.LeaderSigned(nil) != nil {
		return stamp.Leader
	}
	for _, b := range doc.Parts.Signers {
		taken := false
		for _, g := range doc.Report.Signatures {
			taken = taken || g.Page == b.Band.Page+1 && !g.Rect.Intersect(b.Band.Rect).Empty()
		}
		if !taken {
			return stamp.Leader
		}
	}
	return stamp.Seal
}

// opened is a document with its desk, closable when nobody wants it any more.
type opened struct {
	doc     *review.Document // nil: it could not be opened as it is
	desk    Desk
	damaged *Damaged // nil: it is sound, or there is no repair
}

// Close lets go of the document.
func (o opened) Close() error {
	if o.doc == nil {
		return nil
	}
	return o.doc.Close()
}

// drop closes a document that is not shown, off the thread.
func (f *Flow) drop(o opened) {
	f.c.Runner.Go(func() func() {
		if err := o.Close(); err != nil {
			f.c.Log.Warn("close document", "err", err)
		}
		return nil
	})
}

// layAsk is what is decided before a stamp is laid out.
type layAsk struct {
	role   stamp.Role
	choice *Choice
	fixed  *review.Placement // where the person put it; nil: the rule's place
	keep   *review.Placement // the rule's place, found before
	issue  *Issue            // what a number's stamp carries; nil: nothing
	rule   *review.Placement // the rule's place without what was remembered
	same   *Desk             // whose stamp is only moved; nil: it is read anew
	site   *SiteJob          // of a web page; nil: the person's own document
	form   *SiteForm         // the person's change of what the page named; nil: none
	tokens []TokenRow        // among which the number's certificate is looked for
	number *Choice           // the person's own choice of it; nil: none
}

// again asks for the desk once more: the same stamp at the same place.
func again(d Desk) layAsk {
	a := layAsk{role: d.Role, choice: d.Signer, site: d.site, form: d.formOf(), tokens: d.tokens, number: d.numberKey}
	if d.Place.How == review.Fixed {
		a.fixed, a.keep, a.rule = &d.Place, &d.Proposed, d.rule
	}
	if d.Role == stamp.Number {
		a.issue = &Issue{Number: d.stamp.Number, Town: d.stamp.Town, Date: d.stamp.Issued}
	}
	return a
}

// lay makes the desk of a document: stamp, place, findings. It may wait.
func (f *Flow) lay(ctx context.Context, s settings.Settings, doc *review.Document, a layAsk) Desk {
	d := Desk{
		Doc: doc, Role: a.role, Rules: rulesOf(s), Signer: a.choice,
		Level: levelOf(s), Output: f.outputFor(s, doc.Path),
		site: a.site, tokens: a.tokens, numberKey: a.number,
	}
	if a.site != nil {
		d.Form = a.site.form(f.dayOf(doc))
	}
	if a.form != nil {
		d.Form = *a.form
	}
	var cert *x509.Certificate
	if a.choice != nil {
		cert = a.choice.Certificate.X509
	}
	if err := f.readStamp(ctx, s, &d, a, cert); err != nil {
		d.PlaceErr = err
		return d
	}
	in := d.stamp
	ask := review.Ask{Stamp: in}
	if a.fixed != nil {
		ask.How, ask.Page, ask.Shown = review.Fixed, a.fixed.Page, a.fixed.Shown
	}
	d.Place, d.PlaceErr = doc.Place(ctx, ask)
	if d.rule = a.rule; a.fixed == nil && d.PlaceErr == nil {
		rule := d.Place
		d.rule = &rule
		d.Place, d.PlaceErr = doc.Corrected(ctx, f.Templates(), ask, rule)
	}
	var missing *review.RuleError
	if errors.As(d.PlaceErr, &missing) && missing.Rule == review.RuleNoPlace {
		d.Place, d.PlaceErr = f.anyPlace(ctx, doc, in)
	}
	d.Proposed = d.Place
	if a.keep != nil {
		d.Proposed = *a.keep
	}
	d.Guide = guide(doc, d.Proposed)
	if d.PlaceErr != nil {
		return d
	}
	var err error
	d.Findings, err = doc.Check(ctx, d.Place, in, cert)
	if err != nil && ctx.Err() == nil {
		f.c.Log.Warn("check before signing", "err", err)
	}
	d.Findings = append(d.Findings, d.pictureWrong...)
	if err := f.mayRole(doc, a.role, cert); err != nil {
		d.PlaceErr = err
	} else if a.site != nil && a.role == stamp.Seal && d.Signer != nil {
		d.PlaceErr = f.layNumber(ctx, s, &d, a)
	}
	if doc.Permissions.Repairable {
		d.PlaceErr = &review.RuleError{Rule: review.RuleDamaged, Args: map[string]string{"file": filepath.Base(doc.Path)}}
	}
	return d
}

// readStamp reads what the stamp carries, unless it is only moved.
func (f *Flow) readStamp(ctx context.Context, s settings.Settings, d *Desk, a layAsk, cert *x509.Certificate) error {
	if a.same != nil {
		d.stamp, d.pictureWrong = a.same.stamp, a.same.pictureWrong
		return nil
	}
	var err error
	d.stamp, d.pictureWrong, err = f.c.Stamp(ctx, s, a.role, cert)
	d.stamp.Role, d.stamp.Rules = a.role, d.Rules
	a.issue.into(&d.stamp)
	a.site.into(&d.stamp, d.Form)
	if signers := d.Doc.Parts.Signers; d.stamp.Signer == "" && len(signers) > 0 { // until a token says who it is
		d.stamp.Signer = review.UnknownSigner
		if len(signers) == 1 {
			d.stamp.Signer = signers[0].Name.Text
		}
	}
	return err
}

// mayRole asks the rule that an agency numbers and seals only what its leader
// signed.
func (f *Flow) mayRole(doc *review.Document, role stamp.Role, cert *x509.Certificate) error {
	if role != stamp.Seal && role != stamp.Number {
		return nil
	}
	return doc.LeaderSigned(cert)
}

// anyPlace puts a stamp for which the rule found no place into the lower right
// quarter of the last page, with no confidence: the person has to look.
func (f *Flow) anyPlace(ctx context.Context, doc *review.Document, in stamp.Input) (review.Placement, error) {
	if len(doc.Pages) == 0 {
		return review.Placement{}, &review.RuleError{Rule: review.RuleNoPlace}
	}
	last := len(doc.Pages) - 1
	size := doc.Pages[last].ShownSize()
	box := geom.Size{W: min(geom.MM(60), size.W/2), H: min(geom.MM(28), size.H/4)}
	look, err := stamp.Lay(in, box)
	if err != nil {
		return review.Placement{}, err
	}
	at := geom.CenterOn(geom.Point{X: size.W * 0.7, Y: size.H * 0.7}, look.Size)
	p, err := doc.Place(ctx, review.Ask{Stamp: in, How: review.Fixed, Page: last, Shown: at})
	if err != nil {
		return p, err
	}
	p.How, p.Confidence = review.Auto, 0
	return p, nil
}

// guide is the point that a dragged stamp is drawn to: the middle of the band
// of the page that the stamp was put on.
func guide(doc *review.Document, p review.Placement) *geom.Point {
	if p.Appearance == nil {
		return nil
	}
	for _, s := range doc.Parts.Signers {
		if s.Band.Found() && s.Band.Page == p.Page && p.Page < len(doc.Pages) {
			c := doc.Pages[p.Page].RectToShown(s.Band.Rect).Center()
			return &c
		}
	}
	c := p.Shown.Center()
	return &c
}

// Move puts the stamp at shown of page (from 0); the appearance is laid out
// for its size and what it covers is looked at.
func (f *Flow) Move(page int, shown geom.Rect) {
	p := review.Placement{Page: page, Shown: shown}
	f.relay(func(a *layAsk, d Desk) { a.fixed, a.keep, a.rule, a.same = &p, &d.Proposed, d.rule, &d })
}

// ResetPlace puts the stamp back where the rule says.
func (f *Flow) ResetPlace() { f.relay(func(*layAsk, Desk) {}) }

// SetRole takes the stamp of another role, and the certificate that suits it.
func (f *Flow) SetRole(r stamp.Role) {
	f.choice = nil
	f.relay(func(a *layAsk, d Desk) {
		a.role, a.choice = r, choose(f.lists.Tokens, f.choice, d.Doc, r)
	})
}

// Choose takes another certificate.
func (f *Flow) Choose(c Choice) {
	f.choice = &c
	f.relay(func(a *layAsk, d Desk) {
		*a = again(d)
		a.choice = &c
	})
}

// relay makes the desk anew; only while placing.
func (f *Flow) relay(change func(*layAsk, Desk)) {
	now, ok := f.state.(Placing)
	if !ok {
		return
	}
	a := layAsk{role: now.Role, choice: now.Signer, site: now.site, form: now.formOf(), tokens: f.lists.Tokens, number: now.numberKey}
	change(&a, now.Desk)
	s := f.c.Settings
	run(f, func(ctx context.Context) (Desk, error) {
		return f.lay(ctx, s, now.Doc, a), ctx.Err()
	}, func(d Desk, err error) {
		if err == nil {
			if p, ok := f.state.(Placing); ok { // what holds it still goes on
				d.Held, d.hold = p.Held, p.hold
			}
			f.set(Placing{Desk: d})
		}
	})
}

func rulesOf(s settings.Settings) stamp.RuleSet {
	if s.Signing.Rules == string(stamp.ND30) {
		return stamp.ND30
	}
	return stamp.TT01
}

func levelOf(s settings.Settings) signer.Level {
	words := []string{"B", "T", "LT", "LTA"}
	return signer.Level(max(0, slices.Index(words, strings.ToUpper(s.Signing.Level))))
}

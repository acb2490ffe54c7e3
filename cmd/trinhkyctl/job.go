package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"time"

	"trinhky/app/message"
	"trinhky/app/review"
	"trinhky/app/template"
	"trinhky/cmd/internal/wire"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// job is what all documents of one command have in common.
type job struct {
	*session
	flags     *signFlags
	role      stamp.Role
	how       review.How
	level     signer.Level
	digest    crypto.Hash
	certify   signer.Certification
	password  signer.PIN
	pipeline  *signer.Pipeline
	stamp     stamp.Input
	picture   []verify.Finding
	templates template.List    // corrections that people made in the window
	warnings  []verify.Finding // about the certificate
	asked     bool             // the time-stamping servers were asked already
}

// job checks the flags once.
func (f *signFlags) job(s *session) (*job, error) {
	j := &job{session: s, flags: f}
	var err error
	if j.how, err = f.how(); err != nil {
		return nil, err
	}
	if j.role, err = roleOf(f.Role); err != nil {
		return nil, err
	}
	// The contract's defaults, not the person's: a script means the same
	// everywhere. Only the true width of the seal and the servers are theirs.
	set := s.Settings
	set.Signing.Rules, set.Signing.Title = f.Rules, ""
	if j.level, err = levelOf(f.Level); err != nil {
		return nil, err
	}
	j.digest = digestOf(f.Digest)
	j.certify = certifyOf(f.Certify)
	if len(f.TSA) == 0 {
		f.TSA = set.Signing.TSA
	}
	if j.level >= signer.LevelT && len(f.TSA) == 0 {
		return nil, usage("level-needs-tsa", "level", f.Level)
	}
	if j.pipeline, err = s.Pipeline(f.TSA); err != nil {
		return nil, err
	}
	if j.stamp, j.picture, err = s.StampWith(set, j.role, nil, f.Image); err != nil {
		return nil, err
	}
	j.stamp.Number, j.stamp.CopyForm = f.Number, f.CopyForm
	if err := j.issue(); err != nil {
		return nil, err
	}
	if f.Agency != "" {
		j.stamp.Agency = f.Agency
	}
	if !f.NoTemplates {
		if j.templates, err = template.Load(s.Graph.Home); err != nil {
			return nil, err
		}
	}
	j.password, err = f.password(s)
	return j, err
}

// issue reads what a number's stamp carries.
func (j *job) issue() error {
	f := j.flags
	if f.Town != "" {
		j.stamp.Town = f.Town
	}
	if f.Date != "" {
		t, err := submit.Date(f.Date).Time()
		if err != nil {
			return usage("date", "word", f.Date)
		}
		j.stamp.Issued = t
	}
	if j.role == stamp.Number && f.Number == "" && f.Date == "" {
		return usage("number-missing")
	}
	return nil
}

// reason is the one asked for; a number's signature says what it issues.
func (j *job) reason() string {
	if j.role == stamp.Number && j.flags.Reason == "" {
		return review.IssueReason(j.stamp)
	}
	return j.flags.Reason
}

// files are the files of one document. Source is what is signed: the input, or
// its repaired copy.
type files struct{ in, source, out string }

// item is one document of a job, looked at and ready to sign.
type item struct {
	files
	document  *review.Document
	placement review.Placement
	findings  []verify.Finding
	seen      os.FileInfo // of the source when it was looked at
}

// look opens a document, finds the place and checks what can be checked without
// the key. cert is nil where it is not known yet.
func (j *job) look(ctx context.Context, f files, cert *x509.Certificate) (item, error) {
	it := item{files: f}
	reader, err := j.Reader()
	if err != nil {
		return it, err
	}
	if it.seen, err = os.Stat(f.source); err != nil {
		return it, err
	}
	// With the place given nobody is shown the document: it is read to its end
	// only once, when it is signed.
	reader.Verify.NoFileDigest = j.how != review.Auto
	d, err := reader.Examine(ctx, f.source, j.password)
	if err != nil {
		return it, err
	}
	if d.Permissions.Repairable {
		return it, j.damaged(ctx, f.in)
	}
	if err := j.preflight(ctx, d, f); err != nil {
		return it, err
	}
	if err := j.read(ctx, reader, d, cert); err != nil {
		return it, err
	}
	it.document = d
	if err := j.place(ctx, &it, cert); err != nil {
		return it, errors.Join(err, d.Close())
	}
	return it, nil
}

// preflight tries what can fail without the key.
func (j *job) preflight(ctx context.Context, d *review.Document, f files) error {
	set := j.Settings
	set.Signing.TSA = j.flags.TSA
	return j.Preflight(ctx, set, d, signer.Request{
		Input: f.in, Output: f.out, Overwrite: j.flags.Overwrite,
		Level: j.level, DowngradeAllowed: j.flags.OnTSAFailure == "downgrade" || j.asked,
	})
}

// reachable asks once for a whole batch, before the PIN, whether a time-stamping
// server answers and whether the servers' quotas are enough for so many documents.
func (j *job) reachable(ctx context.Context, documents int) error {
	if j.level < signer.LevelT || j.flags.OnTSAFailure == "downgrade" {
		return nil
	}
	j.asked = true
	need := documents
	if j.level == signer.LevelLTA {
		need *= 2 // of the signature, and of the document
	}
	left, err := j.TimestampsLeft(j.flags.TSA)
	switch {
	case err != nil:
		return err
	case left >= 0 && left < need:
		args := map[string]string{"left": strconv.Itoa(left), "need": strconv.Itoa(need)}
		return &message.Coded{Code: "error.tsa-quota", Args: args, Err: fmt.Errorf("%w: %d timestamps left of %d", signer.ErrLevel, left, need)}
	}
	return wire.Reachable(ctx, j.flags.TSA)
}

// read reads the pages, unless the place was given: for the place and for what
// has to be known of the document (a secrecy mark). Where the place needs none
// of it, pages that the renderer cannot read are signed and named as not read.
func (j *job) read(ctx context.Context, r *review.Reader, d *review.Document, cert *x509.Certificate) error {
	if j.how != review.Auto {
		return nil
	}
	err := r.Load(ctx, d, j.password)
	if err == nil || ctx.Err() != nil || !d.AutoWithoutText(j.ask(cert).Stamp) {
		return err
	}
	j.Log.Warn("read the pages", "input", d.Path, "error", err)
	return nil
}

// ask is what is to be placed for the owner of a certificate, which may not be
// known yet.
func (j *job) ask(cert *x509.Certificate) review.Ask {
	f := j.flags
	ask := review.Ask{Stamp: wire.Signed(j.stamp, cert), How: j.how, Field: f.Field, Signer: f.Signer, Title: f.Title}
	ask.Stamp.Time = time.Now()
	if f.Agency != "" {
		ask.Stamp.Agency = f.Agency
	}
	if cert == nil && ask.Stamp.Signer == "" {
		ask.Stamp.Signer = review.UnknownSigner // only the place counts now; known lays it out again
	}
	if j.how == review.Fixed {
		ask.Page = *f.Page
		if ask.Page > 0 {
			ask.Page--
		}
		at := geom.Point{X: geom.MM(*f.X), Y: geom.MM(*f.Y)}
		ask.Shown = geom.At(at, geom.Size{W: geom.MM(*f.Width), H: geom.MM(*f.Height)})
	}
	return ask
}

func (j *job) place(ctx context.Context, it *item, cert *x509.Certificate) error {
	d := it.document
	if err := d.Secret(); err != nil {
		return err
	}
	if j.role == stamp.Seal || j.role == stamp.Number {
		if err := d.LeaderSigned(cert); err != nil {
			return err
		}
	}
	ask := j.ask(cert)
	p, err := d.Place(ctx, ask)
	if err != nil {
		return err
	}
	if p, err = d.Corrected(ctx, j.templates, ask, p); err != nil {
		return err
	}
	// Whose box it is in a PKCS#12 file's name is known after the PIN only: known
	// decides then, before anything is written.
	waits := cert == nil && d.Undecided(ask)
	if !p.Sure() && !j.flags.AcceptUnsure && !waits {
		return &review.RuleError{Rule: review.RuleUnsure, Args: map[string]string{"page": strconv.Itoa(p.Page + 1)}}
	}
	it.placement = p
	if _, err := d.UnseenAround(ctx, p.Page); err != nil { // of the pages that were read anyway
		return err
	}
	it.findings, err = d.Check(ctx, p, ask.Stamp, cert)
	it.findings = append(it.findings, j.picture...)
	if d.View == nil {
		it.findings = append(it.findings, verify.Finding{Code: review.PagesUnread, Severity: verify.Info})
	}
	return err
}

// mayUse refuses a certificate that may not sign (exit code 13); one that is
// not known yet is asked about later.
func (j *job) mayUse(ctx context.Context, c signer.Certificate) error {
	if c.X509 == nil {
		return nil
	}
	if c.Unusable != nil {
		return c.Unusable
	}
	var err error
	j.warnings, err = j.MaySign(ctx, c)
	return err
}

// known does what had to wait for the certificate of a PKCS#12 file.
func (j *job) known(ctx context.Context, it *item, c signer.Certificate) error {
	if err := j.mayUse(ctx, c); err != nil {
		return err
	}
	return j.place(ctx, it, c.X509)
}

// sign makes the signature and describes it.
func (j *job) sign(ctx context.Context, it item, key signer.Key, c signer.Certificate) (signed, error) {
	if err := it.unchanged(); err != nil {
		return signed{}, err
	}
	result, err := j.pipeline.Sign(ctx, j.request(it, c), key, func(stage signer.Stage) {
		j.Log.Debug("sign", "stage", int(stage), "input", it.in)
	})
	if err != nil {
		return signed{}, err
	}
	j.logged(ctx, result, c)
	return j.describe(it, result), nil
}

// logged enters a signature into the audit log. Without it the signature
// stands; it is told.
func (j *job) logged(ctx context.Context, r signer.Signed, c signer.Certificate) {
	if err := j.RecordSigned(ctx, r, c); err != nil {
		j.Log.Error("audit", "error", err)
		j.tell("cli.not-logged", "reason", j.explain(err))
	}
}

// unchanged says whether the document is still the file that was looked at,
// where its digest was not taken.
func (it item) unchanged() error {
	now, err := os.Stat(it.source)
	if err != nil {
		return err
	}
	if !os.SameFile(now, it.seen) || now.Size() != it.seen.Size() || !now.ModTime().Equal(it.seen.ModTime()) {
		return fmt.Errorf("%s: %w", it.in, signer.ErrSourceChanged)
	}
	return nil
}

// request is everything that the signature of an item needs.
func (j *job) request(it item, c signer.Certificate) signer.Request {
	f := j.flags
	return signer.Request{
		Input: it.source, Output: it.out, Overwrite: f.Overwrite, Password: j.password, Source: it.document.Digest(),
		Field: it.placement.SignatureField(), Appearance: it.placement.Appearance,
		Certificate: c.X509, Chain: c.Chain,
		Level: j.level, DowngradeAllowed: f.OnTSAFailure == "downgrade", Digest: j.digest, PSS: f.PSS,
		Certify: j.certify, Name: c.X509.Subject.CommonName, Reason: j.reason(), Location: f.Location,
	}
}

// describe is the line of a signed item.
func (j *job) describe(it item, result signer.Signed) signed {
	if result.ChainGap != "" {
		it.findings = append(it.findings, verify.Finding{
			Code: review.ChainIncomplete, Severity: verify.Warning, Detail: result.ChainGap,
		})
	}
	out := signed{
		Input: it.in, Output: &result.Path, SHA256: hex.EncodeToString(result.SHA256[:]),
		Level: result.Level.String(), RequestedLevel: j.level.String(), Field: result.Field,
		Place: it.placement.How.String(), Confidence: math.Round(it.placement.Confidence*100) / 100,
		Corrected: it.placement.Corrected,
		Took: &took{
			result.Took.Prepare.Milliseconds(), result.Took.Token.Milliseconds(), result.Took.Finish.Milliseconds(),
		},
		Findings: review.Findings(slices.Concat(it.findings, j.warnings), j.finding),
	}
	if result.Downgrade != nil {
		out.Downgrade = j.explain(result.Downgrade)
	}
	if pages := it.document.Pages; !result.Rect.Empty() && result.Page >= 0 && result.Page < len(pages) {
		mm := review.MM(pages[result.Page].RectToShown(result.Rect))
		out.Page, out.RectMM = result.Page+1, &mm
	}
	return out
}

package signer

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"trinhky/signer/internal/cms"
	"trinhky/signer/internal/pdf"
)

// Augmentation is everything that is needed to strengthen a signed document
// later. Level says what is added: LevelT a document timestamp, LevelLT the
// evidence for all signatures, LevelLTA both.
type Augmentation struct {
	Input, Output string
	Overwrite     bool
	Password      PIN
	Source        *[32]byte // as in Request
	Level         Level
	// Known are certificates that signatures may have been made with, beside
	// those that they embed.
	Known []*x509.Certificate
}

// ErrUnsigned says that there is no signature to strengthen.
var ErrUnsigned = errors.New("the document has no signature")

// Augment adds a timestamp or evidence to a signed document. What was signed
// stays a byte-exact prefix. There is no downgrade: the level is reached, or
// the error wraps ErrLevel and there is no output.
func (p *Pipeline) Augment(ctx context.Context, a Augmentation, on func(Stage)) (Signed, error) {
	if on == nil {
		on = func(Stage) {}
	}
	began := time.Now()
	on(StagePrepare)
	out, chains, err := p.startAugment(ctx, a)
	if err != nil {
		return Signed{}, err
	}
	defer out.file.Abort()
	signed := Signed{Path: a.Output, Level: a.Level, Page: -1, Took: Durations{Prepare: time.Since(began)}}
	began = time.Now()
	if a.Level >= LevelLT {
		on(StageEvidence)
		if err := p.addEvidence(ctx, out, a.Password, chains); err != nil {
			return Signed{}, out.levelError(ctx, err)
		}
	}
	if a.Level != LevelLT {
		on(StageTimestamp)
		if signed.ByteRange, err = p.addDocumentTimestamp(ctx, out, a.Password); err != nil {
			return Signed{}, out.levelError(ctx, err)
		}
	}
	on(StageWrite)
	if signed.SHA256, err = out.commit(ctx); err != nil {
		return Signed{}, err
	}
	signed.Took.Finish = time.Since(began)
	return signed, nil
}

// startAugment checks, reads the signatures and copies the document.
func (p *Pipeline) startAugment(ctx context.Context, a Augmentation) (*output, [][]*x509.Certificate, error) {
	if a.Level < LevelT || a.Level > LevelLTA {
		return nil, nil, fmt.Errorf("nothing is added for level %s", a.Level)
	}
	if a.Level >= LevelLT && p.Evidence == nil {
		return nil, nil, fmt.Errorf("%w: no source of evidence is set", ErrLevel)
	}
	if a.Level != LevelLT && p.TSA == nil {
		return nil, nil, fmt.Errorf("%w: no time-stamping authority is set", ErrLevel)
	}
	f, err := openDocument(a.Input)
	if err != nil {
		return nil, nil, err
	}
	defer f.close()
	if err := checkOutput(a.Output, a.Overwrite, f); err != nil {
		return nil, nil, err
	}
	doc, err := pdf.Open(f.reader(), f.size, pdf.Options{Password: a.Password})
	if err != nil {
		return nil, nil, documentError(a.Input, err)
	}
	chains, err := signedChains(doc, a.Known)
	if err != nil {
		return nil, nil, documentError(a.Input, err)
	}
	out, err := newOutput(a.Output, a.Overwrite, f)
	if err != nil {
		return nil, nil, err
	}
	if err := out.copyFile(ctx, f, a); err != nil {
		out.file.Abort()
		return nil, nil, err
	}
	return out, chains, nil
}

// copyFile copies the input and compares it with what was shown.
func (o *output) copyFile(ctx context.Context, f *document, a Augmentation) error {
	d := &Prepared{Input: a.Input, Size: f.size, Digest: crypto.SHA256}
	if err := d.hash(ctx, f, o); err != nil {
		return err
	}
	if a.Source != nil && *a.Source != d.Source {
		return fmt.Errorf("%s: %w", a.Input, ErrSourceChanged)
	}
	return nil
}

// signedChains reads the certificate paths of all signatures of a document.
func signedChains(doc *pdf.Document, known []*x509.Certificate) ([][]*x509.Certificate, error) {
	if p, ok := doc.DocMDP(); ok && p == 1 {
		return nil, forbidden(ForbiddenByDocMDP)
	}
	form, err := doc.Form()
	if err != nil {
		return nil, err
	}
	var out [][]*x509.Certificate
	for _, f := range form.Fields {
		if !f.Signed() {
			continue
		}
		contents, err := doc.Lookup(f.V, "Contents")
		if err != nil {
			return nil, err
		}
		raw, _ := contents.Str()
		d, err := cms.Parse([]byte(raw))
		if err != nil {
			return nil, fmt.Errorf("signature %q: %w", f.Name, err)
		}
		out = append(out, chainsOf(d, known)...)
	}
	if len(out) == 0 {
		return nil, ErrUnsigned
	}
	return out, nil
}

// levelError names a failure to reach the level; the end of ctx, a revoked
// certificate and a disk that takes no more are what they are.
func (o *output) levelError(ctx context.Context, err error) error {
	var certificate *CertificateError
	switch {
	case o.failed != nil:
		return o.failed
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &certificate):
		return err
	}
	return fmt.Errorf("%w: %w", ErrLevel, err)
}

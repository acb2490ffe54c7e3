package signer

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"trinhky/pdfview/geom"
	"trinhky/signer/internal/cms"
	"trinhky/signer/internal/pdf"
	"trinhky/signer/internal/plainfile"
)

// Prepared is a document with a hole where the CMS will go: a plain value that
// can be encoded (JSON, gob), kept, and finished later, so that signing can
// wait for a slow token or a remote one. Prepare makes it; nobody changes it.
type Prepared struct {
	Input, Output string
	Overwrite     bool
	Source        [32]byte // SHA-256 of Input: a changed one is not finished
	Size          int64    // of Input

	Level            Level
	DowngradeAllowed bool
	Digest           crypto.Hash
	PSS              bool
	Certificate      []byte   // DER
	Chain            [][]byte // DER

	Increment []byte // what follows the Input; the hole holds zeros
	ByteRange ByteRange
	Content   []byte // digest of what ByteRange covers

	Field    string
	Page     int // 0-based
	Rect     geom.Rect
	ChainGap string // as in Signed
	Took     time.Duration

	// password opens an encrypted document again for B-LT; it is not encoded.
	password PIN
	// made is what Certificate, Chain, Digest and PSS say, already parsed; nil
	// after decoding.
	made *cms.Spec
}

// Unlock hands over the password of an encrypted document once more, for a
// Prepared that was stored: B-LT adds to the document after signing.
func (d *Prepared) Unlock(password PIN) { d.password = password }

// spec says how the CMS is made.
func (d *Prepared) spec() (cms.Spec, error) {
	if d.made != nil {
		return *d.made, nil
	}
	leaf, err := x509.ParseCertificate(d.Certificate)
	if err != nil {
		return cms.Spec{}, fmt.Errorf("signing certificate: %w", err)
	}
	s := cms.Spec{Certificate: leaf, Hash: d.Digest, PSS: d.PSS}
	for _, raw := range d.Chain {
		c, err := x509.ParseCertificate(raw)
		if err != nil {
			return cms.Spec{}, fmt.Errorf("certificate of the chain: %w", err)
		}
		s.Chain = append(s.Chain, c)
	}
	return s, nil
}

// hole is the number of bytes that fit between the angle brackets.
func (d *Prepared) hole() int { return int(d.ByteRange[2]-d.ByteRange[1]-2) / 2 }

// Prepare lays the signature out and hashes the document. It needs no key and
// writes nothing.
func (p *Pipeline) Prepare(ctx context.Context, r Request) (*Prepared, error) {
	f, err := openDocument(r.Input)
	if err != nil {
		return nil, err
	}
	defer f.close()
	if err := checkOutput(r.Output, r.Overwrite, f); err != nil {
		return nil, err
	}
	return p.prepare(ctx, r, f, nil)
}

// prepare copies the document f to out, where that is set, in the pass that
// hashes it.
func (p *Pipeline) prepare(ctx context.Context, r Request, f *document, out *output) (*Prepared, error) {
	began := time.Now()
	spec, err := p.check(r)
	if err != nil {
		return nil, documentError(r.Input, err)
	}
	gap, err := p.wholeChain(ctx, &spec)
	if err != nil {
		return nil, err
	}
	if spec, err = p.ready(spec); err != nil {
		return nil, err
	}
	hole, err := spec.Size(p.tokenSize(r.Level))
	if err != nil {
		return nil, fmt.Errorf("size of the signature: %w", err)
	}
	d := &Prepared{
		Input: r.Input, Output: r.Output, Overwrite: r.Overwrite, Size: f.size,
		Level: r.Level, DowngradeAllowed: r.DowngradeAllowed, Digest: spec.Hash, PSS: r.PSS,
		Certificate: r.Certificate.Raw, ChainGap: gap, password: r.Password, made: &spec,
	}
	for _, c := range spec.Chain {
		d.Chain = append(d.Chain, c.Raw)
	}
	inc, err := p.layOut(d, f.reader(), r, hole)
	if err != nil {
		return nil, documentError(r.Input, err)
	}
	if err := d.setByteRange(inc); err != nil {
		return nil, err
	}
	if err := d.hash(ctx, f, out); err != nil {
		return nil, err
	}
	if r.Source != nil && *r.Source != d.Source {
		return nil, fmt.Errorf("%s: %w", r.Input, ErrSourceChanged)
	}
	d.Took = time.Since(began)
	return d, nil
}

// check looks at everything in a request that does not need the document.
func (p *Pipeline) check(r Request) (cms.Spec, error) {
	if r.Certificate == nil {
		return cms.Spec{}, errors.New("request without a certificate")
	}
	if err := checkCertificate(r.Certificate, p.now()); err != nil {
		return cms.Spec{}, err
	}
	if err := p.checkLevel(r.Level); err != nil {
		return cms.Spec{}, err
	}
	if err := checkField(r.Field); err != nil {
		return cms.Spec{}, err
	}
	s := cms.Spec{Certificate: r.Certificate, Hash: r.Digest, PSS: r.PSS}
	if s.Hash == 0 {
		s.Hash = crypto.SHA256
	}
	s.Chain = pathOf(r.Certificate, r.Chain)
	return s, s.Check()
}

// ready makes what all signatures of a Spec have in common, once for documents
// that follow each other with the same certificates.
func (p *Pipeline) ready(s cms.Spec) (cms.Spec, error) {
	if last := p.last.Load(); last != nil && last.Certificate == s.Certificate && last.Hash == s.Hash &&
		last.PSS == s.PSS && slices.Equal(last.Chain, s.Chain) {
		return *last, nil
	}
	s, err := s.Ready()
	if err == nil {
		p.last.Store(&s)
	}
	return s, err
}

// checkLevel says whether the pipeline has what the level needs.
func (p *Pipeline) checkLevel(l Level) error {
	switch {
	case l < LevelB || l > LevelLTA:
		return fmt.Errorf("unknown level %d", l)
	case l >= LevelT && p.TSA == nil:
		return fmt.Errorf("%w: no time-stamping authority is set", ErrLevel)
	case l >= LevelLT && p.Evidence == nil:
		return fmt.Errorf("%w: no source of evidence is set", ErrLevel)
	}
	return nil
}

// checkField refuses names and places that no document can hold.
func checkField(f SignatureField) error {
	if !utf8.ValidString(f.Name) || strings.ContainsFunc(f.Name, unicode.IsControl) {
		return fmt.Errorf("%q is no name of a field", f.Name)
	}
	for _, v := range []float64{f.Rect.X0, f.Rect.Y0, f.Rect.X1, f.Rect.Y1} {
		if math.IsNaN(v) {
			return errors.New("the rectangle of the field is not on a page")
		}
		if math.Abs(v) > 1e6 { // a page box so far off that readers round its places away
			return forbidden(ForbiddenByShape)
		}
	}
	return nil
}

// pathOf picks the issuers of leaf, and theirs, out of what lay beside it: a
// token may hold certificates that have nothing to do with this one.
func pathOf(leaf *x509.Certificate, pool []*x509.Certificate) []*x509.Certificate {
	var path []*x509.Certificate
	wanted := []*x509.Certificate{leaf}
	for i := 0; i < len(wanted); i++ {
		for _, c := range pool {
			if bytes.Equal(c.RawSubject, wanted[i].RawIssuer) && !c.Equal(leaf) && !slices.ContainsFunc(path, c.Equal) {
				path, wanted = append(path, c), append(wanted, c)
			}
		}
	}
	return path
}

// wholeChain completes the chain that is embedded, and says why it could not: a
// signature embeds what there is. Issuers are asked only where no root is there.
func (p *Pipeline) wholeChain(ctx context.Context, s *cms.Spec) (gap string, err error) {
	root := func(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }
	if p.Issuers == nil || root(s.Certificate) || slices.ContainsFunc(s.Chain, root) {
		return "", nil
	}
	path, err := p.Issuers.Complete(ctx, []*x509.Certificate{s.Certificate}, s.Chain...)
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		gap = err.Error()
	}
	for _, c := range path {
		if !c.Equal(s.Certificate) && !slices.ContainsFunc(s.Chain, c.Equal) {
			s.Chain = append(s.Chain, c)
		}
	}
	return gap, nil
}

// checkCertificate says whether c may sign now (RFC 5280, 4.1.2.5 and 4.2.1.3).
func checkCertificate(c *x509.Certificate, now time.Time) error {
	fault := CertificateFault(0)
	switch {
	case now.After(c.NotAfter):
		fault = CertificateExpired
	case now.Before(c.NotBefore):
		fault = CertificateNotYetValid
	case c.KeyUsage != 0 && c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0:
		fault = CertificateKeyUsage
	default:
		return nil
	}
	return &CertificateError{Fault: fault, Subject: c.Subject.CommonName}
}

// tokenSize is the room that a signature timestamp needs at level l.
func (p *Pipeline) tokenSize(l Level) int {
	if l < LevelT {
		return 0
	}
	return p.TSA.TokenSize()
}

func (p *Pipeline) now() time.Time {
	if p.Now != nil {
		return p.Now()
	}
	return time.Now()
}

// openInput opens the document for reading only.
func openInput(path string) (*os.File, int64, error) {
	f, info, err := plainfile.Open(path)
	if err != nil {
		return nil, 0, fmt.Errorf("open document: %w", err)
	}
	return f, info.Size(), nil
}

// setByteRange takes the laid-out increment and writes /ByteRange into it.
func (d *Prepared) setByteRange(inc *pdf.Increment) error {
	contents, ok := inc.Mark(markContents)
	if !ok {
		return errors.New("the increment has no place for the signature")
	}
	d.ByteRange = ByteRange{0, contents.Start, contents.End, inc.Base + int64(len(inc.Bytes)) - contents.End}
	text := fmt.Sprintf("[0 %d %d %d]", d.ByteRange[1], d.ByteRange[2], d.ByteRange[3])
	if err := inc.Fill(markByteRange, text); err != nil {
		return err
	}
	d.Increment = inc.Bytes
	return nil
}

// parts are the increment before and behind the hole.
func (d *Prepared) parts() (before, behind []byte) {
	return d.Increment[:d.ByteRange[1]-d.Size], d.Increment[d.ByteRange[2]-d.Size:]
}

// documentError gives the errors of the reader the types that callers act on.
func documentError(path string, err error) error {
	if errors.Is(err, pdf.ErrRepaired) {
		return &UnreadableError{File: path, Err: err}
	}
	fault, ok := pdf.FaultOf(err)
	switch {
	case !ok:
		var forbidden *ForbiddenError
		if errors.As(err, &forbidden) && forbidden.File == "" {
			forbidden.File = path
		}
		return err
	case fault == pdf.FaultPassword:
		return fmt.Errorf("%s: %w", path, ErrPassword)
	case fault == pdf.FaultEncryption:
		return &ForbiddenError{File: path, Rule: ForbiddenEncryption}
	}
	return &UnreadableError{File: path, Err: err}
}

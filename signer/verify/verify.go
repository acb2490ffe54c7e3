package verify

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"trinhky/signer"
	"trinhky/signer/internal/pdf"
)

// Options say what verification may rely on.
type Options struct {
	Roots         *x509.CertPool      // trust anchors; nil: nothing is trusted
	Intermediates []*x509.Certificate // known issuing CAs, beside what the file embeds
	At            time.Time           // zero: now
	Password      signer.PIN          // opens an encrypted document
	// Status asks for the revocation state of a certificate; nil: offline.
	Status StatusSource
	// NoFileDigest leaves Report.SHA256 zero: a document without signatures is
	// then not read to its end. For callers who show nobody what they read.
	NoFileDigest bool
}

// StatusSource tells whether a certificate is revoked (OCSP, CRL). at is the
// time that the answer is for; the time returned is that of the revocation.
type StatusSource interface {
	Status(ctx context.Context, cert, issuer *x509.Certificate, at time.Time) (Revocation, time.Time, error)
}

// File verifies the file at path. An error means that the file could not be
// examined at all (*signer.UnreadableError, signer.ErrPassword …).
func File(ctx context.Context, path string, o Options) (*Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &signer.UnreadableError{File: path, Err: errors.New("not a regular file")}
	}
	r, err := examine(ctx, f, info.Size(), o)
	if err != nil {
		return nil, openError(path, err)
	}
	r.File = path
	return r, nil
}

func examine(ctx context.Context, src io.ReaderAt, size int64, o Options) (*Report, error) {
	doc, err := pdf.Open(src, size, pdf.Options{Password: o.Password})
	if err != nil {
		return nil, err
	}
	if o.At.IsZero() {
		o.At = time.Now()
	}
	x := &examination{ctx: ctx, options: o, doc: doc, report: &Report{}}
	if err := x.run(); err != nil {
		return nil, err
	}
	return x.report, nil
}

// openError gives the errors of the reader the types that callers know.
func openError(path string, err error) error {
	fault, ok := pdf.FaultOf(err)
	switch {
	case ok && fault == pdf.FaultPassword:
		return fmt.Errorf("%s: %w", path, signer.ErrPassword)
	case ok || errors.Is(err, errTooMany):
		return &signer.UnreadableError{File: path, Err: err}
	}
	return fmt.Errorf("verify %s: %w", path, err)
}

// examination is one run over one file.
type examination struct {
	ctx     context.Context
	options Options
	doc     *pdf.Document
	report  *Report
	known   *material               // certificates and revocation data of the file
	opened  map[int64]*pdf.Document // revisions, by their ends
}

func (x *examination) run() error {
	r := x.report
	var err error
	if r.Pages, err = x.doc.NumPages(); err != nil {
		return err
	}
	for _, rev := range x.doc.Revisions() {
		r.Revisions = append(r.Revisions, rev.End)
	}
	found, err := x.collect()
	if err != nil {
		return err
	}
	for _, c := range found {
		c.checkStructure(x)
	}
	if err := x.hash(found); err != nil {
		return err
	}
	if x.doc.Repaired() {
		r.Findings = append(r.Findings, Finding{
			Code: "structure-repaired", Severity: Warning,
			Detail: fmt.Sprint(x.doc.Notes()),
		})
	}
	x.known = x.gather(found)
	for _, c := range found {
		c.checkCrypto(x)
	}
	for _, c := range found {
		if err := x.ctx.Err(); err != nil {
			return err
		}
		x.checkChanges(c, found)
	}
	x.checkTime(found)
	noteOverlaps(found)
	for i, c := range found {
		c.out.N = i + 1
		c.settle()
		r.Signatures = append(r.Signatures, c.out)
	}
	for _, p := range x.known.ocsps {
		r.OCSPs = append(r.OCSPs, p.der)
	}
	for _, p := range x.known.crls {
		r.CRLs = append(r.CRLs, p.der)
	}
	r.Verdict = verdictOf(r)
	return nil
}

// verdictOf is the worst verdict of the signatures; an error of the file as a
// whole makes it invalid.
func verdictOf(r *Report) Verdict {
	v := None
	for _, f := range r.Findings {
		if f.Severity == Error {
			v = Invalid
		}
	}
	for _, s := range r.Signatures {
		v = max(v, s.Verdict)
	}
	return v
}

// find adds a finding to a signature, once for each code, page and detail.
func (c *candidate) find(code string, severity Severity, format string, args ...any) {
	c.findAt(code, severity, 0, fmt.Sprintf(format, args...))
}

func (c *candidate) findAt(code string, severity Severity, page int, detail string) {
	f := Finding{Code: code, Severity: severity, Page: page, Detail: detail}
	same := func(g Finding) bool { return g.Code == f.Code && g.Page == f.Page }
	if !slices.ContainsFunc(c.out.Findings, same) {
		c.out.Findings = append(c.out.Findings, f)
	}
}

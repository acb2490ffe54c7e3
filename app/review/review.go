// Package review says what can be said of a document, for the window and the
// command line alike: what is in it, where the stamp goes, what to know before
// the PIN is typed, and what its message carries. It composes signer, pdfview
// and submit; it has no state, knows no window and changes no file.
//
// Rectangles named Shown are in points from the top left corner of the page as
// it is seen (geom: shown space); Rect is user space, the space of a field.
// Pages are counted from 0 here and from 1 in everything that is printed.
package review

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// Confidence thresholds of the command line's contract: below Possible there
// is no place, from Sure on nobody has to look.
const (
	Possible = 0.5
	Sure     = 0.9
)

// Reader opens documents. It is a value of settings, safe for concurrent use.
type Reader struct {
	// Engine returns the renderer, loading it on the first call. Nil: only
	// Examine works.
	Engine func(ctx context.Context) (pdfview.Engine, error)
	Verify verify.Options
	// Anchors is asked before every verification, so that an anchor that is
	// imported acts at once; nil: those of Verify stand.
	Anchors func() (roots *x509.CertPool, known []*x509.Certificate, err error)
	// Status is asked about revocation by VerifyAll; nil: nobody is.
	Status verify.StatusSource
	Now    func() time.Time // nil: time.Now
	// NumberTaken says to which other document the number of m was given: its
	// subject, "" for none. Nil: there is no register to ask.
	NumberTaken func(ctx context.Context, m submit.Metadata) (subject string, err error)
}

// Document is an opened document and what was found in it. Everything but View
// is a plain value. Close it when it came from Open.
type Document struct {
	Path   string
	SHA256 [32]byte // of the bytes that everything here was read from; zero with Verify.NoFileDigest
	Size   int64

	Pages       []geom.Page
	Fields      []Field
	Report      *verify.Report // of the earlier signatures; never nil
	Permissions PermissionsInfo
	Parts       layout.Parts // empty from Examine
	PartsErr    error        // why Parts could not be read
	Findings    []verify.Finding

	// View is the open document for rendering; nil from Examine.
	View pdfview.Document

	redrawn bool // some readers draw the form anew and leave out a visible signature

	unseen *hidden // nil: nothing is kept
	now    time.Time
}

// Field is a signature field of the document.
type Field struct {
	Name   string
	Page   int // 0-based; -1 where it has none
	Rect   geom.Rect
	Signed bool
	Locked bool
	Barred signer.Prohibition // why it is locked
	// Tooltip is its /TU; Seed says what an empty one was prepared for.
	Tooltip string
	Seed    signer.Seed
}

// Name is the file's name without its folder.
func (d *Document) Name() string { return filepath.Base(d.Path) }

// Digest is SHA256 for a signer.Request, nil where it was not taken.
func (d *Document) Digest() *[32]byte {
	if d.SHA256 == ([32]byte{}) {
		return nil
	}
	return &d.SHA256
}

// Close frees the renderer's copy.
func (d *Document) Close() error {
	if d.View == nil {
		return nil
	}
	return d.View.Close()
}

// EmptyFields lists the signature fields that wait for somebody.
func (d *Document) EmptyFields() []Field {
	var out []Field
	for _, f := range d.Fields {
		if !f.Signed && !f.Locked {
			out = append(out, f)
		}
	}
	return out
}

// Examine reads a document without the renderer: pages, fields, earlier
// signatures. It is quick and takes little memory.
func (r *Reader) Examine(ctx context.Context, path string, password signer.PIN) (*Document, error) {
	d := &Document{Path: path, now: r.now(), unseen: &hidden{}}
	if err := d.inspect(ctx, password); err != nil {
		return nil, err
	}
	o, err := r.options(password)
	if err != nil {
		return nil, err
	}
	report, err := verify.File(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("verify the earlier signatures: %w", err)
	}
	d.Report, d.SHA256 = report, report.SHA256
	d.Findings = append(d.Findings, report.Findings...)
	d.Findings = append(d.Findings, d.pageFindings()...)
	return d, nil
}

// options are those of one verification.
func (r *Reader) options(password signer.PIN) (verify.Options, error) {
	o := r.Verify
	o.Password = password
	if r.Anchors == nil {
		return o, nil
	}
	var err error
	o.Roots, o.Intermediates, err = r.Anchors()
	return o, err
}

// Open reads a document with the renderer: everything of Examine, the parts
// of the document, and an open View.
func (r *Reader) Open(ctx context.Context, path string, password signer.PIN) (*Document, error) {
	d, err := r.Examine(ctx, path, password)
	if err != nil {
		return nil, err
	}
	if err := r.Load(ctx, d, password); err != nil {
		return nil, err
	}
	return d, nil
}

// Load gives an examined document what Open would have given it.
func (r *Reader) Load(ctx context.Context, d *Document, password signer.PIN) error {
	data, err := os.ReadFile(d.Path)
	if err != nil {
		return fmt.Errorf("read %s: %w", d.Path, err)
	}
	if sha256.Sum256(data) != d.SHA256 {
		return signer.ErrSourceChanged // between two readings
	}
	view, err := r.view(ctx, d.Path, data, password)
	if err != nil {
		return err
	}
	// A document whose parts cannot be read (a scan, say) is still a document.
	parts, problem := layout.Find(ctx, view)
	if ctx.Err() != nil {
		_ = view.Close()
		return ctx.Err()
	}
	d.View, d.Parts, d.PartsErr = view, parts, problem
	d.Findings = append(d.Findings, d.partFindings()...)
	r.numberFindings(ctx, d)
	if err := d.active(ctx, password); err != nil {
		_ = view.Close()
		d.View = nil
		return fmt.Errorf("look at what the file can do: %w", err)
	}
	return nil
}

func (r *Reader) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

// View opens a document with the renderer alone: nothing is verified.
func (r *Reader) View(ctx context.Context, path string, password signer.PIN) (pdfview.Document, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return r.view(ctx, path, data, password)
}

func (r *Reader) view(ctx context.Context, path string, data []byte, password signer.PIN) (pdfview.Document, error) {
	if r.Engine == nil {
		return nil, errors.New("no renderer")
	}
	engine, err := r.Engine(ctx)
	if err != nil {
		return nil, fmt.Errorf("load the renderer: %w", err)
	}
	d, err := engine.Open(ctx, data, password)
	switch {
	case err == nil:
		return d, nil
	case errors.Is(err, pdfview.ErrPassword), ctx.Err() != nil:
		return nil, err
	}
	return nil, &signer.UnreadableError{File: path, Err: err}
}

package review

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"trinhky/signer/stamp"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// Arrival is what can be said of an incoming message before it is accepted:
// completeness, integrity, authenticity (QĐ 28/2018, art. 9; Decree 30/2020,
// art. 21(2)).
type Arrival struct {
	Files []ArrivedFile
	// Verdict is the worst of the main files; None where no file is signed.
	Verdict verify.Verdict
	// Persons and Agencies count the valid or undecided signatures of the main
	// files by people and by agencies' seals.
	Persons, Agencies int
}

// ArrivedFile is one file of an incoming message.
type ArrivedFile struct {
	submit.File
	Changed bool  // the kept bytes are not those of the message
	Err     error // why it could not be read as a PDF; nil also for other kinds of files
	// Report is nil for what is no PDF.
	Report *verify.Report
}

// PDF says whether the name is that of a PDF.
func (f ArrivedFile) PDF() bool { return strings.EqualFold(filepath.Ext(f.Original), ".pdf") }

// Clean says whether nothing keeps the message from being accepted: every file
// whole and readable, a signed main file, no invalid signature.
func (a Arrival) Clean() bool {
	for _, f := range a.Files {
		if f.Changed || f.Err != nil {
			return false
		}
	}
	return a.Verdict == verify.Valid || a.Verdict == verify.Indeterminate
}

// Arrived checks the files of an incoming message. An error means that the
// check itself could not be made.
func (r *Reader) Arrived(ctx context.Context, in submit.Incoming) (Arrival, error) {
	a := Arrival{Verdict: verify.None}
	for _, f := range in.Files {
		got := ArrivedFile{File: f}
		sum, err := fileSum(ctx, f.Path)
		if err != nil {
			return a, err
		}
		got.Changed = sum != f.SHA256
		if got.PDF() && !got.Changed {
			d, err := r.Examine(ctx, f.Path, nil)
			if got.Err = err; err == nil {
				got.Report = d.Report
				if f.Role == submit.RoleMain {
					a.add(d)
				}
			}
			if ctx.Err() != nil {
				return a, ctx.Err()
			}
		}
		a.Files = append(a.Files, got)
	}
	return a, nil
}

// add takes the signatures of a main file into the whole.
func (a *Arrival) add(d *Document) {
	if v := d.Report.Verdict; a.Verdict == verify.None || v == verify.Invalid || v == verify.Indeterminate && a.Verdict == verify.Valid {
		a.Verdict = v
	}
	persons, agencies := d.SignedBy()
	a.Persons, a.Agencies = a.Persons+persons, a.Agencies+agencies
}

// SignedBy counts the valid or undecided signatures by people and by agencies'
// seals; a document is complete with one of each (Decree 30/2020, art. 5).
func (d *Document) SignedBy() (persons, agencies int) {
	for _, s := range d.Report.Signatures {
		switch {
		case s.Kind == verify.DocumentTimestamp || s.Verdict == verify.Invalid || s.Certificate == nil:
		case ofAgency(s):
			agencies++
		case leads(s.Field):
			persons++
		}
	}
	return persons, agencies
}

// OfAgency tells an agency's certificate from a person's: it names no person
// beside the organisation.
func OfAgency(c *x509.Certificate) bool {
	for _, o := range c.Subject.Organization {
		if strings.EqualFold(strings.Join(strings.Fields(o), " "), strings.Join(strings.Fields(c.Subject.CommonName), " ")) {
			return true
		}
	}
	return false
}

// ofAgency tells a seal from a person's signature, by the certificate or by the
// field.
func ofAgency(s verify.Signature) bool {
	if OfAgency(s.Certificate) {
		return true
	}
	role, named := stamp.RoleOfField(s.Field)
	return named && role == stamp.Seal
}

func fileSum(ctx context.Context, path string) (sum [32]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, err
	}
	return [32]byte(h.Sum(nil)), ctx.Err()
}

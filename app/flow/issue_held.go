package flow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"trinhky/signer"
	"trinhky/submit"
)

// draftPath is where the document of a reserved number waits for its seal.
func (f *Flow) draftPath(l submit.Line) string {
	name := fmt.Sprintf("%d-%s-%s.pdf", l.Series.Year, l.Series.Book, submit.FormatNumber(l.Number))
	return filepath.Join(f.c.Home, "issuing", submit.AcceptableName(name))
}

// resume goes on with a number that this document has already: the form is what
// it was, and what carries the number is what was written then.
func (i *Issuing) resume(ctx context.Context) error {
	for _, l := range i.Held {
		d := l.Draft
		if d == nil || d.SHA256 != i.Doc.SHA256 || filepath.Clean(d.Source) != filepath.Clean(i.Path) {
			continue
		}
		if l.Waits() {
			sum, err := fileSum(ctx, d.Numbered)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			if sum != d.Sum { // gone or changed: the number is put in again
				again := *d
				again.Sum = [32]byte{}
				l.Draft, d = &again, &again
			}
		}
		i.Taken = &l
		i.Form.Book, i.Form.Notation, i.Form.Town, i.Form.Attachments = l.Series.Book, l.Notation, d.Town, d.Attachments
		if t, err := l.Date.Time(); err == nil {
			i.Form.Date = t
		}
		return nil
	}
	return nil
}

func fileSum(ctx context.Context, path string) (sum [32]byte, err error) {
	file, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return sum, err
	}
	return [32]byte(h.Sum(nil)), ctx.Err()
}

// GiveUpIssue takes back the number of the chosen document.
func (f *Flow) GiveUpIssue() {
	i := f.lists.Issue
	if i.Taken == nil || i.Working != IssueResting || i.Done != nil {
		return
	}
	f.ReleaseNumber(*i.Taken)
	f.lists.Issue.Taken, f.lists.Issue.Problem = nil, nil
	f.issueTokens()
}

// ReleaseNumber gives back a number that is held and was never issued, and
// takes away the document that it stands in.
func (f *Flow) ReleaseNumber(l submit.Line) {
	path, form := f.lists.Issue.Path, f.lists.Issue.Form
	if form.Date.IsZero() {
		form.Date = f.today()
	}
	aside(f, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, f.release1(ctx, l)
	}, func(_ struct{}, err error) {
		if err != nil {
			f.lists.Issue.Problem = err
			f.tellLists()
			return
		}
		f.readSeries(path, form)
	})
}

// release1 lets the register decide first: a number that was issued meanwhile
// by another program keeps its document.
func (f *Flow) release1(ctx context.Context, l submit.Line) error {
	if err := f.c.Register.Release(ctx, l.Series, l.Number); err != nil {
		return err
	}
	if l.Draft == nil || !l.Waits() {
		return nil
	}
	return f.discard(ctx, numberText(l.Number, l.Notation), l.Draft.Numbered, l.Draft.Sum)
}

// discard takes away a signed file of ours and says so in the audit log.
func (f *Flow) discard(ctx context.Context, number, path string, sum [32]byte) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return f.append(ctx, submit.Entry{Action: submit.ActionDiscarded, Document: number, File: sum, Destination: path})
}

func (f *Flow) append(ctx context.Context, e submit.Entry) error {
	if f.c.AuditLog == nil {
		return nil
	}
	_, err := f.c.AuditLog.Append(ctx, e)
	return err
}

// note enters into the audit log what becomes of this try.
func (j *issueJob) note(ctx context.Context, a submit.Action, result string) error {
	e := submit.Entry{Action: a, Document: j.i.Printed, File: j.i.Doc.SHA256, Result: result}
	if j.line != nil {
		e.Document = numberText(j.line.Number, j.line.Notation)
	}
	if c := j.i.Asks(); c != nil {
		x := c.Certificate.X509
		e.Certificate = hex.EncodeToString(x.SerialNumber.Bytes()) + " " + x.Subject.CommonName
	}
	return j.f.append(ctx, e)
}

// mendable says whether a fault of sealing is one of the token, of its PIN or
// of a server: the person mends it and goes on with the same number.
func mendable(err error) bool {
	var pin *signer.PINError
	var token *signer.TokenError
	return errors.As(err, &pin) || errors.As(err, &token) || errors.Is(err, signer.ErrNoToken) ||
		errors.Is(err, signer.ErrLevel) || errors.Is(err, context.Canceled)
}

// fail takes everything back that this try did, whatever became of ctx. A
// document that carries its number stays where only the seal's token failed; not
// where one PIN does both, as the next try does both again.
func (j *issueJob) fail(ctx context.Context, why error) error {
	ctx = context.WithoutCancel(ctx)
	errs := []error{j.note(ctx, submit.ActionIssueFailed, why.Error())}
	number := j.i.Printed
	if j.line != nil {
		number = numberText(j.line.Number, j.line.Notation)
	}
	for path, sum := range j.outputs {
		errs = append(errs, j.f.discard(ctx, number, path, sum))
	}
	if j.line != nil && (j.together || !j.line.Waits() || !mendable(why)) {
		errs = append(errs, j.f.release1(ctx, *j.line))
		j.line = nil
	}
	return errors.Join(errs...)
}

// dropDraft takes away the document without seal when the sealed one is there.
func (j *issueJob) dropDraft() {
	if j.line == nil || !j.line.Waits() {
		return
	}
	if err := os.Remove(j.line.Draft.Numbered); err != nil && !errors.Is(err, fs.ErrNotExist) {
		j.f.c.Log.Warn("remove what was sealed", "err", err)
	}
}

package dms

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"trinhky/submit"
	"trinhky/submit/edxml"
	"trinhky/submit/network"
)

// WebDAV is a folder on a server, laid out as Folder is: outgoing/, sent/,
// receipts/. A send writes under a hidden name below a lock, reads every file
// back, makes the mark and moves the whole; nothing is ever overwritten.
type WebDAV struct {
	c   *davClient
	dir string // for messages while they are built
}

var _ submit.Connector = (*WebDAV)(nil)

// WebDAVConfig is where a share is and who we are there.
type WebDAVConfig struct {
	Endpoint       string // URL of the folder
	User, Password string
	Dir            string // for messages while they are built; only the owner reads there
	Network        network.Config
	Timeout        time.Duration // of one request; zero: ten minutes
}

// NewWebDAV makes the connector. Nothing goes over the network yet.
func NewWebDAV(c WebDAVConfig) (*WebDAV, error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("webdav: %q is no address of a folder", c.Endpoint)
	}
	u.Path, u.RawPath = norm.NFC.String(strings.TrimSuffix(u.Path, "/"))+"/", ""
	transport, err := c.Network.Transport(true)
	if err != nil {
		return nil, err
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Minute
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, err
	}
	client := &http.Client{
		Transport: transport, Timeout: c.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return &WebDAV{dir: c.Dir, c: &davClient{base: u, http: client, login: &login{user: c.User, password: c.Password}, locks: lockTime, now: time.Now}}, nil
}

func (w *WebDAV) mark(id string) string { return "sent/" + id }
func (w *WebDAV) part(id string) string { return "outgoing/.part-" + id + "/" }
func (w *WebDAV) done(id string) string { return "outgoing/" + id + "/" }

// owner is who holds the lock of a send: it finds its own again after a crash.
func owner(id string) string { return "trinhky " + id }

// Submit implements submit.Connector.
func (w *WebDAV) Submit(ctx context.Context, e submit.Envelope) (submit.Receipt, error) {
	for _, dir := range []string{"outgoing/", "sent/", "receipts/read/", "receipts/unreadable/"} {
		if err := w.c.mkcol(ctx, dir); err != nil {
			return submit.Receipt{}, explain(err)
		}
	}
	if all, err := w.Lookup(ctx, e); err != nil || len(all) > 0 {
		return first(all), err
	}
	d, err := edxml.FromEnvelope(e)
	if err != nil {
		return submit.Receipt{}, err
	}
	if err := w.c.unlockOwn(ctx, w.part(e.ID), owner(e.ID)); err != nil {
		return submit.Receipt{}, explain(err)
	}
	// The mark goes first: without its part it would say "delivered".
	if err := errors.Join(w.c.delete(ctx, w.mark(e.ID)), w.c.delete(ctx, w.part(e.ID))); err != nil {
		return submit.Receipt{}, explain(err)
	}
	lock, err := w.fill(ctx, e, d)
	if err != nil {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		return submit.Receipt{}, errors.Join(explain(err), lock.release(late), w.c.delete(late, w.part(e.ID)))
	}
	if err := w.finish(ctx, e.ID, lock); err != nil {
		var answered *ShareError
		if errors.As(err, &answered) && answered.Status/100 == 4 {
			return submit.Receipt{}, errors.Join(explain(err), lock.release(ctx))
		}
		return submit.Receipt{}, submit.Unknown(err)
	}
	return submit.Receipt{DocID: e.ID, At: time.Now()}, nil
}

// finish moves the part to its final name. Some servers hold the condition of
// the lock against the new name as well, which has none, and answer 412: where
// nothing is there, the lock is lifted and the part moved without it. No server
// overwrites: the request forbids it.
func (w *WebDAV) finish(ctx context.Context, id string, lock *davLock) error {
	err := w.c.move(ctx, w.part(id), w.done(id), lock)
	var answered *ShareError
	if lock.token == "" || !errors.As(err, &answered) || answered.Status != http.StatusPreconditionFailed {
		return err
	}
	if there, _, lookErr := w.c.exists(ctx, w.done(id)); lookErr != nil || there {
		return err
	}
	if unlockErr := lock.release(ctx); unlockErr != nil {
		return err
	}
	return w.c.move(ctx, w.part(id), w.done(id), nil)
}

// explain makes what a login refuses the error that sends people to the settings.
func explain(err error) error {
	var e *ShareError
	if errors.As(err, &e) && e.Status == http.StatusUnauthorized {
		return errors.Join(&submit.AuthError{Code: "401", Text: e.Error()}, err)
	}
	return err
}

// fill writes the part below a lock, reads it back, and makes the mark.
func (w *WebDAV) fill(ctx context.Context, e submit.Envelope, d *edxml.Document) (lock *davLock, err error) {
	dir, err := os.MkdirTemp(w.dir, "webdav-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // ours alone
	built, err := edxml.Build(d, dir)
	if err != nil {
		return nil, err
	}
	if err := w.room(ctx, e, built.Path); err != nil {
		return nil, err
	}
	part := w.part(e.ID)
	if err := w.c.mkcol(ctx, part); err != nil {
		return nil, err
	}
	if lock, err = w.c.lock(ctx, part, owner(e.ID)); err != nil {
		return nil, err
	}
	if err := w.put(ctx, part, lock, submit.File{Path: built.Path, Name: "message.edxml", SHA256: built.SHA256}); err != nil {
		return lock, err
	}
	for _, f := range e.Files {
		if err := w.put(ctx, part, lock, f); err != nil {
			return lock, err
		}
	}
	if err := lock.refresh(ctx); err != nil {
		return lock, err
	}
	text := e.DocumentID + "\n"
	return lock, w.c.simple(ctx, davRequest{
		method: http.MethodPut, path: w.mark(e.ID), size: int64(len(text)), body: opened(text),
		header: map[string]string{"If-None-Match": "*"}, want: stored(),
	})
}

// room refuses before the first byte what the share says it cannot hold.
func (w *WebDAV) room(ctx context.Context, e submit.Envelope, message string) error {
	all, err := w.c.list(ctx, "outgoing/", 0)
	if err != nil || all[0].Room < 0 {
		return err
	}
	info, err := os.Stat(message)
	if err != nil {
		return err
	}
	need := info.Size()
	for _, f := range e.Files {
		need += f.Size
	}
	if need > all[0].Room {
		return &ShareError{Method: http.MethodPut, Path: "outgoing/", Status: http.StatusInsufficientStorage, Reason: davFull}
	}
	return nil
}

// stored are the statuses with which servers say that a file is there.
func stored() []int { return []int{http.StatusCreated, http.StatusNoContent, http.StatusOK} }

// put uploads a file of the part, never over another, and compares what the
// share gives back with what was queued.
func (w *WebDAV) put(ctx context.Context, part string, lock *davLock, f submit.File) error {
	info, err := os.Stat(f.Path)
	if err != nil {
		return err
	}
	if err := lock.refresh(ctx); err != nil {
		return err
	}
	h := map[string]string{"If-None-Match": "*", "Content-Type": "application/octet-stream"}
	if lock.token != "" {
		h["If"] = lock.condition(w.c.address(part).String())
	}
	err = w.c.simple(ctx, davRequest{
		method: http.MethodPut, path: part + f.Name, header: h, size: info.Size(), want: stored(),
		body: func() (io.ReadCloser, error) {
			file, err := os.Open(f.Path)
			if err != nil {
				return nil, err
			}
			return lock.kept(ctx, file), nil
		},
	})
	if err != nil {
		return err
	}
	return w.compare(ctx, part, lock, f)
}

// compare reads a file back: a share that says "stored" is believed only then.
func (w *WebDAV) compare(ctx context.Context, part string, lock *davLock, f submit.File) error {
	resp, err := w.c.do(ctx, davRequest{
		method: http.MethodGet, path: part + f.Name, want: []int{http.StatusOK}, header: map[string]string{"Cache-Control": "no-cache"},
	})
	if absent(err) {
		return &ShareError{Method: http.MethodGet, Path: part + f.Name, Status: http.StatusNotFound, Reason: davLies}
	}
	if err != nil {
		return err
	}
	defer drain(resp)
	info, err := os.Stat(f.Path)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.LimitReader(lock.kept(ctx, resp.Body), info.Size()+1)); err != nil {
		return err
	}
	if [32]byte(sum.Sum(nil)) == f.SHA256 {
		return nil
	}
	if local, err := sumOf(f.Path); err == nil && local != f.SHA256 {
		return &submit.FieldError{Field: "files", Reason: f.Name + ": the kept bytes are not those that were queued"}
	}
	return &ShareError{Method: http.MethodGet, Path: part + f.Name, Status: resp.StatusCode, Reason: davLies}
}

func sumOf(path string) ([32]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return [32]byte{}, err
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	return [32]byte(h.Sum(nil)), errors.Join(err, f.Close())
}

// Lookup implements submit.Connector: a mark without its part was delivered.
func (w *WebDAV) Lookup(ctx context.Context, e submit.Envelope) ([]submit.Receipt, error) {
	there, at, err := w.c.exists(ctx, w.mark(e.ID))
	if err != nil || !there {
		return nil, explain(err)
	}
	part, _, err := w.c.exists(ctx, w.part(e.ID))
	if err != nil || part {
		return nil, explain(err) // interrupted before the move
	}
	return []submit.Receipt{{DocID: e.ID, At: at}}, nil
}

// Track implements submit.Connector: the status messages in receipts/.
func (w *WebDAV) Track(ctx context.Context) ([]submit.Report, error) {
	entries, err := w.c.list(ctx, "receipts/", 1)
	if absent(err) {
		// Nothing was sent yet, if the share itself is there.
		_, err = w.c.list(ctx, "", 0)
		return nil, explain(err)
	}
	if err != nil {
		return nil, explain(err)
	}
	var all []submit.Report
	for _, e := range entries[1:] {
		if e.Collection || !isReceipt(e.Name) {
			continue
		}
		if len(all) == maxReceipts || ctx.Err() != nil {
			break
		}
		raw, err := w.receipt(ctx, e.Name)
		if absent(err) || davLocked.is(err) {
			continue // taken away meanwhile, or still being written
		}
		if err != nil {
			return all, explain(err)
		}
		r, err := readReceipt(raw, e.Name)
		if err != nil {
			return all, err
		}
		if !unsettled(r, e.Modified) {
			all = append(all, r)
		}
	}
	return all, ctx.Err()
}

func (w *WebDAV) receipt(ctx context.Context, name string) ([]byte, error) {
	resp, err := w.c.do(ctx, davRequest{method: http.MethodGet, path: "receipts/" + name, want: []int{http.StatusOK}})
	if err != nil {
		return nil, err
	}
	defer drain(resp)
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxReceipt+1))
	if err == nil && resp.ContentLength >= 0 && resp.ContentLength <= maxReceipt && int64(len(raw)) != resp.ContentLength {
		err = io.ErrUnexpectedEOF
	}
	return raw, err
}

// Acknowledge implements submit.Connector: it moves the message away.
func (w *WebDAV) Acknowledge(ctx context.Context, r submit.Report) error {
	sum, name, ok := strings.Cut(r.ID, "/")
	if !ok || name != filepath.Base(name) || len(sum) < 16 {
		return fmt.Errorf("webdav: %q is no receipt of ours", r.ID)
	}
	to := "receipts/read/"
	if r.Problem != "" {
		to = "receipts/unreadable/"
	}
	err := w.c.move(ctx, "receipts/"+name, to+sum[:16]+"-"+name, nil)
	if absent(err) {
		return nil // moved before
	}
	return explain(err)
}

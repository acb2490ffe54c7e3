package bridge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"time"
)

// maxRedirects bounds those of a download; an upload follows none.
const maxRedirects = 3

// errIdle and errTotal end a transfer that does not move, or takes too long.
var (
	errIdle  = errors.New("nothing moved for too long")
	errTotal = errors.New("it took too long")
)

// transfer bounds one download or upload: by its whole time, and by the time
// in which nothing moves. alive is called when something did.
func (s *Server) transfer(ctx context.Context) (_ context.Context, alive, stop func()) {
	ctx, cancelTotal := context.WithTimeoutCause(ctx, s.lim.Transfer, errTotal)
	ctx, cancel := context.WithCancelCause(ctx)
	idle := time.AfterFunc(s.lim.Idle, func() { cancel(errIdle) })
	return ctx, func() { idle.Reset(s.lim.Idle) }, func() {
		idle.Stop()
		cancel(nil)
		cancelTotal()
	}
}

// moving tells of every read.
type moving struct {
	io.Reader
	alive func()
}

func (m moving) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	if n > 0 {
		m.alive()
	}
	return n, err
}

// fetch downloads a document once, into a file of our own. No credential goes
// along: those of a download stand in its address.
func (s *Server) fetch(ctx context.Context, g guard, u *url.URL, title, dir string) (Document, error) {
	ctx, alive, stop := s.transfer(ctx)
	defer stop()
	resp, err := s.get(ctx, g, u)
	if err != nil {
		return Document{}, cause(ctx, err, ReasonFetch, u.Host)
	}
	defer func() { _ = resp.Body.Close() }() // read as far as it was wanted
	if resp.ContentLength > s.lim.PDF {
		return Document{}, refuse(ReasonTooLarge, megabytes(s.lim.PDF))
	}
	d := Document{Title: clean(title, maxTitle), Host: u.Host, Path: filepath.Join(dir, fileName(u, title))}
	as := d.Title // what the site calls it, where it is no PDF
	if d.Title == "" {
		d.Title, as = filepath.Base(d.Path), clean(path.Base(u.Path), maxTitle)
	}
	w, err := os.OpenFile(d.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return Document{}, err
	}
	h, head := sha256.New(), &first{}
	n, err := io.Copy(io.MultiWriter(w, h, head), io.LimitReader(moving{resp.Body, alive}, s.lim.PDF+1))
	if err := errors.Join(err, w.Close()); err != nil {
		return Document{}, cause(ctx, err, ReasonFetch, u.Host)
	}
	switch {
	case n > s.lim.PDF:
		return Document{}, refuse(ReasonTooLarge, megabytes(s.lim.PDF))
	case !bytes.HasPrefix(head.b, []byte("%PDF-")):
		return Document{}, refuse(ReasonNotPDF, as)
	case resp.ContentLength >= 0 && n != resp.ContentLength:
		return Document{}, refuse(ReasonFetch, u.Host)
	}
	d.SHA256, d.Size = [32]byte(h.Sum(nil)), n
	return d, nil
}

func megabytes(n int64) string { return strconv.FormatInt(n>>20, 10) }

// first keeps the first bytes that are written to it.
type first struct{ b []byte }

func (f *first) Write(p []byte) (int, error) {
	if room := 8 - len(f.b); room > 0 {
		f.b = append(f.b, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// get asks for u and follows redirects on its own host only.
func (s *Server) get(ctx context.Context, g guard, u *url.URL) (*http.Response, error) {
	client := http.Client{Transport: s.transport(g), CheckRedirect: asIs}
	for range maxRedirects + 1 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.Scheme+"://"+u.Host, nil)
		if err != nil {
			return nil, err
		}
		req.URL = u
		req.Header.Set("Accept", "application/pdf")
		req.Header.Set("User-Agent", s.agent())
		resp, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode/100 == 2 {
			return resp, nil
		}
		_ = resp.Body.Close() // nothing of it is wanted
		if resp.StatusCode/100 != 3 {
			return nil, refuse(ReasonFetch, u.Host+": HTTP "+strconv.Itoa(resp.StatusCode))
		}
		if u, err = onward(u, resp); err != nil {
			return nil, err
		}
	}
	return nil, refuse(ReasonRedirect, u.Host)
}

func asIs(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func (s *Server) agent() string { return "TrinhKy/" + s.c.Version }

// onward is where a redirect leads: the same host and port by the same scheme,
// or by https in place of http.
func onward(from *url.URL, resp *http.Response) (*url.URL, error) {
	where := resp.Header.Get("Location")
	base := *from
	base.Opaque = ""
	to, err := base.Parse(where)
	if err != nil || where == "" || to.User != nil || to.Opaque != "" {
		return nil, refuse(ReasonRedirect, from.Host)
	}
	a, okA := endOf(&base)
	b, okB := endOf(to)
	same := okA && okB && a.host == b.host
	switch {
	case same && a.scheme == b.scheme && a.port == b.port:
	case same && a.scheme == "http" && b.scheme == "https" && a.port == "80" && b.port == "443":
	default:
		return nil, refuse(ReasonRedirect, from.Host+" → "+to.Host)
	}
	to.Fragment = ""
	return to, nil
}

// cause gives an error its reason: our own, or why ctx ended, or the general one.
func cause(ctx context.Context, err error, general Reason, detail string) error {
	var own *Refusal
	if errors.As(err, &own) {
		return own
	}
	if errors.Is(err, ErrCancelled) {
		return err
	}
	if why := context.Cause(ctx); why != nil {
		switch {
		case errors.As(why, &own):
			return own
		case errors.Is(why, errIdle), errors.Is(why, errTotal), errors.Is(why, context.DeadlineExceeded):
			return failed(ReasonTimeout, detail, why)
		case errors.Is(why, errGone):
			return failed(ReasonGone, "", why)
		}
		return fmt.Errorf("%w: %w", why, err)
	}
	return failed(general, detail, err)
}

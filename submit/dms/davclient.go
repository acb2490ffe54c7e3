package dms

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// davClient speaks the verbs of RFC 4918 below one collection. It follows no
// redirect: a share that moved is a matter of the settings.
type davClient struct {
	base  *url.URL // ends with "/"
	http  *http.Client
	login *login
}

// Why a share does not take something.
type davReason string

// The reasons.
const (
	davLocked davReason = "locked"       // 423: somebody else works on it
	davFull   davReason = "no room"      // 507
	davExists davReason = "exists"       // 412: nothing is ever overwritten
	davDenied davReason = "not allowed"  // 401, 403
	davGone   davReason = "not there"    // 404, 409: a parent is missing
	davOther  davReason = "other answer" // no answer that WebDAV knows
)

// ShareError is what a share answered in place of doing what it was asked.
type ShareError struct {
	Method, Path string
	Status       int
	Reason       davReason
}

func (e *ShareError) Error() string {
	words := map[davReason]string{
		davLocked: "it is locked: somebody else works on it; tried again later", davFull: "there is no room left on the share (quota)",
		davExists: "there is something of that name already, and nothing is overwritten",
		davDenied: "the share does not allow it: check user, password and rights", davGone: "the folder is not there",
		davOther: "the answer is none of a WebDAV share",
	}
	return fmt.Sprintf("webdav: %s %s: HTTP %d: %s", e.Method, e.Path, e.Status, words[e.Reason])
}

func reasonOf(status int) davReason {
	switch status {
	case http.StatusLocked:
		return davLocked
	case http.StatusInsufficientStorage, http.StatusRequestEntityTooLarge:
		return davFull
	case http.StatusPreconditionFailed:
		return davExists
	case http.StatusUnauthorized, http.StatusForbidden:
		return davDenied
	case http.StatusNotFound, http.StatusConflict:
		return davGone
	}
	return davOther
}

// is says whether err is an answer for that reason.
func (r davReason) is(err error) bool {
	var e *ShareError
	return errors.As(err, &e) && e.Reason == r
}

// davRequest is one request; Body can be opened more than once.
type davRequest struct {
	method, path string
	header       map[string]string
	body         func() (io.ReadCloser, error) // nil: none
	size         int64
	want         []int // statuses that mean done
}

// address is the URL of a path below the base, its names in NFC.
func (c *davClient) address(p string) *url.URL {
	u := *c.base
	u.Path = c.base.Path + norm.NFC.String(p)
	u.RawPath = ""
	return &u
}

// do sends r, once more where the share asks for a login. The caller closes the
// body of the answer.
func (c *davClient) do(ctx context.Context, r davRequest) (*http.Response, error) {
	for try := 0; ; try++ {
		resp, err := c.once(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("webdav: %s %s: %w", r.method, r.path, err)
		}
		if resp.StatusCode == http.StatusUnauthorized && try == 0 && c.login.challenge(resp, c.base) {
			drain(resp)
			continue
		}
		for _, s := range r.want {
			if resp.StatusCode == s {
				return resp, nil
			}
		}
		status, err := inner(resp)
		drain(resp)
		if err != nil {
			return nil, fmt.Errorf("webdav: %s %s: %w", r.method, r.path, err)
		}
		return nil, &ShareError{Method: r.method, Path: r.path, Status: status, Reason: reasonOf(status)}
	}
}

// inner is the status of an answer. mod_dav puts that of a locked parent into a
// multistatus (RFC 4918, 9.6.1), beside 424 for what depended on it.
func inner(resp *http.Response) (int, error) {
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil { // half an answer proves nothing
		return 0, err
	}
	if resp.StatusCode != http.StatusMultiStatus {
		return resp.StatusCode, nil
	}
	var m struct {
		Status []string `xml:"DAV: response>status"`
	}
	if xml.Unmarshal(raw, &m) != nil {
		return resp.StatusCode, nil
	}
	for _, s := range m.Status {
		if f := strings.Fields(s); len(f) > 1 {
			if n, err := strconv.Atoi(f[1]); err == nil && n >= 400 && n != http.StatusFailedDependency {
				return n, nil
			}
		}
	}
	return resp.StatusCode, nil
}

func (c *davClient) once(ctx context.Context, r davRequest) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, c.address(r.path).String(), nil)
	if err != nil {
		return nil, err
	}
	if r.body != nil {
		if req.Body, err = r.body(); err != nil {
			return nil, err
		}
		req.ContentLength, req.GetBody = r.size, r.body
		if r.size == 0 {
			_ = req.Body.Close() // nothing is in it
			req.Body = http.NoBody
		}
	}
	for k, v := range r.header {
		req.Header.Set(k, v)
	}
	c.login.sign(req)
	return c.http.Do(req)
}

// simple is do where nothing of the answer is wanted.
func (c *davClient) simple(ctx context.Context, r davRequest) error {
	resp, err := c.do(ctx, r)
	if err == nil {
		drain(resp)
	}
	return err
}

func drain(resp *http.Response) {
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be used again
	_ = resp.Body.Close()
}

// mkcol makes a collection and, where they are missing, those above it; one that
// is there is as good.
func (c *davClient) mkcol(ctx context.Context, p string) error {
	r := davRequest{method: "MKCOL", path: p, want: []int{http.StatusCreated, http.StatusMethodNotAllowed}}
	err := c.simple(ctx, r)
	if parent := path.Dir(strings.TrimSuffix(p, "/")); davGone.is(err) && parent != "." && parent != "/" {
		if err := c.mkcol(ctx, parent+"/"); err != nil {
			return err
		}
		return c.simple(ctx, r)
	}
	if davGone.is(err) {
		if err := c.makeBase(ctx); err != nil {
			return err
		}
		return c.simple(ctx, r)
	}
	return err
}

// makeBase makes the base itself, from the first element that is missing on.
func (c *davClient) makeBase(ctx context.Context) error {
	whole := c.base.Path
	elements := strings.Split(strings.Trim(whole, "/"), "/")
	for n := len(elements); n > 0; n-- {
		above := *c
		u := *c.base
		u.Path = "/" + strings.Join(elements[:n], "/") + "/"
		above.base = &u
		err := above.simple(ctx, davRequest{method: "MKCOL", want: []int{http.StatusCreated, http.StatusMethodNotAllowed}})
		if davGone.is(err) {
			continue
		}
		if err != nil || n == len(elements) {
			return err
		}
		for n++; n <= len(elements); n++ {
			u.Path = "/" + strings.Join(elements[:n], "/") + "/"
			if err := above.simple(ctx, davRequest{method: "MKCOL", want: []int{http.StatusCreated}}); err != nil {
				return err
			}
		}
		return nil
	}
	return &ShareError{Method: "MKCOL", Path: whole, Status: http.StatusConflict, Reason: davGone}
}

// delete removes p; nothing there is as good.
func (c *davClient) delete(ctx context.Context, p string) error {
	return c.simple(ctx, davRequest{method: http.MethodDelete, path: p, want: []int{http.StatusNoContent, http.StatusOK, http.StatusNotFound}})
}

// move renames without ever overwriting. token is that of a lock on from.
func (c *davClient) move(ctx context.Context, from, to, token string) error {
	h := map[string]string{"Destination": c.address(to).String(), "Overwrite": "F"}
	if token != "" {
		h["If"] = "<" + c.address(from).String() + "> (<" + token + ">)"
	}
	return c.simple(ctx, davRequest{method: "MOVE", path: from, header: h, want: []int{http.StatusCreated}})
}

// unlockOwn lifts a lock that an earlier try of ours left behind.
func (c *davClient) unlockOwn(ctx context.Context, p, owner string) error {
	all, err := c.list(ctx, p, 0)
	if davGone.is(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.unlock(ctx, p, all[0].Locks[owner])
}

// lock takes an exclusive lock on a collection; "" where the share has none.
func (c *davClient) lock(ctx context.Context, p, owner string) (string, error) {
	text := `<?xml version="1.0" encoding="utf-8"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>` +
		`<D:locktype><D:write/></D:locktype><D:owner>` + owner + `</D:owner></D:lockinfo>`
	resp, err := c.do(ctx, davRequest{
		method: "LOCK", path: p, size: int64(len(text)), body: opened(text), want: []int{http.StatusOK, http.StatusCreated},
		header: map[string]string{"Content-Type": "application/xml; charset=utf-8", "Depth": "infinity", "Timeout": "Second-600"},
	})
	var e *ShareError
	if errors.As(err, &e) && (e.Status == http.StatusMethodNotAllowed || e.Status == http.StatusNotImplemented) {
		return "", nil // a share of class 1
	}
	if err != nil {
		return "", err
	}
	defer drain(resp)
	return strings.Trim(resp.Header.Get("Lock-Token"), "<> "), nil
}

func (c *davClient) unlock(ctx context.Context, p, token string) error {
	if token == "" {
		return nil
	}
	return c.simple(ctx, davRequest{
		method: "UNLOCK", path: p, header: map[string]string{"Lock-Token": "<" + token + ">"},
		want: []int{http.StatusNoContent, http.StatusOK, http.StatusNotFound, http.StatusConflict},
	})
}

func opened(s string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }
}

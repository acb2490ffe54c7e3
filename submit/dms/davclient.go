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
	"time"

	"golang.org/x/text/unicode/norm"

	"trinhky/submit/network"
)

// davClient speaks the verbs of RFC 4918 below one collection. It follows no
// redirect: a share that moved is a matter of the settings.
type davClient struct {
	base  *url.URL // ends with "/"
	http  *http.Client
	login *login
	locks time.Duration // for how long a lock is asked
	now   func() time.Time
}

// davRequest is one request; Body can be opened more than once.
type davRequest struct {
	method, path string
	header       map[string]string
	body         func() (io.ReadCloser, error) // nil: none
	size         int64
	want         []int    // statuses that mean done
	at           *url.URL // the address where the share sent us; nil: that of path
}

// slashOnly is where a redirect leads that only adds or takes the last slash, as
// servers do with folders; any other is no matter of ours.
func (c *davClient) slashOnly(r davRequest, err error) *url.URL {
	var moved *network.MovedError
	if !errors.As(err, &moved) || r.at != nil {
		return nil
	}
	was := c.address(r.path)
	to, err := was.Parse(moved.To)
	if err != nil || to.Scheme != was.Scheme || to.Host != was.Host || to.RawQuery != "" ||
		strings.TrimSuffix(to.Path, "/") != strings.TrimSuffix(was.Path, "/") {
		return nil
	}
	return to
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
		if to := c.slashOnly(r, err); to != nil {
			r.at, try = to, -1
			continue
		}
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
	at := r.at
	if at == nil {
		at = c.address(r.path)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, at.String(), nil)
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
	err := c.makeOne(ctx, p)
	if parent := path.Dir(strings.TrimSuffix(p, "/")); absent(err) && parent != "." && parent != "/" {
		if err := c.mkcol(ctx, parent+"/"); err != nil {
			return err
		}
		return c.makeOne(ctx, p)
	}
	if absent(err) {
		if err := c.makeBase(ctx); err != nil {
			return err
		}
		return c.makeOne(ctx, p)
	}
	return err
}

// makeOne makes one collection; one that is there is as good. Apache forbids what
// another program made in the same moment (403), so that is looked for.
func (c *davClient) makeOne(ctx context.Context, p string) error {
	err := c.simple(ctx, davRequest{method: "MKCOL", path: p, want: []int{http.StatusCreated, http.StatusMethodNotAllowed}})
	var answered *ShareError
	if errors.As(err, &answered) && answered.Status == http.StatusForbidden {
		if all, lookErr := c.list(ctx, p, 0); lookErr == nil && all[0].Collection {
			return nil
		}
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
		err := above.makeOne(ctx, "")
		if absent(err) {
			continue
		}
		if err != nil || n == len(elements) {
			return err
		}
		for n++; n <= len(elements); n++ {
			u.Path = "/" + strings.Join(elements[:n], "/") + "/"
			if err := above.makeOne(ctx, ""); err != nil {
				return err
			}
		}
		return nil
	}
	return &ShareError{Method: "MKCOL", Path: whole, Status: http.StatusConflict, Reason: davParent}
}

// delete removes p; nothing there is as good.
func (c *davClient) delete(ctx context.Context, p string) error {
	return c.simple(ctx, davRequest{method: http.MethodDelete, path: p, want: []int{http.StatusNoContent, http.StatusOK, http.StatusNotFound}})
}

func opened(s string) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }
}

package dms

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// lockTime is how long a lock is asked for: long enough between two refreshes,
// and short, as one whose LOCK was answered too late holds up our own next try
// until it ends.
const lockTime = 3 * time.Minute

// davLock is a lock that is held while a message is written. Its zero value is
// that of a share without locks (class 1).
type davLock struct {
	c     *davClient
	path  string
	token string
	every time.Duration // after which it is asked for again
	last  time.Time
	now   func() time.Time
}

// lock takes an exclusive lock on a collection.
func (c *davClient) lock(ctx context.Context, p, owner string) (*davLock, error) {
	text := `<?xml version="1.0" encoding="utf-8"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>` +
		`<D:locktype><D:write/></D:locktype><D:owner>` + owner + `</D:owner></D:lockinfo>`
	l := &davLock{c: c, path: p, now: c.now, last: c.now()}
	granted, token, err := l.ask(ctx, davRequest{
		method: "LOCK", path: p, size: int64(len(text)), body: opened(text), want: []int{http.StatusOK, http.StatusCreated},
		header: map[string]string{"Content-Type": "application/xml; charset=utf-8", "Depth": "infinity", "Timeout": timeout(c.locks)},
	})
	if davMethod.is(err) {
		return &davLock{}, nil
	}
	if err != nil {
		return nil, err
	}
	l.token, l.every = token, granted/3
	return l, nil
}

func timeout(d time.Duration) string { return "Second-" + strconv.Itoa(int(d.Seconds())) }

// ask sends a LOCK and reads for how long it was granted, and its token.
func (l *davLock) ask(ctx context.Context, r davRequest) (granted time.Duration, token string, err error) {
	resp, err := l.c.do(ctx, r)
	if err != nil {
		return 0, "", err
	}
	defer drain(resp)
	var m struct {
		Timeout string `xml:"DAV: lockdiscovery>activelock>timeout"`
	}
	raw, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil {
		return 0, "", err
	}
	granted = l.c.locks
	if xml.Unmarshal(raw, &m) == nil {
		if s, ok := strings.CutPrefix(strings.TrimSpace(m.Timeout), "Second-"); ok {
			if n, err := strconv.ParseUint(s, 10, 32); err == nil && n > 0 {
				granted = min(time.Duration(n)*time.Second, 24*time.Hour)
			}
		}
	}
	return granted, strings.Trim(resp.Header.Get("Lock-Token"), "<> "), nil
}

// refresh asks for the lock again (RFC 4918, 9.10.2) when a third of its time
// is over. A lock that ended meanwhile is davLost: somebody else may be writing.
// A refusal alone does not say so: Apache also refuses while a file that was just
// put into the collection has not got the collection's lock yet. Where the lock
// is still listed, the next call asks again.
func (l *davLock) refresh(ctx context.Context) error {
	if l == nil || l.token == "" || l.now().Sub(l.last) < l.every {
		return nil
	}
	begun := l.now()
	granted, _, err := l.ask(ctx, davRequest{
		method: "LOCK", path: l.path, want: []int{http.StatusOK},
		header: map[string]string{"If": "(<" + l.token + ">)", "Timeout": timeout(l.c.locks)},
	})
	var answered *ShareError
	if errors.As(err, &answered) && answered.Status/100 == 4 && answered.Status != http.StatusUnauthorized {
		if held, heldErr := l.held(ctx); held || heldErr != nil {
			return heldErr
		}
		answered.Reason = davLost
		return err
	}
	if err != nil {
		return err
	}
	l.last, l.every = begun, granted/3
	return nil
}

// held says whether the share still lists the lock (RFC 4918, 15.8).
func (l *davLock) held(ctx context.Context) (bool, error) {
	all, err := l.c.list(ctx, l.path, 0)
	if absent(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, token := range all[0].Locks {
		if token == l.token {
			return true, nil
		}
	}
	return false, nil
}

// kept reads r and refreshes the lock meanwhile.
func (l *davLock) kept(ctx context.Context, r io.ReadCloser) io.ReadCloser {
	if l == nil || l.token == "" {
		return r
	}
	return &keptReader{ReadCloser: r, refresh: func() error { return l.refresh(ctx) }}
}

// keptReader calls refresh before each read.
type keptReader struct {
	io.ReadCloser
	refresh func() error
}

func (k *keptReader) Read(p []byte) (int, error) {
	if err := k.refresh(); err != nil {
		return 0, err
	}
	return k.ReadCloser.Read(p)
}

// condition is the If header of a request below the lock.
func (l *davLock) condition(at string) string { return "<" + at + "> (<" + l.token + ">)" }

// release lifts the lock. nil, and one that a share without locks gave, is none.
func (l *davLock) release(ctx context.Context) error {
	if l == nil || l.token == "" {
		return nil
	}
	return l.c.unlock(ctx, l.path, l.token)
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

// unlockOwn lifts a lock that an earlier try of ours left behind.
func (c *davClient) unlockOwn(ctx context.Context, p, owner string) error {
	all, err := c.list(ctx, p, 0)
	if absent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.unlock(ctx, p, all[0].Locks[owner])
}

// move renames without ever overwriting: what is there already is looked for
// first, as some servers do not heed Overwrite. l is the lock on from.
func (c *davClient) move(ctx context.Context, from, to string, l *davLock) error {
	switch there, _, err := c.exists(ctx, to); {
	case err != nil:
		return err
	case there:
		return &ShareError{Method: "MOVE", Path: to, Status: http.StatusPreconditionFailed, Reason: davExists}
	}
	h := map[string]string{"Destination": c.address(to).String(), "Overwrite": "F"}
	if l != nil && l.token != "" {
		h["If"] = l.condition(c.address(from).String())
	}
	r := davRequest{method: "MOVE", path: from, header: h, want: stored()}
	err := c.simple(ctx, r)
	for _, name := range c.aliases(to) {
		var answered *ShareError
		if !errors.As(err, &answered) || answered.Status != http.StatusBadGateway && answered.Status != http.StatusBadRequest {
			break
		}
		h["Destination"] = name
		err = c.simple(ctx, r)
	}
	if err != nil {
		return err
	}
	// Some answer 200, which may be anybody's: what counts is what is there now.
	there, _, err := c.exists(ctx, to)
	if err == nil && !there {
		err = &ShareError{Method: "MOVE", Path: to, Status: http.StatusOK, Reason: davLies}
	}
	return err
}

// aliases are other spellings of an address for Destination. A server behind
// one that speaks TLS for it knows itself by http only, and takes the https
// address for another server's (RFC 4918, 9.9.4); some want a path alone (8.3).
// They only name the place: nothing is sent there.
func (c *davClient) aliases(p string) []string {
	plain := c.address(p)
	plain.Scheme = "http"
	return []string{plain.String(), plain.EscapedPath()}
}

// Package tsa is an RFC 3161 client over HTTP: signer.TimestampAuthority with
// an ordered list of servers. An answer counts only after status, imprint,
// nonce, policy, time, signature and chain have been checked; otherwise the
// next server is asked.
package tsa

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"slices"
	"sync"
	"time"

	"trinhky/signer/internal/cms"
)

// Defaults and limits.
const (
	defaultTimeout = 10 * time.Second
	defaultSkew    = 24 * time.Hour
	defaultToken   = 12 << 10
	maxAnswer      = 1 << 20
	// restTime is how long a server that failed is asked last.
	restTime = time.Minute
)

// Server is one time-stamping authority.
type Server struct {
	URL     string
	Timeout time.Duration // of one request; 0: 10 s
	// Policy is asked for and required where it is set.
	Policy asn1.ObjectIdentifier
	// Header is sent along: Authorization, for servers that want it.
	Header http.Header
	// User and Password are sent as basic authentication where User is set, and
	// never to another host that the server redirects to.
	User, Password string
	// Allowance is the server's quota; where it is used up, it is not asked.
	Allowance Allowance
}

// Config says whom to ask and whom to trust.
type Config struct {
	Servers []Server // in the order in which they are asked
	// Roots are what the chain of a timestamp has to lead to; nil: the token's
	// own signature and the chain that it brings are checked, trust is left to
	// whoever verifies later.
	Roots         *x509.CertPool
	Intermediates []*x509.Certificate
	// Transport carries the requests; nil: the proxies of the environment.
	Transport http.RoundTripper
	Now       func() time.Time // nil: time.Now
	// Ledger is the file that counts requests over all runs of the program; "":
	// only those of this client are counted.
	Ledger string
	// Skew is how far the time of an answer may lie from ours; 0: 24 h, which
	// forgives a laptop with a wrong clock but not a wrong server.
	Skew time.Duration
}

// Usage counts what was asked of a server, for its quota.
type Usage struct {
	URL                string
	Requests, Failures int // since the client was made
	// Left is how many requests the quota still allows, all runs of the program
	// counted, and More when it allows more; -1: the quota is not known.
	Left int
	More time.Time
}

// Client asks the servers. It is safe for concurrent use.
type Client struct {
	c    Config
	http *http.Client

	meter meter

	mu    sync.Mutex
	usage []Usage
	rest  []time.Time // until when a server is asked last
	size  int         // of the largest token seen
}

// New makes a client. It contacts nobody.
func New(c Config) (*Client, error) {
	if len(c.Servers) == 0 {
		return nil, errors.New("no time-stamping server is set")
	}
	if c.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.Proxy = http.ProxyFromEnvironment
		c.Transport = t
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Skew == 0 {
		c.Skew = defaultSkew
	}
	k := &Client{c: c, rest: make([]time.Time, len(c.Servers)), meter: meter{path: c.Ledger}}
	for _, s := range c.Servers {
		k.usage = append(k.usage, Usage{URL: s.URL})
	}
	k.http = &http.Client{Transport: c.Transport, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > 3 || r.Method != http.MethodPost { // a request that lost its body is none
			return http.ErrUseLastResponse
		}
		if first := via[0].URL; r.URL.Host != first.Host || r.URL.Scheme != first.Scheme {
			r.Header.Del("Authorization")
		}
		return nil
	}}
	return k, nil
}

// Usage tells how often every server was asked since the client was made.
func (k *Client) Usage() []Usage {
	k.mu.Lock()
	out := slices.Clone(k.usage)
	k.mu.Unlock()
	for i, s := range k.c.Servers {
		out[i].Left, out[i].More = k.meter.left(s.URL, s.Allowance, k.c.Now())
	}
	return out
}

// Left is how many timestamps the quotas of all servers still allow together,
// -1 where one of them is not known.
func (k *Client) Left() int {
	n := 0
	for _, u := range k.Usage() {
		if u.Left < 0 {
			return -1
		}
		n += u.Left
	}
	return n
}

// TokenSize is an upper bound of a token: a usual one with its chain, or more
// when a larger one was seen.
func (k *Client) TokenSize() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return max(defaultToken, k.size+512)
}

// Timestamp asks the servers in order until one gives a good answer. The error
// joins an *Error for every server that was asked.
func (k *Client) Timestamp(ctx context.Context, hash crypto.Hash, digest []byte) ([]byte, error) {
	if cms.HashOID(hash) == nil || len(digest) != hash.Size() {
		return nil, fmt.Errorf("timestamp over %d bytes of %v", len(digest), hash)
	}
	var failures []error
	for _, i := range k.order() {
		token, err := k.ask(ctx, k.c.Servers[i], hash, digest)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		k.count(i, len(token), err)
		if err == nil {
			return token, nil
		}
		failures = append(failures, err)
	}
	return nil, errors.Join(failures...)
}

// order is the servers as configured, those that just failed last.
func (k *Client) order() []int {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := time.Now()
	var good, resting []int
	for i := range k.rest {
		if now.Before(k.rest[i]) {
			resting = append(resting, i)
		} else {
			good = append(good, i)
		}
	}
	return append(good, resting...)
}

func (k *Client) count(i, size int, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.usage[i].Requests++
	k.rest[i] = time.Time{}
	if err != nil {
		k.usage[i].Failures++
		k.rest[i] = time.Now().Add(restTime)
	}
	k.size = max(k.size, size)
}

// ask does one request and checks its answer.
func (k *Client) ask(ctx context.Context, s Server, hash crypto.Hash, digest []byte) ([]byte, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 64))
	if err != nil {
		return nil, fmt.Errorf("nonce: %w", err)
	}
	q := query{hash: hash, digest: digest, nonce: nonce, policy: s.Policy}
	body, err := q.encode()
	if err != nil {
		return nil, fmt.Errorf("timestamp request: %w", err)
	}
	answer, err := k.post(ctx, s, body)
	if err != nil {
		return nil, err
	}
	token, fault, err := parseAnswer(answer)
	if err == nil {
		fault, err = k.check(q, token)
	}
	if err != nil {
		return nil, &Error{URL: s.URL, Fault: fault, Err: err}
	}
	return token, nil
}

// post sends a request and returns the bounded answer.
func (k *Client) post(ctx context.Context, s Server, body []byte) ([]byte, error) {
	fail := func(f Fault, err error) ([]byte, error) { return nil, &Error{URL: s.URL, Fault: f, Err: err} }
	if free, ok := k.meter.ask(s.URL, s.Allowance, k.c.Now()); !ok {
		return fail(Quota, fmt.Errorf("%d requests in %s are used up until %s", s.Allowance.Requests, s.Allowance.Every, free.Format(time.TimeOnly)))
	}
	limit := s.Timeout
	if limit <= 0 {
		limit = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return fail(Down, err)
	}
	for key, values := range s.Header {
		r.Header[key] = values
	}
	if s.User != "" {
		r.SetBasicAuth(s.User, s.Password)
	}
	r.Header.Set("Content-Type", "application/timestamp-query")
	r.Header.Set("Accept", "application/timestamp-reply")
	resp, err := k.http.Do(r)
	if err != nil {
		return fail(downOrSlow(err), err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		_, _ = io.CopyN(io.Discard, resp.Body, 4096) // lets the connection be used again
		f := HTTPStatus
		if resp.StatusCode == http.StatusTooManyRequests {
			f = Quota
		}
		return nil, &Error{URL: s.URL, Fault: f, Status: resp.StatusCode, Err: errors.New(resp.Status)}
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return fail(downOrSlow(err), err)
	}
	if len(answer) > maxAnswer {
		return fail(Garbage, errors.New("the answer is too long"))
	}
	return answer, nil
}

func downOrSlow(err error) Fault {
	if errors.Is(err, context.DeadlineExceeded) {
		return Slow
	}
	return Down
}

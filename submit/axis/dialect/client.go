package dialect

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"trinhky/submit"
	"trinhky/submit/axis"
	"trinhky/submit/edxml"
	"trinhky/submit/network"
)

// Config says where the gateway is and who we are to it.
type Config struct {
	Endpoint         string // base URL; the paths of the profile are appended
	SystemID, Secret string
	Organ            string // code of the own agency, {organ}
	// SendTimeout bounds sending and fetching one message (60 s), ListTimeout
	// the lists (30 s).
	SendTimeout, ListTimeout time.Duration
	Dir                      string        // for temporary files; "" is the system's place
	Limits                   submit.Limits // what is received may be as large
	Network                  network.Config
}

// Client is a gateway as seen from one system. It is safe for concurrent use.
type Client struct {
	base    string
	config  Config
	profile Profile
	lists   *http.Client
	sending *http.Client // never on a connection that was used before
	now     func() time.Time

	loggingIn chan struct{} // holds what follows
	kept      string
	keptUntil time.Time
	refusal   error // of the last login, until refusedUntil
	refused   time.Time
}

var (
	_ submit.Connector = (*Client)(nil)
	_ submit.Directory = (*Client)(nil)
	_ submit.Receiver  = (*Client)(nil)
)

// New checks c; it does not touch the network. p is one of Parse.
func New(p Profile, c Config) (*Client, error) {
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("dialect %s: %q is no address of a gateway", p.Name, c.Endpoint)
	}
	if c.SystemID == "" || c.Secret == "" {
		return nil, fmt.Errorf("dialect %s: the system identifier or the secret is missing", p.Name)
	}
	if c.SendTimeout <= 0 {
		c.SendTimeout = 60 * time.Second
	}
	if c.ListTimeout <= 0 {
		c.ListTimeout = 30 * time.Second
	}
	if c.Dir == "" {
		c.Dir = os.TempDir()
	}
	client := &Client{
		base: strings.TrimRight(c.Endpoint, "/"), config: c, profile: p, now: time.Now, loggingIn: make(chan struct{}, 1),
	}
	for to, keepAlive := range map[**http.Client]bool{&client.lists: true, &client.sending: false} {
		transport, err := c.Network.Transport(keepAlive)
		if err != nil {
			return nil, fmt.Errorf("dialect %s: %w", p.Name, err)
		}
		*to = &http.Client{
			Transport:     network.Unzipped(transport),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return client, nil
}

// The kinds of messages.
const (
	typeDocument = "edoc"
	typeStatus   = "status"
)

// Submit implements submit.Connector.
func (c *Client) Submit(ctx context.Context, e submit.Envelope) (submit.Receipt, error) {
	d, err := edxml.FromEnvelope(e)
	if err != nil {
		return submit.Receipt{}, err
	}
	to := make([]string, len(e.To))
	for i, p := range e.To {
		to[i] = p.OrganID()
	}
	return c.send(ctx, d, typeDocument, e.From.OrganID(), to)
}

func (c *Client) send(ctx context.Context, m edxml.Message, kind, from string, to []string) (submit.Receipt, error) {
	dir, err := axis.TempDir(c.config.Dir)
	if err != nil {
		return submit.Receipt{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left there a later start clears
	built, err := edxml.Build(m, dir)
	if err != nil {
		return submit.Receipt{}, err
	}
	f, err := os.Open(built.Path)
	if err != nil {
		return submit.Receipt{}, err
	}
	defer f.Close()
	hash := axis.HashUnpadded
	if c.profile.Padded {
		hash = axis.HashPadded
	}
	// The login comes before: where it fails nothing can have left.
	v, err := c.values(ctx, values{
		"type": word(c.profile.Types, kind), "from": from, "to": strings.Join(to, ","), "hash": hash.Spell(built.SHA256),
	})
	if err != nil {
		return submit.Receipt{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.SendTimeout)
	defer cancel()
	r, err := c.request(ctx, &c.profile.Send, v, &message{f, built.Size})
	if err != nil {
		return submit.Receipt{}, &submit.FieldError{Field: "from", Reason: err.Error()}
	}
	return c.deliver(r)
}

// deliver sends once and sorts how it ended.
func (c *Client) deliver(r *http.Request) (submit.Receipt, error) {
	var connected atomic.Bool
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	r.GetBody = nil // the transport can never send a second time by itself
	resp, err := c.sending.Do(r)
	if err != nil {
		err = fmt.Errorf("send: %w", err)
		if connected.Load() && !network.NotTaken(err) {
			return submit.Receipt{}, submit.Unknown(err)
		}
		return submit.Receipt{}, err // without a connection, or a handshake, nothing can have arrived
	}
	defer drain(resp.Body)
	return c.outcome(resp)
}

// outcome sorts the answer to a send.
func (c *Client) outcome(resp *http.Response) (submit.Receipt, error) {
	var auth *submit.AuthError
	if resp.StatusCode == http.StatusRequestEntityTooLarge { // a proxy in front: it lets nothing through
		return submit.Receipt{}, submit.Permanent("413", "the message is too large for the destination")
	}
	if err := checkHTTP(resp); err != nil {
		if errors.As(err, &auth) {
			c.forget()
			return submit.Receipt{}, err
		}
		return submit.Receipt{}, submit.Unknown(err)
	}
	p := &c.profile
	a := reading{want: map[string]bool{p.Send.ID: true, p.Answer.Code: true, p.Answer.Text: true}}
	err := a.read(resp.Body, maxAnswer)
	if err == nil {
		err = p.verdict(a.found)
	}
	id := a.found[p.Send.ID]
	var no *failure
	switch {
	case errors.As(err, &auth):
		return submit.Receipt{}, err
	case errors.As(err, &no) && id == "" && !p.ownFault(no.code):
		return submit.Receipt{}, submit.Permanent(no.code, no.text)
	case err == nil && !good(resp):
		err = fmt.Errorf("%w: HTTP %d and a code that says yes", errMalformed, resp.StatusCode)
	case err == nil && id == "":
		err = fmt.Errorf("%w: it says yes without an identifier", errMalformed)
	}
	if err != nil {
		return submit.Receipt{}, submit.Unknown(fmt.Errorf("send: %w", err))
	}
	return submit.Receipt{DocID: id, At: c.now()}, nil
}

func (p *Profile) ownFault(code string) bool {
	for _, f := range p.Answer.Fault {
		if f == code {
			return true
		}
	}
	return false
}

// call makes a request other than a send and reads its answer into a. A token
// that was taken back is fetched anew, once.
func (c *Client) call(ctx context.Context, op *Call, more values, a *reading, limit int64) (*http.Response, error) {
	for again := c.profile.Login != nil; ; again = false {
		resp, err := c.once(ctx, op, more, a, limit)
		var auth *submit.AuthError
		if !errors.As(err, &auth) || !again {
			return resp, err
		}
		c.forget()
	}
}

func (c *Client) once(ctx context.Context, op *Call, more values, a *reading, limit int64) (*http.Response, error) {
	v, err := c.values(ctx, more)
	if err != nil {
		return nil, err
	}
	timeout := c.config.ListTimeout
	if limit > maxAnswer {
		timeout = c.config.SendTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r, err := c.request(ctx, op, v, nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.lists.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op.Path, err)
	}
	defer drain(resp.Body)
	if err := checkHTTP(resp); err != nil {
		return resp, fmt.Errorf("%s: %w", op.Path, err)
	}
	if a.want == nil {
		a.want = map[string]bool{}
	}
	p := &c.profile
	a.want[p.Answer.Code], a.want[p.Answer.Text] = true, true
	err = a.read(resp.Body, limit)
	if p.Answer.Code != "" && a.found[p.Answer.Code] != "" { // a refusal has no list
		if no := p.verdict(a.found); no != nil {
			err = no
		}
	}
	if err == nil && !(op.bare() && a.list) && !(a.lifted && a.found[p.Answer.Code] == "") {
		err = p.verdict(a.found)
	}
	if err == nil && !good(resp) {
		err = fmt.Errorf("%w: HTTP %d", errMalformed, resp.StatusCode)
	}
	if err != nil {
		return resp, fmt.Errorf("%s: %w", op.Path, err)
	}
	return resp, nil
}

// bare says that the answer is the list itself, without a place for a code.
func (op *Call) bare() bool { return op.Rows == "" }

// rows reads a list.
func (c *Client) rows(ctx context.Context, op *Call, more values, each func(map[string]string) error) (*http.Response, error) {
	a := reading{rows: op.Rows, each: func(raw json.RawMessage) error {
		cells, err := row(raw, op.Columns)
		if err != nil {
			return err
		}
		return each(cells)
	}}
	return c.call(ctx, op, more, &a, maxList)
}

// waiting lists the identifiers of what waits for us.
func (c *Client) waiting(ctx context.Context, kind string) (all []listed, err error) {
	ours := word(c.profile.Types, kind)
	_, err = c.rows(ctx, &c.profile.Waiting, values{"type": ours}, func(r map[string]string) error {
		switch {
		case r["id"] == "":
			return errors.New("a row of the list lacks its identifier")
		case r["type"] != "" && !strings.EqualFold(r["type"], ours), r["state"] == word(c.profile.States, "done"):
		default:
			all = append(all, listed{r["id"], r["from"]})
		}
		return nil
	})
	return all, err
}

// listed is a message that waits, and who sent it, where the list says so.
type listed struct{ id, from string }

// absent tells whether the gateway does not know the address, or not the method.
func absent(resp *http.Response) bool {
	return resp != nil && (resp.StatusCode == http.StatusNotFound ||
		resp.StatusCode == http.StatusMethodNotAllowed || resp.StatusCode == http.StatusNotImplemented)
}

// ErrNoSentList: the profile names no list of what was sent, or the gateway does
// not have the one that the profile assumes.
var ErrNoSentList error = noSentList{}

type noSentList struct{}

func (noSentList) Error() string {
	return "this gateway has no list of what was sent: only a receiver's answer tells"
}

// ProblemCode names the words for the person.
func (noSentList) ProblemCode() string { return "no-sent-list" }

// Lookup implements submit.Connector.
func (c *Client) Lookup(ctx context.Context, e submit.Envelope) ([]submit.Receipt, error) {
	if c.profile.Sent == nil {
		return nil, ErrNoSentList
	}
	var all []axis.Sent
	resp, err := c.rows(ctx, c.profile.Sent, values{"type": word(c.profile.Types, typeDocument)}, func(r map[string]string) error {
		all = append(all, axis.Sent{ID: r["id"], From: r["from"], To: r["to"], Title: r["title"], Notation: r["notation"], Time: r["time"]})
		return nil
	})
	switch {
	case err != nil && c.profile.Sent.Assumed && absent(resp):
		return nil, fmt.Errorf("%w: %w", ErrNoSentList, err)
	case err != nil:
		return nil, err
	}
	found, err := axis.Matching(all, e, axis.Ahead(resp, c.now()))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errMalformed, err)
	}
	return found, nil
}

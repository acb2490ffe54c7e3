package bridge

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// call is one message of one page.
type call struct {
	s     *Server
	from  origin
	name  string          // path, cleaned
	base  context.Context // of the server: it outlives the page
	role  Role
	site  Site
	guard guard
	to    string // host of the upload
	rec   Record
	sent  []Record // one a document, where there were some
}

// planned is one document that is to be fetched.
type planned struct {
	u     *url.URL
	to    origin
	title string
	item  item
}

// plan is what a message asks for, its addresses read and allowed in form.
type plan struct {
	documents []planned // one with u == nil: of this computer
	upload    *url.URL
	uploadTo  origin
	many      bool
	request   request
}

// run does the call and says what the page gets. What came of it is recorded.
func (c *call) run(ctx context.Context, data []byte) answer {
	begun := c.s.c.Now()
	c.rec = Record{At: begun, Origin: c.from.String(), Path: c.name}
	a, err := c.do(ctx, data)
	if err != nil {
		a = c.s.answerTo(err)
	}
	all := c.sent
	if len(all) == 0 {
		all = []Record{c.rec}
	}
	for _, r := range all {
		r.Took = c.s.c.Now().Sub(begun)
		if r.Result == "" {
			r.Result = resultOf(err)
		}
		c.s.record(c.base, r)
	}
	return a
}

// resultOf is the outcome in the words of the audit log.
func resultOf(err error) string {
	var own *Refusal
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, ErrCancelled):
		return "cancelled"
	case errors.As(err, &own):
		return "refused: " + string(own.Reason) + " " + own.Detail
	}
	return "failed"
}

func (s *Server) record(ctx context.Context, r Record) {
	if r.At.IsZero() {
		r.At = s.c.Now()
	}
	s.c.Log.Info("bridge", "origin", r.Origin, "path", r.Path, "result", r.Result)
	s.c.Audit(context.WithoutCancel(ctx), r)
}

// answerTo is the answer to a call that was not done.
func (s *Server) answerTo(err error) answer {
	a := answer{Status: statusError, Message: clean(s.c.Say(err), 1000)}
	var own *Refusal
	switch {
	case errors.Is(err, ErrCancelled):
		a.Status = statusCancelled
	case errors.As(err, &own) && (own.Reason == ReasonEndpoint || own.Reason == ReasonRawText):
		a.Status = statusNot
	}
	return a
}

func (c *call) do(ctx context.Context, data []byte) (answer, error) {
	kind, role := pathOf(c.name)
	c.role = role
	var r request
	switch kind {
	case refuseRaw:
		return answer{}, refuse(ReasonRawText, c.name)
	case refuseOther:
		return answer{}, refuse(ReasonEndpoint, c.name)
	case signOne, verifyOne:
		var err error
		if r, err = parse(data); err != nil {
			return answer{}, err
		}
	case tellCertificate, showWindow, tellVersion:
	}
	select {
	case c.s.busy <- struct{}{}:
		defer func() { <-c.s.busy }()
	default:
		return answer{}, refuse(ReasonBusy, "")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.s.lim.Person, refuse(ReasonTimeout, ""))
	defer cancel()
	var a answer
	var err error
	switch kind {
	case tellCertificate:
		a, err = c.certificate(ctx)
	case showWindow:
		if _, known := c.known(); !known {
			return answer{}, refuse(ReasonSite, c.from.String())
		}
		c.s.c.Person.Show()
	case verifyOne:
		err = c.verify(ctx, r)
	default:
		a, err = c.sign(ctx, r)
	}
	switch {
	case err != nil && c.base.Err() != nil:
		err = failed(ReasonQuit, "", err)
	case err != nil && ctx.Err() != nil:
		err = cause(ctx, err, ReasonGone, "")
	}
	return a, err
}

// known is the site in the allow-list.
func (c *call) known() (Site, bool) {
	all := c.s.c.Sites()
	i := slices.IndexFunc(all, func(s Site) bool { return s.Origin == c.from.String() })
	if i < 0 {
		return Site{Origin: c.from.String()}, false
	}
	s := all[i]
	s.Hosts = slices.Clone(s.Hosts)
	return s, true
}

// plan reads the addresses of a message. One that names something else than a
// web address ends the whole call.
func (c *call) plan(r request) (plan, error) {
	p := plan{many: r.many, request: r}
	if !r.many {
		r.Files = []item{{URL: r.FileName}}
	}
	if len(r.Files) == 0 {
		return p, refuse(ReasonMessage, "Files")
	}
	if len(r.Files) > c.s.lim.Files {
		return p, refuse(ReasonTooMany, fmt.Sprint(c.s.lim.Files))
	}
	for _, f := range r.Files {
		d := planned{title: string(f.FileName), item: f}
		if f.URL != "" || r.many {
			var err error
			if d.u, d.to, err = target(string(f.URL), c.from); err != nil {
				return p, err
			}
		}
		p.documents = append(p.documents, d)
	}
	return p, nil
}

// sign is the whole way: allow, fetch, show and sign, store, answer.
func (c *call) sign(ctx context.Context, r request) (answer, error) {
	p, err := c.plan(r)
	if err != nil {
		return answer{}, err
	}
	if p.upload, p.uploadTo, err = target(string(r.FileUploadHandler), c.from); err != nil {
		return answer{}, err
	}
	c.rec.Stored, c.to = shown(p.upload), p.uploadTo.hostPort()
	if err := c.allow(ctx, p); err != nil {
		return answer{}, err
	}
	dir, err := c.s.folder("call-")
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what stays is removed at the next start
	b := &bundle{plan: p, dir: dir}
	if err := c.fetchAll(ctx, b); err != nil {
		return answer{}, err
	}
	signed, err := c.s.c.Person.Sign(ctx, b.job)
	if err == nil {
		err = checkSigned(b.job, signed)
	}
	if err != nil {
		c.s.c.Person.Stored(b.job, err)
		return answer{}, err
	}
	a, err := c.storeAll(ctx, b, signed)
	c.s.c.Person.Stored(b.job, err)
	return a, err
}

// folder makes a folder of our own for fetched documents.
func (s *Server) folder(prefix string) (string, error) {
	if err := os.MkdirAll(s.c.Dir, 0o700); err != nil {
		return "", err
	}
	return os.MkdirTemp(s.c.Dir, prefix)
}

// Sweep removes what an earlier run left behind.
func (s *Server) Sweep() error {
	all, err := filepath.Glob(filepath.Join(s.c.Dir, "*-*"))
	for _, old := range all {
		err = errors.Join(err, os.RemoveAll(old))
	}
	return err
}

// verify fetches a document and hands it to the window.
func (c *call) verify(ctx context.Context, r request) error {
	r.Files, r.many = nil, false
	p, err := c.plan(r)
	if err != nil {
		return err
	}
	if p.documents[0].u == nil {
		return refuse(ReasonURL, "")
	}
	if err := c.allow(ctx, p); err != nil {
		return err
	}
	// The window goes on showing the file: it stays until the next one.
	old, _ := filepath.Glob(filepath.Join(c.s.c.Dir, "verify-*"))
	dir, err := c.s.folder("verify-")
	if err != nil {
		return err
	}
	for _, o := range old {
		_ = os.RemoveAll(o) // still open: the next start removes it
	}
	b := &bundle{plan: p, dir: dir}
	if err := c.fetchAll(ctx, b); err != nil {
		return err
	}
	return c.s.c.Person.Verify(ctx, b.job)
}

// certificate tells who would sign, when the person agrees: once an origin and
// session.
func (c *call) certificate(ctx context.Context) (answer, error) {
	who := c.from.String()
	c.s.mu.Lock()
	told := c.s.told[who]
	c.s.mu.Unlock()
	if !told {
		q := c.question(AskCertificate)
		ok, err := c.s.c.Person.Ask(ctx, q)
		if err != nil {
			return answer{}, err
		}
		if !ok.Allow {
			return answer{}, ErrCancelled
		}
		c.s.mu.Lock()
		c.s.told[who] = true
		c.s.mu.Unlock()
	}
	der, err := c.s.c.Person.Certificate(ctx)
	if err != nil {
		return answer{}, err
	}
	x, err := x509.ParseCertificate(der)
	if err != nil {
		return answer{}, err
	}
	return answer{
		Subject: x.Subject.String(), Issuer: x.Issuer.String(), SerialNumber: fmt.Sprintf("%X", x.SerialNumber),
		ValidFrom: x.NotBefore.UTC().Format(time.RFC3339), ValidTo: x.NotAfter.UTC().Format(time.RFC3339),
		Certificate: base64.StdEncoding.EncodeToString(der),
	}, nil
}

func (c *call) question(k Kind) Question {
	return Question{
		Kind: k, Origin: c.from.String(), Readable: c.from.readable(), Role: c.role, Path: c.name,
		Insecure: c.from.scheme == "http",
	}
}

// jsonText is s as a JSON text, its characters as they are.
func jsonText(s string) json.RawMessage {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a text always encodes
	return json.RawMessage(strings.TrimSpace(b.String()))
}

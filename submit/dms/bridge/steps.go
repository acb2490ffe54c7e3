package bridge

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// allow finds out whether the site may ask for this; where nobody said so yet,
// the person is asked. Nothing goes over the network before.
func (c *call) allow(ctx context.Context, p plan) error {
	site, known := c.known()
	q := c.question(AskSite)
	q.Files = len(p.documents)
	var foreign []string
	look := func(to origin) string {
		if !c.from.own(to) && !site.ties(to) && !slices.Contains(foreign, to.hostPort()) {
			foreign = append(foreign, to.hostPort())
		}
		return to.hostPort()
	}
	for _, d := range p.documents {
		if d.u != nil {
			if host := look(d.to); !slices.Contains(q.Download, host) {
				q.Download = append(q.Download, host)
			}
		}
	}
	if p.upload != nil {
		q.Upload = look(p.uploadTo)
	}
	q.Foreign = foreign
	plain := c.from.scheme == "http" && !site.Insecure
	if known && !plain {
		if len(foreign) == 0 {
			return c.enter(ctx, site, q)
		}
		q.Kind = AskHosts
	}
	ok, err := c.s.c.Person.Ask(ctx, q)
	if err != nil {
		return err
	}
	if !ok.Allow {
		return ErrCancelled
	}
	site.Hosts = append(site.Hosts, foreign...)
	if ok.Remember && !plain {
		if err := c.s.c.Remember(site); err != nil {
			return err
		}
	}
	return c.enter(ctx, site, q)
}

// ties says whether to is a host that was tied to the site.
func (s Site) ties(to origin) bool {
	return slices.ContainsFunc(s.Hosts, func(h string) bool {
		return h == to.hostPort() || h == to.host && !to.loopback()
	})
}

// enter makes the guard of an allowed site. Servers in a private network are a
// question of their own: a name of the outside that leads inside is how pages
// attack what stands there.
func (c *call) enter(ctx context.Context, site Site, q Question) error {
	c.site = site
	c.guard = guard{resolver: c.s.c.Resolver, site: c.from, private: site.Private}
	for _, hostPort := range append(slices.Clone(q.Download), q.Upload) {
		if hostPort == "" {
			continue
		}
		host := strings.Trim(hostPort[:strings.LastIndex(hostPort, ":")], "[]")
		_, err := c.guard.addresses(ctx, host)
		if !errors.Is(err, errPrivate) {
			if err != nil {
				return err
			}
			continue
		}
		q.Kind = AskPrivate
		ok, err := c.s.c.Person.Ask(ctx, q)
		if err != nil {
			return err
		}
		if !ok.Allow {
			return ErrCancelled
		}
		c.guard.private, c.site.Private = true, true
		if ok.Remember && c.from.scheme == "https" {
			if err := c.s.c.Remember(c.site); err != nil {
				return err
			}
		}
	}
	return nil
}

// bundle is a call with its documents.
type bundle struct {
	plan
	dir    string
	job    Job
	index  []int    // of job.Documents in plan.documents
	names  []string // of files
	failed []string // titles of those that could not be fetched or stored
}

// fetchAll downloads the documents. One of several that cannot be had is left
// out and named; a single one ends the call.
func (c *call) fetchAll(ctx context.Context, b *bundle) error {
	b.job = Job{
		Origin: c.from.String(), Readable: c.from.readable(), Role: c.role, Path: c.name,
		Number: clean(string(b.request.DocNumber), maxNumber), Date: issuedDate(string(b.request.IssuedDate)),
	}
	if b.upload != nil {
		b.job.Upload = b.uploadTo.hostPort()
	}
	var addresses []string
	for i, p := range b.documents {
		dir := filepath.Join(b.dir, fmt.Sprint(i))
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		d, err := c.one(ctx, p, dir)
		if err == nil {
			err = b.unique(&d)
		}
		if err != nil && (!b.many || ctx.Err() != nil) {
			return err
		}
		if p.u != nil {
			addresses = append(addresses, shown(p.u))
		}
		if err != nil {
			b.failed = append(b.failed, clean(p.title, maxTitle))
			c.s.c.Log.Warn("bridge: one of several", "err", err)
			continue
		}
		b.job.Documents, b.index = append(b.job.Documents, d), append(b.index, i)
	}
	c.rec.Fetched = strings.Join(addresses, " ")
	if len(b.job.Documents) == 0 {
		return refuse(ReasonNone, strings.Join(b.failed, ", "))
	}
	return nil
}

// unique gives documents of one call different file names: they end in one
// folder, and some sites store under the name.
func (b *bundle) unique(d *Document) error {
	dir, name := filepath.Split(d.Path)
	stem := strings.TrimSuffix(name, ".pdf")
	for n := 2; slices.Contains(b.names, name); n++ {
		name = fmt.Sprintf("%s (%d).pdf", stem, n)
	}
	b.names = append(b.names, name)
	from := d.Path
	if d.Path = filepath.Join(dir, name); d.Path == from {
		return nil
	}
	return os.Rename(from, d.Path)
}

// one gets one document: from the site, or picked by the person.
func (c *call) one(ctx context.Context, p planned, dir string) (Document, error) {
	if p.u != nil {
		return c.s.fetch(ctx, c.guard, p.u, p.title, dir)
	}
	q := c.question(AskSite)
	q.Upload = c.to
	path, err := c.s.c.Person.Choose(ctx, q)
	if err != nil {
		return Document{}, err
	}
	return c.s.copied(path, dir)
}

// copied takes a document of this computer, which the person picked.
func (s *Server) copied(path, dir string) (Document, error) {
	data, err := readLimited(path, s.lim.PDF)
	if err != nil {
		return Document{}, err
	}
	if !bytes.HasPrefix(data, []byte("%PDF-")) {
		return Document{}, refuse(ReasonNotPDF, filepath.Base(path))
	}
	name := fileName(&url.URL{Path: "/" + filepath.Base(path)}, "")
	d := Document{Title: clean(filepath.Base(path), maxTitle), Path: filepath.Join(dir, name), SHA256: sha256.Sum256(data), Size: int64(len(data))}
	return d, os.WriteFile(d.Path, data, 0o600)
}

func readLimited(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = refuse(ReasonTooLarge, megabytes(limit))
	}
	return data, err
}

// checkSigned sees that every signed file goes on from the very bytes that were
// fetched: what the person saw is what is stored.
func checkSigned(j Job, all []Signed) error {
	if len(all) != len(j.Documents) {
		return fmt.Errorf("bridge: %d results for %d documents", len(all), len(j.Documents))
	}
	any := false
	for i, s := range all {
		if s.Path == "" {
			continue
		}
		any = true
		d := j.Documents[i]
		f, err := os.Open(s.Path)
		if err != nil {
			return err
		}
		h := sha256.New()
		n, err := io.CopyN(h, f, d.Size)
		if err := errors.Join(err, f.Close()); err != nil || n != d.Size || [32]byte(h.Sum(nil)) != d.SHA256 {
			return failed(ReasonChanged, d.Title, err)
		}
	}
	if !any {
		return ErrCancelled
	}
	return nil
}

// storeAll uploads what was signed. A page that is gone is a question: nothing
// is replaced on the site without anybody knowing.
func (c *call) storeAll(ctx context.Context, b *bundle, signed []Signed) (answer, error) {
	if why := context.Cause(ctx); why != nil {
		if !errors.Is(why, errGone) {
			c.note(b, signed, why)
			return answer{}, why
		}
		late, cancel := context.WithTimeoutCause(c.base, c.s.lim.Person, refuse(ReasonTimeout, ""))
		defer cancel()
		yes, err := c.s.c.Person.PageGone(late, b.job)
		if err != nil || !yes {
			err = failed(ReasonGone, "", err)
			c.note(b, signed, err)
			return answer{}, err
		}
		ctx = late
	} else {
		// From here on the page may go: the person has decided.
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(c.base, time.Duration(len(signed)+1)*c.s.lim.Transfer, errTotal)
		defer cancel()
	}
	cred := credentials{
		fields: b.request.MetaData, bearer: string(b.request.JWTToken), cookie: string(b.request.SessionID), named: c.site.Cookie,
	}
	if cred.named == "" {
		cred.named = DefaultCookie
	}
	a := answer{DocumentNumber: b.job.Number, DocumentDate: b.job.Date}
	for i, s := range signed {
		if s.Path == "" {
			b.failed = append(b.failed, b.job.Documents[i].Title)
			continue
		}
		name := filepath.Base(b.job.Documents[i].Path)
		out, code, err := c.s.upload(ctx, c.guard, b.upload, parcel{s.Path, name, cred})
		if err != nil && c.base.Err() != nil {
			err = failed(ReasonQuit, "", err)
		}
		c.noteOne(b, i, s, code, err)
		if err != nil {
			if !b.many {
				return answer{}, err
			}
			b.failed = append(b.failed, b.job.Documents[i].Title)
			continue
		}
		if s.Number != "" || s.Date != "" {
			a.DocumentNumber, a.DocumentDate = clean(s.Number, maxNumber), s.Date
		}
		b.put(&a, i, out)
	}
	return b.finish(c, a)
}

// put takes a stored file into the answer.
func (b *bundle) put(a *answer, i int, out stored) {
	server := out.FileServer
	if server == nil {
		server = jsonText(out.FileName)
	}
	if !b.many {
		a.FileName, a.FileServer = out.FileName, server
		if out.DocumentNumber != "" {
			a.DocumentNumber = out.DocumentNumber
		}
		if out.DocumentDate != "" {
			a.DocumentDate = out.DocumentDate
		}
		return
	}
	from := b.documents[b.index[i]].item
	a.Files = append(a.Files, signedItem{
		FileID: from.FileID, FileName: string(from.FileName), FileSignedURL: server,
	})
}

func (b *bundle) finish(c *call, a answer) (answer, error) {
	n := 1
	if b.many {
		if n = len(a.Files); n == 0 {
			return answer{}, refuse(ReasonNone, strings.Join(b.failed, ", "))
		}
		for i := range a.Files {
			a.Files[i].Status = statusDone
		}
	}
	a.Message = clean(c.s.c.Done(n, b.failed), 2000)
	return a, nil
}

// note records all signed documents of a call that stored none.
func (c *call) note(b *bundle, signed []Signed, err error) {
	for i, s := range signed {
		if s.Path != "" {
			c.noteOne(b, i, s, 0, err)
		}
	}
}

func (c *call) noteOne(b *bundle, i int, s Signed, code int, err error) {
	d, r := b.job.Documents[i], c.rec
	r.Name, r.Before, r.After, r.HTTP = d.Title, d.SHA256, s.SHA256, code
	r.Certificate, r.Level = s.Certificate, s.Level
	if r.Fetched = ""; b.documents[b.index[i]].u != nil {
		r.Fetched = shown(b.documents[b.index[i]].u)
	}
	r.Result = "signed and stored"
	if err != nil {
		r.Result = "signed, not stored: " + resultOf(err)
	}
	c.sent = append(c.sent, r)
}

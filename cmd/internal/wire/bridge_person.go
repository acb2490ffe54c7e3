package wire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"trinhky/app/flow"
	"trinhky/signer/stamp"
	"trinhky/submit/dms/bridge"
)

// stampOf is the stamp of a page's role.
func stampOf(r bridge.Role) stamp.Role {
	switch r {
	case bridge.Issue:
		return stamp.Seal
	case bridge.Income:
		return stamp.Digitised
	case bridge.Copy:
		return stamp.Copy
	case bridge.Appendix:
		return stamp.Attachment
	case bridge.Comment:
		return stamp.Comment
	case bridge.Approve:
	}
	return stamp.Leader
}

func askOf(k bridge.Kind) flow.SiteAsk {
	switch k {
	case bridge.AskHosts:
		return flow.SiteHosts
	case bridge.AskPrivate:
		return flow.SitePrivate
	case bridge.AskCertificate:
		return flow.SiteCertificate
	case bridge.AskSite:
	}
	return flow.SiteFirst
}

// ask puts a question and takes it back when nobody waits for it any more.
func (p *sitePerson) ask(ctx context.Context, q flow.SiteQuestion) (flow.SiteAnswer, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, err := onUI(ctx, p, func(send func(flow.SiteAnswer)) { p.w.Flow.AskSite(q, send) })
	if err != nil {
		p.w.Do(p.w.Flow.WithdrawSite)
	}
	return a, err
}

// Ask implements bridge.Person.
func (p *sitePerson) Ask(ctx context.Context, q bridge.Question) (bridge.Consent, error) {
	a, err := p.ask(ctx, flow.SiteQuestion{
		Ask: askOf(q.Kind), Origin: q.Origin, Readable: q.Readable, Operation: q.Path, Role: stampOf(q.Role),
		Download: q.Download, Upload: q.Upload, Foreign: q.Foreign, Insecure: q.Insecure, Files: q.Files,
	})
	return bridge.Consent{Allow: a.Allow, Remember: a.Remember}, err
}

// Choose implements bridge.Person: the window asks, and opens the chooser when
// the person says so.
func (p *sitePerson) Choose(ctx context.Context, q bridge.Question) (string, error) {
	a, err := p.ask(ctx, flow.SiteQuestion{
		Ask: flow.SiteChoose, Origin: q.Origin, Readable: q.Readable, Operation: q.Path, Role: stampOf(q.Role),
		Upload: q.Upload, Insecure: q.Insecure,
	})
	if err == nil && (!a.Allow || a.Path == "") {
		err = bridge.ErrCancelled
	}
	return a.Path, err
}

// siteResult is how a job came out.
type siteResult struct {
	all []flow.SiteSigned
	err error
}

// Sign implements bridge.Person. Once the token signs, the page cannot stop it
// any more: what comes out is handed back all the same.
func (p *sitePerson) Sign(ctx context.Context, j bridge.Job) ([]bridge.Signed, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	job := p.job(j)
	ended := make(chan siteResult, 1)
	p.w.Do(func() {
		p.w.Raise()
		p.w.Flow.SignForSite(job, func(all []flow.SiteSigned, err error) { ended <- siteResult{all, err} })
	})
	var r siteResult
	select {
	case r = <-ended:
	case <-ctx.Done():
		p.w.Do(p.w.Flow.WithdrawSite)
		select {
		case r = <-ended:
		case <-p.ctx.Done():
			return nil, context.Cause(p.ctx)
		}
	}
	switch {
	case errors.Is(r.err, flow.ErrSiteCancelled):
		return nil, bridge.ErrCancelled
	case r.err != nil && ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case r.err != nil:
		return nil, r.err
	}
	out := make([]bridge.Signed, len(r.all))
	for i, s := range r.all {
		if s.Path != "" {
			out[i] = bridge.Signed{
				Path: s.Path, SHA256: s.SHA256, Level: s.Level.String(),
				Certificate: fmt.Sprintf("%x %s", s.Certificate.SerialNumber, s.Certificate.Subject.CommonName),
				Number:      s.Number,
			}
			if !s.Date.IsZero() {
				out[i].Date = s.Date.Format(time.DateOnly)
			}
		}
	}
	return out, nil
}

func (p *sitePerson) job(j bridge.Job) flow.SiteJob {
	job := flow.SiteJob{
		Origin: j.Origin, Readable: j.Readable, Operation: j.Path, Upload: j.Upload, Role: stampOf(j.Role),
		Number: j.Number, CopyForm: p.g.Words.Word("bridge.copy-form"),
	}
	if t, err := time.ParseInLocation(time.DateOnly, j.Date, time.FixedZone("+07:00", 7*60*60)); err == nil {
		job.Date = t
	}
	for _, d := range j.Documents {
		job.Documents = append(job.Documents, flow.SiteDocument{Title: d.Title, Path: d.Path, Host: d.Host, SHA256: d.SHA256})
	}
	return job
}

// PageGone implements bridge.Person.
func (p *sitePerson) PageGone(ctx context.Context, j bridge.Job) (bool, error) {
	a, err := p.ask(ctx, flow.SiteQuestion{
		Ask: flow.SiteGone, Origin: j.Origin, Readable: j.Readable, Operation: j.Path, Role: stampOf(j.Role),
		Upload: j.Upload, Files: len(j.Documents),
	})
	return a.Allow, err
}

// Stored implements bridge.Person.
func (p *sitePerson) Stored(_ bridge.Job, err error) {
	p.w.Do(func() { p.w.Flow.SiteStored(bridgeError(err)) })
}

// Verify implements bridge.Person.
func (p *sitePerson) Verify(_ context.Context, j bridge.Job) error {
	p.w.Do(func() {
		p.w.Raise()
		p.w.Flow.Show(j.Documents[0].Path)
	})
	return nil
}

// Certificate implements bridge.Person: the first that can sign.
func (p *sitePerson) Certificate(ctx context.Context) ([]byte, error) {
	der, err := onUI(ctx, p, func(send func([]byte)) {
		for _, t := range p.w.Flow.Lists().Tokens {
			for _, c := range t.Certificates {
				if c.X509 != nil && c.Unusable == nil {
					send(c.X509.Raw)
					return
				}
			}
		}
		send(nil)
	})
	if err == nil && der == nil {
		err = &bridge.Refusal{Reason: bridge.ReasonToken}
	}
	return der, err
}

// Show implements bridge.Person.
func (p *sitePerson) Show() { p.w.Do(p.w.Raise) }

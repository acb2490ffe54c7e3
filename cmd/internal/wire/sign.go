package wire

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"time"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/signer"
	"trinhky/signer/evidence"
	tsaclient "trinhky/signer/tsa"
	"trinhky/signer/verify"
)

// Pipeline makes signatures with the time-stamping servers of tsa, tried in
// their order, and with evidence from the issuers' services.
func (g *Graph) Pipeline(tsa []string) (*signer.Pipeline, error) {
	s := g.Settings.Signing
	s.TSA = tsa
	return g.PipelineWith(s)
}

// PipelineWith is Pipeline with the servers and accounts of s.
func (g *Graph) PipelineWith(s settings.Signing) (*signer.Pipeline, error) {
	source := g.evidence()
	p := &signer.Pipeline{Evidence: source, Issuers: source}
	if len(s.TSA) == 0 {
		return p, nil
	}
	client, err := g.authority(s)
	if err != nil {
		return nil, err
	}
	p.TSA = client
	return p, nil
}

// Augment adds a timestamp or evidence to a signed document, with the servers
// of s and the authorities of the trust store.
func (g *Graph) Augment(ctx context.Context, s settings.Settings, a signer.Augmentation, on func(signer.Stage)) (signer.Signed, error) {
	p, err := g.PipelineWith(s.Signing)
	if err != nil {
		return signer.Signed{}, err
	}
	if _, a.Known, err = g.Trust(); err != nil {
		return signer.Signed{}, err
	}
	return p.Augment(ctx, a, on)
}

// authority asks the time-stamping servers, with their quotas and accounts. All
// programs of this person count together.
func (g *Graph) authority(s settings.Signing) (*tsaclient.Client, error) {
	_, known, err := g.Trust()
	if err != nil {
		return nil, err
	}
	c := tsaclient.Config{Intermediates: known, Ledger: filepath.Join(g.Home, "tsa-requests.json")}
	for _, url := range s.TSA {
		a := s.Authority(url)
		server := tsaclient.Server{
			URL: url, Timeout: time.Duration(a.Timeout), User: a.User,
			Allowance: tsaclient.Allowance{Requests: a.Requests, Every: time.Duration(a.Minutes) * time.Minute},
		}
		if a.User != "" {
			if server.Password, err = g.Secrets.Get("tsa/" + url); err != nil {
				return nil, fmt.Errorf("password of the time-stamping server: %w", err)
			}
		}
		c.Servers = append(c.Servers, server)
	}
	return tsaclient.New(c)
}

// TimestampsLeft is how many timestamps the quotas of the servers still allow,
// -1 where one of them is not known.
func (g *Graph) TimestampsLeft(tsa []string) (int, error) {
	if len(tsa) == 0 {
		return -1, nil
	}
	s := g.Settings.Signing
	s.TSA = tsa
	client, err := g.authority(s)
	if err != nil {
		return 0, err
	}
	return client.Left(), nil
}

// Preflight tries what can fail without the key, before anybody types a PIN:
// the output, and whether a time-stamping server answers at all.
func (g *Graph) Preflight(ctx context.Context, s settings.Settings, d *review.Document, r signer.Request) error {
	if err := review.CheckOutput(r.Input, r.Output, r.Overwrite, d.Size); err != nil {
		return err
	}
	if r.Level < signer.LevelT || r.DowngradeAllowed {
		return nil
	}
	return Reachable(ctx, s.Signing.TSA)
}

// knock is how long a server may take to answer at all.
const knock = 5 * time.Second

// Reachable says whether one of the servers speaks HTTP: what it says to a
// request without a question does not matter.
func Reachable(ctx context.Context, servers []string) error {
	wait, stop := context.WithTimeout(ctx, knock)
	defer stop()
	var errs []error
	for _, url := range servers {
		q, err := http.NewRequestWithContext(wait, http.MethodHead, url, http.NoBody)
		if err == nil {
			var answer *http.Response
			if answer, err = http.DefaultClient.Do(q); err == nil {
				return answer.Body.Close()
			}
		}
		if ctx.Err() != nil { // given up, which is no fault of the server
			return ctx.Err()
		}
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		errs = append(errs, errors.New("no time-stamping server is set"))
	}
	return fmt.Errorf("%w: %w", signer.ErrLevel, errors.Join(errs...))
}

// Status asks OCSP responders and CRLs whether a certificate is revoked.
func (g *Graph) Status() verify.StatusSource { return current{g} }

// Evidence collects OCSP answers and CRLs as they are.
func (g *Graph) Evidence() signer.EvidenceSource { return current{g} }

// current asks the source of the moment: an imported certificate makes another.
type current struct{ g *Graph }

// Status is that of the source.
func (c current) Status(ctx context.Context, cert, issuer *x509.Certificate, at time.Time) (verify.Revocation, time.Time, error) {
	return c.g.evidence().Status(ctx, cert, issuer, at)
}

// Collect is that of the source.
func (c current) Collect(ctx context.Context, chains [][]*x509.Certificate) (signer.Evidence, error) {
	return c.g.evidence().Collect(ctx, chains)
}

// evidence is the one source of revocation answers: they are kept while they
// are valid.
func (g *Graph) evidence() *evidence.Source {
	_, known, err := g.Trust()
	if err != nil { // whoever needs trust is told so by Trust itself
		g.Log.Warn("trust", "error", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.status == nil {
		if g.anchor != nil {
			known = append(known, g.anchor.all...)
		}
		g.status = evidence.New(evidence.Config{Known: known})
	}
	return g.status
}

// MaySign refuses a certificate that may not sign (exit code 13): expired, not
// yet valid, revoked, of another key usage. No path to a known anchor and a
// status that cannot be fetched are warnings, which the policy of the settings
// may turn into a refusal (Decree 68/2024, art. 29; TT 15/2025, art. 5).
func (g *Graph) MaySign(ctx context.Context, c signer.Certificate) ([]verify.Finding, error) {
	return g.MaySignWith(ctx, g.Settings, c)
}

// MaySignWith is MaySign with other settings than those of the start.
func (g *Graph) MaySignWith(ctx context.Context, s settings.Settings, c signer.Certificate) ([]verify.Finding, error) {
	if err := MaySign(c.X509, time.Now()); err != nil {
		return nil, err
	}
	c = g.withIssuers(ctx, c)
	var unknown []verify.Finding
	if err := g.path(c); err != nil {
		unknown = append(unknown, verify.Finding{Code: review.ChainUnknown, Severity: verify.Warning, Detail: err.Error()})
	}
	status, err := g.revoked(ctx, c)
	if err != nil {
		return nil, err
	}
	unknown = append(unknown, status...)
	if len(unknown) > 0 && s.Signing.RefuseUnproven {
		return nil, &signer.CertificateError{Fault: signer.CertificateUnproven, Subject: c.X509.Subject.CommonName}
	}
	return unknown, nil
}

// path looks for a way from a certificate to an anchor of the settings.
func (g *Graph) path(c signer.Certificate) error {
	roots, known, err := g.Trust()
	if err != nil {
		return err
	}
	between := x509.NewCertPool()
	for _, i := range slices.Concat(known, c.Chain) {
		between.AddCert(i)
	}
	_, err = c.X509.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err
}

// revoked is an error where the certificate is, and a warning where nobody
// can tell.
func (g *Graph) revoked(ctx context.Context, c signer.Certificate) ([]verify.Finding, error) {
	unknown := []verify.Finding{{Code: review.RevocationAbsent, Severity: verify.Warning}}
	issuer := issuerOf(c, g)
	if issuer == nil {
		return unknown, nil
	}
	state, _, err := g.Status().Status(ctx, c.X509, issuer, time.Now())
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil && state == verify.RevocationRevoked:
		return nil, &signer.CertificateError{Fault: signer.CertificateRevoked, Subject: c.X509.Subject.CommonName}
	case err == nil && state == verify.RevocationGood:
		return nil, nil
	case err != nil:
		unknown[0].Detail = err.Error()
	}
	return unknown, nil
}

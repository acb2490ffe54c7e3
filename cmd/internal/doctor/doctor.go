// Package doctor walks the way of a signature from the token to the axis and
// says of each step whether it works: home, helper, module, token,
// certificate, chain, revocation, clock, time-stamping, axis, renderer.
//
// It changes nothing, asks for no PIN, and its answers hold no secret.
package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"trinhky/app/settings"
	"trinhky/cmd/internal/wire"
	"trinhky/signer"
	"trinhky/signer/pkcs11"
	"trinhky/signer/verify"
)

// State is how a step stands.
type State string

// The states.
const (
	Works   State = "ok"
	Warning State = "warning"
	Broken  State = "broken"
	Skipped State = "skipped" // a step before it is broken, or nothing is set up
)

// Check is one step. The sentence is that of "doctor.<Name>.<State>" with Args.
type Check struct {
	Name  string
	State State
	Args  map[string]string
	Err   error // the cause, nil where there is none
}

// Names lists the steps in their order.
func Names() []string {
	return []string{
		"home", "secrets", "helper", "search", "module", "token", "certificate", "chain", "revocation",
		"clock", "timestamp", "axis", "renderer",
	}
}

// patience is how long one step may take. The renderer is compiled once for an
// account, which keeps a slow computer busy for a minute: compiling is how long that
// may take.
const (
	patience  = 20 * time.Second
	compiling = 5 * time.Minute
)

// round is one visit.
type round struct {
	g      *wire.Graph
	now    func() time.Time
	source signer.TokenSource
	found  []signer.Certificate // that could sign
	checks []Check
}

// Run walks all steps.
func Run(ctx context.Context, g *wire.Graph) []Check {
	r := &round{g: g, now: time.Now}
	for _, step := range []func(context.Context){
		r.home, r.secrets, r.helper, r.search, r.modules, r.tokens, r.certificates, r.chains, r.revocation,
		r.clock, r.timestamp, r.axis,
	} {
		r.limited(ctx, patience, step)
	}
	r.limited(ctx, compiling, r.renderer)
	return r.checks
}

// limited does a step, unless the visit was called off.
func (r *round) limited(ctx context.Context, most time.Duration, step func(context.Context)) {
	if ctx.Err() != nil {
		return
	}
	ctx, stop := context.WithTimeout(ctx, most)
	defer stop()
	step(ctx)
}

func (r *round) add(name string, state State, err error, args ...string) {
	c := Check{Name: name, State: state, Err: err, Args: map[string]string{}}
	for i := 0; i+1 < len(args); i += 2 {
		c.Args[args[i]] = args[i+1]
	}
	r.checks = append(r.checks, c)
}

// state is Works, or bad where there is an error.
func state(err error, bad State) State {
	if err != nil {
		return bad
	}
	return Works
}

func (r *round) home(context.Context) {
	err := os.MkdirAll(r.g.Home, 0o700)
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(r.g.Home, ".trinhky-*"); err == nil {
			err = errors.Join(f.Close(), os.Remove(f.Name()))
		}
	}
	r.add("home", state(err, Broken), err, "path", r.g.Home)
}

func (r *round) secrets(context.Context) {
	if r.g.Secrets.Where() == settings.InFile {
		r.add("secrets", Warning, nil, "path", settings.SecretsFile(r.g.Home))
		return
	}
	r.add("secrets", Works, nil)
}

func (r *round) helper(context.Context) {
	var err error
	r.source, err = r.g.Tokens(nil)
	r.add("helper", state(err, Broken), err)
}

// search tells everywhere that modules were looked for, and what was found.
func (r *round) search(context.Context) {
	list, err := r.g.Searched()
	var found, all []string
	for _, c := range list {
		all = append(all, c.Path)
		if c.Found {
			found = append(found, c.Path)
		}
	}
	st := state(err, Broken)
	if err == nil && len(found) == 0 {
		st = Broken
	}
	r.add("search", st, err, "count", strconv.Itoa(len(all)), "found", strconv.Itoa(len(found)),
		"list", strings.Join(found, "; "), "searched", strings.Join(all, "; "))
}

func (r *round) modules(ctx context.Context) {
	if r.source == nil {
		r.add("module", Skipped, nil)
		return
	}
	_, err := r.source.Slots(ctx)
	with, ok := r.source.(interface{ States() []pkcs11.State })
	if !ok {
		r.add("module", state(err, Broken), err, "path", "–", "reason", r.g.Words.Of(err).Text, "next", "")
		return
	}
	states := with.States()
	if len(states) == 0 {
		r.add("module", Broken, nil, "path", "–", "reason", "", "next", "")
	}
	for _, s := range states {
		why := r.g.Words.Of(s.Err)
		r.add("module", state(s.Err, Broken), s.Err, "path", s.Path, "version", s.Version, "reason", why.Text, "next", why.Next)
	}
}

func (r *round) tokens(ctx context.Context) {
	if r.source == nil {
		r.add("token", Skipped, nil)
		return
	}
	slots, err := r.source.Slots(ctx)
	if len(slots) == 0 {
		r.add("token", Broken, err)
		return
	}
	for _, s := range slots {
		st := Works
		switch s.Token.PIN {
		case signer.PINCountLow, signer.PINFinalTry:
			st = Warning
		case signer.PINLocked, signer.PINMustChange, signer.PINUnset:
			st = Broken
		case signer.PINReady:
		}
		r.add("token", st, nil, "label", s.Token.Label, "serial", s.Token.Serial, "pin", s.Token.PIN.String())
		r.certificatesOf(ctx, s)
	}
}

func (r *round) certificatesOf(ctx context.Context, s signer.Slot) {
	token, err := r.source.Open(s)
	if err != nil {
		r.g.Log.Warn("doctor", "token", s.Token.Label, "error", err)
		return
	}
	list, err := token.Certificates(ctx)
	if err != nil {
		r.g.Log.Warn("doctor", "token", s.Token.Label, "error", err)
	}
	for _, c := range list {
		if c.Unusable == nil {
			r.found = append(r.found, c)
		}
	}
}

// expiresSoon is when the end of a certificate is worth a warning.
const expiresSoon = 30 * 24 * time.Hour

func (r *round) certificates(context.Context) {
	if len(r.found) == 0 {
		r.add("certificate", Skipped, nil)
	}
	for _, c := range r.found {
		err := wire.MaySign(c.X509, r.now())
		st := state(err, Broken)
		if st == Works && c.X509.NotAfter.Sub(r.now()) < expiresSoon {
			st = Warning
		}
		r.add("certificate", st, err, "name", c.X509.Subject.CommonName, "until", c.X509.NotAfter.Format("02/01/2006"))
	}
}

func (r *round) chains(context.Context) {
	roots, known, err := r.g.Trust()
	if err != nil || len(r.found) == 0 {
		r.add("chain", state(err, Broken), err)
		if err == nil {
			r.checks[len(r.checks)-1].State = Skipped
		}
		return
	}
	for _, c := range r.found {
		between := x509.NewCertPool()
		for _, i := range append(known, c.Chain...) {
			between.AddCert(i)
		}
		_, err := c.X509.Verify(x509.VerifyOptions{
			Roots: roots, Intermediates: between, CurrentTime: r.now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		})
		r.add("chain", state(err, Warning), err, "name", c.X509.Subject.CommonName)
	}
}

func (r *round) revocation(ctx context.Context) {
	if len(r.found) == 0 {
		r.add("revocation", Skipped, nil)
	}
	for _, c := range r.found {
		name := c.X509.Subject.CommonName
		findings, err := r.g.MaySign(ctx, c)
		var bad *signer.CertificateError
		switch {
		case errors.As(err, &bad) && bad.Fault == signer.CertificateRevoked:
			r.add("revocation", Broken, err, "name", name)
		case err != nil || len(findings) > 0:
			r.add("revocation", Warning, errors.Join(err, detail(findings)), "name", name)
		default:
			r.add("revocation", Works, nil, "name", name)
		}
	}
}

func detail(findings []verify.Finding) error {
	var errs []error
	for _, f := range findings {
		errs = append(errs, errors.New(f.Code+" "+f.Detail))
	}
	return errors.Join(errs...)
}

// tolerated is how wrong the clock may be: signatures and the axis forgive a
// few minutes.
const tolerated = 3 * time.Minute

// clock compares with the Date of the servers that are used anyway.
func (r *round) clock(ctx context.Context) {
	var addresses []string
	addresses = append(addresses, r.g.Settings.Signing.TSA...)
	for _, c := range r.g.Settings.Connectors {
		addresses = append(addresses, c.Endpoint)
	}
	for _, address := range addresses {
		theirs, err := dateOf(ctx, address)
		if err != nil {
			continue
		}
		off := r.now().Sub(theirs)
		st := Works
		if off > tolerated || off < -tolerated {
			st = Broken
		}
		r.add("clock", st, nil, "minutes", strconv.Itoa(int(off.Minutes())))
		return
	}
	r.add("clock", Skipped, nil)
}

func dateOf(ctx context.Context, address string) (time.Time, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodHead, address, http.NoBody)
	if err != nil {
		return time.Time{}, err
	}
	answer, err := http.DefaultClient.Do(q)
	if err != nil {
		return time.Time{}, err
	}
	_ = answer.Body.Close()
	return http.ParseTime(answer.Header.Get("Date"))
}

func (r *round) timestamp(ctx context.Context) {
	servers := r.g.Settings.Signing.TSA
	if len(servers) == 0 {
		r.add("timestamp", Skipped, nil)
	}
	for _, s := range servers {
		err := wire.Reachable(ctx, []string{s})
		r.add("timestamp", state(err, Broken), err, "address", s)
	}
}

func (r *round) axis(ctx context.Context) {
	box, err := r.g.Outbox(ctx)
	if err != nil {
		r.add("axis", Broken, err, "name", "–", "count", "0")
		return
	}
	if len(box.Connectors()) == 0 {
		r.add("axis", Skipped, nil)
	}
	for _, name := range box.Connectors() {
		n, err := box.SyncDirectory(ctx, name)
		r.add("axis", state(err, Broken), err, "name", name, "count", strconv.Itoa(n))
	}
}

func (r *round) renderer(ctx context.Context) {
	began := r.now()
	err := r.g.Warm(ctx)
	r.add("renderer", state(err, Broken), err, "seconds", fmt.Sprintf("%.1f", r.now().Sub(began).Seconds()))
}

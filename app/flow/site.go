package flow

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// A web page of an agency's document system may ask, through the local signing
// bridge, for documents to be signed. The person is asked about the site first;
// then each document opens as any other does, with the stamp of the role that
// the page named, and the one PIN signs those that were agreed to.

// SiteAsk is what a question about a site is about.
type SiteAsk int

// The questions.
const (
	SiteFirst       SiteAsk = iota // it calls for the first time
	SiteHosts                      // it names hosts that are not its own
	SitePrivate                    // its servers lie in a private network
	SiteCertificate                // it wants to know the certificate
	SiteGone                       // its page is gone: store what was signed?
	SiteOpen                       // its documents wait, as another one is in hand
	SiteChoose                     // it names no document: which one of this computer?
)

// SiteQuestion is a question about a site. Every text is fit to be shown.
type SiteQuestion struct {
	Ask              SiteAsk
	Origin, Readable string
	Operation        string // path of the endpoint
	Role             stamp.Role
	Download         []string // hosts
	Upload           string
	Foreign          []string
	Insecure         bool
	Files            int
}

// SiteAnswer is the person's answer.
type SiteAnswer struct {
	Allow, Remember bool
	Path            string // of SiteChoose
}

// SiteJob is what a page asks to have signed. It is never modified.
type SiteJob struct {
	Origin, Readable, Operation, Upload string
	Role                                stamp.Role
	Number, CopyForm                    string
	Date                                time.Time // zero: the clerk decides
	Documents                           []SiteDocument
}

// SiteDocument is one fetched document.
type SiteDocument struct {
	Title, Path string
	Host        string // where it came from; "": picked on this computer
	SHA256      [32]byte
}

// SiteSigned is one result; a zero Path: it was left out.
type SiteSigned struct {
	Path        string
	SHA256      [32]byte
	Certificate *x509.Certificate
	Level       signer.Level
	// Number and Date are what the person confirmed; "" and zero: nothing was
	// asked.
	Number string
	Date   time.Time
}

// The ways in which a job ends without a signature.
var (
	// ErrSiteCancelled: the person said no.
	ErrSiteCancelled = errors.New("the person cancelled what the page asked for")
	// ErrSiteChanged: the file is not the one that was fetched.
	ErrSiteChanged = errors.New("the document is not the one that was fetched")
)

// SiteWork is what the window shows of the bridge.
type SiteWork struct {
	Question *SiteQuestion // nil: none
	Job      *SiteJob      // under way; nil: none
	At       int           // document of the job
	Agreed   int           // documents that were agreed to
	// Ended is the job that ended last, with its error; shown beside its file.
	Ended    *SiteJob
	EndedErr error
	Stored   bool // the site has what was signed
}

// siteWork is the work for a page.
type siteWork struct {
	SiteWork
	answer func(SiteAnswer)
	done   func([]SiteSigned, error)
	steps  []siteStep // agreed to, in the order of at
	at     []int      // their documents
	open   bool       // the job's document is the one that is open
}

// Sites is the present work for pages.
func (f *Flow) Sites() SiteWork { return f.site.SiteWork }

func (f *Flow) tellSite() {
	if f.c.OnSite != nil {
		f.c.OnSite(f.site.SiteWork)
	}
}

// AskSite puts a question; answer gets the person's word once.
func (f *Flow) AskSite(q SiteQuestion, answer func(SiteAnswer)) {
	f.site.Question, f.site.answer = &q, answer
	f.tellSite()
}

// AnswerSite is the person's answer.
func (f *Flow) AnswerSite(a SiteAnswer) {
	answer := f.site.answer
	f.site.Question, f.site.answer = nil, nil
	f.tellSite()
	if answer != nil {
		answer(a)
	}
}

// WithdrawSite ends what a page asked for, because it is gone or the time is
// over: a question disappears, and a job whose signing has not begun ends.
func (f *Flow) WithdrawSite() {
	f.site.Question, f.site.answer = nil, nil
	if _, signing := f.state.(Signing); f.site.Job != nil && !signing {
		f.endSite(nil, context.Canceled)
		return
	}
	f.tellSite()
}

// SignForSite opens the documents of a job one after another; done gets the
// results. A document of the person's own that is in hand is not taken away:
// then the job waits until the person opens it.
func (f *Flow) SignForSite(j SiteJob, done func([]SiteSigned, error)) {
	if f.site.Job != nil || len(j.Documents) == 0 {
		done(nil, ErrSiteCancelled)
		return
	}
	f.site.Job, f.site.done, f.site.At, f.site.Agreed = &j, done, 0, 0
	f.site.steps, f.site.at = nil, nil
	f.site.Ended, f.site.EndedErr, f.site.Stored = nil, nil, false
	switch f.state.(type) {
	case Idle, OpenFailed, Signed, Queued:
		f.openSite()
	default:
		q := SiteQuestion{
			Ask: SiteOpen, Origin: j.Origin, Readable: j.Readable, Operation: j.Operation, Role: j.Role,
			Upload: j.Upload, Files: len(j.Documents),
		}
		f.AskSite(q, func(a SiteAnswer) {
			if a.Allow {
				f.openSite()
			} else {
				f.endSite(nil, ErrSiteCancelled)
			}
		})
	}
}

func (f *Flow) openSite() {
	f.site.open = true
	f.tellSite()
	f.open(f.site.Job.Documents[f.site.At].Path, nil)
}

// RefuseSite is the person's no to the job.
func (f *Flow) RefuseSite() {
	if f.site.Job == nil {
		return
	}
	f.endSite(nil, ErrSiteCancelled)
}

// SkipSite leaves the open document out of the job and goes to the next; after
// the last one, those that were agreed to are signed, or the job ends.
func (f *Flow) SkipSite() {
	if f.site.Job == nil || f.site.At+1 >= len(f.site.Job.Documents) {
		return
	}
	f.site.At++
	f.openSite()
}

// agreeSite keeps the order of a document that others follow; true: there is
// another one to look at first.
func (f *Flow) agreeSite(d Desk) bool {
	if d.site == nil || d.site != f.site.Job || f.site.At+1 >= len(f.site.Job.Documents) {
		return false
	}
	f.site.steps, f.site.at = append(f.site.steps, stepOf(d)), append(f.site.at, f.site.At)
	f.site.Agreed = len(f.site.steps)
	f.site.At++
	f.openSite()
	return true
}

// signBefore signs what was agreed to before the open document, with the same key.
func signBefore(ctx context.Context, tool Signer, before []siteStep, k signer.Key, on func(signer.Stage)) ([]signer.Signed, error) {
	var out []signer.Signed
	for _, r := range before {
		s, err := tool.Sign(ctx, r.last, k, on)
		if err != nil {
			return out, err
		}
		out = append(out, s)
	}
	return out, nil
}

// resultOf is one signed document of the job.
func (s siteStep) resultOf(out signer.Signed, d Desk) SiteSigned {
	return SiteSigned{
		Path: out.Path, SHA256: out.SHA256, Certificate: d.Signer.Certificate.X509, Level: out.Level,
		Number: s.form.Number, Date: s.form.Date,
	}
}

// siteSigned hands the results of a job over.
func (f *Flow) siteSigned(d Desk, o outcome) {
	if d.site == nil || d.site != f.site.Job {
		return
	}
	out := make([]SiteSigned, len(d.site.Documents))
	for i, s := range o.before {
		out[f.site.at[i]] = d.before[i].resultOf(s, d)
	}
	if n := len(o.doc.Report.Signatures); n > 0 && o.doc.Report.Signatures[n-1].Verdict == verify.Invalid {
		f.endSite(nil, ErrSiteChanged) // our own signature does not hold
		return
	}
	out[f.site.At] = stepOf(d).resultOf(o.result, d)
	f.endSite(out, nil)
}

// sitePartly hands over what was signed before the token failed; the rest of
// the job ends there.
func (f *Flow) sitePartly(d Desk, o outcome) {
	if len(o.before) == 0 || d.site == nil || d.site != f.site.Job {
		return
	}
	out := make([]SiteSigned, len(d.site.Documents))
	for i, s := range o.before {
		out[f.site.at[i]] = d.before[i].resultOf(s, d)
	}
	f.site.open = false // the document stays, with what went wrong
	f.endSite(out, nil)
}

// endSite ends the job and, where it was not signed, closes its document.
func (f *Flow) endSite(out []SiteSigned, err error) {
	job, done, opened := f.site.Job, f.site.done, f.site.open
	f.site.Job, f.site.done, f.site.open, f.site.steps, f.site.at = nil, nil, false, nil, nil
	f.site.Question, f.site.answer = nil, nil
	f.site.Ended, f.site.EndedErr, f.site.Stored = nil, nil, false
	if err == nil {
		f.site.Ended = job
	}
	if done != nil {
		done(out, err)
	}
	if err != nil && opened {
		if p := pathOf(f.state); job.has(p) {
			f.Leave()
		}
	}
	f.tellSite()
}

// SiteStored tells how a signed job ended at the site.
func (f *Flow) SiteStored(err error) {
	if f.site.Ended != nil {
		f.site.EndedErr, f.site.Stored = err, err == nil
		f.tellSite()
	}
}

// followSite ends a job when the person turns to another document; true: that
// changed the state once more.
func (f *Flow) followSite(s State) bool {
	if f.site.Job == nil || !f.site.open {
		return false
	}
	switch s := s.(type) {
	case Signed:
	case OpenFailed:
		if f.site.Job.has(s.Path) {
			f.endSite(nil, s.Err)
			return true
		}
	default:
		if !f.site.Job.has(pathOf(s)) {
			f.endSite(nil, ErrSiteCancelled)
		}
	}
	return false
}

// pathOf is the file of a state.
func pathOf(s State) string {
	switch s := s.(type) {
	case Opening:
		return s.Path
	case Locked:
		return s.Path
	case OpenFailed:
		return s.Path
	}
	if d := documentOf(s); d != nil {
		return d.Path
	}
	return ""
}

func (j *SiteJob) has(path string) bool {
	if j == nil || path == "" {
		return false
	}
	for _, d := range j.Documents {
		if d.Path == path {
			return true
		}
	}
	return false
}

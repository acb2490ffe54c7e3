package flow

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/signer/stamp"
)

// siteOf is the job that path belongs to, nil where it is a document of the
// person's own.
func (f *Flow) siteOf(path string) *SiteJob {
	if f.site.open && f.site.Job.has(path) {
		return f.site.Job
	}
	return nil
}

// fetched sees that the file is the one that was fetched.
func (j *SiteJob) fetched(path string, sum [32]byte) error {
	if j == nil {
		return nil
	}
	for _, d := range j.Documents {
		if d.Path == path && d.SHA256 == sum {
			return nil
		}
	}
	return ErrSiteChanged
}

// into puts what the page named, as the person left it, into a stamp.
func (j *SiteJob) into(in *stamp.Input, form SiteForm) {
	if j == nil {
		return
	}
	form.into(in)
	if in.CopyForm == "" {
		in.CopyForm = j.CopyForm
	}
}

// bridgeFolder holds what was fetched for pages; it is emptied by the bridge.
const bridgeFolder = "bridge"

// fromSite says whether path was fetched for a page.
func (f *Flow) fromSite(path string) bool {
	return strings.HasPrefix(path, f.folder(bridgeFolder)+string(filepath.Separator))
}

// signedFolder is where signed documents of pages go when the person has no
// folder for them: what was fetched does not stay.
func (f *Flow) siteOutput(s settings.Settings, source string) (string, bool) {
	if s.Signing.Signed != "" || !f.fromSite(source) {
		return "", false
	}
	return filepath.Join(f.folder("signed"), filepath.Base(source)), true
}

// hold is what has not happened yet since a page's document came up.
type hold struct{ early, unseen bool }

// holdSite keeps the button of a page's document still until a moment is over
// and its page with the stamp was shown, so that nobody, and no script, signs
// what has only just come up.
func (f *Flow) holdSite(d Desk) Desk {
	if d.site == nil || f.c.Hold == 0 {
		return d
	}
	d.Held, d.hold = true, hold{early: true, unseen: true}
	doc, wait := d.Doc, f.c.Hold
	aside(f, func(ctx context.Context) (struct{}, error) {
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		return struct{}{}, nil
	}, func(struct{}, error) { f.unhold(doc, func(h *hold) { h.early = false }) })
	return d
}

// SawSite is told that a page of the open document was painted, from 0. The one
// with the stamp, and the last one, let a page's document be signed.
func (f *Flow) SawSite(page int) {
	now, ok := f.state.(Placing)
	if !ok || !now.hold.unseen || page != now.Place.Page && page != len(now.Doc.Pages)-1 {
		return
	}
	f.unhold(now.Doc, func(h *hold) { h.unseen = false })
}

func (f *Flow) unhold(doc *review.Document, change func(*hold)) {
	now, ok := f.state.(Placing)
	if !ok || now.Doc != doc || !now.Held {
		return
	}
	change(&now.hold)
	now.Held = now.hold != hold{}
	if now.Held {
		f.state = now // nothing that is drawn has changed
		return
	}
	f.set(now)
}

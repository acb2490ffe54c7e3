package flow

import (
	"context"
	"path/filepath"
	"strings"
	"time"

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

// into puts what the page named into a stamp.
func (j *SiteJob) into(in *stamp.Input) {
	if j == nil {
		return
	}
	if j.Number != "" {
		in.Number = j.Number
	}
	if !j.Date.IsZero() {
		in.Issued = j.Date
	}
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

// holdSite keeps the button of a page's document still for a moment, so that
// nobody, and no script, signs what has only just come up.
func (f *Flow) holdSite(d Desk) Desk {
	if d.site == nil || f.c.Hold == 0 {
		return d
	}
	d.Held = true
	doc, wait := d.Doc, f.c.Hold
	aside(f, func(ctx context.Context) (struct{}, error) {
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		return struct{}{}, nil
	}, func(struct{}, error) {
		if now, ok := f.state.(Placing); ok && now.Doc == doc && now.Held {
			now.Held = false
			f.set(now)
		}
	})
	return d
}

package flow_test

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/signer"
	"trinhky/signer/stamp"
)

// siteJob is a job of n documents, fetched into the bridge's folder.
func siteJob(t *testing.T, w *flowtest.World, n int) flow.SiteJob {
	t.Helper()
	j := flow.SiteJob{Origin: "https://dms.example.vn", Upload: "dms.example.vn:443", Role: stamp.Leader, Number: "79"}
	for i := range n {
		path := filepath.Join(w.Home, "bridge", "calls", "call-1", string(rune('a'+i))+".pdf")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("%PDF-1.7"), 0o600); err != nil {
			t.Fatal(err)
		}
		j.Documents = append(j.Documents, flow.SiteDocument{Path: path, SHA256: sha256.Sum256([]byte(path))})
	}
	return j
}

// siteFlow is a flow whose work is done at once.
func siteFlow(t *testing.T) (*flowtest.World, *flow.Flow) {
	t.Helper()
	w := flowtest.New(t)
	f := flow.New(w.Config(flowtest.At{}))
	t.Cleanup(f.Close)
	f.Start()
	return w, f
}

// ended is how a job came out.
type ended struct {
	all  []flow.SiteSigned
	err  error
	told int
}

func (e *ended) done(all []flow.SiteSigned, err error) { e.all, e.err, e.told = all, err, e.told+1 }

func TestSiteOneDocument(t *testing.T) {
	w, f := siteFlow(t)
	var e ended
	f.SignForSite(siteJob(t, w, 1), e.done)
	p, ok := f.State().(flow.Placing)
	if !ok || p.ForSite() == nil || filepath.Dir(p.Output) != filepath.Join(w.Home, "signed") {
		t.Fatalf("%T %s", f.State(), p.Output)
	}
	f.Sign()
	f.EnterPIN(signer.PIN("12345678"), false)
	if _, ok := f.State().(flow.Signed); !ok || e.told != 1 || e.err != nil || len(e.all) != 1 || e.all[0].Path == "" || e.all[0].Certificate == nil {
		t.Fatalf("%T %+v", f.State(), e)
	}
	if s := f.Sites(); s.Job != nil || s.Ended == nil || s.Stored {
		t.Errorf("%+v", s)
	}
	f.SiteStored(nil)
	if !f.Sites().Stored {
		t.Error("the end was not told")
	}
	for _, l := range f.Lists().Waiting {
		if filepath.Dir(l.Path) != filepath.Join(w.Home, "documents") {
			t.Errorf("a page's document waits in the list: %s", l.Path)
		}
	}
}

// Several documents: each is looked at, one is left out, one PIN signs.
func TestSiteSeveral(t *testing.T) {
	w, f := siteFlow(t)
	var e ended
	f.SignForSite(siteJob(t, w, 3), e.done)
	f.Sign()
	if s := f.Sites(); s.At != 1 || s.Agreed != 1 || len(w.Requests) != 0 {
		t.Fatalf("%+v", s)
	}
	f.SkipSite()
	f.Sign()
	if _, ok := f.State().(flow.AskPIN); !ok {
		t.Fatalf("%T", f.State())
	}
	f.EnterPIN(signer.PIN("12345678"), false)
	if e.err != nil || len(e.all) != 3 || e.all[0].Path == "" || e.all[1].Path != "" || e.all[2].Path == "" {
		t.Errorf("%+v", e)
	}
	if len(w.Token.Entered) != 1 || len(w.Requests) != 2 || w.Token.Unlocked != 0 {
		t.Errorf("%d PINs, %d signatures, %d open keys", len(w.Token.Entered), len(w.Requests), w.Token.Unlocked)
	}
}

func TestSiteRefusedOrGone(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(f *flow.Flow)
		want error
	}{
		"refused":          {(*flow.Flow).RefuseSite, flow.ErrSiteCancelled},
		"left":             {(*flow.Flow).Leave, flow.ErrSiteCancelled},
		"page gone":        {(*flow.Flow).WithdrawSite, nil},
		"another document": {func(f *flow.Flow) { f.Open(f.Lists().Waiting[0].Path) }, flow.ErrSiteCancelled},
	} {
		t.Run(name, func(t *testing.T) {
			w, f := siteFlow(t)
			var e ended
			f.SignForSite(siteJob(t, w, 2), e.done)
			f.Sign()
			c.end(f)
			if e.told != 1 || e.err == nil || e.all != nil || c.want != nil && !errors.Is(e.err, c.want) || len(w.Requests) != 0 {
				t.Errorf("%+v", e)
			}
			if f.Sites().Job != nil {
				t.Error("the job goes on")
			}
			var next ended
			f.Leave()
			f.SignForSite(siteJob(t, w, 1), next.done)
			if f.Sites().Job == nil || next.told != 0 {
				t.Error("the next job does not begin")
			}
		})
	}
}

// The person's own document is not taken away without a word.
func TestSiteWaitsForTheDesk(t *testing.T) {
	w, f := siteFlow(t)
	f.Open(w.Waiting())
	var e ended
	f.SignForSite(siteJob(t, w, 1), e.done)
	if p, ok := f.State().(flow.Placing); !ok || p.Doc.Path != w.Waiting() || f.Sites().Question == nil || f.Sites().Question.Ask != flow.SiteOpen {
		t.Fatalf("%T %+v", f.State(), f.Sites())
	}
	f.AnswerSite(flow.SiteAnswer{Allow: true})
	if p, ok := f.State().(flow.Placing); !ok || p.ForSite() == nil || e.told != 0 {
		t.Fatalf("%T", f.State())
	}
}

// What opens must be what was fetched.
func TestSiteChangedFile(t *testing.T) {
	w, f := siteFlow(t)
	j := siteJob(t, w, 1)
	j.Documents[0].SHA256[0]++
	var e ended
	f.SignForSite(j, e.done)
	if !errors.Is(e.err, flow.ErrSiteChanged) || e.told != 1 {
		t.Errorf("%+v", e)
	}
}

func TestSiteQuestion(t *testing.T) {
	_, f := siteFlow(t)
	var got []flow.SiteAnswer
	f.AskSite(flow.SiteQuestion{Origin: "https://a.vn"}, func(a flow.SiteAnswer) { got = append(got, a) })
	f.AnswerSite(flow.SiteAnswer{Allow: true, Remember: true})
	f.AnswerSite(flow.SiteAnswer{Allow: true}) // a second tap
	f.AskSite(flow.SiteQuestion{Origin: "https://b.vn"}, func(a flow.SiteAnswer) { got = append(got, a) })
	f.WithdrawSite()
	f.AnswerSite(flow.SiteAnswer{Allow: true})
	if len(got) != 1 || !got[0].Remember || f.Sites().Question != nil {
		t.Errorf("%+v %+v", got, f.Sites())
	}
}

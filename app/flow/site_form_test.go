package flow_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/review"
	"trinhky/signer"
	"trinhky/signer/stamp"
	"trinhky/submit"
)

// issueJobOf is a page's order to number and seal a document that its leader signed.
func issueJobOf(t *testing.T, w *flowtest.World, number string, change func(*review.Document)) flow.SiteJob {
	t.Helper()
	j := siteJob(t, w, 1)
	j.Role, j.Number, j.Date = stamp.Seal, number, time.Date(2026, 11, 21, 0, 0, 0, 0, time.FixedZone("", 7*3600))
	d := flowtest.Unnumbered(j.Documents[0].Path)
	if change != nil {
		change(d)
	}
	w.Documents[j.Documents[0].Path] = d
	return j
}

// The secretary's signature with number and date comes before the seal, by one
// PIN, and nothing of the way is left.
func TestSiteIssues(t *testing.T) {
	w, f := siteFlow(t)
	var e ended
	f.SignForSite(issueJobOf(t, w, "79", nil), e.done)
	p, ok := f.State().(flow.Placing)
	if !ok || p.PlaceErr != nil || p.Numbering == nil || p.Issued() != "79/STN-VP" {
		t.Fatalf("%T %v %q", f.State(), p.PlaceErr, p.Issued())
	}
	f.Sign()
	f.EnterPIN(signer.PIN("12345678"), false)
	if _, ok := f.State().(flow.Signed); !ok || e.err != nil || len(e.all) != 1 || e.all[0].Number != "79/STN-VP" || e.all[0].Date.Day() != 21 {
		t.Fatalf("%T %+v", f.State(), e)
	}
	if len(w.Requests) != 2 || w.Token.Unlocked != 0 {
		t.Fatalf("%d signatures, %d open keys", len(w.Requests), w.Token.Unlocked)
	}
	number, seal := w.Requests[0], w.Requests[1]
	if number.Field.Name != "number" || !strings.Contains(number.Reason, "Số: 79/STN-VP") || !strings.Contains(number.Reason, "ngày 21 tháng 11 năm 2026") {
		t.Errorf("%+v %q", number.Field, number.Reason)
	}
	if seal.Input != number.Output || seal.Output != p.Output || seal.Source == nil {
		t.Errorf("sealed %s, numbered %s", seal.Input, number.Output)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(p.Output), ".issuing-*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// A number that the register of this home gave in the same year, with the same
// notation, is a warning and no refusal.
func TestSiteNumberTaken(t *testing.T) {
	line := func(year, number int, notation string) submit.Line {
		return submit.Line{Series: submit.Series{Year: year, Book: "Công văn"}, Number: number, Notation: notation, State: submit.NumberIssued}
	}
	for name, c := range map[string]struct {
		line  submit.Line
		taken bool
	}{
		"the same":         {line(2026, 79, "stn-vp"), true},
		"another notation": {line(2026, 79, "QĐ-STN"), false},
		"another year":     {line(2025, 79, "STN-VP"), false},
		"another number":   {line(2026, 7, "STN-VP"), false},
	} {
		w, f := siteFlow(t)
		c.line.Series.Agency = f.Settings().Agency.Code
		w.Book.All = []submit.Line{c.line}
		f.SignForSite(issueJobOf(t, w, "79", nil), new(ended).done)
		if p := f.State().(flow.Placing); p.NumberTaken != c.taken || p.PlaceErr != nil || !p.Ready() {
			t.Errorf("%s: taken %v, %v", name, p.NumberTaken, p.PlaceErr)
		}
	}
}

// Without a number nothing is sealed; the person puts it in.
func TestSiteIssueWithoutNumber(t *testing.T) {
	w, f := siteFlow(t)
	var e ended
	f.SignForSite(issueJobOf(t, w, " ", nil), e.done)
	if p := f.State().(flow.Placing); p.Ready() || !p.Lacks() {
		t.Fatalf("%+v", p.Form)
	}
	f.Sign()
	if _, ok := f.State().(flow.Placing); !ok {
		t.Fatalf("%T", f.State())
	}
	f.EditSite(flow.SiteForm{Number: "5", Date: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)})
	if p := f.State().(flow.Placing); !p.Ready() || p.Issued() != "05/STN-VP" {
		t.Fatalf("%v %q", p.PlaceErr, p.Issued())
	}
	f.Sign()
	f.EnterPIN(signer.PIN("12345678"), false)
	if e.err != nil || e.all[0].Number != "05/STN-VP" || e.all[0].Date.Month() != time.January {
		t.Errorf("%+v", e)
	}
}

// What the document says counts: another number is refused, its own is sealed
// as it is, and one without a place for a number is named.
func TestSiteIssuePrinted(t *testing.T) {
	printed := func(d *review.Document) {
		d.Parts = flowtest.Document(d.Path).Parts
	}
	nowhere := func(d *review.Document) {
		printed(d)
		d.Parts.Number.Text, d.Parts.Number.Confidence, d.Parts.Number.Rect = "", 0, d.Parts.Number.Rect.Inset(1e6)
	}
	for name, c := range map[string]struct {
		number     string
		change     func(*review.Document)
		refused    bool
		unnumbered bool
	}{
		"another": {"79", printed, true, false}, "same": {"125/STN-VP", printed, false, false}, "none asked": {"", printed, false, false},
		"another notation": {"125/QĐ-X", printed, true, false}, "no place": {"79", nowhere, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			w, f := siteFlow(t)
			f.SignForSite(issueJobOf(t, w, c.number, c.change), new(ended).done)
			p := f.State().(flow.Placing)
			var rule *review.RuleError
			if c.refused != (errors.As(p.PlaceErr, &rule) && rule.Rule == review.RuleNumbered) || p.Numbering != nil || p.Unnumbered != c.unnumbered || p.Ready() == c.refused {
				t.Errorf("%v %+v, unnumbered %v, ready %v", p.PlaceErr, p.Numbering, p.Unnumbered, p.Ready())
			}
		})
	}
}

// A failure between the two signatures leaves nothing, and the page an error.
func TestSiteIssueFails(t *testing.T) {
	for nth := 1; nth <= 2; nth++ {
		w, f := siteFlow(t)
		w.SignErrAt = nth
		var e ended
		f.SignForSite(issueJobOf(t, w, "79", nil), e.done)
		out := f.State().(flow.Placing).Output
		f.Sign()
		f.EnterPIN(signer.PIN("12345678"), false)
		if p, ok := f.State().(flow.Placing); !ok || p.Problem == nil || e.told != 0 {
			t.Errorf("%d: %T, told %d", nth, f.State(), e.told)
		}
		f.RefuseSite()
		if e.told != 1 || !errors.Is(e.err, flow.ErrSiteCancelled) || w.Token.Unlocked != 0 {
			t.Errorf("%d: %+v", nth, e)
		}
		if all, _ := os.ReadDir(filepath.Dir(out)); len(all) != 0 {
			t.Errorf("%d: left %v", nth, all)
		}
	}
}

// An opinion is signed as it was shown, and is no leader's signature.
func TestSiteComment(t *testing.T) {
	w, f := siteFlow(t)
	j := siteJob(t, w, 1)
	j.Role = stamp.Comment
	var e ended
	f.SignForSite(j, e.done)
	if f.State().(flow.Placing).Ready() {
		t.Fatal("an empty opinion can be signed")
	}
	f.EditSite(flow.SiteForm{Opinion: " Đồng ý, {chuyển} phòng Tổ chức xử lý\nhôm nay "})
	p := f.State().(flow.Placing)
	if !p.Ready() || p.Place.Field != "comment" {
		t.Fatalf("%v %q", p.PlaceErr, p.Place.Field)
	}
	said := ""
	for _, it := range p.Place.Appearance.Items {
		if text, ok := it.(signer.Text); ok {
			said += text.Text + " "
		}
	}
	if !strings.Contains(said, "Đồng ý, {chuyển}") {
		t.Errorf("%q", said)
	}
	f.Sign()
	f.EnterPIN(signer.PIN("12345678"), false)
	if e.err != nil || len(w.Requests) != 1 || w.Requests[0].Field.Name != "comment" {
		t.Errorf("%+v", e)
	}
}

// A page's document can only be signed when its page was seen and a moment is
// over, whatever the person does meanwhile.
func TestSiteHeld(t *testing.T) {
	w := flowtest.New(t)
	run := &flowtest.Held{}
	all := func() {
		for run.Waiting() > 0 {
			run.Release(0)
		}
	}
	c := w.Config(run)
	c.Hold = time.Nanosecond
	f := flow.New(c)
	t.Cleanup(f.Close)
	f.Start()
	all()
	f.SignForSite(siteJob(t, w, 1), new(ended).done)
	all()
	p, ok := f.State().(flow.Placing)
	if !ok || !p.Held { // the moment is over, but nobody saw the page
		t.Fatalf("%T %v", f.State(), p.Held)
	}
	f.ResetPlace()
	all()
	f.SawSite(0)
	if !f.State().(flow.Placing).Held {
		t.Error("another page, or a moved stamp, let it go")
	}
	f.SawSite(p.Place.Page)
	if f.State().(flow.Placing).Held {
		t.Error("it is held for ever")
	}
}

package flow_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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

// A date that the page left open is the one that the document prints, else today's.
func TestSiteIssueWithoutDate(t *testing.T) {
	for printed, want := range map[int]int{0: flowtest.Now.Day(), 18: 18} {
		w, f := siteFlow(t)
		j := issueJobOf(t, w, "79", func(d *review.Document) {
			if printed != 0 {
				d.Parts.Day, d.Parts.Month, d.Parts.Year = printed, 11, 2026
			}
		})
		j.Date = time.Time{}
		f.SignForSite(j, new(ended).done)
		if p := f.State().(flow.Placing); p.PlaceErr != nil || p.Form.Date.Format(time.DateOnly) != fmt.Sprintf("2026-11-%d", want) {
			t.Errorf("printed %d: %v, %v", printed, p.Form.Date, p.PlaceErr)
		}
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

// Two tokens: the secretary's puts number and date in, the agency's seals; each
// is asked for its own PIN once, and gets no other.
func TestSiteIssuesTwoTokens(t *testing.T) {
	w, start, clerk, seal := twoTokens(t)
	f := start()
	var e ended
	f.SignForSite(issueJobOf(t, w, "79", nil), e.done)
	p, ok := f.State().(flow.Placing)
	if !ok || p.PlaceErr != nil || p.Numbering == nil || p.Numbering.By.Slot.Token.Serial != "A" || !p.TwoTokens() {
		t.Fatalf("%T %v %+v", f.State(), p.PlaceErr, p.Numbering)
	}
	f.Sign()
	asks := func(serial string, wrong bool) {
		t.Helper()
		if a, ok := f.State().(flow.AskPIN); !ok || a.Asks().Slot.Token.Serial != serial || (a.Problem != nil) != wrong || e.told != 0 {
			t.Fatalf("%T %+v", f.State(), e)
		}
	}
	asks("A", false)
	f.EnterPIN(signer.PIN("2222"), false) // the other's
	asks("A", true)
	f.EnterPIN(signer.PIN("1111"), false)
	asks("B", false)
	left := func() int {
		all, _ := filepath.Glob(filepath.Join(filepath.Dir(p.Doc.Path), ".issuing-*"))
		return len(all)
	}
	if left() != 1 || len(w.Requests) != 1 {
		t.Errorf("%d files with a number, %d signatures", left(), len(w.Requests))
	}
	f.StopWaiting() // second thoughts: the number can be changed, and is put in anew
	if _, ok := f.State().(flow.Placing); !ok || left() != 0 {
		t.Fatalf("%T, %d left", f.State(), left())
	}
	f.EditSite(flow.SiteForm{Number: "80", Date: p.Form.Date})
	f.Sign()
	f.EnterPIN(signer.PIN("1111"), false)
	asks("B", false)
	f.EnterPIN(signer.PIN("0000"), false)
	asks("B", true)
	f.EnterPIN(signer.PIN("2222"), false)
	if _, ok := f.State().(flow.Signed); !ok || e.err != nil || e.all[0].Number != "80/STN-VP" || e.all[0].Certificate.Subject.CommonName != "Sở Thử nghiệm tỉnh Mẫu" {
		t.Fatalf("%T %+v", f.State(), e)
	}
	if n := len(w.Requests); n != 3 || w.Requests[2].Input != w.Requests[1].Output || left() != 0 {
		t.Errorf("%d signatures, %d left", n, left())
	}
	if !slices.Equal(clerk.Entered, []string{"2222", "1111", "1111"}) || !slices.Equal(seal.Entered, []string{"0000", "2222"}) {
		t.Errorf("entered %q and %q", clerk.Entered, seal.Entered)
	}
}

// The seal's token falls out after the number: nothing is stored and nothing
// stays; with the other key chosen, the seal's does both.
func TestSiteIssueTokenGone(t *testing.T) {
	w, start, clerk, seal := twoTokens(t)
	f := start()
	var e ended
	f.SignForSite(issueJobOf(t, w, "79", nil), e.done)
	clerk.Absent = true
	f.TokensChanged()
	if p := f.State().(flow.Placing); p.TwoTokens() || p.Signer.Slot.Token.Serial != "B" {
		t.Errorf("%+v", p.Numbering)
	}
	clerk.Absent = false
	f.TokensChanged()
	f.Sign()
	seal.Absent = true
	f.EnterPIN(signer.PIN("1111"), false)
	p, ok := f.State().(flow.Placing)
	var gone *signer.TokenError
	if !ok || !errors.As(p.Problem, &gone) || gone.Fault != signer.TokenRemoved || e.told != 0 {
		t.Fatalf("%T %v", f.State(), p.Problem)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(p.Doc.Path), ".issuing-*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	seal.Absent = false
	f.TokensChanged()
	now := f.State().(flow.Placing)
	if now.Signer.Slot.Token.Serial != "B" || len(now.Numbering.Among) != 2 {
		t.Fatalf("%+v %+v", now.Signer, now.Numbering)
	}
	all := now.Numbering.Among
	f.ChooseSiteNumberKey(all[1])
	f.Sign()
	if a, ok := f.State().(flow.AskPIN); !ok || a.TwoTokens() || a.Asks().Slot.Token.Serial != "B" {
		t.Fatalf("%T", f.State())
	}
	f.EnterPIN(signer.PIN("2222"), false)
	if e.err != nil || e.told != 1 || len(seal.Entered) != 2 {
		t.Errorf("%+v %q", e, seal.Entered)
	}
}

// Several documents: one PIN a token, whatever their number.
func TestSiteIssuesSeveral(t *testing.T) {
	w, start, clerk, seal := twoTokens(t)
	f := start()
	j := siteJob(t, w, 2)
	j.Role = stamp.Seal
	for _, d := range j.Documents {
		w.Documents[d.Path] = flowtest.Unnumbered(d.Path)
	}
	var e ended
	f.SignForSite(j, e.done)
	f.Sign()
	f.Sign()
	f.EnterPIN(signer.PIN("1111"), false)
	f.EnterPIN(signer.PIN("2222"), false)
	if e.err != nil || len(e.all) != 2 || len(w.Requests) != 4 || w.Requests[2].Input != w.Requests[0].Output {
		t.Fatalf("%T %+v, %d signatures", f.State(), e, len(w.Requests))
	}
	// A pile opens its key for each number, as every signature is one of its own.
	if len(clerk.Entered) != 2 || !slices.Equal(seal.Entered, []string{"2222"}) {
		t.Errorf("entered %q and %q", clerk.Entered, seal.Entered)
	}
}

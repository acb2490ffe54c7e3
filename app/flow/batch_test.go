package flow_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/settings"
	"trinhky/app/template"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// piled is a flow with its pile gathered.
type piled struct {
	*testing.T
	world *flowtest.World
	flow  *flow.Flow
	audit []submit.Entry
	told  int
	rows  map[int]int // how often each row was told of
}

func newPile(t *testing.T, w *flowtest.World, change func(*flow.Config)) *piled {
	t.Helper()
	p := &piled{T: t, world: w, rows: map[int]int{}}
	c := w.Config(flowtest.At{})
	c.AuditLog = auditLog{p}
	c.OnBatch = func(_ flow.Batch, row int) { p.told++; p.rows[row]++ }
	c.Paint = func(_ context.Context, _ *signer.Appearance, w, h int) (image.Image, error) {
		return image.NewNRGBA(image.Rect(0, 0, w, h)), nil
	}
	if change != nil {
		change(&c)
	}
	p.flow = flow.New(c)
	t.Cleanup(p.flow.Close)
	p.flow.Start()
	p.flow.BatchGather()
	return p
}

// auditLog keeps what is entered.
type auditLog struct{ p *piled }

func (a auditLog) Append(_ context.Context, e submit.Entry) (submit.Entry, error) {
	a.p.audit = append(a.p.audit, e)
	return e, nil
}
func (auditLog) Entries(context.Context, int64, int) ([]submit.Entry, error) { return nil, nil }
func (auditLog) CheckAudit(context.Context) (int64, error)                   { return 0, nil }

func (p *piled) row(i int) *flow.BatchRow { return p.flow.Batch().Rows[i] }

// review looks at all pages of a document and agrees.
func (p *piled) review(i int) {
	p.Helper()
	p.flow.BatchOpen(i)
	if r := p.flow.Batch().Review; r == nil || r.Index != i {
		p.Fatalf("document %d is not looked at: %+v", i, r)
	}
	p.flow.BatchSaw(0, 1)
	p.flow.BatchAgree()
}

func (p *piled) pin(text string) {
	p.Helper()
	p.flow.BatchSign()
	if s := p.flow.Batch(); s.Stage != flow.BatchAskPIN {
		p.Fatalf("stage %d, %v", s.Stage, s.Problem)
	}
	p.flow.BatchPIN(flow.PINs{Login: signer.PIN(text)}, false)
}

func (p *piled) states() string {
	var out []string
	for _, r := range p.flow.Batch().Rows {
		out = append(out, [...]string{"reading", "ready", "unready", "agreed", "waiting", "done", "aside", "returned"}[r.State])
	}
	return strings.Join(out, " ")
}

func TestBatchFromReviewToSigned(t *testing.T) {
	p := newPile(t, flowtest.New(t), nil)
	if got := p.states(); got != "ready ready ready" {
		t.Fatalf("rows %s", got)
	}
	r := p.row(0)
	if r.Number != "125/STN-VP" || r.Pages != 2 || r.Thumb == nil || !r.Place.Sure() {
		t.Errorf("row %+v", r)
	}
	for i, d := range p.world.Opened {
		if v, ok := d.View.(*flowtest.View); ok && !v.Closed() {
			t.Errorf("document %d stays open", i)
		}
	}
	p.flow.BatchOpen(0)
	p.flow.BatchAgree()
	if p.row(0).State != flow.RowReady {
		t.Fatal("agreed to pages that were not on the screen")
	}
	p.flow.BatchSaw(1)
	if p.flow.Batch().CanAgree() {
		t.Fatal("one page of two is enough")
	}
	p.flow.BatchSaw(0)
	p.flow.BatchAgree()
	if v := p.flow.Batch().Review; v == nil || v.Index != 1 {
		t.Fatalf("the next document does not come up: %+v", v)
	}
	p.flow.BatchSaw(0, 1)
	p.flow.BatchAgree()
	p.flow.BatchClose()
	if n := p.flow.Signing(); n != 2 {
		t.Fatalf("%d to sign", n)
	}
	p.pin("12345678")
	if got := p.states(); got != "done done ready" {
		t.Fatalf("rows %s, %v", got, p.flow.Batch().Problem)
	}
	if len(p.world.Token.Entered) != 1 || p.world.Token.Unlocked != 0 {
		t.Errorf("%d PINs reached the token, %d keys are open", len(p.world.Token.Entered), p.world.Token.Unlocked)
	}
	for _, r := range p.world.Requests {
		if r.Source == nil || *r.Source != sha256.Sum256([]byte(r.Input)) || r.Appearance == nil {
			t.Errorf("request %+v is not bound to what was looked at", r)
		}
	}
}

func TestBatchSendsBack(t *testing.T) {
	w := flowtest.New(t)
	p := newPile(t, w, nil)
	if p.flow.BatchReturn(1, "  ") {
		t.Error("sent back without a remark")
	}
	p.review(0)
	if !p.flow.BatchReturn(0, "Sai số, ký hiệu") || !p.flow.BatchReturn(1, "Thiếu phụ lục") {
		t.Fatal("not sent back")
	}
	if got := p.states(); got != "returned returned ready" || len(p.audit) != 2 || p.audit[1].Result != "Thiếu phụ lục" {
		t.Fatalf("rows %s, audit %+v", got, p.audit)
	}
	p.flow.Close()
	again := newPile(t, w, nil) // the next start knows it
	if got := again.states(); got != "returned returned ready" || again.row(0).Remark != "Sai số, ký hiệu" {
		t.Errorf("rows %s, %q", got, again.row(0).Remark)
	}
}

// The program ends with a pile half signed; at the next start what was agreed
// to goes on, and a file that changed since is dropped.
func TestBatchGoesOnAtTheNextStart(t *testing.T) {
	w := flowtest.New(t)
	p := newPile(t, w, nil)
	for i := range 3 {
		p.review(i)
	}
	p.flow.Close()

	changed := flowtest.Document(p.row(2).Path)
	changed.SHA256 = sha256.Sum256([]byte("changed"))
	w.Documents[changed.Path] = changed
	p = newPile(t, w, nil)
	if got := p.states(); got != "agreed agreed ready" {
		t.Fatalf("rows %s", got)
	}
	if !errors.Is(p.row(2).Err, signer.ErrSourceChanged) || !p.row(0).Earlier || p.row(2).Earlier {
		t.Errorf("the changed one: %+v", p.row(2))
	}
	p.pin("12345678")
	if got := p.states(); got != "done done ready" || len(w.Requests) != 2 {
		t.Errorf("rows %s, %d signatures", got, len(w.Requests))
	}
	p.flow.Close()
	p = newPile(t, w, nil)
	if got := p.states(); got != "ready" {
		t.Errorf("the third start has %s", got)
	}
}

func TestBatchStops(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want string
		back bool // goes on when the token comes back
	}{
		"a bad file":    {&signer.UnreadableError{Err: errors.New("xref")}, "aside aside ready", false},
		"token pulled":  {&signer.TokenError{Fault: signer.TokenRemoved, Err: errors.New("gone")}, "agreed agreed ready", true},
		"token crashed": {&signer.TokenError{Fault: signer.TokenFailed, Err: errors.New("crash")}, "agreed agreed ready", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPile(t, flowtest.New(t), nil)
			p.review(0)
			p.review(1)
			p.flow.BatchClose()
			p.world.SignErr = c.err
			p.pin("12345678")
			if got := p.states(); got != c.want {
				t.Fatalf("rows %s", got)
			}
			if token := strings.HasPrefix(name, "token"); token != (p.flow.Batch().Problem != nil) {
				t.Errorf("problem %v", p.flow.Batch().Problem)
			}
			p.world.SignErr = nil
			p.flow.TokensChanged()
			if c.back != (p.flow.Batch().Stage == flow.BatchAskPIN) {
				t.Errorf("stage %d after the token came back", p.flow.Batch().Stage)
			}
			if len(p.world.Token.Entered) != 1 {
				t.Errorf("%d PINs", len(p.world.Token.Entered))
			}
			if !c.back {
				p.flow.BatchRetry(0)
				p.flow.BatchRetry(1)
				p.flow.BatchSign()
			}
			p.flow.BatchPIN(flow.PINs{Login: signer.PIN("12345678")}, false)
			if got := p.states(); got != "done done ready" {
				t.Errorf("rows %s in the end", got)
			}
		})
	}
}

func TestBatchWrongPIN(t *testing.T) {
	p := newPile(t, flowtest.New(t), nil)
	p.review(0)
	p.pin("0000")
	b := p.flow.Batch()
	if b.Stage != flow.BatchAskPIN || b.Problem == nil || p.states() != "agreed ready ready" {
		t.Fatalf("stage %d, %v, rows %s", b.Stage, b.Problem, p.states())
	}
	p.world.Token.PIN = signer.PINFinalTry
	p.flow.BatchStop()
	p.flow.BatchSign()
	pin := signer.PIN("12345678")
	p.flow.BatchPIN(flow.PINs{Login: pin}, false)
	if len(p.world.Token.Entered) != 1 || pin[0] != 0 {
		t.Error("the last try was used without the person knowing, or the PIN stays")
	}
	p.flow.BatchPIN(flow.PINs{Login: signer.PIN("12345678")}, true)
	if p.states() != "done ready ready" {
		t.Errorf("rows %s", p.states())
	}
}

// A token that wants its PIN at every signature is unlocked for a pile only
// with the person's word, which holds for this run alone.
func TestBatchConsent(t *testing.T) {
	for _, may := range []bool{true, false} {
		w := flowtest.New(t)
		w.Token.EachTime = true
		var p *piled
		asked := 0
		p = newPile(t, w, func(c *flow.Config) {
			tell := c.OnBatch
			c.OnBatch = func(b flow.Batch, row int) {
				tell(b, row)
				if b.Stage == flow.BatchConsent {
					asked++
					p.flow.BatchMay(may)
				}
			}
		})
		p.review(0)
		p.review(1)
		p.flow.BatchClose()
		p.pin("12345678")
		want := "agreed agreed ready"
		if may {
			want = "done done ready"
		}
		if p.states() != want || asked != 1 || p.world.Token.Unlocked != 0 {
			t.Errorf("may %v: rows %s, asked %d times, %d keys open", may, p.states(), asked, p.world.Token.Unlocked)
		}
	}
}

// Moving the stamp takes the agreement back; the place that is agreed to is the
// one that is signed.
func TestBatchMove(t *testing.T) {
	p := newPile(t, flowtest.New(t), nil)
	p.review(0)
	p.flow.BatchOpen(0)
	to := geom.Rect{X0: 100, Y0: 100, X1: 220, Y1: 160}
	p.flow.BatchMove(0, to)
	if p.row(0).State != flow.RowReady || p.row(0).Place.Page != 0 {
		t.Fatalf("state %d, page %d", p.row(0).State, p.row(0).Place.Page)
	}
	p.flow.BatchAgree()
	p.flow.BatchClose()
	p.pin("12345678")
	if len(p.world.Requests) != 1 || p.world.Requests[0].Field.Page != 0 {
		t.Errorf("requests %+v", p.world.Requests)
	}
}

// What the hand corrected before is where a pile puts the stamp, in the review
// and in the signature.
func TestBatchKeepsCorrections(t *testing.T) {
	w := flowtest.New(t)
	plain := newPile(t, w, nil)
	rule := plain.row(0).Place.Shown
	plain.flow.Close()
	up := geom.MM(-10)
	correction, ok := template.Of(flowtest.Document(w.Waiting()).Parts.Type.Text, "leader", rule, rule.Move(0, up))
	if !ok {
		t.Fatal("no correction")
	}
	if err := template.Save(w.Home, template.List{correction}); err != nil {
		t.Fatal(err)
	}
	p := newPile(t, w, nil)
	if d := p.row(0).Place.Shown.Y0 - rule.Y0 - up; d > 0.1 || d < -0.1 {
		t.Fatalf("the stamp is shown %.1f points off the remembered place", d)
	}
	p.review(0)
	p.flow.BatchClose()
	p.pin("12345678")
	if p.row(0).State != flow.RowDone || len(w.Requests) != 1 {
		t.Fatalf("%s, %v, %d requests", p.states(), p.row(0).Err, len(w.Requests))
	}
	if got := w.Requests[0].Field.Rect; got != p.row(0).Place.Rect {
		t.Errorf("signed at %v, agreed to %v", got, p.row(0).Place.Rect)
	}
}

func TestBatchCannot(t *testing.T) {
	w := flowtest.New(t)
	d := flowtest.Document(w.Waiting())
	d.Findings = []verify.Finding{{Code: "secrecy-mark", Severity: verify.Error}}
	w.Documents[w.Waiting()] = d
	p := newPile(t, w, func(c *flow.Config) {
		c.MaySign = func(context.Context, settings.Settings, signer.Certificate) ([]verify.Finding, error) {
			return nil, &signer.CertificateError{Fault: signer.CertificateRevoked}
		}
	})
	if p.states() != "unready ready ready" {
		t.Fatalf("rows %s", p.states())
	}
	p.review(1)
	p.flow.BatchClose()
	p.flow.BatchSign()
	var revoked *signer.CertificateError
	if b := p.flow.Batch(); b.Stage != flow.BatchIdle || !errors.As(b.Problem, &revoked) || len(w.Token.Entered) != 0 {
		t.Errorf("stage %d, problem %v, %d PINs", b.Stage, b.Problem, len(w.Token.Entered))
	}
}

func TestBatchExport(t *testing.T) {
	p := newPile(t, flowtest.New(t), func(c *flow.Config) { c.ListFont = flowtest.Font() })
	p.review(0)
	p.flow.BatchClose()
	p.flow.BatchReturn(1, "=1+1")
	p.pin("12345678")
	csv, list := filepath.Join(p.TempDir(), "kq.csv"), filepath.Join(p.TempDir(), "kq.pdf")
	p.flow.BatchExport(csv, list, func(err error) (string, string) { return err.Error(), "" },
		func(code string, _ ...string) string { return "Kết quả " + code }, func(err error) {
			if err != nil {
				t.Error(err)
			}
		})
	table, err := os.ReadFile(csv)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"done,B-B,B-B", "returned", `'=1+1`, "1-2"} {
		if !strings.Contains(string(table), want) {
			t.Errorf("%q is missing in\n%s", want, table)
		}
	}
	if data, err := os.ReadFile(list); err != nil || !strings.HasPrefix(string(data), "%PDF") || len(data) < 2000 {
		t.Errorf("list of %d bytes, %v", len(data), err)
	}
}

// 200 documents: what happens on the thread of the window for one document
// does not grow with the pile: each row is told of a bounded number of times.
func TestBatchTellsRowsNotPiles(t *testing.T) {
	w := flowtest.New(t)
	n := 200
	if testing.Short() {
		n = 40
	}
	for i := range n {
		path := filepath.Join(w.Home, "documents", "van-ban-"+string(rune('a'+i/26))+string(rune('a'+i%26))+".pdf")
		if err := os.WriteFile(path, []byte("%PDF-1.7"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := newPile(t, w, nil)
	all := len(p.flow.Batch().Rows)
	if all != n+3 || p.rows[flow.AllRows] > 6 {
		t.Fatalf("%d rows; the whole grid was drawn %d times while they were read", all, p.rows[flow.AllRows])
	}
	for i := range all {
		if p.rows[i] > 2 {
			t.Errorf("row %d was told of %d times", i, p.rows[i])
		}
	}
	for i := range all {
		p.review(i)
	}
	p.flow.BatchClose()
	clear(p.rows)
	p.pin("12345678")
	if p.rows[flow.AllRows] > 8 {
		t.Errorf("the whole grid was drawn %d times while %d documents were signed", p.rows[flow.AllRows], all)
	}
	for i := range all {
		if p.rows[i] > 1 || p.row(i).State != flow.RowDone {
			t.Fatalf("row %d was told of %d times, state %d", i, p.rows[i], p.row(i).State)
		}
	}
}

package flow_test

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/app/flow"
	"trinhky/app/flow/flowtest"
	"trinhky/app/review"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// realFile puts a real file where the world's document waits.
func realFile(t *testing.T, w *flowtest.World) string {
	t.Helper()
	data, _, err := sample.Generate(sample.Demo(flowtest.Now, "Nguyễn Văn Thử")[0])
	if err != nil {
		t.Fatal(err)
	}
	path := w.Waiting()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	d := flowtest.Document(path)
	d.SHA256 = sha256.Sum256(data)
	for i := range d.Parts.Signers { // the real file has one page
		s := &d.Parts.Signers[i]
		s.Authority.Page, s.Title.Page, s.Name.Page, s.Band.Page = 0, 0, 0, 0
	}
	w.Documents[path] = d
	return path
}

func names(p flow.Preparing) string {
	var out []string
	for _, s := range p.Slots {
		out = append(out, s.Name)
	}
	return strings.Join(out, " ")
}

// Fields stand by the rule, follow the hand, are saved into one PDF, and what
// the hand corrected is where the next document of the type begins.
func TestPrepare(t *testing.T) {
	w := flowtest.New(t)
	path := realFile(t, w)
	tr := start(t, w, flowtest.At{})
	tr.Start()
	tr.ChoosePrepare(path)
	p := tr.Lists().Prepare
	if p.Problem != nil || names(p) != "leader seal" || p.Slots[0].Person != "Nguyễn Văn Thử" || !p.Slots[0].Sure() {
		t.Fatalf("%+v", p)
	}
	leader, seal := p.Slots[0].Shown, p.Slots[1].Shown
	tr.AddSlot(stamp.Initials, 0) // no last line here: it comes to the middle of the page
	tr.AddSlot(stamp.Initials, 0)
	if p = tr.Lists().Prepare; names(p) != "leader seal initials initials-2" || p.Slots[2].Sure() {
		t.Fatalf("%+v", p.Slots)
	}
	tr.DropSlot("initials")
	tr.AddSlot(stamp.Leader, 0) // no second block: to the middle
	up := geom.MM(-10)
	tr.MoveSlot("leader", 0, leader.Move(0, up))
	p = tr.Lists().Prepare
	if names(p) != "leader seal initials-2 leader-2" || !p.Slots[0].Moved {
		t.Fatalf("%+v", p.Slots)
	}
	if d := p.Slots[1].Shown.Y0 - seal.Y0 - up; d > 0.01 || d < -0.01 {
		t.Errorf("the seal did not follow the leader: %v, it was at %v", p.Slots[1].Shown, seal)
	}
	tr.DropSlot("initials-2")
	tr.DropSlot("leader-2")
	tr.LockSlots(true)
	tr.SavePrepared(func(s review.Slot) string { return "ô " + s.Role.String() })
	p = tr.Lists().Prepare
	if p.Problem != nil || filepath.Base(p.Done) != "cong-van-125-cho-ky.pdf" {
		t.Fatalf("%v, %q", p.Problem, p.Done)
	}
	info, err := signer.Inspect(t.Context(), p.Done, nil)
	if err != nil || len(info.Fields) != 2 || info.Fields[0].Name != "leader" || info.Fields[0].Tooltip != "ô leader" {
		t.Fatalf("%+v, %v", info, err)
	}
	report, err := verify.File(t.Context(), p.Done, verify.Options{})
	if err != nil || report.Verdict != verify.None {
		t.Errorf("%v, %v", report, err)
	}

	// The next document of the type.
	tr.LeavePrepare()
	tr.ChoosePrepare(path)
	if p = tr.Lists().Prepare; len(p.Slots) == 0 || p.Slots[0].Shown.Y0-leader.Y0-up > 0.1 || p.Slots[0].Shown.Y0 > leader.Y0-1 {
		t.Errorf("the correction was not remembered: %+v", p.Slots)
	}
	if l := tr.Templates(); len(l) != 1 {
		t.Fatalf("%+v", l)
	}
	again := start(t, w, flowtest.At{}) // after a new start, also where one signs oneself
	again.Start()
	again.Open(path)
	placed, ok := again.State().(flow.Placing)
	if !ok || placed.Place.How != review.Auto || !placed.Place.Sure() {
		t.Fatalf("%+v", again.State())
	}
	if y := placed.Place.Shown.Center().Y - leader.Center().Y - up; y > 0.5 || y < -0.5 {
		t.Errorf("the stamp stands %.1f points off the remembered place", y)
	}
	again.DropTemplate("công văn", "leader")
	again.ResetPlace()
	placed, _ = again.State().(flow.Placing)
	if y := placed.Place.Shown.Center().Y - leader.Center().Y; y > 0.5 || y < -0.5 {
		t.Errorf("a forgotten correction still moves the stamp by %.1f points", y)
	}
}

// The field for number and date spans what the heading leaves open; a printed
// number takes none.
func TestPrepareNumber(t *testing.T) {
	w := flowtest.New(t)
	path := realFile(t, w)
	open := geom.Rect{X0: 110, Y0: 720, X1: 150, Y1: 736}
	for _, printed := range []bool{false, true} {
		n := &w.Documents[path].Parts.Number
		n.Rect, n.Page, n.Confidence = open, 0, 0.95
		if n.Text = ""; printed {
			n.Text = "125"
		}
		tr := start(t, w, flowtest.At{})
		tr.Start()
		tr.ChoosePrepare(path)
		tr.AddSlot(stamp.Number, 0)
		p := tr.Lists().Prepare
		var rule *review.RuleError
		switch {
		case printed && (names(p) != "leader seal" || !errors.As(p.Problem, &rule) || rule.Rule != review.RuleNumbered):
			t.Errorf("a printed number: %s, %v", names(p), p.Problem)
		case !printed && (names(p) != "leader seal number" || p.Problem != nil || !p.Slots[2].Sure()):
			t.Errorf("an open number: %s, %v", names(p), p.Problem)
		case !printed && p.Doc.Pages[0].RectToUser(p.Slots[2].Shown).Intersect(open).Empty():
			t.Errorf("the field stands at %v", p.Slots[2].Shown)
		}
	}
}

// What was moved by hand before signing is remembered when it is signed.
func TestLearnFromSigning(t *testing.T) {
	w := flowtest.New(t)
	tr := start(t, w, flowtest.At{})
	tr.Start()
	tr.Open(w.Waiting())
	placed := tr.State().(flow.Placing)
	tr.Move(placed.Place.Page, placed.Place.Shown.Move(0, geom.MM(8)))
	if len(tr.Templates()) != 0 {
		t.Error("learnt before it was signed")
	}
	tr.Sign()
	tr.EnterPIN(signer.PIN("12345678"), false)
	l := tr.Templates()
	if len(l) != 1 || l[0].Type != "CÔNG VĂN" || l[0].Role != "leader" || l[0].DY < 7.9 || l[0].DY > 8.1 {
		t.Errorf("%+v", l)
	}
}

func TestPrepareRefuses(t *testing.T) {
	w := flowtest.New(t)
	path := realFile(t, w)
	w.Documents[path].SHA256[0]++ // another file than was looked at
	tr := start(t, w, flowtest.At{})
	tr.Start()
	tr.ChoosePrepare(path)
	tr.SavePrepared(nil)
	if p := tr.Lists().Prepare; p.Problem == nil || p.Done != "" || p.Saving {
		t.Errorf("%+v", p)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*cho-ky*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

// A prepared document opens with the role whose field waits.
func TestPreparedRole(t *testing.T) {
	field := func(name, person string) review.Field {
		return review.Field{Name: name, Page: 1, Rect: flowtest.Band, Seed: signer.Seed{CommonName: person}}
	}
	for name, c := range map[string]struct {
		fields []review.Field
		want   stamp.Role
	}{
		"leader who is named":     {[]review.Field{field("initials", ""), field("leader", "Nguyễn Văn Thử"), field("seal", "")}, stamp.Leader},
		"somebody else, initials": {[]review.Field{field("initials", ""), field("leader", "Lê Văn Khác")}, stamp.Initials},
		"only the seal is left":   {[]review.Field{field("seal", "")}, stamp.Seal},
		"no prepared field":       {[]review.Field{field("Signature1", "")}, stamp.Leader},
	} {
		t.Run(name, func(t *testing.T) {
			w := flowtest.New(t)
			d := flowtest.Document(w.Waiting())
			d.Fields = c.fields
			w.Documents[w.Waiting()] = d
			tr := start(t, w, flowtest.At{})
			tr.Start()
			tr.Open(w.Waiting())
			placed, ok := tr.State().(flow.Placing)
			if !ok || placed.Role != c.want {
				t.Errorf("%T, %v", tr.State(), placed.Role)
			}
		})
	}
}

package review_test

import (
	"bytes"
	"context"
	"crypto"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"
	"github.com/go-pdf/fpdf"

	"trinhky/app/review"
	"trinhky/pdfview/geom"
	"trinhky/signer"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// office is an agency with its people, pictures and a reader.
type office struct {
	t                     *testing.T
	dir                   string
	reader                *review.Reader
	authority             *pki.PKI
	leader, clerk, agency pki.Identity
	font, italic          *signer.Font
	ink, seal             *signer.Picture
}

type softKey struct{ crypto.Signer }

func (softKey) Close() error { return nil }

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), reader: reader(t)}
	var err error
	must := func() {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	o.authority, err = pki.New(pki.Options{Keys: pki.P256})
	must()
	issue := func(name, title string) pki.Identity {
		id, problem := o.authority.Issue(pki.Template{Subject: pki.Person(name, title, "Sở Thử nghiệm"), Algorithm: pki.P256})
		err = problem
		must()
		return id
	}
	o.leader, o.clerk, o.agency = issue("Nguyễn Văn Thử", "Giám đốc"), issue("Trần Thị Bình", "Văn thư"), issue("Sở Thử nghiệm", "")
	o.font, err = signer.ParseFont(liberationserifregular.TTF)
	must()
	o.italic, err = signer.ParseFont(liberationserifitalic.TTF)
	must()
	o.ink, err = signer.ParsePicture(sample.SignatureImage())
	must()
	data, err := sample.SealImage("TỈNH MẪU", "SỞ")
	if err != nil {
		t.Fatal(err)
	}
	o.seal, err = signer.ParsePicture(data)
	must()
	o.reader.Verify.Roots = o.authority.Roots()
	return o
}

// letter prints a decision whose number, day and month are still to come.
func (o *office) letter(number, day, month string) string {
	o.t.Helper()
	p := fpdf.New("P", "mm", "A4", "")
	p.SetAutoPageBreak(false, 0)
	p.AddUTF8FontFromBytes("f", "", liberationserifregular.TTF)
	p.AddUTF8FontFromBytes("f", "B", liberationserifbold.TTF)
	p.AddUTF8FontFromBytes("f", "I", liberationserifitalic.TTF)
	p.AddPage()
	at := func(mid, y float64, style string, size float64, text string) {
		p.SetFont("f", style, size)
		p.Text(mid-p.GetStringWidth(text)/2, y, text)
	}
	at(65, 25, "", 12, "ỦY BAN NHÂN DÂN TỈNH MẪU")
	at(65, 31, "B", 12, "SỞ THỬ NGHIỆM")
	at(145, 25, "B", 12, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
	at(145, 31, "B", 13, "Độc lập - Tự do - Hạnh phúc")
	at(65, 41, "", 13, "Số: "+number+"/QĐ-STN")
	at(145, 41, "I", 13, "Tỉnh Mẫu, ngày "+day+" tháng "+month+" năm 2026")
	at(110, 56, "B", 14, "QUYẾT ĐỊNH")
	at(110, 62, "B", 14, "Về việc thử nghiệm ký số văn bản điện tử")
	at(110, 74, "B", 14, "GIÁM ĐỐC SỞ THỬ NGHIỆM")
	p.SetFont("f", "", 14)
	for i, s := range []string{
		"Căn cứ chức năng, nhiệm vụ của Sở Thử nghiệm;", "Theo đề nghị của Chánh Văn phòng Sở.", "QUYẾT ĐỊNH:",
		"Điều 1. Thử nghiệm ký số văn bản điện tử trong toàn Sở.", "Điều 2. Chánh Văn phòng Sở chịu trách nhiệm thi hành Quyết định này./.",
	} {
		p.Text(38, 88+9*float64(i), s)
	}
	p.SetFont("f", "I", 12)
	p.Text(30, 150, "Nơi nhận:")
	p.SetFont("f", "", 11)
	p.Text(30, 156, "- Như Điều 2;")
	p.Text(30, 161, "- Lưu: VT, VP.")
	at(145, 150, "B", 14, "GIÁM ĐỐC")
	at(145, 190, "B", 14, "Nguyễn Văn Thử")
	path := filepath.Join(o.dir, "letter-"+strings.TrimSpace(number+day+month)+".pdf")
	if err := p.OutputFileAndClose(path); err != nil {
		o.t.Fatal(err)
	}
	return path
}

func (o *office) open(path string) *review.Document {
	o.t.Helper()
	d, err := o.reader.Open(context.Background(), path, nil)
	if err != nil {
		o.t.Fatal(path, err)
	}
	o.t.Cleanup(func() { _ = d.Close() })
	return d
}

// input is what a stamp of role carries here.
func (o *office) input(rules stamp.RuleSet, role stamp.Role) stamp.Input {
	in := stamp.Input{
		Role: role, Rules: rules, Font: o.font, Italic: o.italic, Width: geom.MM(36), Signer: "Nguyễn Văn Thử",
		Agency: "Sở Thử nghiệm", Number: "5/QĐ-STN", CopyForm: "SAO Y", Town: "Tỉnh Mẫu",
		Issued: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC), Time: time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC),
	}
	switch role {
	case stamp.Leader, stamp.Initials:
		in.Picture = o.ink
	case stamp.Seal, stamp.Digitised:
		in.Picture = o.seal
	case stamp.Attachment, stamp.Copy, stamp.Archive, stamp.Number:
	}
	return in
}

// sign puts a stamp where the rule says and signs.
func (o *office) sign(path string, in stamp.Input, who pki.Identity) (string, review.Placement) {
	o.t.Helper()
	d := o.open(path)
	if in.Role != stamp.Seal {
		in.Signer = who.Certificate.Subject.CommonName
	}
	p, err := d.Place(o.t.Context(), review.Ask{Stamp: in})
	if err != nil {
		o.t.Fatal(in.Role, err)
	}
	out := filepath.Join(o.dir, in.Role.String()+"-"+filepath.Base(path))
	reason := ""
	if in.Role == stamp.Number {
		reason = review.IssueReason(in)
	}
	_, err = (&signer.Pipeline{}).Sign(o.t.Context(), signer.Request{
		Input: path, Output: out, Overwrite: true, Field: p.SignatureField(), Appearance: p.Appearance, Reason: reason,
		Certificate: who.Certificate, Chain: o.authority.Chain(),
	}, softKey{who.Key}, nil)
	if err != nil {
		o.t.Fatal(in.Role, err)
	}
	return out, p
}

// valid fails unless all signatures of a file are.
func (o *office) valid(path string, n int) *review.Document {
	o.t.Helper()
	d := o.open(path)
	if got := len(d.Report.Signatures); got != n {
		o.t.Fatalf("%d signatures, want %d", got, n)
	}
	for _, s := range d.Report.Signatures {
		if s.Verdict == verify.Invalid || !s.Intact || s.Changes == verify.ChangesSuspicious {
			o.t.Fatalf("signature %d in %s: %v, %+v", s.N, s.Field, s.Verdict, s.Findings)
		}
	}
	return d
}

// copied is the text that a person copies out of a page, stamps included.
func copied(t *testing.T, path string) string {
	t.Helper()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		t.Skip("pdftotext is missing")
	}
	out, err := exec.Command("pdftotext", "-layout", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Number and date come into the gaps of the heading, in a signature of their
// own; the leader's stays valid, the pages stay as they are, and the message
// has them.
func TestNumberAfterTheLeader(t *testing.T) {
	o := newOffice(t)
	path := o.letter("        ", "      ", "      ")
	before := o.open(path)
	if p := before.Parts; p.Number.Text != "" || p.Number.Rect.Empty() || p.DateBlanks[0].Empty() || p.DateBlanks[1].Empty() || !p.DateBlanks[2].Empty() {
		t.Fatalf("%+v, %v", p.Number, p.DateBlanks)
	}
	led, _ := o.sign(path, o.input(stamp.TT01, stamp.Leader), o.leader)
	numbered, place := o.sign(led, o.input(stamp.TT01, stamp.Number), o.clerk)
	if !place.Sure() || place.Page != 0 || place.Field != "number" {
		t.Errorf("%+v", place)
	}
	sealed, _ := o.sign(numbered, o.input(stamp.TT01, stamp.Seal), o.agency)
	d := o.valid(sealed, 3)
	m := d.Metadata()
	if m.Number != "05" || m.Notation != "QĐ-STN" || m.Date != "2026-02-03" || m.Place != "Tỉnh Mẫu" {
		t.Errorf("%+v", m)
	}
	text := strings.Join(strings.Fields(copied(t, sealed)), " ")
	for _, want := range []string{"Số: 05 /QĐ-STN", "ngày 03 tháng 02 năm 2026"} {
		if !strings.Contains(strings.ReplaceAll(text, "05/", "05 /"), want) {
			t.Errorf("%q is not in %q", want, text)
		}
	}
	earlier, err := os.ReadFile(led)
	if err != nil {
		t.Fatal(err)
	}
	later, err := os.ReadFile(sealed)
	if err != nil || !bytes.HasPrefix(later, earlier) {
		t.Error("what the leader signed is no prefix any more")
	}
}

func TestNumberRefuses(t *testing.T) {
	o := newOffice(t)
	for name, c := range map[string]struct {
		number, day, month string
		rule               review.Rule
	}{
		"the same number and date":   {"05", "03", "02", review.RuleNumbered},
		"another number":             {"07", "  ", "  ", review.RuleNumbered},
		"another day":                {"        ", "04", "02", review.RuleNumbered},
		"number printed, date to go": {"05", "      ", "      ", 0},
		"number without room for it": {"", "03", "02", 0},
		"date printed, number to go": {"        ", "03", "02", 0},
	} {
		d := o.open(o.letter(c.number, c.day, c.month))
		p, err := d.Place(t.Context(), review.Ask{Stamp: o.input(stamp.ND30, stamp.Number)})
		rule := review.Rule(0)
		if r, ok := err.(*review.RuleError); ok {
			rule = r.Rule
		}
		if rule != c.rule || err == nil && p.Appearance == nil {
			t.Errorf("%s: %v, %+v", name, err, p)
		}
		if err == nil && strings.Contains(name, "without room") == p.Sure() {
			t.Errorf("%s: confidence %.2f", name, p.Confidence)
		}
	}
}

// A document is prepared in one go: the people who come find their fields by
// themselves, in any order of the file's, and everybody's signature holds.
func TestPrepareForAll(t *testing.T) {
	o := newOffice(t)
	path := o.letter("        ", "      ", "      ")
	d := o.open(path)
	var asks []review.SlotAsk
	for _, r := range []stamp.Role{stamp.Leader, stamp.Seal, stamp.Initials, stamp.Number} {
		in := o.input(stamp.TT01, r)
		in.Picture = nil
		asks = append(asks, review.SlotAsk{Stamp: in})
	}
	slots, err := d.Prepare(t.Context(), asks)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range slots {
		if !s.Sure() {
			t.Errorf("%s: %.2f", s.Name, s.Confidence)
		}
	}
	leader := slots[0].Shown
	if seal := slots[1].Shown; seal.X0 > leader.X0 || seal.X1 < leader.X0 {
		t.Errorf("the seal at %v, the leader at %v", seal, leader)
	}
	out := filepath.Join(o.dir, "prepared.pdf")
	_, err = signer.AddFields(t.Context(), signer.Preparation{
		Input: path, Output: out,
		Fields: d.PreparedFields(slots, review.FieldOptions{
			Rules: stamp.TT01, Lock: []stamp.Role{stamp.Leader, stamp.Seal}, Required: true,
			Tooltip: func(s review.Slot) string { return "Ô " + s.Role.String() },
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
	p := o.open(out)
	if f := p.Fields[0]; len(p.Fields) != 4 || f.Name != "leader" || f.Tooltip != "Ô leader" || f.Seed.CommonName != "Nguyễn Văn Thử" ||
		!f.Seed.Required || f.Seed.Look != "trinhky/tt01/leader" || f.Signed {
		t.Fatalf("%+v", p.Fields)
	}
	// Somebody else does not get the leader's field.
	in := o.input(stamp.TT01, stamp.Leader)
	in.Signer = "Lê Văn Khác"
	if _, err := p.Place(t.Context(), review.Ask{Stamp: in}); err == nil {
		t.Error("the leader's field was given to somebody else")
	}
	for _, step := range []struct {
		role stamp.Role
		who  pki.Identity
	}{{stamp.Initials, o.clerk}, {stamp.Leader, o.leader}, {stamp.Number, o.clerk}, {stamp.Seal, o.agency}} {
		var at review.Placement
		out, at = o.sign(out, o.input(stamp.TT01, step.role), step.who)
		if at.Field != step.role.String() || !at.Sure() {
			t.Errorf("%s signed in %q, %.2f", step.role, at.Field, at.Confidence)
		}
	}
	d = o.valid(out, 4)
	if m := d.Metadata(); m.Number != "05" || m.Date != "2026-02-03" {
		t.Errorf("%+v", m)
	}
	if err := d.LeaderSigned(o.agency.Certificate); err != nil {
		t.Error(err)
	}
}

// Every stamp's text copies out of the signed file as correct Vietnamese.
func TestStampsCopyOut(t *testing.T) {
	o := newOffice(t)
	base := o.letter("05", "03", "02")
	led, _ := o.sign(base, o.input(stamp.ND30, stamp.Leader), o.leader)
	const at = "03/02/2026; 11:05:06 +07:00"
	for _, c := range []struct {
		rules stamp.RuleSet
		role  stamp.Role
		bare  bool // without a picture
		want  []string
	}{
		{stamp.ND30, stamp.Seal, true, []string{"Sở Thử nghiệm", at}},
		{stamp.TT01, stamp.Seal, false, []string{"Sở Thử nghiệm", at}},
		{stamp.TT01, stamp.Digitised, false, []string{"Sở Thử nghiệm", at}},
		{stamp.ND30, stamp.Digitised, false, []string{"Sở Thử nghiệm; " + at}},
		{stamp.ND30, stamp.Attachment, false, []string{"Số: 05/QĐ-STN; " + at}},
		{stamp.TT01, stamp.Attachment, false, []string{"Số: 05/QĐ-STN; " + at}},
		{stamp.ND30, stamp.Copy, false, []string{"SAO Y; Sở Thử nghiệm;", at}},
		{stamp.ND30, stamp.Archive, false, []string{"BẢN SAO"}},
		{stamp.TT01, stamp.Archive, false, []string{"BẢN SAO"}},
		{stamp.ND30, stamp.Leader, true, []string{"Nguyễn Văn Thử", at}},
		{stamp.TT01, stamp.Initials, true, []string{"Trần Thị Bình"}},
	} {
		in, from, who := o.input(c.rules, c.role), base, o.agency
		if c.bare {
			in.Picture = nil
		}
		switch c.role {
		case stamp.Seal:
			from = led
		case stamp.Leader:
			who = o.leader
		case stamp.Initials:
			who = o.clerk
		case stamp.Attachment, stamp.Copy, stamp.Digitised, stamp.Archive, stamp.Number:
		}
		old := copied(t, from)
		out, _ := o.sign(from, in, who)
		text := strings.Join(strings.Fields(copied(t, out)), " ")
		for _, want := range c.want {
			if strings.Count(text, want) <= strings.Count(strings.Join(strings.Fields(old), " "), want) {
				t.Errorf("%s %s: %q does not copy out of %q", c.rules, c.role, want, text)
			}
		}
	}
}

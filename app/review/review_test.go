package review

import (
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-fonts/liberation/liberationserifregular"
	"github.com/google/go-cmp/cmp"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/stamp"
	"trinhky/signer/verify"
)

// a4 is an upright A4 page.
func a4() geom.Page { return geom.Page{MediaBox: geom.Rect{X1: geom.A4.W, Y1: geom.A4.H}} }

// mm is a rectangle in user space of an A4 page, given in millimetres from the
// top left corner.
func mm(x, y, w, h float64) geom.Rect {
	return a4().RectToUser(geom.At(geom.Point{X: geom.MM(x), Y: geom.MM(y)}, geom.Size{W: geom.MM(w), H: geom.MM(h)}))
}

// page is a fake View with one line of text on every page.
type page struct {
	pdfview.Document
	chars []pdfview.Char
	err   error
}

func (p page) Text(context.Context, int) (pdfview.Text, error) {
	return pdfview.Text{Chars: p.chars}, p.err
}

// write sets text into boxes of 3 × 5 mm.
func write(text string, x, y float64) []pdfview.Char {
	var out []pdfview.Char
	for i, r := range []rune(text) {
		out = append(out, pdfview.Char{Rune: r, Box: mm(x+3*float64(i), y, 3, 5)})
	}
	return out
}

// document has a signature block at the bottom right of its second page.
func document(confidence float64) *Document {
	return &Document{
		Path: "x.pdf", Pages: []geom.Page{a4(), a4()}, Report: &verify.Report{}, View: page{},
		now: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC),
		Parts: layout.Parts{Signers: []layout.Signer{{
			Title: layout.Part{Text: "PHÓ GIÁM ĐỐC", Page: 1, Rect: mm(120, 190, 60, 6), Confidence: 0.99},
			Name:  layout.Part{Text: "Nguyễn Văn Thử", Page: 1, Rect: mm(125, 225, 50, 6), Confidence: 0.99},
			Band:  layout.Part{Page: 1, Rect: mm(110, 196, 80, 29), Confidence: confidence},
		}}},
	}
}

// input is a stamp of role with the sample picture.
func input(t *testing.T, role stamp.Role) stamp.Input {
	t.Helper()
	font, err := signer.ParseFont(liberationserifregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	data := sample.SignatureImage()
	if role == stamp.Seal {
		if data, err = sample.SealImage("TỈNH MẪU", "SỞ"); err != nil {
			t.Fatal(err)
		}
	}
	picture, findings, err := ReadPicture(data, role)
	if err != nil || len(findings) > 0 {
		t.Fatal(err, findings)
	}
	return stamp.Input{
		Role: role, Rules: stamp.ND30, Picture: picture, Font: font, Width: geom.MM(36),
		Signer: "Nguyễn Văn Thử", Agency: "Sở Thử nghiệm", Number: "125/STN-VP", CopyForm: "SAO Y",
		Time: time.Date(2026, 11, 21, 3, 0, 0, 0, time.UTC),
	}
}

func TestPlaceLeaderBetweenTitleAndName(t *testing.T) {
	d := document(0.97)
	p, err := d.Place(t.Context(), Ask{Stamp: input(t, stamp.Leader)})
	if err != nil {
		t.Fatal(err)
	}
	s := d.Parts.Signers[0]
	if p.Page != 1 || p.How != Auto || !p.Sure() || p.Appearance == nil {
		t.Errorf("%+v", p)
	}
	if !s.Band.Rect.Inset(-0.1).Contains(p.Rect) {
		t.Errorf("%v lies outside of the band %v", p.Rect, s.Band.Rect)
	}
	if off := p.Rect.Center().X - s.Name.Rect.Center().X; off > 1 || off < -1 {
		t.Errorf("%.1f points beside the middle of the name", off)
	}
	if got := p.SignatureField(); got.Page != 1 || got.Rect != p.Rect || got.Name != "" {
		t.Errorf("%+v", got)
	}
}

func TestPlaceDecides(t *testing.T) {
	in := input(t, stamp.Leader)
	fixed := geom.At(geom.Point{X: 100, Y: 100}, geom.Size{W: 120, H: 60})
	empty := Field{Name: "Lãnh đạo", Page: 0, Rect: mm(100, 100, 50, 20)}
	for name, c := range map[string]struct {
		confidence float64
		ask        Ask
		fields     []Field
		rule       Rule
		how        How
		field      string
		unsure     bool
	}{
		"sure":            {confidence: 0.95},
		"unsure":          {confidence: 0.6, unsure: true},
		"no place":        {confidence: 0.49, rule: RuleNoPlace},
		"initials":        {confidence: 0.95, ask: Ask{Stamp: stamp.Input{Role: stamp.Initials}}, rule: RuleNoPlace},
		"only field wins": {confidence: 0.95, fields: []Field{empty}, field: "Lãnh đạo"},
		"signed field":    {confidence: 0.95, fields: []Field{{Name: "a", Signed: true, Rect: empty.Rect}}},
		"two fields":      {confidence: 0.95, fields: []Field{empty, {Name: "b", Rect: mm(10, 10, 5, 5)}}},
		"fixed":           {ask: Ask{How: Fixed, Page: 0, Shown: fixed}, how: Fixed},
		"last page":       {ask: Ask{How: Fixed, Page: -1, Shown: fixed}, how: Fixed},
		"no such page":    {ask: Ask{How: Fixed, Page: 2, Shown: fixed}, rule: RuleNoPage},
		"outside":         {ask: Ask{How: Fixed, Page: 0, Shown: fixed.Move(500, 0)}, rule: RuleOutside},
		"no size":         {ask: Ask{How: Fixed, Page: 0, Shown: geom.Rect{X0: 1, X1: 1}}, rule: RuleOutside},
		"invisible":       {ask: Ask{How: Invisible}, how: Invisible},
		"named field":     {ask: Ask{How: InField, Field: "Lãnh đạo"}, fields: []Field{empty}, how: InField, field: "Lãnh đạo"},
	} {
		t.Run(name, func(t *testing.T) {
			d := document(c.confidence)
			d.Fields = c.fields
			ask := c.ask
			if ask.Stamp.Role == stamp.Leader {
				ask.Stamp = in
			}
			p, err := d.Place(t.Context(), ask)
			var rule *RuleError
			if errors.As(err, &rule); c.rule != 0 {
				if rule == nil || rule.Rule != c.rule {
					t.Fatalf("got %v, want rule %s", err, c.rule)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if p.How != c.how || p.Field != c.field || p.Sure() == c.unsure {
				t.Errorf("%+v", p)
			}
		})
	}
}

func TestPlaceInFieldRefuses(t *testing.T) {
	d := document(0.95)
	d.Fields = []Field{{Name: "đã ký", Signed: true}, {Name: "khóa", Locked: true, Barred: signer.ForbiddenByLock}, {Name: "chỉ đọc", Locked: true, Barred: signer.ForbiddenReadOnly}}
	for field, want := range map[string]signer.Prohibition{
		"đã ký":    signer.ForbiddenFieldTaken,
		"khóa":     signer.ForbiddenByLock,
		"chỉ đọc":  signer.ForbiddenReadOnly,
		"không có": signer.ForbiddenNoSuchField,
	} {
		var forbidden *signer.ForbiddenError
		_, err := d.Place(t.Context(), Ask{How: InField, Field: field, Stamp: input(t, stamp.Leader)})
		if !errors.As(err, &forbidden) || forbidden.Rule != want {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// The shown rectangle is what was asked for, whatever the rotation.
func TestPlaceFixedOnTurnedPages(t *testing.T) {
	shown := geom.At(geom.Point{X: geom.MM(20), Y: geom.MM(30)}, geom.Size{W: geom.MM(50), H: geom.MM(25)})
	for _, turn := range []int{0, 90, 180, 270} {
		d := document(0)
		d.Pages[0].Rotate = turn
		d.Pages[0].CropBox = geom.Rect{X0: 10, Y0: 20, X1: 560, Y1: 800}
		p, err := d.Place(t.Context(), Ask{How: Fixed, Shown: shown, Stamp: input(t, stamp.Leader)})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([4]float64{20, 30, 50, 25}, MM(d.Pages[0].RectToShown(p.Rect))); diff != "" {
			t.Errorf("rotation %d: %s", turn, diff)
		}
	}
}

// The second leader's stamp goes into the block that is still free.
func TestPlaceNextSigner(t *testing.T) {
	d := document(0.95)
	first := d.Parts.Signers[0]
	second := first
	second.Band.Rect = mm(20, 196, 80, 29)
	second.Title.Rect, second.Name.Rect = mm(30, 190, 60, 6), mm(35, 225, 50, 6)
	d.Parts.Signers = append(d.Parts.Signers, second)
	d.Report.Signatures = []verify.Signature{{N: 1, Page: 2, Rect: first.Band.Rect.Inset(10), Verdict: verify.Valid}}
	p, err := d.Place(t.Context(), Ask{Stamp: input(t, stamp.Leader)})
	if err != nil {
		t.Fatal(err)
	}
	if !second.Band.Rect.Inset(-0.1).Contains(p.Rect) {
		t.Errorf("%v is not in the free band %v", p.Rect, second.Band.Rect)
	}
}

func TestSealOverTheLeadersThird(t *testing.T) {
	d := document(0.95)
	leader := mm(130, 198, 36, 20)
	d.Report.Signatures = []verify.Signature{{N: 1, Page: 2, Rect: leader, Verdict: verify.Valid}}
	p, err := d.Place(t.Context(), Ask{Stamp: input(t, stamp.Seal)})
	if err != nil {
		t.Fatal(err)
	}
	over := stamp.Overlap(d.Pages[1].RectToShown(leader), p.Shown)
	if p.Page != 1 || !p.Sure() || over < 0.32 || over > 0.35 {
		t.Errorf("covers %.2f of the leader's stamp: %+v", over, p)
	}
	if w := geom.ToMM(p.Shown.W()); w < 35.9 || w > 36.1 {
		t.Errorf("the seal is %.1f mm wide, not 36", w)
	}
	for rules, without := range map[stamp.RuleSet]bool{stamp.ND30: true, stamp.TT01: false} {
		in := input(t, stamp.Seal)
		if in.Rules = rules; d.AutoWithoutText(in) != without {
			t.Errorf("%s: the pages would be read: %v; the text under the seal keeps clear of the name", rules, without)
		}
	}
}

func TestSealNeedsALeader(t *testing.T) {
	d := document(0.95)
	if err := d.LeaderSigned(nil); !isRule(err, RuleNoLeader) {
		t.Errorf("unsigned: %v", err)
	}
	for verdict, ok := range map[verify.Verdict]bool{
		verify.Valid: true, verify.Indeterminate: true, verify.Invalid: false,
	} {
		d.Report.Signatures = []verify.Signature{{N: 1, Verdict: verdict}}
		if err := d.LeaderSigned(nil); (err == nil) != ok {
			t.Errorf("%s: %v", verdict, err)
		}
	}
	d.Report.Signatures = []verify.Signature{
		{N: 1, Verdict: verify.Valid}, {N: 2, Verdict: verify.Invalid},
	}
	if err := d.LeaderSigned(nil); !isRule(err, RuleNoLeader) {
		t.Errorf("an invalid signature beside a valid one: %v", err)
	}
	d.Report.Signatures = []verify.Signature{{N: 1, Kind: verify.DocumentTimestamp, Verdict: verify.Valid}}
	if err := d.LeaderSigned(nil); !isRule(err, RuleNoLeader) {
		t.Errorf("a timestamp is no leader: %v", err)
	}
}

func isRule(err error, r Rule) bool {
	var rule *RuleError
	return errors.As(err, &rule) && rule.Rule == r
}

func TestCornerStamp(t *testing.T) {
	in := input(t, stamp.Attachment)
	d := document(0.95)
	p, err := d.Place(t.Context(), Ask{Stamp: in})
	if err != nil {
		t.Fatal(err)
	}
	if p.Page != 0 || !p.Sure() || p.Shown.Y0 > geom.MM(20) || p.Shown.X1 > geom.A4.W || p.Shown.Center().X < geom.A4.W/2 {
		t.Errorf("%+v", p)
	}
	d.View = page{chars: write("chữ ở góc", geom.ToMM(p.Shown.X0), geom.ToMM(p.Shown.Y0))}
	if p, err = d.Place(t.Context(), Ask{Stamp: in}); err != nil || p.Sure() {
		t.Errorf("text stands there: confidence %.2f, %v", p.Confidence, err)
	}
}

func codes(list []verify.Finding) []string {
	var out []string
	for _, f := range list {
		out = append(out, f.Code)
	}
	slices.Sort(out)
	return out
}

func TestCheck(t *testing.T) {
	in := input(t, stamp.Leader)
	for name, c := range map[string]struct {
		change func(*Document)
		want   []string
	}{
		"nothing":        {func(*Document) {}, nil},
		"covers text":    {func(d *Document) { d.View = page{chars: write("Kính gửi", 132, 205)} }, []string{CoversText}},
		"text above":     {func(d *Document) { d.View = page{chars: write("Kính gửi", 132, 180)} }, nil},
		"covers motto":   {func(d *Document) { d.Parts.Motto = layout.Part{Page: 1, Rect: mm(100, 200, 80, 10)} }, []string{CoversMotto}},
		"unsure":         {func(d *Document) { d.Parts.Signers[0].Band.Confidence = 0.7 }, []string{PlaceUnsure}},
		"earlier broken": {func(d *Document) { d.Report.Signatures = []verify.Signature{{N: 1, Verdict: verify.Invalid}} }, []string{EarlierInvalid}},
		"earlier open":   {func(d *Document) { d.Report.Signatures = []verify.Signature{{N: 1, Verdict: verify.Indeterminate}} }, []string{EarlierDoubtful}},
	} {
		d := document(0.95)
		c.change(d)
		p, err := d.Place(t.Context(), Ask{Stamp: in})
		if err != nil {
			t.Fatal(name, err)
		}
		got, err := d.Check(t.Context(), p, in, nil)
		if err != nil {
			t.Fatal(name, err)
		}
		if !slices.Equal(codes(got), c.want) {
			t.Errorf("%s: %v, want %v", name, codes(got), c.want)
		}
	}
}

func TestCheckResolution(t *testing.T) {
	in := input(t, stamp.Leader)
	in.Picture = &signer.Picture{W: 100, H: 50}
	d := document(0.95)
	shown := geom.At(geom.Point{X: 100, Y: 100}, geom.Size{W: 100, H: 50})
	p, err := d.Place(t.Context(), Ask{Stamp: in, How: Fixed, Shown: shown})
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Check(t.Context(), p, in, nil)
	if err != nil || !slices.Equal(codes(got), []string{PictureCoarse}) || got[0].Args["dpi"] != "72" {
		t.Errorf("%v, %v", got, err)
	}
}

// A seal has its true size wherever it stands, unless a field is too small.
func TestCheckTrueSize(t *testing.T) {
	in := input(t, stamp.Seal)
	for _, c := range []struct {
		box  geom.Size
		want string
	}{
		{geom.Size{W: geom.MM(36), H: geom.MM(36)}, ""},
		{geom.Size{W: geom.MM(50), H: geom.MM(40)}, ""},
		{geom.Size{W: geom.MM(30), H: geom.MM(36)}, PictureNotTrue},
	} {
		d := document(0.95)
		d.Fields = []Field{{Name: "seal", Rect: d.Pages[0].RectToUser(geom.At(geom.Point{X: 100, Y: 400}, c.box))}}
		p, err := d.Place(t.Context(), Ask{Stamp: in})
		if err != nil {
			t.Fatal(err)
		}
		got, err := d.Check(t.Context(), p, in, nil)
		if err != nil || strings.Join(codes(got), " ") != c.want {
			t.Errorf("%v: %v, %v", c.box, got, err)
		}
		if c.want != "" && (got[0].Args["mm"] != "30" || got[0].Args["want"] != "36") {
			t.Errorf("%v", got[0].Args)
		}
	}
}

// What is quoted reads as the page does, also where it has no spaces of its own.
func TestQuote(t *testing.T) {
	all := func(pdfview.Char) bool { return true }
	spaced := write("Căn cứ", 10, 10)
	if got := quote(spaced, all); got != "Căn cứ" {
		t.Errorf("%q", got)
	}
	gaps := append(write("Căn", 10, 10), write("cứ", 22, 10)...) // 3 mm between them
	for i := range gaps {
		gaps[i].Size = 13
	}
	lines := append(gaps, pdfview.Char{Rune: 'L', Size: 13, Box: mm(10, 20, 3, 5), Base: geom.Point{Y: -40}})
	if got := quote(lines, all); got != "Căn cứ L" {
		t.Errorf("%q", got)
	}
	some := quote(spaced, func(c pdfview.Char) bool { return c.Rune != 'n' })
	if some != "Că cứ" {
		t.Errorf("%q", some)
	}
	long := write(strings.Repeat("chữ ", 40), 10, 10)
	if got := []rune(quote(long, all)); got[len(got)-1] != '…' || len(got) > 2*longestQuote {
		t.Errorf("%q", string(got))
	}
}

func TestFindingsOfPagesAndParts(t *testing.T) {
	d := document(0.95)
	if f := d.pageFindings(); f != nil {
		t.Errorf("A4: %v", f)
	}
	d.Pages[1].Rotate = 90 // landscape is A4 too
	if f := d.pageFindings(); f != nil {
		t.Errorf("A4 landscape: %v", f)
	}
	d.Pages[1].MediaBox.X1 = 612
	if f := d.pageFindings(); len(f) != 1 || f[0].Code != PageNotA4 || f[0].Page != 2 {
		t.Errorf("letter: %v", f)
	}
	d.Parts.Day, d.Parts.Month, d.Parts.Year = 21, 11, 2026
	if f := d.partFindings(); f != nil {
		t.Errorf("today: %v", f)
	}
	d.Parts.Day = 22
	d.Parts.Secrecy = layout.Part{Text: "MẬT"}
	d.PartsErr = errors.New("x")
	if got := codes(d.partFindings()); !slices.Equal(got, []string{DateInFuture, PartsUnreadable, SecrecyMark}) {
		t.Errorf("%v", got)
	}
	if !isRule(d.Secret(), RuleSecret) {
		t.Error("a secrecy mark does not forbid")
	}
}

// filled is a picture of one colour on a background.
func filled(ink, ground [4]uint8) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, 60, 60))
	for i := 0; i < len(img.Pix); i += 4 {
		c := ground
		if i%240 < 80 {
			c = ink
		}
		copy(img.Pix[i:], c[:])
	}
	return img
}

func TestPictureFindings(t *testing.T) {
	clear := [4]uint8{255, 255, 255, 0}
	white := [4]uint8{255, 255, 255, 255}
	blue, red, black := [4]uint8{20, 40, 160, 255}, [4]uint8{210, 30, 30, 255}, [4]uint8{10, 10, 10, 255}
	for name, c := range map[string]struct {
		img  image.Image
		role stamp.Role
		want []string
	}{
		"blue signature":     {filled(blue, clear), stamp.Leader, nil},
		"black signature":    {filled(black, clear), stamp.Leader, []string{PictureHue}},
		"red signature":      {filled(red, clear), stamp.Leader, []string{PictureHue}},
		"red seal":           {filled(red, clear), stamp.Seal, nil},
		"blue seal":          {filled(blue, clear), stamp.Seal, []string{PictureHue}},
		"white background":   {filled(blue, white), stamp.Leader, []string{PictureOpaque}},
		"nothing to see":     {filled(clear, clear), stamp.Leader, []string{PictureHue}},
		"copies show no ink": {filled(black, clear), stamp.Copy, nil},
	} {
		if got := codes(pictureFindings(c.img, c.role)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestMetadata(t *testing.T) {
	d := document(0.95)
	d.Parts.Number = layout.Part{Text: "125", Confidence: 0.99}
	d.Parts.Notation = layout.Part{Text: "STN-VP", Confidence: 0.99}
	d.Parts.Type = layout.Part{Text: "Công văn", Confidence: 0.8}
	d.Parts.Subject = layout.Part{Text: "Về việc thử", Confidence: 0.95}
	d.Parts.Date = layout.Part{Text: "ngày 05 tháng 01 năm 2026", Confidence: 0.6}
	d.Parts.Day, d.Parts.Month, d.Parts.Year = 5, 1, 2026
	d.Parts.Urgency = layout.Part{Text: "THƯỢNG KHẨN"}
	m := d.Metadata()
	if m.Number != "125" || m.Date != "2026-01-05" || m.Priority != 2 || m.Pages != 2 || m.Signer != "Nguyễn Văn Thử" || m.Place != "" {
		t.Errorf("%+v", m)
	}
	if !slices.Equal(m.Guessed, []string{"date", "type"}) {
		t.Errorf("guessed %v", m.Guessed)
	}
	for mark, want := range map[string]int{"": 0, "KHẨN": 1, "Hỏa tốc": 3, "HOẢ TỐC HẸN GIỜ": 4} {
		if got := priority(mark); got != want {
			t.Errorf("%q: %d, want %d", mark, got, want)
		}
	}
}

func TestCheckOutput(t *testing.T) {
	dir := t.TempDir()
	in, there := filepath.Join(dir, "vào.pdf"), filepath.Join(dir, "có rồi.pdf")
	for _, p := range []string{in, there} {
		if err := os.WriteFile(p, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(dir, "link.pdf")
	if err := os.Symlink(in, link); err != nil {
		t.Skip("no links here")
	}
	if err := CheckOutput(in, filepath.Join(dir, "ra.pdf"), false, 1); err != nil {
		t.Error(err)
	}
	if err := CheckOutput(in, there, false, 1); !errors.Is(err, signer.ErrExists) {
		t.Errorf("existing: %v", err)
	}
	if err := CheckOutput(in, there, true, 1); err != nil {
		t.Errorf("overwrite: %v", err)
	}
	for _, out := range []string{in, link} {
		if err := CheckOutput(in, out, true, 1); !isRule(err, RuleOutput) {
			t.Errorf("%s: %v", out, err)
		}
	}
	if err := CheckOutput(in, filepath.Join(dir, "không có", "ra.pdf"), false, 1); !isRule(err, RuleNoFolder) {
		t.Errorf("no folder: %v", err)
	}
	var space *SpaceError
	if err := CheckOutput(in, filepath.Join(dir, "ra.pdf"), false, 1<<60); !errors.As(err, &space) {
		t.Errorf("an exabyte: %v", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("the check left something behind: %v", entries)
	}
}

func TestInspected(t *testing.T) {
	d := document(0.95)
	d.Parts.Agency = layout.Part{Text: "SỞ THỬ NGHIỆM", Rect: mm(20, 20, 60, 6), Confidence: 0.987654}
	d.Fields = []Field{{Name: "a", Page: 1, Rect: mm(10, 20, 30, 40)}, {Name: "b", Page: -1}}
	v := d.Inspected(func(f verify.Finding) string { return f.Code })
	if v.Parts.Agency == nil || v.Parts.Agency.Page != 1 || v.Parts.Agency.Confidence != 0.99 || v.Parts.Number != nil {
		t.Errorf("%+v", v.Parts)
	}
	if v.SignatureBlock == nil || v.SignatureBlock.Page != 2 || v.SignatureBlock.RectMM != [4]float64{110, 196, 80, 29} {
		t.Errorf("%+v", v.SignatureBlock)
	}
	if *v.Fields[0].RectMM != [4]float64{10, 20, 30, 40} || v.Fields[1].RectMM != nil || v.Fields[1].Page != 0 {
		t.Errorf("%+v", v.Fields)
	}
	d.Parts.Signers[0].Band.Confidence = 0.3
	if v = d.Inspected(func(verify.Finding) string { return "" }); v.SignatureBlock != nil {
		t.Error("a place below the threshold was told")
	}
}

func TestErrorsNameTheirRule(t *testing.T) {
	for _, r := range Rules() {
		if s := (&RuleError{Rule: r, Err: errors.New("cause")}).Error(); !strings.Contains(s, r.String()) || !strings.Contains(s, "cause") {
			t.Errorf("%d: %s", r, s)
		}
	}
}

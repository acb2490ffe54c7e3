package layout

import (
	"strings"
	"testing"
)

// Habits of offices that none of the generators has.

// A guide shows in its body how a block looks; the text goes on under it.
func TestExampleInTheBody(t *testing.T) {
	line := "Cơ quan ban hành văn bản chịu trách nhiệm về thể thức, kỹ thuật trình"
	shows := func(after int) *typed {
		p := a4().heading("Số: 1/A-B").at(70, 200, "l", line).signed(420, 230, "Nguyễn Văn Mẫu", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH")
		for i := range after {
			p.at(70, 360+18*float64(i), "l", line)
		}
		return p
	}
	for _, c := range []struct {
		pages []*typed
		name  string
		sure  bool
	}{
		{[]*typed{shows(0)}, "Nguyễn Văn Mẫu", true},
		{[]*typed{shows(8)}, "Nguyễn Văn Mẫu", false},
		{[]*typed{shows(8), a4().signing(200, "Trần Thị Thật", "GIÁM ĐỐC")}, "Trần Thị Thật", true},
		{[]*typed{shows(0).at(70, 360, "lb", "PHỤ LỤC").at(70, 380, "l", line).at(70, 400, "l", line).at(70, 420, "l", line)}, "Nguyễn Văn Mẫu", true},
	} {
		got := find(t, c.pages...)
		if len(got.Signers) == 0 || got.Signers[0].Name.Text != c.name || got.Signers[0].Band.Confidence >= 0.9 != c.sure {
			t.Errorf("%d pages: %+v", len(c.pages), got.Signers)
		}
	}
}

// Beside a leader others sign with words that are no title of their own; both
// places are possible then and none is sure until it is known who signs.
func TestSecondSigner(t *testing.T) {
	for _, second := range []string{"NGƯỜI GHI BIÊN BẢN", "NGƯỜI LẬP BÁO CÁO", "NGƯỜI ĐƯỢC ỦY QUYỀN"} {
		got := find(t, a4().heading("Số: 1/A-B").signed(150, 500, "Trần Thị Hai", second).signed(420, 500, "Nguyễn Văn Thử", "CHỦ TỌA"))
		if len(got.Signers) != 2 {
			t.Errorf("%s: %+v", second, got.Signers)
			continue
		}
		for _, s := range got.Signers {
			if s.Band.Confidence < 0.5 || s.Band.Confidence >= 0.9 {
				t.Errorf("%s: %q at %.2f", second, s.Name.Text, s.Band.Confidence)
			}
		}
		if s := got.Whose(Who{Name: "Nguyễn Văn Thử"}).Signers[0]; s.Band.Confidence < 0.9 || s.Title.Text != "CHỦ TỌA" {
			t.Errorf("%s: known, %+v", second, s)
		}
	}
}

// The rank of an officer stands on a line of its own above the name; the
// signature goes above it.
func TestRankOnItsOwnLine(t *testing.T) {
	for _, rank := range []string{"Thượng tá", "ĐẠI TÁ", "Trung tá, ThS."} {
		p := a4().heading("Số: 1/A-B").at(70, 500, "lb", "Nơi nhận:").at(70, 515, "l", "- Lưu: VT.").
			at(420, 500, "b", "TRƯỞNG CÔNG AN XÃ").at(420, 584, "b", rank).at(420, 600, "b", "Trần Quốc Bảo")
		got := find(t, p)
		if len(got.Signers) != 1 || got.Signers[0].Name.Text != "Trần Quốc Bảo" || got.Signers[0].Title.Text != "TRƯỞNG CÔNG AN XÃ" ||
			got.Signers[0].Band.Confidence < 0.9 {
			t.Errorf("%s: %+v", rank, got.Signers)
			continue
		}
		if lower := p.page.RectToShown(got.Signers[0].Band.Rect).Y1; lower > 574 {
			t.Errorf("%s: the band ends at %.1f, over the rank", rank, lower)
		}
	}
}

// What else stands over and under an agency's name is no part of it.
func TestAgencyAlone(t *testing.T) {
	p := a4().at(70, 40, "l", "Ký bởi: Sở Thử nghiệm").at(70, 54, "l", "Ngày ký: 20-11-2026 09:12:45 +07:00").
		at(150, 80, "", "UBND TỈNH MẪU").at(150, 96, "b", "SỞ THỬ NGHIỆM").at(150, 108, "", "12 đường Lê Lợi, phường Một").
		at(150, 118, "", "ĐT: 0251.3822222").at(410, 80, "b", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM").at(150, 134, "", "Số: 1/A-B")
	if got := find(t, p); got.Agency.Text != "SỞ THỬ NGHIỆM" || got.Parent.Text != "UBND TỈNH MẪU" {
		t.Errorf("%q, %q", got.Parent.Text, got.Agency.Text)
	}
}

// A subject broken at the hyphen of a notation goes on; a rule typed with
// letters under the type is no subject.
func TestSubjectAroundMarks(t *testing.T) {
	body := "Thực hiện kế hoạch của Ủy ban nhân dân tỉnh về việc đã nêu ở trên, nay báo cáo"
	for want, lines := range map[string]string{
		"Về thay thế Nghị định số 30/2020/NĐ-CP": "b|Về thay thế Nghị định số 30/2020/NĐ-¦b|CP¦|" + body,
		"Về bầu cử đại biểu Quốc hội khóa XVI":   "b|Về bầu cử đại biểu Quốc hội khóa¦b|XVI¦|" + body,
		"Về thực hiện Nghị quyết số 66-NQ/TW":    "b|Về thực hiện Nghị quyết số 66-NQ/¦b|TW¦|" + body,
		"":                     "b|__________¦|" + body,
		"Về việc cử công chức": "b|Về việc cử công chức¦b|_______¦|" + body,
	} {
		p := a4().heading("Số: 1/QĐ-A").at(297, 180, "b", "QUYẾT ĐỊNH")
		for i, l := range strings.Split(lines, "¦") {
			style, text, _ := strings.Cut(l, "|")
			p.at(297, 198+18*float64(i), style, text)
		}
		if got := find(t, p); got.Subject.Text != want {
			t.Errorf("%s: %q", lines, got.Subject.Text)
		}
	}
}

// A narrow column breaks a long notation.
func TestBrokenNotation(t *testing.T) {
	p := a4().at(150, 80, "", "TỈNH MẪU").at(150, 96, "b", "XÃ THỬ NGHIỆM").at(420, 80, "b", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM").
		at(80, 124, "l", "Số: 12/NQLT-HĐND-UBND-").at(150, 140, "", "UBMTTQ").at(420, 124, "", "Mẫu, ngày 05 tháng 3 năm 2026").
		at(297, 180, "b", "NGHỊ QUYẾT LIÊN TỊCH").at(297, 198, "b", "Về quy chế phối hợp công tác")
	got := find(t, p)
	if got.Number.Text != "12" || got.Notation.Text != "NQLT-HĐND-UBND-UBMTTQ" || got.Place.Text != "Mẫu" || got.Day != 5 {
		t.Errorf("%q, %q, %q, %q", got.Number.Text, got.Notation.Text, got.Place.Text, got.Date.Text)
	}
	if got.Type.Text != "NGHỊ QUYẾT LIÊN TỊCH" || got.Subject.Text != "Về quy chế phối hợp công tác" {
		t.Errorf("%q, %q", got.Type.Text, got.Subject.Text)
	}
}

// A subject in ordinary letters ends before a body of one line that fills the
// page's width, and so has its middle in the middle.
func TestSubjectBeforeShortBody(t *testing.T) {
	p := a4().heading("Số: 05/BC-PM").at(297, 180, "b", "BÁO CÁO").at(297, 196, "", "Về kết quả thử nghiệm").
		at(297, 224, "", "Thực hiện kế hoạch, phòng báo cáo kết quả như sau. Công việc đã hoàn thành đúng hạn.")
	if got := find(t, p); got.Subject.Text != "Về kết quả thử nghiệm" {
		t.Errorf("%q", got.Subject.Text)
	}
}

// What an inspection ends with has a name of two words more.
func TestInspectionConclusion(t *testing.T) {
	p := a4().heading("Số: 16/KL-TTr").at(297, 180, "b", "KẾT LUẬN THANH TRA").at(297, 198, "b", "Về việc tiếp công dân")
	if got := find(t, p); got.Type.Text != "KẾT LUẬN THANH TRA" || got.Subject.Text != "Về việc tiếp công dân" {
		t.Errorf("%q, %q", got.Type.Text, got.Subject.Text)
	}
}

// Notes between title and name, and a list that reaches close to the name, take
// nothing from the band.
func TestBandWithNeighbours(t *testing.T) {
	for _, hint := range []string{"", "(Ký điện tử)", "(Đã ký)", "(Họ và tên, chữ ký)"} {
		p := a4().heading("Số: 1/A-B").at(70, 500, "lb", "Nơi nhận:").at(420, 500, "b", "GIÁM ĐỐC").
			at(70, 516, "l", "- Như trên;").at(70, 532, "l", "- Chủ tịch, các Phó Chủ tịch xã (báo cáo);")
		if hint != "" {
			p.at(420, 516, "", hint)
		}
		got := find(t, p.at(420, 584, "b", "Nguyễn Thị Hoàng Lan Anh"))
		if len(got.Signers) != 1 || got.Signers[0].Title.Text != "GIÁM ĐỐC" || got.Signers[0].Band.Confidence < 0.9 {
			t.Errorf("%q: %+v", hint, got.Signers)
			continue
		}
		if upper := p.page.RectToShown(got.Signers[0].Band.Rect).Y0; upper > 512 {
			t.Errorf("%q: the band begins at %.1f, under the title's line", hint, upper)
		}
	}
}

package layout

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"trinhky/pdfview/geom"
)

func TestNumberForms(t *testing.T) {
	for line, want := range map[string][2]string{
		"Số: 125/SG-VP":           {"125", "SG-VP"},
		"Số: 05/BC-UBND":          {"05", "BC-UBND"},
		"Số: 05 /BC-UBND":         {"05", "BC-UBND"},
		"Số:        /QĐ-UBND":     {"", "QĐ-UBND"},
		"Số: ....../QĐ-UBND":      {"", "QĐ-UBND"},
		"Số: 30/2020/NĐ-CP":       {"30", "2020/NĐ-CP"},
		"Luật số: 20/2023/QH15":   {"20", "2023/QH15"},
		"Số 15-QĐ/TW":             {"15", "QĐ/TW"},
		"Số: 7 - CV/VPTU":         {"7", "CV/VPTU"},
		"Số: 1234/UBND - KGVX":    {"1234", "UBND - KGVX"},
		"Số: 12a/TB-HĐQT":         {"12a", "TB-HĐQT"},
		"Số: 77/EVN-KD+KT":        {"77", "EVN-KD+KT"},
		"Số hiệu tài khoản 12345": {"", ""},

		"Nghị quyết số: 203/2025/QH15":     {"203", "2025/QH15"},
		"Nghị quyết số: 57/NQ-TW quy định": {"", ""},
	} {
		for _, style := range []string{"", "d"} {
			p := a4().at(150, 80, "b", "SỞ THỬ NGHIỆM").at(410, 80, "b", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM").at(150, 124, style, line)
			got := find(t, p)
			if got.Number.Text != want[0] || got.Notation.Text != want[1] {
				t.Errorf("%q %s: %q and %q, want %q", line, style, got.Number.Text, got.Notation.Text, want)
			}
			if want[1] != "" && (got.Number.Rect.Empty() || got.Number.Rect.X1 > got.Notation.Rect.X0) {
				t.Errorf("%q %s: no room for the number: %v", line, style, got.Number.Rect)
			}
		}
	}
}

func TestDateForms(t *testing.T) {
	for line, want := range map[string]struct {
		place, date      string
		day, month, year int
	}{
		"Tỉnh Mẫu, ngày 05 tháng 3 năm 2026":         {"Tỉnh Mẫu", "ngày 05 tháng 3 năm 2026", 5, 3, 2026},
		"Hà Nội, ngày ... tháng 3 năm 2026":          {"Hà Nội", "ngày ... tháng 3 năm 2026", 0, 3, 2026},
		"TP. Hồ Chí Minh, ngày    tháng    năm 2026": {"TP. Hồ Chí Minh", "ngày tháng năm 2026", 0, 0, 2026},
		"Ngày 1 tháng 12 năm 2026":                   {"", "Ngày 1 tháng 12 năm 2026", 1, 12, 2026},
		"Tỉnh Mẫu, ngày mai":                         {"", "", 0, 0, 0},
	} {
		p := a4().at(150, 80, "b", "SỞ THỬ NGHIỆM").at(410, 80, "b", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM").
			at(150, 124, "", "Số: 1/A-B").at(410, 124, "", line)
		got := find(t, p)
		if got.Place.Text != want.place || got.Date.Text != want.date || got.Day != want.day || got.Month != want.month || got.Year != want.year {
			t.Errorf("%q: %q, %q, %d %d %d", line, got.Place.Text, got.Date.Text, got.Day, got.Month, got.Year)
		}
	}
}

// The block with every kind of authority, and how it is divided.
func TestAuthority(t *testing.T) {
	for _, c := range []struct {
		lines            []string
		authority, title string
	}{
		{[]string{"GIÁM ĐỐC"}, "", "GIÁM ĐỐC"},
		{[]string{"KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"}, "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"},
		{[]string{"TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"}, "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"},
		{[]string{"TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"}, "TM. ỦY BAN NHÂN DÂN KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"},
		{[]string{"TM. ỦY BAN NHÂN DÂN", "THÀNH PHỐ MẪU", "CHỦ TỊCH"}, "TM. ỦY BAN NHÂN DÂN THÀNH PHỐ MẪU", "CHỦ TỊCH"},
		{[]string{"TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"}, "TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"},
		{[]string{"TL. BỘ TRƯỞNG", "KT. CHÁNH VĂN PHÒNG", "PHÓ CHÁNH VĂN PHÒNG"}, "TL. BỘ TRƯỞNG KT. CHÁNH VĂN PHÒNG", "PHÓ CHÁNH VĂN PHÒNG"},
		{[]string{"TUQ. GIÁM ĐỐC", "TRƯỞNG PHÒNG TỔNG HỢP"}, "TUQ. GIÁM ĐỐC", "TRƯỞNG PHÒNG TỔNG HỢP"},
		{[]string{"Q. GIÁM ĐỐC"}, "", "Q. GIÁM ĐỐC"},
		{[]string{"TM. BAN THƯỜNG VỤ", "PHÓ BÍ THƯ"}, "TM. BAN THƯỜNG VỤ", "PHÓ BÍ THƯ"},
	} {
		for _, style := range []string{"", "d"} {
			p := a4().heading("Số: 1/A-B")
			p.at(70, 400, "lb"+style, "Nơi nhận:").at(70, 415, "l"+style, "- Lưu: VT.")
			y := 400.0
			for _, l := range c.lines {
				p.at(420, y, "b"+style, l)
				y += 16
			}
			got := find(t, p.at(420, y+70, "b"+style, "Nguyễn Văn Thử"))
			if len(got.Signers) != 1 {
				t.Errorf("%q: %d signers", c.lines, len(got.Signers))
				continue
			}
			s := got.Signers[0]
			if s.Authority.Text != c.authority || s.Title.Text != c.title || s.Name.Text != "Nguyễn Văn Thử" || s.Band.Confidence < 0.9 {
				t.Errorf("%q: %q, %q, %q at %.2f", c.lines, s.Authority.Text, s.Title.Text, s.Name.Text, s.Band.Confidence)
			}
		}
	}
}

// How sure the place is in documents of many kinds.
func TestConfidence(t *testing.T) {
	const yes, unsure, no = 2, 1, 0
	for name, c := range map[string]struct {
		pages []*typed
		want  int
	}{
		"whole":              {[]*typed{a4().heading("Số: 1/A-B").signing(500, "Nguyễn Văn Thử", "GIÁM ĐỐC")}, yes},
		"rank before name":   {[]*typed{a4().heading("Số: 1/A-B").signing(500, "Đại tá Nguyễn Văn Thử", "GIÁM ĐỐC")}, yes},
		"degree before name": {[]*typed{a4().heading("Số: 1/A-B").signing(500, "PGS.TS. Nguyễn Văn Thử", "HIỆU TRƯỞNG")}, yes},
		"name in capitals":   {[]*typed{a4().heading("Số: 1/A-B").signing(500, "NGUYỄN VĂN THỬ", "GIÁM ĐỐC")}, yes},
		"highland name":      {[]*typed{a4().heading("Số: 1/A-B").signing(500, "H'Yim Kđoh", "CHỦ TỊCH")}, yes},
		"on a second page":   {[]*typed{a4().heading("Số: 1/A-B"), a4().signing(100, "Nguyễn Văn Thử", "GIÁM ĐỐC")}, yes},
		"no «Nơi nhận»":      {[]*typed{a4().heading("Số: 1/A-B").signed(420, 500, "Nguyễn Văn Thử", "GIÁM ĐỐC")}, yes},
		"no «Nơi nhận», unknown title": {
			[]*typed{a4().heading("Số: 1/A-B").signed(420, 500, "Nguyễn Văn Thử", "NGƯỜI GIỮ KHO")}, no,
		},
		"no heading":   {[]*typed{a4().signing(500, "Nguyễn Văn Thử", "GIÁM ĐỐC")}, no},
		"no number":    {[]*typed{a4().heading("").signing(500, "Nguyễn Văn Thử", "GIÁM ĐỐC")}, unsure},
		"no name":      {[]*typed{a4().heading("Số: 1/A-B").signing(500, "", "GIÁM ĐỐC")}, no},
		"no room":      {[]*typed{a4().heading("Số: 1/A-B").at(420, 500, "b", "GIÁM ĐỐC").at(420, 530, "b", "Nguyễn Văn Thử")}, no},
		"on the left":  {[]*typed{a4().heading("Số: 1/A-B").signed(150, 500, "Nguyễn Văn Thử", "GIÁM ĐỐC")}, unsure},
		"two signers":  {[]*typed{a4().heading("Số: 1/A-B").signed(150, 500, "Trần Văn Hai", "CHỦ TỊCH").signed(420, 500, "Nguyễn Văn Thử", "GIÁM ĐỐC")}, unsure},
		"of a company": {[]*typed{a4().at(150, 96, "b", "CÔNG TY MẪU").at(150, 124, "", "Số: 1/A-B").at(410, 124, "", "Hà Nội, ngày 5 tháng 3 năm 2026").signing(500, "Nguyễn Văn Thử", "TỔNG GIÁM ĐỐC")}, yes},
		"contract": {[]*typed{a4().heading("Số: 1/HĐ-A").at(297, 170, "b", "HỢP ĐỒNG KINH TẾ").
			signed(150, 500, "Trần Văn Hai", "ĐẠI DIỆN BÊN A").signed(420, 500, "Nguyễn Văn Thử", "ĐẠI DIỆN BÊN B")}, no},
		"two blocks": {[]*typed{a4().heading("Số: 1/A-B").signed(420, 300, "Lê Văn Giả", "CHỦ TỊCH").at(70, 300, "lb", "Nơi nhận:").
			signing(600, "Nguyễn Văn Thử", "GIÁM ĐỐC")}, unsure},
		"empty": {[]*typed{a4()}, no},
	} {
		got := find(t, c.pages...)
		level := no
		if len(got.Signers) > 0 {
			switch conf := got.Signers[0].Band.Confidence; {
			case conf >= 0.9:
				level = yes
			case conf >= 0.5:
				level = unsure
			}
		}
		if level != c.want {
			t.Errorf("%s: level %d, want %d: %+v", name, level, c.want, got.Signers)
		}
	}
}

// A form behind the document has a block like its own; the document's own is
// the one that counts.
func TestFormBehindTheDocument(t *testing.T) {
	own := a4().heading("Số: 1/A-B").signing(500, "Nguyễn Văn Thử", "GIÁM ĐỐC")
	form := func() *typed { return a4().heading("Số: .../...").signing(500, "Trần Văn Mẫu", "CHỦ TỊCH") }
	annex := func() *typed {
		return a4().at(297, 80, "b", "PHỤ LỤC II").signing(500, "Trần Văn Mẫu", "CHỦ TỊCH")
	}
	empty := func() *typed { return a4().at(80, 300, "l", "Nội dung của phụ lục kèm theo văn bản này.") }
	for name, pages := range map[string][]*typed{
		"form":        {own, form()},
		"annex":       {own, annex()},
		"annex later": {own, empty(), annex(), empty()},
		"table":       {own, a4().at(450, 70, "", "Phụ biểu 01").signed(150, 500, "Đinh Thị Lan", "KẾ TOÁN TRƯỞNG").signed(420, 500, "Trần Văn Mẫu", "CHỦ TỊCH")},
		"many pages":  {own, empty(), empty(), empty(), form()},
	} {
		got := find(t, pages...)
		if len(got.Signers) != 1 || got.Signers[0].Name.Text != "Nguyễn Văn Thử" {
			t.Errorf("%s: %+v", name, got.Signers)
		}
	}
	if got := find(t, a4().heading("Số: 1/A-B"), form()); len(got.Signers) != 1 || got.Signers[0].Band.Confidence >= 0.9 {
		t.Errorf("a form alone: %+v", got.Signers)
	}
}

// White text on white is not read at all.
func TestWhiteText(t *testing.T) {
	p := a4().heading("Số: 1/A-B").at(420, 300, "bw", "CHỦ TỊCH").at(420, 370, "bw", "Lê Văn Giả").signing(600, "Nguyễn Văn Thử", "GIÁM ĐỐC")
	got := find(t, p)
	if len(got.Signers) != 1 || got.Signers[0].Name.Text != "Nguyễn Văn Thử" || got.Signers[0].Band.Confidence < 0.9 {
		t.Errorf("%+v", got.Signers)
	}
}

// A block that is not painted is never sure.
func TestInvisibleText(t *testing.T) {
	p := a4().heading("Số: 1/A-B").at(70, 500, "li", "Nơi nhận:").at(70, 515, "li", "- Lưu: VT.").
		at(420, 500, "bi", "GIÁM ĐỐC").at(420, 570, "bi", "Nguyễn Văn Thử")
	got := find(t, p)
	if len(got.Signers) != 1 || got.Signers[0].Band.Confidence >= 0.9 || got.Signers[0].Band.Confidence < 0.5 {
		t.Errorf("%+v", got.Signers)
	}
}

// The subject of a named type: bold or not, to where the body begins.
func TestSubject(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string // style, "|", text; under the type
		want  string
	}{
		"bold":       {[]string{"b|Về việc kiện toàn Ban Chỉ đạo", "|Căn cứ Luật"}, "Về việc kiện toàn Ban Chỉ đạo"},
		"two lines":  {[]string{"b|Kết quả thực hiện nhiệm vụ", "b|6 tháng đầu năm 2026", "|Thực hiện kế hoạch của tỉnh về việc đã nêu ở trên, nay báo cáo"}, "Kết quả thực hiện nhiệm vụ 6 tháng đầu năm 2026"},
		"not bold":   {[]string{"|Kết quả thực hiện nhiệm vụ"}, "Kết quả thực hiện nhiệm vụ"},
		"none":       {[]string{"|Thực hiện kế hoạch của Ủy ban nhân dân tỉnh về việc đã nêu ở trên, nay báo cáo"}, ""},
		"issuer":     {[]string{"b|Về việc cử công chức", "b|GIÁM ĐỐC SỞ THỬ NGHIỆM"}, "Về việc cử công chức"},
		"addressees": {[]string{"b|Về việc cử công chức", "|Kính gửi: Ủy ban nhân dân tỉnh"}, "Về việc cử công chức"},
	} {
		p := a4().heading("Số: 1/QĐ-A").at(297, 180, "b", "QUYẾT ĐỊNH")
		for i, l := range c.lines {
			style, text, _ := strings.Cut(l, "|")
			p.at(297, 198+18*float64(i), style, text)
		}
		p.at(80, 300, "l", "Đề nghị các đơn vị khẩn trương thực hiện, báo cáo kết quả trước ngày 30 này.")
		if got := find(t, p); got.Type.Text != "QUYẾT ĐỊNH" || got.Subject.Text != c.want {
			t.Errorf("%s: %q, %q", name, got.Type.Text, got.Subject.Text)
		}
	}
}

// The place is the same, as the reader sees it, on turned and cropped pages and
// with another unit.
func TestTurnedPages(t *testing.T) {
	var want geom.Rect
	for i, page := range []geom.Page{
		{MediaBox: geom.Rect{X1: 595, Y1: 842}},
		{MediaBox: geom.Rect{X1: 842, Y1: 595}, Rotate: 90},
		{MediaBox: geom.Rect{X1: 595, Y1: 842}, Rotate: 180},
		{MediaBox: geom.Rect{X1: 842, Y1: 595}, Rotate: 270},
		{MediaBox: geom.Rect{X0: -50, Y0: -60, X1: 700, Y1: 900}, CropBox: geom.Rect{X0: 10, Y0: 20, X1: 605, Y1: 862}},
		{MediaBox: geom.Rect{X1: 297.5, Y1: 421}, UserUnit: 2},
	} {
		p := (&typed{page: page}).heading("Số: 1/A-B").signing(500, "Nguyễn Văn Thử", "GIÁM ĐỐC")
		got := find(t, p)
		if len(got.Signers) != 1 || got.Signers[0].Band.Confidence < 0.9 {
			t.Fatalf("page %d: %+v", i, got.Signers)
		}
		shown := page.RectToShown(got.Signers[0].Band.Rect)
		if i == 0 {
			want = shown
		}
		if d := shown.Intersect(want); d.W() < want.W()-0.01 || d.H() < want.H()-0.01 || shown.W() > want.W()+0.01 || shown.H() > want.H()+0.01 {
			t.Errorf("page %d: %v, want %v", i, shown, want)
		}
	}
}

// The last line of the body is where initials go.
func TestLastLine(t *testing.T) {
	p := a4().heading("Số: 1/A-B").at(80, 300, "l", "Đề nghị các đơn vị khẩn trương thực hiện, báo cáo kết quả trước").
		at(70, 316, "l", "ngày 30 hằng tháng./.").signing(350, "Nguyễn Văn Thử", "GIÁM ĐỐC")
	got := find(t, p)
	if got.LastLine.Text != "ngày 30 hằng tháng./." || got.LastLine.Rect.X0 > 75 {
		t.Errorf("%+v", got.LastLine)
	}
}

func TestMarks(t *testing.T) {
	for word, want := range map[string][2]string{
		"KHẨN": {"KHẨN", ""}, "THƯỢNG KHẨN": {"THƯỢNG KHẨN", ""}, "HỎA TỐC": {"HỎA TỐC", ""}, "HOẢ TỐC": {"HOẢ TỐC", ""},
		"HỎA TỐC HẸN GIỜ": {"HỎA TỐC HẸN GIỜ", ""},
		"MẬT":             {"", "MẬT"}, "TỐI MẬT": {"", "TỐI MẬT"}, "TUYỆT MẬT": {"", "TUYỆT MẬT"},
		"MẶT": {}, "Mật": {}, "MẬT ONG": {}, "KHẨN TRƯƠNG": {},
	} {
		got := find(t, a4().heading("Số: 1/A-B").at(120, 200, "bd", word))
		if got.Urgency.Text != want[0] || got.Secrecy.Text != want[1] {
			t.Errorf("%s: %q, %q", word, got.Urgency.Text, got.Secrecy.Text)
		}
	}
}

func TestPartyHeading(t *testing.T) {
	p := a4().at(150, 80, "", "TỈNH ỦY MẪU").at(150, 96, "b", "VĂN PHÒNG").at(150, 110, "", "*").
		at(410, 80, "b", "ĐẢNG CỘNG SẢN VIỆT NAM").at(150, 126, "", "Số 15-CV/VPTU").at(410, 126, "", "Mẫu, ngày 05 tháng 3 năm 2026").
		signing(500, "Nguyễn Văn Thử", "CHÁNH VĂN PHÒNG")
	got := find(t, p)
	if got.Parent.Text != "TỈNH ỦY MẪU" || got.Agency.Text != "VĂN PHÒNG" || got.Number.Text != "15" || got.Notation.Text != "CV/VPTU" ||
		got.Place.Text != "Mẫu" || got.Motto.Text != "ĐẢNG CỘNG SẢN VIỆT NAM" {
		t.Errorf("%+v", got)
	}
	if len(got.Signers) != 1 || got.Signers[0].Band.Confidence < 0.9 {
		t.Errorf("%+v", got.Signers)
	}
}

// A submission slip has a box for each level; each is found with its name, and
// none is sure.
func TestSubmissionSlip(t *testing.T) {
	p := a4().heading("Số: 7/PT-STN").at(297, 170, "b", "PHIẾU TRÌNH GIẢI QUYẾT CÔNG VIỆC").
		signed(150, 300, "Trần Thị Hai", "CHUYÊN VIÊN").signed(420, 300, "Lê Văn Ba", "TRƯỞNG PHÒNG").
		signed(150, 500, "Phạm Văn Tư", "CHÁNH VĂN PHÒNG").signed(420, 500, "Nguyễn Văn Thử", "GIÁM ĐỐC")
	got := find(t, p)
	names := map[string]float64{}
	for _, s := range got.Signers {
		names[s.Name.Text] = s.Band.Confidence
	}
	for _, n := range []string{"Lê Văn Ba", "Phạm Văn Tư", "Nguyễn Văn Thử"} {
		if c, ok := names[n]; !ok || c >= 0.9 {
			t.Errorf("%s: %.2f, %v; all: %v", n, c, ok, names)
		}
	}
}

// Whoever signs is found by the name, as a certificate writes it.
func TestWhoseName(t *testing.T) {
	p := find(t, a4().heading("Số: 1/A-B").signed(150, 500, "Trần Văn Hai", "CHỦ TỊCH").signed(420, 500, "TS. Nguyễn Văn Thử", "GIÁM ĐỐC"))
	for _, name := range []string{"Trần Văn Hai", "TRẦN VĂN HAI", "Tran Van Hai", "ThS. Trần Văn Hai"} {
		if got := p.Whose(Who{Name: name}).Signers; len(got) != 2 || got[0].Name.Text != "Trần Văn Hai" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := p.Whose(Who{Name: "Nguyễn Văn Thử"}).Signers[0]; got.Band.Confidence < 0.9 || got.Name.Text != "TS. Nguyễn Văn Thử" {
		t.Errorf("%+v", got)
	}
	for _, name := range []string{"", "Lê Văn Khác"} {
		if got := p.Whose(Who{Name: name}).Signers; got[0].Band.Confidence >= 0.9 || got[0].Name.Text != p.Signers[0].Name.Text {
			t.Errorf("%q: %+v", name, got)
		}
	}
	two := find(t, a4().heading("Số: 1/A-B").signed(150, 500, "Trần Văn Hai", "CHỦ TỊCH").signed(420, 500, "Trần Văn Hai", "GIÁM ĐỐC"))
	if got := two.Whose(Who{Name: "Trần Văn Hai"}).Signers[0]; got.Band.Confidence >= 0.9 {
		t.Errorf("of one name: %+v", got)
	}
}

func TestNames(t *testing.T) {
	for text, want := range map[string]float64{
		"Nguyễn Văn Thử": 1, "NGUYỄN VĂN THỬ": 1, "Lê Ý": 1, "Đỗ Thị Kim Ngân": 1, "TS. Trần Văn An": 1, "BS.CKII. Giàng Minh Dũng": 1,
		"Đại tá Võ Văn Sáu": 1, "Trung tướng Lê Quốc Hùng": 1, "Y Biêr Niê": 1, "K'Brêu Hà": 1, "John Smith": 0.6, "Souliya Phommachanh": 0.6,
		"Nguyễn": 0, "nguyễn văn thử": 0, "Nguyễn Văn Thử.": 0, "Hà Nội, 2026": 0, "GIÁM ĐỐC": 0, "Phó Giám đốc": 0, "QUYẾT ĐỊNH": 0,
		"Một Hai Ba Bốn Năm Sáu Bảy": 0, "": 0, "12 34": 0,
	} {
		if got := nameScore(text, fold(text)); got != want {
			t.Errorf("%q: %g, want %g", text, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"Hòa": "HOA", "HOÀ": "HOA", norm.NFD.String("Đường số 5 – Ủy"): "DUONG SO 5 - UY", "a…b": "A...B", "x\u00a0y": "X Y",
	} {
		if got := fold(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

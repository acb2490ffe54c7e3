package sample

import (
	"math/rand/v2"
	"strings"
	"time"
)

// Random makes up an administrative document: the types of the decree, both
// tiers of local government, ministries, schools, enterprises and the Party,
// one to three signers, names of every form, and the ways in which such
// documents are typed. The same seed and date give the same document.
func Random(seed uint64, date time.Time) Document {
	r := rand.New(rand.NewPCG(seed, 0x7472696e686b79))
	office := pick(r, offices())
	kind := pick(r, types())
	for office.party != kind.party {
		kind = pick(r, types())
	}
	d := Document{
		Parent: office.parent, Agency: office.agency, Place: office.place,
		Date:   date.AddDate(0, 0, -r.IntN(700)),
		Number: number(r), Notation: notation(kind, office, r), Type: kind.heading,
		Body: body(r), Recipients: recipients(r), Style: style(r),
	}
	d.Style.Party = office.party
	d.Subject = subject(r, kind)
	if kind.grounds {
		form := pick(r, office.signers)
		d.Issuer = strings.TrimPrefix(form.Title, "PHÓ ") + " " + strings.ReplaceAll(office.agency, "\n", " ")
		d.Grounds = []string{
			"Căn cứ Luật Tổ chức chính quyền địa phương;",
			"Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư;",
			"Xét đề nghị của Chánh Văn phòng.",
		}
	} else if kind.heading == "" || r.IntN(2) == 0 {
		d.Addressees = addressees(r)
	}
	if r.IntN(8) == 0 {
		d.Urgency = pick(r, []string{"KHẨN", "THƯỢNG KHẨN", "HỎA TỐC"})
	}
	d.Pages = pages(r)
	d.Signers = signers(r, office)
	return d
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// kind is a type of document; heading "" is the công văn.
type kind struct {
	heading, abbreviation string
	grounds               bool
	party                 bool
}

// types are those of the decree (Article 7, Annex III), and some of the Party.
func types() []kind {
	plain := func(heading, abbreviation string) kind { return kind{heading: heading, abbreviation: abbreviation} }
	return []kind{
		{},
		{},
		{},
		{},
		{},
		{}, // a third of all documents are công văn
		{heading: "NGHỊ QUYẾT", abbreviation: "NQ", grounds: true},
		{heading: "QUYẾT ĐỊNH", abbreviation: "QĐ", grounds: true},
		{heading: "QUYẾT ĐỊNH", abbreviation: "QĐ", grounds: true},
		plain("CHỈ THỊ", "CT"), plain("QUY CHẾ", "QC"), plain("QUY ĐỊNH", "QyĐ"), plain("THÔNG CÁO", "TC"),
		plain("THÔNG BÁO", "TB"), plain("HƯỚNG DẪN", "HD"), plain("CHƯƠNG TRÌNH", "CTr"), plain("KẾ HOẠCH", "KH"),
		plain("PHƯƠNG ÁN", "PA"), plain("ĐỀ ÁN", "ĐA"), plain("DỰ ÁN", "DA"), plain("BÁO CÁO", "BC"),
		plain("BIÊN BẢN", "BB"), plain("TỜ TRÌNH", "TTr"), plain("CÔNG ĐIỆN", "CĐ"), plain("BẢN GHI NHỚ", "BGN"),
		plain("GIẤY ỦY QUYỀN", "GUQ"), plain("GIẤY MỜI", "GM"), plain("GIẤY GIỚI THIỆU", "GGT"),
		plain("GIẤY NGHỈ PHÉP", "GNP"), plain("PHIẾU GỬI", "PG"), plain("PHIẾU CHUYỂN", "PC"), plain("PHIẾU BÁO", "PB"),
		{party: true},
		{party: true},
		{heading: "THÔNG BÁO", abbreviation: "TB", party: true},
		{heading: "BÁO CÁO", abbreviation: "BC", party: true},
		{heading: "KẾ HOẠCH", abbreviation: "KH", party: true},
	}
}

// office is an issuing agency with the forms in which its people sign.
type office struct {
	parent, agency, code, place string
	signers                     []Signer // without names
	party                       bool
}

func forms(titles ...string) []Signer {
	var out []Signer
	for _, t := range titles {
		authority, title, ok := strings.Cut(t, "|")
		if !ok {
			authority, title = "", t
		}
		out = append(out, Signer{Authority: authority, Title: title})
	}
	return out
}

func offices() []office {
	committee := forms("TM. ỦY BAN NHÂN DÂN|CHỦ TỊCH", "TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH|PHÓ CHỦ TỊCH", "KT. CHỦ TỊCH|PHÓ CHỦ TỊCH", "TL. CHỦ TỊCH|CHÁNH VĂN PHÒNG", "TUQ. CHỦ TỊCH|CHÁNH VĂN PHÒNG", "CHỦ TỊCH")
	department := forms("GIÁM ĐỐC", "KT. GIÁM ĐỐC|PHÓ GIÁM ĐỐC", "TL. GIÁM ĐỐC|CHÁNH VĂN PHÒNG", "TL. GIÁM ĐỐC\nKT. CHÁNH VĂN PHÒNG|PHÓ CHÁNH VĂN PHÒNG")
	return []office{
		{agency: "ỦY BAN NHÂN DÂN\nTỈNH MẪU", code: "UBND", place: "Tỉnh Mẫu", signers: committee},
		{agency: "ỦY BAN NHÂN DÂN\nTHÀNH PHỐ MẪU", code: "UBND", place: "Thành phố Mẫu", signers: committee},
		{agency: "ỦY BAN NHÂN DÂN\nXÃ BÌNH MẪU", code: "UBND", place: "Bình Mẫu", signers: committee},
		{agency: "ỦY BAN NHÂN DÂN\nPHƯỜNG ĐÔNG MẪU", code: "UBND", place: "Đông Mẫu", signers: committee},
		{agency: "ỦY BAN NHÂN DÂN\nĐẶC KHU ĐẢO MẪU", code: "UBND", place: "Đảo Mẫu", signers: committee},
		{agency: "HỘI ĐỒNG NHÂN DÂN\nTỈNH MẪU", code: "HĐND", place: "Tỉnh Mẫu", signers: forms("CHỦ TỊCH", "TM. THƯỜNG TRỰC HĐND|CHỦ TỊCH", "TM. THƯỜNG TRỰC HĐND\nKT. CHỦ TỊCH|PHÓ CHỦ TỊCH")},
		{parent: "ỦY BAN NHÂN DÂN TỈNH MẪU", agency: "SỞ THỬ NGHIỆM", code: "STN", place: "Tỉnh Mẫu", signers: department},
		{parent: "UBND TỈNH MẪU", agency: "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", code: "SNNMT", place: "Mẫu", signers: department},
		{parent: "ỦY BAN NHÂN DÂN XÃ BÌNH MẪU", agency: "PHÒNG KINH TẾ", code: "KT", place: "Bình Mẫu", signers: forms("TRƯỞNG PHÒNG", "KT. TRƯỞNG PHÒNG|PHÓ TRƯỞNG PHÒNG")},
		{agency: "BỘ THỬ NGHIỆM", code: "BTN", place: "Hà Nội", signers: forms("BỘ TRƯỞNG", "KT. BỘ TRƯỞNG|THỨ TRƯỞNG", "TL. BỘ TRƯỞNG|CHÁNH VĂN PHÒNG", "TL. BỘ TRƯỞNG|VỤ TRƯỞNG VỤ PHÁP CHẾ")},
		{parent: "BỘ THỬ NGHIỆM", agency: "CỤC VĂN BẢN MẪU", code: "CVBM", place: "Hà Nội", signers: forms("CỤC TRƯỞNG", "KT. CỤC TRƯỞNG|PHÓ CỤC TRƯỞNG", "Q. CỤC TRƯỞNG")},
		{parent: "SỞ GIÁO DỤC VÀ ĐÀO TẠO TỈNH MẪU", agency: "TRƯỜNG TRUNG HỌC PHỔ THÔNG\nNGUYỄN MẪU", code: "THPTNM", place: "Mẫu", signers: forms("HIỆU TRƯỞNG", "KT. HIỆU TRƯỞNG|PHÓ HIỆU TRƯỞNG")},
		{parent: "SỞ Y TẾ TỈNH MẪU", agency: "BỆNH VIỆN ĐA KHOA", code: "BVĐK", place: "Mẫu", signers: department},
		{parent: "TỔNG CÔNG TY ĐIỆN MẪU", agency: "CÔNG TY TNHH MTV\nTHỦY ĐIỆN SÔNG MẪU", code: "TĐSM", place: "Mẫu", signers: forms("TỔNG GIÁM ĐỐC", "KT. TỔNG GIÁM ĐỐC|PHÓ TỔNG GIÁM ĐỐC", "TM. HỘI ĐỒNG THÀNH VIÊN|CHỦ TỊCH")},
		{parent: "TỈNH ỦY MẪU", agency: "VĂN PHÒNG", code: "VPTU", place: "Mẫu", signers: forms("CHÁNH VĂN PHÒNG", "K/T CHÁNH VĂN PHÒNG|PHÓ CHÁNH VĂN PHÒNG"), party: true},
		{parent: "ĐẢNG BỘ TỈNH MẪU", agency: "ĐẢNG ỦY XÃ BÌNH MẪU", code: "ĐU", place: "Bình Mẫu", signers: forms("T/M BAN THƯỜNG VỤ|BÍ THƯ", "T/M BAN THƯỜNG VỤ|PHÓ BÍ THƯ THƯỜNG TRỰC"), party: true},
	}
}

func number(r *rand.Rand) string {
	n := r.IntN(3000)/(1+r.IntN(20)) + 1
	if n < 10 {
		return "0" + itoa(n)
	}
	return itoa(n)
}

func notation(k kind, o office, r *rand.Rand) string {
	switch {
	case k.party && k.heading == "":
		return "CV/" + o.code
	case k.party:
		return k.abbreviation + "/" + o.code
	case k.heading == "":
		return o.code + "-" + pick(r, []string{"VP", "TH", "NC", "KTTH", "QLNS", "VX"})
	}
	return k.abbreviation + "-" + o.code
}

func subject(r *rand.Rand, k kind) string {
	matter := pick(r, []string{
		"tăng cường quản lý văn bản điện tử", "triển khai ký số trong hoạt động công vụ",
		"kiện toàn Ban Chỉ đạo chuyển đổi số", "phân bổ kinh phí thường xuyên đợt 2",
		"tổ chức Hội nghị tổng kết công tác năm và triển khai nhiệm vụ trọng tâm của năm tiếp theo",
		"báo cáo kết quả kiểm tra công tác văn thư, lưu trữ", "cử cán bộ tham gia lớp bồi dưỡng nghiệp vụ",
		"giải quyết đơn của công dân", "điều chỉnh chủ trương đầu tư dự án Đường trục xã Bình Mẫu (giai đoạn 2)",
		"số hóa tài liệu lưu trữ lịch sử theo Quyết định số 15/QĐ-UBND ngày 05/01/2026",
	})
	switch {
	case k.heading == "":
		return "V/v " + matter
	case k.grounds || r.IntN(2) == 0:
		return "Về việc " + matter
	}
	return strings.ToUpper(string([]rune(matter)[:1])) + string([]rune(matter)[1:])
}

func body(r *rand.Rand) []string {
	n := 2 + r.IntN(5)
	var out []string
	for range n {
		out = append(out, pick(r, fillers))
	}
	return append(out, "Đề nghị các cơ quan, đơn vị nghiêm túc tổ chức thực hiện./.")
}

func recipients(r *rand.Rand) []string {
	out := []string{"Như trên;"}
	for _, s := range []string{"Ủy ban nhân dân tỉnh (để b/c);", "Các sở, ban, ngành;", "UBND các xã, phường;", "Cổng Thông tin điện tử;", "Lãnh đạo cơ quan;"} {
		if r.IntN(2) == 0 {
			out = append(out, s)
		}
	}
	return append(out, "Lưu: VT, "+pick(r, []string{"VP", "TH", "NC (02)", "KTTH.Nam"})+".")
}

func addressees(r *rand.Rand) []string {
	all := []string{"Các sở, ban, ngành;", "Ủy ban nhân dân các xã, phường;", "Các đơn vị trực thuộc;", "Sở Nhận văn bản tỉnh Mẫu."}
	return all[r.IntN(len(all)):]
}

func pages(r *rand.Rand) int {
	switch r.IntN(10) {
	case 0:
		return 2 + r.IntN(39) // to 40
	case 1, 2, 3:
		return 2 + r.IntN(4)
	}
	return 0
}

func style(r *rand.Rand) Style {
	s := Style{
		Sans: r.IntN(6) == 0, Size: 13 + float64(r.IntN(3))/2, Band: 18 + 14*r.Float64(),
		Decomposed: r.IntN(12) == 0, Words: r.IntN(5) == 0, Table: r.IntN(5) == 0, Leaders: r.IntN(8) == 0,
	}
	if r.IntN(5) == 0 {
		s.Shuffle = 1 + r.Uint64N(1<<20)
	}
	if r.IntN(5) == 0 {
		s.Annexes = 1 + r.IntN(4)
	}
	return s
}

func signers(r *rand.Rand, o office) []Signer {
	n := 1
	if r.IntN(12) == 0 {
		n = 2
	}
	out := []Signer{pick(r, o.signers)}
	for len(out) < n { // a joint document
		out = append(out, pick(r, pick(r, offices()).signers))
	}
	for i := range out {
		out[i].Name = Name(r)
	}
	return out
}

// ApprovalSheet makes up an internal sheet with a box for each level, from the
// clerk to the head of the agency.
func ApprovalSheet(seed uint64, date time.Time) Document {
	r := rand.New(rand.NewPCG(seed, 0x706869657574))
	levels := forms("CHUYÊN VIÊN", "LÃNH ĐẠO PHÒNG", "CHÁNH VĂN PHÒNG", "PHÓ GIÁM ĐỐC", "GIÁM ĐỐC")
	levels = levels[r.IntN(3):]
	for i := range levels {
		levels[i].Name = Name(r)
	}
	return Document{
		Parent: DemoParent, Agency: DemoAgency, Place: demoPlace, Date: date.AddDate(0, 0, -r.IntN(300)),
		Number: number(r), Notation: "PTr-STN", Type: pick(r, []string{"PHIẾU TRÌNH", "PHIẾU TRÌNH GIẢI QUYẾT CÔNG VIỆC"}),
		Subject: "Về việc " + strings.TrimPrefix(subject(r, kind{}), "V/v "), Addressees: []string{"Lãnh đạo Sở."},
		Body: body(r)[:2], Signers: levels, Style: Style{Boxes: true, Band: 14 + 8*r.Float64(), Size: 13},
	}
}

// Name makes up a name, now and then in capitals or of a minority people.
func Name(r *rand.Rand) string {
	switch r.IntN(16) {
	case 0:
		return pick(r, []string{"Y Khăm Niê Kđăm", "H'Hen Êban", "K'Brểu", "Thào A Pó", "Kpă Thị Hoa", "Đinh Y Lê", "Rơ Châm H'Yếu"})
	case 1:
		return strings.ToUpper(Name(r))
	}
	family := pick(r, []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Tôn Thất"})
	middle := pick(r, []string{"Văn", "Thị", "Đức", "Hữu", "Quốc", "Thị Thanh", "Xuân", "Ngọc", "Minh", "Thị Kim", ""})
	given := pick(r, []string{"Ưởng", "Thử", "Hạnh", "Dũng", "Nghĩa", "Tuấn", "Phượng", "Quỳnh", "Yến", "Đạt", "Khuê", "Ấn", "Lỗi", "Huệ", "Trường", "Việt"})
	return strings.Join(strings.Fields(family+" "+middle+" "+given), " ")
}

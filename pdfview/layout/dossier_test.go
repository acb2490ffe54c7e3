package layout_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Dossiers are documents that a stranger would bring: agencies, titles, names
// and habits that neither the rules nor the other generators were made on. A
// browser and an office program print them, each in their own ways; what is
// searched is marked by colours too dark to be seen, so that the truth is read
// from the page without any rule.

// bureau is who issues, with the ways in which its people sign:
// «authority|title», lines of the authority parted by a stroke.
type bureau struct {
	parent, agency, place, code string // agency: lines parted by a stroke
	kind                        houseKind
	signers                     []string
}

func bureaus() []bureau {
	return append(append(stateBureaus(), localBureaus()...), otherBureaus()...)
}

func stateBureaus() []bureau {
	return []bureau{
		{"", "THỦ TƯỚNG CHÍNH PHỦ", "Hà Nội", "TTg", state, []string{"|THỦ TƯỚNG", "KT. THỦ TƯỚNG|PHÓ THỦ TƯỚNG"}},
		{"", "CHÍNH PHỦ", "Hà Nội", "CP", state, []string{"TM. CHÍNH PHỦ|THỦ TƯỚNG", "TM. CHÍNH PHỦ¦KT. THỦ TƯỚNG|PHÓ THỦ TƯỚNG"}},
		{"", "VĂN PHÒNG CHÍNH PHỦ", "Hà Nội", "VPCP", state, []string{"KT. BỘ TRƯỞNG, CHỦ NHIỆM|PHÓ CHỦ NHIỆM", "|BỘ TRƯỞNG, CHỦ NHIỆM"}},
		{"", "THANH TRA CHÍNH PHỦ", "Hà Nội", "TTCP", state, []string{"|TỔNG THANH TRA", "KT. TỔNG THANH TRA|PHÓ TỔNG THANH TRA", "TL. TỔNG THANH TRA|VỤ TRƯỞNG VỤ KẾ HOẠCH - TỔNG HỢP"}},
		{"", "NGÂN HÀNG NHÀ NƯỚC|VIỆT NAM", "Hà Nội", "NHNN", state, []string{"KT. THỐNG ĐỐC|PHÓ THỐNG ĐỐC", "|THỐNG ĐỐC"}},
		{"", "ỦY BAN THƯỜNG VỤ QUỐC HỘI", "Hà Nội", "UBTVQH16", state, []string{"TM. ỦY BAN THƯỜNG VỤ QUỐC HỘI|CHỦ TỊCH"}},
		{"", "KIỂM TOÁN NHÀ NƯỚC", "Hà Nội", "KTNN", state, []string{"|TỔNG KIỂM TOÁN NHÀ NƯỚC", "KT. TỔNG KIỂM TOÁN NHÀ NƯỚC|PHÓ TỔNG KIỂM TOÁN NHÀ NƯỚC"}},
		{"BỘ TÀI CHÍNH", "CỤC HẢI QUAN", "Hà Nội", "CHQ", state, []string{"KT. CỤC TRƯỞNG|PHÓ CỤC TRƯỞNG", "TL. CỤC TRƯỞNG|TRƯỞNG BAN GIÁM SÁT QUẢN LÝ"}},
		{"CỤC HẢI QUAN", "CHI CỤC HẢI QUAN|KHU VỰC VIII", "Quảng Ninh", "HQKV8", state, []string{"|CHI CỤC TRƯỞNG", "KT. CHI CỤC TRƯỞNG|PHÓ CHI CỤC TRƯỞNG"}},
		{"CỤC THUẾ", "THUẾ TỈNH PHÚ THỌ", "Phú Thọ", "PTH", state, []string{"|TRƯỞNG THUẾ TỈNH", "KT. TRƯỞNG THUẾ TỈNH|PHÓ TRƯỞNG THUẾ TỈNH"}},
		{"THUẾ TỈNH PHÚ THỌ", "THUẾ CƠ SỞ 3", "Phú Thọ", "TCS3", state, []string{"|TRƯỞNG THUẾ CƠ SỞ", "KT. TRƯỞNG THUẾ CƠ SỞ|PHÓ TRƯỞNG THUẾ CƠ SỞ"}},
		{"TÒA ÁN NHÂN DÂN TỐI CAO", "TÒA ÁN NHÂN DÂN|TỈNH AN GIANG", "An Giang", "TA", state, []string{"|CHÁNH ÁN", "KT. CHÁNH ÁN|PHÓ CHÁNH ÁN", "TL. CHÁNH ÁN|CHÁNH VĂN PHÒNG"}},
		{"VIỆN KIỂM SÁT NHÂN DÂN|TỈNH CÀ MAU", "VIỆN KIỂM SÁT NHÂN DÂN|KHU VỰC 5", "Cà Mau", "VKSKV5", state, []string{"KT. VIỆN TRƯỞNG|PHÓ VIỆN TRƯỞNG", "|VIỆN TRƯỞNG"}},
		{"BỘ TƯ PHÁP", "CỤC QUẢN LÝ THI HÀNH|ÁN DÂN SỰ", "Hà Nội", "CTHADS", state, []string{"KT. CỤC TRƯỞNG|PHÓ CỤC TRƯỞNG"}},
		{"BỘ CÔNG AN", "CÔNG AN TỈNH ĐIỆN BIÊN", "Điện Biên", "CAT-PV01", state, []string{"|GIÁM ĐỐC", "KT. GIÁM ĐỐC|PHÓ GIÁM ĐỐC", "TL. GIÁM ĐỐC|TRƯỞNG PHÒNG THAM MƯU"}},
		{"QUÂN KHU 7", "BỘ CHỈ HUY QUÂN SỰ|TỈNH TÂY NINH", "Tây Ninh", "BCH-TM", state, []string{"|CHỈ HUY TRƯỞNG", "KT. CHỈ HUY TRƯỞNG|PHÓ CHỈ HUY TRƯỞNG¦THAM MƯU TRƯỞNG", "|CHÍNH ỦY"}},
		{"BỘ Y TẾ", "BỆNH VIỆN BẠCH MAI", "Hà Nội", "BM", state, []string{"|GIÁM ĐỐC", "KT. GIÁM ĐỐC|PHÓ GIÁM ĐỐC"}},
		{"ĐẠI HỌC QUỐC GIA HÀ NỘI", "TRƯỜNG ĐẠI HỌC|KHOA HỌC TỰ NHIÊN", "Hà Nội", "ĐHKHTN", state, []string{"|HIỆU TRƯỞNG", "KT. HIỆU TRƯỞNG|PHÓ HIỆU TRƯỞNG", "TL. HIỆU TRƯỞNG|TRƯỞNG PHÒNG ĐÀO TẠO"}},
		{"BỘ TÀI CHÍNH", "BẢO HIỂM XÃ HỘI VIỆT NAM", "Hà Nội", "BHXH", state, []string{"|GIÁM ĐỐC", "KT. GIÁM ĐỐC|PHÓ GIÁM ĐỐC", "TUQ. GIÁM ĐỐC|CHÁNH VĂN PHÒNG"}},
	}
}

func localBureaus() []bureau {
	committee := []string{
		"TM. ỦY BAN NHÂN DÂN|CHỦ TỊCH", "TM. ỦY BAN NHÂN DÂN¦KT. CHỦ TỊCH|PHÓ CHỦ TỊCH", "KT. CHỦ TỊCH|PHÓ CHỦ TỊCH", "|CHỦ TỊCH",
		"TL. CHỦ TỊCH|CHÁNH VĂN PHÒNG", "TUQ. CHỦ TỊCH|GIÁM ĐỐC SỞ NỘI VỤ", "TL. CHỦ TỊCH¦KT. CHÁNH VĂN PHÒNG|PHÓ CHÁNH VĂN PHÒNG",
		"KT. CHỦ TỊCH|PHÓ CHỦ TỊCH THƯỜNG TRỰC",
	}
	return []bureau{
		{"", "ỦY BAN NHÂN DÂN|TỈNH KHÁNH HÒA", "Khánh Hòa", "UBND", state, committee},
		{"", "ỦY BAN NHÂN DÂN|THÀNH PHỐ HẢI PHÒNG", "Hải Phòng", "UBND", state, committee},
		{"", "ỦY BAN NHÂN DÂN|XÃ ĐẮK R'LẤP", "Đắk R'lấp", "UBND", state, committee},
		{"TỈNH GIA LAI", "ỦY BAN NHÂN DÂN|PHƯỜNG QUY NHƠN ĐÔNG", "Quy Nhơn Đông", "UBND", state, committee},
		{"", "ỦY BAN NHÂN DÂN|ĐẶC KHU PHÚ QUỐC", "Phú Quốc", "UBND", state, committee},
		{"", "HỘI ĐỒNG NHÂN DÂN|XÃ MƯỜNG THANH", "Mường Thanh", "HĐND", state, []string{"|CHỦ TỊCH", "TM. THƯỜNG TRỰC HỘI ĐỒNG NHÂN DÂN|PHÓ CHỦ TỊCH", "TM. HỘI ĐỒNG NHÂN DÂN|CHỦ TỌA KỲ HỌP"}},
		{"ỦY BAN NHÂN DÂN XÃ TÂN HƯNG", "TRUNG TÂM PHỤC VỤ|HÀNH CHÍNH CÔNG", "Tân Hưng", "TTPVHCC", state, []string{"|GIÁM ĐỐC", "KT. GIÁM ĐỐC|PHÓ GIÁM ĐỐC"}},
		{"ỦY BAN NHÂN DÂN|PHƯỜNG THỦ DẦU MỘT", "PHÒNG KINH TẾ, HẠ TẦNG|VÀ ĐÔ THỊ", "Thủ Dầu Một", "KTHTĐT", state, []string{"|TRƯỞNG PHÒNG", "KT. TRƯỞNG PHÒNG|PHÓ TRƯỞNG PHÒNG", "Q. |TRƯỞNG PHÒNG"}},
		{"UBND TỈNH SƠN LA", "BAN QUẢN LÝ DỰ ÁN ĐẦU TƯ|XÂY DỰNG SỐ 2", "Sơn La", "BQLDA2", state, []string{"|GIÁM ĐỐC", "KT. GIÁM ĐỐC|PHÓ GIÁM ĐỐC PHỤ TRÁCH"}},
		{"UBND TỈNH LÀO CAI", "BAN CHỈ ĐẠO PHÒNG THỦ DÂN SỰ", "Lào Cai", "BCĐ", state, []string{"KT. TRƯỞNG BAN|PHÓ TRƯỞNG BAN THƯỜNG TRỰC", "|TRƯỞNG BAN¦PHÓ CHỦ TỊCH UBND TỈNH"}},
		{"SỞ GIÁO DỤC VÀ ĐÀO TẠO", "TRƯỜNG MẦM NON HOA SEN", "Vĩnh Long", "MNHS", state, []string{"|HIỆU TRƯỞNG", "|PHÓ HIỆU TRƯỞNG PHỤ TRÁCH"}},
		{"SỞ VĂN HÓA, THỂ THAO VÀ DU LỊCH", "BẢO TÀNG TỈNH", "Đồng Tháp", "BT", state, []string{"|GIÁM ĐỐC"}},
		{"SỞ Y TẾ THÀNH PHỐ HUẾ", "TRUNG TÂM KIỂM SOÁT|BỆNH TẬT", "Huế", "KSBT", state, []string{"KT. GIÁM ĐỐC|PHÓ GIÁM ĐỐC", "|GIÁM ĐỐC"}},
		{"", "THANH TRA TỈNH LẠNG SƠN", "Lạng Sơn", "TTr", state, []string{"|CHÁNH THANH TRA", "KT. CHÁNH THANH TRA|PHÓ CHÁNH THANH TRA"}},
		{"SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", "VƯỜN QUỐC GIA|U MINH HẠ", "Cà Mau", "VQG", state, []string{"|GIÁM ĐỐC", "KT. GIÁM ĐỐC|PHÓ GIÁM ĐỐC¦KIÊM HẠT TRƯỞNG HẠT KIỂM LÂM"}},
	}
}

func otherBureaus() []bureau {
	return []bureau{
		{"", "BAN CHẤP HÀNH TRUNG ƯƠNG", "Hà Nội", "TW", party, []string{"T/M BỘ CHÍNH TRỊ|TỔNG BÍ THƯ", "T/M BAN BÍ THƯ|THƯỜNG TRỰC BAN BÍ THƯ"}},
		{"", "TỈNH ỦY ĐỒNG NAI", "Đồng Nai", "TU", party, []string{"T/M BAN THƯỜNG VỤ|BÍ THƯ", "T/M BAN THƯỜNG VỤ|PHÓ BÍ THƯ THƯỜNG TRỰC", "T/L BAN THƯỜNG VỤ|CHÁNH VĂN PHÒNG"}},
		{"ĐẢNG BỘ TỈNH BẮC NINH", "ĐẢNG ỦY XÃ TIÊN DU", "Tiên Du", "ĐU", party, []string{"T/M ĐẢNG ỦY|BÍ THƯ", "T/M BAN THƯỜNG VỤ|PHÓ BÍ THƯ"}},
		{"TỈNH ỦY ĐỒNG NAI", "ỦY BAN KIỂM TRA", "Đồng Nai", "UBKTTU", party, []string{"T/M ỦY BAN KIỂM TRA|CHỦ NHIỆM", "K/T CHỦ NHIỆM|PHÓ CHỦ NHIỆM"}},
		{"ĐẢNG ỦY XÃ TIÊN DU", "CHI BỘ TRƯỜNG TIỂU HỌC", "Tiên Du", "CB", party, []string{"T/M CHI BỘ|BÍ THƯ"}},
		{"MẶT TRẬN TỔ QUỐC VIỆT NAM", "ỦY BAN MTTQ VIỆT NAM|TỈNH THÁI NGUYÊN", "Thái Nguyên", "MTTQ-BTT", state, []string{"TM. BAN THƯỜNG TRỰC|CHỦ TỊCH", "TM. BAN THƯỜNG TRỰC|PHÓ CHỦ TỊCH"}},
		{"TỔNG LIÊN ĐOÀN LAO ĐỘNG|VIỆT NAM", "CÔNG ĐOÀN CÔNG THƯƠNG|VIỆT NAM", "Hà Nội", "CĐCT", state, []string{"TM. BAN THƯỜNG VỤ|CHỦ TỊCH", "TM. BAN CHẤP HÀNH|PHÓ CHỦ TỊCH"}},
		{"", "HỘI NÔNG DÂN XÃ CẦN GIUỘC", "Cần Giuộc", "HND", state, []string{"TM. BAN THƯỜNG VỤ|CHỦ TỊCH"}},
		{"TẬP ĐOÀN BƯU CHÍNH|VIỄN THÔNG VIỆT NAM", "VIỄN THÔNG QUẢNG NGÃI", "Quảng Ngãi", "VNPT QNg", state, []string{"|GIÁM ĐỐC", "KT. GIÁM ĐỐC|PHÓ GIÁM ĐỐC"}},
		{"", "NGÂN HÀNG TMCP|CÔNG THƯƠNG VIỆT NAM", "Hà Nội", "HĐQT-NHCT", state, []string{"TM. HỘI ĐỒNG QUẢN TRỊ|CHỦ TỊCH", "TUQ. TỔNG GIÁM ĐỐC|PHÓ TỔNG GIÁM ĐỐC"}},
		{"TỔNG CÔNG TY|LƯƠNG THỰC MIỀN NAM", "CÔNG TY TNHH MTV|LƯƠNG THỰC SÔNG HẬU", "Cần Thơ", "LTSH", company, []string{"|CHỦ TỊCH CÔNG TY", "KT. GIÁM ĐỐC|PHÓ GIÁM ĐỐC"}},
		{"", "HỢP TÁC XÃ NÔNG NGHIỆP|TÂN TIẾN", "Tân Tiến", "HTX", state, []string{"TM. HỘI ĐỒNG QUẢN TRỊ|CHỦ TỊCH", "|GIÁM ĐỐC"}},
	}
}

// dossier is what a document says; the printers say how it looks.
type dossier struct {
	r                             *rand.Rand
	bureau                        bureau
	kind                          [2]string
	number, notation, place, date string
	subject                       string
	urgency                       string
	to                            []string // «Kính gửi»
	grounds, body                 []string
	signers                       []office
	stacked                       bool // one signer below the other
	recipients                    []string
	annex                         annexKind
	sheets                        int // pages of the annex
}

type annexKind int

const (
	noAnnex    annexKind = iota
	tableAnnex           // PHỤ LỤC, a table
	formAnnex            // a form with a heading and a signature of its own
	rulesAnnex           // QUY CHẾ (ban hành kèm theo …) with articles
	listAnnex            // a list with people who sign it, names too
	copyAnnex            // «SAO Y» under the signature
)

var (
	families2 = strings.Fields("Nguyễn Trần Lê Phạm Hoàng Phan Vũ Đặng Bùi Đỗ Hồ Ngô Dương Lý Lò Quàng Tòng Bàn Đinh Rơ Hà Ma Thạch Sơn Danh Tăng Lương Triệu Chu Viên Khổng Mạc")
	middles2  = []string{"Văn", "Thị", "Đình", "Công", "Hoàng", "Bá", "Thị Bích", "Thế", "Duy", "Phước", "Thị Mỹ", "Trọng", "Như", "Thị Hồng"}
	givens2   = strings.Fields("Ánh Ẩn Cường Điệp Giang Hậu Khuê Lượng Mẫn Nghĩa Oanh Phượng Quyết Sỹ Thịnh Uyên Vượng Xuyến Ỷ Nguyên Lễ Tú")
	strangers = []string{
		"Rơ Châm H'Yéo", "Y Thông Mlô", "Siu Hương", "Thạch Sa Quên", "Giàng A Chu", "Sùng Seo Lử", "Vừ Bá Thông", "Katsuhiro Tanaka", "Jean-Pierre Dubois", "Lò Thị Phương", "H'Lâm Êban", "Tôn Nữ Quỳnh Trân", "Ka Să Ha Hoa",
	}
	matters = []string{
		"thực hiện sắp xếp, bố trí cán bộ, công chức sau khi tổ chức chính quyền địa phương hai cấp",
		"công bố danh mục thủ tục hành chính nội bộ", "đính chính Thông báo số 214/TB-UBND", "mời dự họp giao ban tháng 10",
		"cho phép chuyển mục đích sử dụng 1.250,5 m² đất trồng lúa", "phê duyệt kết quả lựa chọn nhà thầu gói thầu số 07: Thi công xây lắp",
		"thành lập Tổ công tác triển khai Đề án 06", "giải quyết kiến nghị của cử tri sau Kỳ họp thứ 3",
		"bổ nhiệm ông Trần Văn B giữ chức vụ Phó Giám đốc", "phòng, chống bão số 13",
	}
	clauses = []string{
		"Thực hiện Kế hoạch số 214/KH-BCĐ ngày 02 tháng 6 năm 2026 của Ban Chỉ đạo về việc triển khai nhiệm vụ trọng tâm,",
		"giao Giám đốc Sở Tài chính chủ trì, phối hợp với các cơ quan liên quan tham mưu Chủ tịch Ủy ban nhân dân tỉnh xem xét, quyết định;",
		"đồng chí Nguyễn Văn Hải, Phó Chủ tịch Thường trực, trực tiếp chỉ đạo;", "thời gian hoàn thành trước ngày 15/12/2026;",
		"kinh phí thực hiện là 1.234.567.890 đồng (Bằng chữ: Một tỷ hai trăm ba mươi bốn triệu đồng);",
		"chịu trách nhiệm trước pháp luật về tính chính xác của số liệu báo cáo;", "trân trọng cảm ơn sự phối hợp của quý cơ quan;",
		"theo quy định tại khoản 2 Điều 14 Nghị định số 30/2020/NĐ-CP;", "có khả năng chống chịu, thích ứng với biến đổi khí hậu;",
	}
)

func stranger(r *rand.Rand) string {
	plain := pick(r, families2) + " " + pick(r, middles2) + " " + pick(r, givens2)
	switch r.IntN(14) {
	case 0, 1:
		return pick(r, strangers)
	case 2:
		return strings.ToUpper(plain)
	case 3:
		return pick(r, []string{"Thượng tá ", "Đại tá ", "PGS.TS. ", "GS.TS. ", "TS.BS. ", "ThS.BS. ", "BSCKII. ", "KS. ", "Trung tá, ThS. ", "Thiếu tướng "}) + plain
	}
	return plain
}

func newDossier(seed uint64) *dossier {
	r := rand.New(rand.NewPCG(seed, 0x646f737369))
	d := &dossier{r: r, bureau: pick(r, bureaus()), kind: kinds[0]}
	b := d.bureau
	if r.IntN(3) > 0 {
		d.kind = pick(r, kinds[1:])
	}
	d.number = fmt.Sprintf("%02d", 1+r.IntN(5000))
	d.notation = strings.TrimPrefix(d.kind[1]+"-"+b.code, "-")
	if d.kind[1] == "" && b.kind != party {
		d.notation = b.code + "-" + pick(r, []string{"VP", "TH", "NC", "KGVX", "QLĐT"})
	}
	if b.kind == party {
		d.notation = d.kind[1] + "/" + b.code
		if d.kind[1] == "" {
			d.notation = "CV/" + b.code
		}
	}
	month := 1 + r.IntN(12)
	d.place, d.date = b.place, fmt.Sprintf("ngày %02d tháng %d năm 2026", 1+r.IntN(28), month)
	if month < 3 {
		d.date = fmt.Sprintf("ngày %02d tháng %02d năm 2026", 1+r.IntN(28), month)
	}
	d.subject = pick(r, matters)
	d.fill()
	return d
}

func (d *dossier) fill() {
	r := d.r
	if r.IntN(9) == 0 {
		d.urgency = pick(r, []string{"KHẨN", "THƯỢNG KHẨN", "HỎA TỐC"})
	}
	if d.kind[0] == "" || r.IntN(4) == 0 {
		d.to = []string{"Ủy ban nhân dân các xã, phường, đặc khu;", "Các sở, ban, ngành;", "Văn phòng Đoàn đại biểu Quốc hội."}[r.IntN(3):]
	}
	if d.kind[0] == "QUYẾT ĐỊNH" || d.kind[0] == "NGHỊ QUYẾT" {
		d.grounds = []string{"Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;", "Căn cứ Nghị định số 150/2025/NĐ-CP;", "Theo đề nghị của Chánh Văn phòng."}
	}
	paragraphs := 1 + r.IntN(6)
	if r.IntN(6) == 0 {
		paragraphs = 20 + r.IntN(40)
	}
	for range paragraphs {
		var s []string
		for range 1 + r.IntN(5) {
			s = append(s, pick(r, clauses))
		}
		text := strings.Join(s, " ")
		d.body = append(d.body, strings.ToUpper(string([]rune(text)[:1]))+string([]rune(text)[1:]))
	}
	d.body[len(d.body)-1] = strings.TrimRight(d.body[len(d.body)-1], ";,") + pick(r, []string{"./.", ".", ""})
	n := 1
	if r.IntN(9) == 0 {
		n, d.stacked = 2+r.IntN(2), r.IntN(3) == 0
	}
	for range n {
		d.signers = append(d.signers, d.signer())
	}
	if r.IntN(10) > 0 {
		d.recipients = []string{"- Như trên;", "- Bộ Nội vụ (để b/c);", "- Chủ tịch, các PCT UBND tỉnh;", "- Đồng chí Lê Thị Thu;", "- Lưu: VT, P.TH (Hà 03b)."}[r.IntN(4):]
	}
	if r.IntN(4) == 0 {
		d.annex, d.sheets = annexKind(1+r.IntN(5)), 1+r.IntN(5)
	}
}

func (d *dossier) signer() office {
	auth, title, _ := strings.Cut(pick(d.r, d.bureau.signers), "|")
	if auth == "Q. " {
		auth, title = "", "Q. "+title
	}
	return office{authority: broken(auth), title: broken(title), name: stranger(d.r)}
}

// broken puts the lines that a broken bar parts one below the other.
func broken(s string) string { return strings.ReplaceAll(s, "¦", "\n") }

package sample

import (
	"fmt"
	"time"
)

// The agency of the demonstration: a fictitious department of a fictitious
// province.
const (
	DemoParent = "ỦY BAN NHÂN DÂN TỈNH MẪU"
	DemoAgency = "SỞ THỬ NGHIỆM"
	demoPlace  = "Tỉnh Mẫu"
)

// Demo is the documents that wait for signature in the demonstration: a công
// văn, a quyết định of two pages and a tờ trình. leader signs them for the
// director. Whatever the computer's zone, they are of the day that date is in Vietnam:
// an agency's papers bear that one, and a document that is issued today is held to it.
func Demo(date time.Time, leader string) []Document {
	date = date.In(time.FixedZone("+07:00", 7*60*60))
	docs := []Document{demoLetter(date), demoDecision(date), demoProposal(date)}
	for i := range docs {
		d := &docs[i]
		d.Parent, d.Agency, d.Place, d.Date = DemoParent, DemoAgency, demoPlace, date
		d.Signers = []Signer{{Authority: "KT. GIÁM ĐỐC", Title: "PHÓ GIÁM ĐỐC", Name: leader}}
	}
	return docs
}

func demoLetter(date time.Time) Document {
	return Document{
		Number: "125", Notation: "STN-VP",
		Subject:    "V/v thử nghiệm gửi, nhận văn bản điện tử có ký số qua Trục liên thông",
		Addressees: []string{"Sở Nhận văn bản tỉnh Mẫu;", "Ủy ban nhân dân xã Bình Mẫu."},
		Body: []string{
			"Thực hiện kế hoạch của Ủy ban nhân dân tỉnh Mẫu về việc gửi, nhận văn bản điện tử giữa các cơ quan nhà nước trên địa bàn, Sở Thử nghiệm tổ chức thử nghiệm quy trình ký số, phát hành và theo dõi văn bản điện tử qua Trục liên thông văn bản.",
			"Để việc thử nghiệm đạt kết quả, Sở Thử nghiệm đề nghị quý cơ quan phối hợp thực hiện một số nội dung sau:",
			"1. Phân công văn thư tiếp nhận văn bản điện tử hằng ngày, kiểm tra tính xác thực, tính toàn vẹn của chữ ký số trước khi vào sổ; phản hồi trạng thái tiếp nhận trong ngày làm việc.",
			"2. Cập nhật đầy đủ trạng thái xử lý văn bản (đã đến, đã tiếp nhận, đang xử lý, hoàn thành) để cơ quan gửi theo dõi; trường hợp từ chối tiếp nhận, đề nghị nêu rõ lý do.",
			fmt.Sprintf("3. Gửi ý kiến góp ý về quy trình đến Sở Thử nghiệm trước ngày %s để tổng hợp, báo cáo Ủy ban nhân dân tỉnh xem xét, chỉ đạo.", dayText(date.AddDate(0, 0, 14))),
			"Trong quá trình thực hiện, nếu có vướng mắc, đề nghị quý cơ quan liên hệ Văn phòng Sở Thử nghiệm để được hướng dẫn. Rất mong nhận được sự quan tâm, phối hợp của quý cơ quan./.",
		},
		Recipients: []string{"Như trên;", "UBND tỉnh (để b/c);", "Giám đốc Sở (để b/c);", "Lưu: VT, VP."},
	}
}

func demoDecision(date time.Time) Document {
	return Document{
		Number: "42", Notation: "QĐ-STN", Type: "QUYẾT ĐỊNH",
		Subject: "Về việc kiện toàn Tổ công tác chuyển đổi số của Sở Thử nghiệm",
		Issuer:  "GIÁM ĐỐC SỞ THỬ NGHIỆM",
		Grounds: []string{
			"Căn cứ Luật Giao dịch điện tử ngày 22 tháng 6 năm 2023;",
			"Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư;",
			"Căn cứ Quyết định của Ủy ban nhân dân tỉnh Mẫu quy định chức năng, nhiệm vụ, quyền hạn và cơ cấu tổ chức của Sở Thử nghiệm;",
			"Theo đề nghị của Chánh Văn phòng Sở.",
		},
		Body: []string{
			"Điều 1. Kiện toàn Tổ công tác chuyển đổi số của Sở Thử nghiệm (sau đây gọi tắt là Tổ công tác) gồm các thành viên là lãnh đạo Sở, Chánh Văn phòng, trưởng các phòng chuyên môn và viên chức phụ trách công nghệ thông tin của các đơn vị trực thuộc.",
			"Điều 2. Tổ công tác có nhiệm vụ tham mưu, giúp Giám đốc Sở xây dựng và tổ chức thực hiện kế hoạch chuyển đổi số hằng năm; hướng dẫn, kiểm tra việc ký số, gửi, nhận và lưu trữ văn bản điện tử; đề xuất giải pháp tháo gỡ khó khăn, vướng mắc; định kỳ báo cáo kết quả thực hiện. Cụ thể như sau:",
			"a) Rà soát quy trình nội bộ, xác định rõ người chịu trách nhiệm ở từng bước soạn thảo, trình ký, phát hành và lưu hồ sơ; bảo đảm văn bản điện tử được xử lý đúng thời hạn, đúng thẩm quyền;",
			"b) Hướng dẫn quản lý thiết bị lưu khóa bí mật, con dấu và mật khẩu theo đúng quy định; không giao thiết bị cho người khác khi chưa được phép bằng văn bản của người có thẩm quyền;",
			"c) Tổ chức tập huấn kỹ năng ký số, kiểm tra chữ ký số và khai thác hệ thống quản lý văn bản cho công chức, viên chức; ưu tiên người trực tiếp làm công tác văn thư, lưu trữ.",
			"Điều 3. Tổ công tác làm việc theo chế độ kiêm nhiệm. Tổ trưởng phân công nhiệm vụ cụ thể cho từng thành viên; Văn phòng Sở là bộ phận thường trực, bảo đảm điều kiện hoạt động của Tổ công tác. Kinh phí hoạt động được bố trí trong dự toán chi thường xuyên được giao hằng năm của Sở.",
			"Điều 4. Quyết định này có hiệu lực kể từ ngày ký và thay thế các quyết định trước đây về việc thành lập, kiện toàn Tổ công tác chuyển đổi số của Sở Thử nghiệm.",
			"Điều 5. Chánh Văn phòng Sở, trưởng các phòng chuyên môn, thủ trưởng các đơn vị trực thuộc và các thành viên Tổ công tác chịu trách nhiệm thi hành Quyết định này./.",
		},
		Recipients: []string{"Như Điều 5;", "Sở Nhận văn bản tỉnh Mẫu;", "Các PGĐ Sở;", "Lưu: VT, VP."},
	}
}

func demoProposal(date time.Time) Document {
	year := date.Year() + 1
	return Document{
		Number: "18", Notation: "TTr-STN", Type: "TỜ TRÌNH",
		Subject:    fmt.Sprintf("Về việc phê duyệt Kế hoạch số hóa tài liệu lưu trữ năm %d", year),
		Addressees: []string{"Ủy ban nhân dân tỉnh Mẫu."},
		Body: []string{
			"Thực hiện nhiệm vụ được giao về quản lý tài liệu lưu trữ điện tử, trên cơ sở kết quả rà soát tài liệu tại kho lưu trữ của Sở, Sở Thử nghiệm kính trình Ủy ban nhân dân tỉnh xem xét, phê duyệt Kế hoạch với các nội dung chính như sau:",
			"1. Sự cần thiết",
			"Hiện nay tài liệu của Sở chủ yếu ở dạng giấy, việc tra cứu mất nhiều thời gian và khó chia sẻ giữa các cơ quan. Số hóa tài liệu là yêu cầu cấp thiết nhằm bảo quản lâu dài và phục vụ khai thác trên môi trường điện tử.",
			"2. Nội dung và tiến độ",
			fmt.Sprintf("Số hóa 120 mét giá tài liệu có thời hạn bảo quản vĩnh viễn; kiểm tra, ký số xác thực bản số hóa; cập nhật vào hệ thống quản lý tài liệu điện tử. Thời gian thực hiện từ tháng 3 đến tháng 11 năm %d.", year),
			"3. Kinh phí thực hiện",
			"Kinh phí được bố trí từ nguồn chi thường xuyên, lồng ghép với các chương trình, nhiệm vụ chuyển đổi số của tỉnh theo quy định của pháp luật về ngân sách nhà nước.",
			"Sở Thử nghiệm kính trình Ủy ban nhân dân tỉnh xem xét, quyết định./.",
		},
		Recipients: []string{"Như trên;", "Sở Nhận văn bản tỉnh Mẫu;", "Giám đốc Sở (để b/c);", "Lưu: VT, VP."},
	}
}

func dayText(t time.Time) string {
	return fmt.Sprintf("%02d/%02d/%d", t.Day(), int(t.Month()), t.Year())
}

// fillers make a document longer without saying anything new.
var fillers = []string{
	"Các phòng chuyên môn và đơn vị trực thuộc chủ động rà soát quy trình nội bộ, xác định rõ người chịu trách nhiệm ở từng bước soạn thảo, trình ký, phát hành và lưu hồ sơ; bảo đảm văn bản điện tử được xử lý đúng thời hạn, đúng thẩm quyền.",
	"Việc quản lý thiết bị lưu khóa bí mật, con dấu và mật khẩu được thực hiện theo đúng quy định; không giao thiết bị cho người khác khi chưa được phép bằng văn bản của người có thẩm quyền.",
	"Văn phòng Sở theo dõi, đôn đốc, tổng hợp tình hình thực hiện; hằng quý báo cáo lãnh đạo Sở kết quả, khó khăn, vướng mắc và đề xuất giải pháp khắc phục.",
	"Trường hợp văn bản điện tử bị từ chối tiếp nhận, đơn vị soạn thảo phối hợp với văn thư kiểm tra nguyên nhân, hoàn thiện hồ sơ và gửi lại trong ngày làm việc tiếp theo.",
	"Tổ chức tập huấn kỹ năng ký số, kiểm tra chữ ký số và khai thác hệ thống quản lý văn bản cho công chức, viên chức; ưu tiên người trực tiếp làm công tác văn thư, lưu trữ.",
	"Các đơn vị gửi báo cáo kết quả thực hiện về Văn phòng Sở trước ngày 15 tháng cuối quý để tổng hợp.",
}

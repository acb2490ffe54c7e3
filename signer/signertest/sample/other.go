package sample

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"time"
)

// Other makes a document that is no administrative one: a contract, an
// invoice, a report in English, an article. Nobody may be confident of a place
// for a signature in it. kind says which it is.
func Other(seed uint64, date time.Time) (pdf []byte, kind string, err error) {
	r := rand.New(rand.NewPCG(seed, 0x6f74686572))
	kinds := []struct {
		name  string
		print func(*sheet, *rand.Rand)
	}{
		{"contract", (*sheet).contract},
		{"invoice", (*sheet).invoice},
		{"report", (*sheet).report},
		{"article", (*sheet).article},
	}
	k := kinds[seed%uint64(len(kinds))]
	var truth Truth
	s := newSheet(Document{Type: k.name, Date: date}, &truth)
	k.print(s, r)
	s.flush()
	var out bytes.Buffer
	if err := s.pdf.Output(&out); err != nil {
		return nil, k.name, fmt.Errorf("sample %s: %w", k.name, err)
	}
	return out.Bytes(), k.name, nil
}

func (s *sheet) contract(r *rand.Rand) {
	s.motto()
	s.y += 8
	s.font(bold, 15)
	s.line("HỢP ĐỒNG MUA BÁN HÀNG HÓA", wholeWidth, center)
	s.font(italic, 12)
	s.line(fmt.Sprintf("Số: %d/HĐMB", 1+r.IntN(500)), wholeWidth, center)
	s.y += 4
	s.font(regular, 13)
	s.paragraph("Hôm nay, tại trụ sở Bên A, hai bên gồm có:", regular)
	s.paragraph("BÊN A: Công ty Cổ phần Mẫu. Đại diện: Ông "+Name(r)+". Chức vụ: Giám đốc.", regular)
	s.paragraph("BÊN B: Công ty TNHH Thương mại Mẫu. Đại diện: Bà "+Name(r)+". Chức vụ: Giám đốc.", regular)
	for i := range 2 + r.IntN(8) {
		s.paragraph(fmt.Sprintf("Điều %d. %s", i+1, pick(r, fillers)), regular)
	}
	s.room(60)
	s.y += 4
	top := s.y
	for i, side := range []string{"ĐẠI DIỆN BÊN A", "ĐẠI DIỆN BÊN B"} {
		c := column{textLeft + float64(i)*80, textLeft + float64(i+1)*80}
		s.y = top
		s.font(bold, 13)
		s.line(side, c, center)
		s.font(italic, 12)
		s.line("(Ký, đóng dấu, ghi rõ họ tên)", c, center)
	}
}

func (s *sheet) invoice(r *rand.Rand) {
	s.font(bold, 16)
	s.line("HÓA ĐƠN GIÁ TRỊ GIA TĂNG", wholeWidth, center)
	s.font(italic, 12)
	s.line("Ngày 05 tháng 11 năm 2026", wholeWidth, center)
	s.font(regular, 12)
	for _, l := range []string{"Đơn vị bán hàng: Công ty TNHH Mẫu", "Mã số thuế: 0100000000", "Địa chỉ: Số 1 đường Thử Nghiệm", "Người mua hàng: " + Name(r), "Hình thức thanh toán: Chuyển khoản"} {
		s.line(l, wholeWidth, left)
	}
	s.y += 3
	s.table()
	s.line(fmt.Sprintf("Cộng tiền hàng: %d.000 đồng", 100+r.IntN(90000)), wholeWidth, right)
	s.y += 6
	top := s.y
	for i, who := range []string{"Người mua hàng", "Thủ trưởng đơn vị"} {
		c := column{textLeft + float64(i)*80, textLeft + float64(i+1)*80}
		s.y = top
		s.font(bold, 12)
		s.line(who, c, center)
		s.font(italic, 11)
		s.line("(Ký, ghi rõ họ tên)", c, center)
	}
}

func (s *sheet) report(r *rand.Rand) {
	s.font(bold, 18)
	s.line("Quarterly Operations Report", wholeWidth, left)
	s.font(regular, 12)
	s.y += 4
	for range 6 + r.IntN(20) {
		s.paragraph(pick(r, []string{
			"Throughput rose in the second half of the quarter while the number of open incidents fell; details are given in the appendix.",
			"The team completed the migration of the remaining services and closed the old data centre two weeks ahead of schedule.",
			"Costs stayed within budget. The variance of the third month was caused by a single invoice that had been booked twice.",
		}), regular)
	}
}

func (s *sheet) article(r *rand.Rand) {
	s.font(bold, 17)
	s.block("Chữ ký số và những thay đổi trong công việc hằng ngày của người làm văn thư", wholeWidth, left)
	s.font(italic, 12)
	s.line("Bài và ảnh: "+Name(r), wholeWidth, left)
	s.font(regular, 12)
	s.y += 4
	for range 5 + r.IntN(20) {
		s.paragraph(pick(r, fillers), regular)
	}
}

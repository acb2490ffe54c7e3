package sample

import (
	"bytes"
	"fmt"
	"strings"

	"trinhky/pdfview/geom"
)

// The columns of the heading and of the signature block (Annex I, IV).
var (
	headLeft   = column{22, 96}
	headRight  = column{100, 194}
	signRight  = column{108, textRight}
	wholeWidth = column{textLeft, textRight}
)

// Generate prints d. The bytes depend on d alone.
func Generate(d Document) ([]byte, Truth, error) {
	if len(d.Signers) == 0 || d.Agency == "" || d.Date.IsZero() {
		return nil, Truth{}, fmt.Errorf("sample %s/%s: agency, date and a signer are needed", d.Number, d.Notation)
	}
	var truth Truth
	s := newSheet(d, &truth)
	s.heading(d)
	s.opening(d)
	s.body(d)
	s.closing(d)
	s.annexes(d)
	s.flush()
	truth.Pages = s.page + 1
	var out bytes.Buffer
	if err := s.pdf.Output(&out); err != nil {
		return nil, Truth{}, fmt.Errorf("sample %s/%s: %w", d.Number, d.Notation, err)
	}
	// The decree asks for PDF 1.4 or later; the font subsets use nothing newer.
	return bytes.Replace(out.Bytes(), []byte("%PDF-1.3"), []byte("%PDF-1.7"), 1), truth, nil
}

func (d Document) title() string {
	name := d.Type
	if name == "" {
		name = "Công văn"
	}
	return fmt.Sprintf("%s %s/%s", name, d.Number, d.Notation)
}

// heading prints boxes 1 to 4, and 5b of a công văn.
func (s *sheet) heading(d Document) {
	s.y = marginTop
	s.motto()

	s.y = marginTop
	if d.Parent != "" {
		s.font(regular, 12.5)
		s.truth.Parent = s.block(d.Parent, headLeft, center)
	}
	s.font(bold, 12.5)
	s.truth.Agency = s.block(d.Agency, headLeft, center)
	if s.typed.Party {
		s.line("*", headLeft, center)
	} else {
		s.rule(s.truth.Agency, 0.4, 0.8)
	}

	s.y = max(s.y+2.5, marginTop+14)
	top := s.y
	s.font(regular, 13)
	s.number(d)
	below := s.y
	if d.Type == "" {
		s.font(regular, 12)
		s.y += 0.5
		s.truth.Subject = s.block(d.Subject, column{headLeft.x0 + 6, headLeft.x1 - 6}, center)
		below = s.y
	}
	s.y = top
	s.font(italic, 13.5)
	s.placeAndDate(d)
	s.y = max(below, s.y) + 3
	s.urgency(d)
}

// motto prints box 1, or the name of the Party on its own documents.
func (s *sheet) motto() {
	if s.typed.Party {
		s.font(bold, 14)
		s.truth.Motto = s.line("ĐẢNG CỘNG SẢN VIỆT NAM", headRight, center)
		s.rule(s.truth.Motto, 1, 0.6)
		return
	}
	s.font(bold, s.fitted("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", 12.5, headRight.width()))
	state := s.line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", headRight, center)
	s.font(bold, s.size+1)
	words := s.line("Độc lập - Tự do - Hạnh phúc", headRight, center)
	s.truth.Motto = join(state, words)
	s.rule(words, 1, 0.6)
}

// fitted is the size, at most wish, at which bold text fits into width.
func (s *sheet) fitted(text string, wish, width float64) float64 {
	s.font(bold, wish)
	return min(wish, wish*width/s.pdf.GetStringWidth(text))
}

// number prints box 3, «Số: 125/STN-VP», on Party documents «Số 15-CV/TU».
func (s *sheet) number(d Document) {
	before, stroke := "Số: ", "/"
	if s.typed.Party {
		before, stroke = "Số ", "-"
	}
	x := headLeft.mid() - s.pdf.GetStringWidth(before+d.Number+stroke+d.Notation)/2
	whole := s.putBeside(before+d.Number+stroke+d.Notation, x, 0)
	x += s.pdf.GetStringWidth(before)
	s.truth.Number = s.within(whole, d.Number, x)
	x += s.pdf.GetStringWidth(d.Number + stroke)
	s.truth.Notation = s.within(whole, d.Notation, x)
	s.y += s.lineHeight()
}

// placeAndDate prints box 4. Days below 10 and the months 1 and 2 take a
// leading nought (Annex I, II.4).
func (s *sheet) placeAndDate(d Document) {
	date := DateText(d)
	text := d.Place + ", " + date
	x := headRight.mid() - s.pdf.GetStringWidth(text)/2
	whole := s.putBeside(text, x, 0)
	s.truth.Place = s.within(whole, d.Place, x)
	s.truth.Date = s.within(whole, date, x+s.pdf.GetStringWidth(d.Place+", "))
	s.y += s.lineHeight()
}

// DateText is the date of d as printed: "ngày 05 tháng 01 năm 2026".
func DateText(d Document) string {
	month := itoa(int(d.Date.Month()))
	if d.Date.Month() <= 2 {
		month = "0" + month
	}
	return fmt.Sprintf("ngày %02d tháng %s năm %d", d.Date.Day(), month, d.Date.Year())
}

// within is the piece of a printed line that begins at x.
func (s *sheet) within(line Part, text string, x float64) Part {
	r := line.Rect
	r.X0, r.X1 = geom.MM(x), geom.MM(x+s.pdf.GetStringWidth(text))
	return Part{Text: text, Page: line.Page, Rect: r}
}

// urgency prints box 10b: red letters in a red frame (Annex I, III.2).
func (s *sheet) urgency(d Document) {
	if d.Urgency == "" {
		return
	}
	w := map[string]float64{"KHẨN": 20, "HỎA TỐC": 30, "THƯỢNG KHẨN": 40}[d.Urgency]
	s.pdf.SetTextColor(220, 0, 0)
	s.pdf.SetDrawColor(220, 0, 0)
	s.font(bold, 13)
	c := column{headLeft.x0 + 8, headLeft.x0 + 8 + w}
	s.pdf.SetLineWidth(0.4)
	s.pdf.Rect(c.x0, s.y, w, 8, "D")
	top := s.y
	s.y += (8 - s.lineHeight()) / 2
	s.truth.Urgency = s.line(d.Urgency, c, center)
	s.y = top + 10
	s.pdf.SetTextColor(0, 0, 0)
	s.pdf.SetDrawColor(0, 0, 0)
}

// opening prints type and subject (box 5a), «Kính gửi» (9a) and the grounds of
// a decision.
func (s *sheet) opening(d Document) {
	s.y += 3
	if d.Type != "" {
		s.font(bold, s.typed.size())
		s.truth.Type = s.line(d.Type, wholeWidth, center)
		s.truth.Subject = s.block(d.Subject, column{textLeft + 10, textRight - 10}, center)
		last := s.truth.Lines[len(s.truth.Lines)-1]
		s.rule(last, 0.35, 0.8)
		s.y += 4
	}
	s.addressees(d)
	if d.Issuer != "" {
		s.font(bold, s.typed.size())
		s.line(d.Issuer, wholeWidth, center)
		s.y += 2
	}
	s.font(italic, s.typed.size())
	for _, g := range d.Grounds {
		s.paragraph(g, italic)
	}
	if d.Issuer != "" {
		s.room(2 * s.lineHeight())
		s.font(bold, s.typed.size())
		s.line(d.Type+":", wholeWidth, center)
		s.y += 2
	}
}

func (s *sheet) addressees(d Document) {
	s.font(regular, s.typed.size())
	switch len(d.Addressees) {
	case 0:
		return
	case 1:
		before := "Kính gửi: "
		x := wholeWidth.mid() - s.pdf.GetStringWidth(before+d.Addressees[0])/2
		whole := s.putBeside(before+d.Addressees[0], x, 0)
		s.truth.Addressees = append(s.truth.Addressees,
			s.within(whole, d.Addressees[0], x+s.pdf.GetStringWidth(before)))
		s.y += s.lineHeight()
	default:
		s.line("Kính gửi:", column{70, textRight}, left)
		for _, a := range d.Addressees {
			s.truth.Addressees = append(s.truth.Addressees, s.line("- "+a, column{85, textRight}, left))
		}
	}
	s.y += 4
}

// body prints the paragraphs, and fillers until the page that was asked for.
func (s *sheet) body(d Document) {
	s.font(regular, s.typed.size())
	for i, p := range d.Body {
		if i == len(d.Body)-1 {
			s.fill(d)
			s.extras()
		}
		s.paragraph(p, regular)
	}
}

// extras prints what makes a body harder to read than plain paragraphs.
func (s *sheet) extras() {
	if s.typed.Table {
		s.table()
	}
	if s.typed.Leaders {
		for _, label := range []string{"Họ và tên: ", "Chức vụ: ", "Đơn vị công tác: "} {
			s.room(s.lineHeight())
			dots := strings.Repeat(".", int((textRight-textLeft-s.pdf.GetStringWidth(label))/s.pdf.GetStringWidth(".")))
			s.line(label+dots, wholeWidth, left)
		}
		s.y += 2
	}
}

// table prints a ruled table of five rows.
func (s *sheet) table() {
	columns := []column{{textLeft, 45}, {45, 110}, {110, 150}, {150, textRight}}
	rows := [][]string{
		{"STT", "Nội dung", "Đơn vị", "Ghi chú"},
		{"1", "Rà soát quy trình", "Văn phòng", ""},
		{"2", "Tập huấn ký số", "Phòng Nghiệp vụ", "Quý I"},
		{"3", "Số hóa tài liệu", "Lưu trữ", "Quý II"},
		{"4", "Báo cáo kết quả", "Văn phòng", "Quý IV"},
	}
	h := s.lineHeight() + 1.5
	s.room(h * float64(len(rows)))
	s.pdf.SetLineWidth(0.2)
	for _, row := range rows {
		top := s.y
		for i, c := range columns {
			s.pdf.Rect(c.x0, top, c.width(), h, "D")
			if row[i] != "" {
				s.y = top + 0.7
				s.line(row[i], c, center)
			}
		}
		s.y = top + h
	}
	s.y += 3
}

// annexes prints appendix pages: they come after the signature block and carry
// none of their own.
func (s *sheet) annexes(d Document) {
	for i := range d.Style.Annexes {
		s.newPage()
		s.font(bold, s.typed.size())
		s.line("PHỤ LỤC "+itoa(i+1), wholeWidth, center)
		s.line("DANH MỤC NHIỆM VỤ VÀ PHÂN CÔNG THỰC HIỆN", wholeWidth, center)
		s.font(italic, s.typed.size())
		s.line("(Kèm theo văn bản số                          của "+d.Place+")", wholeWidth, center)
		s.y += 4
		s.font(regular, s.typed.size())
		for _, p := range fillers[:4] {
			s.paragraph(p, regular)
		}
		s.table()
	}
}

func (s *sheet) fill(d Document) {
	for i := 0; s.page < d.Pages-1; i++ {
		s.paragraph(fillers[i%len(fillers)], regular)
	}
}

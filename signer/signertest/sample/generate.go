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

// bandHeight is the blank band between title and name.
const bandHeight = 27.0

// Generate prints d. The bytes depend on d alone.
func Generate(d Document) ([]byte, Truth, error) {
	if len(d.Signers) == 0 || d.Agency == "" || d.Date.IsZero() {
		return nil, Truth{}, fmt.Errorf("sample %s/%s: agency, date and a signer are needed", d.Number, d.Notation)
	}
	var truth Truth
	s := newSheet(d.title(), d.Date, &truth)
	s.heading(d)
	s.opening(d)
	s.body(d)
	s.closing(d)
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
	s.font(bold, 12.5)
	motto := s.line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", headRight, center)
	s.font(bold, 13.5)
	words := s.line("Độc lập - Tự do - Hạnh phúc", headRight, center)
	s.truth.Motto = join(motto, words)
	s.rule(words, 1, 0.6)

	s.y = marginTop
	if d.Parent != "" {
		s.font(regular, 12.5)
		s.truth.Parent = s.block(d.Parent, headLeft, center)
	}
	s.font(bold, 12.5)
	s.truth.Agency = s.block(d.Agency, headLeft, center)
	s.rule(s.truth.Agency, 0.4, 0.8)

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

// number prints box 3, «Số: 125/STN-VP».
func (s *sheet) number(d Document) {
	before, stroke := "Số: ", "/"
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
	w := map[string]float64{"KHẨN": 20, "HỎA TỐC": 30}[d.Urgency]
	if w == 0 {
		w = 40
	}
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
		s.font(bold, 14)
		s.truth.Type = s.line(d.Type, wholeWidth, center)
		s.truth.Subject = s.block(d.Subject, column{textLeft + 10, textRight - 10}, center)
		last := s.truth.Lines[len(s.truth.Lines)-1]
		s.rule(last, 0.35, 0.8)
		s.y += 4
	}
	s.addressees(d)
	if d.Issuer != "" {
		s.font(bold, 14)
		s.line(d.Issuer, wholeWidth, center)
		s.y += 2
	}
	s.font(italic, 14)
	for _, g := range d.Grounds {
		s.paragraph(g, italic)
	}
	if d.Issuer != "" {
		s.room(2 * s.lineHeight())
		s.font(bold, 14)
		s.line(d.Type+":", wholeWidth, center)
		s.y += 2
	}
}

func (s *sheet) addressees(d Document) {
	s.font(regular, 14)
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
	s.font(regular, 14)
	for i, p := range d.Body {
		if i == len(d.Body)-1 {
			s.fill(d)
		}
		s.paragraph(p, regular)
	}
}

func (s *sheet) fill(d Document) {
	for i := 0; s.page < d.Pages-1; i++ {
		s.paragraph(fillers[i%len(fillers)], regular)
	}
}

// closing prints the signature block (7a, 7b) and «Nơi nhận» (9b), always on
// one page.
func (s *sheet) closing(d Document) {
	s.font(bold, 13.5)
	s.room(bandHeight + 7*s.lineHeight())
	s.y += 2
	top := s.y
	if len(d.Signers) == 1 {
		s.signer(d.Signers[0], signRight)
		below := s.y
		s.y = top
		s.recipients(d)
		s.y = max(s.y, below)
		return
	}
	below := top
	share := wholeWidth.width() / float64(len(d.Signers))
	for i, g := range d.Signers {
		s.y = top
		s.signer(g, column{textLeft + float64(i)*share, textLeft + float64(i+1)*share})
		below = max(below, s.y)
	}
	s.y = below + 4
	s.font(regular, 11)
	s.room(s.lineHeight() * float64(len(d.Recipients)+2))
	s.recipients(d)
}

func (s *sheet) signer(g Signer, c column) {
	var t SignerTruth
	s.font(bold, 13.5)
	if g.Authority != "" {
		t.Authority = s.block(g.Authority, c, center)
	}
	t.Title = s.block(g.Title, c, center)
	bandTop := s.y
	s.y += bandHeight
	t.Band = Part{Page: s.page, Rect: userRect(c.x0, bandTop, c.x1, s.y)}
	t.Name = s.line(g.Name, c, center)
	s.truth.Signers = append(s.truth.Signers, t)
}

func (s *sheet) recipients(d Document) {
	if len(d.Recipients) == 0 {
		return
	}
	s.font(boldItalic, 12)
	s.line("Nơi nhận:", wholeWidth, left)
	s.font(regular, 11)
	for _, r := range d.Recipients {
		for i, l := range s.greedy("- "+strings.TrimSpace(r), 70) {
			p := s.line(l, wholeWidth, left)
			if i == 0 {
				s.truth.Recipients = append(s.truth.Recipients, p)
				continue
			}
			last := &s.truth.Recipients[len(s.truth.Recipients)-1]
			*last = join(*last, p)
		}
	}
}

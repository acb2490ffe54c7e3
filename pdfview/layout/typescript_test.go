package layout_test

import (
	"fmt"
	"html"
	"math/rand/v2"
	"strings"

	"trinhky/signer/signertest/sample"
)

// Documents that an office program lays out: its own tables, justification,
// fonts and content streams. What is typed is known; where it came to stand is
// read from the page by the very strings, so that the truth does not come from
// the rules under test.

// typescript is one document for the office program.
type typescript struct {
	r      *rand.Rand
	b      strings.Builder
	truth  sample.Truth
	signed []office
	font   string
	size   float64
	grid   bool // an approval sheet
	beside int  // signers side by side
}

var officeFonts = []string{"Liberation Serif", "Liberation Sans", "DejaVu Serif", "DejaVu Sans", "Liberation Serif", "Liberation Serif"}

// newTypescript draws a document from seed.
func newTypescript(seed uint64) *typescript {
	r := rand.New(rand.NewPCG(seed, 0x6f66666963))
	s := &typescript{r: r, beside: 1, font: pick(r, officeFonts), size: 12.5 + float64(r.IntN(4))/2}
	h := pick(r, houses)
	k := kinds[0]
	if r.IntN(3) > 0 {
		k = pick(r, kinds[1:])
	}
	s.grid = r.IntN(6) == 0 && h.kind == state
	if s.grid {
		k = [2]string{pick(r, []string{"PHIẾU TRÌNH", "PHIẾU TRÌNH GIẢI QUYẾT CÔNG VIỆC", "PHIẾU GIẢI QUYẾT VĂN BẢN ĐẾN", "PHIẾU XỬ LÝ VĂN BẢN"}), "PTr"}
	}
	fmt.Fprintf(&s.b, `<html><head><meta charset="utf-8"><style>@page{size:210mm 297mm;margin:%dmm %dmm %dmm %dmm}
p{margin:0 0 %dpt 0;font-family:'%s';font-size:%.1fpt}td{vertical-align:top;padding:%dpt}</style></head><body>`,
		20+r.IntN(6), 15+r.IntN(6), 20+r.IntN(5), 28+r.IntN(7), r.IntN(7), s.font, s.size, r.IntN(4))
	s.heading(h, k)
	s.opening(h, k)
	s.body()
	switch {
	case s.grid:
		s.boxes()
	case r.IntN(10) == 0:
		s.joint()
	default:
		s.closing(h)
	}
	if !s.grid && r.IntN(5) == 0 {
		s.annex()
	}
	s.b.WriteString("</body></html>")
	return s
}

func (s *typescript) p(style, text string) {
	fmt.Fprintf(&s.b, `<p style="%s">%s</p>`, style, text)
}

const (
	mid     = "text-align:center;"
	heavy   = "font-weight:bold;"
	slanted = "font-style:italic;"
)

func (s *typescript) heading(h house, k [2]string) {
	r := s.r
	fmt.Fprintf(&s.b, `<table width="100%%" border="0"><tr><td width="%d%%">`, 40+r.IntN(6))
	small := fmt.Sprintf("font-size:%.1fpt;", s.size-1-float64(r.IntN(2)))
	if h.parent != "" {
		s.p(mid+small, h.parent)
	}
	s.p(mid+small+heavy, h.agency)
	s.truth.Agency.Text, s.truth.Parent.Text = h.agency, h.parent
	rule := func() {
		if r.IntN(2) == 0 {
			s.p(mid+"font-size:6pt;", strings.Repeat("_", 10))
		}
	}
	rule()
	number, notation := fmt.Sprintf("%02d", 1+r.IntN(3000)), h.short+"-VP"
	if k[1] != "" {
		notation = k[1] + "-" + h.short
	}
	word, stroke := "Số: ", "/"
	if h.kind == party {
		word, stroke, notation = "Số ", "-", strings.Trim(k[1]+"/"+h.short, "/")
		if k[1] == "" {
			notation = "CV/" + h.short
		}
	}
	s.truth.Number.Text, s.truth.Notation.Text = number, notation
	s.p(mid, word+number+stroke+notation)
	if k[0] == "" {
		s.truth.Subject.Text = "V/v " + pick(r, subjects)
		s.p(mid+"font-size:12pt;", s.truth.Subject.Text)
	}
	s.b.WriteString(`</td><td>`)
	switch h.kind {
	case state:
		s.truth.Motto.Text = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc"
		s.p(mid+small+heavy, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
		s.p(mid+heavy, "Độc lập - Tự do - Hạnh phúc")
	case party:
		s.truth.Motto.Text = "ĐẢNG CỘNG SẢN VIỆT NAM"
		s.p(mid+heavy, "ĐẢNG CỘNG SẢN VIỆT NAM")
	case company:
	}
	rule()
	s.truth.Place.Text = h.place
	s.truth.Date.Text = fmt.Sprintf("ngày %02d tháng %d năm 2026", 1+r.IntN(28), 3+r.IntN(10))
	s.p(mid+slanted, h.place+", "+s.truth.Date.Text)
	s.b.WriteString(`</td></tr></table>`)
}

func (s *typescript) opening(h house, k [2]string) {
	r := s.r
	s.truth.Type.Text = k[0]
	s.p("", "&nbsp;")
	if k[0] != "" {
		s.p(mid+heavy+fmt.Sprintf("font-size:%.1fpt;", s.size+1), k[0])
		text := pick(r, []string{"Về việc ", "V/v ", ""}) + pick(r, subjects)
		text = strings.ToUpper(text[:1]) + text[1:]
		s.truth.Subject.Text = text
		s.p(mid+heavy+"margin-left:14mm;margin-right:14mm;", text)
		s.p("", "&nbsp;")
	}
	if k[0] == "" || s.grid || k[0] == "TỜ TRÌNH" {
		s.p(mid, "Kính gửi: "+pick(r, []string{"Các sở, ban, ngành.", "Lãnh đạo Sở.", "Ủy ban nhân dân các xã, phường."}))
	}
	if k[0] == "QUYẾT ĐỊNH" || k[0] == "NGHỊ QUYẾT" {
		s.p(mid+heavy, h.chief+" "+h.agency)
		s.p(slanted+"text-indent:10mm;text-align:justify;", "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;")
		s.p(mid+heavy, "QUYẾT ĐỊNH:")
	}
}

func (s *typescript) body() {
	r := s.r
	n := 2 + r.IntN(7)
	if r.IntN(5) == 0 {
		n = 20 + r.IntN(30)
	}
	if s.grid {
		n = 2
	}
	for i := range n {
		s.p("text-indent:10mm;text-align:justify;", html.EscapeString(sentence(r, 20+r.IntN(50))))
		if i%9 == 4 {
			s.members()
		}
	}
}

// members is a ruled table of names, which are nobody's signature.
func (s *typescript) members() {
	s.b.WriteString(`<table width="100%" border="1" cellspacing="0"><tr>`)
	for _, c := range []string{"TT", "HỌ VÀ TÊN", "CHỨC VỤ"} {
		s.b.WriteString("<td>")
		s.p(mid+heavy, c)
		s.b.WriteString("</td>")
	}
	for i := range 2 + s.r.IntN(4) {
		fmt.Fprintf(&s.b, "</tr><tr><td>")
		s.p(mid, fmt.Sprint(i+1))
		s.b.WriteString("</td><td>")
		s.p("", pick(s.r, families)+" "+pick(s.r, middles)+" "+pick(s.r, givens))
		s.b.WriteString("</td><td>")
		s.p("", pick(s.r, []string{"Trưởng ban", "Phó Trưởng ban", "Ủy viên"}))
		s.b.WriteString("</td>")
	}
	s.b.WriteString("</tr></table>")
}

// gap is the room for a signature, as secretaries make it: empty lines.
func (s *typescript) gap() {
	s.b.WriteString(strings.Repeat(`<p>&nbsp;</p>`, 3+s.r.IntN(3)))
}

func (s *typescript) sign(o office) {
	s.signed = append(s.signed, o)
	for _, l := range strings.Split(o.authority, "\n") {
		if l != "" {
			s.p(mid+heavy, l)
		}
	}
	s.p(mid+heavy, o.title)
	if s.r.IntN(10) == 0 {
		s.p(mid+slanted+"font-size:11pt;", pick(s.r, []string{"(Đã ký)", "(Ký, ghi rõ họ tên)", "(Ký tên, đóng dấu)"}))
	}
	s.gap()
	s.p(mid+heavy, o.name)
}

func (s *typescript) recipients() {
	s.p(heavy+slanted+"font-size:12pt;", "Nơi nhận:")
	for _, l := range []string{"- Như trên;", "- Chủ tịch, các PCT;", "- Các sở, ngành;", "- Lưu: VT, TH."}[s.r.IntN(3):] {
		s.p("font-size:11pt;margin:0;", l)
		s.truth.Recipients = append(s.truth.Recipients, sample.Part{Text: l})
	}
}

func (s *typescript) closing(h house) {
	s.b.WriteString(`<table width="100%" border="0" style="page-break-inside:avoid"><tr><td width="48%">`)
	if s.r.IntN(12) > 0 {
		s.recipients()
	}
	s.b.WriteString(`</td><td>`)
	s.sign(signerOf(s.r, h))
	s.b.WriteString(`</td></tr></table>`)
}

// joint is signed by two or three agencies side by side.
func (s *typescript) joint() {
	n := 2 + s.r.IntN(2)
	s.beside = n
	s.b.WriteString(`<table width="100%" border="0" style="page-break-inside:avoid"><tr>`)
	for range n {
		fmt.Fprintf(&s.b, `<td width="%d%%">`, 100/n)
		s.sign(signerOf(s.r, pick(s.r, houses)))
		s.b.WriteString("</td>")
	}
	s.b.WriteString("</tr></table>")
	s.recipients()
}

// boxes is the table of an approval sheet, in one of the ways it is drawn.
func (s *typescript) boxes() {
	levels := []string{"CHUYÊN VIÊN", "LÃNH ĐẠO PHÒNG", "CHÁNH VĂN PHÒNG", "PHÓ GIÁM ĐỐC", "GIÁM ĐỐC"}[s.r.IntN(3):]
	way := s.r.IntN(3)
	if way == 1 {
		s.beside = 2
	}
	if way == 2 {
		levels = levels[len(levels)-3:]
		s.beside = 3
	}
	s.b.WriteString(`<table width="100%" border="1" cellspacing="0"><tr style="page-break-inside:avoid">`)
	for i, l := range levels {
		o := office{title: l, name: personName(s.r)}
		switch way {
		case 0: // the title on the left, the name at the foot on the right
			if i > 0 {
				s.b.WriteString(`</tr><tr style="page-break-inside:avoid">`)
			}
			s.b.WriteString(`<td width="38%">`)
			s.p(mid+heavy, l)
			s.b.WriteString(`</td><td>`)
			s.gap()
			s.p(mid+heavy, o.name)
			s.b.WriteString(`</td>`)
			s.signed = append(s.signed, o)
		case 1: // one over the other in a cell of its own
			if i > 0 {
				s.b.WriteString(`</tr><tr style="page-break-inside:avoid">`)
			}
			s.b.WriteString(`<td width="45%">`)
			s.p("", "Ý kiến:")
			s.b.WriteString(`</td><td>`)
			s.sign(o)
			s.b.WriteString(`</td>`)
		default: // side by side
			s.b.WriteString(`<td>`)
			s.sign(o)
			s.b.WriteString(`</td>`)
		}
	}
	s.b.WriteString(`</tr></table>`)
}

func (s *typescript) annex() {
	s.p(mid+heavy+"page-break-before:always;", "PHỤ LỤC")
	s.p(mid+slanted, "(Kèm theo văn bản số       của cơ quan ban hành)")
	s.members()
	s.p("text-align:justify;", html.EscapeString(sentence(s.r, 80)))
}

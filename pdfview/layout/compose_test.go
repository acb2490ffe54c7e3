package layout_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"trinhky/signer/signertest/sample"
)

// administrative prints one document drawn from seed.
func administrative(seed uint64) (pdf []byte, truth sample.Truth) {
	r := rand.New(rand.NewPCG(seed, 4))
	p := newPress(r)
	h := pick(r, houses)
	kind := kinds[0]
	if r.IntN(3) > 0 {
		kind = pick(r, kinds[1:])
	}
	p.heading(h, kind)
	p.opening(h, kind)
	p.text()
	n := 1
	if r.IntN(8) == 0 {
		n = 2 + r.IntN(2)
	}
	p.signatures(h, n)
	if r.IntN(4) == 0 {
		p.appendix()
	}
	return p.output(), p.truth
}

// heading prints boxes 1 to 4.
func (p *press) heading(h house, kind [2]string) {
	mid := p.left + (p.right-p.left)*(0.42+0.06*p.r.Float64()) - 8
	size := 12 + p.r.Float64()
	p.font("B", size)
	p.lead += 0.02
	x0, x1 := mid+2, p.right+4
	switch h.kind {
	case state:
		motto := p.centred(x0, x1, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
		p.font("B", size+1)
		p.truth.Motto = merge(motto, p.centred(x0, x1, "Độc lập - Tự do - Hạnh phúc"))
	case party:
		p.font("B", size+1)
		p.truth.Motto = p.centred(x0, x1, "ĐẢNG CỘNG SẢN VIỆT NAM")
	case company:
	}
	right := p.y
	p.y = p.top
	lx0, lx1 := p.left-10, mid
	if h.parent != "" {
		p.font("", size)
		p.truth.Parent = p.block(lx0, lx1, h.parent)
	}
	p.font("B", size)
	p.truth.Agency = p.block(lx0, lx1, h.agency)
	p.y = max(p.y, right) + 2 + 4*p.r.Float64()
	p.font("", 13)
	p.number(lx0, lx1, h, kind)
	p.date(x0, x1, h)
	p.next()
	if kind[0] == "" {
		p.font("", 12)
		p.y += 1
		p.truth.Subject = p.block(lx0+4, lx1-4, "V/v "+pick(p.r, subjects))
	}
	if p.r.IntN(8) == 0 {
		p.font("B", 13)
		p.y += 3
		word := pick(p.r, []string{"KHẨN", "THƯỢNG KHẨN", "HỎA TỐC"})
		p.truth.Urgency = p.put(p.left+5, p.y, word)
		p.next()
	}
	p.y += 4 + 6*p.r.Float64()
}

func (p *press) number(x0, x1 float64, h house, kind [2]string) {
	number := fmt.Sprintf("%02d", 1+p.r.IntN(4000))
	notation := h.short + "-VP"
	if kind[1] != "" {
		notation = kind[1] + "-" + h.short
	}
	blank := p.r.IntN(6) == 0
	if blank {
		number = strings.Repeat(" ", 4+p.r.IntN(8))
	}
	word, stroke := "Số:", "/"
	if h.kind == party {
		word, stroke = "Số", "-"
		notation = kind[1] + "/" + h.short
		if kind[1] == "" {
			notation = "CV/" + h.short
		}
	}
	x := (x0+x1)/2 - p.width(word+" "+number+stroke+notation)/2
	p.put(x, p.y, word)
	x += p.width(word + " ")
	if !blank {
		p.truth.Number = p.put(x, p.y, number)
	}
	x += p.width(number)
	p.put(x, p.y, stroke)
	p.truth.Notation = p.put(x+p.width(stroke), p.y, notation)
}

func (p *press) date(x0, x1 float64, h house) {
	p.font("I", 13)
	day, month := fmt.Sprintf("%02d", 1+p.r.IntN(28)), fmt.Sprint(3+p.r.IntN(10))
	if p.r.IntN(6) == 0 {
		day, month = "    ", "    "
	}
	date := "ngày " + day + " tháng " + month + " năm 2026"
	x := (x0+x1)/2 - p.width(h.place+", "+date)/2
	p.truth.Place = p.put(x, p.y, h.place)
	p.put(x+p.width(h.place), p.y, ",")
	p.truth.Date = p.put(x+p.width(h.place+", "), p.y, date)
}

// opening prints type and subject, or «Kính gửi».
func (p *press) opening(h house, kind [2]string) {
	if kind[0] != "" {
		p.font("B", 14)
		p.truth.Type = p.centred(p.left, p.right, kind[0])
		p.font("B", 13.5)
		first := pick(p.r, []string{"Về việc ", "", "V/v "})
		text := first + pick(p.r, subjects)
		text = strings.ToUpper(text[:1]) + text[1:]
		p.truth.Subject = p.block(p.left+12, p.right-12, text)
		p.y += 3 + 4*p.r.Float64()
	}
	if kind[0] == "" || kind[0] == "TỜ TRÌNH" {
		p.font("", 14)
		if p.r.IntN(2) == 0 {
			p.put(p.left+25, p.y, "Kính gửi: "+"Các sở, ban, ngành.")
			p.next()
		} else {
			p.put(p.left+30, p.y, "Kính gửi:")
			p.next()
			for _, a := range []string{"- Các sở, ban, ngành;", "- Ủy ban nhân dân các xã, phường;", "- Văn phòng Tỉnh ủy."} {
				p.put(p.left+46, p.y, a)
				p.next()
			}
		}
		p.y += 3
	}
	if kind[0] == "QUYẾT ĐỊNH" || kind[0] == "NGHỊ QUYẾT" {
		p.font("B", 13.5)
		p.block(p.left, p.right, h.chief+" "+h.agency)
		p.y += 2
		p.font("I", 13.5)
		for range 1 + p.r.IntN(4) {
			p.paragraph("Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;")
		}
		p.font("B", 13.5)
		p.block(p.left, p.right, "QUYẾT ĐỊNH:")
	}
}

// text prints the body: a few paragraphs, sometimes many pages, with tables of
// names and dot leaders between.
func (p *press) text() {
	size := 13 + p.r.Float64()
	p.font("", size)
	paragraphs := 2 + p.r.IntN(9)
	switch p.r.IntN(20) {
	case 0:
		paragraphs = 150 + p.r.IntN(100)
	case 1, 2, 3:
		paragraphs = 15 + p.r.IntN(30)
	}
	for i := range paragraphs {
		p.font("", size)
		if i%7 == 3 {
			p.font("B", size)
			p.paragraph(fmt.Sprintf("%d. %s", i/7+1, sentence(p.r, 4)))
			continue
		}
		p.paragraph(sentence(p.r, 15+p.r.IntN(60)))
		if p.r.IntN(14) == 0 {
			p.names()
		}
		if p.r.IntN(14) == 0 {
			p.put(p.left+10, p.y, "Họ và tên: "+strings.Repeat(".", 60))
			p.next()
		}
	}
	p.y += 2
}

// names prints a table of members of a committee.
func (p *press) names() {
	p.font("B", 12)
	p.put(p.left+2, p.y, "TT")
	p.put(p.left+20, p.y, "HỌ VÀ TÊN")
	p.put(p.left+90, p.y, "CHỨC VỤ")
	p.next()
	p.font("", 12)
	for i := range 2 + p.r.IntN(4) {
		p.y += 3
		p.put(p.left+2, p.y, fmt.Sprint(i+1))
		p.put(p.left+20, p.y, pick(p.r, families)+" "+pick(p.r, middles)+" "+pick(p.r, givens))
		p.put(p.left+90, p.y, pick(p.r, []string{"Trưởng ban", "Phó Trưởng ban", "Ủy viên", "Thư ký"}))
		p.next()
	}
	p.y += 3
}

// signatures prints «Nơi nhận» and the blocks of n signers.
func (p *press) signatures(h house, n int) {
	band := 15 + 20*p.r.Float64()
	need := band + 40 + 8*float64(n)
	if p.y+need > p.bottom {
		p.newPage()
	}
	top := p.y
	switch {
	case n > 1: // side by side over the whole width, «Nơi nhận» below
		w := (p.right - p.left) / float64(n)
		low := top
		for i := range n {
			p.y = top
			p.sign(p.left+w*float64(i)+1.9, p.left+w*float64(i+1)-1.9, signerOf(p.r, pick(p.r, houses)), band)
			low = max(low, p.y)
		}
		p.y = low + 4
		p.recipients()
	default:
		mid := (p.left+p.right)/2 - 4 + 12*p.r.Float64()
		p.sign(mid, p.right+2*p.r.Float64(), signerOf(p.r, h), band)
		low := p.y
		p.y = top
		if p.r.IntN(15) > 0 {
			p.recipients()
		}
		p.y = max(p.y, low)
	}
}

func (p *press) recipients() {
	page := p.page
	p.font("B", 12)
	p.put(p.left, p.y, "Nơi nhận:")
	p.next()
	p.font("", 11)
	list := []string{"- Như trên;", "- Chủ tịch, các PCT;", "- Các sở, ngành;", "- Lãnh đạo Văn phòng;", "- Lưu: VT, TH."}
	for _, l := range list[:2+p.r.IntN(3)] {
		if p.page != page {
			break
		}
		p.truth.Recipients = append(p.truth.Recipients, p.put(p.left, p.y, l))
		p.next()
	}
}

// sign prints a signature block into a column.
func (p *press) sign(x0, x1 float64, o office, band float64) {
	var t sample.SignerTruth
	size := 13 + p.r.Float64()
	p.font("B", size)
	if o.authority != "" {
		for _, l := range strings.Split(o.authority, "\n") {
			t.Authority = merge(t.Authority, p.block(x0, x1, l))
		}
	}
	t.Title = p.block(x0, x1, o.title)
	em := p.size / pt
	y0 := p.y - p.line() + 0.22*em // the foot of the title
	if p.r.IntN(12) == 0 {
		p.font("I", 11)
		p.centred(x0, x1, pick(p.r, []string{"(Ký, ghi rõ họ tên)", "(Đã ký)", "(Ký tên, đóng dấu)"}))
		p.font("B", size)
	}
	p.y = y0 + band + 0.89*em
	for p.width(o.name) > x1-x0 { // a typist would choose a shorter form
		o.name = pick(p.r, families) + " " + pick(p.r, givens)
	}
	t.Name = p.centred(x0, x1, o.name)
	y1 := p.y - p.line() - 0.89*em
	t.Band = sample.Part{Page: p.page, Rect: user(x0, y0, x1, y1)}
	p.truth.Signers = append(p.truth.Signers, t)
}

// appendix prints pages behind the signature.
func (p *press) appendix() {
	for range 1 + p.r.IntN(6) {
		p.newPage()
		p.font("B", 13.5)
		p.centred(p.left, p.right, "PHỤ LỤC")
		p.centred(p.left, p.right, "DANH SÁCH KÈM THEO")
		p.names()
		p.font("", 13)
		for range 2 + p.r.IntN(5) {
			p.paragraph(sentence(p.r, 40))
		}
		p.names()
	}
}

// foreignKinds are documents that no leader of an agency signs.
var foreignKinds = []string{"contract", "invoice", "article", "form", "list"}

// other prints a document that is not administrative.
func other(seed uint64, kind string) []byte {
	r := rand.New(rand.NewPCG(seed, 5))
	p := newPress(r)
	p.font("B", 13)
	switch kind {
	case "contract":
		p.centred(p.left, p.right, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
		p.centred(p.left, p.right, "Độc lập - Tự do - Hạnh phúc")
		p.y += 5
		p.centred(p.left, p.right, "HỢP ĐỒNG MUA BÁN")
		p.font("", 13)
		p.centred(p.left, p.right, "Số: 12/2026/HĐMB")
		p.paragraph(sentence(r, 120))
		p.pair("ĐẠI DIỆN BÊN A", "GIÁM ĐỐC", "ĐẠI DIỆN BÊN B", "GIÁM ĐỐC")
	case "invoice":
		p.centred(p.left, p.right, "HÓA ĐƠN GIÁ TRỊ GIA TĂNG")
		p.font("", 12)
		p.centred(p.left, p.right, "Ngày 12 tháng 8 năm 2026")
		p.paragraph(sentence(r, 60))
		p.pair("NGƯỜI MUA HÀNG", "", "THỦ TRƯỞNG ĐƠN VỊ", "")
	case "article":
		p.centred(p.left, p.right, strings.ToUpper(pick(r, subjects)))
		p.font("", 12)
		for range 12 {
			p.paragraph(sentence(r, 60))
		}
		p.y += 10
		p.put(p.right-40, p.y, personName(r))
	case "form":
		p.centred(p.left, p.right, "ĐƠN XIN XÁC NHẬN")
		p.font("", 13)
		for range 6 {
			p.paragraph(sentence(r, 30))
		}
		p.pair("XÁC NHẬN CỦA ĐỊA PHƯƠNG", "", "NGƯỜI LÀM ĐƠN", "")
	default:
		p.centred(p.left, p.right, "DANH SÁCH HỘI NGHỊ")
		for range 5 {
			p.names()
		}
	}
	return p.output()
}

// pair prints two signatures side by side.
func (p *press) pair(texts ...string) {
	p.y += 5
	if p.y+60 > p.bottom {
		p.newPage()
	}
	top, mid := p.y, (p.left+p.right)/2
	for i := range 2 {
		p.y = top
		x0, x1 := p.left+float64(i)*(mid-p.left), mid+float64(i)*(p.right-mid)
		p.font("B", 13)
		p.block(x0, x1, texts[2*i])
		if texts[2*i+1] != "" {
			p.block(x0, x1, texts[2*i+1])
		}
		p.y += 22
		p.centred(x0, x1, pick(p.r, families)+" "+pick(p.r, middles)+" "+pick(p.r, givens))
	}
}

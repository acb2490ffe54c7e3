package layout_test

import (
	"context"
	"fmt"
	"html"
	"math/rand/v2"
	"strings"
	"testing"

	"trinhky/pdfview"
	"trinhky/pdfview/layout"
)

// Documents that no leader of an agency signs, as they come across a desk: some
// print the motto, a title over a blank and a name under it all the same.
func outsiders(r *rand.Rand) map[string]string {
	motto := `<div style="text-align:center"><b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM<br>Độc lập - Tự do - Hạnh phúc</b></div>`
	p := func(n int) string {
		var b strings.Builder
		for range n {
			fmt.Fprintf(&b, `<p style="text-align:justify">%s</p>`, html.EscapeString(strings.Join(clauses[:3+r.IntN(4)], " ")))
		}
		return b.String()
	}
	name := func() string { return html.EscapeString(stranger(r)) }
	cell := func(title, hint string) string {
		return fmt.Sprintf(`<td style="text-align:center"><b>%s</b><br><i>%s</i><div style="height:25mm"></div><b>%s</b></td>`, title, hint, name())
	}
	row := func(cells ...string) string {
		return `<table style="width:100%"><tr>` + strings.Join(cells, "") + `</tr></table>`
	}
	right := func(title string) string {
		return fmt.Sprintf(`<div style="margin-left:50%%;text-align:center"><b>%s</b><div style="height:25mm"></div><b>%s</b></div>`, title, name())
	}
	return map[string]string{
		"sales contract": motto + `<h3 style="text-align:center">HỢP ĐỒNG MUA BÁN<br>Số: 12/HĐMB</h3>` + p(6) + row(cell("ĐẠI DIỆN BÊN A<br>GIÁM ĐỐC", ""), cell("ĐẠI DIỆN BÊN B<br>CHỦ TỊCH HĐQT", "")),
		"labour contract": row(`<td style="text-align:center">CÔNG TY MẪU<br>Số: 05/HĐLĐ</td><td>`+motto+`</td>`) + `<h3 style="text-align:center">HỢP ĐỒNG LAO ĐỘNG</h3>` + p(5) +
			row(cell("NGƯỜI LAO ĐỘNG", "(Ký, ghi rõ họ tên)"), cell("NGƯỜI SỬ DỤNG LAO ĐỘNG<br>GIÁM ĐỐC", "")),
		"hand-over":   motto + `<h3 style="text-align:center">BIÊN BẢN BÀN GIAO TÀI SẢN</h3>` + p(3) + row(cell("BÊN GIAO", ""), cell("BÊN NHẬN", "")),
		"payment":     `<b>CÔNG TY CỔ PHẦN MẪU</b><h3 style="text-align:center">PHIẾU CHI</h3><p>Số: 15/PC</p>` + p(1) + row(cell("GIÁM ĐỐC", "(Ký, họ tên)"), cell("KẾ TOÁN TRƯỞNG", ""), cell("THỦ QUỸ", ""), cell("NGƯỜI LẬP PHIẾU", ""), cell("NGƯỜI NHẬN TIỀN", "")),
		"invoice":     `<h3 style="text-align:center">HÓA ĐƠN GIÁ TRỊ GIA TĂNG</h3><p>Ký hiệu: 1C26TAA<br>Số: 00000125</p><p>Ngày 05 tháng 11 năm 2026</p>` + p(2) + row(cell("NGƯỜI MUA HÀNG", ""), cell("NGƯỜI BÁN HÀNG", "")),
		"application": motto + `<h3 style="text-align:center">ĐƠN XIN NGHỈ PHÉP</h3><p style="text-align:center">Kính gửi: Giám đốc Sở Nội vụ</p>` + p(2) + `<p style="text-align:right"><i>Huế, ngày 05 tháng 11 năm 2026</i></p>` + right("NGƯỜI LÀM ĐƠN"),
		"statement":   `<h2 style="text-align:center">BÁO CÁO TÀI CHÍNH HỢP NHẤT</h2><p style="text-align:center">Quý III năm 2026</p>` + p(9) + row(cell("NGƯỜI LẬP", ""), cell("KẾ TOÁN TRƯỞNG", ""), cell("TỔNG GIÁM ĐỐC", "")),
		"English":     `<p>Ref: 12/HR-2026</p><p>Dear Mr. Nguyen,</p>` + strings.Repeat(`<p>We are pleased to inform you that the shipment will arrive in the second week of December.</p>`, 6) + `<p>Yours sincerely,</p><div style="height:22mm"></div><p><b>JOHN A. SMITH</b><br>DIRECTOR</p>`,
		"curriculum":  `<h1>NGUYỄN VĂN AN</h1><p>GIÁM ĐỐC DỰ ÁN</p>` + p(4) + `<h3>KINH NGHIỆM</h3><b>TRƯỞNG PHÒNG</b><div style="height:15mm"></div>` + p(3),
		"newspaper":   `<h1>CHỦ TỊCH TỈNH KIỂM TRA TIẾN ĐỘ</h1><div style="columns:2">` + p(10) + `<p style="text-align:right"><b>TRẦN MINH</b></p></div>`,
		"programme":   `<h2 style="text-align:center">CHƯƠNG TRÌNH HỘI NGHỊ</h2><table border="1">` + strings.Repeat("<tr><td>8h00</td><td>Khai mạc</td><td>CHỦ TỊCH</td><td>"+name()+"</td></tr>", 9) + `</table>`,
		"slides":      `<div style="height:60mm"></div><h1 style="text-align:center">BÁO CÁO CHUYÊN ĐỀ</h1><div style="text-align:center;margin-left:50%"><b>GIÁM ĐỐC TRUNG TÂM</b><div style="height:20mm"></div><b>` + name() + `</b></div>`,
		"will":        motto + `<h3 style="text-align:center">GIẤY BÁN XE</h3>` + p(3) + row(cell("BÊN BÁN", ""), cell("BÊN MUA", "")),
		"diary":       `<h2>NGHỊ QUYẾT SỐ 57 VÀ CHÚNG TA</h2>` + p(12) + right("TRƯỞNG BAN BIÊN TẬP"),
		"members":     motto + `<h3 style="text-align:center">ĐIỀU LỆ CÔNG TY</h3>` + p(8) + row(cell("CHỦ TỊCH", ""), cell("THÀNH VIÊN", ""), cell("THÀNH VIÊN", "")),
		"form":        `<p>Mẫu số 03</p>` + motto + `<h3 style="text-align:center">TỜ KHAI ĐĂNG KÝ</h3>` + strings.Repeat(`<p>Họ và tên: ........................................................</p>`, 9) + right("NGƯỜI KHAI"),
	}
}

// Documents of other people have no place that is sure.
func TestOutsiders(t *testing.T) {
	var pile strings.Builder
	var names []string
	for round := range samples(2, 12) {
		r := rand.New(rand.NewPCG(round, 0x6f757473))
		for name, text := range outsiders(r) {
			fmt.Fprintf(&pile, `<section style="break-before:page;font:13pt '%s'"><div style="font-size:2pt;line-height:2pt;color:rgb(%d,0,0)">I</div>%s</section>`,
				pick(r, []string{"Liberation Serif", "Liberation Sans"}), markBegin, text)
			names = append(names, name)
		}
	}
	c := newTally()
	all := divided(t, chromium(t, pile.String()))
	if len(all) != len(names) {
		t.Fatalf("%d documents of %d", len(all), len(names))
	}
	for i, d := range all {
		got, err := layout.Find(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		sure := false
		for _, s := range got.Signers {
			sure = sure || s.Band.Confidence >= 0.9
		}
		c.note("no sure place", !sure, "%s: %s", names[i], blocks(got))
	}
	c.check(t, map[string]float64{"no sure place": 1})
}

// garbled is a document whose letters mean something else than they look: fonts
// of the old Vietnamese encodings (TCVN3, VNI) without a ToUnicode map.
type garbled struct {
	pdfview.Document
	to func(rune) rune
}

func (g garbled) Text(ctx context.Context, page int) (pdfview.Text, error) {
	t, err := g.Document.Text(ctx, page)
	for i := range t.Chars {
		t.Chars[i].Rune = g.to(t.Chars[i].Rune)
	}
	return t, err
}

// Text that cannot be read is as good as none: what is found then comes from
// the ink and is not sure.
func TestUnreadableText(t *testing.T) {
	pdf, truth := administrative(3)
	source := open(t, pdf)
	for name, to := range map[string]func(rune) rune{
		"glyph numbers": func(r rune) rune { return 0xE000 + r&0xFFF },
		"shifted": func(r rune) rune {
			if r <= ' ' {
				return r
			}
			return 0x21 + r%0x5E
		},
		"TCVN3": func(r rune) rune {
			if r > 0x7F {
				return 0xA8 + r%0x50
			}
			return r
		},
	} {
		d := garbled{source, to}
		got, err := layout.Find(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, s := range got.Signers {
			if s.Band.Confidence >= 0.9 && !rightPlace(s.Band, truth.Signers[0].Band) {
				t.Errorf("%s: sure of %+v", name, s)
			}
			found = found || s.Band.Page == truth.Signers[0].Band.Page && s.Band.Confidence >= 0.5 &&
				within(s.Band.Rect, truth.Signers[0].Band.Rect) > 0.7
		}
		if !found {
			t.Errorf("%s: %+v, the truth is %v", name, got.Signers, truth.Signers[0].Band)
		}
	}
}

// A block that a page divides has no sure place.
func TestDividedBlock(t *testing.T) {
	head := `<table style="width:100%;text-align:center"><tr><td>UBND TỈNH MẪU<br><b>SỞ TƯ PHÁP</b><br>Số: 12/STP-VP</td><td><b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM<br>Độc lập - Tự do - Hạnh phúc</b><br><i>Mẫu, ngày 05 tháng 3 năm 2026</i></td></tr></table>`
	begin := fmt.Sprintf(`<div style="font-size:2pt;line-height:2pt;color:rgb(%d,0,0)">I</div>`, markBegin)
	doc := chromium(t, `<section style="font:14pt 'Liberation Serif'">`+begin+head+`<p>Nội dung.</p><div style="margin-left:50%;text-align:center"><b>KT. GIÁM ĐỐC<br>PHÓ GIÁM ĐỐC</b></div>
		<div style="break-before:page;height:15mm"></div><div style="margin-left:50%;text-align:center"><b>Nguyễn Văn Hòa</b></div></section>`)
	got, err := layout.Find(context.Background(), doc)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range got.Signers {
		if s.Band.Confidence >= 0.9 {
			t.Errorf("%+v", s)
		}
	}
}

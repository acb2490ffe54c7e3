package layout_test

import (
	"context"
	"fmt"
	"html"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// The marks of what is searched: red says which part it is, green which signer.
const (
	markAuthority = 0x10
	markTitle     = 0x20
	markName      = 0x30
	markBegin     = 0x3C // the first line of a document in a pile
)

// webpage prints dossiers with a browser.
type webpage struct {
	*dossier
	b    strings.Builder
	size float64
}

func (w *webpage) f(format string, args ...any) { fmt.Fprintf(&w.b, format, args...) }

// marked is text in the colour of its part.
func marked(part, signer int, text string) string {
	return fmt.Sprintf(`<span style="color:rgb(%d,%d,0)">%s</span>`, part, 8*signer, strings.ReplaceAll(html.EscapeString(text), "\n", "<br>"))
}

// webOf is one document as a section that begins on a sheet of its own.
func webOf(d *dossier) string {
	w := &webpage{dossier: d, size: 13 + float64(d.r.IntN(3))/2}
	r := d.r
	face := pick(r, []string{"Liberation Serif", "Liberation Serif", "Liberation Serif", "DejaVu Serif", "Liberation Sans", "DejaVu Sans"})
	if strings.HasPrefix(face, "DejaVu") {
		w.size = 11.5 // its letters are wide
	}
	w.f(`<section style="break-before:page;padding:0 %dmm 0 %dmm;font:%.1fpt/%.2f '%s'">`, r.IntN(6), r.IntN(8), w.size, 1.15+0.35*r.Float64(), face)
	w.f(`<div style="font-size:2pt;line-height:2pt;color:rgb(%d,0,0)">I</div>`, markBegin)
	w.head()
	w.opening()
	w.text()
	if w.stacked {
		for i := range w.signers {
			w.close(i, i+1, i == 0)
		}
	} else {
		w.close(0, len(w.signers), true)
	}
	w.annexes()
	w.f("</section>\n")
	return w.b.String()
}

func (w *webpage) rule(mm int) {
	if w.r.IntN(3) > 0 {
		w.f(`<div style="border-top:1px solid #000;width:%dmm;margin:1mm auto"></div>`, mm)
	}
}

// leftHead and rightHead are the two columns.
func (w *webpage) leftHead(numbered bool) {
	small := w.size - float64(w.r.IntN(2))
	for _, l := range strings.Split(w.bureau.parent, "|") {
		w.f(`<div style="font-size:%.1fpt">%s</div>`, small, l)
	}
	for _, l := range strings.Split(w.bureau.agency, "|") {
		w.f(`<div style="font-size:%.1fpt"><b>%s</b></div>`, small, l)
	}
	w.rule(22)
	if numbered {
		w.f(`<div style="margin-top:3mm">%s</div>`, w.numberLine())
		if w.kind[0] == "" {
			w.f(`<div style="font-size:12pt">V/v %s</div>`, w.subject)
		}
	}
}

func (w *webpage) numberLine() string {
	if w.bureau.kind == party {
		return "Số " + w.number + "-" + w.notation
	}
	return pick(w.r, []string{"Số: ", "Số: ", "Số:&nbsp;&nbsp;", "Số "}) + w.number + pick(w.r, []string{"/", "/", "/", " / "}) + w.notation
}

func (w *webpage) rightHead(dated bool) {
	switch w.bureau.kind {
	case state:
		w.f(`<div style="font-size:%.1fpt;white-space:nowrap"><b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM</b></div>`, w.size-1)
		w.f(`<div><b>%s</b></div>`, pick(w.r, []string{"Độc lập - Tự do - Hạnh phúc", "Độc lập – Tự do – Hạnh phúc", "Độc lập-Tự do-Hạnh phúc"}))
		w.rule(50)
	case party:
		w.f(`<div><b>%s</b></div>`, pick(w.r, []string{"ĐẢNG CỘNG SẢN VIỆT NAM", "<u>ĐẢNG CỘNG SẢN VIỆT NAM</u>"}))
	case company:
		w.f(`<div>&nbsp;</div>`)
	}
	if dated {
		w.f(`<div style="margin-top:3mm"><i>%s, %s</i></div>`, w.place, w.date)
	}
}

func (w *webpage) head() {
	switch way := w.r.IntN(4); {
	case way == 0: // a table, number and date in a row of their own
		w.f(`<table style="width:100%%;border-collapse:collapse;text-align:center"><tr><td style="width:%d%%;vertical-align:top">`, 38+w.r.IntN(6))
		w.leftHead(false)
		w.f(`</td><td style="vertical-align:top">`)
		w.rightHead(false)
		w.f(`</td></tr><tr><td style="vertical-align:top">%s`, w.numberLine())
		if w.kind[0] == "" {
			w.f(`<div style="font-size:12pt">V/v %s</div>`, w.subject)
		}
		w.f(`</td><td style="vertical-align:top"><i>%s, %s</i></td></tr></table>`, w.place, w.date)
	case way == 1: // two columns that float
		w.f(`<div style="float:left;width:42%%;text-align:center">`)
		w.leftHead(true)
		w.f(`</div><div style="float:right;width:56%%;text-align:center">`)
		w.rightHead(true)
		w.f(`</div><div style="clear:both"></div>`)
	case way == 2: // side by side
		w.f(`<div style="display:flex;gap:%dmm;text-align:center"><div style="flex:4">`, w.r.IntN(4))
		w.leftHead(true)
		w.f(`</div><div style="flex:6">`)
		w.rightHead(true)
		w.f(`</div></div>`)
	default: // a grid, aligned to the row
		w.f(`<div style="display:grid;grid-template-columns:43%% 57%%;text-align:center"><div>`)
		w.leftHead(true)
		w.f(`</div><div>`)
		w.rightHead(true)
		w.f(`</div></div>`)
	}
	if w.urgency != "" {
		w.f(`<div style="margin:2mm 0 0 4mm"><b style="border:1px solid red;color:#d00;padding:1mm 3mm">%s</b></div>`, w.urgency)
	}
}

func (w *webpage) opening() {
	w.f(`<div style="height:%dmm"></div>`, 3+w.r.IntN(8))
	if w.kind[0] != "" {
		spread := ""
		if w.r.IntN(6) == 0 {
			spread = "letter-spacing:2pt"
		}
		w.f(`<div style="text-align:center;%s"><b>%s</b></div>`, spread, w.kind[0])
		w.f(`<div style="text-align:center;margin:0 %dmm"><b>%s</b></div>`, 14+w.r.IntN(12), "Về việc "+w.subject)
		w.rule(40)
	}
	switch {
	case len(w.to) == 1:
		w.f(`<p style="text-align:center">Kính gửi: %s</p>`, w.to[0])
	case len(w.to) > 1:
		w.f(`<div style="margin:3mm 0 3mm 35mm">Kính gửi:`)
		for _, t := range w.to {
			w.f(`<div style="margin-left:10mm">- %s</div>`, t)
		}
		w.f(`</div>`)
	}
	if len(w.grounds) > 0 {
		w.f(`<p style="text-align:center"><b>%s</b></p>`, strings.ReplaceAll(w.bureau.agency, "|", " "))
		for _, g := range w.grounds {
			w.f(`<p style="margin:1mm 0;text-indent:10mm"><i>%s</i></p>`, g)
		}
		w.f(`<p style="text-align:center"><b>%s:</b></p>`, w.kind[0])
	}
}

func (w *webpage) text() {
	for i, p := range w.body {
		w.f(`<p style="margin:%dpt 0;text-indent:10mm;text-align:justify">%s</p>`, 3+w.r.IntN(5), html.EscapeString(p))
		if i%7 == 3 && w.r.IntN(3) == 0 {
			w.table()
		}
	}
}

// table lists people, as appendices and decisions do.
func (w *webpage) table() {
	w.f(`<table style="width:100%%;border-collapse:collapse" border="1"><tr><th>TT</th><th>HỌ VÀ TÊN</th><th>CHỨC VỤ</th><th>GHI CHÚ</th></tr>`)
	for i := range 2 + w.r.IntN(6) {
		w.f(`<tr><td>%d</td><td>%s</td><td>%s</td><td></td></tr>`, i+1, html.EscapeString(stranger(w.r)),
			pick(w.r, []string{"Chủ tịch", "Phó Giám đốc", "PHÓ TRƯỞNG BAN", "Ủy viên"}))
	}
	w.f(`</table>`)
}

// close is «Nơi nhận» and the signers from a to b, side by side.
func (w *webpage) close(a, b int, list bool) {
	list = list && len(w.recipients) > 0
	w.f(`<div style="height:%dmm"></div>`, w.r.IntN(6))
	if b-a > 1 {
		w.f(`<table style="width:100%%;break-inside:avoid;table-layout:fixed"><tr>`)
		for i := a; i < b; i++ {
			w.f(`<td style="text-align:center;vertical-align:top">`)
			w.sign(i)
			w.f(`</td>`)
		}
		w.f(`</tr></table>`)
		if list {
			w.list()
		}
		return
	}
	switch way := w.r.IntN(4); {
	case way == 0:
		w.f(`<table style="width:100%%;break-inside:avoid"><tr><td style="width:47%%;vertical-align:top">`)
		if list {
			w.list()
		}
		w.f(`</td><td style="text-align:center;vertical-align:top">`)
		w.sign(a)
		w.f(`</td></tr></table>`)
	case way == 1:
		w.f(`<div style="display:flex;break-inside:avoid"><div style="width:50%%">`)
		if list {
			w.list()
		}
		w.f(`</div><div style="width:50%%;text-align:center">`)
		w.sign(a)
		w.f(`</div></div>`)
	case way == 2: // the list below the block
		w.f(`<div style="margin-left:%d%%;text-align:center;break-inside:avoid">`, 42+w.r.IntN(10))
		w.sign(a)
		w.f(`</div>`)
		if list {
			w.list()
		}
	default: // in the flow, the list beside it
		w.f(`<div style="break-inside:avoid;overflow:hidden"><div style="float:right;width:%dmm;text-align:center">`, 75+w.r.IntN(20))
		w.sign(a)
		w.f(`</div>`)
		if list {
			w.list()
		}
		w.f(`</div>`)
	}
}

func (w *webpage) list() {
	w.f(`<div style="font-size:12pt"><b><i>Nơi nhận:</i></b></div>`)
	for _, l := range w.recipients {
		w.f(`<div style="font-size:11pt;line-height:1.1">%s</div>`, l)
	}
}

func (w *webpage) sign(i int) {
	o := w.signers[i]
	bold := func(s string) string { return "<b>" + s + "</b>" }
	if w.r.IntN(12) == 0 {
		bold = func(s string) string { return s }
	}
	if o.authority != "" {
		w.f(`<div>%s</div>`, bold(marked(markAuthority, i+1, o.authority)))
	}
	w.f(`<div>%s</div>`, bold(marked(markTitle, i+1, o.title)))
	switch w.r.IntN(12) {
	case 0:
		w.f(`<div style="font-size:11pt"><i>%s</i></div>`, pick(w.r, []string{"(Đã ký)", "(Ký, đóng dấu)", "(Chữ ký, dấu)"}))
		w.f(`<div style="height:%dmm"></div>`, 18+w.r.IntN(10))
	case 1, 2, 3:
		w.f(`%s`, strings.Repeat("<br>", 4+w.r.IntN(3)))
	default:
		w.f(`<div style="height:%dmm"></div>`, 20+w.r.IntN(16))
	}
	w.f(`<div>%s</div>`, bold(marked(markName, i+1, o.name)))
}

func (w *webpage) annexes() {
	const page = `<div style="break-before:page"></div>`
	switch w.annex {
	case noAnnex:
	case copyAnnex:
		w.f(`<div style="break-inside:avoid;margin-top:8mm;border-top:1px dashed #000"><p style="text-align:center"><b>SAO Y</b></p>
			<table style="width:100%%;text-align:center"><tr><td>Số: 12/SY-UBND</td><td><i>%s, ngày 20 tháng 11 năm 2026</i></td></tr></table></div>`, w.place)
	case tableAnnex:
		w.f(page+`<p style="text-align:center"><b>%s</b><br><i>(Kèm theo Công văn số       ngày     /    /2026)</i></p>`, pick(w.r, []string{"PHỤ LỤC", "Phụ lục I", "BIỂU TỔNG HỢP", "PHỤ LỤC 01"}))
		for range 3 * w.sheets {
			w.table()
			w.f(`<p>&nbsp;</p>`)
		}
	case formAnnex:
		w.f(page + `<p>Mẫu số 01</p><table style="width:100%%;text-align:center"><tr><td>TÊN CƠ QUAN<br><b>ĐƠN VỊ BÁO CÁO</b><br>Số: ...../BC-....</td>
			<td><b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM<br>Độc lập - Tự do - Hạnh phúc</b><br><i>........, ngày .... tháng .... năm 20..</i></td></tr></table>
			<p style="text-align:center"><b>BÁO CÁO<br>Kết quả thực hiện</b></p><p>1. ....................................................</p>
			<div style="margin-left:50%%;text-align:center"><b>THỦ TRƯỞNG ĐƠN VỊ</b><br><i>(Ký tên, đóng dấu)</i><div style="height:25mm"></div><b>Họ và tên</b></div>`)
	case rulesAnnex:
		w.f(page+`<table style="width:100%%;text-align:center"><tr><td><b>%s</b></td><td><b>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM<br>Độc lập - Tự do - Hạnh phúc</b></td></tr></table>
			<p style="text-align:center"><b>QUY CHẾ</b><br>Làm việc<br><i>(Ban hành kèm theo Quyết định số       /QĐ)</i></p>`, strings.ReplaceAll(w.bureau.agency, "|", "<br>"))
		for i := range 8 * w.sheets {
			w.f(`<p><b>Điều %d. Trách nhiệm của Chủ tịch</b></p><p style="text-align:justify">%s</p>`, i+1, strings.Join(clauses, " "))
		}
	case listAnnex:
		w.f(page + `<p style="text-align:center"><b>DANH SÁCH CÁN BỘ, CÔNG CHỨC</b></p>`)
		for range w.sheets {
			w.table()
		}
		w.f(`<table style="width:100%%;text-align:center;margin-top:6mm"><tr><td><b>NGƯỜI LẬP BIỂU</b><div style="height:25mm"></div><b>%s</b></td>
			<td><b>PHỤ TRÁCH KẾ TOÁN</b><div style="height:25mm"></div><b>Hoàng Thị Nga</b></td></tr></table>`, "Đỗ Văn Kha")
	}
}

// chromium prints pages of the web; documents of a pile begin where their first
// mark stands.
func chromium(t *testing.T, sections string) pdfview.Document {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("Chromium is not installed")
	}
	markup := `<!DOCTYPE html><html><head><meta charset="utf-8"><style>body{margin:0}td,th{font:inherit}
		@page{size:A4;margin:20mm 15mm 20mm 28mm;@top-center{content:counter(page);font:13pt "Liberation Serif"}}</style></head><body>` + sections + `</body></html>`
	dir := t.TempDir()
	page, out := filepath.Join(dir, "pile.html"), filepath.Join(dir, "pile.pdf")
	if err := os.WriteFile(page, []byte(markup), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--no-pdf-header-footer", "--print-to-pdf="+out, "file://"+page)
	cmd.Env = append(os.Environ(), fonts(t))
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("chromium: %v\n%s", err, msg)
	}
	pdf, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	keep(t, "pile.pdf", pdf)
	return open(t, pdf)
}

// span is some pages of a document as a document of its own.
type span struct {
	pdfview.Document
	from, pages int
}

func (s span) Pages() int { return s.pages }

func (s span) Page(ctx context.Context, page int) (geom.Page, error) {
	return s.Document.Page(ctx, s.from+page)
}

func (s span) Text(ctx context.Context, page int) (pdfview.Text, error) {
	return s.Document.Text(ctx, s.from+page)
}

func (s span) Render(ctx context.Context, page int, scale float64, clip image.Rectangle) (*image.RGBA, error) {
	return s.Document.Render(ctx, s.from+page, scale, clip)
}

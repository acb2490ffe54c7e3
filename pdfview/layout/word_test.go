package layout_test

import (
	"fmt"
	"html"
	"strconv"
	"strings"
	"testing"
)

// wordfile types dossiers as secretaries do in a word processor: tables and
// tab stops, empty paragraphs, text boxes, letters spread, capitals by format.
type wordfile struct {
	*dossier
	b    strings.Builder
	size int // half points
	face string
}

func (w *wordfile) f(format string, args ...any) { fmt.Fprintf(&w.b, format, args...) }

// look is how a piece of text looks.
type look struct {
	bold, italic, caps bool
	colour             string
	size, spread       int
}

// run is text in one look; lines are parted by a break, columns by a tab.
func (w *wordfile) run(l look, text string) string {
	var p strings.Builder
	fmt.Fprintf(&p, `<w:r><w:rPr><w:rFonts w:ascii="%[1]s" w:hAnsi="%[1]s" w:cs="%[1]s"/>`, w.face)
	if l.bold {
		p.WriteString("<w:b/>")
	}
	if l.italic {
		p.WriteString("<w:i/>")
	}
	if l.caps {
		p.WriteString("<w:caps/>")
	}
	if l.colour != "" {
		fmt.Fprintf(&p, `<w:color w:val="%s"/>`, l.colour)
	}
	if l.spread != 0 {
		fmt.Fprintf(&p, `<w:spacing w:val="%d"/>`, l.spread)
	}
	if l.size == 0 {
		l.size = w.size
	}
	fmt.Fprintf(&p, `<w:sz w:val="%d"/></w:rPr><w:t xml:space="preserve">`, l.size)
	text = html.EscapeString(text)
	text = strings.ReplaceAll(text, "\n", `</w:t><w:br/><w:t xml:space="preserve">`)
	p.WriteString(strings.ReplaceAll(text, "\t", `</w:t><w:tab/><w:t xml:space="preserve">`))
	p.WriteString(`</w:t></w:r>`)
	return p.String()
}

// p is a paragraph; how is its properties' XML.
func (w *wordfile) p(how, runs string) { w.f(`<w:p><w:pPr>%s</w:pPr>%s</w:p>`, how, runs) }

const (
	centre = `<w:jc w:val="center"/>`
	body   = `<w:spacing w:before="60" w:after="60"/><w:ind w:firstLine="567"/><w:jc w:val="both"/>`
)

func (w *wordfile) mark(part, signer int) look {
	return look{bold: w.r.IntN(12) > 0, colour: fmt.Sprintf("%02X%02X00", part, 8*signer)}
}

// wordOf types one document; the answer is a .docx.
func wordOf(t *testing.T, d *dossier) []byte {
	t.Helper()
	r := d.r
	w := &wordfile{dossier: d, size: 2*13 + r.IntN(3), face: pick(r, []string{"Liberation Serif", "Liberation Serif", "Liberation Serif", "Liberation Sans"})}
	w.head()
	w.opening()
	for i, p := range d.body {
		w.p(body, w.run(look{}, p))
		if i%6 == 2 && r.IntN(3) == 0 {
			w.people()
		}
	}
	w.p("", "")
	if d.stacked {
		for i := range d.signers {
			w.close(i, i == 0)
		}
	} else if len(d.signers) > 1 {
		w.beside()
	} else {
		w.close(0, true)
	}
	w.annexes()
	columns := ""
	text := w.b.String() + fmt.Sprintf(`<w:sectPr>%s<w:headerReference w:type="default" r:id="rId1"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="%d" w:right="%d" w:bottom="1134" w:left="%d" w:header="567" w:footer="567"/><w:titlePg/></w:sectPr>`,
		columns, 1134+r.IntN(280), 850+r.IntN(280), 1600+r.IntN(380))
	return zipped(t, text)
}

func (w *wordfile) cell(width int, inside func()) {
	w.f(`<w:tc><w:tcPr><w:tcW w:w="%d" w:type="dxa"/></w:tcPr>`, width)
	inside()
	w.f(`</w:tc>`)
}

func (w *wordfile) table(border bool, rows func()) {
	line := "none"
	if border {
		line = "single"
	}
	w.f(`<w:tbl><w:tblPr><w:tblW w:w="9356" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		w.f(`<w:%s w:val="%s" w:sz="4"/>`, side, line)
	}
	w.f(`</w:tblBorders></w:tblPr>`)
	rows()
	w.f(`</w:tbl>`)
}

func (w *wordfile) row(inside func()) {
	w.f(`<w:tr>`)
	inside()
	w.f(`</w:tr>`)
}

func (w *wordfile) head() {
	agency, parent := strings.Split(w.bureau.agency, "|"), strings.Split(w.bureau.parent, "|")
	h := wordHead{parent: parent, agency: agency, number: "Số: " + w.number + "/" + w.notation, date: w.place + ", " + w.date}
	if w.bureau.kind == party {
		h.number = "Số " + w.number + "-" + w.notation
	}
	switch w.bureau.kind {
	case state:
		h.right = []string{"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"}
	case party:
		h.right = []string{"ĐẢNG CỘNG SẢN VIỆT NAM"}
	case company:
	}
	if w.r.IntN(3) == 0 && len(agency)+len(parent) <= 3 {
		w.tabbed(h)
	} else {
		w.tabled(h)
	}
	if w.urgency != "" {
		w.p(`<w:pBdr><w:top w:val="single" w:sz="4"/><w:bottom w:val="single" w:sz="4"/></w:pBdr><w:ind w:right="7200"/>`+centre, w.run(look{bold: true}, w.urgency))
	}
}

// wordHead is what a heading says; right are the lines of its right column.
type wordHead struct {
	parent, agency, right []string
	number, date          string
}

// tabbed types a heading with two centred tab stops, line by line.
func (w *wordfile) tabbed(h wordHead) {
	lines := append(append([]string{}, h.parent...), h.agency...)
	if h.parent[0] == "" {
		lines = h.agency
	}
	stops := `<w:tabs><w:tab w:val="center" w:pos="1900"/><w:tab w:val="center" w:pos="6700"/></w:tabs>`
	for i := range max(len(lines), len(h.right)) {
		var a, b string
		if i < len(lines) {
			a = lines[i]
		}
		if i < len(h.right) {
			b = h.right[i]
		}
		bold := i >= len(lines)-len(h.agency)
		w.p(stops, w.run(look{bold: bold, size: 23}, "\t"+a)+w.run(look{bold: true, size: 23}, "\t"+b))
	}
	w.p(stops, w.run(look{}, "\t"+h.number)+w.run(look{italic: true}, "\t"+h.date))
	if w.kind[0] == "" {
		w.p(`<w:ind w:right="5600"/>`+centre, w.run(look{size: 24}, "V/v "+w.subject))
	}
}

// tabled types a heading as a table without lines.
func (w *wordfile) tabled(h wordHead) {
	small := w.size - 2
	left := func() {
		for _, l := range h.parent {
			if l != "" {
				w.p(centre, w.run(look{size: small, caps: w.r.IntN(9) == 0}, l))
			}
		}
		for _, l := range h.agency {
			w.p(centre, w.run(look{bold: true, size: small}, l))
		}
	}
	right := func() {
		for _, l := range h.right {
			w.p(centre, w.run(look{bold: true, size: small}, l))
		}
		if len(h.right) == 0 {
			w.p("", "")
		}
	}
	number := func() {
		w.p(centre, w.run(look{}, h.number))
		if w.kind[0] == "" {
			w.p(centre, w.run(look{size: 24}, "V/v "+w.subject))
		}
	}
	date := func() { w.p(centre, w.run(look{italic: true}, h.date)) }
	w.table(false, func() {
		w.row(func() { w.cell(3900, left); w.cell(5456, right) })
		w.row(func() { w.cell(3900, number); w.cell(5456, date) })
	})
}

func (w *wordfile) opening() {
	w.p("", "")
	if w.kind[0] != "" {
		l := look{bold: true}
		if w.r.IntN(5) == 0 {
			l.spread = 40
		}
		w.p(centre, w.run(l, w.kind[0]))
		w.p(centre+`<w:ind w:left="800" w:right="800"/>`, w.run(look{bold: true}, "Về việc "+w.subject))
		if w.r.IntN(2) == 0 {
			w.p(centre, w.run(look{size: 16}, "_______________"))
		}
	}
	if len(w.to) > 0 {
		w.p(`<w:spacing w:before="120"/><w:ind w:left="2200"/>`, w.run(look{}, "Kính gửi: "+strings.Join(w.to, " ")))
	}
	for _, g := range w.grounds {
		w.p(body, w.run(look{italic: true}, g))
	}
	if len(w.grounds) > 0 {
		w.p(centre, w.run(look{bold: true}, w.kind[0]+":"))
	}
}

func (w *wordfile) people() {
	w.table(true, func() {
		for i := range 2 + w.r.IntN(6) {
			w.row(func() {
				w.cell(900, func() { w.p(centre, w.run(look{}, strconv.Itoa(i+1))) })
				w.cell(4200, func() { w.p("", w.run(look{}, stranger(w.r))) })
				w.cell(4200, func() {
					w.p("", w.run(look{}, pick(w.r, []string{"Chủ tịch HĐND", "Giám đốc", "Tổ trưởng"})))
				})
			})
		}
	})
	w.p("", "")
}

// sign types the lines of a signer, each as a paragraph with properties how and
// with before in front.
func (w *wordfile) sign(i int, how, before string) {
	o := w.signers[i]
	caps := w.r.IntN(10) == 0
	lines := func(part int, text string) {
		l := w.mark(part, i+1)
		for _, s := range strings.Split(text, "\n") {
			if s == "" {
				continue
			}
			if caps && part != markName {
				l.caps, s = true, string([]rune(s)[:1])+strings.ToLower(string([]rune(s)[1:]))
			}
			w.p(how+`<w:keepNext/>`, w.run(look{}, before)+w.run(l, s))
		}
	}
	lines(markAuthority, o.authority)
	lines(markTitle, o.title)
	for range 4 + w.r.IntN(3) {
		w.p(how+`<w:keepNext/>`, w.run(look{}, " "))
	}
	lines(markName, o.name)
}

func (w *wordfile) list() {
	w.p("", w.run(look{bold: true, italic: true, size: 24}, "Nơi nhận:"))
	for _, l := range w.recipients {
		w.p("", w.run(look{size: 22}, l))
	}
}

func (w *wordfile) close(i int, list bool) {
	list = list && len(w.recipients) > 0
	switch w.r.IntN(4) {
	case 0, 1:
		w.table(false, func() {
			w.f(`<w:tr><w:trPr><w:cantSplit/></w:trPr>`)
			w.cell(4400, func() {
				if list {
					w.list()
				} else {
					w.p("", "")
				}
			})
			w.cell(4956, func() { w.sign(i, centre, "") })
			w.f(`</w:tr>`)
		})
		w.p("", "")
	case 2: // a tab stop in the middle of the right half
		w.sign(i, `<w:tabs><w:tab w:val="center" w:pos="6500"/></w:tabs>`, "\t")
		if list {
			w.list()
		}
	default: // an indent
		w.sign(i, `<w:ind w:left="4400"/>`+centre, "")
		if list {
			w.list()
		}
	}
}

func (w *wordfile) beside() {
	w.table(false, func() {
		w.f(`<w:tr><w:trPr><w:cantSplit/></w:trPr>`)
		for i := range w.signers {
			w.cell(9356/len(w.signers), func() { w.sign(i, centre, "") })
		}
		w.f(`</w:tr>`)
	})
	if len(w.recipients) > 0 {
		w.list()
	}
}

func (w *wordfile) annexes() {
	if w.annex == noAnnex || w.annex == copyAnnex {
		return
	}
	head := map[annexKind]string{
		tableAnnex: "PHỤ LỤC", formAnnex: "Mẫu số 02", rulesAnnex: "QUY CHẾ\n(Kèm theo Quyết định)", listAnnex: "DANH SÁCH",
	}[w.annex]
	w.p(`<w:pageBreakBefore/>`+centre, w.run(look{bold: true}, head))
	for range 6 * w.sheets {
		w.people()
	}
	if w.annex == formAnnex {
		w.p(`<w:ind w:left="4400"/>`+centre, w.run(look{bold: true}, "TM. ỦY BAN NHÂN DÂN\nCHỦ TỊCH"))
		w.p(`<w:ind w:left="4400"/>`+centre, w.run(look{italic: true}, "(Chữ ký, dấu)\n\n\n"))
		w.p(`<w:ind w:left="4400"/>`+centre, w.run(look{bold: true}, "Họ và tên"))
	}
}

// Documents of strangers, typed in a word processor, are read as well as our own.
func TestWordDocuments(t *testing.T) {
	c := newTally()
	files, all := map[string][]byte{}, map[string]*dossier{}
	for seed := range samples(12, 160) {
		d := newDossier(seed + 1000)
		name := fmt.Sprintf("w%03d.docx", seed)
		files[name], all[name] = wordOf(t, d), d
	}
	for name, doc := range wordProcessed(t, files) {
		c.judge(t, name, all[name], doc)
	}
	c.check(t, bars())
}

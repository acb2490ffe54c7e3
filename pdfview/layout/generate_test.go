package layout_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansitalic"
	"github.com/go-fonts/liberation/liberationsansregular"
	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"
	"github.com/go-pdf/fpdf"
	"golang.org/x/text/unicode/norm"

	"trinhky/pdfview/geom"
	"trinhky/signer/signertest/sample"
)

// The generator prints administrative documents as agencies really lay them
// out: other margins, sizes and gaps than the demonstration's, headings of
// three kinds, one to three signers, appendices behind the signature, text in
// any order of the content stream, decomposed letters. Lengths are millimetres
// from the top left corner.

// piece is one text to paint.
type piece struct {
	page       int
	x, y       float64 // baseline
	text       string
	style      string
	size       float64
	decomposed bool
}

// press lays out a document and remembers where it put what.
type press struct {
	r      *rand.Rand
	meter  *fpdf.Fpdf
	pieces []piece
	page   int
	y      float64
	style  string
	size   float64
	lead   float64 // of a line, in sizes

	left, right, top, bottom float64
	nfd, jumble, serif       bool
	truth                    sample.Truth
}

const (
	pageW, pageH = 210.0, 297.0
	pt           = 72 / 25.4
)

func newPress(r *rand.Rand) *press {
	p := &press{
		r: r, lead: 1.15 + 0.15*r.Float64(), left: 30 + 5*r.Float64(), right: pageW - 15 - 5*r.Float64(),
		top: 20 + 5*r.Float64(), bottom: pageH - 20 - 5*r.Float64(),
		nfd: r.IntN(8) == 0, jumble: r.IntN(3) == 0, serif: r.IntN(5) != 0,
	}
	p.y = p.top
	p.meter = newPDF(p.serif)
	p.meter.AddPage()
	return p
}

func newPDF(serif bool) *fpdf.Fpdf {
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetAutoPageBreak(false, 0)
	if serif {
		pdf.AddUTF8FontFromBytes("f", "", liberationserifregular.TTF)
		pdf.AddUTF8FontFromBytes("f", "B", liberationserifbold.TTF)
		pdf.AddUTF8FontFromBytes("f", "I", liberationserifitalic.TTF)
		return pdf
	}
	pdf.AddUTF8FontFromBytes("f", "", liberationsansregular.TTF)
	pdf.AddUTF8FontFromBytes("f", "B", liberationsansbold.TTF)
	pdf.AddUTF8FontFromBytes("f", "I", liberationsansitalic.TTF)
	return pdf
}

func (p *press) font(style string, size float64) { p.style, p.size = style, size }

func (p *press) width(s string) float64 {
	p.meter.SetFont("f", p.style, p.size)
	return p.meter.GetStringWidth(s)
}

func (p *press) line() float64 { return p.size / pt * p.lead }

// put paints text with its baseline at y and returns it as a part.
func (p *press) put(x, y float64, text string) sample.Part {
	p.pieces = append(p.pieces, piece{p.page, x, y, text, p.style, p.size, p.nfd})
	em := p.size / pt
	return sample.Part{Text: text, Page: p.page, Rect: user(x, y-0.89*em, x+p.width(text), y+0.22*em)}
}

func user(x0, y0, x1, y1 float64) geom.Rect {
	return geom.Rect{X0: x0 * pt, Y0: (pageH - y1) * pt, X1: x1 * pt, Y1: (pageH - y0) * pt}
}

// next goes down a line and starts a page where it must.
func (p *press) next() {
	p.y += p.line()
	if p.y > p.bottom {
		p.newPage()
	}
}

func (p *press) newPage() {
	p.page++
	p.y = p.top
	style, size := p.style, p.size
	p.font("", 13)
	n := fmt.Sprint(p.page + 1)
	p.put(pageW/2-p.width(n)/2, 14, n)
	p.font(style, size)
	p.y += p.line()
}

// centred paints one line in the middle of a column.
func (p *press) centred(x0, x1 float64, text string) sample.Part {
	part := p.put((x0+x1)/2-p.width(text)/2, p.y, text)
	p.next()
	return part
}

// folded breaks text for a column.
func (p *press) folded(text string, width float64) []string {
	var lines []string
	for _, w := range strings.Fields(text) {
		if n := len(lines); n > 0 && p.width(lines[n-1]+" "+w) <= width {
			lines[n-1] += " " + w
			continue
		}
		lines = append(lines, w)
	}
	return lines
}

// block paints text in the middle of a column, on as many lines as it takes.
func (p *press) block(x0, x1 float64, text string) sample.Part {
	var out sample.Part
	for _, l := range p.folded(text, x1-x0) {
		out = merge(out, p.centred(x0, x1, l))
	}
	return out
}

func merge(a, b sample.Part) sample.Part {
	if a.Text == "" {
		return b
	}
	a.Text += " " + b.Text
	a.Rect = a.Rect.Union(b.Rect)
	return a
}

// paragraph paints justified text, word by word.
func (p *press) paragraph(text string) {
	x0 := p.left + 10
	words := strings.Fields(text)
	for len(words) > 0 {
		n, w := 0, 0.0
		for n < len(words) && (n == 0 || x0+w+p.width(words[n])+p.width(" ") <= p.right) {
			w += p.width(words[n]) + p.width(" ")
			n++
		}
		gap := p.width(" ")
		if n < len(words) && n > 1 {
			gap += (p.right - x0 - w + p.width(" ")) / float64(n-1)
		}
		x := x0
		for _, word := range words[:n] {
			p.put(x, p.y, word)
			x += p.width(word) + gap
		}
		words, x0 = words[n:], p.left
		p.next()
	}
	p.y += 1
}

// output writes the document.
func (p *press) output() []byte {
	pdf := newPDF(p.serif)
	pdf.SetCompression(true)
	for n := range p.page + 1 {
		pdf.AddPage()
		var on []piece
		for _, q := range p.pieces {
			if q.page == n {
				on = append(on, q)
			}
		}
		if p.jumble {
			p.r.Shuffle(len(on), func(i, j int) { on[i], on[j] = on[j], on[i] })
		}
		for _, q := range on {
			pdf.SetFont("f", q.style, q.size)
			text := q.text
			if q.decomposed {
				text = norm.NFD.String(text)
			}
			pdf.Text(q.x, q.y, text)
		}
	}
	var b bytes.Buffer
	if err := pdf.Output(&b); err != nil {
		panic(err) // the generator's own fault
	}
	p.truth.Pages = p.page + 1
	return b.Bytes()
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// house is an agency with its officers.
type house struct {
	parent, agency, place, short string
	chief                        string   // title of its head
	units                        []string // heads who sign by order
	kind                         houseKind
}

// houseKind is which heading an agency prints.
type houseKind int

const (
	state   houseKind = iota
	party             // its own name for the motto, «15-QĐ/TU» for the number
	company           // no motto
)

var houses = []house{
	{"", "BỘ NỘI VỤ", "Hà Nội", "BNV", "BỘ TRƯỞNG", []string{"CHÁNH VĂN PHÒNG", "VỤ TRƯỞNG VỤ TỔ CHỨC CÁN BỘ"}, state},
	{"BỘ TÀI CHÍNH", "CỤC THUẾ", "Hà Nội", "CT", "CỤC TRƯỞNG", []string{"TRƯỞNG BAN PHÁP CHẾ", "CHÁNH VĂN PHÒNG"}, state},
	{"", "ỦY BAN NHÂN DÂN TỈNH LÂM ĐỒNG", "Lâm Đồng", "UBND", "CHỦ TỊCH", []string{"CHÁNH VĂN PHÒNG"}, state},
	{"", "ỦY BAN NHÂN DÂN THÀNH PHỐ HỒ CHÍ MINH", "Thành phố Hồ Chí Minh", "UBND", "CHỦ TỊCH", []string{"CHÁNH VĂN PHÒNG"}, state},
	{"ỦY BAN NHÂN DÂN TỈNH NINH BÌNH", "SỞ KHOA HỌC VÀ CÔNG NGHỆ", "Ninh Bình", "SKHCN", "GIÁM ĐỐC", []string{"CHÁNH VĂN PHÒNG", "TRƯỞNG PHÒNG TỔ CHỨC - HÀNH CHÍNH"}, state},
	{"UBND TỈNH ĐẮK LẮK", "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", "Đắk Lắk", "SNNMT", "GIÁM ĐỐC", []string{"CHÁNH VĂN PHÒNG"}, state},
	{"TỈNH THANH HÓA", "ỦY BAN NHÂN DÂN XÃ YÊN ĐỊNH", "Yên Định", "UBND", "CHỦ TỊCH", []string{"CHÁNH VĂN PHÒNG HĐND VÀ UBND"}, state},
	{"ỦY BAN NHÂN DÂN XÃ BÌNH MỸ", "PHÒNG VĂN HÓA - XÃ HỘI", "Bình Mỹ", "PVHXH", "TRƯỞNG PHÒNG", []string{"PHÓ TRƯỞNG PHÒNG"}, state},
	{"", "HỘI ĐỒNG NHÂN DÂN TỈNH QUẢNG TRỊ", "Quảng Trị", "HĐND", "CHỦ TỊCH", []string{"CHÁNH VĂN PHÒNG"}, state},
	{"BỘ GIÁO DỤC VÀ ĐÀO TẠO", "TRƯỜNG ĐẠI HỌC TÂY BẮC", "Sơn La", "ĐHTB", "HIỆU TRƯỞNG", []string{"TRƯỞNG PHÒNG ĐÀO TẠO"}, state},
	{"SỞ Y TẾ", "BỆNH VIỆN ĐA KHOA TỈNH", "Hà Tĩnh", "BVĐK", "GIÁM ĐỐC", []string{"TRƯỞNG PHÒNG KẾ HOẠCH TỔNG HỢP"}, state},
	{"TẬP ĐOÀN ĐIỆN LỰC VIỆT NAM", "TỔNG CÔNG TY ĐIỆN LỰC MIỀN BẮC", "Hà Nội", "EVNNPC", "TỔNG GIÁM ĐỐC", []string{"TRƯỞNG BAN TỔNG HỢP"}, state},
	{"CÔNG AN TỈNH NGHỆ AN", "CÔNG AN XÃ NAM ĐÀN", "Nam Đàn", "CAX", "TRƯỞNG CÔNG AN XÃ", []string{"ĐỘI TRƯỞNG"}, state},
	{"TỈNH ỦY LÂM ĐỒNG", "VĂN PHÒNG", "Đà Lạt", "VPTU", "CHÁNH VĂN PHÒNG", []string{"TRƯỞNG PHÒNG TỔNG HỢP"}, party},
	{"", "BAN TỔ CHỨC TRUNG ƯƠNG", "Hà Nội", "BTCTW", "TRƯỞNG BAN", []string{"CHÁNH VĂN PHÒNG"}, party},
	{"", "CÔNG TY CỔ PHẦN THỦY LỢI MẪU", "Hải Phòng", "CTTL", "GIÁM ĐỐC", []string{"TRƯỞNG PHÒNG KẾ HOẠCH"}, company},
	{"VIỆN KIỂM SÁT NHÂN DÂN TỐI CAO", "VIỆN KIỂM SÁT NHÂN DÂN TỈNH GIA LAI", "Gia Lai", "VKS", "VIỆN TRƯỞNG", []string{"CHÁNH VĂN PHÒNG"}, state},
}

// kinds are types with their abbreviations; the first has no name (công văn).
var kinds = [][2]string{
	{"", ""},
	{"NGHỊ QUYẾT", "NQ"},
	{"QUYẾT ĐỊNH", "QĐ"},
	{"CHỈ THỊ", "CT"},
	{"QUY CHẾ", "QC"},
	{"QUY ĐỊNH", "QyĐ"},
	{"THÔNG CÁO", "TC"},
	{"THÔNG BÁO", "TB"},
	{"HƯỚNG DẪN", "HD"},
	{"CHƯƠNG TRÌNH", "CTr"},
	{"KẾ HOẠCH", "KH"},
	{"PHƯƠNG ÁN", "PA"},
	{"ĐỀ ÁN", "ĐA"},
	{"DỰ ÁN", "DA"},
	{"BÁO CÁO", "BC"},
	{"BIÊN BẢN", "BB"},
	{"TỜ TRÌNH", "TTr"},
	{"CÔNG ĐIỆN", "CĐ"},
	{"BẢN GHI NHỚ", "BGN"},
	{"BẢN THỎA THUẬN", "BTT"},
	{"GIẤY ỦY QUYỀN", "GUQ"},
	{"GIẤY MỜI", "GM"},
	{"GIẤY GIỚI THIỆU", "GGT"},
	{"GIẤY NGHỈ PHÉP", "GNP"},
	{"PHIẾU GỬI", "PG"},
	{"PHIẾU CHUYỂN", "PC"},
	{"PHIẾU BÁO", "PB"},
}

var subjects = []string{
	"tăng cường gửi, nhận văn bản điện tử giữa các cơ quan nhà nước",
	"kiện toàn Ban Chỉ đạo chuyển đổi số",
	"triển khai công tác phòng, chống thiên tai và tìm kiếm cứu nạn năm 2026 trên địa bàn",
	"rà soát, đơn giản hóa thủ tục hành chính",
	"cử công chức tham gia đoàn công tác",
	"phân bổ dự toán thu, chi ngân sách nhà nước, kế hoạch vốn đầu tư công và giao chỉ tiêu phát triển kinh tế - xã hội",
	"tổ chức Hội nghị tổng kết",
}

var (
	families = []string{"Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Triệu", "Đoàn", "Mã", "Giàng"}
	middles  = []string{"Văn", "Thị", "Đức", "Minh", "Thị Thanh", "Hữu", "Quang", "Ngọc", "Xuân", "Thị Kim"}
	givens   = []string{"An", "Bình", "Ưởng", "Huệ", "Dũng", "Hạnh", "Thủy", "Trường", "Yến", "Quỳnh", "Đạt", "Ý"}
	foreign  = []string{"John Smith", "Y Biêr Niê", "H'Yim Kđoh", "Souliya Phommachanh", "Kim Min Joon", "K'Brêu"}
	words    = strings.Fields("Thực hiện chỉ đạo của Chính phủ về công tác văn thư điện tử trong cơ quan nhà nước, đề nghị các đơn vị " +
		"khẩn trương rà soát, tổng hợp kết quả thực hiện nhiệm vụ được giao, bảo đảm đúng tiến độ, chất lượng; kịp thời báo cáo những khó khăn, " +
		"vướng mắc phát sinh để được hướng dẫn, tháo gỡ theo thẩm quyền và quy định của pháp luật hiện hành năm 2026")
)

func personName(r *rand.Rand) string {
	switch r.IntN(16) {
	case 0:
		return pick(r, foreign[:5])
	case 1:
		return strings.ToUpper(pick(r, families) + " " + pick(r, middles) + " " + pick(r, givens))
	case 2:
		return pick(r, []string{"TS. ", "PGS.TS. ", "ThS. ", "Đại tá ", "Thượng tá ", "BS.CKII. "}) + pick(r, families) + " " + pick(r, middles) + " " + pick(r, givens)
	case 3:
		return pick(r, families) + " " + pick(r, givens)
	}
	return pick(r, families) + " " + pick(r, middles) + " " + pick(r, givens)
}

func sentence(r *rand.Rand, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = pick(r, words)
	}
	first := []rune(out[0])
	return strings.ToUpper(string(first[:1])) + string(first[1:]) + " " + strings.Join(out[1:], " ") + "."
}

// office is who signs: lines of authority, title and name.
type office struct{ authority, title, name string }

// signerOf draws who signs for h.
func signerOf(r *rand.Rand, h house) office {
	o := office{name: personName(r)}
	organ := h.agency
	if i := strings.Index(organ, " TỈNH"); i > 0 {
		organ = organ[:i]
	}
	collective := strings.HasPrefix(h.agency, "ỦY BAN") || strings.HasPrefix(h.agency, "HỘI ĐỒNG")
	switch k := r.IntN(6); {
	case k == 0 && collective:
		o.authority, o.title = "TM. "+organ, h.chief
	case k <= 1 && collective:
		o.authority, o.title = "TM. "+organ+"\nKT. "+h.chief, "PHÓ "+h.chief
	case k <= 2:
		o.authority, o.title = "KT. "+h.chief, "PHÓ "+h.chief
		if h.chief == "BỘ TRƯỞNG" {
			o.title = "THỨ TRƯỞNG"
		}
	case k == 3:
		o.authority, o.title = "TL. "+h.chief, pick(r, h.units)
	case k == 4 && r.IntN(2) == 0:
		o.authority, o.title = "TUQ. "+h.chief, pick(r, h.units)
	case k == 4:
		o.title = "Q. " + h.chief
	default:
		o.title = h.chief
	}
	return o
}

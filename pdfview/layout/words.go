package layout

import (
	"regexp"
	"strings"
	"unicode"
)

// Types of administrative documents (Decree 30/2020, article 7) and of legal
// ones, folded; longer ones first where one begins like another.
var typeNames = []string{
	"NGHI QUYET LIEN TICH", "NGHI QUYET", "QUYET DINH", "CHI THI", "QUY CHE", "QUY DINH", "THONG CAO", "THONG BAO", "HUONG DAN",
	"CHUONG TRINH", "KE HOACH", "PHUONG AN", "DE AN", "DU AN", "BAO CAO", "BIEN BAN", "TO TRINH", "HOP DONG",
	"CONG DIEN", "BAN GHI NHO", "BAN THOA THUAN", "GIAY UY QUYEN", "GIAY MOI", "GIAY GIOI THIEU",
	"GIAY NGHI PHEP", "PHIEU GUI", "PHIEU CHUYEN", "PHIEU BAO", "THU CONG",
	"NGHI DINH", "THONG TU LIEN TICH", "THONG TU", "PHAP LENH", "LENH", "LUAT", "KET LUAN THANH TRA", "KET LUAN KIEM TRA", "KET LUAN", "QUY TRINH", "DIEU LE",
	"SAO Y", "SAO LUC", "TRICH SAO",
}

// Words of which the title of a person who signs is made, folded.
var titleWords = []string{
	"CHU TICH", "GIAM DOC", "TONG GIAM DOC", "BO TRUONG", "THU TRUONG", "THU TUONG", "CHU NHIEM", "TONG THU KY", "BI THU", "TRUONG BAN",
	"TRUONG PHONG", "TRUONG DOAN", "TRUONG CONG AN", "TRUONG CO QUAN", "CHANH VAN PHONG", "CHANH THANH TRA",
	"CHANH AN", "CHANH DON", "VIEN TRUONG", "CUC TRUONG", "VU TRUONG", "TONG CUC TRUONG", "CHI CUC TRUONG", "HIEU TRUONG",
	"HIEU PHO", "TRUONG KHOA", "TRUONG TRAM", "TRAM TRUONG", "DOI TRUONG", "HAT TRUONG", "TO TRUONG", "TRUONG THON",
	"TONG BIEN TAP", "TONG KIEM TOAN", "KIEM TOAN TRUONG", "THONG DOC", "CHI HUY TRUONG", "TU LENH", "CHINH UY", "TRUONG NHOM",
	"THU KY", "CHU TOA", "CHU TRI", "KE TOAN TRUONG", "TRUONG BO PHAN", "TONG THANH TRA", "CHU TICH NUOC", "TRUONG CHI NHANH",
	"GIAM SAT", "VIEN PHO", "PHAN HIEU TRUONG", "PHO TRUONG", "UY VIEN", "DAI DIEN", "THUONG TRUC", "THAM MUU TRUONG", "PHO PHONG", "DIEU HANH",
	"TRUONG THUE", "THAM PHAN", "KIEM SAT VIEN", "CHAP HANH VIEN", "CHINH TRI VIEN", "CONG CHUNG VIEN", "THANH TRA VIEN", "DAI SU", "LANH SU",
	"TRUONG TIEU BAN", "TRUONG DAI", "TRUONG TRUNG TAM", "TRUONG HAI QUAN", "TRUONG VAN PHONG",
}

// Family names that nine of ten Vietnamese carry, folded, and frequent ones of
// the ethnic minorities.
var familyNames = []string{
	"NGUYEN", "TRAN", "LE", "PHAM", "HOANG", "HUYNH", "PHAN", "VU", "VO", "DANG", "BUI", "DO", "HO", "NGO", "DUONG", "LY",
	"DAO", "DOAN", "VUONG", "TRINH", "TRUONG", "DINH", "LAM", "PHUNG", "MAI", "TO", "HA", "CAO", "LUONG", "LUU", "TA", "CHU",
	"CHAU", "THAI", "QUACH", "NONG", "HUA", "TRIEU", "LO", "QUANG", "CAM", "GIANG", "KIEU", "LA", "THACH", "SON", "KIM", "NIE",
	"MA", "VI", "HAU", "NGHIEM", "TONG", "LAI", "AU", "DAM", "KHUAT", "BE", "GIAP", "TANG", "THAN", "VAN", "TONNU", "CU", "SUNG",
	"GIANG A", "VANG", "THAO", "LAU", "HANG", "A", "Y", "K'", "H'", "ROCOM", "KSOR", "SIU", "DIEU", "KPA", "RMAH", "RO", "RAH",
	"NAY", "PUIH", "ALANG", "BLING", "LAC", "DANH", "NEANG", "CHAMALEA", "KATOR", "BAC", "DEO", "CA", "QUANG", "THI", "LU", "PHU",
	"TON", "UNG", "CONG", "TRANG", "KHONG", "TIEU", "PHO", "MAC", "LUC", "LANG", "UONG", "BANH", "DIEP", "CHUNG", "NGU", "VIEN", "THIEU",
	"NINH", "KHUONG", "MUA", "DAU", "MACH", "PHI", "HAN", "KHA", "LIEU", "TRUC", "NHAM",
}

// approvalType is an internal sheet on which each level has a box of its own:
// «PHIẾU TRÌNH GIẢI QUYẾT CÔNG VIỆC», «PHIẾU GIẢI QUYẾT VĂN BẢN ĐẾN».
var approvalType = regexp.MustCompile(`^(PHIEU|TO)( (TRINH|GIAI QUYET|XU LY|DE XUAT|LAY Y KIEN|THAM DINH|KIEM SOAT|DUYET|Y KIEN))+` +
	`( (GIAI QUYET|XU LY|CONG VIEC|VAN BAN|HO SO|KY|DUYET|DEN|DI|BAN HANH|LANH DAO|DU THAO|NOI BO|THANH TOAN))*\b`)

// approvalLevel are words of those who have a box on such a sheet, beside the
// titles.
var approvalLevel = regexp.MustCompile(`\b(LANH DAO|CHUYEN VIEN|CAN BO|CONG CHUC|NGUOI (TRINH|SOAN|DE XUAT|LAP|THUC HIEN)|Y KIEN|PHE DUYET|THAM TRA|` +
	`PHONG CHUYEN MON|DON VI (TRINH|SOAN THAO|CHU TRI)|VAN PHONG|BO PHAN|BAN GIAM DOC|VAN THU)\b`)

// authority is a line of article II.7(b) that says for whom one signs: thay
// mặt, ký thay, thừa lệnh, thừa ủy quyền.
var authority = regexp.MustCompile(`^(TM|KT|TL|TUQ|T/M|K/T|T/L|TUN)\s*[.:]?\s*[.\s]\s*[A-Z]`)

// acting is the beginning of the title of someone who holds an office for the time being.
var acting = regexp.MustCompile(`^(Q\s*\.|QUYEN )\s*[A-Z]`)

// ranks stand before a name: academic degrees, titles of honour and ranks of
// the forces, folded; several of them in any order.
var ranks = regexp.MustCompile(`^((GS|PGS|TS|TSKH|THS|BS|BSCK|BSCKI|BSCKII|CKI|CKII|CK[12]|BSNT|DS|DSCKI|DSCKII|KS|KTS|CN|CNKT|LS|NSND|NSUT|NGND|NGUT|TTND|TTUT|AHLD)[.,\s]+|` +
	`((DAI|THUONG|TRUNG|THIEU)\s+(TUONG|TA|UY)|THUONG\s+SI)[,\s]+|` +
	`(TIEN SI|THAC SI|KY SU|BAC SI|LUAT SU|GIAO SU|PHO GIAO SU|ONG|BA)[:,\s]+)+`)

// appendixWords begin what is appended to a document: annexes, forms to be
// filled in, rules that a decision issues.
var appendixWords = regexp.MustCompile(`^(PHU LUC|MAU SO|MAU [0-9]+|MAU:|BIEU MAU|BIEU SO|BIEU [0-9]+|PHU BIEU|\(?\s*(BAN HANH )?KEM THEO)\b`)

// rankAlone says whether a line is the rank of the name under it and no more.
func rankAlone(folded string) bool {
	at := ranks.FindStringIndex(folded + " ")
	return at != nil && at[1] > len(folded)
}

func hasTitleWord(folded string) bool {
	for _, w := range titleWords {
		if strings.Contains(folded, w) {
			return true
		}
	}
	return false
}

// nameScore is how much text looks like the name of a person: 0 not at all,
// 0.6 by its form, 1 with a known family name.
func nameScore(text, folded string) float64 {
	if folded == "" || len(folded) > 80 || rankAlone(folded) { // 80: a line of the body
		return 0
	}
	if at := ranks.FindStringIndex(folded); at != nil {
		// Ranks are plain letters in the fold; count letters to cut the text alike.
		text, folded = dropRunes(text, len([]rune(folded[:at[1]]))), folded[at[1]:]
	}
	words := strings.Fields(text)
	if len(words) == 1 && strings.IndexByte("HK", folded[0]) >= 0 && strings.HasPrefix(folded[1:], "'") && nameWord(words[0]) {
		return 1 // «K'Brểu»
	}
	if len(words) < 2 || len(words) > 6 || len([]rune(text)) > 42 {
		return 0
	}
	for _, w := range words {
		if !nameWord(w) {
			return 0
		}
	}
	if hasTitleWord(folded) || isType(folded) {
		return 0
	}
	first := strings.Fields(folded)[0]
	for _, f := range familyNames {
		if first == f || strings.HasSuffix(f, "'") && strings.HasPrefix(first, f) {
			return 1
		}
	}
	if approvalLevel.MatchString(folded) {
		return 0
	}
	return 0.6
}

func dropRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[i:]
		}
		n--
	}
	return ""
}

// nameWord is a capital followed by letters: «Văn», «VĂN», «H'Hen», «Y-Thông».
func nameWord(w string) bool {
	letters := 0
	for i, r := range w {
		switch {
		case i == 0 && !unicode.IsUpper(r):
			return false
		case unicode.IsLetter(r):
			letters++
		case r == '\'' || r == '’' || r == '-' || r == '–':
		default:
			return false
		}
	}
	return letters >= 1 && letters <= 14
}

func isType(folded string) bool {
	_, ok := typeOf(folded)
	return ok
}

// typeOf finds the name of a type at the beginning of a line; rest is where it ends.
func typeOf(folded string) (rest int, ok bool) {
	if at := approvalType.FindStringIndex(folded); at != nil && !strings.HasPrefix(folded, "TO TRINH") {
		return at[1], true
	}
	for _, name := range typeNames {
		if !strings.HasPrefix(folded, name) {
			continue
		}
		if len(folded) == len(name) || !unicode.IsLetter(rune(folded[len(name)])) {
			return len(name), true
		}
	}
	// Letter by letter: «Q U Y Ế T  Đ Ị N H», «Đ Ề Á N».
	for _, name := range typeNames {
		if len(folded) > len(name)+4 && squeeze(folded) == squeeze(name) {
			return len(folded), true
		}
	}
	return 0, false
}

package axis

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Behavior is what an agency behind the axis does with a document.
type Behavior int

// The behaviours. Client agencies belong to a system id and do nothing by
// themselves.
const (
	Client Behavior = iota
	Answers
	Refuses
	Silent
)

// Agency is a row of the directory.
type Agency struct {
	Code     string // QĐ 20/2020: H99.98
	OldCode  string // QCVN 102:2016: 000.00.98.H99
	Parent   string // Code of the superior body
	Name     string
	Mail     string
	Behavior Behavior
	System   string // the system id that it is registered to, of a Client
}

// The agencies that are always there, all fictitious.
const (
	CodeSender   = "H99.97"
	CodeAnswers  = "H99.98"
	CodeRefuses  = "H99.96"
	CodeSilent   = "G99"
	CodeProvince = "H99"
)

func builtIn(system string) []Agency {
	return []Agency{
		{Code: CodeProvince, OldCode: "000.00.00.H99", Name: "Ủy ban nhân dân tỉnh Mẫu", Mail: "ubnd@mau.example", Behavior: Answers},
		{Code: CodeSender, OldCode: "000.00.97.H99", Parent: CodeProvince, Name: "Sở Thử nghiệm tỉnh Mẫu", Mail: "vanthu.stn@mau.example", Behavior: Client, System: system},
		{Code: CodeAnswers, OldCode: "000.00.98.H99", Parent: CodeProvince, Name: "Sở Nhận văn bản tỉnh Mẫu", Mail: "vanthu.snvb@mau.example", Behavior: Answers},
		{Code: CodeRefuses, OldCode: "000.00.96.H99", Parent: CodeProvince, Name: "Ủy ban nhân dân xã Bình Mẫu", Mail: "binhmau@mau.example", Behavior: Refuses},
		{Code: CodeSilent, OldCode: "000.00.00.G99", Name: "Cơ quan Mẫu trung ương", Mail: "vanthu@mau-tw.example", Behavior: Silent},
	}
}

// Filler makes n further agencies, so that a directory is as long as the real
// one (over 120,000 rows). The same n gives the same agencies; they are silent.
func Filler(n int) []Agency {
	kinds := []string{"Sở Nội vụ", "Sở Tài chính", "Sở Xây dựng", "Ủy ban nhân dân xã", "Ủy ban nhân dân phường", "Trường trung học cơ sở", "Trạm y tế xã", "Chi cục Thống kê"}
	first := []string{"An", "Bình", "Cẩm", "Đông", "Gia", "Hòa", "Khánh", "Lộc", "Mỹ", "Ninh", "Phú", "Quảng", "Sơn", "Tân", "Vĩnh", "Yên"}
	second := []string{"Châu", "Dương", "Đức", "Giang", "Hải", "Khê", "Lâm", "Minh", "Nghĩa", "Phong", "Thạnh", "Thủy", "Trạch", "Tường", "Viên", "Xuân"}
	out := make([]Agency, 0, n)
	for i := range n {
		province, a, b := i/2000, i%2000/100, i%100 // at most 2,000 bodies a province
		root := fmt.Sprintf("%c%02d", 'K'+rune(province/100%10), province%100)
		out = append(out, Agency{
			Code: fmt.Sprintf("%s.%02d.%02d", root, a, b), OldCode: fmt.Sprintf("000.%02d.%02d.%s", b, a, root),
			Name: fmt.Sprintf("%s %s %s (%d)", kinds[i%len(kinds)], first[i/8%16], second[i/128%16], i+1),
			Mail: fmt.Sprintf("vt%d@mau.example", i+1), Behavior: Silent,
		})
	}
	return out
}

// directory finds agencies by either code. Its owner locks it.
type directory struct {
	order  []string // codes in the order of the list
	byCode map[string]*Agency
	byOld  map[string]*Agency
	gone   map[string]departure // Agency.Code
}

// departure is an agency that was taken out, and when.
type departure struct {
	agency *Agency
	at     string
}

func newDirectory(agencies []Agency) *directory {
	d := &directory{byCode: map[string]*Agency{}, byOld: map[string]*Agency{}, gone: map[string]departure{}}
	for _, a := range agencies {
		d.put(a)
	}
	return d
}

func (d *directory) put(a Agency) {
	if _, ok := d.byCode[a.Code]; !ok {
		d.order = append(d.order, a.Code)
	}
	d.byCode[a.Code] = &a
	delete(d.gone, a.Code)
	if a.OldCode != "" {
		d.byOld[a.OldCode] = &a
	}
}

func (d *directory) remove(code, at string) {
	a := d.byCode[code]
	d.gone[code] = departure{a, at}
	delete(d.byCode, code)
	delete(d.byOld, a.OldCode)
	d.order = slices.DeleteFunc(d.order, func(c string) bool { return c == code })
}

// find takes a code of either system.
func (d *directory) find(code string) *Agency {
	if a := d.byCode[code]; a != nil {
		return a
	}
	return d.byOld[code]
}

// rows are the rows of getAgenciesList, or with code102 those of
// getAgenciesListQD20. level, when not 0, keeps the codes of so many groups.
func (d *directory) rows(qd20 bool, level int) []map[string]string {
	ids := make(map[string]string, len(d.order))
	for i, code := range d.order {
		ids[code] = itoa(i + 1)
	}
	out := make([]map[string]string, 0, len(d.order))
	for _, code := range d.order {
		if level > 0 && strings.Count(code, ".")+1 != level {
			continue
		}
		a := d.byCode[code]
		row := map[string]string{
			"id": ids[code], "pid": ids[a.Parent], "code": a.Code, "name": a.Name, "mail": a.Mail, "oldCode": a.OldCode,
		}
		if qd20 {
			row["code102"] = a.OldCode
		}
		out = append(out, row)
	}
	return out
}

// units are the rows of getSynchronizeUnit: those that were taken out come last.
func (d *directory) units() []map[string]string {
	out := d.rows(false, 0)
	for _, row := range out {
		a := d.byCode[row["code"]]
		unit(row, a.Code, "0", "01/01/2026 00:00:00")
	}
	for _, code := range slices.Sorted(maps.Keys(d.gone)) {
		a := d.gone[code].agency
		row := map[string]string{"id": "", "pid": "", "code": a.Code, "name": a.Name, "mail": a.Mail, "oldCode": a.OldCode}
		unit(row, code, "1", d.gone[code].at)
		out = append(out, row)
	}
	return out
}

func unit(row map[string]string, code, deleted, modified string) {
	root, _, _ := strings.Cut(code, ".")
	row["version"], row["centerCode"], row["deleted"] = "1", root, deleted
	row["modifyDate"], row["isAgency"] = modified, "1"
}

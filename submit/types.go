package submit

import "strings"

// typeNames is the list of administrative documents of the standard (list B),
// in its own numbers.
var typeNames = [...]string{
	1: "Nghị quyết", 2: "Quyết định", 3: "Chỉ thị", 4: "Quy chế", 5: "Quy định", 6: "Thông cáo", 7: "Thông báo",
	8: "Hướng dẫn", 9: "Chương trình", 10: "Kế hoạch", 11: "Phương án", 12: "Đề án", 13: "Dự án", 14: "Báo cáo",
	15: "Biên bản", 16: "Tờ trình", 17: "Hợp đồng", 18: "Công văn", 19: "Công điện", 20: "Bản ghi nhớ",
	21: "Bản cam kết", 22: "Bản thỏa thuận", 23: "Giấy chứng nhận", 24: "Giấy ủy quyền", 25: "Giấy mời",
	26: "Giấy giới thiệu",
}

// TypeCode is the standard's number of a type of document, by its name; false
// for a name that the list does not have.
func TypeCode(name string) (int, bool) {
	name, _, _ = strings.Cut(name, "(") // "Quyết định (cá biệt)"
	name = strings.TrimSpace(name)
	for code, n := range typeNames {
		if n != "" && strings.EqualFold(n, name) {
			return code, true
		}
	}
	return 0, false
}

// TypeNames lists the names that TypeCode knows, in the order of the standard.
func TypeNames() []string { return append([]string(nil), typeNames[1:]...) }

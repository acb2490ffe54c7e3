package layout

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold makes text comparable: capital letters without marks, đ as D, the many
// dashes and spaces as one. «Hòa», «HOÀ» and «hòa» (NFD) become the same.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case r == 'đ' || r == 'Đ' || r == 'Ð' || r == 'ð':
			b.WriteByte('D')
		case r == '–' || r == '—' || r == '‐' || r == '‑' || r == '−':
			b.WriteByte('-')
		case r == '…':
			b.WriteString("...")
		case r == '’' || r == '‘' || r == 'ʼ':
			b.WriteByte('\'')
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(unicode.ToUpper(r))
		}
	}
	return b.String()
}

// squeeze takes the spaces out, for text that is set letter by letter.
func squeeze(s string) string { return strings.ReplaceAll(s, " ", "") }

// capitals says whether all letters are capitals and there are at least two.
func capitals(s string) bool {
	n := 0
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		if unicode.IsUpper(r) {
			n++
		}
	}
	return n >= 2
}

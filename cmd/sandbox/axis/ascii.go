package axis

import (
	"encoding/xml"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// ascii folds Vietnamese to plain letters: the vendor's client reads ErrorDesc
// as US-ASCII.
func ascii(s string) string {
	s = strings.NewReplacer("đ", "d", "Đ", "D").Replace(s)
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r < ' ' || r > '~':
			return '?'
		}
		return r
	}, norm.NFD.String(s))
}

func isVersion(a xml.Attr) bool {
	return a.Name.Space == "" && a.Name.Local == "version" && a.Value == "1.0"
}

package submit

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// MaxName is the most characters a file name may have for receivers, with its
// extension (provincial rules after QĐ 28/2018: no accents, no special
// characters).
const MaxName = 50

// AcceptableName makes a file name that every receiver takes: ASCII letters,
// digits, '-', '_' and '.', at most MaxName characters, the extension kept.
func AcceptableName(name string) string { return Limits{}.WithDefaults().AcceptableName(name) }

// AcceptableName is the name of the package with the length of l.
func (l Limits) AcceptableName(name string) string {
	for { // a shortened name may end in another extension than before
		next := l.acceptable(name)
		if next == name {
			return name
		}
		name = next
	}
}

func (l Limits) acceptable(name string) string {
	ext := filepath.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	ext = ascii(strings.TrimPrefix(ext, "."))
	if len(ext) > 10 {
		stem, ext = stem+"-"+ext, ""
	}
	stem = strings.Trim(ascii(stem), "-_.")
	if stem == "" || reserved(stem) {
		stem = strings.Trim("tep-"+stem, "-")
	}
	if ext != "" {
		ext = "." + ext
	}
	if len(stem)+len(ext) > l.NameLength {
		stem = strings.TrimRight(stem[:l.NameLength-len(ext)], "-_.")
	}
	return stem + ext
}

// uniqueName numbers name where taken has it, within the length.
func (l Limits) uniqueName(name string, taken map[string]bool) string {
	for n, try := 2, name; ; n++ {
		if !taken[strings.ToLower(try)] {
			return try
		}
		ext := filepath.Ext(name)
		suffix := fmt.Sprintf("-%d", n) + ext
		stem := strings.TrimSuffix(name, ext)
		try = strings.TrimRight(stem[:min(len(stem), l.NameLength-len(suffix))], "-_.") + suffix
	}
}

// ascii drops accents and turns everything else that is not plain into single
// hyphens.
func ascii(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case r == 'đ':
			b.WriteByte('d')
		case r == 'Đ':
			b.WriteByte('D')
		case unicode.Is(unicode.Mn, r):
		case r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '.'):
			b.WriteRune(r)
		case strings.HasSuffix(b.String(), "-"):
		default:
			b.WriteByte('-')
		}
	}
	return b.String()
}

// reserved tells whether Windows keeps the name for a device.
func reserved(stem string) bool {
	s, _, _ := strings.Cut(strings.ToUpper(stem), ".")
	switch s {
	case "CON", "PRN", "AUX", "NUL":
		return true
	}
	return len(s) == 4 && (s[:3] == "COM" || s[:3] == "LPT") && s[3] >= '0' && s[3] <= '9'
}

// Folded is s for searching: lower case, without accents, one space between
// words. The journal searches with it.
func Folded(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case r == 'đ':
			b.WriteByte('d')
		case unicode.Is(unicode.Mn, r):
		default:
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

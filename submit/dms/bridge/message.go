package bridge

import (
	"bytes"
	"encoding/json"
	"net/url"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// endpoint is what is done at a path.
type endpoint int

const (
	signOne endpoint = iota
	verifyOne
	tellVersion
	tellCertificate
	showWindow
	refuseRaw
	refuseOther
)

// pathOf gives the endpoint of a path, which the pages' scripts write with
// different letters, and the role in which is signed.
func pathOf(name string) (endpoint, Role) {
	switch strings.ToLower(strings.Trim(name, "/")) {
	case "signapproved", "signpdf", "signfile", "signfiles", "signlylich":
		return signOne, Approve
	case "signissued":
		return signOne, Issue
	case "signincome", "signincoming", "signincomming":
		return signOne, Income
	case "signcopy":
		return signOne, Copy
	case "signappendix":
		return signOne, Appendix
	case "comment":
		return signOne, Comment
	case "verifypdf":
		return verifyOne, Approve
	case "getversion":
		return tellVersion, Approve
	case "getcertinfo":
		return tellCertificate, Approve
	case "config":
		return showWindow, Approve
	case "signjson", "verifyjson", "auth", "signxml", "signmsg", "verifymsg", "verifyxml", "signxmlp12":
		return refuseRaw, Approve
	}
	return refuseOther, Approve
}

// request is the text of a page.
type request struct {
	FileUploadHandler text
	SessionID         text `json:"SessionId"`
	JWTToken          text
	FileName          text
	DocNumber         text
	IssuedDate        text
	MetaData          []pair
	Files             []item
	many              bool // Files was there
}

// pair is one entry of MetaData.
type pair struct{ Key, Value text }

// item is one of several files. FileID is echoed as it came.
type item struct {
	FileID   json.RawMessage
	FileName text
	URL      text
}

// text is a JSON text; numbers and null are taken as their own words, as pages
// are loose about them.
type text string

// UnmarshalJSON implements json.Unmarshaler.
func (t *text) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case 'n':
		*t = ""
	case '"':
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*t = text(s)
	case '{', '[':
		return refuse(ReasonMessage, "a list or an object where a text belongs")
	default:
		*t = text(b)
	}
	return nil
}

// Bounds of single fields, characters.
const (
	maxURL    = 8 << 10
	maxField  = 16 << 10
	maxPairs  = 50
	maxTitle  = 300
	maxNumber = 60
)

// parse reads a call. The limits of Files are the caller's.
func parse(data []byte) (request, error) {
	var r request
	if !utf8.Valid(data) {
		return r, refuse(ReasonMessage, "not UTF-8")
	}
	data = bytes.TrimSpace(data)
	if len(data) == 0 || data[0] != '{' {
		return r, refuse(ReasonMessage, "no JSON object")
	}
	if err := json.Unmarshal(data, &r); err != nil {
		return r, failed(ReasonMessage, "", err)
	}
	r.many = r.Files != nil
	if len(r.MetaData) > maxPairs {
		return r, refuse(ReasonMessage, "too much MetaData")
	}
	for _, p := range r.MetaData {
		if !fieldName(string(p.Key)) || len(p.Value) > maxField {
			return r, refuse(ReasonMessage, "MetaData")
		}
	}
	for _, t := range []text{r.FileUploadHandler, r.FileName} {
		if len(t) > maxURL {
			return r, refuse(ReasonMessage, "an address is too long")
		}
	}
	for _, t := range []text{r.SessionID, r.JWTToken} {
		if len(t) > maxField || strings.ContainsFunc(string(t), unprintable) {
			return r, refuse(ReasonMessage, "credentials")
		}
	}
	for _, f := range r.Files {
		if len(f.URL) > maxURL || len(f.FileName) > maxField || len(f.FileID) > 1000 || !scalar(f.FileID) {
			return r, refuse(ReasonMessage, "Files")
		}
	}
	return r, nil
}

// fieldName tells whether a key of MetaData can be the name of a form field.
func fieldName(s string) bool {
	if s == "" || len(s) > 100 || strings.EqualFold(s, uploadPart) {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return unprintable(r) || r == '"' || r == '\\' })
}

func unprintable(r rune) bool { return r <= ' ' && r != ' ' || r >= 0x7f }

// scalar says whether raw is a text, a number, true, false, null or absent.
func scalar(raw json.RawMessage) bool {
	return len(raw) == 0 || raw[0] != '{' && raw[0] != '['
}

// vietnam is the time of the country; it has known no other since 1975.
func vietnam() *time.Location { return time.FixedZone("+07:00", 7*60*60) }

// issuedDate is the day of a page's IssuedDate in Vietnam; an empty one, and
// one that cannot be read, is empty: the clerk decides.
func issuedDate(s string) string {
	s = strings.TrimSpace(s)
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.In(vietnam()).Format(time.DateOnly)
		}
	}
	for _, form := range []string{time.DateOnly, "02/01/2006", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	return ""
}

// clean makes a text of a page or a server fit to be shown: one line, no control
// and no direction characters, at most limit characters.
func clean(s string, limit int) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	if runes := []rune(s); len(runes) > limit {
		return string(runes[:limit-1]) + "…"
	}
	return s
}

// fileName is the name under which a document is stored: the last piece of the
// URL's path, decoded, without what a file system or a form would trip over.
func fileName(u *url.URL, title string) string {
	name := path.Base(u.Path)
	if u.Path == "" || name == "/" || name == "." {
		name = title
	}
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\:*?"<>|&=;%`, r) {
			return '_'
		}
		return r
	}, clean(name, 120))
	if ext := path.Ext(name); strings.EqualFold(ext, ".pdf") {
		name = strings.TrimSuffix(name, ext)
	}
	name = strings.Trim(name, ". ")
	if name == "" {
		name = "van-ban"
	}
	return name + ".pdf"
}

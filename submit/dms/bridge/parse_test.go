package bridge

import (
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestOwnHosts(t *testing.T) {
	for _, c := range []struct {
		page, target string
		own          bool
	}{
		{"https://dms.moj.gov.vn", "https://dms.moj.gov.vn/x", true},
		{"https://dms.moj.gov.vn", "https://DMS.moj.gov.vn.:8443/x", true},
		{"https://dms.moj.gov.vn", "https://files.moj.gov.vn/x", true},
		{"https://dms.moj.gov.vn", "https://dms.mof.gov.vn/x", false},
		{"https://dms.stttt.hanoi.gov.vn", "https://kho.stttt.hanoi.gov.vn/x", true},
		{"https://stttt.hanoi.gov.vn", "https://sotc.hanoi.gov.vn/x", false},
		{"https://hanoi.gov.vn", "https://sotc.hanoi.gov.vn/x", false},
		{"https://a.example.vn", "https://b.example.vn/x", true},
		{"https://a.com.vn", "https://b.com.vn/x", false},
		{"https://a.github.io", "https://b.github.io/x", false},
		{"https://10.0.0.1", "https://10.0.0.1/x", true},
		{"https://10.0.0.1", "https://10.0.0.1:8443/x", false},
		{"https://10.0.0.1", "https://10.0.0.2/x", false},
		{"http://localhost:80", "http://localhost:81/x", false},
		{"https://dms", "https://kho/x", false},
	} {
		o, ok := parseOrigin(c.page)
		if !ok {
			t.Fatalf("%s is no origin", c.page)
		}
		_, to, err := target(c.target, o)
		if err != nil || o.own(to) != c.own {
			t.Errorf("%s → %s: %v, %v", c.page, c.target, o.own(to), err)
		}
	}
}

func TestFileNames(t *testing.T) {
	for address, want := range map[string]string{
		"https://x.vn/a/C%C3%B4ng%20v%C4%83n.PDF?token=1": "Công văn.pdf", "https://x.vn/": "tiêu đề.pdf", "https://x.vn": "tiêu đề.pdf",
		"https://x.vn/a%2Fb%5Cc..pdf": "b_c.pdf", "https://x.vn/a?b.pdf": "a.pdf", "https://x.vn/...": "van-ban.pdf", "https://x.vn/%00%0d": "van-ban.pdf",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := fileName(u, "tiêu đề"); got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	if got := clean("  Tờ\u202etrình\x1b[31m\r\n số\t5 \ufeff", 50); got != "Tờtrình[31m số 5" {
		t.Errorf("%q", got)
	}
	if got := clean(strings.Repeat("ă", 20), 5); got != "ăăăă…" {
		t.Errorf("%q", got)
	}
}

// FuzzParse: whatever a page sends, what comes out keeps the rules.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		`{"FileUploadHandler":"https://x.vn/up","SessionId":"","JWTToken":"","FileName":"https://x.vn/(S(a))/a.pdf?t=1"}`,
		`{"Files":[{"FileID":1,"FileName":"a","URL":"https://x.vn/1"}],"MetaData":[{"Key":"token","Value":"x"}]}`,
		`{"IssuedDate":"2026-11-20T17:30:00.000Z","DocNumber":79}`, `{"Files":null}`, `[]`, `get_cert_info`, `{"FileName":{}}`, "\xff", `{"MetaData":[null]}`,
	} {
		f.Add(s)
	}
	from, _ := parseOrigin("https://x.vn")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := parse([]byte(s))
		if err != nil {
			return
		}
		for _, p := range r.MetaData {
			if strings.ContainsAny(string(p.Key), "\r\n\"") || strings.EqualFold(string(p.Key), uploadPart) {
				t.Errorf("key %q", p.Key)
			}
		}
		if strings.ContainsAny(string(r.JWTToken+r.SessionID), "\r\n") {
			t.Error("a line break in a credential")
		}
		checkTarget(t, string(r.FileName), from)
		if d := issuedDate(string(r.IssuedDate)); d != "" && len(d) != 10 {
			t.Errorf("date %q", d)
		}
		a := answer{Files: []signedItem{}}
		for _, i := range r.Files {
			a.Files = append(a.Files, signedItem{FileID: i.FileID, FileName: string(i.FileName)})
		}
		if strings.HasPrefix(string(a.encode()), `{"Status":1,`) {
			t.Errorf("the answer to %q cannot be written", s)
		}
	})
}

// FuzzTarget: no address leads to a file, a user, or another request line.
func FuzzTarget(f *testing.F) {
	for _, s := range []string{"https://x.vn/a.pdf", "file:///etc/passwd", "https://x.vn/(S(a))/b?c[]=1#d", `C:\a`, "https://x.vn//y", "https://x.vn/a b", "https://[::1]:1/", "https:x", "https://xn--a.vn/"} {
		f.Add(s)
	}
	from, _ := parseOrigin("https://x.vn")
	f.Fuzz(func(t *testing.T, s string) { checkTarget(t, s, from) })
}

func checkTarget(t *testing.T, s string, from origin) {
	t.Helper()
	u, to, err := target(s, from)
	if err != nil {
		return
	}
	if u.Scheme != "https" || u.User != nil || to.host == "" || to.host != strings.ToLower(to.host) {
		t.Errorf("%q gave %+v", s, u)
	}
	if line := u.RequestURI(); strings.ContainsAny(line, " \r\n#") || !strings.HasPrefix(line, "/") {
		t.Errorf("%q: request line %q", s, line)
	}
	name := fileName(u, s)
	if !utf8.ValidString(name) || strings.ContainsAny(name, `/\"?;&=`) || strings.ContainsFunc(name, unicode.IsControl) || name[0] == '.' || !strings.HasSuffix(name, ".pdf") {
		t.Errorf("%q: file name %q", s, name)
	}
}

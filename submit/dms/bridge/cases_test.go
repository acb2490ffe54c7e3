package bridge_test

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"trinhky/submit/dms/bridge"
)

func TestApprove(t *testing.T) {
	w := newWorld(t)
	a := w.call("/SignApproved", w.site.URL, w.common(nil))
	w.status(a, 0)
	if a["FileServer"] != "http://x/(S(1))/a.pdf" || a["FileName"] != "a.pdf" {
		t.Errorf("%v", a)
	}
	if want := "/files/(S(abc))/v%C4%83n%20b%E1%BA%A3n.pdf?token=secret&x=[1]"; len(w.gets) != 1 || w.gets[0] != want {
		t.Errorf("asked for %q", w.gets)
	}
	if !slices.Equal(w.order, []string{"uploadfile"}) {
		t.Fatalf("parts %v", w.order)
	}
	if part := w.fields[0]["uploadfile"]; part[0] != pdf+" signed" || part[1] != "văn bản.pdf" || part[2] != "application/pdf" {
		t.Errorf("%q", part)
	}
	if len(w.person.asked()) != 0 || w.person.jobs[0].Documents[0].SHA256 != sha256.Sum256([]byte(pdf)) {
		t.Errorf("%v %+v", w.person.asked(), w.person.jobs)
	}
	r := w.last()
	if len(w.records) != 1 || r.Before == r.After || r.HTTP != 200 || r.Result != "signed and stored" || r.Certificate == "" {
		t.Errorf("%+v", r)
	}
	if data, _ := json.Marshal(r); strings.Contains(string(data), "secret") || strings.Contains(string(data), "abc") {
		t.Errorf("the record holds a secret: %s", data)
	}
	if left, _ := filepath.Glob(filepath.Join(w.config.Dir, "*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// A file that was signed before lies here under its name: the new one gets
// another, but the site gets back the name that it knows.
func TestNameOfTheSite(t *testing.T) {
	w := newWorld(t)
	w.person.sign = func(_ context.Context, j bridge.Job) ([]bridge.Signed, error) {
		all, err := w.person.all(j)
		if err == nil {
			other := filepath.Join(filepath.Dir(all[0].Path), "văn bản (2).pdf")
			err, all[0].Path = os.Rename(all[0].Path, other), other
		}
		return all, err
	}
	w.status(w.call("/SignApproved", w.site.URL, w.common(nil)), 0)
	if part := w.fields[0]["uploadfile"]; part[0] != pdf+" signed" || part[1] != "văn bản.pdf" {
		t.Errorf("%q", part)
	}
}

func TestRoles(t *testing.T) {
	w := newWorld(t)
	for path, role := range map[string]bridge.Role{
		"/SignApproved": bridge.Approve, "/SignIssued": bridge.Issue, "/SignIncome": bridge.Income, "/SignIncomming": bridge.Income,
		"/SignCopy": bridge.Copy, "/SignAppendix": bridge.Appendix, "/Comment": bridge.Comment, "/SignPDF": bridge.Approve, "/signfile": bridge.Approve,
	} {
		w.status(w.call(path, w.site.URL, w.common(nil)), 0)
		if j := w.person.jobs[len(w.person.jobs)-1]; j.Role != role || j.Path != path {
			t.Errorf("%s: %+v", path, j)
		}
	}
}

func TestIssue(t *testing.T) {
	w := newWorld(t)
	for date, want := range map[string]string{
		"": "", "2026-11-20T09:00:00+07:00": "2026-11-20", "2026-11-20T17:30:00.000Z": "2026-11-21", "x": "",
	} {
		a := w.call("/SignIssued", w.site.URL, w.common(map[string]any{"DocNumber": "79", "IssuedDate": date}))
		w.status(a, 0)
		if j := w.person.jobs[len(w.person.jobs)-1]; j.Number != "79" || j.Date != want {
			t.Errorf("%q: %q %q", date, j.Number, j.Date)
		}
		if a["DocumentNumber"] != "79" || a["DocumentDate"] != want {
			t.Errorf("%v", a)
		}
	}
}

func TestCredentials(t *testing.T) {
	w := newWorld(t)
	w.status(w.call("/SignCopy", w.site.URL, w.common(map[string]any{
		"MetaData": []map[string]any{{"Key": "token", "Value": "jwt-1"}, {"Key": "n", "Value": 5}},
		"JWTToken": "jwt-2", "SessionId": "s-3",
	})), 0)
	if !slices.Equal(w.order, []string{"token", "n", "uploadfile"}) || w.fields[0]["token"][0] != "jwt-1" || w.fields[0]["n"][0] != "5" {
		t.Errorf("%v %v", w.order, w.fields)
	}
	h := w.uploads[0].Header
	if h.Get("Authorization") != "Bearer jwt-2" || h.Get("Cookie") != "ASP.NET_SessionId=s-3" {
		t.Errorf("%v", h)
	}
	if data, _ := json.Marshal(w.records); strings.Contains(string(data), "jwt") || strings.Contains(string(data), "s-3") {
		t.Errorf("a record holds a credential: %s", data)
	}
	for _, key := range []string{"", "uploadfile", "a\r\nX: y", `a"b`} {
		w.reason(w.call("/SignCopy", w.site.URL, w.common(map[string]any{"MetaData": []map[string]any{{"Key": key, "Value": "v"}}})), bridge.ReasonMessage)
	}
}

// What handlers say, and what the page is told.
func TestHandlers(t *testing.T) {
	w := newWorld(t)
	for say, server := range map[string]any{
		`{"Status":true,"FileServer":"{\"fileEntryId\":15}"}`:                               `{"fileEntryId":15}`,
		`{"Status":true,"FileServer":{"fileEntryId":15}}`:                                   map[string]any{"fileEntryId": 15.0},
		`{"Status":true,"FileServer":"Văn bản \"đã ký\" <b>&"}`:                             `Văn bản "đã ký" <b>&`,
		"\xef\xbb\xbf" + `{"status":false,"Status":true,"FileServer":"x"}`:                  "x",
		`{"Status":true,"FileName":"only-a-name.pdf"}`:                                      "only-a-name.pdf",
		`{"Status":true,"FileServer":"x","DocumentNumber":"9/QĐ","DocumentDate":"hôm nay"}`: "x",
	} {
		a := w.call("/SignApproved", w.site.URL, w.common(map[string]any{"FileUploadHandler": w.site.URL + "/upload?answer=" + urlEscape(say)}))
		w.status(a, 0)
		if got, want := mustJSON(a["FileServer"]), mustJSON(server); got != want {
			t.Errorf("%s: %s, want %s", say, got, want)
		}
	}
	for say, reason := range map[string]bridge.Reason{
		`{"Status":false,"Message":"Văn bản đang khóa"}`: bridge.ReasonHandler,
		`{"Status":"true","FileServer":"x"}`:             bridge.ReasonHandler,
		`{"Status":1,"FileServer":"x"}`:                  bridge.ReasonHandler,
		`{"status":true,"FileServer":"x"}`:               bridge.ReasonHandler,
		`{"Status":true,"FileServer":"","FileName":""}`:  bridge.ReasonHandler,
		`{"Status":true,"FileServer":null}`:              bridge.ReasonHandler,
		`{"Status":true,"FileName":"x"`:                  bridge.ReasonHandler,
		`null`:                                           bridge.ReasonHandler, `[]`: bridge.ReasonHandler, `empty`: bridge.ReasonHandler,
		`"` + strings.Repeat("x", 7000) + `"`: bridge.ReasonHandler,
		`500`:                                 bridge.ReasonStore, `redirect`: bridge.ReasonRedirect,
	} {
		a := w.call("/SignApproved", w.site.URL, w.common(map[string]any{"FileUploadHandler": w.site.URL + "/upload?answer=" + urlEscape(say)}))
		w.reason(a, reason)
		w.status(a, 1)
		if say[1] == '"' && strings.Contains(say, "khóa") && !strings.Contains(a["Message"].(string), "Văn bản đang khóa") {
			t.Errorf("the handler's words are lost: %v", a)
		}
		if r := w.last(); !strings.HasPrefix(r.Result, "signed, not stored") {
			t.Errorf("%q", r.Result)
		}
	}
	if n := len(w.person.ended); w.person.ended[n-1] == nil {
		t.Error("the person was not told")
	}
}

func urlEscape(s string) string {
	return strings.NewReplacer("%", "%25", "&", "%26", "#", "%23", "+", "%2B", " ", "%20", ";", "%3B", "\"", "%22").Replace(s)
}

func mustJSON(v any) string { b, _ := json.Marshal(v); return string(b) }

func TestManyFiles(t *testing.T) {
	w := newWorld(t)
	long := `Tờ "trình" ` + strings.Repeat("dài ", 75)
	file := func(id any, name, path string) map[string]any {
		return map[string]any{"FileID": id, "FileName": name, "URL": w.site.URL + "/files/" + path}
	}
	message := mustJSON(map[string]any{"FileUploadHandler": w.site.URL + "/upload", "SessionId": "", "JWTToken": "", "Files": []any{
		file(1, "một", "1.pdf"), file("id-2", "không có", "none.pdf"), file(3.5, long, "3.pdf"),
	}})
	for _, path := range []string{"/SignFiles", "/SignLyLich", "/SignFile"} {
		a := w.call(path, w.site.URL, message)
		w.status(a, 0)
		if !strings.Contains(a["Message"].(string), "không có") {
			t.Errorf("%v", a["Message"])
		}
		files, _ := a["Files"].([]any)
		if len(files) != 2 {
			t.Fatalf("%v", a)
		}
		for i, want := range []map[string]any{{"FileID": 1.0, "FileName": "một"}, {"FileID": 3.5, "FileName": long}} {
			f := files[i].(map[string]any)
			if f["FileID"] != want["FileID"] || f["FileName"] != want["FileName"] || f["Status"] != 0.0 || f["FileSignedURL"] != "http://x/(S(1))/a.pdf" {
				t.Errorf("%v", f)
			}
		}
	}
	if j := w.person.jobs[0]; len(j.Documents) != 2 || len([]rune(j.Documents[1].Title)) > 300 || len(w.records) != 6 {
		t.Errorf("%d records, %+v", len(w.records), j)
	}
	w.person.sign = func(_ context.Context, j bridge.Job) ([]bridge.Signed, error) { // only the second was agreed to
		all, err := w.person.all(j)
		all[0] = bridge.Signed{}
		return all, err
	}
	if a := w.call("/SignFiles", w.site.URL, message); len(a["Files"].([]any)) != 1 || !strings.Contains(a["Message"].(string), "một") {
		t.Errorf("%v", a)
	}
	none := mustJSON(map[string]any{"FileUploadHandler": w.site.URL + "/upload", "Files": []any{file(1, "x", "none.pdf")}})
	w.reason(w.call("/SignFiles", w.site.URL, none), bridge.ReasonNone)
	w.reason(w.call("/SignFiles", w.site.URL, mustJSON(map[string]any{"FileUploadHandler": w.site.URL + "/upload", "Files": []any{}})), bridge.ReasonMessage)
	var many []any
	for i := range 51 {
		many = append(many, file(i, "x", "1.pdf"))
	}
	w.reason(w.call("/SignFiles", w.site.URL, mustJSON(map[string]any{"FileUploadHandler": w.site.URL + "/upload", "Files": many})), bridge.ReasonTooMany)
}

func TestOwnChooser(t *testing.T) {
	w := newWorld(t)
	w.status(w.call("/SignCopy", w.site.URL, w.common(map[string]any{"FileName": ""})), 11)
	w.person.choose = filepath.Join(t.TempDir(), "Bản sao của tôi.pdf")
	if err := os.WriteFile(w.person.choose, []byte(pdf), 0o600); err != nil {
		t.Fatal(err)
	}
	a := w.call("/SignCopy", w.site.URL, w.common(map[string]any{"FileName": ""}))
	w.status(a, 0)
	if strings.Contains(mustJSON(a), filepath.Dir(w.person.choose)) || len(w.gets) != 0 {
		t.Errorf("%v %v", a, w.gets)
	}
	if err := os.WriteFile(w.person.choose, []byte("no PDF"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.reason(w.call("/SignCopy", w.site.URL, w.common(map[string]any{"FileName": ""})), bridge.ReasonNotPDF)
}

func TestProbesAndOthers(t *testing.T) {
	w := newWorld(t)
	open := make([]*websocket.Conn, 0, 4)
	for _, path := range []string{"/Config", "/SignXML", "/SignJson", "/SignApproved"} {
		c, _, err := w.dial(path, "https://any.example.vn")
		if err != nil {
			t.Fatal(err)
		}
		open = append(open, c)
	}
	w.status(w.call("/SignApproved", w.site.URL, w.common(nil)), 0) // beside the open ones
	for _, c := range open {
		_ = c.Close(websocket.StatusNormalClosure, "")
	}
	for _, message := range []string{"", "version"} {
		if a := w.call("/GetVersion", "https://any.example.vn", message); a["Version"] != "1" {
			t.Errorf("%v", a)
		}
	}
	for _, path := range []string{"/SignJson", "/Auth", "/SignXML", "/SignMsg", "/VerifyJson", "/Unknown", "/SignOffice", "/../x"} {
		w.status(w.call(path, w.site.URL, "x"), 500)
	}
	if len(w.person.asked()) != 0 || w.person.shown != 0 {
		t.Error("a probe asked the person")
	}
	w.reason(w.call("/Config", "https://any.example.vn", "config"), bridge.ReasonSite)
	w.status(w.call("/Config", w.site.URL, "config"), 0)
	w.status(w.call("/VerifyPDF", w.site.URL, w.common(map[string]any{"FileUploadHandler": ""})), 0)
	if w.person.shown != 1 || w.person.verified != 1 {
		t.Errorf("shown %d, verified %d", w.person.shown, w.person.verified)
	}
	w.person.consent = bridge.Consent{}
	w.status(w.call("/GetCertInfo", w.site.URL, "get_cert_info"), 11)
	if q := w.person.asked(); len(q) != 1 || q[0].Kind != bridge.AskCertificate {
		t.Errorf("%+v", q)
	}
}

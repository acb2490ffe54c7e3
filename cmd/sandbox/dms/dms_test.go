package dms_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"regexp"
	"strings"
	"testing"

	"trinhky/cmd/sandbox/dms"
)

const original = "%PDF-1.7 original"

// open serves a site below /dms/ and gives its address and the token that its
// page holds.
func open(t *testing.T) (base, token string) {
	t.Helper()
	s, err := dms.New(t.TempDir(), []dms.Document{{ID: "cv125", Title: "Công văn <125>", Number: "125/STN-VP", PDF: []byte(original)}})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(http.StripPrefix("/dms", s))
	t.Cleanup(h.Close)
	page := string(get(t, h.URL+"/dms/", http.StatusOK))
	found := regexp.MustCompile(`token: "([0-9a-f]+)"`).FindStringSubmatch(page)
	if found == nil || !strings.Contains(page, "Công văn &lt;125&gt;") {
		t.Fatalf("page %s", page)
	}
	return h.URL + "/dms/", found[1]
}

func get(t *testing.T, url string, want int) []byte {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != want {
		t.Fatalf("%s: %s %v", url, resp.Status, err)
	}
	return data
}

// post uploads as the bridge does; fields stand before the file.
func post(t *testing.T, url, part, file, data string, fields ...string) (int, []byte) {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i < len(fields); i += 2 {
		if err := m.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	w, err := m.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename=%q`, part, file)}, "Content-Type": {"application/pdf"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, data); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Post(url, m.FormDataContentType(), &body)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	out, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, out
}

func TestSignAndFetch(t *testing.T) {
	base, token := open(t)
	get(t, base+"files/cv125.pdf", http.StatusUnauthorized)
	if got := get(t, base+"files/cv125.pdf?token="+token, http.StatusOK); string(got) != original {
		t.Errorf("document %q", got)
	}
	signed := original + " and a signature"
	status, data := post(t, base+"upload/cv125?case=ok", "uploadfile", "cv125.pdf", signed, "token", token)
	var a struct {
		Status                               bool
		FileName, FileServer, DocumentNumber string
	}
	if err := json.Unmarshal(data, &a); err != nil || status != http.StatusOK || !a.Status || a.DocumentNumber != "125/STN-VP" {
		t.Fatalf("%d %s %v", status, data, err)
	}
	if got := get(t, a.FileServer, http.StatusOK); string(got) != signed {
		t.Errorf("what is at FileServer: %q", got)
	}
	var state dms.State
	if err := json.Unmarshal(get(t, base+"_state", http.StatusOK), &state); err != nil {
		t.Fatal(err)
	}
	if len(state.Uploads) != 1 || !state.Uploads[0].Extends || state.Uploads[0].Fields["token"] != token || len(state.Downloads) != 1 || len(state.Refused) != 1 {
		t.Errorf("state %+v", state)
	}
}

func TestUploadRefused(t *testing.T) {
	base, token := open(t)
	for name, c := range map[string]struct {
		part, file, data string
		fields           []string
		want             int
	}{
		"no token":        {"uploadfile", "a.pdf", original, nil, http.StatusUnauthorized},
		"other part name": {"file", "a.pdf", original, []string{"token", token}, http.StatusBadRequest},
		"not a PDF":       {"uploadfile", "a.pdf", "hello", []string{"token", token}, http.StatusBadRequest},
		"query in name":   {"uploadfile", "a.pdf?token=1.pdf", original, []string{"token", token}, http.StatusBadRequest},
		"no extension":    {"uploadfile", "a", original, []string{"token", token}, http.StatusBadRequest},
	} {
		if status, data := post(t, base+"upload/cv125", c.part, c.file, c.data, c.fields...); status != c.want {
			t.Errorf("%s: %d %s", name, status, data)
		}
	}
	if status, data := post(t, base+"upload/several", "uploadfile", "a.pdf", original, "token", token); status != http.StatusBadRequest {
		t.Errorf("several, another name: %d %s", status, data)
	}
	if status, data := post(t, base+"upload/several", "uploadfile", "cv125.pdf", original, "token", token); status != http.StatusOK || !strings.Contains(string(data), "signed/cv125.pdf") {
		t.Errorf("several: %d %s", status, data)
	}
	if status, _ := post(t, base+"upload/other", "uploadfile", "a.pdf", original, "token", token); status != http.StatusNotFound {
		t.Errorf("unknown document: %d", status)
	}
}

func TestCases(t *testing.T) {
	base, token := open(t)
	for _, c := range dms.Cases() {
		status, data := post(t, base+"upload/cv125?case="+c, "uploadfile", "a.pdf", original+"!", "token", token)
		var a map[string]any
		parsed := json.Unmarshal(data, &a) == nil
		var good bool
		switch c {
		case "redirect":
			good = status == http.StatusTemporaryRedirect
		case "error":
			good = status == http.StatusInternalServerError
		case "empty", "html":
			good = status == http.StatusOK && !parsed
		case "refused":
			good = parsed && a["Status"] == false && a["Message"] != ""
		case "nothing":
			good = parsed && a["Status"] == true && a["FileServer"] == "" && a["FileName"] == ""
		case "object":
			_, good = a["FileServer"].(map[string]any)
		case "both":
			good = a["Status"] == true && a["status"] == false
		default:
			text, ok := a["FileServer"].(string)
			good = ok && text != "" && a["Status"] == true
		}
		if !good {
			t.Errorf("%s: %d %s", c, status, data)
		}
	}
}

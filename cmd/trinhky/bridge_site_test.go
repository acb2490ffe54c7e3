//go:build linux

package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/app/settings"
)

// front is the sandbox's document system behind https, as an origin of its own.
type front struct {
	*httptest.Server
	page string
}

// roots is a file with the certificate of every front.
func (w *siteWindow) front() *front {
	w.Helper()
	to, err := url.Parse(strings.TrimSuffix(w.dms, "/dms/"))
	if err != nil {
		w.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
		r.Out.Header.Set("X-Forwarded-Proto", "https")
	}}
	f := &front{Server: httptest.NewTLSServer(proxy)}
	w.Cleanup(f.Close)
	f.page = f.URL + "/dms/"
	return f
}

// trust lets the window and the browser trust the fronts, each in its own way.
func (w *siteWindow) trust(f *front) (spki string) {
	w.Helper()
	w.roots = filepath.Join(w.TempDir(), "roots.pem")
	cert := f.Certificate()
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})
	if err := os.WriteFile(w.roots, block, 0o600); err != nil {
		w.Fatal(err)
	}
	return spkiHash(cert)
}

// deed is one press on a page, what the person does, and what the page gets.
type deed struct {
	press, result string
	person        string // see app/walk/site.go; "": nothing is asked
	status        float64
	words         string               // of the message
	more          func(map[string]any) // further checks
	mode          string               // what the upload handler does wrong
}

// TestBridgeEndpoints presses every button of a document system's page over
// https, in a real browser, before the real window.
func TestBridgeEndpoints(t *testing.T) {
	w := newSiteWindow(t)
	w.startSandbox()
	w.prepare()
	draft := filepath.Join(w.home, "drafts", "cong-van-chua-cap-so.pdf")
	var first, second []deed
	text := func(key string) func(map[string]any) {
		return func(a map[string]any) {
			if s, _ := a[key].(string); s == "" {
				t.Errorf("%s is empty in %v", key, a)
			}
		}
	}
	valid := func(a map[string]any) { w.valid(fmt.Sprint(a["FileServer"])) }
	first = []deed{
		{press: "approve-vb125", person: "remember+put", words: "xong", more: valid},
		{press: "issue-phathanh", person: "put", more: func(a map[string]any) {
			valid(a)
			if a["DocumentNumber"] != "79" && a["DocumentNumber"] != "79/STN-VP" || a["DocumentDate"] == "" {
				t.Errorf("%v", a)
			}
			w.holds(fmt.Sprint(a["FileServer"]), "number", "Sở Thử nghiệm tỉnh Mẫu", "Số: 79/STN-VP")
		}},
		{press: "comment-vb42", person: "opinion+put", more: func(a map[string]any) { w.holds(fmt.Sprint(a["FileServer"]), "comment") }},
		{press: "appendix-vb18", person: "put", more: func(a map[string]any) { w.holds(fmt.Sprint(a["FileServer"]), "attachment") }},
		{press: "copy-vb42", person: "put", more: func(a map[string]any) { w.holds(fmt.Sprint(a["FileServer"]), "copy") }},
		{press: "income-vb18", person: "put", more: func(a map[string]any) { w.holds(fmt.Sprint(a["FileServer"]), "digitised") }},
		{press: "verify-vb125", person: "look", words: "xong"},
		{press: "own", person: "pick+put", more: valid},
	}
	second = []deed{
		{press: "pdf-vb125", person: "remember+wrong", more: valid},
		{press: "approve-vb125", person: "deny", status: 11, words: "từ chối"},
		{press: "approve-vb125", person: "back", status: 11, words: "từ chối"},
		{press: "issue-vb125", person: "deny", status: 11, words: "từ chối"}, // no leader signed it
		{press: "own", person: "refuse", status: 11, words: "từ chối"},
		{press: "certificate", result: "any", person: "refuse", status: 11, words: "từ chối"},
		{press: "certificate", result: "any", person: "allow", more: func(a map[string]any) {
			for _, key := range []string{"Subject", "Issuer", "SerialNumber", "ValidFrom", "ValidTo", "Certificate"} {
				text(key)(a)
			}
		}},
		{press: "certificate", result: "any", more: text("Subject")}, // once a session
		{press: "approve-vb42", person: "fail", status: 1, words: "người khác xử lý", mode: "refused"},
		{press: "approve-vb42", person: "fail", status: 1, words: "500", mode: "error"},
	}
	if os.Getenv("TRINHKY_SOAK") == "" { // each signature takes its seconds
		first, second = first[:3], second[:2]
	}
	rounds := [][]deed{first, second, refusedDeeds(text)}
	fronts := []*front{w.front(), w.front(), w.front()}
	spki := w.trust(fronts[0])
	lines := w.start(persons(rounds...), "--walk-draft", draft)
	b := w.browser("--ignore-certificate-errors-spki-list=" + spki)
	for i, round := range rounds {
		b.deeds(w, fronts[i], round)
	}
	for lines.Scan() {
		if strings.Contains(lines.Text(), "✗") {
			t.Error(lines.Text())
		}
	}
	w.audited(strings.TrimSuffix(fronts[0].page, "/dms/"))
}

// refusedDeeds are what a site gets that nobody allowed, and what nobody gets.
func refusedDeeds(text func(string) func(map[string]any)) []deed {
	return []deed{
		{press: "config", result: "any", status: 1, words: "danh sách"}, // nobody allowed this site
		{press: "version", result: "any", more: text("Version")},
		{press: "license", result: "any", status: 500, words: "không có chức năng"},
		{press: "office", result: "any", status: 500, words: "không có chức năng"},
		{press: "auth", result: "any", status: 500, words: "không đọc được"},
		{press: "json", result: "any", status: 500, words: "không đọc được"},
		{press: "xml", result: "any", status: 500, words: "không đọc được"},
		{press: "msg", result: "any", status: 500, words: "không đọc được"},
		{press: "verify-vb125", person: "refuse", status: 11, words: "từ chối"},
		{press: "approve-vb42", person: "refuse", status: 11, words: "từ chối"},
	}
}

// deeds presses one button after the other.
func (b *browser) deeds(w *siteWindow, f *front, all []deed) {
	b.Helper()
	mode := "?"
	for _, d := range all {
		if d.mode != mode {
			mode = d.mode
			b.open(f.page + "?bridge=" + url.QueryEscape(w.bridge) + "&case=" + mode)
		}
		if d.result == "" {
			_, id, _ := strings.Cut(d.press, "-")
			if d.result = id; id == "" {
				d.result = "vb125"
			}
		}
		a := b.press(d.press, "result-"+d.result)
		b.Logf("%s: %v %v", d.press, a["Status"], a["Message"])
		w.status(a, d.status, d.words)
		for _, key := range []string{"Message", "Error", "FileName", "FileServer", "DocumentNumber", "DocumentDate"} {
			if _, ok := a[key]; !ok {
				w.Errorf("%s: %s is missing: %v", d.press, key, a)
			}
		}
		if d.more != nil {
			d.more(a)
		}
	}
}

// persons is what the person does, for the walk.
func persons(rounds ...[]deed) string {
	var all []string
	for _, round := range rounds {
		for _, d := range round {
			if d.person != "" {
				all = append(all, d.person)
			}
		}
	}
	return strings.Join(all, ",")
}

// holds fetches what the site has and sees that all of its signatures are valid
// and that the words are in their report; it counts the signatures.
func (w *siteWindow) holds(address string, words ...string) int {
	w.Helper()
	path := w.fetch(address)
	out, err := exec.Command(filepath.Join(w.bin, "trinhkyctl"), "--home", w.home, "--json", "verify", path).Output()
	var report struct {
		Verdict    string
		Signatures []struct{ Verdict string }
	}
	if jsonErr := json.Unmarshal(out, &report); err != nil || jsonErr != nil || report.Verdict != "valid" {
		w.Errorf("%s: %v %s", address, err, out)
	}
	for _, word := range words {
		if !strings.Contains(string(out), word) {
			w.Errorf("%q is not in %s", word, out)
		}
	}
	return len(report.Signatures)
}

// several sees that each of the files of SignFiles is stored under its own name,
// with that many valid signatures.
func (w *siteWindow) several(a map[string]any, signatures map[string]int) {
	w.Helper()
	files, _ := a["Files"].([]any)
	if len(files) != len(signatures) {
		w.Errorf("%d files in %v", len(files), a)
	}
	for _, f := range files {
		file, _ := f.(map[string]any)
		name, address := fmt.Sprint(file["FileName"]), fmt.Sprint(file["FileSignedURL"])
		if !strings.HasSuffix(address, "/"+name+".pdf") || file["Status"] != 0.0 {
			w.Errorf("%v", file)
		}
		if n := w.holds(address); n != signatures[name] {
			w.Errorf("%s: %d signatures, want %d", name, n, signatures[name])
		}
	}
}

// Without a token nothing is signed, and the page is told.
func TestBridgeWithoutToken(t *testing.T) {
	w := newSiteWindow(t)
	w.startSandbox()
	w.prepare()
	s, err := settings.Load(w.home)
	if err != nil {
		t.Fatal(err)
	}
	s.Signing.Modules = nil
	if err := settings.Save(w.home, s); err != nil {
		t.Fatal(err)
	}
	f := w.front()
	spki := w.trust(f)
	all := []deed{
		{press: "approve-vb125", person: "remember+missing", status: 11, words: "từ chối"},
		{press: "certificate", result: "any", person: "allow", status: 1, words: "token"},
	}
	lines := w.start(persons(all))
	w.browser("--ignore-certificate-errors-spki-list="+spki).deeds(w, f, all)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "✗") {
			t.Error(lines.Text())
		}
	}
}

// client is an https client that trusts the fronts.
func (w *siteWindow) client() *http.Client {
	if w.roots == "" {
		return http.DefaultClient
	}
	data, err := os.ReadFile(w.roots)
	if err != nil {
		w.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(data)
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
}

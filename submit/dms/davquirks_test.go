package dms

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"trinhky/submit"
)

// Names that addresses trip over, in the share's own address and in files.
func TestWebDAVNames(t *testing.T) {
	a := startApache(t)
	s := newShare(t, a, "Kho #1 100% a+b&c=d;e (nội bộ) "+strings.Repeat("dài", 40))
	for _, name := range []string{"a#b%20c+d&e.pdf", "Công văn số 5.pdf", "Cong va\u0306n (2).pdf"} {
		e := letter(t)
		e.Files[0].Name = name
		if _, err := s.c.Submit(t.Context(), e); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if all, err := s.c.Lookup(t.Context(), e); err != nil || len(all) != 1 {
			t.Errorf("%q: %v %v", name, all, err)
		}
	}
	if got := s.Documents(t); len(got) != 3 {
		t.Errorf("%v", got)
	}
}

// A server that knows itself by http only, behind one that speaks TLS for it.
func TestWebDAVBehindTLS(t *testing.T) {
	a := startApache(t)
	to, _ := url.Parse("http://" + a.address)
	front := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}})
	defer front.Close()
	w, err := NewWebDAV(WebDAVConfig{Endpoint: front.URL + "/sau tls", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	w.c.http.Transport = front.Client().Transport
	e := letter(t)
	if _, err := w.Submit(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(a.docs, "sau tls", "outgoing", e.ID, "message.edxml")); err != nil {
		t.Error(err)
	}
}

// A lock is asked for again before it ends, while a file is still on its way. One
// that ended ends the send, and nothing has arrived; one that the server still
// lists goes on, though asking for it again was refused.
func TestWebDAVLockRefresh(t *testing.T) {
	a := startApache(t)
	for name, answer := range map[string]func(s *share, w http.ResponseWriter, r *http.Request) bool{
		"kept": func(*share, http.ResponseWriter, *http.Request) bool { return false },
		"refused and kept": func(_ *share, w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusPreconditionFailed)
			return true
		},
		"lost": func(s *share, _ http.ResponseWriter, r *http.Request) bool {
			token := strings.Trim(r.Header.Get("If"), "(<>)")
			if err := s.c.c.unlock(t.Context(), r.URL.Path[strings.Index(r.URL.Path, "outgoing"):], token); err != nil {
				t.Error(err)
			}
			return false
		},
	} {
		s, lost := newShare(t, a, "khóa "+name), name == "lost"
		begun := time.Now()
		var reads, refreshed atomic.Int64
		s.c.c.now = func() time.Time { return begun.Add(time.Duration(reads.Add(1)) * time.Minute) }
		s.before = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != "LOCK" || r.ContentLength > 0 {
				return false
			}
			refreshed.Add(1)
			return answer(s, w, r)
		}
		e, _, err := s.submitOne(t)
		if refreshed.Load() == 0 || davLost.is(err) != lost || (err == nil) == lost {
			t.Errorf("%s: %v after %d refreshes", name, err, refreshed.Load())
		}
		if !lost {
			continue
		}
		s.before = nil
		s.c.c.now = time.Now
		if got := s.Documents(t); len(got) != 0 {
			t.Errorf("%v", got)
		}
		if _, err := s.c.Submit(t.Context(), e); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	}
}

// quirk is what a server does in place of Apache, true: it did; reason "": the
// send works all the same.
type quirk struct {
	before func(w http.ResponseWriter, r *http.Request) bool
	reason davReason
}

// quirks: servers that say "stored" and are not, cut what they give back,
// redirect a folder to its name without a slash, or know no WebDAV.
func quirks() map[string]quirk {
	skip := func(w http.ResponseWriter, r *http.Request, status int) bool {
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(status)
		return true
	}
	return map[string]quirk{
		"201 without storing": {func(w http.ResponseWriter, r *http.Request) bool {
			return r.Method == http.MethodPut && strings.Contains(r.URL.Path, ".part-") && skip(w, r, http.StatusCreated)
		}, davLies},
		"shorter than it was": {func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet {
				_, _ = io.WriteString(w, "<?xml")
			}
			return r.Method == http.MethodGet
		}, davLies},
		"read-only": {func(w http.ResponseWriter, r *http.Request) bool {
			return r.Method == http.MethodPut && skip(w, r, http.StatusMethodNotAllowed)
		}, davMethod},
		"no parent": {func(w http.ResponseWriter, r *http.Request) bool {
			return r.Method == http.MethodPut && skip(w, r, http.StatusConflict)
		}, davParent},
		"too large": {func(w http.ResponseWriter, r *http.Request) bool {
			return r.Method == http.MethodPut && skip(w, r, http.StatusRequestEntityTooLarge)
		}, davFull},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == "PROPFIND" {
				http.Redirect(w, r, "http://192.0.2.1/dav/", http.StatusMovedPermanently)
			}
			return r.Method == "PROPFIND"
		}, "moved"},
		"without slash": {func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == "MKCOL" && strings.HasSuffix(r.URL.Path, "/") {
				http.Redirect(w, r, strings.TrimSuffix(r.URL.EscapedPath(), "/"), http.StatusPermanentRedirect)
				return true
			}
			return false
		}, ""},
		"no locks": {func(w http.ResponseWriter, r *http.Request) bool {
			return r.Method == "LOCK" && skip(w, r, http.StatusNotImplemented)
		}, ""},
	}
}

func TestWebDAVQuirks(t *testing.T) {
	a := startApache(t)
	for name, c := range quirks() {
		t.Run(name, func(t *testing.T) {
			s := newShare(t, a, "quirks/"+name)
			s.before = c.before
			e, _, err := s.submitOne(t)
			if c.reason == "" {
				if err != nil || len(s.Documents(t)) != 1 {
					t.Errorf("%v", err)
				}
				return
			}
			if !c.reason.is(err) && submit.ProblemCode(err) != string(c.reason) || submit.ProblemCode(err) == "" {
				t.Errorf("%v, want %s", err, c.reason)
			}
			s.before = nil
			if got := s.Documents(t); len(got) != 0 {
				t.Errorf("%v", got)
			}
			if _, err := s.c.Submit(t.Context(), e); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// What IIS, Nextcloud and others answer to PROPFIND.
func TestMultistatusForms(t *testing.T) {
	w, err := NewWebDAV(WebDAVConfig{Endpoint: "https://dav.so.example/Kho Văn Bản", Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"IIS": `<?xml version="1.0"?><a:multistatus xmlns:b="urn:uuid:c2f41010-65b3-11d1-a29f-00aa00c14882/" xmlns:c="xml:" xmlns:a="DAV:">` +
			`<a:response><a:href>http://noibo:8080/kho%20v%C4%83n%20b%E1%BA%A3n/receipts</a:href><a:propstat><a:status>HTTP/1.1 200 OK</a:status><a:prop><a:resourcetype><a:collection/></a:resourcetype></a:prop></a:propstat></a:response>` +
			`<a:response><a:href>http://noibo:8080/kho%20v%C4%83n%20b%E1%BA%A3n/receipts/A%231.edxml</a:href><a:propstat><a:status>HTTP/1.1 200 OK</a:status><a:prop><a:resourcetype/></a:prop></a:propstat></a:response></a:multistatus>`,
		"Nextcloud": `<d:multistatus xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:response><d:href>/Kho%20V%c4%83n%20B%e1%ba%a3n/receipts/</d:href><d:propstat><d:prop>` +
			`<d:resourcetype><d:collection/></d:resourcetype><d:quota-available-bytes>-3</d:quota-available-bytes></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>` +
			`<d:response><d:href>/Kho%20V%c4%83n%20B%e1%ba%a3n/receipts/A%231.edxml</d:href><d:propstat><d:prop><d:resourcetype/></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response></d:multistatus>`,
		"decomposed letters": `<multistatus xmlns="DAV:"><response><href>/Kho Va` + "\u0306" + `n Ba` + "\u0309" + `n/receipts/</href></response><response><href>/Kho%20Va%CC%86n%20Ba%CC%89n/receipts/A%231.edxml</href></response></multistatus>`,
	} {
		all, err := w.c.parse([]byte(text), "receipts/")
		if err != nil || len(all) != 2 || all[1].Name != "A#1.edxml" || all[0].Room != -1 {
			t.Errorf("%s: %+v %v", name, all, err)
		}
	}
	for name, text := range map[string]string{
		"another folder": `<D:multistatus xmlns:D="DAV:"><D:response><D:href>/khác/</D:href></D:response></D:multistatus>`,
		"no namespace":   `<multistatus><response><href>/Kho Văn Bản/receipts/</href></response></multistatus>`,
		"a login page":   `<html><body>Đăng nhập</body></html>`,
	} {
		if all, err := w.c.parse([]byte(text), "receipts/"); err == nil {
			t.Errorf("%s: %+v", name, all)
		}
	}
}

// lighttpd is another independent server.
func startLighttpd(t *testing.T) (address, docs string) {
	t.Helper()
	tool, err := exec.LookPath("lighttpd")
	if err != nil {
		if tool, err = exec.LookPath("/usr/sbin/lighttpd"); err != nil {
			t.Skip("lighttpd is not here")
		}
	}
	if _, err := os.Stat("/usr/lib/lighttpd/mod_webdav.so"); err != nil {
		t.Skip("lighttpd-mod-webdav is not here")
	}
	dir := t.TempDir()
	docs = filepath.Join(dir, "docs")
	if err := os.Mkdir(docs, 0o755); err != nil {
		t.Fatal(err)
	}
	address = free(t)
	conf := filepath.Join(dir, "conf")
	write(t, conf, fmt.Sprintf(`server.modules = ("mod_webdav")
server.document-root = %q
server.bind = "127.0.0.1"
server.port = %s
server.errorlog = %q
webdav.activate = "enable"
webdav.sqlite-db-name = %q
`, docs, address[strings.LastIndex(address, ":")+1:], filepath.Join(dir, "error.log"), filepath.Join(dir, "locks.db")))
	cmd := exec.Command(tool, "-D", "-f", conf)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			_ = c.Close()
			return address, docs
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(dir, "error.log"))
			t.Fatalf("lighttpd did not start: %s%s", out.String(), log)
		}
	}
}

func TestWebDAVOnLighttpd(t *testing.T) {
	address, docs := startLighttpd(t)
	w, err := NewWebDAV(WebDAVConfig{Endpoint: (&url.URL{Scheme: "http", Host: address, Path: "/Kho văn bản #1/nhận"}).String(), Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	e := letter(t)
	for range 2 { // the second finds the first
		if r, err := w.Submit(t.Context(), e); err != nil || r.DocID != e.ID {
			t.Fatalf("%+v %v", r, err)
		}
	}
	base := filepath.Join(docs, "Kho văn bản #1", "nhận")
	if _, err := os.Stat(filepath.Join(base, "outgoing", e.ID, "message.edxml")); err != nil {
		t.Error(err)
	}
	if all, err := w.Track(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%v %v", all, err)
	}
	bad, old := filepath.Join(base, "receipts", "hỏng #1.edxml"), time.Now().Add(-time.Hour)
	write(t, bad, "<!DOCTYPE x>")
	if all, err := w.Track(t.Context()); err != nil || len(all) != 0 { // it may still be being written
		t.Errorf("%v %v", all, err)
	}
	if err := os.Chtimes(bad, old, old); err != nil {
		t.Fatal(err)
	}
	all, err := w.Track(t.Context())
	if err != nil || len(all) != 1 || all[0].Problem == "" {
		t.Fatalf("%v %v", all, err)
	}
	if err := w.Acknowledge(t.Context(), all[0]); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(filepath.Join(base, "receipts", "unreadable")); len(left) != 1 {
		t.Errorf("%v", left)
	}
	lock, err := w.c.lock(t.Context(), "outgoing/", "another program")
	if err != nil || lock.token == "" {
		t.Fatalf("%+v %v", lock, err)
	}
	lock.every = 0
	if err := lock.refresh(t.Context()); err != nil {
		t.Errorf("refresh: %v", err)
	}
	e2 := letter(t)
	var answered *ShareError
	if _, err := w.Submit(t.Context(), e2); !errors.As(err, &answered) || answered.Reason != davLocked {
		t.Errorf("under a lock: %v", err)
	}
	if err := lock.release(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := w.Submit(t.Context(), e2); err != nil {
		t.Errorf("after it: %v", err)
	}
}

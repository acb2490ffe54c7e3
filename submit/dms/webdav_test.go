package dms

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"trinhky/submit"
	"trinhky/submit/edxml"
	"trinhky/submit/submittest"
)

// share is a folder of a real Apache behind a proxy that misbehaves on request.
type share struct {
	t    *testing.T
	c    *WebDAV
	disk string // where Apache keeps it

	mu     sync.Mutex
	faults map[string][]submittest.Fault
	// before may answer in place of Apache, true: it did.
	before func(w http.ResponseWriter, r *http.Request) bool
	told   map[string]bool
	next   int
	// slow is told when an answer begins to be waited for that does not come.
	slow chan struct{}
}

var _ submittest.Destination = (*share)(nil)

func newShare(t *testing.T, a *apache, folder string) *share {
	t.Helper()
	s := &share{t: t, disk: filepath.Join(a.docs, filepath.FromSlash(folder)), faults: map[string][]submittest.Fault{}, told: map[string]bool{}, slow: make(chan struct{})}
	to, _ := url.Parse("http://" + a.address)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // Destination and If name it too
	}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(proxy, w, r) }))
	t.Cleanup(server.Close)
	var err error
	s.c, err = NewWebDAV(WebDAVConfig{
		Endpoint: server.URL + (&url.URL{Path: "/" + folder}).EscapedPath(), User: "vanthu", Password: "mật khẩu", Dir: t.TempDir(), Timeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.c.c.http.Transport = impatient{s.c.c.http.Transport, s.slow}
	// Apache sometimes keeps a file's record of a lock that it lifted, and answers
	// 500 to the next DELETE until that lock would have ended.
	s.c.c.locks = time.Minute
	if err := s.c.c.makeBase(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// impatient is the time-out of a request whose answer does not come, and of no
// other: it takes no time, and a busy machine is not taken for a slow share.
type impatient struct {
	http.RoundTripper
	slow <-chan struct{}
}

// RoundTrip implements http.RoundTripper.
func (i impatient) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	answered := make(chan struct{})
	defer close(answered)
	go func() {
		select {
		case <-i.slow:
			cancel(context.DeadlineExceeded)
		case <-answered: // its body is still read
		}
	}()
	return i.RoundTripper.RoundTrip(r.WithContext(ctx))
}

// where is what a request belongs to, for Break.
func where(r *http.Request) string {
	switch {
	case r.Method == "MOVE" && strings.Contains(r.URL.Path, "/outgoing/"):
		return submittest.AtSend
	case r.Method == "PROPFIND" && strings.Contains(r.URL.Path, "/sent/") && !strings.HasSuffix(r.URL.Path, "/sent/"):
		return submittest.AtLookup
	case r.Method == "PROPFIND" && strings.HasSuffix(r.URL.Path, "/receipts/") && r.Header.Get("Depth") == "1":
		return submittest.AtTrack
	}
	return ""
}

func (s *share) serve(apache http.Handler, w http.ResponseWriter, r *http.Request) {
	fault := submittest.FaultNone
	s.mu.Lock()
	at, before := where(r), s.before
	if all := s.faults[at]; len(all) > 0 {
		fault, s.faults[at] = all[0], all[1:]
	}
	s.mu.Unlock()
	if before != nil && before(w, r) {
		return
	}
	rec := httptest.NewRecorder()
	switch fault {
	case submittest.FaultDown, submittest.FaultCut:
		panic(http.ErrAbortHandler)
	case submittest.FaultPage:
		http.Error(w, "<html>Lỗi", http.StatusInternalServerError)
	case submittest.FaultPortal:
		_, _ = io.WriteString(w, "<html>Đăng nhập mạng")
	case submittest.FaultEmpty:
	case submittest.FaultNulls:
		_, _ = io.WriteString(w, "null")
	case submittest.FaultLogin:
		w.WriteHeader(http.StatusUnauthorized)
	case submittest.FaultLost:
		apache.ServeHTTP(rec, r)
		panic(http.ErrAbortHandler)
	case submittest.FaultHalf:
		apache.ServeHTTP(rec, r)
		w.Header().Set("Content-Length", fmt.Sprint(rec.Body.Len()+10))
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
	case submittest.FaultGarbage:
		apache.ServeHTTP(rec, r)
		w.WriteHeader(http.StatusMultiStatus)
		_, _ = io.WriteString(w, "%%%<")
	case submittest.FaultSlow:
		apache.ServeHTTP(rec, r)
		select {
		case s.slow <- struct{}{}:
		case <-r.Context().Done():
		}
		<-r.Context().Done()
	case submittest.FaultNone, submittest.FaultWrongTime:
		apache.ServeHTTP(w, r)
	}
}

// Keeps implements submittest.Keeper.
func (s *share) Keeps() {}

// Connector implements submittest.Destination.
func (s *share) Connector() submit.Connector { return s.c }

// Break implements submittest.Destination.
func (s *share) Break(_ testing.TB, at string, f submittest.Fault, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.faults[at] = append(s.faults[at], f)
	}
}

// Agencies implements submittest.Destination.
func (s *share) Agencies() (from, answers, refuses, silent submit.Party) {
	return submittest.NewFake().Agencies()
}

// messages are what a connector of the agency finds, the oldest first.
func (s *share) messages(t testing.TB) (names []string, all []*edxml.Document) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.disk, "outgoing"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		f, err := os.Open(filepath.Join(s.disk, "outgoing", e.Name(), "message.edxml"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := edxml.Read(f, edxml.Limits{Dir: t.TempDir()})
		_ = f.Close()
		if err != nil {
			t.Fatalf("%s is not complete: %v", e.Name(), err)
		}
		names, all = append(names, e.Name()), append(all, m.(*edxml.Document))
	}
	return names, all
}

// Documents implements submittest.Destination.
func (s *share) Documents(t testing.TB) (ids []string) {
	_, all := s.messages(t)
	for _, m := range all {
		ids = append(ids, m.DocumentID)
	}
	return ids
}

// Advance implements submittest.Destination.
func (s *share) Advance(t testing.TB) {
	_, answers, refuses, _ := s.Agencies()
	names, all := s.messages(t)
	for i, m := range all {
		if s.told[names[i]] {
			continue
		}
		s.told[names[i]] = true
		correction := m.Business.Kind == submit.Recall || m.Business.Kind == submit.Update
		for _, p := range m.To {
			var codes []string
			switch {
			case correction && p.ID == answers.OrganID():
				codes = []string{"15"}
			case correction && p.ID == refuses.OrganID():
				codes = []string{"16"}
			case p.ID == answers.OrganID():
				codes = []string{"01", "03", "05", "06"}
			case p.ID == refuses.OrganID():
				codes = []string{"02"}
			}
			for _, code := range codes {
				s.say(t, m, p, code)
			}
		}
	}
}

func (s *share) say(t testing.TB, m *edxml.Document, from edxml.Organ, code string) {
	t.Helper()
	s.next++
	var b bytes.Buffer
	err := edxml.Write(&b, &edxml.Status{
		From: from, Code: code, Description: "lý do của nơi nhận", At: time.Date(2026, 11, 20, 3, 0, s.next, 0, time.UTC),
		ResponseFor: edxml.ResponseFor{OrganID: m.From.ID, Code: m.Number + "/" + m.Notation, DocumentID: m.DocumentID, Date: m.Date},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.disk, "receipts", fmt.Sprintf("phản hồi %03d.edxml", s.next))
	if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestWebDAVSuite(t *testing.T) {
	a := startApache(t)
	var n atomic.Int64
	submittest.Suite(t, func(t *testing.T) submittest.Destination {
		return newShare(t, a, fmt.Sprintf("Kho văn bản/%d", n.Add(1)))
	})
}

// submitOne sends one letter.
func (s *share) submitOne(t *testing.T) (submit.Envelope, submit.Receipt, error) {
	t.Helper()
	e := letter(t)
	r, err := s.c.Submit(t.Context(), e)
	return e, r, err
}

func (s *share) answerWith(status int, method, part string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == method && strings.Contains(r.URL.Path, part) {
			w.WriteHeader(status)
			return true
		}
		return false
	}
}

func TestWebDAVLogins(t *testing.T) {
	a := startApache(t)
	for _, folder := range []string{"basic/x/y", "digest/x/Đơn vị"} {
		s := newShare(t, a, folder)
		for range 2 { // the second goes on with the same login
			if _, _, err := s.submitOne(t); err != nil {
				t.Fatalf("%s: %v", folder, err)
			}
		}
		if got := s.Documents(t); len(got) != 2 {
			t.Errorf("%s: %v", folder, got)
		}
		s.c.c.login = &login{user: "vanthu", password: "sai"}
		var auth *submit.AuthError
		if _, _, err := s.submitOne(t); !errors.As(err, &auth) {
			t.Errorf("%s: %v", folder, err)
		}
	}
}

// A folder that another program makes in the same moment is there: Apache answers
// 403 then.
func TestWebDAVFolderOfAnother(t *testing.T) {
	s := newShare(t, startApache(t), "cùng lúc")
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != "MKCOL" || !strings.HasSuffix(r.URL.Path, "/outgoing/") {
			return false
		}
		dir := filepath.Join(s.disk, "outgoing")
		if err := errors.Join(os.MkdirAll(dir, 0o777), os.Chmod(dir, 0o777)); err != nil {
			t.Error(err)
		}
		w.WriteHeader(http.StatusForbidden)
		return true
	}
	if _, _, err := s.submitOne(t); err != nil {
		t.Error(err)
	}
}

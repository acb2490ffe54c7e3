package dms

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trinhky/submit"
)

// What a share refuses is said in words, nothing arrives, and later it does.
func TestWebDAVRefusals(t *testing.T) {
	a := startApache(t)
	for name, c := range map[string]struct {
		status       int
		method, part string
		reason       davReason
	}{
		"quota at the file": {http.StatusInsufficientStorage, http.MethodPut, "/.part-", davFull},
		"locked part":       {http.StatusLocked, http.MethodPut, "/.part-", davLocked},
		"locked folder":     {http.StatusLocked, "MKCOL", "/.part-", davLocked},
		"locked at the end": {http.StatusLocked, "MOVE", "/outgoing/", davLocked},
		"no right":          {http.StatusForbidden, http.MethodPut, "/sent/", davDenied},
		"exists":            {http.StatusPreconditionFailed, "MOVE", "/outgoing/", davExists},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShare(t, a, t.Name())
			s.answerWith(c.status, c.method, c.part)
			e, _, err := s.submitOne(t)
			var unknown *submit.UnknownError
			if !c.reason.is(err) || errors.As(err, &unknown) || len(s.Documents(t)) != 0 {
				t.Fatalf("%v, arrived %v", err, s.Documents(t))
			}
			s.before = nil
			if r, err := s.c.Submit(t.Context(), e); err != nil || r.DocID != e.ID || len(s.Documents(t)) != 1 {
				t.Errorf("afterwards: %v, %v", err, s.Documents(t))
			}
		})
	}
}

// Real locks and real names in the way.
func TestWebDAVInTheWay(t *testing.T) {
	a := startApache(t)
	s := newShare(t, a, "trong đường")
	if _, _, err := s.submitOne(t); err != nil {
		t.Fatal(err)
	}
	e := letter(t)
	if err := s.c.c.mkcol(t.Context(), s.c.done(e.ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.c.Submit(t.Context(), e); !davExists.is(err) {
		t.Errorf("over another: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Join(s.disk, "outgoing", e.ID)); len(left) != 0 {
		t.Errorf("it was overwritten: %v", left)
	}
	lock, err := s.c.c.lock(t.Context(), "outgoing/", "another program")
	if err != nil || lock.token == "" {
		t.Fatalf("%+v %v", lock, err)
	}
	e2 := letter(t)
	if _, err := s.c.Submit(t.Context(), e2); !davLocked.is(err) {
		t.Errorf("under a lock: %v", err)
	}
	if err := lock.release(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.c.Submit(t.Context(), e2); err != nil {
		t.Errorf("after it: %v", err)
	}
	// A lock that a crash of ours left is found and lifted.
	e3 := letter(t)
	if err := s.c.c.mkcol(t.Context(), s.c.part(e3.ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.c.c.lock(t.Context(), s.c.part(e3.ID), owner(e3.ID)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.c.Submit(t.Context(), e3); err != nil {
		t.Errorf("after a crash: %v", err)
	}
}

// A share that gives back other bytes, or says that it has no room.
func TestWebDAVLies(t *testing.T) {
	a := startApache(t)
	s := newShare(t, a, "sai lệch")
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodGet {
			_, _ = io.WriteString(w, "khác")
		}
		return r.Method == http.MethodGet
	}
	if _, _, err := s.submitOne(t); err == nil || len(s.Documents(t)) != 0 {
		t.Errorf("%v %v", err, s.Documents(t))
	}
	if left, _ := filepath.Glob(filepath.Join(s.disk, "outgoing", ".*")); len(slices.DeleteFunc(left, func(p string) bool { return filepath.Base(p) == ".DAV" })) != 0 {
		t.Errorf("left: %v", left)
	}
	s.before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != "PROPFIND" || !strings.HasSuffix(r.URL.Path, "/outgoing/") {
			return false
		}
		w.WriteHeader(http.StatusMultiStatus)
		_, _ = fmt.Fprintf(w, `<D:multistatus xmlns:D="DAV:"><D:response><D:href>%s</D:href><D:propstat><D:prop><D:resourcetype><D:collection/></D:resourcetype>`+
			`<D:quota-available-bytes>10</D:quota-available-bytes></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>`, r.URL.EscapedPath())
		return true
	}
	if _, _, err := s.submitOne(t); !davFull.is(err) {
		t.Errorf("%v", err)
	}
}

func TestWebDAVAddresses(t *testing.T) {
	for _, bad := range []string{"", "ftp://x/y", "http://u:p@x/y", "http://x/y?z", "/y", "http:///y"} {
		if _, err := NewWebDAV(WebDAVConfig{Endpoint: bad, Dir: t.TempDir()}); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	w, err := NewWebDAV(WebDAVConfig{Endpoint: "http://x/Cong va\u0306n", Dir: t.TempDir()})
	if err != nil || w.c.address("a\u0300").Path != "/Cong văn/à" {
		t.Errorf("%v %v", w.c.address("a"), err)
	}
}

// FuzzMultistatus: whatever a share answers, names stay inside the folder.
func FuzzMultistatus(f *testing.F) {
	for _, s := range []string{
		`<D:multistatus xmlns:D="DAV:"><D:response><D:href>/x/</D:href></D:response><D:response><D:href>/x/a.edxml</D:href></D:response></D:multistatus>`,
		`<D:multistatus xmlns:D="DAV:"><D:response><D:href>http://y/x/../z</D:href></D:response></D:multistatus>`, "<", "",
	} {
		f.Add(s)
	}
	w, err := NewWebDAV(WebDAVConfig{Endpoint: "http://x/x", Dir: f.TempDir()})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		all, err := w.c.parse([]byte(s), "")
		for _, r := range all {
			if err != nil || strings.Contains(r.Name, "/") {
				t.Errorf("%q gave %+v, %v", s, r, err)
			}
		}
		parameters(s)
	})
}

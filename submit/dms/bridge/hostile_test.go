package bridge_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"trinhky/submit/dms/bridge"
)

func TestHandshake(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct{ origin, host string }{
		"no origin": {"", ""}, "null": {"null", ""}, "file": {"file://", ""}, "extension": {"chrome-extension://abc", ""},
		"path": {"https://a.vn/x", ""}, "user": {"https://u@a.vn", ""}, "foreign Host": {w.site.URL, "evil.example:8987"},
		"Host without port": {w.site.URL, "127.0.0.1"}, "number for a host": {"https://2130706433", ""}, "hex": {"https://0x7f.1", ""},
	} {
		args := []string{}
		if c.host != "" {
			args = append(args, c.host)
		}
		if _, resp, err := w.dial("/SignApproved", c.origin, args...); err == nil || resp == nil || resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %v", name, err)
		}
		if r := w.last(); !strings.HasPrefix(r.Result, "refused") {
			t.Errorf("%s: %+v", name, r)
		}
	}
	if _, _, err := w.dial("/GetVersion", w.site.URL, "localhost:"+w.address[strings.LastIndex(w.address, ":")+1:]); err != nil {
		t.Errorf("localhost: %v", err)
	}
	// A plain request (a form, an image, fetch) gets nothing.
	client := http.Client{Transport: &http.Transport{TLSClientConfig: w.tls()}}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
		req, _ := http.NewRequest(method, "https://"+w.address+"/SignApproved", strings.NewReader(w.common(nil)))
		req.Header.Set("Origin", w.site.URL)
		resp, err := client.Do(req)
		if err != nil || resp.StatusCode != http.StatusUpgradeRequired || resp.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %v %v", method, resp, err)
		}
		_ = resp.Body.Close()
	}
}

// A site that calls first is a question with its name; no means 11, and that
// nothing went over the network.
func TestFirstUse(t *testing.T) {
	w := newWorld(t)
	w.person.consent = bridge.Consent{}
	for _, from := range []string{"https://dms.evil.example", "https://xn--stnm-0qa.example", strings.Replace(w.site.URL, "http:", "https:", 1), "http://127.0.0.1:1"} {
		message := strings.ReplaceAll(w.common(nil), w.site.URL, from)
		a := w.call("/SignApproved", from, message)
		w.status(a, 11)
		if !strings.Contains(a["Message"].(string), bridge.ErrCancelled.Error()) {
			t.Errorf("%v", a["Message"])
		}
		q := w.person.asked()
		if got := q[len(q)-1]; got.Kind != bridge.AskSite || got.Origin != from || len(got.Download) != 1 || got.Upload == "" || got.Insecure != strings.HasPrefix(from, "http:") {
			t.Errorf("%+v", got)
		}
		if r := w.last(); r.Result != "cancelled" {
			t.Errorf("%+v", r)
		}
	}
	if q := w.person.asked()[1]; q.Readable == "" || q.Readable == q.Origin {
		t.Errorf("IDN: %+v", q)
	}
	if w.network() != 0 || len(w.person.jobs) != 0 {
		t.Error("something happened before the answer")
	}
}

// Plain http is asked every time, and never kept.
func TestPlainHTTP(t *testing.T) {
	w := newWorld(t)
	w.sites = nil
	for range 2 {
		w.status(w.call("/SignApproved", w.site.URL, w.common(nil)), 0)
	}
	if q := w.person.asked(); len(q) != 2 || !q[0].Insecure || len(w.sites) != 0 {
		t.Errorf("%+v %+v", q, w.sites)
	}
}

func TestHostileAddresses(t *testing.T) {
	w := newWorld(t)
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a foreign host was asked") }))
	defer other.Close()
	secret := filepath.Join(t.TempDir(), "secret.pdf")
	if err := os.WriteFile(secret, []byte(pdf), 0o600); err != nil {
		t.Fatal(err)
	}
	w.mux.HandleFunc("GET /away", func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, other.URL+"/x.pdf", http.StatusFound)
	})
	w.mux.HandleFunc("GET /loop", func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, "/loop", http.StatusFound) })
	w.mux.HandleFunc("GET /once", func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "/files/1.pdf?x=1", http.StatusFound)
	})
	w.mux.HandleFunc("GET /page", func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("<html>đăng nhập")) })
	w.mux.HandleFunc("GET /large", func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = rw.Write([]byte(pdf + strings.Repeat("x", 2<<20)))
	})
	w.person.consent = bridge.Consent{}
	for name, reason := range map[string]bridge.Reason{
		"file://" + secret: bridge.ReasonLocalPath, "blob:https://x/1": bridge.ReasonLocalPath, "data:application/pdf,x": bridge.ReasonLocalPath,
		`C:\van-ban\a.pdf`: bridge.ReasonLocalPath, "c:/a.pdf": bridge.ReasonLocalPath, `\\may\share\a.pdf`: bridge.ReasonLocalPath, secret: bridge.ReasonLocalPath,
		"../a.pdf": bridge.ReasonLocalPath, "~/a.pdf": bridge.ReasonLocalPath,
		"ftp://x.vn/a.pdf": bridge.ReasonURL, "http:///a.pdf": bridge.ReasonURL, "http://2130706433/a.pdf": bridge.ReasonURL, "http://0x7f.0.0.1/a": bridge.ReasonURL,
		strings.Replace(w.site.URL, "http://", "http://u:p@", 1) + "/a.pdf": bridge.ReasonUserInfo,
		w.site.URL + "/away": bridge.ReasonRedirect, w.site.URL + "/loop": bridge.ReasonRedirect,
		w.site.URL + "/page": bridge.ReasonNotPDF, w.site.URL + "/missing": bridge.ReasonFetch, "http://127.0.0.1": "",
	} {
		if reason == "" {
			continue
		}
		w.reason(w.call("/SignApproved", w.site.URL, w.common(map[string]any{"FileName": name})), reason)
		if reason == bridge.ReasonLocalPath || reason == bridge.ReasonURL {
			w.reason(w.call("/SignApproved", w.site.URL, w.common(map[string]any{"FileUploadHandler": name})), reason)
		}
	}
	// Another service of the same computer is another host: a question.
	w.status(w.call("/SignApproved", w.site.URL, w.common(map[string]any{"FileName": other.URL + "/x.pdf"})), 11)
	q := w.person.asked()
	if len(q) != 1 || q[0].Kind != bridge.AskHosts || len(q[0].Foreign) != 1 {
		t.Errorf("%+v", q)
	}
	w.person.consent = bridge.Consent{Allow: true}
	w.status(w.call("/SignApproved", w.site.URL, w.common(map[string]any{"FileName": w.site.URL + "/once"})), 0)
	if len(w.person.jobs) != 1 {
		t.Errorf("%d jobs", len(w.person.jobs))
	}
}

func TestTooLarge(t *testing.T) {
	w := newWorld(t, func(c *bridge.Config) { c.Limits.PDF = 1 << 20 })
	w.mux.HandleFunc("GET /large", func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = rw.Write([]byte(pdf + strings.Repeat("x", 2<<20)))
	})
	w.mux.HandleFunc("GET /stream", func(rw http.ResponseWriter, _ *http.Request) {
		rw.(http.Flusher).Flush()
		_, _ = rw.Write([]byte(pdf + strings.Repeat("x", 2<<20)))
	})
	for _, path := range []string{"/large", "/stream"} {
		w.reason(w.call("/SignApproved", w.site.URL, w.common(map[string]any{"FileName": w.site.URL + path})), bridge.ReasonTooLarge)
	}
	w.reason(w.call("/SignApproved", w.site.URL, w.common(map[string]any{"X": strings.Repeat("x", 260<<10)})), bridge.ReasonTooLong)
	w.status(w.call("/SignApproved", w.site.URL, w.common(nil)), 0) // it is still alive
}

// Names that lead inside: refused, whatever the site is called.
func TestRebinding(t *testing.T) {
	where := names{
		"dms.so.gov.vn": "127.0.0.1", "link.so.gov.vn": "169.254.169.254", "inside.example.vn": "10.1.2.3", "zero.example.vn": "0.0.0.0",
		"six.example.vn": "::ffff:127.0.0.1", "nat.example.vn": "100.64.1.1",
	}
	w := newWorld(t, func(c *bridge.Config) { c.Resolver = where })
	for host := range where {
		w.sites = append(w.sites, bridge.Site{Origin: "https://" + host})
	}
	for _, host := range []string{"dms.so.gov.vn", "link.so.gov.vn", "zero.example.vn", "six.example.vn"} {
		message := strings.ReplaceAll(w.common(nil), w.site.URL, "https://"+host)
		w.reason(w.call("/SignApproved", "https://"+host, message), bridge.ReasonAddress)
	}
	if len(w.person.asked()) != 0 {
		t.Errorf("%+v", w.person.asked())
	}
	w.person.consent = bridge.Consent{}
	for _, host := range []string{"inside.example.vn", "nat.example.vn"} {
		message := strings.ReplaceAll(w.common(nil), w.site.URL, "https://"+host)
		w.status(w.call("/SignApproved", "https://"+host, message), 11)
		if q := w.person.asked(); q[len(q)-1].Kind != bridge.AskPrivate {
			t.Errorf("%+v", q)
		}
	}
	// An https page cannot have anything fetched or stored over http.
	w.reason(w.call("/SignApproved", "https://dms.so.gov.vn", w.common(nil)), bridge.ReasonPlain)
	if w.network() != 0 {
		t.Error("something was fetched")
	}
}

func TestBusyGoneAndSecond(t *testing.T) {
	recorded := make(chan struct{}, 9) // tells that a call has ended
	w := newWorld(t, func(c *bridge.Config) { c.Audit = func(context.Context, bridge.Record) { recorded <- struct{}{} } })
	began, ended := make(chan struct{}, 1), make(chan error, 1)
	var after func(j bridge.Job) ([]bridge.Signed, error)
	w.person.sign = func(ctx context.Context, j bridge.Job) ([]bridge.Signed, error) {
		began <- struct{}{}
		<-ctx.Done()
		ended <- context.Cause(ctx)
		if after != nil {
			return after(j)
		}
		return nil, context.Cause(ctx)
	}
	start := func() *websocket.Conn {
		c, _, err := w.dial("/SignApproved", w.site.URL)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Write(t.Context(), websocket.MessageText, []byte(w.common(nil))); err != nil {
			t.Fatal(err)
		}
		<-began
		return c
	}
	first := start()
	w.reason(w.call("/SignCopy", w.site.URL, w.common(nil)), bridge.ReasonBusy)
	<-recorded
	if err := first.Write(t.Context(), websocket.MessageText, []byte("more")); err != nil {
		t.Fatal(err)
	}
	w.reason(w.read(first), bridge.ReasonSecond)
	_ = first.CloseNow() // or the bridge waits some seconds for its good-bye
	var own *bridge.Refusal
	if err := <-ended; !errors.As(err, &own) {
		t.Errorf("%v", err)
	}
	<-recorded
	// (i) gone before anything was signed, (ii) after it: not stored by itself,
	// (iii) stored because the person says so.
	_ = start().CloseNow()
	<-ended
	<-recorded
	after = w.person.all
	for _, upload := range []bool{false, true} {
		w.person.gone = upload
		before := len(w.uploads)
		c := start()
		_ = c.CloseNow()
		<-ended
		<-recorded // the call has ended
		if (len(w.uploads) > before) != upload {
			t.Errorf("upload %v: %d", upload, len(w.uploads)-before)
		}
	}
}

// What was signed must go on from what was fetched.
func TestChanged(t *testing.T) {
	w := newWorld(t)
	w.person.sign = func(_ context.Context, j bridge.Job) ([]bridge.Signed, error) {
		all, err := w.person.all(j)
		if err == nil {
			err = os.WriteFile(all[0].Path, []byte("%PDF-1.7 another document signed"), 0o600)
		}
		return all, err
	}
	w.reason(w.call("/SignApproved", w.site.URL, w.common(nil)), bridge.ReasonChanged)
	if len(w.uploads) != 0 {
		t.Error("it was uploaded")
	}
}

func TestTooOften(t *testing.T) {
	w := newWorld(t, func(c *bridge.Config) { c.Limits.PerMinute = 2 })
	for i := range 3 {
		c, resp, err := w.dial("/Config", "https://any.example.vn")
		if (err == nil) != (i < 2) {
			t.Fatalf("%d: %v", i, err)
		}
		if err == nil {
			_ = c.CloseNow()
		} else if resp.StatusCode != http.StatusTooManyRequests {
			t.Errorf("%v", resp.Status)
		}
	}
}

func TestListenOnlyHere(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "localhost:0", "x"} {
		if l, err := bridge.Listen(t.Context(), address); err == nil {
			_ = l.Close()
			t.Errorf("%s was taken", address)
		}
	}
}

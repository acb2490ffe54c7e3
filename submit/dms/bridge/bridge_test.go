package bridge_test

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"trinhky/submit/dms/bridge"
	"trinhky/submit/dms/localcert"
)

const pdf = "%PDF-1.7 a document"

// person is the human in tests.
type person struct {
	mu        sync.Mutex
	questions []bridge.Question
	jobs      []bridge.Job
	ended     []error
	shown     int
	verified  int

	consent bridge.Consent
	sign    func(ctx context.Context, j bridge.Job) ([]bridge.Signed, error) // nil: all
	ask     func(ctx context.Context)                                        // waits with a question; nil: it is answered at once
	gone    bool
	choose  string
	dir     string
}

func (p *person) Ask(ctx context.Context, q bridge.Question) (bridge.Consent, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.questions = append(p.questions, q)
	if p.ask != nil {
		p.ask(ctx)
	}
	return p.consent, context.Cause(ctx)
}

func (p *person) Choose(context.Context, bridge.Question) (string, error) {
	if p.choose == "" {
		return "", bridge.ErrCancelled
	}
	return p.choose, nil
}

func (p *person) Sign(ctx context.Context, j bridge.Job) ([]bridge.Signed, error) {
	p.mu.Lock()
	p.jobs = append(p.jobs, j)
	sign := p.sign
	p.mu.Unlock()
	if sign != nil {
		return sign(ctx, j)
	}
	return p.all(j)
}

// all signs every document: its bytes and something behind them.
func (p *person) all(j bridge.Job) ([]bridge.Signed, error) {
	var out []bridge.Signed
	for i, d := range j.Documents {
		data, err := os.ReadFile(d.Path)
		if err != nil {
			return nil, err
		}
		if sha256.Sum256(data) != d.SHA256 {
			return nil, errors.New("the copy is another")
		}
		path := filepath.Join(p.dir, fmt.Sprint(i), filepath.Base(d.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		data = append(data, " signed"...)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return nil, err
		}
		out = append(out, bridge.Signed{Path: path, SHA256: sha256.Sum256(data), Certificate: "07 Nguyễn Văn Thử", Level: "B-B"})
	}
	return out, nil
}

func (p *person) PageGone(context.Context, bridge.Job) (bool, error) { return p.gone, nil }

func (p *person) Stored(_ bridge.Job, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = append(p.ended, err)
}

func (p *person) Verify(context.Context, bridge.Job) error { p.verified++; return nil }

func (p *person) Certificate(context.Context) ([]byte, error) { return nil, errors.New("no token") }
func (p *person) Show()                                       { p.shown++ }

func (p *person) asked() []bridge.Question {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.questions
}

// names answers for a resolver.
type names map[string]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	a, ok := n[host]
	if !ok {
		return nil, errors.New("no such host")
	}
	return []netip.Addr{netip.MustParseAddr(a)}, nil
}

// world is a bridge, a site and a person.
type world struct {
	*testing.T
	person  *person
	site    *httptest.Server
	mux     *http.ServeMux
	address string // of the bridge
	roots   *x509.CertPool
	config  bridge.Config
	quit    func() // ends the bridge

	mu      sync.Mutex
	records []bridge.Record
	sites   []bridge.Site
	gets    []string
	uploads []*http.Request
	fields  []map[string][]string
	order   []string
}

func newWorld(t *testing.T, change ...func(*bridge.Config)) *world {
	t.Helper()
	w := &world{T: t, person: &person{dir: t.TempDir(), consent: bridge.Consent{Allow: true, Remember: true}}, mux: http.NewServeMux()}
	w.site = httptest.NewServer(w.mux)
	t.Cleanup(w.site.Close)
	w.mux.HandleFunc("GET /files/", func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		w.gets = append(w.gets, r.RequestURI)
		w.mu.Unlock()
		if strings.Contains(r.URL.Path, "none") {
			http.NotFound(rw, r)
			return
		}
		_, _ = io.WriteString(rw, pdf)
	})
	w.mux.HandleFunc("POST /upload", func(rw http.ResponseWriter, r *http.Request) { w.store(rw, r, r.URL.Query().Get("answer")) })
	w.sites = []bridge.Site{{Origin: w.site.URL, Insecure: true}}
	pair, err := localcert.Make(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w.roots = x509.NewCertPool()
	w.roots.AddCert(pair.Root)
	limits := bridge.DefaultLimits()
	limits.PerMinute, limits.Push, limits.Header = 1000, time.Millisecond, time.Minute
	w.config = bridge.Config{
		Certificate: func() (*tls.Certificate, error) { return pair.Certificate(), nil },
		Sites:       func() []bridge.Site { w.mu.Lock(); defer w.mu.Unlock(); return w.sites },
		Remember: func(s bridge.Site) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.sites = append([]bridge.Site{s}, w.sites...)
			return nil
		},
		Person: w.person, Dir: t.TempDir(), Version: "1", Limits: limits, Resolver: names{},
		Audit: func(_ context.Context, r bridge.Record) { w.mu.Lock(); w.records = append(w.records, r); w.mu.Unlock() },
		Say:   func(err error) string { return "lời: " + err.Error() },
		Done:  func(n int, failed []string) string { return fmt.Sprintf("%d xong %v", n, failed) },
	}
	for _, f := range change {
		f(&w.config)
	}
	w.serve()
	return w
}

func (w *world) serve() {
	w.Helper()
	l, err := bridge.Listen(w.Context(), "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	w.address = l.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	w.quit = cancel
	go func() { done <- bridge.New(w.config).Serve(ctx, l) }()
	w.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.Errorf("Serve: %v", err)
		}
	})
}

// store is the upload handler.
func (w *world) store(rw http.ResponseWriter, r *http.Request, say string) {
	parts, err := r.MultipartReader()
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	fields := map[string][]string{}
	var order []string
	for {
		p, err := parts.NextPart()
		if err != nil {
			break
		}
		data, _ := io.ReadAll(p)
		order = append(order, p.FormName())
		fields[p.FormName()] = []string{string(data), p.FileName(), p.Header.Get("Content-Type")}
	}
	w.mu.Lock()
	w.uploads, w.fields, w.order = append(w.uploads, r), append(w.fields, fields), order
	w.mu.Unlock()
	switch say {
	case "":
		say = `{"Status":true,"Message":"","FileName":"a.pdf","FileServer":"http://x/(S(1))/a.pdf","DocumentNumber":"","DocumentDate":""}`
	case "500":
		http.Error(rw, "<h1>Lỗi</h1>", http.StatusInternalServerError)
		return
	case "redirect":
		http.Redirect(rw, r, "/upload", http.StatusTemporaryRedirect)
		return
	case "empty":
		return
	}
	_, _ = io.WriteString(rw, say)
}

func (w *world) dial(path, from string, header ...string) (*websocket.Conn, *http.Response, error) {
	h := http.Header{}
	if from != "" {
		h.Set("Origin", from)
	}
	host := ""
	if len(header) > 0 {
		host = header[0]
	}
	ctx, cancel := context.WithTimeout(w.Context(), time.Minute)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.roots, ServerName: "127.0.0.1"}}}
	return websocket.Dial(ctx, "wss://"+w.address+path, &websocket.DialOptions{HTTPHeader: h, Host: host, HTTPClient: client})
}

// call is one operation as a page does it.
func (w *world) call(path, from, message string) map[string]any {
	w.Helper()
	c, _, err := w.dial(path, from)
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = c.CloseNow() }()
	return w.exchange(c, message)
}

func (w *world) exchange(c *websocket.Conn, message string) map[string]any {
	w.Helper()
	if message != "" {
		if err := c.Write(w.Context(), websocket.MessageText, []byte(message)); err != nil {
			w.Fatal(err)
		}
	}
	return w.read(c)
}

func (w *world) read(c *websocket.Conn) map[string]any {
	w.Helper()
	c.SetReadLimit(1 << 20)
	_, data, err := c.Read(w.Context())
	if err != nil {
		w.Fatalf("no answer: %v", err)
	}
	var a map[string]any
	if err := json.Unmarshal(data, &a); err != nil {
		w.Fatalf("%s: %v", data, err)
	}
	for _, key := range []string{"Status", "Message", "Error", "FileName", "FileServer", "DocumentNumber", "DocumentDate"} {
		if _, ok := a[key]; !ok {
			w.Errorf("%s is missing in %s", key, data)
		}
	}
	if a["Message"] == "" || a["Message"] != a["Error"] {
		w.Errorf("Message %q, Error %q", a["Message"], a["Error"])
	}
	if len(data) > 8<<10 {
		w.Errorf("%d bytes", len(data))
	}
	return a
}

// common is the request of most endpoints.
func (w *world) common(change map[string]any) string {
	m := map[string]any{
		"FileUploadHandler": w.site.URL + "/upload", "SessionId": "", "JWTToken": "",
		"FileName": w.site.URL + "/files/(S(abc))/v%C4%83n%20b%E1%BA%A3n.pdf?token=secret&x=[1]",
	}
	for k, v := range change {
		m[k] = v
	}
	data, _ := json.Marshal(m)
	return string(data)
}

func (w *world) status(a map[string]any, want float64) {
	w.Helper()
	if a["Status"] != want {
		w.Errorf("Status %v (%v), want %v", a["Status"], a["Message"], want)
	}
}

// reason sees that an answer is a refusal for that reason.
func (w *world) reason(a map[string]any, want bridge.Reason) {
	w.Helper()
	if message, _ := a["Message"].(string); a["Status"] == 0.0 || !strings.Contains(message, "bridge: "+string(want)) {
		w.Errorf("%v %q, want a refusal: %s", a["Status"], a["Message"], want)
	}
}

func (w *world) network() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.gets) + len(w.uploads)
}

func (w *world) last() bridge.Record {
	w.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.records) == 0 {
		w.Fatal("nothing was recorded")
	}
	return w.records[len(w.records)-1]
}

func (w *world) tls() *tls.Config { return &tls.Config{RootCAs: w.roots, ServerName: "127.0.0.1"} }

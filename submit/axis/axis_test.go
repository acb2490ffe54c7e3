package axis

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"trinhky/submit"
)

// The test vectors of the protocol.
func TestVectors(t *testing.T) {
	all := []param{{"systemid", "demo.sys.01"}, {"timestamp", "21112026T192925+0752"}, {"Content-Type", "application/json"}}
	text := signHeader(all)
	if want := `{"XroadVnpt-systemid":"demo.sys.01","XroadVnpt-timestamp":"21112026T192925+0752","XroadVnpt-Content-Type":"application/json"}`; text != want {
		t.Errorf("%s", text)
	}
	if got := sign("demo-secret", text); got != "063ddf981b4c9152dd44c3f2ec0f7c9a29b5839b7476f57a066dfc377cf9164b" {
		t.Errorf("HMAC %s", got)
	}
	sum := sha256.Sum256([]byte("<edXML>thử</edXML>"))
	if got := HashUnpadded.spell(sum); got != "a1e02fdbd8595c729370d67219cab69c871fc77e1729612a56d4f173c951368" {
		t.Errorf("hash as the axis' own client spells it: %s", got)
	}
	if got := HashPadded.spell(sum); got != "a1e02fdbd8595c7293700d67219cab69c871fc77e1729612a56d4f173c951368" {
		t.Errorf("hash: %s", got)
	}
	if got := timestamp(time.Date(2026, 11, 21, 12, 29, 25, 88_999_999, time.UTC)); got != "21112026T192925+0088" {
		t.Errorf("timestamp %s", got)
	}
}

// seen is one request as it came.
type seen struct {
	method, path string
	header       http.Header
	body         []byte
}

// recorder answers every request with what answer says, and keeps them.
type recorder struct {
	*httptest.Server
	mu  sync.Mutex
	all []seen
}

func record(t *testing.T, answer func(http.ResponseWriter, seen)) *recorder {
	t.Helper()
	rec := &recorder{}
	rec.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		s := seen{r.Method, r.URL.Path, r.Header, body}
		rec.mu.Lock()
		rec.all = append(rec.all, s)
		rec.mu.Unlock()
		answer(w, s)
	}))
	t.Cleanup(rec.Close)
	return rec
}

func (r *recorder) requests() []seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all
}

func text(status int, body string) func(http.ResponseWriter, seen) {
	return func(w http.ResponseWriter, _ seen) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func client(t *testing.T, endpoint string) *Client {
	t.Helper()
	c, err := New(Config{
		Endpoint: endpoint, SystemID: "demo.sys.01", Secret: "demo-secret", Dir: t.TempDir(),
		SendTimeout: time.Minute, ListTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func envelope(t testing.TB) submit.Envelope {
	t.Helper()
	path := filepath.Join(t.TempDir(), "125.pdf")
	data := []byte("%PDF-1.4\n%%EOF\n")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := submit.Complete(submit.Envelope{
		Connector: "truc", From: submit.Party{Code: "H99.97", OldCode: "000.00.97.H99", Name: "Sở Gửi"},
		To: []submit.Party{{Code: "H99.98", OldCode: "000.00.98.H99", Name: "Sở Nhận"}, {Code: "G99", Name: "Cơ quan Mẫu"}},
		Document: submit.Metadata{
			Number: "125", Notation: "SG-VP", Place: "Tỉnh Mẫu", Date: "2026-11-20", Type: "Công văn",
			Subject: "V/v thử nghiệm gửi văn bản qua trục liên thông văn bản quốc gia", Signer: "Nguyễn Văn Thử",
		},
		Files: []submit.File{{Path: path, SHA256: sha256.Sum256(data), Size: int64(len(data))}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Each call has headers of its own, in the order and spelling of the axis' own
// client, and the body ends with a CRLF that the hash does not count.
func TestSendOnTheWire(t *testing.T) {
	rec := record(t, text(200, `{"status":"OK","ErrorCode":"0","ErrorDesc":"Success","DocId":"d1"}`))
	c := client(t, rec.URL+"/base/")
	e := envelope(t)
	for i := range 2 {
		c.now = func() time.Time { return time.Date(2026, 11, 21, 12, 29, 25+i, 0, time.UTC) }
		r, err := c.Submit(t.Context(), e)
		if err != nil || r.DocID != "d1" {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	all := rec.requests()
	for i, s := range all {
		if s.method != "POST" || s.path != "/base/sendEdoc" {
			t.Errorf("%s %s", s.method, s.path)
		}
		file, ok := bytes.CutSuffix(s.body, []byte("\r\n"))
		if !ok {
			t.Error("no CRLF behind the message")
		}
		want := map[string]string{
			"systemid": "demo.sys.01", "servicetype": "eDoc", "messagetype": "edoc", "hash-file": HashUnpadded.spell(sha256.Sum256(file)),
			"from": "H99.97", "timestamp": fmt.Sprintf("21112026T19292%d+0000", 5+i), "Content-Type": "application/octet-stream",
			"sign-header-key": "systemid;servicetype;messagetype;hash-file;from;timestamp;Content-Type", "version": "3.0.201608",
		}
		for k, v := range want {
			if got := s.header.Get(prefix + k); got != v {
				t.Errorf("%s: %q, want %q", k, got, v)
			}
		}
		signed := s.header.Get(prefix + "sign-header")
		if s.header.Get(prefix+"hash-header") != sign("demo-secret", signed) || !strings.HasPrefix(signed, `{"XroadVnpt-systemid":"demo.sys.01","XroadVnpt-servicetype":"eDoc"`) {
			t.Errorf("signed %s", signed)
		}
		if s.header.Get("User-Agent") != agent || s.header.Get("Content-Type") != octetStream {
			t.Errorf("%v", s.header)
		}
	}
	if !bytes.Equal(all[0].body, all[1].body) {
		t.Error("sent twice, the message differs")
	}
}

func TestNewRefuses(t *testing.T) {
	good := Config{Endpoint: "https://truc.example/base", SystemID: "x", Secret: "y"}
	if _, err := New(good); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Config){
		"no address":        func(c *Config) { c.Endpoint = "" },
		"another scheme":    func(c *Config) { c.Endpoint = "file:///x" },
		"with a query":      func(c *Config) { c.Endpoint += "?a=b" },
		"no system":         func(c *Config) { c.SystemID = "" },
		"system not ASCII":  func(c *Config) { c.SystemID = "hệ thống" },
		"system, two lines": func(c *Config) { c.SystemID = "a\r\nb" },
		"no secret":         func(c *Config) { c.Secret = "" },
	} {
		c := good
		change(&c)
		if _, err := New(c); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// Pairing the codes of both systems, whatever the fields are called.
func TestMergeAgencies(t *testing.T) {
	got := merge(
		[]agencyRow{
			{ID: "1", Code: "H99", OldCode: "000.00.00.H99", Name: "Tỉnh Mẫu"},
			{ID: "2", Parent: "1", Code: "000.00.98.H99", Name: "Sở Nhận", Mail: "a@b"},
			{ID: "3", Parent: "1", Code: "H99.96", Name: "Xã"},
		},
		[]agencyRow{
			{Code: "H99.98", Code102: "000.00.98.H99", Name: "Sở Nhận văn bản"},
			{Code: "H99.96", Code102: "000.00.96.H99", Name: "Xã"},
			{Code: "G99", Name: "Mới"},
		},
	)
	want := []submit.Party{
		{Code: "H99", OldCode: "000.00.00.H99", Name: "Tỉnh Mẫu"},
		{Code: "H99.98", OldCode: "000.00.98.H99", Name: "Sở Nhận", Email: "a@b", InCharge: "Tỉnh Mẫu"},
		{Code: "H99.96", OldCode: "000.00.96.H99", Name: "Xã", InCharge: "Tỉnh Mẫu"},
		{Code: "G99", Name: "Mới"},
	}
	if len(got) != len(want) {
		t.Fatalf("%+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%+v, want %+v", got[i], want[i])
		}
	}
}

func FuzzReadAnswer(f *testing.F) {
	for _, s := range []string{
		`{"status":"OK","ErrorCode":"0","DocId":"d"}`, `{"status":"OK","ErrorCode":0,"data":[{"a":1},2]}`, `{"data":{}}`, `{}`, ``,
		`{"status":{}}`, `{"data":[`, `[]`, `null`, `{"a":1}{}`, `{"data":null,"DATA":[]}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := 0
		a, err := readAnswer(strings.NewReader(s), 1<<16, func(json.RawMessage) error { n++; return nil })
		if err == nil && a.err() == nil && !json.Valid([]byte(s)) {
			t.Errorf("%q counts as an answer", s)
		}
		if err == nil && n > 0 && !a.rows {
			t.Errorf("%q: rows without a list", s)
		}
	})
}

func TestHexIsLower(t *testing.T) {
	if got := HashPadded.spell([32]byte{0xAB}); got != strings.ToLower(got) || got[:2] != "ab" || len(got) != hex.EncodedLen(32) {
		t.Error(got)
	}
}

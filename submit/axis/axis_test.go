package axis

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
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
	"trinhky/submit/edxml"
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
		SendTimeout: 20 * time.Second, ListTimeout: 20 * time.Second,
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

// What ends how. A send that may have arrived is never anything but unknown.
func TestSendOutcomes(t *testing.T) {
	const (
		accepted = "accepted"
		refused  = "refused"
		unknown  = "unknown"
		auth     = "auth"
	)
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"accepted":                {200, `{"status":"OK","ErrorCode":"0","ErrorDesc":"Success","DocId":"d1"}`, accepted},
		"numeric code":            {200, `{"status":"OK","ErrorCode":0,"ErrorDesc":"Success","DocId":"d1"}`, accepted},
		"other order, more":       {200, `{"x":{"y":[1]},"DocId":"d1","ErrorDesc":null,"ErrorCode":"0","status":"ok"}`, accepted},
		"no identifier":           {200, `{"status":"OK","ErrorCode":"0","ErrorDesc":"Success"}`, unknown},
		"empty identifier":        {200, `{"status":"OK","ErrorCode":"0","ErrorDesc":"Success","DocId":""}`, unknown},
		"nulls":                   {200, `{"status":null,"ErrorCode":null,"ErrorDesc":null,"DocId":null}`, unknown},
		"empty":                   {200, ``, unknown},
		"empty object":            {200, `{}`, unknown},
		"HTML":                    {200, `<html>Bảo trì</html>`, unknown},
		"list":                    {200, `[]`, unknown},
		"cut":                     {200, `{"status":"OK","ErrorCode":"0","DocId":"d`, unknown},
		"two answers":             {200, `{"status":"OK","ErrorCode":"0","DocId":"d1"}{}`, unknown},
		"two identifiers":         {200, `{"status":"OK","ErrorCode":"0","DocId":"d1","DocId":"d2"}`, unknown},
		"identifier is an object": {200, `{"status":"OK","ErrorCode":"0","DocId":{}}`, unknown},
		"refused":                 {200, `{"status":"FAIL","ErrorCode":"18","ErrorDesc":"Don vi nhan khong ton tai"}`, refused},
		"refused by status":       {200, `{"status":"FAIL","ErrorCode":"","ErrorDesc":"Don vi gui khong dung"}`, refused},
		"refused by code":         {200, `{"status":"OK","ErrorCode":"22","ErrorDesc":"x"}`, refused},
		"refused with identifier": {200, `{"status":"FAIL","ErrorCode":"1","ErrorDesc":"x","DocId":"d1"}`, unknown},
		"fault of its own":        {200, `{"status":"FAIL","ErrorCode":"20","ErrorDesc":"Loi he thong"}`, unknown},
		"credentials":             {200, `{"status":"FAIL","ErrorCode":"15","ErrorDesc":"x"}`, auth},
		"401":                     {401, `{"error":"x"}`, auth},
		"403":                     {403, `x`, auth},
		"404":                     {404, `x`, unknown},
		"413":                     {413, `x`, refused},
		"500 and yes":             {500, `{"status":"OK","ErrorCode":"0","DocId":"d1"}`, unknown},
		"500 and HTML":            {500, `<html>`, unknown},
		"503":                     {503, ``, unknown},
		"302":                     {302, ``, unknown},
		"endless":                 {200, `{"status":"` + strings.Repeat("a", maxAnswer), unknown},
	} {
		t.Run(name, func(t *testing.T) {
			rec := record(t, text(c.status, c.body))
			r, err := client(t, rec.URL).Submit(t.Context(), envelope(t))
			got := accepted
			var u *submit.UnknownError
			var no *submit.RefusedError
			var a *submit.AuthError
			switch {
			case errors.As(err, &u):
				got = unknown
			case errors.As(err, &no):
				got = refused
			case errors.As(err, &a):
				got = auth
			case err != nil:
				got = err.Error()
			case r.DocID != "d1":
				got = "accepted as " + r.DocID
			}
			if got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
			if n := len(rec.requests()); n != 1 {
				t.Errorf("sent %d times", n)
			}
		})
	}
}

// Without a connection nothing arrived; once there was one, nobody knows.
func TestSendConnection(t *testing.T) {
	var u *submit.UnknownError
	gone := httptest.NewServer(nil)
	gone.Close()
	if _, err := client(t, gone.URL).Submit(t.Context(), envelope(t)); err == nil || errors.As(err, &u) {
		t.Errorf("nobody listens: %v", err)
	}
	if _, err := client(t, "http://127.0.0.1:1/x").Submit(t.Context(), envelope(t)); err == nil || errors.As(err, &u) {
		t.Errorf("a closed port: %v", err)
	}
	plain := httptest.NewServer(nil)
	defer plain.Close()
	if _, err := client(t, strings.Replace(plain.URL, "http:", "https:", 1)).Submit(t.Context(), envelope(t)); err == nil || errors.As(err, &u) {
		t.Errorf("no TLS there: %v", err)
	}
	cut := record(t, func(http.ResponseWriter, seen) { panic(http.ErrAbortHandler) })
	if _, err := client(t, cut.URL).Submit(t.Context(), envelope(t)); !errors.As(err, &u) {
		t.Errorf("cut before the answer: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	hanging := record(t, func(_ http.ResponseWriter, _ seen) {
		cancel()
		<-ctx.Done()
	})
	if _, err := client(t, hanging.URL).Submit(ctx, envelope(t)); !errors.As(err, &u) {
		t.Errorf("given up while waiting: %v", err)
	}
}

// An envelope that cannot be made into a message never reaches the network.
func TestSendInvalid(t *testing.T) {
	rec := record(t, text(200, `{}`))
	var field *submit.FieldError
	e := envelope(t)
	e.Document.Type = "Thông tư liên tịch"
	if _, err := client(t, rec.URL).Submit(t.Context(), e); !errors.As(err, &field) || field.Field != "type" {
		t.Errorf("a type without a number: %v", err)
	}
	e = envelope(t)
	e.Files[0].SHA256[0]++
	if _, err := client(t, rec.URL).Submit(t.Context(), e); !errors.As(err, &field) || field.Field != "files" {
		t.Errorf("changed bytes: %v", err)
	}
	if n := len(rec.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// Only a complete list is a list.
func TestListAnswers(t *testing.T) {
	row := `{"docId":"d1","messageType":"status","status":"initial"}`
	for name, c := range map[string]struct {
		status int
		body   string
		rows   int // -1: an error
	}{
		"one":            {200, `{"status":"OK","ErrorCode":"0","data":[` + row + `]}`, 1},
		"none":           {200, `{"status":"OK","ErrorCode":"0","data":[]}`, 0},
		"done":           {200, `{"status":"OK","ErrorCode":"0","data":[{"docId":"d1","messageType":"status","status":"done"}]}`, 0},
		"no list":        {200, `{"status":"OK","ErrorCode":"0"}`, -1},
		"null":           {200, `{"status":"OK","ErrorCode":"0","data":null}`, -1},
		"text":           {200, `{"status":"OK","ErrorCode":"0","data":"[]"}`, -1},
		"no status":      {200, `{"data":[` + row + `]}`, -1},
		"fail":           {200, `{"status":"FAIL","ErrorCode":"20","ErrorDesc":"x","data":[]}`, -1},
		"row without id": {200, `{"status":"OK","ErrorCode":"0","data":[{"messageType":"status"}]}`, -1},
		"row of text":    {200, `{"status":"OK","ErrorCode":"0","data":["x"]}`, -1},
		"cut":            {200, `{"status":"OK","ErrorCode":"0","data":[` + row, -1},
		"HTML":           {200, `<html></html>`, -1},
		"empty":          {200, ``, -1},
		"500":            {500, `{"status":"OK","ErrorCode":"0","data":[]}`, -1},
		"401":            {401, ``, -1},
	} {
		t.Run(name, func(t *testing.T) {
			rec := record(t, text(c.status, c.body))
			rows, err := client(t, rec.URL).received(t.Context(), typeStatus)
			if c.rows < 0 && err == nil || c.rows >= 0 && (err != nil || len(rows) != c.rows) {
				t.Errorf("%v, %v", rows, err)
			}
		})
	}
}

// Which rows of the sent list are the envelope.
func TestSentRows(t *testing.T) {
	e := envelope(t)
	e.Queued = time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC) // 09:00 in Vietnam
	good := map[string]string{
		"messageType": "edoc", "senderDocId": "d1", "fromCode": "H99.97", "toCode": "H99.98",
		"title": e.Document.Subject, "notation": "125/SG-VP", "sentTime": "20/11/2026 09:00:00",
	}
	for name, c := range map[string]struct {
		change map[string]string
		want   string // found, absent, error
	}{
		"the very row":           {nil, "found"},
		"old code of the sender": {map[string]string{"fromCode": "000.00.97.H99"}, "found"},
		"old code of a receiver": {map[string]string{"toCode": "000.00.98.H99"}, "found"},
		"the second receiver":    {map[string]string{"toCode": "G99"}, "found"},
		"a list of receivers":    {map[string]string{"toCode": `["H01","G99"]`}, "found"},
		"another form of time":   {map[string]string{"sentTime": "2026-11-20 09:00:05.123"}, "found"},
		"title cut":              {map[string]string{"title": "V/v thử nghiệm gửi văn bản qua trục liên thông văn bản..."}, "found"},
		"title without accents":  {map[string]string{"title": "V/v th? nghi?m g?i v?n b?n qua tr?c li?n th?ng v?n b?n qu?c gia"}, "found"},
		"title with more spaces": {map[string]string{"title": " " + strings.ReplaceAll(e.Document.Subject, " ", "  ")}, "found"},
		"number elsewhere":       {map[string]string{"notation": "SG-VP"}, "found"},
		"another sender":         {map[string]string{"fromCode": "H99.96"}, "absent"},
		"another receiver":       {map[string]string{"toCode": "H99.96"}, "absent"},
		"another number":         {map[string]string{"notation": "126/SG-VP"}, "absent"},
		"another title":          {map[string]string{"title": "V/v khác"}, "absent"},
		"too short a title":      {map[string]string{"title": "V/v thử"}, "absent"},
		"a status":               {map[string]string{"messageType": "status"}, "absent"},
		"sent before":            {map[string]string{"sentTime": "20/11/2026 08:59:50"}, "absent"},
		"sent the day before":    {map[string]string{"sentTime": "19/11/2026 10:00:00"}, "absent"},
		"no time":                {map[string]string{"sentTime": ""}, "error"},
		"no number":              {map[string]string{"notation": ""}, "error"},
		"no identifier":          {map[string]string{"senderDocId": ""}, "error"},
	} {
		t.Run(name, func(t *testing.T) {
			row := map[string]string{}
			for k, v := range good {
				row[k] = v
			}
			for k, v := range c.change {
				row[k] = v
			}
			data, err := json.Marshal(map[string]any{"status": "OK", "ErrorCode": "0", "data": []any{row}})
			if err != nil {
				t.Fatal(err)
			}
			rec := record(t, func(w http.ResponseWriter, s seen) {
				w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
				text(200, string(data))(w, s)
			})
			found, err := client(t, rec.URL).Lookup(t.Context(), e)
			got := "absent"
			switch {
			case err != nil:
				got = "error"
			case len(found) == 1 && found[0].DocID == "d1":
				got = "found"
			case len(found) > 0:
				got = fmt.Sprint(found)
			}
			if got != c.want {
				t.Errorf("%s (%v), want %s", got, err, c.want)
			}
		})
	}
}

// The clock of the axis may be wrong: what counts is that a row is younger than
// the journal by that clock.
func TestLookupBySkewedClock(t *testing.T) {
	e := envelope(t)
	for _, off := range []time.Duration{-72 * time.Hour, 72 * time.Hour} {
		for name, c := range map[string]struct {
			sent  time.Time
			found bool
		}{
			"after the journal":  {e.Queued.Add(off).Add(5 * time.Second), true},
			"before the journal": {e.Queued.Add(off).Add(-time.Minute), false},
		} {
			rec := record(t, func(w http.ResponseWriter, s seen) {
				w.Header().Set("Date", time.Now().Add(off).UTC().Format(http.TimeFormat))
				text(200, fmt.Sprintf(`{"status":"OK","ErrorCode":"0","data":[{"senderDocId":"d1","fromCode":"H99.97","toCode":"G99","title":%q,"notation":"125/SG-VP","sentTime":%q}]}`,
					e.Document.Subject, c.sent.In(submit.WireZone()).Format("02/01/2006 15:04:05")))(w, s)
			})
			found, err := client(t, rec.URL).Lookup(t.Context(), e)
			if err != nil || (len(found) == 1) != c.found {
				t.Errorf("%v off, %s: %v, %v", off, name, found, err)
			}
		}
	}
}

// A status message that cannot be read is kept and said, and does not keep the
// others.
func TestTrackBadMessages(t *testing.T) {
	good := &edxml.Status{
		From: edxml.Organ{ID: "H99.98", Name: "Sở Nhận"}, Code: "03", At: time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC),
		ResponseFor: edxml.ResponseFor{OrganID: "H99.97", Code: "125/SG-VP", DocumentID: "H99.97,2026/11/20,125/SG-VP", Date: "2026-11-20"},
	}
	var message bytes.Buffer
	if err := edxml.Write(&message, good); err != nil {
		t.Fatal(err)
	}
	rec := record(t, func(w http.ResponseWriter, s seen) {
		answer := map[string]any{"status": "OK", "ErrorCode": "0", "ErrorDesc": "Success"}
		switch id := s.header.Get(prefix + "docId"); {
		case strings.HasSuffix(s.path, "getReceivedEdocList"):
			answer["data"] = []map[string]string{{"docId": "bad"}, {"docId": "gone"}, {"docId": "good"}}
		case strings.HasSuffix(s.path, "getEdoc") && id == "good":
			answer["data"] = message.Bytes() // base64
		case strings.HasSuffix(s.path, "getEdoc") && id == "bad":
			answer["data"] = []byte("<!DOCTYPE x><x/>")
		case strings.HasSuffix(s.path, "getEdoc"):
			answer["status"], answer["ErrorCode"] = "FAIL", "404"
		}
		_ = json.NewEncoder(w).Encode(answer)
	})
	c := client(t, rec.URL)
	reports, err := c.Track(t.Context())
	if err == nil || len(reports) != 2 || reports[0].Problem == "" || string(reports[0].Raw) != "<!DOCTYPE x><x/>" {
		t.Fatalf("%+v, %v", reports, err)
	}
	if r := reports[1]; r.ID != "good" || r.Code != "03" || r.Status != submit.Received || r.From.Code != "H99.98" || !r.At.Equal(good.At) {
		t.Errorf("%+v", r)
	}
	for _, r := range reports {
		if err := c.Acknowledge(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	all := rec.requests()
	for i, want := range []string{"fail", "done"} {
		if got := all[len(all)-2+i].header.Get(prefix + "status"); got != want {
			t.Errorf("acknowledged with %q, want %q", got, want)
		}
	}
	for _, s := range all {
		if strings.Contains(s.header.Get(prefix+"filePath"), "/") {
			t.Errorf("tells the axis where files lie here: %s", s.header.Get(prefix+"filePath"))
		}
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

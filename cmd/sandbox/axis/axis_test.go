package axis_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"trinhky/cmd/sandbox/axis"
)

// TestWholeWay sends one document to an agency of each kind, and follows it.
func TestWholeWay(t *testing.T) {
	s, c := start(t, "")
	a := c.send(t, "edoc", letter([]string{"H99.98", "000.00.96.H99", "G99"}))
	if a.Status != "OK" || a.ErrorCode != "0" || a.ErrorDesc != "Success" || a.DocID == "" {
		t.Fatalf("send: %+v", a)
	}
	drain(t, s)
	got := map[string][]string{}
	listed := c.rows(t, "getReceivedEdocList", header{"servicetype", "eDoc"}, header{"messagetype", "status"})
	for _, row := range listed {
		if row["to"] != "H99.97" || row["status"] != "initial" {
			t.Errorf("row %v", row)
		}
		text := c.message(t, row["docId"])
		code := between(text, "<edXML:StatusCode>", "</edXML:StatusCode>")
		if between(text, "<edXML:Description>", "</edXML:Description>") == "" {
			t.Errorf("status %s says nothing", code)
		}
		got[row["from"]] = append(got[row["from"]], code)
		if a := c.call(t, "updateStatus", header{"docid", row["docId"]}, header{"status", "done"}); a.Status != "OK" {
			t.Errorf("acknowledge: %+v", a)
		}
	}
	want := map[string][]string{"H99.98": {"01", "03", "05", "06"}, "H99.96": {"02"}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("statuses %v, want %v", got, want)
	}
	if rows := c.rows(t, "getReceivedEdocList", header{"servicetype", "eDoc"}, header{"messagetype", "status"}); len(rows) != 0 {
		t.Errorf("acknowledged, but listed again: %v", rows)
	}
	st := c.state(t)
	if len(st.Documents) != 1 || len(st.Statuses) != 5 || len(st.Waiting) != 0 || len(st.Documents[0].To) != 3 {
		t.Errorf("state: %d documents, %d statuses, %d waiting", len(st.Documents), len(st.Statuses), len(st.Waiting))
	}
}

func (c *client) message(t *testing.T, docID string) string {
	t.Helper()
	a := c.call(t, "getEdoc", header{"docId", docID}, header{"filePath", "/tmp/x"})
	var encoded string
	if err := json.Unmarshal(a.Data, &encoded); err != nil {
		t.Fatalf("getEdoc: %+v", a)
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func between(s, from, to string) string {
	_, after, _ := strings.Cut(s, from)
	v, _, _ := strings.Cut(after, to)
	return v
}

// TestRows holds the rows of the lists against the fields of the protocol.
func TestRows(t *testing.T) {
	s, c := start(t, "")
	if a := c.call(t, "registerAgency"); a.Status != "FAIL" {
		t.Errorf("an agency without a code was registered: %+v", a)
	}
	id := c.send(t, "edoc", letter([]string{"H99.98", "G99"})).DocID
	if _, err := s.Advance(); err != nil {
		t.Fatal(err)
	}
	for _, l := range []struct {
		op     string
		params []header
		want   string
	}{
		{"getReceivedEdocList", []header{{"servicetype", "eDoc"}, {"messagetype", "status"}}, "created_time docId from messageType serviceType status status_desc to updated_time"},
		{"getSentEdocList", []header{{"servicetype", "eDoc"}, {"messagetype", "edoc"}, {"docId", id}}, "fromCode messageType notation receiveStatus receiveStatusDesc receivedTime receiverDocId sendStatus sendStatusDesc senderDocId sentTime serviceType title toCode"},
		{"getAgenciesList", nil, "code id mail name oldCode pid"},
		{"getAgenciesListQD20", []header{{"level", "1"}}, "code code102 id mail name oldCode pid"},
		{"getSynchronizeUnit", nil, "centerCode code deleted id isAgency mail modifyDate name oldCode pid version"},
	} {
		rows := c.rows(t, l.op, l.params...)
		if len(rows) == 0 {
			t.Fatalf("%s is empty", l.op)
		}
		for _, row := range rows {
			if got := strings.Join(slices.Sorted(maps.Keys(row)), " "); got != l.want {
				t.Errorf("%s: fields %q, want %q", l.op, got, l.want)
			}
		}
	}
	sent := c.rows(t, "getSentEdocList", header{"servicetype", "eDoc"}, header{"messagetype", "edoc"})
	want := map[string]string{
		"senderDocId": id, "fromCode": "H99.97", "toCode": "H99.98", "title": "V/v thử nghiệm & gửi văn bản",
		"notation": "125/STN-VP", "sentTime": "21/11/2026 09:15:00", "receiveStatus": "done", "sendStatus": "done",
	}
	for k, v := range want {
		if sent[0][k] != v {
			t.Errorf("sent list: %s is %q, want %q", k, sent[0][k], v)
		}
	}
	if len(sent) != 2 || sent[1]["receiveStatus"] != "initial" || sent[1]["receivedTime"] != "" {
		t.Errorf("the silent receiver's row: %v", sent)
	}
	if rows := c.rows(t, "getSentEdocList", header{"servicetype", "eDoc"}, header{"messagetype", "edoc"}, header{"docId", "x"}); len(rows) != 0 {
		t.Errorf("rows of another document: %v", rows)
	}
}

// TestReserialised: receivers get the message as the real axis passes it on.
func TestReserialised(t *testing.T) {
	s, c := start(t, "", axis.Agency{Code: "H99.95", Name: "Sở Hai", System: "demo.sys.02"})
	if a := c.send(t, "edoc", letter([]string{"H99.95"})); a.Status != "OK" {
		t.Fatalf("%+v", a)
	}
	if moved, err := s.Advance(); moved || err != nil {
		t.Errorf("an agency of a client acted by itself: %v %v", moved, err)
	}
	other := &client{url: c.url, system: "demo.sys.02", secret: "other"}
	rows := other.rows(t, "getReceivedEdocList", header{"servicetype", "eDoc"}, header{"messagetype", "edoc"})
	if len(rows) != 1 || rows[0]["from"] != "H99.97" || rows[0]["to"] != "H99.95" {
		t.Fatalf("received list %v", rows)
	}
	text := other.message(t, rows[0]["docId"])
	for _, want := range []string{
		"<edXML:Direction>false</edXML:Direction>", "<edXML:OrganId>00.53.W00</edXML:OrganId><edXML:Timestamp>2026/11/21 09:15:00</edXML:Timestamp>",
		"<ContentType>application/zip</ContentType>", "<edXML:ContentType>application/pdf</edXML:ContentType>",
		"V/v thử nghiệm &amp; gửi văn bản", `<edXML:edXMLManifest version="1.0">`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("not in the message: %s", want)
		}
	}
	if strings.Contains(text, "<!--") || strings.Index(text, "DocumentId") > strings.Index(text, "<edXML:Code>") {
		t.Error("comments are there, or the order is not the library's")
	}
	data, err := base64.StdEncoding.DecodeString(between(text[strings.Index(text, "ContentTransferEncoded"):], ">", "<"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(z.File) != 1 {
		t.Fatalf("the PDF is not in a zip: %v", err)
	}
	r, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if inner, err := io.ReadAll(r); err != nil || string(inner) != "%PDF-1.4\n%%EOF\n" {
		t.Errorf("the file inside: %q %v", inner, err)
	}
	h := sign("other", other.headers("application/json", header{"docId", rows[0]["docId"]}))
	if status, raw, err := other.do(http.MethodGet, "downloadEdoc", h, nil); err != nil || status != 200 || string(raw) != text {
		t.Errorf("downloadEdoc: %d %v, %d bytes", status, err, len(raw))
	}
	if a := c.call(t, "getEdoc", header{"docId", rows[0]["docId"]}); a.Status != "FAIL" {
		t.Error("the sender could fetch the receiver's copy")
	}
	if a := other.call(t, "countReceiveEdoc"); string(a.Data) != `"1"` {
		t.Errorf("count: %s", a.Data)
	}
}

// TestRecall: status 13 and the recall message are answered with 15 or 16,
// and an agency that agreed says nothing more.
func TestRecall(t *testing.T) {
	recall := []string{
		"<edXML:BussinessDocType>0<", "<edXML:DocumentId>H99.97,2026/11/20,125/STN-VP</edXML:DocumentId><edXML:BussinessDocType>1<",
	}
	for _, by := range []string{"status", "message"} {
		t.Run(by, func(t *testing.T) {
			s, c := start(t, "")
			c.send(t, "edoc", letter([]string{"H99.98"}))
			if _, err := s.Advance(); err != nil {
				t.Fatal(err)
			}
			var a answer
			if by == "status" {
				a = c.send(t, "status", statusText)
			} else {
				a = c.send(t, "edoc", letter([]string{"H99.98"}, recall...))
			}
			if a.Status != "OK" {
				t.Fatalf("%+v", a)
			}
			drain(t, s)
			var codes []string
			for _, m := range s.State().Statuses {
				if m.System == "" {
					codes = append(codes, m.Code)
					if m.DocumentID != "H99.97,2026/11/20,125/STN-VP" || m.RefNum != "125/STN-VP" {
						t.Errorf("status is about %q %q", m.DocumentID, m.RefNum)
					}
				}
			}
			if got := strings.Join(codes, " "); got != "01 03 15" {
				t.Errorf("statuses %s", got)
			}
		})
	}
}

func TestRestart(t *testing.T) {
	dir := t.TempDir()
	s, c := start(t, dir)
	file := letter([]string{"H99.98"})
	c.send(t, "edoc", file)
	c.send(t, "edoc", file) // the same document again must be visible as a second one
	if _, err := s.Advance(); err != nil {
		t.Fatal(err)
	}
	before := s.State()
	if len(before.Documents) != 2 || before.Documents[0].DocumentID != before.Documents[1].DocumentID {
		t.Fatalf("%d documents", len(before.Documents))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, c2 := start(t, dir)
	if a, b := fmt.Sprint(toJSON(t, before)), toJSON(t, again.State()); a != b {
		t.Errorf("after the restart:\n%s\nbefore:\n%s", b, a)
	}
	drain(t, again)
	if n := len(again.State().Statuses); n != 8 {
		t.Errorf("%d statuses after the restart, want 8", n)
	}
	row := c2.rows(t, "getReceivedEdocList", header{"servicetype", "eDoc"}, header{"messagetype", "status"})[0]
	if !strings.Contains(c2.message(t, row["docId"]), "StatusCode") {
		t.Error("a message from before the restart cannot be fetched")
	}
}

// TestTornJournal: the program died while it wrote a line. What was answered
// before is there, the torn line is not, and the journal goes on.
func TestTornJournal(t *testing.T) {
	dir := t.TempDir()
	s, c := start(t, dir)
	c.send(t, "edoc", letter([]string{"H99.98", "G99"}))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "journal.jsonl")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < len(whole); cut += 97 {
		if err := os.WriteFile(path, append(slices.Clone(whole), whole[:cut]...), 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := axis.New(axis.Config{Dir: dir, SystemID: systemID})
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if st := again.State(); len(st.Documents) != 1 || len(st.Deliveries) != 2 {
			t.Errorf("cut at %d: %d documents, %d deliveries", cut, len(st.Documents), len(st.Deliveries))
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, whole) {
			t.Errorf("cut at %d: the torn line is still there", cut)
		}
	}
}

func toJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestRegister(t *testing.T) {
	_, c := start(t, "")
	body := []byte(`{"id":"","pcode":"H99","code":"H99.94","name":"Trung tâm Mẫu","mail":"a@mau.example","mobile":"","fax":""}`)
	h := sign(secret, c.headers("application/json"))
	if _, data, err := c.do(http.MethodPost, "registerAgency", h, body); err != nil || decode(t, data).Status != "OK" {
		t.Fatalf("%s %v", data, err)
	}
	if a := c.send(t, "edoc", letter([]string{"H99.94"})); a.Status != "OK" {
		t.Errorf("send to the new agency: %+v", a)
	}
	if a := c.call(t, "deleteAgency", header{"AgencyCode", "H99.98"}); a.Status != "FAIL" {
		t.Error("an agency of others was deleted")
	}
	if a := c.call(t, "deleteAgency", header{"AgencyCode", "H99.94"}); a.Status != "OK" {
		t.Errorf("delete: %+v", a)
	}
	if a := c.send(t, "edoc", letter([]string{"H99.94"})); a.ErrorCode != "18" {
		t.Errorf("send to a deleted agency: %+v", a)
	}
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	s, c := start(t, t.TempDir())
	const workers, each = 8, 5
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			for j := range each {
				id := fmt.Sprintf("H99.97,2026/11/20,%d/STN-VP", i*each+j)
				file := letter([]string{"H99.98", "H99.96"}, "H99.97,2026/11/20,125/STN-VP", id)
				status, data, err := c.trySend("edoc", "H99.97", hashHex(file), file)
				if err != nil || status != http.StatusOK || !bytes.Contains(data, []byte(`"OK"`)) {
					t.Errorf("%d %s %v", status, data, err)
				}
				if _, err := s.Advance(); err != nil {
					t.Error(err)
				}
				_ = s.State()
			}
		})
	}
	wg.Wait()
	drain(t, s)
	if st := s.State(); len(st.Documents) != workers*each || len(st.Statuses) != workers*each*5 {
		t.Errorf("%d documents, %d statuses", len(st.Documents), len(st.Statuses))
	}
}

func TestFiller(t *testing.T) {
	const n = 120_000
	agencies := axis.Filler(n)
	codes, old := map[string]bool{}, map[string]bool{}
	for _, a := range agencies {
		codes[a.Code], old[a.OldCode] = true, true
		if len(a.OldCode) != 13 {
			t.Fatalf("old code %q", a.OldCode)
		}
	}
	if len(codes) != n || len(old) != n {
		t.Errorf("%d codes, %d old codes, want %d", len(codes), len(old), n)
	}
}

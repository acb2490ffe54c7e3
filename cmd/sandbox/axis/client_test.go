package axis_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"trinhky/cmd/sandbox/axis"
)

const (
	systemID = "demo.sys.01"
	secret   = "demo-secret"
)

// client is the protocol written once more, by hand and as small as it goes.
type client struct {
	url, system, secret string
	http                http.Client
}

type header struct{ name, value string }

// sign makes the headers of one request in the order of the vendor's client.
func sign(secret string, headers []header) http.Header {
	out := http.Header{}
	var keys, pairs []string
	for _, h := range headers {
		out.Set("XroadVnpt-"+h.name, h.value)
		keys = append(keys, h.name)
		pairs = append(pairs, fmt.Sprintf(`"XroadVnpt-%s":%q`, h.name, h.value))
	}
	text := "{" + strings.Join(pairs, ",") + "}"
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	out.Set("XroadVnpt-sign-header-key", strings.Join(keys, ";"))
	out.Set("XroadVnpt-sign-header", text)
	out.Set("XroadVnpt-hash-header", hex.EncodeToString(mac.Sum(nil)))
	out.Set("XroadVnpt-version", "3.0.201608")
	return out
}

// headers are those of one call: system id first, timestamp and Content-Type
// last.
func (c *client) headers(contentType string, params ...header) []header {
	all := append([]header{{"systemid", c.system}}, params...)
	return append(all, header{"timestamp", "21112026T192925+0088"}, header{"Content-Type", contentType})
}

func (c *client) do(method, op string, h http.Header, body []byte) (int, []byte, error) {
	r, err := http.NewRequest(method, c.url+"/"+op, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header = h
	r.Header.Set("Content-Type", h.Get("XroadVnpt-Content-Type"))
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, data, err
}

// answer is any answer of the axis.
type answer struct {
	Status, ErrorCode, ErrorDesc, DocID string
	Data                                json.RawMessage
}

func (c *client) call(t *testing.T, op string, params ...header) answer {
	t.Helper()
	status, data, err := c.do(http.MethodPost, op, sign(c.secret, c.headers("application/json", params...)), []byte("{}"))
	if err != nil || status != http.StatusOK {
		t.Fatalf("%s: %d %v", op, status, err)
	}
	return decode(t, data)
}

func decode(t *testing.T, data []byte) answer {
	t.Helper()
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return a
}

func (c *client) rows(t *testing.T, op string, params ...header) []map[string]string {
	t.Helper()
	a := c.call(t, op, params...)
	if a.Status != "OK" {
		t.Fatalf("%s: %+v", op, a)
	}
	var rows []map[string]string
	if err := json.Unmarshal(a.Data, &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

func hashHex(file string) string {
	h := sha256.Sum256([]byte(file))
	return hex.EncodeToString(h[:])
}

// trySend sends a message and gives the raw outcome.
func (c *client) trySend(kind, from, hash, file string) (int, []byte, error) {
	h := sign(c.secret, c.headers("application/octet-stream", header{"servicetype", "eDoc"},
		header{"messagetype", kind}, header{"hash-file", hash}, header{"from", from}))
	return c.do(http.MethodPost, "sendEdoc", h, []byte(file+"\r\n"))
}

func (c *client) send(t *testing.T, kind, file string) answer {
	t.Helper()
	status, data, err := c.trySend(kind, "H99.97", hashHex(file), file)
	if err != nil || status != http.StatusOK {
		t.Fatalf("send: %d %v", status, err)
	}
	return decode(t, data)
}

func (c *client) fault(t *testing.T, fault string) int {
	t.Helper()
	resp, err := http.Post(c.url+"/_fault", "application/json", strings.NewReader(fault))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode
}

func (c *client) state(t *testing.T) axis.Snapshot {
	t.Helper()
	resp, err := http.Get(c.url + "/_state")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var s axis.Snapshot
	if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

// start opens an axis at a fixed time, in dir ("" for memory).
func start(t testing.TB, dir string, more ...axis.Agency) (*axis.Server, *client) {
	t.Helper()
	s, err := axis.New(axis.Config{
		Dir: dir, SystemID: systemID, Agencies: more,
		Systems: map[string]string{systemID: secret, "demo.sys.02": "other"},
		Now:     func() time.Time { return time.Date(2026, 11, 21, 2, 15, 0, 0, time.UTC) },
	})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewUnstartedServer(http.StripPrefix("/axis", s))
	h.Config.ErrorLog = nil
	h.Start()
	t.Cleanup(func() {
		h.Close()
		_ = s.Close()
	})
	return s, &client{url: h.URL + "/axis", system: systemID, secret: secret}
}

func drain(t *testing.T, s *axis.Server) {
	t.Helper()
	for {
		moved, err := s.Advance()
		if err != nil {
			t.Fatal(err)
		}
		if !moved {
			return
		}
	}
}

// letter is a new document for the receivers; edits replace text in it.
func letter(to []string, edits ...string) string {
	var parties strings.Builder
	for _, code := range to {
		parties.WriteString("<edXML:To><edXML:OrganId>" + code + "</edXML:OrganId><edXML:OrganName>Nơi nhận</edXML:OrganName></edXML:To>")
	}
	return strings.NewReplacer(edits...).Replace(strings.Replace(letterText, "{{to}}", parties.String(), 1))
}

const letterText = `<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">
<edXML:edXMLEnvelope xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">
<edXML:edXMLHeader><edXML:MessageHeader>
<edXML:From><edXML:OrganId>H99.97</edXML:OrganId><edXML:OrganizationInCharge>UBND tỉnh Mẫu</edXML:OrganizationInCharge><edXML:OrganName>Sở Thử nghiệm</edXML:OrganName></edXML:From>
{{to}}
<!-- a comment that the axis drops -->
<edXML:DocumentId>H99.97,2026/11/20,125/STN-VP</edXML:DocumentId>
<edXML:Code><edXML:CodeNumber>125</edXML:CodeNumber><edXML:CodeNotation>STN-VP</edXML:CodeNotation></edXML:Code>
<edXML:PromulgationInfo><edXML:Place>Tỉnh Mẫu</edXML:Place><edXML:PromulgationDate>2026/11/20</edXML:PromulgationDate></edXML:PromulgationInfo>
<edXML:DocumentType><edXML:Type>18</edXML:Type><edXML:TypeDetail>0</edXML:TypeDetail><edXML:TypeName>Công văn</edXML:TypeName></edXML:DocumentType>
<edXML:Subject>V/v thử nghiệm &amp; gửi văn bản</edXML:Subject>
<edXML:Content>V/v thử nghiệm gửi văn bản</edXML:Content>
<edXML:SignerInfo><edXML:Competence>KT. GIÁM ĐỐC</edXML:Competence><edXML:Position>Phó Giám đốc</edXML:Position><edXML:FullName>Nguyễn Văn Thử</edXML:FullName></edXML:SignerInfo>
<edXML:DueDate>2026/12/05</edXML:DueDate>
<edXML:OtherInfo><edXML:Priority>1</edXML:Priority><edXML:PromulgationAmount>1</edXML:PromulgationAmount><edXML:PageAmount>2</edXML:PageAmount></edXML:OtherInfo>
<edXML:SteeringType>1</edXML:SteeringType>
<edXML:ToPlaces><edXML:Place>Như trên</edXML:Place></edXML:ToPlaces>
</edXML:MessageHeader>
<edXML:TraceHeaderList>
<edXML:TraceHeader><edXML:OrganId>H99.97</edXML:OrganId><edXML:Timestamp>2026/11/20 09:15:00</edXML:Timestamp></edXML:TraceHeader>
<edXML:Bussiness><edXML:BussinessDocType>0</edXML:BussinessDocType><edXML:BussinessDocReason>Văn bản điện tử mới</edXML:BussinessDocReason><edXML:Paper>0</edXML:Paper></edXML:Bussiness>
</edXML:TraceHeaderList></edXML:edXMLHeader>
<edXML:edXMLBody><edXML:edXMLManifest version="1.0"><edXML:Reference><edXML:ContentId>cid:vb1</edXML:ContentId><edXML:ContentType>application/pdf</edXML:ContentType><edXML:Description>Văn bản chính</edXML:Description><edXML:AttachmentName>125.pdf</edXML:AttachmentName></edXML:Reference></edXML:edXMLManifest></edXML:edXMLBody>
</edXML:edXMLEnvelope>
<AttachmentEncoded><Attachment><ContentId>cid:vb1</ContentId><AttachmentName>125.pdf</AttachmentName><Description>Văn bản chính</Description><ContentType>application/pdf</ContentType><edXML:ContentTransferEncoded xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">JVBERi0xLjQKJSVFT0YK</edXML:ContentTransferEncoded></Attachment></AttachmentEncoded>
</edXML>`

// statusText is a status message from H99.97 about a document of H99.98.
const statusText = `<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXML:edXMLEnvelope xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXML:edXMLHeader><edXML:MessageHeader>
<edXML:From><edXML:OrganId>H99.97</edXML:OrganId><edXML:OrganName>Sở Thử nghiệm</edXML:OrganName></edXML:From>
<edXML:ResponseFor><edXML:OrganId>H99.98</edXML:OrganId><edXML:Code>125/STN-VP</edXML:Code><edXML:PromulgationDate>2026/11/20</edXML:PromulgationDate><edXML:DocumentId>H99.97,2026/11/20,125/STN-VP</edXML:DocumentId></edXML:ResponseFor>
<edXML:StatusCode>13</edXML:StatusCode><edXML:Description>Đề nghị lấy lại do nhầm phụ lục</edXML:Description><edXML:Timestamp>2026/11/20 10:02:11</edXML:Timestamp>
</edXML:MessageHeader></edXML:edXMLHeader></edXML:edXMLEnvelope></edXML>`

package axis_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestStrict changes a good message in one place each; every change is refused
// with a code and a text that names the place.
func TestStrict(t *testing.T) {
	_, c := start(t, "")
	to := []string{"H99.98"}
	for _, tc := range []struct {
		name, old, new, code, says string
	}{
		{"doctype", "<edXML xmlns", "<!DOCTYPE x [<!ENTITY a \"b\">]><edXML xmlns", "22", "DOCTYPE"},
		{"entity", "Công văn<", "&x;<", "22", "XML"},
		{"text before", "<?xml", "x <?xml", "22", ""},
		{"not closed", "</edXML>", "", "22", "XML"},
		{"latin-1", "tỉnh Mẫu", "t\xe9nh", "22", "UTF-8"},
		{"encoding", `encoding="UTF-8"`, `encoding="ISO-8859-1"`, "22", "XML"},
		{"namespace", `<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"`, `<edXML xmlns="urn:x"`, "22", "namespace"},
		{"no prefix", "<edXML:Subject>V/v thử nghiệm &amp; gửi văn bản</edXML:Subject>", "<Subject>V/v</Subject>", "22", "Subject must be written with the prefix"},
		{"other prefix", "edXML:", "e:", "22", ""},
		{"prefixed attachment", "<AttachmentName>125.pdf</AttachmentName><Description>Văn bản chính</Description><ContentType>application/pdf</ContentType><edXML", "<edXML:AttachmentName xmlns:edXML=\"http://www.mic.gov.vn/TBT/QCVN_102_2016\">125.pdf</edXML:AttachmentName><ContentType>application/pdf</ContentType><edXML", "22", "Attachment/AttachmentName"},
		{"no type detail", "<edXML:TypeDetail>0</edXML:TypeDetail>", "", "22", "DocumentType/TypeDetail is missing"},
		{"empty type detail", "<edXML:TypeDetail>0</edXML:TypeDetail>", "<edXML:TypeDetail/>", "22", "DocumentType/TypeDetail is empty"},
		{"no business", "<edXML:Bussiness>", "<edXML:Business>", "22", ""},
		{"reason", "<edXML:BussinessDocReason>Văn bản điện tử mới<", "<edXML:BussinessDocReason><", "22", "BussinessDocReason"},
		{"business type", "<edXML:BussinessDocType>0<", "<edXML:BussinessDocType>7<", "22", "BussinessDocType"},
		{"recall of nothing", "<edXML:BussinessDocType>0<", "<edXML:BussinessDocType>1<", "22", "Bussiness/DocumentId"},
		{"update of nothing", "<edXML:BussinessDocType>0<", "<edXML:DocumentId>x</edXML:DocumentId><edXML:BussinessDocType>2<", "22", "BussinessDocumentInfo"},
		{"replace of nothing", "<edXML:BussinessDocType>0<", "<edXML:BussinessDocType>3<", "22", "ReplacementInfo"},
		{"no document id", "<edXML:DocumentId>H99.97,2026/11/20,125/STN-VP</edXML:DocumentId>", "", "22", "DocumentId"},
		{"no number", "<edXML:CodeNumber>125</edXML:CodeNumber>", "", "22", "Code/CodeNumber"},
		{"two subjects", "<edXML:SignerInfo>", "<edXML:Subject>x</edXML:Subject><edXML:SignerInfo>", "22", "Subject occurs more than once"},
		{"date", "<edXML:PromulgationDate>2026/11/20<", "<edXML:PromulgationDate>20/11/2026<", "22", "PromulgationDate"},
		{"no such day", "<edXML:DueDate>2026/12/05<", "<edXML:DueDate>2026/02/30<", "22", "DueDate"},
		{"trace time", "09:15:00", "9:15", "22", "TraceHeader/Timestamp"},
		{"no trace", "<edXML:TraceHeader><edXML:OrganId>H99.97</edXML:OrganId><edXML:Timestamp>2026/11/20 09:15:00</edXML:Timestamp></edXML:TraceHeader>", "", "22", "TraceHeader"},
		{"priority", "<edXML:Priority>1<", "<edXML:Priority>khẩn<", "22", "OtherInfo/Priority"},
		{"steering", "<edXML:SteeringType>1<", "<edXML:SteeringType>9<", "22", "SteeringType"},
		{"long subject", "<edXML:Subject>", "<edXML:Subject>" + strings.Repeat("ạ", 501), "22", "Subject is longer than 500"},
		{"sender's name", "<edXML:OrganName>Sở Thử nghiệm</edXML:OrganName>", "", "22", "From/OrganName"},
		{"other sender", "<edXML:From><edXML:OrganId>H99.97<", "<edXML:From><edXML:OrganId>H99.98<", "19", "Don vi gui H99.97 khong dung voi ma da dang ky: H99.97"},
		{"unknown receiver", "<edXML:To><edXML:OrganId>H99.98<", "<edXML:To><edXML:OrganId>H00.11<", "18", "H00.11"},
		{"no receiver", "edXML:To>", "edXML:Too>", "22", "To is missing"},
		{"no attachments", "<AttachmentEncoded>", "<AttachmentEncoded/><!--", "22", ""},
		{"manifest version", `<edXML:edXMLManifest version="1.0">`, "<edXML:edXMLManifest>", "22", "version"},
		{"manifest without", "cid:vb1</edXML:ContentId>", "cid:vb2</edXML:ContentId>", "22", "attachment vb1 is not in edXMLManifest"},
		{"manifest name", "<AttachmentName>125.pdf<", "<AttachmentName>126.pdf<", "22", "another name"},
		{"base64", "JVBERi0xLjQKJSVFT0YK", "JVBERi0x*jQK", "21", "base64"},
		{"not a pdf", "JVBERi0xLjQKJSVFT0YK", "YWJj", "21", "not a PDF"},
		{"not a zip", "<ContentType>application/pdf</ContentType>", "<ContentType>application/zip</ContentType>", "21", "zip of one file"},
		{"deep", "<edXML:Paper>", strings.Repeat("<edXML:a>", 40) + strings.Repeat("</edXML:a>", 40) + "<edXML:Paper>", "22", "too deep"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			file := letter(to, tc.old, tc.new)
			if file == letter(to) {
				t.Fatal("the edit changes nothing")
			}
			a := c.send(t, "edoc", file)
			if a.Status != "FAIL" || a.DocID != "" || a.ErrorCode != tc.code || !strings.Contains(a.ErrorDesc, tc.says) {
				t.Errorf("%+v, want code %s with %q", a, tc.code, tc.says)
			}
			if strings.ContainsFunc(a.ErrorDesc, func(r rune) bool { return r > '~' }) {
				t.Errorf("ErrorDesc is not ASCII: %q", a.ErrorDesc)
			}
		})
	}
	t.Run("receiver twice, in both code systems", func(t *testing.T) {
		if a := c.send(t, "edoc", letter([]string{"H99.98", "000.00.98.H99"})); a.ErrorCode != "22" {
			t.Errorf("%+v", a)
		}
	})
	if n := len(c.state(t).Documents); n != 0 {
		t.Errorf("%d of the bad messages were accepted", n)
	}
}

func TestStrictStatus(t *testing.T) {
	_, c := start(t, "")
	for _, tc := range []struct{ name, old, new, says string }{
		{"code", "<edXML:StatusCode>13<", "<edXML:StatusCode>07<", "StatusCode 07"},
		{"reason", "<edXML:Description>Đề nghị lấy lại do nhầm phụ lục<", "<edXML:Description><", "needs a Description"},
		{"time", "2026/11/20 10:02:11", "20/11/2026 10:02:11", "Timestamp"},
		{"document", "<edXML:DocumentId>H99.97,2026/11/20,125/STN-VP</edXML:DocumentId>", "", "ResponseFor/DocumentId"},
	} {
		a := c.send(t, "status", strings.Replace(statusText, tc.old, tc.new, 1))
		if a.Status != "FAIL" || a.ErrorCode != "22" || !strings.Contains(a.ErrorDesc, tc.says) {
			t.Errorf("%s: %+v", tc.name, a)
		}
	}
	if a := c.send(t, "edoc", statusText); a.Status != "FAIL" {
		t.Error("a status was taken as a document")
	}
	if a := c.send(t, "status", letter([]string{"H99.98"})); a.Status != "FAIL" {
		t.Error("a document was taken as a status")
	}
	if a := c.send(t, "status", statusText); a.Status != "OK" {
		t.Errorf("the good one: %+v", a)
	}
}

// TestHash: both spellings of the digest are right, nothing else is.
func TestHash(t *testing.T) {
	_, c := start(t, "")
	// The comment makes a digest with a byte below 16 likely for one of them.
	differ := false
	for i := range 20 {
		file := letter([]string{"H99.98"}, "<!-- a comment", fmt.Sprintf("<!-- %d", i))
		h := sha256.Sum256([]byte(file))
		var vendor strings.Builder
		for _, b := range h {
			fmt.Fprintf(&vendor, "%x", b)
		}
		differ = differ || vendor.Len() < 64
		for _, hash := range []string{hex.EncodeToString(h[:]), vendor.String()} {
			if _, data, err := c.trySend("edoc", "H99.97", hash, file); err != nil || decode(t, data).Status != "OK" {
				t.Errorf("hash %s: %s %v", hash, data, err)
			}
		}
	}
	if !differ {
		t.Error("no digest had a byte below 16")
	}
	file := letter([]string{"H99.98"})
	for _, hash := range []string{"", strings.Repeat("0", 64), strings.ToUpper(hashHex(file))} {
		_, data, err := c.trySend("edoc", "H99.97", hash, file)
		if err != nil || decode(t, data).ErrorCode != "10" && hash != "" {
			t.Errorf("hash %q: %s %v", hash, data, err)
		}
	}
}

// TestLogin: the HMAC and what it covers.
func TestLogin(t *testing.T) {
	_, c := start(t, "")
	good := c.headers("application/json")
	for _, tc := range []struct {
		name string
		make func() http.Header
		says string
	}{
		{"wrong secret", func() http.Header { return sign("x", good) }, "hash-header"},
		{"unknown system", func() http.Header {
			return sign(secret, []header{{"systemid", "x"}, good[1], good[2]})
		}, "SystemId"},
		{"no headers", func() http.Header { return http.Header{} }, "SystemId"},
		{"changed after signing", func() http.Header {
			h := sign(secret, good)
			h.Set("XroadVnpt-timestamp", "22112026T192925+0088")
			return h
		}, "sign-header"},
		{"one more header", func() http.Header {
			h := sign(secret, good)
			h.Set("XroadVnpt-docId", "1")
			return h
		}, "khong duoc ky: docid"},
		{"no timestamp", func() http.Header { return sign(secret, []header{good[0], good[2]}) }, "timestamp"},
		{"zone as timestamp", func() http.Header {
			return sign(secret, []header{good[0], {"timestamp", "2026-11-21T19:29:25+07:00"}, good[2]})
		}, "timestamp"},
		{"no such day", func() http.Header {
			return sign(secret, []header{good[0], {"timestamp", "31022026T192925+0088"}, good[2]})
		}, "timestamp"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			h := tc.make()
			if h.Get("XroadVnpt-Content-Type") == "" {
				h.Set("XroadVnpt-Content-Type", "application/json")
			}
			status, data, err := c.do(http.MethodPost, "getAgenciesList", h, nil)
			if err != nil || status != http.StatusOK {
				t.Fatal(status, err)
			}
			a := decode(t, data)
			if a.Status != "FAIL" || a.ErrorCode != "15" || !strings.Contains(strings.ToLower(a.ErrorDesc), strings.ToLower(tc.says)) {
				t.Errorf("%s, want code 15 with %q", data, tc.says)
			}
			if !bytes.Contains(data, []byte(`"data":[]`)) {
				t.Errorf("a refused list must still be complete: %s", data)
			}
		})
	}
}

// TestTolerated: what other clients write differently, and what means the same.
func TestTolerated(t *testing.T) {
	_, c := start(t, "")
	rehash := func(h http.Header, text string) http.Header {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(text))
		h.Set("XroadVnpt-sign-header", text)
		h.Set("XroadVnpt-hash-header", hex.EncodeToString(mac.Sum(nil)))
		return h
	}
	good := c.headers("application/json")
	text := sign(secret, good).Get("XroadVnpt-sign-header")
	for name, tc := range map[string]struct {
		text string
		ok   bool
	}{
		"escaped slash": {strings.Replace(text, "application/json", `application\/json`, 1), true},
		"blanks":        {strings.Replace(text, ":", ": ", 1), false},
		"other order":   {`{"XroadVnpt-timestamp":"21112026T192925+0088","XroadVnpt-systemid":"demo.sys.01","XroadVnpt-Content-Type":"application/json"}`, false},
		"one more":      {strings.Replace(text, "}", `,"x":"y"}`, 1), false},
		"no JSON":       {"x", false},
	} {
		_, data, err := c.do(http.MethodPost, "getAgenciesList", rehash(sign(secret, good), tc.text), nil)
		if err != nil || (decode(t, data).Status == "OK") != tc.ok {
			t.Errorf("%s: %.80s %v", name, data, err)
		}
	}
	file := letter([]string{"H99.98"})
	h := sign(secret, c.headers("application/octet-stream", header{"servicetype", "eDoc"},
		header{"messagetype", "edoc"}, header{"hash-file", hashHex(file)}, header{"from", "000.00.97.H99"}))
	if _, data, err := c.do(http.MethodPost, "sendEdoc", h, []byte(file)); err != nil || decode(t, data).Status != "OK" {
		t.Errorf("without the CRLF: %s %v", data, err)
	}
}

// TestAbout: agencies answer about the document itself, also when it answers
// or replaces another one.
func TestAbout(t *testing.T) {
	for name, edit := range map[string][]string{
		"answer":  {"<edXML:SteeringType>", "<edXML:ResponseFor><edXML:OrganId>H99.98</edXML:OrganId><edXML:Code>1/X</edXML:Code><edXML:PromulgationDate>2026/11/01</edXML:PromulgationDate><edXML:DocumentId>other</edXML:DocumentId></edXML:ResponseFor><edXML:SteeringType>"},
		"replace": {"<edXML:BussinessDocType>0</edXML:BussinessDocType>", "<edXML:BussinessDocType>3</edXML:BussinessDocType><edXML:ReplacementInfoList><edXML:ReplacementInfo><edXML:DocumentId>other</edXML:DocumentId><edXML:OrganIdList><edXML:OrganId>H99.98</edXML:OrganId></edXML:OrganIdList></edXML:ReplacementInfo></edXML:ReplacementInfoList>"},
	} {
		s, c := start(t, "")
		if a := c.send(t, "edoc", letter([]string{"H99.98"}, edit...)); a.Status != "OK" {
			t.Fatalf("%s: %+v", name, a)
		}
		drain(t, s)
		for _, m := range s.State().Statuses {
			if m.DocumentID != "H99.97,2026/11/20,125/STN-VP" {
				t.Errorf("%s: status %s about %s", name, m.Code, m.DocumentID)
			}
		}
	}
}

// TestVector is the vector of the protocol note, made with other programs.
func TestVector(t *testing.T) {
	h := sign("demo-secret", []header{
		{"systemid", "demo.sys.01"}, {"timestamp", "21112026T192925+0752"}, {"Content-Type", "application/json"},
	})
	const want = "063ddf981b4c9152dd44c3f2ec0f7c9a29b5839b7476f57a066dfc377cf9164b"
	if got := h.Get("XroadVnpt-hash-header"); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestMethods(t *testing.T) {
	_, c := start(t, "")
	for _, r := range []struct{ method, op string }{
		{http.MethodGet, "sendEdoc"}, {http.MethodPost, "downloadEdoc"}, {http.MethodPost, "nothing"}, {http.MethodPost, "_state"},
	} {
		if status, _, err := c.do(r.method, r.op, sign(secret, c.headers("application/json")), nil); err != nil || status != http.StatusNotFound {
			t.Errorf("%s %s: %d %v", r.method, r.op, status, err)
		}
	}
}

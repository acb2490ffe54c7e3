package edxml

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"trinhky/submit"
)

var update = flag.Bool("update", false, "write the golden files anew")

// envelope is the example of the notes on the axis: two receivers, a PDF and a
// text file.
func envelope(t testing.TB) submit.Envelope {
	t.Helper()
	dir := t.TempDir()
	files := []submit.File{
		{Path: write(t, dir, "Công văn 125.pdf", "%PDF-1.4\n%%EOF\n"), Role: submit.RoleMain},
		{Path: write(t, dir, "Danh sách kèm theo.txt", "xin chào <&> thử\n"), Role: submit.RoleAppendix},
	}
	e := submit.Envelope{
		ID: "7d0c1d1e-0001-4a00-8000-00000000beef", Connector: "truc",
		Queued: time.Date(2026, 11, 20, 9, 15, 0, 0, submit.WireZone()),
		From: submit.Party{
			Code: "H99.97", Name: "Sở Gửi", InCharge: "UBND tỉnh Mẫu", Address: "Số 1 đường Thử Nghiệm",
			Email: "vanthu@mau.example", Telephone: "02900000000",
		},
		To: []submit.Party{
			{Code: "H99.98", OldCode: "000.00.98.H99", Name: "Sở Nhận", InCharge: "UBND tỉnh Mẫu"},
			{OldCode: "000.00.00.G99", Name: "Cơ quan Mẫu trung ương"},
		},
		Document: submit.Metadata{
			Number: "125", Notation: "SG-VP", Place: "Tỉnh Mẫu", Date: "2026-11-20", Type: "Công văn",
			Subject: `V/v thử nghiệm "gửi" <văn bản> & qua trục liên thông`, Authority: "KT. GIÁM ĐỐC",
			Position: "PHÓ GIÁM ĐỐC", Signer: "Nguyễn Văn Thử", Priority: 1, Pages: 2, DueDate: "2026-12-05",
		},
		Business: submit.Business{Staff: submit.Staff{Department: "Văn thư", Name: "Trần Thị Thử", Email: "vanthu@mau.example", Mobile: "0900000000"}},
		Files:    files,
	}
	e, err := submit.Complete(e)
	if err != nil {
		t.Fatal(err)
	}
	for i := range e.Files {
		f := &e.Files[i]
		if f.SHA256, f.Size, err = bytesOf(f.Path); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// kinds are the four kinds of documents and two statuses.
func kinds(t testing.TB) map[string]Message {
	t.Helper()
	document := func(b submit.Business, keepFiles bool) *Document {
		e := envelope(t)
		b.Staff = e.Business.Staff
		e.Business = b
		if !keepFiles {
			e.Files = nil
		}
		d, err := FromEnvelope(e)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	about := "H99.97,2026/11/20,125/SG-VP"
	status := func(code, text string) *Status {
		return &Status{
			From:        Organ{ID: "H99.98", Name: "Sở Nhận", Email: "vt@nhan.example"},
			ResponseFor: ResponseFor{OrganID: "H99.97", Code: "125/SG-VP", DocumentID: about, Date: "2026-11-20"},
			Staff:       submit.Staff{Department: "Văn thư", Name: "Lê Văn Nhận", Mobile: "0900000001", Email: "vt@nhan.example"},
			Code:        code, Description: text, At: time.Date(2026, 11, 20, 10, 2, 11, 0, submit.WireZone()),
		}
	}
	return map[string]Message{
		"new":    document(submit.Business{}, true),
		"recall": document(submit.Business{Kind: submit.Recall, Reason: "Thu hồi do ban hành nhầm phụ lục", About: about}, false),
		"update": document(submit.Business{
			Kind: submit.Update, Reason: "Đính chính trích yếu và nơi nhận", About: about, Changed: true,
			Removed: []submit.Party{{Code: "G99"}}, Added: []submit.Party{{Code: "H99.96"}},
		}, true),
		"replace": document(submit.Business{
			Kind: submit.Replace, Reason: "Thay thế công văn 125/SG-VP",
			Replaces: []submit.Replacement{{DocumentID: about, Receivers: []string{"H99.98", "H99.96"}}},
		}, true),
		"status-03": status("03", "Đã tiếp nhận, vào sổ đến số 310"),
		"status-13": status("13", "Đề nghị lấy lại do nhầm phụ lục"),
	}
}

func written(t testing.TB, m Message) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, text []byte) (Message, error) {
	t.Helper()
	return Read(bytes.NewReader(text), Limits{Dir: t.TempDir(), File: 4 << 20})
}

// The golden files are what the vendor's shape looks like; a change in them is
// a change on the wire.
func TestGolden(t *testing.T) {
	for name, m := range kinds(t) {
		t.Run(name, func(t *testing.T) {
			got := written(t, m)
			path := filepath.Join("testdata", name+".edxml")
			if *update {
				if err := os.WriteFile(path, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), string(got)); d != "" {
				t.Error(d)
			}
			if !bytes.Equal(got, written(t, m)) {
				t.Error("written twice, the bytes differ")
			}
			back, err := read(t, got)
			if err != nil {
				t.Fatal(err)
			}
			if err := Compare(m, back); err != nil {
				t.Error(err)
			}
		})
	}
}

// What the readers of the axis take is read to the same document, however it
// is written.
func TestReadTolerant(t *testing.T) {
	want := kinds(t)["new"].(*Document)
	text := string(written(t, want))
	for name, change := range map[string]func(string) string{
		"as written":        func(s string) string { return s },
		"byte order mark":   func(s string) string { return "\xEF\xBB\xBF" + s },
		"no prefix":         func(s string) string { return noPrefix(s) },
		"another prefix":    func(s string) string { return strings.NewReplacer("edXML:", "q:", ":edXML=", ":q=").Replace(s) },
		"without the lines": func(s string) string { return strings.ReplaceAll(s, "\n", "") },
		"comments": func(s string) string {
			return strings.ReplaceAll(s, "<edXML:Subject>", "<!-- trích yếu --><edXML:Subject>")
		},
		"unknown elements": func(s string) string {
			return strings.ReplaceAll(s, "<edXML:Subject>", `<edXML:New>1</edXML:New><x:Subject xmlns:x="urn:x">sai</x:Subject><edXML:Subject>`)
		},
		"signature": func(s string) string {
			return strings.ReplaceAll(s, "<edXML:edXMLBody>", `<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature><edXML:edXMLBody>`)
		},
		"empty response": func(s string) string {
			return strings.ReplaceAll(s, "<edXML:SteeringType>", "<edXML:ResponseFor/><edXML:SteeringType>")
		},
		"broken base64 lines": func(s string) string {
			return strings.ReplaceAll(s, "JVBERi0x", "JVBE &#13;\r\n\tRi0x")
		},
		"no padding":   func(s string) string { return strings.ReplaceAll(s, "=</edXML:Content", "</edXML:Content") },
		"cid left out": func(s string) string { return strings.ReplaceAll(s, "      <ContentId>cid:", "      <ContentId>") },
		"attachment part first": func(s string) string {
			i, j := strings.Index(s, "  <AttachmentEncoded>"), strings.Index(s, "</edXML>")
			k := strings.Index(s, "  <edXML:edXMLEnvelope")
			return s[:k] + s[i:j] + s[k:i] + s[j:]
		},
		"type of content wrong": func(s string) string { return strings.ReplaceAll(s, "application/", "text/") },
		"pdf zipped on the way": func(s string) string {
			raw, z := "%PDF-1.4\n%%EOF\n", zipOf("x.pdf", "%PDF-1.4\n%%EOF\n")
			return strings.ReplaceAll(s, base64.StdEncoding.EncodeToString([]byte(raw)), base64.StdEncoding.EncodeToString(z))
		},
	} {
		t.Run(name, func(t *testing.T) {
			changed := change(text)
			if name != "as written" && changed == text {
				t.Fatal("the change changes nothing")
			}
			got, err := read(t, []byte(changed))
			if err != nil {
				t.Fatal(err)
			}
			if err := Compare(want, got); err != nil {
				t.Error(err)
			}
		})
	}
}

func noPrefix(s string) string {
	return strings.NewReplacer("<edXML:", "<", "</edXML:", "</", ` xmlns:edXML="`+Namespace+`"`, "").Replace(s)
}

func zipOf(name, text string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, _ := z.Create(name)
	_, _ = w.Write([]byte(text))
	_ = z.Close()
	return b.Bytes()
}

func TestReadMissingOptional(t *testing.T) {
	text := string(written(t, kinds(t)["new"]))
	for _, name := range []string{"DueDate", "SteeringType", "Priority", "TypeDetail", "Content"} {
		i, j := strings.Index(text, "<edXML:"+name+">"), strings.Index(text, "</edXML:"+name+">")
		text = text[:i] + text[j+len("</edXML:"+name+">"):]
	}
	got, err := read(t, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if d := got.(*Document); d.DueDate != "" || d.SteeringType != 0 || d.Other.Priority != 0 {
		t.Errorf("%+v", d)
	}
}

// Every refusal names its element.
func TestReadRefuses(t *testing.T) {
	text := string(written(t, kinds(t)["new"]))
	replace := func(old, new string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in the message", old)
		}
		return strings.ReplaceAll(text, old, new)
	}
	drop := func(name string) string {
		i, j := strings.Index(text, "<edXML:"+name+">"), strings.Index(text, "</edXML:"+name+">")
		return text[:i] + text[j+len("</edXML:"+name+">"):]
	}
	blob := base64.StdEncoding.EncodeToString([]byte("%PDF-1.4\n%%EOF\n"))
	bomb := base64.StdEncoding.EncodeToString(zipOf("x.pdf", strings.Repeat("\x00", 5<<20)))
	slip := base64.StdEncoding.EncodeToString(zipOf("../../x.pdf", "%PDF-1.4"))
	folder := base64.StdEncoding.EncodeToString(zipOf("a/x.pdf", "%PDF-1.4"))
	damaged := base64.StdEncoding.EncodeToString([]byte("PK\x03\x04 no archive"))
	for name, c := range map[string]struct{ text, field string }{
		"document type":     {replace("<edXML xmlns", `<!DOCTYPE edXML [<!ENTITY x SYSTEM "file:///etc/passwd">]><edXML xmlns`), "DOCTYPE"},
		"empty subject":     {replace(`V/v thử nghiệm &#34;gửi&#34; &lt;văn bản&gt; &amp; qua trục liên thông`, " "), "Subject"},
		"no number":         {drop("CodeNumber"), "CodeNumber"},
		"no notation":       {drop("CodeNotation"), "CodeNotation"},
		"no date":           {drop("PromulgationDate"), "PromulgationDate"},
		"date of May":       {replace("2026/11/20</edXML:Prom", "05/12/2026</edXML:Prom"), "PromulgationDate"},
		"date with hyphens": {replace("2026/12/05", "2026-12-05"), "DueDate"},
		"thirteenth month":  {replace("2026/12/05", "2026/13/05"), "DueDate"},
		"priority in words": {replace("<edXML:Priority>1", "<edXML:Priority>Khẩn"), "Priority"},
		"negative pages":    {replace("<edXML:PageAmount>2", "<edXML:PageAmount>-2"), "PageAmount"},
		"kind 4":            {replace("<edXML:BussinessDocType>0", "<edXML:BussinessDocType>4"), "BussinessDocType"},
		"direction":         {replace("<edXML:Direction>false", "<edXML:Direction>maybe"), "Direction"},
		"long subject":      {replace("V/v thử", strings.Repeat("ă", 501)), "Subject"},
		"two subjects":      {replace("<edXML:Subject>", "<edXML:Subject>khác</edXML:Subject><edXML:Subject>"), "Subject"},
		"elements in text":  {replace("<edXML:Subject>", "<edXML:Subject><edXML:b/>"), "Subject"},
		"same receiver":     {replace("000.00.00.G99", "H99.98"), "To"},
		"no receiver code":  {replace("<edXML:OrganId>H99.98</edXML:OrganId>", ""), "OrganId"},
		"deep":              {replace("<edXML:Subject>", strings.Repeat("<edXML:b>", 40)+strings.Repeat("</edXML:b>", 40)+"<edXML:Subject>"), "b"},
		"path in the name":  {replace("<AttachmentName>Cong-van-125.pdf", "<AttachmentName>../Cong-van-125.pdf"), "AttachmentName"},
		"not base64":        {replace(blob, "JVBE*"), "ContentTransferEncoded"},
		"text after pad":    {replace(blob, "JVBERg==JVBE"), "ContentTransferEncoded"},
		"entity in base64":  {replace(blob, "JVBE&#65;"), "ContentTransferEncoded"},
		"element in base64": {replace(blob, "JVBE<b/>JVBE"), ""},
		"no data":           {replace(">"+blob+"</edXML:ContentTransferEncoded>", "/>"), "ContentTransferEncoded"},
		"bomb":              {replace(blob, bomb), "ContentTransferEncoded"},
		"zip slip":          {replace(blob, slip), "ContentTransferEncoded"},
		"folder in zip":     {replace(blob, folder), "ContentTransferEncoded"},
		"damaged zip":       {replace(blob, damaged), "ContentTransferEncoded"},
		"same content id":   {replace("      <ContentId>cid:", "      <ContentId>cid:x</ContentId><ContentId>"), "ContentId"},
		"lost attachment":   {replace("        <edXML:Reference>\n", "        <edXML:Reference><edXML:ContentId>cid:lost</edXML:ContentId></edXML:Reference><edXML:Reference>\n"), "Reference"},
		"entity":            {replace("<edXML:Subject>", "<edXML:Subject>&x;"), ""},
		"second root":       {text + "<edXML/>", ""},
		"text before":       {"xin chào" + text, ""},
		"text behind":       {text + "xin chào", ""},
		"cut":               {text[:len(text)/2], ""},
		"cut in base64":     {text[:strings.Index(text, blob)+8], "ContentTransferEncoded"},
		"other namespace":   {replace(Namespace, "http://www.e-doc.vn/Schema/"), ""},
		"envelope's namespace": {
			replace(`xmlns:edXML="`+Namespace+`">`+"\n    <edXML:edXMLHeader>", `xmlns:edXML="urn:x">`+"\n    <edXML:edXMLHeader>"), "",
		},
		"UTF-16 declared": {replace(`encoding="UTF-8"`, `encoding="UTF-16"`), ""},
		"empty":           {"", ""},
		"HTML":            {"<html><body>502 Bad Gateway</body></html>", ""},
		"too long":        {replace("<edXML:Subject>", "<edXML:x>"+strings.Repeat("a", maxText)+"</edXML:x><edXML:Subject>"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			got, err := Read(strings.NewReader(c.text), Limits{Dir: dir, File: 4 << 20})
			if err == nil {
				t.Fatalf("read as %+v", got)
			}
			var field *submit.FieldError
			if c.field != "" && (!errors.As(err, &field) || field.Field != c.field) {
				t.Errorf("%v; want the field %s", err, c.field)
			}
			if left, _ := os.ReadDir(dir); len(left) != 0 {
				t.Errorf("a refused message left %v", left)
			}
		})
	}
}

func TestReadStatusRefuses(t *testing.T) {
	text := string(written(t, kinds(t)["status-03"]))
	for name, c := range map[string]struct{ old, new, field string }{
		"code in words": {"<edXML:StatusCode>03", "<edXML:StatusCode>done", "StatusCode"},
		"no code digit": {"<edXML:StatusCode>03", "<edXML:StatusCode>x3", "StatusCode"},
		"time":          {"2026/11/20 10:02:11", "20/11/2026 10:02:11", "Timestamp"},
		"no document":   {"<edXML:Code>125/SG-VP</edXML:Code>", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.ReplaceAll(text, c.old, c.new)
			if changed == text {
				t.Fatal("the change changes nothing")
			}
			got, err := read(t, []byte(changed))
			var field *submit.FieldError
			if c.field == "" {
				if err != nil || got.(*Status).ResponseFor.Code != "" {
					t.Errorf("%+v, %v", got, err)
				}
			} else if !errors.As(err, &field) || field.Field != c.field {
				t.Errorf("%v; want the field %s", err, c.field)
			}
		})
	}
}

// Each kind of file goes as the axis' own client would send it.
func TestEncodingByKind(t *testing.T) {
	for name, want := range map[string]struct {
		raw  bool
		kind string
	}{
		"a.pdf": {true, "application/pdf"}, "A.PDF": {true, "application/pdf"}, "a.doc": {true, "application/doc"},
		"a.docx": {true, "application/docx"}, "a.zip": {true, "application/zip"}, "a.xls": {false, "application/zip"},
		"a.xlsx": {false, "application/zip"}, "a.txt": {false, "application/zip"}, "a": {false, "application/zip"},
		"a.xsl": {true, "application/xsl"}, "a.xslx": {true, "application/xslx"},
	} {
		if goesRaw(name) != want.raw || contentType(name) != want.kind {
			t.Errorf("%s: raw %v, %s", name, goesRaw(name), contentType(name))
		}
	}
}

// Files that are zips themselves survive the wrapping, one entry or several.
func TestZipLikeFilesSurvive(t *testing.T) {
	for _, entries := range []int{1, 3} {
		var inner bytes.Buffer
		z := zip.NewWriter(&inner)
		for i := range entries {
			w, err := z.Create(fmt.Sprintf("xl/%d.xml", i))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write([]byte("<sheet/>")); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"bang.xlsx", "bang.ods", "bang.docx", "bang.zip", "bang.pptx"} {
			e := envelope(t)
			file := filepath.Join(t.TempDir(), name)
			if err := os.WriteFile(file, inner.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			e.Files = append(e.Files, submit.File{
				Path: file, Name: name, SHA256: sha256.Sum256(inner.Bytes()), Size: int64(inner.Len()), Role: submit.RoleAttachment,
			})
			d, err := FromEnvelope(e)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := Build(d, t.TempDir()); err != nil {
				t.Errorf("%s with %d entries: %v", name, entries, err)
			}
		}
	}
}

func TestBuildFindsDamage(t *testing.T) {
	e := envelope(t)
	d, err := FromEnvelope(e)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	b, err := Build(d, dir)
	if err != nil {
		t.Fatal(err)
	}
	if sum, size, err := bytesOf(b.Path); err != nil || sum != b.SHA256 || size != b.Size {
		t.Errorf("%x %d %v, want %+v", sum, size, err, b)
	}
	if err := os.Remove(b.Path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(e.Files[0].Path, []byte("%PDF-1.4\n%changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	var field *submit.FieldError
	if _, err := Build(d, dir); !errors.As(err, &field) || field.Field != "files" {
		t.Errorf("changed bytes: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func FuzzRead(f *testing.F) {
	for _, m := range kinds(f) {
		text := string(written(f, m))
		f.Add(text)
		f.Add(noPrefix(text))
	}
	f.Add("<!DOCTYPE x>")
	f.Add(`<edXML xmlns="` + Namespace + `"><AttachmentEncoded><Attachment><ContentTransferEncoded/>`)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Read(strings.NewReader(text), Limits{Dir: dir, File: 1 << 20, Total: 1 << 20})
		if err != nil {
			return
		}
		defer func() {
			if err := Remove(m); err != nil {
				t.Error(err)
			}
		}()
		var out bytes.Buffer
		if err := Write(&out, m); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}

package edxml

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"trinhky/submit"
)

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
	blob := pdfBlob
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
		"UTF-16 declared":         {replace(`encoding="UTF-8"`, `encoding="UTF-16"`), "encoding"},
		"another encoding":        {replace(`encoding="UTF-8"`, `encoding="windows-1258"`), "encoding"},
		"space before the XML":    {" \n" + text, ""},
		"plus before a number":    {replace("<edXML:Priority>1", "<edXML:Priority>+1"), "Priority"},
		"empty priority":          {replace("<edXML:Priority>1<", "<edXML:Priority><"), "Priority"},
		"no kind":                 {replace("<edXML:BussinessDocType>0</edXML:BussinessDocType>", ""), "BussinessDocType"},
		"empty kind":              {replace("<edXML:BussinessDocType>0<", "<edXML:BussinessDocType><"), "BussinessDocType"},
		"date of nobody":          {replace("2026/11/20</edXML:Prom", "0001/01/01</edXML:Prom"), "PromulgationDate"},
		"drive in the name":       {replace("<AttachmentName>Cong-van-125.pdf", "<AttachmentName>C:Cong-van-125.pdf"), "AttachmentName"},
		"name that turns":         {replace("<AttachmentName>Cong-van-125.pdf", "<AttachmentName>Cong-van\u202Efdp.exe"), "AttachmentName"},
		"line break in the name":  {replace("<AttachmentName>Cong-van-125.pdf", "<AttachmentName>Cong\nvan.pdf"), "AttachmentName"},
		"same name in capitals":   {replace("<AttachmentName>Danh-sach-kem-theo.txt", "<AttachmentName>CONG-VAN-125.PDF"), "AttachmentName"},
		"empty file":              {replace(blob, " \n"), "ContentTransferEncoded"},
		"open section in base64":  {replace(blob, "<![CDATA["+blob), "ContentTransferEncoded"},
		"tag in a section":        {replace(blob, "<![CDATA[JVBE<b/>]]>"), "ContentTransferEncoded"},
		"open comment in base64":  {replace(blob, "<!-- "+blob), "ContentTransferEncoded"},
		"damaged gzip":            {replace(blob, base64.StdEncoding.EncodeToString([]byte("\x1F\x8B\x08 no archive"))), "ContentTransferEncoded"},
		"folder beside the entry": {replace(blob, base64.StdEncoding.EncodeToString(zipOf("a/", "", "a/x.pdf", "%PDF-1.4"))), "ContentTransferEncoded"},
		"empty":                   {"", ""},
		"HTML":                    {"<html><body>502 Bad Gateway</body></html>", ""},
		"too long":                {replace("<edXML:Subject>", "<edXML:x>"+strings.Repeat("a", maxText)+"</edXML:x><edXML:Subject>"), ""},
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

// What was made to fill a disk is refused, and what we packed ourselves is not.
func TestBomb(t *testing.T) {
	text := string(written(t, kinds(t)["new"]))
	noughts := strings.Repeat("\x00", bombSize+1)
	for name, c := range map[string]struct {
		blob []byte
		good bool
	}{
		"one file":       {zipOf("x.pdf", noughts), false},
		"several files":  {zipOf("x.pdf", noughts, "y.pdf", "%PDF-1.4"), false},
		"not that large": {zipOf("x.pdf", noughts[:bombSize]), true},
	} {
		changed := strings.ReplaceAll(text, pdfBlob, base64.StdEncoding.EncodeToString(c.blob))
		var field *submit.FieldError
		if _, err := Read(strings.NewReader(changed), Limits{Dir: t.TempDir()}); c.good != (err == nil) || !c.good && !errors.As(err, &field) {
			t.Errorf("%s: %v", name, err)
		}
	}
	e := envelope(t)
	path := write(t, t.TempDir(), "trang.bmp", noughts)
	sum, size, err := bytesOf(path)
	if err != nil {
		t.Fatal(err)
	}
	e.Files = []submit.File{{Path: path, Name: "trang.bmp", Original: "trang.bmp", SHA256: sum, Size: size}}
	d, err := FromEnvelope(e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Build(d, t.TempDir()); err != nil {
		t.Errorf("our own: %v", err)
	}
}

// A recall or an update without Bussiness/DocumentId is about the document that
// it answers, or about the one whose header it keeps.
func TestAffected(t *testing.T) {
	d := kinds(t)["recall"].(*Document)
	d.Business.DocumentID = ""
	if got := d.Incoming().Business.About; got != d.DocumentID {
		t.Errorf("by its header: %q", got)
	}
	d.ResponseFor = []ResponseFor{{OrganID: "H99.98"}, {DocumentID: "H99.97,2026/11/19,1/A"}}
	if got := d.Incoming().Business.About; got != "H99.97,2026/11/19,1/A" {
		t.Errorf("by ResponseFor: %q", got)
	}
	d.Business.Kind = submit.New
	if got := d.Incoming().Business.About; got != "" {
		t.Errorf("a new document is about %q", got)
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

// A full disk is no fault of the message: it stays an error of this machine.
func TestFullDiskIsNoDamage(t *testing.T) {
	full := &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	src := &source{r: bufio.NewReader(strings.NewReader(pdfBlob + "<")), budget: maxText}
	_, err := src.decodeText(failing{full}, 1<<20)
	var field *submit.FieldError
	if err = damage("x", "", err); errors.As(err, &field) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("while it is decoded: %v", err)
	}
	if err := damage("x", "a: ", errNotBase64); !errors.As(err, &field) || field.Field != "x" {
		t.Errorf("a damaged part: %v", err)
	}
	if err := damage("x", "", nil); err != nil {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

package edxml

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/unicode"

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
			return strings.ReplaceAll(s, pdfBlob, base64.StdEncoding.EncodeToString(zipOf("x.pdf", "%PDF-1.4\n%%EOF\n")))
		},
		"pdf gzipped on the way": func(s string) string {
			return strings.ReplaceAll(s, pdfBlob, base64.StdEncoding.EncodeToString(gzipOf("%PDF-1.4\n%%EOF\n")))
		},
		"base64 in a section": func(s string) string { return strings.ReplaceAll(s, pdfBlob, "<![CDATA["+pdfBlob+"]]>") },
		"base64 in two sections": func(s string) string {
			return strings.ReplaceAll(s, pdfBlob, "<![CDATA["+pdfBlob[:8]+"]]>\n<![CDATA["+pdfBlob[8:]+"]]>")
		},
		"comment in base64": func(s string) string {
			return strings.ReplaceAll(s, pdfBlob, pdfBlob[:6]+"<!-- a -- b -->"+pdfBlob[6:])
		},
		"lines without a declaration": func(s string) string { return "\r\n\t " + strings.TrimPrefix(s, xml.Header) },
		"UTF-16, low byte first":      func(s string) string { return utf16(unicode.LittleEndian, strings.Replace(s, "UTF-8", "UTF-16", 1)) },
		"UTF-16, high byte first":     func(s string) string { return utf16(unicode.BigEndian, strings.TrimPrefix(s, xml.Header)) },
		"UTF8 spelt so":               func(s string) string { return strings.Replace(s, "UTF-8", "utf8", 1) },
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

// zipOf is an archive of names and texts.
func zipOf(pairs ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		w, _ := z.Create(pairs[i])
		_, _ = w.Write([]byte(pairs[i+1]))
	}
	_ = z.Close()
	return b.Bytes()
}

func gzipOf(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.Bytes()
}

// pdfBlob is the PDF of the example as it stands in the message.
var pdfBlob = base64.StdEncoding.EncodeToString([]byte("%PDF-1.4\n%%EOF\n"))

// utf16 is s in that encoding with its mark.
func utf16(order unicode.Endianness, s string) string {
	out, err := unicode.UTF16(order, unicode.UseBOM).NewEncoder().String(s)
	if err != nil {
		panic(err)
	}
	return out
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

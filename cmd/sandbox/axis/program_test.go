package axis_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"trinhky/cmd/sandbox/axis"
	"trinhky/submit"
	"trinhky/submit/edxml"
)

// envelope is a document of ours for H99.95 and two others.
func envelope(t *testing.T, b submit.Business) submit.Envelope {
	t.Helper()
	e := submit.Envelope{
		ID: uuid.NewString(), DocumentID: "H99.97,2026/11/20,125/STN-VP",
		From:     submit.Party{Code: "H99.97", Name: "Sở Thử nghiệm", Email: "vt@mau.example"},
		To:       []submit.Party{{Code: "H99.95", Name: "Sở Hai"}, {OldCode: "000.00.98.H99", Name: "Sở Nhận"}, {Code: "G99", Name: "Trung ương"}},
		Business: b, Queued: time.Date(2026, 11, 20, 9, 15, 0, 0, time.UTC),
		Document: submit.Metadata{
			Number: "125", Notation: "STN-VP", Place: "Tỉnh Mẫu", Date: "2026-11-20", Type: "Công văn",
			Subject: "V/v thử <nghiệm> & \"gửi\"", Authority: "KT. GIÁM ĐỐC", Position: "PHÓ GIÁM ĐỐC", Signer: "Nguyễn Văn Thử",
			Priority: 1, Pages: 2, DueDate: "2026-12-05",
		},
	}
	for name, text := range map[string]string{
		"125.pdf": "%PDF-1.7\nnội dung\n%%EOF\n", "danh-sach.txt": "một\nhai\n", "bang.docx": zipOf(t, "[Content_Types].xml", "word/document.xml"),
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		e.Files = append(e.Files, submit.File{
			Path: path, Name: name, Original: name, Size: int64(len(text)), SHA256: sha256.Sum256([]byte(text)),
		})
	}
	return e
}

// zipOf is a zip with empty files, as office documents are.
func zipOf(t *testing.T, names ...string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, n := range names {
		if _, err := z.Create(n); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func built(t *testing.T, m edxml.Message) string {
	t.Helper()
	b, err := edxml.Build(m, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(b.Path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestProgram holds the program's own messages against this second reading of
// the format, and lets the program read what the axis passes on.
func TestProgram(t *testing.T) {
	const about = "H99.97,2026/11/20,125/STN-VP"
	for name, b := range map[string]submit.Business{
		"new":    {},
		"recall": {Kind: submit.Recall, Reason: "Nhầm phụ lục", About: about},
		"update": {Kind: submit.Update, Reason: "Đính chính", About: about, Changed: true, Removed: []submit.Party{{Code: "G99"}}},
		"replace": {Kind: submit.Replace, Reason: "Thay thế", Replaces: []submit.Replacement{
			{DocumentID: about, Receivers: []string{"H99.98"}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, c := start(t, "", axis.Agency{Code: "H99.95", Name: "Sở Hai", System: "demo.sys.02"})
			d, err := edxml.FromEnvelope(envelope(t, b))
			if err != nil {
				t.Fatal(err)
			}
			if a := c.send(t, "edoc", built(t, d)); a.Status != "OK" {
				t.Fatalf("%+v", a)
			}
			other := &client{url: c.url, system: "demo.sys.02", secret: "other"}
			row := other.rows(t, "getReceivedEdocList", header{"servicetype", "eDoc"}, header{"messagetype", "edoc"})[0]
			m, err := edxml.Read(strings.NewReader(other.message(t, row["docId"])), edxml.Limits{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			got := m.(*edxml.Document)
			if got.Subject != d.Subject || got.DocumentID != d.DocumentID || got.Business.Kind != b.Kind || len(got.Trace) != 2 {
				t.Errorf("read back %+v", got)
			}
			hashes := map[string][32]byte{}
			for _, a := range d.Attachments {
				hashes[a.Name] = a.SHA256
			}
			for _, a := range got.Attachments {
				if hashes[a.Name] != a.SHA256 {
					t.Errorf("%s came with another content", a.Name)
				}
				delete(hashes, a.Name)
			}
			if len(hashes) != 0 {
				t.Errorf("did not come: %v", hashes)
			}
		})
	}
}

// TestProgramStatus does the same for status messages.
func TestProgramStatus(t *testing.T) {
	s, c := start(t, "")
	status := &edxml.Status{
		From:        edxml.Organ{ID: "H99.97", Name: "Sở Thử nghiệm"},
		ResponseFor: edxml.ResponseFor{OrganID: "H99.98", Code: "310/SN-VP", DocumentID: "H99.98,2026/11/19,310/SN-VP", Date: "2026-11-19"},
		Code:        "03", Description: "Đã tiếp nhận", At: time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC),
	}
	if a := c.send(t, "status", built(t, status)); a.Status != "OK" {
		t.Fatalf("%+v", a)
	}
	c.send(t, "edoc", letter([]string{"H99.98", "H99.96"}))
	drain(t, s)
	rows := c.rows(t, "getReceivedEdocList", header{"servicetype", "eDoc"}, header{"messagetype", "status"})
	codes := map[string]int{}
	for _, row := range rows {
		m, err := edxml.Read(strings.NewReader(c.message(t, row["docId"])), edxml.Limits{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		got := m.(*edxml.Status)
		codes[got.Code]++
		if got.ResponseFor.DocumentID != "H99.97,2026/11/20,125/STN-VP" || got.ResponseFor.Code != "125/STN-VP" || got.Description == "" || got.At.IsZero() {
			t.Errorf("status %+v", got)
		}
	}
	for _, code := range []string{"01", "02", "03", "05", "06"} {
		if codes[code] != 1 {
			t.Errorf("statuses %v", codes)
		}
	}
}

package app_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"

	"trinhky/app/page"
	"trinhky/submit"
)

// TestExportButtons presses the buttons that write the registers out, and reads
// what they wrote. With TRINHKY_SHOTS the files are kept beside the pictures.
func TestExportButtons(t *testing.T) {
	s := newStage(t, rooms[0], false, false)
	s.receive()
	at := submit.Date("2026-11-20")
	for n, subject := range []string{
		"V/v thử nghiệm gửi, nhận văn bản điện tử có ký số qua Trục liên thông văn bản quốc gia giai đoạn 2026-2030", "=HYPERLINK(\"x\")",
	} {
		s.world.Book.All = append(s.world.Book.All, submit.Line{
			Series: submit.Series{Agency: s.flow.Settings().Agency.Code, Year: 2026, Book: "Công văn"}, Number: n + 1, Notation: "STN-VP",
			State: submit.NumberIssued, Date: at, Type: "Công văn", Subject: subject, Signer: "Nguyễn Văn Thử", Copies: 1,
		})
	}
	dir := os.Getenv("TRINHKY_SHOTS")
	if dir == "" {
		dir = t.TempDir()
	}
	heads := map[string][]byte{"xlsx": []byte("PK\x03\x04"), "pdf": []byte("%PDF-"), "csv": []byte("\xef\xbb\xbf")}
	for _, p := range []struct {
		key    string
		open   func()
		file   string
		rows   int
		column string // a column of Annex IV
	}{
		{"issue.book", func() { s.frame.Go(page.IssuePage) }, "so-van-ban-di-2026", 2, "Số, ký hiệu văn bản"},
		{"inbox.book", func() { s.frame.Go(page.InboxPage) }, "so-van-ban-den-2026", 1, "Số đến"},
		{"settings.audit.book", func() { s.settings(page.TabAudit) }, "nhat-ky-2026", 0, ""},
	} {
		p.open()
		for ending, head := range heads {
			path := ""
			s.kit.PickSave = func(name string, chosen func(string)) {
				path = filepath.Join(dir, name)
				chosen(path)
			}
			test.Tap(s.kit.Part(p.key + "." + ending).(*fynewidget.Button))
			data, err := os.ReadFile(path)
			if err != nil || filepath.Base(path) != p.file+"."+ending || !bytes.HasPrefix(data, head) {
				t.Errorf("%s %s: %v, %d bytes", p.key, path, err, len(data))
			}
			if ending != "csv" || p.column == "" {
				continue
			}
			rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, head))).ReadAll()
			if err != nil || len(rows) < p.rows+1 || len(rows[0]) < 10 || !strings.Contains(strings.Join(rows[0], "|"), p.column) {
				t.Errorf("%s: %v %q", path, err, rows)
			}
		}
	}
}

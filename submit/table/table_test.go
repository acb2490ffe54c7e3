package table_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-fonts/liberation/liberationserifregular"
	"github.com/xuri/excelize/v2"

	"trinhky/submit"
	"trinhky/submit/table"
)

var print = table.Print{
	Agency: "Sở Thử nghiệm tỉnh Mẫu", Year: 2026, Made: time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC), Font: liberationserifregular.TTF,
}

func outgoing(n int) table.Table {
	lines := []submit.Line{
		{
			Number: 7, State: submit.NumberIssued, Notation: "QĐ-UBND", Date: "2026-11-20", Type: "Quyết định",
			Subject: "=HYPERLINK(\"x\") <&> dòng\nhai", Signer: "@Nguyễn Văn Thử", Copies: 3,
		},
		{Number: 8, State: submit.NumberReserved},
	}
	for i := range n {
		lines = append(lines, submit.Line{
			Number: 9 + i, State: submit.NumberIssued, Notation: "QĐ-UBND", Date: "2026-11-20", Type: "Quyết định",
			Subject: strings.Repeat("Về việc phê duyệt điều chỉnh ", 1+i%5), Signer: "Nguyễn Văn Thử",
		})
	}
	d := submit.Metadata{Number: "07", Notation: "QĐ-UBND", Date: "2026-11-20"}
	return table.Outgoing(lines, []submit.Record{{
		Envelope: submit.Envelope{Document: d}, Receipt: submit.Receipt{At: print.Made},
		Recipients: []submit.Recipient{
			{Party: submit.Party{Code: "H99.98", Name: "Sở Nhận"}, Status: submit.Received, At: print.Made},
			{Party: submit.Party{Code: "H99.96", Name: "UBND xã Bình Mẫu"}, Status: submit.Refused, At: print.Made},
		},
	}})
}

func TestOutgoing(t *testing.T) {
	got := outgoing(0)
	if len(got.Columns) != 10 {
		t.Fatalf("%d columns", len(got.Columns))
	}
	want := []string{
		"07/QĐ-UBND", "20/11/2026", "Quyết định =HYPERLINK(\"x\") <&> dòng\nhai", "@Nguyễn Văn Thử", "Sở Nhận; UBND xã Bình Mẫu",
		"", "3", "20/11/2026", "H99.98 20/11/2026; H99.96 từ chối 20/11/2026", "",
	}
	for i, cell := range got.Rows[0] {
		if cell != want[i] {
			t.Errorf("%s: %q, want %q", got.Columns[i].Head, cell, want[i])
		}
	}
	if got.Rows[1][9] == "" {
		t.Error("the gap is not explained")
	}
}

// Documents are numbered by their arrival, each year from 1; recalls and what
// cannot be read have no number.
func TestIncoming(t *testing.T) {
	at := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 1, 0, 0, 0, time.UTC) }
	doc := func(id string, at time.Time) submit.Incoming {
		return submit.Incoming{ID: id, Received: at, From: submit.Party{Name: "Sở Gửi"}, Document: submit.Metadata{Number: id, Notation: "SG", Date: "2026-01-01"}}
	}
	second, first := doc("2", at(2026, 3, 1)), doc("1", at(2026, 1, 2))
	second.Answers = []submit.Answer{
		{Code: "03", At: at(2026, 3, 1), Staff: submit.Staff{Name: "Trần Thị Nhận"}},
		{Code: "04", At: at(2026, 3, 2), Staff: submit.Staff{Department: "Phòng Tổng hợp"}},
	}
	recall, damaged := doc("3", at(2026, 2, 1)), doc("4", at(2026, 2, 1))
	recall.Business.Kind, damaged.Problem = submit.Recall, "no message"
	// 31 December in London is 1 January here.
	newYear := doc("5", time.Date(2026, 12, 31, 18, 0, 0, 0, time.UTC))
	got := table.Incoming([]submit.Incoming{second, newYear, recall, damaged, first}, 2026)
	if len(got.Rows) != 2 || got.Rows[0][3] != "1/SG" || got.Rows[1][1] != "02" {
		t.Fatalf("%q", got.Rows)
	}
	if r := got.Rows[1]; r[6] != "Phòng Tổng hợp" || r[7] != "02/03/2026" || r[8] != "Trần Thị Nhận 01/03/2026" {
		t.Errorf("%q", r)
	}
	if next := table.Incoming([]submit.Incoming{newYear}, 2027); next.Rows[0][1] != "01" {
		t.Errorf("%q", next.Rows)
	}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := outgoing(0).Write(&b, table.CSV, print); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(b.String(), "\xEF\xBB\xBF")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if !ok || err != nil || len(rows) != 3 {
		t.Fatalf("%v %v %v", ok, rows, err)
	}
	if rows[1][0] != "07/QĐ-UBND" || rows[1][3] != "'@Nguyễn Văn Thử" || rows[2][9] == "" {
		t.Errorf("%q", rows)
	}
}

func TestXLSX(t *testing.T) {
	var b bytes.Buffer
	if err := outgoing(300).Write(&b, table.XLSX, print); err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = book.Close() }()
	sheet := book.GetSheetName(0)
	rows, err := book.GetRows(sheet)
	if err != nil || len(rows) != 303 || sheet != "Sổ đăng ký văn bản đi" {
		t.Fatalf("%q: %d rows, %v", sheet, len(rows), err)
	}
	if rows[1][2] != "Quyết định =HYPERLINK(\"x\") <&> dòng\nhai" {
		t.Errorf("%q", rows[1][2])
	}
	if f, err := book.GetCellFormula(sheet, "C2"); err != nil || f != "" {
		t.Errorf("a formula: %q, %v", f, err)
	}
}

// The PDF holds every row, in text that can be searched, over several pages.
// The widths stand in the order of the columns, as strict readers want them.
func TestXLSXColumns(t *testing.T) {
	var b bytes.Buffer
	if err := outgoing(1).WriteXLSX(&b, table.Print{}); err != nil {
		t.Fatal(err)
	}
	parts, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	sheet, err := parts.Open("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = sheet.Close() }()
	data, err := io.ReadAll(sheet)
	if err != nil {
		t.Fatal(err)
	}
	var at []int
	for _, m := range regexp.MustCompile(`<col min="(\d+)"`).FindAllSubmatch(data, -1) {
		n, _ := strconv.Atoi(string(m[1]))
		at = append(at, n)
	}
	if len(at) != 10 || !slices.IsSorted(at) {
		t.Errorf("columns %v", at)
	}
	// The page, the filter and rows as high as their text are in the file.
	for _, want := range []string{
		`fitToPage="true"`, `orientation="landscape"`, `fitToWidth="1"`, `<autoFilter ref="$A$1:$J$4"`, `<row r="2" ht="`,
	} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s is missing", want)
		}
	}
}

func TestPDF(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not here")
	}
	path := filepath.Join(t.TempDir(), "register.pdf")
	write(t, path, func(w io.Writer) error { return outgoing(120).Write(w, table.PDF, print) })
	out, err := exec.Command(tool, "-raw", path, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(strings.Fields(string(out)), " ")
	for _, want := range []string{"Sổ đăng ký văn bản đi năm 2026", "Sở Thử nghiệm tỉnh Mẫu", "đã giữ số, chưa ban hành", "128/QĐ-UBND"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for n := 9; n <= 128; n++ {
		if s := submit.FormatNumber(n) + "/QĐ-UBND"; !strings.Contains(text, s) {
			t.Errorf("%s is missing", s)
		}
	}
	if pages := strings.Count(string(out), "Người ký"); pages < 4 {
		t.Errorf("the heads stand on %d pages", pages)
	}
}

// A cell that is higher than a page and one word that is wider than its column
// do not break the page.
func TestPDFLongCells(t *testing.T) {
	tab := table.Outgoing([]submit.Line{{
		Number: 1, Notation: strings.Repeat("Ặ", 80), Date: "2026-11-20",
		Subject: strings.Repeat("nội dung dài ", 3000), Signer: strings.Repeat("Ặ", 300),
	}}, nil)
	var b bytes.Buffer
	if err := tab.Write(&b, table.PDF, print); err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(b.Bytes(), []byte("/Type /Page\n")); n < 3 || n > 60 {
		t.Errorf("%d pages", n)
	}
}

// Letters that no font has, broken text and letters of no width are printed as
// far as they can be: a text may come from outside.
func TestPDFStrangeLetters(t *testing.T) {
	tab := table.Outgoing([]submit.Line{{
		Number: 1, Notation: "QĐ\U00010000", Subject: "bút 🖋 \xff\xfe \x01\x0b ba\u0301o ca\u0301o\u200b\ufeff\r\nhai\tba", Signer: "🇻🇳",
	}}, nil)
	strange := print
	strange.Agency = "Sở \U00010000 🏢"
	for _, f := range []table.Format{table.CSV, table.XLSX, table.PDF} {
		var b bytes.Buffer
		if err := tab.Write(&b, f, strange); err != nil || b.Len() == 0 {
			t.Errorf("%s: %v", f, err)
		}
	}
}

// The same table gives the same bytes.
func TestSameBytes(t *testing.T) {
	for _, f := range []table.Format{table.CSV, table.XLSX, table.PDF} {
		var a, b bytes.Buffer
		for _, w := range []io.Writer{&a, &b} {
			if err := outgoing(3).Write(w, f, print); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: the bytes differ", f)
		}
	}
	if err := outgoing(0).Write(io.Discard, "doc", print); err == nil {
		t.Error("an unknown format is taken")
	}
	if err := outgoing(0).WritePDF(io.Discard, table.Print{}); err == nil {
		t.Error("a PDF without a font")
	}
}

func TestAudit(t *testing.T) {
	got := table.Audit([]submit.Entry{{N: 1, At: print.Made, Actor: "thu", Action: submit.ActionSigned, File: [32]byte{1}}})
	if len(got.Rows[0]) != len(got.Columns) || got.Rows[0][1] != "20/11/2026 10:00:00 +07:00" || !strings.HasPrefix(got.Rows[0][5], "01") {
		t.Errorf("%q", got.Rows)
	}
}

func write(t *testing.T, path string, fill func(io.Writer) error) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := fill(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("TRINHKY_SHOTS"); dir != "" {
		data, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, fmt.Sprint(t.Name(), ".pdf")), data, 0o600)
		}
		if err != nil {
			t.Error(err)
		}
	}
}

package review_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-fonts/liberation/liberationserifregular"

	"trinhky/app/message"
	"trinhky/app/review"
	"trinhky/assets"
	"trinhky/pdfview/pdfium"
)

func pile(n int) review.Pile {
	p := review.Pile{Token: "Token thử", At: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)}
	for i := range n {
		p.Lines = append(p.Lines, review.PileLine{
			Input: fmt.Sprintf("/tmp/văn bản %d.pdf", i), Number: fmt.Sprintf("%d/QĐ-UBND", i), Asked: "B-T", Reached: "B-T",
			Subject: "V/v triển khai kế hoạch chuyển đổi số", Outcome: review.PileDone, SHA256: [32]byte{byte(i), 1}, Seen: []int{1, 2, 3, 7},
		})
	}
	return p
}

// A spreadsheet reads every cell as text and finds the pages that were seen.
func TestPileCSV(t *testing.T) {
	p := pile(2)
	p.Lines[1] = review.PileLine{Input: "x.pdf", Outcome: review.PileReturned, Reason: "=HYPERLINK(1)", Subject: "Dòng 1\nDòng 2; \"ngoặc\""}
	path := filepath.Join(t.TempDir(), "kq.csv")
	if err := p.WriteCSV(path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(string(data), "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !marked || len(rows) != 3 {
		t.Fatalf("%d rows, marked %v, %v", len(rows), marked, err)
	}
	if rows[1][9] != "1-3, 7" || rows[2][10] != "'=HYPERLINK(1)" || rows[2][2] != "Dòng 1\nDòng 2; \"ngoặc\"" {
		t.Errorf("%q", rows)
	}
}

// The list goes over several pages, keeps Vietnamese, and bounds what names
// and reasons may take; nothing is left where it cannot be written.
func TestPileList(t *testing.T) {
	data, err := assets.Locale.ReadFile("locale/message.vi.json")
	if err != nil {
		t.Fatal(err)
	}
	words, err := message.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	p := pile(30)
	p.Lines[3].Subject, p.Lines[3].Outcome = strings.Repeat("Không", 2000), review.PileSetAside
	p.Lines[4].Reason = strings.Repeat("lý do dài ", 500) + "\xff"
	p.Token, p.Lines[5].Input, p.Lines[6].Subject = "Token 🖋", "/tmp/đơn 🖋.pdf", "bậc \U00010000" // the library has no widths for these
	path := filepath.Join(t.TempDir(), "kq.pdf")
	if err := p.WriteList(path, liberationserifregular.TTF, words.Say); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("TRINHKY_SHOTS"); dir != "" {
		_ = p.WriteList(filepath.Join(dir, "danh-sach.pdf"), liberationserifregular.TTF, words.Say)
	}
	list, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cache, err := pdfium.DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	engine := pdfium.New(pdfium.Config{CacheDir: cache})
	defer func() { _ = engine.Close() }()
	doc, err := engine.Open(t.Context(), list, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = doc.Close() }()
	if n := doc.Pages(); n < 2 || n > 12 {
		t.Errorf("%d pages", n)
	}
	first, err := doc.Text(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, c := range first.Chars {
		text.WriteRune(c.Rune)
	}
	for _, want := range []string{"DANHSÁCHVĂNBẢNKÝSỐ", "0/QĐ-UBND", "Đãký", "Trangđãxem"} {
		if !strings.Contains(strings.NewReplacer(" ", "", "\n", "", "\r", "").Replace(text.String()), want) {
			t.Errorf("%q is not on the first page", want)
		}
	}
	if err := p.WriteList(filepath.Join(t.TempDir(), "không", "có.pdf"), liberationserifregular.TTF, words.Say); err == nil {
		t.Error("written into a folder that is not there")
	}
}

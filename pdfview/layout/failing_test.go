package layout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"trinhky/pdfview"
)

// failing is a Source that breaks at a page.
type failing struct{ book }

var errBroken = errors.New("broken page")

func (failing) Text(context.Context, int) (pdfview.Text, error) { return pdfview.Text{}, errBroken }

// damaged is a Source whose first page cannot be read.
type damaged struct{ book }

func (d damaged) Text(ctx context.Context, i int) (pdfview.Text, error) {
	if i == 0 {
		return pdfview.Text{}, fmt.Errorf("page 0: %w", pdfview.ErrFormat)
	}
	return d.book.Text(ctx, i)
}

func TestFindDamagedPage(t *testing.T) {
	got, err := Find(context.Background(), damaged{book{a4(), a4().signing(300, "Nguyễn Văn Thử", "GIÁM ĐỐC")}})
	if err != nil || len(got.Signers) != 1 || got.Signers[0].Band.Page != 1 || got.Signers[0].Band.Confidence >= 0.9 {
		t.Errorf("%+v, %v", got.Signers, err)
	}
}

func TestFindErrors(t *testing.T) {
	if _, err := Find(context.Background(), failing{book{a4()}}); !errors.Is(err, errBroken) {
		t.Errorf("a broken page: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Find(ctx, book{a4()}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if p, err := Find(context.Background(), book{}); err != nil || p.Agency.Found() {
		t.Errorf("no pages: %+v, %v", p, err)
	}
}

// FuzzFind reads pages of any characters at any places.
func FuzzFind(f *testing.F) {
	for _, s := range []string{"Số: 1/A-B", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "KT. GIÁM ĐỐC\x00Nguyễn Văn Thử", "Nơi nhận:\n- a;", "Kính gửi: A\n- B"} {
		f.Add(s, []byte{10, 20, 30, 200, 4, 90})
	}
	f.Fuzz(func(t *testing.T, text string, places []byte) {
		p := a4()
		if len(places) == 0 {
			return
		}
		for i, line := range strings.Split(text, "\n") {
			k := 3 * i
			at := func(n int) float64 { return float64(places[(k+n)%len(places)]) }
			p.at(at(0)*3, at(1)*4, []string{"", "b", "d", "l", "w"}[int(at(2))%5], line)
		}
		got, err := Find(context.Background(), book{p, p})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range got.Signers {
			if s.Band.Confidence < 0 || s.Band.Confidence > 1 || s.Band.Rect.Empty() {
				t.Fatalf("%+v", s)
			}
		}
	})
}

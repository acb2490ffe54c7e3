package layout_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"trinhky/pdfview/layout"
)

func TestUnseen(t *testing.T) {
	pdf := newPDF(true)
	pdf.AddPage()
	pdf.SetFont("f", "", 13)
	pdf.Text(30, 40, "Ai cũng thấy dòng này")
	pdf.SetTextColor(255, 255, 255)
	pdf.Text(30, 60, "Chữ trắng trên nền trắng")
	pdf.SetFillColor(20, 40, 120)
	pdf.Rect(30, 70, 100, 12, "F")
	pdf.Text(35, 78, "Chữ trắng trên nền xanh")
	pdf.SetTextColor(0, 0, 0)
	pdf.Text(30, 100, "Chữ bị che")
	pdf.SetFillColor(255, 255, 255)
	pdf.Rect(20, 92, 120, 12, "F")
	pdf.Text(-80, 120, "Chữ ngoài trang")
	pdf.SetFont("f", "", 1)
	pdf.Text(30, 140, "Chữ quá nhỏ")
	pdf.SetFont("f", "", 13)
	pdf.SetTextRenderingMode(3)
	pdf.Text(30, 160, "Chữ không vẽ")
	var b bytes.Buffer
	if err := pdf.Output(&b); err != nil {
		t.Fatal(err)
	}
	got, err := layout.Unseen(context.Background(), open(t, b.Bytes()).(layout.Seen), 0)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, p := range got.Text {
		texts = append(texts, p.Text)
	}
	slices.Sort(texts)
	want := "Chữ bị che|Chữ không vẽ|Chữ ngoài trang|Chữ quá nhỏ|Chữ trắng trên nền trắng"
	if s := strings.Join(texts, "|"); s != want {
		t.Errorf("%q, want %q", s, want)
	}
}

// In honest documents there is nothing that cannot be seen.
func TestUnseenHonest(t *testing.T) {
	for seed := range uint64(6) {
		pdf, _ := administrative(seed)
		got, err := layout.Unseen(context.Background(), open(t, pdf).(layout.Seen), 0)
		if err != nil || len(got.Text) > 0 || len(got.Covered) > 0 || got.Layer.Found() {
			t.Errorf("%d: %+v, %v", seed, got, err)
		}
	}
}

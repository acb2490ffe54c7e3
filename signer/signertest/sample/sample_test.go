package sample_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"trinhky/pdfview/geom"
	"trinhky/signer/signertest/sample"
)

var day = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

func TestGenerateIsDeterministic(t *testing.T) {
	for _, d := range sample.Demo(day, "Nguyễn Văn Thử") {
		a, _, err := sample.Generate(d)
		if err != nil {
			t.Fatal(err)
		}
		b, _, err := sample.Generate(d)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s/%s: two runs differ", d.Number, d.Notation)
		}
	}
}

// bboxes is what pdftotext -bbox prints.
type bboxes struct {
	Pages []struct {
		Height float64 `xml:"height,attr"`
		Words  []struct {
			XMin float64 `xml:"xMin,attr"`
			YMin float64 `xml:"yMin,attr"`
			XMax float64 `xml:"xMax,attr"`
			YMax float64 `xml:"yMax,attr"`
			Text string  `xml:",chardata"`
		} `xml:"word"`
	} `xml:"body>doc>page"`
}

func (b bboxes) within(page int, r geom.Rect) string {
	var words []string
	for _, w := range b.Pages[page].Words {
		mid := geom.Point{X: (w.XMin + w.XMax) / 2, Y: b.Pages[page].Height - (w.YMin+w.YMax)/2}
		if mid.X > r.X0 && mid.X < r.X1 && mid.Y > r.Y0 && mid.Y < r.Y1 {
			words = append(words, w.Text)
		}
	}
	return norm.NFC.String(strings.Join(words, " "))
}

func readBoxes(t *testing.T, pdf []byte) bboxes {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed: the truth is not compared with a reader's")
	}
	in := filepath.Join(t.TempDir(), "in.pdf")
	if err := os.WriteFile(in, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, "-bbox", in, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	var b bboxes
	if err := xml.Unmarshal(out, &b); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRandom does the same for made-up documents, whatever their form.
func TestRandom(t *testing.T) {
	n := uint64(24)
	if testing.Short() {
		n = 8
	}
	for seed := range n {
		made := sample.Random
		if seed%6 == 5 {
			made = sample.ApprovalSheet
		}
		d := made(seed, day)
		if again := made(seed, day); fmt.Sprint(again) != fmt.Sprint(d) {
			t.Fatalf("seed %d gives two documents", seed)
		}
		t.Run(fmt.Sprintf("%d %s", seed, d.Notation), func(t *testing.T) {
			pdf, truth, err := sample.Generate(d)
			if err != nil {
				t.Fatal(err)
			}
			boxes := readBoxes(t, pdf)
			parts := []sample.Part{truth.Motto, truth.Agency, truth.Subject}
			for _, s := range truth.Signers {
				parts = append(parts, s.Authority, s.Title, s.Name)
				if got := boxes.within(s.Band.Page, s.Band.Rect); got != "" || s.Band.Rect.H() < geom.MM(13.9) {
					t.Errorf("band %v holds %q", s.Band.Rect, got)
				}
			}
			for _, p := range parts {
				// Painted in another order, a reader may give the words so too.
				if got := boxes.within(p.Page, p.Rect); sorted(got) != sorted(p.Text) {
					t.Errorf("at %v stands %q, the truth says %q", p.Rect, got, p.Text)
				}
			}
		})
	}
}

func sorted(text string) string {
	words := strings.Fields(text)
	slices.Sort(words)
	return strings.Join(words, " ")
}

// TestTruth reads the documents with poppler: at the rectangles of the truth
// stands the text of the truth, and the band is blank.
func TestTruth(t *testing.T) {
	docs := sample.Demo(day, "Nguyễn Văn Thử")
	wide := docs[0]
	wide.Urgency, wide.Pages = "THƯỢNG KHẨN", 4
	wide.Signers = append([]sample.Signer{{Authority: "TM. ỦY BAN NHÂN DÂN", Title: "CHỦ TỊCH", Name: "Lê Thị Mẫu"}}, wide.Signers...)
	docs = append(docs, wide)
	for i, d := range docs {
		t.Run(fmt.Sprintf("%d %s", i, d.Notation), func(t *testing.T) {
			pdf, truth, err := sample.Generate(d)
			if err != nil {
				t.Fatal(err)
			}
			boxes := readBoxes(t, pdf)
			if len(boxes.Pages) != truth.Pages || truth.Pages < d.Pages {
				t.Fatalf("%d pages, the truth says %d, asked %d", len(boxes.Pages), truth.Pages, d.Pages)
			}
			parts := []sample.Part{truth.Motto, truth.Parent, truth.Agency, truth.Type, truth.Subject, truth.Urgency}
			parts = append(parts, truth.Recipients...)
			parts = append(parts, truth.PageNumbers...)
			for _, s := range truth.Signers {
				parts = append(parts, s.Authority, s.Title, s.Name)
				if got := boxes.within(s.Band.Page, s.Band.Rect); got != "" || s.Band.Rect.H() < geom.MM(25) {
					t.Errorf("band %v holds %q", s.Band.Rect, got)
				}
			}
			for _, p := range parts {
				if p.Text == "" {
					continue
				}
				if got := boxes.within(p.Page, p.Rect); got != p.Text {
					t.Errorf("at %v stands %q, the truth says %q", p.Rect, got, p.Text)
				}
			}
			line := truth.Number.Rect
			line.X0, line.X1 = line.X0-geom.MM(8), truth.Notation.Rect.X1
			if got := boxes.within(0, line); got != "Số: "+d.Number+"/"+d.Notation {
				t.Errorf("number line: %q", got)
			}
			if got := boxes.within(0, truth.Date.Rect); got != "ngày 21 tháng 11 năm 2026" {
				t.Errorf("date: %q", got)
			}
		})
	}
}

func TestDateText(t *testing.T) {
	for _, c := range []struct {
		date time.Time
		want string
	}{
		{time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), "ngày 05 tháng 01 năm 2026"},
		{time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC), "ngày 15 tháng 6 năm 2026"},
	} {
		if got := sample.DateText(sample.Document{Date: c.date}); got != c.want {
			t.Errorf("%v: %q, want %q", c.date, got, c.want)
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	if _, _, err := sample.Generate(sample.Document{Agency: "SỞ THỬ NGHIỆM", Date: day}); err == nil {
		t.Error("a document without a signer was printed")
	}
}

func TestImages(t *testing.T) {
	seal, err := sample.SealImage("ỦY BAN NHÂN DÂN TỈNH MẪU", "SỞ", "THỬ NGHIỆM")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		data    []byte
		dpi, mm float64
		blue    bool
	}{
		{"signature", sample.SignatureImage(), sample.SignatureDPI, 46, true},
		{"seal", seal, sample.SealDPI, sample.SealMM, false},
	} {
		img, err := png.Decode(bytes.NewReader(c.data))
		if err != nil {
			t.Fatal(err)
		}
		if mm := float64(img.Bounds().Dx()) / c.dpi * 25.4; mm < c.mm-0.1 || mm > c.mm+0.1 {
			t.Errorf("%s: %.2f mm wide, want %.1f", c.name, mm, c.mm)
		}
		ink := 0
		for y := range img.Bounds().Dy() {
			for x := range img.Bounds().Dx() {
				r, _, b, a := img.At(x, y).RGBA()
				if a == 0 {
					continue
				}
				ink++
				if (b > r) != c.blue {
					t.Fatalf("%s: wrong colour at %d,%d", c.name, x, y)
				}
			}
		}
		share := float64(ink) / float64(img.Bounds().Dx()*img.Bounds().Dy())
		if _, _, _, a := img.At(0, 0).RGBA(); a != 0 || share < 0.03 || share > 0.4 {
			t.Errorf("%s: ground not transparent, or ink share %.3f", c.name, share)
		}
	}
	if _, err := sample.SealImage("漢"); err == nil {
		t.Error("a letter that the font lacks was drawn")
	}
}

// The demonstration is of Vietnam's day, whatever the computer's zone.
func TestDemoDay(t *testing.T) {
	at := time.Date(2026, 11, 21, 18, 30, 0, 0, time.UTC)
	for _, hours := range []int{-12, 0, 7, 14} {
		for _, d := range sample.Demo(at.In(time.FixedZone("", hours*60*60)), "Nguyễn Văn Thử") {
			if got := d.Date.Format(time.DateOnly); got != "2026-11-22" {
				t.Errorf("%+d: %s", hours, got)
			}
		}
	}
}

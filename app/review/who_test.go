package review_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"trinhky/app/review"
	"trinhky/pdfview/geom"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/stamp"
)

// On an approval sheet the box is chosen by the name of the certificate, else
// by the title; nobody's box is taken surely.
func TestPlaceOnApprovalSheet(t *testing.T) {
	doc := sample.ApprovalSheet(7, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
	doc.Signers = []sample.Signer{
		{Title: "LÃNH ĐẠO PHÒNG", Name: "Trần Thị Bình"}, {Title: "PHÓ GIÁM ĐỐC", Name: "Lê Văn Khác"}, {Title: "GIÁM ĐỐC", Name: "Nguyễn Văn Thử"},
	}
	data, truth, err := sample.Generate(doc)
	if err != nil {
		t.Fatal(err)
	}
	o := newOffice(t)
	path := filepath.Join(o.dir, "sheet.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	d := o.open(path)
	const anywhere = -1
	for name, c := range map[string]struct {
		signer, title string     // of the certificate, or the settings
		ask           review.Ask // what somebody said
		box           int
		sure          bool
	}{
		"by name":                   {"Lê Văn Khác", "Giám đốc", review.Ask{}, 1, true},
		"as a certificate has it":   {"TRAN THI BINH", "", review.Ask{}, 0, true},
		"title, another's name":     {"Vũ Thị Lạ", "Giám đốc", review.Ask{}, 2, false},
		"title, name unknown":       {review.UnknownSigner, "Giám đốc", review.Ask{}, 2, true},
		"title that somebody named": {"Vũ Thị Lạ", "", review.Ask{Title: "Phó giám đốc"}, 1, true},
		"name that somebody named":  {"Vũ Thị Lạ", "", review.Ask{Signer: "Nguyễn Văn Thử"}, 2, true},
		"nobody there":              {"Vũ Thị Lạ", "Bộ trưởng", review.Ask{Signer: "Đỗ Văn Mười"}, anywhere, false},
		"nobody known":              {review.UnknownSigner, "", review.Ask{}, anywhere, false},
	} {
		t.Run(name, func(t *testing.T) {
			ask := c.ask
			ask.Stamp = o.input(stamp.TT01, stamp.Leader)
			ask.Stamp.Signer, ask.Stamp.Title = c.signer, c.title
			p, err := d.Place(t.Context(), ask)
			if err != nil {
				t.Fatal(err)
			}
			if p.Sure() != c.sure || d.Undecided(ask) != (c.signer == review.UnknownSigner) {
				t.Errorf("confidence %.2f, undecided %v", p.Confidence, d.Undecided(ask))
			}
			if c.box == anywhere {
				return
			}
			band := truth.Signers[c.box].Band
			mid := geom.At(p.Rect.Center(), geom.Size{W: 0.1, H: 0.1})
			if p.Page != band.Page || !band.Rect.Contains(mid) {
				t.Errorf("at %v on page %d, the box is %v on page %d", p.Rect, p.Page+1, band.Rect, band.Page+1)
			}
		})
	}
}

// Package layout finds the parts of a Vietnamese administrative document
// (Decree 30/2020/NĐ-CP, Annex I): agency, number and notation, place and
// date, type, subject, the signature block. It reads the text layer only.
package layout

import (
	"context"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// Source is what Find needs of a document; pdfview.Document satisfies it.
type Source interface {
	Pages() int
	Page(ctx context.Context, page int) (geom.Page, error)
	Text(ctx context.Context, page int) (pdfview.Text, error)
}

// Part is a piece of the document. The zero value means it was not found.
type Part struct {
	Text       string    // NFC
	Page       int       // 0-based
	Rect       geom.Rect // user space
	Confidence float64   // probability from 0 to 1
}

// Found says whether there is such a part.
func (p Part) Found() bool { return p.Text != "" || !p.Rect.Empty() }

// Signer is the block of the person who signs: authority and title above the
// blank band, the full name below it.
type Signer struct {
	Authority Part // "KT. CHỦ TỊCH", with TM., KT., TL., TUQ. or Q.; may be missing
	Title     Part // "PHÓ CHỦ TỊCH"
	Name      Part // "Nguyễn Văn Ưởng"
	// Band is the blank band between title and name, as wide as the column and
	// level between what is seen of them and their font boxes: the place of the
	// signature. Its Confidence is the one that counts.
	Band Part
	// Known is the confidence in Band once it is known that this person signs;
	// beside other signers it is higher than the one in Band.
	Known float64
}

// Parts is what Find found.
type Parts struct {
	Agency           Part // issuing agency, the lower line of the heading
	Parent           Part // superior body, the upper line; may be missing
	Number           Part // "125"; where it is still to come, Text is empty and Rect is the blank before the stroke
	Notation         Part // "SG-VP"
	Place            Part
	Date             Part         // as written; Day, Month, Year below
	Day, Month, Year int          // 0 where unknown
	DateBlanks       [3]geom.Rect // on the page of Date, user space: where day, month and year are still to come; empty where printed
	Type             Part         // "QUYẾT ĐỊNH"; "Công văn" (found by its form) has an empty Rect
	Subject          Part
	Urgency          Part     // "KHẨN", "THƯỢNG KHẨN", "HỎA TỐC"
	Secrecy          Part     // "MẬT", "TỐI MẬT", "TUYỆT MẬT"
	Motto            Part     // Quốc hiệu and Tiêu ngữ
	Recipients       []Part   // the lines of «Nơi nhận»
	Addressees       []Part   // «Kính gửi»
	LastLine         Part     // of the body, above the signature block on its page: initials go behind it
	PageNumber       Part     // on the page of the signature block, where it is shown
	Signers          []Signer // in reading order; the first is the principal one
}

// Baseline is the baseline and the font size of a line of text with the box r
// of a Part, in the space of r; y goes down (shown space).
func Baseline(r geom.Rect) (base, size float64) {
	size = r.H() / (ascent + descent)
	return r.Y0 + ascent*size, size
}

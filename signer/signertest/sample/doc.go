// Package sample makes Vietnamese administrative documents in the layout of
// Decree 30/2020/NĐ-CP, Annex I, together with the truth about where their
// parts stand, and the images of a signature and of a seal. Everything is
// fictitious and drawn by code: the same input gives the same bytes.
//
// Lengths in this package are millimetres from the top left corner of an A4
// page; the truth is given in points of user space (geom.Rect).
package sample

import (
	"time"

	"trinhky/pdfview/geom"
)

// Document is what stands in an administrative document. All text is NFC.
type Document struct {
	Parent string // superior body, the upper line of the heading; "": none
	Agency string // issuing agency
	Number string // as printed: "125", "05"
	// Notation follows the stroke: "STN-VP", "QĐ-STN".
	Notation string
	Place    string // before ", ngày …"
	Date     time.Time
	// Type is the heading of a named type ("QUYẾT ĐỊNH"); empty makes a công
	// văn, whose subject stands under the number.
	Type    string
	Subject string // as printed, with "V/v …" or "Về việc …"
	Urgency string // "KHẨN", "THƯỢNG KHẨN", "HỎA TỐC"; "": none

	Addressees []string // «Kính gửi»
	// Issuer and Grounds open a decision: "GIÁM ĐỐC SỞ …", «Căn cứ …».
	Issuer     string
	Grounds    []string
	Body       []string // paragraphs; a leading "Điều n." or "1." heading is set bold
	Recipients []string // «Nơi nhận»
	Signers    []Signer // from left to right when more than one
	// Pages is the least number of pages: further body text fills them, and
	// the signature block stands on the last one. 0 means as it comes.
	Pages int
	Style Style
}

// Signer is the person of a signature block.
type Signer struct {
	Authority string // "KT. GIÁM ĐỐC", or ""; "\n" between two lines
	Title     string // "PHÓ GIÁM ĐỐC"
	Name      string // "Nguyễn Văn Thử"
}

// Part is a printed piece: its text as printed (lines joined by a space), the
// page (0-based) and the rectangle of its lines in user space. A line reaches
// from the ascender to the descender of its font.
type Part struct {
	Text string
	Page int
	Rect geom.Rect
}

// SignerTruth tells where a signature block stands. Band is the blank band
// between the title and the name, as wide as the column of the signer.
type SignerTruth struct {
	Authority, Title, Name, Band Part
}

// Truth tells where everything was printed. Parts that a document does not
// have are zero.
type Truth struct {
	Pages      int
	Motto      Part // Quốc hiệu and Tiêu ngữ
	Parent     Part
	Agency     Part
	Number     Part // the digits alone
	Notation   Part
	Place      Part
	Date       Part // "ngày 20 tháng 11 năm 2026"
	Type       Part
	Subject    Part
	Urgency    Part
	Addressees []Part
	Recipients []Part
	Signers    []SignerTruth
	// PageNumbers are those of the second and later pages.
	PageNumbers []Part
	// Lines are all printed lines, in the order of printing.
	Lines []Part
}

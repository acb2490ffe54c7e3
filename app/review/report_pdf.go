package review

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-pdf/fpdf"

	"trinhky/signer/verify"
)

// Paper is everything a printed verification needs.
type Paper struct {
	Report  *verify.Report
	Visual  Compared // its pages are pictured; may be empty
	At      time.Time
	Font    []byte // TrueType with Vietnamese letters
	Words   Words
	Finding Say
	// Verdict is the large word of a verdict.
	Verdict func(verify.Verdict) string
}

// The measures of the paper: A4 upright, millimetres; text in points.
const (
	paperMargin = 18.0
	paperWidth  = 210 - 2*paperMargin
	paperLine   = 5.4
	paperLabel  = 52.0
	paperText   = 11.0
	paperFamily = "serif"
	// mostPictured bounds the pages that are pictured.
	mostPictured = 12
)

// paperInk is the colour of a verdict.
func paperInk(v verify.Verdict) (r, g, b int) {
	switch v {
	case verify.Valid:
		return 0x17, 0x6b, 0x33
	case verify.Invalid:
		return 0xb0, 0x1c, 0x1c
	case verify.Indeterminate, verify.None:
	}
	return 0x9a, 0x5b, 0x00
}

// Write writes the verification as a PDF whose text can be searched and copied.
func (p Paper) Write(path string) error {
	d := fpdf.New("P", "mm", "A4", "")
	d.SetMargins(paperMargin, 16, paperMargin)
	d.SetAutoPageBreak(true, 18)
	d.AddUTF8FontFromBytes(paperFamily, "", p.Font)
	d.SetTitle(p.Words("paper.title"), true)
	d.SetCreationDate(p.At)
	d.SetModificationDate(p.At)
	d.SetCatalogSort(true)
	d.AliasNbPages("{nb}")
	d.SetFooterFunc(func() {
		d.SetY(-13)
		d.SetFont(paperFamily, "", 9)
		d.SetTextColor(0x60, 0x60, 0x60)
		d.CellFormat(0, 5, p.Words("paper.page", "page", strconv.Itoa(d.PageNo()), "pages", "{nb}"), "", 0, "C", false, 0, "")
	})
	d.AddPage()
	w := &paperWriter{d: d, p: p}
	w.head()
	for i := range p.Report.Signatures {
		w.signature(&p.Report.Signatures[i])
	}
	w.timeline()
	w.law()
	if err := w.pictures(); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := d.Output(&b); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return writeWhole(path, b.Bytes())
}

type paperWriter struct {
	d *fpdf.Fpdf
	p Paper
}

func (w *paperWriter) size(points float64) {
	w.d.SetFont(paperFamily, "", points)
	w.d.SetTextColor(0x1a, 0x1a, 0x1a)
}

func (w *paperWriter) head() {
	d, r := w.d, w.p.Report
	w.size(17)
	d.MultiCell(0, 8, w.p.Words("paper.title"), "", "C", false)
	d.Ln(3)
	red, green, blue := paperInk(r.Verdict)
	d.SetFont(paperFamily, "", 22)
	d.SetTextColor(red, green, blue)
	d.MultiCell(0, 10, w.p.Verdict(r.Verdict), "", "L", false)
	w.size(paperText + 1)
	w.text(Reason(r, w.p.Words, w.p.Finding))
	d.Ln(2)
	w.fact(w.p.Words("paper.file"), filepath.Base(r.File))
	w.fact("SHA-256", hex.EncodeToString(r.SHA256[:]))
	w.fact(w.p.Words("paper.pages"), strconv.Itoa(r.Pages))
	w.fact(w.p.Words("paper.revisions"), strconv.Itoa(len(r.Revisions)))
	w.fact(w.p.Words("paper.checked"), moment(w.p.At))
	w.findings(r.Findings)
}

// section is the heading of a part.
func (w *paperWriter) section(text string) {
	w.d.Ln(4)
	if _, page := w.d.GetPageSize(); w.d.GetY() > page-45 {
		w.d.AddPage()
	}
	w.size(14)
	w.d.SetFillColor(0xe8, 0xec, 0xf2)
	w.d.MultiCell(0, 7.5, clean(text), "", "L", true)
	w.d.Ln(1)
	w.size(paperText)
}

func (w *paperWriter) text(s string) { w.d.MultiCell(0, paperLine, clean(s), "", "L", false) }

// clean makes text printable: names come from whoever wrote the document, and
// the writer of PDFs refuses, or falls over, letters outside the first plane.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0:
			return -1
		case r > 0xFFFF:
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
}

// fact is a label with its value.
func (w *paperWriter) fact(label, value string) {
	d := w.d
	w.size(paperText)
	if _, page := d.GetPageSize(); d.GetY() > page-26 {
		d.AddPage()
	}
	y := d.GetY()
	d.SetTextColor(0x55, 0x55, 0x55)
	d.SetXY(paperMargin, y)
	d.MultiCell(paperLabel, paperLine, clean(label), "", "L", false)
	end := d.GetY()
	w.size(paperText)
	page := d.PageNo()
	d.SetXY(paperMargin+paperLabel, y)
	d.MultiCell(paperWidth-paperLabel, paperLine, clean(value), "", "L", false)
	if d.PageNo() == page {
		d.SetY(max(end, d.GetY()))
	}
}

func (w *paperWriter) findings(list []verify.Finding) {
	for _, f := range list {
		mark := "paper." + f.Severity.String()
		text := w.p.Finding(f)
		if f.Page > 0 {
			text = w.p.Words("paper.on-page", "text", text, "page", strconv.Itoa(f.Page))
		}
		w.text(w.p.Words(mark) + ": " + text)
	}
}

func (w *paperWriter) signature(s *verify.Signature) {
	w.section(w.p.Words("paper.signature", "n", strconv.Itoa(s.N), "kind", w.p.Words("kind."+s.Kind.String())))
	r, g, b := paperInk(s.Verdict)
	w.d.SetFont(paperFamily, "", 13)
	w.d.SetTextColor(r, g, b)
	w.d.MultiCell(0, 6.5, w.p.Verdict(s.Verdict), "", "L", false)
	w.size(paperText)
	w.text(SignatureReason(s, w.p.Words, w.p.Finding))
	w.d.Ln(1)
	for _, f := range Facts(s, w.p.Words) {
		w.fact(f.Label, f.Value)
	}
	w.findings(s.Findings)
}

func (w *paperWriter) timeline() {
	w.section(w.p.Words("paper.timeline"))
	for _, e := range Timeline(w.p.Report, w.p.Words) {
		when := moment(e.Time)
		switch {
		case when == "":
			when = "–"
		case !e.Proven:
			when = w.p.Words("paper.by-signer", "time", when)
		}
		w.fact(w.p.Words("paper.revision", "n", strconv.Itoa(e.Revision), "bytes", strconv.FormatInt(e.End, 10)), e.Text+"\n"+when)
	}
}

func (w *paperWriter) law() {
	list := Law(w.p.Report)
	if len(list) == 0 {
		return
	}
	w.section(w.p.Words("paper.law"))
	for _, f := range list {
		w.text("– " + w.p.Finding(f))
	}
}

// pictures are the pages that differ from what was signed.
func (w *paperWriter) pictures() error {
	c := w.p.Visual
	for i := range c.Differences[:min(len(c.Differences), mostPictured)] {
		diff := &c.Differences[i]
		img := diff.Picture()
		w.d.AddPage()
		w.section(w.p.Words("paper.difference", "page", strconv.Itoa(diff.Page+1), "n", strconv.Itoa(diff.Signature)))
		if err := w.picture(img, fmt.Sprintf("page-%d", diff.Page)); err != nil {
			return err
		}
	}
	return nil
}

func (w *paperWriter) picture(img image.Image, name string) error {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 80}); err != nil {
		return err
	}
	options := fpdf.ImageOptions{ImageType: "JPEG"}
	w.d.RegisterImageOptionsReader(name, options, &b)
	size := img.Bounds().Size()
	width, height := paperWidth, paperWidth*float64(size.Y)/float64(size.X)
	if room := 297 - w.d.GetY() - 20; height > room {
		width, height = width*room/height, room
	}
	w.d.ImageOptions(name, paperMargin, w.d.GetY()+1, width, height, false, options, 0, "")
	return w.d.Error()
}

package review

import (
	"bytes"
	"crypto/x509"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/go-pdf/fpdf"
)

// PileOutcome is what became of one document of a pile.
type PileOutcome string

// The outcomes, as they stand in the CSV.
const (
	PileNotReached PileOutcome = "not-reached"
	PileDone       PileOutcome = "done"
	PileSetAside   PileOutcome = "set-aside"
	PileReturned   PileOutcome = "returned"
)

// PileLine is one document of a pile in the list of what came of it.
type PileLine struct {
	Input, Output   string
	Number, Subject string
	Seen            []int // pages that were on the screen, from 1; empty: nobody looked
	Outcome         PileOutcome
	Asked, Reached  string // levels; Reached is "" where nothing was signed
	Downgrade       string // why Reached is lower
	SHA256          [32]byte
	Reason, Next    string // why it was set aside or sent back, and what to do
}

// Pile is what came of a pile: the results that are exported.
type Pile struct {
	Signer *x509.Certificate // nil: nobody signed
	Token  string
	At     time.Time
	Lines  []PileLine
}

// Words turns a key of the locale file into words.
type Words func(code string, args ...string) string

var pileColumns = []string{
	"file", "number", "subject", "result", "level_asked", "level_reached", "downgrade", "output", "sha256",
	"pages_seen", "reason", "next",
}

// WriteCSV writes the results as a table, whole or not at all. Spreadsheets
// want the byte order mark to read Vietnamese.
func (p Pile) WriteCSV(path string) error {
	var b bytes.Buffer
	b.WriteString("\ufeff")
	w := csv.NewWriter(&b)
	rows := [][]string{pileColumns}
	for _, l := range p.Lines {
		rows = append(rows, plainCells(
			l.Input, l.Number, l.Subject, string(l.Outcome), l.Asked, l.Reached, l.Downgrade, l.Output, sumText(l.SHA256),
			pagesText(l.Seen), l.Reason, l.Next))
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	return writeWhole(path, b.Bytes())
}

// plainCells makes text of what a spreadsheet would take for a formula: names
// come from whoever wrote the documents.
func plainCells(cells ...string) []string {
	for i, c := range cells {
		if c != "" && strings.ContainsRune("=+-@\t\r", rune(c[0])) {
			cells[i] = "'" + c
		}
	}
	return cells
}

func sumText(sum [32]byte) string {
	if sum == [32]byte{} {
		return ""
	}
	return hex.EncodeToString(sum[:])
}

// pagesText writes page numbers with their runs drawn together: "1-3, 7".
func pagesText(pages []int) string {
	var b strings.Builder
	for i := 0; i < len(pages); {
		j := i
		for j+1 < len(pages) && pages[j+1] == pages[j]+1 {
			j++
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(pages[i]))
		if j > i {
			b.WriteString("-" + strconv.Itoa(pages[j]))
		}
		i = j + 1
	}
	return b.String()
}

// writeWhole writes a file that is complete or absent.
func writeWhole(path string, data []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".trinhky-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// The columns of the printed list in millimetres, on A4 lying down.
var listWidths = []float64{10, 62, 98, 24, 78}

const listSize, listLine = 9.5, 4.6

// WriteList writes the results as a list to be signed off, A4 lying down, in
// the given font (TrueType with Vietnamese letters).
func (p Pile) WriteList(path string, font []byte, say Words) error {
	doc := fpdf.New("L", "mm", "A4", "")
	doc.SetMargins(12, 14, 13)
	doc.SetAutoPageBreak(false, 12)
	doc.AddUTF8FontFromBytes("serif", "", font)
	doc.SetTitle(say("pile.title"), true)
	doc.SetCreationDate(p.At)
	doc.SetModificationDate(p.At)
	l := &pileList{doc: doc, say: say}
	l.head(p)
	for i, line := range p.Lines {
		l.row(strconv.Itoa(i+1), line)
	}
	l.foot(p)
	var b bytes.Buffer
	if err := doc.Output(&b); err != nil {
		return fmt.Errorf("list of the pile: %w", err)
	}
	return writeWhole(path, b.Bytes())
}

// pileList is the list on its way to paper.
type pileList struct {
	doc *fpdf.Fpdf
	say Words
}

func (l *pileList) head(p Pile) {
	d := l.doc
	d.AddPage()
	d.SetFont("serif", "", 15)
	d.CellFormat(0, 8, l.say("pile.title"), "", 1, "C", false, 0, "")
	d.SetFont("serif", "", 11)
	for _, s := range l.facts(p) {
		d.MultiCell(0, 5.4, clean(s), "", "L", false)
	}
	d.Ln(2)
	l.columns()
}

// facts are the lines above the table: who, with what, when, how much of it.
func (l *pileList) facts(p Pile) []string {
	count := map[PileOutcome]int{}
	for _, line := range p.Lines {
		count[line.Outcome]++
	}
	at := p.At.In(time.FixedZone("+07:00", 7*60*60)).Format("15:04:05 02/01/2006")
	out := []string{l.say("pile.when", "time", at)}
	if c := p.Signer; c != nil {
		out = append(out, l.say("pile.signer", "name", c.Subject.CommonName, "organization", strings.Join(c.Subject.Organization, ", "),
			"serial", c.SerialNumber.Text(16), "issuer", c.Issuer.CommonName, "token", p.Token))
	}
	return append(out, l.say("pile.count", "all", strconv.Itoa(len(p.Lines)), "done", strconv.Itoa(count[PileDone]),
		"aside", strconv.Itoa(count[PileSetAside]), "returned", strconv.Itoa(count[PileReturned]),
		"left", strconv.Itoa(count[PileNotReached])))
}

func (l *pileList) columns() {
	d := l.doc
	d.SetFont("serif", "", listSize)
	d.SetFillColor(232, 236, 242)
	for i, key := range []string{"pile.n", "pile.file", "pile.subject", "pile.level", "pile.result"} {
		d.CellFormat(listWidths[i], 7, l.say(key), "1", 0, "C", true, 0, "")
	}
	d.Ln(7)
}

// row writes one document; its cells are as tall as the tallest of them.
func (l *pileList) row(n string, p PileLine) {
	d := l.doc
	file := filepath.Base(p.Input)
	if sum := sumText(p.SHA256); sum != "" {
		file += "\nSHA-256 " + sum[:32] + "\n" + sum[32:]
	}
	subject := strings.TrimSpace(strings.Join([]string{p.Number, p.Subject}, " "))
	level := p.Reached
	if level == "" {
		level = "–"
	} else if p.Downgrade != "" {
		level += "\n(" + l.say("pile.asked", "level", p.Asked) + ")"
	}
	cells := []string{n, file, subject, level, l.result(p)}
	lines := 1
	var split [][]string
	for i, c := range cells {
		s := l.wrap(c, listWidths[i]-2)
		split = append(split, s)
		lines = max(lines, len(s))
	}
	height := float64(lines)*listLine + 1.6
	_, page := d.GetPageSize()
	if d.GetY()+height > page-14 {
		d.AddPage()
		l.columns()
	}
	x, y := d.GetX(), d.GetY()
	for i, s := range split {
		d.Rect(x, y, listWidths[i], height, "D")
		for k, text := range s {
			d.SetXY(x+1, y+0.8+float64(k)*listLine)
			d.CellFormat(listWidths[i]-2, listLine, text, "", 0, "L", false, 0, "")
		}
		x += listWidths[i]
	}
	left, _, _, _ := d.GetMargins()
	d.SetXY(left, y+height)
}

// mostCellLines bounds a cell: a name may be as long as its writer likes.
const mostCellLines = 12

// wrap breaks text into lines of a width, words that are longer than a line too.
func (l *pileList) wrap(text string, width float64) []string {
	var out []string
	for _, paragraph := range strings.Split(clean(text), "\n") {
		line := ""
		for _, word := range strings.Fields(paragraph) {
			for _, piece := range l.pieces(word, width) {
				switch joined := strings.TrimSpace(line + " " + piece); {
				case l.doc.GetStringWidth(joined) <= width:
					line = joined
				default:
					out, line = append(out, line), piece
				}
			}
		}
		out = append(out, line)
		if len(out) > mostCellLines {
			return append(out[:mostCellLines], "…")
		}
	}
	return out
}

// pieces breaks a word that no line can hold.
func (l *pileList) pieces(word string, width float64) []string {
	var out []string
	start := 0
	runes := []rune(word)
	for i := range runes {
		if i > start && l.doc.GetStringWidth(string(runes[start:i+1])) > width {
			out, start = append(out, string(runes[start:i])), i
		}
	}
	return append(out, string(runes[start:]))
}

// result says what became of a document, why, and what to do.
func (l *pileList) result(p PileLine) string {
	parts := []string{l.say("pile." + string(p.Outcome))}
	for _, s := range []string{p.Reason, p.Downgrade, p.Next} {
		if s != "" {
			parts = append(parts, strings.TrimRight(s, ".")+".")
		}
	}
	if len(p.Seen) > 0 {
		parts = append(parts, l.say("pile.seen", "pages", pagesText(p.Seen)))
	}
	return strings.Join(parts, "\n")
}

// foot leaves room for those who sign the list off.
func (l *pileList) foot(p Pile) {
	d := l.doc
	_, page := d.GetPageSize()
	if d.GetY() > page-48 {
		d.AddPage()
	}
	d.Ln(6)
	d.SetFont("serif", "", 11)
	width := 272.0 / 2
	d.CellFormat(width, 6, l.say("pile.made"), "", 0, "C", false, 0, "")
	d.CellFormat(width, 6, l.say("pile.signed"), "", 1, "C", false, 0, "")
	d.Ln(20)
	if p.Signer != nil {
		d.CellFormat(width, 6, "", "", 0, "C", false, 0, "")
		d.CellFormat(width, 6, clean(p.Signer.Subject.CommonName), "", 1, "C", false, 0, "")
	}
}

package submit

import (
	"archive/zip"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// Table is a register to be written out.
type Table struct {
	Name    string
	Columns []string
	Rows    [][]string
}

// Outgoing is the register of outgoing documents as a table.
func Outgoing(lines []Line) Table {
	t := Table{Name: "Sổ đăng ký văn bản đi", Columns: OutgoingColumns()}
	for _, l := range lines {
		t.Rows = append(t.Rows, l.OutgoingCells())
	}
	return t
}

// WriteCSV writes t in UTF-8 with a byte order mark, without which spreadsheets
// garble Vietnamese. A cell that a spreadsheet would take for a formula gets an
// apostrophe: its text may come from outside.
func (t Table) WriteCSV(w io.Writer) error {
	if _, err := io.WriteString(w, "\xEF\xBB\xBF"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	for _, row := range append([][]string{t.Columns}, t.Rows...) {
		safe := make([]string, len(row))
		for i, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				cell = "'" + cell
			}
			safe[i] = cell
		}
		if err := c.Write(safe); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// WriteXLSX writes t as a workbook with one sheet of texts (ECMA-376). The same
// table gives the same bytes.
func (t Table) WriteXLSX(w io.Writer) error {
	const (
		relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
		packages  = "http://schemas.openxmlformats.org/package/2006/"
		main      = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
		types     = "application/vnd.openxmlformats-officedocument.spreadsheetml."
	)
	z := zip.NewWriter(w)
	for _, part := range []struct{ name, body string }{
		{"[Content_Types].xml", `<Types xmlns="` + packages + `content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="` + types + `sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="` + types + `worksheet+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + packages + `relationships"><Relationship Id="r1" Type="` + relations + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns="` + main + `" xmlns:r="` + relations + `"><sheets><sheet name="` + escaped(sheetName(t.Name)) + `" sheetId="1" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + packages + `relationships"><Relationship Id="r1" Type="` + relations + `/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		{"xl/worksheets/sheet1.xml", t.sheet(main)},
	} {
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, xml.Header+part.body); err != nil {
			return err
		}
	}
	return z.Close()
}

func (t Table) sheet(namespace string) string {
	var b strings.Builder
	b.WriteString(`<worksheet xmlns="` + namespace + `"><sheetData>`)
	for i, row := range append([][]string{t.Columns}, t.Rows...) {
		fmt.Fprintf(&b, `<row r="%d">`, i+1)
		for j, cell := range row {
			fmt.Fprintf(&b, `<c r="%s%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, column(j), i+1, escaped(cell))
		}
		b.WriteString(`</row>`)
	}
	b.WriteString(`</sheetData></worksheet>`)
	return b.String()
}

// column is the letters of a column, from 0: A … Z, AA …
func column(n int) string {
	if n < 26 {
		return string(rune('A' + n))
	}
	return column(n/26-1) + column(n%26)
}

// sheetName keeps to what spreadsheets allow: 31 characters, none of []:*?/\.
func sheetName(s string) string {
	r := []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\`, r) {
			return '-'
		}
		return r
	}, s))
	return string(r[:min(len(r), 31)])
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

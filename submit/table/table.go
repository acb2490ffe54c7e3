// Package table writes the registers out: those of outgoing and incoming
// documents with the columns of Decree 30/2020, Annex IV, and the audit log, as
// CSV, XLSX and PDF. It knows the vocabulary of submit and stores nothing.
package table

import (
	"fmt"
	"io"
	"time"
)

// Table is a register to be written out. Rows have as many cells as Columns.
type Table struct {
	Name    string
	Columns []Column
	Rows    [][]string
}

// Column is a head and how wide its cells are, in shares of the page.
type Column struct {
	Head  string
	Share float64
}

// Format is a form in which a table is written.
type Format string

// The formats; their words are the endings of file names.
const (
	CSV  Format = "csv"
	XLSX Format = "xlsx"
	PDF  Format = "pdf"
)

// Print is what stands around a table: above it in a PDF, and in the properties
// of a workbook.
type Print struct {
	Agency string
	Year   int // 0: the table is of no one year
	// Made is the time that the table was read, shown and kept in the file.
	Made time.Time
	Font []byte // TrueType, with the Vietnamese letters; PDF only
}

// Write writes t in a format.
func (t Table) Write(w io.Writer, f Format, p Print) error {
	switch f {
	case CSV:
		return t.WriteCSV(w)
	case XLSX:
		return t.WriteXLSX(w, p)
	case PDF:
		return t.WritePDF(w, p)
	}
	return fmt.Errorf("%q is none of csv, xlsx, pdf", f)
}

func (t Table) heads() []string {
	out := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = c.Head
	}
	return out
}

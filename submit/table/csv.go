package table

import (
	"encoding/csv"
	"io"
	"strings"
)

// WriteCSV writes t in UTF-8 with a byte order mark, without which spreadsheets
// garble Vietnamese. A cell that a spreadsheet would take for a formula gets an
// apostrophe: its text may come from outside.
func (t Table) WriteCSV(w io.Writer) error {
	if _, err := io.WriteString(w, "\xEF\xBB\xBF"); err != nil {
		return err
	}
	c := csv.NewWriter(w)
	c.UseCRLF = true
	for _, row := range append([][]string{t.heads()}, t.Rows...) {
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

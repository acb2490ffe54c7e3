package table

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// WriteXLSX writes t as a workbook with one sheet of texts: heads that stay in
// view, a filter, cells that wrap, and a page set up for printing. No cell is a
// formula: its text may come from outside.
func (t Table) WriteXLSX(w io.Writer, p Print) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	sheet := sheetName(t.Name)
	if err := book.SetSheetName(book.GetSheetName(0), sheet); err != nil {
		return err
	}
	if !p.Made.IsZero() {
		made := p.Made.UTC().Format(time.RFC3339)
		if err := book.SetDocProps(&excelize.DocProperties{Title: t.Name, Creator: p.Agency, Created: made, Modified: made}); err != nil {
			return err
		}
	}
	if err := t.paper(book, sheet); err != nil { // before the cells: the writer of rows takes along what the sheet has by then
		return err
	}
	if err := t.cells(book, sheet); err != nil {
		return err
	}
	return book.Write(w)
}

// cells streams the rows.
func (t Table) cells(book *excelize.File, sheet string) error {
	border := []excelize.Border{}
	for _, side := range []string{"left", "right", "top", "bottom"} {
		border = append(border, excelize.Border{Type: side, Color: "808080", Style: 1})
	}
	const font, size = "Times New Roman", 11
	head, err := book.NewStyle(&excelize.Style{
		Border: border, Font: &excelize.Font{Family: font, Size: size, Bold: true},
		Alignment: &excelize.Alignment{WrapText: true, Horizontal: "center", Vertical: "center"},
		Fill:      excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"E6ECF2"}},
	})
	if err != nil {
		return err
	}
	body, err := book.NewStyle(&excelize.Style{
		Border: border, Font: &excelize.Font{Family: font, Size: size}, NumFmt: 49, // text
		Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"},
	})
	if err != nil {
		return err
	}
	out, err := book.NewStreamWriter(sheet)
	if err != nil {
		return err
	}
	for i := range slices.Backward(t.Columns) { // the writer puts each before the others, and readers want them in order
		if err := out.SetColWidth(i+1, i+1, t.columnWidth(i)); err != nil {
			return err
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	for i, row := range append([][]string{t.heads()}, t.Rows...) {
		style := body
		if i == 0 {
			style = head
		}
		line := make([]any, len(row))
		for j, cell := range row {
			line[j] = excelize.Cell{StyleID: style, Value: cell}
		}
		at, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			return err
		}
		if err := out.SetRow(at, line, excelize.RowOpts{Height: t.rowHeight(row)}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// paper is A4 across, as wide as the page, with the heads on every page.
func (t Table) paper(book *excelize.File, sheet string) error {
	last, err := excelize.CoordinatesToCellName(len(t.Columns), len(t.Rows)+1)
	if err != nil {
		return err
	}
	if err := book.AutoFilter(sheet, "A1:"+last, nil); err != nil {
		return err
	}
	a4, wide, any := 9, 1, 0
	across, fit := "landscape", true
	err = book.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &a4, Orientation: &across, FitToWidth: &wide, FitToHeight: &any})
	if err != nil {
		return err
	}
	if err := book.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}); err != nil {
		return err
	}
	return book.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + sheet + "'!$1:$1", Scope: sheet})
}

// sheetName keeps to what spreadsheets allow: 31 characters, none of []:*?/\'.
func sheetName(s string) string {
	r := []rune(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`[]:*?/\'`, r) {
			return '-'
		}
		return r
	}, s))
	return string(r[:min(len(r), 31)])
}

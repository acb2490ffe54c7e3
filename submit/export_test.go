package submit_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"trinhky/submit"
)

func table() submit.Table {
	return submit.Outgoing([]submit.Line{
		{
			Number: 7, State: submit.NumberIssued, Notation: "QĐ-UBND", Date: "2026-11-20", Type: "Quyết định",
			Subject: "=HYPERLINK(\"x\") <&> dòng\nhai", Signer: "@Nguyễn Văn Thử", Copies: 3,
		},
		{Number: 8, State: submit.NumberReserved},
	})
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := table().WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(b.String(), "\xEF\xBB\xBF")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if !ok || err != nil || len(rows) != 3 {
		t.Fatalf("%v %v %v", ok, rows, err)
	}
	if rows[1][0] != "07/QĐ-UBND" || rows[1][3] != "'@Nguyễn Văn Thử" || rows[2][9] == "" {
		t.Errorf("%q", rows)
	}
}

func TestXLSX(t *testing.T) {
	var b, again bytes.Buffer
	for _, w := range []io.Writer{&b, &again} {
		if err := table().WriteXLSX(w); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Error("written twice, the bytes differ")
	}
	z, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "xl/worksheets/sheet1.xml" {
			var sheet struct {
				Rows []struct {
					Cells []struct {
						Ref  string `xml:"r,attr"`
						Text string `xml:"is>t"`
					} `xml:"c"`
				} `xml:"sheetData>row"`
			}
			if err := xml.Unmarshal(data, &sheet); err != nil || len(sheet.Rows) != 3 {
				t.Fatalf("%d rows, %v", len(sheet.Rows), err)
			}
			if c := sheet.Rows[1].Cells[2]; c.Ref != "C2" || c.Text != "Quyết định =HYPERLINK(\"x\") <&> dòng\nhai" {
				t.Errorf("%+v", c)
			}
			continue
		}
		if err := xml.Unmarshal(data, new(struct{ XMLName xml.Name })); err != nil {
			t.Errorf("%s: %v", f.Name, err)
		}
	}
}

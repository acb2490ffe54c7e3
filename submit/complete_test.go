package submit_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"trinhky/submit"
)

func complete() submit.Envelope {
	return submit.Envelope{
		From: submit.Party{Code: "H99.97", Name: "Sở Gửi"}, To: []submit.Party{{Code: "H99.98", Name: "Sở Nhận"}},
		Document: submit.Metadata{
			Number: "125", Notation: "SG-VP", Place: "Tỉnh Mẫu", Date: "2026-11-20", Type: "Công văn",
			Subject: "V/v thử nghiệm", Signer: "Nguyễn Văn Thử",
		},
		Files: []submit.File{{Path: "/x/Công văn số 125.pdf"}},
	}
}

func TestCompleteFillsOnce(t *testing.T) {
	e := complete()
	e.Document.Subject = "V/v  thử\n nghiệm\t" // broken over lines in the document
	e, err := submit.Complete(e)
	if err != nil {
		t.Fatal(err)
	}
	if e.DocumentID != "H99.97,2026/11/20,125/SG-VP" || e.ID == "" || e.Queued.IsZero() || e.Document.Subject != "V/v thử nghiệm" {
		t.Errorf("%+v", e)
	}
	if f := e.Files[0]; f.Name != "Cong-van-so-125.pdf" || f.Original != "Công văn số 125.pdf" {
		t.Errorf("%+v", f)
	}
	again, err := submit.Complete(e)
	if err != nil || again.ID != e.ID || again.DocumentID != e.DocumentID || !again.Queued.Equal(e.Queued) {
		t.Errorf("made twice: %+v, %v", again, err)
	}
}

// Every refusal names its field.
func TestCompleteRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*submit.Envelope)
		field  string
	}{
		"no number":           {func(e *submit.Envelope) { e.Document.Number = "" }, "number"},
		"number in words":     {func(e *submit.Envelope) { e.Document.Number = "một" }, "number"},
		"number with comma":   {func(e *submit.Envelope) { e.Document.Number = "1,2" }, "number"},
		"long number":         {func(e *submit.Envelope) { e.Document.Number = "123456789012" }, "number"},
		"no notation":         {func(e *submit.Envelope) { e.Document.Notation = "" }, "notation"},
		"notation with comma": {func(e *submit.Envelope) { e.Document.Notation = "SG,VP" }, "notation"},
		"notation with space": {func(e *submit.Envelope) { e.Document.Notation = "SG VP" }, "notation"},
		"long notation":       {func(e *submit.Envelope) { e.Document.Notation = strings.Repeat("A", 31) }, "notation"},
		"no date":             {func(e *submit.Envelope) { e.Document.Date = "" }, "date"},
		"date of the wire":    {func(e *submit.Envelope) { e.Document.Date = "2026/11/20" }, "date"},
		"date of people":      {func(e *submit.Envelope) { e.Document.Date = "20-11-2026" }, "date"},
		"no such day":         {func(e *submit.Envelope) { e.Document.Date = "2026-02-30" }, "date"},
		"year 11":             {func(e *submit.Envelope) { e.Document.Date = "0011-05-12" }, "date"},
		"due before":          {func(e *submit.Envelope) { e.Document.DueDate = "2026-11-19" }, "due_date"},
		"due in words":        {func(e *submit.Envelope) { e.Document.DueDate = "mai" }, "due_date"},
		"no place":            {func(e *submit.Envelope) { e.Document.Place = "" }, "place"},
		"no type":             {func(e *submit.Envelope) { e.Document.Type = "" }, "type"},
		"type without number": {func(e *submit.Envelope) { e.Document.Type = "Thông tư liên tịch" }, "type"},
		"no subject":          {func(e *submit.Envelope) { e.Document.Subject = " \n" }, "subject"},
		"long subject":        {func(e *submit.Envelope) { e.Document.Subject = strings.Repeat("ă", 501) }, "subject"},
		"NUL in subject":      {func(e *submit.Envelope) { e.Document.Subject = "a\x00b" }, "subject"},
		"broken UTF-8":        {func(e *submit.Envelope) { e.Document.Subject = "a\xffb" }, "subject"},
		"no signer":           {func(e *submit.Envelope) { e.Document.Signer = "" }, "signer"},
		"long signer":         {func(e *submit.Envelope) { e.Document.Signer = strings.Repeat("a", 51) }, "signer"},
		"priority":            {func(e *submit.Envelope) { e.Document.Priority = 5 }, "priority"},
		"pages":               {func(e *submit.Envelope) { e.Document.Pages = -1 }, "pages"},
		"secret":              {func(e *submit.Envelope) { e.Document.Secrecy = "Mật" }, "secrecy"},
		"no sender":           {func(e *submit.Envelope) { e.From = submit.Party{Name: "Sở Gửi"} }, "from"},
		"sender without name": {func(e *submit.Envelope) { e.From.Name = "" }, "from"},
		"no receiver":         {func(e *submit.Envelope) { e.To = nil }, "to"},
		"receiver twice":      {func(e *submit.Envelope) { e.To = append(e.To, e.To[0]) }, "to"},
		"receiver twice by the old code": {func(e *submit.Envelope) {
			e.To = []submit.Party{{Code: "H99.98", OldCode: "000.00.98.H99", Name: "a"}, {OldCode: "000.00.98.H99", Name: "b"}}
		}, "to"},
		"code with accents":   {func(e *submit.Envelope) { e.To[0].Code = "Đ99" }, "to"},
		"code with a newline": {func(e *submit.Envelope) { e.To[0].Code = "H99\r\nX: y" }, "to"},
		"long code":           {func(e *submit.Envelope) { e.To[0].Code = strings.Repeat("H", 36) }, "to"},
		"no file":             {func(e *submit.Envelope) { e.Files = nil }, "files"},
		"two files of a name": {func(e *submit.Envelope) { e.Files = append(e.Files, submit.File{Path: "/y/CÔNG VĂN SỐ 125.pdf"}) }, "files"},
		"name with a path":    {func(e *submit.Envelope) { e.Files[0].Name = "../x.pdf" }, "files"},
		"recall, no reason": {func(e *submit.Envelope) {
			e.Business = submit.Business{Kind: submit.Recall, About: "x"}
		}, "reason"},
		"recall of nothing": {func(e *submit.Envelope) {
			e.Business = submit.Business{Kind: submit.Recall, Reason: "nhầm"}
		}, "about"},
		"replaces nothing": {func(e *submit.Envelope) {
			e.Business = submit.Business{Kind: submit.Replace, Reason: "nhầm"}
		}, "replaces"},
		"no such kind": {func(e *submit.Envelope) { e.Business.Kind = 7 }, "kind"},
	} {
		t.Run(name, func(t *testing.T) {
			e := complete()
			c.change(&e)
			_, err := submit.Complete(e)
			var field *submit.FieldError
			if !errors.As(err, &field) || field.Field != c.field {
				t.Errorf("%v; want the field %s", err, c.field)
			}
		})
	}
}

func TestAcceptableName(t *testing.T) {
	for in, want := range map[string]string{
		"Công văn số 125.pdf":            "Cong-van-so-125.pdf",
		"QĐ-UBND (bản cuối) .PDF":        "QD-UBND-ban-cuoi.PDF",
		"Phụ lục/../1.docx":              "Phu-luc-..-1.docx",
		"con.pdf":                        "tep-con.pdf",
		"…":                              "tep",
		".pdf":                           "tep.pdf",
		strings.Repeat("ă", 80) + ".pdf": strings.Repeat("a", 46) + ".pdf",
		"a.tar.averylongextension":       "a-tar-averylongextension",
	} {
		if got := submit.AcceptableName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// Names that differ in accents only stay apart.
func TestNamesStayApart(t *testing.T) {
	e := complete()
	e.Files = []submit.File{{Path: "/x/Danh sách.pdf"}, {Path: "/x/Danh sạch.pdf"}, {Path: "/x/Danh sach.pdf"}}
	e, err := submit.Complete(e)
	if err != nil {
		t.Fatal(err)
	}
	if e.Files[0].Name != "Danh-sach.pdf" || e.Files[1].Name != "Danh-sach-2.pdf" || e.Files[2].Name != "Danh-sach-3.pdf" {
		t.Errorf("%+v", e.Files)
	}
}

func FuzzAcceptableName(f *testing.F) {
	for _, s := range []string{"Công văn.pdf", "..", "con", "a.b.c", "é́.ạ", "lpt1.x", strings.Repeat("đ", 99), "tep-", "a.-", "-.a"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := submit.AcceptableName(s)
		if got == "" || len(got) > submit.MaxName || strings.Trim(got, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.") != "" {
			t.Errorf("%q: %q", s, got)
		}
		if again := submit.AcceptableName(got); again != got {
			t.Errorf("%q: %q, then %q", s, got, again)
		}
	})
}

// Long names that are alike until they are cut stay apart, wherever the cut
// falls, and are names that receivers take.
func TestLongNamesStayApart(t *testing.T) {
	for n := range 60 {
		stem := strings.Repeat("a", n) + " - (bản) " + strings.Repeat("b", 60-n)
		e := complete()
		e.Files = nil
		for i := range 12 {
			e.Files = append(e.Files, submit.File{Path: fmt.Sprintf("/x/%s%d.pdf", stem, i)})
		}
		e, err := submit.Complete(e)
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		for i, f := range e.Files {
			if len(f.Name) > submit.MaxName || !strings.HasSuffix(f.Name, ".pdf") || f.Original != fmt.Sprintf("%s%d.pdf", stem, i) {
				t.Errorf("%+v", f)
			}
		}
	}
}

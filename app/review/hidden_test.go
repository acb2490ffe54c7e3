package review_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-fonts/liberation/liberationserifregular"
	"github.com/go-pdf/fpdf"

	"trinhky/app/review"
	"trinhky/pdfview"
	"trinhky/pdfview/pdfium"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/verify"
	"trinhky/submit"
)

// hand builds a PDF of one A4 page by hand: the catalog and the page get the
// entries given, the other objects follow from number 5.
func hand(catalog, page string, objects ...string) []byte {
	all := append([]string{
		"<</Type/Catalog/Pages 2 0 R" + catalog + ">>",
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595.28 841.89]/Contents 4 0 R" + page + ">>",
		"<</Length 27>>stream\n0.5 g 100 100 200 200 re f\n\nendstream",
	}, objects...)
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var at []int
	for i, o := range all {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f\r\n", len(all)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n\r\n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(all)+1, xref)
	return b.Bytes()
}

// engine is shared by all tests here: it takes a second to start.
var engine = sync.OnceValues(func() (pdfview.Engine, error) {
	dir, err := pdfium.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	return pdfium.New(pdfium.Config{CacheDir: dir}), nil
})

// reader opens with the renderer of the program.
func reader(t *testing.T) *review.Reader {
	t.Helper()
	e, err := engine()
	if err != nil {
		t.Fatal(err)
	}
	return &review.Reader{Engine: func(context.Context) (pdfview.Engine, error) { return e, nil }}
}

// inspected are the findings of `inspect`, by code.
func inspected(t *testing.T, r *review.Reader, data []byte) map[string]review.Finding {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := r.Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if _, err := d.Unseen(t.Context()); err != nil {
		t.Fatal(err)
	}
	out := map[string]review.Finding{}
	for _, f := range d.Inspected(saying).Findings {
		out[f.Code] = f
	}
	return out
}

// packed is an archive of empty files.
func packed(names ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range names {
		_, _ = z.Create(name)
	}
	_ = z.Close()
	return b.String()
}

func stream(data string) string {
	return fmt.Sprintf("<</Type/EmbeddedFile/Length %d>>stream\n%s\nendstream", len(data), data)
}

// A document for each thing that is signed and not seen.
func TestHiddenContent(t *testing.T) {
	r := reader(t)
	link := "/Annots[5 0 R]"
	annot := func(rest string) string { return "<</Type/Annot/Subtype/Link/Rect[100 100 200 200]" + rest + ">>" }
	attach := func(name, data string) []byte {
		return hand("/Names<</EmbeddedFiles<</Names[(a) 5 0 R]>>>>", "",
			"<</Type/Filespec/F("+name+")/EF<</F 6 0 R>>>>", stream(data))
	}
	for name, c := range map[string]struct {
		pdf  []byte
		code string
		says string
	}{
		"script on opening":      {hand("/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>", ""), review.HiddenScript, ""},
		"script in the names":    {hand("/Names<</JavaScript<</Names[(a) 5 0 R]>>>>", "", "<</S/JavaScript/JS 6 0 R>>", stream("x")), review.HiddenScript, ""},
		"script behind a click":  {hand("", link, annot("/A<</S/GoTo/D[3 0 R/Fit]/Next 6 0 R>>"), "<</S/JavaScript/JS(x)>>"), review.HiddenScript, ""},
		"script on a page":       {hand("", "/AA<</O<</S/JavaScript/JS(x)>>>>"), review.HiddenScript, ""},
		"launch":                 {hand("", link, annot("/A<</S/Launch/F(calc.exe)>>")), review.HiddenLaunch, "calc.exe"},
		"layers":                 {hand("/OCProperties<</OCGs[5 0 R 6 0 R]/D<</OFF[6 0 R]>>>>", "", "<</Type/OCG/Name(A)>>", "<</Type/OCG/Name(B)>>"), review.HiddenLayers, "2 1"},
		"a layer for paper":      {hand("/OCProperties<</OCGs[5 0 R]/D<</ON[5 0 R]>>>>", "", "<</Type/OCG/Name(A)/Usage<</Print<</PrintState/ON>>/View<</ViewState/OFF>>>>>>"), review.HiddenLayers, "1 1"},
		"packed program":         {attach("ho-so.zip", packed("thu.txt", "a/chay.EXE")), review.HiddenExecutable, "ho-so.zip"},
		"packed macros":          {attach("bang.xlsx", packed("xl/workbook.xml", "xl/vbaProject.bin")), review.HiddenExecutable, "bang.xlsx"},
		"packed papers":          {attach("ho-so.zip", packed("thu.txt", "bang.csv")), review.HiddenFile, "ho-so.zip"},
		"a picture's original":   {hand("", "/Resources<</XObject<</A 5 0 R>>>>", "<</Type/XObject/Subtype/Form/BBox[0 0 1 1]/OPI<</2.0<</Type/OPI/Version 2.0/F<</F(anh.tif)>>>>>>/Length 0>>stream\n\nendstream"), review.HiddenRemote, "anh.tif"},
		"script of a field":      {hand("/AcroForm<</Fields[5 0 R]>>", "", "<</FT/Tx/T(a)/AA<</K<</S/JavaScript/JS(x)>>>>>>"), review.HiddenScript, ""},
		"data are imported":      {hand("", link, annot("/A<</S/ImportData/F(x.fdf)>>")), review.HiddenRemote, "x.fdf"},
		"XFA":                    {hand("/AcroForm<</Fields[]/XFA 5 0 R>>", "", stream("<xdp/>")), review.HiddenXFA, ""},
		"another document":       {hand("", link, annot("/A<</S/GoToR/F(other.pdf)/D[0/Fit]>>")), review.HiddenRemote, "other.pdf"},
		"a form is sent":         {hand("", link, annot("/A<</S/SubmitForm/F<</FS/URL/F(http://x.example/)>>>>")), review.HiddenRemote, "http://x.example/"},
		"data elsewhere":         {hand("", "/Resources<</XObject<</A 5 0 R>>>>", "<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8/Length 0/F(\\\\\\\\host\\\\x.jpg)>>stream\n\nendstream"), review.HiddenRemote, `\\host\x.jpg`},
		"a page of another file": {hand("", "/Resources<</XObject<</A 5 0 R>>>>", "<</Type/XObject/Subtype/Form/BBox[0 0 1 1]/Ref<</F(target.pdf)/Page 0>>/Length 0>>stream\n\nendstream"), review.HiddenRemote, "target.pdf"},
		"web link":               {hand("", link, annot("/A<</S/URI/URI(https://vanban.chinhphu.vn)>>")), review.HiddenLink, "https://vanban.chinhphu.vn"},
		"program by its name":    {attach("thu.pdf.EXE", "hello"), review.HiddenExecutable, "thu.pdf.EXE"},
		"program by its bytes":   {attach("anh.jpg", "MZ\x90\x00"), review.HiddenExecutable, "anh.jpg"},
		"another file":           {attach("so-lieu.csv", "a;b"), review.HiddenFile, "so-lieu.csv"},
		"file on a page":         {hand("", "/Annots[<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS<</F(a.ps1)/EF<</F 5 0 R>>>>>>]", stream("x")), review.HiddenExecutable, "a.ps1"},
		"note shown nowhere":     {hand("", "/Annots[<</Type/Annot/Subtype/Stamp/F 2/Rect[80 300 480 320]/AP<</N 5 0 R>>>>]", formObject("1 0 0 rg 0 0 9 9 re f", "")), review.HiddenNote, "Stamp"},
		"note for paper alone":   {hand("", "/Annots[<</Type/Annot/Subtype/FreeText/F 36/Rect[80 300 480 320]/AP<</N 5 0 R>>>>]", formObject("1 0 0 rg 0 0 9 9 re f", "")), review.HiddenPrinted, "FreeText"},
		"field for paper alone":  {hand("/AcroForm<</Fields[5 0 R]>>", "/Annots[5 0 R]", "<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/F 36/Rect[80 300 480 320]/AP<</N 6 0 R>>>>", formObject("1 0 0 rg 0 0 9 9 re f", "")), review.HiddenPrinted, "Widget"},
		"film":                   {hand("", "/Annots[<</Type/Annot/Subtype/RichMedia/Rect[0 0 9 9]>>]"), review.HiddenMedia, "RichMedia"},
	} {
		t.Run(name, func(t *testing.T) {
			got := inspected(t, r, c.pdf)
			f, ok := got[c.code]
			if !ok || !strings.Contains(f.Text, c.says) {
				t.Errorf("%s: %+v", c.code, got)
			}
			for code := range got { // and nothing else is said
				if slices.Contains(review.Codes(), code) && code != c.code && code != review.PartsUnreadable {
					t.Errorf("also %s", code)
				}
			}
		})
	}
}

// printed makes a page of text.
func printed(t *testing.T, draw func(p *fpdf.Fpdf)) []byte {
	t.Helper()
	p := fpdf.New("P", "mm", "A4", "")
	p.AddUTF8FontFromBytes("f", "", liberationserifregular.TTF)
	p.AddPage()
	p.SetFont("f", "", 13)
	p.Text(30, 40, "Ai cũng thấy dòng này")
	draw(p)
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHiddenText(t *testing.T) {
	r := reader(t)
	for name, c := range map[string]struct {
		draw func(p *fpdf.Fpdf)
		code string
		text string
		also bool // hidden text as well
	}{
		"white on white": {func(p *fpdf.Fpdf) {
			p.SetTextColor(255, 255, 255)
			p.Text(30, 60, "Chữ trắng trên nền trắng")
		}, review.HiddenText, "Chữ trắng trên nền trắng", false},
		"beside the page": {func(p *fpdf.Fpdf) { p.Text(-80, 60, "Chữ ngoài trang") }, review.HiddenText, "Chữ ngoài trang", false},
		"painted over": {func(p *fpdf.Fpdf) {
			p.Text(30, 60, "Số tiền: 900.000.000 đồng")
			p.SetFillColor(255, 255, 255)
			p.Rect(28, 54, 100, 8, "F")
		}, review.HiddenText, "Số tiền: 900.000.000 đồng", false},
		"painted over and written anew": {func(p *fpdf.Fpdf) {
			p.Text(30, 60, "Số tiền: 900.000.000 đồng")
			p.SetFillColor(255, 255, 255)
			p.Rect(28, 54, 100, 8, "F")
			p.Text(30, 60, "Không đồng ý chi tiền này")
		}, review.HiddenUnder, "", true},
		"written over, letter beside letter": {func(p *fpdf.Fpdf) {
			p.Text(30, 60, "Số tiền: 100.000.000 đồng")
			p.Text(31, 60, "Ngày hẹn: 999.999.999 xuu")
		}, review.HiddenUnder, "", false},
		"written over, letters of other widths": {func(p *fpdf.Fpdf) {
			p.Text(30, 60, "Điều 1. Phê duyệt danh mục")
			p.Text(31.3, 60, "Số tiền: 100.000.000 đồng")
		}, review.HiddenUnder, "", false},
		"lines set close": {func(p *fpdf.Fpdf) {
			p.Text(30, 60, "Nghị quyết gửi kỳ họp ngày, giữ gìn quỹ")
			p.Text(30, 64, "ĐỀ NGHỊ ỦY BAN ẤY XỬ LÝ ỔN THỎA VIỆC NÀY")
		}, "", "", false},
		"bold by printing twice": {func(p *fpdf.Fpdf) {
			p.Text(30, 60, "Chữ đậm giả")
			p.Text(30.1, 60, "Chữ đậm giả")
		}, "", "", false},
		"nothing": {func(*fpdf.Fpdf) {}, "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			got := inspected(t, r, printed(t, c.draw))
			_, hidden := got[review.HiddenText]
			_, under := got[review.HiddenUnder]
			if hidden != (c.code == review.HiddenText || c.also) || under != (c.code == review.HiddenUnder) {
				t.Errorf("%+v", got)
			}
			if c.text != "" && !strings.Contains(got[c.code].Text, c.text) {
				t.Errorf("%+v does not quote %q", got[c.code], c.text)
			}
		})
	}
}

// A pile looks at the first pages, the last ones and the one that is signed, and
// says that it left out others.
func TestHiddenTextAround(t *testing.T) {
	const pages = 12
	data := printed(t, func(p *fpdf.Fpdf) {
		for page := 1; page < pages; page++ {
			p.AddPage()
			p.Text(30, 40, "Ai cũng thấy dòng này")
			if page == 6 || page == pages-1 {
				p.SetTextColor(255, 255, 255)
				p.Text(30, 60, fmt.Sprint("Chữ trắng trang ", page+1))
				p.SetTextColor(0, 0, 0)
			}
		}
	})
	path := filepath.Join(t.TempDir(), "x.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := reader(t).Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	look := func(search func() ([]verify.Finding, error)) map[string]map[string]string {
		t.Helper()
		found, err := search()
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]map[string]string{}
		for _, f := range found {
			out[f.Code] = f.Args
		}
		return out
	}
	got := look(func() ([]verify.Finding, error) { return d.UnseenAround(t.Context(), pages-1) })
	if h := got[review.HiddenText]; h["page"] != "12" || h["count"] != "1" || got[review.HiddenUnsearched]["count"] != "8" {
		t.Errorf("around the last page: %v", got)
	}
	got = look(func() ([]verify.Finding, error) { return d.UnseenAround(t.Context(), 6) })
	if h := got[review.HiddenText]; h["count"] != "2" || got[review.HiddenUnsearched]["count"] != "9" {
		t.Errorf("and around page 7: %v", got)
	}
	got = look(func() ([]verify.Finding, error) { return d.Unseen(t.Context()) })
	if _, partly := got[review.HiddenUnsearched]; partly || got[review.HiddenText]["count"] != "2" {
		t.Errorf("everywhere: %v", got)
	}
}

// An annotation over text is named, one beside it is not.
func TestTextUnderAnnotation(t *testing.T) {
	r := reader(t)
	for rect, want := range map[string]bool{"[80 700 400 740]": true, "[80 400 400 440]": false} {
		page := "/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>/Annots[<</Type/Annot/Subtype/Square/Rect" + rect + "/IC[1 1 1]>>]"
		data := hand("", page)
		data = bytes.Replace(data, []byte("0.5 g 100 100 200 200 re f\n"), []byte("BT/F 20 Tf 99 710 Td(SUM)Tj"), 1)
		if _, ok := inspected(t, r, data)[review.HiddenCovered]; ok {
			t.Error("three letters are no text")
		}
		data = bytes.Replace(data, []byte("Td(SUM)Tj"), []byte("Td(PAY9)Tj"), 1)
		data = bytes.Replace(data, []byte("/Length 27"), []byte("/Length 28"), 1)
		got, ok := inspected(t, r, data)[review.HiddenCovered]
		if ok != want || ok && got.Text != "PAY9" {
			t.Errorf("%s: %+v", rect, got)
		}
	}
}

// Honest documents raise no alarm.
func TestNothingHidden(t *testing.T) {
	r := reader(t)
	codes := []string{
		review.HiddenScript, review.HiddenLaunch, review.HiddenLayers, review.HiddenXFA, review.HiddenRemote, review.HiddenLink,
		review.HiddenExecutable, review.HiddenFile, review.HiddenMedia, review.HiddenUnread, review.HiddenText, review.HiddenUnder,
		review.PageNotA4, review.NumberUsed, review.DateInFuture, review.SecrecyMark,
	}
	for seed := range uint64(8) {
		data, _, err := sample.Generate(sample.Random(seed, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)))
		if err != nil {
			t.Fatal(err)
		}
		got := inspected(t, r, data)
		for _, code := range codes {
			if f, ok := got[code]; ok {
				t.Errorf("%d: %+v", seed, f)
			}
		}
	}
}

// The number of a document is compared with the register.
func TestNumberTaken(t *testing.T) {
	r := reader(t)
	data, _, err := sample.Generate(sample.Demo(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), "Nguyễn Văn Thử")[0])
	if err != nil {
		t.Fatal(err)
	}
	var asked submit.Metadata
	subject, problem := "", error(nil)
	r.NumberTaken = func(_ context.Context, m submit.Metadata) (string, error) {
		asked = m
		return subject, problem
	}
	if got := inspected(t, r, data); got[review.NumberUsed].Code != "" || asked.Number != "125" || asked.Notation != "STN-VP" {
		t.Errorf("%+v, asked for %+v", got, asked)
	}
	subject = "Việc khác"
	if got := inspected(t, r, data)[review.NumberUsed]; !strings.Contains(got.Text, "125/STN-VP Việc khác") || got.Page != 1 {
		t.Errorf("%+v", got)
	}
	problem = os.ErrPermission
	if got := inspected(t, r, data); got[review.NumberUnchecked].Code == "" {
		t.Errorf("%+v", got)
	}
}

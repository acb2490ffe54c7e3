package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-fonts/liberation/liberationserifregular"
	"github.com/go-pdf/fpdf"

	"trinhky/app/review"
	"trinhky/app/settings"
	"trinhky/pdfview/geom"
	"trinhky/submit"
)

// hiding prints a page with a line that nobody sees.
func (d deskOf) hiding() string {
	d.t.Helper()
	p := fpdf.New("P", "mm", "A4", "")
	p.AddUTF8FontFromBytes("f", "", liberationserifregular.TTF)
	p.AddPage()
	p.SetFont("f", "", 13)
	p.Text(30, 80, "Phụ lục kèm theo công văn")
	p.SetTextColor(255, 255, 255)
	p.Text(30, 120, "Số tiền: 900.000.000 đồng")
	path := filepath.Join(d.dir, "an.pdf")
	if err := p.OutputFileAndClose(path); err != nil {
		d.t.Fatal(err)
	}
	return path
}

// Where the pages are read to find a place, hidden text is in the answer; with
// a place given the renderer is not loaded, and that is in the answer.
func TestHiddenTextOfSignedDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the programs")
	}
	d := deskOf{t: t, box: startSandbox(t), dir: t.TempDir()}
	path := d.hiding()
	common := []string{"--role", "attachment", "--number", "5/STN-VP", "--key", d.box.Keys["agency"], "--pin-file", d.box.PINFile}
	fixed := []string{"--page", "1", "--x", "100", "--y", "20", "--width", "80", "--height", "20"}
	for name, c := range map[string]struct {
		args []string
		want bool
	}{
		"sign":        {[]string{"sign", path, "-o", filepath.Join(d.dir, "1.pdf")}, true},
		"batch":       {[]string{"batch", path, "-o", filepath.Join(d.dir, "out")}, true},
		"fixed place": {append([]string{"sign", path, "-o", filepath.Join(d.dir, "2.pdf")}, fixed...), false},
	} {
		got, code := d.run(append(c.args, common...)...)
		found := slices.ContainsFunc(got.Findings, func(f review.Finding) bool {
			return f.Code == review.HiddenText && f.Page == 1 && strings.Contains(f.Text, "900.000.000")
		})
		unread := slices.ContainsFunc(got.Findings, func(f review.Finding) bool { return f.Code == review.PagesUnread })
		if code != 0 || found != c.want || unread == c.want {
			t.Errorf("%s: exit %d, %+v", name, code, got.Findings)
		}
	}
	t.Run("classified", func(t *testing.T) {
		d.t = t
		d.classified()
	})
	t.Run("seal", func(t *testing.T) {
		d.t = t
		d.seal()
	})
}

// classified looks that a secrecy mark on the pages keeps a document from being
// sent, also where --meta says nothing of it.
func (d deskOf) classified() {
	p := fpdf.New("P", "mm", "A4", "")
	p.AddUTF8FontFromBytes("f", "", liberationserifregular.TTF)
	p.AddPage()
	p.SetFont("f", "", 13)
	p.Text(45, 60, "TỐI MẬT")
	p.Text(30, 120, "Sở Thử nghiệm báo cáo như sau")
	path, meta := filepath.Join(d.dir, "mat.pdf"), filepath.Join(d.dir, "meta.json")
	data, err := json.Marshal(submit.Metadata{
		Number: "977", Notation: "STN-VP", Place: "Tỉnh Mẫu", Date: "2026-11-20", Type: "Công văn",
		Subject: "Thử", Position: "PHÓ GIÁM ĐỐC", Signer: "Nguyễn Văn Thử", Pages: 1,
	})
	if err == nil {
		err = errors.Join(p.OutputFileAndClose(path), os.WriteFile(meta, data, 0o600))
	}
	if err != nil {
		d.t.Fatal(err)
	}
	to := []string{"--to", d.box.Agencies["silent"], "--meta", meta}
	for name, args := range map[string][]string{
		"send":  append([]string{"send", "--wait", "0", path}, to...),
		"build": append([]string{"edxml", "build", "-o", filepath.Join(d.dir, "mat.edxml"), path}, to...),
	} {
		if got, code := d.run(args...); code != exitUsage || got.Error == nil || got.Error.Field != "secrecy" {
			d.t.Errorf("%s: exit %d, %+v", name, code, got)
		}
	}
	if got, code := d.run(append([]string{"send", "--wait", "0", d.box.Documents[0]}, to...)...); code != exitWaiting {
		d.t.Errorf("without a mark: exit %d, %+v", code, got)
	}
}

// seal looks that the text under a seal of Circular 01/2019 keeps clear of the
// name of the leader, whose signature the seal stands at.
func (d deskOf) seal() {
	if _, err := exec.LookPath("pdftotext"); err != nil {
		d.t.Skip("pdftotext is missing")
	}
	set, err := settings.Load(d.box.Workspace)
	if err != nil {
		d.t.Fatal(err)
	}
	set.Signing.SealWidthMM = 21 // its text begins at the height of the name
	if err := settings.Save(d.box.Workspace, set); err != nil {
		d.t.Fatal(err)
	}
	for i, document := range d.box.Documents {
		signed, sealed := filepath.Join(d.dir, "signed.pdf"), filepath.Join(d.dir, "sealed.pdf")
		for _, args := range [][]string{
			{"sign", document, "-o", signed, "--key", d.box.Keys["leader"], "--image", d.box.Images["signature"]},
			{"sign", signed, "-o", sealed, "--role", "seal", "--key", d.box.Keys["agency"], "--image", d.box.Images["seal"], "--agency", "Ủy ban nhân dân tỉnh Sông Gianh"},
		} {
			if got, code := d.run(append(args, "--pin-file", d.box.PINFile, "--overwrite")...); code != 0 {
				d.t.Fatalf("%v: exit %d, %+v", args, code, got.Error)
			}
		}
		name, under := d.words(signed), d.words(sealed)
		added := under[len(name):]
		if len(added) < 4 {
			d.t.Fatalf("document %d: the seal has no text: %+v", i, added)
		}
		for _, a := range added {
			for _, b := range name {
				if strings.Contains("Nguyễn Văn Thử", b.Text) && !a.rect().Intersect(b.rect()).Empty() {
					d.t.Errorf("document %d: %q lies on the name: %v, %v", i, a.Text, a.rect(), b.rect())
				}
			}
		}
	}
}

type wordBox struct {
	X0   float64 `xml:"xMin,attr"`
	Y0   float64 `xml:"yMin,attr"`
	X1   float64 `xml:"xMax,attr"`
	Y1   float64 `xml:"yMax,attr"`
	Text string  `xml:",chardata"`
}

// rect leaves out the air above and below the letters.
func (w wordBox) rect() geom.Rect {
	air := (w.Y1 - w.Y0) * 0.2
	return geom.Rect{X0: w.X0, Y0: w.Y0 + air, X1: w.X1, Y1: w.Y1 - air}
}

// words are the words of the last page with their boxes, stamps last.
func (d deskOf) words(path string) []wordBox {
	d.t.Helper()
	out, err := exec.Command("pdftotext", "-bbox", "-raw", path, "-").Output()
	if err != nil {
		d.t.Fatal(err)
	}
	var pages struct {
		Pages []struct {
			Words []wordBox `xml:"word"`
		} `xml:"body>doc>page"`
	}
	dec := xml.NewDecoder(bytes.NewReader(out))
	dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	if err := dec.Decode(&pages); err != nil || len(pages.Pages) == 0 {
		d.t.Fatal(err, len(pages.Pages))
	}
	return pages.Pages[len(pages.Pages)-1].Words
}

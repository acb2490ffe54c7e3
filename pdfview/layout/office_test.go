package layout_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
	"trinhky/pdfview/layout"
	"trinhky/signer/signertest/sample"
)

// printed converts documents with the office program, all in one call.
func printed(t *testing.T, scripts []*typescript) []pdfview.Document {
	t.Helper()
	program, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed")
	}
	dir := t.TempDir()
	args := []string{
		"-env:UserInstallation=file://" + filepath.Join(dir, "profile"), "--headless", "--infilter=HTML (StarWriter)",
		"--convert-to", "pdf:writer_pdf_Export", "--outdir", filepath.Join(dir, "out"),
	}
	for i, s := range scripts {
		path := filepath.Join(dir, fmt.Sprintf("%03d.html", i))
		if err := os.WriteFile(path, []byte(s.b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	if out, err := exec.Command(program, args...).CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	var docs []pdfview.Document
	for i := range scripts {
		pdf, err := os.ReadFile(filepath.Join(dir, "out", fmt.Sprintf("%03d.pdf", i)))
		if err != nil {
			t.Fatal(err)
		}
		if keep := os.Getenv("LAYOUT_KEEP"); keep != "" {
			if err := os.WriteFile(filepath.Join(keep, fmt.Sprintf("%03d.pdf", i)), pdf, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		docs = append(docs, open(t, pdf))
	}
	return docs
}

// locate finds where the blocks came to stand: the last place where the title
// is followed by the name of its signer, read as strings of the page.
// ok is false where a page ends between the two: such a block has no band.
func (s *typescript) locate(t *testing.T, d pdfview.Document) (ok bool) {
	t.Helper()
	for _, o := range s.signed {
		found := false
		for page := d.Pages() - 1; page >= 0 && !found; page-- {
			text, err := d.Text(context.Background(), page)
			if err != nil {
				t.Fatal(err)
			}
			name, ok := stringAt(text, o.name, nil)
			if !ok {
				continue
			}
			title, ok := stringAt(text, o.title, &name)
			if !ok || name.H() > 2*s.size { // a name that breaks has no place of its own
				continue
			}
			found = true
			band := geom.Rect{X0: min(name.X0, title.X0), X1: max(name.X1, title.X1), Y0: name.Y1, Y1: title.Y0}
			half := geom.MM(min(45, 84/float64(s.beside)))
			band.X0, band.X1 = name.Center().X-half, name.Center().X+half
			if title.X1 < name.X0 { // beside: the box begins as high as its title
				band = geom.Rect{X0: title.X1, X1: name.X1 + (name.X0 - title.X1), Y0: name.Y1, Y1: title.Y1}
			}
			s.truth.Signers = append(s.truth.Signers, sample.SignerTruth{
				Authority: sample.Part{Text: strings.ReplaceAll(o.authority, "\n", " ")}, Title: sample.Part{Text: o.title},
				Name: sample.Part{Text: o.name}, Band: sample.Part{Page: page, Rect: band},
			})
		}
		if !found {
			return false
		}
	}
	s.truth.Pages = d.Pages()
	return true
}

// stringAt is the box of the last occurrence of want in the order of the
// content stream, spaces apart; with under, of the nearest one that is not
// below it and stands over it or on its left.
func stringAt(text pdfview.Text, want string, under *geom.Rect) (geom.Rect, bool) {
	var letters []pdfview.Char
	for _, c := range text.Chars {
		if c.Rune > ' ' && c.Rune != 0xA0 {
			letters = append(letters, c)
		}
	}
	target := []rune(strings.Join(strings.Fields(want), ""))
	var best geom.Rect
	ok := false
	for i := 0; i+len(target) <= len(letters); i++ {
		box := geom.Rect{}
		match := true
		for k, r := range target {
			if letters[i+k].Rune != r {
				match = false
				break
			}
			c := letters[i+k]
			// As high as a line: from the descent to the ascent of its font.
			box = box.Union(geom.Rect{X0: c.Box.X0, X1: c.Box.X1, Y0: c.Base.Y - 0.22*c.Size, Y1: c.Base.Y + 0.89*c.Size})
		}
		if !match {
			continue
		}
		if under != nil && (box.Y0 < under.Y0-2 || box.X0 > under.X1 || ok && box.Center().Y > best.Center().Y) {
			continue
		}
		best, ok = box, true
	}
	return best, ok
}

// Documents of the office program are read as well as our own.
func TestOfficeDocuments(t *testing.T) {
	n := samples(12, 120)
	var scripts []*typescript
	for seed := range n {
		scripts = append(scripts, newTypescript(seed))
	}
	c, sheets := newTally(), newTally()
	for i, d := range printed(t, scripts) {
		s := scripts[i]
		if !s.locate(t, d) {
			continue
		}
		got, err := layout.Find(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		to := c
		if s.grid {
			to = sheets
		}
		to.document(uint64(i), got, s.truth)
	}
	t.Log("documents:")
	c.check(t, bars())
	t.Log("approval sheets:")
	sheets.check(t, bars())
}

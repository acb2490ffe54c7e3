package pdf

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// passwords of corpus files, as the manifest names them.
var passwords = map[string]string{
	"2e4c31ab-encrypted-file.pdf": "test",
	"5fe7a8d7-test.pdf":           "test",
	"36b8102c-minimal-rc4.pdf":    "usersecret",
}

func load(t testing.TB, p string) []byte {
	t.Helper()
	b, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func open(b []byte, password string) (*Document, error) {
	return Open(bytes.NewReader(b), int64(len(b)), Options{Password: []byte(password)})
}

// touch writes the first page and the catalog again, adds a string, a stream
// and an annotation, and returns the file with the increment behind it.
func touch(t *testing.T, d *Document, b []byte) []byte {
	t.Helper()
	u, err := NewUpdate(d)
	if errors.Is(err, ErrRepaired) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	page, err := d.Page(0)
	if err != nil {
		return nil
	}
	added := u.Add(Dict("Type", Name("Annot"), "Subtype", Name("Text"), "Rect", Numbers(0, 0, 10, 10),
		"Contents", Text("Nguyễn Văn (Ký)"), "Odd#Name", Name("a b"), "AP", Dict("N", RefTo(u.Add(
			Stream(Dict("Type", Name("XObject"), "Subtype", Name("Form"), "BBox", Numbers(0, 0, 10, 10)), []byte("0 0 5 5 re f\n")))))))
	err = u.Edit(page.Ref, []string{"Annots"}, func(v Value) (Value, error) { return v.Append(RefTo(added)), nil })
	if err != nil {
		t.Fatal(err)
	}
	if err := u.Edit(d.RootRef(), nil, func(v Value) (Value, error) { return v.With("TK_Test", Int(7)), nil }); err != nil {
		t.Fatal(err)
	}
	inc, err := u.Layout()
	if err != nil {
		t.Fatal(err)
	}
	return append(slices.Clip(b), inc.Bytes...)
}

// TestCorpusUpdate appends to every file that can be opened: it must open
// again with what was added, and qpdf must find it no worse than before.
func TestCorpusUpdate(t *testing.T) {
	qpdf, err := exec.LookPath("qpdf")
	if err != nil {
		t.Log("qpdf is not installed: its check is left out")
	}
	dir := t.TempDir()
	for _, p := range corpusFiles(t) {
		name := filepath.Base(p)
		t.Run(name, func(t *testing.T) {
			b := load(t, p)
			d, err := open(b, passwords[name])
			if err != nil {
				t.Skip(err)
			}
			out := touch(t, d, b)
			if out == nil {
				t.Skip("nothing may be appended")
			}
			checkTouched(t, out, passwords[name])
			if qpdf == "" {
				return
			}
			after := filepath.Join(dir, "after.pdf")
			if err := os.WriteFile(after, out, 0o600); err != nil {
				t.Fatal(err)
			}
			was, before := check(qpdf, p, passwords[name])
			is, text := check(qpdf, after, passwords[name])
			if is > was {
				t.Errorf("qpdf said %d before and %d after:\n%s\nwas:\n%s", was, is, text, before)
			}
		})
	}
}

func checkTouched(t *testing.T, out []byte, password string) {
	t.Helper()
	d, err := open(out, password)
	if err != nil {
		t.Fatal(err)
	}
	if d.Repaired() {
		t.Errorf("the update needs repair: %q", d.Notes())
	}
	cat, err := d.Catalog()
	if n, _ := cat.Get("TK_Test").Int(); err != nil || n != 7 {
		t.Errorf("the catalog has not changed: %v %d", err, n)
	}
	page, err := d.Page(0)
	if err != nil {
		t.Fatal(err)
	}
	annots, err := d.Resolve(page.Dict.Get("Annots"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.Resolve(annots.At(annots.Len() - 1))
	if err != nil || a.Get("Contents").Text() != "Nguyễn Văn (Ký)" {
		t.Errorf("the text came out as %q (%v)", a.Get("Contents").Text(), err)
	}
	if a.Get("Odd#Name").Name() != "a b" {
		t.Error("names are not escaped")
	}
	ap, err := d.Lookup(a.Get("AP"), "N")
	if err != nil {
		t.Fatal(err)
	}
	if data, err := d.Data(ap); err != nil || string(data) != "0 0 5 5 re f\n" {
		t.Errorf("the stream came out as %q (%v)", data, err)
	}
}

// check runs qpdf --check: 0 fine, 3 warnings, 2 errors; made comparable.
func check(qpdf, file, password string) (int, string) {
	out, err := exec.Command(qpdf, "--check", "--password="+password, file).CombinedOutput()
	e, failed := errors.AsType[*exec.ExitError](err)
	switch {
	case !failed:
		return 0, string(out)
	case e.ExitCode() == 3:
		return 1, string(out)
	}
	return 2, strings.TrimSpace(string(out))
}

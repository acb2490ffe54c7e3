package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"trinhky/pdfview/geom"
	"trinhky/signer/signertest/pki"
	"trinhky/signer/signertest/sample"
)

// deskOf runs the program for people with PKCS#12 files of their own.
type deskOf struct {
	t   *testing.T
	box ready
	dir string
}

// person gives somebody a key; the file's name does not say who it is.
func (d deskOf) person(authority *pki.PKI, name, title string) string {
	d.t.Helper()
	id, err := authority.Issue(pki.Template{Subject: pki.Person(name, title, "Sở Thử nghiệm"), Algorithm: pki.P256})
	if err != nil {
		d.t.Fatal(err)
	}
	pin, err := os.ReadFile(d.box.PINFile)
	if err != nil {
		d.t.Fatal(err)
	}
	data, err := authority.PKCS12(id, string(bytes.TrimRight(pin, "\r\n")))
	if err != nil {
		d.t.Fatal(err)
	}
	f, err := os.CreateTemp(d.dir, "*.p12")
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Write(data); err != nil {
		d.t.Fatal(err)
	}
	return "pkcs12:" + f.Name()
}

// run is the first line of JSON and the exit code of a command.
func (d deskOf) run(args ...string) (signed, int) {
	d.t.Helper()
	cmd := exec.Command(filepath.Join(programs, "trinhkyctl"), append([]string{"--home", d.box.Workspace, "--json"}, args...)...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err := cmd.Run()
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		d.t.Fatal(err)
	}
	var answer signed
	if err := json.NewDecoder(&out).Decode(&answer); err != nil {
		d.t.Fatalf("%v: %v\n%s", args, err, problems.String())
	}
	return answer, code
}

// sheet prints an approval sheet for three people.
func (d deskOf) sheet() (path string, truth sample.Truth) {
	d.t.Helper()
	doc := sample.ApprovalSheet(4, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC))
	doc.Signers = []sample.Signer{
		{Title: "LÃNH ĐẠO PHÒNG", Name: "Trần Thị Bình"}, {Title: "PHÓ GIÁM ĐỐC", Name: "Nguyễn Văn Thử"}, {Title: "GIÁM ĐỐC", Name: "Lê Văn Khác"},
	}
	data, truth, err := sample.Generate(doc)
	if err != nil {
		d.t.Fatal(err)
	}
	path = filepath.Join(d.dir, "phieu-trinh.pdf")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		d.t.Fatal(err)
	}
	return path, truth
}

// Two people sign an approval sheet one after the other, each surely in the box
// of their own; who has none there gets no place unless the level is named.
func TestApprovalSheetBoxes(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the programs")
	}
	d := deskOf{t: t, box: startSandbox(t), dir: t.TempDir()}
	authority, err := pki.New(pki.Options{Keys: pki.P256})
	if err != nil {
		t.Fatal(err)
	}
	head, deputy := d.person(authority, "Trần Thị Bình", "Trưởng phòng"), d.person(authority, "NGUYỄN VĂN THỬ", "Phó Giám đốc")
	stranger := d.person(authority, "Vũ Thị Lạ", "Giám đốc")
	sheet, truth := d.sheet()
	in := func(got signed, code, box int) {
		t.Helper()
		band := truth.Signers[box].Band
		if code != 0 || got.RectMM == nil || got.Confidence < 0.9 || got.Place != "auto" || got.Page != band.Page+1 {
			t.Fatalf("exit %d: %+v", code, got)
		}
		x, y := got.RectMM[0]+got.RectMM[2]/2, got.RectMM[1]+got.RectMM[3]/2
		if !band.Rect.Contains(geom.At(geom.Point{X: geom.MM(x), Y: geom.A4.H - geom.MM(y)}, geom.Size{W: 0.1, H: 0.1})) {
			t.Errorf("the stamp's middle is at %.0f, %.0f mm, the box is %v", x, y, band.Rect)
		}
	}
	sign := func(from, to, key string, more ...string) (signed, int) {
		return d.run(append([]string{"sign", from, "-o", filepath.Join(d.dir, to), "--key", key, "--pin-file", d.box.PINFile}, more...)...)
	}
	first := filepath.Join(d.dir, "1.pdf")
	got, code := sign(sheet, "1.pdf", head)
	in(got, code, 0)
	got, code = sign(first, "2.pdf", deputy)
	in(got, code, 1)

	for _, more := range [][]string{nil, {"--title", "Bộ trưởng"}, {"--signer", "Đỗ Văn Mười"}} {
		if got, code := sign(sheet, "no.pdf", stranger, more...); code != exitNoPlace || got.Output != nil {
			t.Errorf("a stranger with %q: exit %d, %+v", more, code, got)
		}
	}
	if _, err := os.Stat(filepath.Join(d.dir, "no.pdf")); !os.IsNotExist(err) {
		t.Error("something was written:", err)
	}
	got, code = sign(sheet, "level.pdf", stranger, "--title", "Phó Giám đốc")
	in(got, code, 1)
	got, code = sign(sheet, "name.pdf", stranger, "--signer", "Lê Văn Khác")
	in(got, code, 2)

	pile := []string{"batch", "-o", filepath.Join(d.dir, "out"), "--pin-file", d.box.PINFile, sheet}
	got, code = d.run(append(pile, "--key", deputy)...)
	in(got, code, 1)
	pile[2] = filepath.Join(d.dir, "none")
	if got, code := d.run(append(pile, "--key", stranger)...); code != exitSomeFailed || got.Error == nil || got.Error.Code != exitNoPlace {
		t.Errorf("a stranger's pile: exit %d, %+v", code, got)
	}
}

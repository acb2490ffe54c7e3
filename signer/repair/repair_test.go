package repair_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"trinhky/signer"
	"trinhky/signer/repair"
	"trinhky/signer/signertest/sample"
	"trinhky/signer/signertest/validators"
)

func document(t testing.TB) []byte {
	t.Helper()
	data, _, err := sample.Generate(sample.Demo(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), "Nguyễn Văn Đạt")[1])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var startxref = regexp.MustCompile(`startxref\s+\d+`)

func TestRepair(t *testing.T) {
	good := document(t)
	table := bytes.LastIndex(good, []byte("\nxref"))
	for _, c := range []struct {
		name string
		data []byte
		want error
	}{
		{"sound", good, repair.ErrSound},
		{"wrong startxref", startxref.ReplaceAll(good, []byte("startxref\n7")), nil},
		{"no table", append(bytes.Clone(good[:table]), good[bytes.LastIndex(good, []byte("trailer")):]...), nil},
		{"signed", append(startxref.ReplaceAll(good, []byte("startxref\n7")), "%/ByteRange [0 1 2 3]"...), repair.ErrSigned},
		{"empty", nil, repair.ErrHopeless},
		{"not a PDF", []byte("%PDF-1.7\nnothing of use"), repair.ErrHopeless},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			in, out := filepath.Join(dir, "in.pdf"), filepath.Join(dir, "out.pdf")
			if err := os.WriteFile(in, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := repair.File(t.Context(), in, out, repair.Options{})
			if c.want != nil {
				if !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
				if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
					t.Errorf("left behind: %v", left)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.After.Pages != 2 || len(r.Lost) > 0 {
				t.Errorf("%+v", r)
			}
			if remarks := validators.QPDF(t, out); remarks != "" {
				t.Error(remarks)
			}
			sameText(t, c.data, good, out)
		})
	}
}

// sameText compares the text of the repaired file with that of the good one.
func sameText(t *testing.T, damaged, good []byte, out string) {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("pdftotext is not installed")
	}
	if bytes.Equal(damaged, good) {
		t.Fatal("nothing was damaged")
	}
	text := func(path string) string {
		b, err := exec.Command(tool, path, "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	whole := filepath.Join(t.TempDir(), "good.pdf")
	if err := os.WriteFile(whole, good, 0o600); err != nil {
		t.Fatal(err)
	}
	if text(whole) != text(out) {
		t.Error("the text changed")
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.pdf")
	if err := os.WriteFile(in, startxref.ReplaceAll(document(t), []byte("startxref\n7")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := repair.File(t.Context(), in, in, repair.Options{Overwrite: true}); !errors.Is(err, signer.ErrExists) {
		t.Errorf("onto itself: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := repair.File(ctx, in, filepath.Join(dir, "out.pdf"), repair.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

// TestCorpus: what comes out of a damaged file is sound, or nothing does.
func TestCorpus(t *testing.T) {
	files, _ := filepath.Glob("../../../shared/corpus/*/*.pdf")
	more, _ := filepath.Glob("../../../shared/corpus/difficult/*/*.pdf")
	if len(files) == 0 {
		t.Skip("no corpus beside the repository")
	}
	for _, f := range append(files, more...) {
		out := filepath.Join(t.TempDir(), "out.pdf")
		r, err := repair.File(t.Context(), f, out, repair.Options{})
		if err != nil {
			if _, e := os.Stat(out); e == nil {
				t.Errorf("%s: there is an output with %v", f, err)
			}
			continue
		}
		if remarks := validators.QPDF(t, out); remarks != "" {
			t.Logf("%s: qpdf: %s", f, remarks)
		}
		t.Logf("%s: %+v", filepath.Base(f), r)
		if _, err := repair.File(t.Context(), out, out+"2", repair.Options{}); !errors.Is(err, repair.ErrSound) {
			t.Errorf("%s: repaired twice: %v", f, err)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add(startxref.ReplaceAll(document(f), []byte("startxref\n7")))
	f.Add([]byte("%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\ntrailer\n<</Root 1 0 R>>\n"))
	dir := f.TempDir()
	in, out := filepath.Join(dir, "in.pdf"), filepath.Join(dir, "out.pdf")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(in, data, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		r, err := repair.File(ctx, in, out, repair.Options{Overwrite: true})
		if err == nil && r.After.Pages == 0 {
			t.Error("a document without pages came out")
		}
	})
}

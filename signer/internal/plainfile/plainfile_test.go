package plainfile_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"trinhky/signer/internal/plainfile"
)

func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "Quyết định.pdf")
	f, err := plainfile.Create(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("một"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := plainfile.Create(path, 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that exists: %v", err)
	}
	f, info, err := plainfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if got, err := io.ReadAll(f); err != nil || string(got) != "một" || info.Size() != int64(len(got)) {
		t.Errorf("%q (%v), size %d", got, err, info.Size())
	}
	if _, err := f.Write([]byte("x")); err == nil {
		t.Error("it can be written")
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := plainfile.Open(dir); !errors.Is(err, plainfile.ErrNotPlain) {
		t.Errorf("a folder: %v", err)
	}
	var path *fs.PathError
	if _, _, err := plainfile.Open(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) || !errors.As(err, &path) {
		t.Errorf("no file: %v", err)
	}
	if _, err := plainfile.Create(filepath.Join(dir, "no", "such"), 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if err := plainfile.Rename(filepath.Join(dir, "none"), filepath.Join(dir, "other")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("rename: %v", err)
	}
}

package atomicfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func write(t *testing.T, path string, o Options, text string) error {
	t.Helper()
	f, err := Create(path, o)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
	return f.Commit(t.Context())
}

func TestCommit(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "Quyết định.pdf")
	if err := write(t, path, Options{}, "một"); err != nil {
		t.Fatal(err)
	}
	if err := write(t, path, Options{}, "hai"); !errors.Is(err, ErrExists) {
		t.Errorf("an existing file: %v", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(t, path, Options{Overwrite: true}, "ba"); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	info, _ := os.Stat(path)
	if err != nil || string(got) != "ba" || info.Mode().Perm() != 0o600 || len(names(t, dir)) != 1 {
		t.Errorf("%q (%v), mode %v, folder %v", got, err, info.Mode(), names(t, dir))
	}
}

func TestNothingLeft(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		end  func(f *File, path string) error
	}{
		{"aborted", func(f *File, _ string) error { f.Abort(); return errors.New("aborted") }},
		{"cancelled", func(f *File, _ string) error { return f.Commit(cancelled) }},
		{"disk error", func(f *File, _ string) error { _ = f.Close(); return f.Commit(context.Background()) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "a")
			f, err := Create(path, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.end(f, path); err == nil {
				t.Error("no error")
			}
			if left := names(t, dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestRace lets the name appear while the file is written.
func TestRace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	f, err := Create(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("theirs"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(t.Context()); !errors.Is(err, ErrExists) {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "theirs" || len(names(t, dir)) != 1 {
		t.Errorf("%q, %v", got, names(t, dir))
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	if _, err := Create(dir, Options{Overwrite: true}); err == nil {
		t.Error("a folder was accepted")
	}
	if _, err := Create(filepath.Join(dir, "no", "such"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}
}

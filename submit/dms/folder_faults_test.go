package dms

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"trinhky/submit"
	"trinhky/submit/edxml"
)

// failing is a disk that fails at the nth call of a send, as a test counts them.
type failing struct {
	disk
	left int   // steps until it fails; then it fails for ever
	err  error // nil: the program dies there
	name string
}

type died struct{}

func (f *failing) fails(name string) error {
	if f.left--; f.left >= 0 {
		return nil
	}
	if f.name == "" {
		f.name = name
	}
	if f.err == nil {
		panic(died{})
	}
	return f.err
}

func (f *failing) rename(from, to string) error {
	if err := f.fails("rename " + filepath.Base(to)); err != nil {
		return err
	}
	return f.disk.rename(from, to)
}

func (f *failing) write(path string, fill func(w *os.File) error) error {
	if err := f.fails("write " + filepath.Base(path)); err != nil {
		if f.err != nil { // half of it is there
			_ = os.WriteFile(path, []byte("nửa"), 0o600)
		}
		return err
	}
	return f.disk.write(path, fill)
}

func (f *failing) mkdir(path string) error {
	if err := f.fails("mkdir"); err != nil {
		return err
	}
	return f.disk.mkdir(path)
}

func (f *failing) remove(path string) error {
	if err := f.fails("remove"); err != nil {
		return err
	}
	return f.disk.remove(path)
}

// submitOn sends on a disk; dead says that the program died.
func submitOn(t *testing.T, f *Folder, d disk, e submit.Envelope) (dead bool, err error) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(died); !ok {
				panic(r)
			}
			dead = true
		}
	}()
	f.disk = d
	_, err = f.Submit(t.Context(), e)
	return false, err
}

// Dead, full or gone at each step: what a connector of the agency sees is
// nothing or the whole, and the next program makes one of it.
func TestFolderEachStep(t *testing.T) {
	full := &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	gone := &fs.PathError{Op: "open", Path: "x", Err: syscall.ESTALE}
	for name, fault := range map[string]error{"killed": nil, "full": full, "share gone": gone} {
		steps := 0
		for n := 0; ; n++ {
			f := folder(t)
			e := letter(t)
			broken := &failing{disk: system{}, left: n, err: fault}
			dead, err := submitOn(t, f, broken, e)
			if broken.name == "" {
				break
			}
			steps++
			if !dead && err == nil && n > 0 && !strings.HasPrefix(broken.name, "remove") {
				t.Errorf("%s at %d (%s): no error", name, n, broken.name)
			}
			if name == "full" && err != nil && submit.ProblemCode(err) != "folder-full" {
				t.Errorf("%s at %d (%s): %q: %v", name, n, broken.name, submit.ProblemCode(err), err)
			}
			for _, got := range arrived(t, f) {
				whole(t, f, got, e)
			}
			f.disk = system{}
			for range 2 {
				if _, err := f.Submit(t.Context(), e); err != nil {
					t.Fatalf("%s at %d (%s), afterwards: %v", name, n, broken.name, err)
				}
			}
			if got := arrived(t, f); len(got) != 1 {
				t.Errorf("%s at %d (%s): %v", name, n, broken.name, got)
			} else {
				whole(t, f, got[0], e)
			}
		}
		if steps < 5 {
			t.Errorf("%s: %d steps", name, steps)
		}
	}
}

// whole sees that a message is complete.
func whole(t *testing.T, f *Folder, name string, e submit.Envelope) {
	t.Helper()
	m, err := os.Open(filepath.Join(f.dir, "outgoing", name, "message.edxml"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.Close() }()
	if _, err := edxml.Read(m, edxml.Limits{Dir: t.TempDir()}); err != nil {
		t.Error(err)
	}
	data, err := os.ReadFile(filepath.Join(f.dir, "outgoing", name, e.Files[0].Name))
	if want, _ := os.ReadFile(e.Files[0].Path); err != nil || !bytes.Equal(data, want) {
		t.Errorf("%d bytes: %v", len(data), err)
	}
}

// Another thing of that name is there: it stays as it is, and the send is an
// error that says so, not a success.
func TestFolderCollision(t *testing.T) {
	f := folder(t)
	e := letter(t)
	put(t, filepath.Join(f.done(e.ID), "của người khác"))
	if _, err := f.Submit(t.Context(), e); err == nil || submit.ProblemCode(err) != "share-exists" {
		t.Errorf("%v", err)
	}
	if all, _ := os.ReadDir(f.done(e.ID)); len(all) != 1 {
		t.Errorf("%v", all)
	}
	if all, err := f.Lookup(t.Context(), e); len(all) != 0 || err != nil {
		t.Errorf("it counts as delivered: %v %v", all, err)
	}
}

// Receipts that are half written, doubled, malformed, of nobody's message, too
// large, or no files: each is read once, and none stops the others.
func TestFolderReceipts(t *testing.T) {
	f := folder(t)
	e := letter(t)
	in := filepath.Join(f.dir, "receipts")
	receipt(t, f, "tốt.edxml", "01", e)
	good, err := os.ReadFile(filepath.Join(in, "tốt.edxml"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"đúp.edxml": good, "nửa.edxml": good[:len(good)/2], "rỗng.edxml": nil, "rác.edxml": []byte("\x00\xff<"),
		"lớn.edxml": bytes.Repeat([]byte("x"), maxReceipt+10), "đang ghi.edxml.tmp": good[:10], ".ẩn.edxml": good,
		"thực thể.edxml": []byte(`<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`),
	} {
		if err := os.WriteFile(filepath.Join(in, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(in, "thư mục.edxml"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(in, "liên kết.edxml")); err != nil {
		t.Fatal(err)
	}
	// What cannot be read and is younger than a moment may still be written: it waits.
	old := time.Now().Add(-time.Minute)
	for _, name := range []string{"tốt.edxml", "đúp.edxml", "rỗng.edxml", "rác.edxml", "lớn.edxml", "thực thể.edxml"} {
		if err := os.Chtimes(filepath.Join(in, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	all, err := f.Track(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if sound, bad, ids := counted(all); sound != 2 || bad != 4 || ids != 6 {
		t.Errorf("%d sound, %d bad, %d identifiers", sound, bad, ids)
	}
	for _, r := range all {
		if err := f.Acknowledge(t.Context(), r); err != nil {
			t.Error(err)
		}
		if err := f.Acknowledge(t.Context(), r); err != nil { // once more
			t.Error(err)
		}
	}
	// The half one was written to its end meanwhile.
	if err := os.WriteFile(filepath.Join(in, "nửa.edxml"), good, 0o600); err != nil {
		t.Fatal(err)
	}
	if all, err := f.Track(t.Context()); err != nil || len(all) != 1 || all[0].Problem != "" {
		t.Errorf("%+v %v", all, err)
	}
}

func counted(all []submit.Report) (sound, bad, ids int) {
	seen := map[string]bool{}
	for _, r := range all {
		seen[r.ID] = true
		if r.Problem == "" {
			sound++
		} else {
			bad++
		}
	}
	return sound, bad, len(seen)
}

// A real file system that is full: nothing is left of the try, the reason has
// its own word, and with room again it goes.
func TestFolderFullDisk(t *testing.T) {
	if os.Getenv("TRINHKY_MOUNT") == "" {
		if os.Geteuid() != 0 {
			t.Skip("only root can mount a small file system")
		}
		cmd := exec.Command("unshare", "-m", os.Args[0], "-test.run=^TestFolderFullDisk$")
		cmd.Env = append(os.Environ(), "TRINHKY_MOUNT=1")
		out, err := cmd.CombinedOutput()
		if strings.Contains(string(out), "not permitted") || strings.HasPrefix(string(out), "unshare:") || errors.Is(err, exec.ErrNotFound) {
			t.Skip("no file system can be mounted here")
		}
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", dir).CombinedOutput(); err != nil {
		t.Fatalf("not permitted: %v %s", err, out)
	}
	defer func() { _ = exec.Command("umount", dir).Run() }()
	f, err := NewFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	filler := filepath.Join(dir, "đầy")
	w, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = w.Write(make([]byte, 4096))
	}
	_ = w.Close()
	e := letter(t)
	if _, err := f.Submit(context.Background(), e); submit.ProblemCode(err) != "folder-full" {
		t.Errorf("%q: %v", submit.ProblemCode(err), err)
	}
	if parts, _ := filepath.Glob(filepath.Join(dir, "outgoing", ".*")); len(parts)+len(arrived(t, f)) != 0 {
		t.Errorf("left: %v %v", parts, arrived(t, f))
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Submit(context.Background(), e); err != nil || len(arrived(t, f)) != 1 {
		t.Errorf("with room: %v", err)
	}
}

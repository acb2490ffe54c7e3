package smalldisk

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
)

// inside marks the run of the test that is in its own namespace.
const inside = "TRINHKY_TEST_SMALLDISK"

// Ballast is the name of the file that fills a disk.
const Ballast = "đầy"

// Disk is a small file system.
type Disk struct {
	Dir string // where it is mounted
}

// Enter gives the test a disk of size bytes. It runs the test a second time, as
// a process of its own in which alone the disk is there; the first run gets nil,
// takes over what the second one said, and has nothing more to do. Where the
// system allows no namespaces the test is skipped.
func Enter(t *testing.T, size int64) *Disk {
	t.Helper()
	if os.Getenv(inside) == "" {
		outside(t)
		return nil
	}
	dir := filepath.Join(t.TempDir(), "ổ đĩa")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	// What happens here shall not reach the mounts of others.
	if err := syscall.Mount("none", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Skip("no mounts of its own:", err)
	}
	if err := syscall.Mount("none", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		t.Skip("no tmpfs:", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return &Disk{Dir: dir}
}

func outside(t *testing.T) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run", "^"+regexp.QuoteMeta(t.Name())+"$", "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	out, err := cmd.CombinedOutput()
	var ended *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &ended):
		t.Skip("no namespace of its own:", err)
	case err != nil:
		t.Fatalf("%v\n%s", err, out)
	case regexp.MustCompile(`(?m)^\s*--- SKIP: ` + regexp.QuoteMeta(t.Name())).Match(out):
		t.Skipf("%s", out)
	}
}

// Leave fills the disk until no more than room bytes are free, whole pages of
// the file system. What filled it before gives way first.
func (d *Disk) Leave(t *testing.T, room int64) {
	t.Helper()
	path := filepath.Join(d.Dir, Ballast)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	n := d.free(t) - room
	if n <= 0 {
		return
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := io.CopyN(f, zeros{}, n); err != nil {
		t.Fatal(err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func (d *Disk) free(t *testing.T) int64 {
	t.Helper()
	var s syscall.Statfs_t
	if err := syscall.Statfs(d.Dir, &s); err != nil {
		t.Fatal(err)
	}
	return int64(s.Bfree) * s.Bsize //nolint:gosec // a small disk
}

// ReadOnly takes the right to write from everybody, root too.
func (d *Disk) ReadOnly(t *testing.T) {
	t.Helper()
	if err := syscall.Mount("none", d.Dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Skip("no read-only disk:", err)
	}
}

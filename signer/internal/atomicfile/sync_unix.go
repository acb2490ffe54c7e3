//go:build !windows

package atomicfile

import "syscall"

// syncFolder makes the new name durable. Not every file system can; the file
// itself is safe already. An os.File would ask the poller about the folder
// first, which costs as much as all the rest here.
func syncFolder(dir string) {
	fd, err := syscall.Open(dir, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	for err = syscall.EINTR; err == syscall.EINTR; { //nolint:errorlint // a bare errno
		err = syscall.Fsync(fd)
	}
	_ = syscall.Close(fd)
}

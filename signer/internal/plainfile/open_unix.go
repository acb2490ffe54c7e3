//go:build unix

package plainfile

import (
	"io/fs"
	"os"
	"syscall"
)

// openPlain does not wait for the other end of a pipe.
func openPlain(path string) (*os.File, error) {
	fd, err := descriptor(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.SetNonblock(fd, false); err != nil {
		_ = syscall.Close(fd)
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

func open(path string, flag int, mode fs.FileMode) (*os.File, error) {
	fd, err := descriptor(path, flag, mode)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), path), nil
}

func descriptor(path string, flag int, mode fs.FileMode) (fd int, err error) {
	err = syscall.EINTR
	for err == syscall.EINTR { //nolint:errorlint // a bare errno
		fd, err = syscall.Open(path, flag|syscall.O_CLOEXEC, uint32(mode.Perm()))
	}
	if err != nil {
		return -1, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return fd, nil
}

// Rename is os.Rename without its look at what is replaced.
func Rename(from, to string) error {
	err := error(syscall.EINTR)
	for err == syscall.EINTR { //nolint:errorlint // a bare errno
		err = syscall.Rename(from, to)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

//go:build !unix

package plainfile

import (
	"io/fs"
	"os"
)

func openPlain(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: ErrNotPlain}
	}
	return os.Open(path)
}

func open(path string, flag int, mode fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, flag, mode)
}

// Rename is os.Rename.
func Rename(from, to string) error { return os.Rename(from, to) }

// Package plainfile opens plain files and nothing else. A pipe, a device or a
// folder of that name is refused without waiting for it, and Go's poller, which
// can do nothing for a plain file, is not asked: that costs as many calls of the
// system as all the rest.
package plainfile

import (
	"errors"
	"io/fs"
	"os"
)

// ErrNotPlain says that a name is that of something else than a plain file.
var ErrNotPlain = errors.New("not a plain file")

// Open opens the file for reading only and says what it is.
func Open(path string) (*os.File, fs.FileInfo, error) {
	f, err := openPlain(path)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: path, Err: ErrNotPlain}
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// Create makes a file that must not exist yet, for reading and writing.
func Create(path string, mode fs.FileMode) (*os.File, error) {
	return open(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
}

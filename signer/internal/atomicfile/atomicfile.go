// Package atomicfile writes files that are complete or absent: the bytes go
// into a temporary file in the same folder, which is synced, closed and only
// then renamed to its name.
package atomicfile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"trinhky/signer/internal/plainfile"
)

// ErrExists says that the name is taken and may not be overwritten.
var ErrExists = fs.ErrExist

// errSource says that the name is that of the file the new one is made from.
var errSource = fmt.Errorf("it is the document itself: %w", ErrExists)

// Options say how a file is written.
type Options struct {
	Overwrite bool // an existing file of the name may be replaced
	// Source is the file that the new one is made from, or nil: it is never
	// replaced, under whatever name.
	Source fs.FileInfo
	// NoSync leaves the sync out: the file survives a crash of the program but
	// perhaps not of the machine.
	NoSync bool
}

// File is a file on its way. Either Commit or Abort ends it.
type File struct {
	*os.File
	path string
	mode fs.FileMode // of the file that is replaced, else the usual one
	o    Options
}

// Create begins to write the file path. It refuses at once when the name is
// taken and may not be overwritten, is no plain file, or cannot be one.
func Create(path string, o Options) (*File, error) {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
		if !info.Mode().IsRegular() {
			return nil, fmt.Errorf("write %s: not a plain file", path)
		}
		if o.Source != nil && os.SameFile(o.Source, info) {
			return nil, &fs.PathError{Op: "create", Path: path, Err: errSource}
		}
		if !o.Overwrite {
			return nil, &fs.PathError{Op: "create", Path: path, Err: ErrExists}
		}
	} else if !errors.Is(err, fs.ErrNotExist) { // a name that no file can have
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	f, err := createTemp(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("create temporary file: %w", err)
	}
	return &File{f, path, mode, o}, nil
}

// createTemp makes a file of a new name; only its owner may read it yet.
func createTemp(dir string) (f *os.File, err error) {
	for range 100 {
		name := ".trinhky-" + strconv.FormatUint(rand.Uint64(), 36) + ".tmp"
		if f, err = plainfile.Create(filepath.Join(dir, name), 0o600); !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return f, err
}

// Commit makes the file appear under its name. When it fails, or ctx is
// cancelled, nothing is left behind.
func (f *File) Commit(ctx context.Context) error {
	err := ctx.Err()
	if err == nil {
		err = f.Chmod(f.mode)
	}
	if err == nil && !f.o.NoSync {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = f.publish()
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	if !f.o.NoSync {
		syncFolder(filepath.Dir(f.path))
	}
	return nil
}

// publish gives the file its name. Without Overwrite a file that appeared
// meanwhile is not replaced: a hard link fails where the name exists, which a
// rename does not.
func (f *File) publish() error {
	if f.o.Overwrite {
		return plainfile.Rename(f.Name(), f.path)
	}
	err := os.Link(f.Name(), f.path)
	if err == nil {
		return os.Remove(f.Name())
	}
	if errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file system without hard links: look once more, then rename.
	if _, err := os.Lstat(f.path); err == nil {
		return ErrExists
	}
	return plainfile.Rename(f.Name(), f.path)
}

// Abort drops the file. After Commit it does nothing.
func (f *File) Abort() {
	if f.Close() == nil {
		_ = os.Remove(f.Name())
	}
}

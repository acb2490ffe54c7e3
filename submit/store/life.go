package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"
)

// life is the locked file that says that this program runs. Its name is the
// owner of the leases of this program and is never used again.
type life struct {
	name string
	file *os.File
}

// live starts a life in dir.
func live(dir string) (*life, error) {
	for {
		name := uuid.NewString()
		path := filepath.Join(dir, name)
		f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		locked, err := tryLock(f)
		if err == nil && locked && sameFile(f, path) {
			return &life{name, f}, nil
		}
		// Between creating and locking, a sweeper of another program took the
		// file for one of the dead.
		_ = f.Close()
		_ = os.Remove(path)
		if err != nil {
			return nil, err
		}
	}
}

func sameFile(f *os.File, path string) bool {
	a, errA := f.Stat()
	b, errB := os.Stat(path)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// dead tells whether the owner of that name runs no more, and clears its file.
// In doubt it is alive: then nothing is sent, rather than twice.
func dead(dir, name string) bool {
	if name == "" || name != filepath.Base(name) {
		return true
	}
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	locked, err := tryLock(f)
	if err == nil && locked {
		_ = os.Remove(path) // while locked: live checks for it
	}
	_ = f.Close()
	if err == nil && locked {
		_ = os.Remove(path) // Windows removes no open file
	}
	return err == nil && locked
}

// end ends the life: the lock goes with the file.
func (l *life) end() error {
	err := os.Remove(l.file.Name())
	closeErr := l.file.Close()
	if err != nil { // Windows removes no open file
		err = os.Remove(l.file.Name())
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, closeErr)
}

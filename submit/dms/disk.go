package dms

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// disk are the calls by which a send changes a folder.
type disk interface {
	mkdir(path string) error
	// write makes a file that is not there yet and syncs it.
	write(path string, fill func(w *os.File) error) error
	rename(from, to string) error
	remove(path string) error // with what is in it; nothing there is as good
}

// system is the real one.
type system struct{}

func (system) mkdir(path string) error      { return os.Mkdir(path, 0o770) }
func (system) rename(from, to string) error { return os.Rename(from, to) }
func (system) remove(path string) error     { return os.RemoveAll(path) }

func (system) write(path string, fill func(w *os.File) error) error {
	w, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o660)
	if err != nil {
		return err
	}
	err = fill(w)
	return errors.Join(err, syncFile(w), w.Close())
}

// syncFile syncs where the file system can: some shares refuse it.
func syncFile(w *os.File) error {
	err := w.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

// syncDir makes a rename survive a power cut where the system can.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// FolderError is why a folder or a share did not take a message. Code is one of
// folder-full, folder-gone, folder-denied, share-exists, folder-other.
type FolderError struct {
	Code string
	Err  error
}

func (e *FolderError) Error() string { return fmt.Sprintf("folder: %s: %v", e.Code, e.Err) }
func (e *FolderError) Unwrap() error { return e.Err }

// ProblemCode names the words for the person.
func (e *FolderError) ProblemCode() string { return e.Code }

// folderError sorts what the system says by who can help.
func folderError(err error) error {
	var known *FolderError
	var path *fs.PathError
	var link *os.LinkError
	if err == nil || errors.As(err, &known) || !errors.As(err, &path) && !errors.As(err, &link) {
		return err
	}
	code := "folder-other"
	switch {
	case noRoom(err):
		code = "folder-full"
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		code = "folder-denied"
	case errors.Is(err, fs.ErrExist):
		code = "share-exists"
	case errors.Is(err, fs.ErrNotExist), unreachable(err):
		code = "folder-gone"
	}
	return &FolderError{code, err}
}

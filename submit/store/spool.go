package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"trinhky/submit"
)

// orphanAge is how long bytes without an envelope are kept: another program may
// be adding the envelope just now.
const orphanAge = 24 * time.Hour

// kept is where the bytes of that hash lie.
func (s *Store) kept(sum [32]byte) string {
	name := hex.EncodeToString(sum[:])
	return filepath.Join(s.home, "spool", name[:2], name)
}

// keep copies the bytes of f into the spool: complete and on the disk, or
// absent. It returns f with its real hash and size and the path of the copy.
func (s *Store) keep(ctx context.Context, f submit.File) (submit.File, error) {
	f, err := s.keepSized(ctx, f, s.limits.FileBytes)
	if err == nil && f.Size == 0 {
		err = &submit.FieldError{Field: "files", Reason: f.Original + " is empty"}
	}
	return f, err
}

func (s *Store) keepSized(ctx context.Context, f submit.File, limit int64) (submit.File, error) {
	src, err := os.Open(f.Path)
	if err != nil {
		return f, fmt.Errorf("keep %s: %w", f.Original, err)
	}
	defer src.Close()
	dst, err := os.CreateTemp(filepath.Join(s.home, "spool"), ".part-*")
	if err != nil {
		return f, fmt.Errorf("keep %s: %w", f.Original, err)
	}
	defer os.Remove(dst.Name()) // gone after the rename
	defer dst.Close()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(dst, h), io.LimitReader(reader{ctx, src}, limit+1))
	if err != nil {
		return f, fmt.Errorf("keep %s: %w", f.Original, err)
	}
	if n > limit {
		return f, &submit.FieldError{Field: "files", Reason: fmt.Sprintf("%s is larger than %d MB", f.Original, limit>>20)}
	}
	sum := [32]byte(h.Sum(nil))
	if f.SHA256 != [32]byte{} && f.SHA256 != sum {
		return f, &submit.FieldError{Field: "files", Reason: f.Original + " has changed since it was chosen"}
	}
	f.SHA256, f.Size, f.Path = sum, n, s.kept(sum)
	if err := s.settle(dst, f.Path); err != nil {
		return f, fmt.Errorf("keep %s: %w", f.Original, err)
	}
	return f, nil
}

// settle puts the written bytes in place. A copy that is there already is the
// same by its name, but may be damaged: the new one replaces it.
func (s *Store) settle(part *os.File, path string) error {
	if err := part.Sync(); err != nil {
		return err
	}
	if err := part.Close(); err != nil { // Windows wants close before rename
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return err
	}
	syncDir(dir)
	syncDir(filepath.Dir(dir))
	return nil
}

// syncDir makes a rename survive a power cut. Systems that cannot sync a folder
// keep renames in their own journal.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}

// sweep clears what killed programs left: parts, bytes without an envelope,
// files of the dead.
func (s *Store) sweep(ctx context.Context) error {
	entries, err := os.ReadDir(filepath.Join(s.home, "running"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != s.life.name {
			dead(filepath.Join(s.home, "running"), e.Name())
		}
	}
	return filepath.WalkDir(filepath.Join(s.home, "spool"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return ignoreMissing(err)
		}
		info, err := e.Info()
		if err != nil || time.Since(info.ModTime()) < orphanAge {
			return ignoreMissing(err)
		}
		if sum, err := hex.DecodeString(e.Name()); err == nil && len(sum) == 32 {
			var used bool
			err := s.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM file WHERE sha256 = ?1)
				OR EXISTS (SELECT 1 FROM incoming_file WHERE sha256 = ?1)`, sum).Scan(&used)
			if err != nil || used {
				return err
			}
		}
		return ignoreMissing(os.Remove(path))
	})
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// reader ends with its ctx.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

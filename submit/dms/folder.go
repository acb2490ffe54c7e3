// Package dms hands documents to an agency's own systems, where there is no
// contract with the axis: what a connector of the agency picks up.
package dms

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"trinhky/submit"
	"trinhky/submit/edxml"
)

// Folder is a folder, or a share, that the agency's own connector empties:
//
//	outgoing/<id>/    message.edxml and its files, complete when it is there
//	sent/<id>         that it was put there; stays when it is picked up
//	receipts/*.edxml  status messages that the connector puts there
//	receipts/read/    those that were taken in, and unreadable/ the others
//
// A send is three steps: the part is written and synced under a hidden name,
// its mark in sent/ is made, the part is renamed. A mark with the part still
// there was interrupted before the rename; a mark without it was delivered.
// So a look-up is always sure, and no moment of a crash sends twice.
type Folder struct {
	dir  string
	disk disk
}

var _ submit.Connector = (*Folder)(nil)

// maxReceipt bounds one status message, maxReceipts one fetch.
const (
	maxReceipt  = 1 << 20
	maxReceipts = 200
)

// NewFolder takes an existing folder and makes what is missing in it.
func NewFolder(dir string) (*Folder, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, errors.Join(fmt.Errorf("folder: %s is no folder", dir), err)
	}
	for _, sub := range []string{"outgoing", "sent", "receipts/read", "receipts/unreadable"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(sub)), 0o770); err != nil {
			return nil, fmt.Errorf("folder: %w", err)
		}
	}
	return &Folder{dir, system{}}, nil
}

func (f *Folder) mark(id string) string { return filepath.Join(f.dir, "sent", id) }
func (f *Folder) part(id string) string { return filepath.Join(f.dir, "outgoing", ".part-"+id) }
func (f *Folder) done(id string) string { return filepath.Join(f.dir, "outgoing", id) }

// Submit implements submit.Connector.
func (f *Folder) Submit(ctx context.Context, e submit.Envelope) (submit.Receipt, error) {
	if all, err := f.Lookup(ctx, e); err != nil || len(all) > 0 {
		return first(all), err
	}
	d, err := edxml.FromEnvelope(e)
	if err != nil {
		return submit.Receipt{}, err
	}
	// Never over anything: no system replaces it in the same way.
	if _, err := os.Lstat(f.done(e.ID)); err == nil {
		return submit.Receipt{}, &FolderError{"share-exists", &fs.PathError{Op: "rename", Path: f.done(e.ID), Err: fs.ErrExist}}
	}
	if err := f.write(ctx, e, d); err != nil {
		return submit.Receipt{}, errors.Join(folderError(err), f.disk.remove(f.part(e.ID)))
	}
	if err := f.disk.write(f.mark(e.ID), text(e.DocumentID+"\n")); err != nil {
		err = folderError(err)
		if gone := f.disk.remove(f.mark(e.ID)); gone != nil {
			return submit.Receipt{}, errors.Join(err, gone) // the part stays: without it the mark would say "delivered"
		}
		return submit.Receipt{}, errors.Join(err, f.disk.remove(f.part(e.ID)))
	}
	syncDir(filepath.Join(f.dir, "sent"))
	if err := f.disk.rename(f.part(e.ID), f.done(e.ID)); err != nil {
		return submit.Receipt{}, submit.Unknown(folderError(err)) // a share may have done it and lost the answer
	}
	syncDir(filepath.Join(f.dir, "outgoing"))
	return submit.Receipt{DocID: e.ID, At: time.Now()}, nil
}

// text fills a file with s.
func text(s string) func(*os.File) error {
	return func(w *os.File) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func first(all []submit.Receipt) submit.Receipt {
	if len(all) == 0 {
		return submit.Receipt{}
	}
	return all[0]
}

// write makes the part: the message, read back and compared, and the files for
// those who do not want to take them out of it.
func (f *Folder) write(ctx context.Context, e submit.Envelope, d *edxml.Document) error {
	part := f.part(e.ID)
	// The mark goes first: without its part it would say "delivered".
	if err := f.disk.remove(f.mark(e.ID)); err != nil {
		return err
	}
	syncDir(filepath.Join(f.dir, "sent"))
	if err := f.disk.remove(part); err != nil {
		return err
	}
	if err := f.disk.mkdir(part); err != nil {
		return err
	}
	built, err := edxml.Build(d, part)
	if err != nil {
		return err
	}
	if err := f.disk.rename(built.Path, filepath.Join(part, "message.edxml")); err != nil {
		return err
	}
	for _, file := range e.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.copy(filepath.Join(part, file.Name), file); err != nil {
			return err
		}
	}
	// Read back as whoever picks it up will read it.
	m, err := os.Open(filepath.Join(part, "message.edxml"))
	if err != nil {
		return err
	}
	h := sha256.New()
	_, err = io.Copy(h, m)
	err = errors.Join(err, syncFile(m), m.Close())
	if err == nil && [32]byte(h.Sum(nil)) != built.SHA256 {
		err = errors.New("folder: the message read back is another")
	}
	syncDir(part)
	return err
}

func (f *Folder) copy(to string, file submit.File) error {
	src, err := os.Open(file.Path)
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }() // only read
	h := sha256.New()
	err = f.disk.write(to, func(w *os.File) error {
		_, err := io.Copy(w, io.TeeReader(src, h))
		return err
	})
	if err != nil {
		return err
	}
	if [32]byte(h.Sum(nil)) != file.SHA256 {
		return &submit.FieldError{Field: "files", Reason: file.Name + ": the kept bytes are not those that were queued"}
	}
	return nil
}

// Lookup implements submit.Connector.
func (f *Folder) Lookup(_ context.Context, e submit.Envelope) ([]submit.Receipt, error) {
	info, err := os.Stat(f.mark(e.ID))
	if errors.Is(err, fs.ErrNotExist) {
		// Absence counts only while the folder is really there: a share that is
		// not mounted is an empty folder.
		_, err := os.Stat(filepath.Join(f.dir, "sent"))
		return nil, folderError(err)
	}
	if err != nil {
		return nil, folderError(err)
	}
	_, err = os.Stat(f.part(e.ID))
	switch {
	case err == nil:
		return nil, nil // interrupted before the rename
	case errors.Is(err, fs.ErrNotExist):
		return []submit.Receipt{{DocID: e.ID, At: info.ModTime()}}, nil
	default:
		return nil, folderError(err)
	}
}

// Track implements submit.Connector: the status messages in receipts/.
func (f *Folder) Track(ctx context.Context) ([]submit.Report, error) {
	entries, err := os.ReadDir(filepath.Join(f.dir, "receipts"))
	if err != nil {
		return nil, folderError(err)
	}
	var all []submit.Report
	for _, e := range entries {
		name := e.Name()
		if !e.Type().IsRegular() || !isReceipt(name) {
			continue // folders, links, and what is still being written
		}
		if len(all) == maxReceipts || ctx.Err() != nil {
			break
		}
		r, at, err := f.report(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // taken away meanwhile
		}
		if err != nil {
			return all, folderError(err)
		}
		if !unsettled(r, at) {
			all = append(all, r)
		}
	}
	return all, ctx.Err()
}

// report reads one status message of the folder, and when it was changed.
func (f *Folder) report(name string) (r submit.Report, at time.Time, err error) {
	file, err := os.Open(filepath.Join(f.dir, "receipts", name))
	if err != nil {
		return r, at, err
	}
	raw, err := io.ReadAll(io.LimitReader(file, maxReceipt+1))
	info, statErr := file.Stat()
	if err := errors.Join(err, statErr, file.Close()); err != nil {
		return r, at, err
	}
	r, err = readReceipt(raw, name)
	return r, info.ModTime(), err
}

// settle is how long a receipt that cannot be read may still be being written.
const settle = 30 * time.Second

// unsettled says that a receipt that cannot be read was changed just now: it is
// looked at again.
func unsettled(r submit.Report, changed time.Time) bool {
	age := time.Since(changed)
	return r.Problem != "" && age >= 0 && age < settle
}

// isReceipt leaves out what is hidden, or still written under another name.
func isReceipt(name string) bool {
	return !strings.HasPrefix(name, ".") && strings.EqualFold(filepath.Ext(name), ".edxml")
}

// readReceipt reads a status message. Its identifier holds the name, by which it
// is acknowledged, and a hash: names may be used again.
func readReceipt(raw []byte, name string) (submit.Report, error) {
	id := fmt.Sprintf("%x/%s", sha256.Sum256(raw), name)
	dir, err := os.MkdirTemp("", "trinhky-receipt-*")
	if err != nil {
		return submit.Report{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // what is left is empty
	m, err := edxml.Read(bytes.NewReader(raw), edxml.Limits{Dir: dir, Total: maxReceipt})
	if err == nil {
		if s, ok := m.(*edxml.Status); ok {
			return s.Report(id), nil
		}
		err = errors.New("a document where a status belongs")
	}
	return submit.Report{ID: id, At: time.Now(), Problem: err.Error(), Raw: raw}, nil
}

// Acknowledge implements submit.Connector: it moves the message away.
func (f *Folder) Acknowledge(_ context.Context, r submit.Report) error {
	sum, name, ok := strings.Cut(r.ID, "/")
	if !ok || name != filepath.Base(name) || len(sum) < 16 {
		return fmt.Errorf("folder: %q is no receipt of ours", r.ID)
	}
	to := "read"
	if r.Problem != "" {
		to = "unreadable"
	}
	from := filepath.Join(f.dir, "receipts", name)
	err := os.Rename(from, filepath.Join(f.dir, "receipts", to, sum[:16]+"-"+name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // moved before
	}
	return err
}

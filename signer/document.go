package signer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"trinhky/signer/internal/pdf"
	"trinhky/signer/internal/plainfile"
)

// document is the file being signed. One that fits into a copy buffer is held
// there: it is read once, and what is parsed, hashed and copied are the same
// bytes.
type document struct {
	file *os.File
	info fs.FileInfo
	size int64
	held *[]byte // of copyBuffers; nil where the document is larger
}

// openDocument opens a document; close gives back what it holds.
func openDocument(path string) (*document, error) {
	f, info, err := plainfile.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open document: %w", err)
	}
	d := &document{file: f, info: info, size: info.Size()}
	if d.size > copyBuffer {
		return d, nil
	}
	d.held = copyBuffers.Get().(*[]byte)
	if n, err := f.ReadAt((*d.held)[:d.size], 0); int64(n) < d.size {
		d.close()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s: %w", path, ErrSourceChanged)
		}
		return nil, fmt.Errorf("read the document: %w", err)
	}
	return d, nil
}

// reader gives the bytes of the document, until close.
func (d *document) reader() io.ReaderAt {
	if d.held == nil {
		return d.file
	}
	return pdf.NewMemory((*d.held)[:d.size])
}

// copyTo writes the document to w and returns its length.
func (d *document) copyTo(ctx context.Context, w io.Writer) (int64, error) {
	if d.held == nil {
		return copyAll(ctx, w, io.NewSectionReader(d.file, 0, d.size))
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if _, err := w.Write((*d.held)[:d.size]); err != nil {
		return 0, fmt.Errorf("copy the document: %w", err)
	}
	return d.size, nil
}

// close may be called twice.
func (d *document) close() {
	if d.held != nil {
		copyBuffers.Put(d.held)
		d.held = nil
	}
	_ = d.file.Close()
}

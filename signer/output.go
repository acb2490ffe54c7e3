package signer

import (
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"

	"trinhky/signer/internal/atomicfile"
)

// copyBuffers are shared by all pipelines: a new 256 KB for every document was
// measured as a third of the work on small ones.
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, copyBuffer); return &b }}

const copyBuffer = 256 << 10

// output is the signed file on its way, with the SHA-256 of what it holds.
type output struct {
	file *atomicfile.File
	sum  hash.Hash
	size int64
	// ahead is how many bytes of the next write the sum holds already: images and
	// fonts of a stamp are hashed for the signature, and not once more for this.
	ahead int
	// failed is the error of a write: nothing is made of such a file, whatever
	// level would have been good enough.
	failed error
}

// newOutput begins the output that is made from the document in.
func newOutput(path string, overwrite bool, in *document) (*output, error) {
	if path == "" {
		return nil, errNoOutput
	}
	f, err := atomicfile.Create(path, atomicfile.Options{Overwrite: overwrite, Source: in.info})
	if err != nil {
		return nil, outputError(err)
	}
	return &output{file: f, sum: sha256.New()}, nil
}

// write appends to the file.
func (o *output) write(b []byte) error {
	n, err := o.file.Write(b)
	known := min(o.ahead, n)
	o.sum.Write(b[known:n])
	o.ahead -= known
	o.size += int64(n)
	if err != nil {
		o.failed = fmt.Errorf("write the signed file: %w", err)
	}
	return o.failed
}

// commit makes the file appear and returns its SHA-256.
func (o *output) commit(ctx context.Context) ([32]byte, error) {
	if o.failed != nil {
		return [32]byte{}, o.failed
	}
	if err := o.file.Commit(ctx); err != nil {
		return [32]byte{}, outputError(err)
	}
	return [32]byte(o.sum.Sum(nil)), nil
}

func outputError(err error) error {
	if errors.Is(err, atomicfile.ErrExists) {
		return fmt.Errorf("%w: %w", ErrExists, err)
	}
	return err
}

var errNoOutput = errors.New("request without an output")

// checkOutput refuses, before anything is written, what newOutput would refuse.
func checkOutput(path string, overwrite bool, in *document) error {
	if path == "" {
		return errNoOutput
	}
	out, err := os.Stat(path)
	switch {
	case err != nil:
		return nil // absent, or newOutput says what is wrong
	case os.SameFile(in.info, out):
		return fmt.Errorf("%w: it is the document itself", ErrExists)
	case !overwrite:
		return fmt.Errorf("%w: %s", ErrExists, path)
	}
	return nil
}

// hash reads the document once: for Source, for Content, and into out.
func (d *Prepared) hash(ctx context.Context, f *document, out *output) error {
	source := sha256.New()
	content := source
	hashes := []io.Writer{source}
	if d.Digest != crypto.SHA256 {
		content = d.Digest.New()
		hashes = append(hashes, content)
	}
	if out != nil {
		hashes = append(hashes, out.file)
	}
	n, err := f.copyTo(ctx, io.MultiWriter(hashes...))
	if err != nil {
		return err
	}
	if n != d.Size {
		return fmt.Errorf("%s: %w", d.Input, ErrSourceChanged)
	}
	if out != nil {
		if out.sum, err = clone(source); err != nil {
			return err
		}
		out.size = n
	}
	d.Source = [32]byte(source.Sum(nil))
	if d.Increment != nil {
		before, behind := d.parts()
		content.Write(before)
		if out != nil && d.Digest == crypto.SHA256 {
			if out.sum, err = clone(content); err != nil {
				return err
			}
			out.ahead = len(before)
		}
		content.Write(behind)
		d.Content = content.Sum(nil)
	}
	return nil
}

// clone copies the state of a running hash.
func clone(h hash.Hash) (hash.Hash, error) {
	c, ok := h.(hash.Cloner)
	if !ok {
		return nil, fmt.Errorf("%T cannot be cloned", h)
	}
	return c.Clone()
}

// copyAll is io.Copy with a shared buffer that stops when ctx is cancelled.
func copyAll(ctx context.Context, w io.Writer, r io.Reader) (int64, error) {
	buf := copyBuffers.Get().(*[]byte)
	defer copyBuffers.Put(buf)
	var total int64
	for {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		n, err := r.Read(*buf)
		if n > 0 {
			if _, werr := w.Write((*buf)[:n]); werr != nil {
				return total, fmt.Errorf("copy the document: %w", werr)
			}
			total += int64(n)
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, fmt.Errorf("read the document: %w", err)
		}
	}
}

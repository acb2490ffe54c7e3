// Package repair makes a damaged, unsigned PDF whole: it is read as far as it
// can be read and written anew by pdfcpu. Every byte changes, so a document
// that carries a signature is never repaired.
//
// Repair is offered, never done silently: Report says what could be counted
// before and after, and what is lost.
package repair

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"trinhky/signer"
	"trinhky/signer/internal/atomicfile"
	"trinhky/signer/internal/pdf"
)

// maxSize bounds what is repaired: pdfcpu holds a whole document in memory.
const maxSize = 256 << 20

var (
	// ErrSigned says that the document carries a signature.
	ErrSigned = errors.New("a signed document is not repaired: its signatures would be lost")
	// ErrSound says that there is nothing to repair.
	ErrSound = errors.New("the document is not damaged")
	// ErrHopeless says that nothing usable came out.
	ErrHopeless = errors.New("the document cannot be repaired")
)

// Options say how a file is repaired.
type Options struct {
	Overwrite bool
	Password  signer.PIN
}

// Report says what a repair did.
type Report struct {
	Before, After Content
	Lost          []Loss
}

// noConfig keeps pdfcpu from writing a folder into the person's home.
var noConfig = sync.OnceFunc(api.DisableConfigDir)

// File writes a repaired copy of in to out, which is complete or absent. It
// refuses files that are sound or signed.
func File(ctx context.Context, in, out string, o Options) (Report, error) {
	if a, err := os.Stat(in); err == nil {
		if b, err := os.Stat(out); err == nil && os.SameFile(a, b) {
			return Report{}, fmt.Errorf("%w: it is the document itself", signer.ErrExists)
		}
	}
	before, damage := count(ctx, in, o.Password)
	if damage == nil {
		return Report{}, ErrSound
	}
	switch fault, ok := pdf.FaultOf(damage); {
	case ok && fault == pdf.FaultPassword:
		return Report{}, fmt.Errorf("%s: %w", in, signer.ErrPassword)
	case ok && fault == pdf.FaultEncryption: // what is not understood would be written as if it were clear
		return Report{}, fmt.Errorf("%w: %w", ErrHopeless, &signer.ForbiddenError{File: in, Rule: signer.ForbiddenEncryption})
	}
	data, err := read(in)
	if err != nil {
		return Report{}, err
	}
	if before.Signed || carriesSignature(data) {
		return Report{}, ErrSigned
	}
	fixed, err := rewrite(ctx, data, o.Password)
	if err != nil {
		return Report{}, err
	}
	if carriesSignature(fixed) { // it lay compressed, where only a reader finds it
		return Report{}, ErrSigned
	}
	f, err := atomicfile.Create(out, atomicfile.Options{Overwrite: o.Overwrite})
	if errors.Is(err, atomicfile.ErrExists) {
		return Report{}, fmt.Errorf("%w: %w", signer.ErrExists, err)
	}
	if err != nil {
		return Report{}, err
	}
	defer f.Abort()
	if _, err := f.Write(fixed); err != nil {
		return Report{}, fmt.Errorf("write the repaired file: %w", err)
	}
	after, damage := count(ctx, f.Name(), o.Password)
	if damage != nil {
		return Report{}, fmt.Errorf("%w: %w", ErrHopeless, damage)
	}
	if after.Signed {
		return Report{}, ErrSigned
	}
	r := Report{Before: before, After: after, Lost: before.lost(after)}
	return r, f.Commit(ctx)
}

// read reads a file of bounded size.
func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the damaged file: %w", err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the damaged file: %w", err)
	}
	if len(data) > maxSize {
		return nil, fmt.Errorf("%w: larger than %d bytes", ErrHopeless, maxSize)
	}
	return data, nil
}

// carriesSignature looks for a byte range: a signature dictionary has one, and
// a damaged file may hide the way to it.
func carriesSignature(data []byte) bool { return bytes.Contains(data, []byte("/ByteRange")) }

// rewrite has pdfcpu read and write a document. It cannot be stopped: when ctx
// ends first, its result is dropped.
func rewrite(ctx context.Context, data []byte, password signer.PIN) ([]byte, error) {
	noConfig()
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		fixed, err := pdfcpu(data, string([]byte(password)))
		done <- result{fixed, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		return r.data, r.err
	}
}

func pdfcpu(data []byte, password string) (fixed []byte, err error) {
	defer func() {
		if p := recover(); p != nil { // it was not made for hostile files
			err = fmt.Errorf("%w: pdfcpu: %v", ErrHopeless, p)
		}
	}()
	c := model.NewDefaultConfiguration()
	c.Offline = true
	c.ValidationMode = model.ValidationRelaxed
	c.UserPW = password
	c.Optimize, c.OptimizeBeforeWriting = false, false
	c.WriteObjectStream, c.WriteXRefStream = false, false
	d, err := api.ReadContext(bytes.NewReader(data), c)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHopeless, err)
	}
	var b bytes.Buffer
	if err := api.WriteContext(d, &b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHopeless, err)
	}
	return b.Bytes(), nil
}

package pdfium

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	pdfium "github.com/klippa-app/go-pdfium"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// Pages kept open: PDFium keeps their decoded images, so that a scan is
// decoded once and each further tile takes milliseconds.
const keptPages = 4

// An instance that took more than this is worth telling the operating system.
const notableMemory = 64 << 20

// document is one open document. Calls wait for each other in turn; a call
// whose ctx ends while it waits goes away.
type document struct {
	pool     pdfium.Pool
	data     []byte
	password []byte
	turn     chan struct{} // holds one token: whoever has it may touch the rest
	closed   atomic.Bool

	m     *module
	doc   uint32
	form  uint32 // form-fill environment, 0 where there is none
	info  uint32 // the environment's FPDF_FORMFILLINFO
	pages int
	kept  []openPage // most recently used first
	sizes map[int]geom.Page
	units map[int]float64 // /UserUnit where it is not 1; nil until asked
}

type openPage struct {
	index  int
	handle uint32
}

var _ pdfview.Document = (*document)(nil)

func newDocument(p pdfium.Pool, data, password []byte) *document {
	d := &document{
		pool: p, data: data, password: bytes.Clone(password),
		turn: make(chan struct{}, 1), sizes: map[int]geom.Page{},
	}
	d.turn <- struct{}{}
	return d
}

// do runs f when it is this call's turn. A fault inside the sandbox ends the
// instance; the next call starts a new one, so that one bad page does not take
// the others with it.
func (d *document) do(ctx context.Context, f func() error) error {
	select {
	case <-d.turn:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { d.turn <- struct{}{} }()
	if d.closed.Load() {
		return ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.load(ctx); err != nil {
		return err
	}
	err := f()
	var t *trap
	if errors.As(err, &t) {
		_ = d.unload() // the fault is what matters
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return err
}

// open loads the document for the first time.
func (d *document) open(ctx context.Context) error {
	return d.do(ctx, func() error { return nil })
}

// load makes the instance and opens the document in it, unless that is done.
func (d *document) load(ctx context.Context) (err error) {
	if d.m != nil {
		return nil
	}
	if d.m, err = newModule(ctx, d.pool); err != nil {
		d.m = nil
		return err
	}
	if err = d.loadDocument(ctx); err != nil {
		_ = d.unload() // the reason is what matters
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return err
}

func (d *document) loadDocument(ctx context.Context) error {
	data, err := d.m.put(ctx, d.data, 0)
	if err != nil {
		return err
	}
	password := uint32(0)
	if len(d.password) > 0 {
		if password, err = d.m.put(ctx, d.password, 1); err != nil {
			return err
		}
	}
	doc, err := d.m.call(ctx, "FPDF_LoadMemDocument", uint64(data), uint64(len(d.data)), uint64(password))
	if err != nil {
		return err
	}
	d.doc = uint32(doc)
	if d.doc == 0 {
		return d.lastError(ctx)
	}
	n, err := d.m.call(ctx, "FPDF_GetPageCount", doc)
	if err != nil {
		return err
	}
	d.pages = max(0, int(int32(n)))
	return d.loadForm(ctx)
}

// Values of FPDF_GetLastError.
const (
	errorPassword = 4
	errorSecurity = 5
)

func (d *document) lastError(ctx context.Context) error {
	code, err := d.m.call(ctx, "FPDF_GetLastError")
	if err != nil {
		return err
	}
	switch code {
	case errorPassword:
		return pdfview.ErrPassword
	case errorSecurity:
		return fmt.Errorf("%w: unsupported security handler", pdfview.ErrFormat)
	default:
		return fmt.Errorf("%w (PDFium error %d)", pdfview.ErrFormat, code)
	}
}

// loadForm makes the form-fill environment, which alone paints widgets. Its
// table of callbacks is empty: nothing the document asks for is done, and this
// build of PDFium has no JavaScript.
func (d *document) loadForm(ctx context.Context) error {
	size, err := d.m.call(ctx, "FPDF_FORMFILLINFO_Size")
	if err != nil {
		return err
	}
	if d.info, err = d.m.put(ctx, []byte{2, 0, 0, 0}, max(0, int(uint32(size))-4)); err != nil {
		return err
	}
	form, err := d.m.call(ctx, "FPDFDOC_InitFormFillEnvironment", uint64(d.doc), uint64(d.info))
	if err != nil {
		return err
	}
	if d.form = uint32(form); d.form == 0 {
		return nil
	}
	_, err = d.m.call(ctx, "FPDF_RemoveFormFieldHighlight", form)
	return err
}

// unload gives the instance back; its handles are gone with it.
func (d *document) unload() error {
	m := d.m
	d.m, d.doc, d.form, d.info, d.kept = nil, 0, 0, 0, nil
	if m == nil {
		return nil
	}
	big := m.mod.Memory().Size() > notableMemory
	err := m.close()
	if big {
		debug.FreeOSMemory()
	}
	return err
}

// Pages is the number of pages.
func (d *document) Pages() int { return d.pages }

// Close waits for the call that is running and gives everything back.
func (d *document) Close() error {
	if d.closed.Swap(true) {
		return nil
	}
	<-d.turn
	defer func() { d.turn <- struct{}{} }()
	err := d.unload()
	clear(d.password)
	d.data, d.sizes, d.units = nil, nil, nil
	return err
}

// page returns the handle of a page, opening it if need be, and makes it the
// most recently used one.
func (d *document) page(ctx context.Context, index int) (uint32, error) {
	for i, p := range d.kept {
		if p.index == index {
			copy(d.kept[1:i+1], d.kept[:i])
			d.kept[0] = p
			return p.handle, nil
		}
	}
	h, err := d.loadPage(ctx, index)
	if err != nil {
		return 0, err
	}
	d.kept = append([]openPage{{index, h}}, d.kept...)
	for len(d.kept) > keptPages {
		last := d.kept[len(d.kept)-1]
		d.kept = d.kept[:len(d.kept)-1]
		if err := d.closePage(ctx, last.handle); err != nil {
			return 0, err
		}
	}
	return h, nil
}

func (d *document) loadPage(ctx context.Context, index int) (uint32, error) {
	if index < 0 || index >= d.pages {
		return 0, fmt.Errorf("pdfium: no page %d of %d", index, d.pages)
	}
	h, err := d.m.call(ctx, "FPDF_LoadPage", uint64(d.doc), i32(index))
	if err != nil {
		return 0, err
	}
	if h == 0 {
		return 0, fmt.Errorf("pdfium: page %d cannot be read: %w", index, pdfview.ErrFormat)
	}
	if d.form != 0 {
		if _, err := d.m.call(ctx, "FORM_OnAfterLoadPage", h, uint64(d.form)); err != nil {
			return 0, err
		}
	}
	return uint32(h), nil
}

func (d *document) closePage(ctx context.Context, h uint32) error {
	if d.form != 0 {
		if _, err := d.m.call(ctx, "FORM_OnBeforeClosePage", uint64(h), uint64(d.form)); err != nil {
			return err
		}
	}
	_, err := d.m.call(ctx, "FPDF_ClosePage", uint64(h))
	return err
}

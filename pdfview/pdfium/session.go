package pdfium

import (
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"

	pdfium "github.com/klippa-app/go-pdfium"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// Pages kept open: PDFium keeps their decoded images, so that a scan is
// decoded once and each further tile takes milliseconds.
const keptPages = 4

// An instance is made in milliseconds; there is no limit to their number.
const instanceWait = 30 * time.Second

// session is a document loaded into an instance. One goroutine at a time.
type session struct {
	m     *module
	data  []byte
	doc   uint32
	form  uint32 // form-fill environment; 0 until a page needs it
	pages int
	kept  []openPage // most recently used first
	pause uint32     // IFSDK_PAUSE; 0 until something is painted
	// deadline is when the call that runs is too slow.
	deadline time.Time
	sizes    map[int]geom.Page

	password []byte
	instance newInstance // for what needs another one
	inForm   *atomic.Bool
	formless *atomic.Bool
	mentions *bool // whether the data may have a /UserUnit; nil until asked
}

type openPage struct {
	index   int
	handle  uint32
	widgets bool // it was told to the form-fill environment
}

// newSession loads the document. The session takes m over, also on errors.
func newSession(m *module, d *document) (*session, error) {
	s := &session{m: m, data: d.data, password: d.password, sizes: map[int]geom.Page{}, inForm: &d.inForm, formless: &d.formless}
	s.instance = func() (pdfium.Pdfium, error) { return d.pool.GetInstance(instanceWait) }
	if err := s.load(); err != nil {
		_ = s.close() // the reason is what matters
		return nil, err
	}
	return s, nil
}

func (s *session) load() error {
	data, err := s.m.put(s.data, 0)
	if err != nil {
		return err
	}
	password := uint32(0)
	if len(s.password) > 0 {
		if password, err = s.m.put(s.password, 1); err != nil {
			return err
		}
	}
	doc, err := s.m.call("FPDF_LoadMemDocument", uint64(data), uint64(len(s.data)), uint64(password))
	if err != nil {
		return err
	}
	s.doc = uint32(doc)
	if s.doc == 0 {
		return s.lastError()
	}
	n, err := s.m.call("FPDF_GetPageCount", doc)
	if err != nil {
		return err
	}
	s.pages = max(0, int(int32(n)))
	return nil
}

// Values of FPDF_GetLastError.
const (
	errorPassword = 4
	errorSecurity = 5
)

func (s *session) lastError() error {
	code, err := s.m.call("FPDF_GetLastError")
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

// loadForm makes the form-fill environment, which alone paints widgets, for the
// first page that has some. Its table of callbacks is empty: nothing the
// document asks for is done, and this build of PDFium has no JavaScript.
func (s *session) loadForm() error {
	size, err := s.m.call("FPDF_FORMFILLINFO_Size")
	if err != nil {
		return err
	}
	info, err := s.m.put([]byte{2, 0, 0, 0}, max(0, int(uint32(size))-4))
	if err != nil {
		return err
	}
	form, err := s.m.call("FPDFDOC_InitFormFillEnvironment", uint64(s.doc), uint64(info))
	if err != nil {
		return err
	}
	if s.form = uint32(form); s.form == 0 {
		return nil
	}
	_, err = s.m.call("FPDF_RemoveFormFieldHighlight", form)
	return err
}

// page returns a page, opening it if need be, and makes it the most recently
// used one.
func (s *session) page(index int) (openPage, error) {
	for i, p := range s.kept {
		if p.index == index {
			copy(s.kept[1:i+1], s.kept[:i])
			s.kept[0] = p
			return p, nil
		}
	}
	p, err := s.loadPage(index)
	if err != nil {
		return openPage{}, err
	}
	s.kept = append([]openPage{p}, s.kept...)
	for len(s.kept) > keptPages {
		last := s.kept[len(s.kept)-1]
		s.kept = s.kept[:len(s.kept)-1]
		if err := s.closePage(last); err != nil {
			return openPage{}, err
		}
	}
	return p, nil
}

func (s *session) loadPage(index int) (openPage, error) {
	if index < 0 || index >= s.pages {
		return openPage{}, fmt.Errorf("pdfium: no page %d of %d", index, s.pages)
	}
	h, err := s.m.call("FPDF_LoadPage", uint64(s.doc), i32(index))
	if err != nil {
		return openPage{}, err
	}
	if uint32(h) == 0 {
		return openPage{}, fmt.Errorf("pdfium: page %d cannot be read: %w", index, pdfview.ErrFormat)
	}
	return openPage{index: index, handle: uint32(h)}, nil
}

func (s *session) closePage(p openPage) error {
	if p.widgets {
		if _, err := s.m.call("FORM_OnBeforeClosePage", uint64(p.handle), uint64(s.form)); err != nil {
			return err
		}
	}
	_, err := s.m.call("FPDF_ClosePage", uint64(p.handle))
	return err
}

// showWidgets tells a page that has widgets to the form-fill environment.
func (s *session) showWidgets(index int) (bool, error) {
	p := &s.kept[0] // page made it the first
	if p.index != index || p.widgets || s.formless.Load() {
		return p.widgets, nil
	}
	if has, err := s.hasWidgets(p.handle); err != nil || !has {
		return false, err
	}
	s.inForm.Store(true)
	defer s.inForm.Store(false)
	if s.form == 0 {
		if err := s.loadForm(); err != nil || s.form == 0 {
			return false, err
		}
	}
	p.widgets = true
	_, err := s.m.call("FORM_OnAfterLoadPage", uint64(p.handle), uint64(s.form))
	return true, err
}

// Limits and names of the annotations of a page.
const (
	maxAnnotations = 10_000
	widgetSubtype  = 20 // FPDF_ANNOT_WIDGET
)

func (s *session) hasWidgets(page uint32) (bool, error) {
	n, err := s.m.call("FPDFPage_GetAnnotCount", uint64(page))
	if err != nil {
		return false, err
	}
	for i := range min(int(int32(n)), maxAnnotations) {
		a, err := s.m.call("FPDFPage_GetAnnot", uint64(page), i32(i))
		if err != nil || uint32(a) == 0 {
			return false, err
		}
		subtype, err := s.m.call("FPDFAnnot_GetSubtype", a)
		if err != nil {
			return false, err
		}
		if _, err := s.m.call("FPDFPage_CloseAnnot", a); err != nil {
			return false, err
		}
		if int32(subtype) == widgetSubtype {
			return true, nil
		}
	}
	return false, nil
}

// close gives the instance and all its memory back.
func (s *session) close() error {
	big := s.m.mod.Memory().Size() > notableMemory
	err := s.m.close()
	if big {
		debug.FreeOSMemory()
	}
	return err
}

package pdfium

import (
	"fmt"
	"runtime/debug"

	"trinhky/pdfview"
	"trinhky/pdfview/geom"
)

// Pages kept open: PDFium keeps their decoded images, so that a scan is
// decoded once and each further tile takes milliseconds.
const keptPages = 4

// session is a document loaded into an instance. One goroutine at a time.
type session struct {
	m     *module
	data  []byte
	doc   uint32
	form  uint32 // form-fill environment, 0 where there is none
	pages int
	kept  []openPage // most recently used first
	sizes map[int]geom.Page
	units userUnits
}

type openPage struct {
	index  int
	handle uint32
}

// newSession loads the document. The session takes m over, also on errors.
func newSession(m *module, data, password []byte) (*session, error) {
	s := &session{m: m, data: data, sizes: map[int]geom.Page{}}
	if err := s.load(password); err != nil {
		_ = s.close() // the reason is what matters
		return nil, err
	}
	return s, nil
}

func (s *session) load(pw []byte) error {
	data, err := s.m.put(s.data, 0)
	if err != nil {
		return err
	}
	password := uint32(0)
	if len(pw) > 0 {
		if password, err = s.m.put(pw, 1); err != nil {
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
	return s.loadForm()
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

// loadForm makes the form-fill environment, which alone paints widgets. Its
// table of callbacks is empty: nothing the document asks for is done, and this
// build of PDFium has no JavaScript.
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

// page returns the handle of a page, opening it if need be, and makes it the
// most recently used one.
func (s *session) page(index int) (uint32, error) {
	for i, p := range s.kept {
		if p.index == index {
			copy(s.kept[1:i+1], s.kept[:i])
			s.kept[0] = p
			return p.handle, nil
		}
	}
	h, err := s.loadPage(index)
	if err != nil {
		return 0, err
	}
	s.kept = append([]openPage{{index, h}}, s.kept...)
	for len(s.kept) > keptPages {
		last := s.kept[len(s.kept)-1]
		s.kept = s.kept[:len(s.kept)-1]
		if err := s.closePage(last.handle); err != nil {
			return 0, err
		}
	}
	return h, nil
}

func (s *session) loadPage(index int) (uint32, error) {
	if index < 0 || index >= s.pages {
		return 0, fmt.Errorf("pdfium: no page %d of %d", index, s.pages)
	}
	h, err := s.m.call("FPDF_LoadPage", uint64(s.doc), i32(index))
	if err != nil {
		return 0, err
	}
	if h == 0 {
		return 0, fmt.Errorf("pdfium: page %d cannot be read: %w", index, pdfview.ErrFormat)
	}
	if s.form != 0 {
		if _, err := s.m.call("FORM_OnAfterLoadPage", h, uint64(s.form)); err != nil {
			return 0, err
		}
	}
	return uint32(h), nil
}

func (s *session) closePage(h uint32) error {
	if s.form != 0 {
		if _, err := s.m.call("FORM_OnBeforeClosePage", uint64(h), uint64(s.form)); err != nil {
			return err
		}
	}
	_, err := s.m.call("FPDF_ClosePage", uint64(h))
	return err
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

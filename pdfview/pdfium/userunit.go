package pdfium

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"regexp"
	"strconv"

	pdfium "github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/requests"
)

// PDFium neither uses /UserUnit (ISO 32000-1, Table 30) nor gives it away. Few
// documents have one. Where the bytes of a document mention it, a page is
// copied into a new document, which PDFium writes without object streams and
// encryption, and the entry is read from there.

var userUnitEntry = regexp.MustCompile(`/UserUnit\s+([0-9]*\.?[0-9]+)`)

// Limits of what is inflated in search of the entry.
const (
	maxInflated    = 64 << 20 // of all object streams together
	largestUnit    = 75_000   // acrobat's limit of 15,000,000 units of 200 inches
	smallestUnit   = 1e-3
	nearDictionary = 4 << 10 // from /ObjStm to the stream's data
)

// userUnit is the size of a unit of user space in points.
func (s *session) userUnit(index int) (float64, error) {
	if s.mentions == nil {
		yes, err := s.mentionsUserUnit()
		if err != nil {
			return 0, err
		}
		s.mentions = &yes
	}
	if !*s.mentions {
		return 1, nil
	}
	copied, err := s.copyPages(index)
	if err != nil {
		return 0, err
	}
	m := userUnitEntry.FindSubmatch(copied)
	if m == nil {
		return 1, nil
	}
	// A page with nonsense there is shown as if it had none.
	if unit, err := strconv.ParseFloat(string(m[1]), 64); err == nil && unit >= smallestUnit && unit <= largestUnit {
		return unit, nil
	}
	return 1, nil
}

var userUnitName = []byte("/UserUnit")

// mentionsUserUnit says whether some page has the entry. Encrypted object
// streams cannot be looked into: PDFium copies the whole document then.
func (s *session) mentionsUserUnit() (bool, error) {
	if bytes.Contains(s.data, userUnitName) {
		return true, nil
	}
	if !bytes.Contains(s.data, []byte("/Encrypt")) {
		return inObjectStreams(s.data, userUnitName), nil
	}
	if !bytes.Contains(s.data, []byte("/ObjStm")) {
		return false, nil
	}
	copied, err := s.copyPages()
	return bytes.Contains(copied, userUnitName), err
}

// inObjectStreams says whether an object stream of data holds name; where
// there is too much to look at, it may.
func inObjectStreams(data, name []byte) bool {
	left := int64(maxInflated)
	for rest := data; ; {
		_, after, ok := bytes.Cut(rest, []byte("/ObjStm"))
		if !ok {
			return false
		}
		if left <= 0 {
			return true
		}
		rest = after
		head := after[:min(len(after), nearDictionary)]
		_, body, ok := bytes.Cut(head, []byte("stream"))
		if !ok {
			continue
		}
		plain := inflate(bytes.TrimLeft(after[len(head)-len(body):], "\r\n"), left)
		left -= int64(len(plain))
		if bytes.Contains(plain, name) {
			return true
		}
	}
}

// inflate returns what can be inflated of data, up to limit bytes.
func inflate(data []byte, limit int64) []byte {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	plain, _ := io.ReadAll(io.LimitReader(z, limit)) // a damaged end does not matter
	return plain
}

// copyPages is a document that holds the given pages, or all, as PDFium writes
// it.
func (s *session) copyPages(pages ...int) (out []byte, err error) {
	in, err := s.instance()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	open := &requests.OpenDocument{File: &s.data}
	if len(s.password) > 0 {
		p := string(s.password)
		open.Password = &p
	}
	from, err := in.OpenDocument(open)
	if err != nil {
		return nil, err
	}
	to, err := in.FPDF_CreateNewDocument(&requests.FPDF_CreateNewDocument{})
	if err != nil {
		return nil, err
	}
	if _, err := in.FPDF_ImportPagesByIndex(&requests.FPDF_ImportPagesByIndex{
		Source: from.Document, Destination: to.Document, PageIndices: pages,
	}); err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	_, err = in.FPDF_SaveAsCopy(&requests.FPDF_SaveAsCopy{Document: to.Document, FileWriter: &buf})
	return buf.Bytes(), err
}

// newInstance gives an instance of its own, apart from the session's.
type newInstance func() (pdfium.Pdfium, error)

package edxml

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

// source feeds the XML decoder byte by byte, so that after a start tag it
// stands exactly behind it and the text of an attachment can be streamed past
// the decoder. What the decoder itself may read is bounded.
type source struct {
	r      *bufio.Reader
	budget int64 // bytes that the decoder may still read
	last   [2]byte
}

// begin is a reader at the first element of a message: marks of byte order are
// gone, UTF-16 is UTF-8, and space is left out where no XML declaration follows
// it. wide tells of UTF-16.
func begin(r io.Reader) (br *bufio.Reader, wide bool, err error) {
	br = bufio.NewReaderSize(r, 64<<10)
	mark, _ := br.Peek(3)
	switch {
	case bytes.Equal(mark, []byte("\xEF\xBB\xBF")):
		_, _ = br.Discard(3)
	case bytes.HasPrefix(mark, []byte("\xFE\xFF")), bytes.HasPrefix(mark, []byte("\xFF\xFE")):
		wide = true
		br = bufio.NewReaderSize(unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM).NewDecoder().Reader(br), 64<<10)
	}
	spaces := 0
	for {
		b, err := br.ReadByte()
		if err != nil {
			return nil, wide, errors.Join(ErrNotEdXML, errNoElement, ignoreEOF(err))
		}
		if strings.IndexByte(" \t\r\n", b) < 0 {
			break
		}
		if spaces++; spaces > 1024 {
			return nil, wide, errors.Join(ErrNotEdXML, errNoElement)
		}
	}
	_ = br.UnreadByte() // what was just read
	head, _ := br.Peek(5)
	if head[0] != '<' || spaces > 0 && string(head) == "<?xml" {
		return nil, wide, errors.Join(ErrNotEdXML, errNoElement)
	}
	return br, wide, nil
}

var errNoElement = errors.New("it does not begin with an element or an XML declaration")

// charset takes the declarations that are true, and UTF-8 by the time the decoder
// reads on.
func charset(wide bool) func(string, io.Reader) (io.Reader, error) {
	return func(label string, r io.Reader) (io.Reader, error) {
		switch label = strings.ToLower(label); {
		case wide && strings.HasPrefix(label, "utf-16"), label == "utf8", label == "us-ascii", label == "ascii":
			return r, nil
		}
		return nil, fault("encoding", "%q is not that of the message", label)
	}
}

var errTooLong = errors.New("the message without its attachments is too long")

func (s *source) ReadByte() (byte, error) {
	if s.budget <= 0 {
		return 0, errTooLong
	}
	s.budget--
	b, err := s.r.ReadByte()
	s.last[0], s.last[1] = s.last[1], b
	return b, err
}

// Read is there for the decoder's type only: it takes ReadByte.
func (s *source) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := s.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}

// selfClosed tells whether the last tag was of the form <x/>.
func (s *source) selfClosed() bool { return s.last == [2]byte{'/', '>'} }

// decodeText decodes the base64 text up to the next tag into w. Spaces and line
// breaks may stand anywhere, also as character references; padding may be
// missing.
func (s *source) decodeText(w io.Writer, limit int64) (int64, error) {
	dec := base64.NewDecoder(base64.RawStdEncoding, &base64Text{s: s})
	n, err := io.Copy(w, io.LimitReader(dec, limit+1))
	if n > limit {
		return n, errors.New("larger than allowed")
	}
	return n, err
}

// base64Text is the text of one element with everything but the base64 alphabet
// taken out; it ends before the next tag.
type base64Text struct {
	s      *source
	ended  bool // at the tag
	padded bool // padding seen: nothing but padding may follow
	quoted bool // within a CDATA section
}

func (t *base64Text) Read(p []byte) (int, error) {
	for n := 0; ; {
		if t.ended {
			return n, io.EOF
		}
		if n > 0 && (n == len(p) || t.s.r.Buffered() == 0) {
			return n, nil
		}
		if _, err := t.s.r.Peek(1); err != nil {
			return n, unexpected(err)
		}
		chunk, _ := t.s.r.Peek(min(t.s.r.Buffered(), len(p)-n))
		used, got, err := t.take(p[n:], chunk)
		if err != nil {
			return n, err
		}
		if _, err := t.s.r.Discard(used); err != nil {
			return n, err
		}
		n += got
		if used < len(chunk) {
			if err := t.markup(chunk[used]); err != nil {
				return n, err
			}
		}
	}
}

// markup passes what stands between the letters, or ends at a tag.
func (t *base64Text) markup(b byte) error {
	switch {
	case t.quoted && t.skip("]]>"):
		t.quoted = false
	case t.quoted:
		return errNotBase64
	case b == '&':
		return t.reference()
	case t.skip("<![CDATA["):
		t.quoted = true
	case t.skip("<!--"):
		return t.comment()
	default:
		t.ended = true
	}
	return nil
}

// skip passes text where it stands next.
func (t *base64Text) skip(text string) bool {
	next, _ := t.s.r.Peek(len(text))
	if string(next) != text {
		return false
	}
	_, err := t.s.r.Discard(len(text))
	return err == nil
}

// comment passes the rest of a comment, which is as bounded as the decoder's.
func (t *base64Text) comment() error {
	for !t.skip("-->") {
		if _, err := t.s.ReadByte(); err != nil {
			return unexpected(err)
		}
	}
	return nil
}

var errNotBase64 = errors.New("not base64")

// take copies the alphabet out of chunk, up to markup.
func (t *base64Text) take(p, chunk []byte) (used, got int, err error) {
	for i, b := range chunk {
		switch {
		case t.quoted && b == ']', !t.quoted && (b == '<' || b == '&'):
			return i, got, nil
		case b == ' ', b == '\t', b == '\r', b == '\n':
		case b == '=':
			t.padded = true
		case t.padded, !inAlphabet(b):
			return i, got, errNotBase64
		default:
			p[got] = b
			got++
		}
	}
	return len(chunk), got, nil
}

// reference skips a reference to a space or a line break, which some writers
// make of the carriage returns in their base64.
func (t *base64Text) reference() error {
	ref, err := t.s.r.Peek(6)
	end := bytes.IndexByte(ref, ';')
	if end < 0 {
		if err != nil {
			return unexpected(err)
		}
		return errNotBase64
	}
	switch string(ref[:end+1]) {
	case "&#13;", "&#10;", "&#9;", "&#32;", "&#xD;", "&#xA;", "&#xd;", "&#xa;":
		_, err := t.s.r.Discard(end + 1)
		return err
	}
	return errNotBase64
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func inAlphabet(b byte) bool {
	return b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '+' || b == '/'
}

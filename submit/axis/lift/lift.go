// Package lift takes one long text, a message of megabytes, out of a JSON answer
// while it streams: whoever reads the answer finds an empty text in its place.
package lift

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The bounds of what is kept of an answer.
const (
	maxKey   = 4 << 10 // bytes of a member's name
	maxDepth = 64
	maxShort = 64 << 10 // bytes of a text that is not the one
)

// Reader passes JSON on without the first text at a path. Names are joined by
// points, the places of an array are "[]". Of other texts it hands on the
// beginning: gateways send the files once more beside the message. It checks no
// more of the JSON than it needs: who reads it on does.
type Reader struct {
	// Found says that the text was there.
	Found bool

	from  *bufio.Reader
	at    func(path string) bool
	to    io.Writer
	out   []byte
	err   error
	stack []level
}

// level is an object or an array that is open.
type level struct {
	object bool
	key    string
	named  bool // the key is read, and its value comes
}

// New reads JSON from r; the text at the path goes to w, unescaped.
func New(r io.Reader, at func(path string) bool, w io.Writer) *Reader {
	return &Reader{from: bufio.NewReaderSize(r, 32<<10), at: at, to: w}
}

// Unmarked is r without the mark of byte order that some servers begin with.
func Unmarked(r io.Reader) io.Reader {
	out := bufio.NewReader(r)
	if mark, _ := out.Peek(3); string(mark) == "\xEF\xBB\xBF" {
		_, _ = out.Discard(len(mark)) // what was peeked at is there
	}
	return out
}

// MaxRows is more rows than any list has: the directory has 120,000.
const MaxRows = 500_000

// Pieces bounds what is read for one piece of a long answer, a row or a value, so
// that none fills the memory.
type Pieces struct {
	from io.Reader
	left int
}

// NewPieces reads from r.
func NewPieces(r io.Reader) *Pieces { return &Pieces{r, maxPiece} }

const maxPiece = 4 << 20 // bytes, with what is read ahead

// Next begins another piece.
func (p *Pieces) Next() { p.left = maxPiece }

// Read implements io.Reader.
func (p *Pieces) Read(to []byte) (int, error) {
	if p.left <= 0 && len(to) > 0 {
		return 0, fmt.Errorf("a single value of more than %d MB", maxPiece>>20)
	}
	n, err := p.from.Read(to[:min(len(to), p.left)])
	p.left -= n
	return n, err
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	for len(r.out) == 0 && r.err == nil {
		r.err = r.step()
	}
	if len(r.out) == 0 {
		return 0, r.err
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

// step reads one mark of the JSON, or a piece of a text.
func (r *Reader) step() error {
	b, err := r.from.ReadByte()
	if err != nil {
		return err
	}
	top := r.top()
	switch b {
	case '{', '[':
		if len(r.stack) >= maxDepth {
			return errors.New("nested too deeply")
		}
		r.stack = append(r.stack, level{object: b == '{'})
	case '}', ']':
		if len(r.stack) > 0 {
			r.stack = r.stack[:len(r.stack)-1]
		}
	case ',':
		if top != nil {
			top.named = false
		}
	case '"':
		return r.text(top)
	}
	r.out = append(r.out, b)
	return nil
}

func (r *Reader) top() *level {
	if len(r.stack) == 0 {
		return nil
	}
	return &r.stack[len(r.stack)-1]
}

// text is what follows a quotation mark.
func (r *Reader) text(top *level) error {
	if top != nil && top.object && !top.named {
		return r.key(top)
	}
	r.out = append(r.out, '"')
	if r.Found || !r.at(r.path()) {
		return r.pass()
	}
	r.Found = true
	if err := r.lift(); err != nil {
		return err
	}
	r.out = append(r.out, '"')
	return nil
}

func (r *Reader) path() string {
	names := make([]string, 0, len(r.stack))
	for _, l := range r.stack {
		if l.object {
			names = append(names, l.key)
		} else {
			names = append(names, "[]")
		}
	}
	return strings.Join(names, ".")
}

// piece is what stands before the next quotation mark or backslash, whole or as
// much as is at hand; end is that mark, 0 where it is further on.
func (r *Reader) piece() (text []byte, end byte, err error) {
	if _, err := r.from.Peek(1); err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, 0, err
	}
	held, _ := r.from.Peek(r.from.Buffered())
	at := bytes.IndexAny(held, `"\`)
	if at < 0 {
		_, err = r.from.Discard(len(held))
		return held, 0, err
	}
	end = held[at]
	_, err = r.from.Discard(at + 1)
	return held[:at], end, err
}

// key keeps the name of a member.
func (r *Reader) key(top *level) error {
	raw := []byte{'"'}
	for {
		text, end, err := r.piece()
		if err != nil {
			return err
		}
		if raw = append(raw, text...); len(raw) > maxKey {
			return errors.New("the name of a member is too long")
		}
		switch end {
		case '"':
			raw = append(raw, '"')
			r.out = append(r.out, raw...)
			top.named = true
			return json.Unmarshal(raw, &top.key)
		case '\\':
			b, err := r.from.ReadByte()
			if err != nil {
				return io.ErrUnexpectedEOF
			}
			raw = append(raw, '\\', b)
		}
	}
}

// pass hands a text on as it stands, and no more of it than anybody reads.
func (r *Reader) pass() error {
	for {
		text, end, err := r.piece()
		if err != nil {
			return err
		}
		r.short(text)
		switch end {
		case '"':
			r.out = append(r.out, '"')
			return nil
		case '\\':
			b, err := r.from.ReadByte()
			if err != nil {
				return io.ErrUnexpectedEOF
			}
			if b != 'u' {
				r.short([]byte{'\\', b})
				continue
			}
			var digits [4]byte
			if _, err := io.ReadFull(r.from, digits[:]); err != nil {
				return io.ErrUnexpectedEOF
			}
			r.short(append([]byte(`\u`), digits[:]...))
		}
	}
}

// short keeps the beginning of a text, its escapes whole.
func (r *Reader) short(piece []byte) {
	if len(r.out) < maxShort {
		r.out = append(r.out, piece...)
	}
}

// lift writes a text out.
func (r *Reader) lift() error {
	for {
		text, end, err := r.piece()
		if err != nil {
			return err
		}
		if at := bytes.IndexFunc(text, func(c rune) bool { return c < ' ' }); at >= 0 {
			return fmt.Errorf("a text holds the character %#x", text[at])
		}
		if _, err := r.to.Write(text); err != nil {
			return err
		}
		if end == '"' {
			return nil
		}
		if end == '\\' {
			if err := r.escape(); err != nil {
				return err
			}
		}
	}
}

// escape writes what stands behind a backslash (RFC 8259, 7).
func (r *Reader) escape() error {
	b, err := r.from.ReadByte()
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	if b == 'u' {
		return r.unicode()
	}
	at := strings.IndexByte(`"\/bfnrt`, b)
	if at < 0 {
		return fmt.Errorf("a text holds the escape %q", b)
	}
	_, err = r.to.Write([]byte{"\"\\/\b\f\n\r\t"[at]})
	return err
}

func (r *Reader) unicode() error {
	c, err := r.hex()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(c) {
		next, _ := r.from.Peek(2)
		low := rune(0)
		if string(next) == `\u` {
			_, _ = r.from.Discard(2) // it is at hand
			if low, err = r.hex(); err != nil {
				return err
			}
		}
		c = utf16.DecodeRune(c, low)
	}
	_, err = r.to.Write(utf8.AppendRune(nil, c))
	return err
}

func (r *Reader) hex() (rune, error) {
	var digits [4]byte
	if _, err := io.ReadFull(r.from, digits[:]); err != nil {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := strconv.ParseUint(string(digits[:]), 16, 16)
	if err != nil {
		return 0, fmt.Errorf("a text holds the escape \\u%s", digits)
	}
	return rune(n), nil
}

// ErrEmpty: there was no text, or nothing in it.
var ErrEmpty = errors.New("there is no message in it")

// Through lets take read what run writes, while it is written. It ends when both
// have; where run fails, take's reading fails with the same error. Nothing
// written is ErrEmpty, and take is not called.
func Through(take func(io.Reader) error, run func(io.Writer) error) error {
	from, to := io.Pipe()
	taken := make(chan error, 1)
	go func() {
		in := bufio.NewReader(from)
		_, err := in.Peek(1)
		if errors.Is(err, io.EOF) {
			err = ErrEmpty
		}
		if err == nil {
			err = take(in)
		}
		if err == nil { // what follows is read away: run must not wait for it
			_, err = io.Copy(io.Discard, in)
		}
		_ = from.CloseWithError(err)
		taken <- err
	}()
	err := run(to)
	_ = to.CloseWithError(err)
	takeErr := <-taken
	if err != nil && (takeErr == nil || errors.Is(takeErr, err)) {
		return err
	}
	return takeErr
}

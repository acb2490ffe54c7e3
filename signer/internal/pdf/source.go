package pdf

import (
	"bytes"
	"errors"
	"io"
)

// source is the file as bytes.
type source struct {
	r    io.ReaderAt
	size int64
	// whole is the file where that is in memory: its windows are slices of it.
	whole []byte
	*reading
}

// Memory is a file in memory. A Document over one refers to its bytes, which
// must stay as they are as long as the Document is used.
type Memory struct {
	*bytes.Reader
	data []byte
}

// NewMemory makes a file of data.
func NewMemory(data []byte) *Memory { return &Memory{bytes.NewReader(data), data} }

// reading is what the copies of a source share.
type reading struct {
	left   int64 // bytes of large windows and decoded streams still allowed
	recent [4]readAhead
	next   int // of recent, to be replaced

	stack []Value // lent to the parser, one at a time
	keys  []string
}

// readAhead is a piece of the file that was read lately: neighbouring objects
// cost one call. Values keep slices of it, so it is never written again.
type readAhead struct {
	off int64
	buf []byte
}

func newSource(r io.ReaderAt, size int64) source {
	s := source{r: r, size: size, reading: &reading{
		left: workBase + workFactor*size, stack: make([]Value, 0, 16), keys: make([]string, 0, 16),
	}}
	if m, ok := r.(*Memory); ok && size <= int64(len(m.data)) {
		s.whole = m.data[:size]
	}
	return s
}

// spend takes n bytes off the budget; small windows are free.
func (s source) spend(n int) error {
	if n > freeWindow {
		if s.left -= int64(n); s.left < 0 {
			return limited("the file needs too much work")
		}
	}
	return nil
}

// read fills buf from off; fewer bytes at the end of the file are no error.
func (s source) read(buf []byte, off int64) ([]byte, error) {
	if off < 0 || off >= s.size {
		return nil, nil
	}
	if rest := s.size - off; int64(len(buf)) > rest {
		buf = buf[:rest]
	}
	n, err := s.r.ReadAt(buf, off)
	if err != nil && !(errors.Is(err, io.EOF) && n == len(buf)) {
		if errors.Is(err, io.EOF) {
			return buf[:n], &Error{Fault: FaultTruncated, Offset: off, Detail: "the file is shorter than it was"}
		}
		return buf[:n], err
	}
	return buf[:n], nil
}

// window returns n bytes from off, fewer at the end of the file. They must not
// be modified.
func (s source) window(off int64, n int) ([]byte, error) {
	if off < 0 || off >= s.size {
		return nil, nil
	}
	n = int(min(int64(n), s.size-off))
	if err := s.spend(n); err != nil {
		return nil, err
	}
	if s.whole != nil {
		return s.whole[off : off+int64(n) : off+int64(n)], nil
	}
	if n > readAheadSize/2 {
		return s.read(make([]byte, n), off)
	}
	for _, w := range s.recent {
		if off >= w.off && off+int64(n) <= w.off+int64(len(w.buf)) {
			i := off - w.off
			return w.buf[i : i+int64(n) : i+int64(n)], nil
		}
	}
	buf, err := s.read(make([]byte, min(readAheadSize, s.size-off)), off)
	if err != nil {
		return nil, err
	}
	s.recent[s.next] = readAhead{off, buf}
	s.next = (s.next + 1) % len(s.recent)
	n = min(n, len(buf))
	return buf[:n:n], nil
}

// parse runs f over growing windows at off until it does not ask for more.
func (s source) parse(off int64, first int, f func(*parser) error) error {
	for n := first; ; n *= 4 {
		if n > maxObject {
			n = maxObject
		}
		buf, err := s.window(off, n)
		if err != nil {
			return err
		}
		p := &parser{buf: buf, base: off, last: off+int64(len(buf)) >= s.size, stack: s.stack[:0], keys: s.keys[:0]}
		s.stack, s.keys = nil, nil
		err = f(p)
		s.stack, s.keys = p.stack[:0], p.keys[:0]
		if !errors.Is(err, errMore) {
			return err
		}
		if n == maxObject {
			return limited("an object is too large")
		}
	}
}

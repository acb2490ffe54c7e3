package pdf

import (
	"errors"
	"io"
)

// source is the file as bytes.
type source struct {
	r    io.ReaderAt
	size int64
	left *int64 // bytes of large windows and decoded streams still allowed
}

func newSource(r io.ReaderAt, size int64) source {
	left := workBase + workFactor*size
	return source{r, size, &left}
}

// spend takes n bytes off the budget; small windows are free.
func (s source) spend(n int) error {
	if n > freeWindow {
		if *s.left -= int64(n); *s.left < 0 {
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

// window reads n bytes from off into new memory.
func (s source) window(off int64, n int) ([]byte, error) {
	if off < 0 || off >= s.size {
		return nil, nil
	}
	n = int(min(int64(n), s.size-off))
	if err := s.spend(n); err != nil {
		return nil, err
	}
	return s.read(make([]byte, n), off)
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
		p := &parser{buf: buf, base: off, last: off+int64(len(buf)) >= s.size}
		err = f(p)
		if !errors.Is(err, errMore) {
			return err
		}
		if n == maxObject {
			return limited("an object is too large")
		}
	}
}

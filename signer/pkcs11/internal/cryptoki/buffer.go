//go:build cgo || windows

package cryptoki

import (
	"errors"
	"fmt"
	"strings"
)

// sessionFlags opens read-only sessions: some modules refuse others.
const sessionFlags = 0x4 // CKF_SERIAL_SESSION

// Buffers of a fixed size come first; a longer value is asked for again.
const (
	firstAttribute = 4 << 10
	maxAttribute   = 1 << 20
	maxSignature   = 2 << 10 // RSA-16384
	maxObjects     = 512     // of one class on one token
	maxSlots       = 256
)

// text cleans the fixed-width fields of the standard: padded with blanks,
// sometimes with zeros, sometimes not UTF-8.
func text(raw []byte) string {
	s, _, _ := strings.Cut(string(raw), "\x00")
	return strings.TrimRight(strings.ToValidUTF8(s, "?"), " ")
}

// readAttribute gets an attribute with call, which is C_GetAttributeValue on
// one attribute: it fills buf, or tells the length where buf is nil.
func readAttribute(call func(buf []byte) (length int, hidden bool, err error)) ([]byte, error) {
	buf := make([]byte, firstAttribute)
	n, hidden, err := call(buf)
	if errors.Is(err, ErrBufferTooSmall) {
		n, hidden, err = call(nil)
		if err == nil && !hidden {
			if n <= firstAttribute || n > maxAttribute {
				return nil, fmt.Errorf("attribute of %d bytes", n)
			}
			buf = make([]byte, n)
			n, hidden, err = call(buf)
		}
	}
	switch {
	case errors.Is(err, ErrAttributeType), errors.Is(err, ErrAttributeSensitive), err == nil && hidden:
		return nil, nil
	case err != nil:
		return nil, err
	case n < 0 || n > len(buf):
		return nil, fmt.Errorf("attribute of %d bytes", n)
	}
	return buf[:n:n], nil
}

package pdf

import (
	"errors"
	"fmt"
)

// Fault sorts the reasons why a file cannot be used.
type Fault int

// The faults; the zero value is the most general.
const (
	FaultDamaged    Fault = iota // structure broken beyond the small repairs
	FaultEmpty                   // no bytes, or nothing but zeros
	FaultNotPDF                  // no PDF header
	FaultTruncated               // starts like a PDF, the end is missing
	FaultLimit                   // a limit of this package (limits.go) was reached
	FaultPassword                // encrypted; the password is missing or wrong
	FaultEncryption              // encrypted in a way that is not supported
)

// String names the fault for logs.
func (f Fault) String() string {
	switch f {
	case FaultDamaged:
		return "damaged PDF"
	case FaultEmpty:
		return "empty file"
	case FaultNotPDF:
		return "not a PDF"
	case FaultTruncated:
		return "truncated PDF"
	case FaultLimit:
		return "PDF beyond limits"
	case FaultPassword:
		return "password missing or wrong"
	case FaultEncryption:
		return "unsupported encryption"
	}
	return "unknown"
}

// Error says why a file, or a part of it, cannot be used. Errors of the
// underlying reader are passed on as they are.
type Error struct {
	Fault  Fault
	Offset int64 // where in the file; -1: nowhere in particular
	Detail string
}

func (e *Error) Error() string {
	if e.Offset >= 0 {
		return fmt.Sprintf("%s: %s (at byte %d)", e.Fault, e.Detail, e.Offset)
	}
	return fmt.Sprintf("%s: %s", e.Fault, e.Detail)
}

// ErrRepaired is why NewUpdate refuses a document whose cross-reference data
// had to be repaired to be read: nothing is appended to a broken table.
var ErrRepaired = errors.New("the cross-reference table is damaged; repair the file first")

func damaged(off int64, format string, args ...any) *Error {
	return &Error{Fault: FaultDamaged, Offset: off, Detail: fmt.Sprintf(format, args...)}
}

func limited(what string) *Error {
	return &Error{Fault: FaultLimit, Offset: -1, Detail: what}
}

// FaultOf returns the fault of err if there is one in its chain.
func FaultOf(err error) (Fault, bool) {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Fault, true
	}
	return 0, false
}
